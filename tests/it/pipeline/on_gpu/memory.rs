//! The memory of the device while a take is denoised: flat over thirty steps, and near the plan after any number of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use burn::tensor::{DType, Device};
use kinora::pipeline::{MemoryBudget, Network, Observer, Stage, StepDone, StopMode};
use kinora::request::GenerateRequest;

use super::{opened, placement, planned, run, small_request};
use crate::kernels::alone;
use crate::pipeline::tiny_svd;

/// Steps that are compared with each other.
const STEPS: usize = 30;

/// Bytes of tensors on the device: now, and the most since the previous step.
#[derive(Clone, Copy, Debug)]
struct Bytes {
    live: u64,
    peak: u64,
}

/// Reads the memory of a device all the time on a thread of its own, and takes a note after every step.
struct Watch {
    device: Device,
    peak: Arc<AtomicU64>,
    steps: Vec<Bytes>,
}

fn in_use(device: &Device) -> u64 {
    device.memory_pool_usage().expect("a GPU").bytes_in_use
}

impl Observer for Watch {
    fn stage(&mut self, _stage: Stage) {}

    fn step(&mut self, _done: &StepDone<'_>) {
        let live = in_use(&self.device);
        let peak = self.peak.swap(live, Ordering::Relaxed).max(live);
        self.steps.push(Bytes { live, peak });
    }

    fn decoded(&mut self, _done: usize, _total: usize) {}

    fn warning(&mut self, text: String) {
        panic!("{text}");
    }

    fn stop(&self) -> Option<StopMode> {
        None
    }
}

#[test]
fn the_memory_of_the_device_is_flat_and_near_the_plan() {
    let _alone = alone();
    let Some((adapter, opened)) = opened("") else {
        return;
    };
    let checkpoint = tiny_svd();
    let mut request = GenerateRequest {
        width: 96,
        height: 64,
        frames: 2,
        // The first step also tries kernels.
        steps: 1 + STEPS,
        ..small_request()
    };
    request.guidance.max = 1.0;
    let memory = MemoryBudget {
        bytes: u64::MAX,
        largest_tensor: Some(adapter.tensor_bytes()),
    };
    let plan = planned(&checkpoint, &request, placement(true, DType::F32), memory);
    let mut watch = Watch {
        device: opened.burn.clone(),
        peak: Arc::default(),
        steps: Vec::new(),
    };
    let (peak, ended) = (Arc::clone(&watch.peak), AtomicBool::new(false));
    std::thread::scope(|threads| {
        threads.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                peak.fetch_max(in_use(&opened.burn), Ordering::Relaxed);
            }
        });
        let place = (&opened.burn, DType::F32);
        let done = run(place, (&checkpoint, false), &request, &plan, &mut watch);
        ended.store(true, Ordering::Relaxed);
        done.expect("a take");
    });
    let unet = plan.of(Network::UNET).expect("a plan");
    println!("planned: {} and {}", unet.weights, unet.activations);
    println!("{:?}", watch.steps);
    let steps = &watch.steps[1..];
    assert_eq!(steps.len(), STEPS);
    for (index, step) in steps.iter().enumerate() {
        assert_eq!(step.live, steps[0].live, "after step {}", index + 2);
    }
    for count in [1, 6, 25] {
        let peak = steps[..count].iter().map(|step| step.peak).max();
        let ratio = unet.bytes() as f64 / peak.unwrap_or(0) as f64;
        println!("{count} steps: {ratio:.2} of {peak:?} planned");
        assert!((ratio - 1.0).abs() < 0.15, "{count} steps: {ratio:.2}");
    }
}
