//! Reads the results of a run back from InfluxDB and the topic of dead letters, into the files of contract.md.

use std::path::Path;
use std::time::Duration;

use adx_events::offset::{Offset, Partition};
use adx_influx::Point;
use adx_queries::{Measurement, Query};
use adx_sink::dead_letter;
use adx_sink::reader::{PartitionLog, PartitionReader, ReadLimits, Shape, offset_reckoned};
use anyhow::Context;

use super::pipeline::call;
use super::servers::Servers;
use crate::output::dead_letters::DeadLetters;
use crate::output::points::Lines;
use crate::output::windows::{Rows, TABLES, Table};

/// What was read back, for the closing table.
#[derive(Debug)]
pub struct Results {
    /// In the order of [`TABLES`].
    pub rows: [Rows; TABLES.len()],
    pub points: usize,
    pub dead_letters: u64,
}

impl Results {
    /// The sum of a column of a result file.
    pub fn total(&self, measurement: Measurement, column: &str) -> i64 {
        self.rows.iter().filter(|rows| rows.table().measurement == measurement).map(|rows| rows.total(column)).sum()
    }
}

/// Writes every result file but the ledger.
pub async fn read_back(
    out: &Path,
    servers: &Servers,
    letters_end: Offset,
    give_up_after: Duration,
) -> anyhow::Result<Results> {
    let mut lines = Lines::default();
    let mut rows = TABLES.map(Rows::new);
    for measurement in Measurement::ALL {
        let mut sums = rows.iter_mut().find(|rows| Some(rows.table()) == Table::of(measurement));
        let mut failure = None;
        let take = |point: Point| {
            let added = lines.add(&point).and_then(|()| sums.as_mut().map_or(Ok(()), |rows| rows.add(&point)));
            failure = failure.take().or(added.err());
        };
        servers
            .influx
            .query(&Query::Points { measurement }, take)
            .await
            .with_context(|| format!("read back {}", measurement.name()))?;
        failure.map_or(Ok(()), Err)?;
    }
    rows.iter().try_for_each(|rows| rows.write(out))?;
    let points = lines.count();
    lines.write(out)?;
    let dead_letters = dead_letters(out, servers, letters_end, give_up_after).await?;
    Ok(Results { rows, points, dead_letters })
}

/// Copies the topic of dead letters up to its end.
async fn dead_letters(out: &Path, servers: &Servers, end: Offset, give_up_after: Duration) -> anyhow::Result<u64> {
    let mut file = DeadLetters::begin(out)?;
    // A stream without a module loses records; `select` without parameters passes everything.
    let chain = vec![call(adx_smartmodules::SELECT, [])];
    let (cluster, topic) = (servers.cluster.clone(), servers.name.topic(dead_letter::TOPIC));
    let log = PartitionLog { cluster, topic, partition: Partition(0), chain, shape: Shape::Records(offset_reckoned) };
    let mut reader = PartitionReader::new(log, Offset(0), ReadLimits { give_up_after, ..ReadLimits::default() });
    while reader.next_offset() < end {
        for letter in reader.next_batch().await.context("read the dead letters back")?.iter() {
            file.add(letter.value())?;
        }
    }
    file.finish()
}
