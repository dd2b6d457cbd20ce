//! Memory and arithmetic of a generation, computed before anything is loaded.
//!
//! There is one [`GenerationPlan`] for all uses: `doctor` and the studio's forecast show it, the job carries it to the
//! stages, and a request that cannot fit is refused with suggestions. Each family counts its own networks
//! ([`ModelShapes`], [`crate::model::cost`]); what a count means on a device is the same for all families.
//! docs/performance.md compares plans with real runs.

use serde::Serialize;

use super::network::Network;
use super::observer::Stage;
use crate::kernels::chunks::bounded;
use crate::model::cost::{BackendMemory, Cost, Flops};
use crate::model::weights::WeightPlacement;
use crate::request::GenerateRequest;

/// Memory available to a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBudget {
    /// Bytes that are free.
    pub bytes: u64,
    /// Largest allowed size of a single tensor in bytes, if the device limits it.
    pub largest_tensor: Option<u64>,
}

/// Where networks are placed, as far as memory is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Whether they run on a GPU with its own memory; otherwise in the process.
    pub gpu: bool,
    /// Bytes per element of the denoising network; the other networks are always in f32.
    pub unet_element: u64,
}

/// Memory and arithmetic of one network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct NetworkPlan {
    /// The network.
    pub network: Network,
    /// Bytes of its placed weights.
    pub weights: u64,
    /// Bytes of all its weights, placed or not.
    pub all_weights: u64,
    /// Where its large weights are kept.
    #[serde(rename = "keeping")]
    pub weight_placement: WeightPlacement,
    /// Peak bytes of activations.
    pub activations: u64,
    /// Other bytes of the process: finished frames and, on the CPU, the program itself.
    pub host: u64,
    /// Bytes of the largest tensor.
    pub largest_tensor: u64,
    /// Arithmetic of all its passes.
    pub flops: Flops,
}

impl NetworkPlan {
    /// `element` is the size of a stored weight in bytes, `flops` the arithmetic of all passes, `host` the bytes that
    /// the stage holds besides the network.
    fn new(
        network: Network,
        cost: Cost,
        (element, weight_placement): (u64, WeightPlacement),
        flops: Flops,
        host: u64,
    ) -> Self {
        let all_weights = cost.parameters * element;
        let weights = match weight_placement {
            WeightPlacement::InMemory => all_weights,
            WeightPlacement::InFile => {
                (cost.parameters - cost.large_parameters) * element + packed(&cost)
            }
        };
        Self {
            network,
            weights,
            all_weights,
            weight_placement,
            activations: cost.activations,
            host,
            largest_tensor: cost
                .largest_activation
                .max(cost.largest_parameter * element),
            flops,
        }
    }

    /// The same with more bytes in the process; a GPU's memory does not hold them.
    #[must_use]
    pub fn with_host(self, bytes: u64) -> Self {
        let host = if self.host == 0 { 0 } else { self.host + bytes };
        Self { host, ..self }
    }

    /// The stage that runs this network.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.network.stage()
    }

    /// Total bytes on the device; on the CPU, of the process.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.weights + self.activations + self.host
    }

    /// The largest tensor that the device allows, in bytes, if one of this network is larger.
    #[must_use]
    pub fn tensor_misfit(&self, budget: MemoryBudget) -> Option<u64> {
        budget
            .largest_tensor
            .filter(|&allowed| self.largest_tensor > allowed)
    }
}

/// The shapes of a model's networks, from which its plan is computed.
pub trait ModelShapes {
    /// The plan of a generation: its networks in the order they run, and how often each one runs.
    fn plan(&self, planner: &Planner<'_>) -> GenerationPlan;
}

/// The request that is planned, and the parts of planning that all families share.
pub struct Planner<'a> {
    /// The request.
    pub request: &'a GenerateRequest,
    /// Where the networks are placed.
    pub placement: Placement,
    /// Memory available.
    pub budget: MemoryBudget,
}

/// How the weights of a network are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredWeights {
    /// Whether the weights are backed by files, so that they can be read as they are used.
    pub mapped: bool,
    /// Whether all weights are in f16. The CPU keeps such weights in two bytes, all others in four.
    pub f16: bool,
}

