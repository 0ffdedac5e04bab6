//! The right to work on an InfluxDB that the arguments name: where it is, the organization, a token.

use std::path::Path;
use std::time::Duration;

use adx_influx::{InfluxClient, InfluxTarget, RetryLimits};
use anyhow::{Context, ensure};

/// Where the token is where no file is named: an argument would be seen by everyone on the machine.
pub(crate) const TOKEN_VARIABLE: &str = "INFLUX_TOKEN";

/// A real InfluxDB that is set up, and the right to make buckets in it.
#[derive(Clone)]
pub struct InfluxAccess {
    pub url: String,
    pub org: String,
    /// Secret: never logged.
    pub token: String,
}

impl std::fmt::Debug for InfluxAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InfluxAccess").field("url", &self.url).field("org", &self.org).finish_non_exhaustive()
    }
}

impl InfluxAccess {
    /// With the token of the file, else of the variable; refuses a URL that cannot be used. Asks nothing of the server.
    pub fn of(url: &str, org: &str, token_file: Option<&Path>) -> anyhow::Result<Self> {
        let access = Self { url: url.to_owned(), org: org.to_owned(), token: token(token_file)? };
        access.client("", Duration::ZERO).context("--influx-url cannot be used").map(|_| access)
    }

    /// A client for one bucket; an empty name is for what concerns none.
    pub fn client(&self, bucket: &str, give_up_after: Duration) -> anyhow::Result<InfluxClient> {
        let Self { url, org, token } = self.clone();
        let give_up_after_ms = u64::try_from(give_up_after.as_millis()).unwrap_or(u64::MAX);
        let limits = RetryLimits { give_up_after_ms, ..RetryLimits::default() };
        InfluxClient::new(InfluxTarget { url, org, bucket: bucket.to_owned(), token }, limits)
            .context("make a client for InfluxDB")
    }
}

fn token(file: Option<&Path>) -> anyhow::Result<String> {
    let token = match file {
        Some(file) => std::fs::read_to_string(file).with_context(|| {
            format!("read the token of InfluxDB from {}, as --influx-token-file says", file.display())
        })?,
        None => std::env::var(TOKEN_VARIABLE).unwrap_or_default(),
    };
    let token = token.trim();
    ensure!(!token.is_empty(), "no token for InfluxDB: give one by --influx-token-file or in {TOKEN_VARIABLE}");
    Ok(token.to_owned())
}
