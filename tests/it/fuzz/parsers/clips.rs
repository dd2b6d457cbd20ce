//! Takes, both frames and recipe: GIF, WebP and animated PNG by Kinora's own readers, MP4, MOV, MKV and WebM through
//! FFmpeg.

use std::ops::ControlFlow;
use std::path::Path;

use kinora::export::{
    self, Metadata, Output, OutputKind, ReadTake, Watch, read_recipe_text, read_take, recognise,
    visit_take,
};
use kinora::media::frame::Frame;
use kinora::media::rate::Rate;

use super::{Dice, Target, bytes, chunks, refused};

pub(super) const TARGET: Target = Target {
    name: "clips",
    seeds,
    change,
    check,
};

/// A recipe of realistic length, with characters that containers escape.
fn comment() -> String {
    format!(
        "{{\"kinora\":\"0.1.0\",\"note\":\"{}\"}}",
        "é & <写真> &amp; ".repeat(12)
    )
}

pub(crate) fn frames() -> Vec<Frame> {
    let frame = |index: u32| {
        let pixels = (0..24).flat_map(|y| {
            (0..32).flat_map(move |x| {
                [
                    (40 + 3 * x + 20 * index) as u8,
                    (60 + 5 * y) as u8,
                    (200 - x - y) as u8,
                ]
            })
        });
        Frame {
            width: 32,
            height: 24,
            rgb: pixels.collect(),
        }
    };
    (0..3).map(frame).collect()
}

pub(crate) fn write(frames: Vec<Frame>, rate: Rate, comment: &str, path: &Path) {
    let metadata = Metadata {
        title: "A take".to_owned(),
        comment: comment.to_owned(),
    };
    let watch = Watch {
        cancelled: &|| false,
        progress: &mut |_| {},
    };
    let output = Output::parse(path).expect("a known kind");
    let written = export::write(frames.into_iter(), rate, &output, &metadata, watch);
    assert!(written.is_ok(), "{}: {written:?}", path.display());
}

fn seeds() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder");
    let written = export::codecs()
        .into_iter()
        .filter(|(_, codec)| codec.is_ok());
    let kinds = written
        .map(|(kind, _)| kind)
        .filter(|kind| *kind != OutputKind::Folder);
    kinds
        .map(|kind| {
            let path = folder.path().join(format!("take{}", kind.ending()));
            write(frames(), Rate { num: 10, den: 1 }, &comment(), &path);
            std::fs::read(path).expect("it was written")
        })
        .collect()
}

fn change(data: &mut Vec<u8>, dice: &mut Dice) {
    match chunks::kind_of(data) {
        _ if dice.one_in(12) => chunks::resize(data, dice),
        Some(kind) if !dice.one_in(4) => chunks::change(kind, data, dice),
        _ => bytes::change(data, dice),
    }
}

fn check(data: &[u8], folder: &Path) -> bool {
    let path = folder.join("take");
    std::fs::write(&path, data).expect("the folder is the check's own");
    let frames_as_clip = as_clip(&path);
    let kind = match recognise(&path) {
        Ok(kind) => kind,
        Err(error) => return refused(&error),
    };
    let text = read_recipe_text(&path);
    let read = match read_take(&path) {
        Ok(read) => read,
        Err(error) => {
            // The recipe may be intact even if the frames are damaged.
            if let Err(error) = text {
                refused(&error);
            }
            return refused(&error);
        }
    };
    let ReadTake { header, frames } = &read;
    assert_eq!(header.kind, kind);
    let text = text.unwrap_or_else(|error| panic!("frames without the recipe: {error}"));
    assert_eq!(
        header.comment, text,
        "the recipe is one, with frames or without"
    );
    let first = frames.first().expect("a take has frames");
    assert_eq!(
        frames_as_clip,
        Some(frames.len().min(MOST_FRAMES)),
        "a take is a clip"
    );
    for frame in frames {
        assert_eq!(
            (frame.width, frame.height),
            (first.width, first.height),
            "one size"
        );
        assert_eq!(
            frame.rgb.len(),
            frame.width as usize * frame.height as usize * 3
        );
    }
    let mut seen = 0;
    let visited = visit_take(&path, &mut |frame| {
        assert_eq!(
            frame, frames[seen],
            "frame {seen} is the same when they come one by one"
        );
        seen += 1;
        if seen < frames.len().min(2) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    assert_eq!(
        visited.map(|header| header.comment).ok(),
        Some(text),
        "broken off, it is the same take"
    );
    assert_eq!(seen, frames.len().min(2));
    assert_kept(read, folder);
    true
}

/// Frames that are read of a clip.
const MOST_FRAMES: usize = 64;

/// The number of frames when the file is read as a clip of any origin; `None` if it is refused, in a sentence.
fn as_clip(path: &Path) -> Option<usize> {
    let mut count = 0;
    let read = export::visit_clip(path, &mut |_| {
        count += 1;
        if count < MOST_FRAMES {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    match read {
        Ok(_) => Some(count),
        Err(error) => {
            refused(&error);
            None
        }
    }
}

/// Checks that frames and recipe, written losslessly, are read back unchanged.
fn assert_kept(read: ReadTake, folder: &Path) {
    let pixels: usize = read.frames.iter().map(|frame| frame.rgb.len()).sum();
    let comment = read.header.comment.unwrap_or_default();
    if pixels > 1 << 20 || comment.contains('\0') {
        return;
    }
    let path = folder.join("kept.apng");
    let rate = read.header.rate.unwrap_or(Rate { num: 7, den: 1 });
    write(read.frames.clone(), rate, &comment, &path);
    let again = read_take(&path).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.frames, read.frames, "written and read again");
    assert_eq!(
        again.header.comment.unwrap_or_default(),
        comment,
        "written and read again"
    );
}
