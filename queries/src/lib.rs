//! The closed list of Flux queries the project sends, and the table of measurements they read.

mod asked;
mod buckets;
pub mod campaign;
pub mod dashboard;
mod flux;
mod level;
mod live;
mod parts;
mod schema;
pub mod series;
mod task;
pub mod text;

pub use asked::Asked;
pub use buckets::{Buckets, PrefixError, Purpose};
pub use flux::Span;
pub use level::{ADDITIVE, FLAGS, Level, RATIOS, USERS};
pub use live::LiveMeasurement;
pub use parts::{Forgotten, Part, Reading, TimeRange};
pub use schema::{Field, FieldKind, Measurement};
pub use task::{ROLLUPS, Reach, Rollup};

/// A query of the closed list; the bucket is given when its text is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Query {
    /// Every point of a measurement as stored: one table per series, one row per time, one column per field.
    Points { measurement: Measurement },
}

/// A query text that is not one of the closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this query is not one of the project's that are answered here: the totals and the freshness of one measurement of campaigns, \
     as `adx report --reading shards` asks for them, and, for any bucket B:\n{}",
    list()
)]
pub struct UnknownQuery;

const FROM: &str = "from(bucket: ";
/// Event times lie in [2000, 2100); the window of the first may start up to its width before that.
const RANGE: &str = ") |> range(start: 1999-01-01T00:00:00Z, stop: 2100-01-01T00:00:00Z)";
/// Straight after the filter, where InfluxDB knows its input to be sorted.
const PIVOT: &str = r#" |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")"#;
const WITHOUT_BOUNDS: &str = r#" |> drop(columns: ["_start", "_stop"])"#;

impl Query {
    /// Every query there is.
    pub fn all() -> impl Iterator<Item = Self> {
        Measurement::ALL.into_iter().map(|measurement| Self::Points { measurement })
    }

    /// The Flux text that asks this of `bucket`.
    pub fn text(&self, bucket: &str) -> String {
        format!("{FROM}{}{}", text::quoted(bucket), self.steps())
    }

    /// The query and the bucket that `text` was rendered from, byte for byte.
    pub fn parse(text: &str) -> Result<(Self, String), UnknownQuery> {
        let after_from = text.strip_prefix(FROM).ok_or(UnknownQuery)?;
        Self::all().find_map(|query| query.bucket_in(after_from, text)).ok_or(UnknownQuery)
    }

    fn bucket_in(self, after_from: &str, whole: &str) -> Option<(Self, String)> {
        let literal = after_from.strip_suffix(self.steps().as_str())?;
        let bucket = text::unquoted(literal.strip_prefix('"')?.strip_suffix('"')?)?;
        (self.text(&bucket) == whole).then_some((self, bucket))
    }

    fn steps(self) -> String {
        let Self::Points { measurement } = self;
        let name = text::quoted(measurement.name());
        format!("{RANGE} |> filter(fn: (r) => r._measurement == {name}){PIVOT}{WITHOUT_BOUNDS}")
    }
}

fn list() -> String {
    Query::all().map(|query| query.text("B")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_read_back_of_a_run() {
        let query = Query::Points { measurement: Measurement::Campaign };
        assert_eq!(
            query.text("run-1"),
            r#"from(bucket: "run-1") |> range(start: 1999-01-01T00:00:00Z, stop: 2100-01-01T00:00:00Z) |> filter(fn: (r) => r._measurement == "campaign") |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") |> drop(columns: ["_start", "_stop"])"#
        );
    }

    #[test]
    fn names_cannot_leave_their_literal() {
        assert_eq!(text::quoted("a\"b\\c${d}$e\n"), r#""a\"b\\c\${d}$e\n""#);
    }

    #[test]
    fn other_texts_are_refused_with_the_list() {
        let good = Query::Points { measurement: Measurement::Demand }.text("b");
        let unnamed = good.replacen("\"b\"", "bucket", 1);
        let octal = good.replacen("\"b\"", "\"\\x62\"", 1);
        for text in ["", "from(bucket: ", "buckets()", &good[1..], &format!("{good} "), &unnamed, &octal] {
            assert_eq!(Query::parse(text), Err(UnknownQuery), "{text}");
        }
        assert!(UnknownQuery.to_string().contains(r#"r._measurement == "touch""#));
    }

    proptest! {
        #[test]
        fn a_text_tells_its_query_and_bucket(bucket in any::<String>(), index in 0..Measurement::ALL.len()) {
            let query = Query::Points { measurement: Measurement::ALL[index] };
            prop_assert_eq!(Query::parse(&query.text(&bucket)), Ok((query, bucket)));
        }

        #[test]
        fn a_text_with_one_change_is_another_query_or_none(
            bucket in ".{0,8}", index in 0..Measurement::ALL.len(), at in any::<proptest::sample::Index>(), letter in any::<char>(),
        ) {
            let query = Query::Points { measurement: Measurement::ALL[index] };
            let mut letters: Vec<char> = query.text(&bucket).chars().collect();
            let at = at.index(letters.len());
            prop_assume!(letters[at] != letter);
            letters[at] = letter;
            let changed = String::from_iter(letters);
            if let Ok((other, name)) = Query::parse(&changed) {
                prop_assert_ne!((other, name.as_str()), (query, bucket.as_str()));
                prop_assert_eq!(other.text(&name), changed);
            }
        }
    }
}
