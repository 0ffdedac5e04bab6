//! The byte cap: what does not fit is refused with a clear error, and what was deleted makes room.

use adx_local_fluvio::{Config, ErrorCode};
use fluvio::metadata::topic::TopicSpec;
use fluvio::{ProducerError, RecordKey};

use crate::bed::{Bed, consumer, produce_through, read, values, within};

async fn send(bed: &Bed, topic: &str, bytes: usize) -> Result<i64, String> {
    let producer = bed.producer(topic).await;
    let output = producer.send(RecordKey::NULL, vec![0; bytes]).await.expect("queued");
    producer.flush().await.expect("flush");
    match within(output.wait()).await {
        Ok(stored) => Ok(stored.offset()),
        Err(error) => Err(error.to_string()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn produce_over_the_cap_is_refused_until_there_is_room() {
    let bed = Bed::with(Config { max_bytes_stored: 3 * 4096 + 2_000, ..Config::default() }).await;
    bed.topic("full", 1).await;
    bed.topic("other", 1).await;
    assert_eq!(send(&bed, "full", 1_000).await, Ok(0));
    let refused = send(&bed, "full", 1_000).await.expect_err("over the cap");
    assert!(refused.contains(&ErrorCode::PartitionFull { replica_key: ("full", 0).into() }.to_string()), "{refused}");
    let error = bed.admin.create("more".to_owned(), false, TopicSpec::new_computed(1, 1, None)).await;
    assert!(error.expect_err("over the cap").to_string().contains("cannot be stored"));
    assert_eq!(send(&bed, "other", 500).await, Ok(0));
    bed.admin.delete::<TopicSpec>("full").await.expect("delete");
    assert_eq!(send(&bed, "other", 1_000).await, Ok(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_a_megabyte_passes() {
    let bed = Bed::new().await;
    bed.topic("large", 1).await;
    let large = vec![0; 900_000];
    produce_through(&bed.producer("large").await, std::slice::from_ref(&large)).await;
    bed.produce("large", &values(0, 0..3)).await;
    let mut stream = bed.open(&mut consumer("large", 0, 0)).await;
    assert_eq!(read(&mut stream, 4).await[0].value(), large.as_slice());
}

#[test]
fn the_error_of_a_full_partition_is_known() {
    // The client wraps the code; its text is what a caller can rely on.
    let code = ErrorCode::PartitionFull { replica_key: ("full", 0).into() };
    assert!(ProducerError::SpuErrorCode(code.clone()).to_string().contains(&code.to_string()));
}
