//! Pieces that Flux texts are made of: where rows come from, how they are summed, the ratios of sums.

use std::fmt;

use adx_events::time::{DAY_MS, HOUR_MS, MINUTE_MS, Millis, SECOND_MS};

use crate::text::quoted;

/// Sums whose names stand in their columns become ratios; 0 where the denominator is 0, which stands beside it.
pub(crate) const WITH_RATIOS: &str = "
    |> map(fn: (r) => ({r with
        ctr: if r.impressions > 0 then float(v: r.clicks) / float(v: r.impressions) else 0.0,
        cvr: if r.clicks > 0 then float(v: r.attributed_conversions) / float(v: r.clicks) else 0.0,
        ecpm: if r.impressions > 0 then float(v: r.cost_micros) / 1000.0 / float(v: r.impressions) else 0.0,
        cpa: if r.conversions > 0 then float(v: r.cost_micros) / 1000000.0 / float(v: r.conversions) else 0.0,
    }))";

/// `|> filter(fn: (r) => r._field == "a" or r._field == "b")`: pushed down to the storage.
pub(crate) fn filter_fields(fields: &[&str]) -> String {
    filter_any("_field", fields)
}

/// Rows whose column holds one of the values.
pub(crate) fn filter_any(column: &str, values: &[&str]) -> String {
    let any: Vec<String> = values.iter().map(|value| format!("r.{column} == {}", quoted(value))).collect();
    format!("\n    |> filter(fn: (r) => {})", any.join(" or "))
}

/// Sums of windows, named for their starts; straight on stored series the storage does it.
pub(crate) fn sum_windows(every: &impl fmt::Display) -> String {
    windows(every, "sum")
}

/// How many rows there are in windows; as [`sum_windows`].
pub(crate) fn count_windows(every: &impl fmt::Display) -> String {
    windows(every, "count")
}

fn windows(every: &impl fmt::Display, by: &str) -> String {
    format!("\n    |> aggregateWindow(every: {every}, fn: {by}, createEmpty: false, timeSrc: \"_start\")")
}

pub(crate) fn group(columns: &[&str]) -> String {
    format!("\n    |> group(columns: {})", list(columns))
}

/// One row for each value of `rows`, one column for each field.
pub(crate) fn pivot(rows: &[&str]) -> String {
    format!("\n    |> pivot(rowKey: {}, columnKey: [\"_field\"], valueColumn: \"_value\")", list(rows))
}

/// One row for each table, with the sums of these columns.
pub(crate) fn add_columns(columns: &[&str]) -> String {
    let each = |term: &dyn Fn(&str) -> String| columns.iter().map(|column| term(column)).collect::<Vec<_>>().join(", ");
    let zeros = each(&|column| format!("{column}: 0"));
    let sums = each(&|column| format!("{column}: accumulator.{column} + r.{column}"));
    format!("\n    |> reduce(identity: {{{zeros}}}, fn: (r, accumulator) => ({{{sums}}}))")
}

/// `["a", "b"]`
pub(crate) fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    format!("[{}]", names.join(", "))
}

/// A length of time as Flux writes it: in the largest unit that it is a whole number of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Millis);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Millis(ms) = self.0;
        // Not weeks: Flux's begin on Thursdays, as the epoch did.
        let units = [(DAY_MS, "d"), (HOUR_MS, "h"), (MINUTE_MS, "m"), (SECOND_MS, "s")];
        match units.into_iter().find(|(unit, _)| ms != 0 && ms % unit == 0) {
            Some((unit, name)) => write!(f, "{}{name}", ms / unit),
            None => write!(f, "{ms}ms"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        let spans = [0, 1, 1_000, 90_000, 60_000, 26 * HOUR_MS, 48 * HOUR_MS].map(|ms| Span(Millis(ms)).to_string());
        assert_eq!(spans, ["0ms", "1ms", "1s", "90s", "1m", "26h", "2d"]);
    }

    #[test]
    fn names_are_literals() {
        assert_eq!(filter_any("campaign_id", &["a\"b"]), "\n    |> filter(fn: (r) => r.campaign_id == \"a\\\"b\")");
        assert_eq!(
            pivot(&["_time"]).trim(),
            r#"|> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")"#
        );
    }
}
