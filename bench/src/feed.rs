//! The edge's own reading, handed to whoever wants the records: the one place that calls it.

use std::path::Path;

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
    Keep(Records, usize),
}

/// As many records as were wanted.
#[derive(Debug, thiserror::Error)]
#[error("there are as many records as were wanted")]
struct Enough;

impl Publish for Taker {
    type Error = Enough;

    async fn publish(&mut self, _: Partition, key: Vec<u8>, value: Vec<u8>) -> Result<(), Enough> {
        match self {
            Self::Count => Ok(()),
            Self::Keep(records, max) if records.len() < *max => {
                records.push(&key, &value);
                Ok(())
            }
            Self::Keep(..) => Err(Enough),
        }
    }
}

/// Reads, frames and numbers all records of an input, for as many partitions, and lets them go; tells how many they are.
pub async fn count(input: &Path, partitions: PartitionCount) -> Result<u64> {
    let mut sinks = Sinks { impressions: Taker::Count, clicks: Taker::Count, bids: Taker::Count };
    let edge = EdgeId::new(EDGE)?;
    let report = publish_directory(input, &edge, partitions, &mut sinks, |_, _| {}).await;
    let report = report.with_context(|| format!("read {}", input.display()))?;
    Ok(report.read.iter().sum())
}

/// The first records of a topic, at most `max`, numbered for one partition. `input` holds no other topic.
pub async fn first(input: &Path, topic: Topic, max: usize) -> Result<Records> {
    let keep = || Taker::Keep(Records::default(), max);
    let mut sinks = Sinks { impressions: keep(), clicks: keep(), bids: keep() };
    let edge = EdgeId::new(EDGE)?;
    match publish_directory(input, &edge, PartitionCount::ONE, &mut sinks, |_, _| {}).await {
        Ok(_) | Err(EdgeError::Publish { source: Enough, .. }) => {}
        Err(error) => return Err(error).with_context(|| format!("read {}", input.display())),
    }
    let taker = match topic {
        Topic::Impressions => sinks.impressions,
        Topic::Clicks => sinks.clicks,
        Topic::Bids => sinks.bids,
    };
    match taker {
        Taker::Keep(records, _) => Ok(records),
        Taker::Count => Ok(Records::default()),
    }
}
