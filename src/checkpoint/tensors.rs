//! One safetensors file, memory-mapped or embedded, as named tensors.
//!
//! Owns the checked header and the bytes behind it.
//! Does not depend on what the tensors are for.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::File;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use safetensors::SafeTensorError;
use safetensors::tensor::{Metadata, SafeTensors};

use super::file_type;
use crate::error::{CheckpointError, excerpt};

/// Bytes before the JSON header: its length as a little-endian `u64`.
const LENGTH_BYTES: usize = 8;

/// Maximum length of a tensor's name in bytes; names in networks and LoRAs have at most 120.
const MAX_NAME_LENGTH: usize = 240;
/// Maximum number of dimensions of a tensor; convolutions over time have five.
const MAX_DIMENSIONS: usize = 8;

/// How the values of a tensor are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dtype {
    /// IEEE double precision, 8 bytes.
    F64,
    /// IEEE single precision, 4 bytes.
    F32,
    /// IEEE half precision, 2 bytes.
    F16,
    /// The upper half of a single, 2 bytes.
    Bf16,
    /// Anything else: integers, booleans, 8-bit floats. Cannot be read as weights.
    Other(safetensors::Dtype),
}

impl Dtype {
    /// Whether the values can be read as weights.
    #[must_use]
    pub fn is_float(self) -> bool {
        !matches!(self, Self::Other(_))
    }

    /// Bytes of one value; 0 for [`Dtype::Other`].
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::Other(_) => 0,
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::F64 => f.write_str("F64"),
            Self::F32 => f.write_str("F32"),
            Self::F16 => f.write_str("F16"),
            Self::Bf16 => f.write_str("BF16"),
            Self::Other(other) => write!(f, "{other}"),
        }
    }
}

impl From<safetensors::Dtype> for Dtype {
    fn from(dtype: safetensors::Dtype) -> Self {
        match dtype {
            safetensors::Dtype::F64 => Self::F64,
            safetensors::Dtype::F32 => Self::F32,
            safetensors::Dtype::F16 => Self::F16,
            safetensors::Dtype::BF16 => Self::Bf16,
            other => Self::Other(other),
        }
    }
}

/// Name, position, type and shape of one tensor in a [`TensorFile`].
#[derive(Debug, Clone)]
pub struct TensorInfo {
    /// The name in the file.
    pub name: String,
    /// How the values are stored.
    pub dtype: Dtype,
    /// Length of each dimension, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
    /// First byte, counted from the start of the file.
    start: usize,
    /// One past the last byte.
    end: usize,
}

/// A borrowed tensor: its name, type and shape, and its little-endian bytes.
#[derive(Debug, Clone, Copy)]
pub struct TensorView<'a> {
    /// The name in the file.
    pub name: &'a str,
    /// How the values are stored.
    pub dtype: Dtype,
    /// Length of each dimension, outermost first.
    pub shape: &'a [usize],
    /// The values, row-major, little-endian, not necessarily aligned.
    pub bytes: &'a [u8],
    /// The file, for messages.
    pub path: &'a Path,
}

/// Where the bytes are.
enum Bytes {
    Mapped(Mmap),
    Embedded(&'static [u8]),
}

/// One safetensors file with a header that has been checked in full.
///
/// Opening reads the header only; the values are paged in when they are read.
pub struct TensorFile {
    path: PathBuf,
    bytes: Bytes,
    tensors: Vec<TensorInfo>,
    index: BTreeMap<String, usize>,
    metadata: HashMap<String, String>,
}

impl fmt::Debug for TensorFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TensorFile")
            .field("path", &self.path)
            .field("tensors", &self.tensors.len())
            .finish_non_exhaustive()
    }
}

