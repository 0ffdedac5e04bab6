//! What the dashboard shows, section by section.

use super::Show;
use crate::buckets::{Buckets, Purpose};
use crate::flux::{WITH_RATIOS, filter_any, filter_fields, group, pivot};
use crate::level::Level;
use crate::live::LiveMeasurement;
use crate::schema::Measurement;
use crate::text::quoted;

/// Cells that belong together.
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) note: &'static str,
    pub(super) cells: Vec<Draft>,
}

/// A cell that has no place yet.
pub(super) struct Draft {
    pub(super) name: &'static str,
    pub(super) show: Show,
    pub(super) query: String,
    /// Columns of the dashboard.
    pub(super) width: u32,
}

const WINDOWS: &str =
    "\n    |> aggregateWindow(every: v.windowPeriod, fn: sum, createEmpty: false, timeSrc: \"_start\")";
const WORST: &str = "\n    |> aggregateWindow(every: v.windowPeriod, fn: max, createEmpty: false, timeSrc: \"_start\")";
const SUM: &str = "\n    |> sum()";
const UNGROUPED: &str = "\n    |> group()";
const AS_MONEY: &str = "\n    |> map(fn: (r) => ({r with _value: float(v: r._value) / 1000000.0}))";
const TOP_ROWS: &str = "\n    |> limit(n: 20)";
/// What the ratios are made of.
const RATIO_FIELDS: [&str; 5] = ["impressions", "clicks", "attributed_conversions", "conversions", "cost_micros"];

/// All sections, from top to bottom.
pub(super) fn all(buckets: &Buckets) -> Vec<Section> {
    vec![
        delivery(&campaigns(buckets)),
        performance(&campaigns(buckets)),
        conversions(buckets),
        demand(&of(buckets, Purpose::Windows, Measurement::Demand.name())),
        quality(buckets),
        pipeline(buckets),
    ]
}

fn draft(name: &'static str, show: Show, width: u32, query: String) -> Draft {
    Draft { name, show, query, width }
}

const fn number(suffix: &'static str, decimals: u32) -> Show {
    Show::Number { suffix, decimals }
}

const fn lines(unit: &'static str) -> Show {
    Show::Lines { unit }
}

/// The points of a measurement in the range that the viewer chose.
fn of(buckets: &Buckets, purpose: Purpose, measurement: &str) -> String {
    let bucket = quoted(&buckets.name(purpose));
    let range = "range(start: v.timeRangeStart, stop: v.timeRangeStop)";
    format!("from(bucket: {bucket})\n    |> {range}{}", filter_any("_measurement", &[measurement]))
}

fn campaigns(buckets: &Buckets) -> String {
    of(buckets, Purpose::Windows, Level::Minutes.measurement())
}

/// The sum of a field over the whole range.
fn total(points: &str, field: &str) -> String {
    format!("{points}{}{UNGROUPED}{SUM}", filter_fields(&[field]))
}

/// Sums over time, a line for each value of `by`.
fn over_time(points: &str, fields: &[&str], by: &[&str]) -> String {
    format!("{points}{}{}{WINDOWS}", filter_fields(fields), group(by))
}

fn delivery(points: &str) -> Section {
    let top = format!(
        "{points}{}{SUM}{UNGROUPED}{}\n    |> sort(columns: [\"impressions\"], desc: true){TOP_ROWS}",
        filter_fields(&["impressions", "clicks", "cost_micros"]),
        pivot(&["campaign_id"]),
    );
    Section {
        name: "Delivery",
        note: "What campaigns showed, and what it cost. Gross of invalid traffic.",
        cells: vec![
            draft("Impressions", number("", 0), 3, total(points, "impressions")),
            draft("Clicks", number("", 0), 2, total(points, "clicks")),
            draft("Cost", number("", 2), 3, total(points, "cost_micros") + AS_MONEY),
            draft("Invalid: tests", number("", 0), 2, total(points, "invalid_test")),
            draft("Invalid: bots", number("", 0), 2, total(points, "invalid_bot")),
            draft("Impressions over time", lines(""), 6, over_time(points, &["impressions"], &["_field"])),
            draft("Cost over time", lines(""), 6, over_time(points, &["cost_micros"], &["_field"]) + AS_MONEY),
            draft("Most impressions", Show::Table, 12, top),
        ],
    }
}

/// A ratio over time, of the sums of all campaigns.
fn ratio(points: &str, name: &str) -> String {
    format!(
        "{points}{}{}{WINDOWS}{UNGROUPED}{}{WITH_RATIOS}\n    |> map(fn: (r) => ({{_time: r._time, _field: {}, _value: r.{name}}}))\n    |> group(columns: [\"_field\"])\n    |> sort(columns: [\"_time\"])",
        filter_fields(&RATIO_FIELDS),
        group(&["_field"]),
        pivot(&["_time"]),
        quoted(name),
    )
}

