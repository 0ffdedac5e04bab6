//! How fast records are published to the stand-in; run with `--ignored --nocapture`.

use std::time::{Duration, Instant};

use adx_events::offset::{Partition, PartitionCount};
use adx_local_fluvio::{Config, LocalFluvio};
use adx_publisher::{Cluster, Limits, Publisher};
use fluvio::metadata::topic::TopicSpec;

const TOPIC: &str = "ad-impressions";
const RECORDS: u32 = 1_000_000;

async fn records_per_second(partitions: u32, limits: Limits) -> u64 {
    let local = LocalFluvio::start(Config::default()).await.unwrap();
    let cluster = Cluster::new(local.endpoint());
    let admin = cluster.client().await.unwrap().admin().await;
    admin.create(TOPIC.to_owned(), false, TopicSpec::new_computed(partitions, 1, None)).await.unwrap();
    let count = PartitionCount::new(partitions).unwrap();
    let mut publisher = Publisher::connect(cluster, TOPIC, count, limits).await.unwrap();
    let start = Instant::now();
    for n in 0..RECORDS {
        publisher.send(Partition(n % partitions), &[b'k'; 50], &[b'v'; 200]).await.unwrap();
    }
    publisher.finish().await.unwrap();
    (f64::from(RECORDS) / start.elapsed().as_secs_f64()) as u64
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, not a check"]
async fn records_of_250_bytes() {
    for linger_ms in [0, 2, 5, 20] {
        for partitions in [1, 4] {
            let limits = Limits { linger: Duration::from_millis(linger_ms), ..Limits::default() };
            let rate = records_per_second(partitions, limits).await;
            println!("{partitions} partitions, linger {linger_ms} ms: {rate} records/s");
        }
    }
}
