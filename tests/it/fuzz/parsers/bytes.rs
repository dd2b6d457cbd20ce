//! Changes to arbitrary bytes: flipped, set to edge values, cut, copied, inserted.

use super::dice::Dice;

/// Maximum size of an input. The inputs are small, because the result of parsing a small file must be small too.
const LONGEST: usize = 64 << 10;
/// Numbers at the edges of types, of signs and of what Kinora accepts.
pub(crate) const EDGES: [u64; 26] = [
    0,
    1,
    2,
    3,
    7,
    8,
    15,
    16,
    63,
    64,
    127,
    128,
    255,
    256,
    4096,
    16_384,
    16_385,
    32_767,
    65_535,
    65_536,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0xffff_ffff_ffff_ffff,
];

/// Changes a few places of `data`.
pub(crate) fn change(data: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..dice.few() {
        change_once(data, dice);
    }
    data.truncate(LONGEST);
}

fn change_once(data: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(data.len());
    let rest = data.len() - at;
    let span = 1 + dice.below(rest.min(16));
    match dice.below(12) {
        _ if data.is_empty() => data.push(dice.byte()),
        0 | 1 => data[at] ^= 1 << dice.below(8),
        2 | 3 => data[at] = dice.byte(),
        4 => data[at] = data[at].wrapping_add(*dice.of(&[1, 0xff, 16, 0xf0])),
        5 | 6 => number(&mut data[at..], dice),
        7 => data.truncate(at),
        8 => drop(data.drain(at..(at + span).min(data.len()))),
        9 => {
            let copied = data[at..(at + span).min(data.len())].to_vec();
            let to = dice.below(data.len() + 1);
            drop(data.splice(to..to, copied));
        }
        10 => {
            let filling = *dice.of(&[0, 0xff, b' ', b'0']);
            drop(data.splice(at..at, std::iter::repeat_n(filling, span)));
        }
        _ => {
            let other = dice.below(data.len());
            data.swap(at, other);
        }
    }
}

/// Overwrites the first bytes with an edge value, in either byte order.
fn number(data: &mut [u8], dice: &mut Dice) {
    let value = *dice.of(&EDGES);
    let width = (*dice.of(&[1_usize, 2, 4, 8])).min(data.len());
    let bytes = if dice.one_in(2) {
        value.to_le_bytes()[..width].to_vec()
    } else {
        value.to_be_bytes()[8 - width..].to_vec()
    };
    data[..width].copy_from_slice(&bytes);
}
