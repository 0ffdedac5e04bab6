//! What several clients hear at once while topics and modules come and go.

use std::collections::BTreeMap;

use fluvio::metadata::objects::{Metadata, WatchResponse};
use fluvio::metadata::partition::PartitionSpec;
use fluvio::metadata::smartmodule::SmartModuleSpec;
use fluvio::{Compression, FluvioAdmin};
use fluvio_controlplane_metadata::message::MsgType;
use fluvio_protocol::{Decoder, Encoder};
use fluvio_sc_schema::AdminSpec;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};

use crate::cluster::{Bed, Company, on_cluster, within};
use crate::modules::{PASS, module};
use crate::produced::{producer, send};

const CLIENTS: usize = 4;

/// What one client knows of one kind of object, from its watch alone.
struct Watched<'a, S: AdminSpec>
where
    S::Status: Encoder + Decoder,
{
    news: BoxStream<'a, Result<WatchResponse<S>, String>>,
    known: BTreeMap<String, Metadata<S>>,
}

impl<'a, S: AdminSpec + Sync + Send + 'static> Watched<'a, S>
where
    S::Status: Encoder + Decoder + Send + Sync,
{
    async fn open(admin: &'a FluvioAdmin) -> Self {
        let news = within(admin.watch::<S>()).await.unwrap().map_err(|error| error.to_string()).boxed();
        Self { news, known: BTreeMap::new() }
    }

    /// Listens until what is known is as `wanted`.
    async fn until(&mut self, wanted: impl Fn(&BTreeMap<String, Metadata<S>>) -> bool) {
        while !wanted(&self.known) {
            let news = within(self.news.next()).await.expect("the watch goes on").unwrap().inner();
            if !news.all.is_empty() {
                self.known = news.all.into_iter().map(|object| (object.name.clone(), object)).collect();
            }
            for change in news.changes {
                let object = change.content;
                match change.header {
                    MsgType::UPDATE => self.known.insert(object.name.clone(), object),
                    MsgType::DELETE => self.known.remove(&object.name),
                };
            }
        }
    }

    /// Listens until exactly these of the test's own objects are known.
    async fn until_known(&mut self, bed: &Bed, names: &[String]) {
        let own = bed.named("");
        self.until(|known| known.keys().filter(|name| name.starts_with(&own)).eq(names.iter())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_client_comes_to_know_what_is_there() {
    on_cluster(Company::Welcome, async |bed| {
        let mut admins = Vec::new();
        for _ in 0..CLIENTS {
            admins.push(within(bed.cluster.client()).await.unwrap().admin().await);
        }
        let mut clients = Vec::new();
        for admin in &admins {
            let partitions = Watched::<PartitionSpec>::open(admin).await;
            clients.push((partitions, Watched::<SmartModuleSpec>::open(admin).await));
        }
        let (first, second) = tokio::join!(bed.topic("first", 2), bed.topic("second", 1));
        let one = bed.module("one", &module(PASS), &second).await;
        let two = bed.module("two", &module(PASS), &second).await;
        let partitions = [format!("{first}-0"), format!("{first}-1"), format!("{second}-0")];
        for (watched, modules) in &mut clients {
            watched.until_known(bed, &partitions).await;
            modules.until_known(bed, &[one.clone(), two.clone()]).await;
        }
        bed.delete_topic(&first).await;
        bed.delete_module(&two).await;
        let third = bed.topic("third", 1).await;
        for (watched, modules) in &mut clients {
            watched.until_known(bed, &[format!("{second}-0"), format!("{third}-0")]).await;
            modules.until_known(bed, std::slice::from_ref(&one)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_a_partition_sees_it_grow() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = bed.topic("growing", 1).await;
        let mut watched = Watched::<PartitionSpec>::open(&bed.admin).await;
        let producer = producer(bed, &topic, 0, Compression::None).await;
        for end in [7_u64, 20] {
            let start = if end == 7 { 0 } else { 7 };
            send(&producer, 0, start..end, 5).await;
            let name = format!("{topic}-0");
            watched
                .until(|known| {
                    known.get(&name).is_some_and(|partition| {
                        let status = &partition.status;
                        (status.leader.leo, status.leader.hw) == (end as i64, end as i64) && status.size > 0
                    })
                })
                .await;
        }
    })
    .await;
}
