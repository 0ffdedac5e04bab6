//! Makes tables of answers: which columns, in which order, and what follows from two of them.

use std::collections::BTreeMap;

use adx_events::time::EventTime;
use adx_queries::campaign::Question;
use anyhow::{Context, anyhow, bail};

use super::Record;
use super::table::{Cell, Column, Table};

/// How the text of a column is to be understood.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Count,
    Micros,
    Share,
    Amount,
}

type Field = (&'static str, &'static str, Kind);

const CAMPAIGN: [Field; 2] = [("campaign_id", "campaign", Kind::Text), ("advertiser_id", "advertiser", Kind::Text)];
const TIME: [Field; 1] = [("_time", "from", Kind::Text)];
const DELIVERY: [Field; 11] = [
    ("impressions", "impressions", Kind::Count),
    ("clicks", "clicks", Kind::Count),
    ("ctr", "CTR", Kind::Share),
    ("conversions", "conversions", Kind::Count),
    ("attributed_conversions", "by click", Kind::Count),
    ("view_through_conversions", "by view", Kind::Count),
    ("cvr", "CVR", Kind::Share),
    ("cost_micros", "cost", Kind::Micros),
    ("value_micros", "value", Kind::Micros),
    ("ecpm", "eCPM", Kind::Amount),
    ("cpa", "CPA", Kind::Amount),
];
/// What no ratio is made of.
const BESIDE: [Field; 3] = [
    ("attributed_clicks", "joined clicks", Kind::Count),
    ("invalid_test", "test", Kind::Count),
    ("invalid_bot", "bots", Kind::Count),
];
const PACING: [Field; 4] = [
    ("impressions", "impressions", Kind::Count),
    ("impressions_so_far", "so far", Kind::Count),
    ("cost_micros", "cost", Kind::Micros),
    ("cost_micros_so_far", "so far", Kind::Micros),
];
const COMPARED: [Field; 5] = [
    ("impressions", "impressions", Kind::Count),
    ("clicks", "clicks", Kind::Count),
    ("conversions", "conversions", Kind::Count),
    ("cost_micros", "cost", Kind::Micros),
    ("value_micros", "value", Kind::Micros),
];
/// From the first step to the last, each with what it is a part of; conversions come without a click, too, and are part of none.
const STEPS: [(&str, Option<&str>); 6] = [
    ("impressions", Some("impressions")),
    ("clicks", Some("impressions")),
    ("attributed_clicks", Some("clicks")),
    ("attributed_conversions", Some("clicks")),
    ("view_through_conversions", Some("impressions")),
    ("conversions", None),
];

/// The table that answers a question.
pub fn shape(question: &Question, records: &[Record], now: EventTime) -> anyhow::Result<Table> {
    match question {
        Question::Totals => plain(&[&CAMPAIGN[..], &DELIVERY, &BESIDE].concat(), records),
        Question::Top { .. } => plain(&[&CAMPAIGN[..], &DELIVERY].concat(), records),
        Question::OverTime { .. } => plain(&[&TIME[..], &DELIVERY].concat(), records),
        Question::Pacing { .. } => plain(&[&TIME[..], &PACING].concat(), records),
        Question::Week => week(records),
        Question::Funnel => funnel(records),
        Question::Freshness => freshness(records, now),
    }
}

fn column((name, head, _): &Field) -> Column {
    Column { name, head }
}

fn plain(fields: &[Field], records: &[Record]) -> anyhow::Result<Table> {
    let row = |record: &Record| fields.iter().map(|(name, _, kind)| cell(record, name, *kind)).collect();
    let rows = records.iter().map(row).collect::<anyhow::Result<_>>()?;
    Ok(Table { columns: fields.iter().map(column).collect(), rows })
}

fn cell(record: &Record, name: &str, kind: Kind) -> anyhow::Result<Cell> {
    let Some(text) = record.get(name) else { return Ok(Cell::Nothing) };
    let whole = || text.parse::<i64>().ok();
    let float = || text.parse::<f64>().ok();
    let cell = match kind {
        Kind::Text => Some(Cell::Text(text.clone())),
        Kind::Count => whole().map(Cell::Count),
        Kind::Micros => whole().map(Cell::Micros),
        Kind::Share => float().map(Cell::Share),
        Kind::Amount => float().map(Cell::Amount),
    };
    cell.ok_or_else(|| anyhow!("influxdb answered {name} {text:?}, which is no number"))
}

