//! How fast a partition is read from the stand-in, by batches and by the client's stream of records; run with `--ignored --nocapture`.

use std::time::Instant;

use adx_events::offset::{Offset, Partition, PartitionCount};
use adx_local_fluvio::{Config, LocalFluvio};
use adx_publisher::{Cluster, Limits, Publisher};
use adx_sink::reader::{ModuleCall, PartitionLog, PartitionReader, ReadLimits, Shape, offset_reckoned};
use fluvio::consumer::{ConsumerConfigExtBuilder, RetryMode};
use fluvio::metadata::topic::TopicSpec;
use futures_util::StreamExt;

const TOPIC: &str = "ad-impressions";
const RECORDS: u64 = 1_000_000;

async fn filled() -> (LocalFluvio, Cluster) {
    let local = LocalFluvio::start(Config::default()).await.unwrap();
    let cluster = Cluster::new(local.endpoint());
    let admin = cluster.client().await.unwrap().admin().await;
    admin.create(TOPIC.to_owned(), false, TopicSpec::new_computed(1, 1, None)).await.unwrap();
    let one = PartitionCount::new(1).unwrap();
    let mut publisher = Publisher::connect(cluster.clone(), TOPIC, one, Limits::default()).await.unwrap();
    for _ in 0..RECORDS {
        publisher.send(Partition(0), &[b'k'; 50], &[b'v'; 200]).await.unwrap();
    }
    publisher.finish().await.unwrap();
    (local, cluster)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, not a check"]
async fn records_of_250_bytes() {
    let (_local, cluster) = filled().await;
    // Without a module, so that the client's share shows; the stand-in cuts no batch.
    let (topic, chain) = (TOPIC.to_owned(), Vec::<ModuleCall>::new());
    for response_bytes_max in [1 << 20, 4 << 20, 8 << 20] {
        let log = PartitionLog {
            cluster: cluster.clone(),
            topic: topic.clone(),
            partition: Partition(0),
            chain: chain.clone(),
            shape: Shape::Records(offset_reckoned),
        };
        let limits = ReadLimits { response_bytes_max, ..ReadLimits::default() };
        let (mut reader, start) = (PartitionReader::new(log, Offset(0), limits), Instant::now());
        while reader.next_offset() < Offset(RECORDS) {
            reader.next_batch().await.unwrap();
        }
        tell("batches", response_bytes_max, start);
    }
    for max_bytes in [1 << 20, 8 << 20] {
        let config = ConsumerConfigExtBuilder::default()
            .topic(TOPIC)
            .partition(0)
            .offset_start(fluvio::Offset::beginning())
            .max_bytes(max_bytes)
            .retry_mode(RetryMode::Disabled)
            .build()
            .unwrap();
        let (client, start) = (cluster.client().await.unwrap(), Instant::now());
        let stream = client.consumer_with_config(config).await.unwrap();
        stream.take(RECORDS as usize).for_each(|record| async { drop(record.unwrap()) }).await;
        tell("records", max_bytes, start);
    }
}

fn tell(way: &str, max_bytes: i32, start: Instant) {
    println!("{way}, max_bytes {max_bytes}: {} records/s", (RECORDS as f64 / start.elapsed().as_secs_f64()) as u64);
}
