//! Replacements for the engine's work and the system's dialogs, controlled by the test.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam::channel::{Receiver, RecvTimeoutError, Sender};
use kinora::app::workers::clipboard::{Clipboard, Pasted};
use kinora::app::workers::dialogs::{Answer, Dialogs};
use kinora::engine::protocol::{Order, Plan, Still, StillOrder};
use kinora::engine::{JobObserver, RunEnd, Runner};
use kinora::error::{ClipboardError, GenerateError};
use kinora::media::frame::Frame;
use kinora::media::rate::Rate;
use kinora::pipeline::{Observer as _, Stage, StepDone, StopMode};
use kinora::request::{
    Defaults, FirstFrame, GenerateRequest, Named, NamedLora, NamedPicture, Recipe, Rules, Take,
};
use kinora::sampler::Guidance;

/// Steps of each fake take; three, so that there is a first, a middle and a last.
pub(super) const STEPS: usize = 3;

/// Makes coloured frames, one step for each permit that the test gives.
pub(super) struct FakeRunner {
    pub(super) permits: Receiver<()>,
    pub(super) orders: Sender<Order>,
    /// The error with which the next job fails while its frames are decoded.
    pub(super) fault: Arc<Mutex<Option<GenerateError>>>,
    /// The colour of a finished frame, counted from zero.
    pub(super) ink: fn(&Order, &GenerateRequest, usize) -> [u8; 3],
    /// Number of pictures from words that were started.
    pub(super) pictures: u64,
}

/// Makes the same frames for every order; they differ in their green.
pub(super) fn plain(_: &Order, _: &GenerateRequest, frame: usize) -> [u8; 3] {
    [200, frame as u8 * 40, 90]
}

impl Runner for FakeRunner {
    fn run(
        &mut self,
        order: &Order,
        observer: &mut JobObserver<'_>,
    ) -> Result<RunEnd, GenerateError> {
        let _ = self.orders.send(order.clone());
        let request = GenerateRequest::complete(&order.draft, &defaults(), 5)?;
        observer.stage(Stage::Load);
        observer.started(Plan {
            request: request.clone(),
            device: "CPU: the test asked for it".to_owned(),
            precision: "f32",
        });
        observer.stage(Stage::Denoise);
        let mut kept = None;
        let mut done = STEPS;
        for step in 1..=STEPS {
            if !self.permitted(observer) {
                kept = observer.stop();
                done = step - 1;
                break;
            }
            let preview = frames(request.frames, 8, 5, |frame| {
                [step as u8, frame as u8 * 40, 90]
            });
            observer.step(&StepDone {
                step,
                steps: STEPS,
                preview: &preview,
            });
        }
        if kept == Some(StopMode::Now) {
            return Ok(RunEnd::Stopped(None));
        }
        observer.stage(Stage::Decode);
        if let Some(error) = self.fault.lock().unwrap().take() {
            return Err(error);
        }
        observer.decoded(request.frames, request.frames);
        let mut recipe = recipe(order, request);
        recipe.request.stop_after = kept.map(|_| done);
        let take = Take {
            frames: frames(recipe.request.frames, 64, 40, |frame| {
                (self.ink)(order, &recipe.request, frame)
            }),
            complete: recipe.is_complete(),
            recipe,
        };
        Ok(match kept {
            None => RunEnd::Completed(take),
            Some(_) => RunEnd::Stopped(Some(take)),
        })
    }

    /// Makes a plain picture in one step; seeds are counted from one.
    fn still(
        &mut self,
        order: &StillOrder,
        observer: &mut JobObserver<'_>,
    ) -> Result<Option<Still>, GenerateError> {
        let mut defaults = defaults();
        defaults.frames = 1;
        self.pictures += 1;
        let request = GenerateRequest::complete(&order.draft, &defaults, self.pictures)?;
        observer.stage(Stage::Load);
        observer.started(Plan {
            request: request.clone(),
            device: "CPU: the test asked for it".to_owned(),
            precision: "f32",
        });
        observer.stage(Stage::Denoise);
        if !self.permitted(observer) {
            return Ok(None);
        }
        if let Some(error) = self.fault.lock().unwrap().take() {
            return Err(error);
        }
        let (width, height) = (request.width as u32, request.height as u32);
        let frame = frames(1, width, height, |_| ink_of(request.seed)).remove(0);
        let made = FirstFrame {
            model: Named::of(&order.model),
            prompt: order.prompt.clone(),
            loras: Vec::new(),
            request,
            device: "CPU, f32".to_owned(),
        };
        Ok(Some(Still { frame, made }))
    }
}

/// The defaults of every fake model.
fn defaults() -> Defaults {
    Defaults {
        width: 64,
        height: 40,
        frames: 4,
        steps: STEPS,
        fps: Rate { num: 7, den: 1 },
        motion_bucket: 40.0,
        noise_aug: 0.02,
        guidance: Guidance {
            min: 1.0,
            max: 1.0,
            shape: Default::default(),
        },
        sampler: Default::default(),
        rules: Rules::any(8),
    }
}

