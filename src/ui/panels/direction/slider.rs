//! The sliders of a setting, as the table of settings describes them.

use egui::Ui;

use crate::app::Command;
use crate::app::query::setting::Setting;
use crate::app::query::settings::sliders;
use crate::project::direction::ResolvedDirection;
use crate::request::Defaults;
use crate::ui::view::View;
use crate::ui::widgets::SettingRow;

/// Draws the sliders of `setting`, with its value as a word if there is one, and sends what the artist chooses.
pub(super) fn setting_sliders(
    ui: &mut Ui,
    view: View<'_>,
    setting: Setting,
    word: &str,
    (settings, defaults): (&ResolvedDirection, &Defaults),
) {
    for slider in sliders(setting) {
        let row = SettingRow {
            name: slider.title(settings),
            help: slider.help,
            word,
            value: slider.value(settings),
            suggested: slider.default(settings, defaults),
            range: slider.range(settings, defaults),
            decimals: slider.decimals,
        };
        if let Some(change) = row.show(ui) {
            let choice = slider.choice(settings, defaults, change.value());
            view.send(Command::Direct(choice));
        }
    }
}
