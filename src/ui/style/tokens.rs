//! Every colour and size of the window, by role. No other file in `ui` may set one.
//!
//! Text has a contrast of at least 4.5:1 to its background (WCAG 2.2, 1.4.3).

#![expect(
    clippy::disallowed_methods,
    reason = "the lint allows colours in this file only"
)]

use std::ops::RangeInclusive;

use egui::{Color32, Context, Painter, Theme, Ui};

/// Every colour of one theme.
#[derive(Debug)]
pub(in crate::ui) struct Colours {
    /// Background of everything: the stage.
    pub(in crate::ui) ground: Color32,
    /// Panels around the stage.
    pub(in crate::ui) panel: Color32,
    /// Cards and fields on a panel.
    pub(in crate::ui) raised: Color32,
    /// A card or field under the pointer.
    pub(in crate::ui) hovered: Color32,
    /// A card or field being pressed.
    pub(in crate::ui) pressed: Color32,
    /// Text fields, and rails of sliders and bars.
    pub(in crate::ui) sunken: Color32,
    /// Lines between panels.
    pub(in crate::ui) line: Color32,
    /// Outlines that must be visible: drop zone, empty frame cells.
    pub(in crate::ui) outline: Color32,
    /// Text.
    pub(in crate::ui) text: Color32,
    /// Explanatory text: 6.6:1 on a panel.
    pub(in crate::ui) text_weak: Color32,
    /// Text of unavailable controls.
    pub(in crate::ui) text_off: Color32,
    /// The one colour that marks the current or selected thing.
    pub(in crate::ui) accent: Color32,
    /// The accent under the pointer.
    pub(in crate::ui) accent_hovered: Color32,
    /// A dimmed accent: the filled part of a slider, a part of a bar that has begun.
    pub(in crate::ui) accent_dim: Color32,
    /// The accent as a background for selected things.
    pub(in crate::ui) accent_ground: Color32,
    /// Text on the accent: 9:1.
    pub(in crate::ui) on_accent: Color32,
    /// A failure.
    pub(in crate::ui) trouble: Color32,
    /// A caution.
    pub(in crate::ui) caution: Color32,
    /// A success.
    pub(in crate::ui) good: Color32,
    /// Over the parts of a picture that the model will not see.
    pub(in crate::ui) shade: Color32,
    /// Behind messages that float over the stage.
    pub(in crate::ui) floating: Color32,
    /// Over the rest of the window while a sheet is open.
    pub(in crate::ui) backdrop: Color32,
    /// Tint that leaves pictures unchanged.
    pub(in crate::ui) untinted: Color32,
}

/// Light on dark.
pub(in crate::ui) static DARK: Colours = Colours {
    ground: Color32::from_rgb(0x12, 0x13, 0x15),
    panel: Color32::from_rgb(0x1a, 0x1b, 0x1e),
    raised: Color32::from_rgb(0x26, 0x28, 0x2c),
    hovered: Color32::from_rgb(0x31, 0x34, 0x39),
    pressed: Color32::from_rgb(0x3b, 0x3e, 0x44),
    sunken: Color32::from_rgb(0x10, 0x11, 0x13),
    line: Color32::from_rgb(0x2b, 0x2d, 0x31),
    outline: Color32::from_rgb(0x4a, 0x4e, 0x55),
    text: Color32::from_rgb(0xea, 0xea, 0xec),
    text_weak: Color32::from_rgb(0xa2, 0xa7, 0xaf),
    text_off: Color32::from_rgb(0x6d, 0x72, 0x7a),
    accent: Color32::from_rgb(0xf0, 0xa8, 0x5b),
    accent_hovered: Color32::from_rgb(0xf7, 0xba, 0x78),
    accent_dim: Color32::from_rgb(0xa8, 0x78, 0x46),
    accent_ground: Color32::from_rgb(0x46, 0x35, 0x22),
    on_accent: Color32::from_rgb(0x1d, 0x13, 0x08),
    trouble: Color32::from_rgb(0xf0, 0x86, 0x7a),
    caution: Color32::from_rgb(0xe3, 0xc4, 0x62),
    good: Color32::from_rgb(0x7f, 0xc4, 0x98),
    shade: Color32::from_rgba_premultiplied(0x0b, 0x0b, 0x0c, 0xb4),
    floating: Color32::from_rgb(0x22, 0x24, 0x28),
    backdrop: Color32::from_rgba_premultiplied(0, 0, 0, 0x8c),
    untinted: Color32::WHITE,
};

