//! The alert configuration, parsed once into a form that cannot be wrong.

mod error;
mod receivers;
mod section;
mod thresholds;

use std::collections::BTreeMap;
use std::path::Path;

use adx_events::tag::is_tag_value;

use crate::flights::Flights;
use crate::rule::{RULES, Rule, Subject};
use crate::span::Span;
pub use error::ConfigError;
pub use receivers::{Address, Endpoint, Receiver, SecretSource};
use section::Section;
pub(crate) use thresholds::ANY;
pub use thresholds::{Level, RuleSettings};
use thresholds::{Overrides, read_rule};

/// Everything the alerts of a deployment are made from.
#[derive(Debug, Clone)]
pub struct Config {
    /// What the names of all objects of this set begin with.
    pub name: String,
    pub buckets: Buckets,
    pub every: Span,
    /// Windows younger than this are not judged, settled or not.
    pub settle: Span,
    pub currency: String,
    /// Where a person looks; `{series}` in it stands for the campaign, edge, …
    pub look: String,
    pub flights: Flights,
    pub endpoints: Vec<Endpoint>,
    /// Every rule, also those that are off.
    pub rules: Vec<RuleSettings>,
}

/// Where totals and heartbeats are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Buckets {
    /// Holds `campaign_1m`.
    pub windows: String,
    /// Holds `campaign_1h`.
    pub hours: String,
    /// Holds `campaign_1d`.
    pub days: String,
    /// Holds `quality` and `pipeline`.
    pub quality: String,
}

impl Buckets {
    pub fn all(&self) -> [&str; 4] {
        [&self.windows, &self.hours, &self.days, &self.quality]
    }
}

const NAME_CHARS_MAX: usize = 40;

impl Config {
    /// Reads the text of a configuration; the plan it names is read by `read_plan`, from beside it.
    pub fn parse(text: &str, read_plan: impl FnOnce(&Path) -> std::io::Result<String>) -> Result<Self, ConfigError> {
        let table: toml::Table = text.parse().map_err(|source| ConfigError::Toml { source })?;
        let mut root = Section::new("", table);
        let name = root.text("name")?.unwrap_or_else(|| "adx".into());
        is_name(&name).then_some(()).ok_or_else(|| {
            let wants = "letters, digits, '-' and '_', 40 at most, for example \"adx\"";
            ConfigError::wrong("name", wants)
        })?;
        let buckets = read_buckets(&mut root)?;
        let every = up_to_an_hour(&mut root, "every")?.unwrap_or(Span::of_minutes(1));
        let settle = up_to_an_hour(&mut root, "settle")?.unwrap_or(Span::of_minutes(2));
        let currency = root.text("currency")?.unwrap_or_else(|| "USD".into());
        if currency.len() != 3 || !currency.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return Err(ConfigError::wrong("currency", "three capital letters, for example \"USD\""));
        }
        let look = root.text("look")?.unwrap_or_else(|| "the dashboard AdvertiseX in InfluxDB".into());
        let plan = root.text("plan")?.map(std::path::PathBuf::from);
        let endpoints = receivers::read(root.section("endpoints")?)?;
        let overrides = Overrides::read(root.section("campaigns")?)?;
        let rules = read_rules(root.section("rules")?, &endpoints, &overrides)?;
        root.finish(&[
            "name",
            "bucket",
            "hours_bucket",
            "days_bucket",
            "quality_bucket",
            "every",
            "settle",
            "currency",
            "look",
            "plan",
            "endpoints",
            "rules",
            "campaigns",
        ])?;
        let flights = match plan {
            Some(file) => {
                let text = read_plan(&file).map_err(|source| ConfigError::PlanFile { file: file.clone(), source })?;
                Flights::parse(&text).map_err(|source| ConfigError::Plan { file, source })?
            }
            None => Flights::default(),
        };
        Ok(Self { name, buckets, every, settle, currency, look, flights, endpoints, rules })
    }

    /// The settings of a rule, where it is not off.
    pub fn rule(&self, name: &str) -> Option<&RuleSettings> {
        self.rules.iter().find(|settings| settings.rule.name == name && settings.is_on)
    }

    /// A length of a rule, as set or by default where the rule is off.
    pub(crate) fn length(&self, rule: &str, name: &str) -> Option<Span> {
        let default =
            || Rule::named(rule)?.lengths.iter().find(|length| length.name == name).map(|length| length.default);
        self.rule(rule).and_then(|settings| settings.length(name)).or_else(default)
    }
}

/// Those of `adx influx init` where only the first is named.
fn read_buckets(root: &mut Section) -> Result<Buckets, ConfigError> {
    let windows = root.text("bucket")?.unwrap_or_else(|| "adx".into());
    let mut other = |ending: &str| -> Result<String, ConfigError> {
        Ok(root.text(&format!("{ending}_bucket"))?.unwrap_or_default())
    };
    let (hours, days, quality) = (other("hours")?, other("days")?, other("quality")?);
    let or = |name: String, ending| if name.is_empty() { format!("{windows}_{ending}") } else { name };
    let (hours, days, quality) = (or(hours, "1h"), or(days, "1d"), or(quality, "quality"));
    Ok(Buckets { windows, hours, days, quality })
}

/// Whole minutes.
fn up_to_an_hour(section: &mut Section, name: &str) -> Result<Option<Span>, ConfigError> {
    let span = section.minutes(name)?;
    let fits = span.is_none_or(|span| span <= Span::of_minutes(60));
    fits.then_some(span).ok_or_else(|| ConfigError::wrong(section.key(name), "an hour at most"))
}

/// What may stand in an object's name and needs no care anywhere.
fn is_name(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    !text.is_empty() && text.len() <= NAME_CHARS_MAX && text.chars().all(fits)
}

fn read_rules(
    mut section: Section,
    endpoints: &[Endpoint],
    overrides: &Overrides,
) -> Result<Vec<RuleSettings>, ConfigError> {
    let mut rules = Vec::new();
    for rule in &RULES {
        rules.push(read_rule(section.section(rule.name)?, rule, endpoints, overrides)?);
    }
    section.finish(&RULES.map(|rule| rule.name))?;
    Ok(rules)
}

/// The names of series of a map must be what a tag can hold.
fn check_tag(key: &str, value: &str) -> Result<(), ConfigError> {
    is_tag_value(value).then_some(()).ok_or_else(|| ConfigError::wrong(key, "an id as it stands in a tag: 1 to 64 characters, none of them a control character, no backslash at the end"))
}

/// What a campaign has in place of a rule's own thresholds, by the threshold's name.
pub(crate) type ByCampaign = BTreeMap<String, f64>;

/// Whether a rule's settings may name series that are expected.
pub(crate) const fn expects(subject: Subject) -> bool {
    matches!(subject, Subject::Sink | Subject::Edge)
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
