//! Stories of campaigns against numbers of the configuration or of the plan.

use super::{Expected, Line, Minute, OPS, Scenario, Step, delivered, fires, minutes, resolves, set_of, settle};
use crate::config::Config;
use crate::span::Span;

/// Where the configuration sets no limit for all campaigns.
const SOME_LIMIT: f64 = 10.0;

fn micros(amount: f64) -> i64 {
    (amount * 1e6).round() as i64
}

/// Judged where the window from minute 0 on is the last one settled.
fn first_window(config: &Config, rule: &str) -> Option<Minute> {
    Some(minutes(config, rule, "window")? + settle(config))
}

pub(super) fn spend_without_clicks(config: &Config) -> Option<Scenario> {
    const RULE: &str = "spend-without-clicks";
    let config = set_of(config, &[RULE], &[OPS], "")?;
    let limit = micros(config.rule(RULE)?.threshold("spend_max")?.0);
    let at = first_window(&config, RULE)?;
    let spent = |campaign, at, cost, clicks| {
        delivered(campaign, at, &[("impressions", 1_000), ("cost_micros", cost), ("clicks", clicks)])
    };
    let checks = vec![RULE];
    let steps = vec![
        Step { at: 0, says: "nothing at all", checks: checks.clone(), ..Step::default() },
        Step {
            at,
            says: "spends without clicks from its first window on; others click, or spend little",
            lines: vec![
                spent("bad", 0, 2 * limit + 1, 0),
                spent("clicked", 0, 2 * limit + 1, 1),
                spent("small", 0, limit / 2, 0),
                // What belongs to no campaign is no campaign.
                spent("unmapped", 0, 2 * limit + 1, 0),
            ],
            checks: checks.clone(),
            expected: vec![fires(RULE, "bad", "spends without clicks")],
            ..Step::default()
        },
        Step {
            at: at + 1,
            says: "still",
            lines: vec![spent("bad", 1, limit, 0)],
            checks: checks.clone(),
            ..Step::default()
        },
        Step {
            at: at + 2,
            says: "somebody clicks",
            lines: vec![spent("bad", 2, 1, 1)],
            checks: checks.clone(),
            expected: vec![resolves(RULE, "bad", "has clicks again")],
            ..Step::default()
        },
        Step { at: at + 3, says: "and it is over", checks, ..Step::default() },
    ];
    Some(Scenario { name: RULE, config, steps })
}

/// What looks bad before all sources have told of it is not judged.
pub(super) fn not_settled(config: &Config) -> Option<Scenario> {
    const RULE: &str = "spend-without-clicks";
    let config = set_of(config, &[RULE], &[OPS], "")?;
    let limit = micros(config.rule(RULE)?.threshold("spend_max")?.0);
    let at = first_window(&config, RULE)?;
    let unsettled = |line: Line| Line { point: line.point.replace("settled=1i", "settled=0i"), ..line };
    let spent = |campaign, clicks| delivered(campaign, 1, &[("cost_micros", 2 * limit + 1), ("clicks", clicks)]);
    let step = |at, says, lines, expected| Step { at, says, lines, checks: vec![RULE], expected, ..Step::default() };
    let steps = vec![
        step(
            at,
            "bad as far as one knows, but not settled",
            vec![unsettled(spent("late", 0)), unsettled(spent("bad", 0))],
            vec![],
        ),
        step(
            at + 1,
            "clicks of one arrive, and it is settled",
            vec![spent("late", 1), spent("bad", 0)],
            vec![fires(RULE, "bad", "spends without clicks")],
        ),
    ];
    Some(Scenario { name: "spend-without-clicks, not settled yet", config, steps })
}