/// Dark on light.
pub(in crate::ui) static LIGHT: Colours = Colours {
    ground: Color32::from_rgb(0xdf, 0xe0, 0xe3),
    panel: Color32::from_rgb(0xf4, 0xf4, 0xf5),
    raised: Color32::from_rgb(0xe4, 0xe5, 0xe8),
    hovered: Color32::from_rgb(0xd8, 0xda, 0xde),
    pressed: Color32::from_rgb(0xc9, 0xcc, 0xd1),
    sunken: Color32::from_rgb(0xff, 0xff, 0xff),
    line: Color32::from_rgb(0xd6, 0xd7, 0xda),
    outline: Color32::from_rgb(0x97, 0x9b, 0xa2),
    text: Color32::from_rgb(0x18, 0x19, 0x1b),
    text_weak: Color32::from_rgb(0x50, 0x54, 0x5b),
    text_off: Color32::from_rgb(0x83, 0x88, 0x90),
    accent: Color32::from_rgb(0x86, 0x44, 0x00),
    accent_hovered: Color32::from_rgb(0x9a, 0x50, 0x02),
    accent_dim: Color32::from_rgb(0xd0, 0x9a, 0x5e),
    accent_ground: Color32::from_rgb(0xf3, 0xdc, 0xc0),
    on_accent: Color32::from_rgb(0xff, 0xff, 0xff),
    trouble: Color32::from_rgb(0xb0, 0x2a, 0x1e),
    caution: Color32::from_rgb(0x7a, 0x5a, 0x00),
    good: Color32::from_rgb(0x1d, 0x6b, 0x3b),
    shade: Color32::from_rgba_premultiplied(0x62, 0x63, 0x66, 0xb4),
    floating: Color32::from_rgb(0xf0, 0xf0, 0xf2),
    backdrop: Color32::from_rgba_premultiplied(0, 0, 0, 0x50),
    untinted: Color32::WHITE,
};

/// A colour that the artist chose, as red, green and blue.
pub(in crate::ui) fn opaque([red, green, blue]: [u8; 3]) -> Color32 {
    Color32::from_rgb(red, green, blue)
}

/// Something that is drawn in a theme.
pub(in crate::ui) trait Themed {
    /// The colours of its theme.
    fn colours(&self) -> &'static Colours;
}

impl Themed for Context {
    fn colours(&self) -> &'static Colours {
        match self.theme() {
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
        }
    }
}

impl Themed for Ui {
    fn colours(&self) -> &'static Colours {
        self.ctx().colours()
    }
}

impl Themed for Painter {
    fn colours(&self) -> &'static Colours {
        self.ctx().colours()
    }
}

/// Text that names a part of the window.
pub(in crate::ui) const FONT_TITLE: f32 = 15.0;
/// Text.
pub(in crate::ui) const FONT_BODY: f32 = 13.5;
/// Explanatory text.
pub(in crate::ui) const FONT_SMALL: f32 = 12.0;
/// Words at the ends of a slider.
pub(in crate::ui) const FONT_TINY: f32 = 10.5;
/// The one large line of an empty stage.
pub(in crate::ui) const FONT_LARGE: f32 = 21.0;

