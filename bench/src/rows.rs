//! What is measured: every row by its name, and how one run of it goes.

mod core;
mod decode;
mod edge;
mod engine;
mod influx;
mod queries;
mod streams;
mod whole;

use anyhow::Result;

use crate::context::Context;
use crate::measure::{Sample, Unit};

pub use whole::{NAME as WHOLE, PARTITIONS, command as whole_command, records_read};

/// One run, with what it needs made anew outside of what it measures.
pub type Run<'a> = Box<dyn FnMut() -> Result<Sample> + 'a>;
type Prepare = dyn for<'a> Fn(&'a Context) -> Result<Run<'a>>;

/// A row of the table.
pub struct Row {
    pub name: String,
    pub unit: Unit,
    prepare: Box<Prepare>,
}

impl Row {
    fn new(name: String, unit: Unit, prepare: impl for<'a> Fn(&'a Context) -> Result<Run<'a>> + 'static) -> Self {
        Self { name, unit, prepare: Box::new(prepare) }
    }

    fn queries(name: String, prepare: impl for<'a> Fn(&'a Context) -> Result<Run<'a>> + 'static) -> Self {
        Self::new(name, Unit::Queries, prepare)
    }

    fn events(name: String, prepare: impl for<'a> Fn(&'a Context) -> Result<Run<'a>> + 'static) -> Self {
        Self::new(name, Unit::Events, prepare)
    }

    /// Makes what all its runs share.
    pub fn prepare<'a>(&self, context: &'a Context) -> Result<Run<'a>> {
        (self.prepare)(context)
    }
}

/// All rows, in the order in which they are measured: the whole first, while this program is small:
/// a child's peak memory is told no lower than its parent's.
pub fn all() -> Vec<Row> {
    [
        whole::rows(),
        decode::rows(),
        engine::rows(),
        edge::rows(),
        streams::rows(),
        core::rows(),
        influx::rows(),
        queries::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether a name is asked for: it holds one of the words, or there are none.
pub fn is_asked_for(name: &str, words: &[String]) -> bool {
    words.is_empty() || words.iter().any(|word| name.contains(word.as_str()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_differ_and_any_part_of_one_asks_for_it() {
        let rows = all();
        let names: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names.len(), rows.len());
        let asked = |word: &str| rows.iter().filter(|row| is_asked_for(&row.name, &[word.to_owned()])).count();
        assert_eq!((asked("decode"), asked("decode clicks wasm"), asked("nothing")), (9, 1, 0));
        assert!(is_asked_for("run", &[]) && is_asked_for("run", &["core".to_owned(), "ru".to_owned()]));
    }
}