pub(super) fn cpa_limit(config: &Config) -> Option<Scenario> {
    const RULE: &str = "cpa-limit";
    let mut config = set_of(config, &[RULE], &[OPS], "")?;
    limit_at_least(&mut config, "cpa_max");
    let (limit, least) = (config.rule(RULE)?.threshold("cpa_max")?.0, config.rule(RULE)?.threshold("spend_min")?.0);
    let cost = micros(f64::max(2.0 * least, 4.0 * limit));
    let enough = 2 * cost / micros(limit).max(1) + 1;
    let paid = |campaign, at, cost, conversions| {
        delivered(campaign, at, &[("impressions", 1_000), ("cost_micros", cost), ("conversions", conversions)])
    };
    let (last, next) = last_minutes(&config, RULE)?;
    let bad = vec![
        paid("dear", last, cost, 1),
        paid("none", last, cost, 0),
        paid("cheap", last, cost, enough),
        paid("small", last, micros(least) / 2, 0),
    ];
    let fire = vec![fires(RULE, "dear", "pays too much for conversions"), fires(RULE, "none", "for 0 of them")];
    let good = vec![paid("dear", next, cost, enough), paid("none", next, cost, enough)];
    let end =
        vec![resolves(RULE, "dear", "no longer pays too much"), resolves(RULE, "none", "no longer pays too much")];
    Some(Scenario { name: RULE, steps: two_windows(&config, RULE, bad, fire, good, end)?, config })
}

pub(super) fn roas_limit(config: &Config) -> Option<Scenario> {
    const RULE: &str = "roas-limit";
    let mut config = set_of(config, &[RULE], &[OPS], "")?;
    limit_at_least(&mut config, "roas_min");
    let (limit, least) = (config.rule(RULE)?.threshold("roas_min")?.0, config.rule(RULE)?.threshold("spend_min")?.0);
    let cost = micros(2.0 * least + 1.0);
    let earned = |campaign, at, part: f64| {
        let value = (cost as f64 * limit * part).round() as i64;
        delivered(campaign, at, &[("impressions", 1_000), ("cost_micros", cost), ("value_micros", value)])
    };
    let (last, next) = last_minutes(&config, RULE)?;
    let bad = vec![earned("poor", last, 0.5), earned("rich", last, 2.0)];
    let good = vec![earned("poor", next, 2.0)];
    let fire = vec![fires(RULE, "poor", "earns too little")];
    let end = vec![resolves(RULE, "poor", "no longer earns too little")];
    Some(Scenario { name: RULE, steps: two_windows(&config, RULE, bad, fire, good, end)?, config })
}

/// More than three series in all buckets; later they are too old to be counted.
pub(super) fn series(config: &Config) -> Option<Scenario> {
    const RULE: &str = "series";
    const KNOWN: Minute = 60;
    let mut config = set_of(config, &[RULE], &[OPS], "")?;
    for settings in &mut config.rules {
        settings.set_threshold("series_max", 3.0);
        settings.set_length("known", Span::of_minutes(KNOWN.unsigned_abs()));
    }
    let seen =
        |campaigns: &[&str], at| campaigns.iter().map(|campaign| delivered(campaign, at, &[("clicks", 1)])).collect();
    let step = |at, says, lines, expected| Step { at, says, lines, checks: vec![RULE], expected, ..Step::default() };
    let steps = vec![
        step(0, "nothing at all", vec![], vec![]),
        step(10, "as many as it may have", seen(&["a", "b", "c"], 5), vec![]),
        step(
            20,
            "one more",
            seen(&["d"], 15),
            vec![fires(RULE, "", "have too many series: 4 (4 of windows, 0 of hours")],
        ),
        step(21, "still", vec![], vec![]),
        step(
            10 + KNOWN,
            "all but one are gone",
            vec![],
            vec![resolves(RULE, "", "no longer have too many series: 1 ")],
        ),
        step(11 + KNOWN, "and it is over", vec![], vec![]),
    ];
    Some(Scenario { name: RULE, config, steps })
}

fn limit_at_least(config: &mut Config, threshold: &str) {
    for settings in &mut config.rules {
        settings.set_where_zero(threshold, SOME_LIMIT);
    }
}

/// The last minutes of the first window and of the next.
pub(super) fn last_minutes(config: &Config, rule: &str) -> Option<(Minute, Minute)> {
    let window = window(config, rule)?;
    Some((window - 1, 2 * window - 1))
}