/// The unit of spacing; gaps are multiples of it.
pub(in crate::ui) const GAP: f32 = 4.0;
/// Between things that belong together.
pub(in crate::ui) const GAP_SMALL: f32 = 2.0 * GAP;
/// Around the contents of a panel.
pub(in crate::ui) const GAP_PANEL: f32 = 4.0 * GAP;
/// Between groups.
pub(in crate::ui) const GAP_GROUP: f32 = 5.0 * GAP;
/// Corner radius of cards, buttons and pictures.
pub(in crate::ui) const RADIUS: u8 = 6;
/// Corner radius of sheets.
pub(in crate::ui) const RADIUS_LARGE: u8 = 10;
/// Corner radius of rails and bars.
pub(in crate::ui) const RADIUS_SMALL: u8 = 3;
/// Width of lines.
pub(in crate::ui) const STROKE: f32 = 1.0;
/// Width of outlines around what is selected or under the playhead.
pub(in crate::ui) const STROKE_BOLD: f32 = 2.0;

/// Height of the top bar.
pub(in crate::ui) const TOP_BAR: f32 = 48.0;
/// Widths that the shelf can have.
pub(in crate::ui) const SHELF: RangeInclusive<f32> = 132.0..=420.0;
/// The largest share of a small window's width that the shelf takes.
pub(in crate::ui) const SHELF_SHARE: f32 = 0.23;
/// Widths that the direction panel can have.
pub(in crate::ui) const DIRECTION: RangeInclusive<f32> = 272.0..=440.0;
/// The largest share of a small window's width that the direction panel takes.
pub(in crate::ui) const DIRECTION_SHARE: f32 = 0.4;
/// Heights that the timeline can have.
pub(in crate::ui) const TIMELINE: RangeInclusive<f32> = 132.0..=360.0;
/// The largest share of a small window's height that the timeline takes.
pub(in crate::ui) const TIMELINE_SHARE: f32 = 0.3;
/// Height of a control.
pub(in crate::ui) const CONTROL: f32 = 28.0;
/// Height of the one main button.
pub(in crate::ui) const MAIN_BUTTON: f32 = 44.0;
/// Width of an editable number.
pub(in crate::ui) const NUMBER: f32 = 64.0;
/// Side of an icon.
pub(in crate::ui) const ICON: f32 = 18.0;
/// Side of an icon in a line of small text.
pub(in crate::ui) const ICON_SMALL: f32 = 14.0;
/// Height of a chip.
pub(in crate::ui) const CHIP: f32 = 22.0;
/// Height of a progress bar.
pub(in crate::ui) const BAR: f32 = 6.0;
/// Largest width of a message.
pub(in crate::ui) const NOTICE: f32 = 380.0;
/// Smallest window that is usable.
pub(in crate::ui) const WINDOW_MIN: [f32; 2] = [1024.0, 640.0];
/// Initial size of the window.
pub(in crate::ui) const WINDOW: [f32; 2] = [1440.0, 900.0];

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2).
    fn luminance(colour: Color32) -> f64 {
        let linear = |byte: u8| {
            let value = f64::from(byte) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        let [red, green, blue, _] = colour.to_array();
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_on_its_ground_and_outlines_can_be_seen() {
        for (theme, c) in [("dark", &DARK), ("light", &LIGHT)] {
            let grounds = [
                ("ground", c.ground),
                ("panel", c.panel),
                ("raised", c.raised),
                ("hovered", c.hovered),
                ("sunken", c.sunken),
                ("floating", c.floating),
            ];
            let inks = [
                ("text", c.text),
                ("text_weak", c.text_weak),
                ("accent", c.accent),
                ("trouble", c.trouble),
                ("caution", c.caution),
                ("good", c.good),
            ];
            for (ground, under) in grounds {
                for (ink, over) in inks {
                    let found = contrast(over, under);
                    // WCAG 2.2, 1.4.3: body text.
                    assert!(found >= 4.5, "{theme}: {ink} on {ground} is {found:.2}:1");
                }
            }
            for (name, over, under) in [
                ("text on pressed", c.text, c.pressed),
                ("text on selected", c.text, c.accent_ground),
                ("accent on selected", c.accent, c.accent_ground),
                ("main button", c.on_accent, c.accent),
                (
                    "main button under the pointer",
                    c.on_accent,
                    c.accent_hovered,
                ),
            ] {
                let found = contrast(over, under);
                assert!(found >= 4.5, "{theme}: {name} is {found:.2}:1");
            }
        }
    }
}
