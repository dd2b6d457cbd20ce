//! Reads the imports of a Rust source: the paths that it names, written in full from `crate`.
//!
//! Handles `use` trees, `self` and `super`, imported names and inline modules.

use std::collections::{BTreeMap, BTreeSet};

use super::lexing::{Token, is_word, tokens};

/// A path named in a source, from `crate` or from the name of an outside crate.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) line: usize,
    pub(super) segments: Vec<String>,
    /// Whether it is a re-export (`pub use`).
    pub(super) handed_on: bool,
    /// Whether it is in code that is compiled only for tests.
    pub(super) tests: bool,
}

/// What one source contains.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// Every path, in imports and in code.
    pub(super) named: Vec<Named>,
    /// Names that the file re-exports, with the paths behind them.
    pub(super) doors: BTreeMap<String, Vec<String>>,
    /// Lines that contain the word `unsafe`.
    pub(super) unsafe_lines: Vec<usize>,
}

/// The module that a file of `src/` is: `["app", "state"]` for `app/state/mod.rs`.
pub(super) fn module_of(file: &str) -> Vec<String> {
    let mut module: Vec<String> = file
        .trim_end_matches(".rs")
        .split('/')
        .map(String::from)
        .collect();
    if module.last().is_some_and(|name| name == "mod") || module == ["lib"] {
        module.pop();
    }
    module
}

/// Reads a source; `file` is its path below `src/`.
pub(super) fn read(file: &str, text: &str) -> Source {
    let tokens = tokens(text);
    let mut reader = Reader {
        tokens: &tokens,
        module: module_of(file),
        children: BTreeSet::new(),
        imported: BTreeMap::new(),
        source: Source::default(),
    };
    reader.source.unsafe_lines = tokens
        .iter()
        .filter(|token| token.text == "unsafe")
        .map(|token| token.line)
        .collect();
    // Reads twice, because a name may be used before its import.
    reader.walk(file.ends_with("tests.rs"), true);
    reader.walk(file.ends_with("tests.rs"), false);
    reader.source
}

struct Reader<'a> {
    tokens: &'a [Token],
    /// The module of the code being read.
    module: Vec<String>,
    /// Modules that the file declares.
    children: BTreeSet<String>,
    /// The paths of the names that the file imports at its top level.
    imported: BTreeMap<String, Vec<String>>,
    source: Source,
}

