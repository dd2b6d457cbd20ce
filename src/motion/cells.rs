//! From pixels to latent cells: whether a take must follow its reference there, and why.

/// Why a pixel or a latent cell follows the reference, if it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// The picture does not show this part.
    Unseen,
    /// It may move freely.
    Free,
    /// It follows the camera.
    Camera,
    /// It holds still.
    Still,
    /// It belongs to a cut-out.
    CutOut,
}

impl Held {
    /// Whether it follows the reference.
    #[must_use]
    pub fn is_held(self) -> bool {
        self >= Self::Camera
    }
}

/// One in this many unseen pixels makes a cell unseen.
const UNSEEN_SHARE: usize = 5;

/// The cells `[h, w]` of `scale` × `scale` pixels each.
///
/// A cell is unseen if at least a fifth of its pixels is. Otherwise it has the kind of most of its pixels,
/// and among equally frequent kinds the last of [`Held`].
pub(super) fn by_share(pixels: &[Held], width: usize, scale: usize) -> Vec<Held> {
    const ORDER: [Held; 5] = [
        Held::Unseen,
        Held::Free,
        Held::Camera,
        Held::Still,
        Held::CutOut,
    ];
    let height = pixels.len() / width;
    let mut cells = Vec::with_capacity(pixels.len() / (scale * scale).max(1));
    for top in (0..height).step_by(scale) {
        for left in (0..width).step_by(scale) {
            let mut counts = [0; ORDER.len()];
            for y in top..top + scale {
                for held in &pixels[y * width + left..y * width + left + scale] {
                    counts[*held as usize] += 1;
                }
            }
            let unseen = UNSEEN_SHARE * counts[Held::Unseen as usize] >= scale * scale;
            let most = ORDER.into_iter().max_by_key(|held| counts[*held as usize]);
            cells.push(match most {
                Some(most) if !unseen => most,
                _ => Held::Unseen,
            });
        }
    }
    cells
}

/// The cells `[h, w]`, each of the kind of its upper left pixel: torch's `interpolate(mode="nearest")`.
pub(super) fn by_corner(pixels: &[Held], width: usize, scale: usize) -> Vec<Held> {
    let rows = pixels.chunks_exact(width).step_by(scale);
    rows.flat_map(|row| row.iter().step_by(scale))
        .copied()
        .collect()
}
