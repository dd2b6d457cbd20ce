//! How a command fails: an exit code and at most one line.

use std::fmt::Display;

use crate::error::{
    DeviceError, ExportError, GenerateError, Hinted, MotionError, RateError, RequestError,
};

/// The end of a command that did not succeed.
#[derive(Debug)]
pub(super) enum Failure {
    /// An argument is wrong.
    BadArgument(String),
    /// The command failed.
    Failed(String),
    /// The command has printed its errors already.
    Reported,
    /// Ctrl-C.
    Stopped,
    /// Ctrl-C while fetching: the same command resumes it.
    #[cfg(feature = "hub")]
    Interrupted,
}

impl Failure {
    /// The exit code of [`Failure::BadArgument`].
    pub(super) const BAD_ARGUMENT: u8 = 2;

    /// Any failure that the arguments did not cause.
    pub(super) fn failed(error: impl Hinted) -> Self {
        Self::Failed(error.on_command_line())
    }

    /// The same, for text that is not an error of [`crate::error`]: a system's message, or the command
    /// line's own words.
    pub(super) fn other(words: impl Display) -> Self {
        Self::Failed(words.to_string())
    }

    /// A failure that the arguments caused.
    pub(super) fn bad_argument(error: impl Hinted) -> Self {
        Self::BadArgument(error.on_command_line())
    }

    /// What to print after `error: `.
    pub(super) fn line(&self) -> Option<&str> {
        match self {
            Self::BadArgument(line) | Self::Failed(line) => Some(line),
            Self::Reported => None,
            Self::Stopped => Some("stopped; nothing was written"),
            #[cfg(feature = "hub")]
            Self::Interrupted => Some(
                "stopped; the data received so far is kept, and the same command resumes the download",
            ),
        }
    }

    /// The exit code.
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::BadArgument(_) => Self::BAD_ARGUMENT,
            Self::Failed(_) | Self::Reported => 1,
            Self::Stopped => 130,
            #[cfg(feature = "hub")]
            Self::Interrupted => 130,
        }
    }
}

impl From<&GenerateError> for Failure {
    fn from(error: &GenerateError) -> Self {
        match error {
            GenerateError::Request(_)
            | GenerateError::Motion(_)
            | GenerateError::Device(
                DeviceError::Precision { .. } | DeviceError::LimitNotOffered { .. },
            ) => Self::BadArgument(error.on_command_line()),
            _ => Self::Failed(error.on_command_line()),
        }
    }
}

impl From<GenerateError> for Failure {
    fn from(error: GenerateError) -> Self {
        Self::from(&error)
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        Self::bad_argument(error)
    }
}

impl From<MotionError> for Failure {
    fn from(error: MotionError) -> Self {
        match error {
            MotionError::Unreadable { .. } => Self::failed(error),
            _ => Self::bad_argument(error),
        }
    }
}

