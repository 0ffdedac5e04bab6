//! Runs the sink over topics that come to an end: every partition until its log ends, then the totals are written.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use adx_correlation::{Catalogue, Counts, ShardError};
use adx_events::offset::{Offset, PartitionCount};
use adx_events::topic::Topic;
use adx_influx::line_protocol::EncodeError;
use adx_influx::writer::{Endurance, Limits as WriterLimits};
use adx_influx::{InfluxClient, RefusedFile, WriterError};
use adx_publisher::{Cluster, Limits, PublishError, Publisher};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinSet};

use crate::drain::{self, Drained, PointsWritten};
use crate::reader::{ModuleCall, ReadError};
use crate::worker::Worker;

/// Dead letters under way between the workers and their writer.
const LETTERS: usize = 1_024;
/// Chunks of points likewise; their writer has a queue of its own.
const CHUNKS: usize = 4;

/// What the sink works on, and with what.
#[derive(Clone)]
pub struct Settings {
    pub cluster: Cluster,
    /// The name of each topic on the cluster, in the order of [`Topic::ALL`].
    pub topics: [String; Topic::ALL.len()],
    /// The modules that each topic's stream goes through, in the order of [`Topic::ALL`].
    pub chains: [Vec<ModuleCall>; Topic::ALL.len()],
    pub dead_letters_topic: String,
    /// The rules of attribution and windows; each shard gets its own partition and its part of `state_bytes_max`.
    pub correlation: adx_correlation::Settings,
    pub catalogue: Arc<Catalogue>,
    pub influx: Arc<InfluxClient>,
    /// Where points go that InfluxDB refuses for good.
    pub refused_points: RefusedFile,
    /// How long any part may go without success before the sink fails.
    pub give_up_after: Duration,
    /// Counts the records that the sink has taken, for whoever shows progress.
    pub taken: Arc<AtomicU64>,
}

/// Where each partition of each topic ends, in the order of [`Topic::ALL`]; known once everything is acknowledged.
pub type LogEnds = [Vec<Offset>; Topic::ALL.len()];

/// What a finished run did.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Per topic, in the order of [`Topic::ALL`], summed over partitions.
    pub counts: [Counts; Topic::ALL.len()],
    pub points: PointsWritten,
    /// Where the log of the dead letters ends.
    pub dead_letters_end: Offset,
    /// The estimate of the state's bytes, all shards.
    pub state_bytes: u64,
}

/// Why the sink stopped.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    #[error("read the streams")]
    Read(#[from] ReadError),
    #[error("take a record into the state")]
    Shard(#[from] ShardError),
    #[error("{topic} partition {partition}: a record came out of the modules that is no verdict of this version")]
    NoVerdict { topic: &'static str, partition: u32 },
    #[error("encode a point")]
    Encode(#[from] EncodeError),
    #[error("write points")]
    Influx(#[from] WriterError),
    #[error("publish dead letters")]
    DeadLetters(#[from] PublishError),
    #[error("encode a dead letter")]
    Json(#[from] serde_json::Error),
    #[error("a part of the sink ended before the rest")]
    PartEnded,
    #[error("a part of the sink broke")]
    Broken(#[from] JoinError),
}

/// Takes all partitions to their ends, which become known through `ends` while it works, and writes the totals, settled and final.
pub async fn run_to_end(settings: Settings, ends: watch::Receiver<Option<Arc<LogEnds>>>) -> Result<Report, SinkError> {
    let (letters, letters_in) = mpsc::channel(LETTERS);
    let (points, points_in) = mpsc::channel(CHUNKS);
    let publisher = Publisher::connect(
        settings.cluster.clone(),
        &settings.dead_letters_topic,
        PartitionCount::ONE,
        Limits { give_up_after: settings.give_up_after, ..Limits::default() },
    )
    .await?;
    let mut writers = JoinSet::new();
    writers.spawn(drain::publish_letters(publisher, letters_in));
    let writer = settings.influx.writer(writer_limits(settings.give_up_after), settings.refused_points.clone());
    writers.spawn(drain::write_points(writer, points_in));
    let mut workers = JoinSet::new();
    for partition in settings.correlation.partitions.partitions() {
        let worker = Worker::new(&settings, partition, letters.clone(), points.clone());
        workers.spawn(worker.run(ends.clone()));
    }
    let mut report = Report::default();
    loop {
        // A writer ends by itself only once the queues are let go of, below: before that it has failed.
        tokio::select! {
            biased;
            Some(writer) = writers.join_next() => return Err(failure_of(writer)),
            shard = workers.join_next() => match shard {
                None => break,
                Some(Ok(Ok(shard))) => report.add(&shard),
                Some(Ok(Err(SinkError::PartEnded))) => return Err(writers.join_next().await.map_or(SinkError::PartEnded, failure_of)),
                Some(failed) => return Err(failure_of(failed)),
            },
        }
    }
    drop((letters, points));
    while let Some(drained) = writers.join_next().await {
        match drained?? {
            Drained::Letters { end } => report.dead_letters_end = end,
            Drained::Points(written) => report.points = written,
        }
    }
    Ok(report)
}

/// Somebody waits for the end of the run: it is tried again sooner, and not for ever.
fn writer_limits(give_up_after: Duration) -> WriterLimits {
    WriterLimits {
        backoff: Duration::from_millis(250),
        backoff_max: Duration::from_secs(30),
        endurance: Endurance::GiveUpAfter(give_up_after),
        ..WriterLimits::default()
    }
}

/// Why a part of the sink ended too early.
fn failure_of<T>(ended: Result<Result<T, SinkError>, JoinError>) -> SinkError {
    match ended {
        Ok(Ok(_)) => SinkError::PartEnded,
        Ok(Err(error)) => error,
        Err(broken) => SinkError::Broken(broken),
    }
}

/// What one partition came to.
#[derive(Debug, Clone)]
pub(crate) struct ShardReport {
    pub(crate) counts: [Counts; Topic::ALL.len()],
    pub(crate) state_bytes: u64,
}

impl Report {
    fn add(&mut self, shard: &ShardReport) {
        for (sum, counts) in self.counts.iter_mut().zip(&shard.counts) {
            sum.add(counts);
        }
        self.state_bytes += shard.state_bytes;
    }
}
