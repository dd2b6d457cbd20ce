//! Progress of a job: a line rewritten in place on a terminal, JSON lines, or nothing.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use serde_json::{Value, json};

use crate::pipeline::Stage;

/// Reports the progress of a job to a person or a program.
pub(super) enum Progress {
    /// One line on standard error, rewritten in place.
    Terminal {
        /// Characters of the previous line, which the next one overwrites.
        shown: usize,
    },
    /// JSON lines on standard output.
    Json,
    /// Nothing: standard error is not a terminal.
    Quiet,
}

impl Progress {
    /// JSON lines if requested; otherwise a line on a terminal, or nothing.
    pub(super) fn new(json: bool) -> Self {
        if json {
            Self::Json
        } else if std::io::stderr().is_terminal() {
            Self::Terminal { shown: 0 }
        } else {
            Self::Quiet
        }
    }

    /// A stage begins: `load`, `encode`, `denoise`, `decode` or `write`.
    pub(super) fn stage(&mut self, name: &str) {
        match self {
            Self::Json => print_json(&json!({"event": "stage", "name": name})),
            Self::Terminal { .. } => self.line(&format!("{name}…")),
            Self::Quiet => {}
        }
    }

    /// A step is done.
    pub(super) fn step(&mut self, step: usize, steps: usize, seconds: f64, eta_s: f64) {
        match self {
            Self::Json => print_json(&json!({
                "event": "step", "step": step, "steps": steps,
                "seconds": rounded(seconds), "eta_s": rounded(eta_s),
            })),
            Self::Terminal { .. } => {
                let line = format!(
                    "denoise {step}/{steps}, {seconds:.1} s per step, {} left",
                    spoken(eta_s)
                );
                self.line(&line);
            }
            Self::Quiet => {}
        }
    }

    /// Some frames are decoded or written.
    pub(super) fn frames(&mut self, verb: &str, done: usize, total: usize) {
        if matches!(self, Self::Terminal { .. }) {
            self.line(&format!("{verb} {done}/{total} frames"));
        }
    }

    /// A warning; programs get it as an event.
    pub(super) fn warning(&mut self, text: &str) {
        if let Self::Json = self {
            print_json(&json!({"event": "warning", "text": text}));
        } else {
            self.clear();
            eprintln!("warning: {text}");
        }
    }

    /// Any other event for programs.
    pub(super) fn event(&mut self, event: &Value) {
        if let Self::Json = self {
            print_json(event);
        }
    }

    /// A remark for a person at a terminal.
    pub(super) fn remark(&mut self, text: &str) {
        if matches!(self, Self::Terminal { .. }) {
            self.clear();
            eprintln!("{text}");
        }
    }

    /// Removes the line.
    pub(super) fn clear(&mut self) {
        self.line("");
        if let Self::Terminal { .. } = self {
            eprint!("\r");
        }
    }

    fn line(&mut self, text: &str) {
        if let Self::Terminal { shown } = self {
            let length = text.chars().count();
            let blank = shown.saturating_sub(length);
            eprint!("\r{text}{}", " ".repeat(blank));
            // A closed terminal must not stop the job.
            let _ = std::io::stderr().flush();
            *shown = length;
        }
    }
}

/// The stage's name in the JSON events.
pub(super) fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Load => "load",
        Stage::Encode => "encode",
        Stage::Denoise => "denoise",
        Stage::Decode => "decode",
    }
}

fn print_json(value: &Value) {
    let mut out = std::io::stdout().lock();
    // A closed pipe must not stop the job.
    let _ = writeln!(out, "{value}").and_then(|()| out.flush());
}

/// Seconds, rounded to milliseconds: the times are no more precise than that.
pub(super) fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

/// A duration in words that people use.
pub(super) fn spoken(seconds: f64) -> String {
    let seconds = Duration::from_secs_f64(seconds.max(0.0)).as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
