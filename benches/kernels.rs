//! Our shaders compared with the tensor operations they replace, on a GPU, at the sizes of SVD's levels.
//!
//! `cargo bench --bench kernels` uses the first adapter (`-- --adapter N` uses `gpu:N`) with each of its compilers
//! (`--compiler spirv|wgsl`: with one) and prints medians, the bytes per second that the shader moves, and how many times
//! faster it is; before them, for comparison, the rates of a copy and of a matrix product. `--json` prints one JSON object
//! per line instead. With `--small`, and always on a software driver, the sizes are small and the figures mean nothing.

#[path = "gpu/mod.rs"]
pub(crate) mod gpu;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Distribution, FloatDType, Tensor};
use gpu::{Flags, panic_text, title};
use kinora::engine::device::adapters::{AdapterKind, Compiler};
use kinora::kernels::alpha_blend::{self, Part};
use kinora::kernels::chunks::INTERMEDIATE_BYTES;
use kinora::kernels::convolution::{Convolution2d, by_patches};
use kinora::kernels::euler_step::{self, Levels};
use kinora::kernels::group_norm_silu::{self, GroupNormParameters, NormActivation};
use kinora::kernels::layer_norm::{self, LayerNormParameters};
use kinora::kernels::{frame_to_rgba8, geglu, latent_preview, temporal_attention};
use kinora::system::clock::now;
use serde_json::json;

/// Number of timed runs; two untimed ones come first.
const RUNS: usize = 9;
/// Launches in a run, so that waiting for the device takes a small part of the time.
const LAUNCHES: usize = 10;
/// Frames of SVD, and channels, rows and columns of its four levels at 1024×576.
const FRAMES: usize = 14;
const LEVELS: [(usize, [usize; 2]); 4] = [
    (320, [72, 128]),
    (640, [36, 64]),
    (1280, [18, 32]),
    (1280, [9, 16]),
];
const SMALL_FRAMES: usize = 4;
const SMALL_LEVELS: [(usize, [usize; 2]); 1] = [(32, [18, 32])];

/// Where the benchmark runs, and at which sizes.
struct Bench {
    device: Device,
    compiler: Compiler,
    float: FloatDType,
    /// Frames, channels and pixels of a level.
    frames: usize,
    channels: usize,
    side: [usize; 2],
    /// Software drivers crash in burn's matrix products, so operations that need one are left out on them.
    software: bool,
    small: bool,
    json: bool,
}

pub(crate) fn main() -> ExitCode {
    let flags = Flags::of_process();
    flags.each_device(|adapter, opened| {
        if !flags.json() {
            println!("{}", title(adapter, opened.compiler));
        }
        let software = adapter.kind == AdapterKind::Software;
        let small = software || flags.has("--small");
        let (frames, levels) = match small {
            true => (SMALL_FRAMES, &SMALL_LEVELS[..]),
            false => (FRAMES, &LEVELS[..]),
        };
        let floats = [FloatDType::F16, FloatDType::F32];
        for float in floats.into_iter().skip(usize::from(!opened.f16)) {
            for (number, &(channels, side)) in levels.iter().enumerate() {
                let bench = Bench {
                    device: opened.burn.clone(),
                    compiler: opened.compiler,
                    float,
                    frames,
                    channels,
                    side,
                    software,
                    small,
                    json: flags.json(),
                };
                // Tensors that a device cannot hold end a level, not the bench.
                if let Err(why) = guarded(|| bench.run(number == 0)) {
                    bench.refused("everything else", &why);
                }
            }
        }
    })
}

impl Bench {
    fn random<const D: usize>(&self, shape: [usize; D]) -> Tensor<D> {
        Tensor::<D>::random(shape, Distribution::Normal(0.0, 1.0), &self.device).cast(self.float)
    }

    /// The sizes, for a reader and as JSON.
    fn sizes(&self) -> [usize; 4] {
        [self.frames, self.channels, self.side[0], self.side[1]]
    }

    fn element_bytes(&self) -> f64 {
        match self.float {
            FloatDType::F16 => 2.0,
            _ => 4.0,
        }
    }

    fn run(&self, first: bool) {
        if !self.json {
            let [frames, channels, height, width] = self.sizes();
            println!(
                "{:?}, {frames} frames of {channels}×{height}×{width}",
                self.float
            );
        }
        if first {
            self.rates();
        }
        self.of_the_unet();
        if !self.software {
            self.convolution();
        }
        if first {
            self.of_the_sampler();
        }
    }

    /// What the device can do: a copy that reads and writes memory, and a matrix product.
    fn rates(&self) {
        let side = if self.small { 256 } else { 4096 };
        let count = 4 * side * side;
        let numbers: Tensor<1> = self.random([count]);
        self.rate(
            "copy",
            "bytes",
            2.0 * count as f64 * self.element_bytes(),
            || self.launch(|| numbers.clone().mul_scalar(1.5)),
        );
        if !self.software {
            let [a, b]: [Tensor<2>; 2] = [(); 2].map(|()| self.random([side, side]));
            self.rate(
                "matrix product",
                "flops",
                2.0 * (side as f64).powi(3),
                || self.launch(|| a.clone().matmul(b.clone())),
            );
        }
    }

