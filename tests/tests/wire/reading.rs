//! Reading through the stock client and through the sink's own reader, and the check that what came is what was sent.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use adx_events::offset::{Offset, Partition};
use adx_sink::reader::{ModuleCall, PartitionLog, PartitionReader, ReadLimits, Shape, offset_reckoned};
use fluvio::SmartModuleInvocation;
use fluvio::consumer::{ConsumerConfigExtBuilder, ConsumerRecord, ConsumerStream, RetryMode};
use fluvio_protocol::link::ErrorCode;
use futures_util::StreamExt;

use crate::cluster::{Bed, once_it_works, within};
use crate::produced::record;

/// A consumer of one partition from `from` on.
pub fn consumer(topic: &str, partition: u32, from: u64) -> ConsumerConfigExtBuilder {
    let mut config = ConsumerConfigExtBuilder::default();
    let from = fluvio::Offset::absolute(from as i64).unwrap();
    config.topic(topic).partition(partition).offset_start(from).retry_mode(RetryMode::Disabled);
    config
}

/// The same through modules.
pub fn through(topic: &str, partition: u32, from: u64, chain: Vec<SmartModuleInvocation>) -> ConsumerConfigExtBuilder {
    let mut config = consumer(topic, partition, from);
    config.smartmodule(chain);
    config
}

pub async fn open(bed: &Bed, config: &mut ConsumerConfigExtBuilder) -> impl ConsumerStream + use<> {
    let config = config.build().unwrap();
    within(once_it_works(|| bed.client.consumer_with_config(config.clone()))).await
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

/// Reads so many records and checks that they are the numbers expected, at their offsets.
pub async fn read_exactly<S: ConsumerStream>(stream: &mut S, partition: u32, numbers: Range<u64>) {
    for (number, read) in numbers.clone().zip(read(stream, (numbers.end - numbers.start) as usize).await) {
        assert_eq!(read.offset(), number as i64);
        assert_same(partition, number, read.key(), read.value());
    }
}

fn assert_same(partition: u32, number: u64, key: Option<&[u8]>, value: &[u8]) {
    let expected = record(partition, number);
    assert_eq!((key, value), (Some(expected.0.as_slice()), expected.1.as_slice()), "record {number}");
}

/// The sink's reader of one partition, through modules that pass every record.
pub struct SinkReader {
    reader: PartitionReader,
    partition: u32,
}

impl SinkReader {
    pub fn open(bed: &Bed, topic: &str, partition: u32, from: u64, modules: &[String], max_bytes: i32) -> Self {
        let call = |name: &String| ModuleCall { name: name.clone(), params: BTreeMap::new() };
        let log = PartitionLog {
            cluster: bed.cluster.clone(),
            topic: topic.to_owned(),
            partition: Partition(partition),
            chain: modules.iter().map(call).collect(),
            shape: Shape::Records(offset_reckoned),
        };
        let limits = ReadLimits {
            response_bytes_max: max_bytes,
            backoff_min: Duration::from_millis(5),
            backoff_max: Duration::from_millis(500),
            give_up_after: Duration::from_secs(120),
            ..ReadLimits::default()
        };
        Self { reader: PartitionReader::new(log, Offset(from), limits), partition }
    }

    /// Reads on up to `end` and checks each record on the way.
    pub async fn read_to(&mut self, end: u64) {
        while self.reader.next_offset().0 < end {
            self.read_some().await;
        }
        assert_eq!(self.reader.next_offset().0, end);
    }

    /// Reads what comes next.
    pub async fn read_some(&mut self) {
        let start = self.reader.next_offset().0;
        let records = within(self.reader.next_batch()).await.unwrap();
        for (number, read) in (start..).zip(records.iter()) {
            assert_eq!(read.offset, Offset(number));
            assert_same(self.partition, number, read.key(), read.value());
        }
    }
}
