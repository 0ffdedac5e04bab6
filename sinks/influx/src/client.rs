//! The client of InfluxDB's v2 API: waits for the server, sets it up, writes batches, reads points back.
//!
//! `influxdb2` does health, organizations and buckets; writes and queries need the answer's headers and a bounded
//! reading of its body, so they go through the same HTTP stack directly. An outage is waited for, and said.

mod address;
mod admin;
mod answer;
mod api;
mod batches;
mod error;
mod instant;
mod retry;
mod rows;
mod told;

use std::fmt;
use std::time::Duration;

use adx_queries::Query;
use bytes::Bytes;
use reqwest::header::HeaderValue;
use reqwest::{StatusCode, Url, header, redirect};
use serde_json::json;

pub use answer::Point;
pub use api::Call;
pub use error::InfluxError;
pub use retry::RetryLimits;
pub use rows::{AnswerError, Cell, Row};

pub(crate) use error::dropped;
pub(crate) use instant::window_start as instant_of;
pub(crate) use retry::{retry_after, whole_cause};
pub(crate) use told::told;

use crate::writer::post::Post;
use crate::writer::{Limits, RefusedFile, Writer};
use batches::Batches;
use retry::{Failure, Patience};
use rows::RowReader;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// A query may think longer before its first row, and between two of them.
const QUERY_SILENCE: Duration = Duration::from_secs(60);
/// Longest error text kept of an answer.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// Where points go, and by what right.
#[derive(Clone)]
pub struct InfluxTarget {
    /// For example `http://127.0.0.1:8086`, without a path.
    pub url: String,
    pub org: String,
    pub bucket: String,
    /// Secret: never logged.
    pub token: String,
}

impl fmt::Debug for InfluxTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, org, bucket, token: _ } = self;
        f.debug_struct("InfluxTarget")
            .field("url", url)
            .field("org", org)
            .field("bucket", bucket)
            .finish_non_exhaustive()
    }
}

/// A client for one bucket.
pub struct InfluxClient {
    target: InfluxTarget,
    base: Url,
    authorization: HeaderValue,
    http: reqwest::Client,
    admin: influxdb2::Client,
    limits: RetryLimits,
}