/// Of each field what it is now, what it was, and the change as a part of that.
fn week(records: &[Record]) -> anyhow::Result<Table> {
    const NAMES: [[&str; 3]; COMPARED.len()] = [
        ["now_impressions", "before_impressions", "change_impressions"],
        ["now_clicks", "before_clicks", "change_clicks"],
        ["now_conversions", "before_conversions", "change_conversions"],
        ["now_cost_micros", "before_cost_micros", "change_cost"],
        ["now_value_micros", "before_value_micros", "change_value"],
    ];
    let heads = |([now, before, change], field): (&[&'static str; 3], &Field)| {
        [(*now, field.1), (*before, "before"), (*change, "change")].map(|(name, head)| Column { name, head })
    };
    let columns = CAMPAIGN.iter().map(column).chain(NAMES.iter().zip(&COMPARED).flat_map(heads)).collect();
    let rows = spans(records)?.into_values().map(|spans| compared(&spans)).collect::<anyhow::Result<_>>()?;
    Ok(Table { columns, rows })
}

/// What a campaign was now and before, by campaign and advertiser.
type Spans<'a> = [Option<&'a Record>; 2];

fn spans(records: &[Record]) -> anyhow::Result<BTreeMap<[Option<&str>; 2], Spans<'_>>> {
    let mut campaigns = BTreeMap::<_, Spans<'_>>::new();
    for record in records {
        let key = CAMPAIGN.map(|(name, ..)| record.get(name).map(String::as_str));
        let spans = campaigns.entry(key).or_default();
        match record.get("span").map(String::as_str) {
            Some("now") => spans[0] = Some(record),
            Some("before") => spans[1] = Some(record),
            other => bail!("influxdb answered of a span {other:?}, which was not asked about"),
        }
    }
    Ok(campaigns)
}

fn compared([now, before]: &Spans<'_>) -> anyhow::Result<Vec<Cell>> {
    let of = |span: &Option<&Record>, (name, _, kind): &Field| {
        span.map_or(Ok(Cell::Nothing), |record| cell(record, name, *kind))
    };
    let mut cells = CAMPAIGN.iter().map(|field| of(&now.or(*before), field)).collect::<anyhow::Result<Vec<_>>>()?;
    for field in &COMPARED {
        let (now, before) = (or_zero(of(now, field)?, field.2), or_zero(of(before, field)?, field.2));
        let change = change(&now, &before);
        cells.extend([now, before, change]);
    }
    Ok(cells)
}

/// A campaign that was not there delivered nothing.
fn or_zero(cell: Cell, kind: Kind) -> Cell {
    match (cell, kind) {
        (Cell::Nothing, Kind::Micros) => Cell::Micros(0),
        (Cell::Nothing, _) => Cell::Count(0),
        (cell, _) => cell,
    }
}

fn change(now: &Cell, before: &Cell) -> Cell {
    match (now, before) {
        (Cell::Count(_) | Cell::Micros(_), Cell::Count(0) | Cell::Micros(0)) => Cell::Nothing,
        (Cell::Count(now) | Cell::Micros(now), Cell::Count(before) | Cell::Micros(before)) => {
            Cell::Share((*now as f64 - *before as f64) / *before as f64)
        }
        _ => Cell::Nothing,
    }
}

fn funnel(records: &[Record]) -> anyhow::Result<Table> {
    let of = |step: &str| -> anyhow::Result<i64> {
        let record = records.iter().find(|record| record.get("_field").is_some_and(|field| field == step));
        let Some(record) = record else { return Ok(0) };
        match cell(record, "_value", Kind::Count)? {
            Cell::Count(count) => Ok(count),
            _ => Ok(0),
        }
    };
    let row = |(step, whole): (&str, Option<&str>)| -> anyhow::Result<Vec<Cell>> {
        let count = of(step)?;
        let share = match whole.map(of).transpose()? {
            Some(whole) if whole > 0 => Cell::Share(count as f64 / whole as f64),
            Some(_) | None => Cell::Nothing,
        };
        let whole = whole.map_or(Cell::Nothing, |whole| Cell::Text(whole.into()));
        Ok(vec![Cell::Text(step.into()), Cell::Count(count), share, whole])
    };
    let columns = ["step", "count", "share", "of"].map(|name| Column { name, head: name }).to_vec();
    Ok(Table { columns, rows: STEPS.into_iter().map(row).collect::<anyhow::Result<_>>()? })
}

fn freshness(records: &[Record], now: EventTime) -> anyhow::Result<Table> {
    let columns =
        [("measurement", "measurement"), ("shard", "shard"), ("newest", "newest window"), ("age_s", "seconds ago")];
    let row = |record: &Record| -> anyhow::Result<Vec<Cell>> {
        let newest = record.get("_time").context("influxdb told no time of the newest window")?;
        let at =
            EventTime::parse(newest.as_bytes()).with_context(|| format!("the newest window {newest:?} is no time"))?;
        let age_s = (now.as_ms() - at.as_ms()) / 1_000;
        Ok(vec![
            cell(record, "_measurement", Kind::Text)?,
            cell(record, "shard", Kind::Text)?,
            Cell::Text(newest.clone()),
            Cell::Count(age_s),
        ])
    };
    let columns = columns.map(|(name, head)| Column { name, head }).to_vec();
    Ok(Table { columns, rows: records.iter().map(row).collect::<anyhow::Result<_>>()? })
}

#[cfg(test)]
#[path = "shape_tests.rs"]
mod tests;
