//! A repository's name.

use std::fmt;
use std::str::FromStr;

use crate::error::HubError;

/// A repository's name, `owner/name`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Repo {
    owner: String,
    name: String,
}

impl Repo {
    /// The part after the owner: the model's name on this machine.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Repo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

impl FromStr for Repo {
    type Err = HubError;

    /// Reads `owner/name`, or the address of the repository's page.
    fn from_str(text: &str) -> Result<Self, HubError> {
        let wrong = || HubError::BadName {
            name: text.trim().to_owned(),
        };
        let path = match text.trim().split_once("://") {
            Some((_, rest)) => rest.split_once('/').ok_or_else(wrong)?.1,
            None => text.trim(),
        };
        let mut parts = path.trim_matches('/').split('/');
        let (Some(owner), Some(name), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong());
        };
        // The name becomes a folder name and part of an address.
        let plain = |part: &str| {
            let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !part.is_empty()
                && part.len() <= 96
                && !part.starts_with('.')
                && part.bytes().all(letter)
        };
        if !plain(owner) || !plain(name) {
            return Err(wrong());
        }
        Ok(Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }
}
