//! Every action of the studio in one table: name, sentence, keys, icon, group.
//!
//! Keys, the palette, menus and the sheet of keys are all made from it; whoever adds an action adds
//! a row here and an arm to [`Action::command`](super::command). Must not know how any of them is drawn.

use egui::{Key, KeyboardShortcut, Modifiers};

use crate::ui::widgets::Icon;

/// Where actions are listed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Group {
    /// Files and the project.
    Project,
    /// Edits.
    Edit,
    /// Making takes.
    Make,
    /// Looking at takes.
    Play,
    /// What is done with takes.
    Takes,
    /// Takes in a row.
    Sequence,
    /// The window.
    Window,
}

impl Group {
    /// All of them, in the order in which they are listed.
    pub(in crate::ui) const ALL: [Self; 7] = [
        Self::Project,
        Self::Edit,
        Self::Make,
        Self::Play,
        Self::Takes,
        Self::Sequence,
        Self::Window,
    ];

    /// What stands above its actions.
    pub(in crate::ui) fn title(self) -> &'static str {
        match self {
            Self::Project => "Project",
            Self::Edit => "Edit",
            Self::Make => "Render",
            Self::Play => "Play",
            Self::Takes => "Takes",
            Self::Sequence => "Sequence",
            Self::Window => "Window",
        }
    }
}

