//! Finding the sources of a take on this machine: the picture, model and LoRAs that its recipe names.
//!
//! Names only suggest candidates; fingerprints decide. The places searched are, in this order: the path in the
//! recipe (in recipes of the first form), the folder of the take, the current folder, what is installed or
//! embedded, and where this machine last saw the fingerprint. Reads and decodes files, so it must not run on
//! a thread that draws.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::samples::{SAMPLE_MATTE, SAMPLES};
use super::seen::Seen;
use super::{Library, POCKET};
use crate::export::{open_known_picture, picture_size};
use crate::media::picture::Picture;
use crate::media::progress::PictureWatch;
use crate::motion::{Motion, PictureName};
use crate::request::{Named, NamedPicture, last_part};

/// Maximum number of files in a folder that are examined to find a renamed picture.
const MOST_FILES: usize = 2000;
/// Maximum number of pictures of the right size that are then decoded.
const MOST_DECODED: usize = 24;

/// The places to search.
#[derive(Clone, Debug)]
pub struct Sources<'a> {
    library: &'a Library,
    seen: Seen,
    /// The take's folder, and the current folder.
    folders: Vec<PathBuf>,
}

/// A picture that was found.
#[derive(Clone, Debug)]
pub struct FoundPicture {
    /// The picture.
    pub picture: Picture,
    /// Its file; `None` if it is embedded in the program.
    pub path: Option<PathBuf>,
}

/// A model or LoRA that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundWeights {
    /// Its name in the library, or its path.
    pub name: String,
    /// Whether it is exactly the one named, as far as the recipe tells.
    pub same: bool,
}

impl<'a> Sources<'a> {
    /// The places to search for a take in the file `take`, if it has one.
    #[must_use]
    pub fn new(library: &'a Library, take: Option<&Path>) -> Self {
        let mut folders = Vec::new();
        if let Some(take) = take {
            let take = fs::canonicalize(take).unwrap_or_else(|_| take.to_owned());
            let beside = take.parent().map(Path::to_path_buf);
            // A project saves pictures without a file of their own next to its takes.
            let kept = beside
                .as_ref()
                .filter(|folder| folder.ends_with("takes"))
                .and_then(|folder| Some(folder.parent()?.join("pictures")));
            folders.extend(beside);
            folders.extend(kept);
        }
        folders.extend(std::env::current_dir());
        Self {
            library,
            seen: Seen::read(library.data_folder()),
            folders,
        }
    }

    /// Finds a picture by name and pixels; by name alone if the recipe has no fingerprint.
    #[must_use]
    pub fn picture(&self, wanted: &NamedPicture) -> Option<FoundPicture> {
        let named = &wanted.named;
        let Some(fingerprint) = &named.fingerprint else {
            let mut places = self.places(named, &[""]);
            return places.find_map(|path| open(&path, wanted));
        };
        self.places(named, &[""])
            .chain(self.kept(fingerprint))
            .chain(self.seen.place(fingerprint).map(Path::to_path_buf))
            .find_map(|path| open(&path, wanted))
            .or_else(|| sample(fingerprint))
            .or_else(|| self.renamed(wanted, fingerprint))
    }

    /// A mask or reference frame of a motion: by its name, or where its fingerprint was last seen. Reference frames
    /// are also looked for in their folder.
    #[must_use]
    pub fn motion_picture(&self, motion: &Motion, wanted: &PictureName) -> Option<FoundPicture> {
        let name = last_part(&wanted.name);
        let folders = motion.reference.iter().flat_map(|reference| {
            [&reference.frames_folder, &reference.masks_folder]
                .map(|folder| format!("{}/{name}", last_part(folder)))
        });
        let mut names = std::iter::once(name.to_owned()).chain(folders);
        names.find_map(|name| {
            self.picture(&NamedPicture {
                named: Named {
                    name,
                    fingerprint: Some(wanted.fingerprint.clone()),
                    place: None,
                },
                size: None,
                matte: [0; 3],
            })
        })
    }

    /// Finds a model by name, or another one with the same weights.
    #[must_use]
    pub fn model(&self, wanted: &Named) -> Option<FoundWeights> {
        let fingerprint = |name: &str| Some(self.library.model(name).ok()?.fingerprint());
        let known = self.library.models();
        self.weights(wanted, &["", ".safetensors"], &known, fingerprint)
    }

    /// Finds motion modules by name, or others with the same tensors.
    #[must_use]
    pub fn motion_module(&self, wanted: &Named) -> Option<FoundWeights> {
        let fingerprint = |name: &str| Some(self.library.motion_module(name).ok()?.fingerprint());
        let known = self.library.motion_modules();
        self.weights(wanted, &["", ".safetensors"], &known, fingerprint)
    }

    /// Finds a LoRA by name, or another one with the same tensors.
    #[must_use]
    pub fn lora(&self, wanted: &Named) -> Option<FoundWeights> {
        let fingerprint = |name: &str| Some(self.library.lora(name).ok()?.fingerprint);
        let known = self.library.moves();
        self.weights(wanted, &["", ".safetensors"], &known, fingerprint)
    }

