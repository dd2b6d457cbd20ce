//! The system's clipboard: reading pictures, files and text, writing pictures.
//!
//! Other programs provide their data on request, which can take a while, so all of this runs on a
//! worker.

use std::path::PathBuf;

use crate::error::{ClipboardError, PictureError};
use crate::library::path_kind::is_url;
use crate::media::frame::Frame;
use crate::media::picture::Picture;

/// The usable contents of the clipboard.
#[derive(Debug)]
pub enum Pasted {
    /// A picture.
    Picture(Picture),
    /// Files.
    Files(Vec<PathBuf>),
}

/// A clipboard; tests provide their own.
pub trait Clipboard: Send {
    /// Reads the clipboard: a picture is preferred to files, and files to text that names a file. Transparent
    /// parts of a picture are laid over `matte` (sRGB).
    ///
    /// # Errors
    /// [`ClipboardError`] if there is none of these; says what there is instead.
    fn paste(&mut self, matte: [u8; 3]) -> Result<Pasted, ClipboardError>;

    /// Copies a picture to the clipboard.
    ///
    /// # Errors
    /// [`ClipboardError::Closed`] if the system refuses.
    fn copy(&mut self, frame: &Frame) -> Result<(), ClipboardError>;
}

/// The system's clipboard, opened when first needed. What was copied is available to others for as long
/// as it stays open.
#[derive(Default)]
pub struct SystemClipboard {
    open: Option<arboard::Clipboard>,
}

impl SystemClipboard {
    fn open(&mut self) -> Result<&mut arboard::Clipboard, ClipboardError> {
        if self.open.is_none() {
            self.open = Some(arboard::Clipboard::new().map_err(closed)?);
        }
        self.open.as_mut().ok_or(ClipboardError::Empty)
    }
}

impl Clipboard for SystemClipboard {
    fn paste(&mut self, matte: [u8; 3]) -> Result<Pasted, ClipboardError> {
        let clipboard = self.open()?;
        let image = clipboard.get_image();
        if let Ok(image) = image {
            let (width, height) = (image.width, image.height);
            let picture = Picture::from_rgba(width, height, image.bytes.into_owned(), matte);
            return Ok(Pasted::Picture(picture.map_err(refused)?));
        }
        if let Ok(files) = clipboard.get().file_list()
            && !files.is_empty()
        {
            return Ok(Pasted::Files(files));
        }
        words(image.map(|_| ()), clipboard.get_text())
    }

    fn copy(&mut self, frame: &Frame) -> Result<(), ClipboardError> {
        let rgba: Vec<u8> = frame
            .rgb
            .as_chunks::<3>()
            .0
            .iter()
            .flat_map(|&[r, g, b]| [r, g, b, u8::MAX])
            .collect();
        let image = arboard::ImageData {
            width: frame.width as usize,
            height: frame.height as usize,
            bytes: rgba.into(),
        };
        self.open()?.set_image(image).map_err(closed)
    }
}

/// The contents if there is no picture and no file. Systems differ in how they report text when asked for
/// a picture, so the text is read whatever they answered.
fn words(
    picture: Result<(), arboard::Error>,
    text: Result<String, arboard::Error>,
) -> Result<Pasted, ClipboardError> {
    let there = |error: &arboard::Error| !matches!(error, arboard::Error::ContentNotAvailable);
    match text {
        Ok(text) => files_in_text(&text),
        Err(error) if there(&error) => Err(closed(error)),
        Err(_) => match picture {
            Err(error) if there(&error) => Err(closed(error)),
            _ => Err(ClipboardError::Empty),
        },
    }
}

/// The files that text names, from the clipboard or dropped.
///
/// # Errors
/// [`ClipboardError`] if it names no files on this machine.
pub fn files_in_text(text: &str) -> Result<Pasted, ClipboardError> {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    if lines.is_empty() {
        return Err(ClipboardError::Empty);
    }
    if lines.iter().any(|line| is_url(line)) {
        return Err(ClipboardError::Address);
    }
    let files: Vec<PathBuf> = lines.iter().filter_map(|line| file(line)).collect();
    if files.len() < lines.len() {
        return Err(ClipboardError::Words);
    }
    Ok(Pasted::Files(files))
}

/// A file on this machine, from a path or a `file://` URL.
fn file(line: &str) -> Option<PathBuf> {
    let path = match line.strip_prefix("file://") {
        Some(address) => PathBuf::from(unescaped(
            address.strip_prefix("localhost").unwrap_or(address),
        )),
        None => PathBuf::from(line),
    };
    (path.is_absolute() && path.exists()).then_some(path)
}

/// Decodes percent-encoding, such as `%20`.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%')
            .then(|| after.get(..2))
            .flatten()
            // `from_str_radix` would accept a sign.
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn closed(error: arboard::Error) -> ClipboardError {
    ClipboardError::Closed {
        reason: error.to_string().trim_end_matches('.').to_owned(),
    }
}

fn refused(error: PictureError) -> ClipboardError {
    ClipboardError::Picture(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_whatever_the_system_answers_about_a_picture() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a picture.png");
        std::fs::write(&path, "x").unwrap();
        let missing = || arboard::Error::ContentNotAvailable;
        // X11's answer if there is text.
        let strange = || arboard::Error::Unknown {
            description: "incorrect type received from clipboard".to_owned(),
        };
        for picture in [missing(), strange()] {
            let text = Ok(path.display().to_string());
            let Ok(Pasted::Files(files)) = words(Err(picture), text) else {
                panic!("the text names a file");
            };
            assert_eq!(files, std::slice::from_ref(&path));
        }
        let told = |picture, text| words(Err(picture), text).unwrap_err().to_string();
        let text = Ok("a fine day".to_owned());
        assert!(
            told(strange(), text).contains("text"),
            "a sentence about it"
        );
        assert!(told(missing(), Err(missing())).contains("holds no picture"));
        assert!(told(strange(), Err(missing())).contains("incorrect type"));
        assert!(told(missing(), Err(strange())).contains("incorrect type"));
    }

    #[test]
    fn text_is_files_or_it_says_why_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a picture.png");
        std::fs::write(&path, "x").unwrap();
        let plain = path.display().to_string();
        let address = format!("file://{}", plain.replace(' ', "%20"));
        for text in [
            plain.clone(),
            address.clone(),
            format!("#x\r\n{address}\r\n\n{plain}"),
        ] {
            let Ok(Pasted::Files(files)) = files_in_text(&text) else {
                panic!("{text} names files");
            };
            assert!(files.iter().all(|file| *file == path), "{files:?}");
        }
        let words = |text: &str| files_in_text(text).unwrap_err().to_string();
        assert!(words("https://example.org/a.jpg").contains("address"));
        assert!(words(&format!("{plain}\nHTTP://example.org")).contains("address"));
        assert!(words("a fine day").contains("text"));
        assert!(words(&format!("{plain}x")).contains("text"));
        assert!(words(" \n").contains("holds no picture"));
        assert_eq!(unescaped("%41%zz%4%+1"), "A%zz%4%+1");
    }
}
