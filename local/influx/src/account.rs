//! Who may use the server, and what a server is set up with.

use std::time::Duration;

use axum::http::{HeaderMap, header};

use crate::answer::ApiError;

/// What `POST /api/v2/setup` gives a server.
#[derive(Debug, Clone)]
pub struct Account {
    pub org: String,
    /// The first bucket.
    pub bucket: String,
    /// The token with every right.
    pub token: String,
    /// A token that may read and not write.
    pub read_token: Option<String>,
    /// How long the first bucket keeps points; `None` is for ever.
    pub keeps: Option<Duration>,
}

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    All,
    Read,
}

impl Account {
    /// What the request's token allows.
    pub(crate) fn right_of(account: Option<&Self>, headers: &HeaderMap) -> Result<Right, ApiError> {
        let account = account.ok_or_else(ApiError::unauthorized)?;
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let token = given.strip_prefix("Token ").or_else(|| given.strip_prefix("Bearer ")).unwrap_or_default();
        if token.is_empty() {
            Err(ApiError::unauthorized())
        } else if token == account.token {
            Ok(Right::All)
        } else if Some(token) == account.read_token.as_deref() {
            Ok(Right::Read)
        } else {
            Err(ApiError::unauthorized())
        }
    }
}
