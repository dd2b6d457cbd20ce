//! Writing clips through FFmpeg. Apart from `read/ffmpeg.rs` the only file that names `ffmpeg_next`.
//!
//! Chooses the encoder, its settings and tags, and passes frames through filter, encoder and container. It gets an open
//! file, so that no path is interpreted as a protocol or a pattern.

use std::fs::File;
use std::io;
use std::sync::Once;
use std::thread;

use ffmpeg_next as ffmpeg;
use ffmpeg_next::codec::{self, Flags};
use ffmpeg_next::format::context::{Output as Container, StreamIo};
use ffmpeg_next::format::{self, Pixel};
use ffmpeg_next::util::log;
use ffmpeg_next::{Dictionary, Packet, Rational, color, encoder, filter, frame};

use super::codecs::{Candidate, Layout, bits_per_pixel, candidates, instructions, muxer};
use super::rgb_to_yuv;
use crate::error::{ExportError, os_reason};
use crate::export::job::{Job, MissingFrame, Watch, Written};
use crate::export::output::{ClipShape, Output, OutputKind, Quality};
use crate::export::timestamps::Clock;
use crate::media::frame::Frame;
use crate::media::rate::Rate;

/// An encoder that has been opened, with the parameters used.
struct Opened {
    encoder: encoder::video::Encoder,
    name: &'static str,
    layout: Layout,
    width: u32,
    height: u32,
    notes: Vec<String>,
}

/// Initialises FFmpeg, without its own messages on stderr.
fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Registers error texts; it cannot fail in FFmpeg 5 and later.
        let _always_ok = ffmpeg::init();
        log::set_level(log::Level::Quiet);
    });
}

/// Opens the first encoder of the list that exists here and accepts the clip, or reports the problem with each.
fn open(
    list: &'static [Candidate],
    shape: ClipShape,
    clock: Clock,
    quality: Quality,
) -> Result<Opened, String> {
    start();
    let mut tried = Vec::new();
    for candidate in list {
        match open_one(candidate, shape, clock, quality) {
            Ok(mut opened) => {
                if !tried.is_empty() {
                    let note = format!("{} was used instead of {}", candidate.name, list[0].name);
                    tracing::warn!("{note}: {}", tried.join(", "));
                    opened.notes.push(note);
                }
                return Ok(opened);
            }
            Err(ffmpeg::Error::EncoderNotFound) => {
                tried.push(format!("{} is missing", candidate.name));
            }
            Err(error) => tried.push(format!("{}: {}", candidate.name, sentence(error))),
        }
    }
    Err(tried.join(", "))
}

fn open_one(
    candidate: &Candidate,
    shape: ClipShape,
    clock: Clock,
    quality: Quality,
) -> Result<Opened, ffmpeg::Error> {
    let codec = encoder::find_by_name(candidate.name).ok_or(ffmpeg::Error::EncoderNotFound)?;
    let mut video = codec::Context::new_with_codec(codec).encoder().video()?;
    let even = |side: u32| {
        if candidate.even {
            side.next_multiple_of(2)
        } else {
            side
        }
    };
    let (width, height) = (even(shape.width), even(shape.height));
    let (num, den) = clock.rate();
    video.set_width(width);
    video.set_height(height);
    video.set_format(pixel(candidate.layout));
    video.set_time_base(rational(clock.base()));
    video.set_frame_rate(Some(rational((num, den))));
    // Without BITEXACT some encoders write their version or the time into the stream.
    video.set_flags(Flags::BITEXACT | Flags::GLOBAL_HEADER);
    let mut options: Dictionary<'_> = candidate.options.iter().collect();
    if let Some((name, value)) = candidate.loss(quality) {
        options.set(name, value);
    }
    if let Some((name, value)) = instructions(candidate.name) {
        options.set(name, value);
    }
    if candidate.layout == Layout::Planar {
        video.set_colorspace(color::Space::BT709);
        video.set_color_range(color::Range::MPEG);
        video.set_color_primaries(color::Primaries::BT709);
        video.set_color_transfer_characteristic(color::TransferCharacteristic::BT709);
        options.set("chroma_sample_location", "left");
        let per_second = f64::from(num) / f64::from(den);
        // A key frame every two seconds keeps scrubbing quick.
        video.set_gop((2.0 * per_second).ceil().clamp(12.0, 600.0) as u32);
        if candidate.by_rate {
            // At least 2 Mbit/s for small frames.
            let bits = bits_per_pixel(quality) * f64::from(width) * f64::from(height) * per_second;
            video.set_bit_rate(bits.max(2e6) as usize);
        }
    }
    if options.get("threads").is_none() {
        // More than 16 threads do not help any of these encoders.
        let cores = thread::available_parallelism().map_or(1, usize::from);
        options.set("threads", &cores.min(16).to_string());
    }
    let mut notes = Vec::new();
    if (width, height) != (shape.width, shape.height) {
        notes.push(format!(
            "{} needs even sides, so the last column or row was repeated: {} × {} became {width} × {height}",
            candidate.name, shape.width, shape.height
        ));
    }
    Ok(Opened {
        encoder: video.open_with(options)?,
        name: candidate.name,
        layout: candidate.layout,
        width,
        height,
        notes,
    })
}

