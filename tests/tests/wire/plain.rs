//! What a real SPU does on a stream without modules, and why the sink never opens one.

use fluvio::Compression;

use crate::cluster::{Bed, Company, on_cluster};
use crate::produced::{producer, record, send};
use crate::reading::{consumer, next, next_error, open, read};

/// Twenty batches of fifty records, about 10 KiB each.
async fn in_fifties(bed: &Bed, compression: Compression) -> String {
    let topic = bed.topic("fifties", 1).await;
    send(&producer(bed, &topic, 0, compression).await, 0, 0..1_000, 50).await;
    topic
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_is_cut_inside_a_batch_and_the_client_loses_the_rest_of_it() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = in_fifties(bed, Compression::None).await;
        let mut stream = open(bed, consumer(&topic, 0, 0).max_bytes(15_000)).await;
        let mut offsets = Vec::new();
        while offsets.last() != Some(&999) && offsets.len() < 600 {
            let read = next(&mut stream).await.expect("an item").expect("a record");
            assert_eq!(read.value(), record(0, read.offset() as u64).1);
            offsets.push(read.offset());
        }
        let jumps: Vec<_> = offsets.windows(2).filter(|pair| pair[1] != pair[0] + 1).map(|pair| pair[1]).collect();
        assert!(!jumps.is_empty(), "nothing was lost");
        assert!(jumps.iter().all(|offset| offset % 50 == 0), "it goes on with a batch: {jumps:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_batch_larger_than_the_fetch_size_the_beginning_comes() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = in_fifties(bed, Compression::None).await;
        let mut stream = open(bed, consumer(&topic, 0, 0).max_bytes(1_000)).await;
        let offsets: Vec<_> = read(&mut stream, 30).await.iter().map(|read| read.offset()).collect();
        let begins = offsets.iter().filter(|offset| **offset % 50 == 0).count();
        assert!(begins >= 2, "several batches were begun: {offsets:?}");
        assert!(offsets.iter().all(|offset| offset % 50 < 30), "none was ended: {offsets:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_batch_that_is_cut_is_an_error() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = in_fifties(bed, Compression::Gzip).await;
        let mut stream = open(bed, consumer(&topic, 0, 0).max_bytes(15_000)).await;
        read(&mut stream, 50).await;
        let error = next_error(&mut stream).await;
        assert!(matches!(&error, fluvio_protocol::link::ErrorCode::Other(_)), "{error:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_producers_time_and_the_true_offset_are_kept() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = in_fifties(bed, Compression::Lz4).await;
        let mut stream = open(bed, &mut consumer(&topic, 0, 0)).await;
        for (number, read) in (0..).zip(read(&mut stream, 1_000).await) {
            assert_eq!(read.offset(), number);
            assert!(read.timestamp() > 0);
        }
    })
    .await;
}
