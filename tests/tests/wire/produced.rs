//! Records that tell which they are, and batches of them put where a test wants them.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use fluvio::{
    Compression, DeliverySemantic, Fluvio, Partitioner, PartitionerConfig, ProduceOutput, RetryPolicy,
    TopicProducerConfigBuilder, TopicProducerPool,
};

use crate::cluster::{Bed, once_it_works, within};

/// Longer than any test: batches end where a test ends them, or at their size.
const NEVER: Duration = Duration::from_secs(3600);
const BATCH_BYTES: usize = 512 << 10;

/// Key and value of record `number` of `partition`: different from every other, of many lengths, not text.
pub fn record(partition: u32, number: u64) -> (Vec<u8>, Vec<u8>) {
    let key = format!("key {number}").into_bytes();
    let mut value = format!("{number} {partition} ").into_bytes();
    let mut noise = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for _ in 0..number * 37 % 401 {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        value.push(noise as u8);
    }
    (key, value)
}

/// A producer of one partition whose batches end with [`send_batch`].
pub async fn producer(bed: &Bed, topic: &str, partition: u32, compression: Compression) -> TopicProducerPool {
    producer_by(&bed.client, topic, partition, compression).await
}

/// The same, by another client than the test's first.
pub async fn producer_by(client: &Fluvio, topic: &str, partition: u32, compression: Compression) -> TopicProducerPool {
    let once = DeliverySemantic::AtLeastOnce(RetryPolicy { max_retries: 0, ..RetryPolicy::default() });
    let mut config = TopicProducerConfigBuilder::default();
    config.delivery_semantic(once).linger(NEVER).batch_size(BATCH_BYTES).compression(compression);
    let config = config.partitioner(Arc::new(Always(partition))).build().unwrap();
    within(once_it_works(|| client.topic_producer_with_config(topic, config.clone()))).await
}

/// Sends the records as one batch and waits until it is stored, at offsets that follow each other; returns the first.
pub async fn send_batch(producer: &TopicProducerPool, records: Vec<(Vec<u8>, Vec<u8>)>) -> i64 {
    let mut pending: Vec<ProduceOutput> = Vec::new();
    for (key, value) in records {
        pending.push(within(producer.send(key, value)).await.unwrap());
    }
    within(producer.flush()).await.unwrap();
    let mut offsets = Vec::new();
    for output in pending {
        offsets.push(within(output.wait()).await.unwrap().offset());
    }
    assert!(offsets.windows(2).all(|pair| pair[1] == pair[0] + 1), "{offsets:?}");
    offsets[0]
}

/// Sends numbered records in batches of `batch`.
pub async fn send(producer: &TopicProducerPool, partition: u32, numbers: Range<u64>, batch: usize) {
    let numbers: Vec<u64> = numbers.collect();
    for numbers in numbers.chunks(batch) {
        send_batch(producer, numbers.iter().map(|number| record(partition, *number)).collect()).await;
    }
}

/// Puts every record into one partition.
struct Always(u32);

impl Partitioner for Always {
    fn partition(&self, _: &PartitionerConfig, _: Option<&[u8]>, _: &[u8]) -> u32 {
        self.0
    }
}
