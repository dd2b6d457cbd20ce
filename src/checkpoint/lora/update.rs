//! One update of one tensor, and the change it makes.
//!
//! Owns the formulas. `ΔW = factor · up · down` for a LoRA, with `down` `[r, in…]` and `up`
//! `[out, r, 1…]`; a `mid` `[r, r, k…]` between them holds the kernel of a convolution.
//!
//! Sources: ComfyUI `comfy/weight_adapter/{lora,loha,lokr}.py`, `LyCORIS` `lycoris/functional`.

use std::collections::BTreeMap;

use super::super::parts::Entry;
use super::factor::Factor;
use super::matrix;
use super::names::Role;
use super::scale::Scales;
use super::side::Side;
use crate::error::CheckpointError;

/// The tensors of a module by role.
pub(super) type Roles = BTreeMap<Role, Entry>;

/// Why the tensors of a module do not form an update.
pub(super) enum Flaw {
    /// They are incomplete or their shapes do not fit.
    Misfit(String),
    /// They cannot be read.
    File(CheckpointError),
}

impl From<CheckpointError> for Flaw {
    fn from(error: CheckpointError) -> Self {
        Self::File(error)
    }
}

/// One update of one tensor.
#[derive(Debug, Clone)]
pub enum Update {
    /// LoRA: `factor · up · (mid ·) down`.
    LowRank {
        /// `[r, in…]`.
        down: Entry,
        /// `[out, r, 1…]`.
        up: Entry,
        /// `[r, r, k…]` between the two.
        mid: Option<Entry>,
        /// alpha / rank.
        factor: f32,
    },
    /// `LoHa`: the element-wise product of two products.
    Hadamard {
        /// The two products.
        sides: Box<[Factor; 2]>,
        /// alpha / rank.
        factor: f32,
    },
    /// `LoKr`: a Kronecker product.
    Kronecker {
        /// The outer and the inner matrix.
        sides: Box<[Factor; 2]>,
        /// alpha / rank.
        factor: f32,
    },
    /// The change itself.
    Full {
        /// Of the changed tensor's shape.
        diff: Entry,
        /// 1, or the scale of a LoRA's bias.
        factor: f32,
    },
}

impl Update {
    /// Inner dimension of a low-rank update.
    #[must_use]
    pub fn rank(&self) -> Option<usize> {
        match self {
            Self::LowRank { down, .. } => down.shape().first().copied(),
            Self::Hadamard { sides, .. } | Self::Kronecker { sides, .. } => {
                sides.iter().find_map(Factor::rank)
            }
            Self::Full { .. } => None,
        }
    }

    /// Number of values stored.
    #[must_use]
    pub fn parameters(&self) -> usize {
        match self {
            Self::LowRank { down, up, mid, .. } => {
                down.elements() + up.elements() + mid.as_ref().map_or(0, Entry::elements)
            }
            Self::Hadamard { sides, .. } | Self::Kronecker { sides, .. } => sides
                .iter()
                .flat_map(Factor::entries)
                .map(Entry::elements)
                .sum(),
            Self::Full { diff, .. } => diff.elements(),
        }
    }

