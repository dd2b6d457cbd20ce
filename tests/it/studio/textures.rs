//! The window shows what its labels say, whatever project was open before:
//!
//! - a new project shows its own pictures and takes, and so does the previous one when it is opened again
//! - a window that is started with a project opens only that
//! - a click that reaches another project has no effect there
//! - a long random walk through projects: every texture has the pixels of its source

mod seen;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossbeam::channel::bounded;
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use kinora::app::command::Command;
use kinora::app::command::playback::PlaybackCommand;
use kinora::app::command::project::ProjectCommand;
use kinora::app::command::sequence::SequenceCommand;
use kinora::app::command::takes::TakeCommand;
use kinora::app::command::takes::{CompareCommand, CompareMode};
use kinora::app::state::Shown;
use kinora::engine::Runner;
use kinora::engine::protocol::StopMode;
use kinora::project::ids::{PictureId, TakeId};

use super::fakes::FakeRunner;
use super::hostile::Dice;
use super::{Dropped, Window};
use seen::{Uploads, ink, inked};

/// A window whose uploads are recorded, on a data folder that remains after it closes; its engine needs no permits.
fn window(data: &Path, uploads: &Uploads, files: Vec<PathBuf>) -> Window {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let builder = Harness::builder().renderer(uploads.clone());
    let nobody = "http://127.0.0.1:9";
    let runner = |fake: FakeRunner| -> Box<dyn Runner> {
        // The other end is dropped at once.
        let (_, permits) = bounded(0);
        Box::new(FakeRunner {
            permits,
            ink,
            ..fake
        })
    };
    Window::begun(builder, folder, data.to_owned(), nobody, runner, files)
}

fn send(stage: &Window, command: Command) {
    stage.window.state().commands().send(command);
}

fn open(stage: &mut Window, folder: &Path) {
    send(
        stage,
        Command::Project(ProjectCommand::Open(folder.to_owned())),
    );
    stage.until("the project", |studio| {
        studio.project.home.as_deref() == Some(folder)
            && studio.project.absent_pictures.is_empty()
            && studio.project.absent_takes.is_empty()
    });
}

/// A picture of this colour and a take of it, on the stage and paused.
fn make(stage: &mut Window, pictures: &Path, colour: [u8; 3]) {
    let path = inked(pictures, colour);
    stage.drop_file(&path);
    stage.until("the picture", |studio| {
        studio
            .picture()
            .is_some_and(|picture| picture.path.as_ref() == Some(&path))
    });
    stage.press(Key::Enter);
    stage.until("the take", |studio| {
        studio
            .shown_take()
            .is_some_and(|take| !take.cells.is_empty())
    });
    stage.press(Key::Home);
}

/// Shows the take on the stage, then its picture, and checks both; textures are uploaded a few at a time.
fn look(stage: &mut Window, uploads: &Uploads) {
    for shown in [true, false] {
        if !shown {
            let picture = stage.studio().picture().expect("a picture").id;
            send(stage, Command::ShowPicture(picture));
        }
        for _ in 0..8 {
            stage.window.step();
            stage.compare(uploads).expect("what the labels say");
        }
    }
    stage.compare_state().expect("its own pixels");
}

#[test]
fn each_project_shows_its_own_pictures_and_takes() {
    let (data, uploads) = (tempfile::tempdir().expect("a folder"), Uploads::default());
    let mut stage = window(data.path(), &uploads, Vec::new());
    stage.ready();
    stage.until("the project", |studio| studio.project.home.is_some());
    let first = stage.studio().project.home.clone().expect("a project");
    make(&mut stage, data.path(), [200, 30, 30]);
    look(&mut stage, &uploads);

    stage.press_with(Modifiers::COMMAND, Key::N);
    stage.until("a new project", |studio| {
        studio.project.home.as_ref() != Some(&first)
    });
    assert_eq!(stage.studio().session.shown, Shown::Picture);
    assert!(
        stage.studio().session.take_before.is_none(),
        "no take of this project was looked at"
    );
    let second = stage.studio().project.home.clone().expect("a project");
    make(&mut stage, data.path(), [30, 60, 200]);
    look(&mut stage, &uploads);
    let numbers = |stage: &Window| {
        let project = &stage.studio().project;
        let picture = project.document.picture.map(|id| id.0);
        (picture, project.takes[0].id.0)
    };
    let here = numbers(&stage);

    for folder in [&first, &second, &first] {
        open(&mut stage, folder);
        assert_eq!(numbers(&stage), here, "the same numbers name other things");
        let take = stage.studio().project.takes[0].id;
        send(&stage, Command::ShowTake(take));
        look(&mut stage, &uploads);
    }
}

