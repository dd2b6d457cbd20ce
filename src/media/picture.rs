//! A picture, and reading one from a file: limits, the choice of decoder (by content, never by name), and the
//! orientation. `to_rgb8` converts pixel layouts to RGB, and `to_srgb` colours to sRGB.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use image::error::{ImageError, LimitErrorKind};
use image::metadata::Orientation;
use image::{
    DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, RgbImage, RgbaImage,
};

use sha2::{Digest as _, Sha256};

use super::progress::{PictureWatch, READ, WatchedBytes};
use super::to_rgb8::flatten;
use super::to_srgb::ToSrgb;
use crate::error::{PictureError, excerpt, os_reason};
use crate::media::jpeg::{self, JpegFault};

/// Largest side of a picture in pixels; a square of this size has 268 megapixels.
pub const MAX_SIDE: u32 = 16_384;
/// Largest file, and largest decoded picture, in bytes.
const MAX_BYTES: u64 = 2 << 30;
/// Bytes of decoded pixels accepted from any file, to which an allowance for each of its bytes is added: PNG compresses
/// plain white a thousandfold, GIF three thousandfold, and a hundred bytes that unpack to gigabytes are an attack.
const BELIEVED: u64 = 64 << 20;
const BELIEVED_PER_BYTE: u64 = 1 << 12;
/// Bytes read between two checks whether to stop.
const PIECE: u64 = 1 << 20;
/// The signature at the end of a TGA file; the format has none at the start.
const TGA_MARK: &[u8] = b"TRUEVISION-XFILE.\0";
/// Used instead of a path in errors about a picture that is not a file.
const IN_MEMORY: &str = "(picture in memory)";

/// How the contents of a file become a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As the file describes it: its colours in sRGB, cropped to the part that is meant to be seen.
    AsMeant,
    /// The levels as they are stored, without colour profile and crop. This is how Kinora 0.1 read every picture, and
    /// how masks and near maps are read, whose levels are not colours.
    AsStored,
}

/// An opaque 8-bit picture, in upright orientation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// sRGB, `[h, w, 3]`.
    pub rgb: Vec<u8>,
}

impl Picture {
    /// Reads the picture at `path`, composited onto `matte` (sRGB) where it is transparent.
    ///
    /// The format is recognised by content. The EXIF orientation is applied, an animation gives its first frame, and
    /// every pixel layout becomes 8-bit RGB by the rules of `to_rgb8`. JPEG is decoded bit for bit as by libjpeg, and
    /// so by Pillow and diffusers. If the file has a colour profile, the colours are converted to sRGB by `to_srgb`.
    ///
    /// # Errors
    /// Any [`PictureError`] except those about frames.
    pub fn open(path: &Path, matte: [u8; 3]) -> Result<Self, PictureError> {
        Self::open_watched(path, matte, Reading::AsMeant, PictureWatch::none())
    }

    /// The same in either reading, with progress; `watch` can stop it early.
    ///
    /// # Errors
    /// As [`Picture::open`], and [`PictureError::Ended`] if it was stopped.
    pub fn open_watched(
        path: &Path,
        matte: [u8; 3],
        reading: Reading,
        watch: PictureWatch<'_>,
    ) -> Result<Self, PictureError> {
        let bytes = read(path, watch)?;
        (watch.progress)(READ);
        let source = Source {
            bytes: &bytes,
            path,
            watch,
        };
        source.decode(matte, reading)
    }

    /// Width and height of the picture in a file according to its header, before the EXIF orientation is applied.
    ///
    /// Cheap: no pixels are decoded. `None` if the file is not a picture.
    #[must_use]
    pub fn stored_size(path: &Path) -> Option<(u32, u32)> {
        let reader = ImageReader::open(path).ok()?;
        reader.with_guessed_format().ok()?.into_dimensions().ok()
    }

    /// Reads a picture from the bytes of a file, as [`Picture::open`] does.
    ///
    /// # Errors
    /// As [`Picture::open`]; instead of a path the error says that the picture was in memory.
    pub fn decode(bytes: &[u8], matte: [u8; 3]) -> Result<Self, PictureError> {
        Source::in_memory(bytes).decode(matte, Reading::AsMeant)
    }
}

