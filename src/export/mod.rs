//! Writing frames to files, and reading them back.
//!
//! Formats, encoders and metadata; an output appears completely or not at all. FFmpeg is used only in
//! `write/ffmpeg.rs` and `read/ffmpeg.rs`, and only with the Cargo feature `export`; PNG pictures and animated PNG
//! are written, and with GIF and WebP read, in every build.

mod atomic;
mod job;
mod output;
#[cfg(feature = "export")]
mod plane;
mod read;
mod settings;
#[cfg(feature = "export")]
mod timestamps;
mod write;

pub use job::{Metadata, MissingFrame, Outcome, Watch, Written};
pub use output::{ClipShape, Output, OutputKind, Quality};
pub use read::{
    ClipHeader, ReadTake, TakeHeader, open_known_picture, open_picture, picture_size,
    read_recipe_text, read_take, recognise, visit_clip, visit_take,
};
pub use settings::{ExportSettings, Scale};
pub use write::{codecs, try_write, write, write_frame_file};
