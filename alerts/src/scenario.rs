//! For every rule a story that it must tell rightly: what is written, when the rule is judged, and which alerts follow. From the
//! configuration's own thresholds, so that it is these that are proven to fire.

mod compared;
mod limits;
mod silence;
mod taking;

use crate::config::{Address, Buckets, Config, Endpoint, Level, Receiver, RuleSettings};
use crate::flights::{Day, Flights};

/// Minutes of the scenario's own clock, whose zero is noon of a day that is over, UTC.
pub type Minute = i64;

/// A story in a set of its own: other buckets, other names, other receivers, nothing of the real ones.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub name: &'static str,
    pub config: Config,
    pub steps: Vec<Step>,
}

/// What is written, then judged.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// When checks run; notification rules run a period later.
    pub at: Minute,
    pub says: &'static str,
    pub lines: Vec<Line>,
    /// Checks that run, by what follows the set's name in theirs.
    pub checks: Vec<&'static str>,
    pub answer: Answer,
    pub expected: Vec<Expected>,
}

/// How the receiver `ops` answers; `watch` always takes what it gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Answer {
    #[default]
    Taken,
    /// With a status, for example 500.
    Status(u16),
    /// It ends the connection without a word.
    Nothing,
}

/// A point.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub place: Place,
    /// Measurement and tags, then fields, as line protocol has them.
    pub point: String,
    pub at: Minute,
}

/// Which bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Windows,
    Quality,
}

/// An alert that must arrive: each once, and no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    pub endpoint: &'static str,
    pub check: &'static str,
    pub series: &'static str,
    pub level: &'static str,
    /// A part of its message.
    pub says: &'static str,
}

/// One for each rule that is on, some for more; `today` is the day of UTC whose noon is their zero.
pub fn scenarios(config: &Config, today: Day) -> Vec<Scenario> {
    let stories: [fn(&Config) -> Option<Scenario>; 21] = [
        limits::spend_without_clicks,
        limits::not_settled,
        compared::ctr_collapse,
        compared::ctr_spike,
        compared::ctr_collapse_lasts,
        compared::ctr_spike_lasts,
        compared::conversion_drop,
        limits::cpa_limit,
        limits::roas_limit,
        silence::no_impressions,
        silence::silent_edge,
        silence::silent_sink,
        silence::not_merged,
        limits::pace_under,
        limits::pace_over,
        silence::sink_heartbeat,
        silence::edge_heartbeat,
        taking::status_500,
        taking::no_answer,
        taking::nothing_since,
        limits::series,
    ];
    stories.iter().filter_map(|story| story(config)).chain(silence::plan_ends(config, today)).collect()
}

impl Line {
    /// The line, where the scenario's zero is `zero_s`, in seconds since the epoch.
    pub fn text(&self, zero_s: i64) -> String {
        format!("{} {}\n", self.point, zero_s + self.at * 60)
    }
}

/// The campaigns that a scenario's plan may name are in flight for ever.
const PLAN_HEADER: &str = "campaign_id,start,end,daily_budget,time_zone\n";
pub(crate) const OPS: &str = "ops";
pub(crate) const WATCH: &str = "watch";

/// The configuration of a scenario: the rules named, with the thresholds that all campaigns have, and the receivers named.
fn set_of(config: &Config, rules: &[&str], endpoints: &[&str], plan: &str) -> Option<Config> {
    let settings = |name: &&str| config.rule(name).map(|settings| alone(settings, endpoints));
    let receiver = || Receiver::Http { url: Address::Plain(String::new()), token: None };
    let endpoints = endpoints.iter().map(|name| Endpoint { name: (*name).to_owned(), receiver: receiver() });
    Some(Config {
        buckets: Buckets::default(),
        flights: Flights::parse(&format!("{PLAN_HEADER}{plan}")).ok()?,
        endpoints: endpoints.collect(),
        rules: rules.iter().map(settings).collect::<Option<_>>()?,
        ..config.clone()
    })
}

fn alone(settings: &RuleSettings, endpoints: &[&str]) -> RuleSettings {
    let mut settings = settings.clone();
    settings.notify = endpoints.iter().map(|name| (*name).to_owned()).collect();
    settings.off.clear();
    settings.expected.clear();
    settings.level = Level::Crit;
    settings.for_all();
    settings
}

/// Totals of a campaign's minute, settled.
fn delivered(campaign: &str, at: Minute, fields: &[(&str, i64)]) -> Line {
    let fields: String = fields.iter().map(|(name, number)| format!("{name}={number}i,")).collect();
    let point = format!("campaign_1m,campaign_id={campaign},advertiser_id=a {fields}settled=1i,final=0i");
    Line { place: Place::Windows, point, at }
}

fn fires(check: &'static str, series: &'static str, says: &'static str) -> Expected {
    Expected { endpoint: OPS, check, series, level: "crit", says }
}

fn resolves(check: &'static str, series: &'static str, says: &'static str) -> Expected {
    Expected { level: "ok", ..fires(check, series, says) }
}

/// The minutes of a length of a rule.
fn minutes(settings: &Config, rule: &str, length: &str) -> Option<Minute> {
    i64::try_from(settings.length(rule, length)?.as_seconds() / 60).ok()
}

fn settle(config: &Config) -> Minute {
    i64::try_from(config.settle.as_seconds() / 60).unwrap_or(Minute::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_but_that_of_failed_runs_has_a_story_that_fires_and_resolves() {
        let config = Config::parse(crate::DEFAULT_CONFIG, |_| Err(std::io::ErrorKind::NotFound.into())).unwrap();
        let scenarios = scenarios(&config, Day::of_seconds(1_772_323_200).unwrap());
        for rule in crate::RULES.iter().filter(|rule| rule.name != "runs") {
            for level in ["crit", "ok"] {
                let told = |expected: &Expected| expected.check.starts_with(rule.name) && expected.level == level;
                let mut steps = scenarios.iter().flat_map(|scenario| &scenario.steps);
                assert!(steps.any(|step| step.expected.iter().any(told)), "{} never {level}", rule.name);
            }
        }
        for scenario in &scenarios {
            assert!(scenario.steps.iter().any(|step| step.expected.is_empty()), "{} is never silent", scenario.name);
            assert!(scenario.steps.is_sorted_by_key(|step| step.at), "{} goes back in time", scenario.name);
        }
    }
}
