//! Every action of the studio in one table: name, sentence, keys, icon, group.
//!
//! Keys, the palette, menus and the sheet of keys are all made from it; whoever adds an action adds
//! a row here and an arm to [`Action::command`]. Must not know how any of them is drawn.

use egui::{Key, KeyboardShortcut, Modifiers};

use crate::app::command::camera::CameraCommand;
use crate::app::command::export::ExportCommand;
use crate::app::command::playback::{PlaybackCommand, Repeat};
use crate::app::command::project::ProjectCommand;
use crate::app::command::queue::QueueCommand;
use crate::app::command::sequence::SequenceCommand;
use crate::app::command::takes::{CompareCommand, CompareMode, TakeCommand, ZoomCommand};
use crate::app::command::window::{Overlay, Part, Preference, Theme, WindowCommand};
use crate::app::query::camera_axes::axes;
use crate::app::state::Shown;
use crate::app::state::job::PauseState;
use crate::app::state::notice::sentence;
use crate::app::state::preferences::SCALES;
use crate::app::state::zoom::LONGEST;
use crate::app::{Command, Studio};
use crate::engine::protocol::StopMode;
use crate::project::ids::TakeId;
use crate::ui::widgets::Icon;

/// Frames that Shift jumps over.
const JUMP: isize = 5;
/// How much more room for each frame at a time.
const STRETCH: f32 = 1.5;

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
            Self::Make => "Make",
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
    Generate: Make, Generate, "Generate", "Make a take of the picture; while one is being made, it waits its turn.", [plain(Key::Enter)];
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
    SetIn: Play, In, "Begin range here", "Play from the frame under the playhead on.", [plain(Key::I)];
    SetOut: Play, Out, "End range here", "Play up to the frame under the playhead.", [plain(Key::O)];
    WholeRange: Play, Range, "Play all", "Play from the first frame to the last.", [shift(Key::I)];
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
    Recipe: Takes, Recipe, "Recipe into Direction", "Set everything as it was for the take on the stage.", [shift(Key::R)];
    Compare: Takes, Compare, "Compare", "Compare the take on the stage with the one before, or end it.", [plain(Key::C)];
    SwapCompared: Takes, Swap, "Swap compared takes", "Exchange the two takes that are compared.", [shift(Key::C)];
    CompareWipe: Takes, Wipe, "Wipe", "Show one take left of a line and the other right of it.", [];
    CompareSide: Takes, Side, "Side by side", "Show two takes beside each other.", [];
    CompareDifference: Takes, Difference, "Difference", "Show how far two takes are apart.", [];
    CopyFrame: Takes, Copy, "Copy frame", "Put the frame under the playhead on the clipboard.", [command_shift(Key::C)];
    SaveFrame: Takes, Still, "Save frame…", "Write the frame under the playhead as a picture.", [command_shift(Key::F)];
    Remove: Takes, Delete, "Remove", "Remove the current take from the shelf, or the selected clip from the sequence; undo brings it back.", [plain(Key::Delete)];
    ShowSequence: Sequence, Sequence, "Play the sequence", "Show all clips, one after the other.", [plain(Key::Q)];
    AddClip: Sequence, AddClip, "Add to the sequence", "Add the take on the stage as a clip.", [plain(Key::A)];
    SplitClip: Sequence, Cut, "Split clip", "Cut the clip under the playhead in two.", [command(Key::B)];
    RemoveClip: Sequence, RemoveClip, "Remove clip", "Take the chosen clip out of the sequence.", [shift(Key::Delete)];
    Palette: Window, Palette, "Find an action…", "List every action and find one by typing.", [command(Key::K)];
    Shortcuts: Window, Keyboard, "Keyboard shortcuts", "Show every key.", [plain(Key::F1)];
    Settings: Window, Settings, "Settings…", "Theme, size, device, places.", [command(Key::Comma)];
    Models: Project, Model, "Models…", "See the available models, add some, download the full one.", [command(Key::M)];
    FoldShelf: Window, ShelfPanel, "Shelf", "Fold the shelf away, or unfold it.", [command(Key::Num1)];
    FoldDirection: Window, DirectionPanel, "Direction", "Fold the direction panel away, or unfold it.", [command(Key::Num2)];
    FoldTimeline: Window, TimelinePanel, "Timeline", "Fold the timeline away, or unfold it.", [command(Key::Num3)];
    FoldAll: Window, Watch, "Stage alone", "Fold all panels away, or unfold them.", [command(Key::Backslash)];
    Close: Window, Close, "Close", "Close what was opened last: a sheet, or the camera pad; a take that is being made goes on.", [plain(Key::Escape)];
    SwitchTheme: Window, Theme, "Switch theme", "Go from dark to light, or back.", [];
    ScaleUp: Window, ZoomIn, "Larger interface", "Show everything larger.", [command(Key::Plus), command(Key::Equals)];
    ScaleDown: Window, ZoomOut, "Smaller interface", "Show everything smaller.", [command(Key::Minus)];
    ScaleReset: Window, Search, "Interface at 100 %", "Show everything at its own size.", [command(Key::Num0)];
}