    /// `known` are the names in the library; `fingerprint` computes the fingerprint for a name.
    fn weights(
        &self,
        wanted: &Named,
        endings: &[&str],
        known: &[String],
        fingerprint: impl Fn(&str) -> Option<String>,
    ) -> Option<FoundWeights> {
        let installed = known
            .iter()
            .filter(|name| **name == wanted.name || *name == wanted.stem());
        let places = self.places(wanted, endings);
        let places = places.map(|path| path.display().to_string());
        let named: Vec<String> = if wanted.name == POCKET {
            installed.cloned().chain(places).collect()
        } else {
            places.chain(installed.cloned()).collect()
        };
        let Some(wanted_fingerprint) = &wanted.fingerprint else {
            let found = named.into_iter().find(|name| fingerprint(name).is_some());
            return found.map(|name| FoundWeights { name, same: true });
        };
        let seen = self
            .seen
            .place(wanted_fingerprint)
            .filter(|path| path.exists());
        let seen = seen.map(|path| path.display().to_string());
        // The same weights under another name are preferred; other weights under the same name are the second
        // choice.
        let all = named.iter().chain(&seen).chain(known);
        let mut other = None;
        let mut tried = BTreeSet::new();
        for name in all.filter(|name| tried.insert(name.as_str())) {
            match fingerprint(name) {
                Some(fingerprint) if fingerprint == *wanted_fingerprint => {
                    let name = name.clone();
                    return Some(FoundWeights { name, same: true });
                }
                Some(_) if named.contains(name) => {
                    other.get_or_insert_with(|| name.clone());
                }
                _ => {}
            }
        }
        other.map(|name| FoundWeights { name, same: false })
    }

    /// Existing files that may be the named one.
    fn places<'b>(
        &'b self,
        named: &'b Named,
        endings: &'b [&'b str],
    ) -> impl Iterator<Item = PathBuf> + 'b {
        let beside = self.folders.iter().flat_map(|folder| {
            let named = |ending: &&str| folder.join(format!("{}{ending}", named.name));
            endings.iter().map(named)
        });
        let all = named.place.clone().into_iter().chain(beside);
        all.filter(|path| path.exists())
    }

    /// The file of a picture that a project saved, in any project.
    fn kept<'b>(&'b self, fingerprint: &'b str) -> impl Iterator<Item = PathBuf> + 'b {
        let projects = self.library.data_folder().map(|data| data.join("projects"));
        let projects = projects.and_then(|folder| fs::read_dir(folder).ok());
        let projects = projects.into_iter().flatten().flatten();
        let folders = projects.map(|entry| entry.path().join("pictures"));
        let folders = self.folders.iter().cloned().chain(folders);
        folders
            .flat_map(move |folder| {
                ["picture", "sample"].map(|kind| folder.join(format!("{kind}-{fingerprint}.png")))
            })
            .filter(|path| path.is_file())
    }

    /// The picture under another name: in the folders that are searched, and where it was last seen.
    fn renamed(&self, wanted: &NamedPicture, fingerprint: &str) -> Option<FoundPicture> {
        let [width, height] = wanted.size?;
        let was = [wanted.named.place.as_deref(), self.seen.place(fingerprint)];
        let was = was.into_iter().flatten().filter_map(Path::parent);
        let folders: BTreeSet<&Path> = self
            .folders
            .iter()
            .map(PathBuf::as_path)
            .chain(was)
            .collect();
        let files = folders.into_iter().flat_map(|folder| {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            entries.take(MOST_FILES).map(|entry| entry.path())
        });
        // A rotated picture is stored with width and height swapped.
        let fits = |path: &PathBuf| {
            let size = Some(path).filter(|path| path.is_file());
            let size = size.and_then(|path| picture_size(path));
            size.is_some_and(|size| size == (width, height) || size == (height, width))
        };
        files
            .filter(fits)
            .take(MOST_DECODED)
            .find_map(|path| open(&path, wanted))
    }
}

/// Opens a file if it is the picture that is searched for.
fn open(path: &Path, wanted: &NamedPicture) -> Option<FoundPicture> {
    // Reading a pipe that nobody writes to would block.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let known = wanted.named.fingerprint.as_deref();
    let picture = open_known_picture(path, wanted.matte, known, PictureWatch::none()).ok()?;
    let same = known.is_none_or(|known| picture.fingerprint() == known);
    same.then(|| FoundPicture {
        picture,
        path: Some(path.to_owned()),
    })
}

/// The sample with this fingerprint.
fn sample(fingerprint: &str) -> Option<FoundPicture> {
    let samples = SAMPLES.iter();
    let mut samples = samples.filter_map(|(_, bytes)| Picture::decode(bytes, SAMPLE_MATTE).ok());
    let picture = samples.find(|picture| picture.fingerprint() == fingerprint)?;
    let path = None;
    Some(FoundPicture { picture, path })
}
