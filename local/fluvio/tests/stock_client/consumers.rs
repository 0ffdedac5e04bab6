//! Consumers that leave their offset with the cluster.

use fluvio::Offset;
use fluvio::consumer::{ConsumerStream, OffsetManagementStrategy};
use fluvio::metadata::topic::TopicSpec;

use crate::bed::{Bed, consumer, read, values, within};

#[tokio::test(flavor = "multi_thread")]
async fn a_committed_offset_is_where_the_next_consumer_goes_on() {
    let bed = Bed::new().await;
    bed.topic("kept", 1).await;
    bed.produce("kept", &values(0, 0..10)).await;
    let mut config = consumer("kept", 0, 0);
    config
        .offset_start(Offset::beginning())
        .offset_consumer("reader")
        .offset_strategy(OffsetManagementStrategy::Manual);
    let mut stream = bed.open(&mut config).await;
    assert_eq!(read(&mut stream, 4).await[3].offset(), 3);
    within(stream.offset_commit()).await.expect("commit");
    within(stream.offset_flush()).await.expect("flush");
    let mut resumed = bed.open(&mut config).await;
    assert_eq!(read(&mut resumed, 1).await[0].offset(), 4);

    let listed = bed.client.consumer_offsets().await.expect("list");
    assert_eq!(listed.iter().map(|kept| (kept.consumer_id.as_str(), kept.offset)).collect::<Vec<_>>(), [("reader", 3)]);
    bed.client.delete_consumer_offset("reader", ("kept".to_owned(), 0)).await.expect("delete");
    assert!(bed.client.consumer_offsets().await.expect("list").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_to_a_deleted_topic_is_not_the_next_one_s_of_its_name() {
    let bed = Bed::new().await;
    bed.topic("again", 1).await;
    bed.produce("again", &values(0, 0..10)).await;
    let mut config = consumer("again", 0, 0);
    config
        .offset_start(Offset::beginning())
        .offset_consumer("reader")
        .offset_strategy(OffsetManagementStrategy::Manual);
    let mut old = bed.open(&mut config).await;
    read(&mut old, 4).await;
    within(old.offset_commit()).await.expect("commit");
    bed.admin.delete::<TopicSpec>("again").await.expect("delete");
    bed.topic("again", 1).await;
    bed.produce("again", &values(0, 0..10)).await;
    let late = within(old.offset_flush()).await;
    assert!(late.is_err(), "{late:?}");
    let mut fresh = bed.open(&mut config).await;
    assert_eq!(read(&mut fresh, 1).await[0].offset(), 0);
}
