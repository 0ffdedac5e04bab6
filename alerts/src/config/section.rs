//! A table of the configuration whose keys are taken one by one; whatever is left in the end is refused by its full name.

use toml::{Table, Value};

use super::ConfigError;
use crate::span::Span;

pub(super) struct Section {
    path: String,
    table: Table,
}

impl Section {
    pub(super) fn new(path: impl Into<String>, table: Table) -> Self {
        Self { path: path.into(), table }
    }

    /// The full name of a key of this table.
    pub(super) fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Sorted: the order of a table's keys is that of the file or of the alphabet, as other crates of a build would have it.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.table.keys().cloned().collect();
        names.sort_unstable();
        names
    }

    /// The table under a key, an empty one where there is none.
    pub(super) fn section(&mut self, name: &str) -> Result<Self, ConfigError> {
        let path = self.key(name);
        match self.table.remove(name) {
            None => Ok(Self::new(path, Table::new())),
            Some(Value::Table(table)) => Ok(Self::new(path, table)),
            Some(_) => Err(ConfigError::wrong(path, "a table of keys")),
        }
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, ConfigError> {
        match self.table.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(ConfigError::wrong(self.key(name), "a text in quotes, not empty")),
        }
    }

    pub(super) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, ConfigError> {
        let wants = || ConfigError::wrong(self.key(name), "a list of texts, for example [\"a\", \"b\"]");
        let Some(value) = self.table.get(name) else { return Ok(None) };
        let items = value.as_array().ok_or_else(wants)?;
        let texts =
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wants)).collect::<Result<_, _>>()?;
        self.table.remove(name);
        Ok(Some(texts))
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<bool, ConfigError> {
        match self.table.remove(name) {
            None => Ok(false),
            Some(Value::Boolean(flag)) => Ok(flag),
            Some(_) => Err(ConfigError::wrong(self.key(name), "true or false")),
        }
    }

    pub(super) fn span(&mut self, name: &str) -> Result<Option<Span>, ConfigError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let wants =
            || ConfigError::wrong(self.key(name), "a length of time in whole seconds up to 30d, for example \"15m\"");
        Span::parse(&text).ok_or_else(wants).map(Some)
    }

    pub(super) fn minutes(&mut self, name: &str) -> Result<Option<Span>, ConfigError> {
        let span = self.span(name)?;
        if span.is_some_and(|span| !span.is_whole_minutes()) {
            return Err(ConfigError::wrong(self.key(name), "whole minutes, as windows are, for example \"15m\""));
        }
        Ok(span)
    }

    /// A number from 0 to `max`.
    pub(super) fn number(&mut self, name: &str, max: f64) -> Result<Option<f64>, ConfigError> {
        let wants = || ConfigError::wrong(self.key(name), format!("a number from 0 to {max}"));
        let number = match self.table.get(name) {
            None => return Ok(None),
            Some(Value::Float(number)) => *number,
            // Far more than is allowed loses digits here, and is refused all the same.
            Some(Value::Integer(number)) => *number as f64,
            Some(_) => return Err(wants()),
        };
        if !(0.0..=max).contains(&number) {
            return Err(wants());
        }
        self.table.remove(name);
        Ok(Some(number))
    }

    /// Refuses what nobody took.
    pub(super) fn finish(self, known: &[&str]) -> Result<(), ConfigError> {
        match self.table.keys().next() {
            None => Ok(()),
            Some(key) => Err(ConfigError::Unknown { key: self.key(key), known: known.join(", ") }),
        }
    }
}
