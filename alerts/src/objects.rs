//! The set as InfluxDB's objects: endpoints, checks, notification rules, as the v2 API takes them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_64;

use crate::config::{Address, Config, Endpoint, Receiver, SecretSource};
use crate::render::{Check, route};
use crate::rule::Subject;
use crate::span::Span;

/// Later in its period than the checks, so that a slow check is still seen by the next run.
const RULE_OFFSET: Span = Span::of_seconds(40);
/// Who finds this in a description need not keep the object.
pub(crate) const MARK: &str = "Made by `adx alerts apply`, which overwrites it; version ";
const NOTIFIED_LEVELS: [&str; 3] = ["CRIT", "WARN", "OK"];
/// What people read: the message of the status says it all.
const MESSAGE: &str = "${ r._message }";

/// What an object is; in the order in which they need each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Endpoint,
    Check,
    /// A notification rule.
    Rule,
}

/// An object that is to be there.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    pub kind: Kind,
    pub name: String,
    /// As POST and PUT take it, but for `orgID`, `endpointID` and secrets.
    body: Value,
    /// The endpoint that a rule notifies, by name.
    pub endpoint: Option<String>,
    /// Keys of the body, and where what belongs there is.
    secrets: Vec<(&'static str, SecretSource)>,
}

/// All objects of a configuration, each kind before those that need it.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// What all names begin with.
    pub name: String,
    pub objects: Vec<Object>,
}

/// Secrets, by where the configuration says they are.
pub type Secrets = BTreeMap<SecretSource, String>;

impl Kind {
    pub const ALL: [Self; 3] = [Self::Endpoint, Self::Check, Self::Rule];

    /// Where the API has them.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Endpoint => "/api/v2/notificationEndpoints",
            Self::Check => "/api/v2/checks",
            Self::Rule => "/api/v2/notificationRules",
        }
    }

    /// The key of the list in the API's answer.
    pub const fn list_key(self) -> &'static str {
        match self {
            Self::Endpoint => "notificationEndpoints",
            Self::Check => "checks",
            Self::Rule => "notificationRules",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Endpoint => "endpoint",
            Self::Check => "check",
            Self::Rule => "notification rule",
        })
    }
}

impl Declared {
    pub fn of(config: &Config) -> Self {
        let endpoints = config.endpoints.iter().map(|endpoint| endpoint_object(config, endpoint));
        let endpoints: Vec<Object> = endpoints.collect();
        let rules =
            config.endpoints.iter().zip(&endpoints).map(|(endpoint, object)| rule_object(config, endpoint, object));
        let rules: Vec<Object> = rules.collect();
        let checks = checks(config).map(|check| check_object(&check));
        let objects = endpoints.iter().cloned().chain(checks).chain(rules).collect();
        Self { name: config.name.clone(), objects }
    }

    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(move |object| object.kind == kind)
    }
}

/// The checks of all rules, also of those that judge nothing: they end what they have begun.
fn checks(config: &Config) -> impl Iterator<Item = Check<'_>> {
    config.rules.iter().flat_map(move |settings| {
        let watched: Vec<Option<&str>> = match settings.rule.subject {
            Subject::Receiver => config.endpoints.iter().map(|endpoint| Some(endpoint.name.as_str())).collect(),
            Subject::Campaign | Subject::Sink | Subject::Edge | Subject::Task | Subject::Buckets => vec![None],
        };
        watched.into_iter().map(move |watched| Check { config, settings, watched })
    })
}

impl Object {
    fn new(kind: Kind, name: String, mut body: Value, versioned: &Value) -> Self {
        // Bodies are maps with sorted keys: equal ones have equal texts.
        let version = format!("{:016x}", xxh3_64(format!("{body}{versioned}").as_bytes()));
        body["description"] = json!(format!("{MARK}{version}"));
        Self { kind, name, body, endpoint: None, secrets: Vec::new() }
    }

    /// As the API shows it: what differs there was changed by somebody else.
    pub fn shown(&self) -> &Value {
        &self.body
    }

