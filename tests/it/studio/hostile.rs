//! An hour with a hostile tester, in a few seconds:
//!
//! - files of other kinds are rejected in the command line's words; opening a large batch or a large picture can be
//!   stopped; projects and takes are recognised and opened
//! - editing a waiting take selects its model, and the previous one is restored
//! - a closing window starts none of the waiting takes; a project stays open while a take is made
//! - hundreds of random commands, with a clock that goes back: nothing panics, no finished take is lost, and the studio
//!   can still make one afterwards

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam::channel::{Receiver, Sender, bounded};
use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use kinora::app::command::camera::CameraCommand;
use kinora::app::command::playback::PlaybackCommand;
use kinora::app::command::project::ProjectCommand;
use kinora::app::command::queue::{QueueCommand, QueueId};
use kinora::app::command::sequence::SequenceCommand;
use kinora::app::command::takes::{CompareCommand, TakeCommand};
use kinora::app::command::{Choice, Command};
use kinora::app::state::Shown;
use kinora::app::workers::clipboard::Pasted;
use kinora::app::{HubAccess, Parts, StudioLoop};
use kinora::engine::protocol::StopMode;
use kinora::error::PictureError;
use kinora::hub::TokenStore;
use kinora::library::Library;
use kinora::media::picture::{Picture, Reading};
use kinora::media::progress::PictureWatch;
use kinora::project::ids::{ClipId, PictureId, TakeId};
use kinora::system::clock::now;

use super::fakes::{FakeClipboard, FakeDialogs, FakeRunner, plain};
use super::{Dropped, PATIENCE, STEPS, TICK, Window};

fn drop_all(stage: &mut Window, paths: &[PathBuf]) {
    for path in paths {
        let file = Arc::new(Dropped(path.clone()));
        stage.window.input_mut().dropped_files.push(file);
    }
    stage.window.step();
}

#[test]
fn other_files_are_rejected_in_the_command_lines_words() {
    let mut stage = Window::open();
    let folder = stage.folder.path().to_owned();
    let whole = fs::read(stage.picture("whole.png")).expect("a picture");
    let make = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).expect("a file in the test's folder");
        path
    };
    let mut paths = vec![
        make("nothing.png", b""),
        make("letter.png", b"Dear diary, no picture today."),
        make("half.png", &whole[..whole.len() / 2]),
        make(
            "film.png",
            &[b"\0\0\0\x18ftypmp42".as_slice(), &[7; 3 << 20]].concat(),
        ),
        folder.join("gone.png"),
    ];
    if cfg!(unix) {
        #[cfg(unix)]
        for (one, other) in [("to.png", "fro.png"), ("fro.png", "to.png")] {
            std::os::unix::fs::symlink(folder.join(other), folder.join(one)).expect("a link");
        }
        paths.push(folder.join("to.png"));
    }
    for path in paths {
        let words = Picture::open(&path, [0; 3])
            .expect_err("it is no picture")
            .to_string();
        assert!(!words.contains("os error"), "{words}");
        drop_all(&mut stage, &[path]);
        stage.until("the refusal", |studio| {
            let told = studio
                .runtime
                .notices
                .last()
                .and_then(|one| one.details.last());
            studio.runtime.opening == 0
                && told.is_some_and(|one| one.words.to_lowercase() == words.to_lowercase())
        });
    }
    #[cfg(unix)]
    {
        let pipe = folder.join("pipe.png");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo is there").success());
        drop_all(&mut stage, &[pipe]);
        stage.until("the refusal of a pipe", |studio| {
            let told = studio
                .runtime
                .notices
                .last()
                .and_then(|one| one.details.last());
            told.is_some_and(|one| one.words.contains("not an ordinary file"))
        });
    }
    assert_eq!(stage.studio().project.pictures.len(), 4, "samples alone");
}