impl Picture {
    /// A picture from straight-alpha sRGB pixels, `[h, w, 4]`, composited onto `matte` (sRGB).
    ///
    /// # Errors
    /// [`PictureError`] if it is too large, or `pixels` has the wrong length.
    pub fn from_rgba(
        width: usize,
        height: usize,
        rgba: Vec<u8>,
        matte: [u8; 3],
    ) -> Result<Self, PictureError> {
        let source = Source::in_memory(&[]);
        let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let (width, height) = (side(width), side(height));
        if width > MAX_SIDE || height > MAX_SIDE {
            return Err(source.too_large(width, height));
        }
        match RgbaImage::from_raw(width, height, rgba) {
            Some(pixels) if width > 0 && height > 0 => Ok(Self {
                width,
                height,
                rgb: flatten(
                    DynamicImage::ImageRgba8(pixels),
                    ImageFormat::Png,
                    matte,
                    None,
                ),
            }),
            _ => Err(source.undecodable("its pixels do not match its size".to_owned())),
        }
    }

    /// Hash of size and pixels, the same on every machine, whatever file they came from: 16 hexadecimal digits of a
    /// SHA-256.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.width.to_le_bytes());
        hash.update(self.height.to_le_bytes());
        hash.update(&self.rgb);
        // 64 bits are enough: nobody has so many pictures that two of them collide.
        let hash = hash.finalize();
        hash.iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// The bytes of a picture file, and where they came from.
#[derive(Clone, Copy)]
struct Source<'a> {
    bytes: &'a [u8],
    path: &'a Path,
    watch: PictureWatch<'a>,
}

impl<'a> Source<'a> {
    fn in_memory(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            path: Path::new(IN_MEMORY),
            watch: PictureWatch::none(),
        }
    }
}

impl Source<'_> {
    fn decode(self, matte: [u8; 3], reading: Reading) -> Result<Picture, PictureError> {
        if self.bytes.is_empty() {
            return Err(PictureError::Empty { path: self.path() });
        }
        if self.bytes.len() as u64 > MAX_BYTES {
            return Err(self.too_heavy());
        }
        let format = self.format()?;
        let (picture, orientation) = if format == ImageFormat::Jpeg {
            self.decode_jpeg(reading)?
        } else {
            // These decoders are from other crates, and a few damaged files make them panic. They leave no
            // state behind.
            catch_unwind(AssertUnwindSafe(|| {
                self.decode_other(format, matte, reading)
            }))
            .unwrap_or_else(|_| Err(self.undecodable("its decoder failed".to_owned())))?
        };
        Ok(upright(picture, orientation))
    }

    /// The format, recognised by the first bytes.
    fn format(self) -> Result<ImageFormat, PictureError> {
        if let Ok(format) = image::guess_format(self.bytes)
            && format.reading_enabled()
        {
            return Ok(format);
        }
        if self.bytes.ends_with(TGA_MARK) {
            return Ok(ImageFormat::Tga);
        }
        Err(match foreign_kind(self.bytes, self.path) {
            Some(kind) => PictureError::Foreign {
                kind,
                path: self.path(),
            },
            None => PictureError::NotAPicture { path: self.path() },
        })
    }

    fn decode_jpeg(self, reading: Reading) -> Result<(Picture, Orientation), PictureError> {
        let decoded = jpeg::decode(self.bytes, MAX_SIDE, MAX_BYTES, self.watch).map_err(
            |fault| match fault {
                JpegFault::Ended => self.ended(),
                JpegFault::Truncated => PictureError::Truncated { path: self.path() },
                JpegFault::TooLarge { width, height } => self.too_large(width, height),
                JpegFault::TooHeavy => self.too_heavy(),
                JpegFault::Undecodable(reason) => self.undecodable(reason.to_owned()),
            },
        )?;
        let orientation = decoded
            .exif
            .and_then(Orientation::from_exif_chunk)
            .unwrap_or(Orientation::NoTransforms);
        let mut picture = Picture {
            width: decoded.width,
            height: decoded.height,
            rgb: decoded.rgb,
        };
        if let Some(colours) = colours(decoded.profile, decoded.grey, reading) {
            colours.apply(&mut picture.rgb);
        }
        Ok((picture, orientation))
    }

    fn decode_other(
        self,
        format: ImageFormat,
        matte: [u8; 3],
        reading: Reading,
    ) -> Result<(Picture, Orientation), PictureError> {
        let fault = |error: ImageError| self.fault(&error);
        let mut reader =
            ImageReader::with_format(WatchedBytes::new(self.bytes, self.watch), format);
        let mut limits = Limits::no_limits();
        limits.max_alloc = Some(MAX_BYTES);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().map_err(fault)?;
        let (width, height) = decoder.dimensions();
        if width > MAX_SIDE || height > MAX_SIDE {
            return Err(self.too_large(width, height));
        }
        if width == 0 || height == 0 {
            return Err(self.undecodable("it has no pixels".to_owned()));
        }
        if decoder.total_bytes() > MAX_BYTES {
            return Err(self.too_heavy());
        }
        let believed = BELIEVED + BELIEVED_PER_BYTE * self.bytes.len() as u64;
        if decoder.total_bytes() > believed {
            let reason = "it has more pixels than so small a file can hold";
            return Err(self.undecodable(reason.to_owned()));
        }
        // A damaged orientation or profile counts as none.
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let profile = decoder.icc_profile().unwrap_or(None);
        let image = DynamicImage::from_decoder(decoder).map_err(fault)?;
        if (self.watch.ended)() {
            return Err(self.ended());
        }
        let colours = colours(profile, !image.color().has_color(), reading);
        Ok((
            Picture {
                width,
                height,
                rgb: flatten(image, format, matte, colours.as_ref()),
            },
            orientation,
        ))
    }

    fn fault(self, error: &ImageError) -> PictureError {
        match error {
            // If it was stopped, the decoder's error does not matter.
            _ if (self.watch.ended)() => self.ended(),
            ImageError::Limits(limit)
                if matches!(limit.kind(), LimitErrorKind::InsufficientMemory) =>
            {
                self.too_heavy()
            }
            _ if ended_early(error) => PictureError::Truncated { path: self.path() },
            _ => self.undecodable(excerpt(error)),
        }
    }

    fn too_large(self, width: u32, height: u32) -> PictureError {
        PictureError::TooLarge {
            width,
            height,
            limit: MAX_SIDE,
            path: self.path(),
        }
    }

    fn too_heavy(self) -> PictureError {
        PictureError::TooHeavy {
            limit_mib: MAX_BYTES >> 20,
            path: self.path(),
        }
    }

    fn undecodable(self, reason: String) -> PictureError {
        PictureError::Undecodable {
            reason,
            path: self.path(),
        }
    }

    fn ended(self) -> PictureError {
        PictureError::Ended { path: self.path() }
    }

    fn path(self) -> PathBuf {
        self.path.to_owned()
    }
}

