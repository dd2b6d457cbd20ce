//! The crop window while it is edited, and the frame sizes that a model can make: plain geometry in picture
//! pixels.

use crate::media::crop::Window;
use crate::media::fit::Fit;
use crate::request::Defaults;

/// The smallest window, in picture pixels.
const SMALLEST: u32 = 8;
/// The longest side of a frame that is offered; requests allow no longer one.
const LONGEST_SIDE: usize = 4096;

/// Width and height, in pixels.
pub type Size = (u32, u32);

/// A handle of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Handle {
    /// -1 at the left edge, 1 at the right edge, 0 between them.
    pub across: i8,
    /// -1 at the upper edge, 1 at the lower edge, 0 between them.
    pub down: i8,
}

impl Handle {
    /// All handles: corners keep the shape, edges change it.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::at(-1, -1), "upper left corner"),
        (Self::at(1, -1), "upper right corner"),
        (Self::at(-1, 1), "lower left corner"),
        (Self::at(1, 1), "lower right corner"),
        (Self::at(0, -1), "upper edge"),
        (Self::at(0, 1), "lower edge"),
        (Self::at(-1, 0), "left edge"),
        (Self::at(1, 0), "right edge"),
    ];

    const fn at(across: i8, down: i8) -> Self {
        Self { across, down }
    }

    /// Whether it moves two edges at once.
    #[must_use]
    pub fn is_corner(self) -> bool {
        self.across != 0 && self.down != 0
    }
}

/// The part of a picture that becomes the frame; the whole picture if nothing is cropped.
#[must_use]
pub fn window_of(fit: Fit, picture: Size, frame: Size) -> Window {
    let whole = Window::whole(picture);
    match fit {
        Fit::Pad | Fit::Stretch => whole,
        Fit::Crop => whole.shaped(frame),
        // A window made for another picture may extend beyond this one.
        Fit::Window(window) if window.lies_in(picture) => window.shaped(frame),
        Fit::Window(_) => whole.shaped(frame),
    }
}

/// The window moved within the picture, as far as possible.
#[must_use]
pub fn moved(window: Window, (right, down): (i64, i64), picture: Size) -> Window {
    let along = |start: u32, by: i64, length: u32, whole: u32| {
        let most = i64::from(whole.saturating_sub(length));
        // Between 0 and a u32.
        i64::from(start).saturating_add(by).clamp(0, most) as u32
    };
    Window {
        x: along(window.x, right, window.width, picture.0),
        y: along(window.y, down, window.height, picture.1),
        ..window
    }
}

/// The window enlarged (above 1) or shrunk about its centre, in the frame's shape.
#[must_use]
pub fn zoomed(window: Window, factor: f64, picture: Size, frame: Size) -> Window {
    let width = f64::from(window.width) * factor;
    let sized = sized(width, Window::whole(picture), frame);
    let back = |from: u32, to: u32| (i64::from(from) - i64::from(to)) / 2;
    let by = (
        back(window.width, sized.width),
        back(window.height, sized.height),
    );
    let placed = Window {
        x: window.x,
        y: window.y,
        ..sized
    };
    moved(placed, by, picture)
}

/// The window after dragging a handle to a point of the picture; the opposite corner or edge stays.
///
/// A corner keeps the shape of `frame`. An edge changes the shape of the window, and the frame should be
/// adapted to it: see [`size_for`].
#[must_use]
pub fn dragged(
    window: Window,
    handle: Handle,
    (x, y): (f64, f64),
    picture: Size,
    frame: Size,
) -> Window {
    let across = span(window.x, window.width, handle.across, x, picture.0);
    let down = span(window.y, window.height, handle.down, y, picture.1);
    if !handle.is_corner() {
        return Window {
            x: across.start,
            y: down.start,
            width: across.length,
            height: down.length,
        };
    }
    // The pointer determines a width and a height; the larger of them decides.
    let by_height = f64::from(down.length) * f64::from(frame.0) / f64::from(frame.1.max(1));
    let room = Window {
        x: 0,
        y: 0,
        width: across.room,
        height: down.room,
    };
    let sized = sized(f64::from(across.length).max(by_height), room, frame);
    let start = |along: &Span, length: u32| {
        if along.backward {
            along.anchor - length
        } else {
            along.anchor
        }
    };
    Window {
        x: start(&across, sized.width),
        y: start(&down, sized.height),
        ..sized
    }
}

/// A window's extent along one axis while one end of it is dragged.
struct Span {
    start: u32,
    length: u32,
    /// The fixed end.
    anchor: u32,
    /// Whether the dragged end is before the fixed one.
    backward: bool,
    /// The greatest possible length.
    room: u32,
}

