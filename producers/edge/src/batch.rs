//! Publishes a directory once, from its first record to its last.
//!
//! Each topic is read, framed, numbered and handed to its sink on a thread of its own, record by record out of the reader's buffer: nothing in between, and
//! what bounds the sink bounds the reader. Reading never starves the runtime.

use std::path::{Path, PathBuf};

use adx_events::offset::{Partition, PartitionCount};
use adx_events::topic::Topic;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::files::{self, InputFile, Unreadable};
use crate::numbering::{Numbered, Numbering};
use crate::open::open;
use crate::record::Records;
use crate::source::{EdgeId, SourceName};

/// Records after which progress is told.
const RECORDS_UNTOLD_MAX: u64 = 4_096;
/// What a thread may have told that was not yet listened to.
const TOLD_MAX: usize = 4;

/// Where the records of one topic go.
pub trait Publish {
    type Error: std::error::Error + Send + Sync + 'static;

    /// Takes over one record, in the order of the calls; may wait until there is room for it.
    fn publish(
        &mut self,
        partition: Partition,
        key: &[u8],
        value: &[u8],
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

impl Publish for adx_publisher::Publisher {
    type Error = adx_publisher::PublishError;

    async fn publish(&mut self, partition: Partition, key: &[u8], value: &[u8]) -> Result<(), Self::Error> {
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

/// What a reading thread tells.
enum Told {
    /// So many records have been published in all.
    Published(u64),
    Warning(String),
    Unreadable(Unreadable),
}

/// Reads every file of `input` and publishes its records, the three topics side by side, each in the order of its files. Gives the sinks back.
///
/// `progress` is told, now and then, how many records of a topic have been published. Where publishing fails, or nobody waits for it any more, reading stops.
pub async fn publish_directory<P: Publish + Send + 'static>(
    input: &Path,
    edge: &EdgeId,
    partitions: PartitionCount,
    sinks: Sinks<P>,
    progress: impl Fn(Topic, u64),
) -> Result<(Report, Sinks<P>), EdgeError<P::Error>> {
    if !input.is_dir() {
        return Err(EdgeError::NoInput(input.to_owned()));
    }
    let publish = |topic, sink| {
        publish_topic(Reading { input: input.to_owned(), edge: edge.clone(), partitions, topic }, sink, &progress)
    };
    let (impressions, clicks, bids) = tokio::try_join!(
        publish(Topic::Impressions, sinks.impressions),
        publish(Topic::Clicks, sinks.clicks),
        publish(Topic::Bids, sinks.bids),
    )?;
    let mut whole = Report::default();
    for (topic, report) in Topic::ALL.into_iter().zip([impressions.0, clicks.0, bids.0]) {
        whole.read[topic.index()] = report.read[topic.index()];
        whole.warnings.extend(report.warnings);
        whole.unreadable.extend(report.unreadable);
    }
    Ok((whole, Sinks { impressions: impressions.1, clicks: clicks.1, bids: bids.1 }))
}

async fn publish_topic<P: Publish + Send + 'static>(
    reading: Reading,
    mut sink: P,
    progress: impl Fn(Topic, u64),
) -> Result<(Report, P), EdgeError<P::Error>> {
    let topic = reading.topic;
    let (tell, mut told) = mpsc::channel(TOLD_MAX);
    let runtime = Handle::current();
    let thread = tokio::task::spawn_blocking(move || {
        let ended = runtime.block_on(async {
            tokio::select! {
                biased;
                ended = reading.run(&mut sink, &tell) => ended,
                () = tell.closed() => Err(Stopped::Unheard),
            }
        });
        (ended, sink)
    });
    let mut report = Report::default();
    while let Some(told) = told.recv().await {
        match told {
            Told::Published(records) => {
                report.read[topic.index()] = records;
                progress(topic, records);
            }
            Told::Warning(text) => report.warnings.push(text),
            Told::Unreadable(unreadable) => report.unreadable.push(unreadable),
        }
    }
    match thread.await.map_err(|source| EdgeError::Reader { topic, source })? {
        (Err(Stopped::Publish(source)), _) => Err(EdgeError::Publish { topic, source }),
        (Ok(()) | Err(Stopped::Unheard), sink) => Ok((report, sink)), // unheard it cannot be: it has been listened to
    }
}

/// What a reading thread has to do.
struct Reading {
    input: PathBuf,
    edge: EdgeId,
    partitions: PartitionCount,
    topic: Topic,
}

/// Why a thread reads no further.
enum Stopped<E> {
    /// Nobody waits for it any more.
    Unheard,
    Publish(E),
}

/// A reading thread's way out: records to the sink, everything else to whoever waits for it.
struct Out<'a, P> {
    sink: &'a mut P,
    tell: &'a mpsc::Sender<Told>,
    published: u64,
}

impl Reading {
    /// Runs on a thread of its own: it waits for files where it stands.
    async fn run<P: Publish>(&self, sink: &mut P, tell: &mpsc::Sender<Told>) -> Result<(), Stopped<P::Error>> {
        let mut out = Out { sink, tell, published: 0 };
        let found = files::find(&self.input, self.topic);
        for unreadable in found.unreadable {
            out.tell(Told::Unreadable(unreadable)).await?;
        }
        for file in found.files {
            self.read_file(file, &mut out).await?;
        }
        Ok(())
    }

    async fn read_file<P: Publish>(&self, file: InputFile, out: &mut Out<'_, P>) -> Result<(), Stopped<P::Error>> {
        let source = match open(&file.path) {
            Ok(source) => source,
            Err(error) => return out.tell(Told::Unreadable(Unreadable { path: file.path, error })).await,
        };
        let mut records = Records::new(self.topic, source);
        let mut numbering =
            Numbering::new(SourceName::of_file(&self.edge, &file.relative), self.topic, self.partitions);
        while let Some(event) = records.next() {
            out.publish(numbering.number(&event)).await?;
        }
        out.tell(Told::Published(out.published)).await?;
        if let Some(warning) = records.take_warning() {
            out.tell(Told::Warning(format!("{}: {warning}", file.path.display()))).await?;
        }
        match records.take_failure() {
            Some(error) => out.tell(Told::Unreadable(Unreadable { path: file.path, error })).await,
            None => Ok(()),
        }
    }
}

impl<P: Publish> Out<'_, P> {
    async fn publish(&mut self, record: Numbered<'_>) -> Result<(), Stopped<P::Error>> {
        let Numbered { partition, key, value } = record;
        self.sink.publish(partition, key, value).await.map_err(Stopped::Publish)?;
        self.published += 1;
        if self.published.is_multiple_of(RECORDS_UNTOLD_MAX) {
            self.tell(Told::Published(self.published)).await
        } else {
            Ok(())
        }
    }

    async fn tell(&self, told: Told) -> Result<(), Stopped<P::Error>> {
        self.tell.send(told).await.map_err(|_| Stopped::Unheard)
    }
}