/// How colours with this profile become sRGB; `None` if they stay as they are.
fn colours(profile: Option<Vec<u8>>, grey: bool, reading: Reading) -> Option<ToSrgb> {
    let profile = profile.filter(|_| reading == Reading::AsMeant)?;
    ToSrgb::from_profile(&profile, grey)
}

/// All bytes of a file; one that cannot be a picture is rejected before it is read to the end.
fn read(path: &Path, watch: PictureWatch<'_>) -> Result<Vec<u8>, PictureError> {
    let unreadable = |error: io::Error| PictureError::Unreadable {
        path: path.to_owned(),
        reason: os_reason(&error),
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if about.is_dir() {
        let path = path.to_owned();
        return Err(PictureError::Folder { path });
    }
    let mut bytes = Vec::new();
    loop {
        if (watch.ended)() {
            let path = path.to_owned();
            return Err(PictureError::Ended { path });
        }
        let piece = (&mut file).take(PIECE).read_to_end(&mut bytes);
        let piece = piece.map_err(unreadable)? as u64;
        let first = bytes.len() as u64 == piece;
        // Reading a pipe or a device might block for ever.
        let more = if about.is_file() {
            about.len() > piece
        } else {
            piece == PIECE
        };
        if first && more && !ends_as_tga(&mut file) {
            let source = Source {
                bytes: &bytes,
                path,
                watch,
            };
            source.format()?;
        }
        // A device may be endless.
        if bytes.len() as u64 > MAX_BYTES || about.len() > MAX_BYTES {
            return Err(Source {
                bytes: &bytes,
                path,
                watch,
            }
            .too_heavy());
        }
        if piece == 0 {
            return Ok(bytes);
        }
        watch.read(bytes.len() as u64, about.len());
    }
}

/// Whether a file ends with the TGA signature; restores its position.
fn ends_as_tga(file: &mut File) -> bool {
    let mut look = || -> io::Result<bool> {
        let before = file.stream_position()?;
        file.seek(SeekFrom::End(-(TGA_MARK.len() as i64)))?;
        let mut end = [0; TGA_MARK.len()];
        file.read_exact(&mut end)?;
        file.seek(SeekFrom::Start(before))?;
        Ok(end == TGA_MARK)
    };
    look().unwrap_or(false)
}

/// Rotates and mirrors a picture by its EXIF orientation.
fn upright(picture: Picture, orientation: Orientation) -> Picture {
    if orientation == Orientation::NoTransforms {
        return picture;
    }
    let (width, height) = (picture.width, picture.height);
    let Some(pixels) = RgbImage::from_raw(width, height, picture.rgb) else {
        // Impossible: the decoders fill `[h, w, 3]` exactly.
        return Picture {
            width: 0,
            height: 0,
            rgb: Vec::new(),
        };
    };
    let mut image = DynamicImage::ImageRgb8(pixels);
    image.apply_orientation(orientation);
    Picture {
        width: image.width(),
        height: image.height(),
        rgb: image.into_rgb8().into_raw(),
    }
}

/// Names known formats that Kinora does not read; if the bytes are ambiguous, the file's name decides.
fn foreign_kind(bytes: &[u8], path: &Path) -> Option<&'static str> {
    let starts = |mark: &[u8]| bytes.starts_with(mark);
    if bytes.get(4..8) == Some(b"ftyp") {
        return Some(media_kind(bytes, path));
    }
    if starts(&[0xff, 0x0a]) || starts(b"\0\0\0\x0cJXL ") {
        return Some("JPEG XL");
    }
    if starts(b"\0\0\0\x0cjP  ") || starts(&[0xff, 0x4f, 0xff, 0x51]) {
        return Some("JPEG 2000");
    }
    [
        (&b"8BPS"[..], "Photoshop"),
        (b"%PDF", "PDF"),
        (b"%!PS", "PostScript"),
        (b"gimp xcf", "GIMP"),
        (b"DDS ", "DDS"),
        (b"<svg", "SVG"),
        (b"\x1aE\xdf\xa3", "video"),
    ]
    .into_iter()
    .find_map(|(mark, kind)| starts(mark).then_some(kind))
}

