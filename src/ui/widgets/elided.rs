//! Texts that are too long for their place. The middle of a name is left out, so that a file extension stays; the end of
//! any other text is left out.

use egui::{FontId, Ui};

/// The name, with its middle left out if it would be wider than `width` points.
pub(in crate::ui) fn elided(ui: &Ui, name: &str, font: &FontId, width: f32) -> String {
    shortened(ui, name, font, width, with_letters)
}

/// The text, with its end left out if it would be wider than `width` points.
pub(in crate::ui) fn elided_end(ui: &Ui, text: &str, font: &FontId, width: f32) -> String {
    shortened(ui, text, font, width, from_start)
}

/// The text, or as many of its characters as fit, which `keep` chooses.
fn shortened(
    ui: &Ui,
    name: &str,
    font: &FontId,
    width: f32,
    keep: impl Fn(&[char], usize) -> String,
) -> String {
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
        if fits(&keep(&letters, middle)) {
            least = middle;
        } else {
            most = middle - 1;
        }
    }
    keep(&letters, least)
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

/// The first `kept` characters of a text.
fn from_start(letters: &[char], kept: usize) -> String {
    let start: String = letters[..kept.min(letters.len())].iter().collect();
    // Neither a full stop nor a sign that joins two words stands beside an ellipsis.
    let start = start.trim_end_matches(['.', ',', ' ', '+', '·']);
    format!("{start}…")
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

    #[test]
    fn a_text_is_cut_at_its_end() {
        let letters: Vec<char> = "3 · Pan left + Tilt up".chars().collect();
        assert_eq!(from_start(&letters, 18), "3 · Pan left + Til…");
        assert_eq!(from_start(&letters, 15), "3 · Pan left…");
        assert_eq!(from_start(&letters, 0), "…");
    }
}
