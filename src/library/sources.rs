//! Where what a recipe names is on this machine: its picture, its model, its LoRAs.
//!
//! Names lead there, fingerprints decide: a file of the same name with something else in it is not
//! it. Looked at, in this order: where the recipe says (the first form of it had paths), beside the
//! take, the current folder, what is installed or part of the program, and where this machine last
//! saw the fingerprint. Reads and decodes files: not for a thread that draws.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::samples::{SAMPLE_MATTE, SAMPLES};
use super::seen::Seen;
use super::{Library, POCKET};
use crate::media::picture::Picture;
use crate::request::{Named, NamedPicture};

/// Files of a folder that are looked at when a picture was renamed; a whole archive takes too long.
const MOST_FILES: usize = 2000;
/// Pictures of the right size that are decoded then.
const MOST_DECODED: usize = 24;

/// The places that are searched.
#[derive(Clone, Debug)]
pub struct Sources<'a> {
    library: &'a Library,
    seen: Seen,
    /// Beside the take, and the current folder.
    folders: Vec<PathBuf>,
}

/// A picture that was found.
#[derive(Clone, Debug)]
pub struct FoundPicture {
    /// Its pixels.
    pub picture: Picture,
    /// Its file; `None` where it is part of the program.
    pub path: Option<PathBuf>,
}

/// A model or LoRA that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundWeights {
    /// What the library knows it by: a name or a path.
    pub name: String,
    /// Whether it is the very one, as far as the recipe tells.
    pub same: bool,
}

impl<'a> Sources<'a> {
    /// The places for a take that lies at `take`, if it has a file.
    #[must_use]
    pub fn new(library: &'a Library, take: Option<&Path>) -> Self {
        let mut folders = Vec::new();
        if let Some(take) = take {
            let take = fs::canonicalize(take).unwrap_or_else(|_| take.to_owned());
            let beside = take.parent().map(Path::to_path_buf);
            // A project keeps pictures without a file of their own beside its takes.
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

    /// The picture of that name with those pixels; of that name alone, where a recipe says no more.
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

    /// The model of that name, or another one with the same weights.
    #[must_use]
    pub fn model(&self, wanted: &Named) -> Option<FoundWeights> {
        let fingerprint = |name: &str| Some(self.library.model(name).ok()?.fingerprint());
        let known = self.library.models();
        self.weights(wanted, &["", ".safetensors"], &known, fingerprint)
    }

    /// The LoRA of that name, or another one with the same tensors.
    #[must_use]
    pub fn lora(&self, wanted: &Named) -> Option<FoundWeights> {
        let fingerprint = |name: &str| Some(self.library.lora(name).ok()?.fingerprint);
        let known = self.library.moves();
        self.weights(wanted, &["", ".safetensors"], &known, fingerprint)
    }

    /// `known` are the names in the library, `fingerprint` opens what has a name.
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
        // The same weights under another name are what is wanted; under the same name others will
        // have to do.
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

    /// Where a thing of that name may be, as far as something is there.
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

    /// The files of a picture that a project keeps, in whichever project.
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

    /// The picture under another name: in the folders that are searched, and where it was.
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
        // A picture that lies on its side is stored the other way round.
        let fits = |path: &PathBuf| {
            let size = Some(path).filter(|path| path.is_file());
            let size = size.and_then(|path| Picture::stored_size(path));
            size.is_some_and(|size| size == (width, height) || size == (height, width))
        };
        files
            .filter(fits)
            .take(MOST_DECODED)
            .find_map(|path| open(&path, wanted))
    }
}

/// The picture in a file, if it is the one that is wanted.
fn open(path: &Path, wanted: &NamedPicture) -> Option<FoundPicture> {
    // A pipe that nobody writes into would be waited for.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let picture = Picture::open(path, wanted.matte).ok()?;
    let fingerprint = wanted.named.fingerprint.as_ref();
    let same = fingerprint.is_none_or(|fingerprint| picture.fingerprint() == *fingerprint);
    same.then(|| FoundPicture {
        picture,
        path: Some(path.to_owned()),
    })
}

/// The picture among those that are part of the program.
fn sample(fingerprint: &str) -> Option<FoundPicture> {
    let samples = SAMPLES.iter();
    let mut samples = samples.filter_map(|(_, bytes)| Picture::decode(bytes, SAMPLE_MATTE).ok());
    let picture = samples.find(|picture| picture.fingerprint() == fingerprint)?;
    let path = None;
    Some(FoundPicture { picture, path })
}
