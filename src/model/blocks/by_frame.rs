//! Changes to a layer whose strengths differ from frame to frame: separate products beside the layer's own.

use std::collections::BTreeMap;

use burn::tensor::Tensor;

use super::layers::Linear;
use crate::error::ModelError;
use crate::kernels::cpu::Layout;
use crate::model::weights::Loader;

/// The changes of one layer, or of several on the same input with their outputs concatenated.
pub(super) struct ChangesByFrame {
    /// Each change with its strengths, `[f, 1, 1]`.
    changes: Vec<(Linear, Tensor<3>)>,
}

impl ChangesByFrame {
    /// Reads the changes of the layers called `names`, from `inputs` to `outputs` channels each.
    pub(super) fn load(
        at: &Loader<'_>,
        names: &[&str],
        inputs: usize,
        outputs: usize,
    ) -> Result<Self, ModelError> {
        let each = inputs * outputs;
        let mut by_lora: BTreeMap<usize, (Vec<f32>, Vec<f32>)> = BTreeMap::new();
        for (index, name) in names.iter().enumerate() {
            for change in at.at(name).by_frame(&[outputs, inputs])? {
                let joined = by_lora.entry(change.lora);
                let empty = || (vec![0.0; names.len() * each], change.strengths);
                let (values, _) = joined.or_insert_with(empty);
                values[index * each..(index + 1) * each].copy_from_slice(&change.delta);
            }
        }
        let layout = Layout::linear(inputs, names.len() * outputs);
        let changes = by_lora.into_values().map(|(values, strengths)| {
            let frames = strengths.len();
            let layer = Linear::without_bias(at.weight_of(values, layout));
            (layer, at.place(strengths, [frames, 1, 1]))
        });
        Ok(Self {
            changes: changes.collect(),
        })
    }

    /// Whether there are no changes.
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Adds `share` times the changes for the input `x` `[f, s, in]` to `y` `[f, s, out]`.
    pub(super) fn added_to(&self, y: Tensor<3>, x: &Tensor<3>, share: f32) -> Tensor<3> {
        self.changes.iter().fold(y, |y, (layer, strengths)| {
            y + layer.forward(x.clone()) * (strengths.clone() * share)
        })
    }
}
