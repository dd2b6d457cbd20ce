//! Scanning folders for pictures, by name only.

use std::path::{Path, PathBuf};

use crate::error::PictureError;
use crate::library::path_kind::{Evidence, PathKind, classify};

/// Maximum depth of a scan.
const DEEPEST: usize = 3;
/// Maximum number of pictures per folder, so that opening a whole archive by mistake does not fill the memory.
const MOST_PICTURES: usize = 200;

/// The pictures and folders in a folder, by name, and whether these are all of them.
///
/// # Errors
/// [`PictureError::Unreadable`] if the folder cannot be listed, [`PictureError::NoPictures`] if it has
/// none, [`PictureError::ModelFolder`] if it is a model.
pub(in crate::app) fn pictures_in(folder: &Path) -> Result<(Vec<PathBuf>, bool), PictureError> {
    if classify(folder, Evidence::Name) == PathKind::Model {
        return Err(PictureError::ModelFolder {
            path: folder.to_owned(),
        });
    }
    let mut found = Vec::new();
    list(folder, 1, &mut found).map_err(|error| PictureError::Unreadable {
        reason: error.to_string(),
        path: folder.to_owned(),
    })?;
    if found.is_empty() {
        return Err(PictureError::NoPictures {
            path: folder.to_owned(),
        });
    }
    let all = found.len() <= MOST_PICTURES;
    found.truncate(MOST_PICTURES);
    Ok((found, all))
}

fn list(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| !is_hidden(path))
        .collect();
    paths.sort();
    for path in paths {
        if found.len() > MOST_PICTURES {
            break;
        }
        match classify(&path, Evidence::Name) {
            PathKind::Picture => found.push(path),
            // A link may lead back up. Subfolders that cannot be listed are skipped.
            PathKind::Folder | PathKind::Project | PathKind::Model
                if depth < DEEPEST && !path.is_symlink() =>
            {
                let _ = list(&path, depth + 1, found);
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_by_name_and_the_rest_is_left() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path();
        let inner = folder.join("inner");
        std::fs::create_dir_all(inner.join("deep/deeper")).unwrap();
        for name in ["b.png", "a.JPG", "notes.txt", ".hidden.png", "inner/c.webp"] {
            std::fs::write(folder.join(name), "x").unwrap();
        }
        std::fs::write(inner.join("deep/deeper/too deep.png"), "x").unwrap();
        let (found, all) = pictures_in(folder).unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|path| path.strip_prefix(folder).unwrap().display().to_string())
            .collect();
        assert_eq!(names, ["a.JPG", "b.png", "inner/c.webp"]);
        assert!(all);
        let empty = inner.join("deep/deeper");
        std::fs::remove_file(empty.join("too deep.png")).unwrap();
        assert!(matches!(
            pictures_in(&empty),
            Err(PictureError::NoPictures { .. })
        ));
        std::fs::write(folder.join("model_index.json"), "{}").unwrap();
        assert!(matches!(
            pictures_in(folder),
            Err(PictureError::ModelFolder { .. })
        ));
        assert!(matches!(
            pictures_in(&folder.join("none")),
            Err(PictureError::Unreadable { .. })
        ));
    }
}
