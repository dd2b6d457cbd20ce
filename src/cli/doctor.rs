//! `kinora doctor`: what this machine offers, and what to expect of it.

use serde::Serialize;

use super::arguments::Doctor;
use super::failure::Failure;
use crate::checkpoint::Checkpoint;
use crate::engine::adapter_report::{AdapterReport, report};
use crate::engine::library::Library;
use crate::engine::trust::Trust;
use crate::export;
use crate::pipeline::{MemoryForecast, forecast};

/// Everything doctor tells.
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

#[derive(Serialize)]
struct Forecast {
    model: String,
    #[serde(flatten)]
    memory: MemoryForecast,
}

pub(super) fn run(arguments: &Doctor) -> Result<(), Failure> {
    let library = Library::of_user();
    let trust = Trust::new(Library::cache_folder()).map_err(Failure::failed)?;
    let findings = Findings {
        kinora: env!("CARGO_PKG_VERSION"),
        processor_threads: std::thread::available_parallelism().map_or(1, usize::from),
        adapters: report(&trust, arguments.test),
        codecs: codecs(),
        data_folder: library.data_folder().map(ToOwned::to_owned),
        cache_folder: Library::cache_folder(),
        models: library.models(),
        camera_moves: library.moves(),
        forecasts: forecasts(&library),
    };
    if arguments.json {
        let line = serde_json::to_string(&findings).map_err(Failure::failed)?;
        println!("{line}");
    } else {
        print(&findings);
    }
    Ok(())
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

/// Forecasts for every installed model and for the released ones, at their own sizes.
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
        .map(|(model, checkpoint)| Forecast {
            model,
            memory: forecast(&checkpoint),
        })
        .collect()
}

fn print(findings: &Findings) {
    println!("Kinora {}", findings.kinora);
    println!("CPU with {} threads", findings.processor_threads);
    if findings.adapters.is_empty() {
        println!("no GPU, and no software driver for one");
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
            None => println!("  {name:<6} none: this system names no home folder"),
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
    println!("weights in memory, f32 (f16)");
    for Forecast { model, memory } in &findings.forecasts {
        println!(
            "  {model:<8} image encoder {} MiB, UNet {} ({}) MiB, VAE {} MiB; one decoded frame of \
             {}×{} takes about {} MiB",
            memory.image_encoder_f32 >> 20,
            memory.unet_f32 >> 20,
            memory.unet_f16 >> 20,
            memory.vae_f32 >> 20,
            memory.width,
            memory.height,
            memory.decode_frame >> 20,
        );
    }
}