#[test]
fn opening_a_batch_can_be_stopped() {
    let mut stage = Window::open();
    // Large enough that opening all of them takes seconds: small ones can all be open before the click arrives.
    let one = stage.picture_of("one.png", 1200, 800);
    let many: Vec<PathBuf> = (0..150)
        .map(|number| {
            let path = stage.folder.path().join(format!("{number:03}.png"));
            fs::copy(&one, &path).expect("a copy");
            path
        })
        .collect();
    drop_all(&mut stage, &many);
    stage.until("the first of them", |studio| {
        studio.project.pictures.len() > 4
    });
    stage.click("Stop opening");
    stage.until("the end", |studio| studio.runtime.opening == 0);
    let opened = stage.studio().project.pictures.len() - 4;
    assert!(
        (1..150).contains(&opened),
        "{opened} are open, the rest is left alone"
    );
    assert!(
        stage.studio().runtime.notices.is_empty(),
        "that is no trouble"
    );
    drop_all(&mut stage, &many[149..]);
    stage.until("the next one", |studio| studio.runtime.opening == 0);
    let last = stage
        .studio()
        .project
        .pictures
        .iter()
        .any(|picture| picture.name == "149.png");
    assert!(last, "what is asked for later is opened");
}

/// JPEG by our own decoder, PNG by another one: both report progress and can be stopped.
#[test]
fn opening_a_large_picture_reports_progress_and_can_be_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let pixels = image::RgbImage::from_fn(1500, 1000, |x, y| {
        let noise = x.wrapping_mul(2_654_435_761).wrapping_add(y * 40_503) >> 13;
        image::Rgb([noise as u8, (noise >> 3) as u8, (x + y) as u8])
    });
    for name in ["large.png", "large.jpg"] {
        let path = folder.path().join(name);
        pixels.save(&path).expect("a picture");
        let told = Cell::new(0.0_f32);
        let steps = Cell::new(0);
        let progress = |part: f32| {
            assert!(
                (0.0..=1.0).contains(&part) && part >= told.get(),
                "{name}: {part}"
            );
            told.set(part);
            steps.set(steps.get() + 1);
        };
        let half = || told.get() > 0.5;
        let watch = PictureWatch {
            ended: &half,
            progress: &progress,
        };
        let ended = Picture::open_watched(&path, [0; 3], Reading::AsMeant, watch);
        assert!(matches!(ended, Err(PictureError::Ended { .. })), "{name}");
        assert!(
            steps.get() > 5 && told.get() < 0.7,
            "{name}: {} {}",
            steps.get(),
            told.get()
        );
        assert!(Picture::open(&path, [0; 3]).is_ok());
    }
}

#[test]
fn a_project_and_a_take_are_opened_as_what_they_are() {
    let data = tempfile::tempdir().expect("a folder");
    let mut stage = Window::at(data.path());
    stage.until("the project", |studio| studio.project.home.is_some());
    stage.begin();
    stage.finish();
    let home = stage.studio().project.home.clone().expect("a project");
    let clip = home.join("takes/take-00017.apng");
    stage.until("its file", |_| clip.is_file());
    stage.press_with(Modifiers::COMMAND, Key::N);
    stage.until("a new project", |studio| {
        studio.project.home.as_ref() != Some(&home)
    });
    drop_all(&mut stage, &[clip]);
    stage.until("the take", |studio| studio.shown_take().is_some());
    let own = stage.studio().project.home.clone().expect("a project");
    stage.until("its copy", |_| {
        fs::read_dir(own.join("takes")).is_ok_and(|files| files.count() == 1)
    });
    drop_all(&mut stage, std::slice::from_ref(&home));
    stage.until("the first project", |studio| {
        studio.project.home.as_ref() == Some(&home) && studio.project.takes.len() == 1
    });
    assert_eq!(stage.studio().runtime.opening, 0);
    assert!(stage.studio().runtime.notices.is_empty());
}

#[test]
fn a_waiting_take_is_edited_with_its_own_model() {
    let mut stage = Window::open();
    stage.begin();
    stage.click("Add to queue");
    stage.until("one waits", |studio| {
        studio.runtime.queue.waiting.len() == 1
    });
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny_svd");
    let choose = |stage: &mut Window, name: &str| {
        let commands = stage.window.state().commands();
        commands.send(Command::Direct(Choice::Model(name.to_owned())));
        stage.until("the model", |studio| {
            studio.model().is_some_and(|card| card.name == name)
        });
    };
    let tiny = tiny.display().to_string();
    choose(&mut stage, &tiny);
    stage.click("Edit waiting take 1");
    stage.until("its model", |studio| {
        studio.model().is_some_and(|card| card.name == "pocket")
    });
    stage.click("Save changes");
    stage.until("the model of before", |studio| {
        studio.model().is_some_and(|card| card.name == tiny)
    });
    let waiting = &stage.studio().runtime.queue.waiting[0];
    assert_eq!(waiting.request.direction.model, "pocket");
    for _ in 0..2 * STEPS {
        let _ = stage.permits.send(());
    }
    stage.until("both takes", |studio| studio.project.takes.len() == 2);
    assert_eq!(
        stage.studio().project.takes[1].take.recipe.model.name,
        "pocket"
    );
}

