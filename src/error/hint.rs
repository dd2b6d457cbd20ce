//! What to do about an error, where the command line and the window have different controls for it.
//!
//! An error's `Display` says what was wrong. [`Hinted::on_command_line`] and [`Hinted::in_window`] are the whole
//! sentences: the first names a flag or a command, the second a control. Advice that both word alike stays in
//! the error itself.

use std::fmt::Display;
use std::path::Path;

use super::{
    ArgumentError, CameraError, CheckpointError, ClipError, ClipboardError, DeviceError,
    ExportError, FitError, GenerateError, HubError, InstallError, LoraError, ModelError,
    MotionError, PictureError, PresetError, ProjectError, RateError, RequestError, StudioError,
    TakeError,
};

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Install a GPU driver, or compute on the CPU.
    InstallDriver,
    /// Update the GPU's driver, or compute on the CPU.
    UpdateDriver,
    /// Choose a device that exists.
    OtherDevice,
    /// Compute in this precision, spelled as on the command line.
    Precision(&'static str),
    /// Compute in f32, or replace the weights.
    FullPrecision,
    /// Compute on the CPU, or fewer pixels.
    CpuOrSmaller,
    /// Give no prompt, or choose another model.
    NoPrompt,
    /// Choose a model that makes clips.
    VideoModel,
    /// Give no picture, or choose a model that starts from one.
    NoPicture,
    /// Make a clip, or choose a model that makes pictures.
    PictureModel,
    /// Say where the take's picture is.
    LocatePicture,
    /// Say which model the take was made with.
    LocateModel,
    /// Say where the take's motion modules are.
    LocateMotionModule,
    /// Say where the take's LoRA is.
    LocateLora,
    /// Say where a mask of the take's motion is.
    LocateMask,
    /// Give no more LoRAs than the take was made with.
    FewerLoras,
    /// Let the system name a data folder, or give the LoRA as a file.
    LoraFile,
    /// Write a format that needs no FFmpeg.
    WithoutFfmpeg,
}

impl Hint {
    /// The hint as the command line words it, with the flag or the command.
    #[must_use]
    pub fn for_command_line(self) -> String {
        match self {
            Self::InstallDriver => {
                "install a Vulkan, Metal or DirectX 12 driver, or use --device cpu".to_owned()
            }
            Self::UpdateDriver => "update its driver, or use --device cpu".to_owned(),
            Self::OtherDevice => "choose one that `kinora doctor` lists".to_owned(),
            Self::Precision(precision) => format!("use --precision {precision}"),
            Self::FullPrecision => "use --precision f32, or another copy of the weights".to_owned(),
            Self::CpuOrSmaller => "try --device cpu, or a smaller size".to_owned(),
            Self::NoPrompt => {
                "leave --prompt out, or choose a model with a text encoder".to_owned()
            }
            Self::VideoModel => {
                "use `kinora still`, or choose an SVD model with --model".to_owned()
            }
            Self::NoPicture => {
                "leave the picture out, or choose an SVD model with --model".to_owned()
            }
            Self::PictureModel => {
                "use `kinora generate`, or choose a Stable Diffusion model with --model".to_owned()
            }
            Self::LocatePicture => "name the picture with --image".to_owned(),
            Self::LocateModel => "name it with --model".to_owned(),
            Self::LocateMotionModule => "name it with --motion-module".to_owned(),
            Self::LocateLora => "name it with --lora".to_owned(),
            Self::LocateMask => "name it, or its folder, with --mask".to_owned(),
            Self::FewerLoras => "give fewer with --lora".to_owned(),
            Self::LoraFile => "set HOME, or name the file with --lora".to_owned(),
            Self::WithoutFfmpeg => "use .apng, or a folder of PNG pictures (trailing /)".to_owned(),
        }
    }

    /// The hint as the window words it, with the control; never a flag.
    #[must_use]
    pub fn for_window(self) -> String {
        match self {
            Self::InstallDriver => {
                "install a Vulkan, Metal or DirectX 12 driver, or choose CPU in Settings".to_owned()
            }
            Self::UpdateDriver => "update its driver, or choose CPU in Settings".to_owned(),
            Self::OtherDevice => "choose another device in Settings".to_owned(),
            Self::Precision(precision) => format!("choose {precision} precision in Settings"),
            Self::FullPrecision => {
                "choose f32 precision in Settings, or get another copy of the weights".to_owned()
            }
            Self::CpuOrSmaller => "try the CPU, or a smaller size".to_owned(),
            Self::NoPrompt => "clear the prompt, or choose a model with a text encoder".to_owned(),
            Self::VideoModel => "choose a Stable Video Diffusion model under Models".to_owned(),
            Self::NoPicture => "choose a Stable Video Diffusion model under Models".to_owned(),
            Self::PictureModel => "choose a Stable Diffusion model under Models".to_owned(),
            Self::LocatePicture => "open the picture first".to_owned(),
            Self::LocateModel => "add the model under Models first".to_owned(),
            Self::LocateMotionModule | Self::LocateLora => "install its file first".to_owned(),
            Self::LocateMask => "put it into the folder of the take first".to_owned(),
            Self::FewerLoras => "remove the extra moves".to_owned(),
            Self::LoraFile => "set HOME, then start Kinora again".to_owned(),
            Self::WithoutFfmpeg => "choose APNG, or a folder of PNG pictures".to_owned(),
        }
    }
}

