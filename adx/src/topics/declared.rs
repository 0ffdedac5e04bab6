//! The topics as a file declares them, one document of Fluvio's own form each; what cannot work is refused here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use adx_events::topic::Topic;
use fluvio_controlplane_metadata::topic::TopicSpec;
use fluvio_controlplane_metadata::topic::config::TopicConfig;
use fluvio_sc_schema::shared::validate_resource_name;
use serde::Deserialize;
use serde_yaml::Value;

use super::windows::{Windows, written};

/// The file of the project.
const BUILT_IN: &str = include_str!("../../../fluvio-topics.yaml");
const BUILT_IN_NAME: &str = "fluvio-topics.yaml";
/// Fluvio takes segment sizes and seconds in 32 bits, and cuts what does not fit without a word.
const FLUVIO_MAX: u64 = u32::MAX as u64;

/// A topic as it is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredTopic {
    pub name: String,
    pub spec: TopicSpec,
}

/// The topics of one file, in its order.
#[derive(Debug, Clone)]
pub struct Declaration {
    configs: Vec<TopicConfig>,
    /// The same as written: Fluvio's own writing rounds sizes.
    documents: Vec<Value>,
}

/// Why a file is refused.
#[derive(Debug, thiserror::Error)]
pub enum DeclarationError {
    #[error("read the topics file {}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{file}: document {document} is no topic configuration")]
    Form { file: String, document: usize, source: serde_yaml::Error },
    #[error("{file}: topic \"{topic}\": Fluvio knows no setting `{key}`")]
    UnknownKey { file: String, topic: String, key: String },
    #[error("{file}: topic \"{topic}\" {what}")]
    Topic { file: String, topic: String, what: String },
    #[error("{file} declares no topic \"{topic}\", which the pipeline needs")]
    Missing { file: String, topic: &'static str },
    #[error(
        "{file}: the raw topics have {counts} partitions: give them equal counts, everything of a user must meet in the partitions of one number"
    )]
    UnequalCounts { file: String, counts: String },
    #[error("{file}: topic \"{topic}\" keeps its records for {}, the windows need {}: they are rebuilt from the topics, from {rule}", written(*kept), written(*needed))]
    RetentionTooShort { file: String, topic: String, kept: Duration, needed: Duration, rule: String },
}