impl Reader<'_> {
    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    /// Reads the file; with `imports`, only its top-level declarations and imports.
    fn walk(&mut self, whole_file_tests: bool, imports: bool) {
        let (mut depth, mut inline) = (0_usize, Vec::new());
        let mut tests_below: Option<usize> = None;
        let mut at = 0;
        while at < self.tokens.len() {
            let tests = whole_file_tests || tests_below.is_some();
            let before = if at == 0 { "" } else { self.text(at - 1) };
            let begins = is_word(self.text(at)) && before != "::" && before != ".";
            if self.text(at) == "pub" && self.text(at + 1) == "(" && self.text(at + 2) == "in" {
                // `pub(in crate::app)` names no code.
                while self.text(at) != ")" {
                    at += 1;
                }
            } else if self.text(at) == "use" {
                let handed_on = before == "pub" || before == ")";
                let mut leaves = Vec::new();
                at = self.tree(at + 1, &mut Vec::new(), &mut leaves);
                for leaf in leaves {
                    match (imports, inline.is_empty()) {
                        (true, true) => self.import(leaf, handed_on),
                        (true, false) => {}
                        (false, _) => self.name(&leaf.path, leaf.line, handed_on, tests),
                    }
                }
                continue;
            } else if begins && self.text(at + 1) == "::" {
                let mut leaves = Vec::new();
                at = self.tree(at, &mut Vec::new(), &mut leaves);
                for leaf in leaves.into_iter().filter(|_| !imports) {
                    self.name(&leaf.path, leaf.line, false, tests);
                }
                continue;
            }
            match self.text(at) {
                "{" => depth += 1,
                "}" => {
                    depth = depth.saturating_sub(1);
                    if inline.last() == Some(&depth) {
                        inline.pop();
                        self.module.pop();
                        tests_below = tests_below.filter(|begun| *begun < depth);
                    }
                }
                "mod" if self.text(at + 2) == "{" => {
                    if self.is_tests(at) && tests_below.is_none() {
                        tests_below = Some(depth);
                    }
                    inline.push(depth);
                    self.module.push(self.text(at + 1).to_owned());
                }
                "mod" if self.text(at + 2) == ";" && inline.is_empty() => {
                    self.children.insert(self.text(at + 1).to_owned());
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Whether `#[cfg(test)]` precedes the `mod` at `at`.
    fn is_tests(&self, at: usize) -> bool {
        let before: Vec<&str> = (at.saturating_sub(7)..at).map(|at| self.text(at)).collect();
        before.ends_with(&["#", "[", "cfg", "(", "test", ")", "]"])
    }

    fn import(&mut self, leaf: Leaf, handed_on: bool) {
        let Some(path) = self.spelled_out(&leaf.path) else {
            return;
        };
        if handed_on {
            self.source.doors.insert(leaf.name.clone(), path.clone());
        }
        self.imported.insert(leaf.name, path);
    }

    fn name(&mut self, path: &[String], line: usize, handed_on: bool, tests: bool) {
        if let Some(segments) = self.spelled_out(path) {
            self.source.named.push(Named {
                line,
                segments,
                handed_on,
                tests,
            });
        }
    }

    /// A path from `crate`, or from the name of an outside crate; `None` for the standard library and `Self`.
    fn spelled_out(&self, segments: &[String]) -> Option<Vec<String>> {
        let from_root =
            |module: &[String], rest: &[String]| [&["crate".to_owned()], module, rest].concat();
        let (first, rest) = segments.split_first()?;
        match first.as_str() {
            "crate" => Some(segments.to_vec()),
            "self" => Some(from_root(&self.module, rest)),
            "super" => {
                let ups = segments.iter().take_while(|word| *word == "super").count();
                let kept = self.module.len().saturating_sub(ups);
                Some(from_root(&self.module[..kept], &segments[ups..]))
            }
            "Self" | "std" | "core" | "alloc" => None,
            child if self.children.contains(child) => Some(from_root(&self.module, segments)),
            name => Some(match self.imported.get(name) {
                Some(path) => [path.as_slice(), rest].concat(),
                None => segments.to_vec(),
            }),
        }
    }

    /// Reads a path or a tree of imports at `at`, reports every leaf with its prefix, and returns where it ends.
    fn tree(&self, mut at: usize, prefix: &mut Vec<String>, leaves: &mut Vec<Leaf>) -> usize {
        let held = prefix.len();
        let line = self.tokens.get(at).map_or(0, |token| token.line);
        while at < self.tokens.len() {
            let opens = prefix.len() > held || at == 0 || self.text(at - 1) != "::";
            if self.text(at) == "{" && opens {
                at += 1;
                while at < self.tokens.len() && self.text(at) != "}" {
                    let next = self.tree(at, prefix, leaves);
                    at = if next == at { at + 1 } else { next };
                }
                prefix.truncate(held);
                return at + 1;
            }
            if !is_word(self.text(at)) {
                break;
            }
            prefix.push(self.text(at).to_owned());
            at += 1;
            if self.text(at) != "::" {
                break;
            }
            at += 1;
        }
        if prefix.len() > held {
            let mut path = prefix.clone();
            // `use a::b::{self}` names `a::b`.
            if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
                path.pop();
            }
            let renamed = (self.text(at) == "as").then(|| self.text(at + 1).to_owned());
            let own = path.last().cloned().unwrap_or_default();
            leaves.push(Leaf {
                name: renamed.unwrap_or(own),
                path,
                line,
            });
        }
        prefix.truncate(held);
        // `as name`: the new name is not a path.
        if self.text(at) == "as" { at + 2 } else { at }
    }
}

/// One path, and the name that a `use` gives it.
struct Leaf {
    path: Vec<String>,
    name: String,
    line: usize,
}