#[test]
fn a_closing_window_starts_nothing_and_a_busy_project_stays_open() {
    let data = tempfile::tempdir().expect("a folder");
    let mut stage = Window::at(data.path());
    stage.until("the project", |studio| studio.project.home.is_some());
    let home = stage.studio().project.home.clone().expect("a project");
    stage.begin();
    stage.click("Add to queue");
    let commands = stage.window.state().commands();
    commands.send(Command::Project(ProjectCommand::New));
    stage.until("the reason", |studio| {
        studio
            .runtime
            .notices
            .iter()
            .any(|notice| notice.title == "The project stays open")
    });
    assert_eq!(stage.studio().project.home.as_ref(), Some(&home));
    stage.press_with(Modifiers::COMMAND, Key::Q);
    let said = "Finished takes are safe. The queued take waits until you open the project again.";
    stage.window.get_by_label(said);
    stage.click("Stop after this step, keep the take and quit");
    stage.until("the end", |studio| studio.running().is_none());
    for _ in 0..20 {
        stage.window.step();
    }
    assert!(
        stage.studio().running().is_none(),
        "the one that waits is not begun"
    );
    assert_eq!(
        stage.studio().project.takes.len(),
        1,
        "what there was is kept"
    );
}

/// Commands per studio; more commands find nothing new, and take longer.
const WISHES: usize = 500;

/// Pseudorandom numbers, the same every time.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below.max(1)
    }

    pub(super) fn of<T: Copy>(&mut self, things: &[T]) -> Option<T> {
        things.get(self.roll(things.len() as u64) as usize).copied()
    }
}

/// A studio that receives random commands.
struct Monkey {
    dice: Dice,
    studio: StudioLoop,
    /// Lets the fake engine make one step.
    permits: Sender<()>,
    /// Receives a signal when something has arrived for the studio since its last turn.
    woken: Receiver<()>,
    now: Duration,
    files: Vec<PathBuf>,
    /// Finished takes, by project.
    seen: BTreeMap<PathBuf, BTreeSet<TakeId>>,
}

