//! No text is cut off.
//!
//! - every text in every state is inside what shows it, in the smallest window and at 200%
//! - only names and paths of the user's may be shortened
//! - every name of a camera move can be read in full, however narrow the panel is

use std::fs;
use std::path::Path;

use egui::{Key, Modifiers, Rect, Shape, Vec2, epaint::ClippedShape, vec2};
use kinora::app::state::Shown;

use super::Window;

const CTRL: Modifiers = Modifiers::COMMAND;
/// The smallest supported window, and 1440 × 900 at 200%, in points.
const SIZES: [Vec2; 2] = [vec2(1024.0, 640.0), vec2(720.0, 450.0)];
/// Letters extend beyond their boxes by fractions of a point.
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
            // What is scrolled out of sight, entirely or partly, can be scrolled back.
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

    /// Opens what a key opens, checks it, and closes it again.
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
        let titles: Vec<String> = stage
            .studio()
            .moves_at_hand()
            .iter()
            .map(|card| card.title.clone())
            .collect();
        assert!(titles.len() > 9, "the pack is there");
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
