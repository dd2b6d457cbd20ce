//! Kinora turns a still picture into a moving shot with Stable Video Diffusion.
//!
//! `ARCHITECTURE.md` lists these rooms from the bottom up, with what each owns and may import; imports go downwards
//! only, which `tests/it/architecture.rs` checks.

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
pub mod library;
pub mod measure;
pub mod media;
pub mod model;
pub mod motion;
pub mod pipeline;
#[cfg(feature = "gui")]
pub mod project;
pub mod request;
pub mod sampler;
pub mod system;
#[cfg(feature = "gui")]
pub mod ui;
