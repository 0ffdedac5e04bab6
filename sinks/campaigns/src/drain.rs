//! The two writers behind the workers: dead letters to their topic, points to InfluxDB, each one request at a time.

use std::time::Duration;

use adx_correlation::DeadLetter;
use adx_events::offset::{Offset, Partition};
use adx_influx::{EncodedPoint, Writer};
use adx_publisher::Publisher;
use tokio::sync::mpsc;

use crate::dead_letter;
use crate::run::SinkError;

/// How long what is left at the end may take, where the server answers.
const FINISH_WITHIN: Duration = Duration::from_secs(3_600);

/// What a writer did until its queue was closed.
#[derive(Debug, Clone)]
pub(crate) enum Drained {
    Letters { end: Offset },
    Points(PointsWritten),
}

/// What became of the points.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PointsWritten {
    /// Stored by InfluxDB.
    pub stored: u64,
    /// Refused by it for good: they are in the file of refused points.
    pub refused: u64,
    /// Why the first of them was.
    pub first_refusal: Option<String>,
}

/// Publishes dead letters until there are no more, and waits until all are acknowledged.
pub(crate) async fn publish_letters(
    mut publisher: Publisher,
    mut letters: mpsc::Receiver<DeadLetter>,
) -> Result<Drained, SinkError> {
    while let Some(letter) = letters.recv().await {
        let (key, value) = (dead_letter::key(&letter), dead_letter::to_json(&letter)?);
        publisher.send(Partition(0), key.as_bytes(), &value).await?;
    }
    let ends = publisher.finish().await?;
    Ok(Drained::Letters { end: ends.first().copied().unwrap_or_default() })
}

/// Writes points until there are no more.
pub(crate) async fn write_points(
    writer: Writer,
    mut points: mpsc::Receiver<Vec<EncodedPoint>>,
) -> Result<Drained, SinkError> {
    while let Some(next) = points.recv().await {
        if writer.push(next).await.is_err() {
            break; // it says below why it has ended
        }
    }
    let metrics = writer.finish(FINISH_WITHIN).await?;
    let first_refusal = metrics.first_refusal.as_ref().map(|(reason, cause)| format!("{reason}: {cause}"));
    Ok(Drained::Points(PointsWritten { stored: metrics.written, refused: metrics.refused_in_all(), first_refusal }))
}