impl Monkey {
    fn wish(&mut self) -> Command {
        let studio = self.studio.studio();
        let takes: Vec<TakeId> = studio.project.takes.iter().map(|take| take.id).collect();
        let waiting: Vec<QueueId> = studio
            .runtime
            .queue
            .waiting
            .iter()
            .map(|one| one.id)
            .collect();
        let clips: Vec<ClipId> = studio
            .sequence()
            .clips()
            .iter()
            .map(|clip| clip.id)
            .collect();
        let homes: Vec<PathBuf> = self.seen.keys().cloned().collect();
        let dice = &mut self.dice;
        // Now and then, an ID that no take has.
        let take = dice
            .of(&takes)
            .filter(|_| dice.roll(9) > 0)
            .unwrap_or(TakeId(999));
        let queued = dice.of(&waiting).unwrap_or(QueueId(999));
        let clip = dice.of(&clips).unwrap_or(ClipId(999));
        let some = dice.roll(6) as usize;
        match dice.roll(40) {
            0..=4 => Command::Generate,
            5 | 6 => Command::ShowPicture(PictureId(dice.roll(5))),
            7 => Command::Queue(QueueCommand::Move(queued, some)),
            8 => Command::Queue(QueueCommand::Duplicate(queued)),
            9 => Command::Queue(QueueCommand::Remove(queued)),
            10 => Command::Queue(QueueCommand::Edit(queued)),
            11 => Command::Queue(QueueCommand::FinishEdit),
            12 => Command::Queue(QueueCommand::CancelEdit),
            13 => Command::Queue(QueueCommand::Pause),
            14 | 15 => Command::Queue(QueueCommand::Resume),
            16 => Command::Stop(StopMode::Keep),
            17 => Command::Stop(StopMode::Now),
            18 => Command::Take(TakeCommand::Star(take)),
            19 => Command::Take(TakeCommand::Remove(take)),
            20 => Command::Take(TakeCommand::Recipe(take)),
            21 => Command::Take(TakeCommand::Again(take)),
            22 => Command::Take(TakeCommand::Extend),
            23 | 24 => Command::Undo,
            25 => Command::Redo,
            26 => Command::Direct(Choice::Frames(Some(some))),
            27 => Command::Direct(Choice::Size(Some((some * 8, 40)))),
            28 => Command::Direct(Choice::Model(
                (if some > 1 { "pocket" } else { "no such model" }).to_owned(),
            )),
            29 => Command::Sequence(SequenceCommand::Add(take)),
            30 => Command::Sequence(SequenceCommand::Trim {
                clip,
                from: some,
                to: dice.roll(9) as usize,
            }),
            31 => Command::Sequence(match some {
                0 => SequenceCommand::Show,
                1 => SequenceCommand::Split,
                2 => SequenceCommand::Fade(clip, 3),
                3 => SequenceCommand::Put(clip, 7),
                4 => SequenceCommand::Remove(clip),
                _ => SequenceCommand::Select(Some(clip)),
            }),
            32 => Command::ShowTake(take),
            33 => Command::Play(match some {
                0 => PlaybackCommand::Seek(77),
                1 => PlaybackCommand::In(None),
                2 => PlaybackCommand::Out(Some(2)),
                3 => PlaybackCommand::Shuttle { backwards: true },
                _ => PlaybackCommand::Step(-3),
            }),
            34 => Command::Project(match homes.get(dice.roll(homes.len() as u64) as usize) {
                Some(home) if some > 2 => ProjectCommand::Open(home.clone()),
                _ if some > 0 => ProjectCommand::Save,
                _ => ProjectCommand::New,
            }),
            35 => Command::OpenPictures(self.files.clone()),
            36 => Command::StopOpening,
            37 => Command::Compare(CompareCommand::With(take)),
            38 => Command::Camera(CameraCommand::ClickNth(some)),
            _ => Command::ShowJob,
        }
    }

    /// Runs turns until `met` is true, whatever the workers need to do first.
    fn until(&mut self, what: &str, met: impl Fn(&Self) -> bool) {
        let asked = now();
        while !met(self) {
            assert!(
                asked.elapsed() < PATIENCE,
                "waited in vain for {what}; the studio is {:#?}",
                self.studio.studio().runtime
            );
            let _ = self.woken.recv_timeout(TICK);
            self.turn();
        }
    }

    /// Finished takes, of all projects.
    fn made(&self) -> usize {
        self.seen.values().map(BTreeSet::len).sum()
    }

    /// Finishes one more take, whatever state the commands have left the studio in.
    fn make_one_more(&mut self) {
        let before = self.made();
        for wish in [
            Command::Queue(QueueCommand::CancelEdit),
            Command::Queue(QueueCommand::Resume),
            Command::Direct(Choice::Model("pocket".to_owned())),
            Command::Direct(Choice::Frames(None)),
            Command::Direct(Choice::Size(None)),
            Command::ShowPicture(PictureId(0)),
        ] {
            self.studio.commands().send(wish);
        }
        self.turn();
        self.until("the model", |monkey| {
            let model = monkey.studio.studio().model();
            model.is_some_and(|card| card.name == "pocket")
        });
        self.studio.commands().send(Command::Generate);
        let permits = self.permits.clone();
        self.until("a take", |monkey| {
            let _ = permits.try_send(());
            monkey.made() > before
        });
    }

    fn turn(&mut self) {
        self.studio.turn(self.now);
        let studio = self.studio.studio();
        let Some(home) = studio.project.home.clone() else {
            return;
        };
        let here = studio.project.takes.iter().map(|take| take.id);
        let absent = studio.project.absent_takes.iter().map(|take| take.id);
        let there: BTreeSet<TakeId> = here.chain(absent).collect();
        let seen = self.seen.entry(home).or_default();
        assert!(
            seen.is_subset(&there),
            "{seen:?} were finished, {there:?} are there"
        );
        *seen = there;
        if let Shown::Job(job) = studio.session.shown {
            let running = studio.runtime.job.as_ref().is_some_and(|one| one.id == job);
            assert!(running, "the stage shows what is not there");
        }
    }
}

