//! The field in which something is renamed in its place.

use egui::text::CCursorRange;
use egui::text_edit::TextEditState;
use egui::{Event, Id, Key, Rect, TextEdit, Ui, pos2};

use super::name;

/// Width of the field.
const WIDTH: f32 = 180.0;
/// The longest name, in characters.
const LONGEST: usize = 80;

/// How renaming ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Renamed {
    /// With this name.
    To(String),
    /// With the name as it was.
    Cancelled,
}

/// A field over `at` with the name `before`, called `title` for screen readers. It has the focus from the start, with
/// the whole name selected; Enter and leaving it keep the name, Escape does not.
pub(in crate::ui) fn name_field(
    ui: &mut Ui,
    at: Rect,
    title: &str,
    before: &str,
) -> Option<Renamed> {
    let id = Id::unique(("name field", title));
    let selected = id.with("selected");
    let typed: Option<String> = ui.data(|data| data.get_temp(id));
    let opened = typed.is_none();
    let mut text = typed.unwrap_or_else(|| before.to_owned());
    let room = ui.max_rect();
    // Of a neighbour, all or nothing is covered.
    let width = match room.width() {
        narrow if narrow < 1.5 * WIDTH => narrow,
        _ => WIDTH,
    };
    let left = at.left().clamp(room.left(), room.right() - width);
    let rect = Rect::from_min_max(pos2(left, at.top()), pos2(left + width, at.bottom()));
    let field = TextEdit::singleline(&mut text)
        .id(id)
        .char_limit(LONGEST)
        .hint_text(title.to_owned());
    let response = ui.put(rect, field);
    name(ui, &response, title);
    let escaped = ui.input(|input| {
        let pressed = |event: &Event| {
            matches!(
                event,
                Event::Key {
                    key: Key::Escape,
                    ..
                }
            )
        };
        input.events.iter().any(pressed)
    });
    if opened || !response.lost_focus() {
        if opened {
            response.request_focus();
            response.scroll_to_me(None);
        }
        // A field without the focus has no selection, so the name is selected in the second frame.
        let ready = !opened && ui.data(|data| data.get_temp::<()>(selected)).is_none();
        if ready {
            let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
            let all = CCursorRange::select_all_str(&text);
            state.cursor.set_char_range(Some(all));
            state.store(ui.ctx(), id);
            ui.data_mut(|data| data.insert_temp(selected, ()));
        }
        ui.data_mut(|data| data.insert_temp(id, text));
        return None;
    }
    ui.data_mut(|data| {
        data.remove::<String>(id);
        data.remove::<()>(selected);
    });
    Some(if escaped {
        Renamed::Cancelled
    } else {
        Renamed::To(text)
    })
}
