//! Pictures from words: which models make them, and the settings of the next ones.

use crate::app::command::words::{WordsQuality, WordsShape};
use crate::app::state::Studio;
use crate::app::state::models::{EntryState, ModelEntry, ModelReport};
use crate::app::state::words::{CANDIDATES, WordsRequest};
use crate::engine::forecast::Forecast;
use crate::engine::protocol::Stage;
use crate::error::Hinted as _;
use crate::request::{Defaults, RequestDraft, Source, Steps};

/// Models with at most this many steps were distilled to few of them.
const FEW_STEPS: usize = 4;
/// Steps of a distilled model for each quality.
const DISTILLED: [usize; 3] = [1, 2, 4];
/// Sides are multiples of this, in pixels, so that every level of the network has whole pixels.
const SIDE_STEP: usize = 64;
/// Longest name that is made from a prompt, in characters.
const LONGEST_NAME: usize = 48;

impl Studio {
    /// The models that make pictures from words.
    pub fn words_models(&self) -> impl Iterator<Item = (&ModelEntry, &ModelReport)> {
        let entries = self.runtime.model_shelf.entries.iter();
        entries.filter_map(|entry| match &entry.state {
            EntryState::Usable(report) if report.defaults.rules.source == Source::Words => {
                Some((entry, &**report))
            }
            _ => None,
        })
    }

    /// The models that make takes, including those that are not inspected yet or cannot be used.
    pub fn take_models(&self) -> impl Iterator<Item = &ModelEntry> {
        let entries = self.runtime.model_shelf.entries.iter();
        entries.filter(|entry| match &entry.state {
            EntryState::Usable(report) => report.defaults.rules.source == Source::Picture,
            EntryState::Modules(_) => false,
            EntryState::Opening | EntryState::Broken(_) | EntryState::Missing => true,
        })
    }

    /// The chosen one of them, or else the first.
    #[must_use]
    pub fn words_model(&self) -> Option<(&ModelEntry, &ModelReport)> {
        let chosen = self.session.words.model.as_ref();
        let mut models = self.words_models();
        let found = models.find(|(entry, _)| Some(&entry.name) == chosen);
        found.or_else(|| self.words_models().next())
    }

    /// Width and height of the next pictures from words with these defaults, in pixels.
    #[must_use]
    pub fn words_size(&self, defaults: &Defaults) -> (usize, usize) {
        let ratio = match self.session.words.shape {
            WordsShape::Frame => self.settings().map_or(16.0 / 9.0, |settings| {
                settings.size.0 as f64 / settings.size.1 as f64
            }),
            WordsShape::Wide => 16.0 / 9.0,
            WordsShape::Square => 1.0,
            WordsShape::Tall => 9.0 / 16.0,
        };
        size_of(ratio, defaults)
    }

    /// What the next pictures from words are made with; `None` without a model.
    #[must_use]
    pub fn words_request(&self) -> Option<WordsRequest> {
        let (entry, report) = self.words_model()?;
        let form = &self.session.words;
        let defaults = &report.defaults;
        let (width, height) = self.words_size(defaults);
        let steps = steps_of(form.quality, defaults);
        let mut prompt = form.prompt.clone();
        if !defaults.guidance.is_active() {
            // Without guidance nothing reads it.
            prompt.negative.clear();
        }
        Some(WordsRequest {
            model: entry.name.clone(),
            prompt,
            draft: RequestDraft {
                width: Some(width),
                height: Some(height),
                steps: steps.map(Steps::Count),
                ..RequestDraft::default()
            },
        })
    }

    /// Why no pictures can be made from words for now, in one sentence; `None` if they can.
    #[must_use]
    pub fn words_obstacle(&self) -> Option<String> {
        let request = self.words_request()?;
        if request.prompt.text.trim().is_empty() {
            return Some("Write a prompt that describes the picture".to_owned());
        }
        request.prompt.check().err().map(|error| error.in_window())
    }

    /// Whether four pictures can be requested now.
    #[must_use]
    pub fn can_make_pictures(&self) -> bool {
        let ready = self.words_request().is_some() && self.words_obstacle().is_none();
        ready && !self.runtime.words.is_busy()
    }

    /// How far the pictures that are being made are, in a few words; `None` if none is.
    #[must_use]
    pub fn words_progress(&self) -> Option<String> {
        let words = &self.runtime.words;
        if !words.is_busy() {
            return None;
        }
        let Some(job) = &words.job else {
            let taken = self.running().is_some();
            let waiting = "Waiting for the running take to finish";
            return Some(if taken { waiting } else { "Starting…" }.to_owned());
        };
        if job.stopping {
            return Some("Stopping…".to_owned());
        }
        let number = CANDIDATES.saturating_sub(words.waiting());
        let doing = match (job.stage, job.steps) {
            (None | Some(Stage::Load), _) => "loading the weights".to_owned(),
            (Some(Stage::Encode), _) => "encoding the prompt".to_owned(),
            (Some(Stage::Denoise), (0, _)) => "denoising, first step".to_owned(),
            (Some(Stage::Denoise), (done, steps)) => format!("denoising, step {done} of {steps}"),
            (Some(Stage::Decode), _) => "decoding".to_owned(),
        };
        Some(format!("Picture {number} of {CANDIDATES}: {doing}"))
    }

