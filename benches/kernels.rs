//! Our shaders compared with the tensor operations they replace, on a GPU, at the sizes of SVD's first level.
//!
//! `cargo bench --bench kernels` uses the first adapter that opens (`-- N` uses `gpu:N`) and prints medians, the bytes
//! per second that the shader moves, and how many times faster it is. On a software driver the sizes are small and the
//! figures mean nothing.

use burn::tensor::{Device, Distribution, FloatDType, Tensor};
use kinora::engine::device::adapters::{AdapterKind, adapters};
use kinora::kernels::alpha_blend::{self, Part};
use kinora::kernels::euler_step::{self, Levels};
use kinora::kernels::group_norm_silu::{self, GroupNormParameters, NormActivation};
use kinora::kernels::layer_norm::{self, LayerNormParameters};
use kinora::kernels::{frame_to_rgba8, geglu, latent_preview, temporal_attention};
use kinora::system::clock::now;

/// Number of timed runs; two untimed ones come first.
const RUNS: usize = 9;

/// Where the benchmark runs, and at which sizes.
struct Bench {
    device: Device,
    float: FloatDType,
    /// Frames, channels and pixels of the first level.
    frames: usize,
    channels: usize,
    side: [usize; 2],
    /// Software drivers crash in burn's matrix products, so operations that need one are left out on them.
    software: bool,
}

fn main() {
    let wanted = std::env::args()
        .skip(1)
        .find_map(|word| word.parse::<usize>().ok());
    let adapters = adapters();
    let Some(adapter) = adapters.get(wanted.unwrap_or(0)) else {
        println!("no GPU driver; nothing to measure");
        return;
    };
    let software = adapter.kind == AdapterKind::Software;
    for &compiler in adapter.compilers() {
        let opened = match adapter.open(compiler) {
            Ok(opened) => opened,
            Err(error) => {
                println!("{compiler}: {error}");
                continue;
            }
        };
        let info = &adapter.info;
        println!(
            "{} with {compiler}, {} {}",
            info.name, info.driver, info.driver_info
        );
        if software {
            println!("a software driver: these figures say nothing about a card");
        }
        let floats = [FloatDType::F32, FloatDType::F16];
        for float in floats.into_iter().take(if opened.f16 { 2 } else { 1 }) {
            let (frames, channels, side) = match software {
                true => (4, 32, [18, 32]),
                false => (14, 320, [72, 128]),
            };
            println!(
                "{float:?}, {frames} frames of {channels}×{}×{}",
                side[0], side[1]
            );
            Bench {
                device: opened.burn.clone(),
                float,
                frames,
                channels,
                side,
                software,
            }
            .run();
        }
    }
}

impl Bench {
    fn random<const D: usize>(&self, shape: [usize; D]) -> Tensor<D> {
        Tensor::<D>::random(shape, Distribution::Normal(0.0, 1.0), &self.device).cast(self.float)
    }

    fn run(&self) {
        self.of_the_unet();
        self.of_the_sampler();
    }

    /// Operations inside the network.
    fn of_the_unet(&self) {
        let (f, c, [h, w]) = (self.frames, self.channels, self.side);
        let bytes = match self.float {
            FloatDType::F16 => 2.0,
            _ => 4.0,
        };
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

    /// Operations around the network.
    fn of_the_sampler(&self) {
        let (f, [h, w]) = (self.frames, self.side);
        let bytes = match self.float {
            FloatDType::F16 => 2.0,
            _ => 4.0,
        };
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

    fn compare<const D: usize>(
        &self,
        name: &str,
        bytes: f64,
        shader: impl Fn() -> Option<Tensor<D>>,
        operations: impl Fn() -> Tensor<D>,
    ) {
        // Reading one element back is enough to wait for the whole operation.
        let corner = |tensor: Tensor<D>| {
            let _waited = tensor.slice([(); D].map(|()| 0..1)).into_data();
        };
        report(
            name,
            bytes,
            median(|| shader().map(corner)),
            median(|| {
                corner(operations());
                Some(())
            }),
        );
    }

    fn compare_read(
        &self,
        name: &str,
        bytes: f64,
        shader: impl Fn() -> Option<Vec<u8>>,
        operations: impl Fn() -> Option<Vec<u8>>,
    ) {
        report(
            name,
            bytes,
            median(|| shader().map(drop)),
            median(|| operations().map(drop)),
        );
    }
}

fn report(name: &str, bytes: f64, shader: Option<f64>, operations: Option<f64>) {
    let (Some(shader), Some(operations)) = (shader, operations) else {
        println!("  {name:<30} was refused");
        return;
    };
    println!(
        "  {name:<30}{:>9.3} ms{:>9.1} GB/s, tensor operations{:>9.3} ms: {:.1} times",
        shader * 1e3,
        bytes / shader / 1e9,
        operations * 1e3,
        operations / shader
    );
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
