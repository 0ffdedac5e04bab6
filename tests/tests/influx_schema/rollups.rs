//! The tasks at times that are no whole hours, and after late rewrites.

use std::collections::BTreeMap;

use adx_events::time::{DAY_MS, EventTime, HOUR_MS, MINUTE_MS};
use adx_queries::{ADDITIVE, Level, Purpose};

use crate::delivered::{Delivered, Window};
use crate::world::{Record, World, after, day};

/// What a level has: by campaign and window start the row.
fn stored(world: &World, level: Level) -> BTreeMap<(String, EventTime), Record> {
    let bucket = level.bucket(&world.buckets);
    let measurement = level.measurement();
    let flux = format!(
        r#"from(bucket: "{bucket}") |> range(start: -60d) |> filter(fn: (r) => r._measurement == "{measurement}") |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")"#
    );
    let key = |row: &Record| (row["campaign_id"].clone(), EventTime::parse(row["_time"].as_bytes()).unwrap());
    world.rows(&flux).into_iter().map(|row| (key(&row), row)).collect()
}

/// Every window of the level in the range is there, with the sums of plain addition, and no other is.
fn assert_sums(world: &World, level: Level, delivered: &Delivered, start: EventTime, stop: EventTime) {
    let rows = stored(world, level);
    let mut expected = 0;
    let mut at = start;
    while at < stop {
        let end = after(at, level.width().0);
        for (campaign, sums) in delivered.sums(at, end) {
            let row = rows.get(&(campaign.clone(), at)).unwrap_or_else(|| panic!("{level:?}: no {campaign} at {at}"));
            let told = ADDITIVE.map(|field| row[field].parse::<i64>().unwrap());
            assert_eq!(told, sums, "{level:?}: {campaign} at {at}");
            assert_ratios(row);
            expected += 1;
        }
        at = end;
    }
    let others: Vec<_> = rows.keys().filter(|(_, at)| *at < start || *at >= stop).collect();
    assert_eq!((rows.len(), others), (expected, vec![]), "{level:?}");
}

fn assert_ratios(row: &Record) {
    let count = |field: &str| row[field].parse::<f64>().unwrap();
    let ratio = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    for (name, expected) in [
        ("ctr", ratio(count("clicks"), count("impressions"))),
        ("cvr", ratio(count("attributed_conversions"), count("clicks"))),
        ("ecpm", ratio(count("cost_micros") / 1_000.0, count("impressions"))),
        ("cpa", ratio(count("cost_micros") / 1_000_000.0, count("conversions"))),
    ] {
        let told: f64 = row[name].parse().unwrap();
        assert!((told - expected).abs() <= 1e-12 * expected.abs(), "{name}: {told} in place of {expected}");
    }
}

/// After a gap the windows before the last 15 minutes do not wait until their hour is over.
#[test]
fn the_running_hour_has_its_turns_as_far_as_it_is_over() {
    let Some(world) = World::start("running") else { return };
    assert_eq!(world.adx(&["influx", "init"]), (0, String::new()));
    let start = day(3);
    let delivered = Delivered::over(start, 60);
    world.write(Purpose::Windows, delivered.lines());
    for minute in [30, 40, 50] {
        world.force("campaign_1m hour by hour", after(start, minute * MINUTE_MS + 37_000));
        assert_sums(&world, Level::Minutes, &delivered, start, after(start, minute * MINUTE_MS));
    }
    world.force("campaign_1m hour by hour", after(start, 51 * MINUTE_MS));
    assert_sums(&world, Level::Minutes, &delivered, start, after(start, 50 * MINUTE_MS));
}