impl Planner<'_> {
    /// Memory behaviour of the device for the networks that are always in f32.
    #[must_use]
    pub fn full_precision(&self) -> BackendMemory {
        backend_memory(self.placement.gpu, 4, self.budget)
    }

    /// Memory behaviour of the device for the denoising network.
    #[must_use]
    pub fn denoiser(&self) -> BackendMemory {
        backend_memory(self.placement.gpu, self.placement.unet_element, self.budget)
    }

    /// Frames to decode together: as many as fit in half of the free memory, since the rest of the system needs the
    /// other half. `one` is the cost of decoding one frame.
    #[must_use]
    pub fn decode_chunk(&self, one: &Cost) -> usize {
        let frames = self.request.frames;
        let finished = [self.finished_bytes(), self.frame_bytes()];
        self.request
            .decode_chunk
            .unwrap_or_else(|| fitting_chunk(one, self.placement, self.budget, finished))
            .clamp(1, frames)
    }

    /// The plan of an encoder in f32, from its number of passes and their total arithmetic.
    #[must_use]
    pub fn encoding(
        &self,
        network: Network,
        cost: Cost,
        stored: StoredWeights,
        (passes, flops): (usize, Flops),
    ) -> NetworkPlan {
        let element = self.full_precision_element(stored);
        self.stage(network, cost, (element, stored), (passes, flops), 0)
    }

    /// The plan of the denoising network, which runs once per step and guidance branch.
    ///
    /// Guidance branches always run one after the other: at these sizes that costs no time (spec §9, trap 23) and
    /// halves the activations.
    #[must_use]
    pub fn denoising(&self, network: Network, cost: Cost, stored: StoredWeights) -> NetworkPlan {
        self.denoising_of(self.request.steps_done(), network, cost, stored)
    }

    /// The same for a network that runs this many times per guidance branch.
    #[must_use]
    pub fn denoising_of(
        &self,
        runs: usize,
        network: Network,
        cost: Cost,
        stored: StoredWeights,
    ) -> NetworkPlan {
        let branches = if self.request.guidance.is_active() {
            2
        } else {
            1
        };
        let passes = branches * runs;
        let element = if self.placement.gpu {
            self.placement.unet_element
        } else {
            self.full_precision_element(stored)
        };
        let flops = cost.flops * passes as f64;
        self.stage(network, cost, (element, stored), (passes, flops), HEAP)
    }

    /// The plan of a decoder that takes `chunk` frames at a time; `one` is the cost of one frame.
    #[must_use]
    pub fn decoding(
        &self,
        network: Network,
        (cost, one): (Cost, &Cost),
        stored: StoredWeights,
        chunk: usize,
    ) -> NetworkPlan {
        let frames = self.request.frames;
        // All frames as bytes, and the current chunk as floats.
        let decoded = self.finished_bytes() + chunk as u64 * self.frame_bytes();
        let element = self.full_precision_element(stored);
        let work = (frames.div_ceil(chunk), one.flops * frames as f64);
        self.stage(network, cost, (element, stored), work, HEAP + decoded)
    }

    /// Bytes of one frame in floats.
    fn frame_bytes(&self) -> u64 {
        (3 * self.request.height * self.request.width * 4) as u64
    }

    /// Bytes of all finished frames.
    fn finished_bytes(&self) -> u64 {
        self.request.frames as u64 * self.frame_bytes() / 4
    }

    /// Bytes per stored weight of a network that computes in f32.
    fn full_precision_element(&self, stored: StoredWeights) -> u64 {
        if stored.f16 && !self.placement.gpu {
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
    ) -> NetworkPlan {
        let in_files = stored.mapped && !self.placement.gpu;
        let leaves = in_files && leaves_in_file(&cost, element, passes, self.budget);
        let placement = if leaves {
            WeightPlacement::InFile
        } else {
            WeightPlacement::InMemory
        };
        let host = if self.placement.gpu {
            0
        } else {
            PROCESS + host
        };
        NetworkPlan::new(network, cost, (element, placement), flops, host)
    }
}

