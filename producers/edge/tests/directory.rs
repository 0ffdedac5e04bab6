//! Whole directories through the public door: what is published, and what is said of what could not be read.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::future::Future;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use adx_edge::batch::{EdgeError, Publish, Report, Sinks, publish_directory};
use adx_edge::source::EdgeId;
use adx_events::key::RecordKey;
use adx_events::offset::{Offset, Partition, PartitionCount};
use adx_events::standardise::{RawRecord, Rules, Standardiser};
use adx_events::topic::Topic;
use adx_events::verdict::Outcome;

/// Keeps what is published.
#[derive(Debug, Default)]
struct Kept(Vec<(Partition, String, Vec<u8>)>);

impl Publish for Kept {
    type Error = Infallible;

    fn publish(
        &mut self,
        partition: Partition,
        key: &[u8],
        value: &[u8],
    ) -> impl Future<Output = Result<(), Infallible>> + Send {
        self.0.push((partition, std::str::from_utf8(key).unwrap().to_owned(), value.to_vec()));
        std::future::ready(Ok(()))
    }
}

/// Takes a few records, then refuses.
#[derive(Debug)]
struct Full {
    room: usize,
}

#[derive(Debug, thiserror::Error)]
#[error("full")]
struct NoRoom;

impl Publish for Full {
    type Error = NoRoom;

    fn publish(&mut self, _: Partition, _: &[u8], _: &[u8]) -> impl Future<Output = Result<(), NoRoom>> + Send {
        let taken = self.room.checked_sub(1).map(|room| self.room = room).ok_or(NoRoom);
        std::future::ready(taken)
    }
}

type Published = [Vec<(Partition, String, Vec<u8>)>; 3];

fn edge() -> EdgeId {
    EdgeId::new("adx-run").unwrap()
}

async fn publish(input: &Path, partitions: u32) -> (Published, Report) {
    let sinks = Sinks { impressions: Kept::default(), clicks: Kept::default(), bids: Kept::default() };
    let count = PartitionCount::new(partitions).unwrap();
    let (report, sinks) = publish_directory(input, &edge(), count, sinks, |_, _| {}).await.unwrap();
    ([sinks.impressions.0, sinks.clicks.0, sinks.bids.0], report)
}

/// Number of records per reason of refusal.
fn reasons(topic: Topic, published: &[(Partition, String, Vec<u8>)]) -> BTreeMap<&'static str, u64> {
    let mut standardiser = Standardiser::new(topic, Rules::default());
    let mut reasons = BTreeMap::new();
    for (_, key, value) in published {
        let record = RawRecord { offset: Offset(0), key: Some(key.as_bytes()), value };
        standardiser.judge(record, |verdict| {
            if let Outcome::Rejected { reason, .. } = verdict.outcome {
                *reasons.entry(reason.as_str()).or_default() += 1;
            }
        });
    }
    reasons
}

fn auctions() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/auctions-a");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("not run: {} is not there", path.display());
    None
}

#[tokio::test]
async fn real_auctions_are_read_as_the_oracle_reads_them() {
    let Some(input) = auctions() else { return };
    let expected: serde_json::Value = serde_json::from_slice(&fs::read(input.join("expected.json")).unwrap()).unwrap();
    let (published, report) = publish(&input, 3).await;
    for topic in Topic::ALL {
        let read = expected["ledger"][topic.input()]["read"].as_u64().unwrap();
        assert_eq!(
            (report.read[topic.index()], published[topic.index()].len() as u64),
            (read, read),
            "{}",
            topic.input()
        );
        let mut given = expected["reasons"][topic.input()].as_object().unwrap().clone();
        given.remove("id_conflict"); // needs memory of earlier records
        let given: BTreeMap<_, _> = given.iter().map(|(reason, n)| (reason.as_str(), n.as_u64().unwrap())).collect();
        assert_eq!(reasons(topic, &published[topic.index()]), given, "{}", topic.input());
    }
    assert!(report.unreadable.is_empty(), "{:?}", report.unreadable);
    assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
    assert!(report.warnings[0].contains("w-no-user.csv"), "{:?}", report.warnings);
}

