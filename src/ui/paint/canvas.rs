//! The large areas of the window, drawn by Kinora's own shaders: backgrounds, and the pictures on the stage.
//!
//! egui's only shader computes two texture filters for each pixel, and software rendering pays for both:
//! about 50 ns a pixel where a plain fill needs 1 ns (docs/performance.md). egui still draws small and
//! rounded things. Must not know what the pictures are.

use std::cell::Cell;
use std::sync::Arc;

use egui::{Color32, PaintCallbackInfo, Rect, Rgba, Shape};
use egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor, wgpu};

use crate::media::frame::Frame;

/// The most areas in one pass; egui draws any beyond that.
const MOST_AREAS: u64 = 32;
/// Bytes of an area's uniforms: two vectors of four numbers.
const PLACE_BYTES: u64 = 32;

/// Pipelines and uniform slots, one set for the window's lifetime.
pub(in crate::ui) struct Canvas {
    device: wgpu::Device,
    queue: wgpu::Queue,
    shared: Arc<Shared>,
    sampler: wgpu::Sampler,
    /// Whether the render target stores linear light, so that pictures must be marked as sRGB.
    linear: bool,
    used: Cell<u64>,
}

/// The resources that a drawing needs when it is painted.
struct Shared {
    plain: wgpu::RenderPipeline,
    picture: wgpu::RenderPipeline,
    places: wgpu::Buffer,
}

/// A picture on the GPU.
#[derive(Clone)]
pub(in crate::ui) struct Image(Arc<wgpu::BindGroup>);

impl Canvas {
    /// Creates a canvas on the window's own device.
    pub(in crate::ui) fn new(state: &RenderState) -> Self {
        let device = &state.device;
        let module = device.create_shader_module(wgpu::include_wgsl!("canvas.wgsl"));
        let shared = Shared {
            plain: pipeline(state, &module, "plain"),
            picture: pipeline(state, &module, "picture"),
            places: device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("canvas places"),
                size: MOST_AREAS * PLACE_BYTES,
                usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }),
        };
        Self {
            device: device.clone(),
            queue: state.queue.clone(),
            shared: Arc::new(shared),
            sampler: device.create_sampler(&wgpu::SamplerDescriptor {
                label: Some("canvas"),
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                ..Default::default()
            }),
            linear: state.target_format.is_srgb(),
            used: Cell::new(0),
        }
    }

    /// Begins a pass: all slots are free again.
    pub(in crate::ui) fn begin_pass(&self) {
        self.used.set(0);
    }

    /// Copies a frame to the GPU.
    pub(in crate::ui) fn upload(&self, frame: &Frame) -> Image {
        let mut rgba = Vec::with_capacity(frame.rgb.len() / 3 * 4);
        for pixel in frame.rgb.chunks_exact(3) {
            rgba.extend([pixel[0], pixel[1], pixel[2], u8::MAX]);
        }
        let size = wgpu::Extent3d {
            width: frame.width,
            height: frame.height,
            depth_or_array_layers: 1,
        };
        let texture = self.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("canvas picture"),
            size,
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: if self.linear {
                wgpu::TextureFormat::Rgba8UnormSrgb
            } else {
                wgpu::TextureFormat::Rgba8Unorm
            },
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(4 * frame.width),
            rows_per_image: None,
        };
        self.queue
            .write_texture(texture.as_image_copy(), &rgba, layout, size);
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let entries = [
            wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(&view),
            },
            wgpu::BindGroupEntry {
                binding: 1,
                resource: wgpu::BindingResource::Sampler(&self.sampler),
            },
        ];
        Image(Arc::new(self.device.create_bind_group(
            &wgpu::BindGroupDescriptor {
                label: Some("canvas picture"),
                layout: &self.shared.picture.get_bind_group_layout(0),
                entries: &entries,
            },
        )))
    }

    /// A plain area; `None` when the pass has no slot left.
    pub(in crate::ui) fn fill(&self, rect: Rect, colour: Color32) -> Option<Shape> {
        let colour = if self.linear {
            Rgba::from(colour).to_array()
        } else {
            colour.to_normalized_gamma_f32()
        };
        self.area(rect, [0.0; 4], colour, None)
    }

    /// A picture, of which `uv` fills `rect`; `None` when the pass has no slot left.
    pub(in crate::ui) fn picture(&self, rect: Rect, uv: Rect, image: &Image) -> Option<Shape> {
        let uv = [uv.min.x, uv.min.y, uv.max.x, uv.max.y];
        self.area(rect, uv, [0.0; 4], Some(image.clone()))
    }

    fn area(
        &self,
        rect: Rect,
        uv: [f32; 4],
        colour: [f32; 4],
        image: Option<Image>,
    ) -> Option<Shape> {
        let place = self.used.get();
        if place >= MOST_AREAS {
            return None;
        }
        self.used.set(place + 1);
        let mut bytes = [0; PLACE_BYTES as usize];
        for (to, number) in bytes.chunks_exact_mut(4).zip(uv.into_iter().chain(colour)) {
            to.copy_from_slice(&number.to_ne_bytes());
        }
        let area = Area {
            shared: Arc::clone(&self.shared),
            image,
            offset: place * PLACE_BYTES,
            bytes,
        };
        Some(Callback::new_paint_callback(rect, area).into())
    }
}

fn pipeline(
    state: &RenderState,
    module: &wgpu::ShaderModule,
    fragment: &str,
) -> wgpu::RenderPipeline {
    let attributes = wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32x4];
    let place = wgpu::VertexBufferLayout {
        array_stride: PLACE_BYTES,
        step_mode: wgpu::VertexStepMode::Instance,
        attributes: &attributes,
    };
    state
        .device
        .create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("canvas"),
            layout: None,
            vertex: wgpu::VertexState {
                module,
                entry_point: Some("corner"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[Some(place)],
            },
            primitive: wgpu::PrimitiveState {
                topology: wgpu::PrimitiveTopology::TriangleStrip,
                ..Default::default()
            },
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module,
                entry_point: Some(fragment),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(state.target_format.into())],
            }),
            multiview_mask: None,
            cache: None,
        })
}

/// One area of a pass.
struct Area {
    shared: Arc<Shared>,
    image: Option<Image>,
    offset: u64,
    bytes: [u8; PLACE_BYTES as usize],
}

impl CallbackTrait for Area {
    fn prepare(
        &self,
        _device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        _resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        queue.write_buffer(&self.shared.places, self.offset, &self.bytes);
        Vec::new()
    }

    fn paint(
        &self,
        _info: PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        _resources: &CallbackResources,
    ) {
        match &self.image {
            None => pass.set_pipeline(&self.shared.plain),
            Some(image) => {
                pass.set_pipeline(&self.shared.picture);
                pass.set_bind_group(0, image.0.as_ref(), &[]);
            }
        }
        let place = self.offset..self.offset + PLACE_BYTES;
        pass.set_vertex_buffer(0, self.shared.places.slice(place));
        pass.draw(0..4, 0..1);
    }
}
