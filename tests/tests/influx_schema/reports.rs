//! `adx report` against sums by plain addition.

use adx_events::time::{DAY_MS, EventTime, HOUR_MS, MINUTE_MS};
use adx_queries::{ADDITIVE, Purpose};
use serde_json::Value;

use crate::delivered::Delivered;
use crate::world::{World, after, day};

fn json(world: &World, words: &[&str], now: EventTime) -> Vec<Value> {
    let text = world.report(&[words, &["--format", "json"]].concat(), now);
    serde_json::from_str(&text).unwrap()
}

fn counts(row: &Value) -> [i64; ADDITIVE.len()] {
    ADDITIVE.map(|field| row[field].as_i64().unwrap_or_else(|| panic!("no {field} in {row}")))
}

/// What of the whole range was delivered, to the last field, from shards and from the sums of hours and days.
#[test]
fn totals_are_sums_wherever_they_are_read_from() {
    let Some(world) = World::start("totals") else { return };
    assert_eq!(world.adx(&["influx", "init"]), (0, String::new()));
    let start = day(4);
    let delivered = Delivered::over(start, 10 * 60);
    world.write(Purpose::Windows, delivered.lines());
    world.force("campaign_1h every 1h", after(start, 11 * HOUR_MS));
    (1..=10).for_each(|hour| world.force("campaign_1m hour by hour", after(start, hour * HOUR_MS + MINUTE_MS)));
    let (from, to) = (after(start, 17 * MINUTE_MS), after(start, 9 * HOUR_MS + 3 * MINUTE_MS));
    let sums = delivered.sums(from, to);
    let (from, to) = (from.to_string(), to.to_string());
    let now = after(start, 72 * HOUR_MS);
    for reading in ["shards", "minutes", "auto"] {
        let rows = json(&world, &["totals", "--from", &from, "--to", &to, "--reading", reading], now);
        let told: Vec<_> =
            rows.iter().map(|row| (row["campaign_id"].as_str().unwrap().to_owned(), counts(row))).collect();
        assert_eq!(told, sums.clone().into_iter().collect::<Vec<_>>(), "{reading}");
        let one = json(
            &world,
            &["totals", "--from", &from, "--to", &to, "--reading", reading, "--campaign", "quote\"d"],
            now,
        );
        assert_eq!(one.iter().map(counts).collect::<Vec<_>>(), [sums["quote\"d"]], "{reading}");
        let over_time =
            json(&world, &["over-time", "--from", &from, "--to", &to, "--reading", reading, "--every", "1h"], now);
        assert_eq!(over_time.len(), 10, "{reading}");
        let all = sums.values().fold([0; ADDITIVE.len()], |sum, row| std::array::from_fn(|i| sum[i] + row[i]));
        for (field, all) in
            [("impressions", all[0]), ("clicks", all[1]), ("conversions", all[3]), ("cost_micros", all[6])]
        {
            let summed: i64 = over_time.iter().map(|row| row[field].as_i64().unwrap()).sum();
            assert_eq!(summed, all, "{reading} {field}");
        }
        let pacing = json(&world, &["pacing", "--from", &from, "--to", &to, "--reading", reading], now);
        assert_eq!(pacing[pacing.len() - 1]["cost_micros_so_far"].as_i64(), Some(all[6]), "{reading}");
        let funnel = json(&world, &["funnel", "--from", &from, "--to", &to, "--reading", reading], now);
        assert_eq!(
            (funnel[0]["count"].as_i64(), funnel[1]["count"].as_i64()),
            (Some(all[0]), Some(all[1])),
            "{reading}"
        );
        let top = json(
            &world,
            &["top", "--from", &from, "--to", &to, "--reading", reading, "--limit", "2", "--by", "clicks"],
            now,
        );
        let mut clicks: Vec<i64> = sums.values().map(|sums| sums[1]).collect();
        clicks.sort_unstable();
        let told: Vec<i64> = top.iter().map(|row| row["clicks"].as_i64().unwrap()).collect();
        assert_eq!(told, [clicks[2], clicks[1]], "{reading}");
    }
}

