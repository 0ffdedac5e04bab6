//! The settings of one rule: its thresholds for all campaigns and for some, its lengths of time, whom it notifies.

use std::collections::{BTreeMap, BTreeSet};

use super::section::Section;
use super::{ByCampaign, ConfigError, Endpoint, check_tag, expects};
use crate::rule::{Rule, Subject, Threshold, Unit};
use crate::span::Span;

/// A rule as it is set.
#[derive(Debug, Clone)]
pub struct RuleSettings {
    pub rule: &'static Rule,
    /// One that is off ends the episodes that it has begun, and begins none.
    pub is_on: bool,
    pub level: Level,
    /// Names of endpoints.
    pub notify: Vec<String>,
    /// Sinks or edges that must be heard of even if they never were.
    pub expected: Vec<String>,
    /// Campaigns that it leaves alone.
    pub off: BTreeSet<String>,
    lengths: BTreeMap<&'static str, Span>,
    thresholds: BTreeMap<&'static str, (f64, ByCampaign)>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Warn,
    Crit,
}

impl RuleSettings {
    pub fn length(&self, name: &str) -> Option<Span> {
        self.lengths.get(name).copied()
    }

    /// The number for all campaigns, and those of some.
    pub fn threshold(&self, name: &str) -> Option<(f64, &ByCampaign)> {
        self.thresholds.get(name).map(|(default, campaigns)| (*default, campaigns))
    }

    /// Without what single campaigns have of their own.
    pub(crate) fn for_all(&mut self) {
        self.thresholds.values_mut().for_each(|(_, campaigns)| campaigns.clear());
    }

    pub(crate) fn set_threshold(&mut self, name: &'static str, number: f64) {
        self.thresholds.insert(name, (number, ByCampaign::new()));
    }

    pub(crate) fn set_length(&mut self, name: &'static str, length: Span) {
        self.lengths.insert(name, length);
    }

    /// Sets a threshold that is zero, which means none.
    pub(crate) fn set_where_zero(&mut self, name: &str, number: f64) {
        if let Some((default, _)) = self.thresholds.get_mut(name).filter(|(default, _)| *default == 0.0) {
            *default = number;
        }
    }
}

impl Unit {
    /// What the sums of a rule stay below, whatever it is multiplied by.
    const fn max(self) -> f64 {
        match self {
            Self::Money => 1e9,
            Self::Factor => 1e6,
            Self::Count => 1e12,
        }
    }
}

/// As a series of a heartbeat: at least one of them.
pub(crate) const ANY: &str = "any";
const SILENT_MIN: Span = Span::of_minutes(2);

pub(super) fn read_rule(
    mut section: Section,
    rule: &'static Rule,
    endpoints: &[Endpoint],
    overrides: &Overrides,
) -> Result<RuleSettings, ConfigError> {
    let is_on = !section.flag("off")?;
    let level = read_level(&mut section)?;
    let notify = read_notify(&mut section, endpoints)?;
    let expected = if expects(rule.subject) { read_expected(&mut section)? } else { Vec::new() };
    let mut lengths = BTreeMap::new();
    for length in rule.lengths {
        let (set, key) = (section.minutes(length.name)?, section.key(length.name));
        if length.name == "silent" && set.is_some_and(|set| set < SILENT_MIN) {
            return Err(ConfigError::wrong(key, "2m at least: a sign of life comes each minute"));
        }
        if set.is_some_and(|set| set > length.max) {
            return Err(ConfigError::wrong(key, format!("at most {}", length.max)));
        }
        lengths.insert(length.name, set.unwrap_or(length.default));
    }
    let mut thresholds = BTreeMap::new();
    for threshold in rule.thresholds {
        let default = section.number(threshold.name, threshold.unit.max())?.unwrap_or(threshold.default);
        thresholds.insert(threshold.name, (default, overrides.of(rule, threshold)));
    }
    section.finish(&known(rule))?;
    Ok(RuleSettings { rule, is_on, level, notify, expected, off: overrides.off(rule), lengths, thresholds })
}

