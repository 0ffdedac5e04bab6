//! Tables from the rows that InfluxDB answers with.

use adx_queries::campaign::Measure;

use super::*;
use crate::cli::report::Format;
use crate::report::print;

fn records(rows: &[&[(&str, &str)]]) -> Vec<Record> {
    let record =
        |row: &&[(&str, &str)]| row.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    rows.iter().map(record).collect()
}

fn printed(question: Question, rows: &[&[(&str, &str)]], format: Format) -> String {
    let now = EventTime::parse(b"2026-03-01T00:02:30Z").unwrap();
    print::text(&shape(&question, &records(rows), now).unwrap(), format)
}

#[test]
fn a_week_beside_the_one_before() {
    let (a, b) = ([("campaign_id", "a"), ("advertiser_id", "x")], [("campaign_id", "b"), ("advertiser_id", "x")]);
    let rows: &[&[(&str, &str)]] = &[
        &[&a[..], &[("span", "before"), ("impressions", "100")]].concat(),
        &[&a[..], &[("span", "now"), ("impressions", "150"), ("cost_micros", "1500000")]].concat(),
        &[&b[..], &[("span", "before"), ("impressions", "100"), ("cost_micros", "2000000")]].concat(),
    ];
    let text = printed(Question::Week, rows, Format::Csv);
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0]
            .starts_with("campaign_id,advertiser_id,now_impressions,before_impressions,change_impressions,now_clicks")
    );
    assert_eq!(lines[1], "a,x,150,100,0.5,0,0,,0,0,,1500000,0,,0,0,");
    assert_eq!(lines[2], "b,x,0,100,-1,0,0,,0,0,,0,2000000,-1,0,0,");
}

#[test]
fn a_funnel_names_every_step_and_its_part() {
    let rows: &[&[(&str, &str)]] = &[
        &[("_field", "impressions"), ("_value", "2000")],
        &[("_field", "clicks"), ("_value", "50")],
        &[("_field", "conversions"), ("_value", "70")],
        &[("_field", "attributed_conversions"), ("_value", "5")],
        &[("_field", "view_through_conversions"), ("_value", "3")],
    ];
    let expected = "\
step                      count    share  of
impressions               2,000  100.00%  impressions
clicks                       50    2.50%  impressions
attributed_clicks             0    0.00%  clicks
attributed_conversions        5   10.00%  clicks
view_through_conversions      3    0.15%  impressions
conversions                  70
";
    assert_eq!(printed(Question::Funnel, rows, Format::Table), expected);
}

#[test]
fn the_age_of_the_newest_window_is_from_its_start() {
    let rows: &[&[(&str, &str)]] = &[
        &[("_measurement", "campaign"), ("shard", "0"), ("_time", "2026-03-01T00:01:00Z")],
        &[("_measurement", "campaign_1h"), ("_time", "2026-02-28T23:00:00Z")],
    ];
    let expected = "\
measurement  shard  newest window         seconds ago
campaign     0      2026-03-01T00:01:00Z           90
campaign_1h         2026-02-28T23:00:00Z        3,750
";
    assert_eq!(printed(Question::Freshness, rows, Format::Table), expected);
}

#[test]
fn top_campaigns_as_json_are_numbers_and_null_where_there_is_nothing() {
    let rows: &[&[(&str, &str)]] =
        &[&[("campaign_id", "a\"b"), ("impressions", "7"), ("ctr", "0.5"), ("cost_micros", "1000001")]];
    let text = printed(Question::Top { by: Measure::Cost, limit: 1 }, rows, Format::Json);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let row = &value[0];
    assert_eq!(
        (row["campaign_id"].as_str(), row["impressions"].as_i64(), row["ctr"].as_f64()),
        (Some("a\"b"), Some(7), Some(0.5))
    );
    assert_eq!((row["cost_micros"].as_i64(), row["advertiser_id"].is_null()), (Some(1_000_001), true));
}

#[test]
fn what_is_no_number_is_an_error() {
    let error = shape(&Question::Totals, &records(&[&[("impressions", "many")]]), EventTime::MIN).unwrap_err();
    assert!(error.to_string().contains("impressions \"many\""), "{error}");
}
