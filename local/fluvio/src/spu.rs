//! The SPU's public service: one connection produces, asks for offsets and holds any number of streams.

mod chain;
mod flow;
mod offsets;
mod old_fetch;
mod produce;
mod records;
mod stream;
mod transform;

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::Arc;

use fluvio_protocol::api::{ApiMessage, Request, RequestMessage};
use fluvio_protocol::link::ErrorCode;
use fluvio_protocol::link::versions::ApiVersionKey;
use fluvio_protocol::record::Offset;
use fluvio_smartengine::SmartEngine;
use fluvio_spu_schema::produce::DefaultProduceRequest;
use fluvio_spu_schema::server::SpuServerRequest;
use fluvio_spu_schema::server::consumer_offset::{
    DeleteConsumerOffsetResponse, FetchConsumerOffsetsResponse, UpdateConsumerOffsetRequest,
    UpdateConsumerOffsetResponse,
};
use fluvio_spu_schema::server::fetch_offset::FetchOffsetsRequest;
use fluvio_spu_schema::server::stream_fetch::{DefaultStreamFetchRequest, FileStreamFetchRequest};
use fluvio_spu_schema::server::update_offset::{OffsetUpdateStatus, UpdateOffsetsRequest, UpdateOffsetsResponse};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tracing::trace;

use crate::catalog::{Catalog, Partition};
use crate::consumers::Consumers;
use crate::faults::{Plan, Produce};
use crate::frame::{self, ConnectionError, Responses};
use crate::support::Feature;
use crate::versions;
use stream::Stream;

/// Streams on one connection; a client opens one per partition it reads.
const STREAMS_MAX: usize = 1024;

/// What every connection to the SPU shares.
pub(crate) struct Node {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) consumers: Arc<Consumers>,
    pub(crate) engine: SmartEngine,
    pub(crate) max_bytes_chain: usize,
    /// Compiling a module takes all of a core: only so many at once.
    pub(crate) compiling: Semaphore,
    pub(crate) plan: Arc<Plan>,
}

/// Serves one connection until it ends, and its streams with it.
pub(crate) async fn serve(stream: TcpStream, node: Arc<Node>) -> Result<(), ConnectionError> {
    let (mut requests, responses) = frame::split(stream);
    let mut session = Session { node, responses, opened: 0, streams: HashMap::new(), tasks: JoinSet::new() };
    while let Some(frame) = requests.next().await? {
        session.answer(&frame).await?;
    }
    Ok(())
}

struct Session {
    node: Arc<Node>,
    responses: Responses,
    opened: u32,
    streams: HashMap<u32, Opened>,
    tasks: JoinSet<()>,
}

/// A stream as its connection knows it.
struct Opened {
    partition: Arc<Partition>,
    consumer: Option<String>,
    acknowledged: watch::Sender<Option<Offset>>,
}

impl Session {
    async fn answer(&mut self, frame: &[u8]) -> Result<(), ConnectionError> {
        let request = SpuServerRequest::decode_from(&mut Cursor::new(frame))
            .map_err(|source| ConnectionError::Decode { source })?;
        trace!(%request, "SPU request");
        match request {
            SpuServerRequest::ApiVersionsRequest(request) => {
                self.responses.send(&request.header, versions::response(api_keys())).await
            }
            SpuServerRequest::ProduceRequest(request) => self.produce(request).await,
            SpuServerRequest::FetchOffsetsRequest(request) => {
                let response = offsets::fetch(&request.request, &self.node.catalog);
                self.responses.send(&request.header, response).await
            }
            SpuServerRequest::FileStreamFetchRequest(request) => self.open(request).await,
            SpuServerRequest::UpdateOffsetsRequest(request) => {
                let response = self.acknowledge(&request.request);
                self.responses.send(&request.header, response).await
            }
            SpuServerRequest::UpdateConsumerOffsetRequest(request) => {
                let response = self.commit(&request.request);
                self.responses.send(&request.header, response).await
            }
            SpuServerRequest::DeleteConsumerOffsetRequest(request) => {
                let (header, wanted) = request.get_header_request();
                let deleted = self.node.consumers.delete(wanted.replica_id, wanted.consumer_id);
                let error_code = deleted.err().unwrap_or_default();
                self.responses.send(&header, DeleteConsumerOffsetResponse { error_code }).await
            }
            SpuServerRequest::FetchConsumerOffsetsRequest(request) => {
                let consumers = self.node.consumers.find(request.request.filter_opts.as_ref(), &self.node.catalog);
                let response = FetchConsumerOffsetsResponse { consumers, ..Default::default() };
                self.responses.send(&request.header, response).await
            }
            SpuServerRequest::FileFetchRequest(request) => {
                self.responses.send(&request.header, old_fetch::refuse(&request.request)).await
            }
            SpuServerRequest::StartMirrorRequest(_) => {
                Err(ConnectionError::Unsupported { what: Feature::StartMirror.request() })
            }
        }
    }

