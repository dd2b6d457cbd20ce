//! The files of `src/` and the dependencies between them: which file uses a name of which other file.
//!
//! A name that a `mod.rs` re-exports belongs to the file behind it. Code compiled only for tests does not count.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::{self, Source, module_of};

/// Files by their path below `src/`.
pub(super) struct House {
    pub(super) sources: BTreeMap<String, Source>,
    /// The file of each module.
    modules: BTreeMap<Vec<String>, String>,
}

/// A dependency: one file uses a name of another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrow {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) line: usize,
    pub(super) name: String,
}

impl House {
    /// Reads every source text.
    pub(super) fn of(texts: &[(String, String)]) -> Self {
        let read = texts
            .iter()
            .map(|(file, text)| (file.clone(), reading::read(file, text)));
        let sources: BTreeMap<String, Source> = read.collect();
        let modules = sources
            .keys()
            .filter(|file| *file != "main.rs")
            .map(|file| (module_of(file), file.clone()))
            .collect();
        Self { sources, modules }
    }

    /// The file that owns a path, which is written in full from `crate`.
    pub(super) fn owner(&self, path: &[String]) -> Option<&str> {
        let mut path = path.to_vec();
        // Follows re-exports of re-exports; no valid chain is longer than this.
        for _ in 0..8 {
            let inside = path.get(1..)?;
            let known = (0..=inside.len())
                .rev()
                .find_map(|length| Some((length, self.modules.get(&inside[..length])?)));
            let (length, file) = known?;
            let door = inside
                .get(length)
                .and_then(|name| self.sources[file].doors.get(name));
            match door {
                Some(behind) if behind.first().is_some_and(|first| first == "crate") => {
                    path = [behind.clone(), inside[length + 1..].to_vec()].concat();
                }
                _ => return Some(file),
            }
        }
        None
    }

    /// Every dependency, in the order of files and lines.
    pub(super) fn arrows(&self) -> BTreeSet<Arrow> {
        let mut arrows = BTreeSet::new();
        for (from, source) in self.sources.iter().filter(|(file, _)| *file != "main.rs") {
            for named in &source.named {
                let inside = named.segments.first().is_some_and(|first| first == "crate");
                if !inside || named.tests || named.handed_on {
                    continue;
                }
                // A module that is imported as a whole counts only where something in it is used.
                if self.modules.contains_key(&named.segments[1..]) {
                    continue;
                }
                let Some(to) = self.owner(&named.segments).filter(|to| to != from) else {
                    continue;
                };
                arrows.insert(Arrow {
                    from: from.clone(),
                    to: to.to_owned(),
                    line: named.line,
                    name: named.segments.last().cloned().unwrap_or_default(),
                });
            }
        }
        arrows
    }
}

/// Every group of files that depend on each other in a circle, each group sorted.
pub(super) fn circles(arrows: &BTreeSet<Arrow>) -> Vec<Vec<String>> {
    let mut ahead: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for arrow in arrows {
        ahead.entry(&arrow.from).or_default().insert(&arrow.to);
    }
    let reach = |from: &str| {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut next: Vec<&str> = ahead.get(from).into_iter().flatten().copied().collect();
        while let Some(file) = next.pop() {
            if seen.insert(file) {
                next.extend(ahead.get(file).into_iter().flatten());
            }
        }
        seen
    };
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        ahead.keys().map(|file| (*file, reach(file))).collect();
    let mut found: BTreeSet<Vec<String>> = BTreeSet::new();
    for (file, theirs) in &reached {
        if !theirs.contains(file) {
            continue;
        }
        let circle = theirs
            .iter()
            .filter(|other| reached.get(**other).is_some_and(|back| back.contains(file)))
            .map(|other| (*other).to_owned())
            .collect();
        found.insert(circle);
    }
    found.into_iter().collect()
}