/// An error with its whole sentence for the command line and for the window.
pub trait Hinted: Display {
    /// What to do, where the two word it differently; `None` where `Display` says it already.
    fn hint(&self) -> Option<Hint> {
        None
    }

    /// The path that `Display` ends with, after a colon; needed only where there is a hint, which goes before it.
    fn path(&self) -> Option<&Path> {
        None
    }

    /// What was wrong and what to do, the latter with a flag; to follow `error: `.
    fn on_command_line(&self) -> String {
        joined(self, self.hint().map(Hint::for_command_line))
    }

    /// What was wrong and what to do, the latter with a control of the window; begins with a capital letter.
    fn in_window(&self) -> String {
        capitalised(&joined(self, self.hint().map(Hint::for_window)))
    }
}

/// Words with a capital first letter.
pub(crate) fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// An error's own words and the hint, which goes before a path at the end.
fn joined(error: &(impl Hinted + ?Sized), hint: Option<String>) -> String {
    let words = error.to_string();
    let Some(hint) = hint else {
        return words;
    };
    let ending = error.path().map(|path| format!(": {}", path.display()));
    match ending.and_then(|ending| Some((words.strip_suffix(&ending)?.to_owned(), ending))) {
        Some((words, ending)) => format!("{words}; {hint}{ending}"),
        None => format!("{words}; {hint}"),
    }
}

impl Hinted for DeviceError {
    fn hint(&self) -> Option<Hint> {
        match self {
            Self::NoAdapter => Some(Hint::InstallDriver),
            Self::NoSuchAdapter { .. } => Some(Hint::OtherDevice),
            Self::Untrusted { .. } | Self::Unopened { .. } => Some(Hint::UpdateDriver),
            Self::Precision { instead, .. } => Some(Hint::Precision(instead)),
            Self::UnknownDevice { .. }
            | Self::UnknownPrecision { .. }
            | Self::UnknownCompiler { .. }
            | Self::UnknownLimit { .. }
            | Self::MalformedLimit { .. }
            | Self::LimitNotOffered { .. } => None,
        }
    }
}

impl Hinted for GenerateError {
    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Picture(error) => error.hint(),
            Self::Request(error) => error.hint(),
            Self::Model(error) => error.hint(),
            Self::Device(error) => error.hint(),
            Self::Motion(error) => error.hint(),
            Self::NotFinite { .. } => Some(Hint::FullPrecision),
            Self::DeviceFailed { .. } => Some(Hint::CpuOrSmaller),
            Self::TooLarge { .. }
            | Self::TensorTooLarge { .. }
            | Self::Dump { .. }
            | Self::QueueFull { .. }
            | Self::Fault { .. } => None,
        }
    }
}

impl Hinted for RequestError {
    fn hint(&self) -> Option<Hint> {
        match self {
            Self::NoPrompt { .. } => Some(Hint::NoPrompt),
            Self::UnknownWord { .. }
            | Self::OutOfRange { .. }
            | Self::NotRead { .. }
            | Self::LongPrompt { .. }
            | Self::ControlInPrompt { .. }
            | Self::NeedsPicture
            | Self::NeedsPrompt
            | Self::NeedsWords => None,
            Self::TakesNoPicture { .. } => Some(Hint::NoPicture),
            Self::MakesClips { .. } => Some(Hint::PictureModel),
            Self::MakesPictures { .. } => Some(Hint::VideoModel),
        }
    }
}

impl Hinted for CameraError {
    fn hint(&self) -> Option<Hint> {
        matches!(self, Self::NoFolder).then_some(Hint::LoraFile)
    }
}

impl Hinted for ExportError {
    fn hint(&self) -> Option<Hint> {
        matches!(self, Self::BuiltWithoutFfmpeg { .. }).then_some(Hint::WithoutFfmpeg)
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::BuiltWithoutFfmpeg { path, .. } => Some(path),
            _ => None,
        }
    }
}

impl Hinted for TakeError {
    fn hint(&self) -> Option<Hint> {
        match self {
            Self::NoPicture { .. } | Self::PictureGone { .. } => Some(Hint::LocatePicture),
            Self::ModelGone { .. } => Some(Hint::LocateModel),
            Self::MotionModuleGone { .. } => Some(Hint::LocateMotionModule),
            Self::LoraGone { .. } => Some(Hint::LocateLora),
            Self::MaskGone { .. } => Some(Hint::LocateMask),
            Self::TooManyLoras { .. } => Some(Hint::FewerLoras),
            _ => None,
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::NoPicture { path }
            | Self::PictureGone { path, .. }
            | Self::ModelGone { path, .. }
            | Self::MotionModuleGone { path, .. }
            | Self::LoraGone { path, .. }
            | Self::MaskGone { path, .. }
            | Self::TooManyLoras { path, .. } => Some(path),
            _ => None,
        }
    }
}

/// Errors whose advice suits both.
macro_rules! without_hint {
    ($($error:ty),* $(,)?) => { $(impl Hinted for $error {})* };
}

without_hint!(
    ArgumentError,
    CheckpointError,
    ClipError,
    ClipboardError,
    FitError,
    HubError,
    InstallError,
    LoraError,
    ModelError,
    MotionError,
    PictureError,
    PresetError,
    ProjectError,
    RateError,
    StudioError,
);
