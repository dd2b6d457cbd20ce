//! Tensors as shaders read them: the last dimension contiguous, the others strided.
//!
//! Owns the conversion of a burn tensor to a binding and back. Must not depend on any shader.

use burn::tensor::{DType, Shape, Tensor};
use burn_wgpu::{CubeTensor, Wgpu, into_contiguous};
use cubecl::server::Handle;

use super::launch::{Bound, Launcher, Refusal};
use super::shader::{Elem, Lanes};

/// How shaders store the elements of this tensor, if they support its type and the device can store it.
pub(in crate::kernels) fn stored(launcher: &Launcher, dtype: DType) -> Result<Elem, Refusal> {
    let elem = match dtype {
        DType::F32 => Elem::F32,
        DType::F16 => Elem::F16,
        other => return Err(Refusal(format!("{other:?} has no shader"))),
    };
    if launcher.stores(elem) {
        Ok(elem)
    } else {
        Err(Refusal("the device has no 16-bit storage".to_owned()))
    }
}

/// A tensor on the device, its last dimension contiguous.
pub(in crate::kernels) struct Strided {
    pub(in crate::kernels) tensor: CubeTensor,
    elem: Elem,
}

impl Strided {
    pub(in crate::kernels) fn new<const D: usize>(
        tensor: Tensor<D>,
        elem: Elem,
    ) -> Result<Self, Refusal> {
        let tensor = tensor
            .try_into_primitive::<Wgpu>()
            .map_err(|error| Refusal(format!("{error:?}")))?;
        let last = tensor.meta.strides()[D - 1];
        let plain = !tensor.meta.is_tiled() && (last == 1 || tensor.meta.shape()[D - 1] == 1);
        Ok(Self {
            tensor: if plain {
                tensor
            } else {
                into_contiguous(tensor)
            },
            elem,
        })
    }

    /// Like [`Strided::new`], but with every dimension contiguous.
    pub(in crate::kernels) fn whole<const D: usize>(
        tensor: Tensor<D>,
        elem: Elem,
    ) -> Result<Self, Refusal> {
        let strided = Self::new(tensor, elem)?;
        Ok(Self {
            tensor: into_contiguous(strided.tensor),
            elem,
        })
    }

    pub(in crate::kernels) fn bind(
        &self,
        launcher: &Launcher,
        here: &Handle,
    ) -> Result<Bound, Refusal> {
        launcher.bind(&self.tensor, &self.tensor.handle, self.elem, here)
    }

    pub(in crate::kernels) fn shape(&self) -> &[usize] {
        self.tensor.meta.shape()
    }

    /// Elements from one index of each dimension to the next; zero for a dimension of length one.
    pub(in crate::kernels) fn strides(&self) -> Vec<usize> {
        let strides = self.tensor.meta.strides().iter();
        let shape = self.tensor.meta.shape().iter();
        strides
            .zip(shape)
            .map(|(&stride, &length)| if length == 1 { 0 } else { stride })
            .collect()
    }

    /// True if rows may be read four elements at a time.
    pub(in crate::kernels) fn divides_by_four(&self) -> bool {
        let strides = self.strides();
        let (_, outer) = strides.split_last().unwrap_or((&1, &[]));
        self.shape().last().is_some_and(|row| row % 4 == 0)
            && outer.iter().all(|stride| stride % 4 == 0)
    }

    /// Refuses a tensor if the index of its last element does not fit in 32 bits.
    pub(in crate::kernels) fn require_countable(&self, bound: &Bound) -> Result<(), Refusal> {
        let reach: usize = self
            .strides()
            .iter()
            .zip(self.shape())
            .map(|(stride, length)| stride * length.saturating_sub(1))
            .sum();
        small(bound.start as usize + reach + 1).map(|_| ())
    }
}

/// An output of `shape` that a shader has written into `handle`, contiguous like a new tensor.
pub(in crate::kernels) fn finished<const D: usize>(
    like: &CubeTensor,
    handle: Handle,
    shape: [usize; D],
    dtype: DType,
) -> Tensor<D> {
    let out = CubeTensor::new_contiguous(
        like.client.clone(),
        like.device.clone(),
        Shape::new(shape),
        handle,
        dtype,
    );
    Tensor::from_primitive::<Wgpu>(out)
}

/// How many elements an invocation reads at once, given that every binding begins at a multiple of them.
pub(in crate::kernels) fn lanes(wanted: bool, bound: &[&Bound]) -> Lanes {
    if wanted && bound.iter().all(|bound| bound.start.is_multiple_of(4)) {
        Lanes::Four
    } else {
        Lanes::One
    }
}

/// A count as the u32 that a shader takes.
pub(in crate::kernels) fn small(count: usize) -> Result<u32, Refusal> {
    u32::try_from(count).map_err(|_| Refusal(format!("{count} elements exceed 32-bit indices")))
}

/// The bytes of these words in a uniform.
pub(in crate::kernels) fn bytes(words: &[(&'static str, u32)]) -> Vec<u8> {
    words
        .iter()
        .flat_map(|(_, word)| word.to_le_bytes())
        .collect()
}
