//! A stand-in with a stock client, and the few steps every test takes.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use adx_local_fluvio::{Config, ErrorCode, LocalFluvio};
use fluvio::consumer::{ConsumerConfigExt, ConsumerConfigExtBuilder, ConsumerRecord, ConsumerStream, RetryMode};
use fluvio::metadata::topic::TopicSpec;
use fluvio::{
    Compression, DeliverySemantic, Fluvio, FluvioAdmin, FluvioClusterConfig, Offset, Partitioner, PartitionerConfig,
    ProduceOutput, RecordMetadata, RetryPolicy, TopicProducerConfigBuilder, TopicProducerPool,
};
use futures_util::StreamExt;

/// Far more than any step takes; what does not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Bed {
    pub cluster: LocalFluvio,
    pub client: Fluvio,
    pub admin: FluvioAdmin,
}

impl Bed {
    pub async fn new() -> Self {
        Self::with(Config::default()).await
    }

    pub async fn with(config: Config) -> Self {
        let cluster = LocalFluvio::start(config).await.expect("start");
        let client = connect(&cluster).await;
        let admin = client.admin().await;
        Self { cluster, client, admin }
    }

    pub async fn topic(&self, name: &str, partitions: u32) {
        let spec = TopicSpec::new_computed(partitions, 1, None);
        self.admin.create(name.to_owned(), false, spec).await.expect("create topic");
    }

    pub async fn producer(&self, topic: &str) -> TopicProducerPool {
        self.producer_with(topic, Compression::None).await
    }

    pub async fn producer_with(&self, topic: &str, compression: Compression) -> TopicProducerPool {
        let mut config = TopicProducerConfigBuilder::default();
        // A retry after a cut waits for an answer on the dead connection for the client's whole time-out.
        let retry = RetryPolicy { max_retries: 0, ..RetryPolicy::default() };
        config.delivery_semantic(DeliverySemantic::AtLeastOnce(retry));
        config.partitioner(std::sync::Arc::new(FirstByte)).batch_size(2_000).compression(compression);
        let config = config.build().expect("producer configuration");
        within(once_known(|| self.client.topic_producer_with_config(topic, config.clone()))).await
    }

    /// Sends all at once, so that batches hold several, and waits until all are stored.
    pub async fn produce(&self, topic: &str, values: &[Vec<u8>]) {
        produce_through(&self.producer(topic).await, values).await;
    }

    pub async fn open(&self, config: &mut ConsumerConfigExtBuilder) -> impl ConsumerStream + use<> {
        let config: ConsumerConfigExt = config.retry_mode(RetryMode::Disabled).build().expect("consumer configuration");
        within(once_known(|| self.client.consumer_with_config(config.clone()))).await
    }
}

pub async fn connect(cluster: &LocalFluvio) -> Fluvio {
    let config = FluvioClusterConfig::new(cluster.endpoint());
    within(Fluvio::connect_with_config(&config)).await.expect("connect")
}

/// Repeats `step` while the client has not heard of a new topic yet: it takes an answer to "create" for done before it
/// has looked at the news that came before it.
async fn once_known<T, E: Display, F: Future<Output = Result<T, E>>>(step: impl Fn() -> F) -> T {
    loop {
        match step().await {
            Ok(done) => return done,
            Err(error) if error.to_string().to_lowercase().contains("not found") => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Puts a record into the partition that its first byte names.
struct FirstByte;

impl Partitioner for FirstByte {
    fn partition(&self, _: &PartitionerConfig, _: Option<&[u8]>, value: &[u8]) -> u32 {
        u32::from(value[0])
    }
}

/// A value for `partition` that differs from every other `number`'s.
pub fn value(partition: u8, number: usize) -> Vec<u8> {
    let mut value = vec![partition];
    value.extend_from_slice(format!("{number:06} ").as_bytes());
    value.resize(8 + number % 97, b'.');
    value
}

pub fn values(partition: u8, numbers: std::ops::Range<usize>) -> Vec<Vec<u8>> {
    numbers.map(|number| value(partition, number)).collect()
}

pub async fn produce_through(producer: &TopicProducerPool, values: &[Vec<u8>]) -> Vec<RecordMetadata> {
    let mut pending: Vec<ProduceOutput> = Vec::new();
    for value in values {
        pending.push(within(producer.send(fluvio::RecordKey::NULL, value.clone())).await.expect("send"));
    }
    within(producer.flush()).await.expect("flush");
    let mut stored = Vec::new();
    for output in pending {
        stored.push(within(output.wait()).await.expect("stored"));
    }
    stored
}

/// A consumer of one partition from `from` on.
pub fn consumer(topic: &str, partition: u32, from: i64) -> ConsumerConfigExtBuilder {
    let mut config = ConsumerConfigExtBuilder::default();
    config.topic(topic).partition(partition).offset_start(Offset::absolute(from).expect("offset"));
    config
}

pub async fn next<S: ConsumerStream>(stream: &mut S) -> Option<Result<ConsumerRecord, ErrorCode>> {
    within(stream.next()).await
}

/// The error that comes in place of the next record.
pub async fn next_error<S: ConsumerStream>(stream: &mut S) -> ErrorCode {
    next(stream).await.expect("an item").err().expect("an error, no record")
}

/// The next `count` records.
pub async fn read<S: ConsumerStream>(stream: &mut S, count: usize) -> Vec<ConsumerRecord> {
    let mut read = Vec::new();
    while read.len() < count {
        read.push(next(stream).await.expect("a record, not the end").expect("a record, no error"));
    }
    read
}

pub async fn read_values<S: ConsumerStream>(stream: &mut S, count: usize) -> Vec<Vec<u8>> {
    read(stream, count).await.iter().map(|record| record.value().to_vec()).collect()
}

pub async fn within<F: Future>(step: F) -> F::Output {
    tokio::time::timeout(PATIENCE, step).await.expect("this step to end in time")
}
