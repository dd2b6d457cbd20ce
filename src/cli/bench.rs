//! `kinora bench`: the real pipeline, timed part by part.

use super::arguments::Bench as Arguments;
use super::failure::Failure;
use super::progress::spoken;
use crate::checkpoint::Checkpoint;
use crate::engine::library::{Library, POCKET};
use crate::engine::measure::{Bench, Measurement, measure};
use crate::engine::trust::Trust;
use crate::error::RequestError;
use crate::request::RequestDraft;

/// Frames of the two released models.
const SVD_FRAMES: usize = 14;
const SVD_XT_FRAMES: usize = 25;

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let library = Library::of_user();
    let checkpoint = match (&arguments.random_weights, &arguments.model) {
        (Some(name), _) => architecture(name, &library)?,
        (None, name) => {
            let name = name.as_deref().unwrap_or(POCKET);
            library.model(name).map_err(Failure::failed)?
        }
    };
    let trust = Trust::new(Library::cache_folder()).map_err(Failure::failed)?;
    let draft = RequestDraft::from(&arguments.choices);
    let figures = measure(
        &Bench {
            checkpoint: &checkpoint,
            random_weights: arguments.random_weights.is_some(),
            draft: &draft,
            device: arguments.place.device,
            precision: arguments.place.precision,
        },
        &trust,
    )?;
    if arguments.json {
        let line = serde_json::to_string(&figures).map_err(Failure::failed)?;
        println!("{line}");
    } else {
        print(&figures);
    }
    Ok(())
}

fn architecture(name: &str, library: &Library) -> Result<Checkpoint, Failure> {
    match name {
        "pocket" => library.model(POCKET).map_err(Failure::failed),
        "svd" => Ok(Checkpoint::released(SVD_FRAMES)),
        "svd-xt" => Ok(Checkpoint::released(SVD_XT_FRAMES)),
        _ => Err(RequestError::UnknownWord {
            field: "random-weights",
            choices: "pocket, svd or svd-xt",
            word: name.to_owned(),
        }
        .into()),
    }
}

fn print(figures: &Measurement) {
    println!("{}", figures.device);
    println!(
        "{}×{}, {} frames, {} steps, {}",
        figures.width,
        figures.height,
        figures.frames,
        figures.steps_s.len(),
        figures.precision
    );
    let mut steps = figures.steps_s.clone();
    steps.sort_by(f64::total_cmp);
    let median = steps.get(steps.len() / 2).copied().unwrap_or_default();
    for (name, seconds) in [
        ("load", figures.load_s),
        ("encode", figures.encode_s),
        ("step, median", median),
        ("all steps", figures.steps_s.iter().sum()),
        ("decode", figures.decode_s),
        ("total", figures.total_s),
    ] {
        println!("{name:<14}{seconds:>10.3} s  ({})", spoken(seconds));
    }
    if let Some(bytes) = figures.peak_bytes {
        println!("{:<14}{:>10} MiB", "peak memory", bytes >> 20);
    }
}
