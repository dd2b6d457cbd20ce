//! Reading clips through FFmpeg. Apart from `write/ffmpeg.rs` the only file that names `ffmpeg_next`.
//!
//! Opens containers, reads their comment and decodes packets to frames. For takes it accepts only what `write/ffmpeg.rs`
//! writes, and converts that exactly; any other clip is converted by FFmpeg's own filters. It gets an open file, so that no
//! path is interpreted as a protocol or a pattern.

use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::ops::ControlFlow;

use ffmpeg_next as ffmpeg;
use ffmpeg_next::codec::packet::side_data::Type as SideDataType;
use ffmpeg_next::codec::{self, Id};
use ffmpeg_next::format::context::{Input, StreamIo};
use ffmpeg_next::format::{self, Pixel};
use ffmpeg_next::util::log;
use ffmpeg_next::{Dictionary, Packet, color, decoder, filter, frame, media};

use super::visitor::{Contents, Fault, LONGEST_SIDE, Visitor};
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
/// The containers of other clips: none that names further files.
const CLIP_CONTAINERS: &str =
    "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,y4m,yuv4mpegpipe,h264,hevc,m4v,ivf";
/// The decoders of other clips.
const CLIP_DECODERS: &str = "h264,hevc,av1,libdav1d,libaom-av1,mpeg4,msmpeg4v3,mpeg2video,mpeg1video,vp8,vp9,libvpx,libvpx-vp9,prores,dnxhd,mjpeg,theora,ffv1,huffyuv,utvideo,rawvideo,wrapped_avframe,wmv1,wmv2,wmv3,vc1,cfhd,png,qtrle,dvvideo,h263,flv,svq3,cinepak";
/// The streams of coded images from HEIC and AVIF pictures, and their decoders.
const STILL_CONTAINERS: &str = "hevc,ivf";
const STILL_DECODERS: &str = "hevc,libdav1d,libaom-av1,av1";
/// The reason if FFmpeg was built without a decoder.
pub(super) const NO_DECODER: &str = "this FFmpeg has no decoder for it";
/// Frames that may be missing at the end of another clip without it being damaged: containers count them loosely.
const LOOSE_END: usize = 20;
/// FFmpeg's error for a read that returned less than expected.
const CUT_OFF: ffmpeg::Error = ffmpeg::Error::Other {
    errno: ffmpeg::error::EIO,
};

/// The comment of a clip, if it has one.
pub(in crate::export) fn comment(_kind: OutputKind, file: File) -> Result<Option<String>, Fault> {
    Ok(comment_of(&open(file, CONTAINERS, DECODERS)?))
}

/// Decodes a clip from its start and passes on each frame in order of display.
pub(in crate::export) fn visit(
    _kind: OutputKind,
    file: File,
    visitor: &mut Visitor<'_>,
) -> Result<Contents, Fault> {
    let mut input = open(file, CONTAINERS, DECODERS)?;
    let comment = comment_of(&input);
    let stream = Stream::of(&input)?;
    let mut walk = Walk {
        decoder: open_decoder(stream.parameters)?,
        convert: &mut |picture| from_picture(picture),
        visitor,
        frames: 0,
    };
    match walk.run(&mut input, stream.index)? {
        ControlFlow::Break(()) => {}
        ControlFlow::Continue(()) => complete(walk.frames, stream.announced)?,
    }
    Ok(Contents {
        comment,
        rate: stream.rate,
    })
}

