//! Publishing to a stand-in cluster that has bad days: every record is stored, in order, whatever happens in between.

use std::time::Duration;

use adx_events::offset::{Offset, Partition, PartitionCount};
use adx_local_fluvio::{Config, ErrorCode, LocalFluvio};
use adx_publisher::{AttemptError, Cluster, ClusterError, Limits, PublishError, Publisher};
use fluvio::consumer::ConsumerConfigExtBuilder;
use fluvio::metadata::topic::{CompressionAlgorithm, TopicSpec, TopicStorageConfig};
use futures_util::StreamExt;

const TOPIC: &str = "ad-impressions";

/// Waits short enough for a test.
fn limits() -> Limits {
    Limits {
        batch_bytes_max: 8 << 10,
        answer_timeout: Duration::from_secs(5),
        backoff_min: Duration::from_millis(5),
        backoff_max: Duration::from_millis(50),
        give_up_after: Duration::from_secs(60),
        ..Limits::default()
    }
}

async fn cluster_with_topic(partitions: u32) -> (LocalFluvio, Cluster) {
    cluster_with(TopicSpec::new_computed(partitions, 1, None)).await
}

async fn cluster_with(topic: TopicSpec) -> (LocalFluvio, Cluster) {
    let local = LocalFluvio::start(Config::default()).await.unwrap();
    let cluster = Cluster::new(local.endpoint());
    let admin = cluster.client().await.unwrap().admin().await;
    admin.create(TOPIC.to_owned(), false, topic).await.unwrap();
    (local, cluster)
}

async fn publisher(cluster: &Cluster, partitions: u32, limits: Limits) -> Publisher {
    Publisher::connect(cluster.clone(), TOPIC, PartitionCount::new(partitions).unwrap(), limits).await.unwrap()
}

/// Sends numbered records, round robin.
async fn send(publisher: &mut Publisher, partitions: u32, numbers: std::ops::Range<u32>) {
    for n in numbers {
        let partition = Partition(n % partitions);
        publisher
            .send(partition, format!("key {n}").as_bytes(), format!("{n} {}", "x".repeat(100)).as_bytes())
            .await
            .unwrap();
    }
}

/// The numbers in a partition's log.
async fn stored(cluster: &Cluster, partition: u32) -> Vec<u32> {
    let end = cluster.log_end(TOPIC, Partition(partition)).await.unwrap();
    let client = cluster.client().await.unwrap();
    let config = ConsumerConfigExtBuilder::default()
        .topic(TOPIC)
        .partition(partition)
        .offset_start(fluvio::Offset::beginning())
        .build()
        .unwrap();
    let stream = client.consumer_with_config(config).await.unwrap();
    stream.take(end.0 as usize).map(|record| number(&record.unwrap())).collect().await
}

fn number(record: &fluvio::consumer::Record) -> u32 {
    let value = std::str::from_utf8(record.value()).unwrap();
    let n = value.split(' ').next().unwrap();
    assert_eq!(record.key().unwrap(), format!("key {n}").as_bytes());
    n.parse().unwrap()
}

/// What a log holds once its resends, which begin again further back, are taken away.
fn without_resends(log: &[u32]) -> Vec<u32> {
    let mut greatest = None;
    log.iter().copied().filter(|n| (Some(*n) > greatest).then(|| greatest = Some(*n)).is_some()).collect()
}

