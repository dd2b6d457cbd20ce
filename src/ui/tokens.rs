//! Every colour and size of the window, by role. Nothing else in this room may name one.
//!
//! Text on its ground keeps a contrast of at least 4.5:1 (WCAG 2.2, 1.4.3).

#![expect(
    clippy::disallowed_methods,
    reason = "this is the file of colours that the ban points to"
)]

use eframe::egui::Color32;

/// Behind everything: the stage.
pub(super) const GROUND: Color32 = Color32::from_rgb(0x12, 0x13, 0x15);
/// Panels around the stage.
pub(super) const PANEL: Color32 = Color32::from_rgb(0x1a, 0x1b, 0x1e);
/// Cards and fields on a panel.
pub(super) const RAISED: Color32 = Color32::from_rgb(0x26, 0x28, 0x2c);
/// A card or field under the pointer.
pub(super) const HOVERED: Color32 = Color32::from_rgb(0x31, 0x34, 0x39);
/// A card or field being pressed.
pub(super) const PRESSED: Color32 = Color32::from_rgb(0x3b, 0x3e, 0x44);
/// Fields to type in, rails of sliders and bars.
pub(super) const SUNKEN: Color32 = Color32::from_rgb(0x10, 0x11, 0x13);
/// Lines between panels.
pub(super) const LINE: Color32 = Color32::from_rgb(0x2b, 0x2d, 0x31);
/// Outlines that must be seen: drop zone, empty frame cells.
pub(super) const OUTLINE: Color32 = Color32::from_rgb(0x4a, 0x4e, 0x55);
/// Text.
pub(super) const TEXT: Color32 = Color32::from_rgb(0xea, 0xea, 0xec);
/// Text that explains: 6.6:1 on a panel.
pub(super) const TEXT_WEAK: Color32 = Color32::from_rgb(0xa2, 0xa7, 0xaf);
/// Text of what cannot be used now.
pub(super) const TEXT_OFF: Color32 = Color32::from_rgb(0x6d, 0x72, 0x7a);
/// The one colour that says: this, now.
pub(super) const ACCENT: Color32 = Color32::from_rgb(0xf0, 0xa8, 0x5b);
/// The accent under the pointer.
pub(super) const ACCENT_HOVERED: Color32 = Color32::from_rgb(0xf7, 0xba, 0x78);
/// The accent where it only hints: the filled part of a slider, a part of a bar that has begun.
pub(super) const ACCENT_DIM: Color32 = Color32::from_rgb(0xa8, 0x78, 0x46);
/// The accent as a ground for selected things.
pub(super) const ACCENT_GROUND: Color32 = Color32::from_rgb(0x46, 0x35, 0x22);
/// Text on the accent: 9:1.
pub(super) const ON_ACCENT: Color32 = Color32::from_rgb(0x1d, 0x13, 0x08);
/// Something did not work.
pub(super) const TROUBLE: Color32 = Color32::from_rgb(0xe9, 0x79, 0x6d);
/// Something to know.
pub(super) const CAUTION: Color32 = Color32::from_rgb(0xe3, 0xc4, 0x62);
/// Something went well.
pub(super) const GOOD: Color32 = Color32::from_rgb(0x7f, 0xc4, 0x98);
/// Over the parts of a picture that the model will not see.
pub(super) const SHADE: Color32 = Color32::from_rgba_premultiplied(0x0b, 0x0b, 0x0c, 0xb4);
/// Behind messages that float over the stage.
pub(super) const FLOATING: Color32 = Color32::from_rgb(0x22, 0x24, 0x28);
/// Pictures are drawn as they are.
pub(super) const UNTINTED: Color32 = Color32::WHITE;

/// Text that names a part of the window.
pub(super) const FONT_TITLE: f32 = 15.0;
/// Text.
pub(super) const FONT_BODY: f32 = 13.5;
/// Text that explains.
pub(super) const FONT_SMALL: f32 = 12.0;
/// The one large line of an empty stage.
pub(super) const FONT_LARGE: f32 = 21.0;

/// The unit of spacing; gaps are multiples of it.
pub(super) const GAP: f32 = 4.0;
/// Between things that belong together.
pub(super) const GAP_SMALL: f32 = 2.0 * GAP;
/// Around the contents of a panel.
pub(super) const GAP_PANEL: f32 = 4.0 * GAP;
/// Between groups.
pub(super) const GAP_GROUP: f32 = 5.0 * GAP;
/// Corners of cards, buttons and pictures.
pub(super) const RADIUS: u8 = 6;
/// Corners of rails and bars.
pub(super) const RADIUS_SMALL: u8 = 3;
/// Lines.
pub(super) const STROKE: f32 = 1.0;
/// Outlines of what is selected or under the playhead.
pub(super) const STROKE_BOLD: f32 = 2.0;

/// Height of the top bar.
pub(super) const TOP_BAR: f32 = 48.0;
/// Width of the shelf.
pub(super) const SHELF: f32 = 232.0;
/// Width of the direction panel.
pub(super) const DIRECTION: f32 = 304.0;
/// Height of the timeline.
pub(super) const TIMELINE: f32 = 148.0;
/// Height of a control.
pub(super) const CONTROL: f32 = 28.0;
/// Height of the one main button.
pub(super) const MAIN_BUTTON: f32 = 44.0;
/// Width of a number that can be typed.
pub(super) const NUMBER: f32 = 64.0;
/// Side of an icon.
pub(super) const ICON: f32 = 14.0;
/// Height of a progress bar.
pub(super) const BAR: f32 = 6.0;
/// Largest width of a message.
pub(super) const NOTICE: f32 = 380.0;
/// Smallest window that is usable.
pub(super) const WINDOW_MIN: [f32; 2] = [1024.0, 640.0];
/// The window at first.
pub(super) const WINDOW: [f32; 2] = [1440.0, 900.0];