    /// The shape of the change it makes, without trailing dimensions of length 1.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        let shape = match self {
            Self::LowRank { down, up, mid, .. } => {
                let kernel = match mid {
                    Some(mid) => mid.shape().get(2..).unwrap_or_default(),
                    None => down.shape().get(2..).unwrap_or_default(),
                };
                [&up.shape()[..1], &down.shape()[1..2], kernel].concat()
            }
            Self::Hadamard { sides, .. } => sides[0].shape().map_or(Vec::new(), Vec::from),
            Self::Kronecker { sides, .. } => match (sides[0].shape(), sides[1].shape()) {
                (Some([m, n, _]), Some([p, q, s])) => vec![m * p, n * q, s],
                _ => Vec::new(),
            },
            Self::Full { diff, .. } => diff.shape().to_vec(),
        };
        trimmed(&shape).to_vec()
    }

    /// Whether the change can be added to a tensor of this shape.
    ///
    /// Kernels may be stored flattened into the second dimension.
    #[must_use]
    pub fn fits(&self, shape: &[usize]) -> bool {
        let mine = self.shape();
        if mine == trimmed(shape) {
            return true;
        }
        let same_length = shape.iter().product::<usize>() == mine.iter().product::<usize>();
        match (self, mine.as_slice(), shape) {
            (Self::Full { .. }, ..) => false,
            (_, [rows, _], [out, ..]) => rows == out && same_length,
            (_, [rows, columns, _], [out, input, ..]) => {
                rows == out && columns == input && same_length
            }
            _ => false,
        }
    }

    /// The change, row-major in the shape of the tensor it is for.
    ///
    /// # Errors
    /// If a tensor can no longer be read.
    pub fn delta(&self) -> Result<Vec<f32>, CheckpointError> {
        match self {
            Self::LowRank {
                down,
                up,
                mid,
                factor,
            } => {
                let rank = down.shape().first().copied().unwrap_or(0);
                let down_values = down.to_f32()?;
                let inner = match mid {
                    None => down_values,
                    Some(mid) => through_kernel(mid, &down_values, rank)?,
                };
                Ok(matrix::product(&up.to_f32()?, &inner, rank, *factor))
            }
            Self::Hadamard { sides, factor } => {
                let mut delta = sides[0].values()?;
                for (delta, other) in delta.iter_mut().zip(sides[1].values()?) {
                    *delta *= other * factor;
                }
                Ok(delta)
            }
            Self::Kronecker { sides, factor } => {
                let columns = sides[0].shape().map_or(0, |[_, n, _]| n);
                let inner = sides[1].shape().unwrap_or([0; 3]);
                let outer = sides[0].values()?;
                Ok(matrix::kronecker(
                    &outer,
                    columns,
                    &sides[1].values()?,
                    inner,
                    *factor,
                ))
            }
            Self::Full { diff, factor } => {
                let mut delta = diff.to_f32()?;
                delta.iter_mut().for_each(|value| *value *= factor);
                Ok(delta)
            }
        }
    }
}

/// `mid` `[a, b, k]` with `down` `[b, c]` gives `[a, c, k]`.
fn through_kernel(mid: &Entry, down: &[f32], rank: usize) -> Result<Vec<f32>, CheckpointError> {
    let columns = down.len() / rank;
    let kernel = mid
        .shape()
        .get(2..)
        .unwrap_or_default()
        .iter()
        .product::<usize>();
    let down = matrix::transposed(down, columns);
    let mid = mid.to_f32()?;
    // per a: [c, b] · [b, k] = [c, k]
    let spans = mid.chunks_exact((rank * kernel).max(1));
    Ok(spans
        .flat_map(|mid| matrix::product(&down, mid, rank, 1.0))
        .collect())
}

/// A shape without trailing dimensions of length 1.
fn trimmed(shape: &[usize]) -> &[usize] {
    let mut shape = shape;
    while let [rest @ .., 1] = shape {
        if rest.is_empty() {
            break;
        }
        shape = rest;
    }
    shape
}

/// The updates that the tensors of a module form.
pub(super) fn build(
    roles: &Roles,
    module: &str,
    scales: &Scales,
) -> Result<Vec<(Side, Update)>, Flaw> {
    let alpha = match roles.get(&Role::Alpha) {
        Some(alpha) => alpha.to_f32()?.first().copied(),
        None => None,
    };
    let misfit = |reason: &str| Err(Flaw::Misfit(reason.to_owned()));
    let get = |role| roles.get(&role);
    let mut updates = Vec::new();
    if get(Role::Down).is_some() || get(Role::Up).is_some() {
        let (Some(down), Some(up)) = (get(Role::Down), get(Role::Up)) else {
            return misfit("one of its two factors is missing");
        };
        let mid = get(Role::Mid);
        let rank = down.shape().first().copied().unwrap_or(0);
        if !low_rank_fits(down, up, mid) {
            return misfit(&format!(
                "shapes {:?} and {:?} cannot be multiplied",
                up.shape(),
                down.shape()
            ));
        }
        let factor = scales.factor(module, alpha, rank);
        if let Some(bias) = get(Role::UpBias) {
            updates.push((
                Side::Bias,
                Update::Full {
                    diff: bias.clone(),
                    factor,
                },
            ));
        }
        let (down, up, mid) = (down.clone(), up.clone(), mid.cloned());
        updates.push((
            Side::Weight,
            Update::LowRank {
                down,
                up,
                mid,
                factor,
            },
        ));
    }
    if let Some(update) = hadamard(roles, module, alpha, scales)? {
        updates.push((Side::Weight, update));
    }
    if let Some(update) = kronecker(roles, alpha)? {
        updates.push((Side::Weight, update));
    }
    for (role, side) in [(Role::Diff, Side::Weight), (Role::DiffBias, Side::Bias)] {
        if let Some(diff) = get(role) {
            updates.push((
                side,
                Update::Full {
                    diff: diff.clone(),
                    factor: 1.0,
                },
            ));
        }
    }
    if updates.is_empty() {
        return misfit("it has an alpha but no factors to scale");
    }
    if updates
        .iter()
        .filter(|(side, _)| *side == Side::Weight)
        .count()
        > 1
    {
        return misfit("it is updated in two ways at once");
    }
    Ok(updates)
}

