//! Reading partitions of a stand-in cluster through modules that pass, drop or lose: every record once and in order, or a clear error.

use std::collections::BTreeMap;
use std::time::Duration;

use adx_events::offset::{Offset, Partition, PartitionCount};
use adx_local_fluvio::{Config, LocalFluvio};
use adx_publisher::{Cluster, Limits, Publisher};
use adx_sink::reader::{
    ModuleCall, OffsetOf, PartitionLog, PartitionReader, ReadError, ReadLimits, Shape, StreamError, StreamedBatch,
    offset_reckoned,
};
use fluvio::metadata::smartmodule::{SmartModuleSpec, SmartModuleWasm};
use fluvio::metadata::topic::TopicSpec;

const TOPIC: &str = "ad-impressions";
const PARTITION: Partition = Partition(0);

/// Modules by name: what decides, per batch, whether its records pass. The counter counts the batches of one stream.
const MODULES: [(&str, &str); 3] = [
    ("pass", "(i32.const 1)"),
    ("drop", "(i32.const 0)"),
    ("lose-every-other-batch", "(i32.and (global.get $batches) (i32.const 1))"),
];

/// A `filter` in WebAssembly text. Its input is base offset (8 bytes), length (4), encoded records; its output the same
/// records and a byte for "no error".
fn module(passes: &str) -> String {
    format!(
        r#"(module
  (import "env" "copy_records" (func $copy (param i32 i32)))
  (memory (export "memory") 512)
  (global $batches (mut i32) (i32.const 0))
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "filter") (param $at i32) (param $len i32) (param i32) (result i32) (local $raw i32)
    (global.set $batches (i32.add (global.get $batches) (i32.const 1)))
    (local.set $raw (i32.add (i32.shl (i32.load8_u offset=9 (local.get $at)) (i32.const 16))
      (i32.add (i32.shl (i32.load8_u offset=10 (local.get $at)) (i32.const 8)) (i32.load8_u offset=11 (local.get $at)))))
    (if {passes}
      (then
        (i32.store8 offset=12 (i32.add (local.get $at) (local.get $raw)) (i32.const 0))
        (call $copy (i32.add (local.get $at) (i32.const 12)) (i32.add (local.get $raw) (i32.const 1))))
      (else
        (i64.store (i32.const 0) (i64.const 0))
        (call $copy (i32.const 0) (i32.const 5))))
    (i32.const 0)))"#
    )
}

struct Bed {
    local: LocalFluvio,
    cluster: Cluster,
    published: u64,
}

impl Bed {
    async fn new() -> Self {
        let local = LocalFluvio::start(Config::default()).await.unwrap();
        let cluster = Cluster::new(local.endpoint());
        let admin = cluster.client().await.unwrap().admin().await;
        admin.create(TOPIC.to_owned(), false, TopicSpec::new_computed(1, 1, None)).await.unwrap();
        for (name, passes) in MODULES {
            let wasm = SmartModuleWasm::from_raw_wasm_bytes(module(passes).as_bytes()).unwrap();
            admin.create(name.to_owned(), false, SmartModuleSpec { wasm, ..Default::default() }).await.unwrap();
        }
        Self { local, cluster, published: 0 }
    }

    /// Appends records whose values begin with their offset, in batches of a few.
    async fn publish(&mut self, count: u64) {
        let limits = Limits { batch_bytes_max: 1 << 10, linger: Duration::from_millis(1), ..Limits::default() };
        let one = PartitionCount::new(1).unwrap();
        let mut publisher = Publisher::connect(self.cluster.clone(), TOPIC, one, limits).await.unwrap();
        for n in self.published..self.published + count {
            publisher.send(PARTITION, b"", format!("{n} {}", "x".repeat(100)).as_bytes()).await.unwrap();
        }
        self.published += count;
        assert_eq!(publisher.finish().await.unwrap(), [Offset(self.published)]);
    }

    fn reader(&self, module: &str, offset_of: OffsetOf, start: u64) -> PartitionReader {
        self.reader_within(module, offset_of, start, limits())
    }

    fn reader_within(&self, module: &str, offset_of: OffsetOf, start: u64, limits: ReadLimits) -> PartitionReader {
        let chain = vec![ModuleCall { name: module.to_owned(), params: BTreeMap::new() }];
        let log = PartitionLog {
            cluster: self.cluster.clone(),
            topic: TOPIC.to_owned(),
            partition: PARTITION,
            chain,
            shape: Shape::Records(offset_of),
        };
        PartitionReader::new(log, Offset(start), limits)
    }
}

/// Small responses, and waits short enough for a test.
fn limits() -> ReadLimits {
    ReadLimits {
        response_bytes_max: 4 << 10,
        idle: Duration::from_secs(10),
        backoff_min: Duration::from_millis(2),
        backoff_max: Duration::from_millis(20),
        ..ReadLimits::default()
    }
}

fn offset_in_value(value: &[u8], _reckoned: Offset) -> Option<Offset> {
    let digits = value.split(|b| *b == b' ').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok().map(Offset)
}

/// Reads one batch and checks that each record is the one that stands at its offset, the first at the position.
async fn read_batch(reader: &mut PartitionReader) -> u64 {
    let start = reader.next_offset().0;
    let records = reader.next_batch().await.unwrap();
    check(start, &records);
    assert_eq!(reader.next_offset(), Offset(start + records.len() as u64));
    records.len() as u64
}