fn span(start: u32, length: u32, end: i8, to: f64, whole: u32) -> Span {
    let last = start + length;
    // Rounded and within the picture.
    let to = to.round().clamp(0.0, f64::from(whole)) as u32;
    let least = SMALLEST.min(length).min(whole);
    match end {
        -1 => {
            let length = last.saturating_sub(to).max(least);
            Span {
                start: last - length,
                length,
                anchor: last,
                backward: true,
                room: last,
            }
        }
        1 => Span {
            start,
            length: to.saturating_sub(start).max(least),
            anchor: start,
            backward: false,
            room: whole - start,
        },
        _ => Span {
            start,
            length,
            anchor: start,
            backward: false,
            room: whole - start,
        },
    }
}

/// A window at the origin about `width` wide, in a frame's shape, no larger than `room`.
fn sized(width: f64, room: Window, frame: Size) -> Window {
    let most = room.shaped(frame);
    let least = f64::from(SMALLEST.min(most.width));
    let width = width.round().clamp(least, f64::from(most.width)) as u32;
    let tall = Window {
        x: 0,
        y: 0,
        width,
        height: u32::MAX,
    };
    let rounded = Window {
        x: 0,
        y: 0,
        width,
        height: tall.shaped(frame).height.min(most.height),
    };
    // The height was rounded, so the width may be one pixel too large for it; cut it now rather than when it is used.
    Window {
        x: 0,
        y: 0,
        ..rounded.shaped(frame)
    }
}

/// The frame size with about as many pixels as the model's own whose shape is nearest to `shape`
/// (width over height); both sides are multiples of the model's.
#[must_use]
pub fn size_for(shape: f64, defaults: &Defaults) -> (usize, usize) {
    let multiple = defaults.rules.size_multiple.max(1);
    let area = (defaults.width * defaults.height) as f64;
    let shape = if shape.is_finite() {
        shape.clamp(1.0 / 16.0, 16.0)
    } else {
        1.0
    };
    let rounded = |length: f64| {
        let steps = (length / multiple as f64).round() as usize;
        steps.clamp(1, (LONGEST_SIDE / multiple).max(1)) * multiple
    };
    let exact = (area * shape).sqrt();
    // Try the nearest multiples for both sides and their neighbours. The best shape wins, unless it has many
    // more or fewer pixels.
    let mut best = (f64::INFINITY, (defaults.width, defaults.height));
    for step in -1..=1 {
        let width = rounded(exact + f64::from(step) * multiple as f64);
        for height in [
            rounded(width as f64 / shape),
            rounded(exact / shape + f64::from(step) * multiple as f64),
        ] {
            let off_shape = (width as f64 / height as f64 / shape).ln().abs();
            let off_area = ((width * height) as f64 / area).ln().abs();
            let cost = off_shape + 0.2 * off_area;
            if cost < best.0 - 1e-9 {
                best = (cost, (width, height));
            }
        }
    }
    best.1
}

/// How much a frame size differs from the one that the model was trained on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance {
    /// Number of pixels divided by that of the training size.
    pub pixels: f64,
    /// Whether the aspect ratio is the trained one.
    pub same_shape: bool,
}

impl Distance {
    /// Compares `size` with the training size.
    #[must_use]
    pub fn of((width, height): (usize, usize), defaults: &Defaults) -> Self {
        let own = (defaults.width * defaults.height).max(1);
        Self {
            pixels: (width * height) as f64 / own as f64,
            same_shape: width * defaults.height == height * defaults.width,
        }
    }

    /// Whether the quality may suffer: other sizes than the trained one work, but look worse.
    #[must_use]
    pub fn is_far(&self) -> bool {
        !(0.6..=1.6).contains(&self.pixels)
    }

