//! The command line: arguments in, an exit code and at most one line of error out.
//!
//! Exit codes: 0 done, 1 failed, 2 a bad argument, 130 stopped by Ctrl-C. Does no
//! work itself: it hands orders to the engine and frames to export.

mod arguments;
mod bench;
mod comparison;
mod doctor;
mod engine_job;
mod failure;
#[cfg(feature = "hub")]
mod fetch;
mod first_word;
mod generate;
mod inspect;
mod inspect_take;
mod inspect_tokens;
mod measure;
mod motion;
mod progress;
mod recipe;
mod reproduce;
mod reproduce_still;
mod self_test;
mod still;

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use arguments::{Arguments, Command};
use failure::Failure;

use crate::engine::device::lowered_limits::LoweredLimits;

/// Runs the program with the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    quiet_panics();
    start_log();
    let words: Vec<OsString> = std::env::args_os().collect();
    // First: clap would complain about the flags after an unknown command instead.
    if let Err(error) = first_word::check(&words) {
        return report(&Failure::bad_argument(error));
    }
    let arguments = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        Err(error) => return refuse_arguments(&error),
    };
    if let Err(error) = LoweredLimits::of_environment() {
        return report(&Failure::bad_argument(error));
    }
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report(&failure),
    }
}

/// At most one line of error, and the exit code.
fn report(failure: &Failure) -> ExitCode {
    if let Some(line) = failure.line() {
        // A file name may hold line breaks; the error stays one line.
        let line = line.replace(['\n', '\r'], "\u{fffd}");
        eprintln!("error: {line}");
    }
    ExitCode::from(failure.code())
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    match arguments.command {
        None => open_studio(arguments.files),
        Some(Command::Generate(generate)) => generate::run(&generate),
        #[cfg(feature = "hub")]
        Some(Command::Fetch(fetch)) => fetch::run(&fetch),
        Some(Command::Still(still)) => still::run(&still),
        Some(Command::Inspect(inspect)) => inspect::run(&inspect),
        Some(Command::Doctor(doctor)) => doctor::run(&doctor),
        Some(Command::Bench(bench)) => bench::run(&bench),
        Some(Command::Measure(measure)) => measure::run(&measure),
        Some(Command::Reproduce(reproduce)) => reproduce::run(&reproduce),
        Some(Command::SelfTest(self_test)) => self_test::run(&self_test),
    }
}

#[cfg(feature = "gui")]
fn open_studio(files: Vec<std::path::PathBuf>) -> Result<(), Failure> {
    crate::ui::open(files).map_err(Failure::failed)
}

#[cfg(not(feature = "gui"))]
fn open_studio(_files: Vec<std::path::PathBuf>) -> Result<(), Failure> {
    Err(Failure::other(
        "this build has no window; use `kinora generate`, or build Kinora with the feature `gui`",
    ))
}

/// Prints the help and version texts unchanged, and any other message as a one-line error.
fn refuse_arguments(error: &clap::Error) -> ExitCode {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        // Nothing can be done about a closed pipe.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    let first: Vec<&str> = text
        .lines()
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    let line = first.join(" ");
    let line = line.strip_prefix("error: ").unwrap_or(&line);
    eprintln!("error: {line}; see kinora --help");
    ExitCode::from(Failure::BAD_ARGUMENT)
}

/// Hides the usual panic message unless `RUST_BACKTRACE` asks for it: a panic in a job becomes a one-line error.
fn quiet_panics() {
    if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
        return;
    }
    std::panic::set_hook(Box::new(|info| {
        tracing::debug!("panic: {info}");
    }));
}

/// Logs to standard error what `KINORA_LOG` asks for; nothing by default.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("KINORA_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
