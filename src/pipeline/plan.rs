//! What a generation will take, before anything is placed: bytes and arithmetic of every stage.
//!
//! One [`GenerationPlan`] serves everybody who asks: `doctor` and the studio's forecast show it, the job carries it to the
//! stages, and a request that cannot fit is refused with what would. A family walks its own networks ([`ModelShapes`],
//! [`crate::model::cost`]); how much of a device they then take is the same for all. Figures of real runs beside it are
//! in docs/performance.md.

use serde::Serialize;

use super::network::Network;
use super::observer::Stage;
use crate::model::blocks::FEED_FORWARD_BYTES;
use crate::model::cost::{Cost, Flops, Habits};
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

/// Where the networks will be placed, as far as memory is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placing {
    /// On an adapter with memory of its own, or in the process.
    pub gpu: bool,
    /// Bytes of one element of the UNet; the other networks are always in f32.
    pub unet_element: u64,
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
            Keeping::InFile => (cost.parameters - cost.large_parameters) * element + packed(&cost),
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
        self.network.stage()
    }

    /// Bytes on the device that computes; on the CPU that is the process.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.weights + self.activations + self.host
    }
}

/// The shapes of a model, which is all that a plan needs of it.
pub trait ModelShapes {
    /// What a generation takes: the family walks its networks in the order of their work, and says how often each passes.
    fn plan(&self, planner: &Planner<'_>) -> GenerationPlan;
}

/// What a family's plan is made for, and what is the same for all families.
pub struct Planner<'a> {
    /// What to generate.
    pub request: &'a GenerateRequest,
    /// Where.
    pub placing: Placing,
    /// Within how much memory.
    pub budget: MemoryBudget,
}

/// How the weights of a network are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredWeights {
    /// Whether there are files behind the names, so that weights can stay in them.
    pub mapped: bool,
    /// Whether the files hold nothing but f16: on the CPU such weights stay as they are, others take four bytes.
    pub half: bool,
}

impl Planner<'_> {
    /// How the device computes the networks that are always in f32.
    #[must_use]
    pub fn full_precision(&self) -> Habits {
        habits(self.placing.gpu, 4)
    }

    /// How the device computes the denoising network.
    #[must_use]
    pub fn denoiser(&self) -> Habits {
        habits(self.placing.gpu, self.placing.unet_element)
    }

    /// Frames that are decoded together: as many as half of what is free can hold, for the rest of the system counts on
    /// the other half. `one` is what decoding one frame takes.
    #[must_use]
    pub fn decode_chunk(&self, one: &Cost) -> usize {
        let frames = self.request.frames;
        let finished = [self.finished_bytes(), self.frame_bytes()];
        self.request
            .decode_chunk
            .unwrap_or_else(|| fitting_chunk(one, self.placing, self.budget, finished))
            .clamp(1, frames)
    }

    /// A network in f32 that passes once or more often while a picture is encoded; `flops` is the arithmetic of all passes.
    #[must_use]
    pub fn encoding(
        &self,
        network: Network,
        cost: Cost,
        stored: StoredWeights,
        (passes, flops): (usize, Flops),
    ) -> StagePlan {
        let element = self.full_precision_element(stored);
        self.stage(network, cost, (element, stored), (passes, flops), 0)
    }

    /// The denoising network, which passes as often as there are steps and guidance branches.
    ///
    /// Branches always pass one after the other: at these sizes that costs no time (spec §9, trap 23) and halves the
    /// activations.
    #[must_use]
    pub fn denoising(&self, network: Network, cost: Cost, stored: StoredWeights) -> StagePlan {
        let branches = if self.request.guidance.is_active() {
            2
        } else {
            1
        };
        let passes = branches * self.request.steps;
        let element = if self.placing.gpu {
            self.placing.unet_element
        } else {
            self.full_precision_element(stored)
        };
        let flops = cost.flops * passes as f64;
        self.stage(network, cost, (element, stored), (passes, flops), HEAP)
    }

    /// The decoder, which takes `chunk` frames at a time; `one` is what one frame takes.
    #[must_use]
    pub fn decoding(
        &self,
        network: Network,
        (cost, one): (Cost, &Cost),
        stored: StoredWeights,
        chunk: usize,
    ) -> StagePlan {
        let frames = self.request.frames;
        // Every frame as bytes, and the chunk in hand as floats.
        let decoded = self.finished_bytes() + chunk as u64 * self.frame_bytes();
        let element = self.full_precision_element(stored);
        let work = (frames.div_ceil(chunk), one.flops * frames as f64);
        self.stage(network, cost, (element, stored), work, HEAP + decoded)
    }

    /// Bytes of one frame as floats.
    fn frame_bytes(&self) -> u64 {
        (3 * self.request.height * self.request.width * 4) as u64
    }

    /// Bytes of all frames when they are done.
    fn finished_bytes(&self) -> u64 {
        self.request.frames as u64 * self.frame_bytes() / 4
    }

    /// Bytes of a kept weight of a network in f32.
    fn full_precision_element(&self, stored: StoredWeights) -> u64 {
        if stored.half && !self.placing.gpu {
            2
        } else {
            4
        }
    }

    fn stage(
        &self,
        network: Network,
        cost: Cost,
        (element, stored): (u64, StoredWeights),
        (passes, flops): (usize, Flops),
        host: u64,
    ) -> StagePlan {
        let in_files = stored.mapped && !self.placing.gpu;
        let leaves = in_files && leaves_in_file(&cost, element, passes, self.budget);
        let keeping = if leaves {
            Keeping::InFile
        } else {
            Keeping::InMemory
        };
        let host = if self.placing.gpu { 0 } else { PROCESS + host };
        StagePlan::new(network, cost, (element, keeping), flops, host)
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
    /// The plan of `request` on a model of these shapes, within `budget` where there is a choice.
    ///
    /// The one choice is how many frames are decoded together, unless the request says it ([`Planner::decode_chunk`]).
    #[must_use]
    pub fn new(
        shapes: &dyn ModelShapes,
        request: &GenerateRequest,
        placing: Placing,
        budget: MemoryBudget,
    ) -> Self {
        shapes.plan(&Planner {
            request,
            placing,
            budget,
        })
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
fn packed(cost: &Cost) -> u64 {
    4 * (2 * cost.largest_parameter + cost.largest_parameter / 4)
}

/// How the two kinds of device compute: the CPU as `kernels::cpu_tensor` does, the GPU as burn's kernels do, whose convolutions
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
        feed_forward: FEED_FORWARD_BYTES,
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
