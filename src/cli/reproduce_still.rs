//! `kinora reproduce` of a picture from words: made again from its recipe, and compared.

use std::path::Path;

use super::arguments::Reproduce;
use super::comparison::Comparison;
use super::engine_job::EngineJobs;
use super::failure::Failure;
use super::generate::stop_on_ctrl_c;
use super::progress::Progress;
use super::recipe::still_order;
use crate::engine::protocol::Still;
use crate::export::{self, Metadata};
use crate::library::Library;
use crate::library::sources::Sources;
use crate::media::frame::Frame;
use crate::media::picture::Picture;
use crate::request::StillRecipe;

/// The recipe of the picture from words at `path`, if it is one.
pub(super) fn still_recipe(path: &Path) -> Option<StillRecipe> {
    let text = export::read_recipe_text(path).ok()??;
    StillRecipe::read(&text)
}

/// Makes the picture again, writes it if requested, and says how much it differs.
pub(super) fn reproduce_still(arguments: &Reproduce, recipe: &StillRecipe) -> Result<(), Failure> {
    let path = &arguments.take;
    let old = Picture::open(path, [0; 3]).map_err(Failure::failed)?;
    let mut progress = Progress::new(false);
    if old.fingerprint() != recipe.fingerprint {
        progress.warning("the pixels of this picture have changed since it was made");
    }
    let library = Library::of_user();
    let sources = Sources::new(&library, Some(path));
    let given = arguments.model.as_deref();
    let order = still_order(&recipe.made, &sources, (path, given), &mut progress)?;
    let stopped = stop_on_ctrl_c()?;
    let mut jobs = EngineJobs::start(library.clone(), &stopped)?;
    let still = jobs.still(order, &mut progress)?;
    if still.made.device != recipe.made.device {
        progress.warning(&format!(
            "this picture was made on {}, but now {} is used; the new picture may differ a little",
            recipe.made.device, still.made.device
        ));
    }
    if let Some(output) = &arguments.output {
        write(&still, output)?;
    }
    println!("{}: {}", path.display(), verdict(&old, &still.frame));
    Ok(())
}

/// Writes a picture from words as a PNG with its recipe.
pub(super) fn write(still: &Still, output: &Path) -> Result<(), Failure> {
    let fingerprint = Picture::from(&still.frame).fingerprint();
    let recipe = StillRecipe::new(still.made.clone(), fingerprint);
    let metadata = Metadata::of_still(&recipe).map_err(Failure::other)?;
    export::write_frame_file(&still.frame, output, &metadata).map_err(Failure::failed)
}

/// The difference in words.
fn verdict(old: &Picture, new: &Frame) -> String {
    let (width, height) = (new.width, new.height);
    if (old.width, old.height) != (width, height) {
        return format!("different size: the recipe makes a picture of {width}×{height}");
    }
    let mut comparison = Comparison::default();
    comparison.add(&old.clone().into(), new);
    match comparison.squares {
        0 => "identical".to_owned(),
        _ => format!("PSNR {:.2} dB", comparison.psnr()),
    }
}
