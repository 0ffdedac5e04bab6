//! Any other call of the v2 API, JSON in and out: what no crate offers (checks, rules, endpoints, tasks, stacks, dashboards).

use reqwest::{Method, StatusCode, header};
use serde_json::Value;

use super::retry::Failure;
use super::{Attempt, InfluxClient, InfluxError, REQUEST_TIMEOUT};

/// Longest answer to a call; a dashboard of ours has some tens of KiB.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A request to the API.
#[derive(Debug, Clone)]
pub struct Call {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
}

impl Call {
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path.into(), None)
    }

    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::POST, path.into(), Some(body))
    }

    pub fn put(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::PUT, path.into(), Some(body))
    }

    pub fn patch(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::PATCH, path.into(), Some(body))
    }

    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path.into(), None)
    }

    /// With one more parameter in the URL.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.query.push((key, value.into()));
        self
    }

    fn new(method: Method, path: String, body: Option<Value>) -> Self {
        Self { method, path, query: Vec::new(), body }
    }

    /// Whether it may be sent again when nobody knows what became of it: a second POST makes a second object.
    fn may_be_repeated(&self) -> bool {
        self.method != Method::POST
    }
}

impl InfluxClient {
    /// Makes a call and gives the JSON of its answer, null for an empty one. An outage is waited for; a POST whose answer was lost
    /// is an error, and whoever made it looks what is there before making it again.
    pub async fn call(&self, doing: &'static str, call: &Call) -> Result<Value, InfluxError> {
        let mut patience = self.patience(doing);
        loop {
            match self.try_call(doing, call).await {
                Ok(answer) => return Ok(answer),
                Err(Attempt::Later(failure)) => patience.wait(failure).await?,
                Err(Attempt::Never(error)) => return Err(*error),
            }
        }
    }

    async fn try_call(&self, doing: &'static str, call: &Call) -> Result<Value, Attempt> {
        let mut url = self.url(&call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = self.authorized(self.http.request(call.method.clone(), url)).timeout(REQUEST_TIMEOUT);
        if let Some(body) = &call.body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let mut answer = request.send().await.map_err(|error| self.unanswered(doing, call, error))?;
        if !answer.status().is_success() {
            return Err(self.judge(doing, answer).await);
        }
        let status = answer.status();
        let mut text = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.unanswered(doing, call, error))? {
            text.extend_from_slice(&chunk);
            if text.len() > ANSWER_BYTES_MAX {
                return Err(self.strange(doing, status, format!("more than {ANSWER_BYTES_MAX} bytes")));
            }
        }
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&text).map_err(|error| self.strange(doing, status, error.to_string()))
    }

    fn unanswered(&self, doing: &'static str, call: &Call, error: reqwest::Error) -> Attempt {
        if error.is_connect() || call.may_be_repeated() {
            return Attempt::Later(Failure::of_request(&error));
        }
        let url = self.target.url.clone();
        Attempt::never(InfluxError::Unanswered { doing, url, source: error })
    }

    fn strange(&self, doing: &'static str, status: StatusCode, why: String) -> Attempt {
        let (url, message) = (self.target.url.clone(), format!("status {status}, {why}"));
        Attempt::never(InfluxError::Strange { doing, url, message })
    }

    /// The id of this client's organization.
    pub async fn org_id(&self) -> Result<String, InfluxError> {
        let doing = "look for the organization";
        let found = self.call(doing, &Call::get("/api/v2/orgs").with("org", &self.target.org)).await?;
        let id = found["orgs"][0]["id"].as_str().map(str::to_owned);
        id.ok_or_else(|| InfluxError::NotFound {
            doing,
            url: self.target.url.clone(),
            message: format!("organization {:?} is not there", self.target.org),
        })
    }
}
