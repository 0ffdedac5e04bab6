//! Scripted misbehaviour, and that nothing stored is lost by it.

use adx_local_fluvio::ErrorCode;
use fluvio::RecordKey;

use crate::bed::{Bed, connect, consumer, next, produce_through, read_values, values, within};
use crate::modules::{PASS, adhoc, module};

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_cut_in_the_middle_is_reopened_where_it_was() {
    let bed = Bed::new().await;
    bed.topic("cut", 1).await;
    bed.produce("cut", &values(0, 0..400)).await;
    let whole_batches = vec![adhoc(&module(PASS))]; // a plain stream would be cut inside them
    let mut stream = bed.open(consumer("cut", 0, 0).max_bytes(3_000).smartmodule(whole_batches)).await;
    let mut got = read_values(&mut stream, 70).await;
    bed.cluster.faults().close_spu_connections().await;
    while let Some(Ok(record)) = next(&mut stream).await {
        got.push(record.value().to_vec());
    }
    assert!(got.len() < 400, "the cut came too late to show anything");
    let mut reopened = bed.open(&mut consumer("cut", 0, got.len() as i64)).await;
    got.extend(read_values(&mut reopened, 400 - got.len()).await);
    assert_eq!(got, values(0, 0..400));
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_requests_store_nothing() {
    let bed = Bed::new().await;
    bed.topic("refused", 1).await;
    bed.cluster.faults().refuse_produce(1, ErrorCode::StorageError);
    let producer = bed.producer("refused").await;
    let output = producer.send(RecordKey::NULL, vec![0]).await.expect("queued");
    producer.flush().await.expect("flush");
    let error = within(output.wait()).await.expect_err("refused");
    assert!(error.to_string().contains("a storage error occurred"), "{error}");
    assert_eq!(produce_through(&bed.producer("refused").await, &values(0, 0..1)).await[0].offset(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_leaves_its_records_stored() {
    let bed = Bed::new().await;
    bed.topic("unanswered", 1).await;
    let producer = bed.producer("unanswered").await;
    bed.cluster.faults().lose_produce_answers(1);
    let output = producer.send(RecordKey::NULL, values(0, 0..1).remove(0)).await.expect("queued");
    within(producer.flush()).await.expect_err("no answer");
    within(output.wait()).await.expect_err("no answer");
    let mut stream = bed.open(&mut consumer("unanswered", 0, 0)).await;
    assert_eq!(read_values(&mut stream, 1).await, values(0, 0..1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_spu_comes_back_with_its_data() {
    let bed = Bed::new().await;
    bed.topic("stopped", 1).await;
    bed.produce("stopped", &values(0, 0..20)).await;
    bed.cluster.faults().stop_spu().await;
    let config = consumer("stopped", 0, 0).build().expect("configuration");
    let refused = within(bed.client.consumer_with_config(config)).await;
    assert!(refused.is_err(), "connections are refused while the SPU is stopped");
    bed.cluster.faults().start_spu().await.expect("start");
    let fresh = connect(&bed.cluster).await;
    let mut config = consumer("stopped", 0, 0);
    let config = config.retry_mode(fluvio::consumer::RetryMode::Disabled).build().expect("configuration");
    let mut stream = within(fresh.consumer_with_config(config)).await.expect("consumer");
    assert_eq!(read_values(&mut stream, 20).await, values(0, 0..20));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_shutdown_nothing_listens() {
    let bed = Bed::new().await;
    let endpoint = bed.cluster.endpoint();
    bed.cluster.shutdown().await;
    assert!(tokio::net::TcpStream::connect(endpoint).await.is_err());
}
