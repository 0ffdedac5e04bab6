//! A data directory: what a stand-in left is there for the next one.

use std::fs;
use std::path::Path;

use adx_local_fluvio::{Config, DataError, LocalFluvio, StartError};
use fluvio::consumer::{ConsumerConfigExtBuilder, ConsumerStream, OffsetManagementStrategy};
use fluvio::metadata::smartmodule::{SmartModuleSpec, SmartModuleWasm};
use fluvio::metadata::topic::{CompressionAlgorithm, TopicSpec};
use fluvio::{Compression, Offset};
use tempfile::TempDir;

use crate::bed::{Bed, consumer, produce_through, read, read_values, values, within};
use crate::modules::{PASS, by_name, module};

fn at(dir: &Path) -> Config {
    Config { data: Some(dir.to_owned()), ..Config::default() }
}

fn named(topic: &str, consumer_id: &str) -> ConsumerConfigExtBuilder {
    let mut config = consumer(topic, 0, 0);
    config
        .offset_start(Offset::beginning())
        .offset_consumer(consumer_id)
        .offset_strategy(OffsetManagementStrategy::Manual);
    config
}

async fn topics(bed: &Bed) -> Vec<(String, TopicSpec)> {
    let found = bed.admin.all::<TopicSpec>().await.expect("list");
    found.into_iter().map(|topic| (topic.name, topic.spec)).collect()
}

