//! Which command each action sends, and when it is available.

use super::action::Action;
use crate::app::command::camera::CameraCommand;
use crate::app::command::export::ExportCommand;
use crate::app::command::playback::{PlaybackCommand, Repeat};
use crate::app::command::project::{FolderCommand, ProjectCommand};
use crate::app::command::queue::QueueCommand;
use crate::app::command::sequence::SequenceCommand;
use crate::app::command::takes::{
    CompareCommand, CompareMode, ShelfCommand, TakeCommand, ZoomCommand,
};
use crate::app::command::window::{Overlay, Panel, Preference, Theme, WindowCommand};
use crate::app::command::words::WordsCommand;
use crate::app::query::camera_axes::axes;
use crate::app::query::frame_shape::FrameShape;
use crate::app::state::Shown;
use crate::app::state::job::PauseState;
use crate::app::state::notice::sentence;
use crate::app::state::preferences::SCALES;
use crate::app::state::zoom::LONGEST;
use crate::app::{Choice, Command, Studio};
use crate::engine::protocol::StopMode;
use crate::project::ids::TakeId;
use crate::project::sequence::{ClipFit, FILM_SIZES};
use crate::request::Steer;

/// How many frames Shift skips.
const JUMP: isize = 5;
/// Factor by which one step stretches the timeline.
const STRETCH: f32 = 1.5;

