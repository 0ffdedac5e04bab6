//! A log of many segments: a response reads one of them, and the next goes on in the next.

use fluvio::Compression;
use fluvio::metadata::topic::{CleanupPolicy, SegmentBasedPolicy, TopicSpec, TopicStorageConfig};
use fluvio_protocol::link::ErrorCode;

use crate::cluster::{Bed, Company, on_cluster, once_there, within};
use crate::modules::{FROM_TEN, PASS, adhoc, by_name, module};
use crate::produced::{producer, record, send, send_batch};
use crate::reading::{SinkReader, consumer, next, next_error, open, read_exactly, through};

fn in_segments_of(bytes: u32) -> TopicSpec {
    let mut spec = TopicSpec::new_computed(1, 1, None);
    spec.set_storage(TopicStorageConfig { segment_size: Some(bytes), ..Default::default() });
    spec
}

/// 200 records of 40 KiB and more in all, a few to a segment.
async fn rolled(bed: &Bed) -> String {
    let topic = bed.topic_of("rolled", in_segments_of(4 << 10)).await;
    send(&producer(bed, &topic, 0, Compression::None).await, 0, 0..200, 9).await;
    topic
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_rolls_is_read_whole_from_anywhere() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = rolled(bed).await;
        let pass = bed.module("pass", &module(PASS), &topic).await;
        for from in [0, 1, 8, 9, 50, 123, 199] {
            let mut plain = open(bed, &mut consumer(&topic, 0, from)).await;
            read_exactly(&mut plain, 0, from..200).await;
            let mut chained = open(bed, &mut through(&topic, 0, from, vec![by_name(&pass, &[])])).await;
            read_exactly(&mut chained, 0, from..200).await;
            SinkReader::open(bed, &topic, 0, from, std::slice::from_ref(&pass), 1 << 20).read_to(200).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_without_output_hides_what_later_segments_would_give() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = bed.topic_of("hidden", in_segments_of(1 << 10)).await;
        let producer = producer(bed, &topic, 0, Compression::None).await;
        let kilobyte = |number: u64| (Vec::new(), vec![number as u8; 700]);
        for number in 0..20 {
            send_batch(&producer, vec![kilobyte(number)]).await; // one to a segment
        }
        let mut stream = open(bed, &mut through(&topic, 0, 0, vec![adhoc(FROM_TEN, &[])])).await;
        let (first, _) = tokio::join!(next(&mut stream), send_when_skipped(bed, &topic, kilobyte(20)));
        let first = first.expect("an item").expect("a record");
        assert!(first.offset() >= 20, "offset {} was not skipped", first.offset());
        let mut stream = open(bed, &mut through(&topic, 0, 10, vec![adhoc(FROM_TEN, &[])])).await;
        assert_eq!(next(&mut stream).await.expect("an item").expect("a record").offset(), 10);
    })
    .await;
}

/// Sends again and again, so that a stream that has skipped to the log's end has something to show.
async fn send_when_skipped(bed: &Bed, topic: &str, record: (Vec<u8>, Vec<u8>)) {
    let producer = producer(bed, topic, 0, Compression::None).await;
    for _ in 0..20 {
        send_batch(&producer, vec![record.clone()]).await;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await; // when it strikes is of no account
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_larger_than_a_segment_is_refused() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = bed.topic_of("narrow", in_segments_of(1 << 10)).await;
        let producer = producer(bed, &topic, 0, Compression::None).await;
        let output = within(producer.send(Vec::new(), vec![7; 2_000])).await.unwrap();
        within(producer.flush()).await.unwrap();
        let refused = within(output.wait()).await.expect_err("larger than a segment").to_string();
        assert!(refused.contains(&ErrorCode::MessageTooLarge.to_string()), "{refused}");
        assert_eq!(bed.range(&topic, 0).await, (0, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offset_that_retention_took_is_named_with_the_first_that_is_left() {
    on_cluster(Company::Welcome, async |bed| {
        let mut spec = in_segments_of(1 << 10);
        spec.set_cleanup_policy(CleanupPolicy::Segment(SegmentBasedPolicy { time_in_seconds: 10 }));
        let topic = bed.topic_of("retained", spec).await;
        let producer = producer(bed, &topic, 0, Compression::None).await;
        for number in 0..20 {
            send_batch(&producer, vec![record(0, number)]).await;
        }
        let first = within(once_there(async || Some(bed.range(&topic, 0).await.0).filter(|first| *first > 0))).await;
        let mut stream = open(bed, &mut consumer(&topic, 0, 0)).await;
        let error = next_error(&mut stream).await;
        assert!(
            matches!(error, ErrorCode::OffsetEvicted { offset: 0, next_available } if next_available >= first as i64)
        );
    })
    .await;
}
