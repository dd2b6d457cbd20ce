//! The film: its size, and how clips of another shape are adapted to it, on the stage and in the file.

use std::fs;
use std::path::PathBuf;

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use kinora::project::sequence::ClipFit;

use super::Window;

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

#[test]
fn a_film_has_a_size_and_each_clip_fills_it_or_fits_into_it() {
    let mut stage = Window::with_takes(1);
    stage.press(Key::A);
    stage.press(Key::A);
    stage.press(Key::Q);
    stage.window.get_by_label_contains("2 clips · 64 × 40");
    let menu = stage
        .window
        .get_by_role_and_label(Role::ComboBox, "Film size");
    menu.click_accesskit();
    stage.window.run_steps(4);
    stage.window.get_by_label("1080 × 1080").click_accesskit();
    stage.window.run_steps(4);
    assert_eq!(stage.studio().sequence().size(), Some((1080, 1080)));
    stage
        .window
        .get_by_label_contains("2 clips are adapted to the size and frame rate of the film");
    let fit = stage.window.get_by_role_and_label(Role::RadioButton, "Fit");
    fit.click_accesskit();
    stage.window.run_steps(3);
    let fits = |stage: &Window| -> Vec<ClipFit> {
        stage
            .studio()
            .sequence()
            .clips()
            .iter()
            .map(|clip| clip.fit)
            .collect()
    };
    assert_eq!(
        fits(&stage),
        [ClipFit::Fill, ClipFit::Fit],
        "the selected clip"
    );
    stage.press_with(CTRL, Key::Z);
    assert_eq!(fits(&stage), [ClipFit::Fill; 2]);
    stage.press_with(CTRL, Key::Z);
    assert_eq!(stage.studio().sequence().size(), Some((64, 40)));
    for _ in 0..2 {
        stage.press_with(CTRL_SHIFT, Key::Z);
    }
    assert_eq!(fits(&stage), [ClipFit::Fill, ClipFit::Fit]);

    // The film that is written has that size; the second clip has black above and below.
    stage.press_with(CTRL_SHIFT, Key::E);
    *stage.dialogs.folder.lock().unwrap() = Some(stage.folder.path().to_owned());
    stage.click("Change folder…");
    let kind = stage
        .window
        .get_by_role_and_label(Role::RadioButton, "PNG files");
    kind.click_accesskit();
    stage.window.run_steps(3);
    stage.until("the folder", |studio| studio.export_file().is_some());
    stage.click("Export the sequence");
    stage.until("the film", |studio| studio.runtime.written.is_some());
    let written = stage.studio().runtime.written.clone().expect("a folder");
    let files = fs::read_dir(written).expect("a folder").flatten();
    let mut files: Vec<PathBuf> = files.map(|file| file.path()).collect();
    files.sort();
    assert_eq!(files.len(), 8);
    let corner = |path: &PathBuf| {
        let frame = image::open(path).expect("a picture").to_rgb8();
        assert_eq!(frame.dimensions(), (1080, 1080));
        frame.get_pixel(540, 4).0
    };
    assert_eq!(corner(&files[1]), [200, 40, 90]);
    assert_eq!(corner(&files[5]), [0, 0, 0]);
}
