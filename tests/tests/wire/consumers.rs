//! Offsets that consumers leave with the cluster.

use fluvio::Compression;
use fluvio::Offset;
use fluvio::consumer::{ConsumerConfigExtBuilder, ConsumerStream, OffsetManagementStrategy};

use crate::cluster::{Bed, Company, on_cluster, within};
use crate::produced::{producer, send};
use crate::reading::{consumer, open, read, read_exactly};

fn keeping(topic: &str, partition: u32, id: &str) -> ConsumerConfigExtBuilder {
    let mut config = consumer(topic, partition, 0);
    config.offset_start(Offset::beginning()).offset_consumer(id).offset_strategy(OffsetManagementStrategy::Manual);
    config
}

/// Partitions and offsets kept under `id`.
async fn kept(bed: &Bed, id: &str) -> Vec<(u32, i64)> {
    let listed = within(bed.client.consumer_offsets()).await.unwrap();
    let mut kept: Vec<_> =
        listed.iter().filter(|kept| kept.consumer_id == id).map(|kept| (kept.partition, kept.offset)).collect();
    kept.sort_unstable();
    kept
}

#[tokio::test(flavor = "multi_thread")]
async fn a_committed_offset_is_where_the_next_consumer_goes_on() {
    on_cluster(Company::Welcome, async |bed| {
        let (topic, id) = (bed.topic("kept", 2).await, bed.named("reader"));
        for partition in 0..2 {
            send(&producer(bed, &topic, partition, Compression::None).await, partition, 0..20, 6).await;
        }
        assert_eq!(kept(bed, &id).await, []);
        for (partition, count) in [(0, 5), (1, 11)] {
            let mut stream = open(bed, &mut keeping(&topic, partition, &id)).await;
            read(&mut stream, count).await;
            within(stream.offset_commit()).await.unwrap();
            within(stream.offset_flush()).await.unwrap();
        }
        assert_eq!(kept(bed, &id).await, [(0, 4), (1, 10)]);
        for (partition, from) in [(0, 5), (1, 11)] {
            let mut stream = open(bed, &mut keeping(&topic, partition, &id)).await;
            read_exactly(&mut stream, partition, from..20).await;
        }
        let mut stream = open(bed, keeping(&topic, 0, &id).offset_start(Offset::absolute(2).unwrap())).await;
        read_exactly(&mut stream, 0, 2..20).await;

        within(bed.client.delete_consumer_offset(id.clone(), (topic.clone(), 0))).await.unwrap();
        assert_eq!(kept(bed, &id).await, [(1, 10)]);
        let mut stream = open(bed, &mut keeping(&topic, 0, &id)).await;
        read_exactly(&mut stream, 0, 0..20).await;
        bed.delete_topic(&topic).await;
        within(crate::cluster::once_there(async || kept(bed, &id).await.is_empty().then_some(()))).await;
    })
    .await;
}
