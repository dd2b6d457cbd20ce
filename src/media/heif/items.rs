//! The items of a file: images, grids and what belongs to them, with their properties, places and references.

use std::collections::HashMap;

use super::boxes::Reader;
use super::types::{HeifCodec, HeifColour, HeifCrop, HeifFault, HeifTile, HeifTurn};

/// Most items in a file, and most properties of it.
const MOST_ITEMS: usize = 4096;

/// What the file says about an item.
#[derive(Debug, Default)]
struct Item<'a> {
    kind: [u8; 4],
    /// The parts of its data: construction method, place and length.
    places: Vec<(u8, u64, u64)>,
    properties: Vec<([u8; 4], Reader<'a>)>,
    /// The items it is made of.
    parts: Vec<u32>,
    /// The item that it belongs to.
    belongs_to: Option<u32>,
}

/// All items of a file.
#[derive(Debug)]
pub(super) struct Items<'a> {
    file: &'a [u8],
    /// Data in the `meta` box itself.
    own: &'a [u8],
    items: HashMap<u32, Item<'a>>,
    /// The main picture.
    pub(super) primary: u32,
}

impl<'a> Items<'a> {
    pub(super) fn read(file: &'a [u8]) -> Result<Self, HeifFault> {
        let damaged = HeifFault::Damaged;
        let meta = Reader::new(file).find(*b"meta")?;
        let mut meta = meta.ok_or(damaged("it has no pictures"))?;
        meta.version()?;
        let part = |kind: &[u8; 4]| meta.find(*kind);
        let mut primary = part(b"pitm")?.ok_or(damaged("it has no main picture"))?;
        let (version, _) = primary.version()?;
        let own = part(b"idat")?;
        let mut items = Self {
            file,
            own: own.map_or(&[][..], Reader::rest),
            items: HashMap::new(),
            primary: primary.id(version > 0)?,
        };
        items.read_kinds(part(b"iinf")?.ok_or(damaged("it has no list of items"))?)?;
        items.read_places(part(b"iloc")?.ok_or(damaged("its items have no places"))?)?;
        if let Some(properties) = part(b"iprp")? {
            items.read_properties(properties)?;
        }
        if let Some(references) = part(b"iref")? {
            items.read_references(references)?;
        }
        Ok(items)
    }

