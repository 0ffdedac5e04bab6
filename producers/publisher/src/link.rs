//! A connection to the leader of one partition: hands over a batch and waits for its answer.

use std::time::Duration;

use adx_events::offset::{Offset, Partition};
use fluvio_protocol::api::RequestMessage;
use fluvio_socket::FluvioSocket;
use fluvio_spu_schema::produce::{ProduceRequest, ProduceResponse};

use crate::batch::Sealed;
use crate::cluster::{Cluster, ClusterError};
use crate::error::{AttemptError, Cause};
use crate::limits::Limits;
use crate::request::stored;

/// What a lane asks for: a produce request and how many records it holds.
pub(crate) struct Outgoing {
    pub(crate) message: RequestMessage<ProduceRequest<Sealed>>,
    pub(crate) records: u32,
}

/// One request at a time; dropped on any failure, since an answer that is still to come would be taken for the next one's.
pub(crate) struct Link {
    socket: FluvioSocket,
    version: i16,
    requests: i32,
    answer_timeout: Duration,
}

impl Link {
    /// Connects to whoever leads the partition now.
    pub(crate) async fn open(
        cluster: &Cluster,
        topic: &str,
        partition: Partition,
        limits: &Limits,
    ) -> Result<Self, ClusterError> {
        let config = cluster.leader_config(&cluster.client().await?, topic, partition).await?;
        let connected = async {
            let (socket, _, versions) = config.connect().await?.split();
            let version = versions.lookup_version::<ProduceRequest<Sealed>>();
            version.map(|version| (socket, version)).ok_or_else(|| Cause::from("the leader takes no produce requests"))
        };
        let (socket, version) = cluster.answer("connect to a partition's leader", connected).await?;
        Ok(Self { socket, version, requests: 0, answer_timeout: limits.answer_timeout })
    }

    /// Sends the request; returns the offset after its last record once that is stored.
    pub(crate) async fn deliver(
        &mut self,
        topic: &str,
        partition: Partition,
        outgoing: &mut Outgoing,
    ) -> Result<Offset, AttemptError> {
        match tokio::time::timeout(self.answer_timeout, self.exchange(&mut outgoing.message)).await {
            Ok(answer) => stored(&answer?, topic, partition, outgoing.records),
            Err(_) => Err(AttemptError::NoAcknowledgement { waited_ms: self.answer_timeout.as_millis() }),
        }
    }

    async fn exchange(
        &mut self,
        message: &mut RequestMessage<ProduceRequest<Sealed>>,
    ) -> Result<ProduceResponse, AttemptError> {
        let not_stored = |source: Cause| AttemptError::NotStored { source };
        self.requests = self.requests.wrapping_add(1);
        message.header.set_api_version(self.version);
        message.header.set_correlation_id(self.requests);
        let answer = self.socket.send(message).await.map_err(|e| not_stored(e.into()))?;
        match answer.correlation_id == self.requests {
            true => Ok(answer.response),
            false => Err(not_stored("an answer came to another request".into())),
        }
    }
}