/// Memory and arithmetic of a generation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GenerationPlan {
    /// The networks in the order they run.
    pub stages: Vec<NetworkPlan>,
    /// Frames decoded together.
    pub decode_chunk: usize,
}

impl GenerationPlan {
    /// The plan of `request` on a model with these shapes.
    ///
    /// `budget` decides how many frames are decoded together, unless the request says so ([`Planner::decode_chunk`]),
    /// and which weights stay in their files.
    #[must_use]
    pub fn new(
        shapes: &dyn ModelShapes,
        request: &GenerateRequest,
        placement: Placement,
        budget: MemoryBudget,
    ) -> Self {
        shapes.plan(&Planner {
            request,
            placement,
            budget,
        })
    }

    /// The plan of one network.
    #[must_use]
    pub fn of(&self, network: Network) -> Option<&NetworkPlan> {
        self.stages.iter().find(|stage| stage.network == network)
    }

    /// Where one network keeps its large weights.
    #[must_use]
    pub fn weight_placement(&self, network: Network) -> WeightPlacement {
        self.of(network)
            .map_or(WeightPlacement::default(), |stage| stage.weight_placement)
    }

    /// Bytes of the largest stage.
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.stages
            .iter()
            .map(NetworkPlan::bytes)
            .max()
            .unwrap_or(0)
    }

    /// The first stage that does not fit, if any.
    #[must_use]
    pub fn misfit(&self, budget: MemoryBudget) -> Option<&NetworkPlan> {
        self.stages
            .iter()
            .find(|stage| stage.bytes() > budget.bytes || stage.tensor_misfit(budget).is_some())
    }
}

/// Bytes of the process before its first tensor: program, libraries, thread pools, allocator. Measured, see
/// docs/performance.md.
const PROCESS: u64 = 72 << 20;
/// Bytes that the allocator retains after the thousands of small buffers of a UNet or a decoder. Measured.
const HEAP: u64 = 24 << 20;

/// Networks with fewer bytes of weights keep them in memory: their passes are too short to hide reading them.
const SMALL: u64 = 128 << 20;
/// Operations per weight and pass above which repacking the weights takes at most about a tenth of the pass. Measured,
/// see docs/performance.md.
const WORTH: f64 = 2_400.0;

/// Whether a network reads its weights from their file and packs them as they are used: if it runs only once, if a pass
/// does so much work per weight that repacking is negligible, or if the weights would take more than half of the free
/// memory.
fn leaves_in_file(cost: &Cost, element: u64, passes: usize, budget: MemoryBudget) -> bool {
    let kept = cost.parameters * element;
    let work = cost.flops.total() / cost.parameters.max(1) as f64;
    kept > SMALL && (passes == 1 || work > WORTH || kept + cost.activations > budget.bytes / 2)
}

/// Bytes of weights in memory at once while the rest stays in the file: the largest layer packed, the file pages it was
/// packed from, and the second layer of a feed-forward, which is smaller.
fn packed(cost: &Cost) -> u64 {
    4 * (2 * cost.largest_parameter + cost.largest_parameter / 4)
}

/// Memory behaviour of the two kinds of device: the CPU computes with `kernels::cpu_tensor`, the GPU with burn's
/// kernels, whose convolutions convert planes to channels-last and back.
fn backend_memory(gpu: bool, element: u64, budget: MemoryBudget) -> BackendMemory {
    let copies = if gpu { 1.0 } else { 0.0 };
    BackendMemory {
        element,
        fused: !gpu,
        conv_input_copies: copies,
        conv_output_copies: copies,
        attention_copies: 4.0 * copies,
        // burn tries a kernel that keeps its scores; in f16, this one runs in f32.
        score: if gpu { 4 } else { 0 },
        patches: gpu && element < 4,
        intermediate: bounded(budget.largest_tensor),
    }
}

/// Frames that fit in half of the budget when decoded together; at least one. `finished` is the size of all finished
/// frames in bytes, `read` that of one frame while it is read back.
fn fitting_chunk(
    one: &Cost,
    placement: Placement,
    budget: MemoryBudget,
    [finished, read]: [u64; 2],
) -> usize {
    let (beside, each) = if placement.gpu {
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
