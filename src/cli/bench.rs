//! `kinora bench`: the real pipeline, timed stage by stage.

use super::arguments::Bench as Arguments;
use super::failure::Failure;
use crate::checkpoint::Checkpoint;
use crate::engine::bench::{Bench, Measurement, measure};
use crate::engine::device::trust::Trust;
use crate::error::RequestError;
use crate::library::{Library, POCKET};
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
    let trust = Trust::new(Library::cache_folder()).map_err(Failure::other)?;
    let draft = RequestDraft::from(&arguments.choices);
    let figures = measure(
        &Bench {
            checkpoint: &checkpoint,
            random_weights: arguments.random_weights.is_some(),
            draft: &draft,
            device: arguments.place.device,
            precision: arguments.place.precision,
            repeats: arguments.repeats,
        },
        &trust,
    )?;
    if arguments.json {
        let line = serde_json::to_string(&figures).map_err(Failure::other)?;
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
    if !figures.lowered_limits.is_empty() {
        println!("GPU limits lowered to {}", figures.lowered_limits);
    }
    println!(
        "{}×{}, frames {}, steps {}, UNet passes per step {}, precision {}, runs {}; times are medians",
        figures.width,
        figures.height,
        figures.frames,
        figures.steps_s.len(),
        figures.passes,
        figures.precision,
        figures.repeats,
    );
    let best = figures.matmul_flops_per_s;
    let (flops, rates) = (&figures.flops, &figures.flops_per_s);
    for (name, seconds, work) in [
        ("load", figures.load_s, None),
        (
            "encode",
            figures.encode_s,
            Some((flops.encode, rates.encode)),
        ),
        ("step", figures.step_s, Some((flops.step, rates.step))),
        ("all steps", figures.steps_s.iter().sum(), None),
        (
            "decode",
            figures.decode_s,
            Some((flops.decode, rates.decode)),
        ),
        ("total", figures.total_s, None),
    ] {
        print!("{name:<14}{seconds:>10.3} s");
        match work {
            Some((flops, rate)) => println!(
                "{:>10.3} TFLOP{:>10.1} GFLOP/s{:>6.0}% of the matrix-product rate",
                flops / 1e12,
                rate / 1e9,
                100.0 * rate / best
            ),
            None => println!(),
        }
    }
    println!("{:<14}{:>10.1} GFLOP/s", "matrix product", best / 1e9);
    if let Some(bytes) = figures.peak_bytes {
        println!("{:<14}{:>10} MiB", "peak memory", bytes >> 20);
    }
    if let Some(bytes) = figures.device_bytes {
        println!(
            "{:<14}{:>10} MiB in the GPU's memory pools",
            "",
            bytes >> 20
        );
    }
    for network in &figures.networks {
        let name = network.network.title();
        print!("  {name:<14}{:>8} MiB planned", network.planned >> 20);
        match network.measured {
            Some(bytes) => println!(", {} MiB measured", bytes >> 20),
            None => println!(),
        }
    }
}
