//! Flags and commands. Other programs rely on them: they keep their names and meaning.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::engine::device::adapters::Compiler;
use crate::media::crop::Window;
use crate::media::curve::StrengthCurve;
use crate::media::fit::Fit;
use crate::media::rate::Rate;
use crate::request::{
    DevicePreference, LoraChoice, NormReach, Precision, RequestDraft, Steer, Steps,
};
use crate::sampler::{GuidanceShape, SamplerKind, ScheduleKind};

/// Turns a still picture into a moving shot.
#[derive(Debug, Parser)]
#[command(name = "kinora", version, args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    /// Pictures, takes or a project to open in the studio window.
    pub(super) files: Vec<PathBuf>,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a video from a picture, without a window.
    Generate(Box<Generate>),
    /// Make a picture from words.
    Still(Box<Still>),
    /// Say what a checkpoint, LoRA or take is, and whether it can be used.
    Inspect(Inspect),
    /// Render a take again from the recipe inside it.
    Reproduce(Reproduce),
    /// Say what the camera does in a clip.
    Measure(Measure),
    /// Fetch a model from the public hub, after showing its licence.
    #[cfg(feature = "hub")]
    Fetch(Fetch),
    /// Measure how fast this machine is.
    Bench(Bench),
    /// Show adapters, codecs, folders and memory.
    Doctor(Doctor),
    /// Compare one adapter with the CPU, as Kinora does before it trusts a GPU.
    #[command(hide = true)]
    SelfTest(SelfTest),
}

#[derive(Debug, Args)]
pub(super) struct Generate {
    /// The picture to animate; left out where the model makes clips from words.
    #[arg(required_unless_present_any = ["first_frame", "prompt"])]
    pub(super) image: Option<PathBuf>,
    /// First make the picture from the prompt, with this Stable Diffusion model and its default settings.
    #[arg(
        long,
        value_name = "PATH",
        requires = "prompt",
        conflicts_with = "image"
    )]
    pub(super) first_frame: Option<String>,
    /// The file to write (.mp4, .mov, .mkv, .webm, .gif, .webp or .apng), or a folder (with a trailing /) for one PNG
    /// picture per frame.
    #[arg(short, long)]
    pub(super) output: PathBuf,
    /// A diffusers folder, an original .safetensors file, or the name of an installed model.
    #[arg(long, default_value = "pocket")]
    pub(super) model: String,
    /// AnimateDiff's motion modules, to be used with a Stable Diffusion 1 model: a .safetensors file, or a folder.
    #[arg(long, value_name = "PATH")]
    pub(super) motion_module: Option<String>,
    /// How far the norms of motion modules see: frame, as they were trained, or clip, as in diffusers [default: frame].
    #[arg(long, value_name = "frame|clip")]
    pub(super) norm_reach: Option<NormReach>,
    #[command(flatten)]
    pub(super) choices: Choices,
    /// How the picture is fitted to the frame: crop, pad or stretch.
    #[arg(long, default_value = "crop")]
    pub(super) fit: Fit,
    /// The part of the picture to use, in pixels. Kinora crops this part around its centre to the shape of the frame.
    #[arg(long, value_name = "X,Y,WIDTH,HEIGHT", conflicts_with = "fit")]
    pub(super) crop: Option<Window>,
    /// Colour behind transparent parts of the picture and around a padded picture, as RRGGBB.
    #[arg(long, default_value = "000000", value_parser = colour)]
    pub(super) matte: [u8; 3],
    /// A LoRA file or an installed camera move, optionally with a strength. For a strength that changes from the first
    /// to the last frame, write FILE=FIRST:LAST, or FILE=@CURVE, where CURVE is a file with a JSON list of points.
    /// Repeatable.
    #[arg(long, value_name = "FILE[=STRENGTH]", value_parser = lora)]
    pub(super) lora: Vec<LoraChoice>,
    #[command(flatten)]
    pub(super) motion: MotionFlags,
    /// What the first frame should show, with --first-frame; what the clip should show, for a model that makes clips
    /// from words.
    #[arg(long)]
    pub(super) prompt: Option<String>,
    /// What the first frame or the clip should not show; needs guidance above 1.
    #[arg(long, requires = "prompt")]
    pub(super) negative: Option<String>,
    /// Weight of the prompt; no model uses it yet.
    #[arg(long, requires = "prompt")]
    pub(super) prompt_weight: Option<f32>,
    #[command(flatten)]
    pub(super) place: Place,
    /// Write every intermediate result into this folder, as safetensors files.
    #[arg(long)]
    pub(super) dump: Option<PathBuf>,
    /// Leave the recipe out of the file. Without its recipe, a take cannot be reproduced.
    #[arg(long)]
    pub(super) no_recipe: bool,
    /// Print progress as JSON lines on standard output.
    #[arg(long)]
    pub(super) json: bool,
}

