//! Running orders with the pipeline of the model's family.

use std::borrow::Cow;
use std::path::Path;

use burn::tensor::DType;

use super::device::{ComputeDevice, choose};
use super::forecast::learn;
use super::planning::{budget, placing, precision_name, require_fitting};
use super::protocol::{Order, Plan, Still, StillOrder};
use super::seed::fresh_seed;
use super::worker::{JobObserver, RunEnd, Runner};
use super::{loras, still};
use crate::checkpoint::Checkpoint;
use crate::checkpoint::lora::LoraStack;
use crate::engine::device::trust::Trust;
use crate::error::{GenerateError, RequestError};
use crate::library::asked::asked_of_camera;
use crate::library::steering::{Steering, steer};
use crate::library::{Library, seen};
use crate::measure::{Axes, measure};
use crate::media::camera::Pose;
use crate::media::frame::Frame;
use crate::motion::Scene;
use crate::pipeline::{
    Dump, GenerationPlan, Job, Observer as _, Outcome, Stage, family_of, generate,
};
use crate::request::{
    CameraReport, Defaults, DevicePreference, GenerateRequest, Named, NamedLora, NamedPicture,
    Recipe, Source, Take,
};
use crate::sampler::SamplerKind;
use crate::system::priority::lower_priority;

/// Warning if the model's name suggests that it was distilled, and the request does not suit such a model.
const FEW_STEP_HINT: &str = "the name of this model suggests AnimateLCM-SVD, which is made for 4 steps with the \
     sampler lcm; other samplers spoil its frames";

/// Runs orders with the pipeline of the model's family.
pub struct SvdRunner {
    library: Library,
    trust: Trust,
    /// The device of the previous job, which most jobs share.
    device: Option<(DevicePreference, ComputeDevice)>,
    /// Whether its thread runs at the lowest scheduling priority.
    low_priority: bool,
}

impl SvdRunner {
    /// A runner that finds models in `library` and uses GPUs that pass the self-test of `trust`.
    #[must_use]
    pub fn new(library: Library, trust: Trust) -> Self {
        Self {
            library,
            trust,
            device: None,
            low_priority: false,
        }
    }

    /// Runs at the lowest scheduling priority, so that a program with a window can still draw on time.
    #[must_use]
    pub fn low_priority(self) -> Self {
        Self {
            low_priority: true,
            ..self
        }
    }

    fn device(&mut self, preference: DevicePreference) -> Result<ComputeDevice, GenerateError> {
        if let Some((asked, device)) = &self.device
            && *asked == preference
        {
            return Ok(device.clone());
        }
        let device = choose(preference, &self.trust)?;
        self.device = Some((preference, device.clone()));
        Ok(device)
    }
}

impl SvdRunner {
    /// The recipe of a take. Also notes on this machine the paths of the files that the recipe names by fingerprint.
    fn recipe(
        &self,
        order: &Order,
        checkpoint: &Checkpoint,
        loras: &LoraStack,
        request: &GenerateRequest,
        device: String,
    ) -> Recipe {
        let model = checkpoint.fingerprint();
        let picture = order.picture.as_ref().map(|picture| picture.fingerprint());
        let module = checkpoint.motion_module();
        let module = module.map(|module| (module.fingerprint(), &module.path));
        let lora_files = loras.loras().iter().map(|(lora, _)| lora);
        let lora_files = lora_files.map(|lora| (&lora.fingerprint, &lora.path));
        let files = [(&model, &checkpoint.path)].into_iter().chain(lora_files);
        let files = files.chain(picture.iter().zip(&order.picture_path));
        let files = files.chain(module.iter().map(|(print, path)| (print, *path)));
        let files = files.chain(order.motion_pictures.files());
        // Embedded files have a name instead of a path.
        let files = files.filter(|(_, path)| path.is_absolute() && path.exists());
        let sightings: Vec<_> = files
            .map(|(print, path)| (print.clone(), path.clone()))
            .collect();
        seen::note(self.library.data_folder(), sightings);

        let file = order.picture_path.as_deref().and_then(Path::file_name);
        let file = file.map(|name| name.to_string_lossy().into_owned());
        let name = order.picture_name.clone().or(file);
        let picture = order.picture.as_ref().zip(picture).zip(name);
        let loras = loras.loras().iter().zip(&order.loras);
        Recipe {
            kinora: env!("CARGO_PKG_VERSION").to_owned(),
            model: Named::of(&order.model).with_fingerprint(model),
            motion_module: order.motion_module.as_ref().map(|name| {
                let print = module.map(|(print, _)| print).unwrap_or_default();
                Named::of(name).with_fingerprint(print)
            }),
            prompt: order.prompt.clone(),
            picture: picture.map(|((picture, print), name)| NamedPicture {
                named: Named::of(&name).with_fingerprint(print),
                size: Some([picture.width, picture.height]),
                matte: order.picture_matte,
            }),
            fit: order.fit,
            matte: order.matte,
            loras: loras
                .map(|((lora, strength), choice)| NamedLora {
                    named: Named::of(&choice.name).with_fingerprint(lora.fingerprint.clone()),
                    strength: *strength,
                    curve: choice.curve.clone(),
                })
                .collect(),
            request: request.clone(),
            device,
            camera: None,
            first_frame: order.first_frame.clone(),
            excerpt: None,
        }
    }
}

