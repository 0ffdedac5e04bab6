//! Where a Fluvio cluster is, and the few things asked of it besides producing and consuming.

use std::future::Future;
use std::time::Duration;

use adx_events::offset::{Offset, Partition, PartitionCount};
use fluvio::config::TlsPolicy;
use fluvio::metadata::objects::Metadata;
use fluvio::metadata::partition::PartitionSpec;
use fluvio::metadata::spu::SpuSpec;
use fluvio::metadata::topic::TopicSpec;
use fluvio::{Fluvio, FluvioClusterConfig};
use fluvio_future::net::DomainConnector;
use fluvio_protocol::api::{Request, RequestMessage};
use fluvio_protocol::link::ErrorCode;
use fluvio_protocol::record::ReplicaKey;
use fluvio_socket::ClientConfig;
use fluvio_spu_schema::server::fetch_offset::{FetchOffsetPartitionResponse, FetchOffsetsRequest};

use crate::error::Cause;
use crate::profile::ProfileError;

/// How long one answer of the cluster may take, unless told.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// A cluster as a client reaches it: its address, and the rest of what a profile of Fluvio says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    config: FluvioClusterConfig,
    answer_timeout: Duration,
}

/// The offsets that a partition's leader can serve: from `start` to before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogRange {
    /// First offset that retention has left.
    pub start: Offset,
    /// High watermark: the offset after the last committed record.
    pub end: Offset,
}

