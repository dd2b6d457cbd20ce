//! Icons: one family, one weight, sharp at every scale.

use eframe::egui::{Align2, Color32, FontId, Painter, Rect};
use egui_material_icons::{MaterialIcon, icons};

/// A picture of an action or a thing. The names are ours, the drawings are Material Symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Icon {
    Play,
    Pause,
    Back,
    Forward,
    First,
    Last,
    Loop,
    Dice,
    Lock,
    Unlock,
    Close,
    Revert,
    Plus,
    Picture,
    Generate,
    Stop,
    Discard,
    Watch,
    Export,
    Folder,
    Model,
    Undo,
    Redo,
    Palette,
    Keyboard,
    Settings,
    ShelfPanel,
    DirectionPanel,
    TimelinePanel,
    Theme,
    ZoomIn,
    ZoomOut,
    More,
    Search,
    Star,
    Delete,
    Copy,
    Edit,
    Up,
    Down,
    Paste,
    Hold,
    Camera,
    Pad,
    Install,
}

impl Icon {
    fn glyph(self) -> MaterialIcon {
        match self {
            Self::Play => icons::ICON_PLAY_ARROW,
            Self::Pause => icons::ICON_PAUSE,
            Self::Back => icons::ICON_CHEVRON_LEFT,
            Self::Forward => icons::ICON_CHEVRON_RIGHT,
            Self::First => icons::ICON_SKIP_PREVIOUS,
            Self::Last => icons::ICON_SKIP_NEXT,
            Self::Loop => icons::ICON_REPEAT,
            Self::Dice => icons::ICON_CASINO,
            Self::Lock => icons::ICON_LOCK,
            Self::Unlock => icons::ICON_LOCK_OPEN,
            Self::Close => icons::ICON_CLOSE,
            Self::Revert => icons::ICON_SETTINGS_BACKUP_RESTORE,
            Self::Plus => icons::ICON_ADD,
            Self::Picture => icons::ICON_ADD_PHOTO_ALTERNATE,
            Self::Generate => icons::ICON_MOVIE,
            Self::Stop => icons::ICON_STOP,
            Self::Discard => icons::ICON_CANCEL,
            Self::Watch => icons::ICON_VISIBILITY,
            Self::Export => icons::ICON_DOWNLOAD,
            Self::Folder => icons::ICON_FOLDER_OPEN,
            Self::Model => icons::ICON_DEPLOYED_CODE,
            Self::Undo => icons::ICON_UNDO,
            Self::Redo => icons::ICON_REDO,
            Self::Palette => icons::ICON_TERMINAL,
            Self::Keyboard => icons::ICON_KEYBOARD,
            Self::Settings => icons::ICON_SETTINGS,
            Self::ShelfPanel => icons::ICON_LEFT_PANEL_CLOSE,
            Self::DirectionPanel => icons::ICON_RIGHT_PANEL_CLOSE,
            Self::TimelinePanel => icons::ICON_BOTTOM_PANEL_CLOSE,
            Self::Theme => icons::ICON_CONTRAST,
            Self::ZoomIn => icons::ICON_ZOOM_IN,
            Self::ZoomOut => icons::ICON_ZOOM_OUT,
            Self::More => icons::ICON_MORE_HORIZ,
            Self::Search => icons::ICON_SEARCH,
            Self::Star => icons::ICON_STAR,
            Self::Delete => icons::ICON_DELETE,
            Self::Copy => icons::ICON_CONTENT_COPY,
            Self::Edit => icons::ICON_EDIT,
            Self::Up => icons::ICON_KEYBOARD_ARROW_UP,
            Self::Down => icons::ICON_KEYBOARD_ARROW_DOWN,
            Self::Paste => icons::ICON_CONTENT_PASTE,
            Self::Hold => icons::ICON_PAUSE_CIRCLE,
            Self::Camera => icons::ICON_VIDEOCAM,
            Self::Pad => icons::ICON_CONTROL_CAMERA,
            Self::Install => icons::ICON_UPLOAD_FILE,
        }
    }
}

/// Draws an icon into `rect`.
pub(in crate::ui) fn paint(painter: &Painter, rect: Rect, icon: Icon, colour: Color32) {
    let side = rect.width().min(rect.height());
    let glyph = icon.glyph();
    let font = FontId::new(side, glyph.font_family());
    painter.text(
        rect.center(),
        Align2::CENTER_CENTER,
        glyph.codepoint,
        font,
        colour,
    );
}