fn known(rule: &Rule) -> Vec<&'static str> {
    let own =
        rule.thresholds.iter().map(|threshold| threshold.name).chain(rule.lengths.iter().map(|length| length.name));
    own.chain(expects(rule.subject).then_some("expected")).chain(["level", "notify", "off"]).collect()
}

fn read_level(section: &mut Section) -> Result<Level, ConfigError> {
    match section.text("level")?.as_deref() {
        None | Some("crit") => Ok(Level::Crit),
        Some("warn") => Ok(Level::Warn),
        Some(_) => Err(ConfigError::wrong(section.key("level"), "\"crit\" or \"warn\"")),
    }
}

/// All endpoints where none is named.
fn read_notify(section: &mut Section, endpoints: &[Endpoint]) -> Result<Vec<String>, ConfigError> {
    let all = || endpoints.iter().map(|endpoint| endpoint.name.clone()).collect();
    let Some(named) = section.texts("notify")? else { return Ok(all()) };
    match named.iter().find(|name| !endpoints.iter().any(|endpoint| endpoint.name == **name)) {
        None => Ok(named),
        Some(name) => {
            let known: Vec<String> = all();
            let wants = format!("names of endpoints, of which {name:?} is none; there are: {}", known.join(", "));
            Err(ConfigError::wrong(section.key("notify"), wants))
        }
    }
}

fn read_expected(section: &mut Section) -> Result<Vec<String>, ConfigError> {
    let expected = section.texts("expected")?.unwrap_or_default();
    let key = section.key("expected");
    expected.iter().try_for_each(|name| check_tag(&key, name))?;
    if expected.iter().any(|name| name == ANY) {
        return Err(ConfigError::wrong(
            key,
            format!("names of single ones; {ANY:?} stands for at least one, which is expected always"),
        ));
    }
    Ok(expected)
}

/// What single campaigns have in place of the thresholds of the rules.
#[derive(Debug, Default)]
pub(super) struct Overrides {
    /// By rule, threshold, campaign.
    numbers: BTreeMap<(&'static str, &'static str), ByCampaign>,
    /// By rule.
    off: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Overrides {
    /// Reads `campaigns.ID.RULE.THRESHOLD`.
    pub(super) fn read(mut section: Section) -> Result<Self, ConfigError> {
        let mut overrides = Self::default();
        for campaign in section.names() {
            check_tag(&section.key(&campaign), &campaign)?;
            let mut rules = section.section(&campaign)?;
            for name in rules.names() {
                let Some(rule) = Rule::named(&name).filter(|rule| rule.subject == Subject::Campaign) else {
                    let known: Vec<&str> = crate::RULES
                        .iter()
                        .filter(|rule| rule.subject == Subject::Campaign)
                        .map(|rule| rule.name)
                        .collect();
                    return Err(ConfigError::Unknown { key: rules.key(&name), known: known.join(", ") });
                };
                overrides.add(&campaign, rule, rules.section(&name)?)?;
            }
        }
        Ok(overrides)
    }

    fn add(&mut self, campaign: &str, rule: &'static Rule, mut section: Section) -> Result<(), ConfigError> {
        if section.flag("off")? {
            self.off.entry(rule.name).or_default().insert(campaign.to_owned());
        }
        for threshold in rule.thresholds {
            if let Some(number) = section.number(threshold.name, threshold.unit.max())? {
                let campaigns = self.numbers.entry((rule.name, threshold.name)).or_default();
                campaigns.insert(campaign.to_owned(), number);
            }
        }
        let known: Vec<&str> = rule.thresholds.iter().map(|threshold| threshold.name).chain(["off"]).collect();
        section.finish(&known)
    }

    fn of(&self, rule: &'static Rule, threshold: &Threshold) -> ByCampaign {
        self.numbers.get(&(rule.name, threshold.name)).cloned().unwrap_or_default()
    }

    fn off(&self, rule: &'static Rule) -> BTreeSet<String> {
        self.off.get(rule.name).cloned().unwrap_or_default()
    }
}
