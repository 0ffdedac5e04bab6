//! Retention: old segments go, the log then starts later, and who asks for what is gone is told so.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use adx_local_fluvio::{Config, ErrorCode};
use fluvio::Offset;
use fluvio::metadata::partition::PartitionSpec;
use fluvio::metadata::topic::{CleanupPolicy, SegmentBasedPolicy, TopicSpec, TopicStorageConfig};
use tempfile::TempDir;

use crate::bed::{Bed, consumer, next, next_error, produce_through, read, read_values, value};
use crate::modules::{FROM_TEN, PASS, adhoc, module};

/// A topic that keeps a minute.
async fn topic(bed: &Bed, name: &str, storage: TopicStorageConfig) {
    let mut spec = TopicSpec::new_computed(1, 1, None);
    spec.set_storage(storage);
    spec.set_cleanup_policy(CleanupPolicy::Segment(SegmentBasedPolicy { time_in_seconds: 60 }));
    bed.admin.create(name.to_owned(), false, spec).await.expect("create");
}

fn by_time() -> TopicStorageConfig {
    TopicStorageConfig { segment_size: Some(1_024), max_partition_size: None }
}

/// Values of which a segment takes one.
fn large(numbers: Range<usize>) -> Vec<Vec<u8>> {
    numbers.map(|number| [value(0, number), vec![b'.'; 700]].concat()).collect()
}

/// Ten batches of one record, each a segment of its own.
async fn ten_segments(bed: &Bed, topic: &str) {
    let producer = bed.producer(topic).await;
    for value in large(0..10) {
        produce_through(&producer, &[value]).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "records carry the server's time; what is asked is far from it")]
fn in_an_hour() -> SystemTime {
    SystemTime::now() + Duration::from_secs(3_600)
}

async fn check_start(bed: &Bed, name: &str, start: i64) {
    let partitions = bed.admin.all::<PartitionSpec>().await.expect("list");
    let partition = partitions.iter().find(|partition| partition.name == format!("{name}-0")).expect("listed");
    assert_eq!((partition.status.base_offset, partition.status.leader.leo), (start, 10));
    let mut stream = bed.open(consumer(name, 0, 0).offset_start(Offset::beginning())).await;
    assert_eq!(read_values(&mut stream, 10 - start as usize).await, large(start as usize..10));
    for gone in 0..start {
        let mut stream = bed.open(&mut consumer(name, 0, gone)).await;
        let evicted = ErrorCode::OffsetEvicted { offset: gone, next_available: start };
        assert_eq!(next_error(&mut stream).await, evicted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_old_goes_but_never_the_segment_under_way() {
    let dir = TempDir::new().expect("a directory");
    for data in [None, Some(dir.path().to_owned())] {
        let bed = Bed::with(Config { data: data.clone(), ..Config::default() }).await;
        topic(&bed, "aged", by_time()).await;
        ten_segments(&bed, "aged").await;
        check_start(&bed, "aged", 0).await;
        bed.cluster.clean(in_an_hour()).await;
        check_start(&bed, "aged", 9).await;
        if data.is_some() {
            bed.cluster.shutdown().await;
            let bed = Bed::with(Config { data, ..Config::default() }).await;
            check_start(&bed, "aged", 9).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_goes_oldest_first() {
    let bed = Bed::new().await;
    let storage = TopicStorageConfig { segment_size: Some(1_024), max_partition_size: Some(2_048) };
    topic(&bed, "large", storage).await;
    ten_segments(&bed, "large").await;
    bed.cluster.clean(SystemTime::UNIX_EPOCH).await;
    check_start(&bed, "large", 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_behind_hears_that_its_records_are_gone() {
    let bed = Bed::new().await;
    topic(&bed, "behind", by_time()).await;
    ten_segments(&bed, "behind").await;
    let mut stream = bed.open(&mut consumer("behind", 0, 0)).await; // each response ends with its segment, a record
    assert_eq!(read_values(&mut stream, 1).await, large(0..1));
    bed.cluster.clean(in_an_hour()).await;
    loop {
        match next(&mut stream).await.expect("an item") {
            Ok(record) => assert!(record.offset() < 5, "not more than was sent ahead"),
            Err(error) => {
                assert!(matches!(error, ErrorCode::OffsetEvicted { next_available: 9, .. }), "{error}");
                return;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_ends_with_its_segment() {
    let bed = Bed::new().await;
    topic(&bed, "rolled", by_time()).await;
    ten_segments(&bed, "rolled").await;
    let producer = bed.producer("rolled").await;
    produce_through(&producer, &large(10..11)).await;
    let mut passed = bed.open(consumer("rolled", 0, 0).smartmodule(vec![adhoc(&module(PASS))])).await;
    assert_eq!(read_values(&mut passed, 11).await, large(0..11));
    // As measured on a real cluster: no output from the first segment, so all that was there is skipped.
    let mut skipping = bed.open(consumer("rolled", 0, 0).smartmodule(vec![adhoc(&module(FROM_TEN))])).await;
    let fresh = large(11..12);
    let more = async {
        loop {
            produce_through(&producer, &fresh).await;
        }
    };
    let first = tokio::select! {
        first = read(&mut skipping, 1) => first,
        () = more => unreachable!("never ends"),
    };
    assert_eq!(first[0].value(), fresh[0].as_slice());
}
