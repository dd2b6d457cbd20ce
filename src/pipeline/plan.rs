//! What a generation will take, before anything is placed: bytes and arithmetic of every stage.
//!
//! One [`GenerationPlan`] serves everybody who asks: `doctor` and the studio's forecast show it, the decoder takes its chunk
//! from it, and a request that cannot fit is refused with what would. It is computed from the networks' own shapes
//! ([`crate::model::cost`]); figures of real runs beside it are in docs/performance.md.

use std::fmt;

use serde::Serialize;

use super::observer::Stage;
use crate::checkpoint::{Checkpoint, ClipVisionConfig, Dtype, Part, Parts, UnetConfig, VaeConfig};
use crate::model::autoencoder::{decoder_cost, encoder_cost};
use crate::model::clip::vision_cost;
use crate::model::cost::{Cost, Extent, Flops, Habits};
use crate::model::svd::unet_cost;
use crate::model::weights::Keeping;
use crate::request::GenerateRequest;

/// Memory that a generation may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBudget {
    /// Bytes that are free.
    pub bytes: u64,
    /// Bytes of the largest single tensor, where a device bounds it.
    pub largest_tensor: Option<u64>,
}

/// The configurations of a model, which is all that a plan needs of it.
#[derive(Clone, Debug)]
pub struct Outline {
    /// The spatio-temporal UNet.
    pub unet: UnetConfig,
    /// The autoencoder.
    pub vae: VaeConfig,
    /// The CLIP vision tower.
    pub image_encoder: ClipVisionConfig,
    /// Whether the files hold nothing but f16: on the CPU such weights stay as they are, others take four bytes.
    pub halves: Halves,
    /// Whether there are files behind the names, so that weights can stay in them.
    pub filed: bool,
}

/// Which networks were published in f16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halves {
    /// The UNet.
    pub unet: bool,
    /// The autoencoder.
    pub vae: bool,
    /// The CLIP vision tower.
    pub image_encoder: bool,
}

impl Outline {
    /// The outline of an opened model.
    #[must_use]
    pub fn of(checkpoint: &Checkpoint) -> Self {
        let Parts::Svd(parts) = &checkpoint.parts;
        Self {
            unet: parts.unet.config.clone(),
            vae: parts.vae.config.clone(),
            image_encoder: parts.image_encoder.config.clone(),
            halves: Halves {
                unet: half(&parts.unet),
                vae: half(&parts.vae),
                image_encoder: half(&parts.image_encoder),
            },
            filed: !parts.unet.tensors.is_empty(),
        }
    }

    /// The same model filled with random numbers: there is no file, and the numbers are exact in f16.
    #[must_use]
    pub fn random(self) -> Self {
        let halves = Halves {
            unet: true,
            vae: true,
            image_encoder: true,
        };
        Self {
            halves,
            filed: false,
            ..self
        }
    }
}

/// Whether every tensor is in f16; with no file behind the names, random numbers are exact in it too.
fn half<C>(part: &Part<C>) -> bool {
    part.tensors
        .values()
        .all(|entry| entry.dtype() == Dtype::F16)
}

/// Where the networks will be placed, as far as memory is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placing {
    /// On an adapter with memory of its own, or in the process.
    pub gpu: bool,
    /// Bytes of one element of the UNet; the other networks are always in f32.
    pub unet_element: u64,
}

/// One of the networks, each in memory only while it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// The CLIP vision tower.
    ImageEncoder,
    /// The autoencoder's first half.
    VaeEncoder,
    /// The UNet.
    Unet,
    /// The autoencoder's second half.
    VaeDecoder,
}

/// What one network takes while it works.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StagePlan {
    /// The network.
    pub network: Network,
    /// Bytes of its placed weights.
    pub weights: u64,
    /// Bytes of its weights when all of them are placed.
    pub all_weights: u64,
    /// Where the large ones are.
    pub keeping: Keeping,
    /// Bytes of activations alive at once, at most.
    pub activations: u64,
    /// Bytes that the process holds besides: finished frames, and the program itself on the CPU.
    pub host: u64,
    /// Bytes of the largest tensor.
    pub largest_tensor: u64,
    /// Arithmetic of all its passes.
    pub flops: Flops,
}

impl StagePlan {
    /// `element` is the bytes of a kept weight, `flops` the arithmetic of all passes, `host` what the stage holds besides
    /// the network.
    fn new(
        network: Network,
        cost: Cost,
        (element, keeping): (u64, Keeping),
        flops: Flops,
        host: u64,
    ) -> Self {
        let all_weights = cost.parameters * element;
        let weights = match keeping {
            Keeping::InMemory => all_weights,
            Keeping::InFile => (cost.parameters - cost.large_parameters) * element + at_hand(&cost),
        };
        Self {
            network,
            weights,
            all_weights,
            keeping,
            activations: cost.activations,
            host,
            largest_tensor: cost
                .largest_activation
                .max(cost.largest_parameter * element),
            flops,
        }
    }

