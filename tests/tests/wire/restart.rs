//! The SPU goes and comes back: what was acknowledged is there, and the sink's reader goes on where it was.

use adx_events::offset::Partition;
use fluvio::Compression;

use crate::cluster::{Company, on_cluster, once_it_works, within};
use crate::modules::{PASS, module};
use crate::produced::{producer, producer_by, send};
use crate::reading::SinkReader;

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_between_loses_and_repeats_nothing() {
    on_cluster(Company::Alone, async |bed| {
        let topic = bed.topic("restarted", 1).await;
        let pass = bed.module("pass", &module(PASS), &topic).await;
        send(&producer(bed, &topic, 0, Compression::None).await, 0, 0..400, 30).await;
        let mut early = SinkReader::open(bed, &topic, 0, 0, std::slice::from_ref(&pass), 1 << 20);
        let mut slow = SinkReader::open(bed, &topic, 0, 0, std::slice::from_ref(&pass), 13_000);
        early.read_to(400).await;
        slow.read_some().await;
        if !bed.restart_spu(&topic).await {
            return;
        }
        let client = bed.client_afresh().await;
        within(once_it_works(|| bed.cluster.log_range(&client, &topic, Partition(0)))).await;
        send(&producer_by(&client, &topic, 0, Compression::Gzip).await, 0, 400..800, 30).await;
        early.read_to(800).await;
        slow.read_to(800).await;
        SinkReader::open(bed, &topic, 0, 0, std::slice::from_ref(&pass), 1 << 20).read_to(800).await;
        let range = within(once_it_works(|| bed.cluster.log_range(&client, &topic, Partition(0)))).await;
        assert_eq!((range.start.0, range.end.0), (0, 800));
    })
    .await;
}