/// What was asked of the camera, beside what it does in the frames; `None` if they are too small to be measured.
fn report(asked: Option<Pose>, frames: &[Frame], recipe: &Recipe) -> Option<CameraReport> {
    let measured = measure(frames, recipe.request.fps.as_f64())?;
    Some(CameraReport::new(asked.map(Axes::from), &measured))
}

/// The take of a generation, with a recipe of what was done, not what was requested.
fn ended(outcome: Outcome, mut recipe: Recipe, asked: Option<Pose>) -> RunEnd {
    let (frames, stopped_after) = match outcome {
        Outcome::Completed(frames) => (frames, None),
        Outcome::Stopped(Some(kept)) => (kept.frames, Some(kept.steps)),
        Outcome::Stopped(None) => return RunEnd::Stopped(None),
    };
    recipe.camera = report(asked, &frames, &recipe);
    recipe.request.stop_after = stopped_after.or(recipe.request.stop_after);
    let take = Take {
        frames,
        complete: recipe.is_complete(),
        recipe,
    };
    match stopped_after {
        None => RunEnd::Completed(take),
        Some(_) => RunEnd::Stopped(Some(take)),
    }
}

/// Refuses an order whose picture and words are not what the model starts from.
fn check_source(order: &Order, source: Source) -> Result<(), RequestError> {
    let model = order.model.clone();
    match (source, &order.picture, &order.prompt) {
        (Source::Words, ..) => Err(RequestError::MakesPictures { model }),
        (Source::Picture, None, _) => Err(RequestError::NeedsPicture),
        (Source::Picture, _, Some(_)) => Err(RequestError::NoPrompt { model }),
        (Source::WordsForClip, Some(_), _) => Err(RequestError::TakesNoPicture { model }),
        (Source::WordsForClip, None, None) => Err(RequestError::NeedsWords),
        (Source::WordsForClip, None, Some(prompt)) => prompt.check(),
        (Source::Picture, Some(_), None) => Ok(()),
    }
}

/// Refuses a guide that cannot be followed, before anything is loaded.
fn check_motion(request: &GenerateRequest, order: &Order) -> Result<(), GenerateError> {
    if let Some(guide) = &request.guide {
        let size = [request.width, request.height];
        Scene::check(&guide.motion, &order.motion_pictures, size, request.frames)?;
    }
    Ok(())
}