impl TensorFile {
    /// Maps a file and checks its header.
    ///
    /// If it cannot be read, is empty, is of another format (which is named), or if its header and length disagree in
    /// any way: truncation, overlap, overflow, an oversized header, impossible names.
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        let unreadable = |reason: String| CheckpointError::Unreadable {
            path: path.to_owned(),
            reason,
        };
        let file = File::open(path).map_err(|e| unreadable(e.to_string()))?;
        let about = file.metadata().map_err(|e| unreadable(e.to_string()))?;
        if !about.is_file() {
            return Err(unreadable("it is not a regular file".to_owned()));
        }
        if about.len() == 0 {
            return Err(CheckpointError::Empty {
                path: path.to_owned(),
            });
        }
        // SAFETY: the mapping is read-only and lives as long as this value. If another program rewrites the file
        // meanwhile, the weights read are whatever it wrote (checked for NaN, not for meaning); if it shortens the
        // file, reading the lost pages ends the process with SIGBUS. Neither can corrupt this process's memory, because
        // every bit pattern is a valid `u8` and no reference to interpreted data is kept.
        let map = unsafe { Mmap::map(&file) }.map_err(|e| unreadable(e.to_string()))?;
        Self::parse(path.to_owned(), Bytes::Mapped(map))
    }

    /// Takes a file that is part of the program; `label` stands for its path in messages.
    ///
    /// # Errors
    /// Same as [`TensorFile::open`].
    pub fn embedded(label: &Path, bytes: &'static [u8]) -> Result<Self, CheckpointError> {
        if bytes.is_empty() {
            return Err(CheckpointError::Empty {
                path: label.to_owned(),
            });
        }
        Self::parse(label.to_owned(), Bytes::Embedded(bytes))
    }

    fn parse(path: PathBuf, bytes: Bytes) -> Result<Self, CheckpointError> {
        let all: &[u8] = match &bytes {
            Bytes::Mapped(map) => map,
            Bytes::Embedded(bytes) => bytes,
        };
        if let Some((what, advice)) = file_type::recognise(all) {
            return Err(CheckpointError::Foreign { what, advice, path });
        }
        let (header, metadata) = match SafeTensors::read_metadata(all) {
            Ok(read) => read,
            Err(error) => {
                let reason = damage(&error, all);
                return Err(CheckpointError::Damaged { reason, path });
            }
        };
        let base = LENGTH_BYTES + header;
        let tensors = list(&metadata, base);
        if let Some(reason) = tensors.iter().find_map(oddity) {
            return Err(CheckpointError::Damaged { reason, path });
        }
        let index = tensors
            .iter()
            .enumerate()
            .map(|(i, info)| (info.name.clone(), i))
            .collect();
        Ok(Self {
            metadata: metadata.metadata().clone().unwrap_or_default(),
            path,
            bytes,
            tensors,
            index,
        })
    }

    /// The file's path, or the label of an embedded one.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All tensors in the order in which their bytes are stored.
    #[must_use]
    pub fn tensors(&self) -> &[TensorInfo] {
        &self.tensors
    }

    /// The free-form `__metadata__` strings.
    #[must_use]
    pub fn metadata(&self) -> &HashMap<String, String> {
        &self.metadata
    }

    /// Position of a tensor in [`TensorFile::tensors`].
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// Whether any tensor's name begins with `prefix`.
    #[must_use]
    pub fn has_prefix(&self, prefix: &str) -> bool {
        self.index
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .next()
            .is_some_and(|(name, _)| name.starts_with(prefix))
    }

    /// Name, position, type and shape of a tensor, by its name.
    #[must_use]
    pub fn info(&self, name: &str) -> Option<&TensorInfo> {
        self.position(name).map(|i| &self.tensors[i])
    }

    /// A tensor by position; `None` past the end.
    #[must_use]
    pub fn view(&self, position: usize) -> Option<TensorView<'_>> {
        let info = self.tensors.get(position)?;
        Some(TensorView {
            name: &info.name,
            dtype: info.dtype,
            shape: &info.shape,
            bytes: self.all().get(info.start..info.end)?,
            path: &self.path,
        })
    }

    /// Tells the system that the pages of a tensor are not needed for now.
    ///
    /// Until then they count as memory of this process; a later read loads them again. Does nothing for embedded files,
    /// or if the system has no such call.
    pub fn release(&self, position: usize) {
        let (Bytes::Mapped(map), Some(info)) = (&self.bytes, self.tensors.get(position)) else {
            return;
        };
        release_pages(map, info.start, info.end - info.start);
    }

    fn all(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Mapped(map) => map,
            Bytes::Embedded(bytes) => bytes,
        }
    }
}