    /// The Flux text of a check.
    pub fn flux(&self) -> Option<&str> {
        self.body["query"]["text"].as_str()
    }

    pub fn description(&self) -> &str {
        self.body["description"].as_str().unwrap_or_default()
    }

    /// Where the secrets are that the request needs.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretSource> {
        self.secrets.iter().map(|(_, source)| source)
    }

    /// The body of the request that makes it, in an organization; `None` while its secret or endpoint is not known.
    pub fn request(&self, org_id: &str, endpoint_id: Option<&str>, secrets: &Secrets) -> Option<Value> {
        let mut body = self.body.clone();
        body["orgID"] = json!(org_id);
        if self.endpoint.is_some() {
            body["endpointID"] = json!(endpoint_id?);
        }
        for (key, source) in &self.secrets {
            body[*key] = json!(secrets.get(source)?);
        }
        Some(body)
    }
}

fn check_object(check: &Check<'_>) -> Object {
    let name = check.name();
    let body = json!({
        "type": "custom", "name": name, "status": "active",
        "query": {"text": check.text()},
    });
    Object::new(Kind::Check, name, body, &Value::Null)
}

fn endpoint_object(config: &Config, endpoint: &Endpoint) -> Object {
    let name = format!("{} {}", config.name, endpoint.name);
    let (mut body, secrets) = match &endpoint.receiver {
        Receiver::Http { url, token } => http_endpoint(url, token.as_ref()),
        Receiver::Slack { url, .. } => (json!({"type": "slack"}), vec![("url", url.clone())]),
        Receiver::PagerDuty { key, client_url } => {
            (json!({"type": "pagerduty", "clientURL": client_url}), vec![("routingKey", key.clone())])
        }
    };
    body["name"] = json!(name);
    body["status"] = json!("active");
    let versioned: Vec<String> = secrets.iter().map(|(_, source)| source.to_string()).collect();
    Object { secrets, ..Object::new(Kind::Endpoint, name, body, &json!(versioned)) }
}

fn http_endpoint(url: &Address, token: Option<&SecretSource>) -> (Value, Vec<(&'static str, SecretSource)>) {
    let auth = if token.is_some() { "bearer" } else { "none" };
    let mut body = json!({"type": "http", "method": "POST", "authMethod": auth});
    let mut secrets: Vec<_> = token.map(|source| ("token", source.clone())).into_iter().collect();
    match url {
        Address::Plain(url) => body["url"] = json!(url),
        Address::Secret(source) => secrets.push(("url", source.clone())),
    }
    (body, secrets)
}

/// One for each endpoint: every status that begins or ends an episode and is to go there, once. The endpoint's URL becomes part of the
/// rule when the rule is stored, so that the rule's version follows the endpoint's.
fn rule_object(config: &Config, endpoint: &Endpoint, object: &Object) -> Object {
    let name = format!("{} to {}", config.name, endpoint.name);
    let tag = |key: &str, value: &str| json!({"key": key, "value": value, "operator": "equal"});
    let mut body = json!({
        "name": name, "status": "active", "every": config.every.to_string(), "offset": RULE_OFFSET.to_string(),
        "tagRules": [tag("adx_set", &config.name), tag("adx_notify", "yes"), tag(&route(&endpoint.name), "yes")],
        "statusRules": NOTIFIED_LEVELS.map(|level| json!({"currentLevel": level, "previousLevel": null})),
    });
    match &endpoint.receiver {
        Receiver::Http { .. } => body["type"] = json!("http"),
        Receiver::Slack { channel, .. } => {
            body["type"] = json!("slack");
            body["channel"] = json!(channel);
            body["messageTemplate"] = json!(MESSAGE);
        }
        Receiver::PagerDuty { .. } => {
            body["type"] = json!("pagerduty");
            body["messageTemplate"] = json!(MESSAGE);
        }
    }
    Object { endpoint: Some(object.name.clone()), ..Object::new(Kind::Rule, name, body, &json!(object.description())) }
}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod tests;
