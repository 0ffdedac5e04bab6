//! The newest window of each shard.

use std::collections::BTreeMap;

use adx_queries::Level;
use adx_queries::campaign::Scope;

use super::points_of::{range, series, tag};
use super::table::{Column, Table};
use crate::point::UnixNanos;
use crate::rfc3339;
use crate::store::Measurement;

const FIELD: &[u8] = b"impressions";

/// A row for each shard that has a point in the range.
pub(super) fn freshness(stored: &Measurement, scope: &Scope, level: Level) -> Table {
    let field = stored.columns().iter().position(|(name, _)| name.as_bytes() == FIELD);
    let mut newest: BTreeMap<&[u8], UnixNanos> = BTreeMap::new();
    for (tags, series) in series(stored, scope) {
        let has_it = |row: &&crate::store::Row| field.is_some_and(|field| row.get(field).is_some_and(Option::is_some));
        let last = series.range(range(scope)).rev().find(|(_, row)| has_it(row)).map(|(at, _)| *at);
        if let Some(last) = last {
            let newest = newest.entry(tag(tags, "shard")).or_insert(last);
            *newest = last.max(*newest);
        }
    }
    let columns = [("_time", "dateTime:RFC3339"), ("_measurement", "string"), ("shard", "string")];
    let row =
        |(shard, at): (&[u8], UnixNanos)| vec![rfc3339::text(at).into(), level.measurement().into(), shard.to_vec()];
    Table {
        columns: columns.map(|(label, datatype)| Column { label: label.to_owned(), datatype }).to_vec(),
        rows: newest.into_iter().map(row).collect(),
    }
}
