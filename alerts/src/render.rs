//! Rules as Flux: the text of every check.

mod template;

use adx_queries::text::quoted;

use crate::config::{ANY, Config, Level, RuleSettings};
use crate::flights::Flight;
use crate::rule::{Subject, Threshold, Unit};
use crate::span::Span;
use template::fill;

const HEAD: &str = include_str!("../flux/head.flux");
const SETTLED: &str = include_str!("../flux/settled.flux");
const FLIGHTS: &str = include_str!("../flux/flights.flux");
const PLANNED: &str = include_str!("../flux/planned.flux");
const OFF: &str = include_str!("../flux/off.flux");
const ZONE: &str = include_str!("../flux/zone.flux");
const TAIL: &str = include_str!("../flux/tail.flux");

/// After the merge of shards, which runs each minute too.
pub(crate) const CHECK_OFFSET: Span = Span::of_seconds(20);
/// Where a rule has no window of its own.
const NO_WINDOW: Span = Span::of_minutes(15);
/// An alert is taken two periods after its status at the latest; what is later did not arrive.
const PATIENCE_PERIODS: u64 = 3;
/// A task without a run for so long is gone: longer than the longest period, a day.
const FORGOTTEN: Span = Span::of_minutes(26 * 60);
/// A campaign whose last impression is of the edge's last minute, or as much older, fell silent with it: later ones came another way.
const SLACK_NS: u64 = 5 * 60 * 1_000_000_000;
/// By these fields one knows that a sink or an edge lives: their points carry them always.
const SINK_FIELD: &str = "points_written";
const EDGE_FIELD: &str = "read";

/// A check of the set: one for most rules, for `receiver` one for each endpoint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Check<'a> {
    pub config: &'a Config,
    pub settings: &'a RuleSettings,
    /// The endpoint that is watched, where one is.
    pub watched: Option<&'a str>,
}

