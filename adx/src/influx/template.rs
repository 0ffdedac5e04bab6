//! Tasks and dashboard as documents of a template: InfluxDB's own form, which passes over what it does not know.

use adx_queries::dashboard::{self, Cell, Show};
use adx_queries::{Buckets, ROLLUPS, Rollup, Span};
use serde::Serialize;
use serde_json::{Value, json};

const API_VERSION: &str = "influxdata.com/v2alpha1";

/// One object.
#[derive(Debug, Serialize)]
struct Document<S> {
    #[serde(rename = "apiVersion")]
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    spec: S,
}

/// A key within the template: lower-case letters, digits, hyphens, 63 at most.
#[derive(Debug, Serialize)]
struct Metadata {
    name: String,
}

#[derive(Debug, Serialize)]
struct TaskSpec {
    name: String,
    description: String,
    every: String,
    offset: String,
    query: String,
    status: &'static str,
}

#[derive(Debug, Serialize)]
struct DashboardSpec {
    name: String,
    description: &'static str,
    charts: Vec<Chart>,
}

/// A cell; what a kind of cell has not is left out.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Chart {
    kind: &'static str,
    name: String,
    x_pos: u32,
    y_pos: u32,
    width: u32,
    height: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    queries: Vec<Query>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suffix: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimal_places: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    geom: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x_col: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y_col: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    axes: Vec<Axis>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    colors: Vec<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table_options: Option<TableOptions>,
}

#[derive(Debug, Serialize)]
struct Query {
    query: String,
}

#[derive(Debug, Serialize)]
struct Axis {
    name: &'static str,
    base: &'static str,
    scale: &'static str,
    suffix: &'static str,
}

#[derive(Debug, Serialize)]
struct Color {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    hex: &'static str,
    value: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TableOptions {
    vertical_time_axis: bool,
    wrapping: &'static str,
}

/// Every object of the stack.
pub fn documents(buckets: &Buckets) -> Vec<Value> {
    let tasks = ROLLUPS.iter().map(|rollup| document("Task", rollup.key(), task(rollup, buckets)));
    let cells = dashboard::cells(buckets).into_iter().map(chart).collect();
    let description = "What campaigns deliver, and how the pipeline fares; kept as declared by `adx influx init`";
    let spec = DashboardSpec { name: format!("AdvertiseX: {}", buckets.prefix()), description, charts: cells };
    tasks.chain([document("Dashboard", "campaigns".to_owned(), spec)]).collect()
}

fn document(kind: &'static str, name: String, spec: impl Serialize) -> Value {
    json!(Document { api_version: API_VERSION, kind, metadata: Metadata { name }, spec })
}

fn task(rollup: &Rollup, buckets: &Buckets) -> TaskSpec {
    TaskSpec {
        name: rollup.name(buckets),
        description: rollup.description(),
        every: Span(rollup.every).to_string(),
        offset: Span(rollup.offset).to_string(),
        query: rollup.text(buckets),
        status: "active",
    }
}

fn chart(cell: Cell) -> Chart {
    let chart = Chart {
        name: cell.name,
        x_pos: cell.x,
        y_pos: cell.y,
        width: cell.width,
        height: cell.height,
        ..Chart::default()
    };
    if cell.show == Show::Note {
        return Chart { kind: "Markdown", note: Some(cell.text), ..chart };
    }
    let chart = Chart { queries: vec![Query { query: cell.text }], ..chart };
    match cell.show {
        Show::Number { suffix, decimals } => {
            let colors = vec![Color { name: "text", kind: "text", hex: "#00C9FF", value: 0.0 }];
            Chart { kind: "Single_Stat", suffix: Some(suffix), decimal_places: Some(decimals), colors, ..chart }
        }
        Show::Lines { unit } => {
            let axis = |name, suffix| Axis { name, base: "10", scale: "linear", suffix };
            let (axes, geom, position) = (vec![axis("x", ""), axis("y", unit)], Some("line"), Some("overlaid"));
            Chart { kind: "Xy", geom, position, x_col: Some("_time"), y_col: Some("_value"), axes, ..chart }
        }
        Show::Table => {
            let table_options = Some(TableOptions { vertical_time_axis: true, wrapping: "truncate" });
            Chart { kind: "Table", table_options, ..chart }
        }
        Show::Note => chart,
    }
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