impl InfluxClient {
    /// A client that connects when first used.
    pub fn new(target: InfluxTarget, limits: RetryLimits) -> Result<Self, InfluxError> {
        let base = address::of(&target.url)?;
        let authorization = authorization(&target)?;
        let no_client = |source| InfluxError::Client { url: target.url.clone(), source };
        // A redirection would turn a write into something else, and carry the token elsewhere.
        let builder = || reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).redirect(redirect::Policy::none());
        let http = builder().build().map_err(no_client)?;
        let admin = influxdb2::ClientBuilder::with_builder(
            builder().timeout(REQUEST_TIMEOUT),
            target.url.as_str(),
            target.org.as_str(),
            target.token.as_str(),
        );
        let admin = admin.build().map_err(|influxdb2::BuildError::ReqwestClientError { source }| no_client(source))?;
        Ok(Self { target, base, authorization, http, admin, limits })
    }

    /// Starts a writer of this client's bucket on the current runtime; points that are refused for good go to `refused`.
    pub fn writer(&self, limits: Limits, refused: RefusedFile) -> Writer {
        let post = Post { http: self.http.clone(), url: self.write_url(), authorization: self.authorization.clone() };
        Writer::start(post, format!("{}, bucket {:?}", self.target.url, self.target.bucket), limits, refused)
    }

    fn write_url(&self) -> Url {
        let mut url = self.url("/api/v2/write");
        url.query_pairs_mut()
            .append_pair("org", &self.target.org)
            .append_pair("bucket", &self.target.bucket)
            .append_pair("precision", "s");
        url
    }

    /// Writes whole lines with timestamps in seconds, in batches, one after the other. Returns once all are stored;
    /// what fails for a while is sent again, which changes nothing where it had been stored.
    pub async fn write(&self, lines: Bytes) -> Result<(), InfluxError> {
        let mut batches = Batches::new(lines);
        while let Some(batch) = batches.next() {
            match self.write_batch(batch.clone()).await {
                Err(InfluxError::TooLarge { .. }) if batches.put_back_in_halves(&batch) => {}
                other => other?,
            }
        }
        Ok(())
    }

    async fn write_batch(&self, batch: Bytes) -> Result<(), InfluxError> {
        let mut patience = self.patience("write points");
        loop {
            match self.try_write(batch.clone()).await {
                Ok(()) => return Ok(()),
                Err(Attempt::Later(failure)) => patience.wait(failure).await?,
                Err(Attempt::Never(error)) => return Err(*error),
            }
        }
    }

    async fn try_write(&self, batch: Bytes) -> Result<(), Attempt> {
        let request = self.authorized(self.http.post(self.write_url())).timeout(REQUEST_TIMEOUT).body(batch);
        let answer = request.send().await.map_err(|error| Attempt::Later(Failure::of_request(&error)))?;
        match answer.status() {
            StatusCode::NO_CONTENT => Ok(()),
            _ => Err(self.judge("write points", answer).await),
        }
    }

    /// Gives every point of the answer to `each`, in the server's order; at most one row of it is held at a time.
    pub async fn query(&self, query: &Query, mut each: impl FnMut(Point)) -> Result<(), InfluxError> {
        self.rows(&query.text(&self.target.bucket), |row| Point::of(row).map(&mut each)).await
    }

    /// Gives every row of the answer to a Flux text to `each`, in the server's order; at most one is held at a time.
    /// An outage before the first row is waited for; one amid the rows is an error, since rows cannot be taken back.
    pub async fn rows<F>(&self, flux: &str, mut each: F) -> Result<(), InfluxError>
    where
        F: FnMut(Row<'_>) -> Result<(), AnswerError>,
    {
        let mut patience = self.patience("query points");
        let mut answer = loop {
            match self.try_query(flux).await {
                Ok(answer) => break answer,
                Err(Attempt::Later(failure)) => patience.wait(failure).await?,
                Err(Attempt::Never(error)) => return Err(*error),
            }
        };
        let mut reader = RowReader::default();
        let unreadable = |source| InfluxError::Answer { url: self.target.url.clone(), source };
        while let Some(chunk) = self.next_chunk(&mut answer).await? {
            reader.push(&chunk, &mut each).map_err(unreadable)?;
        }
        reader.finish(&mut each).map_err(unreadable)
    }

    async fn next_chunk(&self, answer: &mut reqwest::Response) -> Result<Option<Bytes>, InfluxError> {
        let cut = |source| InfluxError::Cut { url: self.target.url.clone(), source };
        match tokio::time::timeout(QUERY_SILENCE, answer.chunk()).await {
            Ok(chunk) => chunk.map_err(cut),
            Err(_) => Err(InfluxError::Silent { url: self.target.url.clone(), silent_s: QUERY_SILENCE.as_secs() }),
        }
    }

    async fn try_query(&self, flux: &str) -> Result<reqwest::Response, Attempt> {
        let mut url = self.url("/api/v2/query");
        url.query_pairs_mut().append_pair("org", &self.target.org);
        let body = json!({
            "query": flux, "type": "flux",
            "dialect": { "annotations": ["datatype", "group", "default"], "header": true, "delimiter": "," },
        });
        let request = self
            .authorized(self.http.post(url))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "text/csv")
            .body(body.to_string());
        let silent = |_| Attempt::Later(Failure::new(format!("no answer within {} s", QUERY_SILENCE.as_secs())));
        let sent = tokio::time::timeout(QUERY_SILENCE, request.send()).await.map_err(silent)?;
        let answer = sent.map_err(|error| Attempt::Later(Failure::of_request(&error)))?;
        match answer.status() {
            StatusCode::OK => Ok(answer),
            _ => Err(self.judge("query points", answer).await),
        }
    }

    fn authorized(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.header(header::AUTHORIZATION, self.authorization.clone())
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        url
    }

    fn patience(&self, doing: &'static str) -> Patience {
        Patience::new(self.limits, self.target.url.clone(), doing)
    }

    /// Whether an answer that is no success is worth another attempt.
    async fn judge(&self, doing: &'static str, answer: reqwest::Response) -> Attempt {
        let (status, wait) = (answer.status(), retry::retry_after(answer.headers()));
        let message = told(answer, &self.authorization, MESSAGE_BYTES_MAX).await;
        if retry::is_passing(status) {
            return Attempt::Later(Failure { what: format!("status {status}: {message}"), wait });
        }
        Attempt::never(self.refused(doing, status, message))
    }

    fn refused(&self, doing: &'static str, status: StatusCode, message: String) -> InfluxError {
        let bucket = &self.target.bucket;
        InfluxError::from_status(doing, &self.target.url, bucket, status.as_u16(), message)
    }
}

/// The header that carries the token, marked so that nothing prints it.
fn authorization(target: &InfluxTarget) -> Result<HeaderValue, InfluxError> {
    let header = HeaderValue::try_from(format!("Token {}", target.token));
    let mut header = header.map_err(|_| InfluxError::Token { url: target.url.clone() })?;
    header.set_sensitive(true);
    Ok(header)
}

/// What came of one attempt that did not succeed.
enum Attempt {
    Later(Failure),
    Never(Box<InfluxError>),
}

impl Attempt {
    fn never(error: InfluxError) -> Self {
        Self::Never(Box::new(error))
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
