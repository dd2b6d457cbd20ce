//! The shader of camera ghosts:
//! - it validates without a GPU, and its parameters have the offsets that Rust uses
//! - each rendered pixel equals that of plain loops

use egui_wgpu::{RenderState, RendererOptions};
use kinora::media::camera::Pose;
use kinora::motion::guessed_near_at;
use kinora::ui::paint::ghost::{GhostPipeline, Params, SOURCE};
use naga::valid::{Capabilities, ValidationFlags, Validator};

use super::skip::first_adapter;

/// Sizes of the frame that is rendered and of the picture under it.
const FRAME: [u32; 2] = [96, 64];
const PICTURE: [u32; 2] = [120, 64];

fn validated() -> naga::Module {
    let module = naga::front::wgsl::parse_str(SOURCE)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string(SOURCE)));
    Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string(SOURCE)));
    module
}

#[test]
fn the_ghost_validates_and_reads_its_parameters_where_they_are() {
    let module = validated();
    let entries: Vec<_> = module
        .entry_points
        .iter()
        .map(|entry| entry.name.as_str())
        .collect();
    assert_eq!(entries, ["corner", "ghost"]);
    let (members, span) = module
        .types
        .iter()
        .find_map(|(_, ty)| match (&ty.name, &ty.inner) {
            (Some(name), naga::TypeInner::Struct { members, span }) if name == "Params" => {
                Some((members, *span))
            }
            _ => None,
        })
        .expect("a struct Params");
    assert_eq!(span as usize, Params::BYTES);
    let layout = params(Pose::REST).layout(false);
    for member in members {
        let name = member.name.as_deref().expect("a name");
        let first = layout.iter().find(|(word, _, _)| *word == name);
        let (_, at, _) = first.unwrap_or_else(|| panic!("Rust sends no {name}"));
        assert_eq!(*at, member.offset as usize, "{name}");
    }
    let places: Vec<usize> = layout.iter().map(|(_, at, _)| *at).collect();
    let all: Vec<usize> = (0..Params::BYTES).step_by(4).collect();
    assert_eq!(places, all, "every word is sent once");
}

fn params(pose: Pose) -> Params {
    Params {
        pose,
        aspect: FRAME[0] as f32 / FRAME[1] as f32,
        // The frame is the middle of a wider picture.
        crop_min: [0.1, 0.0],
        crop_size: [0.8, 1.0],
    }
}

/// The picture: smooth, so that a small error in position causes only a small error in colour.
fn colour(x: f64, y: f64) -> [f64; 3] {
    [
        40.0 + 170.0 * x,
        30.0 + 180.0 * y,
        128.0 + 90.0 * (5.0 * x + 3.0 * y).sin(),
    ]
}

/// The depth that the preview guesses at a point.
fn near(q: [f64; 2]) -> f64 {
    let [x, y] = q.map(|value| value.clamp(0.0, 1.0));
    let step = ((y - 0.3) / 0.7).clamp(0.0, 1.0);
    let ground = step * step * (3.0 - 2.0 * step);
    let away = ((x - 0.5) / 0.24).powi(2) + ((y - 0.55) / 0.3).powi(2);
    let subject = 0.8 * (-away / 2.0).exp();
    ground + subject - ground * subject
}

#[test]
fn the_layers_over_the_preview_guess_the_same_depth() {
    for row in 0..=20_u8 {
        for column in 0..=20_u8 {
            let at = [column, row].map(|index| f64::from(index) / 20.0);
            let guess = f64::from(guessed_near_at(at.map(|value| value as f32)));
            // `f32` has seven digits.
            assert!((guess - near(at)).abs() < 1e-6, "{at:?}: {guess}");
        }
    }
}

/// The colour at a pixel of the frame, by searching the whole picture for the content that lands there.
fn ghost_oracle(params: &Params, pixel: [u32; 2]) -> [f64; 3] {
    let pose = params.pose;
    let aspect = f64::from(params.aspect);
    let target = [0, 1].map(|axis| (f64::from(pixel[axis]) + 0.5) / f64::from(FRAME[axis]));
    let miss = |q: [f64; 2]| {
        let depth = near(q);
        let size = f64::from(pose.scale) * (1.0 + f64::from(pose.dolly) * depth);
        let (sin, cos) = f64::from(pose.roll).to_radians().sin_cos();
        let (x, y) = ((q[0] - 0.5) * aspect * size, (q[1] - 0.5) * size);
        let lands = [
            0.5 + (x * cos - y * sin) / aspect
                + f64::from(pose.x)
                + f64::from(pose.orbit) * (depth - 0.5),
            0.5 + x * sin + y * cos + f64::from(pose.y),
        ];
        (lands[0] - target[0]).powi(2) + (lands[1] - target[1]).powi(2)
    };
    // A coarse search everywhere, then finer and finer around the best match.
    let (mut best, mut reach) = ([0.5, 0.5], 1.5);
    while reach > 1e-7 {
        let around = best;
        for i in -20..=20 {
            for j in -20..=20 {
                let q = [
                    around[0] + reach * f64::from(i) / 20.0,
                    around[1] + reach * f64::from(j) / 20.0,
                ];
                if miss(q) < miss(best) {
                    best = q;
                }
            }
        }
        reach /= 4.0;
    }
    let uv = [0, 1].map(|axis| {
        f64::from(params.crop_min[axis]) + best[axis] * f64::from(params.crop_size[axis])
    });
    let inside = uv.iter().all(|value| (0.0..=1.0).contains(value));
    // The GPU's clamp ends at the middle of the outermost pixels.
    let [x, y] = [0, 1].map(|axis| {
        let half = 0.5 / f64::from(PICTURE[axis]);
        uv[axis].clamp(half, 1.0 - half)
    });
    colour(x, y).map(|value| value * if inside { 1.0 } else { 0.4 })
}