/// Ends the stand-in of `bed` and starts the next one on the same directory.
async fn restart(bed: Bed, dir: &Path) -> Bed {
    bed.cluster.shutdown().await;
    Bed::with(at(dir)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn records_and_offsets_are_there_again_and_go_on() {
    let dir = TempDir::new().expect("a directory");
    let mut bed = Bed::with(at(dir.path())).await;
    bed.topic("kept", 2).await;
    for round in 0..3 {
        for (partition, compression) in [(0, Compression::None), (1, Compression::Zstd)] {
            let fresh = values(partition, round * 100..(round + 1) * 100);
            let stored = produce_through(&bed.producer_with("kept", compression).await, &fresh).await;
            assert_eq!(stored[0].offset(), round as i64 * 100);
        }
        bed = restart(bed, dir.path()).await;
        for partition in 0..2 {
            let all = (round + 1) * 100;
            for from in [0, all / 2, all - 1] {
                let mut stream = bed.open(&mut consumer("kept", partition, from as i64)).await;
                assert_eq!(read_values(&mut stream, all - from).await, values(partition as u8, from..all));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_and_modules_are_as_they_were_left() {
    let dir = TempDir::new().expect("a directory");
    let bed = Bed::with(at(dir.path())).await;
    let mut spec = TopicSpec::new_computed(3, 1, None);
    spec.set_compression_type(CompressionAlgorithm::Lz4);
    bed.admin.create("lz4".to_owned(), false, spec).await.expect("create");
    bed.topic("gone", 1).await;
    bed.produce("gone", &values(0, 0..5)).await;
    bed.admin.delete::<TopicSpec>("gone").await.expect("delete");
    for (name, passes) in [("adx-old", PASS), ("adx-pass", "(i32.const 0)"), ("adx-pass", PASS)] {
        let wasm = SmartModuleWasm::from_raw_wasm_bytes(module(passes).as_bytes()).expect("gzip");
        let spec = SmartModuleSpec { wasm, ..Default::default() };
        bed.admin.create(name.to_owned(), false, spec).await.expect("create module");
    }
    bed.admin.delete::<SmartModuleSpec>("adx-old").await.expect("delete module");
    let before = topics(&bed).await;
    assert_eq!(before.iter().map(|topic| topic.0.as_str()).collect::<Vec<_>>(), ["lz4"]);

    let bed = restart(bed, dir.path()).await;
    assert_eq!(topics(&bed).await, before);
    let modules = bed.admin.all::<SmartModuleSpec>().await.expect("list");
    assert_eq!(modules.iter().map(|module| module.name.as_str()).collect::<Vec<_>>(), ["adx-pass"]);
    bed.topic("gone", 1).await;
    bed.produce("gone", &values(0, 5..8)).await;
    let mut stream = bed.open(consumer("gone", 0, 0).smartmodule(vec![by_name("adx-pass", &[])])).await;
    assert_eq!(read_values(&mut stream, 3).await, values(0, 5..8), "a new topic of an old name is empty");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_goes_on_after_its_committed_offset() {
    let dir = TempDir::new().expect("a directory");
    let bed = Bed::with(at(dir.path())).await;
    bed.topic("kept", 1).await;
    bed.topic("made-anew", 1).await;
    for topic in ["kept", "made-anew"] {
        bed.produce(topic, &values(0, 0..10)).await;
        let mut stream = bed.open(&mut named(topic, "reader")).await;
        read(&mut stream, 4).await;
        within(stream.offset_commit()).await.expect("commit");
        within(stream.offset_flush()).await.expect("flush");
    }
    bed.admin.delete::<TopicSpec>("made-anew").await.expect("delete");
    bed.topic("made-anew", 1).await;
    bed.produce("made-anew", &values(0, 0..10)).await;

    let bed = restart(bed, dir.path()).await;
    for (topic, offset) in [("kept", 4), ("made-anew", 0)] {
        let mut stream = bed.open(&mut named(topic, "reader")).await;
        assert_eq!(read(&mut stream, 1).await[0].offset(), offset, "{topic}");
    }
    bed.client.delete_consumer_offset("reader", ("kept", 0u32)).await.expect("delete");
    let bed = restart(bed, dir.path()).await;
    assert_eq!(bed.client.consumer_offsets().await.expect("list").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_was_cut_short_leaves_no_offset_to_a_topic_of_that_name() {
    let dir = TempDir::new().expect("a directory");
    let bed = Bed::with(at(dir.path())).await;
    bed.topic("made-anew", 1).await;
    bed.produce("made-anew", &values(0, 0..10)).await;
    let mut stream = bed.open(&mut named("made-anew", "reader")).await;
    read(&mut stream, 4).await;
    within(stream.offset_commit()).await.expect("commit");
    within(stream.offset_flush()).await.expect("flush");
    drop(stream);
    let offsets = dir.path().join("consumers/00000000000000000000.log1");
    let before = fs::read(&offsets).expect("read");
    bed.admin.delete::<TopicSpec>("made-anew").await.expect("delete");
    bed.cluster.shutdown().await;
    assert!(fs::read(&offsets).expect("read").starts_with(&before));
    fs::write(&offsets, before).expect("written"); // as if it had ended before it came to the offsets

    let bed = Bed::with(at(dir.path())).await;
    bed.topic("made-anew", 1).await;
    bed.produce("made-anew", &values(0, 0..10)).await;
    let mut stream = bed.open(&mut named("made-anew", "reader")).await;
    assert_eq!(read(&mut stream, 1).await[0].offset(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_in_use_is_refused_and_free_after_shutdown() {
    let dir = TempDir::new().expect("a directory");
    let first = LocalFluvio::start(at(dir.path())).await.expect("start");
    let refused = LocalFluvio::start(at(dir.path())).await;
    assert!(matches!(refused, Err(StartError::Data(DataError::InUse { .. }))), "{refused:?}");
    first.shutdown().await;
    LocalFluvio::start(at(dir.path())).await.expect("start").shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_the_cap_of_the_disk_produce_is_refused() {
    let dir = TempDir::new().expect("a directory");
    let bed = Bed::with(Config { max_bytes_on_disk: 1_000, ..at(dir.path()) }).await;
    bed.topic("full", 1).await;
    let producer = bed.producer("full").await;
    let send = async || {
        let output = producer.send(fluvio::RecordKey::NULL, vec![0; 700]).await.expect("queued");
        producer.flush().await.expect("flush");
        within(output.wait()).await.map(|stored| stored.offset())
    };
    assert_eq!(send().await.expect("fits"), 0);
    assert!(send().await.expect_err("over the cap").to_string().contains("full"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_end_is_cut_and_damage_before_it_refused() {
    let dir = TempDir::new().expect("a directory");
    let bed = Bed::with(at(dir.path())).await;
    let mut spec = TopicSpec::new_computed(1, 1, None);
    spec.set_storage(segments_of(2_048));
    bed.admin.create("torn".to_owned(), false, spec).await.expect("create");
    let producer = bed.producer("torn").await;
    for batch in 0..10 {
        produce_through(&producer, &values(0, batch * 10..(batch + 1) * 10)).await;
    }
    produce_through(&producer, &values(0, 100..101)).await; // the last batch, however the client cut the others
    bed.cluster.shutdown().await;
    let segments = segments(dir.path(), "torn");
    assert!(segments.len() > 2, "{segments:?}");
    let last = fs::read(segments.last().expect("a last one")).expect("read");
    fs::write(segments.last().expect("a last one"), &last[..last.len() - 1]).expect("written");

    let bed = Bed::with(at(dir.path())).await;
    let mut stream = bed.open(&mut consumer("torn", 0, 0)).await;
    assert_eq!(read_values(&mut stream, 100).await, values(0, 0..100));
    let again = values(0, 100..101);
    assert_eq!(produce_through(&bed.producer("torn").await, &again).await[0].offset(), 100);
    assert_eq!(read_values(&mut stream, 1).await, again);
    bed.cluster.shutdown().await;

    let mut older = fs::read(&segments[1]).expect("read");
    let middle = older.len() / 2;
    older[middle] ^= 1;
    fs::write(&segments[1], older).expect("written");
    let refused = LocalFluvio::start(at(dir.path())).await.expect_err("damage in an older segment");
    let text = format!("{:#}", anyhow::Error::from(refused));
    assert!(text.contains(&segments[1].display().to_string()) && text.contains("damaged at byte"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_journal_costs_no_topic_its_records() {
    let dir = TempDir::new().expect("a directory");
    let bed = Bed::with(at(dir.path())).await;
    bed.topic("kept", 1).await;
    bed.produce("kept", &values(0, 0..10)).await;
    bed.cluster.shutdown().await;
    let journal = dir.path().join("objects/00000000000000000000.log1");
    let sound = fs::read(&journal).expect("read");
    // In the middle it is damage; at the end it may be torn, but then nothing can have been written to the topic it names.
    for (byte, expected) in [(10, "sound again at byte"), (sound.len() - 1, "restore that, or move the records away")] {
        let mut damaged = sound.clone();
        damaged[byte] ^= 1;
        fs::write(&journal, damaged).expect("written");
        let refused = LocalFluvio::start(at(dir.path())).await.expect_err("damage in the journal");
        let text = format!("{:#}", anyhow::Error::from(refused));
        assert!(text.contains(expected), "{text}");
    }
    fs::write(&journal, sound).expect("written");
    let bed = Bed::with(at(dir.path())).await;
    let mut stream = bed.open(&mut consumer("kept", 0, 0)).await;
    assert_eq!(read_values(&mut stream, 10).await, values(0, 0..10));
}

fn segments_of(segment_size: u32) -> fluvio::metadata::topic::TopicStorageConfig {
    fluvio::metadata::topic::TopicStorageConfig { segment_size: Some(segment_size), max_partition_size: None }
}

/// The segment files of partition 0.
fn segments(data: &Path, topic: &str) -> Vec<std::path::PathBuf> {
    let entries = |dir: &Path| -> Vec<_> {
        fs::read_dir(dir).expect("listed").map(|entry| entry.expect("an entry").path()).collect()
    };
    let prefix = format!("{topic}.");
    let dir = entries(&data.join("topics"))
        .into_iter()
        .find(|dir| dir.file_name().is_some_and(|name| name.to_str().is_some_and(|name| name.starts_with(&prefix))));
    let mut segments = entries(&dir.expect("the topic's directory").join("0"));
    segments.sort();
    segments
}
