//! Publishes a directory once, from its first record to its last.
//!
//! Each topic is read on a thread of its own, which hands over pieces through a bounded channel: reading never starves the runtime, and waits for publishing.

use std::path::{Path, PathBuf};

use adx_events::offset::{Partition, PartitionCount};
use adx_events::topic::Topic;
use tokio::sync::mpsc;

use crate::files::{self, InputFile, Unreadable};
use crate::numbering::{Numbered, Numbering};
use crate::open::open;
use crate::record::Records;
use crate::source::{EdgeId, SourceName};

/// Records handed over at once, at most.
const PIECE_RECORDS_MAX: usize = 1_024;
/// Bytes of values after which records are handed over.
const PIECE_BYTES: usize = 512 * 1024;
/// Pieces that may wait for publishing.
const PIECES_WAITING_MAX: usize = 2;

/// Where the records of one topic go.
pub trait Publish {
    type Error: std::error::Error + Send + Sync + 'static;

    /// Takes over one record, in the order of the calls; may wait until there is room for it.
    fn publish(
        &mut self,
        partition: Partition,
        key: Vec<u8>,
        value: Vec<u8>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

impl Publish for adx_publisher::Publisher {
    type Error = adx_publisher::PublishError;

    async fn publish(&mut self, partition: Partition, key: Vec<u8>, value: Vec<u8>) -> Result<(), Self::Error> {
        self.send(partition, key, value).await
    }
}

/// One sink for each topic.
#[derive(Debug)]
pub struct Sinks<P> {
    pub impressions: P,
    pub clicks: P,
    pub bids: P,
}

/// Why a directory could not be published.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError<E: std::error::Error + 'static> {
    #[error("there is no directory {}", .0.display())]
    NoInput(PathBuf),
    #[error("publish a record to {}", .topic.name())]
    Publish { topic: Topic, source: E },
    #[error("the thread that reads {} ended early", .topic.input())]
    Reader { topic: Topic, source: tokio::task::JoinError },
}

/// What was read.
#[derive(Debug, Default)]
pub struct Report {
    /// Records per topic, by [`Topic::index`].
    pub read: [u64; Topic::ALL.len()],
    /// What a person should know of files that were read, each with the file's name.
    pub warnings: Vec<String>,
    /// What could not be read, or not to its end; all that could be was published.
    pub unreadable: Vec<Unreadable>,
}

/// What a reading thread hands over.
enum Piece {
    Records(Vec<Numbered>),
    Warning(String),
    Unreadable(Unreadable),
}

/// Reads every file of `input` and publishes its records, the three topics side by side, each in the order of its files.
///
/// `progress` is told, now and then, how many records of a topic have been published. Where publishing fails, reading stops.
pub async fn publish_directory<P: Publish>(
    input: &Path,
    edge: &EdgeId,
    partitions: PartitionCount,
    sinks: &mut Sinks<P>,
    progress: impl Fn(Topic, u64),
) -> Result<Report, EdgeError<P::Error>> {
    if !input.is_dir() {
        return Err(EdgeError::NoInput(input.to_owned()));
    }
    let publish = |topic, sink| {
        publish_topic(Reading { input: input.to_owned(), edge: edge.clone(), partitions, topic }, sink, &progress)
    };
    let reports = tokio::try_join!(
        publish(Topic::Impressions, &mut sinks.impressions),
        publish(Topic::Clicks, &mut sinks.clicks),
        publish(Topic::Bids, &mut sinks.bids),
    )?;
    let mut whole = Report::default();
    for (topic, report) in Topic::ALL.into_iter().zip([reports.0, reports.1, reports.2]) {
        whole.read[topic.index()] = report.read[topic.index()];
        whole.warnings.extend(report.warnings);
        whole.unreadable.extend(report.unreadable);
    }
    Ok(whole)
}

async fn publish_topic<P: Publish>(
    reading: Reading,
    sink: &mut P,
    progress: impl Fn(Topic, u64),
) -> Result<Report, EdgeError<P::Error>> {
    let topic = reading.topic;
    let (sender, mut pieces) = mpsc::channel(PIECES_WAITING_MAX);
    let thread = tokio::task::spawn_blocking(move || reading.run(&sender));
    let mut report = Report::default();
    while let Some(piece) = pieces.recv().await {
        match piece {
            Piece::Records(records) => {
                for Numbered { partition, key, value } in records {
                    sink.publish(partition, key, value).await.map_err(|source| EdgeError::Publish { topic, source })?;
                    report.read[topic.index()] += 1;
                }
                progress(topic, report.read[topic.index()]);
            }
            Piece::Warning(text) => report.warnings.push(text),
            Piece::Unreadable(unreadable) => report.unreadable.push(unreadable),
        }
    }
    thread.await.map_err(|source| EdgeError::Reader { topic, source })?;
    Ok(report)
}

/// What a reading thread has to do.
struct Reading {
    input: PathBuf,
    edge: EdgeId,
    partitions: PartitionCount,
    topic: Topic,
}

/// Nobody takes the pieces any more.
struct Closed;

impl Reading {
    fn run(&self, pieces: &mpsc::Sender<Piece>) {
        let found = files::find(&self.input, self.topic);
        for unreadable in found.unreadable {
            if hand_over(pieces, Piece::Unreadable(unreadable)).is_err() {
                return;
            }
        }
        for file in found.files {
            if self.read_file(file, pieces).is_err() {
                return;
            }
        }
    }

    fn read_file(&self, file: InputFile, pieces: &mpsc::Sender<Piece>) -> Result<(), Closed> {
        let source = match open(&file.path) {
            Ok(source) => source,
            Err(error) => return hand_over(pieces, Piece::Unreadable(Unreadable { path: file.path, error })),
        };
        let mut records = Records::new(self.topic, source);
        let name = SourceName::of_file(&self.edge, &file.relative);
        self.read_records(&mut records, Numbering::new(name, self.topic, self.partitions), pieces)?;
        if let Some(warning) = records.take_warning() {
            hand_over(pieces, Piece::Warning(format!("{}: {warning}", file.path.display())))?;
        }
        match records.take_failure() {
            Some(error) => hand_over(pieces, Piece::Unreadable(Unreadable { path: file.path, error })),
            None => Ok(()),
        }
    }

    fn read_records(
        &self,
        records: &mut Records,
        mut numbering: Numbering,
        pieces: &mpsc::Sender<Piece>,
    ) -> Result<(), Closed> {
        let (mut piece, mut bytes) = (Vec::with_capacity(PIECE_RECORDS_MAX), 0);
        while let Some(event) = records.next() {
            let numbered = numbering.number(&event);
            bytes += numbered.value.len();
            piece.push(numbered);
            if piece.len() == PIECE_RECORDS_MAX || bytes >= PIECE_BYTES {
                hand_over(
                    pieces,
                    Piece::Records(std::mem::replace(&mut piece, Vec::with_capacity(PIECE_RECORDS_MAX))),
                )?;
                bytes = 0;
            }
        }
        if piece.is_empty() { Ok(()) } else { hand_over(pieces, Piece::Records(piece)) }
    }
}

fn hand_over(pieces: &mpsc::Sender<Piece>, piece: Piece) -> Result<(), Closed> {
    pieces.blocking_send(piece).map_err(|_| Closed)
}