    /// The stage that this network belongs to.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match self.network {
            Network::ImageEncoder | Network::VaeEncoder => Stage::Encode,
            Network::Unet => Stage::Denoise,
            Network::VaeDecoder => Stage::Decode,
        }
    }

    /// Bytes on the device that computes; on the CPU that is the process.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.weights + self.activations + self.host
    }
}

/// What a generation will take.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GenerationPlan {
    /// The networks in the order of their work.
    pub stages: Vec<StagePlan>,
    /// Frames that will be decoded together.
    pub decode_chunk: usize,
}

impl GenerationPlan {
    /// The plan of `request` on a model, within `budget` where there is a choice.
    ///
    /// The one choice is how many frames are decoded together, unless the request says it: as many as half of what is
    /// free can hold, for the rest of the system counts on the other half. Guidance branches always pass one after the
    /// other: at these sizes that costs no time (spec §9, trap 23) and halves the activations.
    #[must_use]
    pub fn new(
        outline: &Outline,
        request: &GenerateRequest,
        placing: Placing,
        budget: MemoryBudget,
    ) -> Self {
        let scale = outline.vae.scale();
        let (height, width) = (request.height, request.width);
        let latent = |frames| Extent {
            frames,
            height: height / scale,
            width: width / scale,
        };
        let full = habits(placing.gpu, 4);
        let unet = habits(placing.gpu, placing.unet_element);

        let one = decoder_cost(&outline.vae, latent(1), &full);
        let frame_bytes = (3 * height * width * 4) as u64;
        let frames = request.frames as u64;
        let chunk = request
            .decode_chunk
            .unwrap_or_else(|| {
                fitting_chunk(
                    &one,
                    placing,
                    budget,
                    [frames * frame_bytes / 4, frame_bytes],
                )
            })
            .clamp(1, request.frames);

        // Every frame as bytes, and the chunk in hand as floats.
        let decoded = frames * frame_bytes / 4 + chunk as u64 * frame_bytes;
        let encoder_extent = Extent {
            frames: 1,
            height,
            width,
        };
        let embed = vision_cost(&outline.image_encoder, &full);
        let encode = encoder_cost(&outline.vae, encoder_extent, &full);
        let pass = unet_cost(&outline.unet, latent(request.frames), &unet);
        let chunks = decoder_cost(&outline.vae, latent(chunk), &full);
        let branches = if request.guidance.is_active() { 2 } else { 1 };
        let passes = branches * request.steps;
        let on_host = |bytes| if placing.gpu { 0 } else { PROCESS + bytes };
        let half = |half| if half && !placing.gpu { 2 } else { 4 };
        let halves = outline.halves;
        let unet_element = if placing.gpu {
            placing.unet_element
        } else {
            half(halves.unet)
        };
        let in_files = outline.filed && !placing.gpu;
        // A network that passes so often, with arithmetic in all.
        let stage = |network, cost: Cost, element, (passes, flops), host| {
            let leaves = in_files && leaves_in_file(&cost, element, passes, budget);
            let keeping = if leaves {
                Keeping::InFile
            } else {
                Keeping::InMemory
            };
            StagePlan::new(network, cost, (element, keeping), flops, host)
        };
        let vae = half(halves.vae);
        let embedding = (1, embed.flops);
        let encoding = (1, encode.flops);
        let denoising = (passes, pass.flops * passes as f64);
        let decoding = (
            request.frames.div_ceil(chunk),
            one.flops * request.frames as f64,
        );
        let tower = half(halves.image_encoder);
        Self {
            stages: vec![
                stage(Network::ImageEncoder, embed, tower, embedding, on_host(0)),
                stage(Network::VaeEncoder, encode, vae, encoding, on_host(0)),
                stage(Network::Unet, pass, unet_element, denoising, on_host(HEAP)),
                stage(
                    Network::VaeDecoder,
                    chunks,
                    vae,
                    decoding,
                    on_host(HEAP + decoded),
                ),
            ],
            decode_chunk: chunk,
        }
    }

    /// The plan of one network.
    #[must_use]
    pub fn of(&self, network: Network) -> Option<&StagePlan> {
        self.stages.iter().find(|stage| stage.network == network)
    }

    /// Where one network's large weights are while it works.
    #[must_use]
    pub fn keeping(&self, network: Network) -> Keeping {
        self.of(network)
            .map_or(Keeping::default(), |stage| stage.keeping)
    }

    /// The stage that takes the most.
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.stages.iter().map(StagePlan::bytes).max().unwrap_or(0)
    }

    /// The first stage that does not fit, if any.
    #[must_use]
    pub fn misfit(&self, budget: MemoryBudget) -> Option<&StagePlan> {
        self.stages.iter().find(|stage| {
            stage.bytes() > budget.bytes
                || budget
                    .largest_tensor
                    .is_some_and(|most| stage.largest_tensor > most)
        })
    }
}

