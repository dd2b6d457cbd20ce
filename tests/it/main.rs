//! All tests of the public interface, in one binary, because linking dominates the build time.

#![cfg(test)]
#![allow(
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "tables of cases are long and wide; a name for each type would hide them"
)]

mod animatediff;
mod architecture;
mod camera;
mod checkpoint;
mod cli;
mod devices;
mod discrete;
mod engine;
mod export;
#[cfg(feature = "gui")]
mod fuzz;
#[cfg(feature = "gui")]
mod ghost;
#[cfg(feature = "export")]
mod heif;
#[cfg(feature = "hub")]
mod hub;
mod kernels;
mod lora_files;
mod measure;
mod media;
mod memory;
mod model;
mod motion;
mod noise;
mod painted;
mod pipeline;
mod plan;
mod products;
mod sampler;
mod shaders;
mod skip;
#[cfg(all(feature = "gui", target_os = "linux"))]
mod smoke;
mod still;
#[cfg(feature = "gui")]
mod studio;
mod support;
mod takes;
mod tokens;
