//! `kinora still`: pictures from words.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::arguments::Still;
use super::engine_job::EngineJobs;
use super::failure::Failure;
use super::generate::{dumped_files, lasting_lora, lasting_name, stop_on_ctrl_c};
use super::progress::{Progress, rounded, spoken};
use super::reproduce_still::write;
use crate::engine::fresh_seed;
use crate::engine::protocol::StillOrder;
use crate::library::Library;
use crate::request::{Prompt, RequestDraft};
use crate::system::clock::now;

pub(super) fn run(arguments: &Still) -> Result<(), Failure> {
    let mut progress = Progress::new(arguments.json);
    still(arguments, &mut progress).inspect_err(|failure| {
        let message = failure.line().unwrap_or_default();
        progress.event(&json!({"event": "error", "message": message}));
    })
}

fn still(arguments: &Still, progress: &mut Progress) -> Result<(), Failure> {
    let stopped = stop_on_ctrl_c()?;
    let mut jobs = EngineJobs::start(Library::of_user(), &stopped)?;
    let first = arguments.seed.unwrap_or_else(fresh_seed);
    for number in 0..arguments.count {
        let began = now();
        let seed = first.wrapping_add(number);
        let output = numbered(&arguments.output, number);
        let dump = arguments
            .dump
            .as_ref()
            .map(|folder| numbered(folder, number));
        let order = StillOrder {
            model: lasting_name(&arguments.model),
            prompt: Prompt {
                text: arguments.prompt.clone(),
                negative: arguments.negative.clone(),
            },
            draft: RequestDraft {
                seed: Some(seed),
                ..RequestDraft::from(arguments)
            },
            loras: arguments.lora.iter().map(lasting_lora).collect(),
            device: arguments.place.device,
            precision: arguments.place.precision,
            dump: dump.clone(),
        };
        let still = jobs.still(order, progress)?;
        progress.stage("write");
        write(&still, &output)?;
        let seconds = began.elapsed().as_secs_f64();
        progress.clear();
        progress.event(&json!({
            "event": "done", "seconds": rounded(seconds), "output": output, "seed": seed,
            "dump": dump.as_deref().map(dumped_files),
        }));
        if !arguments.json {
            println!("{}: seed {seed}, {}", output.display(), spoken(seconds));
        }
    }
    Ok(())
}

/// `picture.png` for the first, `picture-2.png` for the second.
fn numbered(path: &Path, number: u64) -> PathBuf {
    if number == 0 {
        return path.to_owned();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut name = format!("{stem}-{}", number + 1);
    if let Some(ending) = path.extension() {
        name.push('.');
        name.push_str(&ending.to_string_lossy());
    }
    path.with_file_name(name)
}
