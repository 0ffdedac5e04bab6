//! The exact answer for an input, typed: three tables, the ledger, and the dead letters per reason.

use std::collections::BTreeMap;

use serde_json::Value;

/// The input directories of the three topics, in the order of every per-topic array here.
pub const TOPICS: [&str; 3] = ["impressions", "clicks", "bids"];

/// Two columns of key, and the columns of numbers, as they stand in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Name of the table, and of its file less `.csv`.
    pub name: &'static str,
    pub keys: [&'static str; 2],
    pub numbers: &'static [&'static str],
}

pub const CAMPAIGN_WINDOWS: Shape = Shape {
    name: "campaign_windows",
    keys: ["window", "campaign_id"],
    numbers: &[
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
};
pub const TOUCH_WINDOWS: Shape =
    Shape { name: "touch_windows", keys: ["window", "campaign_id"], numbers: &["conversions_by_touch"] };
pub const DEMAND_WINDOWS: Shape =
    Shape { name: "demand_windows", keys: ["window", "exchange"], numbers: &["bid_requests", "slots", "floor_micros"] };
pub const SHAPES: [Shape; 3] = [CAMPAIGN_WINDOWS, TOUCH_WINDOWS, DEMAND_WINDOWS];

/// Rows by window and id, in the order of a file: as UTF-8 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub shape: Shape,
    pub rows: BTreeMap<(String, String), Vec<i64>>,
}

/// `read = accepted + duplicate + rejected + late + missing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    pub read: u64,
    pub accepted: u64,
    pub duplicate: u64,
    pub rejected: u64,
    pub late: u64,
    pub missing: u64,
}

/// Dead letters per reason.
pub type Reasons = BTreeMap<String, u64>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// In the order of [`SHAPES`].
    pub tables: [Table; 3],
    /// In the order of [`TOPICS`].
    pub ledgers: [Ledger; 3],
    pub reasons: [Reasons; 3],
}

/// An `expected.json` that is none.
#[derive(Debug, thiserror::Error)]
#[error("expected answer: {what} is missing or of another form")]
pub struct ExpectedError {
    what: String,
}

impl Expected {
    /// Reads the form that `oracle.py` prints. Rows whose numbers are all zero are left out, as in the files.
    pub fn from_json(json: &Value) -> Result<Self, ExpectedError> {
        Ok(Self {
            tables: [table(json, CAMPAIGN_WINDOWS)?, table(json, TOUCH_WINDOWS)?, table(json, DEMAND_WINDOWS)?],
            ledgers: per_topic(json, "ledger")?,
            reasons: per_topic(json, "reasons")?,
        })
    }
}

fn refused(what: impl Into<String>) -> ExpectedError {
    ExpectedError { what: what.into() }
}

fn table(json: &Value, shape: Shape) -> Result<Table, ExpectedError> {
    let rows = json[shape.name].as_array().ok_or_else(|| refused(shape.name))?;
    let mut table = Table { shape, rows: BTreeMap::new() };
    for row in rows {
        let cell = |column: &str| row.get(column).ok_or_else(|| refused(format!("{} {column} of {row}", shape.name)));
        let text = |column| Ok(cell(column)?.as_str().ok_or_else(|| refused(column))?.to_owned());
        let number = |column: &&str| cell(column)?.as_i64().ok_or_else(|| refused(*column));
        let numbers: Vec<i64> = shape.numbers.iter().map(number).collect::<Result<_, _>>()?;
        if numbers.iter().any(|&n| n != 0) {
            table.rows.insert((text(shape.keys[0])?, text(shape.keys[1])?), numbers);
        }
    }
    Ok(table)
}

/// Reads what an object holds for each topic.
pub(crate) fn per_topic<T>(json: &Value, name: &str) -> Result<[T; 3], ExpectedError>
where
    T: serde::de::DeserializeOwned,
{
    let read = |topic: &str| {
        T::deserialize(&json[name][topic]).map_err(|error| refused(format!("{name} of {topic} ({error})")))
    };
    Ok([read(TOPICS[0])?, read(TOPICS[1])?, read(TOPICS[2])?])
}
