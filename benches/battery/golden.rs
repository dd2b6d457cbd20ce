//! The tiny models of `tests/golden` on a GPU, compared with the results that diffusers and transformers computed on a
//! CPU in f32.
//!
//! `cargo bench --bench battery -- golden` uses the first adapter (`--adapter N` uses `gpu:N`) with each of its compilers
//! (`--compiler spirv|wgsl`: with one), in f32 and in f16 (`--precision f32|f16`: in one), and prints relative distances.
//! `--json` prints one JSON object per line instead; `--fixtures FOLDER` reads the fixtures from another folder.
//! `KINORA_REFERENCE=1` replaces our shaders by tensor operations.

use std::collections::BTreeMap;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use burn::tensor::{DType, FloatDType, Tensor, TensorData};
use kinora::checkpoint::config::Config;
use kinora::checkpoint::lora::LoraStack;
use kinora::checkpoint::{
    Checkpoint, ClipVisionConfig, Entry, NormEps, Parts, Prefer, SvdParts, TensorFile, Transform,
    VaeConfig,
};
use kinora::engine::device::adapters::Opened;
use kinora::error::{GenerateError, ModelError};
use kinora::kernels::reference_only;
use kinora::media::fit::Fit;
use kinora::media::picture::Picture;
use kinora::media::rate::Rate;
use kinora::model::autoencoder::{VaeDecoder, VaeEncoder};
use kinora::model::clip::ClipVision;
use kinora::model::svd::Unet;
use kinora::model::weights::{Loader, Source, Target};
use kinora::motion::MotionPictures;
use kinora::pipeline::{
    GenerationPlan, Job, MemoryBudget, Observer, Placement, Stage, StepDone, StopMode, family_of,
    generate,
};
use kinora::request::GenerateRequest;
use kinora::sampler::{Guidance, GuidanceShape, SamplerKind, ScheduleKind};
use serde::Deserialize;
use serde_json::json;

use super::kernels::gpu::{Flags, panic_text, title};

/// Maximum relative L2 distance in f32. Matrix units that round their inputs to tf32 (10 bits) reach 5e-4 in one
/// operation, and a network chains dozens of them; wrong results are about 1 away.
const F32_LIMIT: f64 = 5e-3;
/// The same in f16, which rounds every intermediate result to 11 bits: 40 dB.
const F16_LIMIT: f64 = 1e-2;

type Found<T> = Result<T, Box<dyn Error>>;

pub(super) fn main() -> ExitCode {
    let flags = Flags::of_process();
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let folder = flags.value("--fixtures").map_or(built_in, PathBuf::from);
    flags.each_device(|adapter, opened| {
        if !flags.json() {
            println!("{}", title(adapter, opened.compiler));
        }
        for (name, float) in [("f32", FloatDType::F32), ("f16", FloatDType::F16)] {
            let wanted = flags.value("--precision").is_none_or(|only| only == name);
            if wanted && (opened.f16 || float == FloatDType::F32) {
                let golden = Golden {
                    folder: &folder,
                    opened,
                    float,
                    json: flags.json(),
                };
                golden.run(name);
            }
        }
    })
}

/// The fixtures, and where and how they are computed.
struct Golden<'a> {
    folder: &'a Path,
    opened: &'a Opened,
    float: FloatDType,
    json: bool,
}

/// A result and its relative L2 distance from the fixture's.
type Compared = (String, f64);

