//! Stories of campaigns against the same time yesterday.

use super::limits::{last_minutes, two_windows};
use super::{Line, Minute, OPS, Scenario, Step, delivered, fires, resolves, set_of, settle};
use crate::config::Config;

const DAY: Minute = 24 * 60;

/// A part of a whole: clicks of impressions, conversions of clicks.
#[derive(Clone, Copy)]
struct Rate {
    rule: &'static str,
    part: &'static str,
    whole: &'static str,
    part_min: &'static str,
    whole_min: &'static str,
    /// What it is on a normal day.
    normal: f64,
    fires: &'static str,
    resolves: &'static str,
}

pub(super) fn ctr_collapse(config: &Config) -> Option<Scenario> {
    story(
        config,
        Rate {
            rule: "ctr-collapse",
            normal: 0.1,
            fires: "has a collapsed CTR",
            resolves: "no longer has a collapsed CTR",
            ..CTR
        },
        0.5,
    )
}

pub(super) fn ctr_spike(config: &Config) -> Option<Scenario> {
    story(config, Rate { rule: "ctr-spike", normal: 0.02, ..CTR }, 2.0)
}

const CTR: Rate = Rate {
    rule: "",
    part: "clicks",
    whole: "impressions",
    part_min: "clicks_min",
    whole_min: "impressions_min",
    normal: 0.02,
    fires: "has a CTR like that of bots",
    resolves: "no longer has a CTR like that of bots",
};

pub(super) fn conversion_drop(config: &Config) -> Option<Scenario> {
    let rate = Rate {
        rule: "conversion-drop",
        part: "attributed_conversions",
        whole: "clicks",
        part_min: "conversions_min",
        whole_min: "clicks_min",
        normal: 0.1,
        fires: "converts fewer clicks",
        resolves: "no longer converts fewer clicks",
    };
    story(config, rate, 0.5)
}

/// A day later there is nothing left to compare with.
pub(super) fn ctr_collapse_lasts(config: &Config) -> Option<Scenario> {
    lasts(config, "ctr-collapse, for a day", Rate { rule: "ctr-collapse", fires: "has a collapsed CTR", ..CTR }, 0.0)
}

pub(super) fn ctr_spike_lasts(config: &Config) -> Option<Scenario> {
    lasts(config, "ctr-spike, for a day", Rate { rule: "ctr-spike", ..CTR }, 2.0)
}

/// Bad at `part` of the limit, and a day later with too little to be compared.
fn lasts(config: &Config, name: &'static str, rate: Rate, part: f64) -> Option<Scenario> {
    let Rate { rule, normal, .. } = rate;
    let config = set_of(config, &[rule], &[OPS], "")?;
    let settings = config.rule(rule)?;
    let (factor, least) = (settings.threshold("factor")?.0, settings.threshold(rate.whole_min)?.0);
    let part_min = settings.threshold(rate.part_min)?.0;
    let whole = f64::max(2.0 * least, 2.0 * part_min / normal).max(1_000.0);
    let point = |at, whole: f64, share: f64| -> Line {
        delivered("bad", at, &[(rate.whole, whole.round() as i64), (rate.part, (whole * share).round() as i64)])
    };
    let (last, _) = last_minutes(&config, rule)?;
    let first = last + 1 + settle(&config);
    let share = normal * factor * part;
    let bad = vec![point(last - DAY, whole, normal), point(last, whole, share)];
    let step = |at, says, lines, expected| Step { at, says, lines, checks: vec![rule], expected, ..Step::default() };
    let steps = vec![
        step(first, "bad", bad, vec![fires(rule, "bad", rate.fires)]),
        step(
            first + DAY - 1,
            "too little to tell, a minute before a day is over",
            vec![point(DAY - 1, least / 2.0, share)],
            vec![],
        ),
        step(
            first + DAY,
            "a day later, and nothing to compare with",
            vec![point(last + DAY, least / 2.0, share)],
            vec![resolves(rule, "bad", "can no longer be compared with yesterday")],
        ),
        step(first + DAY + 1, "and it is over", vec![], vec![]),
    ];
    // Where the configuration asks for no volume, everything can be compared.
    (least >= 4.0).then_some(Scenario { name, config, steps })
}

/// At `part` of the limit it is bad: 0.5 below a lower one, 2.0 above an upper one.
fn story(config: &Config, rate: Rate, part: f64) -> Option<Scenario> {
    let Rate { rule, normal, .. } = rate;
    let config = set_of(config, &[rule], &[OPS], "")?;
    let settings = config.rule(rule)?;
    let (factor, least) = (settings.threshold("factor")?.0, settings.threshold(rate.whole_min)?.0);
    let part_min = settings.threshold(rate.part_min)?.0;
    let whole = f64::max(2.0 * least, 2.0 * part_min / normal).max(1_000.0);
    let point = |campaign: &str, at, whole: f64, share: f64| -> Line {
        delivered(campaign, at, &[(rate.whole, whole.round() as i64), (rate.part, (whole * share).round() as i64)])
    };
    let (last, next) = last_minutes(&config, rule)?;
    let few = least / 2.0;
    let bad = vec![
        point("bad", last - DAY, whole, normal),
        point("bad", last, whole, normal * factor * part),
        point("steady", last - DAY, whole, normal),
        point("steady", last, whole, normal),
        point("few", last - DAY, few, normal),
        point("few", last, few, normal * factor * part),
        point("new", last, whole, normal * factor * part),
    ];
    let good = vec![point("bad", next - DAY, whole, normal), point("bad", next, whole, normal)];
    let (fire, end) = (vec![fires(rule, "bad", rate.fires)], vec![resolves(rule, "bad", rate.resolves)]);
    Some(Scenario { name: rule, steps: two_windows(&config, rule, bad, fire, good, end)?, config })
}
