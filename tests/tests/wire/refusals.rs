//! What is refused, and in which words a caller hears of it.

use fluvio::metadata::topic::{CompressionAlgorithm, TopicSpec};
use fluvio::{Compression, TopicProducerConfigBuilder};

use crate::cluster::{Company, on_cluster, within};
use crate::produced::{producer, record, send, send_batch};
use crate::reading::{consumer, next_error, open, read_exactly};

#[tokio::test(flavor = "multi_thread")]
async fn topics_that_cannot_be_created_deleted_or_used() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = bed.topic("taken", 1).await;
        let create = async |name: &str, spec: TopicSpec| {
            within(bed.admin.create(name.to_owned(), false, spec)).await.expect_err(name).to_string()
        };
        let one = || TopicSpec::new_computed(1, 1, None);
        let mut narrow = one();
        narrow
            .set_storage(fluvio::metadata::topic::TopicStorageConfig { segment_size: Some(10), ..Default::default() });
        let rows = [
            (create(&topic, one()).await, "already exists"),
            (create("Not-Lower", one()).await, "Invalid topic name"),
            (create(&bed.named("narrow"), narrow).await, "segment_size 10 is less than minimum 1024"),
            (create(&bed.named("none"), TopicSpec::new_computed(0, 1, None)).await, "partition"),
        ];
        for (error, reason) in rows {
            assert!(error.contains(reason), "{error}");
        }
        let absent = bed.named("absent");
        let error = within(bed.admin.delete::<TopicSpec>(absent.clone())).await.expect_err("absent").to_string();
        assert!(error.contains("not found"), "{error}");
        let error = match within(bed.client.topic_producer(&absent)).await {
            Err(error) => error.to_string(),
            Ok(_) => panic!("a producer of a topic that is not there"),
        };
        assert!(error.to_lowercase().contains("not found"), "{error}");
        let config = consumer(&absent, 0, 0).build().unwrap();
        let error = match within(bed.client.consumer_with_config(config)).await {
            Err(error) => error.to_string(),
            Ok(mut stream) => next_error(&mut stream).await.to_string(),
        };
        assert!(error.to_lowercase().contains("not found"), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offset_past_the_end_is_refused_with_the_end() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = bed.topic("short", 1).await;
        send(&producer(bed, &topic, 0, Compression::None).await, 0, 0..3, 3).await;
        let mut stream = open(bed, &mut consumer(&topic, 0, 4)).await;
        let error = next_error(&mut stream).await.to_string();
        assert!(error.contains("start offset: 4 is greater than leo: 3"), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_takes_only_its_own_compression() {
    on_cluster(Company::Welcome, async |bed| {
        let mut spec = TopicSpec::new_computed(1, 1, None);
        spec.set_compression_type(CompressionAlgorithm::Zstd);
        let topic = bed.topic_of("zstd-only", spec).await;
        let other = TopicProducerConfigBuilder::default().compression(Compression::Gzip).build().unwrap();
        let error = match within(bed.client.topic_producer_with_config(&topic, other)).await {
            Err(error) => error.to_string(),
            Ok(_) => panic!("a producer with another compression than the topic's"),
        };
        assert!(error.contains("compression"), "{error}");
        let own = producer(bed, &topic, 0, Compression::Zstd).await;
        send_batch(&own, vec![record(0, 0)]).await;
        let mut stream = open(bed, &mut consumer(&topic, 0, 0)).await;
        read_exactly(&mut stream, 0, 0..1).await;
    })
    .await;
}
