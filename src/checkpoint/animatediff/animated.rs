//! A model for pictures together with motion modules.

use std::collections::BTreeMap;
use std::path::Path;

use super::kinds::{defaults, kind_of, schedule};
use super::module::MotionModule;
use super::names::{MARK, original};
use crate::checkpoint::config::{
    DiscreteSchedulerConfig, MotionConfig, MotionUnetConfig, Unet2dConfig,
};
use crate::checkpoint::defaults::ModelDefaults;
use crate::checkpoint::expected_tensors;
use crate::checkpoint::fingerprint::Print;
use crate::checkpoint::kind::Kind;
use crate::checkpoint::lora::Targets;
use crate::checkpoint::networks::Networks;
use crate::checkpoint::opened::Opened;
use crate::checkpoint::part_description::PartDescription;
use crate::checkpoint::parts::{Entry, Part};
use crate::error::CheckpointError;

/// A model whose UNet has motion modules. `B` are the parts of the model itself.
#[derive(Debug, Clone)]
pub struct Animated<B> {
    /// The parts of the model that makes pictures.
    pub base: B,
    /// The motion modules.
    pub motion: MotionModule,
    /// The schedule, if it is not the one of the model's folder.
    schedule: Option<DiscreteSchedulerConfig>,
}

impl<B> Animated<B> {
    /// The UNet with its motion modules, given that of the model.
    #[must_use]
    pub fn unet_with(&self, unet: &Part<Unet2dConfig>) -> Part<MotionUnetConfig> {
        let modules = self.motion.part.tensors.iter();
        let all = unet.tensors.iter().chain(modules);
        let all = all.map(|(name, entry)| (name.clone(), entry.clone()));
        let tensors: BTreeMap<String, Entry> = all.collect();
        Part {
            config: MotionUnetConfig {
                unet: unet.config.clone(),
                motion: self.motion.part.config.clone(),
            },
            tensors,
        }
    }

    /// The schedule to use instead of the one in the model's folder, if there is one.
    #[must_use]
    pub fn own_schedule(&self) -> Option<&DiscreteSchedulerConfig> {
        self.schedule.as_ref()
    }

    /// A model and modules from different files: the noise schedule and the defaults are AnimateDiff's.
    pub(in crate::checkpoint) fn joined(base: B, motion: MotionModule) -> Self {
        Self {
            schedule: Some(schedule(motion.lightning_steps())),
            base,
            motion,
        }
    }

    /// A model in whose folder the modules are.
    pub(in crate::checkpoint) fn in_folder(base: Opened<B>, motion: MotionModule) -> Opened<Self> {
        let config = &motion.part.config;
        let kind = kind_of(config);
        let defaults = defaults(&base.defaults, config, motion.lightning_steps());
        Opened {
            kind,
            defaults,
            ..base.map(|base| Self {
                base,
                motion,
                schedule: None,
            })
        }
    }

    /// The kind of this model.
    pub(in crate::checkpoint) fn kind(&self) -> Kind {
        kind_of(&self.motion.part.config)
    }

    /// The defaults of this model, given those of the base.
    pub(in crate::checkpoint) fn defaults(&self, base: &ModelDefaults) -> ModelDefaults {
        let motion = &self.motion;
        defaults(base, &motion.part.config, motion.lightning_steps())
    }
}

/// Why modules do not fit a model, if they do not.
fn misfit(base: &dyn Networks, config: &MotionConfig) -> Option<String> {
    let Some(unet) = base.picture_unet() else {
        return Some("the model does not make pictures from words".to_owned());
    };
    config.misfit(unet)
}

impl<B: Networks> Networks for Animated<B> {
    fn describe(&self) -> Vec<PartDescription> {
        let mut parts = self.base.describe();
        parts.push(self.motion.describe());
        parts
    }

    fn check(&self, kind: Kind, path: &Path) -> Result<(), CheckpointError> {
        self.base.check(kind, path)?;
        match misfit(&self.base, &self.motion.part.config) {
            None => Ok(()),
            Some(reason) => Err(CheckpointError::MotionModule {
                reason,
                path: self.motion.path.clone(),
            }),
        }
    }

    fn check_schedule(&self, path: &Path) -> Result<(), CheckpointError> {
        self.base.check_schedule(path)
    }

    fn is_named_few_step(&self, _path: &Path) -> bool {
        false
    }

    /// Modules from another file have their own fingerprint.
    fn fingerprint(&self, print: &mut Print) {
        self.base.fingerprint(print);
        if self.schedule.is_none() {
            self.motion.add_to(print);
        }
    }

    fn lora_targets(&self) -> Targets {
        let config = &self.motion.part.config;
        let expected = expected_tensors::motion_modules(config);
        self.base
            .lora_targets()
            .with_motion(&expected, original, config.version())
    }
}

/// Whether a tensor belongs to a motion module.
pub(super) fn is_of_module(name: &str) -> bool {
    name.contains(MARK)
}
