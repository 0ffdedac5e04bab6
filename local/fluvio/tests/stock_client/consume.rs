//! Plain streams: every record once, in order, from any offset, and on as records come.

use fluvio::{Isolation, Offset};

use crate::bed::{Bed, consumer, next_error, produce_through, read, read_values, value, values};

#[tokio::test(flavor = "multi_thread")]
async fn every_offset_can_be_resumed_at() {
    let bed = Bed::new().await;
    bed.topic("resume", 1).await;
    let producer = bed.producer("resume").await;
    for batch in 0..6 {
        produce_through(&producer, &values(0, batch * 10..(batch + 1) * 10)).await;
    }
    for from in 0..60 {
        let mut stream = bed.open(&mut consumer("resume", 0, from)).await;
        let read = read(&mut stream, 60 - from as usize).await;
        assert_eq!(read[0].offset(), from);
        let rest: Vec<_> = read.iter().map(|record| record.value().to_vec()).collect();
        assert_eq!(rest, values(0, from as usize..60));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_fetch_size_cuts_inside_batches_and_the_client_loses_what_is_behind_the_cut() {
    let bed = Bed::new().await;
    bed.topic("small", 1).await;
    bed.produce("small", &values(0, 0..2_000)).await;
    let mut stream = bed.open(consumer("small", 0, 0).max_bytes(5_000)).await;
    let read = read(&mut stream, 500).await;
    for record in &read {
        assert_eq!(record.value(), value(0, record.offset() as usize).as_slice());
    }
    let steps: Vec<_> = read.windows(2).map(|pair| pair[1].offset() - pair[0].offset()).collect();
    assert!(steps.iter().all(|step| *step >= 1), "in order");
    assert!(steps.iter().any(|step| *step > 1), "as on a real SPU, something is missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_caught_up_goes_on_with_new_records() {
    let bed = Bed::new().await;
    bed.topic("live", 1).await;
    let producer = bed.producer("live").await;
    let mut stream = bed.open(&mut consumer("live", 0, 0)).await;
    for round in 0..20 {
        let fresh = values(0, round * 5..(round + 1) * 5);
        produce_through(&producer, &fresh).await;
        assert_eq!(read_values(&mut stream, 5).await, fresh);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_streams_share_a_connection() {
    let bed = Bed::new().await;
    bed.topic("wide", 12).await;
    let producer = bed.producer("wide").await;
    let mut streams = Vec::new();
    for partition in 0..12 {
        streams.push(bed.open(&mut consumer("wide", partition, 0)).await);
    }
    for number in 0..12 * 50 {
        producer.send(fluvio::RecordKey::NULL, value((number % 12) as u8, number)).await.expect("send");
    }
    producer.flush().await.expect("flush");
    for (partition, stream) in streams.iter_mut().enumerate() {
        let expected: Vec<_> = (0..50).map(|round| value(partition as u8, round * 12 + partition)).collect();
        assert_eq!(read_values(stream, 50).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beginning_and_end_are_found() {
    let bed = Bed::new().await;
    bed.topic("bounds", 1).await;
    bed.produce("bounds", &values(0, 0..30)).await;
    for isolation in [Isolation::ReadUncommitted, Isolation::ReadCommitted] {
        let rows = [(Offset::beginning(), 0), (Offset::from_beginning(7), 7), (Offset::from_end(4), 26)];
        for (start, offset) in rows {
            let mut stream = bed.open(consumer("bounds", 0, 0).offset_start(start).isolation(isolation)).await;
            assert_eq!(read(&mut stream, 1).await[0].offset(), offset);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offset_behind_the_end_is_refused() {
    let bed = Bed::new().await;
    bed.topic("short", 1).await;
    bed.produce("short", &values(0, 0..3)).await;
    let mut config = consumer("short", 0, 4);
    let config = config.retry_mode(fluvio::consumer::RetryMode::Disabled).build().expect("configuration");
    let message = match bed.client.consumer_with_config(config).await {
        Err(refused) => refused.to_string(),
        Ok(mut stream) => next_error(&mut stream).await.to_string(),
    };
    assert!(message.contains("greater than") || message.contains("out of range"), "{message}");
}
