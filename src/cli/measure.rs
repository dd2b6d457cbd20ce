//! `kinora measure`: what the camera does in a clip.

use std::fmt;
use std::ops::ControlFlow;

use super::arguments::Measure;
use super::failure::Failure;
use crate::error::ClipError;
use crate::export;
use crate::measure::{Measured, Measurer, Pair, Preset, SMALLEST};
use crate::media::rate::Rate;
use crate::request::Recipe;

/// Frames per second of a folder of pictures that does not say.
const USUAL_RATE: f64 = 24.0;

pub(super) fn run(arguments: &Measure) -> Result<(), Failure> {
    let measured = measured(arguments).map_err(Failure::failed)?;
    if arguments.json {
        let line = serde_json::to_string(&measured).map_err(Failure::other)?;
        println!("{line}");
    } else {
        println!("{}", Words(&measured));
    }
    Ok(())
}

fn measured(arguments: &Measure) -> Result<Measured, ClipError> {
    let path = arguments.clip.as_path();
    let mut measurer = Measurer::new(Preset::Medium);
    let mut frames = 0_usize;
    let mut too_small = None;
    let header = export::visit_clip(path, &mut |frame| {
        if !Measurer::can_measure(frame.width, frame.height) {
            too_small = Some((frame.width, frame.height));
            return ControlFlow::Break(());
        }
        frames += 1;
        measurer.add(&frame);
        ControlFlow::Continue(())
    })?;
    if let Some((width, height)) = too_small {
        return Err(ClipError::TooSmall {
            width,
            height,
            least: SMALLEST,
            path: path.to_path_buf(),
        });
    }
    if frames < 2 {
        let path = path.to_path_buf();
        return Err(ClipError::SingleFrame { path });
    }
    // A folder of a take says its rate only in the recipe.
    let recipe = || Recipe::read(path, header.comment.as_deref()).ok();
    let rate = header.rate.or_else(|| Some(recipe()?.request.fps));
    Ok(measurer.finish(rate.map_or(USUAL_RATE, Rate::as_f64)))
}

/// What was measured, for people.
struct Words<'a>(&'a Measured);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Measured {
            pairs,
            total,
            name,
            purity,
        } = self.0;
        writeln!(f, "{}, purity {purity:.2}", name.name())?;
        writeln!(
            f,
            "{:<8}{:>9}{:>9}{:>9}{:>9}{:>9}{:>12}",
            "frames", "pan %", "tilt %", "zoom %", "roll °", "inliers", "residual %"
        )?;
        let mut row = |label: &str, end: &str, pair: &Pair| {
            write!(
                f,
                "{label:<8}{:>9.2}{:>9.2}{:>9.2}{:>9.2}{:>9.2}{:>12.3}{end}",
                100.0 * pair.pan,
                100.0 * pair.tilt,
                100.0 * pair.zoom.exp_m1(),
                pair.roll,
                pair.inliers,
                100.0 * pair.residual,
            )
        };
        for (index, pair) in pairs.iter().enumerate() {
            row(&format!("{index}–{}", index + 1), "\n", pair)?;
        }
        row("all", "", total)
    }
}