#[test]
fn a_window_that_is_started_with_a_project_opens_no_other() {
    let (data, uploads) = (tempfile::tempdir().expect("a folder"), Uploads::default());
    let mut stage = window(data.path(), &uploads, Vec::new());
    stage.ready();
    stage.until("the project", |studio| studio.project.home.is_some());
    let first = stage.studio().project.home.clone().expect("a project");
    make(&mut stage, data.path(), [10, 200, 90]);
    stage.press_with(Modifiers::COMMAND, Key::N);
    stage.until("a new project", |studio| {
        studio.project.home.as_ref() != Some(&first)
    });
    make(&mut stage, data.path(), [240, 200, 20]);
    let second = stage.studio().project.home.clone().expect("a project");
    stage.until("it is remembered", |_| {
        let text = std::fs::read_to_string(data.path().join("preferences.json"));
        text.is_ok_and(|text| text.contains("Untitled 2"))
    });
    drop(stage);

    // Without arguments, the window opens the last project; with a folder and a picture, only that folder.
    let extra = inked(data.path(), [7, 8, 9]);
    let mut last = window(data.path(), &uploads, Vec::new());
    last.until("the last project", |studio| {
        studio.project.home.as_ref() == Some(&second)
    });
    drop(last);
    let files = vec![extra.clone(), first.clone()];
    let mut stage = window(data.path(), &uploads, files);
    for _ in 0..1000 {
        let project = &stage.studio().project;
        let home = project.home.as_ref();
        assert!(home.is_none_or(|home| *home == first), "{home:?}");
        stage.compare(&uploads).expect("what the labels say");
        if project.takes.len() == 1 && project.pictures.len() == 6 {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
        stage.window.step();
    }
    let shown = stage.studio().picture().map(|one| one.path.clone());
    assert_eq!(shown, Some(Some(extra)), "added to that project");
    let take = stage.studio().project.takes[0].id;
    send(&stage, Command::ShowTake(take));
    look(&mut stage, &uploads);
}

#[test]
fn a_click_that_reaches_another_project_has_no_effect_there() {
    let (data, uploads) = (tempfile::tempdir().expect("a folder"), Uploads::default());
    let mut stage = window(data.path(), &uploads, Vec::new());
    stage.ready();
    stage.until("the project", |studio| studio.project.home.is_some());
    let first = stage.studio().project.home.clone().expect("a project");
    make(&mut stage, data.path(), [90, 90, 200]);
    let take = stage.studio().project.takes[0].id;
    send(&stage, Command::Project(ProjectCommand::New));
    stage.until("a new project", |studio| {
        studio.project.home.as_ref() != Some(&first)
    });
    make(&mut stage, data.path(), [200, 90, 90]);
    assert_eq!(stage.studio().project.takes[0].id, take);
    let second = stage.studio().project.home.clone().expect("a project");

    // The other project is read while the window is idle; then a click hits something that is still shown.
    send(
        &stage,
        Command::Project(ProjectCommand::Open(first.clone())),
    );
    stage.window.step();
    assert_eq!(stage.studio().project.home.as_ref(), Some(&second));
    std::thread::sleep(Duration::from_millis(600));
    send(&stage, Command::Take(TakeCommand::Star(take)));
    stage.window.step();
    stage.until("the first project", |studio| {
        studio.project.home.as_ref() == Some(&first)
    });
    assert!(stage.studio().project.document.stars.is_empty());
    open(&mut stage, &second);
    assert!(stage.studio().is_starred(take), "it was that one's");
}

/// Steps of the walk.
const STEPS: usize = 10_000;
/// Maximum size of a project in the walk, so that it can be read again during the walk.
const MOST: usize = 5;
/// Number of projects that the walk creates.
const PROJECTS: usize = 6;

/// A window that receives random input.
struct Walk {
    dice: Dice,
    data: tempfile::TempDir,
    uploads: Uploads,
    stage: Option<Window>,
    /// Projects that were open, and how often each was replaced.
    left: BTreeMap<PathBuf, usize>,
    compared: usize,
    unnamed: usize,
    /// The latest texture without a label.
    example: Option<String>,
    restarts: usize,
    /// Steps until another project may be opened, because opening one takes a while.
    patience: usize,
}

impl Walk {
    fn restart(&mut self) {
        let homes: Vec<PathBuf> = self.left.keys().cloned().collect();
        let named = self.dice.roll(homes.len() as u64 * 2) as usize;
        let files = homes.get(named).cloned().into_iter().collect();
        // The previous window releases its project first.
        self.stage = None;
        self.uploads = Uploads::default();
        self.stage = Some(window(self.data.path(), &self.uploads, files));
        self.restarts += 1;
    }

    fn wish(&mut self, stage: &mut Window) -> Option<Command> {
        let studio = stage.studio();
        let project = &studio.project;
        let own = project.pictures.len().saturating_sub(4) + project.absent_pictures.len();
        let made = project.takes.len() + project.absent_takes.len();
        let pictures: Vec<PictureId> = project.pictures.iter().map(|one| one.id).collect();
        let takes: Vec<TakeId> = project.takes.iter().map(|one| one.id).collect();
        let homes: Vec<PathBuf> = self.left.keys().cloned().collect();
        let dice = &mut self.dice;
        let other = homes.get(dice.roll(homes.len() as u64) as usize).cloned();
        Some(match dice.roll(60) {
            0..=4 if own < MOST => {
                let colour = [17, 23, 29].map(|step| (dice.roll(12) * step) as u8);
                let path = inked(self.data.path(), colour);
                let file = Arc::new(Dropped(path));
                stage.window.input_mut().dropped_files.push(file);
                return None;
            }
            5..=8 if made < MOST => Command::Generate,
            9..=13 => Command::ShowPicture(dice.of(&pictures)?),
            14..=19 => Command::ShowTake(dice.of(&takes)?),
            20..=22 => Command::Undo,
            23 | 24 => Command::Redo,
            25 => Command::Take(TakeCommand::Remove(dice.of(&takes)?)),
            26 => Command::Take(TakeCommand::Star(dice.of(&takes)?)),
            27 if own < MOST => Command::Take(TakeCommand::Extend),
            28 | 29 => Command::Sequence(SequenceCommand::Add(dice.of(&takes)?)),
            30 | 31 => Command::Sequence(SequenceCommand::Show),
            32 => Command::Compare(CompareCommand::Toggle),
            33 => Command::Compare(CompareCommand::Mode(dice.of(&[
                CompareMode::Wipe,
                CompareMode::Side,
                CompareMode::Difference,
            ])?)),
            34 => Command::Stop(dice.of(&[StopMode::Keep, StopMode::Now])?),
            35..=37 => Command::Play(PlaybackCommand::Seek(dice.roll(4) as usize)),
            38 => Command::Play(PlaybackCommand::PlayPause),
            39 if self.left.len() < PROJECTS && self.patience == 0 => {
                self.patience = 100;
                Command::Project(ProjectCommand::New)
            }
            39..=42 => Command::Project(ProjectCommand::Open(other?)),
            43 => {
                let file = Arc::new(Dropped(other?));
                stage.window.input_mut().dropped_files.push(file);
                return None;
            }
            44 => Command::Project(ProjectCommand::Save),
            _ => return None,
        })
    }

    fn step(&mut self) {
        if self.dice.roll(500) == 0 {
            self.restart();
        }
        let Some(mut stage) = self.stage.take() else {
            return;
        };
        self.patience = self.patience.saturating_sub(1);
        let before = stage.studio().project.home.clone();
        if let Some(wish) = self.wish(&mut stage) {
            send(&stage, wish);
        }
        stage.window.step();
        // The engine waits until its orders are read.
        while stage.orders.try_recv().is_ok() {}
        let home = stage.studio().project.home.clone();
        if let Some(home) = home.clone() {
            self.left.entry(home).or_default();
        }
        if let Some(before) = before.filter(|before| home.as_ref() != Some(before)) {
            *self.left.entry(before).or_default() += 1;
        }
        let compared = stage.compare(&self.uploads);
        let (compared, unnamed) = compared.expect("what the labels say");
        self.compared += compared;
        self.unnamed += unnamed.len();
        self.example = unnamed.into_iter().next().or(self.example.take());
        stage.compare_state().expect("its own pixels");
        self.stage = Some(stage);
    }
}

#[test]
fn on_a_long_walk_through_projects_every_texture_has_its_own_pixels() {
    let (data, uploads) = (tempfile::tempdir().expect("a folder"), Uploads::default());
    let mut walk = Walk {
        dice: Dice(0x5eed_0fa1_07e5_7000),
        stage: Some(window(data.path(), &uploads, Vec::new())),
        data,
        uploads,
        left: BTreeMap::new(),
        compared: 0,
        unnamed: 0,
        example: None,
        restarts: 0,
        patience: 0,
    };
    let steps = std::env::var("WALK_STEPS").ok();
    let steps = steps.and_then(|steps| steps.parse().ok()).unwrap_or(STEPS);
    for _ in 0..steps {
        walk.step();
    }
    let switches: usize = walk.left.values().sum();
    println!(
        "{steps} steps: {} textures compared, {} projects, {switches} times another one, {} windows",
        walk.compared,
        walk.left.len(),
        walk.restarts + 1,
    );
    // The counts depend on how much the workers did meanwhile; a walk with too few proves nothing.
    assert!(walk.left.len() >= PROJECTS);
    assert!(
        walk.unnamed * 100 < walk.compared,
        "{} textures of {} had no label: {:?}",
        walk.unnamed,
        walk.compared,
        walk.example
    );
    assert!(switches > steps / 500 && walk.restarts > steps / 2000 && walk.compared > steps);
}