#[test]
fn random_commands_lose_no_take() {
    for seed in [
        0x9e37_79b9_7f4a_7c15,
        0x1234_5678_9abc_def1,
        0x0bad_cafe_dead_beef,
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let picture = folder.path().join("meadow.png");
        image::RgbImage::from_pixel(60, 40, image::Rgb([9, 90, 60]))
            .save(&picture)
            .expect("saved");
        let letter = folder.path().join("letter.png");
        fs::write(&letter, "no picture").expect("written");
        let (permits, permitted) = bounded(64);
        let (told, _orders) = bounded(4096);
        let (arrived, woken) = bounded(1);
        let parts = Parts {
            runner: Box::new(FakeRunner {
                permits: permitted,
                orders: told,
                fault: Arc::new(Mutex::new(None)),
                ink: plain,
                pictures: 0,
            }),
            library: Library::at(folder.path().join("data")),
            dialogs: Box::new(FakeDialogs::default()),
            clipboard: Box::new(FakeClipboard::default()),
            hub: HubAccess {
                base: Some("http://127.0.0.1:9".to_owned()),
                tokens: TokenStore::at(folder.path().join("token")),
            },
            wake: Arc::new(move || {
                let _ = arrived.try_send(());
            }),
        };
        let mut monkey = Monkey {
            dice: Dice(seed),
            studio: StudioLoop::start(parts, Vec::new()).expect("threads are to be had"),
            permits,
            woken,
            now: Duration::from_secs(1),
            files: vec![picture, letter, folder.path().join("gone.png")],
            seen: BTreeMap::new(),
        };
        monkey.until("samples, model and project", |monkey| {
            let studio = monkey.studio.studio();
            let samples = studio.project.pictures.len() >= 4;
            samples && studio.model().is_some() && studio.project.home.is_some()
        });
        monkey
            .studio
            .commands()
            .send(Command::ShowPicture(PictureId(0)));
        for _ in 0..WISHES {
            let wish = monkey.wish();
            if wish == Command::Generate {
                // This must work whatever was undone before.
                let picture = PictureId(monkey.dice.roll(4));
                monkey.studio.commands().send(Command::ShowPicture(picture));
            }
            monkey.studio.commands().send(wish);
            for _ in 0..monkey.dice.roll(4) {
                let _ = monkey.permits.try_send(());
            }
            let passed = Duration::from_millis(monkey.dice.roll(900));
            // Sometimes the clock goes back.
            monkey.now = match monkey.dice.roll(20) {
                0 => monkey.now.saturating_sub(passed * 10),
                _ => monkey.now + passed,
            };
            monkey.turn();
            // Workers get a little time in between; how many takes that makes depends on the machine.
            let _ = monkey
                .woken
                .recv_timeout(Duration::from_millis(monkey.dice.roll(4)));
        }
        println!("{} takes were made", monkey.made());
        monkey.make_one_more();
        monkey.studio.close();
        drop(monkey.studio);
        for (home, takes) in &monkey.seen {
            for take in takes {
                let clip = home.join(format!("takes/take-{:05}.apng", take.0));
                assert!(
                    kinora::export::read_take(&clip).is_ok(),
                    "{} is lost",
                    clip.display()
                );
            }
        }
    }
}

#[test]
fn pasting_the_same_picture_again_shows_the_existing_one() {
    let mut stage = Window::open();
    for _ in 0..2 {
        let picture = Picture {
            width: 30,
            height: 20,
            rgb: vec![90; 1800],
        };
        *stage.clipboard.content.lock().unwrap() = Some(Pasted::Picture(picture));
        let words = Event::Paste("x".to_owned());
        stage.window.input_mut().events.push(words);
        stage.until("the picture", |studio| {
            studio.picture().is_some() && studio.runtime.opening == 0
        });
    }
    assert_eq!(stage.studio().project.pictures.len(), 5);
}
