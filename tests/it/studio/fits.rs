//! No text is cut off.
//!
//! - every text in every state is inside its control, in the smallest window and at 200%
//! - only the user's names and paths may be shortened
//! - long names of pictures are shortened in the middle and keep their end
//! - names and values of settings do not overlap
//! - every axis of the camera and both of its directions can be read in full, however narrow the panel is

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, Rect, Role, Shape, TouchPhase, Vec2,
    epaint::ClippedShape, vec2,
};
use egui_kittest::kittest::Queryable as _;
use kinora::app::query::camera_axes::axes;
use kinora::app::state::Shown;

use super::Window;

const CTRL: Modifiers = Modifiers::COMMAND;
/// The smallest supported window, and 1440 × 900 at 200%, in points.
const SIZES: [Vec2; 2] = [vec2(1024.0, 640.0), vec2(720.0, 450.0)];
/// Tolerance: letters extend beyond their boxes by fractions of a point.
const HAIR: f32 = 1.5;

/// A text on the screen.
struct Text {
    words: String,
    rect: Rect,
    clip: Rect,
    elided: bool,
}

fn texts(shapes: &[ClippedShape]) -> Vec<Text> {
    fn walk(shape: &Shape, clip: Rect, found: &mut Vec<Text>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| walk(shape, clip, found)),
            Shape::Text(text) => found.push(Text {
                words: text.galley.job.text.clone(),
                rect: text.galley.rect.translate(text.pos.to_vec2()),
                clip,
                elided: text.galley.elided,
            }),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for shape in shapes {
        walk(&shape.shape, shape.clip_rect, &mut found);
    }
    found.retain(|text| !text.words.trim().is_empty());
    found
}

/// The user's names may be longer than any panel.
fn is_own(words: &str) -> bool {
    words.contains("meadow.png") || words.contains("hill.png") || words.contains('/')
}

impl Window {
    /// Every text that is cut off, as a list.
    fn cut(&self) -> Vec<String> {
        let window = self.window.ctx.content_rect();
        let mut cut = Vec::new();
        for text in texts(&self.window.output().shapes) {
            let clip = text.clip.intersect(window);
            // Text that is scrolled out of sight, entirely or partly, can be scrolled back.
            if text.rect.top() < clip.top() - HAIR || text.rect.bottom() > clip.bottom() + HAIR {
                continue;
            }
            let beside =
                text.rect.left() < clip.left() - HAIR || text.rect.right() > clip.right() + HAIR;
            if (beside || text.elided) && !is_own(&text.words) {
                cut.push(format!("{:?} at {:?} in {clip:?}", text.words, text.rect));
            }
        }
        cut
    }

    fn is_readable(&mut self, state: &str) {
        self.window.run_steps(4);
        let cut = self.cut();
        let size = self.window.ctx.content_rect().size();
        assert!(
            cut.is_empty(),
            "{state} at {size:?} cuts:\n{}",
            cut.join("\n")
        );
    }

    /// Presses a key, checks what opens, and closes it again.
    fn look_at(&mut self, state: &str, modifiers: Modifiers, key: Key) {
        self.press_with(modifiers, key);
        self.is_readable(state);
        self.press(Key::Escape);
        self.window.run_steps(2);
        assert!(self.studio().session.overlay.is_none(), "{state} closes");
    }
}

#[test]
fn no_text_is_cut_in_a_small_window_or_at_200_percent() {
    for size in SIZES {
        let mut stage = Window::open();
        stage.window.set_size(size);
        stage.is_readable("an empty stage");
        stage.look_at("the settings", CTRL, Key::Comma);
        stage.look_at("the keys", Modifiers::NONE, Key::F1);
        stage.look_at("the palette", CTRL, Key::K);
        stage.look_at("the models", CTRL, Key::M);
        let path = stage.picture("hill.png");
        stage.drop_file(&path);
        stage.until("the picture", |studio| studio.picture().is_some());
        stage.is_readable("a picture");
        stage.begin();
        stage.is_readable("a job");
        stage.press(Key::Enter);
        stage.press(Key::Enter);
        stage.is_readable("a queue");
        for _ in 0..3 * super::STEPS {
            let _ = stage.permits.send(());
        }
        stage.until("the takes", |studio| {
            studio.project.takes.len() == 3 && studio.running().is_none()
        });
        stage.press(Key::PageDown);
        stage.slide("Motion", 120.0);
        stage.slide("Frames per second", 12.0);
        stage.press(Key::A);
        assert!(matches!(stage.studio().session.shown, Shown::Take(_)));
        stage.is_readable("a take with chips");
        stage.press(Key::C);
        assert!(stage.studio().compared().is_some());
        stage.is_readable("two takes");
        stage.press(Key::Q);
        stage.is_readable("a sequence");
        stage.look_at("an export", CTRL.plus(Modifiers::SHIFT), Key::E);
    }
}

