//! What has to be done so that a cluster has the topics and SmartModules that are declared, from what it has now.

use std::fmt;

use adx_smartmodules::Module;
use fluvio_controlplane_metadata::smartmodule::{SmartModuleMetadata, SmartModulePackageKey};
use fluvio_controlplane_metadata::topic::TopicSpec;

use super::declared::DeclaredTopic;
use super::settings::settings;

/// What a cluster has of what is asked about.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub topics: Vec<DeclaredTopic>,
    pub modules: Vec<FoundModule>,
}

/// A SmartModule as the cluster stores it.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundModule {
    /// Its name, or what `smdk load` makes of a package.
    pub key: String,
    pub package: Option<SmartModuleMetadata>,
    /// Unpacked; none where it cannot be.
    pub wasm: Option<Vec<u8>>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    CreateTopic(DeclaredTopic),
    CreateModule {
        name: &'static str,
        wasm: &'static [u8],
    },
    /// The name stands for the version of the rules, so that other bytes are another build of them.
    ReplaceModule {
        key: String,
        package: Option<SmartModuleMetadata>,
        wasm: &'static [u8],
    },
}

/// A difference that cannot be mended on a topic that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    Partitions { topic: String, found: u32, declared: u32 },
    Setting { topic: String, setting: &'static str, found: String, declared: String },
}

/// What there is to do, and what stands in the way.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    pub changes: Vec<Change>,
    pub obstacles: Vec<Obstacle>,
}

impl Plan {
    pub fn of(topics: &[DeclaredTopic], modules: &[Module], found: &Found) -> Self {
        let mut plan = Self::default();
        for module in modules {
            plan.add_module(module, &found.modules);
        }
        for topic in topics {
            match found.topics.iter().find(|found| found.name == topic.name) {
                None => plan.changes.push(Change::CreateTopic(topic.clone())),
                Some(found) => plan.obstacles.extend(obstacles(topic, &found.spec)),
            }
        }
        plan
    }

    fn add_module(&mut self, module: &Module, found: &[FoundModule]) {
        let (name, wasm) = (module.name, module.wasm);
        let mut there = found.iter().filter(|found| answers_to(found, name)).peekable();
        if there.peek().is_none() {
            self.changes.push(Change::CreateModule { name, wasm });
        }
        for other in there.filter(|found| found.wasm.as_deref() != Some(wasm)) {
            self.changes.push(Change::ReplaceModule { key: other.key.clone(), package: other.package.clone(), wasm });
        }
    }

    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.obstacles.is_empty()
    }

    /// The obstacle that forbids every change: what is declared belongs to another pipeline than this cluster's.
    pub fn forbidden(&self) -> Option<&Obstacle> {
        self.obstacles.iter().find(|obstacle| matches!(obstacle, Obstacle::Partitions { .. }))
    }
}

/// Whether a stream that asks for `name` may get this module.
fn answers_to(found: &FoundModule, name: &str) -> bool {
    let package = found.package.as_ref().map(|metadata| &metadata.package);
    SmartModulePackageKey::from_qualified_name(name).is_ok_and(|key| key.is_match(&found.key, package))
}

fn obstacles(topic: &DeclaredTopic, found: &TopicSpec) -> Vec<Obstacle> {
    let name = || topic.name.clone();
    let (has, wanted) = (found.partitions(), topic.spec.partitions());
    let count = (has != wanted).then(|| Obstacle::Partitions { topic: name(), found: has, declared: wanted });
    let differing =
        settings(found).into_iter().zip(settings(&topic.spec)).filter(|(found, declared)| found != declared);
    let setting = |((setting, found), (_, declared))| Obstacle::Setting { topic: name(), setting, found, declared };
    count.into_iter().chain(differing.map(setting)).collect()
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateTopic(topic) => {
                write!(f, "+ topic {}: partition.count {}", topic.name, topic.spec.partitions())?;
                let [replication, .., time, _, compression, _] = settings(&topic.spec);
                [replication, time, compression].iter().try_for_each(|(name, value)| write!(f, ", {name} {value}"))
            }
            Self::CreateModule { name, wasm } => write!(f, "+ SmartModule {name}: {} bytes", wasm.len()),
            Self::ReplaceModule { key, wasm, .. } => write!(
                f,
                "~ SmartModule {key}: other bytes under this name, replaced by a build of {} bytes; streams opened from then on run it",
                wasm.len()
            ),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partitions { topic, found, declared } => write!(
                f,
                "! topic {topic}: {found} partitions, declared are {declared}: the partition of a user follows from their number, so that \
                 older and newer records of one user would no longer meet; declare {found}, or, when the sinks have taken all of it, \
                 stop edges and sinks, `fluvio topic delete` all raw topics with their records, and apply again"
            ),
            Self::Setting { topic, setting, found, declared } => write!(
                f,
                "! topic {topic}: {setting} is {found}, declared is {declared}: Fluvio cannot change it on a topic that is there; declare \
                 {found}, or, when the sinks have taken all of it, `fluvio topic delete {topic}` with its records, and apply again"
            ),
        }
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
