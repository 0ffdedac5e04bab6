//! Modules on the way in: what they drop is not stored and leaves holes; partitions that are added are of use at once.

use fluvio::metadata::topic::{AddPartition, TopicSpec, UpdateTopicAction};
use fluvio::{Compression, SmartModuleInvocation, TopicProducerConfigBuilder};

use crate::cluster::{Bed, Company, on_cluster, once_it_works, within};
use crate::modules::{DROP, PASS, adhoc, by_name, module};
use crate::produced::{producer, record, send};
use crate::reading::{SinkReader, consumer, open, read_exactly};

/// Sends one record through `chain`; the answer's offset, or what was refused.
async fn send_through(bed: &Bed, topic: &str, number: u64, chain: Vec<SmartModuleInvocation>) -> Result<i64, String> {
    let config = TopicProducerConfigBuilder::default().smartmodules(chain).build().unwrap();
    let producer = within(once_it_works(|| bed.client.topic_producer_with_config(topic, config.clone()))).await;
    let (key, value) = record(0, number);
    let output = within(producer.send(key, value)).await.unwrap();
    within(producer.flush()).await.unwrap();
    within(output.wait()).await.map(|stored| stored.offset()).map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_decides_what_is_stored() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = bed.topic("filtered", 1).await;
        let pass = bed.module("pass", &module(PASS), &topic).await;
        assert_eq!(send_through(bed, &topic, 0, vec![by_name(&pass, &[])]).await, Ok(0));
        assert_eq!(send_through(bed, &topic, 9, vec![adhoc(DROP, &[])]).await, Ok(0), "as if it were stored");
        assert_eq!(bed.range(&topic, 0).await, (0, 1));
        assert_eq!(send_through(bed, &topic, 1, vec![adhoc(PASS, &[]), by_name(&pass, &[])]).await, Ok(1));
        let absent = bed.named("absent");
        let refused = send_through(bed, &topic, 2, vec![by_name(&absent, &[])]).await.expect_err("no such module");
        assert!(refused.contains(&format!("SmartModule {absent} was not found")), "{refused}");
        let mut stream = open(bed, &mut consumer(&topic, 0, 0)).await;
        read_exactly(&mut stream, 0, 0..2).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_added_to_a_topic_are_of_use() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = bed.topic("widened", 1).await;
        let pass = bed.module("pass", &module(PASS), &topic).await;
        send(&producer(bed, &topic, 0, Compression::None).await, 0, 0..10, 10).await;
        let more = UpdateTopicAction::AddPartition(AddPartition { count: 2 });
        within(bed.admin.update::<TopicSpec>(topic.clone(), more)).await.unwrap();
        for partition in 1..3 {
            within(once_it_works(|| {
                bed.cluster.log_range(&bed.client, &topic, adx_events::offset::Partition(partition))
            }))
            .await;
            send(&producer(bed, &topic, partition, Compression::None).await, partition, 0..10, 10).await;
        }
        for partition in 0..3 {
            SinkReader::open(bed, &topic, partition, 0, std::slice::from_ref(&pass), 1 << 20).read_to(10).await;
        }
    })
    .await;
}
