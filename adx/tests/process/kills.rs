//! `adx local` killed by SIGKILL at random moments of producing: what it acknowledged is there after the next start.
//!
//! The law, for each partition, after every kill:
//!
//! - The log is a sequence of whole batches, as they were sent, at offsets without a gap from 0 on. What a writer that died has
//!   written of one more batch is gone.
//! - A batch that was acknowledged is there, at the offset that its acknowledgement named.
//! - An *attempt* to store a batch is there once at most, and attempts stand in the order in which they were sent. One whose
//!   acknowledgement did not come is there or not; its batch is then sent again, as another attempt. So a batch that was
//!   acknowledged at once is there once, one whose acknowledgement was lost at most once for each attempt: whoever reads knows
//!   the repeat by its key, not the cluster.
//! - What an earlier start found is found again, unchanged.
//!
//! In the end every batch is there. Moments are drawn from a seed: some time after some acknowledgement, or as soon as a file is
//! seen to grow, which is between a write and its acknowledgement or amid the write. Such a kill rarely tears a batch, since the
//! kernel takes most writes whole, so that after some the test leaves the beginning of one more batch in the file itself.

mod chance;
mod connection;
mod law;
mod moment;
mod segment;
mod sent;

use std::path::Path;

use adx_events::offset::Partition;
use adx_publisher::Cluster;
use fluvio::consumer::{ConsumerConfigExtBuilder, RetryMode};
use fluvio::metadata::topic::{TopicSpec, TopicStorageConfig};
use fluvio::{Fluvio, Offset};
use futures_util::StreamExt;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::PATIENCE;
use crate::serving::Serving;
use chance::Chance;
use moment::Moment;
use segment::Segments;
use sent::{End, Sent};

const SEED: u64 = 20_260_301;
const TOPIC: &str = "killed";
/// More than cores, so that at most moments some are writing.
const PARTITIONS: u32 = 4;
/// A few batches, so that kills meet the change of segments too.
const SEGMENT_BYTES: u32 = 400_000;
/// Far more than a segment, so that a response is never cut inside a batch.
const RESPONSE_BYTES_MAX: i32 = 64 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_survives_kills_while_producing() {
    let kills = if std::env::var_os("ADX_SOAK").is_some() { 50 } else { 10 };
    let dir = TempDir::new().unwrap();
    let mut chance = Chance::new(SEED);
    let mut sent: Vec<Sent> = (0..PARTITIONS).map(|partition| Sent::new(SEED, partition)).collect();
    create_topic(dir.path()).await;
    let mut torn_by_kills = 0;
    for _ in 0..kills {
        let local = Serving::start(Some(dir.path())).await;
        check(&local, &mut sent).await;
        let partition = chance.below(PARTITIONS.into()) as u32;
        let segments = Segments::of(dir.path(), TOPIC, partition);
        let moment = Moment::draw(&mut chance, &segments);
        torn_by_kills += torn_ends(&killed_while_producing(local, &mut sent, moment).await);
        if chance.below(2) == 0 {
            segments.leave_beginning_of_a_batch(&mut chance);
            let mended = Serving::start(Some(dir.path())).await;
            check(&mended, &mut sent).await;
            assert!(torn_ends(&mended.kill()) > 0, "it says what it cut off");
        }
    }
    let local = Serving::start(Some(dir.path())).await;
    produce(&local.spu, &mut sent, End::AllAcknowledged, &watch::Sender::new(0)).await;
    check(&local, &mut sent).await;
    sent.iter().for_each(Sent::check_complete);
    sent.iter().for_each(|sent| println!("{}", sent.summary()));
    println!("{kills} kills, of which {torn_by_kills} tore a batch");
}

/// How many torn ends it had to cut off; it has nothing else to complain about.
fn torn_ends(said: &str) -> usize {
    assert!(said.lines().all(|line| line.contains("a torn end was cut off")), "{said}");
    said.lines().count()
}

async fn create_topic(dir: &Path) {
    let local = Serving::start(Some(dir)).await;
    let mut spec = TopicSpec::new_computed(PARTITIONS, 1, None);
    spec.set_storage(TopicStorageConfig { segment_size: Some(SEGMENT_BYTES), max_partition_size: None });
    let admin = client(&local).await.admin().await;
    admin.create(TOPIC.to_owned(), false, spec).await.unwrap();
    local.kill(); // a topic that was acknowledged survives too
}

/// Produces to every partition at once, kills the process at the moment, and gives what it said.
async fn killed_while_producing(local: Serving, sent: &mut Vec<Sent>, moment: Moment) -> String {
    let (spu, acknowledged) = (local.spu.clone(), watch::Sender::new(0));
    let producing = produce(&spu, sent, End::Killed, &acknowledged);
    let killed = async {
        tokio::time::timeout(PATIENCE, moment.wait(acknowledged.subscribe())).await.expect("it comes");
        local.kill()
    };
    tokio::join!(producing, killed).1
}

async fn produce(spu: &str, sent: &mut Vec<Sent>, end: End, acknowledged: &watch::Sender<u64>) {
    let mut producing = JoinSet::new();
    for mut partition in sent.drain(..) {
        let (spu, acknowledged) = (spu.to_owned(), acknowledged.clone());
        producing.spawn(async move {
            partition.begin(end);
            connection::produce(&spu, TOPIC, &mut partition, &acknowledged).await;
            partition
        });
    }
    *sent = tokio::time::timeout(PATIENCE, producing.join_all()).await.expect("the producers end");
    sent.sort_by_key(Sent::partition);
}

/// Reads every partition whole and holds it against the law.
async fn check(local: &Serving, sent: &mut [Sent]) {
    let client = client(local).await;
    for sent in sent {
        let log = read(&client, &local.sc, sent.partition()).await;
        sent.check(&log);
    }
}

async fn client(local: &Serving) -> Fluvio {
    Cluster::new(&local.sc).client().await.unwrap()
}

/// The values of every record of a partition, whose offsets are counted from 0 on.
async fn read(client: &Fluvio, sc: &str, partition: u32) -> Vec<Vec<u8>> {
    let range = Cluster::new(sc).log_range(client, TOPIC, Partition(partition)).await.unwrap();
    assert_eq!(range.start.0, 0);
    let mut config = ConsumerConfigExtBuilder::default();
    config.topic(TOPIC).partition(partition).offset_start(Offset::absolute(0).unwrap());
    config.retry_mode(RetryMode::Disabled).max_bytes(RESPONSE_BYTES_MAX);
    let mut stream = client.consumer_with_config(config.build().unwrap()).await.unwrap();
    let mut log = Vec::new();
    while (log.len() as u64) < range.end.0 {
        let record = tokio::time::timeout(PATIENCE, stream.next()).await.expect("records come");
        let record = record.unwrap().unwrap();
        assert_eq!(record.offset(), log.len() as i64);
        log.push(record.into_inner().into_value().to_vec());
    }
    log
}
