//! The system's clipboard: pictures, files and words that come in, and pictures that go out.
//!
//! Other programs hand their data over when asked, which can take a while: all of this runs on a
//! worker. Must not know what becomes of it.

use std::path::PathBuf;

use crate::app::query::drop_hint::is_address;
use crate::error::{ClipboardError, PictureError};
use crate::media::frame::Frame;
use crate::media::picture::Picture;

/// What was on the clipboard.
#[derive(Debug)]
pub enum Pasted {
    /// A picture.
    Picture(Picture),
    /// Files.
    Files(Vec<PathBuf>),
}

/// The clipboard. The system has one; tests bring their own.
pub trait Clipboard: Send {
    /// What is there: a picture before files before the path of a file. Transparent parts of a
    /// picture are laid over `matte` (sRGB).
    ///
    /// # Errors
    /// [`ClipboardError`] saying what is there instead.
    fn paste(&mut self, matte: [u8; 3]) -> Result<Pasted, ClipboardError>;

    /// Puts a picture there.
    ///
    /// # Errors
    /// [`ClipboardError::Closed`] when the system refuses.
    fn copy(&mut self, frame: &Frame) -> Result<(), ClipboardError>;
}

/// The system's own clipboard, opened when it is first needed: what was copied is handed over for
/// as long as it stays open.
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

/// What is there where it is no picture and no file. Systems differ in how they say that text is no
/// picture, so whatever they say of the picture, the text is asked for.
fn words(
    picture: Result<(), arboard::Error>,
    text: Result<String, arboard::Error>,
) -> Result<Pasted, ClipboardError> {
    let there = |error: &arboard::Error| !matches!(error, arboard::Error::ContentNotAvailable);
    match text {
        Ok(text) => said(&text),
        Err(error) if there(&error) => Err(closed(error)),
        Err(_) => match picture {
            Err(error) if there(&error) => Err(closed(error)),
            _ => Err(ClipboardError::Empty),
        },
    }
}

/// What text on the clipboard, or dropped text, stands for.
///
/// # Errors
/// [`ClipboardError`] where it names no files of this machine.
pub fn said(text: &str) -> Result<Pasted, ClipboardError> {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    if lines.is_empty() {
        return Err(ClipboardError::Empty);
    }
    if lines.iter().any(|line| is_address(line)) {
        return Err(ClipboardError::Address);
    }
    let files: Vec<PathBuf> = lines.iter().filter_map(|line| file(line)).collect();
    if files.len() < lines.len() {
        return Err(ClipboardError::Words);
    }
    Ok(Pasted::Files(files))
}

/// A file of this machine, as a path or a `file://` address.
fn file(line: &str) -> Option<PathBuf> {
    let path = match line.strip_prefix("file://") {
        Some(address) => PathBuf::from(unescaped(
            address.strip_prefix("localhost").unwrap_or(address),
        )),
        None => PathBuf::from(line),
    };
    (path.is_absolute() && path.exists()).then_some(path)
}

/// `%20` and its like as the bytes they stand for.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%')
            .then(|| after.get(..2))
            .flatten()
            // `from_str_radix` would take a sign for a digit.
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
    fn text_is_taken_whatever_is_said_of_a_picture() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a picture.png");
        std::fs::write(&path, "x").unwrap();
        let missing = || arboard::Error::ContentNotAvailable;
        // What X11 says where there is text.
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
            let Ok(Pasted::Files(files)) = said(&text) else {
                panic!("{text} names files");
            };
            assert!(files.iter().all(|file| *file == path), "{files:?}");
        }
        let words = |text: &str| said(text).unwrap_err().to_string();
        assert!(words("https://example.org/a.jpg").contains("address"));
        assert!(words(&format!("{plain}\nHTTP://example.org")).contains("address"));
        assert!(words("a fine day").contains("text"));
        assert!(words(&format!("{plain}x")).contains("text"));
        assert!(words(" \n").contains("holds no picture"));
        assert_eq!(unescaped("%41%zz%4%+1"), "A%zz%4%+1");
    }
}
