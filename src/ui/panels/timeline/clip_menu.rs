//! What can be done with a clip of the sequence.

use egui::Ui;

use crate::app::Command;
use crate::app::command::sequence::SequenceCommand;
use crate::project::sequence::{Clip, Span};
use crate::ui::input::action::Action;
use crate::ui::view::View;
use crate::ui::widgets::entry_about;

/// Shows the entries about a clip, which is selected.
pub(super) fn clip_menu(ui: &mut Ui, view: View<'_>, clip: &Clip, span: Span) {
    let show = Command::ShowTake(clip.source.take);
    entry_about(ui, view, ("Show the take", None), Some(show));
    ui.separator();
    let playhead = view.studio.playhead();
    let within = (span.start..span.end()).contains(&playhead);
    let split = Action::SplitClip.command(view.studio).filter(|_| within);
    let words = ("Split at the playhead", Some(Action::SplitClip));
    entry_about(ui, view, words, split);
    let remove = SequenceCommand::Remove(clip.id);
    let words = ("Remove from the sequence", Some(Action::RemoveClip));
    entry_about(ui, view, words, Some(Command::Sequence(remove)));
}
