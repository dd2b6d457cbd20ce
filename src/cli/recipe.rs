//! The recipe in a take, for rendering it again.
//!
//! Finds the sources that a recipe names, or uses those given on the command line, and finds the device
//! that it describes. Must not render.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::Reproduce;
use super::failure::Failure;
use super::progress::Progress;
use crate::checkpoint::Checkpoint;
use crate::engine::device::adapters::adapters;
use crate::engine::protocol::StillOrder;
use crate::error::{TakeError, excerpt};
use crate::export::{open_known_picture, open_picture};
use crate::library::Library;
use crate::library::sources::{FoundPicture, FoundWeights, Sources};
use crate::media::picture::{Picture, Reading};
use crate::media::progress::PictureWatch;
use crate::motion::MotionPictures;
use crate::request::{DevicePreference, FirstFrame, LoraChoice, Named, Precision, Recipe};

/// What recipes call the CPU.
const CPU: &str = "CPU";

/// The sources of a recipe on this machine.
pub(super) struct Ingredients<'a> {
    arguments: &'a Reproduce,
    recipe: &'a Recipe,
    library: &'a Library,
    sources: Sources<'a>,
}

impl<'a> Ingredients<'a> {
    pub(super) fn new(arguments: &'a Reproduce, recipe: &'a Recipe, library: &'a Library) -> Self {
        Self {
            arguments,
            recipe,
            library,
            sources: Sources::new(library, Some(&arguments.take)),
        }
    }

    fn take(&self) -> PathBuf {
        self.arguments.take.clone()
    }

    /// The model with its motion modules, its name in the library, and the name of the modules.
    pub(super) fn model(
        &self,
        progress: &mut Progress,
    ) -> Result<(Checkpoint, String, Option<String>), Failure> {
        let named = &self.recipe.model;
        let found = match &self.arguments.model {
            Some(name) => name.clone(),
            None => {
                let gone = || TakeError::ModelGone {
                    name: excerpt(&named.name),
                    path: self.take(),
                };
                let found = self.sources.model(named).ok_or_else(gone);
                found.map_err(Failure::failed)?.name
            }
        };
        let checkpoint = self.library.model(&found).map_err(Failure::failed)?;
        checkpoint.require_supported().map_err(Failure::failed)?;
        if !is(named, &checkpoint.fingerprint()) {
            warn_of_another(progress, "model", &found);
        }
        let Some(named) = &self.recipe.motion_module else {
            return Ok((checkpoint, found, None));
        };
        let name = self.motion_module(named)?;
        let module = self.library.motion_module(&name).map_err(Failure::failed)?;
        if !is(named, &module.fingerprint()) {
            warn_of_another(progress, "motion module", &name);
        }
        let animated = checkpoint.with_motion_module(module);
        Ok((animated.map_err(Failure::failed)?, found, Some(name)))
    }

    /// The name or path of the motion modules.
    fn motion_module(&self, named: &Named) -> Result<String, Failure> {
        if let Some(name) = &self.arguments.motion_module {
            return Ok(name.clone());
        }
        let gone = || TakeError::MotionModuleGone {
            name: excerpt(&named.name),
            path: self.take(),
        };
        let found = self.sources.motion_module(named).ok_or_else(gone);
        Ok(found.map_err(Failure::failed)?.name)
    }

