//! HEIF pictures (HEIC and AVIF): which coded images a file consists of, and how they are put together.
//!
//! ISO/IEC 23008-12 on top of the boxes of ISO/IEC 14496-12. Reads the structure only: the codecs are FFmpeg's, and
//! `export` uses them. A file may contain anything, so every length is checked and every count is limited.

mod boxes;
mod items;
mod types;

use boxes::Reader;
use items::Items;

pub(crate) use types::{HeifCodec, HeifColour, HeifFault, HeifPicture, HeifTile, HeifTurn};

/// Most tiles of a picture; phones make 48.
const MOST_TILES: usize = 1024;

/// Reads the structure of the file's main picture.
pub(crate) fn read_heif(file: &[u8]) -> Result<HeifPicture, HeifFault> {
    let items = Items::read(file)?;
    let primary = items.primary;
    let mut picture = picture(&items, primary)?;
    if let Some(alpha) = items.alpha_of(primary) {
        let mut alpha = self::picture(&items, alpha)?;
        // Some programs state once for both what is done with them.
        if alpha.turns.is_empty() {
            alpha.turns.clone_from(&picture.turns);
        }
        picture.alpha = Some(Box::new(alpha));
    }
    Ok(picture)
}

fn picture(items: &Items<'_>, id: u32) -> Result<HeifPicture, HeifFault> {
    let (mut tiles, mut columns, mut size) = (vec![id], 1, items.size(id));
    if items.kind(id) == *b"grid" {
        let grid = Grid::read(&items.data(id)?)?;
        tiles = items.parts(id);
        if tiles.len() != grid.rows * grid.columns || tiles.len() > MOST_TILES {
            return Err(HeifFault::Damaged("its grid has the wrong number of parts"));
        }
        (columns, size) = (grid.columns, Some(grid.size));
    }
    // A turn or a colour may be a property of the whole, or of the parts.
    let first = tiles.first().copied().unwrap_or(id);
    let colour = items.colour(id).or_else(|| items.colour(first));
    let profile = items.profile(id).or_else(|| items.profile(first));
    let (mut coded, mut bytes) = (Vec::new(), 0);
    for tile in tiles {
        let tile = items.tile(tile)?;
        bytes += tile.data.len();
        // Several of them may name the same part of the file.
        if bytes > items.bytes() {
            return Err(HeifFault::Damaged("its items overlap"));
        }
        coded.push(tile);
    }
    Ok(HeifPicture {
        size: size.ok_or(HeifFault::Damaged("it has no size"))?,
        tiles: coded,
        columns,
        turns: items.turns(id),
        colour,
        profile: profile.map(<[u8]>::to_vec),
        alpha: None,
    })
}

/// How parts are put together (ISO/IEC 23008-12, 6.6.2.3).
struct Grid {
    rows: usize,
    columns: usize,
    size: (u32, u32),
}

impl Grid {
    fn read(data: &[u8]) -> Result<Self, HeifFault> {
        let mut data = Reader::new(data);
        let (_version, flags) = (data.u8()?, data.u8()?);
        let (rows, columns) = (data.u8()?, data.u8()?);
        let mut side = || match flags & 1 {
            0 => data.u16().map(u32::from),
            _ => data.u32(),
        };
        Ok(Self {
            rows: usize::from(rows) + 1,
            columns: usize::from(columns) + 1,
            size: (side()?, side()?),
        })
    }
}
