//! Kinora turns a still picture into a moving shot with Stable Video Diffusion.
//!
//! Rooms, from the ground up; imports go downwards only (`tests/it/architecture.rs` keeps it):
//!
//! | room | owns |
//! | --- | --- |
//! | [`error`] | every sentence a user can meet when something fails |
//! | [`media`] | pictures, frames, rates: pixels and time |
//! | [`checkpoint`] | weight files and LoRAs by name |
//! | [`sampler`] | noise, schedules, samplers, guidance: numbers only |
//! | [`request`] | what to generate, checked |
//! | [`kernels`] | our own operations: WGSL on adapters, vectors on the processor |
//! | [`model`] | the networks |
//! | [`pipeline`] | encode, denoise, decode, as one story |
//! | [`engine`] | the thread that owns device and models; trust in devices |
//! | [`export`] | frames to files |
//! | `hub` | models from their public hub |
//! | [`cli`] | the command line |
//! | `app`, `ui` | the studio window |

#[cfg(feature = "gui")]
pub mod app;
pub mod checkpoint;
pub mod cli;
pub mod engine;
pub mod error;
pub mod export;
#[cfg(feature = "hub")]
pub mod hub;
pub mod kernels;
pub mod media;
pub mod model;
pub mod pipeline;
pub mod request;
pub mod sampler;
#[cfg(feature = "gui")]
pub mod ui;
