//! The recipe of a take, and its format in files.
//!
//! A recipe says what was actually done, not what was requested: size, seed, steps, the device used. It
//! names pictures, models and LoRAs by name and fingerprint and never by path, because clips are shared.
//! `library::sources` finds what it names.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::camera_report::CameraReport;
use super::first_frame::FirstFrame;
use super::generate::GenerateRequest;
use super::named::{Named, last_part};
use super::named_lora::{NamedLora, WrittenLora};
use super::prompt::Prompt;
use crate::error::{TakeError, excerpt};
use crate::media::fit::Fit;

/// The format version that this version of Kinora writes. The first one had paths instead of names with
/// fingerprints, and no early end.
const FORM: u32 = 2;
/// The format version of recipes with a guide or a curve, which earlier versions would silently ignore.
const GUIDED_FORM: u32 = 3;
/// The format version of recipes of clips made from words, which earlier versions would take for recipes without a
/// picture, and of recipes whose guide has a painted mask, or is firm.
const LATEST_FORM: u32 = 4;

/// A picture that a recipe names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPicture {
    /// Name and fingerprint.
    pub named: Named,
    /// Width and height in pixels, if known.
    pub size: Option<[u32; 2]>,
    /// sRGB colour behind its transparent parts.
    pub matte: [u8; 3],
}

/// The part of a take that a clip shows, unless it is every frame unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// The take's frames in the clip's order, counted from zero.
    pub frames: Vec<usize>,
    /// Width and height of the clip, in pixels.
    pub size: [u32; 2],
    /// The encoder's quality setting; `None` for the best.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<String>,
}

/// Everything needed to make a take again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Recipe {
    /// Version of Kinora that made it.
    pub kinora: String,
    /// The model.
    pub model: Named,
    /// The motion modules that were added to the model.
    pub motion_module: Option<Named>,
    /// What the clip shows, if it was made from words.
    pub prompt: Option<Prompt>,
    /// The picture; `None` if it had no name, or there was none.
    pub picture: Option<NamedPicture>,
    /// How the picture was made, if it was made from words together with the take.
    pub first_frame: Option<FirstFrame>,
    /// How the picture was fitted to the frame.
    pub fit: Fit,
    /// sRGB colour around a padded picture.
    pub matte: [u8; 3],
    /// LoRAs and their strengths.
    pub loras: Vec<NamedLora>,
    /// All other settings, as they were used.
    pub request: GenerateRequest,
    /// The device and number format that computed it.
    pub device: String,
    /// What was asked of the camera, and what it does in the finished frames; `None` if they were not measured.
    pub camera: Option<CameraReport>,
    /// Which part of the take the file with this recipe shows; `None` if it shows every frame unchanged.
    pub excerpt: Option<Excerpt>,
}

impl Recipe {
    /// Reads the recipe of the take at `path` from the comment in its file. All readers of takes use this.
    ///
    /// # Errors
    /// [`TakeError::NoRecipe`] if there is none, [`TakeError::NewerRecipe`] if a later version of Kinora wrote it in a
    /// format that this one does not know, [`TakeError::BadRecipe`] for anything else.
    pub fn read(path: &Path, comment: Option<&str>) -> Result<Self, TakeError> {
        // Other programs write comments too; only Kinora's contain its version.
        let value = comment.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let Some((version, value)) =
            value.and_then(|value| Some((value.get("kinora")?.as_str()?.to_owned(), value)))
        else {
            let path = path.to_path_buf();
            return Err(TakeError::NoRecipe { path });
        };
        let form = value.get("recipe").and_then(Value::as_u64);
        let newer = form.is_some_and(|form| form > u64::from(LATEST_FORM));
        let read = if newer {
            None
        } else {
            Some(serde_json::from_value(value))
        };
        match read {
            Some(Ok(recipe)) => Ok(recipe),
            Some(Err(error)) if !is_later(&version) => Err(TakeError::BadRecipe {
                reason: excerpt(format!("{error}; written by Kinora {version}")),
                path: path.to_path_buf(),
            }),
            _ => Err(TakeError::NewerRecipe {
                version: excerpt(version),
                path: path.to_path_buf(),
            }),
        }
    }

    /// Number of frames of a clip with this recipe, and their width and height.
    #[must_use]
    pub fn shape(&self) -> (usize, [usize; 2]) {
        let request = &self.request;
        match &self.excerpt {
            Some(shown) => (shown.frames.len(), shown.size.map(|side| side as usize)),
            None => (request.frames, [request.width, request.height]),
        }
    }

    /// Whether all steps of the schedule were done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.request.stop_after.is_none()
    }
}