    fn item(&mut self, id: u32) -> Result<&mut Item<'a>, HeifFault> {
        if self.items.len() >= MOST_ITEMS && !self.items.contains_key(&id) {
            return Err(HeifFault::Damaged("it has too many items"));
        }
        Ok(self.items.entry(id).or_default())
    }

    fn read_kinds(&mut self, mut list: Reader<'a>) -> Result<(), HeifFault> {
        let (version, _) = list.version()?;
        // The count, which the boxes repeat.
        list.id(version > 0)?;
        while let Some((kind, mut entry)) = list.next()? {
            let (version, _) = entry.version()?;
            if kind != *b"infe" || version < 2 {
                continue;
            }
            let id = entry.id(version > 2)?;
            let _protection = entry.u16()?;
            self.item(id)?.kind = entry.four()?;
        }
        Ok(())
    }

    fn read_places(&mut self, mut list: Reader<'a>) -> Result<(), HeifFault> {
        let (version, _) = list.version()?;
        let sizes = list.u16()?;
        let size = |shift: u16| ((sizes >> shift) & 15) as u8;
        let (offset, length, base) = (size(12), size(8), size(4));
        let index = if version > 0 { size(0) } else { 0 };
        let count = list.id(version > 1)?;
        let mut places = 0_usize;
        for _ in 0..count {
            let id = list.id(version > 1)?;
            let method = if version > 0 {
                (list.u16()? & 15) as u8
            } else {
                0
            };
            let _file = list.u16()?;
            let start = list.sized(base)?;
            let extents = list.u16()?;
            places += usize::from(extents);
            if places > MOST_ITEMS {
                return Err(HeifFault::Damaged("its items are in too many places"));
            }
            for _ in 0..extents {
                list.sized(index)?;
                let at = start.checked_add(list.sized(offset)?);
                let at = at.ok_or(HeifFault::Truncated)?;
                let place = (method, at, list.sized(length)?);
                self.item(id)?.places.push(place);
            }
        }
        Ok(())
    }

    fn read_properties(&mut self, boxes: Reader<'a>) -> Result<(), HeifFault> {
        let mut properties = Vec::new();
        let mut container = boxes.find(*b"ipco")?.unwrap_or(Reader::new(&[]));
        while let Some(property) = container.next()? {
            if properties.len() == MOST_ITEMS {
                return Err(HeifFault::Damaged("it has too many properties"));
            }
            properties.push(property);
        }
        let mut boxes = boxes;
        while let Some((kind, mut links)) = boxes.next()? {
            if kind != *b"ipma" {
                continue;
            }
            let (version, flags) = links.version()?;
            let count = links.u32()?;
            for _ in 0..count {
                let id = links.id(version > 0)?;
                for _ in 0..links.u8()? {
                    // The highest bit says that the property is essential.
                    let index = match flags & 1 {
                        0 => usize::from(links.u8()? & 0x7f),
                        _ => usize::from(links.u16()? & 0x7fff),
                    };
                    if let Some(property) = index.checked_sub(1).and_then(|at| properties.get(at)) {
                        self.item(id)?.properties.push(*property);
                    }
                }
            }
        }
        Ok(())
    }

    fn read_references(&mut self, mut list: Reader<'a>) -> Result<(), HeifFault> {
        let (version, _) = list.version()?;
        while let Some((kind, mut entry)) = list.next()? {
            let from = entry.id(version > 0)?;
            for _ in 0..entry.u16()? {
                let to = entry.id(version > 0)?;
                match &kind {
                    b"dimg" => self.item(from)?.parts.push(to),
                    b"auxl" => self.item(from)?.belongs_to = Some(to),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn property(&self, id: u32, wanted: &[u8; 4]) -> Option<Reader<'a>> {
        let mut properties = self.items.get(&id)?.properties.iter();
        let (_, found) = properties.find(|(kind, _)| kind == wanted)?;
        Some(*found)
    }

    /// Bytes of the file.
    pub(super) fn bytes(&self) -> usize {
        self.file.len()
    }

    /// Whether an item is an image or a grid, in four letters.
    pub(super) fn kind(&self, id: u32) -> [u8; 4] {
        self.items.get(&id).map_or([0; 4], |item| item.kind)
    }

    /// Width and height in pixels.
    pub(super) fn size(&self, id: u32) -> Option<(u32, u32)> {
        let mut size = self.property(id, b"ispe")?;
        size.version().ok()?;
        Some((size.u32().ok()?, size.u32().ok()?))
    }

    /// The items that a grid is made of.
    pub(super) fn parts(&self, id: u32) -> Vec<u32> {
        let item = self.items.get(&id);
        item.map_or_else(Vec::new, |item| item.parts.clone())
    }

    /// The item that says how opaque another one is.
    pub(super) fn alpha_of(&self, id: u32) -> Option<u32> {
        let alpha = |kind: &[u8]| {
            kind.starts_with(b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha")
                || kind.starts_with(b"urn:mpeg:hevc:2015:auxid:1")
        };
        let mut all: Vec<(&u32, &Item<'_>)> = self.items.iter().collect();
        all.sort_by_key(|(id, _)| **id);
        let mut all = all
            .into_iter()
            .filter(|(_, item)| item.belongs_to == Some(id));
        let found = all.find(|(own, _)| {
            let kind = self.property(**own, b"auxC");
            kind.is_some_and(|kind| kind.rest().get(4..).is_some_and(alpha))
        });
        found.map(|(id, _)| *id)
    }

    /// How colours are stored.
    pub(super) fn colour(&self, id: u32) -> Option<HeifColour> {
        let properties = &self.items.get(&id)?.properties;
        properties.iter().find_map(|(kind, body)| {
            let mut body = *body;
            if kind != b"colr" || body.four().ok()? != *b"nclx" {
                return None;
            }
            Some(HeifColour {
                primaries: body.u16().ok()?,
                transfer: body.u16().ok()?,
                matrix: body.u16().ok()?,
                full_range: body.u8().ok()? & 0x80 != 0,
            })
        })
    }

    /// The ICC profile.
    pub(super) fn profile(&self, id: u32) -> Option<&'a [u8]> {
        let properties = &self.items.get(&id)?.properties;
        properties.iter().find_map(|(kind, body)| {
            let mut body = *body;
            let profile = kind == b"colr" && matches!(&body.four().ok()?, b"prof" | b"rICC");
            profile.then(|| body.rest())
        })
    }

    /// What is done with the decoded picture, in order.
    pub(super) fn turns(&self, id: u32) -> Vec<HeifTurn> {
        let properties = self
            .items
            .get(&id)
            .map_or(&[][..], |item| item.properties.as_slice());
        let turn = |(kind, body): &([u8; 4], Reader<'a>)| {
            let value = body.rest().first()?;
            match kind {
                b"clap" => crop(*body).ok().map(HeifTurn::Crop),
                b"irot" => Some(HeifTurn::Rotate(value & 3)),
                b"imir" if value & 1 == 0 => Some(HeifTurn::LeftRight),
                b"imir" => Some(HeifTurn::TopBottom),
                _ => None,
            }
        };
        properties.iter().filter_map(turn).collect()
    }

    /// A coded image.
    pub(super) fn tile(&self, id: u32) -> Result<HeifTile, HeifFault> {
        let (codec, config) = match &self.kind(id) {
            b"hvc1" => (HeifCodec::Hevc, b"hvcC"),
            b"av01" => (HeifCodec::Av1, b"av1C"),
            _ => return Err(HeifFault::Damaged("it uses another codec")),
        };
        let config = self.property(id, config);
        let config = config.ok_or(HeifFault::Damaged("an image has no configuration"))?;
        Ok(HeifTile {
            codec,
            config: config.rest().to_vec(),
            data: self.data(id)?,
        })
    }

    /// The data of an item.
    pub(super) fn data(&self, id: u32) -> Result<Vec<u8>, HeifFault> {
        let mut data = Vec::new();
        let places = self
            .items
            .get(&id)
            .map_or(&[][..], |item| item.places.as_slice());
        for &(method, at, length) in places {
            let whole = match method {
                0 => self.file,
                1 => self.own,
                _ => return Err(HeifFault::Damaged("an item is made of other items")),
            };
            let at = usize::try_from(at).map_err(|_| HeifFault::Truncated)?;
            let rest = whole.get(at..).ok_or(HeifFault::Truncated)?;
            // A length of 0 means the rest.
            let part = match usize::try_from(length).map_err(|_| HeifFault::Truncated)? {
                0 => rest,
                length => rest.get(..length).ok_or(HeifFault::Truncated)?,
            };
            // Places may overlap, but together they have no more than the file.
            if data.len() + part.len() > self.file.len() {
                return Err(HeifFault::Damaged("its items overlap"));
            }
            data.extend_from_slice(part);
        }
        if data.is_empty() {
            return Err(HeifFault::Damaged("an item has no data"));
        }
        Ok(data)
    }
}

fn crop(mut data: Reader<'_>) -> Result<HeifCrop, HeifFault> {
    let mut pair = || Ok((data.u32()?, data.u32()?));
    let size = [pair()?, pair()?];
    let offset = [pair()?, pair()?];
    Ok(HeifCrop {
        size,
        // Two's complement.
        offset: offset.map(|(up, by)| (up as i32, by)),
    })
}
