//! WGSL sources and their variants: which files make a shader, stitched the same way for the GPU and for the tests.
//!
//! A variant is plain text put in front of the file: a storage element, shared functions and one block of constants.
//! Nothing is substituted inside a body, so every file stays WGSL that an editor understands.
//! Must not know devices or tensors.

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
            Self::F32 => include_str!("../../shaders/lib/elem_f32.wgsl"),
            Self::F16 => include_str!("../../shaders/lib/elem_f16.wgsl"),
        }
    }
}

/// One file of `shaders/` and what stands before it.
#[derive(Debug)]
pub struct Shader {
    /// The file's stem, its entry point and the name of its module in this room.
    pub name: &'static str,
    /// Files of `shaders/lib` it calls.
    libraries: &'static [&'static str],
    body: &'static str,
}

/// `shaders/temporal_attention.wgsl`.
pub static TEMPORAL_ATTENTION: Shader = Shader {
    name: "temporal_attention",
    libraries: &[include_str!("../../shaders/lib/grid.wgsl")],
    body: include_str!("../../shaders/temporal_attention.wgsl"),
};

/// What distinguishes one compiled form of a shader from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Variant {
    /// Storage of every tensor binding.
    pub elem: Elem,
    /// Sizes the shader reads as constants, by the names it uses.
    pub constants: Vec<(&'static str, u32)>,
}

impl Shader {
    /// The whole source of one variant.
    #[must_use]
    pub fn stitch(&self, variant: &Variant) -> String {
        let mut source = String::from(variant.elem.source());
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

/// Every shader with the variants that the tests validate: both storages, the sizes the product uses and the extremes.
#[must_use]
pub fn permutations() -> Vec<(&'static Shader, Vec<Variant>)> {
    vec![(
        &TEMPORAL_ATTENTION,
        super::temporal_attention::permutations(),
    )]
}
