//! What has to be done so that a server has the objects that are declared, from what it has now.

use std::fmt;

use serde_json::Value;

use crate::objects::{Declared, Kind, MARK, Object};

/// An object as the server tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub kind: Kind,
    pub id: String,
    pub name: String,
    pub body: Value,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Change<'a> {
    Create { object: &'a Object },
    Update { id: String, object: &'a Object, why: String },
    Delete { kind: Kind, id: String, name: String },
}

/// Something that has a name of ours and is somebody else's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    pub kind: Kind,
    pub name: String,
}

/// What there is to do, in order, and what stands in the way.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan<'a> {
    pub changes: Vec<Change<'a>>,
    pub obstacles: Vec<Obstacle>,
}

impl<'a> Plan<'a> {
    /// What is made is made before what needs it, what goes, after.
    pub fn of(declared: &'a Declared, found: &[Found]) -> Self {
        let mut plan = Self::default();
        for object in &declared.objects {
            plan.add(object, found);
        }
        let extra = |found: &&Found| is_ours(declared, found) && !is_kept(declared, found);
        let mut gone: Vec<&Found> = found.iter().filter(extra).collect();
        gone.extend(twins(declared, found));
        gone.sort_by_key(|found| std::cmp::Reverse(found.kind));
        let delete =
            |found: &Found| Change::Delete { kind: found.kind, id: found.id.clone(), name: found.name.clone() };
        plan.changes.extend(gone.into_iter().map(delete));
        plan
    }

    fn add(&mut self, object: &'a Object, found: &[Found]) {
        let mut named = found.iter().filter(|found| found.kind == object.kind && found.name == object.name);
        match named.next() {
            None => self.changes.push(Change::Create { object }),
            Some(found) if !is_marked(found) => {
                self.obstacles.push(Obstacle { kind: object.kind, name: object.name.clone() })
            }
            Some(found) => {
                if let Some(why) = difference(object, found) {
                    self.changes.push(Change::Update { id: found.id.clone(), object, why });
                }
            }
        }
    }

    /// Sends every endpoint with a secret again, and the rules that notify it: an address is part of their text.
    pub fn renew_secrets(&mut self, declared: &'a Declared, found: &[Found]) {
        let secret: Vec<&Object> = declared.objects.iter().filter(|object| object.secrets().next().is_some()).collect();
        let notifies = |object: &&Object| secret.iter().any(|other| object.endpoint.as_ref() == Some(&other.name));
        let rules = declared.of_kind(Kind::Rule).filter(notifies);
        for object in secret.iter().copied().chain(rules) {
            let there = found.iter().find(|found| found.kind == object.kind && found.name == object.name);
            if let Some(found) = there.filter(|_| !self.makes(object)) {
                let why = "its secret is sent again".to_owned();
                self.changes.push(Change::Update { id: found.id.clone(), object, why });
            }
        }
        // Endpoints first, and what goes last.
        self.changes.sort_by_key(|change| match change {
            Change::Create { object } | Change::Update { object, .. } => (false, object.kind),
            // In the order that they have.
            Change::Delete { .. } => (true, Kind::Endpoint),
        });
    }

    fn makes(&self, object: &Object) -> bool {
        self.changes.iter().any(|change| match change {
            Change::Create { object: other } | Change::Update { object: other, .. } => *other == object,
            Change::Delete { .. } => false,
        })
    }

    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.obstacles.is_empty()
    }
}

fn is_marked(found: &Found) -> bool {
    found.body["description"].as_str().is_some_and(|text| text.starts_with(MARK))
}

/// Of this set: both by name and by description.
fn is_ours(declared: &Declared, found: &Found) -> bool {
    let named = found.name.strip_prefix(&declared.name).is_some_and(|rest| rest.starts_with(' '));
    named && is_marked(found)
}

fn is_kept(declared: &Declared, found: &Found) -> bool {
    declared.of_kind(found.kind).any(|object| object.name == found.name)
}

/// Further objects of a declared one's name: made where the answer to a first request was lost.
fn twins<'f>(declared: &Declared, found: &'f [Found]) -> Vec<&'f Found> {
    let of_object = |object: &Object| {
        let (kind, name) = (object.kind, object.name.clone());
        let named = found.iter().filter(move |found| found.kind == kind && found.name == name);
        named.skip(1).filter(|found| is_marked(found)).collect::<Vec<_>>()
    };
    declared.objects.iter().flat_map(of_object).collect()
}

/// The first thing in which the server's object differs.
fn difference(object: &Object, found: &Found) -> Option<String> {
    let wanted = object.shown().as_object()?;
    let differs = |key: &&String| match key.as_str() {
        "query" => object.flux().map(squeezed) != found.body["query"]["text"].as_str().map(squeezed),
        key => wanted.get(key) != found.body.get(key),
    };
    // The version last: it says that something does, not what.
    let key =
        wanted.keys().filter(|key| *key != "description").find(differs).or_else(|| wanted.keys().find(differs))?;
    Some(if key == "description" { "another version".to_owned() } else { format!("{key} differs") })
}

/// A Flux text without what the server changes when it stores it: white space, commas before a closing bracket, the check's id.
fn squeezed(flux: &str) -> String {
    let mut text = String::with_capacity(flux.len());
    for letter in flux.chars().filter(|letter| !letter.is_whitespace()) {
        while matches!(letter, ')' | ']' | '}') && text.ends_with(',') {
            text.pop();
        }
        text.push(letter);
    }
    match text.split_once("_check_id:\"") {
        Some((before, after)) => format!("{before}{}", after.split_once('"').map_or(after, |(_, rest)| rest)),
        None => text,
    }
}

impl fmt::Display for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { object } => write!(f, "+ {} {}", object.kind, object.name),
            Self::Update { object, why, .. } => write!(f, "~ {} {}: {why}", object.kind, object.name),
            Self::Delete { kind, name, .. } => write!(f, "- {kind} {name}"),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name } = self;
        write!(
            f,
            "! {kind} {name}: there is one that `adx alerts` has not made; rename or delete it, or take another `name` in the alert configuration"
        )
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