impl Check<'_> {
    pub(crate) fn name(&self) -> String {
        let rule = format!("{} {}", self.config.name, self.settings.rule.name);
        self.watched.map_or(rule.clone(), |endpoint| format!("{rule} {endpoint}"))
    }

    /// Whom it notifies; of a receiver that fails the others hear, if there are any.
    fn notified(&self) -> impl Iterator<Item = &str> {
        let others = self.settings.notify.iter().any(|name| Some(name.as_str()) != self.watched);
        let hears = move |name: &&str| !others || Some(*name) != self.watched;
        self.settings.notify.iter().map(String::as_str).filter(hears)
    }

    fn tags(&self) -> String {
        let own = [("adx_set", self.config.name.as_str()), ("adx_rule", self.settings.rule.name)];
        let own = own.into_iter().map(|(key, value)| format!("{key}: {}", quoted(value)));
        own.chain(self.notified().map(|name| format!("{}: \"yes\"", route(name)))).collect::<Vec<_>>().join(", ")
    }

    /// Whether it judges anything; a check that does not ends the episodes that it has begun.
    fn judges(&self) -> bool {
        self.settings.is_on && self.has_plan()
    }

    fn has_plan(&self) -> bool {
        !self.settings.rule.needs_plan || !self.config.flights.is_empty()
    }

    /// The whole text.
    pub(crate) fn text(&self) -> String {
        let filled = |part: &str| fill(part, |word| self.word(word));
        let judge = if self.judges() { self.judge() } else { vec![filled(OFF)] };
        let parts = [vec![filled(HEAD)], judge, vec![filled(TAIL)]].concat();
        let parts: Vec<&str> = parts.iter().map(|part| part.trim_end()).filter(|part| !part.is_empty()).collect();
        parts.join("\n\n") + "\n"
    }

    /// What differs between rules.
    fn judge(&self) -> Vec<String> {
        let rule = self.settings.rule;
        let settled = if rule.subject == Subject::Campaign { SETTLED } else { "" };
        let judge = fill(rule.flux, |word| {
            rule.words.iter().find(|(name, _)| *name == word).map(|(_, text)| (*text).to_owned())
        });
        let filled = |part: &str| fill(part, |word| self.word(word));
        // What the configuration names is not looked at for words of ours.
        vec![filled(settled), self.thresholds(), self.flights(), filled(&judge)]
    }

    fn word(&self, word: &str) -> Option<String> {
        let (config, settings) = (self.config, self.settings);
        let (rule, tag) = (settings.rule, settings.rule.subject.tag());
        Some(match word {
            "name" => quoted(&self.name()),
            "rule" => rule.name.to_owned(),
            "tags" => self.tags(),
            "every" => config.every.max(rule.every_min).to_string(),
            "offset" => CHECK_OFFSET.to_string(),
            "series" => tag.to_owned(),
            "measurement" => quoted(rule.subject.measurement()),
            "windows" => quoted(&config.buckets.windows),
            "hours" => quoted(&config.buckets.hours),
            "days" => quoted(&config.buckets.days),
            "quality" => quoted(&config.buckets.quality),
            "settle" => config.settle.to_string(),
            "currency" => config.currency.clone(),
            "look" => inside(&config.look).replace("{series}", &format!("${{r.{tag}}}")),
            "level" => match settings.level {
                Level::Crit => "crit",
                Level::Warn => "warn",
            }
            .to_owned(),
            "off" => self.off(),
            "quiet" => if self.has_plan() { "is switched off" } else { "has no plan to go by" }.to_owned(),
            "streams" => self.streams().join(", "),
            "zeros" => self.numbers().map(|name| format!("{name}: 0")).collect::<Vec<_>>().join(", "),
            "sums" => self.sums(),
            "spent" => self.spent(),
            "slackNs" => SLACK_NS.to_string(),
            "patience" => Span::of_seconds(PATIENCE_PERIODS * config.every.as_seconds()).to_string(),
            "window" => settings.length("window").unwrap_or(NO_WINDOW).to_string(),
            "windowSeconds" => settings.length("window")?.as_seconds().to_string(),
            "silentSeconds" => float(settings.length("silent")?.as_seconds() as f64),
            "knownSeconds" => float(settings.length("known")?.as_seconds() as f64),
            "afterSeconds" => settings.length("after")?.as_seconds().to_string(),
            "field" => quoted(if rule.subject == Subject::Sink { SINK_FIELD } else { EDGE_FIELD }),
            "sinkField" => quoted(SINK_FIELD),
            "edgeField" => quoted(EDGE_FIELD),
            "sinkSilent" => config.length("sink-heartbeat", "silent")?.to_string(),
            "edgeSilent" => config.length("edge-heartbeat", "silent")?.to_string(),
            "what" => if rule.subject == Subject::Sink { "sink" } else { "edge" }.to_owned(),
            "expected" => self.expected(),
            "receiver" => quoted(self.watched?),
            "endpoint" => quoted(&format!("{} {}", config.name, self.watched?)),
            "route" => route(self.watched?),
            "set" => quoted(&config.name),
            "alerts" => quoted(&format!("{} ", config.name)),
            // As `adx influx init` names its tasks.
            "rollups" => quoted(&format!("{}: ", config.buckets.windows)),
            "forgotten" => FORGOTTEN.to_string(),
            "rules" => quoted(&format!("{} to ", config.name)),
            length => settings.length(length)?.to_string(),
        })
    }

    /// A function of the campaign for each threshold.
    fn thresholds(&self) -> String {
        let functions = self.settings.rule.thresholds.iter().map(|threshold| self.threshold(threshold));
        functions.collect::<Vec<_>>().join("\n")
    }

    fn threshold(&self, threshold: &Threshold) -> String {
        let name = camel(threshold.name);
        let Some((default, campaigns)) = self.settings.threshold(threshold.name) else { return String::new() };
        let literal = |number: f64| number_of(threshold.unit, number);
        if campaigns.is_empty() {
            return format!("{name} = (id) => {}", literal(default));
        }
        let pair = |(campaign, number): (&String, &f64)| {
            format!("        {{key: {}, value: {}}},\n", quoted(campaign), literal(*number))
        };
        let pairs: String = campaigns.iter().map(pair).collect();
        format!(
            "{name}Of = dict.fromList(\n    pairs: [\n{pairs}    ],\n)\n{name} = (id) => dict.get(dict: {name}Of, key: id, default: {})",
            literal(default)
        )
    }

    fn off(&self) -> String {
        if !self.judges() {
            return "true".to_owned();
        }
        let Some(_) = self.settings.off.first() else { return "false".to_owned() };
        let campaigns: Vec<&str> = self.settings.off.iter().map(String::as_str).collect();
        format!("contains(value: r.{}, set: {})", self.settings.rule.subject.tag(), list(&campaigns))
    }

    fn numbers(&self) -> impl Iterator<Item = &'static str> {
        let own = if self.judges() { self.settings.rule.numbers } else { &[] };
        own.iter().copied().chain(["firing_since", "told_at"])
    }

    fn sums(&self) -> String {
        let sum = |name| format!("{name}: accumulator.{name} + (if r.what == \"{name}\" then r.n else 0)");
        self.numbers().map(sum).collect::<Vec<_>>().join(",\n                ")
    }

    fn streams(&self) -> Vec<String> {
        if !self.judges() {
            return vec!["nothing".to_owned()];
        }
        let (rule, flights) = (self.settings.rule, &self.config.flights);
        let one = |stream: &str| match stream {
            "planned" if flights.is_empty() => vec![],
            "spent" => (0..flights.zones().len()).map(|index| format!("spent{index}")).collect(),
            stream => vec![stream.to_owned()],
        };
        rule.streams.iter().flat_map(|stream| one(stream)).collect()
    }

    /// The plan, for rules that know it.
    fn flights(&self) -> String {
        let flights = &self.config.flights;
        let plans = self.settings.rule.needs_plan || self.settings.rule.streams.contains(&"planned");
        if !plans || flights.is_empty() {
            return String::new();
        }
        let zones = flights.zones();
        let declared =
            zones.iter().enumerate().map(|(index, name)| format!("zone{index} = zone(name: {})", quoted(name)));
        let declared = declared.collect::<Vec<_>>().join("\n");
        let rows = flights
            .iter()
            .map(|flight| row(flight, zones.iter().position(|name| *name == flight.zone).unwrap_or_default()));
        let rows = rows.collect::<Vec<_>>().join("\n");
        let planned = if self.settings.rule.needs_plan { "" } else { PLANNED };
        let filled = fill(FLIGHTS, |word| match word {
            "zones" => Some(declared.clone()),
            "flights" => Some(rows.clone()),
            _ => None,
        });
        filled + planned
    }

    /// Spending since midnight, zone by zone.
    fn spent(&self) -> String {
        let flights = &self.config.flights;
        let of_zone = |(index, zone): (usize, &&str)| {
            let mut campaigns: Vec<&str> =
                flights.iter().filter(|flight| flight.zone == *zone).map(|flight| flight.campaign.as_str()).collect();
            campaigns.dedup();
            format!("spent{index} = spent(zone: zone{index}, campaigns: {})", list(&campaigns))
        };
        flights.zones().iter().enumerate().map(of_zone).collect::<Vec<_>>().join("\n")
    }

    /// Those that must be heard of; `any` stands for at least one.
    fn expected(&self) -> String {
        let names = self.settings.expected.iter().map(String::as_str).chain([ANY]);
        names.map(|name| format!("{{name: {}}}", quoted(name))).collect::<Vec<_>>().join(", ")
    }
}

