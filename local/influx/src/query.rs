//! `POST /api/v2/query`: answers the project's own queries, and refuses every other with the list of them.

mod freshness;
mod points_of;
mod table;
mod totals;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use adx_queries::campaign::Scope;
use adx_queries::{Asked, Level, Query};
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body::Frame;
use tokio::sync::mpsc;

use crate::annotated_csv::{PointsAnswer, TimeRange};
use crate::answer::ApiError;
use crate::dialect::{Dialect, DialectRequest};
use crate::parameters::Parameters;
use crate::point::{Text, UnixNanos};
use crate::server::App;
use crate::store::Measurement;
use table::Table;

/// A query text is short; more is no query of ours.
const REQUEST_BYTES_MAX: usize = 1024 * 1024;
/// Chunks that may wait for a slow reader.
const CHUNKS_WAITING_MAX: usize = 4;
/// 1999-01-01 and 2100-01-01, as in the query's own range.
const RANGE: TimeRange =
    TimeRange { start: UnixNanos(915_148_800_000_000_000), stop: UnixNanos(4_102_444_800_000_000_000) };

#[derive(serde::Deserialize)]
struct QueryRequest {
    query: String,
    dialect: Option<DialectRequest>,
}

pub(crate) async fn handle(State(app): State<Arc<App>>, request: Request) -> Response {
    query(app, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn query(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    check_head(&app, &head)?;
    let body = to_bytes(body, REQUEST_BYTES_MAX).await.map_err(|_| ApiError::too_large())?;
    let (text, dialect) = decode(&head.headers, &body)?;
    let asked = Asked::parse(&text).map_err(|unknown| ApiError::invalid(format!("local stand-in: {unknown}")))?;
    let body = match asked {
        Asked::Points { query: Query::Points { measurement }, bucket } => {
            let answer = PointsAnswer::new(Text::from(measurement.name()), RANGE, dialect);
            let bucket_id = bucket_id(&app, &bucket)?;
            Body::new(send_in_chunks(app, bucket_id, Text::from(measurement.name()), answer))
        }
        Asked::Totals { scope, level } => {
            summed(&app, &scope, level, |stored| totals::totals(stored, &scope), dialect)?
        }
        Asked::Freshness { scope, level } => {
            summed(&app, &scope, level, |stored| Ok(freshness::freshness(stored, &scope, level)), dialect)?
        }
    };
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "text/csv; charset=utf-8")], body).into_response())
}

fn bucket_id(app: &App, bucket: &str) -> Result<String, ApiError> {
    app.read().bucket(bucket).map(|bucket| bucket.id.clone()).ok_or_else(|| {
        ApiError::not_found(format!("failed to initialize execute state: could not find bucket {bucket:?}"))
    })
}

/// An answer of one table: a row for a campaign or a shard.
fn summed(
    app: &App,
    scope: &Scope,
    level: Level,
    sum: impl FnOnce(&Measurement) -> Result<Table, ApiError>,
    dialect: Dialect,
) -> Result<Body, ApiError> {
    let bucket_id = bucket_id(app, &level.bucket(&scope.buckets))?;
    let instance = app.read();
    let stored =
        instance.bucket(&bucket_id).and_then(|bucket| bucket.points.measurement(&Text::from(level.measurement())));
    let table = stored.map_or_else(|| Ok(Table::default()), sum)?;
    Ok(Body::from(table.csv(dialect)))
}

fn check_head(app: &App, head: &Parts) -> Result<(), ApiError> {
    app.right_of(&head.headers)?;
    app.read().check_org(&Parameters::parse(head.uri.query()))
}

/// The query text and the form of the answer; `application/vnd.flux` bodies are the text alone.
fn decode(headers: &HeaderMap, body: &[u8]) -> Result<(String, Dialect), ApiError> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content_type.starts_with("application/vnd.flux") {
        return Ok((String::from_utf8_lossy(body).into_owned(), Dialect::PLAIN));
    }
    let request: QueryRequest = serde_json::from_slice(body)
        .map_err(|error| ApiError::invalid(format!("failed to decode request body: {error}")))?;
    let dialect = request.dialect.map_or(Ok(Dialect::PLAIN), Dialect::try_from).map_err(ApiError::invalid)?;
    Ok((request.query, dialect))
}

/// Writes the answer as fast as it is read; the lock is held for one chunk at a time.
fn send_in_chunks(app: Arc<App>, bucket_id: String, measurement: Text, mut answer: PointsAnswer) -> Chunks {
    let (sender, receiver) = mpsc::channel(CHUNKS_WAITING_MAX);
    tokio::spawn(async move {
        while let Some(chunk) = next_chunk(&app, &bucket_id, &measurement, &mut answer) {
            if sender.send(Bytes::from(chunk)).await.is_err() {
                return; // nobody reads any more
            }
        }
    });
    Chunks(receiver)
}

fn next_chunk(app: &App, bucket_id: &str, measurement: &Text, answer: &mut PointsAnswer) -> Option<Vec<u8>> {
    let instance = app.read();
    let stored = instance.bucket(bucket_id).and_then(|bucket| bucket.points.measurement(measurement));
    answer.next_chunk(stored)
}

/// A response body of the chunks that come in.
struct Chunks(mpsc::Receiver<Bytes>);

impl HttpBody for Chunks {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(cx).map(|chunk| chunk.map(|bytes| Ok(Frame::data(bytes))))
    }
}
