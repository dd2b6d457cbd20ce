//! The tensors of a network that a LoRA can change, under every name that a file may use.
//!
//! kohya's names replace dots with underscores, which cannot be undone. Therefore all names of the network are
//! converted in the same way, and the file's names are looked up among them.

use std::collections::HashMap;

use super::side::Side;
use crate::checkpoint::config::MotionVersion;
use crate::checkpoint::expected_tensors::ExpectedTensors;

/// Names and shapes of the tensors of a network, and of the text tower of a model that has one, indexed by diffusers' and
/// by the original names.
#[derive(Debug, Clone)]
pub struct Targets {
    /// Shape by diffusers' name.
    shapes: HashMap<String, Vec<usize>>,
    /// diffusers' module by any of its names, with underscores for dots.
    modules: HashMap<String, String>,
    /// The version of its motion modules, if it has any.
    motion: Option<MotionVersion>,
}

impl Targets {
    /// Targets from the tensors that a network expects, by diffusers' names; `original` gives the name of a tensor in
    /// the original layout, if it has one.
    #[must_use]
    pub fn new(expected: &ExpectedTensors, original: impl Fn(&str) -> Option<String>) -> Self {
        let mut targets = Self {
            shapes: expected.iter().cloned().collect(),
            modules: HashMap::new(),
            motion: None,
        };
        targets.index(expected, original);
        targets
    }

    /// The same with the motion modules of a network.
    #[must_use]
    pub fn with_motion(
        mut self,
        expected: &ExpectedTensors,
        original: impl Fn(&str) -> Option<String>,
        version: MotionVersion,
    ) -> Self {
        self.shapes.extend(expected.iter().cloned());
        self.index(expected, original);
        self.motion = Some(version);
        self
    }

    /// The version of the network's motion modules, if it has any.
    #[must_use]
    pub fn motion(&self) -> Option<MotionVersion> {
        self.motion
    }

    fn index(&mut self, expected: &ExpectedTensors, original: impl Fn(&str) -> Option<String>) {
        for (name, _) in expected {
            self.add(name, name);
            if let Some(original) = original(name) {
                self.add(&original, name);
            }
        }
    }

    /// The same with the tensors of a text tower, which files spell with or without the level `text_model`.
    ///
    /// The names of a tower differ from those of a UNet, so both can be in one table.
    #[must_use]
    pub fn with_text(mut self, expected: &ExpectedTensors) -> Self {
        for (name, shape) in expected {
            self.shapes.insert(name.clone(), shape.clone());
            self.add(name, name);
            self.add(&format!("text_model.{name}"), name);
        }
        self
    }

    fn add(&mut self, alias: &str, name: &str) {
        // A bias is found through its module's weight.
        if name.ends_with(".bias") {
            return;
        }
        let module = name.strip_suffix(".weight").unwrap_or(name);
        let short = alias.strip_suffix(".weight").unwrap_or(alias);
        let mut aliases = vec![alias, short];
        aliases.extend(
            short
                .strip_suffix(".to_out.0")
                .map(|_| &short[..short.len() - 2]),
        );
        for alias in aliases {
            self.modules
                .insert(alias.replace('.', "_"), module.to_owned());
        }
    }

    /// The tensor that a file's module refers to: its name in diffusers, and its shape.
    #[must_use]
    pub fn find(&self, module: &str, side: Side) -> Option<(String, &[usize])> {
        let module = self.modules.get(&module.replace('.', "_"))?;
        let names = match side {
            Side::Weight => [format!("{module}.weight"), module.clone()],
            Side::Bias => [format!("{module}.bias"), String::new()],
        };
        let name = names
            .into_iter()
            .find(|name| self.shapes.contains_key(name))?;
        let shape = self.shapes.get(&name)?;
        Some((name, shape))
    }
}
