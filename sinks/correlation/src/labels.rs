//! Names of series that come from the data: conversion kinds by a closed list, exchanges by one where it is set.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use crate::journey::KindIndex;
use crate::state;
use crate::windows::ExchangeIndex;

/// The name of every conversion type, and of every exchange, that is not on its list.
pub const OTHER: &str = "other";

/// The conversion types with a series of their own, and `other`.
#[derive(Debug)]
pub(crate) struct Kinds {
    names: Vec<Arc<str>>,
    other: KindIndex,
}

impl Kinds {
    /// Of a configured list; what lies past its 65,535th name is `other`.
    pub(crate) fn new(listed: &[String]) -> Self {
        let mut names: Vec<Arc<str>> = listed.iter().take(usize::from(u16::MAX)).map(|n| n.as_str().into()).collect();
        let other = names.iter().position(|n| **n == *OTHER).unwrap_or_else(|| {
            names.push(OTHER.into());
            names.len() - 1
        });
        Self { names, other: KindIndex(other as u16) }
    }

    pub(crate) fn index(&self, kind: &str) -> KindIndex {
        self.names.iter().position(|n| **n == *kind).map_or(self.other, |i| KindIndex(i as u16))
    }

    pub(crate) fn name(&self, kind: KindIndex) -> &Arc<str> {
        &self.names[usize::from(kind.0)]
    }
}

/// Exchanges in order of appearance.
#[derive(Debug, Default)]
pub(crate) struct Exchanges {
    names: Vec<Arc<str>>,
    by_name: HashMap<Arc<str>, ExchangeIndex>,
    /// The only ones with a series of their own; none where every exchange has one.
    listed: Option<HashSet<Arc<str>>>,
}

impl Exchanges {
    /// Of a configured list; an empty one lists all.
    pub(crate) fn new(listed: &[String]) -> Self {
        let listed = (!listed.is_empty()).then(|| listed.iter().map(|name| name.as_str().into()).collect());
        Self { listed, ..Self::default() }
    }

    /// The exchange of this name, new or not, and the bytes added; `other` where it is not listed.
    pub(crate) fn index(&mut self, name: &str) -> (ExchangeIndex, u64) {
        let name = if self.listed.as_ref().is_none_or(|listed| listed.contains(name)) { name } else { OTHER };
        if let Some(index) = self.by_name.get(name) {
            return (*index, 0);
        }
        let (index, shared) = (ExchangeIndex(self.names.len() as u32), Arc::<str>::from(name));
        self.names.push(shared.clone());
        self.by_name.insert(shared, index);
        (index, state::EXCHANGE + name.len() as u64)
    }

    pub(crate) fn name(&self, exchange: ExchangeIndex) -> &Arc<str> {
        &self.names[exchange.0 as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_off_the_list_are_other() {
        let kinds = Kinds::new(&["signup".to_owned(), "lead".to_owned()]);
        let name = |kind| &**kinds.name(kinds.index(kind));
        assert_eq!(
            [name("lead"), name("signup"), name("Lead"), name(""), name(OTHER)],
            ["lead", "signup", OTHER, OTHER, OTHER]
        );
        let kinds = Kinds::new(&[OTHER.to_owned(), "lead".to_owned()]);
        assert_eq!((kinds.names.len(), kinds.index("x")), (2, KindIndex(0)));
    }

    #[test]
    fn exchanges_off_the_list_are_other_where_there_is_one() {
        let mut exchanges = Exchanges::new(&["adx-1".to_owned()]);
        let [listed, first, second] = ["adx-1", "x", "y"].map(|name| exchanges.index(name).0);
        assert_eq!([listed, first, second].map(|index| &**exchanges.name(index)), ["adx-1", OTHER, OTHER]);
        let mut exchanges = Exchanges::new(&[]);
        let any = exchanges.index("x").0;
        assert_eq!(&**exchanges.name(any), "x");
    }

    #[test]
    fn an_exchange_is_paid_for_once() {
        let mut exchanges = Exchanges::default();
        let (first, bytes) = exchanges.index("adx-1");
        assert_eq!((exchanges.index("adx-1"), bytes), ((first, 0), state::EXCHANGE + 5));
        assert_ne!(exchanges.index("adx-2").0, first);
        assert_eq!(&**exchanges.name(first), "adx-1");
    }
}
