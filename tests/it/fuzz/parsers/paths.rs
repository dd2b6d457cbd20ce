//! Text that names files, dropped or pasted, with escapes; and the hint for hovering files.

use std::path::Path;

use kinora::app::query::drop_hint::Payload;
use kinora::app::workers::clipboard::{Pasted, files_in_text};
use kinora::library::path_kind::{Evidence, PathKind, classify, is_url};

use super::{Dice, Target, bytes, refused};

pub(super) const TARGET: Target = Target {
    name: "paths",
    seeds,
    change,
    check,
};

/// A placeholder for the check's own folder, whose name differs each time.
const HERE: &str = "@";
/// Files that exist in the check's folder.
const THERE: [&str; 4] = ["a picture.png", "é 写真.jpg", "100%.png", "a%20b.png"];

fn seeds() -> Vec<Vec<u8>> {
    [
        "@/a picture.png",
        "file://@/a%20picture.png",
        "# copied\r\nfile://localhost@/100%25.png\r\n@/100%.png\r\n",
        "file://@/%C3%A9%20%E5%86%99%E7%9C%9F.jpg",
        "file://@/a%2520b.png\n@/a%20b.png",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}

fn change(data: &mut Vec<u8>, dice: &mut Dice) {
    const WORDS: [&str; 14] = [
        "%",
        "%2",
        "%zz",
        "%00",
        "%2F",
        "%2e%2e",
        "file://",
        "localhost",
        "http://",
        "\n",
        "\r",
        "../",
        "@",
        "é",
    ];
    if dice.one_in(3) {
        return bytes::change(data, dice);
    }
    for _ in 0..dice.few() {
        let at = dice.below(data.len() + 1);
        let end = (at + dice.below(4)).min(data.len());
        drop(data.splice(at..end, dice.of(&WORDS).bytes()));
    }
}

fn check(data: &[u8], folder: &Path) -> bool {
    for name in THERE {
        let path = folder.join(name);
        if !path.exists() {
            std::fs::write(path, "x").expect("the folder is the check's own");
        }
    }
    let here = folder.to_str().expect("a plain name");
    let text = String::from_utf8_lossy(data).replace(HERE, here);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let paths: Vec<&Path> = lines.iter().map(Path::new).collect();
    for line in &paths {
        let kind = classify(line, Evidence::Name);
        assert_eq!(kind == PathKind::Url, is_url(&line.to_string_lossy()));
        assert!(!Payload::of(&[line]).words().is_empty());
    }
    assert!(!Payload::of(&paths).words().is_empty());
    let files = match files_in_text(&text) {
        Ok(Pasted::Files(files)) => files,
        Ok(Pasted::Picture(_)) => panic!("words are no picture"),
        Err(error) => return refused(&error),
    };
    let meant = lines
        .iter()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    assert_eq!(files.len(), meant.clone().count(), "as many files as lines");
    for (file, line) in files.iter().zip(meant) {
        assert!(file.is_absolute() && file.exists(), "{}", file.display());
        match line.strip_prefix("file://") {
            // A path is used unchanged.
            None => assert_eq!(file, Path::new(line)),
            // A URL gives the path of the file that it refers to.
            Some(address) => {
                let address = address.strip_prefix("localhost").unwrap_or(address);
                assert_eq!(file, Path::new(&plain(address)), "{line}");
            }
        }
    }
    true
}

/// A URL without its escapes, byte for byte.
fn plain(address: &str) -> String {
    let mut parts = address.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let code = part
            .get(..2)
            .filter(|code| code.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(part[2..].bytes());
            }
            None => bytes.extend(b"%".iter().copied().chain(part.bytes())),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
