//! Where a clip goes, in which format and at which quality.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::ExportError;

/// Size and length of a clip still to be written, for checks before a long render.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClipShape {
    /// Width of each frame, in pixels.
    pub width: u32,
    /// Height of each frame, in pixels.
    pub height: u32,
    /// Number of frames.
    pub frames: usize,
}

/// The format of an output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OutputKind {
    /// H.264 in MP4.
    #[default]
    Mp4,
    /// H.264 in QuickTime.
    Mov,
    /// H.264 in Matroska.
    Mkv,
    /// VP9 in WebM.
    WebM,
    /// GIF with one palette of 255 colours and error diffusion.
    Gif,
    /// Animated WebP.
    WebP,
    /// Animated PNG, lossless.
    Apng,
    /// A folder with `frame_0000.png …`, lossless.
    Folder,
}

impl OutputKind {
    /// All formats, in the order in which they are listed for the user.
    pub const ALL: [Self; 8] = [
        Self::Mp4,
        Self::Mov,
        Self::Mkv,
        Self::WebM,
        Self::Gif,
        Self::WebP,
        Self::Apng,
        Self::Folder,
    ];

    /// The extension with its dot; `/` for a folder.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Mp4 => ".mp4",
            Self::Mov => ".mov",
            Self::Mkv => ".mkv",
            Self::WebM => ".webm",
            Self::Gif => ".gif",
            Self::WebP => ".webp",
            Self::Apng => ".apng",
            Self::Folder => "/",
        }
    }

    /// Whether it is video, whose file cannot store a number of plays.
    #[must_use]
    pub fn is_film(self) -> bool {
        matches!(self, Self::Mp4 | Self::Mov | Self::Mkv | Self::WebM)
    }

    /// Whether [`Quality`] makes a difference.
    #[must_use]
    pub fn has_quality(self) -> bool {
        self.is_film() || self == Self::WebP
    }

    /// Whether writing it needs FFmpeg; the others work in every build.
    #[must_use]
    pub fn needs_ffmpeg(self) -> bool {
        !matches!(self, Self::Apng | Self::Folder)
    }

    /// The longest side the format can hold, in pixels.
    #[must_use]
    pub fn longest_side(self) -> u32 {
        match self {
            // H.264 level 6.2 ends at 16 384, and Kinora never needs a higher level.
            Self::Mp4 | Self::Mov | Self::Mkv | Self::WebM => 16_384,
            // 14-bit fields of the WebP bitstream.
            Self::WebP => 16_383,
            // 16-bit fields of the GIF screen descriptor.
            Self::Gif => 65_535,
            Self::Apng | Self::Folder => i32::MAX as u32,
        }
    }

    /// Upper estimate of the bytes that one pixel of one frame takes in the file: raw size for lossless formats, a
    /// noisy picture for the others.
    pub(super) fn bytes_per_pixel(self) -> f64 {
        match self {
            Self::Mp4 | Self::Mov | Self::Mkv | Self::WebM | Self::WebP => 0.5,
            Self::Gif => 1.0,
            Self::Apng | Self::Folder => 3.0,
        }
    }
}

/// Quality of lossy formats; lossless ones ignore it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Quality {
    /// Small files, for messages: artefacts are visible.
    Small,
    /// For the web: artefacts are hardly visible.
    Good,
    /// For further work: visually lossless.
    #[default]
    Best,
}

impl Quality {
    /// All qualities, smallest file first.
    pub const ALL: [Self; 3] = [Self::Small, Self::Good, Self::Best];
}

/// Where and how a clip is written: path, format, quality and number of plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    path: PathBuf,
    kind: OutputKind,
    quality: Quality,
    plays: u16,
}

impl Output {
    /// An output of a known format. Unlike [`Output::parse`] this ignores the path's extension.
    #[must_use]
    pub fn new(path: PathBuf, kind: OutputKind, quality: Quality) -> Self {
        Self {
            path,
            kind,
            quality,
            plays: 0,
        }
    }

    /// Determines the format from a path: a trailing separator, or an existing folder without a known extension, means
    /// a folder of PNG pictures; otherwise the extension decides, in any case.
    ///
    /// # Errors
    /// [`ExportError::UnknownEnding`], which lists the known extensions.
    pub fn parse(path: &Path) -> Result<Self, ExportError> {
        let path = path.to_path_buf();
        let last = path.as_os_str().as_encoded_bytes().last();
        let separated = last.is_some_and(|&byte| std::path::is_separator(char::from(byte)));
        let kind = if separated {
            OutputKind::Folder
        } else {
            let ending = path.extension().map_or_else(String::new, |extension| {
                format!(".{}", extension.to_string_lossy())
            });
            let known = OutputKind::ALL
                .into_iter()
                .find(|kind| kind.ending().eq_ignore_ascii_case(&ending));
            match known {
                Some(kind) => kind,
                None if path.is_dir() => OutputKind::Folder,
                None => {
                    return Err(ExportError::UnknownEnding {
                        ending,
                        known: known_endings(),
                        path,
                    });
                }
            }
        };
        Ok(Self::new(path, kind, Quality::default()))
    }

    /// The same output at another quality.
    #[must_use]
    pub fn with_quality(self, quality: Quality) -> Self {
        Self { quality, ..self }
    }

    /// The same output for an animation with this number of plays; 0 is for ever.
    #[must_use]
    pub fn with_plays(self, plays: u16) -> Self {
        Self { plays, ..self }
    }

    /// The path as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The format.
    #[must_use]
    pub fn kind(&self) -> OutputKind {
        self.kind
    }

    /// The quality.
    #[cfg(feature = "export")]
    pub(super) fn quality(&self) -> Quality {
        self.quality
    }

    /// Number of plays of an animation; 0 is for ever.
    pub(super) fn plays(&self) -> u16 {
        self.plays
    }
}

/// The extensions of all file formats, for an error.
fn known_endings() -> String {
    let files = OutputKind::ALL
        .into_iter()
        .filter(|&kind| kind != OutputKind::Folder);
    files.map(OutputKind::ending).collect::<Vec<_>>().join(" ")
}
