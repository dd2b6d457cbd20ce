//! What a file or folder is: the one classification of everything that is dropped, pasted, found in a folder or given
//! on the command line.

use std::path::Path;

use crate::checkpoint::{Identity, identify};
use crate::error::TakeError;
use crate::export::{self, Output, OutputKind};

/// File extensions of the pictures that can be read.
pub const PICTURE_EXTENSIONS: [&str; 23] = [
    "jpg", "jpeg", "png", "webp", "tif", "tiff", "gif", "bmp", "exr", "hdr", "ico", "pnm", "ppm",
    "pgm", "pbm", "pam", "qoi", "tga", "jfif", "heic", "heif", "hif", "avif",
];
/// File extensions of weights: a model or a LoRA; some formats are then rejected with advice.
const WEIGHT_EXTENSIONS: [&str; 5] = ["safetensors", "ckpt", "pt", "pth", "gguf"];
/// File extensions of clips, which may be takes.
const CLIP_EXTENSIONS: [&str; 5] = ["mp4", "mov", "mkv", "webm", "apng"];

/// The file in a project's folder that makes it one.
pub(crate) const PROJECT_FILE: &str = "project.json";

/// What a file or folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PathKind {
    /// The URL of something on a network, which is not a path.
    Url,
    /// The folder of a project.
    Project,
    /// A model: a folder, or by its content a single file.
    Model,
    /// A LoRA, by its content.
    Lora,
    /// Weights by their name: a model or a LoRA.
    Weights,
    /// A clip or a folder of numbered pictures, which may be a take. If judged by content, a picture in a
    /// format that Kinora writes takes in counts too.
    Clip,
    /// A picture.
    Picture,
    /// Any other folder, which may contain pictures.
    Folder,
    /// Any other file; its content may still be a picture.
    Other,
}

/// What a classification looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Names, and whether they exist: quick enough while files hover over the window.
    Name,
    /// The start of a file too.
    Content,
}

/// Classifies `path`. A file whose content says nothing is classified by its name.
#[must_use]
pub fn classify(path: &Path, evidence: Evidence) -> PathKind {
    let named = kind_by_name(path);
    match (evidence, named) {
        (Evidence::Name, _) | (_, PathKind::Url | PathKind::Project | PathKind::Model) => named,
        (Evidence::Content, _) => kind_by_content(path, named).unwrap_or(named),
    }
}

fn kind_by_name(path: &Path) -> PathKind {
    if is_url(&path.to_string_lossy()) {
        return PathKind::Url;
    }
    if path.is_dir() {
        return match () {
            () if path.join(PROJECT_FILE).is_file() => PathKind::Project,
            () if path.join("model_index.json").is_file() => PathKind::Model,
            () => PathKind::Folder,
        };
    }
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    match extension.as_str() {
        known if PICTURE_EXTENSIONS.contains(&known) => PathKind::Picture,
        known if CLIP_EXTENSIONS.contains(&known) => PathKind::Clip,
        known if WEIGHT_EXTENSIONS.contains(&known) => PathKind::Weights,
        _ => PathKind::Other,
    }
}

fn kind_by_content(path: &Path, named: PathKind) -> Option<PathKind> {
    if is_clip(path) {
        return Some(PathKind::Clip);
    }
    // A folder is a LoRA by the files in it. Reading a pipe might block for ever.
    let is_readable = path.is_dir() || path.is_file();
    if !is_readable || named == PathKind::Picture {
        return None;
    }
    match identify(path).ok()? {
        Identity::Lora => Some(PathKind::Lora),
        Identity::Checkpoint if named == PathKind::Weights => Some(PathKind::Model),
        Identity::Checkpoint => None,
    }
}

/// Whether a take may be read from `path`, or its name says so.
fn is_clip(path: &Path) -> bool {
    match export::recognise(path) {
        Ok(_) => true,
        Err(
            TakeError::NotATake { .. } | TakeError::Empty { .. } | TakeError::Unreadable { .. },
        ) => Output::parse(path).is_ok_and(|output| output.kind() != OutputKind::Folder),
        Err(_) => true,
    }
}

/// Whether this is the URL of something on a network.
#[must_use]
pub fn is_url(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| {
        !scheme.eq_ignore_ascii_case("file")
            && !scheme.is_empty()
            && scheme.chars().all(|c| c.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What a file with this name and content is, by its name and by its content.
    fn both(folder: &Path, name: &str, content: &[u8]) -> (PathKind, PathKind) {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        let kind = |evidence| classify(&path, evidence);
        (kind(Evidence::Name), kind(Evidence::Content))
    }

    #[test]
    fn files_are_classified_by_name_and_by_content() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let header = |names: &[&str]| {
            let tensors = names.iter().enumerate().map(|(index, name)| {
                let offsets = [4 * index, 4 * index + 4];
                let tensor = json!({"dtype": "F32", "shape": [1], "data_offsets": offsets});
                ((*name).to_owned(), tensor)
            });
            let text = serde_json::Value::Object(tensors.collect()).to_string();
            let length = (text.len() as u64).to_le_bytes();
            [&length, text.as_bytes(), &vec![0; 4 * names.len()]].concat()
        };
        let model = header(&["model.diffusion_model.input_blocks.0.0.weight"]);
        let lora = header(&["unet.a.lora_A.weight", "unet.a.lora_B.weight"]);
        let cases: [(&str, &[u8], PathKind, PathKind); 9] = [
            (
                "a.JPG",
                b"\xff\xd8\xff",
                PathKind::Picture,
                PathKind::Picture,
            ),
            (
                "a.png",
                b"\x89PNG\r\n\x1A\n",
                PathKind::Picture,
                PathKind::Clip,
            ),
            ("a.mp4", b"", PathKind::Clip, PathKind::Clip),
            (
                "a.txt",
                b"\x89PNG\r\n\x1A\n",
                PathKind::Other,
                PathKind::Clip,
            ),
            ("a.txt", b"text", PathKind::Other, PathKind::Other),
            ("a.json", b"{}", PathKind::Other, PathKind::Other),
            ("a.safetensors", &model, PathKind::Weights, PathKind::Model),
            ("a.safetensors", &lora, PathKind::Weights, PathKind::Lora),
            (
                "a.ckpt",
                b"PK\x03\x04",
                PathKind::Weights,
                PathKind::Weights,
            ),
        ];
        for (name, content, by_name, by_content) in cases {
            assert_eq!(both(folder, name, content), (by_name, by_content), "{name}");
        }
        let url = Path::new("https://example.org/a.png");
        assert_eq!(classify(url, Evidence::Content), PathKind::Url);
    }

    #[test]
    fn folders_are_classified_by_what_is_in_them() {
        let folder = tempfile::tempdir().unwrap();
        let kind = |evidence| classify(folder.path(), evidence);
        let add = |name: &str| std::fs::write(folder.path().join(name), "{}").unwrap();
        assert_eq!(kind(Evidence::Content), PathKind::Folder);
        add("adapter_model.safetensors");
        assert_eq!(kind(Evidence::Name), PathKind::Folder);
        assert_eq!(kind(Evidence::Content), PathKind::Lora);
        add("model_index.json");
        assert_eq!(kind(Evidence::Name), PathKind::Model);
        add("project.json");
        assert_eq!(kind(Evidence::Content), PathKind::Project);
    }
}
