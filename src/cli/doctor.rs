//! `kinora doctor`: adapters, codecs, folders and memory of this machine, and what models need of it.

use serde::Serialize;

use super::arguments::Doctor;
use super::failure::Failure;
use crate::checkpoint::Checkpoint;
use crate::engine::device::ComputeDevice;
use crate::engine::device::adapters::{Adapter, adapters};
use crate::engine::device::report::{AdapterReport, report};
use crate::engine::device::trust::Trust;
use crate::engine::{budget, defaults_of};
use crate::error::DeviceError;
use crate::export;
use crate::library::Library;
use crate::pipeline::{GenerationPlan, MemoryBudget, NetworkPlan, Placement, family_of};
use crate::request::{GenerateRequest, RequestDraft};

/// Bytes of memory of the GPU that forecasts assume.
const GPU_BYTES: u64 = 8 << 30;

/// Everything that doctor reports.
#[derive(Serialize)]
struct Findings {
    kinora: &'static str,
    processor_threads: usize,
    adapters: Vec<AdapterReport>,
    codecs: Vec<Codec>,
    data_folder: Option<std::path::PathBuf>,
    cache_folder: Option<std::path::PathBuf>,
    models: Vec<String>,
    camera_moves: Vec<String>,
    forecasts: Vec<Forecast>,
}

#[derive(Serialize)]
struct Codec {
    ending: &'static str,
    encoder: Option<String>,
    problem: Option<String>,
}

/// The memory that a model needs at its default size, by the pipeline's plan.
#[derive(Serialize)]
struct Forecast {
    model: String,
    width: usize,
    height: usize,
    frames: usize,
    /// On the CPU, everything in f32.
    cpu_f32: GenerationPlan,
    /// On a GPU, with the UNet in f16.
    gpu_f16: GenerationPlan,
}

pub(super) fn run(arguments: &Doctor) -> Result<(), Failure> {
    let library = Library::of_user();
    let trust = Trust::new(Library::cache_folder()).map_err(Failure::other)?;
    let findings = Findings {
        kinora: env!("CARGO_PKG_VERSION"),
        processor_threads: std::thread::available_parallelism().map_or(1, usize::from),
        adapters: report(&listed(arguments.adapter)?, &trust, arguments.test),
        codecs: codecs(),
        data_folder: library.data_folder().map(ToOwned::to_owned),
        cache_folder: Library::cache_folder(),
        models: library.models(),
        camera_moves: library.moves(),
        forecasts: forecasts(&library),
    };
    if arguments.json {
        let line = serde_json::to_string(&findings).map_err(Failure::other)?;
        println!("{line}");
    } else {
        print(&findings);
    }
    Ok(())
}

/// Every adapter, or only number `only`.
fn listed(only: Option<usize>) -> Result<Vec<Adapter>, Failure> {
    let all = adapters();
    let Some(index) = only else {
        return Ok(all);
    };
    match (all.get(index), all.len().checked_sub(1)) {
        (Some(adapter), _) => Ok(vec![adapter.clone()]),
        (None, Some(last)) => Err(Failure::bad_argument(DeviceError::NoSuchAdapter {
            index,
            last,
        })),
        (None, None) => Err(Failure::failed(DeviceError::NoAdapter)),
    }
}

fn codecs() -> Vec<Codec> {
    export::codecs()
        .into_iter()
        .map(|(kind, result)| {
            let (encoder, problem) = match result {
                Ok(encoder) => (Some(encoder), None),
                Err(problem) => (None, Some(problem)),
            };
            Codec {
                ending: kind.ending(),
                encoder,
                problem,
            }
        })
        .collect()
}

/// Forecasts for every installed model and for the released ones, at their default sizes.
fn forecasts(library: &Library) -> Vec<Forecast> {
    let installed = library
        .models()
        .into_iter()
        .filter_map(|name| library.model(&name).ok().map(|model| (name, model)));
    let released = [
        ("svd".to_owned(), Checkpoint::released(14)),
        ("svd-xt".to_owned(), Checkpoint::released(25)),
    ];
    installed
        .chain(released)
        .filter_map(|(model, checkpoint)| planned(model, &checkpoint))
        .collect()
}

/// The plans for a model's default request; `None` if that is impossible.
fn planned(model: String, checkpoint: &Checkpoint) -> Option<Forecast> {
    let defaults = defaults_of(checkpoint);
    let request = GenerateRequest::complete(&RequestDraft::default(), &defaults, 0).ok()?;
    let shapes = family_of(checkpoint).shapes();
    let plan = |gpu, unet_element, budget| {
        let placing = Placement { gpu, unet_element };
        GenerationPlan::new(&*shapes, &request, placing, budget)
    };
    // Not a real GPU: its largest tensor is unknown.
    let card = MemoryBudget {
        bytes: GPU_BYTES,
        largest_tensor: None,
    };
    Some(Forecast {
        model,
        width: request.width,
        height: request.height,
        frames: request.frames,
        cpu_f32: plan(false, 4, budget(&ComputeDevice::cpu("a forecast"))),
        gpu_f16: plan(true, 2, card),
    })
}

fn print(findings: &Findings) {
    println!("Kinora {}", findings.kinora);
    println!("CPU with {} threads", findings.processor_threads);
    if findings.adapters.is_empty() {
        println!("neither a GPU nor a software driver was found");
    }
    for adapter in &findings.adapters {
        print!("{adapter}");
    }
    println!("formats");
    for codec in &findings.codecs {
        match (&codec.encoder, &codec.problem) {
            (Some(encoder), _) => println!("  {:<6} {encoder}", codec.ending),
            (None, problem) => println!(
                "  {:<6} not available: {}",
                codec.ending,
                problem.as_deref().unwrap_or("no encoder")
            ),
        }
    }
    println!("folders");
    for (name, folder) in [
        ("data", &findings.data_folder),
        ("cache", &findings.cache_folder),
    ] {
        match folder {
            Some(folder) => println!("  {name:<6} {}", folder.display()),
            None => println!("  {name:<6} none (no home folder is set)"),
        }
    }
    println!("models        {}", findings.models.join(", "));
    println!(
        "camera moves  {}",
        if findings.camera_moves.is_empty() {
            "none installed".to_owned()
        } else {
            findings.camera_moves.join(", ")
        }
    );
    println!(
        "memory at each model's default size; next to each stage: weights + activations, in MiB"
    );
    for forecast in &findings.forecasts {
        println!(
            "  {} at {}×{}, {} frames",
            forecast.model, forecast.width, forecast.height, forecast.frames
        );
        for (name, plan) in [
            ("CPU, f32", &forecast.cpu_f32),
            ("GPU, f16", &forecast.gpu_f16),
        ] {
            let stages: Vec<String> = plan.stages.iter().map(stage_line).collect();
            println!(
                "    {name}  peak {} MiB, frames decoded together: {}; {}",
                plan.peak() >> 20,
                plan.decode_chunk,
                stages.join(", ")
            );
        }
    }
}

fn stage_line(stage: &NetworkPlan) -> String {
    let name = stage.network.title();
    let (weights, activations) = (stage.weights >> 20, stage.activations >> 20);
    format!("{name} {weights} + {activations}")
}