/// What moves in the shot.
#[derive(Debug, Args)]
pub(super) struct MotionFlags {
    /// A camera path (a JSON file) or an installed camera move, optionally with a strength. Repeatable; several paths
    /// are combined into one.
    #[arg(long, value_name = "FILE|NAME[=STRENGTH]", value_parser = lora)]
    pub(super) camera_path: Vec<LoraChoice>,
    /// How camera moves reach the model: auto, lora, guide or both.
    #[arg(long, default_value = "auto")]
    pub(super) steer: Steer,
    /// The noise levels between which the take follows the guide: denoising starts at WEAK, and the take follows the
    /// guide down to STRONG [default: 100:15, but 100:4 for parts that hold still and 100:31 for cut-outs].
    #[arg(long, value_name = "WEAK:STRONG", value_parser = sigmas)]
    pub(super) guide_sigmas: Option<(f32, f32)>,
    /// Follow the guide more firmly by repeating steps with fresh noise down to σ 5, or down to STRONG; the take needs
    /// about twice as long.
    #[arg(long)]
    pub(super) guide_firm: bool,
    /// A folder of ready-made reference frames (0000.png, 0001.png …): one for each frame of the take, and of the
    /// same size.
    #[arg(long, value_name = "FOLDER", requires = "guide_masks", conflicts_with_all = ["camera_path", "drag", "lock", "brush", "near"])]
    pub(super) guide_frames: Option<PathBuf>,
    /// A folder of masks for the reference frames, with the same names and sizes. White parts follow the reference
    /// frame.
    #[arg(long, value_name = "FOLDER", requires = "guide_frames")]
    pub(super) guide_masks: Option<PathBuf>,
    /// Cut-outs and their tracks (JSON).
    #[arg(long, value_name = "FILE")]
    pub(super) drag: Option<PathBuf>,
    /// A mask over the frame: white parts hold still.
    #[arg(long, value_name = "FILE")]
    pub(super) lock: Option<PathBuf>,
    /// A mask over the frame: white parts may move, and the rest holds still.
    #[arg(long, value_name = "FILE")]
    pub(super) brush: Option<PathBuf>,
    /// A near map over the frame, for camera paths with parallax: white is nearest.
    #[arg(long, value_name = "FILE")]
    pub(super) near: Option<PathBuf>,
}

/// Settings of a request; the model's defaults apply to those that are not given.
#[derive(Debug, Args)]
pub(super) struct Choices {
    /// Frame width in pixels [default: the model's].
    #[arg(long)]
    pub(super) width: Option<usize>,
    /// Frame height in pixels [default: the model's].
    #[arg(long)]
    pub(super) height: Option<usize>,
    /// Number of frames [default: the model's].
    #[arg(long)]
    pub(super) frames: Option<usize>,
    /// Denoising steps [default: the model's; 4 with the sampler lcm].
    #[arg(long)]
    pub(super) steps: Option<usize>,
    /// Playback rate in frames per second; the model is conditioned on this rate minus one [default: the model's].
    #[arg(long)]
    pub(super) fps: Option<Rate>,
    /// Frame rate that the model is conditioned on [default: the playback rate minus one].
    #[arg(long, allow_negative_numbers = true)]
    pub(super) fps_id: Option<f32>,
    /// Motion bucket: how much movement the shot should have, from 0 to 255 and beyond [default: the model's].
    #[arg(long, allow_negative_numbers = true)]
    pub(super) motion_bucket: Option<f32>,
    /// Strength of the noise added to the picture [default: the model's].
    #[arg(long, allow_negative_numbers = true)]
    pub(super) noise_aug: Option<f32>,
    /// Guidance at the first frame (MIN) and at the last frame (MAX); with --guidance-shape triangle, at both ends
    /// (MIN) and at the middle frame (MAX) [default: the model's].
    #[arg(long, value_name = "MIN:MAX", value_parser = guidance)]
    pub(super) guidance: Option<(f32, f32)>,
    /// How guidance changes over the frames: linear or triangle.
    #[arg(long)]
    pub(super) guidance_shape: Option<GuidanceShape>,
    /// Sampler: euler, euler-ancestral, dpmpp-2m, for AnimateDiff ddim or, for models made for few steps, lcm.
    #[arg(long)]
    pub(super) sampler: Option<SamplerKind>,
    /// Noise schedule: karras or ays (Align Your Steps).
    #[arg(long)]
    pub(super) sigmas: Option<ScheduleKind>,
    /// Seed of every random draw [default: a random seed, which is printed].
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// Number of frames decoded together [default: as many as fit in memory].
    #[arg(long)]
    pub(super) decode_chunk: Option<usize>,
}

