//! A reader that stopped anywhere goes on at the next record.

use adx_events::offset::{Offset, Partition};
use adx_events::standardise::{RawRecord, Rules, Standardiser};
use adx_events::topic::Topic;
use adx_events::verdict::Verdict;
use adx_sink::reader::{ModuleCall, PartitionLog, PartitionReader, ReadLimits, Shape};
use adx_smartmodules::IMPRESSIONS;
use fluvio::Compression;

use crate::cluster::{Bed, Company, on_cluster, within};
use crate::modules::{PASS, by_name, module};
use crate::produced::{producer, send, send_batch};
use crate::reading::{SinkReader, consumer, open, read_exactly, through};

const ALL: u64 = 60;
/// Records of one batch of impressions.
const BATCH: usize = 23;

#[tokio::test(flavor = "multi_thread")]
async fn every_offset_can_be_resumed_at() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = bed.topic("resume", 1).await;
        let pass = bed.module("pass", &module(PASS), &topic).await;
        let plain = producer(bed, &topic, 0, Compression::None).await;
        let packed = producer(bed, &topic, 0, Compression::Zstd).await;
        send(&plain, 0, 0..1, 1).await;
        send(&packed, 0, 1..24, 23).await;
        send(&plain, 0, 24..50, 9).await;
        send(&packed, 0, 50..ALL, 5).await;
        for from in 0..ALL {
            SinkReader::open(bed, &topic, 0, from, std::slice::from_ref(&pass), 1 << 20).read_to(ALL).await;
            let mut stream = open(bed, &mut consumer(&topic, 0, from)).await;
            read_exactly(&mut stream, 0, from..ALL).await;
            let mut stream = open(bed, &mut through(&topic, 0, from, vec![by_name(&pass, &[])])).await;
            read_exactly(&mut stream, 0, from..ALL).await;
        }
    })
    .await;
}

/// Every fifth comes twice, every seventh is no impression.
fn impressions() -> Vec<(Vec<u8>, Vec<u8>)> {
    let impression = |seq: u64| {
        let value = match seq % 7 {
            6 => "{}".to_owned(),
            _ => format!(
                r#"{{"ad_creative_id":"c{seq}","user_id":"é{seq}","website":"w","timestamp":{}}}"#,
                1_772_324_400_000 + seq
            ),
        };
        (format!("r1:i:0:{seq}:0:source").into_bytes(), value.into_bytes())
    };
    (0..ALL).flat_map(|seq| vec![impression(seq); if seq % 5 == 0 { 2 } else { 1 }]).collect()
}

/// What the sink asks for: one record for a batch, with the verdict of each.
async fn blocks(bed: &Bed, topic: &str, module: &str, from: u64) -> PartitionReader {
    let params = [("dedupe", "true"), ("form", "block")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let chain = vec![ModuleCall { name: module.to_owned(), params: params.into() }];
    let (cluster, topic) = (bed.cluster.clone(), topic.to_owned());
    let log = PartitionLog { cluster, topic, partition: Partition(0), chain, shape: Shape::Blocks };
    PartitionReader::new(log, Offset(from), ReadLimits { response_bytes_max: 4 << 10, ..ReadLimits::default() })
}

#[tokio::test(flavor = "multi_thread")]
async fn so_can_every_offset_within_a_block() {
    on_cluster(Company::Welcome, async |bed| {
        let topic = bed.topic("blocks", 1).await;
        let module = bed.compiled("impressions", IMPRESSIONS.wasm, &topic).await;
        let records = impressions();
        let sender = producer(bed, &topic, 0, Compression::None).await;
        for batch in records.chunks(BATCH) {
            send_batch(&sender, batch.to_vec()).await;
        }
        let mut resends = 0;
        for from in (0..records.len()).step_by(5) {
            let (mut reader, mut standardiser) = (
                blocks(bed, &topic, &module, from as u64).await,
                Standardiser::new(Topic::Impressions, Rules::default()),
            );
            while reader.next_offset().0 < records.len() as u64 {
                let batch = within(reader.next_batch()).await.unwrap();
                for record in batch.iter() {
                    let (key, value) = &records[record.offset.0 as usize];
                    // A repetition is marked, unless what came before it was seen by another stream or is given again by this one.
                    let at = record.offset.0 as usize;
                    let marked = record.key().unwrap();
                    if marked.starts_with(b"!") {
                        assert!(at > 0 && records[at - 1].0 == *key, "record {at}");
                        resends += 1;
                    }
                    assert!(marked.ends_with(key), "record {at}");
                    let raw = RawRecord { offset: record.offset, key: Some(marked), value };
                    standardiser.judge(raw, |judged| assert_eq!(Verdict::read(record.value()), Some(*judged)));
                }
            }
            assert_eq!(reader.next_offset().0, records.len() as u64);
        }
        assert!(resends > 0, "no repetition was marked");
    })
    .await;
}
