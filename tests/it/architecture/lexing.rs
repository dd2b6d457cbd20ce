//! A Rust source as tokens: just enough of a lexer to distinguish code from comments and text.

/// A word, a `::` or a single sign of a source, without comments, strings and characters.
pub(super) struct Token {
    pub(super) line: usize,
    pub(super) text: String,
}

/// Whether a token is a name or a keyword.
pub(super) fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Splits a source into tokens.
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

/// Where the string or character that starts at `at` ends, or `None` if none starts there. A lifetime is neither.
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
