//! Who is notified, and by what means; secrets only by where they are.

use std::path::PathBuf;

use super::section::Section;
use super::{ConfigError, is_name};

/// Somebody who is notified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Lower-case letters, digits and `_`: it becomes part of a tag's name.
    pub name: String,
    pub receiver: Receiver,
}

/// The means of notifying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receiver {
    /// A POST of JSON; only an answer of 200 counts as taken.
    Http { url: Address, token: Option<SecretSource> },
    /// An incoming webhook, whose address is the secret. InfluxDB shows it to whoever may read endpoints.
    Slack { url: SecretSource, channel: String },
    /// Events API v2; alerts of one series and rule are one incident.
    PagerDuty {
        key: SecretSource,
        /// Where PagerDuty's page of an incident leads to; empty is nowhere.
        client_url: String,
    },
}

/// Where alerts are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    Plain(String),
    /// One that whoever knows it may use.
    Secret(SecretSource),
}

/// Where a secret is; never the secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretSource {
    File(PathBuf),
    Variable(String),
}

const KINDS: &str = "\"http\", \"slack\" or \"pagerduty\"";
const ENDPOINT_CHARS_MAX: usize = 24;

pub(super) fn read(mut section: Section) -> Result<Vec<Endpoint>, ConfigError> {
    let mut endpoints = Vec::new();
    for name in section.names() {
        let small = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        if !is_name(&name) || name.len() > ENDPOINT_CHARS_MAX || !name.chars().all(small) {
            let wants = "a name of lower-case letters, digits and '_', 24 at most, for example endpoints.on_call";
            return Err(ConfigError::wrong(section.key(&name), wants));
        }
        let receiver = read_one(section.section(&name)?)?;
        endpoints.push(Endpoint { name, receiver });
    }
    Ok(endpoints)
}

fn read_one(mut section: Section) -> Result<Receiver, ConfigError> {
    let key = section.key("kind");
    let kind = section.text("kind")?;
    let (receiver, known): (_, &[&str]) = match kind.as_deref() {
        Some("http") => (http(&mut section)?, &["kind", "url", "url_file", "url_env", "token_file", "token_env"]),
        Some("slack") => (slack(&mut section)?, &["kind", "url_file", "url_env", "channel"]),
        Some("pagerduty") => {
            let key = required(&mut section, "key")?;
            let client_url = section.text("client_url")?.unwrap_or_default();
            (Receiver::PagerDuty { key, client_url }, &["kind", "key_file", "key_env", "client_url"])
        }
        _ => return Err(ConfigError::wrong(key, KINDS)),
    };
    section.finish(known)?;
    Ok(receiver)
}

fn http(section: &mut Section) -> Result<Receiver, ConfigError> {
    let key = section.key("url");
    let url = match (section.text("url")?, secret(section, "url")?) {
        (Some(url), None) => Address::Plain(url),
        (None, Some(source)) => Address::Secret(source),
        (Some(_), Some(_)) => return Err(ConfigError::wrong(key, "one of url, url_file and url_env")),
        (None, None) => return Err(ConfigError::wrong(key, HTTP)),
    };
    if let Address::Plain(url) = &url {
        check_plain(&key, url)?;
    }
    Ok(Receiver::Http { url, token: secret(section, "token")? })
}

const HTTP: &str =
    "http://… or https://…, which answers 200 once it has the alert; if the address is a secret, url_file or url_env";

/// Everybody reads the configuration: no password in it.
fn check_plain(key: &str, url: &str) -> Result<(), ConfigError> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let rest = rest.ok_or_else(|| ConfigError::wrong(key, HTTP))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        let wants = "an address without user and password: put all of it where url_file or url_env says";
        return Err(ConfigError::wrong(key, wants));
    }
    Ok(())
}

fn slack(section: &mut Section) -> Result<Receiver, ConfigError> {
    let url = required(section, "url")?;
    Ok(Receiver::Slack { url, channel: section.text("channel")?.unwrap_or_default() })
}

fn required(section: &mut Section, name: &str) -> Result<SecretSource, ConfigError> {
    let key = section.key(name);
    let wants = format!("{name}_file with a file that holds the secret, or {name}_env with the name of a variable");
    secret(section, name)?.ok_or_else(|| ConfigError::wrong(key, wants))
}

/// `NAME_file` or `NAME_env`; the secret itself has no key.
fn secret(section: &mut Section, name: &str) -> Result<Option<SecretSource>, ConfigError> {
    let file = section.text(&format!("{name}_file"))?;
    let variable = section.text(&format!("{name}_env"))?;
    match (file, variable) {
        (None, None) => Ok(None),
        (Some(file), None) => Ok(Some(SecretSource::File(file.into()))),
        (None, Some(variable)) => Ok(Some(SecretSource::Variable(variable))),
        (Some(_), Some(_)) => {
            Err(ConfigError::wrong(section.key(name), format!("one of {name}_file and {name}_env, not both")))
        }
    }
}

impl std::fmt::Display for SecretSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(file) => write!(f, "file {}", file.display()),
            Self::Variable(variable) => write!(f, "variable {variable}"),
        }
    }
}
