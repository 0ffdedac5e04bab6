//! Plans from what is declared and what is there.

use adx_queries::Buckets;

use super::*;
use crate::influx::found::FoundBucket;

fn declared() -> Declared {
    Declared::of(&Buckets::of("adx").unwrap())
}

/// All buckets as declared, and a stack whose objects are.
fn complete() -> Found {
    let bucket = |bucket: &DeclaredBucket| FoundBucket {
        id: format!("id of {}", bucket.name),
        name: bucket.name.clone(),
        keeps: bucket.keeps,
    };
    let object = |name: &str| Object { kind: "Task".into(), name: name.into(), state: State::Same };
    Found {
        buckets: declared().buckets.iter().map(bucket).collect(),
        stack: Some(Stack { id: "s".into() }),
        objects: vec![object("one"), object("two")],
    }
}

fn plan(found: &Found) -> Plan {
    Plan::of(&declared(), found, Retention::NeverShorter)
}

fn lines(plan: &Plan) -> Vec<String> {
    plan.changes.iter().map(Change::to_string).collect()
}

#[test]
fn everything_is_new_on_a_fresh_server() {
    let plan = plan(&Found::default());
    assert_eq!(
        lines(&plan),
        [
            "+ bucket adx: keeps points 30 days",
            "+ bucket adx_1h: keeps points 400 days",
            "+ bucket adx_1d: keeps points for ever",
            "+ bucket adx_quality: keeps points 90 days",
            "+ task adx: campaign_1m every 1m",
            "+ task adx: campaign_1m hour by hour",
            "+ task adx: campaign_1h every 1h",
            "+ task adx: campaign_1h every 1d",
            "+ task adx: campaign_1d every 1d",
            "+ dashboard AdvertiseX: adx",
        ]
    );
    assert_eq!(plan.stack_to_apply(), Some(None));
}

#[test]
fn nothing_is_done_where_all_is_there() {
    let plan = plan(&complete());
    assert_eq!((lines(&plan), plan.stack_to_apply(), plan.is_as_declared()), (vec![], None, true));
}

#[test]
fn buckets_are_made_or_told_to_keep_otherwise_and_the_stack_is_left_alone() {
    let mut found = complete();
    found.buckets.remove(3);
    found.buckets[1].keeps = Some(Duration::from_secs(3_600));
    found.buckets[2].keeps = Some(Duration::from_secs(86_400));
    let plan = plan(&found);
    assert_eq!(
        lines(&plan),
        [
            "~ bucket adx_1h: keeps points 400 days in place of 1h",
            "~ bucket adx_1d: keeps points for ever in place of 1 days",
            "+ bucket adx_quality: keeps points 90 days",
        ]
    );
    assert!(matches!(&plan.changes[0], Change::KeepOtherwise { id, .. } if id == "id of adx_1h"));
    assert_eq!(plan.stack_to_apply(), None);
}

#[test]
fn a_bucket_that_keeps_longer_is_shortened_only_where_that_is_asked_for() {
    for (keeps, told) in [(None, "for ever"), (Some(Duration::from_secs(31 * 86_400)), "31 days")] {
        let mut found = complete();
        found.buckets[0].keeps = keeps;
        let plan = plan(&found);
        assert_eq!((lines(&plan), plan.is_as_declared()), (vec![], false));
        let left: Vec<String> = plan.left_alone.iter().map(KeepsLonger::to_string).collect();
        let expected = format!("! bucket adx: keeps points {told}, longer than the 30 days declared: left so;");
        assert!(left.len() == 1 && left[0].starts_with(&expected), "{left:?}");
        let plan = Plan::of(&declared(), &found, Retention::AsDeclared);
        assert_eq!(lines(&plan), [format!("~ bucket adx: keeps points 30 days in place of {told}")]);
        assert!(plan.left_alone.is_empty());
    }
}

#[test]
fn one_object_that_differs_has_the_whole_stack_applied() {
    for (state, expected) in [
        (State::Missing, "+ task two"),
        (State::Differs(vec!["every".into(), "query".into()]), "~ task two: other every, query"),
        (State::Undeclared, "- task two: in the stack, not declared"),
    ] {
        let mut found = complete();
        found.objects[1].state = state;
        let plan = plan(&found);
        assert_eq!(lines(&plan), [expected]);
        assert_eq!(plan.stack_to_apply(), Some(Some(&Stack { id: "s".into() })));
    }
}