/// Whether some encoder accepts clips of this shape.
pub(in crate::export) fn probe(output: &Output, shape: ClipShape) -> Result<(), ExportError> {
    let kind = output.kind();
    match open(candidates(kind), shape, usual(kind), output.quality()) {
        Ok(_) => Ok(()),
        Err(tried) => Err(missing(output, tried)),
    }
}

/// The encoder that would be used for a format here, or the problem with each.
pub(in crate::export) fn name_for(kind: OutputKind) -> Result<String, String> {
    let shape = ClipShape {
        width: 256,
        height: 256,
        frames: 1,
    };
    open(candidates(kind), shape, usual(kind), Quality::default())
        .map(|opened| opened.name.to_owned())
}

/// The rate for checks before the real one is known: an encoder that opens for one common rate opens for the others.
fn usual(kind: OutputKind) -> Clock {
    Clock::new(kind, Rate { num: 24, den: 1 })
}

/// Both parts are at most `i32::MAX`, which [`crate::export::write()`] has checked.
fn rational((num, den): (u32, u32)) -> Rational {
    Rational(num as i32, den as i32)
}

fn pixel(layout: Layout) -> Pixel {
    match layout {
        Layout::Planar => Pixel::YUV420P,
        Layout::Bgra => Pixel::BGRA,
        Layout::Palette => Pixel::PAL8,
    }
}

fn missing(output: &Output, tried: String) -> ExportError {
    let works = |kind: &OutputKind| {
        *kind != output.kind() && (!kind.needs_ffmpeg() || name_for(*kind).is_ok())
    };
    let alternatives: Vec<_> = OutputKind::ALL
        .into_iter()
        .filter(works)
        .map(OutputKind::ending)
        .collect();
    ExportError::EncoderMissing {
        path: output.path().to_path_buf(),
        ending: output.kind().ending(),
        tried,
        alternatives: alternatives.join(" "),
    }
}