impl From<RateError> for Failure {
    fn from(error: RateError) -> Self {
        Self::bad_argument(error)
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::UnknownEnding { .. } => Self::bad_argument(error),
            _ => Self::failed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::arguments::Arguments;
    use crate::error::{CameraError, Hint, TakeError};

    /// One error for each hint; a new hint does not compile until it has one.
    fn example(hint: Hint) -> Box<dyn Hinted> {
        let path = || PathBuf::from("/takes/one: two.mp4");
        let (name, reason) = (|| "the card".to_owned(), || "a test".to_owned());
        match hint {
            Hint::InstallDriver => Box::new(DeviceError::NoAdapter),
            Hint::UpdateDriver => Box::new(DeviceError::Untrusted {
                name: name(),
                reason: reason(),
            }),
            Hint::OtherDevice => Box::new(DeviceError::NoSuchAdapter { index: 9, last: 0 }),
            Hint::Precision(instead) => Box::new(GenerateError::Device(DeviceError::Precision {
                name: name(),
                precision: "f16",
                reason: reason(),
                instead,
            })),
            Hint::FullPrecision => Box::new(GenerateError::NotFinite { place: name() }),
            Hint::CpuOrSmaller => Box::new(GenerateError::DeviceFailed {
                place: name(),
                reason: reason(),
            }),
            Hint::NoPrompt => {
                let model = "pocket".to_owned();
                Box::new(GenerateError::Request(RequestError::NoPrompt { model }))
            }
            Hint::VideoModel => {
                let model = "sd-turbo".to_owned();
                Box::new(GenerateError::Request(RequestError::MakesPictures {
                    model,
                }))
            }
            Hint::NoPicture => {
                let model = "sd with motion".to_owned();
                Box::new(GenerateError::Request(RequestError::TakesNoPicture {
                    model,
                }))
            }
            Hint::PictureModel => {
                let model = "sd with motion".to_owned();
                Box::new(GenerateError::Request(RequestError::MakesClips { model }))
            }
            Hint::LocatePicture => Box::new(TakeError::PictureGone {
                name: name(),
                path: path(),
            }),
            Hint::LocateModel => Box::new(TakeError::ModelGone {
                name: name(),
                path: path(),
            }),
            Hint::LocateMotionModule => Box::new(TakeError::MotionModuleGone {
                name: name(),
                path: path(),
            }),
            Hint::LocateLora => Box::new(TakeError::LoraGone {
                name: name(),
                path: path(),
            }),
            Hint::LocateMask => Box::new(TakeError::MaskGone {
                name: name(),
                path: path(),
            }),
            Hint::FewerLoras => Box::new(TakeError::TooManyLoras {
                count: 1,
                given: 2,
                path: path(),
            }),
            Hint::LoraFile => Box::new(CameraError::NoFolder),
            Hint::WithoutFfmpeg => Box::new(ExportError::BuiltWithoutFfmpeg {
                path: path(),
                ending: ".mp4",
            }),
        }
    }

    const HINTS: [Hint; 18] = [
        Hint::InstallDriver,
        Hint::UpdateDriver,
        Hint::OtherDevice,
        Hint::Precision("f32"),
        Hint::FullPrecision,
        Hint::CpuOrSmaller,
        Hint::NoPrompt,
        Hint::VideoModel,
        Hint::NoPicture,
        Hint::PictureModel,
        Hint::LocatePicture,
        Hint::LocateModel,
        Hint::LocateMotionModule,
        Hint::LocateLora,
        Hint::LocateMask,
        Hint::FewerLoras,
        Hint::LoraFile,
        Hint::WithoutFfmpeg,
    ];

    /// Whether a sentence names an existing flag or command, or the separator that marks a folder.
    fn names_something_that_works(sentence: &str) -> bool {
        let program = Arguments::command();
        let flags: Vec<String> = sentence
            .split(|letter: char| !letter.is_ascii_lowercase() && letter != '-')
            .filter_map(|word| word.strip_prefix("--"))
            .map(str::to_owned)
            .collect();
        let is_flag = |flag: &String| {
            program.get_subcommands().any(|command| {
                let mut known = command.get_arguments().filter_map(clap::Arg::get_long);
                known.any(|known| known == flag)
            })
        };
        let unknown: Vec<_> = flags.iter().filter(|flag| !is_flag(flag)).collect();
        assert!(unknown.is_empty(), "no such flag, {unknown:?}: {sentence}");
        let is_command = program
            .get_subcommands()
            .any(|command| sentence.contains(&format!("`kinora {}`", command.get_name())));
        !flags.is_empty() || is_command || sentence.contains("(trailing /)")
    }

    #[test]
    fn a_hint_is_a_flag_on_the_command_line_and_a_control_in_the_window() {
        for hint in HINTS {
            let error = example(hint);
            assert_eq!(error.hint(), Some(hint), "{error}");
            let (typed, shown) = (error.on_command_line(), error.in_window());
            assert!(names_something_that_works(&typed), "{typed}");
            for sentence in [&shown, &error.to_string()] {
                assert!(
                    !sentence.contains("--")
                        && !sentence.contains("`kinora")
                        && !sentence.contains("trailing /"),
                    "{sentence}"
                );
            }
            assert!(shown.starts_with(char::is_uppercase) && shown.len() > error.to_string().len());
            for sentence in [&typed, &shown] {
                assert!(!sentence.contains('\n'), "{sentence}");
                if let Some(path) = error.path() {
                    let ending = format!(": {}", path.display());
                    assert!(
                        sentence.ends_with(&ending),
                        "the path comes last: {sentence}"
                    );
                    assert_eq!(sentence.matches(&ending).count(), 1, "{sentence}");
                }
            }
        }
    }

    /// Complements the examples above: no error without a hint names a flag.
    #[test]
    fn only_hints_name_flags() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/error");
        let mut files = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("hint.rs") {
                continue;
            }
            files += 1;
            let text = fs::read_to_string(&path).unwrap();
            for line in text.lines() {
                // An unknown command never reaches the window.
                let flag = line
                    .split("--")
                    .skip(1)
                    .any(|rest| rest.starts_with(|letter: char| letter.is_ascii_lowercase()));
                assert!(
                    !flag || line.contains("see kinora --help"),
                    "{}: {line}",
                    path.display()
                );
            }
        }
        assert!(files > 10, "the folder of sentences was found");
    }
}