impl Declaration {
    /// The project's own file, or another one.
    pub fn read(file: Option<&Path>) -> Result<Self, DeclarationError> {
        let Some(path) = file else { return Self::parse(BUILT_IN_NAME, BUILT_IN) };
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|source| DeclarationError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Checks all that does not depend on the windows.
    pub fn parse(file: &str, text: &str) -> Result<Self, DeclarationError> {
        let (mut configs, mut documents) = (Vec::<TopicConfig>::new(), Vec::new());
        for (document, yaml) in (1..).zip(serde_yaml::Deserializer::from_str(text)) {
            let form = |source| DeclarationError::Form { file: file.to_owned(), document, source };
            let value = Value::deserialize(yaml).map_err(form)?;
            let config = TopicConfig::deserialize(&value).map_err(form)?;
            let topic = config.meta.name.clone();
            if let Some(key) = unknown_key(&value, &serde_yaml::to_value(&config).map_err(form)?) {
                return Err(DeclarationError::UnknownKey { file: file.to_owned(), topic, key });
            }
            let twice = configs.iter().any(|other| other.meta.name == topic);
            if let Some(what) = twice.then(|| "is declared twice".to_owned()).or_else(|| refusal(&config)) {
                return Err(DeclarationError::Topic { file: file.to_owned(), topic, what });
            }
            configs.push(config);
            documents.push(value);
        }
        let declaration = Self { configs, documents };
        declaration.check_raw(file)?;
        Ok(declaration)
    }

    fn check_raw(&self, file: &str) -> Result<(), DeclarationError> {
        let needed = Topic::ALL.map(Topic::name).into_iter().chain([adx_sink::dead_letter::TOPIC]);
        for topic in needed {
            if !self.configs.iter().any(|config| config.meta.name == topic) {
                return Err(DeclarationError::Missing { file: file.to_owned(), topic });
            }
        }
        let topics = self.topics();
        let counts: Vec<_> = topics.iter().filter(|topic| is_raw(topic)).map(|topic| topic.spec.partitions()).collect();
        if counts.windows(2).any(|pair| pair[0] != pair[1]) {
            let counts = counts.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
            return Err(DeclarationError::UnequalCounts { file: file.to_owned(), counts });
        }
        Ok(())
    }

    /// Refuses a raw topic that forgets what a rebuild still needs.
    pub fn check_retention(&self, file: Option<&Path>, windows: &Windows) -> Result<(), DeclarationError> {
        let needed = windows.retention();
        for topic in self.topics().iter().filter(|topic| is_raw(topic)) {
            let kept = Duration::from_secs(u64::from(topic.spec.retention_secs()));
            if kept < needed {
                let file = file.map_or_else(|| BUILT_IN_NAME.to_owned(), |path| path.display().to_string());
                let (topic, rule) = (topic.name.clone(), windows.to_string());
                return Err(DeclarationError::RetentionTooShort { file, topic, kept, needed, rule });
            }
        }
        Ok(())
    }

    /// The topics as the cluster is asked for them.
    pub fn topics(&self) -> Vec<DeclaredTopic> {
        let declared = |config: &TopicConfig| DeclaredTopic {
            name: config.meta.name.clone(),
            spec: TopicSpec::from(config.clone()),
        };
        self.configs.iter().map(declared).collect()
    }

    /// Each topic's name, and its document as it is written.
    pub fn documents(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.configs.iter().map(|config| config.meta.name.as_str()).zip(&self.documents)
    }

    /// The topics for a run of its own: the raw topics with so many partitions, all of them under other names.
    pub fn for_run(&self, partitions: u32, named: impl Fn(&str) -> String) -> Vec<DeclaredTopic> {
        let of_run = |config: &TopicConfig| {
            let mut config = config.clone();
            if Topic::ALL.iter().any(|raw| raw.name() == config.meta.name) {
                config.partition.count = Some(partitions);
                config.partition.maps = None;
            }
            DeclaredTopic { name: named(&config.meta.name), spec: TopicSpec::from(config) }
        };
        self.configs.iter().map(of_run).collect()
    }
}

fn is_raw(topic: &DeclaredTopic) -> bool {
    Topic::ALL.iter().any(|raw| raw.name() == topic.name)
}

/// Why Fluvio, or the pipeline, would not have such a topic.
fn refusal(config: &TopicConfig) -> Option<String> {
    let name = &config.meta.name;
    if name.is_empty() || validate_resource_name(name).is_err() {
        return Some("has no possible name: lower-case letters, digits and inner hyphens, 63 at most".to_owned());
    }
    if config.deduplication.is_some() {
        return Some(
            "asks for deduplication: it makes holes in the offsets, at which consumers lose records".to_owned(),
        );
    }
    if config.retention.time.is_some_and(|time| time.as_secs() > FLUVIO_MAX) {
        return Some("has a retention time of over 136 years".to_owned());
    }
    if config.retention.segment_size.is_some_and(|size| size.as_u64() > FLUVIO_MAX) {
        return Some("has a segment size of 4 GiB or more".to_owned());
    }
    let spec = TopicSpec::from(config.clone());
    if spec.partitions() == 0 || spec.replication_factor() == Some(0) {
        return Some("has no partition or no replica".to_owned());
    }
    spec.validate_config()
}

/// The first key that was read over: Fluvio's own reading passes what it does not know, a slip of the pen too.
fn unknown_key(given: &Value, understood: &Value) -> Option<String> {
    match (given, understood) {
        (Value::Mapping(given), Value::Mapping(understood)) => given.iter().find_map(|(key, value)| {
            let name = key.as_str().unwrap_or("?");
            match understood.get(key) {
                None if value.is_null() => None,
                None => Some(name.to_owned()),
                Some(inner) => unknown_key(value, inner).map(|below| format!("{name}.{below}")),
            }
        }),
        (Value::Sequence(given), Value::Sequence(understood)) => {
            given.iter().zip(understood).find_map(|(given, understood)| unknown_key(given, understood))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topics::windows::tests::usual;

    /// The built-in file with one text in place of another.
    fn altered(from: &str, to: &str) -> Result<Declaration, DeclarationError> {
        assert!(BUILT_IN.contains(from), "{from}");
        Declaration::parse("x.yaml", &BUILT_IN.replacen(from, to, 1))
    }

    #[test]
    fn the_file_of_the_project_declares_all_topics_for_the_default_windows() {
        let declaration = Declaration::read(None).unwrap();
        let names: Vec<_> = declaration.topics().into_iter().map(|topic| topic.name).collect();
        assert_eq!(
            names,
            ["ad-impressions", "clicks-conversions", "bid-requests", "dead-letters", "late-events", "campaigns"]
        );
        declaration.check_retention(None, &usual()).unwrap();
    }

    #[test]
    fn slips_of_the_pen_are_named() {
        for (from, to, expected) in [
            ("  time: 10d", "  tme: 10d", "topic \"ad-impressions\": Fluvio knows no setting `retention.tme`"),
            ("version: 0.1.0\n", "versoin: 0.1.0\n", "no setting `versoin`"),
            ("name: campaigns", "name: late-events", "topic \"late-events\" is declared twice"),
            ("name: campaigns", "name: Campaigns", "topic \"Campaigns\" has no possible name"),
            ("name: bid-requests", "name: bids", "declares no topic \"bid-requests\""),
            ("count: 2", "count: 3", "the raw topics have 3, 2, 2 partitions"),
            ("count: 1", "count: 0", "topic \"dead-letters\" has no partition"),
            ("time: 10d", "time: 5s", "retention_secs 5 is less than minimum 10"),
            ("time: 10d", "time: 137years", "over 136 years"),
            ("segment-size: 16777216 B", "segment-size: 4 GiB", "segment size of 4 GiB"),
            ("meta:\n  name: campaigns", "mata:\n  name: campaigns", "document 6 is no topic configuration"),
            (
                "  time: 10d\n",
                "  time: 10d\ndeduplication: {bounds: {count: 5}, filter: {transform: {uses: d}}}\n",
                "asks for deduplication",
            ),
        ] {
            let refused = altered(from, to).unwrap_err().to_string();
            assert!(refused.starts_with("x.yaml") && refused.contains(expected), "{to}: {refused}");
        }
        let nowhere = Declaration::read(Some(Path::new("/nowhere.yaml"))).unwrap_err();
        assert_eq!(nowhere.to_string(), "read the topics file /nowhere.yaml");
    }

    #[test]
    fn retention_covers_the_windows_to_the_second() {
        let days = |n: u64| Duration::from_secs(n * 86_400);
        let windows = Windows { conversion: days(8), ..usual() };
        let exact = Declaration::read(None).unwrap();
        exact.check_retention(None, &windows).unwrap();
        let longer = Windows { lateness: windows.lateness + Duration::from_millis(1), ..windows };
        let refused = exact.check_retention(None, &longer).unwrap_err();
        assert!(matches!(&refused, DeclarationError::RetentionTooShort { topic, .. } if topic == "ad-impressions"));
        assert!(refused.to_string().contains("keeps its records for 10d, the windows need 864000002ms"), "{refused}");
    }

    #[test]
    fn a_run_has_names_and_raw_partitions_of_its_own() {
        let topics = Declaration::read(None).unwrap().for_run(5, |name| format!("run-1-{name}"));
        let counts: Vec<_> = topics.iter().map(|topic| topic.spec.partitions()).collect();
        assert_eq!(counts, [5, 5, 5, 1, 1, 1]);
        assert!(topics.iter().all(|topic| topic.name.starts_with("run-1-")));
    }
}
