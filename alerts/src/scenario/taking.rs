//! Stories of a receiver that does not take its alerts.

use super::{
    Answer, Expected, Minute, OPS, Scenario, Step, WATCH, delivered, fires, minutes, resolves, set_of, settle,
};
use crate::config::Config;

const CAUSE: &str = "spend-without-clicks";
const RULE: &str = "receiver ops";
const DAY: Minute = 1_440;

pub(super) fn status_500(config: &Config) -> Option<Scenario> {
    story(config, "receiver, answers 500", Answer::Status(500))
}

pub(super) fn no_answer(config: &Config) -> Option<Scenario> {
    story(config, "receiver, answers nothing", Answer::Nothing)
}

/// After a day without an alert nothing shows that it takes none.
pub(super) fn nothing_since(config: &Config) -> Option<Scenario> {
    let mut scenario = story(config, "receiver, nothing sent for a day", Answer::Status(500))?;
    let at = scenario.steps.get(3)?.at;
    scenario.steps.truncate(4);
    scenario.steps.push(Step {
        at: at + DAY,
        says: "a day later nothing is lost, and nothing was sent",
        checks: vec![RULE],
        expected: vec![Expected { endpoint: WATCH, ..resolves(RULE, OPS, "has lost no alert in the last day") }],
        ..Step::default()
    });
    Some(scenario)
}

/// An alert is lost on its way to one receiver; the other one hears of that, and of the end of it.
fn story(config: &Config, name: &'static str, answer: Answer) -> Option<Scenario> {
    let config = set_of(config, &["receiver", CAUSE], &[OPS, WATCH], "")?;
    let limit = config.rule(CAUSE)?.threshold("spend_max")?.0;
    let spent = |campaign, at, clicks| {
        delivered(campaign, at, &[("cost_micros", (limit * 2e6) as i64 + 1), ("clicks", clicks)])
    };
    let at = minutes(&config, CAUSE, "window")? + settle(&config);
    let later = minutes(&config, "receiver", "window")? + 5;
    let told = |expected: Expected| Expected { endpoint: WATCH, ..expected };
    let steps = vec![
        Step { at: 0, says: "nothing was sent", checks: vec![RULE], ..Step::default() },
        Step {
            at,
            says: "an alert is sent, and not taken",
            lines: vec![spent("bad", 0, 0)],
            checks: vec![CAUSE],
            answer,
            // It has arrived, whatever the answer; InfluxDB does not send it again.
            expected: vec![
                fires(CAUSE, "bad", "spends without clicks"),
                told(fires(CAUSE, "bad", "spends without clicks")),
            ],
        },
        Step {
            at: at + 5,
            says: "the other receiver is told",
            checks: vec![RULE],
            expected: vec![told(fires(RULE, OPS, "does not take alerts: 1 of the last day"))],
            ..Step::default()
        },
        Step { at: at + 6, says: "still", checks: vec![RULE], ..Step::default() },
        Step {
            at: at + later,
            says: "the next alert is taken",
            lines: vec![spent("bad", later, 1)],
            checks: vec![CAUSE],
            expected: vec![
                resolves(CAUSE, "bad", "has clicks again"),
                told(resolves(CAUSE, "bad", "has clicks again")),
            ],
            ..Step::default()
        },
        Step {
            at: at + later + 5,
            says: "and the other receiver is told of that",
            checks: vec![RULE],
            expected: vec![told(resolves(RULE, OPS, "takes alerts again"))],
            ..Step::default()
        },
    ];
    Some(Scenario { name, config, steps })
}