/// Why the cluster did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error("no answer from {endpoint} within {waited_ms} ms to {request}")]
    NoAnswer { endpoint: String, request: &'static str, waited_ms: u128 },
    #[error("{endpoint} failed to {request}")]
    Failed { endpoint: String, request: &'static str, source: Cause },
    #[error("there is no topic \"{topic}\" at {endpoint}")]
    NoTopic { endpoint: String, topic: String },
    #[error("topic \"{topic}\" at {endpoint} has {found} partitions in place of {wanted}")]
    PartitionCount { endpoint: String, topic: String, found: u32, wanted: u32 },
    #[error("topic \"{topic}\" at {endpoint} has no partition {} with a leader", partition.0)]
    NoPartition { endpoint: String, topic: String, partition: Partition },
}

impl Cluster {
    /// The cluster whose SC's public service listens at `endpoint`, `host:port`, without TLS.
    pub fn new(endpoint: impl Into<String>) -> Self {
        Self { config: FluvioClusterConfig::new(endpoint), answer_timeout: ANSWER_TIMEOUT }
    }

    /// The cluster of a profile. One with TLS is refused where TLS is not built in: the client would connect in the clear.
    pub(crate) fn of_config(config: FluvioClusterConfig) -> Result<Self, ProfileError> {
        if config.tls != TlsPolicy::Disabled && !cfg!(feature = "tls") {
            return Err(ProfileError::TlsNotBuiltIn { endpoint: config.endpoint });
        }
        Ok(Self { config, answer_timeout: ANSWER_TIMEOUT })
    }

    /// Waits at most so long for any single answer.
    pub fn with_answer_timeout(mut self, answer_timeout: Duration) -> Self {
        self.answer_timeout = answer_timeout;
        self
    }

    /// `host:port` of the SC.
    pub fn endpoint(&self) -> &str {
        &self.config.endpoint
    }

    /// Connects a new client.
    pub async fn client(&self) -> Result<Fluvio, ClusterError> {
        let connector = self.connector()?;
        self.answer("connect a client", Fluvio::connect_with_connector(connector, &self.config)).await
    }

    /// What the topic is declared to be; fails unless it is there with exactly so many partitions.
    pub async fn check_topic(&self, topic: &str, wanted: PartitionCount) -> Result<TopicSpec, ClusterError> {
        let (endpoint, topic) = (self.config.endpoint.clone(), topic.to_owned());
        let admin = self.client().await?.admin().await;
        let topics = self.answer("list topics", admin.all::<TopicSpec>()).await?;
        let Some(spec) = topics.into_iter().find(|t| t.name == topic).map(|t| t.spec) else {
            return Err(ClusterError::NoTopic { endpoint, topic });
        };
        let (found, wanted) = (spec.partitions(), wanted.get());
        if found != wanted {
            return Err(ClusterError::PartitionCount { endpoint, topic, found, wanted });
        }
        Ok(spec)
    }

    /// The high watermark of a partition: the offset after its last committed record.
    pub async fn log_end(&self, topic: &str, partition: Partition) -> Result<Offset, ClusterError> {
        self.log_range(&self.client().await?, topic, partition).await.map(|range| range.end)
    }

    /// Asks a partition's leader, over a connection of its own, what it holds. Says at once that a leader is not there, where
    /// the client's own producer and consumer would wait for ever.
    pub async fn log_range(
        &self,
        client: &Fluvio,
        topic: &str,
        partition: Partition,
    ) -> Result<LogRange, ClusterError> {
        let leader = self.leader_config(client, topic, partition).await?;
        let request = FetchOffsetsRequest::new(topic.to_owned(), partition.0);
        let answer = self.answer("tell a partition's offsets", ask(leader, request)).await?;
        let no_partition = || self.no_partition(topic, partition);
        let found = answer.find_partition(&ReplicaKey::new(topic, partition.0)).ok_or_else(no_partition)?;
        range(&found).map_err(|source| self.failed("tell a partition's offsets", source))
    }

    /// How to reach a partition's leader over a connection of one's own, as the stock client would.
    pub async fn leader_config(
        &self,
        client: &Fluvio,
        topic: &str,
        partition: Partition,
    ) -> Result<ClientConfig, ClusterError> {
        let admin = client.admin().await;
        let key = ReplicaKey::new(topic, partition.0).to_string();
        let partitions = self.answer("list partitions", admin.all::<PartitionSpec>()).await?;
        let leader = partitions.iter().find(|p| p.name == key).map(|p| p.spec.leader);
        let spus = self.answer("list SPUs", admin.all::<SpuSpec>()).await?;
        let spu = spus.iter().find(|spu| Some(spu.spec.id) == leader);
        let spu = spu.ok_or_else(|| self.no_partition(topic, partition))?;
        Ok(spu_config(&self.config, self.connector()?, spu))
    }

    /// What opens connections: in the clear, or with the profile's certificates, which are read each time.
    fn connector(&self) -> Result<DomainConnector, ClusterError> {
        #[cfg(feature = "tls")]
        return crate::tls::connector(&self.config.tls).map_err(|source| self.failed("be reached by TLS", source));
        #[cfg(not(feature = "tls"))]
        Ok(Box::new(fluvio_future::net::DefaultDomainConnector::new()))
    }

    /// Waits for one answer, no longer than allowed.
    pub async fn answer<T, E: Into<Cause>>(
        &self,
        request: &'static str,
        asked: impl Future<Output = Result<T, E>>,
    ) -> Result<T, ClusterError> {
        match tokio::time::timeout(self.answer_timeout, asked).await {
            Ok(answered) => answered.map_err(|source| self.failed(request, source.into())),
            Err(_) => {
                let waited_ms = self.answer_timeout.as_millis();
                Err(ClusterError::NoAnswer { endpoint: self.config.endpoint.clone(), request, waited_ms })
            }
        }
    }

    fn failed(&self, request: &'static str, source: Cause) -> ClusterError {
        ClusterError::Failed { endpoint: self.config.endpoint.clone(), request, source }
    }

    fn no_partition(&self, topic: &str, partition: Partition) -> ClusterError {
        ClusterError::NoPartition { endpoint: self.config.endpoint.clone(), topic: topic.to_owned(), partition }
    }
}

/// The SPU at the address that the profile wants; its own name stands before the domain of the cluster's certificates.
fn spu_config(cluster: &FluvioClusterConfig, connector: DomainConnector, spu: &Metadata<SpuSpec>) -> ClientConfig {
    let address = match &spu.spec.public_endpoint_local {
        Some(local) if cluster.use_spu_local_address => format!("{}:{}", local.host, local.port),
        _ => spu.spec.public_endpoint.addr(),
    };
    ClientConfig::new(address, connector, cluster.use_spu_local_address).with_prefix_sni_domain(&spu.name)
}

/// One request on a connection of its own.
async fn ask<R: Request + Send + Sync>(server: ClientConfig, request: R) -> Result<R::Response, Cause> {
    let (mut socket, _, versions) = server.connect().await?.split();
    let mut message = RequestMessage::new_request(request);
    if let Some(version) = versions.lookup_version::<R>() {
        message.get_mut_header().set_api_version(version);
    }
    Ok(socket.send(&message).await?.response)
}

fn range(found: &FetchOffsetPartitionResponse) -> Result<LogRange, Cause> {
    match found.error_code {
        ErrorCode::None => {}
        ref code => return Err(code.clone().into()),
    }
    let start = Offset(found.start_offset.try_into()?);
    Ok(LogRange { start, end: Offset(found.last_stable_offset.try_into()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_spu_is_reached_at_the_address_that_the_profile_wants() {
        let public = SpuSpec::new_public_addr(5001, 9010, "spu.example.org".into());
        let local = SpuSpec::new_private_addr(5001, 30_010, "10.0.0.7".into()).private_endpoint;
        let both = SpuSpec { public_endpoint_local: Some(local), ..public.clone() };
        let address = |spec: &SpuSpec, use_spu_local_address| {
            let mut cluster = FluvioClusterConfig::new("sc.example.org:9003");
            cluster.use_spu_local_address = use_spu_local_address;
            let spu = Metadata { name: "main-0".into(), spec: spec.clone(), status: Default::default() };
            spu_config(&cluster, Cluster::new("").connector().unwrap(), &spu).addr().to_owned()
        };
        assert_eq!(address(&public, false), "spu.example.org:9010");
        assert_eq!(address(&public, true), "spu.example.org:9010");
        assert_eq!(address(&both, false), "spu.example.org:9010");
        assert_eq!(address(&both, true), "10.0.0.7:30010");
    }
}
