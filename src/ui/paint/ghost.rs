//! The preview of a camera move on the artist's own picture, drawn by `shaders/ghost.wgsl`.
//!
//! Owns the shader, its parameters and its place in egui's own pass: the device is the window's, never the
//! engine's. Must not know which camera moves exist, or when to show them.

use egui::epaint::PaintCallback;
use egui::{PaintCallbackInfo, Rect, TextureId};
use egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};

use crate::media::camera::Pose;

/// The shader's source.
pub const SOURCE: &str = include_str!("../../../shaders/ghost.wgsl");

/// The shader's parameters: a pose of the content and the frame's place in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Params {
    /// Where the content is.
    pub pose: Pose,
    /// Width of the frame over its height.
    pub aspect: f32,
    /// The frame's upper left corner, as fractions of the picture.
    pub crop_min: [f32; 2],
    /// The frame's size, as fractions of the picture.
    pub crop_size: [f32; 2],
}

impl Params {
    /// Bytes of the parameters that the shader reads.
    pub const BYTES: usize = 48;

    /// Every number with its place in the shader's struct, as `(member, byte offset, value)`; `linear`
    /// where the target stores linear light.
    #[must_use]
    pub fn layout(&self, linear: bool) -> [(&'static str, usize, f32); 12] {
        let Self { pose, .. } = self;
        [
            ("shift", 0, pose.x),
            ("shift", 4, pose.y),
            ("scale", 8, pose.scale),
            ("roll", 12, pose.roll.to_radians()),
            ("orbit", 16, pose.orbit),
            ("dolly", 20, pose.dolly),
            ("aspect", 24, self.aspect),
            ("linear", 28, f32::from(u8::from(linear))),
            ("crop_min", 32, self.crop_min[0]),
            ("crop_min", 36, self.crop_min[1]),
            ("crop_size", 40, self.crop_size[0]),
            ("crop_size", 44, self.crop_size[1]),
        ]
    }

    fn bytes(&self, linear: bool) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        for (_, at, value) in self.layout(linear) {
            bytes[at..at + 4].copy_from_slice(&value.to_ne_bytes());
        }
        bytes
    }
}

/// The shader, built for a device and a format of target.
pub struct GhostPipeline {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    linear: bool,
}

impl GhostPipeline {
    /// Builds the pipeline.
    #[must_use]
    pub fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("ghost"),
            source: wgpu::ShaderSource::Wgsl(SOURCE.into()),
        });
        let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("ghost"),
            layout: None,
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("corner"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[],
            },
            primitive: wgpu::PrimitiveState::default(),
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some("ghost"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(target.into())],
            }),
            multiview_mask: None,
            cache: None,
        });
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("ghost"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        Self {
            layout: pipeline.get_bind_group_layout(0),
            pipeline,
            sampler,
            linear: target.is_srgb(),
        }
    }

    /// Binds a picture, whose values are as egui stores them, and parameters.
    #[must_use]
    pub fn bind(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        picture: &wgpu::Texture,
        params: Params,
    ) -> wgpu::BindGroup {
        let uniform = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("ghost"),
            size: Params::BYTES as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        queue.write_buffer(&uniform, 0, &params.bytes(self.linear));
        let view = picture.create_view(&wgpu::TextureViewDescriptor::default());
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("ghost"),
            layout: &self.layout,
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: uniform.as_entire_binding(),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: wgpu::BindingResource::TextureView(&view),
                },
                wgpu::BindGroupEntry {
                    binding: 2,
                    resource: wgpu::BindingResource::Sampler(&self.sampler),
                },
            ],
        })
    }

    /// Draws over the viewport of a pass.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, bound: &wgpu::BindGroup) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, bound, &[]);
        pass.draw(0..3, 0..1);
    }
}

/// Draws previews of camera moves in the window; a window without wgpu has none.
#[derive(Default)]
pub(in crate::ui) struct GhostPainter {
    state: Option<RenderState>,
}

impl GhostPainter {
    /// Builds the shader for the window's own device.
    pub(in crate::ui) fn new(state: Option<&RenderState>) -> Self {
        if let Some(state) = state {
            let pipeline = GhostPipeline::new(&state.device, state.target_format);
            let mut renderer = state.renderer.write();
            renderer.callback_resources.insert(pipeline);
        }
        Self {
            state: state.cloned(),
        }
    }

    /// A shape that draws the picture under `params` into `rect`; `None` while the picture is not
    /// on the GPU, or where the window has none.
    pub(in crate::ui) fn shape(
        &self,
        rect: Rect,
        picture: TextureId,
        params: Params,
    ) -> Option<PaintCallback> {
        let renderer = self.state.as_ref()?.renderer.read();
        let texture = renderer.texture(&picture)?.texture.clone()?;
        let ghost = Ghost { texture, params };
        Some(Callback::new_paint_callback(rect, ghost))
    }
}

/// One preview in one pass.
struct Ghost {
    texture: wgpu::Texture,
    params: Params,
}

/// The bind group that `prepare` passes to `paint`; there is one preview on the stage at a time.
struct Bound(wgpu::BindGroup);

impl CallbackTrait for Ghost {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(pipeline) = resources.get::<GhostPipeline>() {
            let bound = pipeline.bind(device, queue, &self.texture, self.params);
            resources.insert(Bound(bound));
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        if let (Some(pipeline), Some(Bound(bound))) = (resources.get(), resources.get()) {
            GhostPipeline::draw(pipeline, pass, bound);
        }
    }
}
