//! The values seen last and where: a table of fixed size, a newer value takes the place of an older one in its slot.

use adx_events::offset::Offset;
use xxhash_rust::xxh3::xxh3_128;

const SLOTS_DEFAULT: usize = 1 << 16;
const SLOTS_MAX: usize = 1 << 20;

#[derive(Debug, Clone, Copy)]
struct Slot {
    hash: u64,
    /// Offset of the value, plus 1; 0 = empty.
    place: u64,
}

/// Remembers about as many values as it has slots.
#[derive(Debug)]
pub(crate) struct Recent {
    /// A power of two of them.
    slots: Vec<Slot>,
}

impl Default for Recent {
    fn default() -> Self {
        Self::new(SLOTS_DEFAULT)
    }
}

impl Recent {
    pub(crate) fn new(values: usize) -> Self {
        let slots = values.clamp(1, SLOTS_MAX).next_power_of_two();
        Self { slots: vec![Slot { hash: 0, place: 0 }; slots] }
    }

    /// Takes note of a value, and says where an equal one stands if it is remembered; the earliest place is kept.
    pub(crate) fn note(&mut self, value: &[u8], offset: u64) -> Option<Offset> {
        let hash = xxh3_128(value);
        let (tag, index) = ((hash >> 64) as u64, hash as usize & (self.slots.len() - 1));
        let slot = &mut self.slots[index];
        if slot.place > 0 && slot.hash == tag {
            return Some(Offset(slot.place - 1));
        }
        *slot = Slot { hash: tag, place: offset.saturating_add(1) };
        None
    }
}
