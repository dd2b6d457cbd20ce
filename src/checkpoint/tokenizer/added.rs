//! Tokens that are matched literally in a text, before it is split into pieces.

/// A token that a text can contain literally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AddedToken {
    /// Its spelling; not empty.
    pub(super) content: String,
    pub(super) id: u32,
}

/// The parts of a text between these tokens, each with the token after it. The leftmost match counts; of several at the
/// same place, the longest.
pub(super) fn cut<'a>(text: &'a str, tokens: &[AddedToken]) -> Vec<(&'a str, Option<u32>)> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(character) = text[at..].chars().next() {
        let here = &text[at..];
        let found = tokens
            .iter()
            .filter(|token| here.starts_with(&token.content))
            .max_by_key(|token| token.content.len());
        match found {
            Some(token) => {
                parts.push((&text[start..at], Some(token.id)));
                at += token.content.len();
                start = at;
            }
            None => at += character.len_utf8(),
        }
    }
    parts.push((&text[start..], None));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_the_longest_tokens() {
        let token = |content: &str, id| AddedToken {
            content: content.to_owned(),
            id,
        };
        let tokens = [token("!", 0), token("!?", 1)];
        let parts = cut("é!?b!!", &tokens);
        assert_eq!(
            parts,
            [("é", Some(1)), ("b", Some(0)), ("", Some(0)), ("", None)]
        );
        assert_eq!(cut("", &tokens), [("", None)]);
    }
}
