//! The cells of the dashboard, as the server has them, return data.

use std::collections::BTreeMap;

use adx_events::time::{EventTime, HOUR_MS, MINUTE_MS};
use adx_influx::Call;
use adx_queries::{ADDITIVE, LiveMeasurement, Measurement, Purpose};
use adx_tests::flux::with_option;

use crate::delivered::Delivered;
use crate::world::{World, after, day};

/// A point of every other measurement, a minute each.
fn points(names: &[(&str, &[&str], Vec<&str>)], start: EventTime) -> String {
    let point = |minute: i64, (name, tags, fields): &(&str, &[&str], Vec<&str>)| {
        let tags: String = tags.iter().map(|tag| format!(",{tag}=x")).collect();
        let fields: Vec<String> =
            fields.iter().enumerate().map(|(n, field)| format!("{field}={}i", n as i64 + 1 + minute)).collect();
        format!("{name}{tags} {} {}\n", fields.join(","), start.as_ms() / 1_000 + minute * 60)
    };
    (0..10).flat_map(|minute| names.iter().map(move |measurement| point(minute, measurement))).collect()
}

/// What [`points`] have of a field, summed.
fn summed((_, _, fields): &(&str, &[&str], Vec<&str>), field: &str) -> f64 {
    let nth = fields.iter().position(|name| *name == field).unwrap() as i64;
    (0..10).map(|minute| nth + 1 + minute).sum::<i64>() as f64
}

#[test]
fn every_cell_returns_data_and_single_numbers_are_sums() {
    let Some(world) = World::start("dashboard") else { return };
    assert_eq!(world.adx(&["influx", "init"]), (0, String::new()));
    let start = day(2);
    let delivered = Delivered::over(start, 10);
    world.write(Purpose::Windows, delivered.lines());
    let windows = [Measurement::Touch, Measurement::Conversion, Measurement::Demand].map(|measurement| {
        let counts =
            measurement.fields().iter().map(|field| field.name).filter(|name| !["settled", "final"].contains(name));
        (measurement.name(), measurement.tag_keys(), counts.collect::<Vec<_>>())
    });
    world.write(Purpose::Windows, points(&windows, start));
    let live = LiveMeasurement::ALL
        .map(|measurement| (measurement.name(), measurement.tag_keys(), measurement.fields().to_vec()));
    world.write(Purpose::Quality, points(&live, start));
    world.force("campaign_1m every 1m", after(start, 10 * MINUTE_MS));

    let (from, to) = (start, after(start, HOUR_MS));
    let sums = delivered.sums(from, to);
    let of = |field: &str| {
        let nth = ADDITIVE.iter().position(|name| *name == field).unwrap();
        sums.values().map(|sums| sums[nth]).sum::<i64>() as f64
    };
    let mut numbers = BTreeMap::from([
        ("Impressions", of("impressions")),
        ("Clicks", of("clicks")),
        ("Cost", of("cost_micros") / 1e6),
        ("Invalid: tests", of("invalid_test")),
        ("Invalid: bots", of("invalid_bot")),
        ("All conversions", summed(&windows[1], "conversions")),
        ("Value", summed(&windows[1], "value_micros") / 1e6),
        ("Missing", summed(&live[0], "missing")),
        ("Orphan clicks", summed(&live[0], "orphan_clicks")),
        ("Points failed", summed(&live[2], "points_failed")),
    ]);
    let option = format!("v = {{timeRangeStart: {from}, timeRangeStop: {to}, windowPeriod: 1m}}");
    let dashboards = world.dashboards();
    let dashboard = dashboards.values().next().unwrap();
    let (id, mut asked) = (dashboard["id"].as_str().unwrap(), 0);
    for cell in dashboard["cells"].as_array().unwrap() {
        let path = format!("/api/v2/dashboards/{id}/cells/{}/view", cell["id"].as_str().unwrap());
        let view = world.call(&Call::get(path));
        for query in view["properties"]["queries"].as_array().into_iter().flatten() {
            let rows = world.rows(&with_option(&option, query["text"].as_str().unwrap()));
            assert!(!rows.is_empty(), "{}: {}", view["name"], query["text"]);
            if let Some(expected) = numbers.remove(view["name"].as_str().unwrap()) {
                let told: Vec<f64> = rows.iter().map(|row| row["_value"].parse().unwrap()).collect();
                assert!(told.len() == 1 && (told[0] - expected).abs() < 1e-9, "{}: {told:?} {expected}", view["name"]);
            }
            asked += 1;
        }
    }
    assert!(numbers.is_empty(), "no cells {numbers:?}");
    assert!(asked >= 25, "{asked} cells with queries");
}
