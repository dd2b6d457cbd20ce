//! Intermediate results as files, for comparison with other programs.

use std::path::PathBuf;

use safetensors::tensor::{Dtype, TensorView, serialize_to_file};

use crate::error::GenerateError;

/// A folder that gets one safetensors file per stage, each with one f32 tensor of its name.
#[derive(Clone, Debug)]
pub struct Dump {
    folder: PathBuf,
}

impl Dump {
    /// A dump into `folder`, which is created if need be.
    ///
    /// # Errors
    /// [`GenerateError::Dump`] when it cannot be created.
    pub fn create(folder: PathBuf) -> Result<Self, GenerateError> {
        match std::fs::create_dir_all(&folder) {
            Ok(()) => Ok(Self { folder }),
            Err(error) => Err(GenerateError::Dump {
                reason: error.to_string(),
                path: folder,
            }),
        }
    }

    /// Writes `values` of `shape` to `name.safetensors`.
    ///
    /// # Errors
    /// [`GenerateError::Dump`] when it cannot be written.
    pub fn write(&self, name: &str, shape: &[usize], values: &[f32]) -> Result<(), GenerateError> {
        let path = self.folder.join(format!("{name}.safetensors"));
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        TensorView::new(Dtype::F32, shape.to_vec(), &bytes)
            .and_then(|view| serialize_to_file([(name, view)], None, &path))
            .map_err(|error| GenerateError::Dump {
                reason: error.to_string(),
                path,
            })
    }
}
