//! The totals of campaigns, summed from points as influxd sums them: integers that wrap, ratios of the sums.

use std::collections::BTreeMap;

use adx_queries::campaign::Scope;
use adx_queries::{ADDITIVE, RATIOS};

use super::points_of::{range, series, tag};
use super::table::{Column, Table};
use crate::answer::ApiError;
use crate::point::FieldValue;
use crate::store::Measurement;

/// A campaign and its advertiser.
type Key = (Vec<u8>, Vec<u8>);
/// The sum of every field that has a value, in the order of [`ADDITIVE`].
type Sum = [Option<i64>; ADDITIVE.len()];
type Sums = BTreeMap<Key, Sum>;

/// A row for each campaign, in the order of ids.
pub(super) fn totals(stored: &Measurement, scope: &Scope) -> Result<Table, ApiError> {
    let sums = sums(stored, scope)?;
    // influxd's pivot has the columns of the key, then those it makes, each in the order of their names.
    let mut fields: Vec<usize> = (0..ADDITIVE.len()).collect();
    fields.sort_unstable_by_key(|&field| ADDITIVE[field]);
    let column = |label: &str, datatype| Column { label: label.to_owned(), datatype };
    let names = ["advertiser_id", "campaign_id"].map(|label| column(label, "string"));
    let counts = fields.iter().map(|&field| column(ADDITIVE[field], "long"));
    let ratios = RATIOS.map(|label| column(label, "double"));
    let row = |((campaign, advertiser), sums): (&Key, &Sum)| {
        let counts = fields.iter().map(|&field| sums[field].map_or(Vec::new(), |sum| sum.to_string().into_bytes()));
        let ratios = ratios_of(sums).map(|ratio| ratio.to_string().into_bytes());
        [advertiser.clone(), campaign.clone()].into_iter().chain(counts).chain(ratios).collect()
    };
    Ok(Table { columns: names.into_iter().chain(counts).chain(ratios).collect(), rows: sums.iter().map(row).collect() })
}

fn sums(stored: &Measurement, scope: &Scope) -> Result<Sums, ApiError> {
    let columns =
        ADDITIVE.map(|field| stored.columns().iter().position(|(name, _)| name.as_bytes() == field.as_bytes()));
    let mut sums = Sums::new();
    for (tags, series) in series(stored, scope) {
        for row in series.range(range(scope)).map(|(_, row)| row) {
            let key = (tag(tags, "campaign_id").to_vec(), tag(tags, "advertiser_id").to_vec());
            let sums = sums.entry(key).or_default();
            for ((sum, column), field) in sums.iter_mut().zip(columns).zip(ADDITIVE) {
                match column.and_then(|column| row.get(column)).and_then(Option::as_ref) {
                    None => {}
                    Some(FieldValue::Integer(value)) => *sum = Some(sum.unwrap_or(0).wrapping_add(*value)),
                    Some(_) => {
                        return Err(ApiError::invalid(format!("local stand-in: {field} is no integer field here")));
                    }
                }
            }
        }
    }
    Ok(sums)
}

/// In the order of [`RATIOS`]; 0 where the denominator is.
fn ratios_of(sums: &Sum) -> [f64; RATIOS.len()] {
    let sum = |name: &str| ADDITIVE.iter().position(|field| *field == name).and_then(|field| sums[field]).unwrap_or(0);
    let ratio = |part: f64, whole: i64| if whole > 0 { part / whole as f64 } else { 0.0 };
    let cost = sum("cost_micros") as f64;
    [
        ratio(sum("clicks") as f64, sum("impressions")),
        ratio(sum("attributed_conversions") as f64, sum("clicks")),
        ratio(cost / 1_000.0, sum("impressions")),
        ratio(cost / 1_000_000.0, sum("conversions")),
    ]
}
