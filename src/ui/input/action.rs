//! Every action of the studio in one table: name, sentence, keys, icon and group.
//!
//! Shortcuts, the palette, menus and the list of shortcuts are all built from it. To add an action, add a
//! row here and an arm to [`Action::command`](super::command). Must not know how any of them is drawn.

use egui::{Key, KeyboardShortcut, Modifiers};

use crate::ui::widgets::Icon;

/// The heading that an action is listed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Group {
    /// Files and the project.
    Project,
    /// Editing.
    Edit,
    /// Making takes.
    Make,
    /// Moving the camera.
    Camera,
    /// Drawing on the picture.
    Draw,
    /// Playing and viewing takes.
    Play,
    /// Working with takes.
    Takes,
    /// Arranging clips in a row.
    Sequence,
    /// The window.
    Window,
}

impl Group {
    /// All groups, in the order in which they are listed.
    pub(in crate::ui) const ALL: [Self; 9] = [
        Self::Project,
        Self::Edit,
        Self::Make,
        Self::Camera,
        Self::Draw,
        Self::Play,
        Self::Takes,
        Self::Sequence,
        Self::Window,
    ];

    /// The heading above the group's actions.
    pub(in crate::ui) fn title(self) -> &'static str {
        match self {
            Self::Project => "Project",
            Self::Edit => "Edit",
            Self::Make => "Render",
            Self::Camera => "Camera",
            Self::Draw => "On the picture",
            Self::Play => "Play",
            Self::Takes => "Takes",
            Self::Sequence => "Sequence",
            Self::Window => "Window",
        }
    }
}

/// How the window presents an action.
#[derive(Clone, Copy, Debug)]
pub(in crate::ui) struct Row {
    /// Its name, as in a menu.
    pub(in crate::ui) name: &'static str,
    /// What it does, in one sentence.
    pub(in crate::ui) sentence: &'static str,
    /// The shortcuts that trigger it; the first one is shown.
    pub(in crate::ui) keys: &'static [KeyboardShortcut],
    /// Its icon.
    pub(in crate::ui) icon: Icon,
    /// The group in which it is listed.
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
        /// An action that an artist can choose; it carries no data.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(in crate::ui) enum Action {
            $(#[doc = $sentence] $action,)*
        }

        impl Action {
            /// All actions.
            pub(in crate::ui) const ALL: &[Self] = &[$(Self::$action),*];

