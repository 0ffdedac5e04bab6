//! The one table of alert rules: what each looks at, its thresholds, and the Flux that judges.

use crate::Span;

/// What a rule judges one by one; every series has episodes of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Campaign,
    Sink,
    Edge,
    /// An endpoint that notifications go to.
    Receiver,
    /// A task, check or notification rule in InfluxDB.
    Task,
    /// All buckets of a deployment, by the name of the first.
    Buckets,
}

/// What a threshold counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Of the reporting currency; in Flux its micros.
    Money,
    /// A ratio of two quantities.
    Factor,
    Count,
}

/// A number of a rule that the configuration may set, for all campaigns or for one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    pub name: &'static str,
    pub unit: Unit,
    pub default: f64,
}

/// A length of time of a rule that the configuration may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    pub name: &'static str,
    pub default: Span,
    pub max: Span,
}

/// An alert rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub name: &'static str,
    pub subject: Subject,
    pub thresholds: &'static [Threshold],
    pub lengths: &'static [Length],
    /// Whether it says anything only about campaigns of the plan.
    pub needs_plan: bool,
    /// It is judged no more often than this: what it asks is dear, or changes slowly.
    pub(crate) every_min: Span,
    /// The Flux that judges, between the head and the tail that all rules share.
    pub(crate) flux: &'static str,
    /// Streams of rows (series, what, n), as the Flux names them.
    pub(crate) streams: &'static [&'static str],
    /// What the rows are of: the columns that the verdict sees.
    pub(crate) numbers: &'static [&'static str],
    /// The words that differ between rules with one Flux.
    pub(crate) words: &'static [(&'static str, &'static str)],
}

const fn money(name: &'static str, default: f64) -> Threshold {
    Threshold { name, unit: Unit::Money, default }
}

const fn factor(name: &'static str, default: f64) -> Threshold {
    Threshold { name, unit: Unit::Factor, default }
}

const fn count(name: &'static str, default: f64) -> Threshold {
    Threshold { name, unit: Unit::Count, default }
}

const fn length(name: &'static str, minutes: u64, minutes_max: u64) -> Length {
    Length { name, default: Span::of_minutes(minutes), max: Span::of_minutes(minutes_max) }
}

const HOUR: u64 = 60;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;
const BELOW: [(&str, &str); 4] = [("beyond", "<"), ("within", ">="), ("calm", "1.1"), ("side", "less than")];
const ABOVE: [(&str, &str); 4] = [("beyond", ">"), ("within", "<="), ("calm", "0.9"), ("side", "more than")];

const AGAINST_YESTERDAY: &str = include_str!("../flux/against-yesterday.flux");
const CLICKS_OF_IMPRESSIONS: [&str; 4] = ["clicks", "impressions", "was_clicks", "was_impressions"];
const PACE: &str = include_str!("../flux/pace.flux");
const PACE_STREAMS: [&str; 4] = ["budgets", "dues", "elapsed", "spent"];
const PACE_NUMBERS: [&str; 4] = ["budget", "due", "elapsed_s", "cost_micros"];
const HEARTBEAT: &str = include_str!("../flux/heartbeat.flux");

/// What all campaign rules have in common.
const CAMPAIGN: Rule = Rule {
    name: "",
    subject: Subject::Campaign,
    thresholds: &[],
    lengths: &[],
    needs_plan: false,
    every_min: Span::of_minutes(1),
    flux: "",
    streams: &["delivered"],
    numbers: &[],
    words: &[],
};