impl Action {
    /// The command that this action sends; `None` while it is unavailable.
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
                // Without the sheet, one key would export any picture.
                let made = studio.can_export() && studio.session.shown != Shown::Picture;
                let ready = made && studio.runtime.export.is_none();
                ready.then_some(Command::Export(ExportCommand::Quick))
            }
            Self::ExportAnimatic => {
                let wish = Command::Export(ExportCommand::Animatic);
                studio.can_export_animatic().then_some(wish)
            }
            Self::ExportAs => window(WindowCommand::Show(Overlay::Export)),
            Self::ShowProjectFolder => {
                let home = studio.project.home.clone();
                home.map(|home| Command::Folder(FolderCommand::Open(home)))
            }
            Self::NewProject | Self::OpenProject | Self::RenameProject | Self::SaveAs => {
                let ready = self.obstacle(studio).is_none() && !studio.runtime.dialog;
                self.about_project(studio).filter(|_| ready)
            }
            Self::StopOpening => {
                let ready = studio.runtime.opening > 0 && !studio.runtime.opening_stopping;
                ready.then_some(Command::StopOpening)
            }
            Self::FindPicture => {
                let missing = studio.project.missing_pictures.first();
                let missing = missing.filter(|_| !studio.runtime.dialog).copied();
                missing.map(|picture| Command::Project(ProjectCommand::AskFind(picture)))
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
            Self::StartQueue => {
                let held = studio.runtime.queue.held() > 0;
                held.then_some(Command::Queue(QueueCommand::Start))
            }
            Self::ShowProgress => studio.running().map(|_| Command::ShowJob),
            Self::RollDice => Some(Command::RollSeed),
            Self::QualityDraft => preset(studio, "Draft"),
            Self::QualityStandard => preset(studio, "Standard"),
            Self::QualityFine => preset(studio, "Fine"),
            Self::FrameAsPicture => shape(studio, FrameShape::AsPicture),
            Self::FrameFilm => shape(studio, FrameShape::Film),
            Self::FrameSquare => shape(studio, FrameShape::Square),
            Self::FramePortrait => shape(studio, FrameShape::Post),
            Self::FrameTall => shape(studio, FrameShape::Phone),
            Self::CameraPad => {
                let pad = studio.session.camera.pad;
                let wish = CameraCommand::ShowPad(!pad);
                (pad || studio.picture().is_some()).then_some(Command::Camera(wish))
            }
            Self::InstallMove => {
                (!studio.runtime.dialog).then_some(Command::Camera(CameraCommand::Choose))
            }
            Self::SelectTool
            | Self::LockTool
            | Self::BrushTool
            | Self::CutOutTool
            | Self::BrushCutOut
            | Self::Erase
            | Self::BrushSmaller
            | Self::BrushLarger
            | Self::LockAll
            | Self::ClearLock
            | Self::ClearBrush
            | Self::RaiseCutOut
            | Self::LowerCutOut
            | Self::RemoveCutOut
            | Self::PlayMotion => self.drawing(studio).map(Command::Draw),
            Self::DrawPath
            | Self::PerformPath
            | Self::RemovePath
            | Self::EaseBoth
            | Self::HoldPose
            | Self::EditCurve
            | Self::AddKeyframe
            | Self::RemoveKeyframe
            | Self::SteadyStrength
            | Self::EaseIn
            | Self::EaseOut
            | Self::RiseAndFall => self.about_keyframes(studio).map(Command::Camera),
            Self::SteerAuto => steer(studio, Steer::Auto),
            Self::SteerLora => steer(studio, Steer::Lora),
            Self::SteerGuide => steer(studio, Steer::Guide),
            Self::SteerBoth => steer(studio, Steer::Both),
            Self::HoldStill => {
                let path = studio.direction().path.is_some();
                let moves = path || !studio.moves().is_empty();
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
                let usable = axes(studio.available_moves()).get(index)?.is_usable();
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
            // A keyframe that has the focus is at the playhead.
            Self::Remove if studio.edits_time() => Self::RemoveKeyframe.command(studio),
            Self::Star
            | Self::Rename
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
            Self::ShowSequence
            | Self::AddClip
            | Self::SplitClip
            | Self::FitClip
            | Self::FilmSize
            | Self::RemoveClip => self.about_sequence(studio).map(Command::Sequence),
            Self::CancelWords => {
                let words = &studio.runtime.words;
                let stopping = words.job.as_ref().is_some_and(|job| job.stopping);
                let ready = words.is_busy() && !stopping;
                ready.then_some(Command::Words(WordsCommand::Cancel))
            }
            Self::Palette | Self::Shortcuts | Self::Settings | Self::Models | Self::Words => {
                window(WindowCommand::Show(self.overlay()?))
            }
            Self::FoldShelf => window(WindowCommand::Fold(Panel::Shelf)),
            Self::FoldDirection => window(WindowCommand::Fold(Panel::Direction)),
            Self::FoldTimeline => window(WindowCommand::Fold(Panel::Timeline)),
            Self::FoldAll => window(WindowCommand::FoldAll),
            Self::Close => match studio.session.overlay {
                // In the palette, "close" refers to what is below the palette.
                Some(Overlay::Palette) | None => {
                    let wish = Command::Camera(CameraCommand::ShowPad(false));
                    let pad = studio.session.camera.pad.then_some(wish);
                    let curve = studio.session.camera.curve.as_ref();
                    let wish = Command::Camera(CameraCommand::EditCurve(None));
                    let closed = pad.or(curve.filter(|_| studio.edits_time()).map(|_| wish));
                    let compared = studio.compared();
                    closed
                        .or_else(|| Self::leave_drawing(studio))
                        .or_else(|| compared.map(|_| Command::Compare(CompareCommand::Toggle)))
                }
                Some(_) => window(WindowCommand::Close),
            },
            Self::DarkTheme => theme(studio, Theme::Dark),
            Self::LightTheme => theme(studio, Theme::Light),
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

    /// The command about the project as a whole; there may be an [obstacle](Self::obstacle) to it.
    fn about_project(self, studio: &Studio) -> Option<Command> {
        let at_home = studio.project.home.is_some();
        let wish = match self {
            Self::NewProject if at_home => ProjectCommand::New,
            Self::OpenProject if at_home => ProjectCommand::AskOpen,
            Self::RenameProject if at_home => ProjectCommand::AskName,
            Self::SaveAs => ProjectCommand::AskSaveAs,
            _ => return None,
        };
        Some(Command::Project(wish))
    }

    /// Why the action is unavailable now, where the window does not show that.
    pub(in crate::ui) fn obstacle(self, studio: &Studio) -> Option<String> {
        match self.about_project(studio)? {
            Command::Project(wish) => wish.obstacle(studio).map(|reason| sentence(&reason)),
            _ => None,
        }
    }

    /// The command that its key sends; it is also sent where there is an obstacle, so that the artist sees why.
    pub(in crate::ui) fn by_key(self, studio: &Studio) -> Option<Command> {
        let told = || self.obstacle(studio).and(self.about_project(studio));
        self.command(studio).or_else(told)
    }

    /// The sheet that it opens over the panels.
    fn overlay(self) -> Option<Overlay> {
        match self {
            Self::Palette => Some(Overlay::Palette),
            Self::Shortcuts => Some(Overlay::Shortcuts),
            Self::Settings => Some(Overlay::Settings),
            Self::Models => Some(Overlay::Models),
            Self::Words => Some(Overlay::Words),
            _ => None,
        }
    }

    /// The playback command that it sends.
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

    /// The zoom command that it sends.
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

    /// The command that it sends about the take on the stage.
    fn about_take(self, studio: &Studio) -> Option<Command> {
        let shown = studio.shown_take().map(|take| take.id);
        let plays = shown.is_some() || studio.session.shown == Shown::Sequence;
        let take = |command| Some(Command::Take(command));
        let can_make = studio.model().is_some();
        match self {
            Self::Star => take(TakeCommand::Star(shown?)),
            Self::Rename => Some(Command::Shelf(ShelfCommand::Rename(shown?))),
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
                None => {
                    let clip = Self::RemoveClip.about_sequence(studio);
                    let cut_out = || Self::RemoveCutOut.drawing(studio).map(Command::Draw);
                    clip.map(Command::Sequence).or_else(cut_out)
                }
            },
            _ => None,
        }
    }

    /// The command that it sends about the sequence.
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
            Self::FitClip => {
                let (_, clip) = sequence.clip(studio.session.clip?)?;
                let fit = match clip.fit {
                    ClipFit::Fill => ClipFit::Fit,
                    ClipFit::Fit => ClipFit::Fill,
                };
                Some(SequenceCommand::Fit(clip.id, fit))
            }
            Self::FilmSize => {
                let chosen = sequence.chosen_size();
                let mut sizes = FILM_SIZES.into_iter();
                let after = |size| Some(size) == chosen;
                let next = match chosen {
                    None => sizes.next(),
                    Some(_) => sizes.find(|size| after(*size)).and_then(|_| sizes.next()),
                };
                (!sequence.is_empty()).then_some(SequenceCommand::Size(next))
            }
            Self::RemoveClip => {
                let clip = studio.session.clip?;
                sequence.clip(clip).map(|_| SequenceCommand::Remove(clip))
            }
            _ => None,
        }
    }

    /// Its name, with what it applies to right now: "Undo change motion".
    pub(in crate::ui) fn name(self, studio: &Studio) -> String {
        let row = self.row();
        if let Some(index) = self.place()
            && let Some(axis) = axes(studio.available_moves()).get(index)
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

    /// The index of the camera axis that it controls, counted from zero.
    fn place(self) -> Option<usize> {
        let first = Self::Move1 as usize;
        let places = first..=Self::Move9 as usize;
        places
            .contains(&(self as usize))
            .then(|| self as usize - first)
    }

    /// Whether holding the key down repeats it.
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

fn steer(studio: &Studio, how: Steer) -> Option<Command> {
    let changes = studio.direction().steer != how;
    changes.then_some(Command::Direct(Choice::Steer(how)))
}

/// Applies one of Kinora's own presets.
fn preset(studio: &Studio, name: &str) -> Option<Command> {
    let mut presets = studio.runtime.presets.iter();
    let preset = presets.find(|preset| preset.name == name)?;
    let changes = !preset.is_in(&studio.direction().draft);
    changes.then(|| Command::Direct(Choice::Preset(preset.clone())))
}

/// Gives the frame a shape; the one that the picture suggests is no choice.
fn shape(studio: &Studio, shape: FrameShape) -> Option<Command> {
    let size = studio.size_of(shape)?;
    let changes = studio.frame_shape() != Some(shape);
    let size = Some(size).filter(|size| Some(*size) != studio.usual_size());
    changes.then_some(Command::Direct(Choice::Size(size)))
}

fn theme(studio: &Studio, theme: Theme) -> Option<Command> {
    let changes = studio.preferences.theme != theme;
    changes.then_some(Command::Prefer(Preference::Theme(theme)))
}

fn pause_or_resume(pause: PauseState) -> Command {
    Command::Queue(match pause {
        PauseState::Running => QueueCommand::Pause,
        PauseState::Requested | PauseState::Paused => QueueCommand::Resume,
    })
}

/// The take on the shelf after or before the one on the stage.
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