fn state() -> Option<RenderState> {
    first_adapter()?;
    Some(egui_kittest::wgpu::create_render_state(
        egui_kittest::wgpu::default_wgpu_setup(),
        RendererOptions::default(),
    ))
}

fn texture(state: &RenderState, size: [u32; 2], usage: wgpu::TextureUsages) -> wgpu::Texture {
    state.device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: wgpu::Extent3d {
            width: size[0],
            height: size[1],
            depth_or_array_layers: 1,
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage,
        view_formats: &[],
    })
}

/// Renders the frame; returns its rows of RGBA.
fn rendered(state: &RenderState, pipeline: &GhostPipeline, params: Params) -> Vec<u8> {
    let usage = wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST;
    let picture = texture(state, PICTURE, usage);
    let pixels: Vec<u8> = (0..PICTURE[1])
        .flat_map(|y| (0..PICTURE[0]).map(move |x| (x, y)))
        .flat_map(|(x, y)| {
            let at = |value: u32, side: u32| (f64::from(value) + 0.5) / f64::from(side);
            let [r, g, b] = colour(at(x, PICTURE[0]), at(y, PICTURE[1]));
            [r.round() as u8, g.round() as u8, b.round() as u8, 255]
        })
        .collect();
    let rows = |size: [u32; 2]| wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(size[0] * 4),
        rows_per_image: None,
    };
    state.queue.write_texture(
        picture.as_image_copy(),
        &pixels,
        rows(PICTURE),
        picture.size(),
    );

    let usage = wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC;
    // Copied rows must be multiples of 256 bytes, so the target is wider than the frame, which is its left part.
    let target = texture(state, [128, FRAME[1]], usage);
    let view = target.create_view(&wgpu::TextureViewDescriptor::default());
    let bound = pipeline.bind(&state.device, &state.queue, &picture, params);
    let mut encoder = state
        .device
        .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    {
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        pass.set_viewport(0.0, 0.0, FRAME[0] as f32, FRAME[1] as f32, 0.0, 1.0);
        pipeline.draw(&mut pass, &bound);
    }
    let buffer = state.device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: u64::from(128 * 4 * FRAME[1]),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let layout = rows([128, FRAME[1]]);
    encoder.copy_texture_to_buffer(
        target.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout,
        },
        target.size(),
    );
    state.queue.submit([encoder.finish()]);
    buffer
        .slice(..)
        .map_async(wgpu::MapMode::Read, |mapped| mapped.expect("read back"));
    state
        .device
        .poll(wgpu::PollType::wait_indefinitely())
        .expect("the device answers");
    buffer
        .slice(..)
        .get_mapped_range()
        .expect("mapped")
        .to_vec()
}

#[test]
fn every_pixel_is_what_plain_loops_find_there() {
    let Some(state) = state() else {
        return;
    };
    let pipeline = GhostPipeline::new(&state.device, wgpu::TextureFormat::Rgba8Unorm);
    let poses = [
        Pose::REST,
        Pose {
            x: 0.2,
            y: -0.15,
            ..Pose::REST
        },
        Pose {
            scale: 1.3,
            roll: 12.0,
            ..Pose::REST
        },
        Pose {
            orbit: 0.15,
            dolly: 0.3,
            ..Pose::REST
        },
        Pose {
            x: -0.1,
            y: 0.05,
            scale: 0.8,
            roll: -20.0,
            orbit: -0.1,
            dolly: -0.15,
        },
    ];
    let mut furthest = 0.0_f64;
    for pose in poses {
        let params = params(pose);
        let bytes = rendered(&state, &pipeline, params);
        let mut compared = 0;
        for pixel in [
            [48, 32],
            [10, 8],
            [80, 12],
            [12, 55],
            [70, 50],
            [47, 40],
            [30, 20],
            [64, 30],
        ] {
            let oracle = ghost_oracle(&params, pixel);
            let at = (pixel[1] as usize * 128 + pixel[0] as usize) * 4;
            for (found, exact) in bytes[at..at + 3].iter().zip(oracle) {
                // Colours and interpolation weights have eight bits, and the position is a little off because of the
                // fixed-point steps: the largest measured difference is 0.76.
                let apart = (f64::from(*found) - exact).abs();
                furthest = furthest.max(apart);
                assert!(
                    apart < 1.5,
                    "{pose:?} at {pixel:?}: {found} instead of {exact:.1}"
                );
                compared += 1;
            }
        }
        assert_eq!(compared, 24);
    }
    println!("at most {furthest:.2} of 255 apart");
}
