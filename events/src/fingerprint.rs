//! Hashes that stand for a user, an event's identity and its content (XXH3).
//!
//! A user's hash also chooses the partition (semantics.md, Numbering). Values are hashed with their lengths, so that no two field lists look alike.

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::bytes::append;
use crate::offset::{Partition, PartitionCount};

/// XXH3-64 of a user id as published (of the auction id for a bid without user).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserHash(pub u64);

impl UserHash {
    pub fn of(user_id: &[u8]) -> Self {
        Self(xxh3_64(user_id))
    }

    /// The partition in which everything of this user meets.
    pub fn partition(self, count: PartitionCount) -> Partition {
        Partition((self.0 % u64::from(count.get())) as u32)
    }
}

/// XXH3-128 of (type, user, id, day or hour): equal for the copies of one event (semantics.md, Identity).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(pub u128);

/// XXH3-64 of all known fields but the edge: tells a duplicate from a conflict among the copies of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Content(pub u64);

/// Gathers the fields of an identity or content; reused over records to spare allocation.
#[derive(Debug, Default)]
pub struct Fields {
    bytes: Vec<u8>,
}

impl Fields {
    pub fn start(&mut self) -> &mut Self {
        self.bytes.clear();
        self
    }

    pub fn text(&mut self, value: &str) -> &mut Self {
        self.bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
        append(value.as_bytes(), &mut self.bytes);
        self
    }

    pub fn number(&mut self, value: i64) -> &mut Self {
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub fn byte(&mut self, value: u8) -> &mut Self {
        self.bytes.push(value);
        self
    }

    pub fn identity(&self) -> Identity {
        Identity(xxh3_128(&self.bytes))
    }

    pub fn content(&self) -> Content {
        Content(xxh3_64(&self.bytes))
    }
}