fn window(config: &Config, rule: &str) -> Option<Minute> {
    minutes(config, rule, "window")
}

/// Nothing; bad in a first window; still; good in a second; over. Points stand in the last minutes of their windows, which the next ones hold too.
pub(super) fn two_windows(
    config: &Config,
    rule: &'static str,
    bad: Vec<Line>,
    fire: Vec<Expected>,
    good: Vec<Line>,
    end: Vec<Expected>,
) -> Option<Vec<Step>> {
    let (first, window) = (first_window(config, rule)?, window(config, rule)?);
    let step = |at, says, lines, expected| Step { at, says, lines, checks: vec![rule], expected, ..Step::default() };
    Some(vec![
        step(0, "nothing at all", vec![], vec![]),
        step(first, "bad from its first window on, beside what is good or too little to tell", bad, fire),
        step(first + 1, "still", vec![], vec![]),
        step(first + window, "good in the next window", good, end),
        step(first + window + 1, "and it is over", vec![], vec![]),
    ])
}

/// A day of plan, so that at noon half of it is due.
const BUDGET: f64 = 2_400.0;
const DUE_AT_NOON: f64 = BUDGET / 2.0;

fn paced(config: &Config, rule: &'static str, plan: &str) -> Option<Config> {
    let plan: String =
        plan.split(' ').map(|campaign| format!("{campaign},2000-01-01,2099-12-31,{BUDGET},UTC\n")).collect();
    let config = set_of(config, &[rule], &[OPS], &plan)?;
    // Its story begins at noon.
    (minutes(&config, rule, "after")? < 11 * 60).then_some(config)
}

fn spent(campaign: &str, at: Minute, amount: f64) -> Line {
    delivered(campaign, at, &[("impressions", 1), ("cost_micros", micros(amount))])
}

pub(super) fn pace_under(config: &Config) -> Option<Scenario> {
    const RULE: &str = "pace-under";
    let config = paced(config, RULE, "slow steady")?;
    let factor = config.rule(RULE)?.threshold("factor")?.0;
    let step = |at, says, lines, expected| Step { at, says, lines, checks: vec![RULE], expected, ..Step::default() };
    let steps = vec![
        step(-720 + settle(&config), "midnight: nothing is due", vec![], vec![]),
        step(
            0,
            "noon: half of the plan is due",
            vec![spent("slow", -60, DUE_AT_NOON * factor / 2.0), spent("steady", -60, DUE_AT_NOON)],
            vec![fires(RULE, "slow", "spends less than its plan")],
        ),
        step(1, "still", vec![], vec![]),
        step(
            10,
            "it catches up",
            vec![spent("slow", 2, DUE_AT_NOON)],
            vec![resolves(RULE, "slow", "spends by its plan again")],
        ),
        step(11, "and it is over", vec![], vec![]),
    ];
    Some(Scenario { name: RULE, config, steps })
}

pub(super) fn pace_over(config: &Config) -> Option<Scenario> {
    const RULE: &str = "pace-over";
    let config = paced(config, RULE, "fast steady")?;
    let factor = config.rule(RULE)?.threshold("factor")?.0;
    let step = |at, says, lines, expected| Step { at, says, lines, checks: vec![RULE], expected, ..Step::default() };
    let steps = vec![
        step(-720 + settle(&config), "midnight: nothing is due", vec![], vec![]),
        step(
            0,
            "noon: half of the plan is due",
            vec![spent("fast", -60, DUE_AT_NOON * factor * 1.2), spent("steady", -60, DUE_AT_NOON * factor / 2.0)],
            vec![fires(RULE, "fast", "spends more than its plan")],
        ),
        step(1, "still", vec![], vec![]),
        step(
            300,
            "it spends no more, until the plan catches up",
            vec![],
            vec![resolves(RULE, "fast", "spends by its plan again")],
        ),
        step(301, "and it is over", vec![], vec![]),
    ];
    Some(Scenario { name: RULE, config, steps })
}
