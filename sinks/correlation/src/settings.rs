//! What a shard is told once: the spans of attribution, the window width, its partition, its cap.

use adx_events::offset::{Partition, PartitionCount};
use adx_events::time::Millis;

use crate::attribution::Reach;

/// The conversion types that have a series of their own unless others are configured (contract.md, Points).
pub const CONVERSION_TYPES: [&str; 6] = ["signup", "purchase", "lead", "install", "subscribe", "add_to_cart"];

/// The settings of one shard.
#[derive(Debug, Clone)]
pub struct Settings {
    /// A click is attributed to an impression at most this long before it.
    pub click_window: Millis,
    /// A conversion is credited to a click at most this long before it.
    pub conversion_window: Millis,
    /// A conversion without such a click is credited to an impression at most this long before it.
    pub view_window: Millis,
    /// Width of the windows of the totals; whole seconds, above zero.
    pub window: Millis,
    /// The partition whose records this shard gets, of all three topics.
    pub partition: Partition,
    pub partitions: PartitionCount,
    /// Conversion types with a series of their own; the rest is `other`.
    pub conversion_types: Vec<String>,
    /// Exchanges with a series of their own; the rest is `other`. Without any named every exchange has one, whatever it is called.
    pub exchanges: Vec<String>,
    /// Bytes of state at most; past that [`crate::ShardError::StateFull`].
    pub state_bytes_max: u64,
}

impl Settings {
    /// The three spans of attribution.
    pub(crate) fn reach(&self) -> Reach {
        Reach { click: self.click_window, conversion: self.conversion_window, view: self.view_window }
    }
}
