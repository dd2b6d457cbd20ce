//! Making a picture from text, on the calling thread.

use burn::tensor::DType;

use super::device::choose;
use super::device::trust::Trust;
use super::loras;
use super::planning::{budget, placing, precision_name, require_fitting};
use super::protocol::Plan;
use super::runner::fresh_seed;
use crate::error::{GenerateError, RequestError};
use crate::library::{Library, seen};
use crate::media::fit::Fit;
use crate::media::frame::Frame;
use crate::motion::MotionPictures;
use crate::pipeline::{GenerationPlan, Job, Observer, Outcome, family_of, generate};
use crate::request::{
    DevicePreference, FirstFrame, GenerateRequest, LoraChoice, Named, Precision, Prompt,
    RequestDraft, Source,
};

/// An order for a picture.
#[derive(Clone, Debug)]
pub struct StillOrder {
    /// The model, by path or name.
    pub model: String,
    /// The prompt.
    pub prompt: Prompt,
    /// All other settings.
    pub draft: RequestDraft,
    /// LoRAs and their strengths.
    pub loras: Vec<LoraChoice>,
    /// Where to compute.
    pub device: DevicePreference,
    /// The precision of the UNet.
    pub precision: Precision,
}

/// A picture made from text.
#[derive(Clone, Debug)]
pub struct Still {
    /// The picture.
    pub frame: Frame,
    /// How it was made, for the recipe of a take that starts from it.
    pub made: FirstFrame,
}

/// Makes the picture that `order` describes; `started` receives the plan. `None` if `observer` stopped it.
///
/// # Errors
/// [`GenerateError`]: an unusable prompt, model or device, or too little memory.
pub fn make_still(
    order: &StillOrder,
    library: &Library,
    trust: &Trust,
    observer: &mut dyn Observer,
    started: &mut dyn FnMut(&Plan),
) -> Result<Option<Still>, GenerateError> {
    order.prompt.check()?;
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
    let device = choose(order.device, trust)?;
    let dtype = DType::from(device.float(order.precision, checkpoint.defaults.half_precision)?);
    let memory = budget(&device);
    let shapes = family.shapes();
    let placing = placing(&device, dtype);
    let plan = GenerationPlan::new(&*shapes, &request, placing, memory);
    require_fitting(&plan, &*shapes, &request, (placing, memory, &defaults))?;
    started(&Plan {
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
    let fingerprint = checkpoint.fingerprint();
    if checkpoint.path.is_absolute() && checkpoint.path.exists() {
        let sighting = (fingerprint.clone(), checkpoint.path.clone());
        seen::note(library.data_folder(), vec![sighting]);
    }
    Ok(frames.into_iter().next().map(|frame| Still {
        frame,
        made: FirstFrame {
            model: Named::of(&order.model).with_fingerprint(fingerprint),
            prompt: order.prompt.clone(),
            request: request.clone(),
            device: format!("{}, {}", device.name, precision_name(dtype)),
        },
    }))
}
