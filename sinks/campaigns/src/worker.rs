//! One partition: three streams into one state machine, dead letters out as they come, the totals at the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use adx_correlation::{DeadLetter, Outcome, Shard, StreamRecord};
use adx_events::offset::{Offset, Partition};
use adx_events::topic::Topic;
use adx_events::verdict::Verdict;
use adx_influx::EncodedPoint;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::points::Emission;
use crate::reader::{PartitionLog, PartitionReader, ReadError, ReadLimits, Shape, StreamedBatch};
use crate::run::{LogEnds, Settings, ShardReport, SinkError};

/// Batches under way between a stream and the state machine.
const BATCHES: usize = 2;
/// Points are handed on so many at a time.
const POINTS: usize = 1_000;

/// The records of one batch of a stream.
struct Batch {
    topic: Topic,
    records: StreamedBatch,
}

/// The state machine of one partition and its surroundings.
pub(crate) struct Worker {
    settings: Settings,
    partition: Partition,
    shard: Shard,
    letters: mpsc::Sender<DeadLetter>,
    points: mpsc::Sender<Vec<EncodedPoint>>,
    taken: Arc<AtomicU64>,
}

impl Worker {
    pub(crate) fn new(
        settings: &Settings,
        partition: Partition,
        letters: mpsc::Sender<DeadLetter>,
        points: mpsc::Sender<Vec<EncodedPoint>>,
    ) -> Self {
        let mut own = settings.correlation.clone();
        own.partition = partition;
        own.state_bytes_max /= u64::from(own.partitions.get());
        let shard = Shard::new(own, settings.catalogue.clone());
        Self { settings: settings.clone(), partition, shard, letters, points, taken: settings.taken.clone() }
    }

    /// Reads all three streams to their ends, then hands on the totals.
    pub(crate) async fn run(mut self, ends: watch::Receiver<Option<Arc<LogEnds>>>) -> Result<ShardReport, SinkError> {
        let (batches, mut batches_in) = mpsc::channel(BATCHES);
        let mut streams = JoinSet::new();
        for topic in Topic::ALL {
            streams.spawn(follow(self.settings.clone(), topic, self.partition, ends.clone(), batches.clone()));
        }
        drop(batches);
        while let Some(batch) = batches_in.recv().await {
            self.take(batch?).await?; // an error ends the other streams with this task
        }
        while let Some(stream) = streams.join_next().await {
            stream?;
        }
        self.emit().await?;
        let counts = Topic::ALL.map(|topic| self.shard.counts(topic));
        Ok(ShardReport { counts, state_bytes: self.shard.state_bytes() })
    }

    async fn take(&mut self, batch: Batch) -> Result<(), SinkError> {
        let (topic, partition) = (batch.topic, self.partition);
        let mut records = batch.records.iter().map(|record| match Verdict::read(record.value()) {
            Some(verdict) => Ok(StreamRecord { key: record.key(), verdict }),
            None => Err(SinkError::NoVerdict { topic: topic.name(), partition: partition.0 }),
        });
        loop {
            let group = records.by_ref().take(Shard::WARMED_TOGETHER).collect::<Result<Vec<_>, _>>()?;
            if group.is_empty() {
                break;
            }
            self.shard.warm(topic, group.iter().map(|record| &record.verdict));
            for record in group {
                match self.shard.push(topic, record)? {
                    Outcome::Rejected(letter) => self.letters.send(letter).await.map_err(|_| SinkError::PartEnded)?,
                    Outcome::Accepted | Outcome::Duplicate | Outcome::Resend | Outcome::Replayed => {}
                }
            }
        }
        self.taken.fetch_add(batch.records.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    async fn emit(&mut self) -> Result<(), SinkError> {
        let emission =
            Emission { shard: self.partition, revision: self.shard.revision(), settled: true, is_final: true };
        let mut points = self.shard.points().map(|point| emission.encode(&point));
        loop {
            let chunk = points.by_ref().take(POINTS).collect::<Result<Vec<_>, _>>()?;
            if chunk.is_empty() {
                return Ok(());
            }
            self.points.send(chunk).await.map_err(|_| SinkError::PartEnded)?;
        }
    }
}

/// Hands on the batches of one stream until its log's end, which becomes known on the way.
async fn follow(
    settings: Settings,
    topic: Topic,
    partition: Partition,
    ends: watch::Receiver<Option<Arc<LogEnds>>>,
    batches: mpsc::Sender<Result<Batch, ReadError>>,
) {
    let log = PartitionLog {
        cluster: settings.cluster.clone(),
        topic: settings.topics[topic.index()].clone(),
        partition,
        chain: settings.chains[topic.index()].clone(),
        shape: Shape::Blocks,
    };
    let limits = ReadLimits { give_up_after: settings.give_up_after, ..ReadLimits::default() };
    let mut reader = PartitionReader::new(log, Offset(0), limits);
    loop {
        let position = reader.next_offset();
        let records = tokio::select! {
            biased;
            () = reached(ends.clone(), topic, partition, position) => return,
            batch = reader.next_batch() => batch,
        };
        let failed = records.is_err();
        let told = batches.send(records.map(|records| Batch { topic, records })).await;
        if failed || told.is_err() {
            return; // the state machine has stopped, and tells why
        }
    }
}

/// Returns once the log's end is known and the position has reached it.
async fn reached(
    mut ends: watch::Receiver<Option<Arc<LogEnds>>>,
    topic: Topic,
    partition: Partition,
    position: Offset,
) {
    let end_of = |ends: &LogEnds| ends[topic.index()].get(partition.0 as usize).copied().unwrap_or_default();
    let is_reached = |ends: &Option<Arc<LogEnds>>| ends.as_ref().is_some_and(|ends| position >= end_of(ends));
    if ends.wait_for(is_reached).await.is_err() {
        std::future::pending().await // nobody will tell any more: whoever dropped the sender ends the sink
    }
}
