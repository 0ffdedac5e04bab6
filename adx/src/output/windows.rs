//! `campaign_windows.csv`, `touch_windows.csv`, `demand_windows.csv`: totals per window and id, shards summed.

use std::collections::BTreeMap;
use std::path::Path;

use adx_events::time::WindowStart;
use adx_influx::Point;
use adx_influx::line_protocol::FieldValue;
use adx_queries::Measurement;
use anyhow::{Context, bail};

use super::replace::Replacement;

/// A result file: which points it sums, and how its columns are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    pub file: &'static str,
    pub measurement: Measurement,
    /// The tag that a row stands for.
    pub id: &'static str,
    /// The fields that are summed, as columns.
    pub columns: &'static [&'static str],
}

/// The result files.
pub const TABLES: [Table; 3] = [
    Table {
        file: "campaign_windows.csv",
        measurement: Measurement::Campaign,
        id: "campaign_id",
        columns: &[
            "impressions",
            "users",
            "cost_micros",
            "clicks",
            "attributed_clicks",
            "conversions",
            "attributed_conversions",
            "view_through_conversions",
            "value_micros",
        ],
    },
    Table {
        file: "touch_windows.csv",
        measurement: Measurement::Touch,
        id: "campaign_id",
        columns: &["conversions_by_touch"],
    },
    Table {
        file: "demand_windows.csv",
        measurement: Measurement::Demand,
        id: "exchange",
        columns: &["bid_requests", "slots", "floor_micros"],
    },
];

impl Table {
    /// The result file that sums a measurement, if one does.
    pub fn of(measurement: Measurement) -> Option<Table> {
        TABLES.into_iter().find(|table| table.measurement == measurement)
    }
}

/// The rows of one result file.
#[derive(Debug)]
pub struct Rows {
    table: Table,
    /// By window and id, the sums in the order of the columns; sorted as the file is.
    sums: BTreeMap<(WindowStart, String), Vec<i64>>,
}

impl Rows {
    pub fn new(table: Table) -> Self {
        Self { table, sums: BTreeMap::new() }
    }

    pub fn table(&self) -> Table {
        self.table
    }

    /// Adds what one shard says of a window.
    pub fn add(&mut self, point: &Point) -> anyhow::Result<()> {
        let name = self.table.measurement.name();
        let id = point
            .tags
            .get(self.table.id)
            .with_context(|| format!("a point of {name} at {} lacks its tag {}", point.at, self.table.id))?;
        let sums = self.sums.entry((point.at, id.clone())).or_insert_with(|| vec![0; self.table.columns.len()]);
        for (sum, column) in sums.iter_mut().zip(self.table.columns) {
            let Some(FieldValue::Integer(value)) = point.fields.get(*column) else {
                bail!("a point of {name} at {} has no integer {column}", point.at);
            };
            *sum = sum.saturating_add(*value);
        }
        Ok(())
    }

    /// The sum of a column over all rows.
    pub fn total(&self, column: &str) -> i64 {
        let position = self.table.columns.iter().position(|c| *c == column);
        position.map_or(0, |i| self.sums.values().fold(0i64, |total, sums| total.saturating_add(sums[i])))
    }

    /// The sums of each id over all windows, in the order of the columns.
    pub fn by_id(&self) -> BTreeMap<&str, Vec<i64>> {
        let mut totals: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for ((_, id), sums) in &self.sums {
            let total = totals.entry(id).or_insert_with(|| vec![0; sums.len()]);
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total = total.saturating_add(*sum));
        }
        totals
    }

    /// Writes the file; rows that are zero throughout are left out.
    pub fn write(&self, out: &Path) -> anyhow::Result<()> {
        let context = || format!("write {}", self.table.file);
        let mut file = Replacement::begin(out, self.table.file)?;
        let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(&mut file);
        csv.write_field("window").with_context(context)?;
        csv.write_field(self.table.id).with_context(context)?;
        csv.write_record(self.table.columns).with_context(context)?;
        for ((window, id), sums) in self.sums.iter().filter(|(_, sums)| sums.iter().any(|sum| *sum != 0)) {
            csv.write_field(window.to_string()).with_context(context)?;
            csv.write_field(id).with_context(context)?;
            csv.write_record(sums.iter().map(i64::to_string)).with_context(context)?;
        }
        csv.flush().with_context(context)?;
        drop(csv);
        file.finish()
    }
}