    fn launches(&self) -> usize {
        if self.small { 1 } else { LAUNCHES }
    }

    /// Launches an operation as often as a run does, and waits for the last one. Launches come in order.
    fn launch<const D: usize>(&self, operation: impl Fn() -> Tensor<D>) {
        for _ in 1..self.launches() {
            drop(operation());
        }
        corner(operation());
    }

    /// Times a run of several launches that do `work` each.
    fn rate(&self, name: &str, unit: &str, work: f64, run: impl Fn()) {
        let timed = guarded(|| {
            median(|| {
                run();
                Some(())
            })
        });
        let timed = timed.map(|seconds| seconds.map(|seconds| seconds / self.launches() as f64));
        match timed {
            Ok(Some(seconds)) if self.json => self.line(json!({
                "rate": name, "unit": unit, "per_s": work / seconds, "seconds": seconds,
            })),
            Ok(Some(seconds)) => {
                println!(
                    "  {name:<30}{:>9.3} ms{:>9.1} G{unit}/s",
                    seconds * 1e3,
                    work / seconds / 1e9
                );
            }
            Ok(None) => {}
            Err(why) => self.refused(name, &why),
        }
    }

    /// Operations inside the network.
    fn of_the_unet(&self) {
        let (f, c, [h, w]) = (self.frames, self.channels, self.side);
        let bytes = self.element_bytes();
        let size = (f * c * h * w) as f64 * bytes;

        let heads = c.div_ceil(64);
        let [q, k, v] = [(); 3].map(|()| self.random([f, h * w, c]));
        let all = || (q.clone(), k.clone(), v.clone());
        if !self.software {
            self.compare(
                "attention over frames",
                4.0 * size,
                || {
                    let (q, k, v) = all();
                    temporal_attention::shader(q, k, v, f, heads).ok()
                },
                || {
                    let (q, k, v) = all();
                    temporal_attention::reference(q, k, v, f, heads)
                },
            );
        }

        let parameters = GroupNormParameters {
            weight: self.random([c]),
            bias: self.random([c]),
            groups: 32,
            eps: 1e-5,
        };
        let x = self.random([f, c, h, w]);
        let across = x.clone().reshape([1, f, c, h * w]).swap_dims(1, 2);
        for (name, x) in [
            ("norm and SiLU per frame", x),
            ("norm and SiLU across frames", across),
        ] {
            self.compare(
                name,
                3.0 * size,
                || group_norm_silu::shader(x.clone(), &parameters, NormActivation::Silu).ok(),
                || group_norm_silu::reference(x.clone(), &parameters, NormActivation::Silu),
            );
        }

        let norm = LayerNormParameters {
            weight: self.random([c]),
            bias: self.random([c]),
            eps: 1e-5,
        };
        self.compare(
            "layer norm",
            2.0 * size,
            || layer_norm::shader(q.clone(), &norm).ok(),
            || layer_norm::reference(q.clone(), &norm),
        );

        let wide = self.random([f, h * w, 8 * c]);
        self.compare(
            "GEGLU",
            12.0 * size,
            || geglu::shader(wide.clone()).ok(),
            || geglu::reference(wide.clone()),
        );

        let part = |n: usize| Part::new([&q, &k, &v][n].clone(), 0.5);
        self.compare(
            "blend with a residual",
            4.0 * size,
            || alpha_blend::shader(part(0), part(1), Some(part(2))).ok(),
            || alpha_blend::reference(part(0), part(1), Some(part(2))),
        );
    }

    /// A convolution as f16 networks run it, beside burn's.
    fn convolution(&self) {
        let (f, c, [h, w]) = (self.frames, self.channels, self.side);
        let bytes = self.element_bytes();
        let size = (f * c * h * w) as f64 * bytes;
        let layer = Convolution2d {
            weight: self.random([c, c, 3, 3]),
            bias: Some(self.random([c])),
            stride: 1,
            padding: [1, 1],
        };
        let pixels: Tensor<4> = self.random([f, c, h, w]);
        self.compare(
            "convolution by patches",
            2.0 * size + (9 * c * c) as f64 * bytes,
            || Some(by_patches(pixels.clone(), &layer, INTERMEDIATE_BYTES)),
            || {
                let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
                let bias = layer.bias.clone();
                conv2d(pixels.clone(), layer.weight.clone(), bias, options)
            },
        );
    }