impl From<&Choices> for RequestDraft {
    fn from(choices: &Choices) -> Self {
        Self {
            width: choices.width,
            height: choices.height,
            frames: choices.frames,
            steps: choices.steps.map(Steps::Count),
            stop_after: None,
            fps: choices.fps,
            fps_id: choices.fps_id,
            motion_bucket: choices.motion_bucket,
            noise_aug: choices.noise_aug,
            guidance: choices.guidance,
            guidance_shape: choices.guidance_shape,
            sampler: choices.sampler,
            sigmas: choices.sigmas,
            seed: choices.seed,
            decode_chunk: choices.decode_chunk,
            guide: None,
            steer: None,
            norm_reach: None,
        }
    }
}

/// Where to compute.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// Device: auto, cpu, gpu or gpu:N.
    #[arg(long, default_value = "auto")]
    pub(super) device: DevicePreference,
    /// Precision of the UNet: auto, f32, f16 or bf16.
    #[arg(long, default_value = "auto")]
    pub(super) precision: Precision,
}

#[derive(Debug, Args)]
pub(super) struct Still {
    /// A diffusers folder, an original .safetensors file, or the name of an installed model.
    #[arg(long)]
    pub(super) model: String,
    /// What the picture should show.
    #[arg(long)]
    pub(super) prompt: String,
    /// What the picture should not show; needs guidance above 1.
    #[arg(long, default_value = "")]
    pub(super) negative: String,
    /// The PNG file to write.
    #[arg(short, long)]
    pub(super) output: PathBuf,
    /// Width in pixels [default: the model's].
    #[arg(long)]
    pub(super) width: Option<usize>,
    /// Height in pixels [default: the model's].
    #[arg(long)]
    pub(super) height: Option<usize>,
    /// Denoising steps [default: the model's; 4 with the sampler lcm].
    #[arg(long)]
    pub(super) steps: Option<usize>,
    /// How strongly the picture follows the words; 1 or less turns guidance off [default: the model's].
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(super) guidance: Option<f32>,
    /// Sampler: euler, ddim, dpmpp-2m or lcm [default: the model's].
    #[arg(long)]
    pub(super) sampler: Option<SamplerKind>,
    /// Seed of every random draw [default: a random seed, which is printed].
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// Number of pictures, each made with the next seed; a number is added to every file name except the first.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub(super) count: u64,
    /// A LoRA file, optionally with a strength. Repeatable.
    #[arg(long, value_name = "FILE[=STRENGTH]", value_parser = lora)]
    pub(super) lora: Vec<LoraChoice>,
    #[command(flatten)]
    pub(super) place: Place,
    /// Write every intermediate result into this folder, as safetensors files.
    #[arg(long)]
    pub(super) dump: Option<PathBuf>,
    /// Print progress as JSON lines on standard output.
    #[arg(long)]
    pub(super) json: bool,
}

impl From<&Still> for RequestDraft {
    fn from(still: &Still) -> Self {
        Self {
            width: still.width,
            height: still.height,
            steps: still.steps.map(Steps::Count),
            guidance: still.guidance.map(|scale| (scale, scale)),
            sampler: still.sampler,
            seed: still.seed,
            ..Self::default()
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// Checkpoints, LoRAs or takes.
    #[arg(required_unless_present = "tokens")]
    pub(super) files: Vec<PathBuf>,
    /// The model with which LoRAs are compared [default: the architecture of SVD]; with --tokens, the model whose
    /// tokenizer is used.
    #[arg(long)]
    pub(super) model: Option<String>,
    /// Print the token ids that the model reads for each prompt in this file (a JSON list of strings).
    #[arg(
        long,
        value_name = "FILE",
        requires = "model",
        conflicts_with = "files"
    )]
    pub(super) tokens: Option<PathBuf>,
    /// Print one JSON object for each file.
    #[arg(long)]
    pub(super) json: bool,
}

#[cfg(feature = "hub")]
#[derive(Debug, Args)]
pub(super) struct Fetch {
    /// The repository, as OWNER/NAME.
    pub(super) repository: String,
    /// Accept the licence without being asked.
    #[arg(long)]
    pub(super) accept_licence: bool,
}

