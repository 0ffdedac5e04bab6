//! Health, set-up, organizations and buckets.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::account::{Account, Right};
use crate::answer::{ApiError, json as answer};
use crate::instance::{NamedBucket, ORG_ID};
use crate::parameters::Parameters;
use crate::server::App;

const REQUEST_BYTES_MAX: usize = 1024 * 1024;

pub(crate) async fn health() -> Response {
    let body = json!({
        "name": "influxdb", "message": "ready for queries and writes (local stand-in)", "status": "pass",
        "checks": [], "version": "local", "commit": "local",
    });
    answer(StatusCode::OK, &body)
}

pub(crate) async fn ready() -> Response {
    answer(StatusCode::OK, &json!({ "status": "ready", "started": "1970-01-01T00:00:00Z", "up": "1s" }))
}

pub(crate) async fn is_set_up_allowed(State(app): State<Arc<App>>) -> Response {
    answer(StatusCode::OK, &json!({ "allowed": app.read().account.is_none() }))
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetupRequest {
    username: String,
    org: String,
    bucket: String,
    token: Option<String>,
    #[serde(default)]
    retention_period_seconds: u32,
}

pub(crate) async fn set_up(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    let request: SetupRequest = decode(request.into_body()).await?;
    let token = request.token.filter(|token| !token.is_empty());
    let account = Account {
        org: request.org,
        bucket: request.bucket,
        token: token.ok_or_else(|| ApiError::invalid("the local stand-in makes no tokens: give one in \"token\""))?,
        read_token: None,
        keeps: keeps(u64::from(request.retention_period_seconds)),
    };
    let mut instance = app.write();
    if instance.account.is_some() {
        return Err(ApiError::conflict("onboarding has already been completed"));
    }
    instance.set_up(account.clone());
    let body = json!({
        "user": { "id": "00000000000000c1", "name": request.username, "status": "active" },
        "org": { "id": ORG_ID, "name": account.org },
        "bucket": instance.bucket(&account.bucket).map(described),
        "auth": { "id": "00000000000000d1", "token": account.token, "status": "active", "orgID": ORG_ID },
    });
    Ok(answer(StatusCode::CREATED, &body))
}

pub(crate) async fn orgs(State(app): State<Arc<App>>, headers: HeaderMap, uri: Uri) -> Result<Response, ApiError> {
    app.right_of(&headers)?;
    let parameters = Parameters::parse(uri.query());
    let instance = app.read();
    if parameters.get("org").is_some() || parameters.get("orgID").is_some() {
        instance.check_org(&parameters)?;
    }
    let org = instance.account.as_ref().map(|account| json!({ "id": ORG_ID, "name": account.org }));
    Ok(answer(
        StatusCode::OK,
        &json!({ "links": { "self": "/api/v2/orgs" }, "orgs": org.into_iter().collect::<Vec<_>>() }),
    ))
}

pub(crate) async fn buckets(State(app): State<Arc<App>>, headers: HeaderMap, uri: Uri) -> Result<Response, ApiError> {
    app.right_of(&headers)?;
    let parameters = Parameters::parse(uri.query());
    let instance = app.read();
    if parameters.get("org").is_some() || parameters.get("orgID").is_some() {
        instance.check_org(&parameters)?;
    }
    let wanted = |bucket: &&NamedBucket| {
        parameters.get("name").is_none_or(|name| bucket.name == name)
            && parameters.get("id").is_none_or(|id| bucket.id == id)
    };
    let found: Vec<Value> = instance.buckets().iter().filter(wanted).map(described).collect();
    match (found.is_empty(), parameters.get("id"), parameters.get("name")) {
        (true, Some(_), _) => Err(ApiError::not_found("bucket not found")),
        (true, None, Some(name)) => Err(ApiError::not_found(format!("bucket {name:?} not found"))),
        _ => Ok(answer(StatusCode::OK, &json!({ "links": { "self": "/api/v2/buckets" }, "buckets": found }))),
    }
}

#[derive(serde::Deserialize)]
struct BucketRequest {
    #[serde(rename = "orgID", default)]
    org_id: String,
    name: String,
    #[serde(rename = "retentionRules", default)]
    retention_rules: Vec<RetentionRule>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct RetentionRule {
    every_seconds: i64,
}

pub(crate) async fn create_bucket(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    check_all_rights(&app, &head.headers)?;
    let request: BucketRequest = decode(body).await?;
    if request.org_id != ORG_ID {
        return Err(ApiError::invalid("organization id must be provided"));
    }
    let keeps = match request.retention_rules.as_slice() {
        [] => None,
        [rule] => keeps(
            u64::try_from(rule.every_seconds)
                .map_err(|_| ApiError::unprocessable("expiration seconds cannot be negative"))?,
        ),
        _ => return Err(ApiError::unprocessable("buckets cannot have more than one retention rule at this time")),
    };
    let mut instance = app.write();
    let bucket = instance.create_bucket(request.name, keeps)?;
    Ok(answer(StatusCode::CREATED, &described(bucket)))
}

pub(crate) async fn delete_bucket(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    check_all_rights(&app, &headers)?;
    app.write().delete_bucket(&id)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn check_all_rights(app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
    match app.right_of(headers)? {
        Right::All => Ok(()),
        Right::Read => Err(ApiError::forbidden("insufficient permissions")),
    }
}

fn keeps(seconds: u64) -> Option<Duration> {
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

fn described(bucket: &NamedBucket) -> Value {
    let every_s = bucket.keeps.map_or(0, |keeps| keeps.as_secs());
    json!({
        "id": bucket.id, "orgID": ORG_ID, "type": "user", "name": bucket.name, "labels": [], "links": {},
        "retentionRules": [{ "type": "expire", "everySeconds": every_s }],
        "createdAt": "1970-01-01T00:00:00Z", "updatedAt": "1970-01-01T00:00:00Z",
    })
}

async fn decode<T: serde::de::DeserializeOwned>(body: Body) -> Result<T, ApiError> {
    let body = to_bytes(body, REQUEST_BYTES_MAX).await.map_err(|_| ApiError::too_large())?;
    serde_json::from_slice(&body).map_err(|error| ApiError::invalid(format!("failed to decode request body: {error}")))
}