fn performance(points: &str) -> Section {
    let top = format!(
        "{points}{}{SUM}{UNGROUPED}{}{WITH_RATIOS}\n    |> sort(columns: [\"cost_micros\"], desc: true){TOP_ROWS}",
        filter_fields(&RATIO_FIELDS),
        pivot(&["campaign_id"]),
    );
    Section {
        name: "Performance",
        note: "Ratios of sums, never means of ratios; 0 where there is nothing to divide by.",
        cells: vec![
            draft("CTR", lines(""), 6, ratio(points, "ctr")),
            draft("CVR", lines(""), 6, ratio(points, "cvr")),
            draft("eCPM", lines(""), 6, ratio(points, "ecpm")),
            draft("CPA", lines(""), 6, ratio(points, "cpa")),
            draft("Most spend", Show::Table, 12, top),
        ],
    }
}

fn conversions(buckets: &Buckets) -> Section {
    let points = of(buckets, Purpose::Windows, Measurement::Conversion.name());
    let touches = of(buckets, Purpose::Windows, Measurement::Touch.name());
    Section {
        name: "Conversions",
        note: "In the minute of the conversion; those by touch in the minute of the click or view that earned them.",
        cells: vec![
            draft("All conversions", number("", 0), 3, total(&points, "conversions")),
            draft("Value", number("", 2), 3, total(&points, "value_micros") + AS_MONEY),
            draft("By touch", lines(""), 6, over_time(&touches, &["conversions_by_touch"], &["_field"])),
            draft("By kind", lines(""), 6, over_time(&points, &["conversions"], &["conversion_type"])),
            draft("By attribution", lines(""), 6, over_time(&points, &["conversions"], &["attribution"])),
        ],
    }
}

fn demand(points: &str) -> Section {
    let floor = format!(
        "{points}{}{}{WINDOWS}{UNGROUPED}{}\n    |> map(fn: (r) => ({{_time: r._time, _field: \"floor\", _value: if r.bid_requests > 0 then float(v: r.floor_micros) / 1000000.0 / float(v: r.bid_requests) else 0.0}}))\n    |> sort(columns: [\"_time\"])",
        filter_fields(&["bid_requests", "floor_micros"]),
        group(&["_field"]),
        pivot(&["_time"]),
    );
    Section {
        name: "Demand",
        note: "Bid requests of the exchanges.",
        cells: vec![
            draft("Bid requests", lines(""), 4, over_time(points, &["bid_requests"], &["exchange"])),
            draft("Slots", lines(""), 4, over_time(points, &["slots"], &["exchange"])),
            draft("Floor of a bid request", lines(""), 4, floor),
        ],
    }
}

fn quality(buckets: &Buckets) -> Section {
    let points = of(buckets, Purpose::Quality, LiveMeasurement::Quality.name());
    let reasons = of(buckets, Purpose::Quality, LiveMeasurement::QualityReason.name());
    let lost = ["duplicate", "rejected", "late", "missing"];
    let by_reason = format!(
        "{reasons}{}{}{SUM}{UNGROUPED}\n    |> keep(columns: [\"topic\", \"reason\", \"_value\"])\n    |> sort(columns: [\"_value\"], desc: true){TOP_ROWS}",
        filter_fields(&["rejected"]),
        group(&["topic", "reason"]),
    );
    Section {
        name: "Data quality",
        note: "By minute of reading: read = accepted + duplicate + rejected + late + missing.",
        cells: vec![
            draft("Read", lines(""), 6, over_time(&points, &["read"], &["topic"])),
            draft("Not accepted", lines(""), 6, over_time(&points, &lost, &["_field"])),
            draft("Missing", number("", 0), 3, total(&points, "missing")),
            draft("Orphan clicks", number("", 0), 3, total(&points, "orphan_clicks")),
            draft("Rejected, by reason", Show::Table, 6, by_reason),
        ],
    }
}

fn pipeline(buckets: &Buckets) -> Section {
    let points = of(buckets, Purpose::Quality, LiveMeasurement::Pipeline.name());
    let worst = |fields: &[&str]| format!("{points}{}{}{WORST}", filter_fields(fields), group(&["instance", "_field"]));
    let newest = format!(
        "{}{}\n    |> last(){}\n    |> max(column: \"_time\")\n    |> map(fn: (r) => ({{_value: (int(v: now()) - int(v: r._time)) / 1000000000}}))",
        campaigns(buckets),
        filter_fields(&["impressions"]),
        UNGROUPED,
    );
    Section {
        name: "Pipeline health",
        note: "Of each sink. The newest window of a campaign starts a minute or two ago where all is well.",
        cells: vec![
            draft("Age of the newest window", number(" s", 0), 3, newest),
            draft("Points failed", number("", 0), 3, total(&points, "points_failed")),
            draft("Records behind", lines(""), 6, worst(&["lag_records"])),
            draft("Watermark behind", lines(" ms"), 6, worst(&["watermark_lag_ms"])),
            draft("From edge to point", lines(" ms"), 6, worst(&["e2e_p50_ms", "e2e_p99_ms"])),
            draft("Points written", lines(""), 6, over_time(&points, &["points_written"], &["instance"])),
            draft("State", lines(" B"), 6, worst(&["state_bytes"])),
        ],
    }
}
