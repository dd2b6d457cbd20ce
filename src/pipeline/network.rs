//! The networks of a pipeline, each in memory only while it works.

use serde::{Serialize, Serializer};

use super::observer::Stage;

/// One network of a pipeline. A family that has others names them beside its story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    /// For programs.
    id: &'static str,
    /// For people.
    title: &'static str,
    stage: Stage,
    /// What it does, as part of a sentence.
    task: &'static str,
}

impl Network {
    /// The CLIP vision tower.
    pub const IMAGE_ENCODER: Self = Self {
        id: "image_encoder",
        title: "image encoder",
        stage: Stage::Encode,
        task: "encoding the picture",
    };
    /// The autoencoder's first half.
    pub const VAE_ENCODER: Self = Self {
        id: "vae_encoder",
        title: "VAE encoder",
        stage: Stage::Encode,
        task: "encoding the picture",
    };
    /// The UNet.
    pub const UNET: Self = Self {
        id: "unet",
        title: "UNet",
        stage: Stage::Denoise,
        task: "denoising",
    };
    /// The autoencoder's second half.
    pub const VAE_DECODER: Self = Self {
        id: "vae_decoder",
        title: "VAE decoder",
        stage: Stage::Decode,
        task: "decoding the frames",
    };

    /// Its name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.title
    }

    /// The stage in which it works.
    #[must_use]
    pub fn stage(self) -> Stage {
        self.stage
    }

    /// What it does, as part of a sentence: `encoding the picture`.
    #[must_use]
    pub fn task(self) -> &'static str {
        self.task
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id)
    }
}