#[derive(Debug, Args)]
pub(super) struct Measure {
    /// A video, an animated picture, a folder of pictures, or a take.
    pub(super) clip: PathBuf,
    /// Print one JSON object with the measurements of every pair of frames.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Reproduce {
    /// A take or a picture from words that Kinora wrote.
    pub(super) take: PathBuf,
    /// Where to write the new rendering.
    #[arg(short, long)]
    pub(super) output: Option<PathBuf>,
    /// The picture, if Kinora does not find it or another one should be used.
    #[arg(long)]
    pub(super) image: Option<PathBuf>,
    /// The model, if Kinora does not find it or another one should be used: a path or the name of an
    /// installed one.
    #[arg(long)]
    pub(super) model: Option<String>,
    /// The motion modules, if Kinora does not find them or others should be used.
    #[arg(long, value_name = "PATH")]
    pub(super) motion_module: Option<String>,
    /// A LoRA, if Kinora does not find it or another one should be used; its strength comes from the recipe.
    /// Repeatable.
    #[arg(long, value_name = "FILE")]
    pub(super) lora: Vec<PathBuf>,
    /// A mask, near map or reference frame that Kinora does not find, or a folder of such pictures. Repeatable.
    #[arg(long, value_name = "FILE")]
    pub(super) mask: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Bench {
    /// The path or name of a model [default: pocket].
    #[arg(long, conflicts_with = "random_weights")]
    pub(super) model: Option<String>,
    /// Use random weights of a known architecture instead of a model: pocket, svd or svd-xt.
    #[arg(long)]
    pub(super) random_weights: Option<String>,
    /// Number of generations to time; the printed times are medians.
    #[arg(long, default_value_t = 3)]
    pub(super) repeats: usize,
    #[command(flatten)]
    pub(super) choices: Choices,
    #[command(flatten)]
    pub(super) place: Place,
    /// Print one JSON object with all figures.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Test the GPUs that have not been tested yet.
    #[arg(long)]
    pub(super) test: bool,
    /// Show and test only adapter N, counted from 0 as in gpu:N.
    #[arg(long, value_name = "N")]
    pub(super) adapter: Option<usize>,
    /// Print one JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct SelfTest {
    /// Index of the adapter.
    #[arg(long)]
    pub(super) adapter: usize,
    /// Shader compiler: spirv or wgsl.
    #[arg(long)]
    pub(super) compiler: Compiler,
}

fn colour(text: &str) -> Result<[u8; 3], String> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let wrong = || "write a colour as six hexadecimal digits, RRGGBB".to_owned();
    if digits.len() != 6 || !digits.is_ascii() {
        return Err(wrong());
    }
    let value = u32::from_str_radix(digits, 16).map_err(|_| wrong())?;
    let [_, red, green, blue] = value.to_be_bytes();
    Ok([red, green, blue])
}

fn sigmas(text: &str) -> Result<(f32, f32), String> {
    let number = |text: &str| text.trim().parse::<f32>().ok();
    let levels = text.split_once(':');
    levels
        .and_then(|(weak, strong)| Some((number(weak)?, number(strong)?)))
        .ok_or_else(|| "write noise levels as WEAK:STRONG, like 100:15".to_owned())
}

fn guidance(text: &str) -> Result<(f32, f32), String> {
    let wrong = || "write guidance as MIN:MAX, like 1.0:3.0".to_owned();
    let (min, max) = text.split_once(':').unwrap_or((text, text));
    let number = |text: &str| text.trim().parse::<f32>().map_err(|_| wrong());
    Ok((number(min)?, number(max)?))
}

/// The part after the last `=` is a strength: a number, `FIRST:LAST`, or `@` and a file of points. A path
/// may contain `=` itself.
fn lora(text: &str) -> Result<LoraChoice, String> {
    let (name, strength) = match text.rsplit_once('=') {
        Some((name, strength)) if !std::path::Path::new(text).exists() => (name, Some(strength)),
        _ => (text, None),
    };
    if name.is_empty() {
        return Err("write the name of a file or camera move before the =".to_owned());
    }
    let number = |text: &str| {
        let number = text.trim().parse::<f32>().ok();
        number.filter(|number| number.is_finite()).ok_or_else(|| {
            format!(
                "\"{text}\" is not a strength; write a number (such as 0.8), FIRST:LAST or @FILE"
            )
        })
    };
    let (strength, curve) = match strength {
        None => (1.0, None),
        Some(strength) => match (strength.strip_prefix('@'), strength.split_once(':')) {
            (Some(file), _) => (1.0, Some(curve(file)?)),
            (None, Some((first, last))) => {
                let line = StrengthCurve::line(number(first)?, number(last)?);
                (1.0, Some(line))
            }
            (None, None) => (number(strength)?, None),
        },
    };
    Ok(LoraChoice {
        name: name.to_owned(),
        strength,
        curve,
    })
}

/// A curve from a JSON file.
fn curve(file: &str) -> Result<StrengthCurve, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{error}: {file}"))?;
    StrengthCurve::parse(&text).map_err(|flaw| {
        format!("this curve cannot be used ({flaw}); write a JSON list of points: {file}")
    })
}