    /// A description.
    #[must_use]
    pub fn words(&self) -> String {
        let about = (self.pixels - 1.0).abs() < 0.05;
        match (about, self.same_shape) {
            (true, true) => "the size the model was trained on".to_owned(),
            (true, false) => "about the training size, in another shape".to_owned(),
            (false, _) => {
                let shape = if self.same_shape {
                    ""
                } else {
                    ", in another shape"
                };
                if self.pixels > 1.0 {
                    format!("{:.1} × the training size{shape}", self.pixels)
                } else {
                    format!("{:.0}% of the training size{shape}", 100.0 * self.pixels)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::rate::Rate;
    use crate::request::Rules;
    use crate::sampler::{Guidance, GuidanceShape};

    const PICTURE: Size = (300, 200);
    const FRAME: Size = (128, 80);

    fn window(text: &str) -> Window {
        text.parse().unwrap()
    }

    fn svd() -> Defaults {
        Defaults {
            width: 1024,
            height: 576,
            frames: 25,
            steps: 25,
            fps: Rate { num: 7, den: 1 },
            motion_bucket: 127.0,
            noise_aug: 0.02,
            guidance: Guidance {
                min: 1.0,
                max: 3.0,
                shape: GuidanceShape::Linear,
            },
            sampler: Default::default(),
            rules: Rules::any(8),
        }
    }

    #[test]
    fn what_is_shown_is_what_is_cut() {
        assert_eq!(window_of(Fit::Crop, PICTURE, FRAME), window("0,6,300,188"));
        assert_eq!(window_of(Fit::Pad, PICTURE, FRAME), window("0,0,300,200"));
        let inside = window("10,10,64,40");
        assert_eq!(window_of(Fit::Window(inside), PICTURE, FRAME), inside);
        let elsewhere = Fit::Window(window("290,0,64,40"));
        assert_eq!(
            window_of(elsewhere, PICTURE, FRAME),
            window_of(Fit::Crop, PICTURE, FRAME),
            "a window of a larger picture is not used for this one"
        );
    }

    #[test]
    fn a_window_never_leaves_the_picture() {
        let start = window("100,50,128,80");
        for by in [(-1000, -1000), (1000, 1000), (i64::MAX, i64::MIN), (3, -3)] {
            let moved = moved(start, by, PICTURE);
            assert!(moved.lies_in(PICTURE), "{by:?}: {moved}");
            assert_eq!((moved.width, moved.height), (128, 80));
        }
        for factor in [0.0, 0.01, 0.5, 1.0, 1.1, 100.0] {
            let zoomed = zoomed(start, factor, PICTURE, FRAME);
            assert!(zoomed.lies_in(PICTURE), "{factor}: {zoomed}");
        }
        for (handle, name) in Handle::ALL {
            for x in [-50.0, 0.0, 90.0, 164.4, 299.0, 1e9] {
                for y in [-1e9, 0.0, 77.7, 200.0, 500.0] {
                    let dragged = dragged(start, handle, (x, y), PICTURE, FRAME);
                    assert!(dragged.lies_in(PICTURE), "{name} to {x}, {y}: {dragged}");
                    if handle.is_corner() {
                        let off = dragged.shape() / 1.6;
                        // Sides are whole pixels: a window 8 wide can be one pixel off in 5.
                        assert!((off - 1.0).abs() < 0.12, "{name} to {x}, {y}: {dragged}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_opposite_corner_stays() {
        let start = window("100,50,128,80");
        let corner = |across, down| Handle { across, down };
        let lower_right = dragged(start, corner(1, 1), (260.0, 60.0), PICTURE, FRAME);
        assert_eq!(lower_right, window("100,50,160,100"));
        let upper_left = dragged(start, corner(-1, -1), (68.0, 130.0), PICTURE, FRAME);
        assert_eq!(upper_left, window("68,30,160,100"));
        let left = dragged(start, corner(-1, 0), (20.0, 0.0), PICTURE, FRAME);
        assert_eq!(left, window("20,50,208,80"));
        assert_eq!(
            zoomed(start, 0.5, PICTURE, FRAME),
            window("132,70,64,40"),
            "around the middle"
        );
    }

    #[test]
    fn sizes_are_multiples_near_the_trained_area() {
        assert_eq!(size_for(16.0 / 9.0, &svd()), (1024, 576));
        assert_eq!(size_for(9.0 / 16.0, &svd()), (576, 1024));
        assert_eq!(size_for(1.0, &svd()), (768, 768));
        for shape in [0.01, 0.5, 1.33, 1.5, 2.39, 100.0, f64::NAN, f64::INFINITY] {
            let (width, height) = size_for(shape, &svd());
            assert!(
                width % 8 == 0 && height % 8 == 0 && width * height > 0,
                "{shape}"
            );
            let distance = Distance::of((width, height), &svd());
            assert!(!distance.is_far(), "{shape}: {width} × {height}");
        }
        assert_eq!(
            Distance::of((1024, 576), &svd()).words(),
            "the size the model was trained on"
        );
        assert_eq!(
            Distance::of((512, 288), &svd()).words(),
            "25% of the training size"
        );
        assert!(Distance::of((2048, 1152), &svd()).is_far());
    }
}