fn of_partition(partition: u32, partitions: u32, count: u32) -> Vec<u32> {
    (0..count).filter(|n| n % partitions == partition).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_records_are_stored_once_and_in_order() {
    let (_local, cluster) = cluster_with_topic(3).await;
    let mut publisher = publisher(&cluster, 3, limits()).await;
    send(&mut publisher, 2, 0..3_000).await;
    let ends = publisher.finish().await.unwrap();
    assert_eq!(ends, [Offset(1_500), Offset(1_500), Offset(0)]);
    for partition in 0..2 {
        assert_eq!(stored(&cluster, partition).await, of_partition(partition, 2, 3_000));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_there_before_counts_in_the_log_end() {
    let (_local, cluster) = cluster_with_topic(1).await;
    for round in 1..=2 {
        let mut publisher = publisher(&cluster, 1, limits()).await;
        send(&mut publisher, 1, 0..10).await;
        assert_eq!(publisher.finish().await.unwrap(), [Offset(10 * round)]);
    }
    let idle = publisher(&cluster, 1, limits()).await;
    assert_eq!(idle.finish().await.unwrap(), [Offset(20)]);
}

/// What a real SPU does with the first batches after its topic is made, until it has heard that it leads.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_does_not_know_it_yet_is_asked_again() {
    let (local, cluster) = cluster_with_topic(2).await;
    local.faults().refuse_produce(7, ErrorCode::NotLeaderForPartition);
    let mut publisher = publisher(&cluster, 2, limits()).await;
    send(&mut publisher, 2, 0..1_000).await;
    assert_eq!(publisher.finish().await.unwrap(), [Offset(500); 2]);
    for partition in 0..2 {
        assert_eq!(stored(&cluster, partition).await, of_partition(partition, 2, 1_000));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_gets_batches_as_it_prescribes_them() {
    use CompressionAlgorithm::{Any, Gzip, Lz4, None as Not, Snappy, Zstd};
    for compression in [Any, Not, Gzip, Snappy, Lz4, Zstd] {
        let mut topic = TopicSpec::new_computed(1, 1, None);
        topic.set_compression_type(compression);
        topic.set_storage(TopicStorageConfig { segment_size: Some(2_000), ..TopicStorageConfig::default() });
        let (_local, cluster) = cluster_with(topic).await;
        let mut publisher = publisher(&cluster, 1, limits()).await;
        send(&mut publisher, 1, 0..300).await;
        assert_eq!(publisher.finish().await.unwrap(), [Offset(300)]);
        assert_eq!(stored(&cluster, 0).await, of_partition(0, 1, 300));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_batches_are_sent_again() {
    let (local, cluster) = cluster_with_topic(1).await;
    let mut publisher = publisher(&cluster, 1, limits()).await;
    for round in 0..4 {
        local.faults().refuse_produce(3, ErrorCode::StorageError);
        send(&mut publisher, 1, round * 500..(round + 1) * 500).await;
    }
    publisher.finish().await.unwrap();
    assert_eq!(stored(&cluster, 0).await, of_partition(0, 1, 2_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_answer_was_lost_is_stored_again_in_order() {
    let (local, cluster) = cluster_with_topic(1).await;
    let mut publisher = publisher(&cluster, 1, limits()).await;
    local.faults().lose_produce_answers(2);
    send(&mut publisher, 1, 0..1_000).await;
    let ends = publisher.finish().await.unwrap();
    let log = stored(&cluster, 0).await;
    assert_eq!(ends, [Offset(log.len() as u64)]);
    assert!(log.len() > 1_000, "the answers that were lost stand for stored batches");
    assert_eq!(without_resends(&log), of_partition(0, 1, 1_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_connections_and_a_server_gone_lose_nothing() {
    let (local, cluster) = cluster_with_topic(2).await;
    let mut publisher = publisher(&cluster, 2, limits()).await;
    for round in 0..5 {
        let from = round * 400;
        send(&mut publisher, 2, from..from + 200).await;
        local.faults().close_spu_connections().await;
        send(&mut publisher, 2, from + 200..from + 300).await;
        local.faults().stop_spu().await;
        // it is there again once the sender waits for room, or is done
        let sending = send(&mut publisher, 2, from + 300..from + 400);
        let ((), started) = tokio::join!(biased; sending, local.faults().start_spu());
        started.unwrap();
    }
    publisher.finish().await.unwrap();
    for partition in 0..2 {
        assert_eq!(without_resends(&stored(&cluster, partition).await), of_partition(partition, 2, 2_000));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stays_away_is_named_and_a_sender_at_a_full_buffer_hears_of_it() {
    let (local, cluster) = cluster_with_topic(1).await;
    let limits = Limits { give_up_after: Duration::from_millis(200), ..limits() };
    let mut publisher = publisher(&cluster, 1, limits).await;
    local.faults().stop_spu().await;
    let error = loop {
        if let Err(error) = publisher.send(Partition(0), &[1; 50], &[2; 1_000]).await {
            break error;
        }
    };
    let told = error.to_string();
    assert!(told.contains(TOPIC) && told.contains("partition 0") && told.contains(&local.endpoint()), "{told}");
    assert!(matches!(error, PublishError::GaveUp { .. }), "{error:?}");
    assert!(matches!(publisher.finish().await, Err(PublishError::Ended { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_too_large_is_refused_and_the_rest_goes_on() {
    let (_local, cluster) = cluster_with_topic(1).await;
    let mut publisher = publisher(&cluster, 1, Limits { batch_bytes_max: 1 << 20, ..limits() }).await;
    let refused = publisher.send(Partition(0), &[], &[0; 1 << 20]).await;
    assert!(matches!(refused, Err(PublishError::TooLarge { max: 1_048_515, .. })), "{refused:?}");
    let nowhere = publisher.send(Partition(1), &[], &[]).await;
    assert!(matches!(nowhere, Err(PublishError::NoSuchPartition { .. })), "{nowhere:?}");
    publisher.send(Partition(0), &[], &[0; 1_048_503]).await.unwrap(); // with its 12 bytes of overhead exactly what fits
    send(&mut publisher, 1, 0..10).await;
    assert_eq!(publisher.finish().await.unwrap(), [Offset(11)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_not_so_is_an_error_at_once() {
    let (_local, cluster) = cluster_with_topic(2).await;
    let connect = |topic, partitions| {
        Publisher::connect(cluster.clone(), topic, PartitionCount::new(partitions).unwrap(), limits())
    };
    let missing = connect("clicks", 2).await.unwrap_err();
    assert!(matches!(missing, PublishError::Cluster(ClusterError::NoTopic { .. })), "{missing:?}");
    let other = connect(TOPIC, 3).await.unwrap_err();
    assert!(
        matches!(other, PublishError::Cluster(ClusterError::PartitionCount { found: 2, wanted: 3, .. })),
        "{other:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_accepts_and_says_nothing_is_not_waited_for_for_ever() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let cluster = Cluster::new(silent.local_addr().unwrap().to_string());
    let ms = Duration::from_millis;
    let limits = Limits { answer_timeout: ms(30), give_up_after: ms(60), ..limits() };
    let error = Publisher::connect(cluster, TOPIC, PartitionCount::new(1).unwrap(), limits).await.unwrap_err();
    let PublishError::GaveUp { source: AttemptError::Cluster(cause), .. } = error else { panic!("{error:?}") };
    assert!(matches!(cause, ClusterError::NoAnswer { waited_ms: 30, .. }), "{cause:?}");
}
