//! Cut-outs and their tracks as JSON.

use serde::Deserialize;

use super::description::check_corners;
use crate::error::excerpt;
use crate::media::camera::CameraPath;

/// Maximum number of cut-outs in a file.
const MOST: usize = 64;

/// The outline of a cut-out, as written in a file.
#[derive(Clone, Debug, PartialEq)]
pub enum DraggedOutline {
    /// Corners as fractions of the frame.
    Polygon(Vec<[f32; 2]>),
    /// The name of a mask, relative to the file.
    Mask(String),
}

/// A cut-out, as written in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Dragged {
    /// Its outline.
    pub outline: DraggedOutline,
    /// Its track.
    pub track: CameraPath,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    polygon: Option<Vec<[f32; 2]>>,
    mask: Option<String>,
    track: CameraPath,
}

/// Reads a list of cut-outs, the rearmost first: `{"polygon":[[x,y],…],"track":[…]}` or
/// `{"mask":"cut.png","track":[…]}`.
///
/// # Errors
/// A clause that says what is wrong with it.
pub fn parse_drag(json: &str) -> Result<Vec<Dragged>, String> {
    let written: Vec<Written> = serde_json::from_str(json).map_err(excerpt)?;
    if written.is_empty() || written.len() > MOST {
        return Err(format!(
            "it has {} cut-outs, not 1 to {MOST}",
            written.len()
        ));
    }
    let numbered = written.into_iter().zip(1..);
    numbered
        .map(|(one, number)| read(one).map_err(|flaw| format!("cut-out {number}: {flaw}")))
        .collect()
}

fn read(written: Written) -> Result<Dragged, String> {
    let outline = match (written.polygon, written.mask) {
        (Some(corners), None) => {
            check_corners(&corners)?;
            DraggedOutline::Polygon(corners)
        }
        (None, Some(mask)) => DraggedOutline::Mask(mask),
        _ => return Err("it needs either a polygon or a mask".to_owned()),
    };
    if written.track.has_parallax() {
        return Err("its track has orbit or dolly, which only the camera has".to_owned());
    }
    Ok(Dragged {
        outline,
        track: written.track,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_outlines_are_read_and_flaws_are_named() {
        let read = parse_drag(
            r#"[{"polygon":[[0,0],[1,0],[0,1]],"track":[{"t":0},{"t":1,"x":0.2,"ease":"hold"}]},
                {"mask":"cut.png","track":[{"t":0}]}]"#,
        )
        .expect("it is right");
        assert!(matches!(&read[0].outline, DraggedOutline::Polygon(corners) if corners.len() == 3));
        assert_eq!(read[1].outline, DraggedOutline::Mask("cut.png".to_owned()));
        for (json, words) in [
            ("[]", "0 cut-outs"),
            ("{}", "invalid type"),
            (r#"[{"track":[{"t":0}]}]"#, "either a polygon or a mask"),
            (r#"[{"mask":"a","polygon":[],"track":[{"t":0}]}]"#, "either"),
            (r#"[{"mask":"a"}]"#, "missing field `track`"),
            (r#"[{"mask":"a","track":[]}]"#, "0 keyframes"),
            (
                r#"[{"mask":"a","track":[{"t":0,"dolly":1}]}]"#,
                "cut-out 1: its track has orbit",
            ),
            (
                r#"[{"polygon":[[0,0],[1,1]],"track":[{"t":0}]}]"#,
                "2 corners",
            ),
            (
                r#"[{"polygon":[[0,0],[1,1],[9,0]],"track":[{"t":0}]}]"#,
                "8 frame sizes",
            ),
            (
                r#"[{"mask":"a","track":[{"t":0}],"scale":2}]"#,
                "unknown field",
            ),
        ] {
            let flaw = parse_drag(json).expect_err(json);
            assert!(flaw.contains(words), "{json}: {flaw}");
        }
    }
}