/// A page fault maps this many bytes around the page if they are in the system's cache: Linux's default.
#[cfg(unix)]
const MAPPED_AROUND: usize = 1 << 16;

#[cfg(unix)]
fn release_pages(map: &Mmap, start: usize, length: usize) {
    if length == 0 {
        return;
    }
    // Pages that were mapped along with these, on both sides, would otherwise stay mapped. A neighbouring tensor that
    // is being read gets its pages back.
    let end = (start + length + MAPPED_AROUND).min(map.len());
    let start = start.saturating_sub(MAPPED_AROUND);
    // SAFETY: the mapping is of a file and never written to, so dropped pages are read from the file again at the next
    // access; no data is lost.
    let told = unsafe {
        map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, end - start)
    };
    // This is only advice: a system that refuses it keeps the pages, and nothing else changes.
    drop(told);
}

#[cfg(not(unix))]
fn release_pages(_map: &Mmap, _start: usize, _length: usize) {}

/// Lists tensors in the order in which their bytes are stored, with offsets counted from the start of the file.
fn list(metadata: &Metadata, base: usize) -> Vec<TensorInfo> {
    metadata
        .offset_keys()
        .into_iter()
        .filter_map(|name| {
            let info = metadata.info(&name)?;
            Some(TensorInfo {
                dtype: info.dtype.into(),
                shape: info.shape.clone(),
                // Cannot overflow: the crate has checked that base + end is the file's length.
                start: base + info.data_offsets.0,
                end: base + info.data_offsets.1,
                name,
            })
        })
        .collect()
}

/// A feature that no network's tensors have. Names and shapes are shown in messages, so they must be printable and
/// short.
fn oddity(info: &TensorInfo) -> Option<String> {
    if info.name.len() > MAX_NAME_LENGTH || info.name.contains(char::is_control) {
        Some(format!("no tensor is called {}", excerpt(&info.name)))
    } else if info.shape.len() > MAX_DIMENSIONS {
        let dimensions = info.shape.len();
        Some(format!(
            "{} has {dimensions} dimensions",
            excerpt(&info.name)
        ))
    } else {
        None
    }
}

/// Explains in plain words why a header was refused.
fn damage(error: &SafeTensorError, bytes: &[u8]) -> String {
    match error {
        SafeTensorError::HeaderTooSmall => "it is shorter than 8 bytes".to_owned(),
        SafeTensorError::HeaderTooLarge => {
            "its header claims more than 100 MB, so it is damaged or not a safetensors file"
                .to_owned()
        }
        SafeTensorError::InvalidHeaderLength => format!(
            "its header claims more than the file's {} bytes, so it is cut short or not a safetensors file",
            bytes.len()
        ),
        SafeTensorError::InvalidHeader(_) => "its header is not text".to_owned(),
        SafeTensorError::InvalidHeaderDeserialization(e) => {
            format!("its header is not valid: {}", excerpt(e))
        }
        SafeTensorError::InvalidOffset(name) => {
            format!("the bytes of {} overlap or leave a gap", excerpt(name))
        }
        SafeTensorError::TensorInvalidInfo => {
            "the shape of a tensor does not match its length".to_owned()
        }
        SafeTensorError::MetadataIncompleteBuffer => {
            "its length does not match its header, so it is cut short or has extra bytes".to_owned()
        }
        SafeTensorError::ValidationOverflow => "a shape in it is impossibly large".to_owned(),
        other => excerpt(other),
    }
}