/// Whether a version is later than this one.
fn is_later(version: &str) -> bool {
    let parts = |version: &str| -> Option<Vec<u64>> {
        let plain = version.split(['-', '+']).next()?;
        plain.split('.').map(|part| part.parse().ok()).collect()
    };
    parts(version).is_some_and(|version| parts(env!("CARGO_PKG_VERSION")) < Some(version))
}

/// A recipe as stored in a file.
#[derive(Clone, Serialize, Deserialize)]
struct Written {
    kinora: String,
    #[serde(default)]
    recipe: u32,
    model: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model_fingerprint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    motion_module: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    motion_module_fingerprint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prompt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    negative: Option<String>,
    picture: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    picture_fingerprint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    picture_size: Option<[u32; 2]>,
    /// Only if it differs from `matte`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    picture_matte: Option<[u8; 3]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_frame: Option<FirstFrame>,
    fit: Fit,
    matte: [u8; 3],
    loras: Vec<WrittenLora>,
    request: GenerateRequest,
    device: String,
    #[serde(
        default,
        deserialize_with = "CameraReport::lenient",
        skip_serializing_if = "Option::is_none"
    )]
    camera: Option<CameraReport>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    excerpt: Option<Excerpt>,
}

impl From<Written> for Recipe {
    fn from(written: Written) -> Self {
        let picture = written.picture.map(|name| NamedPicture {
            named: Named::of(&name).known_by(written.picture_fingerprint),
            size: written.picture_size,
            matte: written.picture_matte.unwrap_or(written.matte),
        });
        Self {
            kinora: written.kinora,
            model: Named::of(&written.model).known_by(written.model_fingerprint),
            motion_module: written
                .motion_module
                .map(|name| Named::of(&name).known_by(written.motion_module_fingerprint)),
            prompt: written.prompt.map(|text| Prompt {
                text,
                negative: written.negative.unwrap_or_default(),
            }),
            picture,
            first_frame: written.first_frame,
            fit: written.fit,
            matte: written.matte,
            loras: written.loras.into_iter().map(Into::into).collect(),
            request: GenerateRequest {
                guide: written
                    .request
                    .guide
                    .filter(|guide| !guide.motion.is_empty()),
                ..written.request
            },
            device: written.device,
            camera: written.camera,
            excerpt: written.excerpt,
        }
    }
}

impl From<Recipe> for Written {
    fn from(recipe: Recipe) -> Self {
        // Whatever the name was, no folder leaves this machine.
        let name = |named: &Named| last_part(&named.name).to_owned();
        let picture = recipe.picture.as_ref();
        let curved = recipe.loras.iter().any(|lora| lora.curve.is_some());
        let guide = recipe.request.guide.as_ref();
        let module = recipe.motion_module.as_ref();
        let negative = recipe.prompt.as_ref().map(|prompt| prompt.negative.clone());
        Self {
            recipe: match guide {
                _ if recipe.prompt.is_some() => LATEST_FORM,
                Some(guide) if guide.motion.is_painted() || guide.levels.firm => LATEST_FORM,
                Some(_) => GUIDED_FORM,
                None if curved || recipe.first_frame.is_some() => GUIDED_FORM,
                None => FORM,
            },
            motion_module: module.map(&name),
            motion_module_fingerprint: module.and_then(|module| module.fingerprint.clone()),
            negative: negative.filter(|negative| !negative.is_empty()),
            prompt: recipe.prompt.map(|prompt| prompt.text),
            model: name(&recipe.model),
            model_fingerprint: recipe.model.fingerprint.clone(),
            picture: picture.map(|picture| name(&picture.named)),
            picture_fingerprint: picture.and_then(|picture| picture.named.fingerprint.clone()),
            picture_size: picture.and_then(|picture| picture.size),
            picture_matte: picture
                .map(|picture| picture.matte)
                .filter(|matte| *matte != recipe.matte),
            first_frame: recipe.first_frame,
            fit: recipe.fit,
            matte: recipe.matte,
            loras: recipe.loras.into_iter().map(Into::into).collect(),
            kinora: recipe.kinora,
            request: recipe.request,
            device: recipe.device,
            camera: recipe.camera,
            excerpt: recipe.excerpt,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A recipe of the first form, with a picture at this path.
    fn first_form(picture: &str) -> Value {
        serde_json::json!({
            "kinora": "0.1.0", "model": "/models/svd xt/", "picture": picture, "fit": "crop",
            "matte": [1, 2, 3], "device": "CPU, f32",
            "loras": [{ "name": "C:\\moves\\sway.safetensors", "strength": 0.5 }],
            "request": {
                "width": 64, "height": 40, "frames": 2, "steps": 6, "fps": "7", "fps_id": 6.0,
                "motion_bucket": 40.0, "noise_aug": 0.02, "sampler": "euler", "sigmas": "karras",
                "guidance": { "min": 1.0, "max": 1.0, "shape": "linear" }, "seed": 7,
                "decode_chunk": 2
            }
        })
    }

    fn read(value: &Value) -> Result<Recipe, TakeError> {
        Recipe::read(Path::new("a film.mp4"), Some(&value.to_string()))
    }

    #[test]
    fn places_of_the_first_form_are_known_and_never_written() {
        let recipe = read(&first_form("/home/artist/a sea.jpg")).unwrap();
        let picture = recipe.picture.clone().unwrap();
        assert_eq!(picture.named.name, "a sea.jpg");
        assert_eq!(
            picture.named.place.as_deref(),
            Some(Path::new("/home/artist/a sea.jpg"))
        );
        assert_eq!(
            (picture.named.fingerprint, picture.matte),
            (None, [1, 2, 3])
        );
        assert_eq!(recipe.model.name, "svd xt");
        assert_eq!(recipe.loras[0].named.stem(), "sway");
        assert!(recipe.is_complete());
        let written = serde_json::to_value(&recipe).unwrap();
        assert!(!written.to_string().contains(['/', '\\']), "{written}");
        assert_eq!(written["recipe"], FORM);
        let again = read(&written).unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), written);
        // Saved pictures have their fingerprint in the name.
        let kept = read(&first_form("/p/pictures/sample-0123456789abcdef.png")).unwrap();
        let fingerprint = kept.picture.unwrap().named.fingerprint;
        assert_eq!(fingerprint.as_deref(), Some("0123456789abcdef"));
    }

