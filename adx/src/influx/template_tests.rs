//! The template against the fields that InfluxDB reads, which passes over every other without a word.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read for its form alone")]
struct Read<S> {
    #[serde(rename = "apiVersion")]
    api_version: String,
    kind: String,
    metadata: ReadMetadata,
    spec: S,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadMetadata {
    name: String,
}

/// What a task of a template has, as InfluxDB 2.9.1 reads it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(dead_code, reason = "read for its form alone")]
struct ReadTask {
    name: String,
    description: Option<String>,
    every: Option<String>,
    cron: Option<String>,
    offset: Option<String>,
    query: String,
    status: Option<String>,
    associations: Option<Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read for its form alone")]
struct ReadDashboard {
    name: String,
    description: Option<String>,
    charts: Vec<ReadChart>,
    associations: Option<Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(dead_code, reason = "read for its form alone")]
struct ReadChart {
    kind: String,
    name: String,
    x_pos: u32,
    y_pos: u32,
    width: u32,
    height: u32,
    note: Option<String>,
    note_on_empty: Option<bool>,
    queries: Option<Vec<ReadQuery>>,
    prefix: Option<String>,
    suffix: Option<String>,
    decimal_places: Option<u32>,
    geom: Option<String>,
    position: Option<String>,
    shade: Option<bool>,
    hover_dimension: Option<String>,
    x_col: Option<String>,
    y_col: Option<String>,
    time_format: Option<String>,
    axes: Option<Vec<ReadAxis>>,
    colors: Option<Vec<ReadColor>>,
    field_options: Option<Vec<Value>>,
    table_options: Option<ReadTableOptions>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadQuery {
    query: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read for its form alone")]
struct ReadAxis {
    name: String,
    label: Option<String>,
    prefix: Option<String>,
    suffix: Option<String>,
    base: Option<String>,
    scale: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read for its form alone")]
struct ReadColor {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    hex: String,
    value: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(dead_code, reason = "read for its form alone")]
struct ReadTableOptions {
    vertical_time_axis: Option<bool>,
    sort_by: Option<String>,
    wrapping: Option<String>,
    fix_first_column: Option<bool>,
}

fn of_kind(kind: &str) -> Vec<Value> {
    let documents = documents(&Buckets::of("adx").unwrap());
    documents.into_iter().filter(|document| document["kind"] == kind).collect()
}

fn read<S: serde::de::DeserializeOwned>(document: Value) -> Read<S> {
    serde_json::from_value(document.clone()).unwrap_or_else(|error| panic!("{error}\n{document:#}"))
}

#[test]
fn every_document_has_a_key_of_its_own() {
    let documents = documents(&Buckets::of("adx").unwrap());
    let keys: BTreeSet<String> = documents.iter().map(|document| document["metadata"]["name"].to_string()).collect();
    assert_eq!(keys.len(), documents.len());
    assert_eq!(of_kind("Task").len() + of_kind("Dashboard").len(), documents.len());
}

#[test]
fn tasks_have_what_a_task_has() {
    for document in of_kind("Task") {
        let task: Read<ReadTask> = read(document);
        let key = &task.metadata.name;
        let is_label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(key.len() <= 63 && key.chars().all(is_label) && !key.starts_with('-') && !key.ends_with('-'), "{key}");
        let spec = task.spec;
        assert!(!spec.query.contains("option task"), "the server adds that itself");
        assert!(spec.every.is_some() != spec.cron.is_some());
        assert!(matches!(spec.status.as_deref(), Some("active" | "inactive")));
    }
}

#[test]
fn charts_have_what_their_kind_needs() {
    let [dashboard] = of_kind("Dashboard").try_into().expect("one dashboard");
    let dashboard: Read<ReadDashboard> = read(dashboard);
    for chart in dashboard.spec.charts {
        let queries: Vec<String> = chart.queries.unwrap_or_default().into_iter().map(|query| query.query).collect();
        assert!(chart.width > 0 && chart.height > 0, "{}", chart.name);
        match chart.kind.as_str() {
            "Markdown" => assert!(queries.is_empty() && chart.note.is_some()),
            "Single_Stat" => assert!(queries.len() == 1 && chart.decimal_places.is_some(), "{}", chart.name),
            "Table" => assert!(queries.len() == 1 && chart.table_options.is_some(), "{}", chart.name),
            "Xy" => {
                let axes: Vec<String> = chart.axes.unwrap_or_default().into_iter().map(|axis| axis.name).collect();
                assert_eq!((axes, queries.len()), (vec!["x".to_owned(), "y".to_owned()], 1), "{}", chart.name);
                assert_eq!((chart.geom.as_deref(), chart.position.as_deref()), (Some("line"), Some("overlaid")));
            }
            other => panic!("{}: no kind of chart {other}", chart.name),
        }
    }
}