/// Every rule there is.
pub const RULES: [Rule; 14] = [
    Rule {
        name: "spend-without-clicks",
        thresholds: &[money("spend_max", 5.0)],
        lengths: &[length("window", 15, 12 * HOUR)],
        flux: include_str!("../flux/spend-without-clicks.flux"),
        numbers: &["cost_micros", "clicks"],
        ..CAMPAIGN
    },
    Rule {
        name: "ctr-collapse",
        thresholds: &[factor("factor", 0.5), count("impressions_min", 1_000.0), count("clicks_min", 20.0)],
        lengths: &[length("window", HOUR, DAY)],
        flux: AGAINST_YESTERDAY,
        streams: &["today", "yesterday"],
        numbers: &CLICKS_OF_IMPRESSIONS,
        words: &[
            ("part", "clicks"),
            ("whole", "impressions"),
            ("wholeMin", "impressionsMin"),
            ("partMin", "clicksMin"),
            ("weight", "expected(r: r)"),
            ("what", "has a collapsed CTR"),
            BELOW[0],
            BELOW[1],
            BELOW[2],
            BELOW[3],
        ],
        ..CAMPAIGN
    },
    Rule {
        name: "ctr-spike",
        thresholds: &[factor("factor", 3.0), count("impressions_min", 1_000.0), count("clicks_min", 20.0)],
        lengths: &[length("window", HOUR, DAY)],
        flux: AGAINST_YESTERDAY,
        streams: &["today", "yesterday"],
        numbers: &CLICKS_OF_IMPRESSIONS,
        words: &[
            ("part", "clicks"),
            ("whole", "impressions"),
            ("wholeMin", "impressionsMin"),
            ("partMin", "clicksMin"),
            ("weight", "float(v: r.clicks)"),
            ("what", "has a CTR like that of bots"),
            ABOVE[0],
            ABOVE[1],
            ABOVE[2],
            ABOVE[3],
        ],
        ..CAMPAIGN
    },
    Rule {
        name: "conversion-drop",
        thresholds: &[factor("factor", 0.5), count("clicks_min", 200.0), count("conversions_min", 10.0)],
        lengths: &[length("window", 3 * HOUR, DAY)],
        flux: AGAINST_YESTERDAY,
        streams: &["today", "yesterday"],
        numbers: &["attributed_conversions", "clicks", "was_attributed_conversions", "was_clicks"],
        words: &[
            ("part", "attributed_conversions"),
            ("whole", "clicks"),
            ("wholeMin", "clicksMin"),
            ("partMin", "conversionsMin"),
            ("weight", "expected(r: r)"),
            ("what", "converts fewer clicks"),
            BELOW[0],
            BELOW[1],
            BELOW[2],
            BELOW[3],
        ],
        ..CAMPAIGN
    },
    Rule {
        name: "cpa-limit",
        thresholds: &[money("cpa_max", 0.0), money("spend_min", 50.0)],
        lengths: &[length("window", 6 * HOUR, WEEK)],
        flux: include_str!("../flux/cpa-limit.flux"),
        numbers: &["cost_micros", "conversions"],
        ..CAMPAIGN
    },
    Rule {
        name: "roas-limit",
        thresholds: &[factor("roas_min", 0.0), money("spend_min", 50.0)],
        lengths: &[length("window", 6 * HOUR, WEEK)],
        flux: include_str!("../flux/roas-limit.flux"),
        numbers: &["cost_micros", "value_micros"],
        ..CAMPAIGN
    },
    Rule {
        name: "no-impressions",
        thresholds: &[count("impressions_min", 20.0)],
        lengths: &[length("window", 15, 12 * HOUR), length("known", WEEK, 4 * WEEK)],
        flux: include_str!("../flux/no-impressions.flux"),
        streams: &["delivered", "usual", "known", "planned"],
        numbers: &["impressions", "was_impressions", "last", "flights", "began_in_flight", "ended_in_flight"],
        ..CAMPAIGN
    },
    Rule {
        name: "pace-under",
        thresholds: &[factor("factor", 0.5)],
        lengths: &[length("after", 4 * HOUR, 20 * HOUR)],
        needs_plan: true,
        flux: PACE,
        streams: &PACE_STREAMS,
        numbers: &PACE_NUMBERS,
        words: &[("what", "less than"), BELOW[0], BELOW[1], BELOW[2], BELOW[3]],
        ..CAMPAIGN
    },
    Rule {
        name: "pace-over",
        thresholds: &[factor("factor", 1.5)],
        lengths: &[length("after", HOUR, 20 * HOUR)],
        needs_plan: true,
        flux: PACE,
        streams: &PACE_STREAMS,
        numbers: &PACE_NUMBERS,
        words: &[("what", "more than"), ABOVE[0], ABOVE[1], ABOVE[2], ABOVE[3]],
        ..CAMPAIGN
    },
    Rule {
        name: "sink-heartbeat",
        subject: Subject::Sink,
        lengths: &[length("silent", 3, 12 * HOUR), length("known", DAY, WEEK)],
        flux: HEARTBEAT,
        streams: &["heard", "anybody", "expected"],
        numbers: &["last", "expected"],
        ..CAMPAIGN
    },
    Rule {
        name: "edge-heartbeat",
        subject: Subject::Edge,
        lengths: &[length("silent", 3, 12 * HOUR), length("known", DAY, WEEK)],
        flux: HEARTBEAT,
        streams: &["heard", "anybody", "expected"],
        numbers: &["last", "expected"],
        ..CAMPAIGN
    },
    Rule {
        name: "receiver",
        subject: Subject::Receiver,
        lengths: &[length("window", 15, 12 * HOUR)],
        flux: include_str!("../flux/receiver.flux"),
        streams: &["lostNumber", "lostFirst", "lostLast", "takenLast"],
        numbers: &["lost", "lost_first", "lost_last", "taken_last"],
        ..CAMPAIGN
    },
    Rule {
        name: "runs",
        subject: Subject::Task,
        flux: include_str!("../flux/runs.flux"),
        streams: &["runs"],
        numbers: &["failed", "succeeded"],
        ..CAMPAIGN
    },
    Rule {
        name: "series",
        subject: Subject::Buckets,
        thresholds: &[count("series_max", 1_000_000.0)],
        lengths: &[length("known", 30 * DAY, 30 * DAY)],
        every_min: Span::of_minutes(15),
        flux: include_str!("../flux/series.flux"),
        streams: &["windows", "hours", "days", "quality"],
        numbers: &["windows", "hours", "days", "quality"],
        ..CAMPAIGN
    },
];

impl Rule {
    pub fn named(name: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.name == name)
    }
}

impl Subject {
    /// The tag that names a series.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Campaign => "campaign_id",
            Self::Sink => "instance",
            Self::Edge => "edge",
            Self::Receiver => "receiver",
            Self::Task => "task",
            Self::Buckets => "buckets",
        }
    }

    /// What its rows are read from.
    pub(crate) const fn measurement(self) -> &'static str {
        match self {
            Self::Campaign => "campaign_1m",
            Self::Sink => "pipeline",
            Self::Edge => "quality",
            Self::Receiver => "notifications",
            Self::Task => "runs",
            Self::Buckets => "cardinality",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_differ_and_every_rule_has_what_its_flux_needs() {
        let names: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
        assert_eq!(names.len(), RULES.len());
        for rule in RULES {
            assert!(Rule::named(rule.name).is_some_and(|found| found.flux == rule.flux));
            for stream in rule.streams {
                let rendered_elsewhere = ["planned", "spent"].contains(stream);
                assert!(
                    rendered_elsewhere || rule.flux.lines().any(|line| line.starts_with(&format!("{stream} ="))),
                    "{} {stream}",
                    rule.name
                );
            }
        }
        assert!(Rule::named("ctr").is_none());
    }
}