/// Asks whether a server knows a time zone of a plan.
pub fn zone_text(zone: &str) -> String {
    fill(ZONE, |word| (word == "zone").then(|| quoted(zone)))
}

/// The tag of a status that is to go to an endpoint.
pub(crate) fn route(endpoint: &str) -> String {
    format!("adx_to_{endpoint}")
}

fn row(flight: &Flight, zone: usize) -> String {
    let Flight { campaign, first, last, daily_budget, .. } = flight;
    let (campaign, budget) = (quoted(campaign), daily_budget.as_micros());
    let fields =
        ["today", "window_day", "elapsed_s", "day_s"].map(|name| format!("{name}: zone{zone}.{name}")).join(", ");
    format!("            {{campaign_id: {campaign}, first: {first}, last: {last}, budget: {budget}, {fields}}},")
}

fn number_of(unit: Unit, number: f64) -> String {
    match unit {
        Unit::Money => ((number * 1e6).round() as i64).to_string(),
        Unit::Count => (number.round() as i64).to_string(),
        Unit::Factor => float(number),
    }
}

/// Flux knows no exponents.
fn float(number: f64) -> String {
    let text = number.to_string();
    if text.contains('.') { text } else { text + ".0" }
}

/// A text within a string literal of a template.
fn inside(text: &str) -> String {
    let literal = quoted(text);
    literal[1..literal.len() - 1].to_owned()
}

fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    format!("[{}]", names.join(", "))
}

/// `clicks_min` as Flux has it, `clicksMin`.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
