//! The tables of `ARCHITECTURE.md`: the rooms, and what each may name. The code has no copy of them.

use std::collections::BTreeMap;

/// Rooms in the order of the page, each with those that it may name.
pub(super) type Table = Vec<(String, Vec<String>)>;

/// The tables of the page.
pub(super) struct Tables {
    /// The rooms of `src/`.
    pub(super) rooms: Table,
    /// The parts of a room, by the room's name.
    pub(super) inside: BTreeMap<String, Table>,
}

/// Reads the page: the table under `## Rooms`, and one under each heading that is a room's name in backticks.
///
/// A row may stand for several names, which may then name each other; "all above" are those of the rows before it.
pub(super) fn tables(page: &str) -> Tables {
    let (mut rooms, mut inside) = (Table::new(), BTreeMap::<String, Table>::new());
    let mut heading = String::new();
    for line in page.lines() {
        if let Some(text) = line.strip_prefix('#') {
            heading = text.trim_start_matches('#').trim().to_owned();
            continue;
        }
        match words(&heading).first() {
            Some(room) => row(line, inside.entry(room.clone()).or_default()),
            None if heading == "Rooms" => row(line, &mut rooms),
            None => {}
        }
    }
    inside.retain(|_, table| !table.is_empty());
    Tables { rooms, inside }
}

/// `| name | owns | may name | … |`, where names are in backticks.
fn row(line: &str, table: &mut Table) {
    let mut cells = line.strip_prefix('|').unwrap_or_default().split('|');
    let names = words(cells.next().unwrap_or_default());
    let Some(last) = cells.nth(1) else { return };
    let mut may_name = words(last);
    if last.contains("all above") {
        may_name.extend(table.iter().map(|(name, _)| name.clone()));
    }
    for name in &names {
        let others = names.iter().filter(|other| *other != name).cloned();
        table.push((
            name.clone(),
            may_name.iter().cloned().chain(others).collect(),
        ));
    }
}

/// The text in backticks.
fn words(text: &str) -> Vec<String> {
    let parts = text.split('`').skip(1).step_by(2);
    parts.map(str::to_owned).collect()
}
