//! Every record once, in order, with the same bytes: whatever the compression, the chain, the batches and the fetch size.

use adx_events::offset::{Offset, Partition, PartitionCount};
use adx_publisher::{Limits, Publisher};
use fluvio::Compression;

use crate::cluster::{Bed, Company, on_cluster, within};
use crate::modules::{PASS, WITH_ONE_PARAMETER, adhoc, by_name, module};
use crate::produced::{producer, record, send};
use crate::reading::{SinkReader, consumer, open, read_exactly, through};

const KINDS: [Compression; 5] =
    [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];
const PER_KIND: u64 = 120;
const ALL: u64 = KINDS.len() as u64 * PER_KIND;
const MAX_BYTES: i32 = 1 << 20;

/// Batches of every compression one after another, in each partition.
async fn compressed(bed: &Bed, partitions: u32) -> String {
    let topic = bed.topic("compressed", partitions).await;
    for partition in 0..partitions {
        for (kind, first) in KINDS.into_iter().zip((0..).step_by(PER_KIND as usize)) {
            let producer = producer(bed, &topic, partition, kind).await;
            send(&producer, partition, first..first + PER_KIND, 50).await;
        }
    }
    topic
}

#[tokio::test(flavor = "multi_thread")]
async fn every_compression_and_partition_through_every_kind_of_chain() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = compressed(bed, 3).await;
        let pass = bed.module("pass", &module(PASS), &topic).await;
        let strict = bed.module("one-parameter", &module(WITH_ONE_PARAMETER), &topic).await;
        let one = [("key", "value")];
        for partition in 0..3 {
            let chains = [
                vec![],
                vec![by_name(&pass, &[])],
                vec![adhoc(WITH_ONE_PARAMETER, &one)],
                vec![by_name(&strict, &one), adhoc(PASS, &[]), by_name(&pass, &[("several", "1"), ("of them", "2")])],
            ];
            for chain in chains {
                let mut stream = open(bed, &mut through(&topic, partition, 0, chain)).await;
                read_exactly(&mut stream, partition, 0..ALL).await;
            }
            SinkReader::open(bed, &topic, partition, 0, &[pass.clone(), pass.clone()], MAX_BYTES).read_to(ALL).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_size_that_cuts_inside_batches_loses_nothing_behind_a_module() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = compressed(bed, 1).await;
        let pass = bed.module("pass", &module(PASS), &topic).await;
        for max_bytes in [13_000, 20_000, 50_001] {
            let chain = vec![by_name(&pass, &[])];
            let mut stream = open(bed, through(&topic, 0, 0, chain).max_bytes(max_bytes)).await;
            read_exactly(&mut stream, 0, 0..ALL).await;
            SinkReader::open(bed, &topic, 0, 0, std::slice::from_ref(&pass), max_bytes).read_to(ALL).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_publisher_stores_is_read_by_the_client_and_the_sink() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = bed.topic("published", 3).await;
        let pass = bed.module("pass", &module(PASS), &topic).await;
        let three = PartitionCount::new(3).unwrap();
        let limits = Limits { batch_bytes_max: 16 << 10, ..Limits::default() };
        let connected = Publisher::connect(bed.cluster.clone(), &topic, three, limits);
        let mut publisher = within(Box::pin(connected)).await.unwrap();
        for number in 0..500 {
            for partition in 0..3 {
                let (key, value) = record(partition, number);
                within(publisher.send(Partition(partition), &key, &value)).await.unwrap();
            }
        }
        assert_eq!(within(publisher.finish()).await.unwrap(), [Offset(500); 3]);
        for partition in 0..3 {
            let mut stream = open(bed, &mut consumer(&topic, partition, 0)).await;
            read_exactly(&mut stream, partition, 0..500).await;
            SinkReader::open(bed, &topic, partition, 0, std::slice::from_ref(&pass), MAX_BYTES).read_to(500).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_caught_up_go_on_with_what_comes() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = bed.topic("live", 2).await;
        let pass = bed.module("pass", &module(PASS), &topic).await;
        let (left, right) =
            tokio::join!(producer(bed, &topic, 0, Compression::None), producer(bed, &topic, 1, Compression::Lz4));
        let mut plain = open(bed, &mut consumer(&topic, 0, 0)).await;
        let mut chained = open(bed, &mut through(&topic, 1, 0, vec![by_name(&pass, &[])])).await;
        let mut sink = SinkReader::open(bed, &topic, 1, 0, std::slice::from_ref(&pass), MAX_BYTES);
        for round in 0..15 {
            let numbers = round * 7..(round + 1) * 7;
            tokio::join!(send(&left, 0, numbers.clone(), 3), send(&right, 1, numbers.clone(), 4));
            read_exactly(&mut plain, 0, numbers.clone()).await;
            read_exactly(&mut chained, 1, numbers.clone()).await;
            sink.read_to(numbers.end).await;
        }
    })
    .await;
}
