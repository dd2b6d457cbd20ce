//! The user's preferences, which apply to all projects. Saved, but never undone.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::export_form::ExportForm;
use super::layout::Layout;
use crate::app::command::window::{Seeds, Theme};
use crate::request::{DevicePreference, Precision};

/// The UI scales offered, in percent of the system's.
pub const SCALES: [u16; 7] = [75, 90, 100, 125, 150, 175, 200];

/// The memory limits offered for frames that are ready to play, in MiB.
pub const READY: [u16; 4] = [256, 512, 1024, 2048];

/// The preferences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Light or dark theme.
    pub theme: Theme,
    /// Size of the interface, in percent.
    pub scale: u16,
    /// Where to compute.
    pub device: DevicePreference,
    /// Whether to stop all animation: icons are still, previews show the end of a move.
    #[serde(rename = "still")]
    pub reduce_motion: bool,
    /// The number format to compute in.
    pub precision: Precision,
    /// sRGB colour under transparent parts and around padded pictures.
    pub matte: [u8; 3],
    /// Recently opened files, the latest first.
    pub recent: Vec<PathBuf>,
    /// The model of new projects; `None` for the embedded one.
    pub model: Option<String>,
    /// Referenced models, in the order in which they were added.
    pub models: Vec<PathBuf>,
    /// What happens to a seed that was drawn.
    pub seeds: Seeds,
    /// The folder of new projects; `None` for the one in the data folder.
    pub projects: Option<PathBuf>,
    /// Memory for frames that are ready to play, in MiB.
    pub ready: u16,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            scale: 100,
            device: DevicePreference::default(),
            reduce_motion: false,
            precision: Precision::default(),
            // As on the command line.
            matte: [0, 0, 0],
            recent: Vec::new(),
            model: None,
            models: Vec::new(),
            seeds: Seeds::default(),
            projects: None,
            ready: READY[1],
        }
    }
}

/// The preferences file: preferences, window layout and recent files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PreferencesFile {
    /// The preferences.
    pub preferences: Preferences,
    /// The window's layout.
    pub layout: Layout,
    /// The project that was open.
    pub project: Option<PathBuf>,
    /// Recently opened projects, the latest first.
    pub recent: Vec<PathBuf>,
    /// The settings of the last export.
    pub export: ExportForm,
}

impl PreferencesFile {
    /// The same without relative paths: the current directory differs from start to start, so such a path, which can
    /// only come from a file edited by hand, would mean another place each time.
    #[must_use]
    pub(in crate::app) fn without_relative_paths(mut self) -> Self {
        let is_absolute = |path: &PathBuf| path.is_absolute();
        let preferences = &mut self.preferences;
        preferences.recent.retain(is_absolute);
        preferences.models.retain(is_absolute);
        // A single component is the name of an installed model.
        preferences.model = preferences.model.take().filter(|name| {
            let path = Path::new(name);
            path.is_absolute() || path.components().count() == 1
        });
        preferences.projects = preferences.projects.take().filter(is_absolute);
        self.project = self.project.filter(is_absolute);
        self.recent.retain(is_absolute);
        self.export.folder = self.export.folder.filter(is_absolute);
        self
    }
}