/// Encodes all frames into `file`; `None` when cancelled.
pub(in crate::export) fn encode<I>(
    file: File,
    job: &Job<'_>,
    frames: I,
    watch: &mut Watch<'_>,
) -> Result<Option<Written>, ExportError>
where
    I: Iterator<Item = Result<Frame, MissingFrame>> + Clone,
{
    let kind = job.output.kind();
    let clock = Clock::new(kind, job.rate);
    let mut opened = open(candidates(kind), job.shape, clock, job.output.quality())
        .map_err(|tried| missing(job.output, tried))?;
    if clock.too_fast() {
        opened.notes.push(
            "GIF plays at most 50 frames per second, so this clip plays more slowly".to_owned(),
        );
    }
    let failed = |error| failed(job, error);
    let (width, height, layout) = (opened.width, opened.height, opened.layout);
    let mut dither = None;
    if layout == Layout::Palette {
        let Some(palette) = palette(job, frames.clone(), watch)? else {
            return Ok(None);
        };
        dither = Some(Dither::new(job.shape, palette).map_err(failed)?);
    }
    let name = opened.name;
    let mut notes = std::mem::take(&mut opened.notes);
    let mut mux = Mux::begin(file, opened, job, clock, &mut notes).map_err(failed)?;
    for (index, frame) in frames.enumerate() {
        if (watch.cancelled)() {
            return Ok(None);
        }
        let frame = job.checked(index, frame)?;
        let mut picture = match &mut dither {
            Some(dither) => dither.apply(bgra(&frame), index).map_err(failed)?,
            None if layout == Layout::Bgra => bgra(&frame),
            None => planar(&frame, width, height),
        };
        picture.set_pts(Some(clock.at(index)));
        mux.send(&picture).map_err(failed)?;
        (watch.progress)(index + 1);
    }
    mux.finish().map_err(failed)?;
    Ok(Some(Written {
        frames: job.shape.frames,
        width,
        height,
        encoder: name.to_owned(),
        notes,
    }))
}

/// An encoder and the container its packets go to.
struct Mux {
    encoder: encoder::video::Encoder,
    container: Container,
    clock: Clock,
    stream_base: Rational,
}

impl Mux {
    /// Writes the header.
    fn begin(
        file: File,
        opened: Opened,
        job: &Job<'_>,
        clock: Clock,
        notes: &mut Vec<String>,
    ) -> Result<Self, ffmpeg::Error> {
        let kind = job.output.kind();
        let base = rational(clock.base());
        let io = StreamIo::from_write_seek(file)?;
        let mut container = format::output_to_stream(io, None, Some(muxer(kind)))?;
        container.set_metadata(tags(job, notes));
        let mut stream = container.add_stream_with(&opened.encoder)?;
        stream.set_time_base(base);
        stream.set_avg_frame_rate(rational(clock.rate()));
        let mut options = Dictionary::new();
        // No library version, date or random identifier in the file.
        options.set("fflags", "+bitexact");
        match kind {
            // The index goes before the pictures, so that a player can start immediately. Moving it there afterwards
            // would require the file's name, which FFmpeg is not given, so space is reserved for it: at most 64 bytes
            // per frame, the texts, and fixed parts far below 8 KiB.
            OutputKind::Mp4 | OutputKind::Mov => {
                let texts = job.metadata.title.len() + job.metadata.comment.len();
                let room = 8192 + 64 * job.shape.frames + 2 * texts;
                options.set("moov_size", &room.to_string());
            }
            OutputKind::Gif => {
                let count = job.shape.frames;
                let last = clock.at(count) - clock.at(count - 1);
                options.set("loop", &gif_loops(job.output.plays()).to_string());
                options.set("final_delay", &last.to_string());
            }
            OutputKind::WebP => options.set("loop", &job.output.plays().to_string()),
            _ => {}
        }
        container.write_header_with(options)?;
        let stream_base = container
            .stream(0)
            .map_or(base, |stream| stream.time_base());
        Ok(Self {
            encoder: opened.encoder,
            container,
            clock,
            stream_base,
        })
    }

    fn send(&mut self, picture: &frame::Video) -> Result<(), ffmpeg::Error> {
        self.encoder.send_frame(picture)?;
        self.drain()
    }

    /// Flushes the encoder and finishes the container.
    fn finish(mut self) -> Result<(), ffmpeg::Error> {
        self.encoder.send_eof()?;
        self.drain()?;
        self.container.write_trailer()
    }

    fn drain(&mut self) -> Result<(), ffmpeg::Error> {
        let again = ffmpeg::Error::Other {
            errno: ffmpeg::error::EAGAIN,
        };
        loop {
            let mut packet = Packet::empty();
            match self.encoder.receive_packet(&mut packet) {
                Ok(()) => {}
                Err(error) if error == again || error == ffmpeg::Error::Eof => return Ok(()),
                Err(error) => return Err(error),
            }
            packet.set_stream(0);
            if self.clock.counts_frames() {
                // Some encoders omit the duration; the last frame would then have none.
                packet.set_duration(1);
            }
            packet.rescale_ts(rational(self.clock.base()), self.stream_base);
            packet.write_interleaved(&mut self.container)?;
        }
    }
}

