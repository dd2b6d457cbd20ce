//! Reading clips through FFmpeg. Apart from `write/ffmpeg.rs` the only file that names `ffmpeg_next`.
//!
//! Opens containers, reads their comment and decodes packets to frames. Accepts only what `write/ffmpeg.rs` writes.
//! It gets an open file, so that no path is interpreted as a protocol or a pattern.

use std::fs::File;
use std::ops::ControlFlow;

use ffmpeg_next as ffmpeg;
use ffmpeg_next::codec::{self, Id};
use ffmpeg_next::format::context::{Input, StreamIo};
use ffmpeg_next::format::{self, Pixel};
use ffmpeg_next::util::log;
use ffmpeg_next::{Dictionary, Packet, color, decoder, frame, media};

use super::visitor::{Contents, Fault, Visitor};
use super::yuv_to_rgb;
use crate::export::output::OutputKind;
use crate::export::plane::Plane;
use crate::media::frame::Frame;
use crate::media::rate::Rate;

/// The containers that Kinora writes. No other is accepted: some formats of FFmpeg are lists of files and URLs to open.
const CONTAINERS: &str = "mov,matroska";
/// The codecs that Kinora writes, by the names of FFmpeg's decoders and by ID.
const DECODERS: &str = "h264,mpeg4,vp8,vp9,libvpx,libvpx-vp9";
const CODECS: [Id; 4] = [Id::H264, Id::MPEG4, Id::VP8, Id::VP9];
/// FFmpeg's error for a read that returned less than expected.
const CUT_OFF: ffmpeg::Error = ffmpeg::Error::Other {
    errno: ffmpeg::error::EIO,
};

/// The comment of a clip, if it has one.
pub(in crate::export) fn comment(_kind: OutputKind, file: File) -> Result<Option<String>, Fault> {
    Ok(comment_of(&open(file)?))
}

/// Decodes a clip from its start and passes on each frame in order of display.
pub(in crate::export) fn visit(
    _kind: OutputKind,
    file: File,
    visitor: &mut Visitor<'_>,
) -> Result<Contents, Fault> {
    let mut input = open(file)?;
    let comment = comment_of(&input);
    let stream = input
        .streams()
        .best(media::Type::Video)
        .ok_or_else(|| Fault::Foreign("there is no video in it".to_owned()))?;
    let rate = stream.avg_frame_rate();
    let rate = u32::try_from(rate.0)
        .ok()
        .zip(u32::try_from(rate.1).ok())
        .and_then(|(num, den)| Rate::new(num, den).ok());
    let (index, counted) = (stream.index(), stream.frames());
    let announced = match usize::try_from(counted) {
        Ok(count @ 1..) => Some(count),
        // Matroska stores the duration: milliseconds in the file, microseconds here.
        _ => rate.map(|rate| (input.duration() as f64 * 1e-6 * rate.as_f64()).round() as usize),
    };
    let mut walk = Walk {
        decoder: open_decoder(stream.parameters())?,
        visitor,
        frames: 0,
    };
    match walk.run(&mut input, index)? {
        ControlFlow::Break(()) => {}
        ControlFlow::Continue(()) => complete(walk.frames, announced)?,
    }
    Ok(Contents { comment, rate })
}

/// A truncated file decodes without an error as far as it goes.
fn complete(frames: usize, announced: Option<usize>) -> Result<(), Fault> {
    match announced {
        Some(announced) if frames < announced => Err(Fault::Damaged(format!(
            "it ends after {frames} of {announced} frames"
        ))),
        _ if frames == 0 => Err(Fault::Damaged("there are no frames in it".to_owned())),
        _ => Ok(()),
    }
}

fn open(file: File) -> Result<Input, Fault> {
    // Otherwise FFmpeg prints its own messages to stderr.
    log::set_level(log::Level::Quiet);
    let options = Dictionary::from_iter([
        ("format_whitelist", CONTAINERS),
        ("codec_whitelist", DECODERS),
    ]);
    let io = StreamIo::from_read_seek(file).map_err(fault)?;
    format::input_from_stream(io, None, Some(options)).map_err(fault)
}

