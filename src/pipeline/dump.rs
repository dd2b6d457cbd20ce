//! Intermediate results as files, for comparison with other programs.

use std::path::PathBuf;

use safetensors::tensor::{Dtype, TensorView, serialize_to_file};

use crate::error::GenerateError;

/// A folder that gets one safetensors file per stage, each with one f32 tensor of the same name.
#[derive(Clone, Debug)]
pub struct Dump {
    folder: PathBuf,
}

impl Dump {
    /// A dump into `folder`, which is created if necessary.
    ///
    /// # Errors
    /// [`GenerateError::Dump`] if it cannot be created.
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
    /// [`GenerateError::Dump`] if it cannot be written.
    pub fn write(&self, name: &str, shape: &[usize], values: &[f32]) -> Result<(), GenerateError> {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.write_bytes(name, Dtype::F32, shape, &bytes)
    }

    /// Writes token ids as i64, `[1, n]`, to `name.safetensors`.
    ///
    /// # Errors
    /// [`GenerateError::Dump`] if they cannot be written.
    pub fn write_ids(&self, name: &str, ids: &[u32]) -> Result<(), GenerateError> {
        let bytes: Vec<u8> = ids
            .iter()
            .flat_map(|&id| i64::from(id).to_le_bytes())
            .collect();
        self.write_bytes(name, Dtype::I64, &[1, ids.len()], &bytes)
    }

    fn write_bytes(
        &self,
        name: &str,
        dtype: Dtype,
        shape: &[usize],
        bytes: &[u8],
    ) -> Result<(), GenerateError> {
        let path = self.folder.join(format!("{name}.safetensors"));
        TensorView::new(dtype, shape.to_vec(), bytes)
            .and_then(|view| serialize_to_file([(name, view)], None, &path))
            .map_err(|error| GenerateError::Dump {
                reason: error.to_string(),
                path,
            })
    }
}
