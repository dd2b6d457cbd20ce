//! The settings of the next take, and the model that provides their defaults.

use super::{camera, notice};
use crate::app::command::window::{Overlay, WindowCommand};
use crate::app::command::{Choice, Command};
use crate::app::protocol::effect::Effect;
use crate::app::state::notice::NoticeAction;
use crate::app::state::{ModelState, Studio};
use crate::error::CheckpointError;
use crate::library::POCKET;
use crate::project::direction::ModelCard;
use crate::request::Steps;

pub(super) fn direct(studio: &mut Studio, choice: Choice) -> Vec<Effect> {
    let direction = &mut studio.project.document.direction;
    let draft = &mut direction.draft;
    match choice {
        Choice::Model(name) => {
            direction.model.clone_from(&name);
            studio.runtime.model = ModelState::Opening;
            return vec![Effect::InspectModel(name)];
        }
        Choice::Prompt(prompt) => direction.prompt = prompt,
        Choice::Fit(fit) => direction.fit = fit,
        Choice::Framing(fit, size) => {
            direction.fit = fit;
            (draft.width, draft.height) = size.unzip();
        }
        Choice::Preset(preset) => {
            let steps = draft.steps;
            *draft = preset.apply(draft);
            // It referred to the old number of steps.
            draft.stop_after = draft.stop_after.filter(|_| draft.steps == steps);
        }
        Choice::FpsId(id) => draft.fps_id = id,
        Choice::GuidanceShape(shape) => draft.guidance_shape = shape,
        Choice::Sampler(sampler) => draft.sampler = sampler,
        Choice::Sigmas(sigmas) => draft.sigmas = sigmas,
        Choice::DecodeChunk(chunk) => draft.decode_chunk = chunk,
        Choice::Motion(motion) => draft.motion_bucket = motion,
        Choice::Fps(fps) => draft.fps = fps,
        Choice::NoiseAug(noise_aug) => draft.noise_aug = noise_aug,
        Choice::Frames(frames) => draft.frames = frames,
        Choice::Size(size) => {
            (draft.width, draft.height) = size.unzip();
            direction.frame_chosen = false;
        }
        Choice::Steps(steps) => {
            draft.steps = steps.map(Steps::Count);
            draft.stop_after = None;
        }
        Choice::StopAfter(steps) => draft.stop_after = steps,
        Choice::Matte(matte) => direction.matte = matte,
        Choice::Guidance(guidance) => draft.guidance = guidance,
        Choice::GuidanceCurve(guidance) => {
            draft.guidance = guidance.map(|guidance| (guidance.min, guidance.max));
            draft.guidance_shape = guidance.map(|guidance| guidance.shape);
        }
        Choice::Steer(steer) => direction.steer = steer,
        Choice::Levels(levels) => direction.levels = levels,
        Choice::Seed(seed) => draft.seed = seed,
    }
    Vec::new()
}

pub(super) fn seed_drawn(studio: &mut Studio, seed: u64) -> Vec<Effect> {
    studio.project.document.direction.draft.seed = Some(seed);
    Vec::new()
}

pub(super) fn inspected(
    studio: &mut Studio,
    name: &str,
    card: Result<ModelCard, CheckpointError>,
) -> Vec<Effect> {
    // The answer is for a model that is no longer selected.
    if name != studio.project.document.direction.model {
        return Vec::new();
    }
    match card {
        Ok(card) => {
            studio.runtime.model = ModelState::Ready(card);
            // The model decides which moves can be used.
            camera::list(studio)
        }
        Err(error) => {
            studio.runtime.model = ModelState::Refused;
            let mut offers = vec![NoticeAction {
                words: "Models…".to_owned(),
                command: Command::Window(WindowCommand::Show(Overlay::Models)),
            }];
            if name != POCKET {
                let command = Command::Direct(Choice::Model(POCKET.to_owned()));
                let words = "Use Pocket".to_owned();
                offers.insert(0, NoticeAction { words, command });
            }
            notice::error_with_actions(studio, "The model can't be used", &error, offers)
        }
    }
}