    #[test]
    fn an_early_end_and_an_excerpt_are_recorded() {
        let mut recipe = read(&first_form("sea.jpg")).unwrap();
        recipe.request.stop_after = Some(2);
        recipe.excerpt = Some(Excerpt {
            frames: vec![1, 0, 1],
            size: [32, 20],
            quality: Some("Small".to_owned()),
        });
        let written = serde_json::to_value(&recipe).unwrap();
        assert_eq!(written["request"]["steps"], 6);
        assert_eq!(written["request"]["stop_after"], 2);
        let again = read(&written).unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), written);
        assert!(!again.is_complete());
        assert_eq!(again.shape(), (3, [32, 20]));
    }

    #[test]
    fn a_report_on_the_camera_is_kept_and_never_refuses_a_take() {
        let mut value = first_form("sea.jpg");
        let total = serde_json::json!({
            "pan": 0.5, "tilt": 0.0, "zoom": 0.0, "roll": 0.0, "inliers": 1.0, "residual": 0.0
        });
        let asked = serde_json::json!({ "pan": 0.5, "tilt": 0.0, "zoom": 0.0, "roll": 0.0 });
        let report = serde_json::json!({
            "asked": asked, "measured": total, "move": "pan-left", "purity": 1.0
        });
        value["camera"] = report.clone();
        let recipe = read(&value).unwrap();
        assert_eq!(serde_json::to_value(&recipe).unwrap()["camera"], report);
        // Of a later version, or damaged.
        for (field, other) in [("move", "truck-left".into()), ("purity", 1e99.into())] {
            value["camera"] = report.clone();
            value["camera"][field] = other;
            let recipe = read(&value).unwrap();
            assert_eq!(recipe.camera, None);
            assert!(
                serde_json::to_value(&recipe)
                    .unwrap()
                    .get("camera")
                    .is_none()
            );
        }
    }

    #[test]
    fn there_are_three_errors_for_unreadable_recipes() {
        let none = |text: Option<&str>| Recipe::read(Path::new("x"), text);
        for text in [None, Some("a comment"), Some("{}"), Some("{\"kinora\":1}")] {
            assert!(
                matches!(none(text), Err(TakeError::NoRecipe { .. })),
                "{text:?}"
            );
        }
        let mut value = first_form("sea.jpg");
        value["request"]["steps"] = "many".into();
        assert!(matches!(read(&value), Err(TakeError::BadRecipe { .. })));
        for version in ["0.2.0", "0.10", "1.0.0-rc.1"] {
            value["kinora"] = version.into();
            assert!(
                matches!(read(&value), Err(TakeError::NewerRecipe { .. })),
                "{version}"
            );
        }
        for version in ["0.1.0", "0.0.9", "test"] {
            value["kinora"] = version.into();
            assert!(
                matches!(read(&value), Err(TakeError::BadRecipe { .. })),
                "{version}"
            );
        }
        let mut value = first_form("sea.jpg");
        value["recipe"] = (LATEST_FORM + 1).into();
        assert!(matches!(read(&value), Err(TakeError::NewerRecipe { .. })));
        // A later version that kept the format can be read.
        value["recipe"] = FORM.into();
        value["kinora"] = "9.0.0".into();
        assert!(read(&value).is_ok());
    }
}
