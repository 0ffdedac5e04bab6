//! Stories of campaigns, sinks and edges of which nothing comes.

use super::{Line, Minute, OPS, Place, Scenario, Step, delivered, fires, minutes, resolves, set_of, settle};
use crate::config::Config;
use crate::flights::Day;

const RULE: &str = "no-impressions";
const DAY: Minute = 1_440;
/// The end of the day whose noon is zero.
const MIDNIGHT: Minute = DAY / 2;
const PLAN: &str = "planned,2000-01-01,2099-12-31,1,Europe/Berlin\n";

fn shown(campaign: &str, at: Minute) -> Line {
    delivered(campaign, at, &[("impressions", 5)])
}

/// Whether a rule that asks for some volume passes over so many a day.
fn is_sparse(config: &Config, impressions: i64, window: Minute) -> Option<bool> {
    let least = config.rule(RULE)?.threshold("impressions_min")?.0;
    Some(((impressions * window) as f64) < least.round() * DAY as f64)
}

/// As many as make a campaign of which a window without any is news.
fn shown_much(config: &Config, campaign: &str, at: Minute) -> Option<Line> {
    let least = config.rule(RULE)?.threshold("impressions_min")?.0;
    let usual = 2.0 * least * DAY as f64 / minutes(config, RULE, "window")? as f64;
    Some(delivered(campaign, at, &[("impressions", usual.ceil() as i64 + 5)]))
}

fn edge(name: &str, at: Minute) -> Line {
    Line { place: Place::Quality, point: format!("quality,topic=impressions,edge={name},shard=0 read=1i"), at }
}

fn sink(name: &str, at: Minute) -> Line {
    Line { place: Place::Quality, point: format!("pipeline,instance={name} points_written=1i"), at }
}

/// Edge and sink live, and so does a campaign.
fn all_live(config: &Config, at: Minute) -> Vec<Line> {
    vec![edge("e1", at - 1), sink("s1", at - 1), shown("live", at - settle(config) - 1)]
}

fn step(at: Minute, says: &'static str, lines: Vec<Line>) -> Step {
    Step { at, says, lines, checks: vec![RULE], ..Step::default() }
}

pub(super) fn no_impressions(config: &Config) -> Option<Scenario> {
    let config = set_of(config, &[RULE], &[OPS], PLAN)?;
    let (window, settle) = (minutes(&config, RULE, "window")?, settle(&config));
    let live = |at, more: Vec<Line>| all_live(&config, at).into_iter().chain(more).collect::<Vec<_>>();
    // Where the configuration asks for no volume, none is too little.
    let sparse = is_sparse(&config, 5, window)?;
    let mut before = vec![shown_much(&config, "quiet", -window - 10)?];
    before.extend(sparse.then(|| shown("sparse", -window - 10)));
    let began = vec![fires(RULE, "planned", "and none in the last"), fires(RULE, "quiet", "has no impressions")];
    let (back, later) = (settle + 3, DAY + window + settle);
    let empty_day = sparse.then(|| fires(RULE, "sparse", "has no impressions"));
    let steps = vec![
        Step {
            expected: began,
            ..step(0, "one of the plan never came, one fell silent, one never had much", live(0, before))
        },
        step(1, "still", live(1, vec![])),
        Step {
            expected: vec![resolves(RULE, "quiet", "has impressions again")],
            ..step(back, "it comes back", live(back, vec![shown("quiet", 2)]))
        },
        Step {
            expected: empty_day.into_iter().collect(),
            ..step(
                later,
                "a day later, still; of that which never had much, a whole day is news",
                live(later, vec![shown("quiet", later - settle - 1)]),
            )
        },
        Step {
            expected: vec![resolves(RULE, "planned", "has impressions again")],
            ..step(later + 1, "the one of the plan begins", live(later + 1, vec![shown("planned", later - settle)]))
        },
        step(later + 2, "and it is over", live(later + 2, vec![])),
    ];
    Some(Scenario { name: RULE, config, steps })
}

pub(super) fn silent_edge(config: &Config) -> Option<Scenario> {
    let config = set_of(config, &[RULE], &[OPS], "")?;
    let at = minutes(&config, RULE, "window")? + settle(&config) + minutes(&config, "edge-heartbeat", "silent")? + 2;
    let before = vec![edge("e2", 0), shown_much(&config, "child", 0)?, shown_much(&config, "other", -60)?];
    let live = |at, more: Vec<Line>| all_live(&config, at).into_iter().chain(more).collect::<Vec<_>>();
    let steps = vec![
        Step {
            expected: vec![fires(RULE, "other", "has no impressions")],
            ..step(at, "an edge falls silent, a campaign with it; another had before", live(at, before))
        },
        Step {
            expected: vec![fires(RULE, "child", "has no impressions")],
            ..step(at + 2, "the edge is back, the campaign is not", live(at + 2, vec![edge("e2", at + 1)]))
        },
        step(at + 3, "still", live(at + 3, vec![edge("e2", at + 2)])),
    ];
    Some(Scenario { name: "no-impressions, an edge is silent", config, steps })
}

