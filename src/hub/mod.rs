//! Models from a public hub: what a repository offers, and its files, complete and unchanged.
//!
//! Uses the API of the Hugging Face hub; `HF_ENDPOINT` names another host with the same API, which the
//! tests use. Nothing is fetched before the terms have been shown: [`Hub::look`] returns them in an
//! [`Offer`], which [`Hub::fetch`] requires. Knows only the names of a model's files, and nothing of the
//! window.

mod disk;
mod fetch;
mod offer;
mod repo;
mod token;
mod wire;

use std::time::Duration;

pub use fetch::{Ended, FetchControl, FetchProgress, destination, is_fetched};
pub use offer::{Offer, RemoteFile};
pub use repo::Repo;
pub use token::{Token, TokenStore};

/// Repositories that are suggested; any other in the same layout works too.
pub const OFFERED: [(&str, &str); 2] = [
    (
        "stabilityai/stable-video-diffusion-img2vid",
        "Stable Video Diffusion, 14 frames",
    ),
    (
        "stabilityai/stable-video-diffusion-img2vid-xt",
        "Stable Video Diffusion XT, 25 frames",
    ),
];

/// The repository of the model that most models for pictures are made from.
pub const STABLE_DIFFUSION_1: &str = "stable-diffusion-v1-5/stable-diffusion-v1-5";

/// Suggested repositories of models that make pictures from words.
pub const OFFERED_FOR_PICTURES: [(&str, &str); 2] = [
    (
        "stabilityai/sd-turbo",
        "SD-Turbo, pictures from words in 1 to 4 steps",
    ),
    (
        STABLE_DIFFUSION_1,
        "Stable Diffusion 1.5, pictures from words",
    ),
];

/// Suggested repositories of motion modules, which add motion to models made from Stable Diffusion 1.
pub const OFFERED_MOTION_MODULES: [(&str, &str); 2] = [
    (
        "guoyww/animatediff-motion-adapter-v1-5-2",
        "AnimateDiff v2, motion modules",
    ),
    (
        "guoyww/animatediff-motion-adapter-v1-5-3",
        "AnimateDiff v3, motion modules",
    ),
];

/// The public hub.
const PUBLIC: &str = "https://huggingface.co";

/// A hub, with the access token to use.
#[derive(Clone, Debug)]
pub struct Hub {
    base: String,
    token: Option<Token>,
    /// Wait before the first retry; doubled for each further one.
    first_wait: Duration,
}

impl Hub {
    /// The public hub, or the one that `HF_ENDPOINT` names.
    #[must_use]
    pub fn of_environment(token: Option<Token>) -> Self {
        let base = std::env::var("HF_ENDPOINT").unwrap_or_default();
        let base = if base.is_empty() { PUBLIC } else { &base };
        Self::at(base, token)
    }

    /// A hub at another address.
    #[must_use]
    pub fn at(base: &str, token: Option<Token>) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            token,
            first_wait: Duration::from_secs(1),
        }
    }

    /// The same, with another wait before the first retry.
    #[must_use]
    pub fn with_first_wait(self, first_wait: Duration) -> Self {
        Self { first_wait, ..self }
    }

    /// The page of a repository, where its terms are accepted.
    #[must_use]
    pub fn page(&self, repo: &Repo) -> String {
        format!("{}/{repo}", self.base)
    }
}