/// Decodes a clip of any origin, likewise: any codec and pixel format, upright as it is meant to be shown.
pub(in crate::export) fn visit_clip(
    file: File,
    visitor: &mut Visitor<'_>,
) -> Result<Contents, Fault> {
    let mut input = open(file, CLIP_CONTAINERS, CLIP_DECODERS)?;
    let comment = comment_of(&input);
    let stream = Stream::of(&input)?;
    let context = codec::Context::from_parameters(stream.parameters).map_err(fault)?;
    let mut converter = Converter {
        turns: stream.turns,
        colour: None,
        graph: None,
    };
    let mut walk = Walk {
        decoder: context.decoder().video().map_err(fault)?,
        convert: &mut |picture| converter.convert(picture),
        visitor,
        frames: 0,
    };
    match walk.run(&mut input, stream.index)? {
        ControlFlow::Break(()) => {}
        ControlFlow::Continue(()) => {
            let least = stream.announced.map(|count| count - count / LOOSE_END);
            let least = least.map(|count| count.saturating_sub(2));
            complete(walk.frames, least)?;
        }
    }
    Ok(Contents {
        comment,
        rate: stream.rate,
    })
}

/// Decodes the one image of a stream; `colour` is the matrix and whether values use the whole range, if the picture's
/// file says more than the stream.
pub(in crate::export) fn still(
    stream: Vec<u8>,
    colour: Option<(&'static str, bool)>,
) -> Result<Frame, Fault> {
    let mut input = open(Cursor::new(stream), STILL_CONTAINERS, STILL_DECODERS)?;
    let stream = Stream::of(&input)?;
    let context = codec::Context::from_parameters(stream.parameters).map_err(fault)?;
    let mut converter = Converter {
        turns: 0,
        colour,
        graph: None,
    };
    let mut image = None;
    let mut walk = Walk {
        decoder: context.decoder().video().map_err(fault)?,
        convert: &mut |picture| converter.convert(picture),
        visitor: &mut |frame| {
            image = Some(frame);
            Ok(ControlFlow::Break(()))
        },
        frames: 0,
    };
    // One image either way.
    let _ = walk.run(&mut input, stream.index)?;
    image.ok_or_else(|| Fault::Damaged("there is no image in it".to_owned()))
}

/// The video in a file.
struct Stream {
    index: usize,
    parameters: codec::Parameters,
    rate: Option<Rate>,
    /// Frames, if the file says how many.
    announced: Option<usize>,
    /// Quarter turns clockwise until it is upright.
    turns: u8,
}

impl Stream {
    fn of(input: &Input) -> Result<Self, Fault> {
        let stream = input
            .streams()
            .best(media::Type::Video)
            .ok_or_else(|| Fault::Foreign("there is no video in it".to_owned()))?;
        let rate = stream.avg_frame_rate();
        let rate = u32::try_from(rate.0)
            .ok()
            .zip(u32::try_from(rate.1).ok())
            .and_then(|(num, den)| Rate::new(num, den).ok());
        let announced = match usize::try_from(stream.frames()) {
            Ok(count @ 1..) => Some(count),
            // Matroska stores the duration: milliseconds in the file, microseconds here.
            _ => rate.map(|rate| (input.duration() as f64 * 1e-6 * rate.as_f64()).round() as usize),
        };
        let mut matrices = stream.side_data();
        let matrix = matrices.find(|data| data.kind() == SideDataType::DisplayMatrix);
        Ok(Self {
            index: stream.index(),
            parameters: stream.parameters(),
            rate,
            announced,
            turns: matrix.map_or(0, |matrix| quarter_turns(matrix.data())),
        })
    }
}

/// Quarter turns clockwise of a display matrix, nine numbers of 32 bits.
fn quarter_turns(matrix: &[u8]) -> u8 {
    let (numbers, _) = matrix.as_chunks::<4>();
    let number = |index: usize| {
        numbers
            .get(index)
            .map_or(0, |bytes| i32::from_ne_bytes(*bytes))
    };
    let angle = f64::from(number(1)).atan2(f64::from(number(0)));
    (angle / std::f64::consts::FRAC_PI_2)
        .round()
        .rem_euclid(4.0) as u8
}

/// Converts pictures of one format to frames.
struct Converter {
    turns: u8,
    /// Matrix and range, unless those of the stream count.
    colour: Option<(&'static str, bool)>,
    /// Made for the first picture, with its size and format.
    graph: Option<((u32, u32, Pixel), filter::Graph)>,
}

impl Converter {
    fn convert(&mut self, picture: &frame::Video) -> Result<Frame, Fault> {
        let form = (picture.width(), picture.height(), picture.format());
        if form.0.max(form.1) > LONGEST_SIDE {
            return Err(Fault::sides(form.0, form.1));
        }
        if self.graph.as_ref().is_none_or(|(made, _)| *made != form) {
            self.graph = Some((form, self.graph(form).map_err(fault)?));
        }
        let converted = self
            .graph
            .as_mut()
            .map(|(_, graph)| filtered(graph, picture));
        let converted = converted.unwrap_or(Err(ffmpeg::Error::FilterNotFound));
        let picture = converted.map_err(fault)?;
        let (width, height) = (picture.width(), picture.height());
        let rows = picture.data(0).chunks(picture.stride(0));
        let rows = rows.take(height as usize);
        let rgb: Vec<u8> = rows
            .flat_map(|row| &row[..3 * width as usize])
            .copied()
            .collect();
        Ok(Frame {
            width,
            height,
            rgb: rgb.into(),
        })
    }

    /// The filter that says how the colours are stored.
    fn scale(&self) -> String {
        let Some((matrix, full)) = self.colour else {
            return String::new();
        };
        let range = if full { "full" } else { "limited" };
        format!("scale=in_color_matrix={matrix}:in_range={range},")
    }

    fn graph(
        &self,
        (width, height, format): (u32, u32, Pixel),
    ) -> Result<filter::Graph, ffmpeg::Error> {
        let find = |name: &str| filter::find(name).ok_or(ffmpeg::Error::FilterNotFound);
        let format = format
            .descriptor()
            .ok_or(ffmpeg::Error::InvalidData)?
            .name();
        let mut graph = filter::Graph::new();
        let form = format!(
            "video_size={width}x{height}:pix_fmt={format}:time_base=1/100:pixel_aspect=1/1"
        );
        graph.add(&find("buffer")?, "in", &form)?;
        graph.add(&find("buffersink")?, "out", "")?;
        let turn = match self.turns {
            1 => "transpose=clock,",
            2 => "hflip,vflip,",
            3 => "transpose=cclock,",
            _ => "",
        };
        graph
            .output("in", 0)?
            .input("out", 0)?
            .parse(&format!("[in]{turn}{}format=rgb24[out]", self.scale()))?;
        graph.validate()?;
        Ok(graph)
    }
}

fn filtered(
    graph: &mut filter::Graph,
    picture: &frame::Video,
) -> Result<frame::Video, ffmpeg::Error> {
    let mut input = graph.get("in").ok_or(ffmpeg::Error::FilterNotFound)?;
    input.source().add(picture)?;
    let mut output = graph.get("out").ok_or(ffmpeg::Error::FilterNotFound)?;
    let mut converted = frame::Video::empty();
    output.sink().frame(&mut converted)?;
    Ok(converted)
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

fn open(
    file: impl Read + Seek + Send + 'static,
    containers: &str,
    decoders: &str,
) -> Result<Input, Fault> {
    // Otherwise FFmpeg prints its own messages to stderr.
    log::set_level(log::Level::Quiet);
    let options = Dictionary::from_iter([
        ("format_whitelist", containers),
        ("codec_whitelist", decoders),
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
    convert: &'a mut dyn FnMut(&frame::Video) -> Result<Frame, Fault>,
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
            let frame = (self.convert)(&picture)?;
            if (self.visitor)(frame)?.is_break() {
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
        ffmpeg::Error::DecoderNotFound => Fault::Damaged(NO_DECODER.to_owned()),
        // What the Matroska reader returns if an element extends beyond the end of the file.
        ffmpeg::Error::Eof | CUT_OFF => Fault::Damaged("it ends too early".to_owned()),
        ffmpeg::Error::InvalidData => Fault::Damaged("its data is contradictory".to_owned()),
        ffmpeg::Error::Other { errno } => Fault::from(std::io::Error::from_raw_os_error(errno)),
        other => Fault::Damaged(other.to_string()),
    }
}
