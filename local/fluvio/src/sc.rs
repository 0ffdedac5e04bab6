//! The SC's public service: one connection asks, creates, deletes, lists and watches the catalog's objects.

mod change;
mod objects;
mod watch;

use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use fluvio_controlplane_metadata::mirroring::MirroringStatusResponse;
use fluvio_protocol::api::{ApiMessage, Request, RequestMessage};
use fluvio_protocol::link::ErrorCode;
use fluvio_sc_schema::objects::{
    ObjectApiCreateRequest, ObjectApiDeleteRequest, ObjectApiListRequest, ObjectApiUpdateRequest, ObjectApiWatchRequest,
};
use fluvio_sc_schema::{AdminPublicDecodedRequest, Status};
use tokio::net::TcpStream;
use tokio::time::MissedTickBehavior;
use tracing::trace;

use crate::catalog::Catalog;
use crate::frame::{self, ConnectionError, Responses};
use crate::support::Feature;
use crate::versions;
use watch::Watches;

/// How often those who watch partitions are told how far they have grown.
const STATUS_EVERY: Duration = Duration::from_millis(500);

/// Serves one connection until it ends.
pub(crate) async fn serve(stream: TcpStream, catalog: Arc<Catalog>) -> Result<(), ConnectionError> {
    let (mut requests, responses) = frame::split(stream);
    let mut revision = catalog.revision();
    let mut status = tokio::time::interval(STATUS_EVERY);
    status.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut session = Session { catalog, responses, watches: Watches::default() };
    loop {
        tokio::select! {
            frame = requests.next() => match frame? {
                Some(frame) => session.answer(&frame).await?,
                None => return Ok(()),
            },
            changed = revision.changed() => match changed {
                Ok(()) => session.tell_changes().await?,
                Err(_) => return Ok(()),
            },
            _ = status.tick(), if session.watches.any() => session.tell_changes().await?,
        }
    }
}

struct Session {
    catalog: Arc<Catalog>,
    responses: Responses,
    watches: Watches,
}

impl Session {
    async fn answer(&mut self, frame: &[u8]) -> Result<(), ConnectionError> {
        let request = AdminPublicDecodedRequest::decode_from(&mut Cursor::new(frame))
            .map_err(|source| ConnectionError::Decode { source })?;
        trace!(?request, "SC request");
        match request {
            AdminPublicDecodedRequest::ApiVersionsRequest(request) => {
                self.responses.send(&request.header, versions::response(api_keys())).await
            }
            AdminPublicDecodedRequest::CreateRequest(request) => {
                let status = change::create(&request.request, &self.catalog)?;
                self.confirm(*request, status).await
            }
            AdminPublicDecodedRequest::DeleteRequest(request) => {
                let status = change::delete(&request.request, &self.catalog)?;
                self.confirm(request, status).await
            }
            AdminPublicDecodedRequest::UpdateRequest(request) => {
                let status = change::update(&request.request, &self.catalog)?;
                self.confirm(request, status).await
            }
            AdminPublicDecodedRequest::ListRequest(request) => {
                let list = objects::list(&request.request, request.header.api_version(), &self.catalog)?;
                self.responses.send(&request.header, list).await
            }
            AdminPublicDecodedRequest::WatchRequest(request) => {
                self.watches.add(request)?;
                self.tell_changes().await
            }
            AdminPublicDecodedRequest::MirroringRequest(request) => {
                let error_code = ErrorCode::Other(Feature::Mirroring.refusal());
                let refusal = MirroringStatusResponse { error_code, ..Default::default() };
                self.responses.send(&request.header, refusal).await
            }
        }
    }

    /// Watchers on this connection hear of a change before the one who asked for it gets the answer: a client that
    /// creates a topic and then looks it up in what it watches finds it.
    async fn confirm<R: Request>(&mut self, request: RequestMessage<R>, status: Status) -> Result<(), ConnectionError> {
        self.tell_changes().await?;
        self.responses.send(&request.header, status).await
    }

    async fn tell_changes(&mut self) -> Result<(), ConnectionError> {
        self.watches.tell_changes(&self.catalog, &self.responses).await
    }
}

fn api_keys() -> Vec<fluvio_protocol::link::versions::ApiVersionKey> {
    vec![
        versions::all::<ObjectApiCreateRequest>(),
        versions::all::<ObjectApiDeleteRequest>(),
        versions::all::<ObjectApiListRequest>(),
        versions::all::<ObjectApiWatchRequest>(),
        versions::all::<ObjectApiUpdateRequest>(),
    ]
}
