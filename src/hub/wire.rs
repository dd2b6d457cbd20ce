//! Requests and responses: the only file that names the HTTP client.

use std::io::Read;
use std::time::Duration;

use serde::de::DeserializeOwned;
use ureq::{Agent, Body};

use super::{Hub, Repo};
use crate::error::{HubError, excerpt};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(15);
/// Longest silence in the middle of a response.
const SILENCE: Duration = Duration::from_secs(30);
/// Longest text that is shown, in bytes; a model card has a few KiB.
const MOST_TEXT: u64 = 1 << 20;
/// Longest list of files, in bytes.
const MOST_LIST: u64 = 16 << 20;

/// A client that follows redirects, which the hub uses for large files, without sending the token along.
pub(super) struct Wire<'a> {
    agent: Agent,
    hub: &'a Hub,
}

/// A response with a body.
pub(super) struct Answer {
    /// The byte at which the body begins: the requested one, or 0.
    pub(super) from: u64,
    pub(super) body: Box<dyn Read>,
}

/// Why a request failed.
pub(super) enum Miss {
    /// A temporary failure: another attempt may help.
    Passing(HubError),
    /// A permanent failure.
    Final(HubError),
    /// The requested range begins beyond the end of the file.
    BeyondEnd,
}

impl<'a> Wire<'a> {
    pub(super) fn new(hub: &'a Hub) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .user_agent(concat!("kinora/", env!("CARGO_PKG_VERSION")));
        if hub.base.starts_with("http://127.0.0.1") || hub.base.starts_with("http://localhost") {
            // Addresses on this machine bypass the proxy.
            config = config.proxy(None);
        }
        Self {
            agent: config.build().new_agent(),
            hub,
        }
    }

    /// A JSON document.
    pub(super) fn json<T: DeserializeOwned>(&self, repo: &Repo, url: &str) -> Result<T, Miss> {
        let mut answer = self.ask(url, None).map_err(|miss| self.miss(&miss))?;
        self.judge(repo, answer.status().as_u16(), &repo.to_string())?;
        let body = answer.body_mut().with_config().limit(MOST_LIST);
        body.read_json().map_err(|error| self.miss(&error))
    }

    /// A short text; `None` if there is none.
    pub(super) fn text(&self, repo: &Repo, url: &str) -> Result<Option<String>, Miss> {
        let mut answer = self.ask(url, None).map_err(|miss| self.miss(&miss))?;
        let status = answer.status().as_u16();
        if status == 404 {
            return Ok(None);
        }
        self.judge(repo, status, url)?;
        let body = answer.body_mut().with_config().limit(MOST_TEXT);
        body.read_to_string()
            .map(Some)
            .map_err(|error| self.miss(&error))
    }

    /// A file from byte `from` on; a server may send the whole file instead.
    pub(super) fn file(&self, repo: &Repo, url: &str, from: u64) -> Result<Answer, Miss> {
        let range = (from > 0).then(|| format!("bytes={from}-"));
        let answer = self.ask(url, range).map_err(|miss| self.miss(&miss))?;
        let status = answer.status().as_u16();
        if status == 416 {
            return Err(Miss::BeyondEnd);
        }
        self.judge(repo, status, url)?;
        let part = answer.headers().get("content-range");
        let part = part.and_then(|part| part.to_str().ok());
        let asked = format!("bytes {from}-");
        let is_part = status == 206 && part.is_some_and(|part| part.starts_with(&asked));
        if status == 206 && !is_part {
            return Err(Miss::Passing(self.bad("it sent the wrong part of a file")));
        }
        Ok(Answer {
            from: if is_part { from } else { 0 },
            body: Box::new(answer.into_body().into_reader()),
        })
    }

    fn ask(
        &self,
        url: &str,
        range: Option<String>,
    ) -> Result<ureq::http::Response<Body>, ureq::Error> {
        let mut request = self.agent.get(url);
        if let Some(token) = &self.hub.token {
            request = request.header("Authorization", token.header());
        }
        if let Some(range) = range {
            request = request.header("Range", range);
        }
        request.call()
    }

    fn judge(&self, repo: &Repo, status: u16, what: &str) -> Result<(), Miss> {
        let (name, page) = (repo.to_string(), self.hub.page(repo));
        match status {
            200..=299 => Ok(()),
            401 | 403 if self.hub.token.is_none() => {
                Err(Miss::Final(HubError::TokenNeeded { repo: name, page }))
            }
            401 | 403 => Err(Miss::Final(HubError::Forbidden { repo: name, page })),
            404 => Err(Miss::Final(HubError::NotFound {
                what: what.to_owned(),
            })),
            408 | 429 | 500.. => Err(Miss::Passing(self.bad(&format!("status {status}")))),
            _ => Err(Miss::Final(self.bad(&format!("status {status}")))),
        }
    }

    /// The error for a response that cannot be used.
    pub(super) fn bad(&self, reason: &str) -> HubError {
        HubError::BadAnswer {
            reason: excerpt(reason),
            host: self.hub.base.clone(),
        }
    }

    fn miss(&self, error: &ureq::Error) -> Miss {
        match error {
            ureq::Error::Json(_) | ureq::Error::BodyExceedsLimit(_) => {
                Miss::Final(self.bad(&error.to_string()))
            }
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
                Miss::Final(self.silent(&error.to_string()))
            }
            _ => Miss::Passing(self.silent(&error.to_string())),
        }
    }

    /// The error for a host that does not respond, or stopped responding.
    pub(super) fn silent(&self, reason: &str) -> HubError {
        HubError::NoNetwork {
            reason: excerpt(reason),
            host: self.hub.base.clone(),
        }
    }
}

impl Miss {
    /// The error for a request that is not repeated.
    pub(super) fn into_error(self, what: &str) -> HubError {
        match self {
            Self::Passing(error) | Self::Final(error) => error,
            Self::BeyondEnd => HubError::NotFound {
                what: what.to_owned(),
            },
        }
    }
}
