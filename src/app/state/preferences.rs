//! What the artist wants of Kinora on this machine, whatever the project.
//!
//! Saved, but never undone. Must not know how any of it is drawn.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::export_form::ExportForm;
use super::layout::Layout;
use crate::app::command::window::{Seeds, Theme};
use crate::engine::device::{DevicePreference, Precision};

/// UI scales that are offered, in percent of the system's.
pub const SCALES: [u16; 7] = [75, 90, 100, 125, 150, 175, 200];

/// Megabytes of frames ready to play that are offered.
pub const READY: [u16; 4] = [256, 512, 1024, 2048];

/// All of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Light or dark.
    pub theme: Theme,
    /// Size of everything in the window, in percent.
    pub scale: u16,
    /// Where to compute.
    pub device: DevicePreference,
    /// Nothing moves by itself: icons rest, ghosts show where a move ends.
    #[serde(rename = "still")]
    pub reduce_motion: bool,
    /// In what number format.
    pub precision: Precision,
    /// sRGB colour under transparent parts and around padded pictures.
    pub matte: [u8; 3],
    /// Files that were opened, the latest first.
    pub recent: Vec<PathBuf>,
    /// The model that new projects begin with; `None` for the embedded one.
    pub model: Option<String>,
    /// Models that lie elsewhere, in the order in which they were added.
    pub models: Vec<PathBuf>,
    /// What becomes of a seed that nobody chose.
    pub seeds: Seeds,
    /// The folder of new projects; `None` for the one in the data folder.
    pub projects: Option<PathBuf>,
    /// Frames that are kept ready to play, in megabytes.
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

/// The file of preferences: what is wanted, and how the window was left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PreferencesFile {
    /// What is wanted.
    pub preferences: Preferences,
    /// How the window was left.
    pub layout: Layout,
    /// The project that was open.
    pub project: Option<PathBuf>,
    /// Projects that were open before, the last one first.
    pub recent: Vec<PathBuf>,
    /// How the last export was made.
    pub export: ExportForm,
}
