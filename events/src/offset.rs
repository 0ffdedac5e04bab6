//! Positions: of a record in its partition, of a record in its source, and the partition itself.

/// Position of a record in its partition's log, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Offset(pub u64);

/// Number of a record within its (source, topic, partition), dense from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(pub u64);

/// A partition of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Partition(pub u32);

/// How many partitions each raw topic has; at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionCount(u32);

impl PartitionCount {
    /// A single partition.
    pub const ONE: PartitionCount = PartitionCount(1);

    /// A count of at least one.
    pub fn new(count: u32) -> Option<Self> {
        (count > 0).then_some(Self(count))
    }

    pub fn get(self) -> u32 {
        self.0
    }

    /// All partitions, in order.
    pub fn partitions(self) -> impl Iterator<Item = Partition> {
        (0..self.0).map(Partition)
    }
}
