//! Names that are too long for their place: the middle is left out, so that a file extension stays.

use egui::{FontId, Ui};

/// The name, with its middle left out if it would be wider than `width` points.
pub(in crate::ui) fn elided(ui: &Ui, name: &str, font: &FontId, width: f32) -> String {
    let fits = |words: &str| {
        let ink = egui::Color32::PLACEHOLDER;
        let galley = ui
            .painter()
            .layout_no_wrap(words.to_owned(), font.clone(), ink);
        galley.size().x <= width
    };
    if fits(name) {
        return name.to_owned();
    }
    let letters: Vec<char> = name.chars().collect();
    let (mut least, mut most) = (0, letters.len());
    // The greatest number of characters that fits; a longer text is never narrower.
    while least < most {
        let middle = (least + most).div_ceil(2);
        if fits(&with_letters(&letters, middle)) {
            least = middle;
        } else {
            most = middle - 1;
        }
    }
    with_letters(&letters, least)
}

/// A name shortened to `kept` characters, a third of them from its end.
fn with_letters(letters: &[char], kept: usize) -> String {
    let back = (kept / 3).min(letters.len());
    let front: String = letters[..(kept - back).min(letters.len())].iter().collect();
    let back: String = letters[letters.len() - back..].iter().collect();
    // An ellipsis next to a full stop looks like four dots.
    let (front, back) = (
        front.trim_end_matches(['.', ' ']),
        back.trim_start_matches(['.', ' ']),
    );
    format!("{front}…{back}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ellipsis_stands_beside_no_full_stop() {
        let letters: Vec<char> = "portrait_3120.jpg".chars().collect();
        assert_eq!(with_letters(&letters, 12), "portrait…jpg");
        assert_eq!(with_letters(&letters, 9), "portra…jpg");
        assert_eq!(with_letters(&letters, 0), "…");
    }
}
