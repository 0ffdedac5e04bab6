//! What an InfluxDB is to have: buckets, and a template of tasks and dashboard.

use std::time::Duration;

use adx_queries::{Buckets, Purpose};
use serde_json::Value;

use super::template;

/// What is declared for one prefix.
#[derive(Debug, Clone)]
pub struct Declared {
    pub names: Buckets,
    /// The stack's name, by which it is found again.
    pub stack: String,
    pub buckets: Vec<DeclaredBucket>,
    /// The documents of the template: all that belongs to the stack.
    pub template: Vec<Value>,
}

/// A bucket; not in the stack, whose end would be the end of its points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredBucket {
    pub name: String,
    pub purpose: Purpose,
    /// How long it keeps points; `None` is for ever.
    pub keeps: Option<Duration>,
}

impl Declared {
    pub fn of(buckets: &Buckets) -> Self {
        let bucket = |purpose: Purpose| DeclaredBucket { name: buckets.name(purpose), purpose, keeps: purpose.keeps() };
        Self {
            names: buckets.clone(),
            stack: format!("AdvertiseX: {}", buckets.prefix()),
            buckets: Purpose::ALL.map(bucket).to_vec(),
            template: template::documents(buckets),
        }
    }
}