#[test]
fn a_week_and_the_newest_windows() {
    let Some(world) = World::start("week") else { return };
    assert_eq!(world.adx(&["influx", "init"]), (0, String::new()));
    let (before, now) = (day(9), day(2));
    let mut delivered = Delivered::over(before, 60);
    delivered.0.extend(Delivered::over(now, 60).0);
    delivered.0.retain(|(campaign, _, minute), _| campaign != "plain" || *minute >= now.as_ms() / MINUTE_MS);
    world.write(Purpose::Windows, delivered.lines());
    let (from, to) = (now.to_string(), after(now, HOUR_MS).to_string());
    let later = after(now, 2 * HOUR_MS);
    for start in [before, now] {
        world.force("campaign_1m hour by hour", after(start, HOUR_MS + MINUTE_MS));
    }
    let (sums, sums_before) =
        (delivered.sums(now, after(now, HOUR_MS)), delivered.sums(before, after(before, HOUR_MS)));
    for reading in ["shards", "auto"] {
        let rows = json(&world, &["week", "--from", &from, "--to", &to, "--reading", reading], later);
        assert_eq!(rows.len(), 3, "{reading}");
        for row in rows {
            let campaign = row["campaign_id"].as_str().unwrap();
            let told = (row["now_clicks"].as_i64(), row["before_clicks"].as_i64());
            let clicks = sums_before.get(campaign).map_or(0, |sums| sums[1]);
            assert_eq!(told, (Some(sums[campaign][1]), Some(clicks)), "{reading} {campaign}");
        }
    }
    let rows = json(&world, &["freshness", "--from", &from, "--to", &to], later);
    let told: Vec<_> =
        rows.iter().map(|row| (row["measurement"].as_str(), row["shard"].as_str(), row["age_s"].as_i64())).collect();
    let age = Some(3_660);
    assert_eq!(
        told,
        [(Some("campaign"), Some("0"), age), (Some("campaign"), Some("1"), age), (Some("campaign_1m"), None, age)]
    );
}

/// A point of a level, with every count the same.
fn point(measurement: &str, count: i64, at: EventTime) -> String {
    let counts: Vec<String> = ADDITIVE.iter().map(|field| format!("{field}={count}i")).collect();
    format!("{measurement},advertiser_id=adv,campaign_id=c {} {}\n", counts.join(","), at.as_ms() / 1_000)
}

#[test]
fn what_the_minutes_have_forgotten_is_told_whole_or_refused() {
    let Some(world) = World::start("forgotten") else { return };
    assert_eq!(world.adx(&["influx", "init"]), (0, String::new()));
    let (long_ago, longer_ago) = (after(day(60), 20 * HOUR_MS), day(500));
    world.write(Purpose::Hours, point("campaign_1h", 7, long_ago) + &point("campaign_1h", 8, after(long_ago, HOUR_MS)));
    world.write(Purpose::Days, point("campaign_1d", 9, longer_ago));
    let now = after(day(0), 10 * HOUR_MS + 37 * MINUTE_MS);
    let told = |start: EventTime, stop: EventTime| {
        let rows = json(&world, &["totals", "--from", &start.to_string(), "--to", &stop.to_string()], now);
        rows.iter().map(|row| counts(row)[0]).collect::<Vec<_>>()
    };
    assert_eq!(told(long_ago, after(long_ago, HOUR_MS)), [7]);
    assert_eq!(told(long_ago, after(long_ago, 2 * HOUR_MS)), [15]);
    assert_eq!(told(longer_ago, after(longer_ago, DAY_MS)), [9]);
    let refused = |question: &[&str], start: EventTime, stop: EventTime| {
        let (start, stop) = (start.to_string(), stop.to_string());
        world.adx(&[&["report"], question, &["--from", &start, "--to", &stop]].concat())
    };
    for ((code, error), expected) in [
        (refused(&["totals"], after(long_ago, 30 * MINUTE_MS), after(long_ago, 2 * HOUR_MS)), "whole hours"),
        (refused(&["over-time", "--every", "30m"], long_ago, after(long_ago, 2 * HOUR_MS)), "whole hours"),
        (refused(&["totals"], longer_ago, after(longer_ago, HOUR_MS)), "whole days"),
    ] {
        assert!(code == 2 && error.contains(expected), "{code} {error}");
    }
}

#[test]
fn a_daily_task_that_is_dead_is_seen_in_the_freshness_of_a_day() {
    let Some(world) = World::start("dead") else { return };
    assert_eq!(world.adx(&["influx", "init"]), (0, String::new()));
    world.write(Purpose::Days, point("campaign_1d", 1, day(2)));
    let rows = json(&world, &["freshness"], after(day(0), 10 * HOUR_MS));
    let told: Vec<_> = rows.iter().map(|row| (row["measurement"].as_str(), row["age_s"].as_i64())).collect();
    assert_eq!(told, [(Some("campaign_1d"), Some(58 * 3_600))]);
}
