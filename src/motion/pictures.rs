//! The pixels of the pictures that a motion names.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::description::PictureName;
use crate::error::MotionError;
use crate::media::picture::Picture;

/// Pictures by fingerprint; clones share the pixels.
#[derive(Clone, Debug, Default)]
pub struct MotionPictures {
    by_fingerprint: BTreeMap<String, (Arc<Picture>, Option<PathBuf>)>,
}

impl MotionPictures {
    /// Adds a picture, with its file if it has one, and returns its name in a motion.
    pub fn add(&mut self, name: &str, picture: Arc<Picture>, file: Option<PathBuf>) -> PictureName {
        let named = PictureName::of(name, &picture);
        let fingerprint = named.fingerprint.clone();
        self.by_fingerprint.insert(fingerprint, (picture, file));
        named
    }

    /// The fingerprints and files of those that have one.
    pub fn files(&self) -> impl Iterator<Item = (&String, &PathBuf)> {
        let all = self.by_fingerprint.iter();
        all.filter_map(|(fingerprint, (_, file))| Some((fingerprint, file.as_ref()?)))
    }

    /// The picture of that fingerprint.
    ///
    /// # Errors
    /// [`MotionError::PictureGone`].
    pub fn get(&self, named: &PictureName) -> Result<&Arc<Picture>, MotionError> {
        let found = self.by_fingerprint.get(&named.fingerprint);
        found
            .map(|(picture, _)| picture)
            .ok_or_else(|| MotionError::PictureGone {
                name: named.name.clone(),
            })
    }
}
