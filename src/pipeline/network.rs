//! Names of the networks that pipelines run.

use serde::{Serialize, Serializer};

use super::observer::Stage;

/// A network that a pipeline runs. A family with further networks defines their constants beside its pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    /// Its name in JSON.
    id: &'static str,
    /// Its display name.
    title: &'static str,
    stage: Stage,
    /// What it does, as a phrase.
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
    /// The encoder of the VAE.
    pub const VAE_ENCODER: Self = Self {
        id: "vae_encoder",
        title: "VAE encoder",
        stage: Stage::Encode,
        task: "encoding the picture",
    };
    /// The CLIP text tower.
    pub const TEXT_ENCODER: Self = Self {
        id: "text_encoder",
        title: "text encoder",
        stage: Stage::Encode,
        task: "encoding the prompt",
    };
    /// The UNet.
    pub const UNET: Self = Self {
        id: "unet",
        title: "UNet",
        stage: Stage::Denoise,
        task: "denoising",
    };
    /// The decoder of the VAE.
    pub const VAE_DECODER: Self = Self {
        id: "vae_decoder",
        title: "VAE decoder",
        stage: Stage::Decode,
        task: "decoding the frames",
    };

    /// Its display name.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.title
    }

    /// The stage that runs it.
    #[must_use]
    pub fn stage(self) -> Stage {
        self.stage
    }

    /// What it does, as a phrase: `encoding the picture`.
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
