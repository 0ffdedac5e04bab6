//! The edge's own reading, handed to whoever wants the records: the one place that calls it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use adx_edge::batch::{EdgeError, Publish, Sinks, publish_directory};
use adx_edge::source::EdgeId;
use adx_events::offset::{Partition, PartitionCount};
use adx_events::topic::Topic;
use anyhow::{Context, Result};

use crate::records::Records;

const EDGE: &str = "adx-run";

/// What is done with the records of a topic.
enum Taker {
    Count,
    /// So many are kept, then reading ends.
    Keep(Arc<Mutex<Records>>, usize),
}

/// As many records as were wanted.
#[derive(Debug, thiserror::Error)]
#[error("there are as many records as were wanted")]
struct Enough;

impl Publish for Taker {
    type Error = Enough;

    async fn publish(&mut self, _: Partition, key: &[u8], value: &[u8]) -> Result<(), Enough> {
        let Self::Keep(records, max) = self else { return Ok(()) };
        let mut records = records.lock().unwrap_or_else(PoisonError::into_inner);
        if records.len() == *max {
            return Err(Enough);
        }
        records.push(key, value);
        Ok(())
    }
}

/// Reads, frames and numbers all records of an input, for as many partitions, and lets them go; tells how many they are.
pub async fn count(input: &Path, partitions: PartitionCount) -> Result<u64> {
    let sinks = Sinks { impressions: Taker::Count, clicks: Taker::Count, bids: Taker::Count };
    let edge = EdgeId::new(EDGE)?;
    let report = publish_directory(input, &edge, partitions, sinks, |_, _| {}).await;
    let (report, _) = report.with_context(|| format!("read {}", input.display()))?;
    Ok(report.read.iter().sum())
}

/// The first records of a topic, at most `max`, numbered for one partition. `input` holds no other topic.
pub async fn first(input: &Path, topic: Topic, max: usize) -> Result<Records> {
    let kept = Topic::ALL.map(|_| Arc::new(Mutex::new(Records::default())));
    let keep = |topic: Topic| Taker::Keep(kept[topic.index()].clone(), max);
    let sinks = Sinks { impressions: keep(Topic::Impressions), clicks: keep(Topic::Clicks), bids: keep(Topic::Bids) };
    let edge = EdgeId::new(EDGE)?;
    match publish_directory(input, &edge, PartitionCount::ONE, sinks, |_, _| {}).await {
        Ok(_) | Err(EdgeError::Publish { source: Enough, .. }) => {}
        Err(error) => return Err(error).with_context(|| format!("read {}", input.display())),
    }
    let mut kept = kept[topic.index()].lock().unwrap_or_else(PoisonError::into_inner);
    Ok(std::mem::take(&mut *kept))
}
