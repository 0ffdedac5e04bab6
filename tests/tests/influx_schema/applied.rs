//! `adx influx init` and `status`: repeated, and after somebody has been at it by hand.

use adx_influx::Call;
use adx_queries::{Purpose, ROLLUPS};
use serde_json::json;

use crate::world::World;

#[test]
fn init_makes_everything_once_and_status_says_so() {
    let Some(world) = World::start("init") else { return };
    assert_eq!(world.adx(&["influx", "status"]), (1, String::new()));
    assert_eq!(world.adx(&["influx", "init"]), (0, String::new()));
    assert_eq!(world.adx(&["influx", "status"]), (0, String::new()));
    let there = (world.tasks(), world.dashboards(), world.stacks(), Purpose::ALL.map(|purpose| world.bucket(purpose)));
    assert_eq!((there.0.len(), there.1.len(), there.2.len()), (ROLLUPS.len(), 1, 1));
    let kept =
        there.3.each_ref().map(|bucket| bucket["retentionRules"][0]["everySeconds"].as_u64().unwrap_or(0) / 86_400);
    assert_eq!(kept, [30, 400, 0, 90]);
    assert_eq!(world.adx(&["influx", "init"]), (0, String::new()));
    let again = (world.tasks(), world.dashboards(), world.stacks(), Purpose::ALL.map(|purpose| world.bucket(purpose)));
    assert_eq!(again, there, "a second time changes nothing, not even the time of the last change");
}

#[test]
fn what_was_changed_by_hand_is_found_and_mended() {
    let Some(world) = World::start("mend") else { return };
    assert_eq!(world.adx(&["influx", "init"]), (0, String::new()));
    let mends = |what: &str| {
        assert_eq!(world.adx(&["influx", "status"]), (1, String::new()), "{what}");
        assert_eq!(world.adx(&["influx", "init"]), (0, String::new()), "{what}");
        assert_eq!(world.adx(&["influx", "status"]), (0, String::new()), "{what}");
        assert_eq!((world.tasks().len(), world.dashboards().len()), (ROLLUPS.len(), 1), "{what}");
    };
    let task = |nth: usize| world.tasks().values().nth(nth).unwrap()["id"].as_str().unwrap().to_owned();
    let task_path = |nth: usize| format!("/api/v2/tasks/{}", task(nth));
    let cells = || world.dashboards().values().next().unwrap()["cells"].as_array().unwrap().len();
    let all_cells = cells();

    world.call(&Call::delete(task_path(0)));
    mends("a task is gone");
    world.call(&Call::patch(task_path(1), json!({ "status": "inactive" })));
    mends("a task is off");
    world.call(&Call::patch(task_path(2), json!({ "every": "7h" })));
    mends("a task runs at other times");
    let flux = world.tasks().values().nth(3).unwrap()["flux"].as_str().unwrap().replacen("fn: sum", "fn: max", 1);
    world.call(&Call::patch(task_path(3), json!({ "flux": flux })));
    mends("a task does something else");
    let dashboard = world.dashboards().values().next().unwrap().clone();
    let (id, cell) = (dashboard["id"].as_str().unwrap(), dashboard["cells"][3]["id"].as_str().unwrap());
    world.call(&Call::delete(format!("/api/v2/dashboards/{id}/cells/{cell}")));
    assert_eq!(cells(), all_cells - 1);
    mends("a cell is gone");
    assert_eq!(cells(), all_cells);
    world.call(&Call::delete(format!("/api/v2/dashboards/{id}")));
    mends("the dashboard is gone");
    let bucket = world.bucket(Purpose::Quality);
    let rules =
        json!({ "retentionRules": [{ "type": "expire", "everySeconds": 7_200, "shardGroupDurationSeconds": 3_600 }] });
    world.call(&Call::patch(format!("/api/v2/buckets/{}", bucket["id"].as_str().unwrap()), rules));
    mends("a bucket keeps points for two hours");
    world.call(&Call::delete(format!("/api/v2/buckets/{}", world.bucket(Purpose::Days)["id"].as_str().unwrap())));
    mends("a bucket is gone");
    let stack = world.stacks().values().next().unwrap()["id"].as_str().unwrap().to_owned();
    world.call(&Call::delete(format!("/api/v2/stacks/{stack}")).with("orgID", world.org()));
    assert_eq!(world.tasks().len(), 0);
    mends("the stack is gone, with all that was in it");
}

#[test]
fn too_many_series_are_told_by_status() {
    let Some(world) = World::start("series") else { return };
    assert_eq!(world.adx(&["influx", "init"]), (0, String::new()));
    let lines: String = (0..12).map(|n| format!("demand,exchange=x{n},shard=0 slots=1i,bid_requests=1i\n")).collect();
    world.write(Purpose::Windows, lines);
    assert_eq!(world.adx(&["influx", "status", "--series-max", "12"]), (0, String::new()));
    assert_eq!(world.adx(&["influx", "status", "--series-max", "11"]), (1, String::new()));
}

#[test]
fn a_bucket_that_keeps_longer_is_left_so_unless_it_is_to_be_shortened() {
    let Some(world) = World::start("longer") else { return };
    assert_eq!(world.adx(&["influx", "init"]), (0, String::new()));
    let keeps = || world.bucket(Purpose::Windows)["retentionRules"][0]["everySeconds"].as_u64().unwrap_or(0);
    let id = world.bucket(Purpose::Windows)["id"].as_str().unwrap().to_owned();
    let day_s = 86_400;
    for (longer, shard_days) in [(0, 7), (365 * day_s, 7)] {
        let rule = json!({ "type": "expire", "everySeconds": longer, "shardGroupDurationSeconds": shard_days * day_s });
        world.call(&Call::patch(format!("/api/v2/buckets/{id}"), json!({ "retentionRules": [rule] })));
        assert_eq!(world.adx(&["influx", "status"]), (1, String::new()));
        assert_eq!(world.adx(&["influx", "init"]), (1, String::new()));
        assert_eq!(keeps(), longer);
        assert_eq!(world.adx(&["influx", "init", "--shorten-retention"]), (0, String::new()));
        assert_eq!(keeps(), 30 * day_s);
        assert_eq!(world.adx(&["influx", "status"]), (0, String::new()));
    }
}

#[test]
fn too_many_series_are_refused_before_anything_is_made() {
    let Some(world) = World::start("refused") else { return };
    let (code, error) = world.adx(&["influx", "init", "--series-max", "1000"]);
    assert!(code == 1 && error.contains("nothing was made") && error.contains("--campaigns"), "{code} {error}");
    assert_eq!((world.tasks().len(), world.stacks().len()), (0, 0));
    let there = world.call(&Call::get("/api/v2/buckets").with("orgID", world.org()).with("limit", "100"));
    let names: Vec<_> = there["buckets"].as_array().unwrap().iter().map(|bucket| bucket["name"].as_str()).collect();
    assert!(Purpose::ALL.iter().all(|purpose| !names.contains(&Some(&world.buckets.name(*purpose)))), "{names:?}");
}
