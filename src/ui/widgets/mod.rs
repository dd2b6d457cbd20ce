//! The controls that panels consist of.

mod action;
mod axis_row;
mod button;
mod bytes;
mod card;
mod context_menu;
mod curve;
mod duration;
mod elided;
mod grip;
mod keyframe_lane;
mod memory;
mod move_glyph;
mod name_field;
mod progress;
mod setting;
mod sheet;
mod spoken;
mod strength;

pub(super) use super::style::icon::{Icon, paint as paint_icon, text as icon_text};
pub(super) use action::{action_icon, hint, menu_entry, worded_action, worded_width};
pub(super) use axis_row::{AxisAttention, AxisChange, AxisEnd, AxisRow};
pub(super) use button::{
    checkbox, choice, drop_down, focus_ring, icon_button, icon_menu, main_button, quiet_button,
    text_button,
};
pub(super) use bytes::in_bytes;
pub(super) use card::{Section, chip, chip_width, key_cap, steady};
pub(super) use context_menu::{context_menu, entry_about};
pub(super) use curve::{Curve, CurveHandle};
pub(super) use duration::duration;
pub(super) use elided::{elided, elided_end};
pub(super) use grip::Grip;
pub(super) use keyframe_lane::{KeyframeLane, LaneChange, paint_keyframe, pressed_delete};
pub(super) use memory::memory_bar;
pub(super) use name_field::{Renamed, name_field};
pub(super) use progress::{bar, phases};
pub(super) use setting::{
    Change, SettingRow, at_right, heading, heading_label, line, revert, row_label,
};
pub(super) use sheet::Sheet;
pub(super) use spoken::{Steps, bounded, spoken};
pub(super) use strength::{StrengthChange, StrengthRow};

use egui::{Response, Ui};

/// Gives a control the name that screen readers and tests use.
pub(super) fn name(ui: &Ui, response: &Response, name: &str) {
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_label(name));
}
