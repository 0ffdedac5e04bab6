//! `POST /api/v2/write`.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::account::Right;
use crate::answer::ApiError;
use crate::connection::Cutter;
use crate::faults::{RetryAfter, WriteFault};
use crate::parameters::Parameters;
use crate::parser::{self, BadLine, Precision};
use crate::point::{Point, UnixNanos};
use crate::server::App;
use crate::store::cost_at_most;

pub(crate) async fn handle(
    State(app): State<Arc<App>>,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    request: Request,
) -> Response {
    let answer = match app.faults.take_write() {
        None => write(&app, request).await,
        Some(fault) => return troubled(&app, cutter, request, fault).await,
    };
    respond(answer)
}

/// What a scripted fault makes of a request.
async fn troubled(app: &Arc<App>, cutter: Cutter, request: Request, fault: WriteFault) -> Response {
    match fault {
        WriteFault::Answer { status, retry_after_s } => {
            let retry_after = retry_after_s.map_or(RetryAfter::Untold, RetryAfter::Seconds);
            answered(app, ApiError::scripted(status_of(status)), retry_after)
        }
        WriteFault::Told { status, message, retry_after } => {
            answered(app, ApiError::worded(status_of(status), message), retry_after)
        }
        WriteFault::DropBeforeStoring => {
            cutter.cut();
            respond(Ok(()))
        }
        WriteFault::DropAfterStoring => {
            let answer = write(app, request).await;
            cutter.cut();
            respond(answer)
        }
        WriteFault::StoreAndAnswer { status } => {
            let stored = write(app, request).await;
            respond(stored.and(Err(ApiError::scripted(status_of(status)))))
        }
        WriteFault::StoreLate { after_ms } => {
            let received = receive(app, request).await;
            let app = Arc::clone(app);
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(after_ms)).await;
                // Nobody is there any more to be told how it went.
                let _ = received.map(|(target, body)| store(&app, &target, &body));
            });
            cutter.cut();
            respond(Ok(()))
        }
        WriteFault::RefusePacked => {
            let packed = request.headers().contains_key(header::CONTENT_ENCODING);
            respond(if packed { Err(cannot_unpack()) } else { write(app, request).await })
        }
        WriteFault::AnswerSlowly { after_ms } => {
            let answer = write(app, request).await;
            tokio::time::sleep(Duration::from_millis(after_ms)).await;
            respond(answer)
        }
    }
}

fn respond(answer: Result<(), ApiError>) -> Response {
    answer.map_or_else(IntoResponse::into_response, |()| StatusCode::NO_CONTENT.into_response())
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn answered(app: &App, error: ApiError, retry_after: RetryAfter) -> Response {
    let mut response = error.into_response();
    let in_time = |seconds: u64| app.wall_clock() + Duration::from_secs(seconds);
    let value = match retry_after {
        RetryAfter::Untold => None,
        RetryAfter::Seconds(seconds) => Some(HeaderValue::from(seconds)),
        RetryAfter::DateIn(seconds) => HeaderValue::from_str(&httpdate::fmt_http_date(in_time(seconds))).ok(),
    };
    if let Some(value) = value {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

async fn write(app: &Arc<App>, request: Request) -> Result<(), ApiError> {
    let (target, body) = receive(app, request).await?;
    let app = Arc::clone(app);
    let stored = tokio::task::spawn_blocking(move || store(&app, &target, &body)).await;
    stored.unwrap_or_else(|_| Err(ApiError::internal("the local stand-in failed while storing points")))
}

/// A request that may write there, and its lines.
async fn receive(app: &App, request: Request) -> Result<(Target, Bytes), ApiError> {
    let (head, body) = request.into_parts();
    let target = target(app, &head)?;
    let body = body_text(&head, body, app.max_body_bytes).await?;
    Ok((target, body))
}

/// Where points go, and how their timestamps are read.
struct Target {
    bucket_id: String,
    precision: Precision,
}

/// The checks that come before the body, in influxd's order.
fn target(app: &App, head: &Parts) -> Result<Target, ApiError> {
    let right = app.right_of(&head.headers)?;
    let parameters = Parameters::parse(head.uri.query());
    let precision = Precision::from_parameter(parameters.get("precision"))
        .ok_or_else(|| ApiError::invalid("invalid precision; valid precision units are ns, us, ms, and s"))?;
    let name = parameters.get("bucket").ok_or_else(|| ApiError::not_found("bucket not found"))?;
    let instance = app.read();
    instance.check_org(&parameters)?;
    let bucket = instance.bucket(name).ok_or_else(|| ApiError::not_found(format!("bucket {name:?} not found")))?;
    if right != Right::All {
        return Err(ApiError::forbidden("insufficient permissions for write"));
    }
    Ok(Target { bucket_id: bucket.id.clone(), precision })
}

/// The body as line protocol, unpacked where it is said to be gzip.
async fn body_text(head: &Parts, body: Body, max_bytes: usize) -> Result<Bytes, ApiError> {
    let packed = to_bytes(body, max_bytes).await.map_err(|_| ApiError::too_large())?;
    match head.headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        Some(b"gzip" | b"x-gzip") => unpack(&packed, max_bytes),
        _ => Ok(packed), // influxd ignores every other encoding
    }
}

fn unpack(packed: &[u8], max_bytes: usize) -> Result<Bytes, ApiError> {
    let mut text = Vec::new();
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    let mut unpacked = flate2::read::MultiGzDecoder::new(packed).take(limit);
    unpacked.read_to_end(&mut text).map_err(|_| cannot_unpack())?;
    if text.len() > max_bytes { Err(ApiError::too_large()) } else { Ok(text.into()) }
}

fn cannot_unpack() -> ApiError {
    ApiError::internal("An internal error has occurred - check server logs")
}

fn store(app: &App, target: &Target, body: &[u8]) -> Result<(), ApiError> {
    let now = app.now();
    let parsed = parser::parse(body, target.precision, now);
    if !parsed.bad.is_empty() {
        return Err(ApiError::invalid(bad_lines(&parsed.bad)));
    }
    store_points(app, &target.bucket_id, parsed.points, now)
}

fn store_points(app: &App, bucket_id: &str, points: Vec<Point>, now: UnixNanos) -> Result<(), ApiError> {
    let mut instance = app.write();
    let (stored, added) = (instance.stored_bytes(), cost_at_most(&points));
    if stored + added > app.max_stored_bytes {
        let cap = app.max_stored_bytes;
        return Err(ApiError::internal(format!(
            "unexpected error writing points to database: the local stand-in keeps points in memory, holds {stored} \
             bytes of them and may hold {cap}; these would add up to {added}"
        )));
    }
    let bucket = instance.bucket_mut(bucket_id).ok_or_else(|| ApiError::not_found("bucket not found"))?;
    let retention = bucket.retention(now);
    let stored = bucket.points.write(points, retention);
    stored.map_err(|rejection| ApiError::unprocessable(rejection.message(bucket_id)))
}

fn bad_lines(bad: &[BadLine]) -> String {
    let told = |bad: &BadLine| format!("unable to parse '{}': {}", String::from_utf8_lossy(&bad.line), bad.reason);
    bad.iter().map(told).collect::<Vec<_>>().join("\n")
}