#[tokio::test]
async fn partitions_change_neither_records_nor_their_order_within_one() {
    let Some(input) = auctions() else { return };
    let (one, _) = publish(&input, 1).await;
    let (many, _) = publish(&input, 5).await;
    for topic in Topic::ALL {
        let values = |published: &Published| {
            let mut values: Vec<_> = published[topic.index()].iter().map(|(_, _, value)| value.clone()).collect();
            values.sort();
            values
        };
        assert!(values(&one) == values(&many));
        let mut next = BTreeMap::new();
        for (partition, key, _) in &many[topic.index()] {
            let key = RecordKey::parse(key.as_bytes()).unwrap();
            assert_eq!((key.partition, key.topic), (*partition, topic));
            let expected = next.entry((key.source.to_owned(), partition.0)).or_insert(0);
            assert_eq!(key.seq.0, *expected, "{key}");
            *expected += 1;
        }
    }
}

fn write(input: &Path, name: &str, bytes: &[u8]) {
    let path = input.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn gz(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn what_cannot_be_read_whole_is_named_and_the_rest_is_published() {
    let input = tempfile::tempdir().unwrap();
    let input = input.path();
    let mut cut = gz(b"{\"a\":1}\n{\"b\":2}\n{\"c");
    cut.truncate(cut.len() - 8);
    write(input, "impressions/0-cut.gz", &cut);
    write(input, "impressions/1.zst", &zstd::encode_all(&b"{\"d\":4}"[..], 1).unwrap());
    write(input, "impressions/2-empty.gz", b"");
    write(input, "impressions/3-none.gz", b"not gzip, and long enough to tell");
    write(input, "clicks/0.csv", b"timestamp,user_id\n1,u\n2,\"v\nx\n");
    let (published, report) = publish(input, 1).await;
    let values: Vec<_> = published[0].iter().map(|(_, _, value)| String::from_utf8_lossy(value)).collect();
    assert_eq!(values, ["{\"a\":1}", "{\"b\":2}", "{\"c", "{\"d\":4}"]);
    let values: Vec<_> = published[1].iter().map(|(_, _, value)| String::from_utf8_lossy(value)).collect();
    assert_eq!(values[0], "1,u,,,,,,,");
    assert!(values[1].starts_with("bad_row 4 ") && values[2].starts_with("bad_row 1 "), "{values:?}");
    assert_eq!(report.read, [4, 3, 0]);
    let unreadable: Vec<_> = report.unreadable.iter().map(|u| u.path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(unreadable, ["0-cut.gz", "3-none.gz"]);
    assert_eq!(report.warnings.len(), 1);
    assert!(
        report.warnings[0]
            .ends_with("0.csv: the header lacks campaign_id, conversion_type: every row is missing_field")
    );
}

#[tokio::test]
async fn an_input_that_is_not_there_and_a_sink_that_refuses() {
    let input = tempfile::tempdir().unwrap();
    let count = PartitionCount::new(1).unwrap();
    let sinks = || Sinks { impressions: Full { room: 9_000 }, clicks: Full { room: 0 }, bids: Full { room: 0 } };
    let missing = publish_directory(&input.path().join("no"), &edge(), count, sinks(), |_, _| {}).await;
    assert!(matches!(missing, Err(EdgeError::NoInput(_))));
    let (nothing, _) = publish_directory(input.path(), &edge(), count, sinks(), |_, _| {}).await.unwrap();
    assert_eq!(nothing.read, [0; 3]);
    write(input.path(), "impressions/x", "{}\n".repeat(1_000_000).as_bytes());
    let refused = publish_directory(input.path(), &edge(), count, sinks(), |_, _| {}).await;
    assert!(matches!(refused, Err(EdgeError::Publish { topic: Topic::Impressions, .. })));
}
