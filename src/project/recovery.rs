//! Repairing a project that does not match its folder: the program was ended between two writes, or the file was
//! damaged or edited by hand. Changes nothing on the disk.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::file::{PictureEntry, ProjectFile, TakeEntry, fingerprint_of, take_file, take_of};
use super::ids::{FIRST_NUMBER, PictureId};
use crate::export;
use crate::request::{NamedPicture, Recipe};

/// Higher IDs are invalid, so that a file edited by hand cannot make them overflow.
const LAST_NUMBER: u64 = u64::MAX / 2;

/// Adds pictures and clips that the file does not list, and resolves duplicate IDs.
pub(crate) fn recover(folder: &Path, file: &mut ProjectFile) {
    resolve_duplicates(file);
    add_pictures(folder, file);
    add_takes(folder, file);
}

/// Resolves duplicate IDs: the first entry keeps it; the next free ID is above all of them.
fn resolve_duplicates(file: &mut ProjectFile) {
    let mut known = BTreeSet::new();
    file.pictures
        .retain(|picture| picture.id.0 < LAST_NUMBER && known.insert(picture.id.0));
    let mut known = BTreeSet::new();
    file.takes
        .retain(|take| take.id.0 < LAST_NUMBER && known.insert(take.id.0));
    let pictures: BTreeSet<PictureId> = file.pictures.iter().map(|picture| picture.id).collect();
    // Older versions used an ID for an unknown picture.
    let known = |id: &PictureId| id.0 < FIRST_NUMBER || pictures.contains(id);
    for take in &mut file.takes {
        take.number = take.number.min(usize::MAX / 2);
        take.picture = take.picture.filter(known);
    }
    file.picture = file.picture.filter(known);
    let pictures = file.pictures.iter().map(|picture| picture.id.0);
    let takes = file.takes.iter().map(|take| take.id.0);
    let above = pictures.chain(takes).max().map_or(0, |last| last + 1);
    let next = if file.next < LAST_NUMBER {
        file.next
    } else {
        0
    };
    file.next = next.max(above);
    if above > 0 {
        file.next = file.next.max(FIRST_NUMBER);
    }
}

/// Assigns an ID that is not in use.
fn assign_id(file: &mut ProjectFile) -> u64 {
    let number = file.next.max(FIRST_NUMBER);
    file.next = number + 1;
    number
}

/// Adds pictures that were pasted, or that continue a take, and are not listed.
fn add_pictures(folder: &Path, file: &mut ProjectFile) {
    let listed: BTreeSet<PathBuf> = file
        .pictures
        .iter()
        .flat_map(|picture| picture.places(folder))
        .collect();
    for path in files(&folder.join("pictures")) {
        let Some(fingerprint) = fingerprint_of(&path).filter(|_| !listed.contains(&path)) else {
            continue;
        };
        let entry = PictureEntry {
            id: PictureId(assign_id(file)),
            name: format!("Picture {}", file.pictures.len() + 1),
            path: None,
            origin: None,
            fingerprint: Some(fingerprint.to_owned()),
            matte: None,
        };
        file.pictures.push(entry);
    }
}

/// Adds clips that are not listed.
fn add_takes(folder: &Path, file: &mut ProjectFile) {
    let lost = files(&folder.join("takes"));
    let lost: Vec<_> = lost
        .iter()
        .filter_map(|path| take_of(path))
        .filter(|id| id.0 < LAST_NUMBER && file.takes.iter().all(|take| take.id != *id))
        .collect();
    for id in lost {
        let recipe = read_recipe(&take_file(folder, id));
        let picture = recipe.as_ref().and_then(|recipe| recipe.picture.as_ref());
        let picture = picture.and_then(|picture| picture_named(file, picture));
        let number = 1 + file.takes.iter().map(|take| take.number).max().unwrap_or(0);
        file.takes.push(TakeEntry {
            id,
            number,
            picture,
            brought_from: None,
            prompt: String::new(),
            complete: true,
        });
        file.next = file.next.max(id.0 + 1).max(FIRST_NUMBER);
    }
}

/// The picture that a recipe names: by its fingerprint, or by the file name in an older recipe.
fn picture_named(file: &ProjectFile, wanted: &NamedPicture) -> Option<PictureId> {
    let (fingerprint, place) = (&wanted.named.fingerprint, &wanted.named.place);
    let found = file.pictures.iter().find(|picture| {
        let same = fingerprint.is_some() && picture.fingerprint == *fingerprint;
        same || (place.is_some() && picture.path == *place)
    });
    found.map(|picture| picture.id)
}

/// The recipe in a clip; errors are reported when the take is read.
fn read_recipe(path: &Path) -> Option<Recipe> {
    let text = export::read_recipe_text(path).ok()?;
    Recipe::read(path, text.as_deref()).ok()
}

/// The files of a folder by name; none if it does not exist.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::ids::TakeId;

    fn picture(id: u64) -> PictureEntry {
        PictureEntry {
            id: PictureId(id),
            name: String::new(),
            path: None,
            origin: None,
            fingerprint: None,
            matte: None,
        }
    }

    fn take(id: u64, number: usize) -> TakeEntry {
        TakeEntry {
            id: TakeId(id),
            number,
            picture: Some(PictureId(u64::MAX)),
            brought_from: None,
            prompt: String::new(),
            complete: true,
        }
    }

    #[test]
    fn ids_are_unique_and_the_next_one_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = ProjectFile {
            next: u64::MAX,
            pictures: vec![picture(17), picture(17), picture(u64::MAX - 1)],
            takes: vec![take(40, usize::MAX), take(40, 2), take(u64::MAX, 3)],
            picture: Some(PictureId(u64::MAX)),
            ..ProjectFile::default()
        };
        recover(folder.path(), &mut file);
        assert_eq!(file.pictures, [picture(17)]);
        assert_eq!(file.takes.len(), 1);
        assert_eq!(file.next, 41);
        assert_eq!((file.takes[0].picture, file.picture), (None, None));
        assert!(
            file.takes[0].number < usize::MAX / 2 + 1,
            "there are IDs left"
        );
    }

    #[test]
    fn unlisted_pictures_and_clips_are_added() {
        let folder = tempfile::tempdir().unwrap();
        for part in ["pictures", "takes"] {
            fs::create_dir(folder.path().join(part)).unwrap();
        }
        for name in [
            "pictures/picture-00017.png",
            "pictures/picture-0123456789abcdef.png",
            "pictures/sample-0123456789abcdef.png",
            "pictures/notes.txt",
            "takes/take-00018.apng",
            "takes/take-99999999999999999999.apng",
        ] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let mut file = ProjectFile {
            pictures: vec![picture(17)],
            ..ProjectFile::default()
        };
        recover(folder.path(), &mut file);
        let prints: Vec<_> = file
            .pictures
            .iter()
            .map(|one| one.fingerprint.as_deref())
            .collect();
        assert_eq!(
            prints,
            [None, Some("0123456789abcdef")],
            "samples are always present"
        );
        assert_eq!(file.takes.len(), 1);
        let taken = [
            file.pictures[0].id.0,
            file.pictures[1].id.0,
            file.takes[0].id.0,
        ];
        assert!(
            !taken.contains(&file.next) && file.next > 18,
            "{taken:?} {}",
            file.next
        );
    }
}
