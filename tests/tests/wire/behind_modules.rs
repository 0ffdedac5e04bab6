//! What a real SPU does to offsets, times, empty output and size behind modules.

use fluvio::Compression;
use fluvio_protocol::link::ErrorCode;

use crate::cluster::{Bed, Company, on_cluster};
use crate::modules::{EVERY_OTHER_TEN, FROM_TEN, PASS, TRAP_FROM_TEN, adhoc, by_name};
use crate::produced::{producer, record, send, send_batch};
use crate::reading::{next, next_error, open, read, read_exactly, through};

/// Forty records in batches of ten.
async fn in_tens(bed: &Bed) -> String {
    let topic = bed.topic("tens", 1).await;
    send(&producer(bed, &topic, 0, Compression::None).await, 0, 0..40, 10).await;
    topic
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_are_counted_from_the_first_output_and_times_are_gone() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = in_tens(bed).await;
        let mut stream = open(bed, &mut through(&topic, 0, 0, vec![adhoc(EVERY_OTHER_TEN, &[])])).await;
        let read = read(&mut stream, 20).await;
        for ((offset, number), read) in (0..).zip((0..10).chain(20..30)).zip(read) {
            assert_eq!((read.offset(), read.timestamp()), (offset, -1));
            assert_eq!(read.value(), record(0, number).1, "record {number} stands at {offset}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_output_gives_the_base_offset() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = in_tens(bed).await;
        let mut stream = open(bed, &mut through(&topic, 0, 0, vec![adhoc(FROM_TEN, &[])])).await;
        read_exactly(&mut stream, 0, 10..40).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_output_nothing_comes_and_the_stream_goes_on_at_the_end() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = bed.topic("quiet", 1).await;
        let producer = producer(bed, &topic, 0, Compression::None).await;
        send(&producer, 0, 0..10, 10).await;
        let mut quiet = open(bed, &mut through(&topic, 0, 0, vec![adhoc(FROM_TEN, &[])])).await;
        let mut passing = open(bed, &mut through(&topic, 0, 0, vec![adhoc(PASS, &[])])).await;
        let heard = tokio::select! {
            biased;
            _ = next(&mut quiet) => None,
            records = read(&mut passing, 10) => Some(records.len()),
        };
        assert_eq!(heard, Some(10));
        tokio::join!(send(&producer, 0, 10..20, 10), read_exactly(&mut quiet, 0, 10..20));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn output_larger_than_the_fetch_size_is_left_out_and_comes_with_the_next_response() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = in_tens(bed).await;
        let mut stream = open(bed, through(&topic, 0, 0, vec![adhoc(PASS, &[])]).max_bytes(4_000)).await;
        read_exactly(&mut stream, 0, 0..40).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_batch_whose_output_is_larger_than_the_fetch_size_is_skipped_with_all_behind_it() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = bed.topic("oversize", 1).await;
        let producer = producer(bed, &topic, 0, Compression::None).await;
        send_batch(&producer, vec![(Vec::new(), vec![0; 1_500])]).await;
        send_batch(&producer, vec![(Vec::new(), vec![1; 10])]).await;
        let mut stream = open(bed, through(&topic, 0, 0, vec![adhoc(PASS, &[])]).max_bytes(1_000)).await;
        let more = async {
            loop {
                send_batch(&producer, vec![(Vec::new(), vec![2; 10])]).await;
                tokio::time::sleep(std::time::Duration::from_millis(50)).await; // when it strikes is of no account
            }
        };
        let first = tokio::select! {
            first = next(&mut stream) => first.expect("an item").expect("a record"),
            () = more => unreachable!("never ends"),
        };
        assert!(first.offset() >= 2, "offset {} came", first.offset());
        assert_eq!(first.value(), [2; 10]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_ends_the_stream_and_everything_of_its_response() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = bed.topic("trapped", 1).await;
        let producer = producer(bed, &topic, 0, Compression::None).await;
        send(&producer, 0, 0..10, 10).await;
        let mut stream = open(bed, &mut through(&topic, 0, 0, vec![adhoc(TRAP_FROM_TEN, &[])])).await;
        read_exactly(&mut stream, 0, 0..10).await;
        send(&producer, 0, 10..20, 10).await;
        let error = next_error(&mut stream).await;
        assert!(matches!(&error, ErrorCode::Other(text) if text.starts_with("SmartModule err")), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_cannot_be_built_ends_the_stream_with_an_error() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = in_tens(bed).await;
        let absent = bed.named("absent");
        let broken = bed.module("broken", "(module)", &topic).await;
        let rows = [
            (by_name(&absent, &[]), format!("SmartModule {absent} was not found")),
            (by_name(&broken, &[]), "Error initializing".to_owned()),
            (adhoc("this is no expression", &[]), "Error initializing".to_owned()),
        ];
        for (invocation, reason) in rows {
            let mut stream = open(bed, &mut through(&topic, 0, 0, vec![invocation])).await;
            let error = next_error(&mut stream).await.to_string();
            assert!(error.contains(&reason), "{error}");
        }
    })
    .await;
}
