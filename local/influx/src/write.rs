//! `POST /api/v2/write`.

use std::io::Read;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::account::Right;
use crate::answer::ApiError;
use crate::connection::Cutter;
use crate::faults::WriteFault;
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
    let fault = app.faults.take_write();
    match fault {
        Some(WriteFault::Answer { status, retry_after_s }) => return scripted(status, retry_after_s),
        Some(WriteFault::DropBeforeStoring) => cutter.cut(),
        Some(WriteFault::DropAfterStoring) | None => {}
    }
    let answer = if fault == Some(WriteFault::DropBeforeStoring) { Ok(()) } else { write(&app, request).await };
    if fault == Some(WriteFault::DropAfterStoring) {
        cutter.cut();
    }
    answer.map_or_else(IntoResponse::into_response, |()| StatusCode::NO_CONTENT.into_response())
}

fn scripted(status: u16, retry_after_s: Option<u64>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = ApiError::scripted(status).into_response();
    if let Some(seconds) = retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

async fn write(app: &Arc<App>, request: Request) -> Result<(), ApiError> {
    let (head, body) = request.into_parts();
    let target = target(app, &head)?;
    let body = body_text(&head, body, app.max_body_bytes).await?;
    let app = Arc::clone(app);
    let stored = tokio::task::spawn_blocking(move || store(&app, &target, &body)).await;
    stored.unwrap_or_else(|_| Err(ApiError::internal("the local stand-in failed while storing points")))
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
    unpacked
        .read_to_end(&mut text)
        .map_err(|_| ApiError::internal("An internal error has occurred - check server logs"))?;
    if text.len() > max_bytes { Err(ApiError::too_large()) } else { Ok(text.into()) }
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