/// A case's name, and what computes it.
type Case<'a> = (&'static str, fn(&Golden<'a>) -> Found<Vec<Compared>>);

impl<'a> Golden<'a> {
    fn run(&self, precision: &str) {
        let cases: [Case<'a>; 5] = [
            ("vision tower", Self::vision_tower),
            ("temporal autoencoder", Self::temporal_autoencoder),
            ("image autoencoder", Self::image_autoencoder),
            ("UNet", Self::unet),
            ("pipeline", Self::pipeline),
        ];
        let limit = match self.float {
            FloatDType::F16 => F16_LIMIT,
            _ => F32_LIMIT,
        };
        for (case, compute) in cases {
            let found = catch_unwind(AssertUnwindSafe(|| compute(self)))
                .map_err(|panic| panic_text(panic.as_ref()))
                .and_then(|found| found.map_err(|error| error.to_string()));
            let mut line = json!({
                "case": case, "compiler": self.opened.compiler.name(), "precision": precision,
                "shaders": !reference_only(), "limit": limit,
            });
            match found {
                Ok(compared) => {
                    for (result, distance) in compared {
                        line["result"] = result.as_str().into();
                        // NaN becomes null: the result is not finite.
                        line["distance"] = distance.into();
                        line["passed"] = (distance <= limit).into();
                        self.print(
                            &line,
                            &format!("{case}, {result}: {distance:.1e} of {limit:.0e}"),
                        );
                    }
                }
                Err(why) => {
                    line["failed"] = why.as_str().into();
                    self.print(&line, &format!("{case} failed: {why}"));
                }
            }
        }
    }

    fn print(&self, line: &serde_json::Value, text: &str) {
        if self.json {
            println!("{line}");
        } else {
            println!("  {:?} {text}", self.float);
        }
    }

    fn target(&self) -> Target {
        Target {
            device: self.opened.burn.clone(),
            dtype: DType::from(self.float),
        }
    }

    /// Builds a network from all tensors of a file, or from some of them.
    fn built<T>(
        &self,
        weights: &BTreeMap<String, Entry>,
        build: impl Fn(&Loader<'_>) -> Result<T, ModelError>,
    ) -> Found<T> {
        let loras = LoraStack::default();
        let source = Source::Checkpoint {
            tensors: weights,
            loras: &loras,
        };
        Ok(build(&Loader::new(&source, &self.target()))?)
    }

    fn tensor<const D: usize>(&self, file: &Fixture, name: &str) -> Found<Tensor<D>> {
        let entry = file.entry(name)?;
        let data = TensorData::new(entry.to_f32()?, entry.shape().to_vec());
        let exact = Tensor::<D>::from_data(data, (&self.opened.burn, DType::F32));
        Ok(exact.cast(self.float))
    }

    fn vision_tower(&self) -> Found<Vec<Compared>> {
        let folder = self.folder.join("tiny/image_encoder");
        let config: ClipVisionConfig = config(&folder)?;
        let weights = Fixture::open(&folder.join("model.safetensors"))?.all()?;
        let io = Fixture::open(&folder.join("io.safetensors"))?;
        let tower = self.built(&weights, |at| ClipVision::load(at, &config))?;
        let pixels: Tensor<4> = self.tensor(&io, "input.pixels")?;
        let found = values(tower.forward(pixels));
        compared(&[("image_embeds", &found, &io.values("expected.image_embeds")?)])
    }

    fn temporal_autoencoder(&self) -> Found<Vec<Compared>> {
        self.autoencoder("vae_temporal", "expected.frames_chunk_5")
    }

    fn image_autoencoder(&self) -> Found<Vec<Compared>> {
        self.autoencoder("vae_image", "expected.frames")
    }

    fn autoencoder(&self, name: &str, frames: &str) -> Found<Vec<Compared>> {
        let folder = self.folder.join("tiny").join(name);
        let config: VaeConfig = config(&folder)?;
        let weights = Fixture::open(&folder.join("diffusion_pytorch_model.safetensors"))?.all()?;
        let io = Fixture::open(&folder.join("io.safetensors"))?;
        let encoder = self.built(&weights, |at| VaeEncoder::load(at, &config))?;
        let mean = values(encoder.forward(self.tensor(&io, "input.picture")?));
        let decoder = self.built(&weights, |at| VaeDecoder::load(at, &config))?;
        // The fixture's latents have already been divided by the scaling factor.
        let latents: Tensor<4> = self.tensor(&io, "input.latents")?;
        let decoded = values(decoder.forward(latents * config.scaling_factor));
        compared(&[
            ("mean", &mean, &io.values("expected.mean")?),
            ("frames", &decoded, &io.values(frames)?),
        ])
    }

    fn unet(&self) -> Found<Vec<Compared>> {
        let checkpoint = Checkpoint::open(&self.folder.join("tiny_svd"), Prefer::Full)?;
        let part = &svd(&checkpoint)?.unet;
        let unet = self.built(&part.tensors, |at| {
            Unet::load(at, &part.config, NormEps::Diffusers)
        })?;
        let io = Fixture::open(&self.folder.join("tiny_svd/unet_io.safetensors"))?;
        let samples: Tensor<5> = self.tensor(&io, "input.sample")?; // [b, f, c, h, w]
        let pictures: Tensor<3> = self.tensor(&io, "input.context")?; // [b, 1, d]
        let ids = io.values("input.added_time_ids")?; // [b, 3]
        let timestep = io.values("input.timestep")?[0];
        let [videos, frames, ..] = samples.dims();
        let mut found = Vec::new();
        for video in 0..videos {
            let picture = pictures.clone().narrow(0, video, 1);
            let context = unet.context(&picture, &ids[video * 3..video * 3 + 3], frames);
            let sample = samples.clone().narrow(0, video, 1).squeeze_dim(0);
            let prediction = unet.forward(sample, timestep, &context, || true);
            found.extend(values(prediction.ok_or("the pass was stopped")?));
        }
        compared(&[("prediction", &found, &io.values("expected")?)])
    }

    /// The whole pipeline, which keeps encoders and decoder in f32 whatever the precision.
    fn pipeline(&self) -> Found<Vec<Compared>> {
        let folder = self.folder.join("tiny_svd");
        let expected = Fixture::open(&folder.join("expected.safetensors"))?;
        let checkpoint = Checkpoint::open(&folder, Prefer::Full)?;
        let request = expected.request()?;
        let placement = Placement {
            gpu: true,
            unet_element: if self.float == FloatDType::F16 { 2 } else { 4 },
        };
        let memory = MemoryBudget {
            bytes: u64::MAX,
            largest_tensor: None,
        };
        let shapes = family_of(&checkpoint).shapes();
        let plan = GenerationPlan::new(&*shapes, &request, placement, memory);
        let picture = Picture::open(&folder.join("picture.png"), [0; 3])?;
        let job = Job {
            checkpoint: &checkpoint,
            loras: &LoraStack::default(),
            picture: Some(&picture),
            prompt: None,
            fit: Fit::Stretch,
            matte: [0; 3],
            motion_pictures: &MotionPictures::default(),
            request: &request,
            device: &self.opened.burn,
            dtype: DType::from(self.float),
            plan: &plan,
            random_weights: false,
        };
        let mut recorder = Recorder::default();
        generate(&job, &mut recorder)?;
        let mut all = Vec::new();
        for name in [
            "image_embeds",
            "image_latents",
            "latents_000",
            "latents_001",
            "frames",
        ] {
            let found = recorder.0.get(name).ok_or("a stage is missing")?;
            all.extend(compared(&[(name, found, &expected.values(name)?)])?);
        }
        Ok(all)
    }
}

/// A network's configuration in a folder of `tests/golden/tiny`.
fn config<C: Config>(folder: &Path) -> Found<C> {
    let path = folder.join("config.json");
    Ok(C::parse(&std::fs::read(&path)?, &path)?)
}

/// The networks of a model of SVD's architecture.
fn svd(checkpoint: &Checkpoint) -> Found<&SvdParts> {
    match &checkpoint.parts {
        Parts::Svd(parts) => Ok(parts),
        _ => Err("a model of another family".into()),
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let exact = tensor.cast(FloatDType::F32).into_data();
    exact.iter::<f32>().collect()
}

/// `‖found − expected‖ / ‖expected‖` of each result.
fn compared(results: &[(&str, &[f32], &[f32])]) -> Found<Vec<Compared>> {
    let distance = |&(name, found, expected): &(&str, &[f32], &[f32])| -> Found<Compared> {
        if found.len() != expected.len() {
            return Err(
                format!("{name} has {} values, not {}", found.len(), expected.len()).into(),
            );
        }
        let (mut apart, mut length) = (0.0, 0.0);
        for (&found, &expected) in found.iter().zip(expected) {
            apart += (f64::from(found) - f64::from(expected)).powi(2);
            length += f64::from(expected).powi(2);
        }
        Ok((name.to_owned(), (apart / length).sqrt()))
    };
    results.iter().map(distance).collect()
}

/// One safetensors file.
struct Fixture(Arc<TensorFile>);

impl Fixture {
    fn open(path: &Path) -> Found<Self> {
        Ok(Self(Arc::new(TensorFile::open(path)?)))
    }

    fn entry(&self, name: &str) -> Found<Entry> {
        let position = self.0.position(name);
        let entry = position.and_then(|position| Entry::new(&self.0, position, Transform::None));
        entry.ok_or_else(|| format!("{} holds no {name}", self.0.path().display()).into())
    }

    fn values(&self, name: &str) -> Found<Vec<f32>> {
        Ok(self.entry(name)?.to_f32()?)
    }

    fn all(&self) -> Found<BTreeMap<String, Entry>> {
        let names = self.0.tensors().iter().map(|info| info.name.as_str());
        names
            .map(|name| Ok((name.to_owned(), self.entry(name)?)))
            .collect()
    }

    /// The request of the pipeline's fixture, from the file's metadata.
    fn request(&self) -> Found<GenerateRequest> {
        let note = self
            .0
            .metadata()
            .get("request")
            .ok_or("there is no request")?;
        let note: Note = serde_json::from_str(note)?;
        Ok(GenerateRequest {
            width: note.width,
            height: note.height,
            frames: note.frames,
            steps: note.steps,
            stop_after: None,
            fps: Rate {
                num: note.fps,
                den: 1,
            },
            // diffusers conditions the model on one less than the requested rate.
            fps_id: note.fps as f32 - 1.0,
            motion_bucket: note.motion_bucket,
            noise_aug: note.noise_aug,
            guidance: Guidance {
                min: note.guidance[0],
                max: note.guidance[1],
                shape: GuidanceShape::Linear,
            },
            sampler: SamplerKind::Euler,
            sigmas: ScheduleKind::Karras,
            seed: note.seed,
            decode_chunk: Some(note.decode_chunk),
            guide: None,
            steer: None,
            norm_reach: None,
        })
    }
}

/// The settings that the pipeline's fixture was made with.
#[derive(Deserialize)]
struct Note {
    width: usize,
    height: usize,
    frames: usize,
    steps: usize,
    seed: u64,
    fps: u32,
    motion_bucket: f32,
    noise_aug: f32,
    guidance: [f32; 2],
    decode_chunk: usize,
}

/// Keeps every intermediate result by name.
#[derive(Default)]
struct Recorder(BTreeMap<String, Vec<f32>>);

impl Observer for Recorder {
    fn stage(&mut self, _stage: Stage) {}

    fn step(&mut self, _done: &StepDone<'_>) {}

    fn decoded(&mut self, _done: usize, _total: usize) {}

    fn warning(&mut self, text: String) {
        eprintln!("{text}");
    }

    fn stop(&self) -> Option<StopMode> {
        None
    }

    fn wants_tensors(&self) -> bool {
        true
    }

    fn tensor(
        &mut self,
        name: &str,
        _shape: &[usize],
        values: &[f32],
    ) -> Result<(), GenerateError> {
        self.0.insert(name.to_owned(), values.to_vec());
        Ok(())
    }
}
