//! Tokens into egui's style, once at the start.

use eframe::egui::{
    Context, CornerRadius, FontFamily, FontId, Margin, Stroke, Style, TextStyle, Theme, Vec2,
    Visuals, style::WidgetVisuals,
};

use super::tokens;

/// Gives every widget the window's looks.
pub(super) fn apply(ctx: &Context) {
    ctx.set_theme(Theme::Dark);
    ctx.all_styles_mut(|style| {
        spacing(style);
        style.visuals = visuals();
        let font = |size| FontId::new(size, FontFamily::Proportional);
        style.text_styles = [
            (TextStyle::Heading, font(tokens::FONT_TITLE)),
            (TextStyle::Body, font(tokens::FONT_BODY)),
            (TextStyle::Button, font(tokens::FONT_BODY)),
            (TextStyle::Small, font(tokens::FONT_SMALL)),
            (
                TextStyle::Monospace,
                FontId::new(tokens::FONT_SMALL, FontFamily::Monospace),
            ),
        ]
        .into();
        // Words belong to pictures and controls here; nobody selects a label.
        style.interaction.selectable_labels = false;
        style.interaction.tooltip_delay = 0.4;
    });
}

fn spacing(style: &mut Style) {
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(tokens::GAP_SMALL, tokens::GAP_SMALL);
    spacing.button_padding = Vec2::new(3.0 * tokens::GAP, tokens::GAP + 1.0);
    spacing.interact_size = Vec2::new(tokens::CONTROL, tokens::CONTROL);
    spacing.slider_rail_height = tokens::GAP;
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(12);
    spacing.icon_width = 16.0;
    spacing.scroll.floating = true;
}

fn visuals() -> Visuals {
    let mut visuals = Visuals::dark();
    visuals.panel_fill = tokens::PANEL;
    visuals.window_fill = tokens::FLOATING;
    visuals.window_stroke = Stroke::new(tokens::STROKE, tokens::OUTLINE);
    visuals.extreme_bg_color = tokens::SUNKEN;
    visuals.faint_bg_color = tokens::RAISED;
    visuals.weak_text_color = Some(tokens::TEXT_WEAK);
    visuals.warn_fg_color = tokens::CAUTION;
    visuals.error_fg_color = tokens::TROUBLE;
    visuals.hyperlink_color = tokens::ACCENT;
    visuals.selection.bg_fill = tokens::ACCENT_GROUND;
    visuals.selection.stroke = Stroke::new(tokens::STROKE, tokens::ACCENT);
    visuals.window_corner_radius = CornerRadius::same(tokens::RADIUS);
    visuals.menu_corner_radius = CornerRadius::same(tokens::RADIUS);
    visuals.slider_trailing_fill = true;
    visuals.indent_has_left_vline = false;

    let widget = |fill, text| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::NONE,
        corner_radius: CornerRadius::same(tokens::RADIUS),
        fg_stroke: Stroke::new(tokens::STROKE, text),
        expansion: 0.0,
    };
    let widgets = &mut visuals.widgets;
    widgets.noninteractive = WidgetVisuals {
        bg_stroke: Stroke::new(tokens::STROKE, tokens::LINE),
        ..widget(tokens::PANEL, tokens::TEXT)
    };
    widgets.inactive = widget(tokens::RAISED, tokens::TEXT);
    widgets.hovered = widget(tokens::HOVERED, tokens::TEXT);
    widgets.active = widget(tokens::PRESSED, tokens::TEXT);
    widgets.open = widget(tokens::HOVERED, tokens::TEXT);
    visuals
}