/// Sorts the moves of an order by the way in which they reach the model, and places its drawing in the frame.
fn steered<'a>(
    library: &Library,
    order: &'a Order,
    (checkpoint, defaults): (&Checkpoint, &Defaults),
) -> Result<Cow<'a, Order>, GenerateError> {
    let Some(directed) = &order.directed else {
        return Ok(Cow::Borrowed(order));
    };
    let loras = order.loras.iter().cloned().map(Steering::Lora);
    let drawn = directed.path.iter().cloned().map(Steering::Drawn);
    let choices: Vec<Steering> = loras.chain(drawn).collect();
    let steered = steer(library, checkpoint, &choices, directed.steer)?;
    let mut order = order.clone();
    let draft = &mut order.draft;
    let size = order.picture.as_ref();
    let size = size.map_or((1, 1), |picture| (picture.width, picture.height));
    let frame = order.fit.frame_in(size, draft.frame_size(defaults));
    let drawing = directed.drawing.in_frame(frame);
    steered.apply(draft, directed.levels, &drawing);
    order.loras = steered.loras;
    Ok(Cow::Owned(order))
}

impl Runner for SvdRunner {
    fn run(
        &mut self,
        order: &Order,
        observer: &mut JobObserver<'_>,
    ) -> Result<RunEnd, GenerateError> {
        if self.low_priority {
            lower_priority();
        }
        observer.stage(Stage::Load);
        let module = order.motion_module.as_deref();
        let checkpoint = self.library.model_with(&order.model, module)?;
        checkpoint.require_supported()?;
        let family = family_of(&checkpoint);
        let defaults = family.defaults();
        check_source(order, defaults.rules.source)?;
        let sorted = steered(&self.library, order, (&checkpoint, &defaults))?;
        let order = &*sorted;
        let mut request = GenerateRequest::complete(&order.draft, &defaults, fresh_seed())?;
        check_motion(&request, order)?;
        let mut warn = |text| observer.warning(text);
        let choices = (order.loras.as_slice(), request.frames);
        let loras = loras::fitted(&self.library, choices, &checkpoint, &mut warn)?;
        let device = self.device(order.device)?;
        let dtype = DType::from(device.float(order.precision, checkpoint.defaults.half_precision)?);
        // Frames decoded together influence each other, so the recipe must contain the number used.
        let memory = budget(&device);
        let shapes = family.shapes();
        let placing = placing(&device, dtype);
        let forecast = GenerationPlan::new(&*shapes, &request, placing, memory);
        request.decode_chunk = Some(forecast.decode_chunk);
        require_fitting(&forecast, &*shapes, &request, (placing, memory, &defaults))?;
        if let Some(folder) = &order.dump {
            observer.dump_to(Dump::create(folder.clone())?);
        }
        observer.started(Plan {
            request: request.clone(),
            device: device.to_string(),
            precision: precision_name(dtype),
        });
        let hinted = checkpoint.is_named_few_step() && request.sampler != SamplerKind::Lcm;
        let hint = hinted.then(|| FEW_STEP_HINT.to_owned());
        for text in checkpoint.warnings.iter().cloned().chain(hint) {
            observer.warning(text);
        }
        let computed_by = format!("{}, {}", device.name, precision_name(dtype));
        let recipe = self.recipe(order, &checkpoint, &loras, &request, computed_by);

        let asked = asked_of_camera(&self.library, &checkpoint, &request, &order.loras);
        let outcome = generate(
            &Job {
                checkpoint: &checkpoint,
                loras: &loras,
                picture: order.picture.as_deref(),
                prompt: order.prompt.as_ref(),
                fit: order.fit,
                matte: order.matte,
                motion_pictures: &order.motion_pictures,
                request: &request,
                device: &device.burn,
                dtype,
                plan: &forecast,
                random_weights: false,
            },
            observer,
        )?;
        if matches!(outcome, Outcome::Completed(_)) {
            let asked = (order.device, order.precision, order.model.as_str());
            let ran = (&device, dtype, &forecast, &observer.spent());
            learn(&self.library, asked, ran);
        }
        Ok(ended(outcome, recipe, asked))
    }

    fn still(
        &mut self,
        order: &StillOrder,
        observer: &mut JobObserver<'_>,
    ) -> Result<Option<Still>, GenerateError> {
        if self.low_priority {
            lower_priority();
        }
        let library = self.library.clone();
        still::make(order, &library, || self.device(order.device), observer)
    }
}