#[test]
fn shards_are_summed_into_minutes_with_users_and_flags() {
    let Some(world) = World::start("minutes") else { return };
    assert_eq!(world.adx(&["influx", "init"]), (0, String::new()));
    let start = day(3);
    let mut delivered = Delivered::over(start, 20);
    let unsettled = ("plain".to_owned(), 1, start.as_ms() / MINUTE_MS + 4);
    delivered.0.get_mut(&unsettled).unwrap().settled = false;
    world.write(Purpose::Windows, delivered.lines());
    world.force("campaign_1m every 1m", after(start, 12 * MINUTE_MS + 37_000));
    assert_sums(&world, Level::Minutes, &delivered, start, after(start, 12 * MINUTE_MS));
    for ((campaign, at), row) in stored(&world, Level::Minutes) {
        let minute = at.as_ms() / MINUTE_MS;
        let users: i64 = (0..2).map(|shard| delivered.0[&(campaign.clone(), shard, minute)].users).sum();
        let is_settled = (campaign.as_str(), minute) != ("plain", unsettled.2);
        let told = ["users", "settled", "final"].map(|field| row[field].as_str());
        assert_eq!(told, [users.to_string().as_str(), if is_settled { "1" } else { "0" }, "0"], "{campaign} {at}");
    }
    // What settles later, and late records, arrive with the next run that reaches so far back.
    delivered.0.insert(unsettled, Window::of(90));
    delivered.0.insert(("new".to_owned(), 0, start.as_ms() / MINUTE_MS), Window::of(5));
    world.write(Purpose::Windows, delivered.lines());
    world.force("campaign_1m hour by hour", after(start, 20 * HOUR_MS + 21 * MINUTE_MS + 3_000));
    assert!(stored(&world, Level::Minutes).values().any(|row| row["settled"] == "0"), "its turn is the hour before");
    world.force("campaign_1m hour by hour", after(start, 20 * HOUR_MS + 20 * MINUTE_MS + 3_000));
    assert_sums(&world, Level::Minutes, &delivered, start, after(start, 20 * MINUTE_MS));
    assert!(stored(&world, Level::Minutes).values().all(|row| row["settled"] == "1"));
}

#[test]
fn hours_up_to_nine_days_back_have_their_turn() {
    let Some(world) = World::start("turn") else { return };
    assert_eq!(world.adx(&["influx", "init"]), (0, String::new()));
    let start = day(7);
    let delivered = Delivered::over(start, 60);
    world.write(Purpose::Windows, delivered.lines());
    // At 03:56, the 28th of 31 minutes for older hours, it is the turn of the one that began 27 + (3 * 31 + 27) % 190 = 147 hours before 03:00.
    world.force("campaign_1m hour by hour", after(start, 147 * HOUR_MS + 56 * MINUTE_MS));
    assert_sums(&world, Level::Minutes, &delivered, start, after(start, HOUR_MS));
}

#[test]
fn hours_and_days_are_whole_whenever_the_tasks_run() {
    let Some(world) = World::start("whole") else { return };
    assert_eq!(world.adx(&["influx", "init"]), (0, String::new()));
    let start = day(4);
    let mut delivered = Delivered::over(start, 30 * 60);
    world.write(Purpose::Windows, delivered.lines());

    world.force("campaign_1h every 1h", after(start, 6 * HOUR_MS));
    assert_sums(&world, Level::Hours, &delivered, start, after(start, 6 * HOUR_MS));
    // In the middle of an hour: neither the running one nor the first one, which lies half before its reach, is cut.
    world.force("campaign_1h every 1h", after(start, 27 * HOUR_MS + 31 * MINUTE_MS + 7_000));
    assert_sums(&world, Level::Hours, &delivered, start, after(start, 27 * HOUR_MS));
    let row = stored(&world, Level::Hours).into_values().next().unwrap();
    assert!(!row.contains_key("users") && row.contains_key("settled"), "{row:?}");

    // A late rewrite arrives, by the hour within a day, by the day up to nine days back.
    let minute = start.as_ms() / MINUTE_MS;
    delivered.0.insert(("plain".to_owned(), 0, minute + 20 * 60 + 5), Window::of(70));
    delivered.0.insert(("late".to_owned(), 3, minute + 21 * 60), Window::of(33));
    world.write(Purpose::Windows, delivered.lines());
    world.force("campaign_1h every 1h", after(start, 28 * HOUR_MS + 59 * MINUTE_MS));
    assert_sums(&world, Level::Hours, &delivered, start, after(start, 28 * HOUR_MS));
    delivered.0.insert(("plain".to_owned(), 1, minute + 59), Window::of(71));
    world.write(Purpose::Windows, delivered.lines());
    world.force("campaign_1h every 1d", after(start, 3 * DAY_MS + 17 * MINUTE_MS));
    assert_sums(&world, Level::Hours, &delivered, start, after(start, 30 * HOUR_MS));

    world.force("campaign_1d every 1d", after(start, 29 * HOUR_MS + 11 * MINUTE_MS));
    assert_sums(&world, Level::Days, &delivered, start, after(start, DAY_MS));
}
