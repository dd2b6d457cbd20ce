//! Applies the tokens to egui's style, once at the start.

use std::sync::Arc;

use egui::style::WidgetVisuals;
use egui::{
    Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, Style,
    TextStyle, Theme, ThemePreference, Vec2, Visuals,
};

use super::tokens::{self, Colours};
use crate::app::command::window::Theme as Preferred;
use crate::app::state::preferences::Preferences;

/// The font of body text.
const REGULAR: &str = "Inter";
static REGULAR_BYTES: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.otf");
/// The font of headings.
const STRONG: &str = "Inter SemiBold";
static STRONG_BYTES: &[u8] = include_bytes!("../../../assets/fonts/Inter-SemiBold.otf");

/// Gives every widget the window's look.
pub(in crate::ui) fn apply(ctx: &Context) {
    fonts(ctx);
    egui_material_icons::initialize(ctx);
    // Kinora sets the scale itself, in the settings.
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
    ctx.set_visuals_of(Theme::Dark, visuals(Visuals::dark(), &tokens::DARK));
    ctx.set_visuals_of(Theme::Light, visuals(Visuals::light(), &tokens::LIGHT));
    ctx.all_styles_mut(|style| {
        spacing(style);
        let font = |size| FontId::new(size, FontFamily::Proportional);
        style.text_styles = [
            (TextStyle::Heading, strong(tokens::FONT_TITLE)),
            (TextStyle::Body, font(tokens::FONT_BODY)),
            (TextStyle::Button, font(tokens::FONT_BODY)),
            (TextStyle::Small, font(tokens::FONT_SMALL)),
            (
                TextStyle::Monospace,
                FontId::new(tokens::FONT_SMALL, FontFamily::Monospace),
            ),
        ]
        .into();
        // A drag moves pictures and controls; it does not select the text of labels.
        style.interaction.selectable_labels = false;
        style.interaction.tooltip_delay = 0.4;
    });
}

/// Applies the artist's preferences.
pub(in crate::ui) fn follow(ctx: &Context, preferences: &Preferences) {
    let theme = match preferences.theme {
        Preferred::Dark => ThemePreference::Dark,
        Preferred::Light => ThemePreference::Light,
        Preferred::System => ThemePreference::System,
    };
    if ctx.options(|options| options.theme_preference) != theme {
        ctx.set_theme(theme);
    }
    let zoom = f32::from(preferences.scale) / 100.0;
    // Has no effect if the factor is the same.
    ctx.set_zoom_factor(zoom);
}

/// Puts the window's own fonts before egui's, which remain for scripts that Inter lacks.
fn fonts(ctx: &Context) {
    let mut fonts = FontDefinitions::default();
    for (name, bytes) in [(REGULAR, REGULAR_BYTES), (STRONG, STRONG_BYTES)] {
        let data = Arc::new(FontData::from_static(bytes));
        fonts.font_data.insert(name.to_owned(), data);
    }
    let proportional = fonts.families.entry(FontFamily::Proportional).or_default();
    let mut strong = proportional.clone();
    proportional.insert(0, REGULAR.to_owned());
    strong.insert(0, STRONG.to_owned());
    fonts
        .families
        .insert(FontFamily::Name(STRONG.into()), strong);
    ctx.set_fonts(fonts);
}

/// The font of headings in a given size.
pub(in crate::ui) fn strong(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(STRONG.into()))
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

fn visuals(mut visuals: Visuals, colours: &Colours) -> Visuals {
    visuals.panel_fill = colours.panel;
    visuals.window_fill = colours.floating;
    visuals.window_stroke = Stroke::new(tokens::STROKE, colours.outline);
    visuals.extreme_bg_color = colours.sunken;
    visuals.faint_bg_color = colours.raised;
    visuals.weak_text_color = Some(colours.text_weak);
    visuals.warn_fg_color = colours.caution;
    visuals.error_fg_color = colours.trouble;
    visuals.hyperlink_color = colours.accent;
    visuals.selection.bg_fill = colours.accent_ground;
    visuals.selection.stroke = Stroke::new(tokens::STROKE, colours.accent);
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
        bg_stroke: Stroke::new(tokens::STROKE, colours.line),
        ..widget(colours.panel, colours.text)
    };
    widgets.inactive = widget(colours.raised, colours.text);
    widgets.hovered = widget(colours.hovered, colours.text);
    widgets.active = widget(colours.pressed, colours.text);
    widgets.open = widget(colours.hovered, colours.text);
    visuals
}