pub(super) fn silent_sink(config: &Config) -> Option<Scenario> {
    let config = set_of(config, &[RULE], &[OPS], PLAN)?;
    let at = minutes(&config, RULE, "window")? + settle(&config) + minutes(&config, "sink-heartbeat", "silent")? + 2;
    let steps = vec![
        step(
            at,
            "the sink is silent: nobody knows what campaigns do",
            vec![edge("e1", at - 1), sink("s1", 0), shown_much(&config, "child", 0)?],
        ),
        Step {
            expected: vec![fires(RULE, "child", "has no impressions"), fires(RULE, "planned", "has no impressions")],
            ..step(at + 2, "it is back, and they are silent", all_live(&config, at + 2))
        },
    ];
    Some(Scenario { name: "no-impressions, the sink is silent", config, steps })
}

/// Campaigns whose plan ends at midnight are silent from then on, and that is right; of one without a plan it is news.
pub(super) fn plan_ends(config: &Config, today: Day) -> Option<Scenario> {
    let plan = ["over", "behind"].map(|campaign| format!("{campaign},2000-01-01,{},1,UTC\n", today.dashed()));
    let config = set_of(config, &[RULE], &[OPS], &plan.concat())?;
    let (window, settle) = (minutes(&config, RULE, "window")?, settle(&config));
    let live = |at, more: Vec<Line>| all_live(&config, at).into_iter().chain(more).collect::<Vec<_>>();
    let last = |campaign| shown_much(&config, campaign, MIDNIGHT - 1);
    let before = vec![shown_much(&config, "behind", -window - 10)?];
    let over = MIDNIGHT + window + settle + 1;
    let steps = vec![
        Step {
            expected: vec![fires(RULE, "behind", "has no impressions"), fires(RULE, "over", "and none in the last")],
            ..step(0, "in flight, and silent", live(0, before))
        },
        Step {
            expected: vec![resolves(RULE, "over", "has impressions again")],
            ..step(
                MIDNIGHT,
                "one comes back, until its last minute",
                live(MIDNIGHT, vec![shown("over", MIDNIGHT - settle - 2)]),
            )
        },
        Step {
            expected: vec![
                resolves(RULE, "behind", "is not in flight any more, by its plan"),
                fires(RULE, "unplanned", "has no impressions"),
            ],
            ..step(over, "the plan is over", live(over, vec![last("over")?, last("unplanned")?]))
        },
        step(over + 1, "and that is all", live(over + 1, vec![])),
    ];
    Some(Scenario { name: "no-impressions, the plan ends", config, steps })
}

/// While what sinks write is not merged, campaigns are not judged; nor are those that fell silent with an edge that is long gone.
pub(super) fn not_merged(config: &Config) -> Option<Scenario> {
    let config = set_of(config, &[RULE], &[OPS], "")?;
    let at = minutes(&config, RULE, "window")? + settle(&config) + minutes(&config, "edge-heartbeat", "silent")? + 2;
    let (day, known) = (at + DAY + 60, minutes(&config, RULE, "known")?);
    if known < day {
        return None;
    }
    let unmerged = vec![edge("e1", at - 1), sink("s1", at - 1)];
    let before = vec![edge("gone", 0), shown_much(&config, "child", 0)?, shown_much(&config, "other", -60)?];
    let unmapped = shown_much(&config, "unmapped", -60)?;
    let steps = vec![
        step(at, "nothing is merged: nobody knows", unmerged.into_iter().chain(before).chain([unmapped]).collect()),
        Step {
            expected: vec![fires(RULE, "other", "has no impressions")],
            ..step(
                day,
                "a day later all is well, but for an edge, a sink and a campaign that are gone",
                all_live(&config, day).into_iter().chain([sink("retired", day - 60)]).collect(),
            )
        },
        step(day + 1, "still", all_live(&config, day + 1)),
    ];
    Some(Scenario { name: "no-impressions, not merged", config, steps })
}

pub(super) fn sink_heartbeat(config: &Config) -> Option<Scenario> {
    heartbeat(config, "sink-heartbeat", sink, "sink s1 is silent")
}

pub(super) fn edge_heartbeat(config: &Config) -> Option<Scenario> {
    heartbeat(config, "edge-heartbeat", edge, "2 campaigns had their last impression then")
}

fn heartbeat(
    config: &Config,
    rule: &'static str,
    point: fn(&str, Minute) -> Line,
    says: &'static str,
) -> Option<Scenario> {
    let mut config = set_of(config, &[rule], &[OPS], "")?;
    config.rules.iter_mut().for_each(|settings| settings.expected = vec!["never".to_owned()]);
    let silent = minutes(&config, rule, "silent")?;
    let step = |at, says, lines, expected| Step { at, says, lines, checks: vec![rule], expected, ..Step::default() };
    let steps = vec![
        step(
            -60,
            "nobody was ever heard of",
            vec![],
            vec![fires(rule, "any", "nothing of it in the last"), fires(rule, "never", "is silent")],
        ),
        step(
            1,
            "the first one is heard of",
            vec![point("s1", 0), shown("child1", 0), shown("child2", -1), shown("other", -30), shown("unmapped", 0)],
            vec![resolves(rule, "any", "is heard of again")],
        ),
        step(2, "still", vec![], vec![]),
        step(silent + 2, "it falls silent", vec![shown("live", silent)], vec![fires(rule, "s1", says)]),
        step(silent + 3, "still", vec![], vec![]),
        step(silent + 5, "it is back", vec![point("s1", silent + 4)], vec![resolves(rule, "s1", "is heard of again")]),
        step(silent + 6, "and it is over", vec![], vec![]),
    ];
    Some(Scenario { name: rule, config, steps })
}
