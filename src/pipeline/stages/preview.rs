//! Previews of unfinished latents without the decoder.
//!
//! Latent channels map to colour almost linearly, but differently in every VAE. The pixels and the latent of the
//! picture are both known before the first step, so the best linear map is a small least-squares problem. That needs no
//! table of constants and works for any number of channels.

use burn::tensor::Tensor;

use super::denoised_estimate::Values;
use super::hook::{AfterStep, Hook};
use crate::error::GenerateError;
use crate::kernels::latent_preview;
use crate::media::frame::Frame;
use crate::media::picture::Picture;
use crate::pipeline::transfer::frames_of_rgba;

/// Keeps the normal equations solvable when a channel is flat, as in a plain picture.
const RIDGE: f64 = 1e-4;

/// Makes a preview after every step, at latent size.
pub(in crate::pipeline) struct Previews {
    projection: Projection,
    /// Scaling factor of the latents.
    scaling: f32,
}

impl Previews {
    /// Fits the colour map to the picture and its unscaled latent `[c, h, w]`.
    pub(in crate::pipeline) fn fit(
        frame: &Picture,
        latents: &[f32],
        [h, w]: [usize; 2],
        scaling: f32,
    ) -> Self {
        Self {
            projection: Projection::fit(frame, latents, h, w),
            scaling,
        }
    }
}

impl Hook for Previews {
    fn after_step(&mut self, done: &mut AfterStep<'_>) -> Result<(), GenerateError> {
        done.preview = match done.estimate.where_computed() {
            Values::Host(values) => self.projection.frames(values, self.scaling),
            Values::Device(tensor) => self
                .projection
                .frames_on_device(tensor.as_ref().clone(), self.scaling)
                .map_err(|reason| GenerateError::DeviceFailed {
                    place: done.estimate.name().to_owned(),
                    reason,
                })?,
        };
        Ok(())
    }
}

/// A linear map from latent channels to red, green and blue.
struct Projection {
    /// `[3][channels + 1]`; the last column is the constant.
    rows: [Vec<f64>; 3],
    channels: usize,
    h: usize,
    w: usize,
}

impl Projection {
    /// Fits the map on the picture's own latent `[c, h, w]` (unscaled) and its averaged pixels.
    fn fit(frame: &Picture, latents: &[f32], h: usize, w: usize) -> Self {
        let pixels = h * w;
        let channels = latents.len() / pixels.max(1);
        let colours = averaged(frame, h, w);
        let unknowns = channels + 1;
        let value = |channel: usize, pixel: usize| {
            if channel == channels {
                1.0
            } else {
                f64::from(latents[channel * pixels + pixel])
            }
        };
        let mut normal = vec![vec![0.0; unknowns]; unknowns];
        let mut right = [(); 3].map(|()| vec![0.0; unknowns]);
        for (pixel, colour) in colours.iter().enumerate() {
            for a in 0..unknowns {
                let va = value(a, pixel);
                for (b, cell) in normal[a].iter_mut().enumerate() {
                    *cell += va * value(b, pixel);
                }
                for (right, shade) in right.iter_mut().zip(colour) {
                    right[a] += va * shade;
                }
            }
        }
        for (a, row) in normal.iter_mut().enumerate() {
            row[a] += RIDGE * (row[a] + 1.0);
        }
        Self {
            rows: right.map(|right| solved(normal.clone(), right)),
            channels,
            h,
            w,
        }
    }

    /// Like [`Projection::frames`], on the device that holds the latents.
    fn frames_on_device(&self, latents: Tensor<4>, scaling: f32) -> Result<Vec<Frame>, String> {
        let rows = self.rows.clone().map(|row| {
            let (constant, factors) = row.split_last().unwrap_or((&0.0, &[]));
            let scaled = factors.iter().map(|factor| factor / f64::from(scaling));
            let row = scaled.chain([*constant]);
            row.map(|factor| factor as f32).collect()
        });
        let bytes = latent_preview(latents, &rows)?;
        Ok(frames_of_rgba(&bytes, self.h, self.w))
    }

    /// Scaled latents `[f, c, h, w]` as frames of `w × h` pixels.
    fn frames(&self, latents: &[f32], scaling: f32) -> Vec<Frame> {
        let pixels = self.h * self.w;
        let size = self.channels * pixels;
        (0..latents.len() / size.max(1))
            .map(|f| {
                let latent = &latents[f * size..(f + 1) * size];
                let mut rgb = Vec::with_capacity(pixels * 3);
                for pixel in 0..pixels {
                    for row in &self.rows {
                        let sum: f64 = (0..self.channels)
                            .map(|c| row[c] * f64::from(latent[c * pixels + pixel] / scaling))
                            .sum();
                        rgb.push((sum + row[self.channels]).round().clamp(0.0, 255.0) as u8);
                    }
                }
                Frame {
                    width: self.w as u32,
                    height: self.h as u32,
                    rgb: rgb.into(),
                }
            })
            .collect()
    }
}

/// The mean colour of the pixels under each latent pixel, `[h·w][3]`.
fn averaged(frame: &Picture, h: usize, w: usize) -> Vec<[f64; 3]> {
    let (width, height) = (frame.width as usize, frame.height as usize);
    let (cell_w, cell_h) = ((width / w.max(1)).max(1), (height / h.max(1)).max(1));
    let mut out = vec![[0.0; 3]; h * w];
    for (index, cell) in out.iter_mut().enumerate() {
        let (top, left) = (index / w * cell_h, index % w * cell_w);
        for y in top..top + cell_h {
            for x in left..left + cell_w {
                let at = (y * width + x) * 3;
                for (sum, &byte) in cell.iter_mut().zip(&frame.rgb[at..at + 3]) {
                    *sum += f64::from(byte) / (cell_w * cell_h) as f64;
                }
            }
        }
    }
    out
}

/// Solves a small symmetric positive-definite system by elimination with pivoting.
fn solved(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for column in 0..n {
        let pivot = (column..n)
            .max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs()))
            .unwrap_or(column);
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let pivot_row = matrix[column].clone();
        for row in column + 1..n {
            let factor = matrix[row][column] / pivot_row[column];
            for (cell, above) in matrix[row].iter_mut().zip(&pivot_row).skip(column) {
                *cell -= factor * above;
            }
            right[row] -= factor * right[column];
        }
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|c| matrix[row][c] * right[c]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Latents that are an exact linear image of the colours must reproduce the colours.
    #[test]
    fn a_linear_vae_is_previewed_exactly() {
        let (w, h) = (6usize, 5usize);
        let rgb: Vec<u8> = (0..w * h * 3).map(|i| (i * 37 % 251) as u8).collect();
        let frame = Picture {
            width: w as u32,
            height: h as u32,
            rgb: rgb.clone(),
        };
        let mix = [
            [0.01f32, 0.0, 0.0],
            [0.004, -0.008, 0.0],
            [0.0, 0.002, 0.012],
        ];
        let mut latents = Vec::new();
        for row in mix {
            for pixel in rgb.chunks(3) {
                let sum: f32 = pixel.iter().zip(row).map(|(&p, m)| f32::from(p) * m).sum();
                latents.push(sum - 1.0);
            }
        }
        let projection = Projection::fit(&frame, &latents, h, w);
        let shown = projection.frames(&latents, 1.0);
        for (found, expected) in shown[0].rgb.iter().zip(&rgb) {
            // The regularisation pulls colours towards the mean by at most a level or two.
            assert!(found.abs_diff(*expected) <= 2, "{found} for {expected}");
        }
    }
}
