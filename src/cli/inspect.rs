//! `kinora inspect`: what a file is, and whether it can be used.

use std::path::Path;

use serde::Serialize;

use super::arguments::Inspect;
use super::failure::Failure;
use super::inspect_take::{TakeSummary, inspect_take};
use super::inspect_tokens::inspect_tokens;
use crate::checkpoint::lora::Lora;
use crate::checkpoint::{
    Checkpoint, Description, Kind, LoraDescription, MotionModule, PartDescription, Prefer,
};
use crate::error::Hinted as _;
use crate::library::Library;
use crate::library::path_kind::{Evidence, PathKind, classify};

/// What a file turned out to be.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Finding {
    /// A whole model.
    Checkpoint {
        path: String,
        model: Box<Description>,
    },
    /// Motion modules, which are added to a model.
    MotionModule {
        path: String,
        model: Kind,
        part: Box<PartDescription>,
        /// The largest number of frames that they can make.
        frames: usize,
        /// Why they cannot be used; `None` if they can.
        problem: Option<String>,
    },
    /// A LoRA: an update of a model's weights.
    Lora { path: String, lora: LoraDescription },
    /// A clip that Kinora rendered.
    Take {
        path: String,
        take: Box<TakeSummary>,
    },
    /// A file that cannot be used, with the reason.
    Unusable { path: String, problem: String },
}

pub(super) fn run(arguments: &Inspect) -> Result<(), Failure> {
    if let (Some(prompts), Some(model)) = (&arguments.tokens, &arguments.model) {
        return inspect_tokens(prompts, model, arguments.json);
    }
    let mut all_usable = true;
    for path in &arguments.files {
        let finding = inspect(path, arguments.model.as_deref());
        all_usable &= finding.is_usable();
        if arguments.json {
            let line = serde_json::to_string(&finding).map_err(Failure::other)?;
            println!("{line}");
        } else {
            finding.print();
        }
    }
    if all_usable {
        Ok(())
    } else {
        Err(Failure::Reported)
    }
}

fn inspect(path: &Path, model: Option<&str>) -> Finding {
    let name = path.display().to_string();
    let result = match classify(path, Evidence::Content) {
        PathKind::Clip => match inspect_take(path) {
            Ok(take) => Ok(Finding::Take {
                path: name.clone(),
                take: Box::new(take),
            }),
            Err(failure) => Err(failure.line().unwrap_or_default().to_owned()),
        },
        PathKind::Lora => inspect_lora(path, &name, model),
        // Anything else is not a model either, but opening it as one gives the reason.
        _ => inspect_checkpoint(path, &name),
    };
    result.unwrap_or_else(|problem| Finding::Unusable {
        path: name,
        problem,
    })
}

fn inspect_checkpoint(path: &Path, name: &str) -> Result<Finding, String> {
    let path_of = || name.to_owned();
    match Checkpoint::open(path, Prefer::Full) {
        Ok(checkpoint) => Ok(Finding::Checkpoint {
            path: path_of(),
            model: Box::new(checkpoint.describe()),
        }),
        Err(error) => match MotionModule::open(path, Prefer::Full) {
            Ok(module) => Ok(Finding::MotionModule {
                path: path_of(),
                model: module.kind(),
                part: Box::new(module.describe()),
                frames: module.part.config.positions,
                problem: module.problem().map(|problem| problem.on_command_line()),
            }),
            // What it is not is said about a model.
            Err(_) => Err(error.on_command_line()),
        },
    }
}

/// Matches the LoRA against `model`, or against the released SVD architecture.
fn inspect_lora(path: &Path, name: &str, model: Option<&str>) -> Result<Finding, String> {
    let lora = Lora::open(path).map_err(|error| error.on_command_line())?;
    let checkpoint = match model {
        Some(model) => {
            let checkpoint = Library::of_user().model(model);
            checkpoint.map_err(|error| error.on_command_line())?
        }
        None => Checkpoint::released(14),
    };
    let fitted = lora
        .fit(&checkpoint.lora_targets())
        .map_err(|error| error.on_command_line())?;
    Ok(Finding::Lora {
        path: name.to_owned(),
        lora: lora.describe(Some(fitted.report)),
    })
}

impl Finding {
    fn is_usable(&self) -> bool {
        match self {
            Self::Checkpoint { model, .. } => model.problem.is_none(),
            Self::MotionModule { problem, .. } => problem.is_none(),
            Self::Lora { .. } | Self::Take { .. } => true,
            Self::Unusable { .. } => false,
        }
    }

    fn print(&self) {
        match self {
            Self::Checkpoint { path, model } => print_checkpoint(path, model),
            Self::MotionModule {
                path,
                model,
                part,
                frames,
                problem,
            } => {
                println!("{path}: motion modules, {model}");
                println!("  parameters  {}", part.parameters);
                println!("  length      up to {frames} frames");
                println!("  {:<14}{}", part.name, part.report);
                match problem {
                    None => println!("  can be used with a Stable Diffusion 1 model"),
                    Some(problem) => eprintln!("error: {problem}"),
                }
            }
            Self::Lora { path, lora } => {
                println!("{path}: LoRA, {:?}", lora.format);
                println!("  parameters  {}, ranks {:?}", lora.parameters, lora.ranks);
                if let Some(report) = &lora.report {
                    println!("  {report}");
                }
            }
            Self::Take { path, take } => println!("{path}: {take}"),
            // The same form as every other failure, so that scripts find it the same way.
            Self::Unusable { problem, .. } => eprintln!("error: {problem}"),
        }
    }
}

fn print_checkpoint(path: &str, model: &Description) {
    println!("{path}: {}, {}", model.kind, model.layout);
    println!("  parameters  {}", model.parameters);
    for part in &model.parts {
        let dtypes: Vec<String> = part
            .dtypes
            .iter()
            .map(|(dtype, count)| format!("{count} {dtype}"))
            .collect();
        println!("  {:<14}{}; {}", part.name, dtypes.join(", "), part.report);
    }
    let defaults = &model.defaults;
    println!(
        "  defaults    {}×{}, {} frames, {} steps, {} fps",
        defaults.width, defaults.height, defaults.frames, defaults.steps, defaults.fps
    );
    for warning in &model.warnings {
        println!("  note        {warning}");
    }
    if let Some(licence) = &model.licence {
        let first = licence.lines().find(|line| !line.trim().is_empty());
        println!("  licence     {}", first.unwrap_or_default().trim());
        println!("{licence}");
    }
    match &model.problem {
        None => println!("  can be used"),
        Some(problem) => eprintln!("error: {problem}"),
    }
}
