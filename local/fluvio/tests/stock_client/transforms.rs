//! Streams through SmartModules: what a real SPU does to offsets, timestamps, empty output and size.

use adx_local_fluvio::ErrorCode;
use fluvio::Compression;
use fluvio::consumer::ConsumerConfigExtBuilder;
use fluvio::metadata::smartmodule::{SmartModuleSpec, SmartModuleWasm};

use crate::bed::{Bed, consumer, next, next_error, produce_through, read, read_values, value, values};
use crate::modules::{DROP, FROM_TEN, PASS, TRAP_FROM_TEN, WITH_ONE_PARAMETER, adhoc, by_name, module};

fn passing(topic: &str, partition: u32, from: i64) -> ConsumerConfigExtBuilder {
    let mut config = consumer(topic, partition, from);
    config.smartmodule(vec![adhoc(&module(PASS)), adhoc(&module(PASS))]);
    config
}

async fn load(bed: &Bed, name: &str, passes: &str) {
    let wasm = SmartModuleWasm::from_raw_wasm_bytes(module(passes).as_bytes()).expect("gzip");
    let spec = SmartModuleSpec { wasm, ..Default::default() };
    bed.admin.create(name.to_owned(), false, spec).await.expect("create module");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_comes_once_in_order_with_its_bytes() {
    let bed = Bed::new().await;
    bed.topic("chained", 2).await;
    bed.produce("chained", &values(1, 0..5_000)).await;
    let mut stream = bed.open(passing("chained", 1, 0).max_bytes(10_000)).await;
    for (number, record) in read(&mut stream, 5_000).await.iter().enumerate() {
        assert_eq!((record.offset(), record.value()), (number as i64, value(1, number).as_slice()));
        assert_eq!(record.timestamp(), -1, "a SmartModule's output has no timestamp");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_offset_can_be_resumed_at_behind_modules() {
    let bed = Bed::new().await;
    bed.topic("resume", 1).await;
    let producer = bed.producer("resume").await;
    for batch in 0..4 {
        produce_through(&producer, &values(0, batch * 8..(batch + 1) * 8)).await;
    }
    for from in 0..32 {
        let mut stream = bed.open(&mut passing("resume", 0, from)).await;
        assert_eq!(read_values(&mut stream, 32 - from as usize).await, values(0, from as usize..32));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_compression_goes_through_modules() {
    let bed = Bed::new().await;
    bed.topic("compressed", 1).await;
    let kinds = [Compression::Gzip, Compression::None, Compression::Snappy, Compression::Lz4, Compression::Zstd];
    for (round, kind) in kinds.into_iter().enumerate() {
        let numbers = round * 100..(round + 1) * 100;
        produce_through(&bed.producer_with("compressed", kind).await, &values(0, numbers)).await;
    }
    let mut stream = bed.open(&mut passing("compressed", 0, 0)).await;
    assert_eq!(read_values(&mut stream, 500).await, values(0, 0..500));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_is_found_by_name_and_gets_its_parameters() {
    let bed = Bed::new().await;
    bed.topic("named", 1).await;
    load(&bed, "adx-parameter", WITH_ONE_PARAMETER).await;
    bed.produce("named", &values(0, 0..10)).await;
    let chain = vec![by_name("adx-parameter", &[("key", "value")])];
    let mut stream = bed.open(consumer("named", 0, 0).smartmodule(chain)).await;
    assert_eq!(read_values(&mut stream, 10).await, values(0, 0..10));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_output_nothing_is_sent_and_the_stream_goes_on_at_the_end() {
    let bed = Bed::new().await;
    bed.topic("skipping", 1).await;
    let producer = bed.producer("skipping").await;
    produce_through(&producer, &values(0, 0..10)).await;
    let mut stream = bed.open(consumer("skipping", 0, 0).smartmodule(vec![adhoc(&module(FROM_TEN))])).await;
    let (first, ()) = tokio::join!(next(&mut stream), async {
        produce_through(&producer, &values(0, 10..20)).await;
    });
    let first = first.expect("an item").expect("a record");
    assert_eq!((first.offset(), first.value()), (10, value(0, 10).as_slice()));
}

#[tokio::test(flavor = "multi_thread")]
async fn output_that_exceeds_the_fetch_size_in_its_first_batch_is_skipped() {
    let bed = Bed::new().await;
    bed.topic("oversize", 1).await;
    let producer = bed.producer("oversize").await;
    produce_through(&producer, &[vec![0; 1_500]]).await;
    let mut stream = bed.open(passing("oversize", 0, 0).max_bytes(1_000)).await;
    let small = [vec![0; 10]];
    let more = async {
        loop {
            produce_through(&producer, &small).await;
        }
    };
    let first = tokio::select! {
        first = next(&mut stream) => first.expect("an item").expect("a record"),
        () = more => unreachable!("never ends"),
    };
    assert!(first.offset() > 0, "the record that does not fit never comes");
    assert_eq!(first.value(), small[0].as_slice());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_ends_the_stream_with_an_error() {
    let bed = Bed::new().await;
    bed.topic("trapped", 1).await;
    let producer = bed.producer("trapped").await;
    produce_through(&producer, &values(0, 0..10)).await;
    let mut stream = bed.open(consumer("trapped", 0, 0).smartmodule(vec![adhoc(&module(TRAP_FROM_TEN))])).await;
    assert_eq!(read_values(&mut stream, 10).await, values(0, 0..10));
    produce_through(&producer, &values(0, 10..20)).await;
    let error = next_error(&mut stream).await;
    assert!(matches!(&error, ErrorCode::Other(text) if text.starts_with("SmartModule err")), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_cannot_be_built_ends_the_stream_with_an_error() {
    let bed = Bed::new().await;
    bed.topic("unbuilt", 1).await;
    bed.produce("unbuilt", &values(0, 0..1)).await;
    let rows = [
        (by_name("adx-absent", &[]), "SmartModule adx-absent was not found"),
        (adhoc("(module)"), "Error initializing"),
        (adhoc("not wasm at all"), "Error initializing"),
    ];
    for (invocation, reason) in rows {
        let mut stream = bed.open(consumer("unbuilt", 0, 0).smartmodule(vec![invocation])).await;
        let error = next_error(&mut stream).await.to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropping_module_keeps_its_stream_quiet_but_alive() {
    let bed = Bed::new().await;
    bed.topic("quiet", 1).await;
    bed.produce("quiet", &values(0, 0..10)).await;
    let mut dropped = bed.open(consumer("quiet", 0, 0).smartmodule(vec![adhoc(&module(DROP))])).await;
    let mut passed = bed.open(&mut passing("quiet", 0, 0)).await;
    let heard = tokio::select! {
        biased;
        item = next(&mut dropped) => item.map(|_| "dropped"),
        records = read(&mut passed, 10) => Some(if records.len() == 10 { "passed" } else { "cut" }),
    };
    assert_eq!(heard, Some("passed"));
}