/// A GIF stores the number of repeats, and none at all (-1 in FFmpeg) for a single play.
fn gif_loops(plays: u16) -> i32 {
    match plays {
        0 => 0,
        1 => -1,
        more => i32::from(more) - 1,
    }
}

/// Title and comment for the container.
fn tags(job: &Job<'_>, notes: &mut Vec<String>) -> Dictionary<'static> {
    let mut tags = Dictionary::new();
    for (key, text) in [
        ("title", &job.metadata.title),
        ("comment", &job.metadata.comment),
    ] {
        // A text in a QuickTime file has a 16-bit length.
        if job.output.kind() == OutputKind::Mov && text.len() > usize::from(u16::MAX) {
            notes.push(format!(
                "the {key} is too long for a .mov file and was left out"
            ));
        } else if !text.is_empty() {
            // FFmpeg's strings end at the first NUL.
            tags.set(key, &text.replace('\0', ""));
        }
    }
    tags
}

/// Maps pictures to the 255 colours of the clip's palette.
struct Dither {
    graph: filter::Graph,
}

impl Dither {
    fn new(shape: ClipShape, mut palette: frame::Video) -> Result<Self, ffmpeg::Error> {
        let (width, height) = (palette.width(), palette.height());
        let mut graph = filter::Graph::new();
        source(&mut graph, "in", shape.width, shape.height)?;
        source(&mut graph, "palette", width, height)?;
        graph.add(&filter("buffersink")?, "out", "")?;
        // Error diffusion hides the palette best; where nothing moves, the pattern stays unchanged instead of
        // flickering.
        graph
            .output("in", 0)?
            .output("palette", 0)?
            .input("out", 0)?
            .parse("[in][palette]paletteuse=dither=sierra2_4a:diff_mode=rectangle[out]")?;
        graph.validate()?;
        let mut input = graph.get("palette").ok_or(ffmpeg::Error::FilterNotFound)?;
        palette.set_pts(Some(0));
        input.source().add(&palette)?;
        input.source().flush()?;
        Ok(Self { graph })
    }

    fn apply(
        &mut self,
        mut picture: frame::Video,
        index: usize,
    ) -> Result<frame::Video, ffmpeg::Error> {
        picture.set_pts(Some(index as i64));
        let mut input = self.graph.get("in").ok_or(ffmpeg::Error::FilterNotFound)?;
        input.source().add(&picture)?;
        let mut output = self.graph.get("out").ok_or(ffmpeg::Error::FilterNotFound)?;
        let mut dithered = frame::Video::empty();
        output.sink().frame(&mut dithered)?;
        Ok(dithered)
    }
}

/// The best palette for all frames of a clip; `None` when cancelled.
fn palette<I>(
    job: &Job<'_>,
    frames: I,
    watch: &Watch<'_>,
) -> Result<Option<frame::Video>, ExportError>
where
    I: Iterator<Item = Result<Frame, MissingFrame>>,
{
    let failed = |error| failed(job, error);
    let mut graph = filter::Graph::new();
    let begin = |graph: &mut filter::Graph| {
        source(graph, "in", job.shape.width, job.shape.height)?;
        graph.add(&filter("buffersink")?, "out", "")?;
        graph
            .output("in", 0)?
            .input("out", 0)?
            .parse("[in]palettegen=stats_mode=full[out]")?;
        graph.validate()?;
        let input = graph.get("in").ok_or(ffmpeg::Error::FilterNotFound)?;
        let output = graph.get("out").ok_or(ffmpeg::Error::FilterNotFound)?;
        Ok((input, output))
    };
    let (mut input, mut output) = begin(&mut graph).map_err(failed)?;
    for (index, frame) in frames.enumerate() {
        if (watch.cancelled)() {
            return Ok(None);
        }
        let mut picture = bgra(&job.checked(index, frame)?);
        picture.set_pts(Some(index as i64));
        input.source().add(&picture).map_err(failed)?;
    }
    input.source().flush().map_err(failed)?;
    let mut palette = frame::Video::empty();
    output.sink().frame(&mut palette).map_err(failed)?;
    Ok(Some(palette))
}

fn filter(name: &str) -> Result<filter::Filter, ffmpeg::Error> {
    filter::find(name).ok_or(ffmpeg::Error::FilterNotFound)
}

/// Adds a source of BGRA pictures to a filter graph.
fn source(
    graph: &mut filter::Graph,
    name: &str,
    width: u32,
    height: u32,
) -> Result<(), ffmpeg::Error> {
    let form = format!("video_size={width}x{height}:pix_fmt=bgra:time_base=1/100:pixel_aspect=1/1");
    graph.add(&filter("buffer")?, name, &form).map(|_| ())
}

/// A frame `[h, w, 3]` as `[h, w, 4]` blue, green, red, opaque.
fn bgra(frame: &Frame) -> frame::Video {
    let mut picture = frame::Video::new(Pixel::BGRA, frame.width, frame.height);
    let stride = picture.stride(0);
    let row = frame.width as usize;
    let rows = picture.data_mut(0).chunks_exact_mut(stride);
    for (target, source) in rows.zip(frame.rgb.chunks_exact(row * 3)) {
        for (target, source) in target.chunks_exact_mut(4).zip(source.chunks_exact(3)) {
            target.copy_from_slice(&[source[2], source[1], source[0], 255]);
        }
    }
    picture
}

/// A frame as BT.709 planes of `width` × `height`.
fn planar(frame: &Frame, width: u32, height: u32) -> frame::Video {
    let mut picture = frame::Video::new(Pixel::YUV420P, width, height);
    for (index, plane) in rgb_to_yuv::from_frame(frame, width, height)
        .into_iter()
        .enumerate()
    {
        let stride = picture.stride(index);
        let rows = picture.data_mut(index).chunks_exact_mut(stride);
        for (target, source) in rows.zip(plane.samples.chunks_exact(plane.width)) {
            target[..plane.width].copy_from_slice(source);
        }
    }
    picture
}

fn failed(job: &Job<'_>, error: ffmpeg::Error) -> ExportError {
    ExportError::Failed {
        path: job.path().to_path_buf(),
        reason: sentence(error),
    }
}

/// An FFmpeg error as a reason, for use in brackets.
fn sentence(error: ffmpeg::Error) -> String {
    match error {
        ffmpeg::Error::Other { errno } => os_reason(&io::Error::from_raw_os_error(errno)),
        ffmpeg::Error::EncoderNotFound => "the encoder is missing".to_owned(),
        ffmpeg::Error::MuxerNotFound => "this FFmpeg cannot write the container".to_owned(),
        ffmpeg::Error::FilterNotFound => "this FFmpeg lacks the palette filters".to_owned(),
        ffmpeg::Error::External => "the encoder's library failed".to_owned(),
        ffmpeg::Error::InvalidData => "the encoder rejected the frames".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: ClipShape = ClipShape {
        width: 65,
        height: 48,
        frames: 1,
    };

    #[test]
    fn a_missing_encoder_is_replaced_by_the_next_with_a_note() {
        static LIST: [Candidate; 2] =
            [Candidate::h264("no_such_encoder"), Candidate::h264("mpeg4")];
        let clock = usual(OutputKind::Mp4);
        let opened = open(&LIST, SHAPE, clock, Quality::Best).expect("mpeg4 is built into FFmpeg");
        assert_eq!(
            (opened.name, opened.width, opened.height),
            ("mpeg4", 66, 48)
        );
        assert!(
            opened
                .notes
                .iter()
                .any(|note| note == "mpeg4 was used instead of no_such_encoder")
        );
        let tried = open(&LIST[..1], SHAPE, clock, Quality::Best).map(|opened| opened.name);
        assert_eq!(tried, Err("no_such_encoder is missing".to_owned()));
    }
}
