//! Waiting for a server, setting it up, its buckets: what `influxdb2` does for the client.

use std::time::Duration;

use influxdb2::RequestError;
use influxdb2::api::buckets::ListBucketsRequest;
use influxdb2::api::organization::ListOrganizationRequest;
use influxdb2::models::{PostBucketRequest, RetentionRule, health::Status, retention_rule};
use reqwest::StatusCode;
use serde_json::json;

use super::retry::{self, Failure};
use super::{Attempt, InfluxClient, InfluxError, REQUEST_TIMEOUT, error};

/// The most that a server tells at a time.
const BUCKETS_PER_PAGE: u8 = 100;

impl InfluxClient {
    /// Waits until the server says that it is ready, and says each time that it waits.
    pub async fn wait_ready(&self) -> Result<(), InfluxError> {
        let mut patience = self.patience("be ready");
        loop {
            let failure = match self.admin.health().await {
                Ok(health) if health.status == Status::Pass => return Ok(()),
                Ok(health) => Failure::new(health.message.unwrap_or_else(|| "it is not ready yet".into())),
                Err(error) => Failure::new(request_error(&error)),
            };
            patience.wait(failure).await?;
        }
    }

    /// Sets up a fresh server with this client's organization, bucket and token; says whether it was fresh.
    pub async fn ensure_set_up(&self, username: &str, password: &str) -> Result<bool, InfluxError> {
        let mut patience = self.patience("set up the server");
        loop {
            match self.try_set_up(username, password).await {
                Ok(fresh) => return Ok(fresh),
                Err(Attempt::Later(failure)) => patience.wait(failure).await?,
                Err(Attempt::Never(error)) => return Err(*error),
            }
        }
    }

    async fn try_set_up(&self, username: &str, password: &str) -> Result<bool, Attempt> {
        if !self.admin.is_onboarding_allowed().await.map_err(|error| self.admin_error("set up the server", &error))? {
            return Ok(false);
        }
        let body = json!({
            "username": username, "password": password, "org": self.target.org, "bucket": self.target.bucket,
            "token": self.target.token, "retentionPeriodSeconds": 0,
        });
        let request = self.http.post(self.url("/api/v2/setup")).timeout(REQUEST_TIMEOUT).body(body.to_string());
        let answer = request.send().await.map_err(|error| Attempt::Later(Failure::of_request(&error)))?;
        match answer.status() {
            StatusCode::CREATED => Ok(true),
            StatusCode::UNPROCESSABLE_ENTITY => Ok(false), // somebody else was quicker
            _ => Err(self.judge("set up the server", answer).await),
        }
    }

    /// Makes the bucket where there is none; `keeps` is how long a new one keeps points, `None` for ever.
    pub async fn ensure_bucket(&self, keeps: Option<Duration>) -> Result<(), InfluxError> {
        let mut patience = self.patience("make the bucket");
        loop {
            match self.try_ensure_bucket(keeps).await {
                Ok(()) => return Ok(()),
                Err(Attempt::Later(failure)) => patience.wait(failure).await?,
                Err(Attempt::Never(error)) => return Err(*error),
            }
        }
    }

    async fn try_ensure_bucket(&self, keeps: Option<Duration>) -> Result<(), Attempt> {
        if self.bucket_id().await?.is_some() {
            return Ok(());
        }
        let doing = "make the bucket";
        let wanted = ListOrganizationRequest { org: Some(self.target.org.clone()), ..Default::default() };
        let orgs = self.admin.list_organizations(wanted).await.map_err(|error| self.admin_error(doing, &error))?;
        let org_id = orgs.orgs.into_iter().find_map(|org| org.id).ok_or_else(|| {
            let message = format!("organization {:?} is not there", self.target.org);
            Attempt::never(self.refused(doing, StatusCode::NOT_FOUND, message))
        })?;
        let mut request = PostBucketRequest::new(org_id, self.target.bucket.clone());
        let every_s = keeps.map(|keeps| i32::try_from(keeps.as_secs()).unwrap_or(i32::MAX));
        request.retention_rules =
            every_s.into_iter().map(|every| RetentionRule::new(retention_rule::Type::Expire, every)).collect();
        self.admin.create_bucket(Some(request)).await.map_err(|error| self.admin_error(doing, &error))
    }

    /// Removes the bucket with all its points; says whether there was one.
    pub async fn delete_bucket(&self) -> Result<bool, InfluxError> {
        let mut patience = self.patience("remove the bucket");
        loop {
            match self.try_delete_bucket().await {
                Ok(there) => return Ok(there),
                Err(Attempt::Later(failure)) => patience.wait(failure).await?,
                Err(Attempt::Never(error)) => return Err(*error),
            }
        }
    }

    async fn try_delete_bucket(&self) -> Result<bool, Attempt> {
        let Some(id) = self.bucket_id().await? else { return Ok(false) };
        self.admin.delete_bucket(&id).await.map_err(|error| self.admin_error("remove the bucket", &error))?;
        Ok(true)
    }

    /// The names of all buckets of the organization.
    pub async fn bucket_names(&self) -> Result<Vec<String>, InfluxError> {
        let mut patience = self.patience("list buckets");
        let mut names = Vec::new();
        loop {
            match self.try_next_names(&names).await {
                Ok(page) if page.is_empty() => return Ok(names),
                Ok(page) => names.extend(page),
                Err(Attempt::Later(failure)) => patience.wait(failure).await?,
                Err(Attempt::Never(error)) => return Err(*error),
            }
        }
    }

    /// The names behind those that are known; a server that begins anew each time has told all at once.
    async fn try_next_names(&self, known: &[String]) -> Result<Vec<String>, Attempt> {
        let wanted = ListBucketsRequest {
            org: Some(self.target.org.clone()),
            limit: Some(BUCKETS_PER_PAGE),
            offset: Some(known.len() as u64),
            ..Default::default()
        };
        let found =
            self.admin.list_buckets(Some(wanted)).await.map_err(|error| self.admin_error("list buckets", &error))?;
        let names = found.buckets.into_iter().map(|bucket| bucket.name);
        Ok(names.filter(|name| !known.contains(name)).collect())
    }

    async fn bucket_id(&self) -> Result<Option<String>, Attempt> {
        let wanted = ListBucketsRequest {
            name: Some(self.target.bucket.clone()),
            org: Some(self.target.org.clone()),
            ..Default::default()
        };
        match self.admin.list_buckets(Some(wanted)).await {
            Ok(found) => Ok(found.buckets.into_iter().find_map(|bucket| bucket.id)),
            Err(RequestError::Http { status: StatusCode::NOT_FOUND, text }) if text.contains("bucket") => Ok(None),
            Err(error) => Err(self.admin_error("look for the bucket", &error)),
        }
    }

    fn admin_error(&self, doing: &'static str, error: &RequestError) -> Attempt {
        match error {
            RequestError::Http { status, text } if !retry::is_passing(*status) => {
                Attempt::never(self.refused(doing, *status, error::message_of(text.as_bytes())))
            }
            RequestError::ReqwestProcessing { source } if source.is_decode() => {
                let (url, message) = (self.target.url.clone(), request_error(error));
                Attempt::never(InfluxError::Strange { doing, url, message })
            }
            other => Attempt::Later(Failure::new(request_error(other))),
        }
    }
}

fn request_error(error: &RequestError) -> String {
    match error {
        RequestError::ReqwestProcessing { source } => Failure::of_request(source).what,
        other => other.to_string(),
    }
}

#[cfg(test)]
#[path = "admin_tests.rs"]
mod tests;