            /// The action's row in the table.
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
    StopOpening: Project, Close, "Stop opening", "Do not open the remaining files.", [];
    Words: Project, Edit, "Picture from words…", "Describe a picture, then choose one of the four that Kinora makes.", [command(Key::P)];
    CancelWords: Project, Close, "Cancel pictures from words", "Stop making pictures from words; finished pictures can still be used.", [];
    Paste: Project, Paste, "Paste", "Add the picture or files from the clipboard.", [command(Key::V)];
    NewProject: Project, Plus, "New project", "Save this project and start a new one.", [command(Key::N)];
    OpenProject: Project, Folder, "Open project…", "Choose the folder of the project to open.", [command_shift(Key::O)];
    Save: Project, Save, "Save", "Save the project now; it is also saved automatically.", [command(Key::S)];
    SaveAs: Project, Save, "Save as…", "Copy the project to another folder and continue with the copy.", [command_shift(Key::S)];
    ShowProjectFolder: Project, Folder, "Show the project's folder", "Open the folder that holds the project and its takes. Copy this folder to give the project to someone.", [];
    RenameProject: Project, Edit, "Rename the project…", "Change the name of the project and of its folder.", [];
    FindPicture: Project, Search, "Find a missing picture…", "Choose the file of the first missing picture; Kinora then looks in the same folder for the other missing pictures.", [];
    Export: Project, Export, "Export", "Export what is on the stage with the settings of the last export; the first export asks for the settings.", [command(Key::E)];
    ExportAs: Project, Export, "Export…", "Choose a format, a size and a folder, then export what is on the stage.", [command_shift(Key::E)];
    ExportAnimatic: Project, Animatic, "Export animatic…", "Export a preview of everything that moves in the picture, without rendering a take.", [];
    CancelExport: Project, Close, "Cancel export", "Stop the export and delete the unfinished file.", [];
    Quit: Project, Close, "Quit", "Close the window; your work is saved.", [command(Key::Q)];
    Undo: Edit, Undo, "Undo", "Undo the last edit; finished takes are kept.", [command(Key::Z)];
    Redo: Edit, Redo, "Redo", "Redo the edit that was undone last.", [command_shift(Key::Z), command(Key::Y)];
    Generate: Make, Generate, "Generate", "Make a take from the picture; while another take is being made, the new take waits in the queue.", [plain(Key::Enter), command(Key::Enter)];
    StopAndKeep: Make, Stop, "Stop and keep", "Stop after this step and keep the take as it is.", [command(Key::Period)];
    Discard: Make, Discard, "Discard", "Stop at once and delete the unfinished take.", [];
    Hold: Make, Hold, "Pause or resume", "Pause the running take after this step, or resume it.", [];
    StartQueue: Make, Play, "Start the queue", "Make the takes that were waiting when the project was closed.", [];
    ShowProgress: Make, Watch, "Show progress", "Show the frames of the running take.", [plain(Key::W)];
    RollDice: Make, Dice, "Roll the dice", "Pick a new random seed and use it for the next take.", [];
    QualityDraft: Make, Generate, "Quality: Draft", "Make the next take quickly, to see what it will be like.", [];
    QualityStandard: Make, Generate, "Quality: Standard", "Make the next take with the model's own settings.", [];
    QualityFine: Make, Generate, "Quality: Fine", "Make the next take with more steps.", [];
    FrameAsPicture: Make, Fit, "Frame: as picture", "Give the next take the shape of the picture.", [];
    FrameFilm: Make, Fit, "Frame: 16:9 (landscape)", "Give the next take the shape of a film.", [];
    FrameSquare: Make, Fit, "Frame: 1:1 (square)", "Make the next take as high as it is wide.", [];
    FramePortrait: Make, Fit, "Frame: 4:5 (portrait)", "Make the next take a little higher than it is wide.", [];
    FrameTall: Make, Fit, "Frame: 9:16 (portrait)", "Give the next take the shape of a phone.", [];
    CameraPad: Camera, Pad, "Camera pad", "Move the picture by hand: drag to pan, turn the ring to roll, scroll to zoom.", [plain(Key::G)];
    InstallMove: Camera, Install, "Install camera move…", "Choose a LoRA file to install as a camera move.", [];
    HoldStill: Camera, Discard, "Hold the camera still", "Set every camera axis to zero.", [];
    SelectTool: Draw, Select, "Select", "Move the crop window with the pointer.", [plain(Key::V)];
    LockTool: Draw, Lock, "Lock brush", "Paint over the parts of the picture that must hold still.", [plain(Key::H)];
    BrushTool: Draw, Brush, "Move brush", "Paint over the parts of the picture that may move; all other parts hold still or move only with the camera.", [plain(Key::B)];
    CutOutTool: Draw, Lasso, "Cut-out", "Draw around an object in the picture, then drag it along the path that it should follow.", [plain(Key::D)];
    BrushCutOut: Draw, BrushAround, "Cut out by painting", "Cut out an object by painting over it instead of drawing around it.", [];
    Erase: Draw, Erase, "Erase", "Make the brush erase instead of paint; hold Alt to switch temporarily.", [plain(Key::E)];
    BrushSmaller: Draw, ZoomOut, "Smaller brush", "Make the brush smaller.", [plain(Key::OpenBracket)];
    BrushLarger: Draw, ZoomIn, "Larger brush", "Make the brush larger.", [plain(Key::CloseBracket)];
    LockAll: Draw, LockAll, "Lock everything", "Hold the whole picture still, even during camera moves; then erase the lock where something may move.", [];
    ClearLock: Draw, Delete, "Clear the lock", "Remove the lock from the picture.", [];
    ClearBrush: Draw, Delete, "Clear the move brush", "Erase everything that was painted with the move brush.", [];
    RaiseCutOut: Draw, ToFront, "Bring cut-out forward", "Move the selected cut-out one place towards the front.", [];
    LowerCutOut: Draw, ToBack, "Send cut-out backward", "Move the selected cut-out one place towards the back.", [];
    RemoveCutOut: Draw, Delete, "Remove cut-out", "Delete the selected cut-out, so that this part of the picture no longer moves separately.", [];
    PlayMotion: Draw, PlayMotion, "Preview the motion", "Play a preview of everything that moves in the picture, without rendering a take.", [plain(Key::T)];
    DrawPath: Camera, Path, "Camera path", "Draw the path of the camera over the picture, with keyframes; it replaces the camera moves and begins with what they do.", [shift(Key::G)];
    PerformPath: Camera, Record, "Perform the camera path", "Play the preview while you drag the picture, and keep your movement as the camera path.", [shift(Key::P)];
    RemovePath: Camera, Delete, "Remove the camera path", "Delete the path that is drawn over the picture.", [];
    EditCurve: Camera, Curve, "Strength over the frames", "Show the strength of a camera move over the frames; press again for the next move, and after the last one to close it.", [plain(Key::U)];
    AddKeyframe: Camera, AddKeyframe, "Add keyframe", "Add a keyframe at the playhead.", [shift(Key::K)];
    RemoveKeyframe: Camera, Delete, "Remove keyframe", "Remove the keyframe at the playhead.", [];
    SteadyStrength: Camera, Curve, "Steady", "Keep the strength the same at all frames, or move at constant speed until the next keyframe.", [];
    EaseIn: Camera, Curve, "Ease in", "Let the strength rise, or the camera speed up until the next keyframe, so that the camera starts at rest.", [];
    EaseOut: Camera, Curve, "Ease out", "Let the strength fall, or the camera slow down until the next keyframe, so that the camera comes to rest.", [];
    EaseBoth: Camera, Curve, "Ease both", "Let the camera start at rest and come to rest until the next keyframe.", [];
    HoldPose: Camera, Curve, "Hold", "Keep the camera where it is until the next keyframe.", [];
    RiseAndFall: Camera, Curve, "Rise and fall", "Let the strength rise and fall again, so that the camera comes back.", [];
    SteerAuto: Camera, Camera, "Steer automatically", "Use LoRAs for the camera moves if every move has one that fits the model; otherwise, use the guide.", [];
    SteerLora: Camera, Camera, "Steer by LoRA", "Use only LoRAs for the camera moves.", [];
    SteerGuide: Camera, Camera, "Steer by the guide", "Use only the guide for the camera moves.", [];
    SteerBoth: Camera, Camera, "Steer by LoRA and the guide", "Use both LoRAs and the guide for the camera moves.", [];
    Move1: Camera, Camera, "Camera axis 1", "Use the first move of this axis; press again for the opposite move, and once more for no move.", [plain(Key::Num1)];
    Move2: Camera, Camera, "Camera axis 2", "Use the first move of this axis; press again for the opposite move, and once more for no move.", [plain(Key::Num2)];
    Move3: Camera, Camera, "Camera axis 3", "Use the first move of this axis; press again for the opposite move, and once more for no move.", [plain(Key::Num3)];
    Move4: Camera, Camera, "Camera axis 4", "Use the first move of this axis; press again for the opposite move, and once more for no move.", [plain(Key::Num4)];
    Move5: Camera, Camera, "Camera axis 5", "Use the first move of this axis; press again for the opposite move, and once more for no move.", [plain(Key::Num5)];
    Move6: Camera, Camera, "Camera axis 6", "Use the first move of this axis; press again for the opposite move, and once more for no move.", [plain(Key::Num6)];
    Move7: Camera, Camera, "Camera axis 7", "Use the first move of this axis; press again for the opposite move, and once more for no move.", [plain(Key::Num7)];
    Move8: Camera, Camera, "Camera axis 8", "Use the first move of this axis; press again for the opposite move, and once more for no move.", [plain(Key::Num8)];
    Move9: Camera, Camera, "Camera axis 9", "Use the first move of this axis; press again for the opposite move, and once more for no move.", [plain(Key::Num9)];
    PlayPause: Play, Play, "Play or pause", "Play or pause what is on the stage.", [plain(Key::Space)];
    FirstFrame: Play, First, "First frame", "Go to the first frame.", [plain(Key::Home)];
    FrameBack: Play, Back, "Frame back", "Go one frame back.", [plain(Key::ArrowLeft)];
    JumpBack: Play, Back, "Jump back", "Go five frames back.", [shift(Key::ArrowLeft)];
    FrameForward: Play, Forward, "Frame forward", "Go one frame forward.", [plain(Key::ArrowRight)];
    JumpForward: Play, Forward, "Jump forward", "Go five frames forward.", [shift(Key::ArrowRight)];
    LastFrame: Play, Last, "Last frame", "Go to the last frame.", [plain(Key::End)];
    PlayBackwards: Play, PlayBack, "Play backwards", "Play in reverse; press again to double the speed.", [plain(Key::J)];
    Pause: Play, Pause, "Pause", "Pause playback.", [plain(Key::K)];
    PlayForwards: Play, Play, "Play forwards", "Play at normal speed; press again to double it.", [plain(Key::L)];
    Loop: Play, Loop, "Loop", "After the last frame, start again from the beginning.", [];
    PingPong: Play, PingPong, "There and back", "Play forwards and backwards in turn; press again to loop instead.", [plain(Key::P)];
    PlayOnce: Play, Once, "Play once", "Stop playback at the end.", [];
    SetIn: Play, In, "Set in point", "Make playback start at the frame under the playhead.", [plain(Key::I)];
    SetOut: Play, Out, "Set out point", "Make playback end at the frame under the playhead.", [plain(Key::O)];
    WholeRange: Play, Range, "Clear in and out points", "Play from the first frame to the last.", [shift(Key::I)];
    Onion: Play, Onion, "Onion skin", "Show the previous and next frames faintly while playback is paused.", [plain(Key::N)];
    Fit: Play, Fit, "Fit", "Show the whole frame.", [plain(Key::F)];
    ActualSize: Play, Actual, "Actual size", "Show each pixel of the frame as one screen pixel.", [shift(Key::F)];
    StretchTimeline: Play, ZoomIn, "Stretch timeline", "Make the frames on the timeline wider.", [plain(Key::Period)];
    ShrinkTimeline: Play, ZoomOut, "Shrink timeline", "Make the frames on the timeline narrower.", [plain(Key::Comma)];
    Star: Takes, Star, "Star", "Star or unstar the current take.", [plain(Key::S)];
    Rename: Takes, Edit, "Rename the take…", "Give the take on the stage a name.", [plain(Key::F2)];
    OlderTake: Takes, Down, "Older take", "Show the take that was made before this one, or the newest take if a picture is on the stage.", [plain(Key::PageDown)];
    NewerTake: Takes, Up, "Newer take", "Show the take that was made after this one.", [plain(Key::PageUp)];
    Again: Takes, Again, "Again with a new seed", "Make the take on the stage again with a new seed.", [plain(Key::R)];
    MoreMotion: Takes, MoreMotion, "More motion", "Make the take on the stage again with more motion and the same seed.", [shift(Key::M)];
    LessMotion: Takes, LessMotion, "Less motion", "Make the take on the stage again with less motion and the same seed.", [plain(Key::M)];
    Extend: Takes, Extend, "Extend from this frame", "Use this frame as the picture for the next take, which then continues this take.", [plain(Key::X)];
    Recipe: Takes, Recipe, "Use these settings", "Change all settings in Direction to those of the take on the stage.", [shift(Key::R)];
    Compare: Takes, Compare, "Compare", "Compare the take on the stage with the one before it, or stop comparing.", [plain(Key::C)];
    SwapCompared: Takes, Swap, "Swap compared takes", "Swap the two takes being compared.", [shift(Key::C)];
    CompareWipe: Takes, Wipe, "Wipe", "Show one take to the left of a line and the other to the right.", [];
    CompareSide: Takes, Side, "Side by side", "Show the two takes next to each other.", [];
    CompareDifference: Takes, Difference, "Difference", "Show how much the two takes differ.", [];
    CopyFrame: Takes, Copy, "Copy frame", "Copy the frame under the playhead to the clipboard.", [command_shift(Key::C)];
    SaveFrame: Takes, SaveFrame, "Save frame…", "Save the frame under the playhead as a picture.", [command_shift(Key::F)];
    Remove: Takes, Delete, "Remove", "Remove the current take from the shelf, or the selected clip from the sequence; undo brings it back.", [plain(Key::Delete)];
    ShowSequence: Sequence, Sequence, "Play the sequence", "Play all clips, one after another.", [plain(Key::Q)];
    AddClip: Sequence, AddClip, "Add to the sequence", "Add the take on the stage to the sequence as a clip.", [plain(Key::A)];
    SplitClip: Sequence, Cut, "Split clip", "Cut the clip under the playhead in two.", [command(Key::B)];
    FitClip: Sequence, Fit, "Switch clip between fill and fit", "Crop the selected clip so that it fills the film, or show the whole clip with black bars.", [];
    FilmSize: Sequence, Actual, "Next film size", "Change the size of the film to the next size in the list.", [];
    RemoveClip: Sequence, RemoveClip, "Remove clip", "Remove the selected clip from the sequence.", [shift(Key::Delete)];
    Palette: Window, Palette, "Find an action…", "Search all actions by name.", [command(Key::K)];
    Shortcuts: Window, Keyboard, "Keyboard shortcuts", "List the keys for every action.", [plain(Key::F1)];
    Settings: Window, Settings, "Settings…", "Change the theme, interface size, device and folders.", [command(Key::Comma)];
    Models: Project, Model, "Models…", "See the available models, add your own or download others.", [command(Key::M)];
    FoldShelf: Window, ShelfPanel, "Shelf", "Hide or show the shelf.", [command(Key::Num1)];
    FoldDirection: Window, DirectionPanel, "Direction", "Hide or show the direction panel.", [command(Key::Num2)];
    FoldTimeline: Window, TimelinePanel, "Timeline", "Hide or show the timeline.", [command(Key::Num3)];
    FoldAll: Window, Watch, "Hide or show panels", "Hide all panels, or show them again.", [command(Key::Backslash)];
    Close: Window, Close, "Close", "Close the open dialog or the camera pad, deselect the tool, or stop comparing; a running take continues.", [plain(Key::Escape)];
    DarkTheme: Window, Theme, "Dark theme", "Show the window light on dark.", [];
    LightTheme: Window, Theme, "Light theme", "Show the window dark on light.", [];
    SwitchTheme: Window, Theme, "Switch theme", "Switch between the dark and light themes.", [];
    ScaleUp: Window, ZoomIn, "Larger interface", "Make everything larger.", [command(Key::Plus), command(Key::Equals)];
    ScaleDown: Window, ZoomOut, "Smaller interface", "Make everything smaller.", [command(Key::Minus)];
    ScaleReset: Window, Search, "Interface at 100%", "Show everything at its normal size.", [command(Key::Num0)];
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
