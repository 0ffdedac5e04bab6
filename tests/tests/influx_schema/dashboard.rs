//! The cells of the dashboard, as the server has them, return data.

use adx_events::time::{EventTime, HOUR_MS, MINUTE_MS};
use adx_influx::Call;
use adx_queries::{LiveMeasurement, Measurement, Purpose};
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

#[test]
fn every_cell_returns_data() {
    let Some(world) = World::start("dashboard") else { return };
    assert_eq!(world.adx(&["influx", "init"]), (0, String::new()));
    let start = day(2);
    world.write(Purpose::Windows, Delivered::over(start, 10).lines());
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
            asked += 1;
        }
    }
    assert!(asked >= 25, "{asked} cells with queries");
}
