//! What has to be done so that an InfluxDB has what is declared, from what it has now.

use std::fmt;
use std::time::Duration;

use super::declared::{Declared, DeclaredBucket};
use super::diff::{Object, State};
use super::found::{Found, Stack};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    CreateBucket { name: String, keeps: Option<Duration> },
    KeepOtherwise { id: String, name: String, found: Option<Duration>, keeps: Option<Duration> },
    CreateObject { kind: String, name: String },
    AlterObject { kind: String, name: String, settings: Vec<String> },
    RemoveObject { kind: String, name: String },
}

/// What to do with a bucket that keeps points longer than declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// Nothing: InfluxDB would delete what is older, and somebody may have meant to keep it.
    NeverShorter,
    AsDeclared,
}

/// A bucket that keeps points longer than declared, and is left so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepsLonger {
    name: String,
    found: Option<Duration>,
    keeps: Option<Duration>,
}

/// All there is to do, in this order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub changes: Vec<Change>,
    pub left_alone: Vec<KeepsLonger>,
    stack: Option<Stack>,
}

impl Plan {
    pub fn of(declared: &Declared, found: &Found, retention: Retention) -> Self {
        let mut plan = Self { stack: found.stack.clone(), ..Self::default() };
        declared.buckets.iter().for_each(|bucket| plan.add_bucket(bucket, found, retention));
        match found.stack {
            Some(_) => plan.changes.extend(found.objects.iter().filter_map(of_object)),
            None => plan.changes.extend(all_new(declared)),
        }
        plan
    }

    /// Whether there is no difference at all.
    pub fn is_as_declared(&self) -> bool {
        self.changes.is_empty() && self.left_alone.is_empty()
    }

    fn add_bucket(&mut self, bucket: &DeclaredBucket, found: &Found, retention: Retention) {
        let (name, keeps) = (bucket.name.clone(), bucket.keeps);
        let Some(there) = found.buckets.iter().find(|found| found.name == name) else {
            return self.changes.push(Change::CreateBucket { name, keeps });
        };
        let (id, found) = (there.id.clone(), there.keeps);
        if found == keeps {
            return;
        }
        match retention {
            Retention::NeverShorter if is_longer(found, keeps) => {
                self.left_alone.push(KeepsLonger { name, found, keeps });
            }
            Retention::NeverShorter | Retention::AsDeclared => {
                self.changes.push(Change::KeepOtherwise { id, name, found, keeps });
            }
        }
    }

    /// The stack whose objects differ, `Some(None)` where it has to be made; none where they are as declared.
    pub fn stack_to_apply(&self) -> Option<Option<&Stack>> {
        let of_stack = |change: &Change| match change {
            Change::CreateObject { .. } | Change::AlterObject { .. } | Change::RemoveObject { .. } => true,
            Change::CreateBucket { .. } | Change::KeepOtherwise { .. } => false,
        };
        self.changes.iter().any(of_stack).then_some(self.stack.as_ref())
    }
}

/// None is for ever, and longer than any span.
fn is_longer(found: Option<Duration>, declared: Option<Duration>) -> bool {
    declared.is_some_and(|declared| found.is_none_or(|found| found > declared))
}

fn of_object(object: &Object) -> Option<Change> {
    let (kind, name) = (object.kind.clone(), object.name.clone());
    match &object.state {
        State::Same => None,
        State::Missing => Some(Change::CreateObject { kind, name }),
        State::Differs(settings) => Some(Change::AlterObject { kind, name, settings: settings.clone() }),
        State::Undeclared => Some(Change::RemoveObject { kind, name }),
    }
}

fn all_new(declared: &Declared) -> Vec<Change> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let new = |document: &serde_json::Value| Change::CreateObject {
        kind: text(&document["kind"]),
        name: text(&document["spec"]["name"]),
    };
    declared.template.iter().map(new).collect()
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateBucket { name, keeps } => write!(f, "+ bucket {name}: keeps points {}", Kept(*keeps)),
            Self::KeepOtherwise { name, found, keeps, .. } => {
                write!(f, "~ bucket {name}: keeps points {} in place of {}", Kept(*keeps), Kept(*found))
            }
            Self::CreateObject { kind, name } => write!(f, "+ {} {name}", kind.to_lowercase()),
            Self::AlterObject { kind, name, settings } => {
                write!(f, "~ {} {name}: other {}", kind.to_lowercase(), settings.join(", "))
            }
            Self::RemoveObject { kind, name } => {
                write!(f, "- {} {name}: in the stack, not declared", kind.to_lowercase())
            }
        }
    }
}

impl fmt::Display for KeepsLonger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, found, keeps } = self;
        write!(
            f,
            "! bucket {name}: keeps points {}, longer than the {} declared: left so; `adx influx init --shorten-retention` deletes what is older",
            Kept(*found),
            Kept(*keeps)
        )
    }
}

/// How long points are kept, for people.
struct Kept(Option<Duration>);

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("for ever"),
            Some(span) if span.as_secs().is_multiple_of(86_400) => write!(f, "{} days", span.as_secs() / 86_400),
            Some(span) => write!(f, "{}", humantime::format_duration(span)),
        }
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