fn check(start: u64, records: &StreamedBatch) {
    assert!(!records.is_empty());
    for (expected, record) in (start..).zip(records.iter()) {
        assert_eq!(
            (record.offset, offset_in_value(record.value(), Offset(0))),
            (Offset(expected), Some(Offset(expected)))
        );
    }
}

async fn read_to(reader: &mut PartitionReader, end: u64) {
    while reader.next_offset() < Offset(end) {
        read_batch(reader).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_every_offset_the_rest_is_read() {
    let mut bed = Bed::new().await;
    bed.publish(25).await;
    for start in 0..25 {
        read_to(&mut bed.reader("pass", offset_reckoned, start), 25).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stream_loses_is_read_again_from_the_first_record_missing() {
    let mut bed = Bed::new().await;
    bed.publish(60).await;
    // The last batch, lost, is noticed by the stall alone; a stream that takes longer to start is one more attempt.
    let impatient = ReadLimits { idle: Duration::from_millis(200), fruitless_max: 50, ..limits() };
    let mut reader = bed.reader_within("lose-every-other-batch", offset_in_value, 0, impatient);
    read_to(&mut reader, 60).await;
    // Reckoning by index, the client would take the records behind a hole for those in it.
    let mut blind = bed.reader("lose-every-other-batch", offset_reckoned, 0);
    let records = blind.next_batch().await.unwrap();
    assert!(
        records.iter().any(|r| offset_in_value(r.value(), r.offset) != Some(r.offset)),
        "the module did lose records"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_at_the_end_waits_for_more_without_a_new_stream() {
    let mut bed = Bed::new().await;
    let mut reader =
        bed.reader_within("pass", offset_reckoned, 0, ReadLimits { idle: Duration::from_millis(10), ..limits() });
    for round in 1..4 {
        let (_, ()) = tokio::join!(read_to(&mut reader, round * 50), bed.publish(50));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_connections_and_a_server_gone_lose_nothing() {
    let mut bed = Bed::new().await;
    bed.publish(300).await;
    let mut reader = bed.reader("pass", offset_reckoned, 0);
    let mut batches = 0;
    while reader.next_offset() < Offset(300) {
        read_batch(&mut reader).await;
        batches += 1;
        match batches % 3 {
            0 => bed.local.faults().close_spu_connections().await,
            1 => {
                bed.local.faults().stop_spu().await;
                let start = reader.next_offset().0;
                if let Ok(records) = tokio::time::timeout(Duration::from_millis(5), reader.next_batch()).await {
                    check(start, &records.unwrap()); // it had arrived before
                }
                bed.local.faults().start_spu().await.unwrap();
            }
            _ => {}
        }
    }
    assert!(batches > 6, "{batches} batches are too few to have been cut");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stays_away_is_named() {
    let mut bed = Bed::new().await;
    bed.publish(10).await;
    let limits = ReadLimits { give_up_after: Duration::from_millis(50), ..limits() };
    let mut reader = bed.reader_within("pass", offset_reckoned, 7, limits);
    bed.local.faults().stop_spu().await;
    let error = reader.next_batch().await.unwrap_err();
    assert!(matches!(error, ReadError::GaveUp { source: StreamError::Cluster(_), .. }), "{error:?}");
    let told = error.to_string();
    assert!(told.contains("topic \"ad-impressions\", partition 0 at offset 7"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_bring_nothing_end_in_an_error_that_names_the_place() {
    let mut bed = Bed::new().await;
    bed.publish(10).await;
    let limits = ReadLimits { idle: Duration::from_millis(20), fruitless_max: 3, ..limits() };
    let error = bed.reader_within("drop", offset_reckoned, 4, limits.clone()).next_batch().await.unwrap_err();
    assert!(
        matches!(error, ReadError::NoProgress { source: StreamError::Stalled { end: Offset(10), .. }, .. }),
        "{error:?}"
    );
    let told = error.to_string();
    assert_eq!(told, "topic \"ad-impressions\", partition 0 gives no record at offset 4 in 3 streams");
    let error = bed.reader_within("pass", offset_reckoned, 11, limits.clone()).next_batch().await.unwrap_err();
    assert!(
        matches!(error, ReadError::NoProgress { source: StreamError::PastTheEnd { end: Offset(10) }, .. }),
        "{error:?}"
    );
    let error = bed.reader_within("absent", offset_reckoned, 0, limits).next_batch().await.unwrap_err();
    assert!(matches!(error, ReadError::NoProgress { source: StreamError::Broken { .. }, .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_that_does_not_heal_is_an_error() {
    let mut bed = Bed::new().await;
    bed.publish(10).await;
    fn one_too_far(_value: &[u8], reckoned: Offset) -> Option<Offset> {
        Some(Offset(reckoned.0 + 1))
    }
    let limits = ReadLimits { fruitless_max: 3, ..limits() };
    let error = bed.reader_within("pass", one_too_far, 0, limits).next_batch().await.unwrap_err();
    assert!(matches!(error, ReadError::NoProgress { source: StreamError::Gap { found: Offset(1) }, .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_tells_no_offset_is_an_error() {
    let mut bed = Bed::new().await;
    bed.publish(10).await;
    let error = bed.reader("pass", |_, _| None, 3).next_batch().await.unwrap_err();
    assert!(matches!(error, ReadError::Unreadable { partition: PARTITION, .. }), "{error:?}");
}