/// The colour of a picture from words with this seed.
pub(super) fn ink_of(seed: u64) -> [u8; 3] {
    [40, seed as u8 * 50, 160]
}

impl FakeRunner {
    /// Waits for the next permit; returns false if the job must stop.
    fn permitted(&self, observer: &JobObserver<'_>) -> bool {
        loop {
            if observer.stop().is_some() {
                return false;
            }
            match self.permits.recv_timeout(Duration::from_millis(2)) {
                Ok(()) => return true,
                Err(RecvTimeoutError::Timeout) => {}
                // The test has ended, and nothing waits for the remaining steps.
                Err(RecvTimeoutError::Disconnected) => return true,
            }
        }
    }
}

fn frames(count: usize, width: u32, height: u32, ink: impl Fn(usize) -> [u8; 3]) -> Vec<Frame> {
    (0..count)
        .map(|index| Frame {
            width,
            height,
            rgb: ink(index).repeat((width * height) as usize).into(),
        })
        .collect()
}

fn recipe(order: &Order, request: GenerateRequest) -> Recipe {
    let picture = order
        .picture
        .as_ref()
        .expect("the studio's orders have one");
    let (width, height) = (picture.width, picture.height);
    Recipe {
        kinora: "test".to_owned(),
        model: Named::of(&order.model),
        picture: order.picture_name.as_ref().map(|name| NamedPicture {
            named: Named::of(name).with_fingerprint(picture.fingerprint()),
            size: Some([width, height]),
            matte: order.picture_matte,
        }),
        fit: order.fit,
        matte: order.matte,
        loras: order
            .loras
            .iter()
            .map(|lora| NamedLora {
                named: Named::of(&lora.name),
                strength: lora.strength,
                curve: lora.curve.clone(),
            })
            .collect(),
        request,
        device: "CPU, f32".to_owned(),
        camera: None,
        motion_module: None,
        prompt: None,
        first_frame: order.first_frame.clone(),
        excerpt: None,
    }
}

/// Returns immediately what the test has prepared.
#[derive(Clone, Default)]
pub(super) struct FakeDialogs {
    pub(super) lora: Arc<Mutex<Option<PathBuf>>>,
    pub(super) pictures: Arc<Mutex<Option<Vec<PathBuf>>>>,
    pub(super) place: Arc<Mutex<Option<PathBuf>>>,
    pub(super) suggested: Arc<Mutex<String>>,
    pub(super) model: Arc<Mutex<Option<PathBuf>>>,
    pub(super) folder: Arc<Mutex<Option<PathBuf>>>,
    pub(super) project: Arc<Mutex<Option<PathBuf>>>,
}

impl Dialogs for FakeDialogs {
    fn pictures(&self) -> Answer<Vec<PathBuf>> {
        let answer = self.pictures.lock().unwrap().take();
        Box::pin(async { answer })
    }

    fn missing_picture(&self, name: &str) -> Answer<PathBuf> {
        name.clone_into(&mut self.suggested.lock().unwrap());
        let answer = self.pictures.lock().unwrap().take();
        Box::pin(async { answer?.pop() })
    }

    fn lora(&self) -> Answer<PathBuf> {
        let answer = self.lora.lock().unwrap().take();
        Box::pin(async { answer })
    }

    fn project(&self) -> Answer<PathBuf> {
        let answer = self.project.lock().unwrap().take();
        Box::pin(async { answer })
    }

    fn project_place(&self, name: &str) -> Answer<PathBuf> {
        name.clone_into(&mut self.suggested.lock().unwrap());
        self.project()
    }

    fn folder(&self, _title: &str, _present: Option<&Path>) -> Answer<PathBuf> {
        let answer = self.folder.lock().unwrap().take();
        Box::pin(async { answer })
    }

    fn usual_folder(&self) -> PathBuf {
        // Nothing is written unless the test says so.
        PathBuf::from("/nowhere/at/all")
    }

    fn frame_place(&self, name: &str) -> Answer<PathBuf> {
        name.clone_into(&mut self.suggested.lock().unwrap());
        let answer = self.place.lock().unwrap().take();
        Box::pin(async { answer })
    }

    fn model(&self, _folder: bool) -> Answer<PathBuf> {
        let answer = self.model.lock().unwrap().take();
        Box::pin(async { answer })
    }
}

/// Returns what the test has prepared, once.
#[derive(Clone, Default)]
pub(super) struct FakeClipboard {
    pub(super) content: Arc<Mutex<Option<Pasted>>>,
    pub(super) copied: Arc<Mutex<Option<Frame>>>,
}

impl Clipboard for FakeClipboard {
    fn paste(&mut self, _matte: [u8; 3]) -> Result<Pasted, ClipboardError> {
        let content = self.content.lock().unwrap().take();
        content.ok_or(ClipboardError::Empty)
    }

    fn copy(&mut self, frame: &Frame) -> Result<(), ClipboardError> {
        *self.copied.lock().unwrap() = Some(frame.clone());
        Ok(())
    }
}
