//! One picture from words, from model to pixels.

use burn::tensor::DType;

use super::device::ComputeDevice;
use super::forecast::learn;
use super::loras;
use super::planning::{budget, placing, precision_name, require_fitting};
use super::protocol::{Plan, Still, StillOrder};
use super::seed::fresh_seed;
use super::worker::JobObserver;
use crate::checkpoint::Checkpoint;
use crate::checkpoint::lora::LoraStack;
use crate::error::{GenerateError, RequestError};
use crate::library::{Library, seen};
use crate::media::fit::Fit;
use crate::motion::MotionPictures;
use crate::pipeline::{
    Dump, GenerationPlan, Job, Observer as _, Outcome, Stage, family_of, generate,
};
use crate::request::{FirstFrame, GenerateRequest, Named, NamedLora, Source};

/// Makes the picture that `order` describes, on the device that `choose` returns; `None` if it was stopped.
///
/// # Errors
/// [`GenerateError`]: an unusable prompt, model or device, or too little memory.
pub(super) fn make(
    order: &StillOrder,
    library: &Library,
    choose: impl FnOnce() -> Result<ComputeDevice, GenerateError>,
    observer: &mut JobObserver<'_>,
) -> Result<Option<Still>, GenerateError> {
    order.prompt.check()?;
    observer.stage(Stage::Load);
    let checkpoint = library.model(&order.model)?;
    checkpoint.require_supported()?;
    let family = family_of(&checkpoint);
    let defaults = family.defaults();
    let model = order.model.clone();
    match defaults.rules.source {
        Source::Words => {}
        Source::WordsForClip => return Err(RequestError::MakesClips { model }.into()),
        Source::Picture => return Err(RequestError::NoPrompt { model }.into()),
    }
    let request = GenerateRequest::complete(&order.draft, &defaults, fresh_seed())?;
    let mut warn = |text| observer.warning(text);
    let loras = loras::fitted(library, (&order.loras, 1), &checkpoint, &mut warn)?;
    let device = choose()?;
    let dtype = DType::from(device.float(order.precision, checkpoint.defaults.half_precision)?);
    let memory = budget(&device);
    let shapes = family.shapes();
    let placing = placing(&device, dtype);
    let plan = GenerationPlan::new(&*shapes, &request, placing, memory);
    require_fitting(&plan, &*shapes, &request, (placing, memory, &defaults))?;
    if let Some(folder) = &order.dump {
        observer.dump_to(Dump::create(folder.clone())?);
    }
    observer.started(Plan {
        request: request.clone(),
        device: device.to_string(),
        precision: precision_name(dtype),
    });
    for text in &checkpoint.warnings {
        observer.warning(text.clone());
    }
    let job = Job {
        checkpoint: &checkpoint,
        loras: &loras,
        picture: None,
        prompt: Some(&order.prompt),
        fit: Fit::default(),
        matte: [0; 3],
        motion_pictures: &MotionPictures::default(),
        request: &request,
        device: &device.burn,
        dtype,
        plan: &plan,
        random_weights: false,
    };
    let Outcome::Completed(frames) = generate(&job, observer)? else {
        return Ok(None);
    };
    let asked = (order.device, order.precision, order.model.as_str());
    learn(library, asked, (&device, dtype, &plan, &observer.spent()));
    note_files(library, &checkpoint, &loras);
    let made = FirstFrame {
        model: Named::of(&order.model).with_fingerprint(checkpoint.fingerprint()),
        prompt: order.prompt.clone(),
        loras: named(order, &loras),
        device: format!("{}, {}", device.name, precision_name(dtype)),
        request,
    };
    let frame = frames.into_iter().next();
    Ok(frame.map(|frame| Still { frame, made }))
}

/// Notes on this machine the paths of the files that the recipe names by fingerprint.
fn note_files(library: &Library, checkpoint: &Checkpoint, loras: &LoraStack) {
    let model = checkpoint.fingerprint();
    let lora_files = loras.loras().iter().map(|(lora, _)| lora);
    let lora_files = lora_files.map(|lora| (&lora.fingerprint, &lora.path));
    let files = [(&model, &checkpoint.path)].into_iter().chain(lora_files);
    let files = files.filter(|(_, path)| path.is_absolute() && path.exists());
    let sightings: Vec<_> = files
        .map(|(print, path)| (print.clone(), path.clone()))
        .collect();
    seen::note(library.data_folder(), sightings);
}

/// The LoRAs as a recipe names them.
fn named(order: &StillOrder, loras: &LoraStack) -> Vec<NamedLora> {
    let loras = loras.loras().iter().zip(&order.loras);
    let named = loras.map(|((lora, strength), choice)| NamedLora {
        named: Named::of(&choice.name).with_fingerprint(lora.fingerprint.clone()),
        strength: *strength,
        curve: choice.curve.clone(),
    });
    named.collect()
}
