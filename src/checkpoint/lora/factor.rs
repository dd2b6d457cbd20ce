//! One side of a `LoHa` or `LoKr` update: a matrix that may be stored as a product.
//!
//! Owns multiplying it out; must not depend on what the result is used for.

use super::super::parts::Entry;
use super::matrix;
use crate::error::CheckpointError;

/// A factor that is stored whole or as a product of two, with a Tucker core for kernels.
#[derive(Debug, Clone)]
pub enum Factor {
    /// `[a, b…]`.
    Whole(Entry),
    /// `a` `[p, r]` times `b` `[r, q]`.
    Product(Entry, Entry),
    /// Core `[i, j, k…]` with `a` `[i, p]` and `b` `[j, q]`.
    Tucker {
        /// The core.
        core: Entry,
        /// Rows.
        a: Entry,
        /// Columns.
        b: Entry,
    },
}

impl Factor {
    /// A product, with a core if there is one; `None` if a side is missing.
    pub(super) fn new(a: Option<&Entry>, b: Option<&Entry>, core: Option<&Entry>) -> Option<Self> {
        let (a, b) = (a?.clone(), b?.clone());
        Some(match core.cloned() {
            None => Self::Product(a, b),
            Some(core) => Self::Tucker { core, a, b },
        })
    }

    /// The inner dimension; a whole matrix has none.
    pub(super) fn rank(&self) -> Option<usize> {
        match self {
            Self::Whole(_) => None,
            Self::Product(_, b) | Self::Tucker { b, .. } => b.shape().first().copied(),
        }
    }

    pub(super) fn entries(&self) -> Vec<&Entry> {
        match self {
            Self::Whole(entry) => vec![entry],
            Self::Product(a, b) => vec![a, b],
            Self::Tucker { core, a, b } => vec![core, a, b],
        }
    }

    /// `[rows, columns, rest]` after multiplying out; `None` if the shapes do not fit.
    pub(super) fn shape(&self) -> Option<[usize; 3]> {
        match self {
            Self::Whole(entry) => match entry.shape() {
                [rows, columns, rest @ ..] => Some([*rows, *columns, rest.iter().product()]),
                _ => None,
            },
            Self::Product(a, b) => match (a.shape(), b.shape()) {
                ([p, r], [s, q]) if r == s && *r > 0 => Some([*p, *q, 1]),
                _ => None,
            },
            Self::Tucker { core, a, b } => match (core.shape(), a.shape(), b.shape()) {
                ([i, j, rest @ ..], [k, p], [l, q]) if i == k && j == l && *i > 0 && *j > 0 => {
                    Some([*p, *q, rest.iter().product()])
                }
                _ => None,
            },
        }
    }

    pub(super) fn values(&self) -> Result<Vec<f32>, CheckpointError> {
        match self {
            Self::Whole(entry) => entry.to_f32(),
            Self::Product(a, b) => {
                let inner = b.shape().first().copied().unwrap_or(0);
                Ok(matrix::product(&a.to_f32()?, &b.to_f32()?, inner, 1.0))
            }
            Self::Tucker { core, a, b } => {
                let (i, j) = (a.shape()[0], b.shape()[0]);
                Ok(matrix::tucker(
                    &core.to_f32()?,
                    &a.to_f32()?,
                    &b.to_f32()?,
                    i,
                    j,
                ))
            }
        }
    }
}