#[test]
fn a_take_of_few_frames_has_room_for_its_text() {
    let mut stage = Window::open();
    stage.window.set_size(SIZES[0]);
    let path = stage.picture("hill.png");
    stage.drop_file(&path);
    stage.until("the picture", |studio| studio.picture().is_some());
    stage.slide("Frames", 1.0);
    let words = "The frames of your take appear here";
    let found = texts(&stage.window.output().shapes);
    assert!(found.iter().any(|text| text.words == words), "it is drawn");
    stage.is_readable("a take of one frame");
}

#[test]
fn long_names_lose_their_middle() {
    let mut stage = Window::open();
    let names = ["portrait_3.png", "panorama_4.png", "WWWWWWWWWWWWWWWWWW.png"];
    for name in names {
        let path = stage.picture(name);
        stage.drop_file(&path);
    }
    stage.until("the pictures", |studio| studio.project.pictures.len() == 7);
    stage.window.run_steps(4);
    let found = texts(&stage.window.output().shapes);
    for name in names {
        let begins = |text: &&Text| text.words.starts_with(&name[..2]) && text.words.ends_with('g');
        // The stage shows the picture's name in full.
        let tiles = found
            .iter()
            .filter(begins)
            .filter(|text| text.rect.left() < 232.0);
        let tiles: Vec<&Text> = tiles.collect();
        assert!(!tiles.is_empty(), "{name} is on the shelf");
        for tile in tiles {
            assert!(
                !tile.words.contains("….") && !tile.words.contains("..."),
                "{}",
                tile.words
            );
            assert!(
                tile.rect.right() <= tile.clip.right() + HAIR,
                "{} is cut at its edge",
                tile.words
            );
        }
    }
}

#[test]
fn settings_do_not_overlap() {
    let mut stage = Window::open();
    stage.unfold_all();
    stage.slide("Decode batch", 4.0);
    stage.slide("Frame-rate hint", 4.0);
    for label in ["Decode batch", "Frame-rate hint"] {
        stage.click(&format!("Reset to the model's {}", label.to_lowercase()));
    }
    stage.slide("Motion", 100.0);
    let direction = stage
        .window
        .get_by_role_and_label(Role::Region, "Direction")
        .rect();
    let mut from_top = 0.0;
    // The whole column, screen by screen.
    loop {
        let found = texts(&stage.window.output().shapes);
        let found: Vec<&Text> = found
            .iter()
            .filter(|text| direction.contains_rect(text.rect) && text.clip.contains_rect(text.rect))
            .collect();
        for (at, one) in found.iter().enumerate() {
            for other in &found[at + 1..] {
                assert!(
                    !one.rect.shrink(1.0).intersects(other.rect.shrink(1.0)),
                    "{} runs into {}",
                    one.words,
                    other.words
                );
            }
        }
        from_top += 200.0;
        if from_top > 2000.0 {
            return;
        }
        stage.window.hover_at(direction.center());
        stage.window.event(Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta: vec2(0.0, -200.0),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Wheel,
            modifiers: Modifiers::NONE,
        });
        stage.window.run_steps(6);
    }
}

#[test]
fn names_of_moves_are_whole_at_every_width() {
    let wide = |width: f32| {
        move |data: &Path| {
            let pane = format!("{{\"folded\": false, \"size\": {width}}}");
            let file = format!("{{\"layout\": {{\"direction\": {pane}}}}}");
            fs::create_dir_all(data).expect("a folder for the test");
            fs::write(data.join("preferences.json"), file).expect("preferences");
        }
    };
    for width in [272.0, 304.0, 371.0, 440.0] {
        let mut stage = Window::with(wide(width));
        stage.window.run_steps(4);
        stage.unfold_all();
        let axes = axes(stage.studio().available_moves());
        assert_eq!(axes.iter().filter(|axis| axis.is_usual()).count(), 7);
        let titles = axes.iter().filter(|axis| axis.is_usual()).flat_map(|axis| {
            let ends = axis.minus.map(|minus| [minus, axis.plus]);
            let ends = ends.into_iter().flatten();
            let ends = ends.map(|card| axis.direction(card).to_owned());
            ends.chain([axis.title.clone()]).collect::<Vec<_>>()
        });
        let titles: BTreeSet<String> = titles.collect();
        let found = texts(&stage.window.output().shapes);
        for title in titles {
            let text = found.iter().find(|text| text.words == title);
            let text = text.unwrap_or_else(|| panic!("{title} is not drawn"));
            assert!(!text.elided, "{title} is cut where the panel has {width}");
            let others = found.iter().filter(|other| {
                !std::ptr::eq(*other, text) && other.rect.shrink(1.0).intersects(text.rect)
            });
            let others: Vec<&str> = others.map(|other| other.words.as_str()).collect();
            assert!(others.is_empty(), "{title} runs into {others:?} at {width}");
        }
    }
}
