//! Reads a Rust source as far as its imports: tokens, then the paths that they name.
//!
//! Owns the lexing and the spelling out of `use` trees, `self` and `super`. Knows no rule.

/// A path named in a source, from `crate` or from the name of an outside crate.
pub(super) struct Named {
    pub(super) line: usize,
    pub(super) segments: Vec<String>,
}

/// The paths that a source names, those from `self` and `super` spelled out from `crate`.
pub(super) fn paths(file: &str, tokens: &[Token]) -> Vec<Named> {
    let mut module: Vec<String> = file
        .trim_end_matches(".rs")
        .split('/')
        .map(String::from)
        .collect();
    if module.last().is_some_and(|name| name == "mod") {
        module.pop();
    }
    let text = |index: usize| tokens.get(index).map_or("", |token| token.text.as_str());
    let mut found = Vec::new();
    let (mut depth, mut inline) = (0_usize, Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        let before = if at == 0 { "" } else { text(at - 1) };
        let starts_path =
            text(at + 1) == "::" && is_word(text(at)) && before != "::" && before != ".";
        if text(at) == "use" || starts_path {
            let from = if text(at) == "use" { at + 1 } else { at };
            let mut leaves = Vec::new();
            at = tree(tokens, from, &mut Vec::new(), &mut leaves);
            found.extend(leaves.into_iter().map(|leaf| spelled_out(leaf, &module)));
            continue;
        }
        match text(at) {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if inline.last() == Some(&depth) {
                    inline.pop();
                    module.pop();
                }
            }
            "mod" if text(at + 2) == "{" => {
                inline.push(depth);
                module.push(text(at + 1).to_owned());
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads a path or a tree of imports at `at`, gives every leaf with its prefix, and returns where it ends.
fn tree(
    tokens: &[Token],
    mut at: usize,
    prefix: &mut Vec<String>,
    leaves: &mut Vec<Named>,
) -> usize {
    let held = prefix.len();
    let line = tokens.get(at).map_or(0, |token| token.line);
    while let Some(token) = tokens.get(at) {
        if token.text == "{" && (prefix.len() > held || at == 0 || tokens[at - 1].text != "::") {
            at += 1;
            while tokens.get(at).is_some_and(|token| token.text != "}") {
                let next = tree(tokens, at, prefix, leaves);
                at = if next == at { at + 1 } else { next };
            }
            prefix.truncate(held);
            return at + 1;
        }
        if !is_word(&token.text) {
            break;
        }
        prefix.push(token.text.clone());
        at += 1;
        if tokens.get(at).is_none_or(|token| token.text != "::") {
            break;
        }
        at += 1;
    }
    if prefix.len() > held {
        leaves.push(Named {
            line,
            segments: prefix.clone(),
        });
    }
    prefix.truncate(held);
    // `as name`: the new name is no path.
    if tokens.get(at).is_some_and(|token| token.text == "as") {
        at + 2
    } else {
        at
    }
}

fn spelled_out(mut leaf: Named, module: &[String]) -> Named {
    let supers = leaf
        .segments
        .iter()
        .take_while(|segment| *segment == "super")
        .count();
    let relative = supers > 0 || leaf.segments[0] == "self";
    if relative {
        let kept = module.len().saturating_sub(supers);
        let rest = leaf.segments.split_off(supers.max(1));
        leaf.segments = ["crate".to_owned()]
            .into_iter()
            .chain(module[..kept].iter().cloned())
            .chain(rest)
            .collect();
    }
    leaf
}

/// A word, a `::` or a single sign of a source, without comments, strings and characters.
pub(super) struct Token {
    pub(super) line: usize,
    pub(super) text: String,
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The tokens of a source. Enough of a lexer to tell code from comments and text, and no more.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let at_text = |at: usize, wanted: &str| {
        wanted
            .chars()
            .enumerate()
            .all(|(i, c)| chars.get(at + i) == Some(&c))
    };
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let begun = at;
        if at_text(at, "//") {
            while at < chars.len() && chars[at] != '\n' {
                at += 1;
            }
        } else if at_text(at, "/*") {
            let mut depth = 0;
            while at < chars.len() {
                let step = if at_text(at, "/*") || at_text(at, "*/") {
                    2
                } else {
                    1
                };
                depth +=
                    if at_text(at, "/*") { 1 } else { 0 } - if at_text(at, "*/") { 1 } else { 0 };
                at += step;
                if depth == 0 {
                    break;
                }
            }
        } else if let Some(end) = quoted_end(&chars, at) {
            at = end;
        } else if chars[at].is_alphanumeric() || chars[at] == '_' {
            while at < chars.len() && (chars[at].is_alphanumeric() || chars[at] == '_') {
                at += 1;
            }
            found.push(Token {
                line,
                text: chars[begun..at].iter().collect(),
            });
        } else {
            at += if at_text(at, "::") { 2 } else { 1 };
            if !chars[begun].is_whitespace() {
                found.push(Token {
                    line,
                    text: chars[begun..at].iter().collect(),
                });
            }
        }
        line += chars[begun..at.min(chars.len())]
            .iter()
            .filter(|c| **c == '\n')
            .count();
    }
    found
}

/// Where the string or character that begins at `at` ends, if one begins there; a lifetime is neither.
fn quoted_end(chars: &[char], at: usize) -> Option<usize> {
    let mut open = at;
    while matches!(chars.get(open), Some('b' | 'c' | 'r')) && open < at + 2 {
        open += 1;
    }
    let raw = chars[at..open].contains(&'r');
    let hashes = if raw {
        chars[open..].iter().take_while(|c| **c == '#').count()
    } else {
        0
    };
    match chars.get(open + hashes) {
        Some('"') if raw => {
            let body = open + hashes + 1;
            let closes = |i: &usize| {
                chars[*i] == '"'
                    && chars[i + 1..]
                        .iter()
                        .take(hashes)
                        .filter(|c| **c == '#')
                        .count()
                        == hashes
            };
            Some(
                (body..chars.len())
                    .find(closes)
                    .map_or(chars.len(), |i| i + 1 + hashes),
            )
        }
        Some(quote @ ('"' | '\'')) if !raw => {
            let is_lifetime = *quote == '\''
                && chars.get(open + 1) != Some(&'\\')
                && chars.get(open + 2) != Some(&'\'');
            if is_lifetime {
                return None;
            }
            let mut end = open + 1;
            while end < chars.len() && chars[end] != *quote {
                end += if chars[end] == '\\' { 2 } else { 1 };
            }
            Some((end + 1).min(chars.len()))
        }
        _ => None,
    }
}
