//! WGSL sources and their variants: which files make up a shader, assembled the same way for the GPU and for the tests.
//!
//! A variant is plain text put in front of the file: a storage element, shared functions and one block of constants.
//! Nothing is substituted within the file, so every file is WGSL that an editor understands. Must not depend on devices
//! or tensors.

use std::fmt::Write as _;

/// How a tensor's elements are stored; shaders compute in f32 either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Elem {
    /// 32-bit floats.
    F32,
    /// 16-bit floats; the device needs wgpu's `SHADER_F16`.
    F16,
}

impl Elem {
    /// Bytes of one element.
    #[must_use]
    pub fn bytes(self) -> u64 {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::F32 => include_str!("../../../shaders/lib/elem_f32.wgsl"),
            Self::F16 => include_str!("../../../shaders/lib/elem_f16.wgsl"),
        }
    }
}

/// What one invocation reads at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lanes {
    /// One element.
    One,
    /// Four adjacent elements, if the row length is a multiple of four.
    Four,
}

impl Lanes {
    /// Number of elements in a lane.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::Four => 4,
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::One => include_str!("../../../shaders/lib/lane_1.wgsl"),
            Self::Four => include_str!("../../../shaders/lib/lane_4.wgsl"),
        }
    }
}

/// One file of `shaders/` and what is put in front of it.
#[derive(Debug)]
pub struct Shader {
    /// The file's stem, which is also its entry point and the name of its module in this room.
    pub name: &'static str,
    /// Maximum number of invocations in a workgroup, as in the file.
    pub invocations: u32,
    /// Files of `shaders/lib` whose functions it calls.
    libraries: &'static [&'static str],
    body: &'static str,
}

/// The shader in one file, which folds its grid, with other files of `shaders/lib` that it needs.
macro_rules! shader {
    ($name:literal, $invocations:literal $(, $library:literal)*) => {
        Shader {
            name: $name,
            invocations: $invocations,
            libraries: &[
                include_str!("../../../shaders/lib/grid.wgsl"),
                $(include_str!(concat!("../../../shaders/lib/", $library, ".wgsl")),)*
            ],
            body: include_str!(concat!("../../../shaders/", $name, ".wgsl")),
        }
    };
}

/// `shaders/alpha_blend.wgsl`.
pub static ALPHA_BLEND: Shader = shader!("alpha_blend", 256);
/// `shaders/euler_step.wgsl`.
pub static EULER_STEP: Shader = shader!("euler_step", 256);
/// `shaders/frame_to_rgba8.wgsl`.
pub static FRAME_TO_RGBA8: Shader = shader!("frame_to_rgba8", 256);
/// `shaders/geglu.wgsl`.
pub static GEGLU: Shader = shader!("geglu", 256);
/// `shaders/group_norm_silu.wgsl`.
pub static GROUP_NORM_SILU: Shader = shader!("group_norm_silu", 256, "moments");
/// `shaders/latent_preview.wgsl`.
pub static LATENT_PREVIEW: Shader = shader!("latent_preview", 256);
/// `shaders/layer_norm.wgsl`.
pub static LAYER_NORM: Shader = shader!("layer_norm", 256, "moments");
/// `shaders/temporal_attention.wgsl`.
pub static TEMPORAL_ATTENTION: Shader = shader!("temporal_attention", 128);

/// What distinguishes one compiled form of a shader from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Variant {
    /// Storage of every tensor binding.
    pub elem: Elem,
    /// What one invocation reads at once; `None` for shaders that define it themselves.
    pub lanes: Option<Lanes>,
    /// Sizes that the shader reads as constants, by their names.
    pub constants: Vec<(&'static str, u32)>,
}

impl Shader {
    /// The whole source of one variant.
    #[must_use]
    pub fn stitch(&self, variant: &Variant) -> String {
        let mut source = String::from(variant.elem.source());
        if let Some(lanes) = variant.lanes {
            source.push_str(lanes.source());
        }
        for library in self.libraries {
            source.push_str(library);
        }
        for (name, value) in &variant.constants {
            // Writing to a String cannot fail.
            let _ = writeln!(source, "const {name}: u32 = {value}u;");
        }
        source.push_str(self.body);
        source
    }
}

/// A shader with everything that the tests check about it.
#[derive(Debug)]
pub struct Family {
    /// The shader.
    pub shader: &'static Shader,
    /// Both storage types, with the sizes that Kinora uses and the extremes.
    pub variants: Vec<Variant>,
    /// The members of its `Params`, in the order in which Rust sends them; four bytes each.
    pub parameters: Vec<&'static str>,
}

impl Family {
    pub(in crate::kernels) fn new(
        shader: &'static Shader,
        variants: Vec<Variant>,
        words: &[(&'static str, u32)],
    ) -> Self {
        Self {
            shader,
            variants,
            parameters: words.iter().map(|(name, _)| *name).collect(),
        }
    }
}

/// Variants of both storage types and both lane widths, with each list of constants.
pub(in crate::kernels) fn every_lane(constants: &[Vec<(&'static str, u32)>]) -> Vec<Variant> {
    let mut variants = Vec::new();
    for elem in [Elem::F32, Elem::F16] {
        for lanes in [Lanes::One, Lanes::Four] {
            variants.extend(constants.iter().map(|constants| Variant {
                elem,
                lanes: Some(lanes),
                constants: constants.clone(),
            }));
        }
    }
    variants
}