/// What the window says about an action.
#[derive(Clone, Copy, Debug)]
pub(in crate::ui) struct Row {
    /// Its name, as on a menu.
    pub(in crate::ui) name: &'static str,
    /// What it does, in one sentence.
    pub(in crate::ui) sentence: &'static str,
    /// Keys that do it; the first one is shown.
    pub(in crate::ui) keys: &'static [KeyboardShortcut],
    /// Its picture.
    pub(in crate::ui) icon: Icon,
    /// Where it is listed.
    pub(in crate::ui) group: Group,
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

const fn command(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn command_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

/// The table: one line for each action.
macro_rules! actions {
    ($($action:ident: $group:ident, $icon:ident, $name:literal, $sentence:literal, [$($key:expr),*];)*) => {
        /// Something that an artist can do, without data of its own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(in crate::ui) enum Action {
            $(#[doc = $sentence] $action,)*
        }

        impl Action {
            /// All of them.
            pub(in crate::ui) const ALL: &[Self] = &[$(Self::$action),*];

            /// What the window says about it.
            pub(in crate::ui) const fn row(self) -> Row {
                match self {
                    $(Self::$action => Row {
                        name: $name,
                        sentence: $sentence,
                        keys: const { &[$($key),*] },
                        icon: Icon::$icon,
                        group: Group::$group,
                    },)*
                }
            }
        }
    };
}

actions! {
    OpenPictures: Project, Picture, "Open pictures…", "Choose pictures to put on the shelf.", [command(Key::O)];
    StopOpening: Project, Close, "Stop opening", "Stop opening the files that are being opened.", [];
    Paste: Project, Paste, "Paste", "Take the picture or the files on the clipboard.", [command(Key::V)];
    NewProject: Project, Plus, "New project", "Begin another project; this one is saved.", [command(Key::N)];
    OpenProject: Project, Folder, "Open project…", "Open a project by its folder.", [command_shift(Key::O)];
    Save: Project, Save, "Save", "Save the project now; it is saved by itself as well.", [command(Key::S)];
    SaveAs: Project, Save, "Save as…", "Copy the project to another folder and continue there.", [command_shift(Key::S)];
    Export: Project, Export, "Export", "Write what is on the stage to a file with the settings of the last export; the first time, ask for them.", [command(Key::E)];
    ExportAs: Project, Export, "Export…", "Choose how to write what is on the stage to a file.", [command_shift(Key::E)];
    CancelExport: Project, Close, "Cancel export", "End the running export; nothing is left behind.", [];
    Quit: Project, Close, "Quit", "Close the window; everything is kept.", [command(Key::Q)];
    Undo: Edit, Undo, "Undo", "Take the last edit back; finished takes stay.", [command(Key::Z)];
    Redo: Edit, Redo, "Redo", "Do the edit again that was taken back.", [command_shift(Key::Z), command(Key::Y)];
    Generate: Make, Generate, "Generate", "Make a take of the picture; while one is being made, it waits its turn.", [plain(Key::Enter), command(Key::Enter)];
    StopAndKeep: Make, Stop, "Stop and keep", "End after this step and keep what there is.", [command(Key::Period)];
    Discard: Make, Discard, "Discard", "End at once; nothing is kept.", [];
    Hold: Make, Hold, "Pause or resume", "Hold the running take after this step, or let it go on.", [];
    ShowProgress: Make, Watch, "Show progress", "Show the frames of the running take.", [plain(Key::W)];
    RollDice: Make, Dice, "Roll the dice", "Draw a new seed and keep it for the next take.", [];
    CameraPad: Make, Pad, "Camera pad", "Move the picture by hand: drag pans, the ring rolls, the wheel zooms.", [plain(Key::G)];
    InstallMove: Make, Install, "Install camera move…", "Choose a LoRA file to use as a camera move.", [];
    HoldStill: Make, Discard, "Hold the camera still", "Set every axis of the camera to zero.", [];
    Move1: Make, Camera, "Camera axis 1", "Go from no move along this axis to one, to its opposite, and back.", [plain(Key::Num1)];
    Move2: Make, Camera, "Camera axis 2", "Go from no move along this axis to one, to its opposite, and back.", [plain(Key::Num2)];
    Move3: Make, Camera, "Camera axis 3", "Go from no move along this axis to one, to its opposite, and back.", [plain(Key::Num3)];
    Move4: Make, Camera, "Camera axis 4", "Go from no move along this axis to one, to its opposite, and back.", [plain(Key::Num4)];
    Move5: Make, Camera, "Camera axis 5", "Go from no move along this axis to one, to its opposite, and back.", [plain(Key::Num5)];
    Move6: Make, Camera, "Camera axis 6", "Go from no move along this axis to one, to its opposite, and back.", [plain(Key::Num6)];
    Move7: Make, Camera, "Camera axis 7", "Go from no move along this axis to one, to its opposite, and back.", [plain(Key::Num7)];
    Move8: Make, Camera, "Camera axis 8", "Go from no move along this axis to one, to its opposite, and back.", [plain(Key::Num8)];
    Move9: Make, Camera, "Camera axis 9", "Go from no move along this axis to one, to its opposite, and back.", [plain(Key::Num9)];
    PlayPause: Play, Play, "Play or pause", "Start or hold the take on the stage.", [plain(Key::Space)];
    FirstFrame: Play, First, "First frame", "Go to the first frame.", [plain(Key::Home)];
    FrameBack: Play, Back, "Frame back", "Go one frame back.", [plain(Key::ArrowLeft)];
    JumpBack: Play, Back, "Jump back", "Go five frames back.", [shift(Key::ArrowLeft)];
    FrameForward: Play, Forward, "Frame forward", "Go one frame on.", [plain(Key::ArrowRight)];
    JumpForward: Play, Forward, "Jump forward", "Go five frames on.", [shift(Key::ArrowRight)];
    LastFrame: Play, Last, "Last frame", "Go to the last frame.", [plain(Key::End)];
    PlayBackwards: Play, PlayBack, "Play backwards", "Play from the end to the beginning; again, twice as fast.", [plain(Key::J)];
    Pause: Play, Pause, "Pause", "Hold what plays.", [plain(Key::K)];
    PlayForwards: Play, Play, "Play forwards", "Play at its own speed; again, twice as fast.", [plain(Key::L)];
    Loop: Play, Loop, "Loop", "Begin again at the end.", [];
    PingPong: Play, PingPong, "There and back", "Turn round at both ends, or begin again.", [plain(Key::P)];
    PlayOnce: Play, Once, "Once", "Stay at the end.", [];
    SetIn: Play, In, "Set in", "Play from the frame under the playhead on.", [plain(Key::I)];
    SetOut: Play, Out, "Set out", "Play up to the frame under the playhead.", [plain(Key::O)];
    WholeRange: Play, Range, "Clear in and out", "Play from the first frame to the last.", [shift(Key::I)];
    Onion: Play, Onion, "Onion skin", "Let the frames before and behind shine through while it rests.", [plain(Key::N)];
    Fit: Play, Fit, "Fit", "Show all of the frame.", [plain(Key::F)];
    ActualSize: Play, Actual, "Actual size", "Show each pixel of the frame as one of the screen.", [shift(Key::F)];
    StretchTimeline: Play, ZoomIn, "Stretch timeline", "Give each frame more room.", [plain(Key::Period)];
    ShrinkTimeline: Play, ZoomOut, "Shrink timeline", "Give each frame less room.", [plain(Key::Comma)];
    Star: Takes, Star, "Star", "Star or unstar the current take.", [plain(Key::S)];
    OlderTake: Takes, Down, "Older take", "Show the take that was made before this one; from a picture, the newest.", [plain(Key::PageDown)];
    NewerTake: Takes, Up, "Newer take", "Show the take that was made after this one.", [plain(Key::PageUp)];
    Again: Takes, Again, "Again with a new seed", "Make the take on the stage again with a new seed.", [plain(Key::R)];
    MoreMotion: Takes, MoreMotion, "More motion", "Make the take on the stage again with more motion and the same seed.", [shift(Key::M)];
    LessMotion: Takes, LessMotion, "Less motion", "Make the take on the stage again with less motion and the same seed.", [plain(Key::M)];
    Extend: Takes, Extend, "Extend from this frame", "Make this frame the next picture; its take continues this one.", [plain(Key::X)];
    Recipe: Takes, Recipe, "Use these settings", "Set everything in Direction as it was for the take on the stage.", [shift(Key::R)];
    Compare: Takes, Compare, "Compare", "Compare the take on the stage with the one before, or end it.", [plain(Key::C)];
    SwapCompared: Takes, Swap, "Swap compared takes", "Exchange the two takes that are compared.", [shift(Key::C)];
    CompareWipe: Takes, Wipe, "Wipe", "Show one take left of a line and the other right of it.", [];
    CompareSide: Takes, Side, "Side by side", "Show two takes beside each other.", [];
    CompareDifference: Takes, Difference, "Difference", "Show how far two takes are apart.", [];
    CopyFrame: Takes, Copy, "Copy frame", "Put the frame under the playhead on the clipboard.", [command_shift(Key::C)];
    SaveFrame: Takes, SaveFrame, "Save frame…", "Write the frame under the playhead as a picture.", [command_shift(Key::F)];
    Remove: Takes, Delete, "Remove", "Remove the current take from the shelf, or the selected clip from the sequence; undo brings it back.", [plain(Key::Delete)];
    ShowSequence: Sequence, Sequence, "Play the sequence", "Show all clips, one after the other.", [plain(Key::Q)];
    AddClip: Sequence, AddClip, "Add to the film", "Add the take on the stage to the film as a clip.", [plain(Key::A)];
    SplitClip: Sequence, Cut, "Split clip", "Cut the clip under the playhead in two.", [command(Key::B)];
    RemoveClip: Sequence, RemoveClip, "Remove clip", "Take the chosen clip out of the sequence.", [shift(Key::Delete)];
    Palette: Window, Palette, "Find an action…", "List every action and find one by typing.", [command(Key::K)];
    Shortcuts: Window, Keyboard, "Keyboard shortcuts", "Show every key.", [plain(Key::F1)];
    Settings: Window, Settings, "Settings…", "Theme, size, device, places.", [command(Key::Comma)];
    Models: Project, Model, "Models…", "See the available models, add some, download the full one.", [command(Key::M)];
    FoldShelf: Window, ShelfPanel, "Shelf", "Hide or show the shelf.", [command(Key::Num1)];
    FoldDirection: Window, DirectionPanel, "Direction", "Hide or show the direction panel.", [command(Key::Num2)];
    FoldTimeline: Window, TimelinePanel, "Timeline", "Hide or show the timeline.", [command(Key::Num3)];
    FoldAll: Window, Watch, "Hide panels", "Hide all panels, or show them.", [command(Key::Backslash)];
    Close: Window, Close, "Close", "Close what was opened last: a sheet, or the camera pad; a take that is being made goes on.", [plain(Key::Escape)];
    SwitchTheme: Window, Theme, "Switch theme", "Go from dark to light, or back.", [];
    ScaleUp: Window, ZoomIn, "Larger interface", "Show everything larger.", [command(Key::Plus), command(Key::Equals)];
    ScaleDown: Window, ZoomOut, "Smaller interface", "Show everything smaller.", [command(Key::Minus)];
    ScaleReset: Window, Search, "Interface at 100 %", "Show everything at its own size.", [command(Key::Num0)];
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_actions_share_a_key_or_a_name() {
        let mut keys = HashSet::new();
        let mut names = HashSet::new();
        for &action in Action::ALL {
            let row = action.row();
            assert!(names.insert(row.name), "{} appears twice", row.name);
            assert!(
                row.sentence.ends_with('.'),
                "{} explains itself in a sentence",
                row.name
            );
            for key in row.keys {
                let pressed = (key.modifiers, key.logical_key);
                assert!(keys.insert(pressed), "{key:?} does two things");
            }
        }
    }
}