    /// The LoRAs in the recipe's order. A LoRA given on the command line replaces the one with its
    /// fingerprint or its name; any other given one replaces one that is not found.
    pub(super) fn loras(&self, progress: &mut Progress) -> Result<Vec<LoraChoice>, Failure> {
        let wanted = &self.recipe.loras;
        let mut given = Vec::new();
        for path in &self.arguments.lora {
            let name = path.display().to_string();
            let lora = self.library.lora(&name).map_err(Failure::failed)?;
            given.push((name, lora.name, lora.fingerprint));
        }
        if given.len() > wanted.len() {
            return Err(Failure::failed(TakeError::TooManyLoras {
                count: wanted.len(),
                given: given.len(),
                path: self.take(),
            }));
        }
        let mut chosen = Vec::new();
        for lora in wanted {
            let named = &lora.named;
            let same = |(_, _, print): &(_, _, String)| named.fingerprint.as_ref() == Some(print);
            let called = |(_, stem, _): &(_, String, _)| named.stem() == stem;
            let fitting = given.iter().position(same);
            let fitting = fitting.or_else(|| given.iter().position(called));
            let mine = fitting.map(|at| given.remove(at));
            chosen.push(mine.map(|(name, _, print)| FoundWeights {
                same: is(named, &print),
                name,
            }));
        }
        let mut rest = given.into_iter().map(|(name, ..)| name);
        let mut all = Vec::new();
        for (lora, chosen) in wanted.iter().zip(chosen) {
            let found = chosen.or_else(|| self.sources.lora(&lora.named));
            let last = || {
                let name = rest.next()?;
                Some(FoundWeights { name, same: false })
            };
            let Some(found) = found.or_else(last) else {
                return Err(Failure::failed(TakeError::LoraGone {
                    name: excerpt(&lora.named.name),
                    path: self.take(),
                }));
            };
            if !found.same {
                warn_of_another(progress, "LoRA", &found.name);
            }
            all.push(LoraChoice {
                name: found.name,
                strength: lora.strength,
                curve: lora.curve.clone(),
            });
        }
        Ok(all)
    }

    /// The picture, its file, and its name in a recipe.
    pub(super) fn picture(
        &self,
        progress: &mut Progress,
    ) -> Result<(FoundPicture, Option<String>), Failure> {
        let wanted = self.recipe.picture.as_ref();
        let Some(path) = &self.arguments.image else {
            let wanted = wanted.ok_or_else(|| TakeError::NoPicture { path: self.take() });
            let wanted = wanted.map_err(Failure::failed)?;
            let gone = || TakeError::PictureGone {
                name: excerpt(&wanted.named.name),
                path: self.take(),
            };
            let found = self.sources.picture(wanted).ok_or_else(gone);
            return Ok((
                found.map_err(Failure::failed)?,
                Some(wanted.named.name.clone()),
            ));
        };
        let known = wanted.and_then(|wanted| wanted.named.fingerprint.as_deref());
        let picture = open_known_picture(path, self.matte(), known, PictureWatch::none());
        let picture = picture.map_err(Failure::failed)?;
        let same = wanted.is_none_or(|wanted| is(&wanted.named, &picture.fingerprint()));
        if !same {
            warn_of_another(progress, "picture", &path.display().to_string());
        }
        let name = wanted.filter(|_| same);
        Ok((
            FoundPicture {
                picture,
                path: Some(std::path::absolute(path).unwrap_or_else(|_| path.clone())),
            },
            name.map(|wanted| wanted.named.name.clone()),
        ))
    }

    /// The order that makes the picture from words again, if it was made that way and no other picture is
    /// given. Without its model or a LoRA, the picture itself will do, where it is found.
    pub(super) fn first_frame(
        &self,
        progress: &mut Progress,
    ) -> Result<Option<StillOrder>, Failure> {
        let (Some(made), None) = (&self.recipe.first_frame, &self.arguments.image) else {
            return Ok(None);
        };
        match still_order(made, &self.sources, (&self.arguments.take, None), progress) {
            Err(_) if self.has_picture() => Ok(None),
            order => order.map(Some),
        }
    }

    /// Whether the recipe names a picture that is on this machine.
    fn has_picture(&self) -> bool {
        let wanted = self.recipe.picture.as_ref();
        wanted.is_some_and(|wanted| self.sources.picture(wanted).is_some())
    }

    /// The pixels of the masks and reference frames that the recipe's guide names.
    pub(super) fn motion_pictures(&self) -> Result<MotionPictures, Failure> {
        let mut pictures = MotionPictures::default();
        let Some(guide) = &self.recipe.request.guide else {
            return Ok(pictures);
        };
        let given = opened(&self.arguments.mask);
        for named in guide.motion.pictures() {
            let same = |(picture, _): &&(Arc<Picture>, PathBuf)| {
                picture.fingerprint() == named.fingerprint
            };
            let found = given.iter().find(same);
            let found = found.map(|(picture, path)| (Arc::clone(picture), Some(path.clone())));
            let found = found.or_else(|| {
                let found = self.sources.motion_picture(&guide.motion, named)?;
                Some((Arc::new(found.picture), found.path))
            });
            let gone = || TakeError::MaskGone {
                name: excerpt(&named.name),
                path: self.take(),
            };
            let (picture, path) = found.ok_or_else(gone).map_err(Failure::failed)?;
            pictures.add(&named.name, picture, path);
        }
        Ok(pictures)
    }