/// The kind of an ISO base media file (ISO/IEC 14496-12, 4.3): by its major brand, otherwise by its compatible brands,
/// otherwise by its name.
fn media_kind(bytes: &[u8], path: &Path) -> &'static str {
    let brand = |brand: &[u8]| match brand {
        b"avif" | b"avis" => Some("AVIF"),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => {
            Some("HEIC")
        }
        b"mif1" | b"mif2" | b"mif3" | b"msf1" | b"miaf" => Some("HEIF"),
        b"crx " => Some("Canon RAW"),
        b"qt  "
        | b"dash"
        | b"MSNV"
        | [b'i', b's', b'o' | b'm', _]
        | [b'm', b'p', b'4', _]
        | [b'a', b'v', b'c', _]
        | [b'M', b'4', b'V', _]
        | [b'3', b'g', _, _]
        | [b'f', b'4', b'v', _] => Some("video"),
        _ => None,
    };
    let length = bytes.get(..4).and_then(|four| four.try_into().ok());
    let length = length.map_or(0, |four| u32::from_be_bytes(four) as usize);
    let compatible = bytes.get(16..length.min(bytes.len())).unwrap_or_default();
    let extension = || {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "heic" | "heif" | "hif" => Some("HEIF"),
            "avif" | "avifs" => Some("AVIF"),
            "mp4" | "m4v" | "mov" | "3gp" => Some("video"),
            _ => None,
        }
    };
    brand(bytes.get(8..12).unwrap_or_default())
        .or_else(|| compatible.chunks_exact(4).find_map(brand))
        .or_else(extension)
        .unwrap_or("ISO media")
}

/// Whether the data ended too early, however deep in the decoder's error that is.
fn ended_early(error: &ImageError) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            // The `source` of an `io::Error` is that of the error inside it, which itself is skipped.
            if error.kind() == io::ErrorKind::UnexpectedEof {
                return true;
            }
        }
        cause = error.source();
    }
    false
}
