//! The running server: its state, its routes, its start and its end.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::account::{Account, Right};
use crate::answer::ApiError;
use crate::connection::{CuttableListener, Cutter};
use crate::faults::Faults;
use crate::instance::Instance;
use crate::point::UnixNanos;
use crate::{admin, query, write};

/// How long a shutdown waits for requests that are being answered.
const DRAIN: Duration = Duration::from_secs(2);

/// What a server is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// What the server is set up with; `None` waits for `POST /api/v2/setup`, as a fresh influxd does.
    pub account: Option<Account>,
    /// Longest body, unpacked; influxd has no such limit, proxies before it do.
    pub max_body_bytes: usize,
    /// Roughly how much memory all points may take; a write past it is refused with status 500.
    pub max_stored_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { port: 0, account: None, max_body_bytes: 64 * 1024 * 1024, max_stored_bytes: 2 * 1024 * 1024 * 1024 }
    }
}

/// The server could not be started.
#[derive(Debug, thiserror::Error)]
#[error("listen on {address} for the local InfluxDB stand-in")]
pub struct StartError {
    address: SocketAddr,
    source: std::io::Error,
}

/// What every request sees.
#[derive(Debug)]
pub(crate) struct App {
    instance: RwLock<Instance>,
    pub(crate) faults: Faults,
    pub(crate) max_body_bytes: usize,
    pub(crate) max_stored_bytes: usize,
}

impl App {
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Instance> {
        self.instance.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Instance> {
        self.instance.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn right_of(&self, headers: &HeaderMap) -> Result<Right, ApiError> {
        Account::right_of(self.read().account.as_ref(), headers)
    }

    #[allow(clippy::disallowed_methods, reason = "retention, and points without a timestamp, go by the server's clock")]
    pub(crate) fn wall_clock(&self) -> SystemTime {
        SystemTime::now()
    }

    pub(crate) fn now(&self) -> UnixNanos {
        let since_epoch = self.wall_clock().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        UnixNanos(i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX))
    }
}

/// A running stand-in for InfluxDB 2 on loopback; for development, tests and demos. Dropping it ends it at once.
#[derive(Debug)]
pub struct LocalInflux {
    address: SocketAddr,
    faults: Faults,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl LocalInflux {
    /// Starts a server on the current runtime; it answers when this returns.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, config.port));
        let failed = |source| StartError { address: wanted, source };
        let listener = TcpListener::bind(wanted).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let faults = Faults::default();
        let app = Arc::new(App {
            instance: RwLock::new(Instance::new(config.account)),
            faults: faults.clone(),
            max_body_bytes: config.max_body_bytes,
            max_stored_bytes: config.max_stored_bytes,
        });
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve(CuttableListener::new(listener, faults.clone()), app, stopped));
        Ok(Self { address, faults, stop: Some(stop), serving })
    }

    /// Where clients find it, for example `http://127.0.0.1:8086`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The handle by which tests make it fail.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// Ends it once the requests under way are answered, at the latest after two seconds.
    pub async fn shutdown(mut self) {
        drop(self.stop.take());
        if tokio::time::timeout(DRAIN, &mut self.serving).await.is_err() {
            tracing::warn!(address = %self.address, "requests were still open when the local InfluxDB stand-in ended");
        }
    }
}

impl Drop for LocalInflux {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: CuttableListener, app: Arc<App>, stopped: oneshot::Receiver<()>) {
    let service = routes(app).into_make_service_with_connect_info::<Cutter>();
    let drained = axum::serve(listener, service).with_graceful_shutdown(async {
        let _ = stopped.await; // the sender's end is the signal
    });
    if let Err(error) = drained.await {
        tracing::error!(%error, "the local InfluxDB stand-in stopped serving");
    }
}

fn routes(app: Arc<App>) -> Router {
    let setup = get(admin::is_set_up_allowed).post(admin::set_up);
    Router::new()
        .route("/health", get(admin::health))
        .route("/ready", get(admin::ready))
        .route("/api/v2/setup", setup)
        .route("/api/v2/orgs", get(admin::orgs))
        .route("/api/v2/buckets", get(admin::buckets).post(admin::create_bucket))
        .route("/api/v2/buckets/{id}", delete(admin::delete_bucket))
        .route("/api/v2/write", post(write::handle))
        .route("/api/v2/query", post(query::handle))
        .fallback(async || ApiError::not_found("path not found"))
        .method_not_allowed_fallback(async || ApiError::wrong_method())
        .layer(map_response(named))
        .layer(from_fn_with_state(Arc::clone(&app), cut_when_refusing))
        .with_state(app)
}

/// Says on every answer what gave it.
async fn named(mut response: Response) -> Response {
    response.headers_mut().insert("x-influxdb-build", HeaderValue::from_static("local-stand-in"));
    response
}

/// While everything is refused, connections that were open before get no answer either.
async fn cut_when_refusing(
    State(app): State<Arc<App>>,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    request: Request,
    next: Next,
) -> Response {
    if app.faults.refuses_request() {
        cutter.cut();
        return ApiError::not_found("refused").into_response();
    }
    next.run(request).await
}
