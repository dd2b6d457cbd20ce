//! The access token: from the environment, or from a file that only its owner may read.

use std::path::PathBuf;
use std::{fmt, fs};

use crate::error::HubError;
use crate::system::whole_file;

/// An access token; never printed, not even by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token as typed or pasted, trimmed; `None` if it is empty or not a token.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        // It goes into an HTTP header: any other character could start another header.
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        (!text.is_empty() && plain).then(|| Self(text.to_owned()))
    }

    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The file that stores the token between runs.
#[derive(Clone, Debug, Default)]
pub struct TokenStore(Option<PathBuf>);

impl TokenStore {
    /// The store in the user's own configuration folder.
    #[must_use]
    pub fn of_user() -> Self {
        let folders = directories::ProjectDirs::from("", "", "kinora");
        Self(folders.map(|folders| folders.config_dir().join("hub-token")))
    }

    /// A store in another file.
    #[must_use]
    pub fn at(file: PathBuf) -> Self {
        Self(Some(file))
    }

    /// The token: `HF_TOKEN` if set, otherwise the stored one.
    #[must_use]
    pub fn read(&self) -> Option<Token> {
        let named = std::env::var("HF_TOKEN").ok();
        let named = named.as_deref().and_then(Token::new);
        named.or_else(|| Token::new(&fs::read_to_string(self.0.as_deref()?).ok()?))
    }

    /// Stores a token, or deletes the stored one.
    ///
    /// # Errors
    /// [`HubError::Unwritable`] when the file cannot be written.
    pub fn keep(&self, token: Option<&Token>) -> Result<(), HubError> {
        let Some(path) = self.0.as_deref() else {
            return Err(HubError::NoPlace);
        };
        let kept = match token {
            Some(token) => whole_file::write_private(path, token.0.as_bytes()),
            None => match fs::remove_file(path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
                ended => ended,
            },
        };
        kept.map_err(|error| HubError::Unwritable {
            reason: error.to_string(),
            path: path.to_owned(),
        })
    }
}
