//! `kinora fetch`: a model from the public hub, without the window.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::arguments::Fetch;
use super::failure::Failure;
use crate::error::{Hinted as _, HubError};
use crate::hub::{Ended, FetchControl, FetchProgress, Hub, Offer, Repo, TokenStore};
use crate::library::Library;

const MIB: u64 = 1 << 20;

pub(super) fn run(arguments: &Fetch) -> Result<(), Failure> {
    let repo: Repo = arguments
        .repository
        .parse()
        .map_err(Failure::bad_argument)?;
    let library = Library::of_user();
    let data = library.data_folder().ok_or(HubError::NoPlace);
    let models = data.map_err(Failure::failed)?.join("models");
    let hub = Hub::of_environment(TokenStore::of_user().read());
    let offer = hub.look(&repo).map_err(Failure::failed)?;
    println!("{}\n", offer.terms.trim_end());
    println!(
        "{}: {} MiB in {} files, licence {}",
        offer.repo,
        offer.bytes().div_ceil(MIB),
        offer.files.len(),
        offer.licence
    );
    if !arguments.accept_licence && !accepted(&offer)? {
        println!("Nothing was fetched.");
        return Ok(());
    }
    let ended = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&ended);
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed)).map_err(Failure::other)?;
    let mut line = Line::default();
    let control = FetchControl {
        ended: &|| ended.load(Ordering::Relaxed),
        progress: &mut |progress| line.show(progress),
    };
    let fetched = hub.fetch(&offer, &models, control);
    line.end();
    match fetched.map_err(Failure::failed)? {
        Ended::Whole(path) => {
            println!("{}", path.display());
            Ok(())
        }
        Ended::Early => Err(Failure::Interrupted),
    }
}

/// Asks the person at the terminal; terms cannot be accepted without one.
fn accepted(offer: &Offer) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::other(
            "the licence must be accepted before anything is fetched; read it above and add \
             --accept-licence",
        ));
    }
    print!("Do you accept the licence of {}? Type yes: ", offer.repo);
    std::io::stdout().flush().map_err(Failure::other)?;
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(Failure::other)?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}

/// A line of progress, rewritten in place; only on a terminal.
#[derive(Default)]
struct Line {
    shown: String,
}

impl Line {
    fn show(&mut self, progress: FetchProgress<'_>) {
        if !std::io::stderr().is_terminal() {
            return;
        }
        let words = match progress.waiting {
            Some(error) => format!("waiting: {}", error.on_command_line()),
            None => format!(
                "{} of {} MiB  {}",
                progress.done / MIB,
                progress.total.div_ceil(MIB),
                progress.file
            ),
        };
        if words != self.shown {
            let width = self.shown.chars().count();
            eprint!("\r{words:width$}");
            self.shown = words;
        }
    }

    fn end(&self) {
        if !self.shown.is_empty() {
            eprintln!();
        }
    }
}