    /// Colour under the picture's transparent parts.
    pub(super) fn matte(&self) -> [u8; 3] {
        let picture = self.recipe.picture.as_ref();
        picture.map_or(self.recipe.matte, |picture| picture.matte)
    }
}

/// The order that makes a picture from words again. `take` is the file that it is made for; the model may be given.
pub(super) fn still_order(
    made: &FirstFrame,
    sources: &Sources<'_>,
    (take, model): (&Path, Option<&str>),
    progress: &mut Progress,
) -> Result<StillOrder, Failure> {
    let model = match model {
        Some(given) => given.to_owned(),
        None => {
            let gone = || TakeError::ModelGone {
                name: excerpt(&made.model.name),
                path: take.to_owned(),
            };
            let found = sources.model(&made.model).ok_or_else(gone);
            let found = found.map_err(Failure::failed)?;
            if !found.same {
                warn_of_another(progress, "first-frame model", &found.name);
            }
            found.name
        }
    };
    let mut loras = Vec::new();
    for lora in &made.loras {
        let gone = || TakeError::LoraGone {
            name: excerpt(&lora.named.name),
            path: take.to_owned(),
        };
        let found = sources.lora(&lora.named).ok_or_else(gone);
        let found = found.map_err(Failure::failed)?;
        if !found.same {
            warn_of_another(progress, "first-frame LoRA", &found.name);
        }
        loras.push(LoraChoice {
            name: found.name,
            strength: lora.strength,
            curve: lora.curve.clone(),
        });
    }
    let (device, precision) = place(&made.device);
    Ok(StillOrder {
        model,
        prompt: made.prompt.clone(),
        draft: made.request.draft(),
        loras,
        device,
        precision,
        dump: None,
    })
}

/// The pictures in some files and folders; anything that is not a picture is skipped.
fn opened(places: &[PathBuf]) -> Vec<(Arc<Picture>, PathBuf)> {
    let files = places.iter().flat_map(|place| {
        let inside = std::fs::read_dir(place).into_iter().flatten().flatten();
        let inside = inside.map(|entry| entry.path());
        std::iter::once(place.clone()).chain(inside)
    });
    files
        .filter(|path| path.is_file())
        .filter_map(|path| {
            let picture = open_picture(&path, [0; 3], Reading::AsStored, PictureWatch::none());
            let picture = picture.ok()?;
            Some((
                Arc::new(picture),
                std::path::absolute(&path).unwrap_or(path),
            ))
        })
        .collect()
}

/// Whether this is the fingerprint of the named thing; true if the recipe has no fingerprint of it.
fn is(named: &Named, print: &String) -> bool {
    named
        .fingerprint
        .as_ref()
        .is_none_or(|named| named == print)
}

fn warn_of_another(progress: &mut Progress, what: &str, name: &str) {
    progress.warning(&format!(
        "this is not the {what} that the take was made with, so the frames will differ: {name}"
    ));
}

/// The device and precision that a recipe states if this machine has them, otherwise `auto`.
pub(super) fn place(device: &str) -> (DevicePreference, Precision) {
    let elsewhere = (DevicePreference::Auto, Precision::Auto);
    // A GPU's name may contain a comma itself.
    let Some((name, precision)) = device.rsplit_once(", ") else {
        return elsewhere;
    };
    let Ok(precision) = precision.parse() else {
        return elsewhere;
    };
    if name == CPU {
        return (DevicePreference::Cpu, precision);
    }
    let known = adapters();
    let adapter = known.iter().find(|adapter| adapter.info.name == name);
    adapter.map_or(elsewhere, |adapter| {
        (DevicePreference::Gpu(Some(adapter.index)), precision)
    })
}
