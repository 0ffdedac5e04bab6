//! Produce: numbering, order, partitions, compression.

use fluvio::Compression;
use fluvio::metadata::topic::{CompressionAlgorithm, TopicSpec};

use crate::bed::{Bed, consumer, produce_through, read, value, values};

#[tokio::test(flavor = "multi_thread")]
async fn records_are_numbered_from_0_without_gaps_in_every_partition() {
    let bed = Bed::new().await;
    bed.topic("numbered", 3).await;
    let producer = bed.producer("numbered").await;
    let mixed: Vec<_> = (0..3_000).map(|number| value((number % 3) as u8, number)).collect();
    let stored = produce_through(&producer, &mixed).await;
    for partition in 0..3 {
        let offsets: Vec<_> = stored
            .iter()
            .filter(|record| record.partition_id() == partition)
            .map(fluvio::RecordMetadata::offset)
            .collect();
        assert_eq!(offsets, (0..1_000).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_producers_share_a_partition_without_gaps() {
    let bed = Bed::new().await;
    bed.topic("shared", 1).await;
    let (left, right) = (bed.producer("shared").await, bed.producer("shared").await);
    let (from_left, from_right) = (values(0, 0..500), values(0, 500..1_000));
    let (left, right) = tokio::join!(produce_through(&left, &from_left), produce_through(&right, &from_right));
    let mut offsets: Vec<_> = left.iter().chain(&right).map(fluvio::RecordMetadata::offset).collect();
    offsets.sort_unstable();
    assert_eq!(offsets, (0..1_000).collect::<Vec<_>>());
    let mut stream = bed.open(&mut consumer("shared", 0, 0)).await;
    let read = read(&mut stream, 1_000).await;
    for (written, sent) in left.iter().zip(&from_left).chain(right.iter().zip(&from_right)) {
        assert_eq!(read[written.offset() as usize].value(), sent.as_slice());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_compression_is_kept_and_read_back() {
    let bed = Bed::new().await;
    bed.topic("compressed", 1).await;
    let kinds = [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];
    for (round, kind) in kinds.into_iter().enumerate() {
        let numbers = round * 200..(round + 1) * 200;
        produce_through(&bed.producer_with("compressed", kind).await, &values(0, numbers)).await;
    }
    let mut stream = bed.open(&mut consumer("compressed", 0, 0)).await;
    let read = read(&mut stream, 1_000).await;
    for (number, record) in read.iter().enumerate() {
        assert_eq!(record.value(), value(0, number).as_slice());
        assert_eq!(record.offset(), number as i64);
        assert!(record.timestamp() > 0, "the producer's own timestamp is kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_takes_only_its_own_compression() {
    let bed = Bed::new().await;
    let mut spec = TopicSpec::new_computed(1, 1, None);
    spec.set_compression_type(CompressionAlgorithm::Zstd);
    bed.admin.create("zstd-only".to_owned(), false, spec).await.expect("create");
    produce_through(&bed.producer_with("zstd-only", Compression::Zstd).await, &values(0, 0..10)).await;
    let mut stream = bed.open(&mut consumer("zstd-only", 0, 0)).await;
    assert_eq!(read(&mut stream, 10).await.len(), 10);
}