    /// Operations around the network.
    fn of_the_sampler(&self) {
        let (f, [h, w]) = (self.frames, self.side);
        let bytes = self.element_bytes();
        let latents: Tensor<4> = self.random([f, 4, h, w]).cast(FloatDType::F32);
        let branch: Tensor<4> = self.random([f, 4, h, w]);
        let scales = vec![2.0; f];
        let levels = Levels {
            sigma: 1.5,
            next: 0.7,
        };
        let other = || (latents.clone(), branch.clone(), Some(branch.clone()));
        self.compare(
            "guidance and an Euler step",
            (f * 4 * h * w) as f64 * (12.0 + 2.0 * bytes),
            || {
                let (x, c, u) = other();
                let stepped = euler_step::shader(x, c, u, &scales, levels);
                stepped.ok().map(|stepped| stepped.latents)
            },
            || {
                let (x, c, u) = other();
                euler_step::reference(x, c, u, &scales, levels).latents
            },
        );

        let rows = [(); 3].map(|()| vec![20.0; 5]);
        let pixels = f * h * w;
        if !self.software {
            self.compare_read(
                "preview, read back",
                (pixels * 20) as f64,
                || latent_preview::shader(latents.clone(), &rows).ok(),
                || latent_preview::reference(latents.clone(), &rows).ok(),
            );
        }
        let frames: Tensor<4> = self.random([1, 3, 8 * h, 8 * w]);
        self.compare_read(
            "a frame as bytes, read back",
            (h * w * 64) as f64 * (3.0 * bytes + 4.0),
            || frame_to_rgba8::shader(frames.clone()).ok(),
            || frame_to_rgba8::reference(frames.clone()).ok(),
        );
    }

    /// Compares an operation that stays on the device; a refused launch shows in the first one.
    fn compare<const D: usize>(
        &self,
        name: &str,
        bytes: f64,
        shader: impl Fn() -> Option<Tensor<D>>,
        operations: impl Fn() -> Tensor<D>,
    ) {
        let launches = self.launches();
        self.compare_runs(
            name,
            (bytes, launches),
            || {
                for _ in 1..launches {
                    drop(shader()?);
                }
                shader().map(corner)
            },
            || {
                self.launch(&operations);
                Some(())
            },
        );
    }

    /// Compares an operation whose result is read back.
    fn compare_read<T>(
        &self,
        name: &str,
        bytes: f64,
        shader: impl Fn() -> Option<T>,
        operations: impl Fn() -> Option<T>,
    ) {
        let (shader, operations) = (|| shader().map(drop), || operations().map(drop));
        self.compare_runs(name, (bytes, 1), shader, operations);
    }

    /// Compares runs of several launches, each of which moves `bytes`.
    fn compare_runs(
        &self,
        name: &str,
        (bytes, launches): (f64, usize),
        shader: impl Fn() -> Option<()>,
        operations: impl Fn() -> Option<()>,
    ) {
        let timed = |seconds: Option<f64>| seconds.map(|seconds| seconds / launches as f64);
        let ours = guarded(|| median(shader)).map(timed);
        let theirs = guarded(|| median(operations)).map(timed);
        let (shader, operations) = match (ours, theirs) {
            (Ok(Some(shader)), Ok(Some(operations))) => (shader, operations),
            (Err(why), _) => return self.refused(name, &format!("the shader: {why}")),
            (_, Err(why)) => return self.refused(name, &format!("the tensor operations: {why}")),
            (Ok(None), _) => return self.refused(name, "the shader does not accept this input"),
            (_, Ok(None)) => return self.refused(name, "the tensor operations failed"),
        };
        if self.json {
            return self.line(json!({
                "operation": name, "shader_s": shader, "operations_s": operations, "bytes": bytes,
            }));
        }
        println!(
            "  {name:<30}{:>9.3} ms{:>9.1} GB/s, tensor operations{:>9.3} ms: {:.1} times",
            shader * 1e3,
            bytes / shader / 1e9,
            operations * 1e3,
            operations / shader
        );
    }

    fn refused(&self, name: &str, why: &str) {
        if self.json {
            self.line(json!({ "operation": name, "refused": why }));
        } else {
            println!("  {name:<30} was refused: {why}");
        }
    }

    /// Prints a JSON object, with the compiler, the precision and the sizes added.
    fn line(&self, mut object: serde_json::Value) {
        object["compiler"] = self.compiler.name().into();
        object["precision"] = format!("{:?}", self.float).to_lowercase().into();
        object["sizes"] = self.sizes().to_vec().into();
        println!("{object}");
    }
}

/// Reads one element back, which is enough to wait for the whole operation.
fn corner<const D: usize>(tensor: Tensor<D>) {
    let _waited = tensor.slice([(); D].map(|()| 0..1)).into_data();
}

/// The result, or the words of a panic: one operation that a device refuses must not hide the others.
fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| panic_text(panic.as_ref()))
}

/// Seconds of the median run.
fn median(run: impl Fn() -> Option<()>) -> Option<f64> {
    for _ in 0..2 {
        run()?;
    }
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let began = now();
        run()?;
        times.push(began.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Some(times[RUNS / 2])
}