fn low_rank_fits(down: &Entry, up: &Entry, mid: Option<&Entry>) -> bool {
    let ([rank, _, ..], [out, inner, ones @ ..]) = (down.shape(), up.shape()) else {
        return false;
    };
    let kernel = mid.is_none_or(|mid| {
        matches!(mid.shape(), [a, b, ..] if a == rank && b == rank)
            && down.shape()[2..].iter().all(|&n| n == 1)
    });
    *rank > 0 && *out > 0 && rank == inner && ones.iter().all(|&n| n == 1) && kernel
}

fn hadamard(
    roles: &Roles,
    module: &str,
    alpha: Option<f32>,
    scales: &Scales,
) -> Result<Option<Update>, Flaw> {
    let get = |role| roles.get(&role);
    let parts = [Role::HadaW1A, Role::HadaW1B, Role::HadaW2A, Role::HadaW2B];
    if parts.iter().all(|role| get(*role).is_none()) {
        return Ok(None);
    }
    let first = Factor::new(get(Role::HadaW1A), get(Role::HadaW1B), get(Role::HadaT1));
    let second = Factor::new(get(Role::HadaW2A), get(Role::HadaW2B), get(Role::HadaT2));
    match (first, second) {
        (Some(first), Some(second))
            if first.shape().is_some() && first.shape() == second.shape() =>
        {
            let factor = scales.factor(module, alpha, first.rank().unwrap_or(1));
            let sides = Box::new([first, second]);
            Ok(Some(Update::Hadamard { sides, factor }))
        }
        _ => Err(Flaw::Misfit(
            "its LoHa factors are incomplete or of different shapes".to_owned(),
        )),
    }
}

#[expect(clippy::cast_precision_loss, reason = "ranks are small")]
fn kronecker(roles: &Roles, alpha: Option<f32>) -> Result<Option<Update>, Flaw> {
    let get = |role| roles.get(&role);
    let side = |whole, a, b, core| match get(whole) {
        Some(whole) => Some(Factor::Whole(whole.clone())),
        None => Factor::new(get(a), get(b), core),
    };
    let first = side(Role::LokrW1, Role::LokrW1A, Role::LokrW1B, None);
    let second = side(
        Role::LokrW2,
        Role::LokrW2A,
        Role::LokrW2B,
        get(Role::LokrT2),
    );
    match (first, second) {
        (None, None) => Ok(None),
        (Some(first), Some(second))
            if first.shape().is_some_and(|[.., rest]| rest == 1) && second.shape().is_some() =>
        {
            // A file of whole matrices has no rank, and its alpha means nothing.
            let rank = second.rank().or(first.rank());
            let factor = match (alpha, rank) {
                (Some(alpha), Some(rank)) if rank > 0 => alpha / rank as f32,
                _ => 1.0,
            };
            let sides = Box::new([first, second]);
            Ok(Some(Update::Kronecker { sides, factor }))
        }
        _ => Err(Flaw::Misfit(
            "its LoKr factors are incomplete or of wrong shapes".to_owned(),
        )),
    }
}
