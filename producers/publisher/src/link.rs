//! One connected producer of one partition: hands over a chunk and waits for every record's own result.

use std::time::Duration;

use adx_events::offset::{Offset, Partition};
use fluvio::{
    DeliverySemantic, Fluvio, RetryPolicy, TopicProducerConfig, TopicProducerConfigBuilder, TopicProducerPool,
};

use crate::chunk::{Chunk, after};
use crate::cluster::{Cluster, ClusterError};
use crate::error::AttemptError;
use crate::limits::Limits;

/// A client of its own and its producer. Dropped on any failure: the client neither heals its metadata nor resends.
pub(crate) struct Link {
    _client: Fluvio,
    producer: TopicProducerPool,
    answer_timeout: Duration,
}

impl Link {
    /// Connects. The leader is asked first, because a producer whose leader is away keeps its records and waits for ever.
    pub(crate) async fn open(
        cluster: &Cluster,
        topic: &str,
        partition: Partition,
        limits: &Limits,
    ) -> Result<Self, ClusterError> {
        let client = cluster.client().await?;
        cluster.log_range(&client, topic, partition).await?;
        let config = config(partition, limits);
        let opened = async { client.topic_producer_with_config(topic, config?).await };
        let producer = cluster.answer("open a producer", opened).await?;
        Ok(Self { _client: client, producer, answer_timeout: limits.answer_timeout })
    }

    /// Sends what is outstanding and acknowledges it in order; returns the offset after the last record.
    pub(crate) async fn deliver(&self, chunk: &mut Chunk) -> Result<Option<Offset>, AttemptError> {
        match tokio::time::timeout(self.answer_timeout, self.exchange(chunk)).await {
            Ok(delivered) => delivered,
            Err(_) => Err(AttemptError::NoAcknowledgement { waited_ms: self.answer_timeout.as_millis() }),
        }
    }

    async fn exchange(&self, chunk: &mut Chunk) -> Result<Option<Offset>, AttemptError> {
        let not_stored = |cause: Box<dyn std::error::Error + Send + Sync>| AttemptError::NotStored { source: cause };
        let mut results = Vec::with_capacity(chunk.outstanding().len());
        for record in chunk.outstanding() {
            let sent = self.producer.send(record.key.clone(), record.value.clone()).await;
            results.push(sent.map_err(|e| not_stored(e.into()))?);
        }
        let mut end = None;
        for result in results {
            let offset = result.wait().await.map_err(|e| not_stored(e.into()))?.offset();
            end = Some(after(offset).ok_or(AttemptError::StrangeOffset { offset })?);
            chunk.acknowledge();
        }
        Ok(end)
    }
}

/// Everything goes to the one partition; the client itself does not retry: it would on the broken socket.
fn config(partition: Partition, limits: &Limits) -> Result<TopicProducerConfig, fluvio::FluvioError> {
    let retries = RetryPolicy { max_retries: 0, timeout: limits.answer_timeout, ..RetryPolicy::default() };
    TopicProducerConfigBuilder::default()
        .set_specific_partitioner(partition.0)
        .batch_size(limits.batch_bytes())
        .max_request_size(limits.batch_bytes())
        .linger(limits.linger)
        .delivery_semantic(DeliverySemantic::AtLeastOnce(retries))
        .build()
        .map_err(|e| fluvio::FluvioError::Other(e.to_string()))
}