    /// The part of the four pictures that is made, from 0 to 1.
    #[must_use]
    pub fn words_fraction(&self) -> f32 {
        let words = &self.runtime.words;
        let made = CANDIDATES.saturating_sub(words.waiting() + usize::from(words.is_making()));
        let job = words.job.as_ref();
        let part = job.map_or(0.0, |job| job.steps.0 as f32 / job.steps.1.max(1) as f32);
        (made as f32 + part) / CANDIDATES as f32
    }

    /// Estimated seconds until the pictures that are being made are finished; or those of the next four.
    #[must_use]
    pub fn words_seconds(&self) -> Option<f64> {
        let words = &self.runtime.words;
        let forecast = words.forecast.latest.as_ref();
        let forecast = forecast.filter(|_| !words.forecast.waiting);
        let forecast = forecast.and_then(Forecast::seconds);
        if !words.is_busy() {
            return forecast.map(|each| each * CANDIDATES as f64);
        }
        let each = words.seconds.or(forecast)?;
        let spent = words.job.as_ref().map_or(0.0, |job| {
            self.runtime.now.saturating_sub(job.began).as_secs_f64()
        });
        let made = usize::from(words.is_making());
        Some(((words.waiting() + made) as f64 * each - spent).max(0.0))
    }
}

/// The steps for a quality; `None` for the model's own.
#[must_use]
pub fn steps_of(quality: WordsQuality, defaults: &Defaults) -> Option<usize> {
    let own = defaults.steps;
    if own <= FEW_STEPS {
        let [draft, standard, fine] = DISTILLED;
        return Some(match quality {
            WordsQuality::Draft => draft,
            WordsQuality::Standard => standard,
            WordsQuality::Fine => fine,
        });
    }
    match quality {
        WordsQuality::Draft => Some(own.div_ceil(2)),
        WordsQuality::Standard => None,
        WordsQuality::Fine => Some(2 * own),
    }
}

/// A size of this shape, width to height, with about as many pixels as the model was made for.
fn size_of(ratio: f64, defaults: &Defaults) -> (usize, usize) {
    let (width, height) = (defaults.width, defaults.height);
    let multiple = defaults.rules.size_multiple.max(1);
    // Models for research may be smaller than a step.
    let step = match width.min(height) {
        ..256 => multiple,
        _ => SIDE_STEP.next_multiple_of(multiple),
    };
    let pixels = (width * height) as f64;
    let side = |length: f64| ((length / step as f64).round() as usize).max(1) * step;
    (side((pixels * ratio).sqrt()), side((pixels / ratio).sqrt()))
}

/// A name for a picture made from this prompt: its first words.
#[must_use]
pub fn name_of(prompt: &str) -> String {
    // A name with a separator would be taken for a path.
    let plain = prompt.replace(['/', '\\'], " ");
    let words: Vec<&str> = plain.split_whitespace().collect();
    let words = words.join(" ");
    if words.is_empty() {
        return "Picture from words".to_owned();
    }
    if words.chars().count() <= LONGEST_NAME {
        return words;
    }
    let cut: String = words.chars().take(LONGEST_NAME).collect();
    let whole = cut
        .rsplit_once(' ')
        .map_or(cut.as_str(), |(whole, _)| whole);
    format!("{whole}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::rate::Rate;
    use crate::request::Rules;
    use crate::sampler::Guidance;

    fn defaults(side: usize, steps: usize) -> Defaults {
        Defaults {
            width: side,
            height: side,
            frames: 1,
            steps,
            fps: Rate { num: 1, den: 1 },
            motion_bucket: 0.0,
            noise_aug: 0.0,
            guidance: Guidance {
                min: 7.5,
                max: 7.5,
                shape: Default::default(),
            },
            sampler: Default::default(),
            rules: Rules::any(8),
        }
    }

    #[test]
    fn sizes_have_the_shape_and_about_the_pixels_of_the_model() {
        let sd = defaults(512, 25);
        assert_eq!(size_of(1.0, &sd), (512, 512));
        assert_eq!(size_of(16.0 / 9.0, &sd), (704, 384));
        assert_eq!(size_of(9.0 / 16.0, &sd), (384, 704));
        assert_eq!(size_of(16.0 / 9.0, &defaults(768, 25)), (1024, 576));
        assert_eq!(size_of(16.0 / 9.0, &defaults(32, 25)), (40, 24));
        assert_eq!(size_of(1e6, &defaults(32, 25)).1, 8);
    }

    #[test]
    fn a_distilled_model_stays_at_few_steps() {
        let of = |steps| {
            let all = [
                WordsQuality::Draft,
                WordsQuality::Standard,
                WordsQuality::Fine,
            ];
            all.map(|quality| steps_of(quality, &defaults(512, steps)))
        };
        assert_eq!(of(1), [Some(1), Some(2), Some(4)]);
        assert_eq!(of(25), [Some(13), None, Some(50)]);
    }

    #[test]
    fn a_picture_is_named_after_the_first_words() {
        assert_eq!(name_of("  a boat\n at/sea "), "a boat at sea");
        assert_eq!(name_of(" \t"), "Picture from words");
        let long = name_of(&"lantern ".repeat(20));
        assert_eq!(long, "lantern lantern lantern lantern lantern lantern…");
        assert!(name_of(&"é".repeat(60)).chars().count() <= LONGEST_NAME + 1);
    }
}