/// The process before its first tensor: program, libraries, thread pools, allocator. Measured, see
/// docs/performance.md.
const PROCESS: u64 = 72 << 20;
/// What the allocator keeps of buffers too small to be mapped, after the thousands of a UNet or a decoder. Measured.
const HEAP: u64 = 24 << 20;

/// Bytes of a network's weights below which they are kept: its passes are too short to read anything in them.
const SMALL: u64 = 128 << 20;
/// Operations of a pass for each weight from which packing them anew takes no more than some tenth of it. Measured, see
/// docs/performance.md.
const WORTH: f64 = 2_400.0;

/// Whether a network's weights stay in their file and are packed as they are used: where they are used once, where a
/// pass does so much with each that packing them anew does not show, or where they would take more than half of what is
/// free.
fn leaves_in_file(cost: &Cost, element: u64, passes: usize, budget: MemoryBudget) -> bool {
    let kept = cost.parameters * element;
    let work = cost.flops.total() / cost.parameters.max(1) as f64;
    kept > SMALL && (passes == 1 || work > WORTH || kept + cost.activations > budget.bytes / 2)
}

/// Bytes of the weights that are at hand at once while the rest is in the file: those of the largest layer packed, beside
/// them the file's pages that they were packed from, and the second layer of a feed-forward, which is smaller.
fn at_hand(cost: &Cost) -> u64 {
    4 * (2 * cost.largest_parameter + cost.largest_parameter / 4)
}

/// How the two kinds of device compute: the CPU as `kernels::host` does, the GPU as burn's kernels do, whose convolutions
/// turn planes into channels-last and back.
fn habits(gpu: bool, element: u64) -> Habits {
    let copies = if gpu { 1.0 } else { 0.0 };
    Habits {
        element,
        fused: !gpu,
        conv_input_copies: copies,
        conv_output_copies: copies,
        attention_copies: 4.0 * copies,
        wide_scores: gpu,
        feed_forward: crate::model::blocks::FEED_FORWARD_BYTES,
    }
}

/// Frames that half of the budget can decode together; at least one, whatever the budget. `finished` are bytes of all
/// frames when they are done, and `read` of one frame while it is read back.
fn fitting_chunk(
    one: &Cost,
    placing: Placing,
    budget: MemoryBudget,
    [finished, read]: [u64; 2],
) -> usize {
    let (beside, each) = if placing.gpu {
        (0, 0)
    } else {
        (finished + PROCESS, read)
    };
    let free = (budget.bytes / 2).saturating_sub(beside + 4 * one.parameters);
    let by_memory = free / (one.activations + each).max(1);
    let by_tensor = budget
        .largest_tensor
        .map_or(u64::MAX, |most| most / one.largest_activation.max(1));
    usize::try_from(by_memory.min(by_tensor)).unwrap_or(usize::MAX)
}

/// A smaller request that fits where this one does not: fewer frames, or a smaller size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fitting {
    /// Frames that fit at the same size, if any do.
    pub frames: Option<usize>,
    /// Width and height that fit with as many frames, in the same shape, if any do.
    pub size: Option<[usize; 2]>,
}

impl Fitting {
    /// What would fit instead of `request`; sides stay multiples of `multiple`.
    #[must_use]
    pub fn instead_of(
        outline: &Outline,
        request: &GenerateRequest,
        placing: Placing,
        budget: MemoryBudget,
        multiple: usize,
    ) -> Self {
        let fits = |request: &GenerateRequest| {
            GenerationPlan::new(outline, request, placing, budget)
                .misfit(budget)
                .is_none()
        };
        let mut smaller = request.clone();
        // The largest number that fits, by halving: memory grows with the frames.
        let (mut fit, mut not) = (0, request.frames);
        while fit + 1 < not {
            smaller.frames = fit.midpoint(not);
            if fits(&smaller) {
                fit = smaller.frames;
            } else {
                not = smaller.frames;
            }
        }
        let size = [7, 6, 5, 4, 3, 2, 1].into_iter().find_map(|eighths| {
            let side = |full: usize| (full * eighths / 8 / multiple * multiple).max(multiple);
            let size = [side(request.width), side(request.height)];
            let smaller = GenerateRequest {
                width: size[0],
                height: size[1],
                ..request.clone()
            };
            fits(&smaller).then_some(size)
        });
        Self {
            frames: (fit > 0).then_some(fit),
            size,
        }
    }
}

impl fmt::Display for Fitting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.frames, self.size) {
            (Some(1), Some([w, h])) => write!(f, "1 frame, or {w}×{h}, would fit"),
            (Some(n), Some([w, h])) => write!(f, "{n} frames, or {w}×{h}, would fit"),
            (None, Some([w, h])) => write!(f, "{w}×{h} would fit"),
            (Some(1), None) => f.write_str("1 frame would fit"),
            (Some(n), None) => write!(f, "{n} frames would fit"),
            (None, None) => f.write_str(
                "no smaller size fits either: close other programs, or choose a smaller model",
            ),
        }
    }
}