impl Action {
    /// What doing it asks for; `None` while it cannot be done.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each action, and little logic"
    )]
    pub(in crate::ui) fn command(self, studio: &Studio) -> Option<Command> {
        let window = |command| Some(Command::Window(command));
        match self {
            Self::OpenPictures => (!studio.runtime.dialog).then_some(Command::ChoosePictures),
            Self::Paste => Some(Command::Paste),
            Self::Hold => studio.running().map(|job| pause_or_resume(job.pause)),
            Self::Export => {
                let ready = studio.can_export() && studio.runtime.export.is_none();
                ready.then_some(Command::Export(ExportCommand::Quick))
            }
            Self::ExportAs => window(WindowCommand::Show(Overlay::Export)),
            Self::NewProject | Self::OpenProject | Self::SaveAs => {
                let ready = self.obstacle(studio).is_none() && !studio.runtime.dialog;
                self.about_project(studio).filter(|_| ready)
            }
            Self::StopOpening => {
                let ready = studio.runtime.opening > 0 && !studio.runtime.opening_stopping;
                ready.then_some(Command::StopOpening)
            }
            Self::Save => {
                let home = studio.project.home.as_ref();
                home.map(|_| Command::Project(ProjectCommand::Save))
            }
            Self::Quit => window(if studio.would_lose() {
                WindowCommand::Show(Overlay::Quit)
            } else {
                WindowCommand::Leave
            }),
            Self::CancelExport => {
                let export = studio.runtime.export.as_ref()?;
                (!export.stopping).then_some(Command::Export(ExportCommand::Cancel))
            }
            Self::Undo => studio.history.undo_label().map(|_| Command::Undo),
            Self::Redo => studio.history.redo_label().map(|_| Command::Redo),
            Self::Generate => studio.can_generate().then_some(Command::Generate),
            Self::StopAndKeep => studio.running().map(|_| Command::Stop(StopMode::Keep)),
            Self::Discard => studio.running().map(|_| Command::Stop(StopMode::Now)),
            Self::ShowProgress => studio.running().map(|_| Command::ShowJob),
            Self::RollDice => Some(Command::RollSeed),
            Self::CameraPad => {
                let pad = studio.session.camera.pad;
                let wish = CameraCommand::ShowPad(!pad);
                (pad || studio.picture().is_some()).then_some(Command::Camera(wish))
            }
            Self::InstallMove => {
                (!studio.runtime.dialog).then_some(Command::Camera(CameraCommand::Choose))
            }
            Self::HoldStill => {
                let moves = !studio.moves().is_empty();
                moves.then_some(Command::Camera(CameraCommand::Clear))
            }
            Self::Move1
            | Self::Move2
            | Self::Move3
            | Self::Move4
            | Self::Move5
            | Self::Move6
            | Self::Move7
            | Self::Move8
            | Self::Move9 => {
                let index = self.place()?;
                let usable = axes(studio.moves_at_hand()).get(index)?.is_usable();
                usable.then_some(Command::Camera(CameraCommand::ClickNth(index)))
            }
            Self::PlayPause
            | Self::FirstFrame
            | Self::FrameBack
            | Self::JumpBack
            | Self::FrameForward
            | Self::JumpForward
            | Self::LastFrame
            | Self::PlayBackwards
            | Self::Pause
            | Self::PlayForwards
            | Self::Loop
            | Self::PingPong
            | Self::PlayOnce
            | Self::SetIn
            | Self::SetOut
            | Self::WholeRange
            | Self::Onion => {
                studio.timing()?;
                self.playback().map(Command::Play)
            }
            Self::Fit | Self::ActualSize | Self::StretchTimeline | Self::ShrinkTimeline => {
                self.sight(studio).map(Command::Zoom)
            }
            Self::Star
            | Self::Again
            | Self::MoreMotion
            | Self::LessMotion
            | Self::Extend
            | Self::Recipe
            | Self::Compare
            | Self::SwapCompared
            | Self::OlderTake
            | Self::NewerTake
            | Self::CompareWipe
            | Self::CompareSide
            | Self::CompareDifference
            | Self::CopyFrame
            | Self::SaveFrame
            | Self::Remove => self.about_take(studio),
            Self::ShowSequence | Self::AddClip | Self::SplitClip | Self::RemoveClip => {
                self.about_sequence(studio).map(Command::Sequence)
            }
            Self::Palette | Self::Shortcuts | Self::Settings | Self::Models => {
                window(WindowCommand::Show(self.overlay()?))
            }
            Self::FoldShelf => window(WindowCommand::Fold(Part::Shelf)),
            Self::FoldDirection => window(WindowCommand::Fold(Part::Direction)),
            Self::FoldTimeline => window(WindowCommand::Fold(Part::Timeline)),
            Self::FoldAll => window(WindowCommand::FoldAll),
            Self::Close => match studio.session.overlay {
                // Whoever finds it in the palette means what lies below.
                Some(Overlay::Palette) | None => {
                    let wish = Command::Camera(CameraCommand::ShowPad(false));
                    studio.session.camera.pad.then_some(wish)
                }
                Some(_) => window(WindowCommand::Close),
            },
            Self::SwitchTheme => {
                let theme = match studio.preferences.theme {
                    Theme::Dark | Theme::System => Theme::Light,
                    Theme::Light => Theme::Dark,
                };
                Some(Command::Prefer(Preference::Theme(theme)))
            }
            Self::ScaleUp => scale(SCALES.into_iter().find(|&s| s > studio.preferences.scale)),
            Self::ScaleDown => {
                let smaller = SCALES.into_iter().rev();
                scale(smaller.into_iter().find(|&s| s < studio.preferences.scale))
            }
            Self::ScaleReset => scale((studio.preferences.scale != 100).then_some(100)),
        }
    }

    /// What it asks about the project as a whole; there may be an [obstacle](Self::obstacle).
    fn about_project(self, studio: &Studio) -> Option<Command> {
        let at_home = studio.project.home.is_some();
        let wish = match self {
            Self::NewProject if at_home => ProjectCommand::New,
            Self::OpenProject if at_home => ProjectCommand::AskOpen,
            Self::SaveAs => ProjectCommand::AskSaveAs,
            _ => return None,
        };
        Some(Command::Project(wish))
    }

    /// Why it cannot be done now, where that cannot be seen.
    pub(in crate::ui) fn obstacle(self, studio: &Studio) -> Option<String> {
        match self.about_project(studio)? {
            Command::Project(wish) => wish.obstacle(studio).map(|reason| sentence(&reason)),
            _ => None,
        }
    }

    /// What its key asks for: where there is an obstacle, to hear of it.
    pub(in crate::ui) fn by_key(self, studio: &Studio) -> Option<Command> {
        let told = || self.obstacle(studio).and(self.about_project(studio));
        self.command(studio).or_else(told)
    }

    /// What it puts over the panels.
    fn overlay(self) -> Option<Overlay> {
        match self {
            Self::Palette => Some(Overlay::Palette),
            Self::Shortcuts => Some(Overlay::Shortcuts),
            Self::Settings => Some(Overlay::Settings),
            Self::Models => Some(Overlay::Models),
            _ => None,
        }
    }

    /// What it asks of playback.
    fn playback(self) -> Option<PlaybackCommand> {
        Some(match self {
            Self::PlayPause => PlaybackCommand::PlayPause,
            Self::FirstFrame => PlaybackCommand::First,
            Self::FrameBack => PlaybackCommand::Step(-1),
            Self::JumpBack => PlaybackCommand::Step(-JUMP),
            Self::FrameForward => PlaybackCommand::Step(1),
            Self::JumpForward => PlaybackCommand::Step(JUMP),
            Self::LastFrame => PlaybackCommand::Last,
            Self::PlayBackwards => PlaybackCommand::Shuttle { backwards: true },
            Self::Pause => PlaybackCommand::Pause,
            Self::PlayForwards => PlaybackCommand::Shuttle { backwards: false },
            Self::Loop => PlaybackCommand::Repeat(Repeat::Loop),
            Self::PingPong => PlaybackCommand::TogglePingPong,
            Self::PlayOnce => PlaybackCommand::Repeat(Repeat::Once),
            Self::SetIn => PlaybackCommand::In(None),
            Self::SetOut => PlaybackCommand::Out(None),
            Self::WholeRange => PlaybackCommand::WholeRange,
            Self::Onion => PlaybackCommand::ToggleOnion,
            _ => return None,
        })
    }

    /// What it asks of how closely the artist looks.
    fn sight(self, studio: &Studio) -> Option<ZoomCommand> {
        studio.timing()?;
        let stretch = studio.session.zoom.timeline;
        match self {
            Self::Fit => Some(ZoomCommand::Fit),
            Self::ActualSize => Some(ZoomCommand::Actual),
            Self::StretchTimeline => {
                (stretch < LONGEST).then_some(ZoomCommand::Timeline(stretch * STRETCH))
            }
            Self::ShrinkTimeline => {
                (stretch > 1.0).then_some(ZoomCommand::Timeline(stretch / STRETCH))
            }
            _ => None,
        }
    }

    /// What it asks about the take on the stage.
    fn about_take(self, studio: &Studio) -> Option<Command> {
        let shown = studio.shown_take().map(|take| take.id);
        let plays = shown.is_some() || studio.session.shown == Shown::Sequence;
        let take = |command| Some(Command::Take(command));
        let can_make = studio.model().is_some();
        match self {
            Self::Star => take(TakeCommand::Star(shown?)),
            Self::Again if can_make => take(TakeCommand::Again(shown?)),
            Self::MoreMotion | Self::LessMotion if can_make => take(TakeCommand::Motion {
                take: shown?,
                more: self == Self::MoreMotion,
            }),
            Self::Extend if plays => take(TakeCommand::Extend),
            Self::Recipe => take(TakeCommand::Recipe(shown?)),
            Self::Compare => shown.map(|_| Command::Compare(CompareCommand::Toggle)),
            Self::SwapCompared => {
                let compared = studio.compared();
                compared.map(|_| Command::Compare(CompareCommand::Swap))
            }
            Self::OlderTake => beside(studio, true),
            Self::NewerTake => beside(studio, false),
            Self::CompareWipe => compared_as(studio, CompareMode::Wipe),
            Self::CompareSide => compared_as(studio, CompareMode::Side),
            Self::CompareDifference => compared_as(studio, CompareMode::Difference),
            Self::CopyFrame if plays => take(TakeCommand::CopyFrame),
            Self::SaveFrame if plays && !studio.runtime.dialog => take(TakeCommand::SaveFrame),
            Self::Remove => match shown {
                Some(shown) => take(TakeCommand::Remove(shown)),
                None => Self::RemoveClip
                    .about_sequence(studio)
                    .map(Command::Sequence),
            },
            _ => None,
        }
    }

    /// What it asks about the sequence.
    fn about_sequence(self, studio: &Studio) -> Option<SequenceCommand> {
        let sequence = studio.sequence();
        match self {
            Self::ShowSequence => (!sequence.is_empty()).then_some(SequenceCommand::Show),
            Self::AddClip => studio
                .shown_take()
                .map(|take| SequenceCommand::Add(take.id)),
            Self::SplitClip => {
                let shown = studio.session.shown == Shown::Sequence;
                (shown && sequence.can_split(studio.playhead())).then_some(SequenceCommand::Split)
            }
            Self::RemoveClip => {
                let clip = studio.session.clip?;
                sequence.clip(clip).map(|_| SequenceCommand::Remove(clip))
            }
            _ => None,
        }
    }

    /// Its name with what it is about right now: "Undo change motion".
    pub(in crate::ui) fn name(self, studio: &Studio) -> String {
        let row = self.row();
        if let Some(index) = self.place()
            && let Some(axis) = axes(studio.moves_at_hand()).get(index)
        {
            return format!("{}: {}", row.name, axis.title);
        }
        let about = match self {
            Self::Undo => studio.history.undo_label(),
            Self::Redo => studio.history.redo_label(),
            _ => None,
        };
        about.map_or_else(
            || row.name.to_owned(),
            |about| format!("{} {about}", row.name),
        )
    }

    /// The place among the axes of the camera that it is about, counted from zero.
    fn place(self) -> Option<usize> {
        let first = Self::Move1 as usize;
        let places = first..=Self::Move9 as usize;
        places
            .contains(&(self as usize))
            .then(|| self as usize - first)
    }

    /// Whether holding the key down does it again and again.
    pub(in crate::ui) fn repeats(self) -> bool {
        matches!(
            self,
            Self::FrameBack
                | Self::JumpBack
                | Self::FrameForward
                | Self::JumpForward
                | Self::Undo
                | Self::Redo
        )
    }
}

fn pause_or_resume(pause: PauseState) -> Command {
    Command::Queue(match pause {
        PauseState::Running => QueueCommand::Pause,
        PauseState::Requested | PauseState::Paused => QueueCommand::Resume,
    })
}

/// The take on the shelf behind or before the one on the stage.
fn beside(studio: &Studio, older: bool) -> Option<Command> {
    let shelf: Vec<TakeId> = studio.found_takes().map(|take| take.id).collect();
    let shown = studio.shown_take().map(|take| take.id);
    let place = shown.and_then(|shown| shelf.iter().position(|&id| id == shown));
    let next = match (place, older) {
        (None, older) => older.then_some(0),
        (Some(place), true) => Some(place + 1),
        (Some(place), false) => place.checked_sub(1),
    };
    shelf.get(next?).map(|&id| Command::ShowTake(id))
}

fn compared_as(studio: &Studio, way: CompareMode) -> Option<Command> {
    let compared = studio.compared();
    compared.map(|_| Command::Compare(CompareCommand::Mode(way)))
}

fn scale(percent: Option<u16>) -> Option<Command> {
    percent.map(|percent| Command::Prefer(Preference::Scale(percent)))
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