fn comment_of(input: &Input) -> Option<String> {
    let tags = input.metadata();
    let text = tags.get("comment")?;
    // The bindings return the file's bytes unchecked; they are checked here.
    std::str::from_utf8(text.as_bytes()).ok().map(str::to_owned)
}

fn open_decoder(parameters: codec::Parameters) -> Result<decoder::Video, Fault> {
    let foreign = |what: &str| Err(Fault::Foreign(what.to_owned()));
    if !CODECS.contains(&parameters.id()) {
        return foreign("it uses another codec");
    }
    let context = codec::Context::from_parameters(parameters).map_err(fault)?;
    // Damage is reported, not concealed.
    let options = Dictionary::from_iter([("err_detect", "explode")]);
    let codec = decoder::find(context.id());
    let codec = codec.ok_or(ffmpeg::Error::DecoderNotFound).map_err(fault)?;
    let opened = context.decoder().open_as_with(codec, options);
    let video = opened.and_then(decoder::Opened::video).map_err(fault)?;
    let matrix = video.color_space();
    if !matches!(matrix, color::Space::BT709 | color::Space::Unspecified) {
        return foreign("its colours are not in BT.709");
    }
    if video.color_range() == color::Range::JPEG {
        return foreign("its colours are in full range");
    }
    Ok(video)
}

/// A decoder in use.
struct Walk<'a, 'b> {
    decoder: decoder::Video,
    visitor: &'a mut Visitor<'b>,
    frames: usize,
}

impl Walk<'_, '_> {
    fn run(&mut self, input: &mut Input, stream: usize) -> Result<ControlFlow<()>, Fault> {
        loop {
            let mut packet = Packet::empty();
            match packet.read(input) {
                Ok(()) if packet.stream() != stream => continue,
                Ok(()) if packet.is_corrupt() => {
                    return Err(Fault::Damaged("it ends too early".to_owned()));
                }
                Ok(()) => self.decoder.send_packet(&packet).map_err(fault)?,
                Err(ffmpeg::Error::Eof) => break,
                Err(error) => return Err(fault(error)),
            }
            if self.drain()?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        self.decoder.send_eof().map_err(fault)?;
        self.drain()
    }

    fn drain(&mut self) -> Result<ControlFlow<()>, Fault> {
        let again = ffmpeg::Error::Other {
            errno: ffmpeg::error::EAGAIN,
        };
        loop {
            let mut picture = frame::Video::empty();
            match self.decoder.receive_frame(&mut picture) {
                Ok(()) => {}
                Err(error) if error == again || error == ffmpeg::Error::Eof => {
                    return Ok(ControlFlow::Continue(()));
                }
                Err(error) => return Err(fault(error)),
            }
            self.frames += 1;
            if (self.visitor)(from_picture(&picture)?)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
}

fn from_picture(picture: &frame::Video) -> Result<Frame, Fault> {
    if picture.format() != Pixel::YUV420P || picture.width() == 0 || picture.height() == 0 {
        let reason = "its pixels are not 8-bit 4:2:0".to_owned();
        return Err(Fault::Foreign(reason));
    }
    let planes = [0, 1, 2].map(|index| {
        let width = picture.plane_width(index) as usize;
        let height = picture.plane_height(index) as usize;
        let rows = picture.data(index).chunks(picture.stride(index));
        Plane {
            width,
            height,
            samples: rows
                .take(height)
                .flat_map(|row| &row[..width])
                .copied()
                .collect(),
        }
    });
    Ok(yuv_to_rgb::to_frame(&planes))
}

/// What an FFmpeg error means for the file.
fn fault(error: ffmpeg::Error) -> Fault {
    match error {
        ffmpeg::Error::DecoderNotFound => {
            Fault::Damaged("this FFmpeg has no decoder for it".to_owned())
        }
        // What the Matroska reader returns if an element extends beyond the end of the file.
        ffmpeg::Error::Eof | CUT_OFF => Fault::Damaged("it ends too early".to_owned()),
        ffmpeg::Error::InvalidData => Fault::Damaged("its data is contradictory".to_owned()),
        ffmpeg::Error::Other { errno } => Fault::from(std::io::Error::from_raw_os_error(errno)),
        other => Fault::Damaged(other.to_string()),
    }
}