    async fn produce(&mut self, request: RequestMessage<DefaultProduceRequest>) -> Result<(), ConnectionError> {
        let (header, request) = request.get_header_request();
        let fate = self.node.plan.next_produce();
        let response = match &fate {
            Produce::Refuse(code) => produce::refuse(&request, code),
            Produce::Serve | Produce::LoseAnswer => produce::store(request, header.api_version(), &self.node).await,
        };
        match fate {
            Produce::LoseAnswer => Err(ConnectionError::Scripted),
            Produce::Serve | Produce::Refuse(_) => self.responses.send(&header, response).await,
        }
    }

    async fn open(&mut self, request: RequestMessage<FileStreamFetchRequest>) -> Result<(), ConnectionError> {
        let (header, request) = request.get_header_request();
        while self.tasks.try_join_next().is_some() {}
        let Some(partition) = self.node.catalog.partition(&request.topic, request.partition) else {
            let response = stream::failure(&request.topic, request.partition, 0, ErrorCode::NotLeaderForPartition);
            return self.responses.send(&header, response).await;
        };
        if self.streams.len() == STREAMS_MAX {
            self.streams.retain(|_, stream| !stream.acknowledged.is_closed());
        }
        if self.streams.len() == STREAMS_MAX {
            let code = ErrorCode::Other(format!("a connection may hold {STREAMS_MAX} streams"));
            return self.responses.send(&header, stream::failure(&request.topic, request.partition, 0, code)).await;
        }
        self.opened += 1;
        let (acknowledged, acks) = watch::channel(None);
        let opened = Opened { partition: Arc::clone(&partition), consumer: request.consumer_id.clone(), acknowledged };
        self.streams.insert(self.opened, opened);
        let (node, out) = (Arc::clone(&self.node), self.responses.clone());
        let stream = Stream { id: self.opened, header, partition, node, out };
        self.tasks.spawn(stream.run(request, acks));
        Ok(())
    }

    fn acknowledge(&self, request: &UpdateOffsetsRequest) -> UpdateOffsetsResponse {
        let status = request.offsets.iter().map(|update| {
            let stream = self.streams.get(&update.session_id);
            let error = match stream.map(|stream| stream.acknowledged.send_replace(Some(update.offset))) {
                Some(_) => ErrorCode::None,
                None => ErrorCode::FetchSessionNotFoud,
            };
            OffsetUpdateStatus { session_id: update.session_id, error }
        });
        UpdateOffsetsResponse { status: status.collect() }
    }

    fn commit(&self, request: &UpdateConsumerOffsetRequest) -> UpdateConsumerOffsetResponse {
        let stored = match self.streams.get(&request.session_id) {
            None => Err(ErrorCode::FetchSessionNotFoud),
            Some(Opened { consumer: None, .. }) => Err(ErrorCode::Other("stream without consumer id".to_owned())),
            Some(Opened { consumer: Some(consumer), partition, .. }) => {
                let put = || self.node.consumers.put(partition.key.clone(), consumer.clone(), request.offset);
                self.node.catalog.while_there(partition, put).unwrap_or(Err(ErrorCode::TopicDeleted))
            }
        };
        match stored {
            Ok(()) => UpdateConsumerOffsetResponse { offset: request.offset, error_code: ErrorCode::None },
            Err(error_code) => UpdateConsumerOffsetResponse { offset: 0, error_code },
        }
    }
}

/// What a real SPU advertises, less what is not served; consumer offsets are served but, as there, not advertised.
fn api_keys() -> Vec<ApiVersionKey> {
    vec![
        versions::all::<DefaultProduceRequest>(),
        versions::between::<FetchOffsetsRequest>(
            FetchOffsetsRequest::DEFAULT_API_VERSION,
            FetchOffsetsRequest::DEFAULT_API_VERSION,
        ),
        versions::between::<DefaultStreamFetchRequest>(0, DefaultStreamFetchRequest::DEFAULT_API_VERSION),
        versions::between::<UpdateOffsetsRequest>(0, UpdateOffsetsRequest::DEFAULT_API_VERSION),
    ]
}
