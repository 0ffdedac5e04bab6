//! The plan in a table, and the law that what was applied leaves nothing to do.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::config::Config;

fn declared(text: &str) -> Declared {
    let config = Config::parse(text, |_| Err(std::io::ErrorKind::NotFound.into()));
    Declared::of(&config.unwrap())
}

const OPS: &str = "[endpoints.ops]\nkind = 'http'\nurl = 'http://h/'\n";

/// With the check of runs alone, so that plans are short.
fn short(endpoints: &str) -> Declared {
    let mut declared = declared(endpoints);
    declared.objects.retain(|object| object.kind != Kind::Check || object.name == "adx runs");
    declared
}

fn stored(object: &Object, id: usize) -> Found {
    let mut body = object.shown().clone();
    if object.flux().is_some() {
        // As the server writes it.
        let text =
            object.flux().unwrap().replace("_check_id: \"\"", "_check_id: \"0f00\"").replace(")\n", ",\n    )\n");
        body["query"] = json!({"text": text, "editMode": ""});
    }
    Found { kind: object.kind, id: id.to_string(), name: object.name.clone(), body }
}

fn all_stored(declared: &Declared) -> Vec<Found> {
    declared.objects.iter().enumerate().map(|(id, object)| stored(object, id)).collect()
}

fn told(declared: &Declared, found: &[Found]) -> Vec<String> {
    let plan = Plan::of(declared, found);
    let lines = plan.changes.iter().map(Change::to_string).chain(plan.obstacles.iter().map(Obstacle::to_string));
    lines.map(|line| line.split(": there").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn everything_is_made_in_order_and_removed_in_reverse() {
    let declared = short(OPS);
    assert_eq!(told(&declared, &[]), ["+ endpoint adx ops", "+ check adx runs", "+ notification rule adx to ops"]);
    let empty = Declared { name: declared.name.clone(), objects: vec![] };
    assert_eq!(
        told(&empty, &all_stored(&declared)),
        ["- notification rule adx to ops", "- check adx runs", "- endpoint adx ops"]
    );
}

#[test]
fn what_is_there_stays_and_what_differs_is_told() {
    let (old, new) = (short(OPS), short(&OPS.replace("http://h/", "http://i/")));
    assert_eq!(told(&old, &all_stored(&old)), [""; 0]);
    assert_eq!(
        told(&new, &all_stored(&old)),
        ["~ endpoint adx ops: url differs", "~ notification rule adx to ops: another version"]
    );
    let mut found = all_stored(&old);
    found[1].body["status"] = json!("inactive");
    assert_eq!(told(&old, &found), ["~ check adx runs: status differs"]);
    let mut found = all_stored(&old);
    let text = found[1].body["query"]["text"].as_str().unwrap().replace("-26h", "-25h");
    found[1].body["query"]["text"] = json!(text);
    assert_eq!(told(&old, &found), ["~ check adx runs: query differs"]);
}

#[test]
fn what_is_not_ours_is_left_alone_and_stands_in_the_way_of_its_name() {
    let declared = short(OPS);
    let mut found = all_stored(&declared);
    found[1].body["description"] = json!("of the desk");
    for (id, name) in [(7, "adx"), (8, "adxx runs"), (9, "theirs")] {
        found.push(Found { name: name.to_owned(), ..stored(&declared.objects[1], id) });
    }
    found.push(Found { name: "adx of the desk".to_owned(), ..found[1].clone() });
    assert_eq!(told(&declared, &found), ["! check adx runs"]);
}

#[test]
fn a_second_object_of_one_name_goes() {
    let declared = short(OPS);
    let mut found = all_stored(&declared);
    found.push(stored(&declared.objects[2], 9));
    assert_eq!(told(&declared, &found), ["- notification rule adx to ops"]);
    assert_eq!(Plan::of(&declared, &found).changes.len(), 1);
}

#[test]
fn secrets_are_sent_again_with_the_rules_that_hold_them() {
    let hook = "[endpoints.web]\nkind = 'http'\nurl = 'http://h/'\ntoken_env = 'T'\n";
    let declared = short(&format!("{OPS}{hook}"));
    let found = all_stored(&declared);
    let mut plan = Plan::of(&declared, &found);
    plan.renew_secrets(&declared, &found);
    let told: Vec<String> = plan.changes.iter().map(Change::to_string).collect();
    assert_eq!(
        told,
        ["~ endpoint adx web: its secret is sent again", "~ notification rule adx to web: its secret is sent again"]
    );
}

/// What a server has after a change.
fn done(found: &mut Vec<Found>, change: &Change<'_>) {
    match change {
        Change::Create { object } => found.push(stored(object, found.len() + 100)),
        Change::Update { id, object, .. } => {
            found.retain(|found| (found.kind, &found.id) != (object.kind, id));
            found.push(Found { id: id.clone(), ..stored(object, 0) });
        }
        Change::Delete { kind, id, .. } => found.retain(|found| (found.kind, &found.id) != (*kind, id)),
    }
}

fn some_config() -> impl Strategy<Value = String> {
    let endpoints = prop::sample::subsequence(vec!["ops", "desk"], 1..=2);
    let off = prop::sample::subsequence(crate::RULES.map(|rule| rule.name).to_vec(), 0..6);
    (endpoints, off, 1..4u32).prop_map(|(endpoints, off, port)| {
        let endpoints =
            endpoints.into_iter().map(|name| format!("[endpoints.{name}]\nkind = 'http'\nurl = 'http://h:{port}/'\n"));
        endpoints.chain(off.into_iter().map(|name| format!("[rules.{name}]\noff = true\n"))).collect()
    })
}

proptest! {
    #[test]
    fn once_applied_nothing_is_left_to_do(before in some_config(), after in some_config(), cut in any::<prop::sample::Index>()) {
        let mut found = all_stored(&declared(&before));
        let after = declared(&after);
        // It may end amid its work, and is then run again.
        let changes = Plan::of(&after, &found).changes;
        changes.iter().take(cut.index(changes.len() + 1)).for_each(|change| done(&mut found, change));
        Plan::of(&after, &found).changes.iter().for_each(|change| done(&mut found, change));
        prop_assert!(Plan::of(&after, &found).is_empty());
        prop_assert_eq!(found.len(), after.objects.len());
    }
}
