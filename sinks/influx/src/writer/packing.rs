//! Whether a body may be packed. influxd answers 500 to gzip it cannot read, which no repeating mends.

/// So often a plain body must do what a packed one did not before packing is given up.
const STRIKES_MAX: u32 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Packing {
    strikes: u32,
    /// The next body goes plain, to see whether it was the packing.
    plain_next: bool,
}

impl Packing {
    pub(super) fn is_given_up(self) -> bool {
        self.strikes >= STRIKES_MAX
    }

    pub(super) fn is_wanted(self) -> bool {
        !self.is_given_up() && !self.plain_next
    }

    /// Takes note of a status: of 500 to a packed body, and of whatever came of the plain one after it.
    pub(super) fn saw(&mut self, packed: bool, status: u16) {
        match (packed, status) {
            (true, 500) => self.plain_next = true,
            // Unpacked and read: not the packing.
            (true, 204 | 400 | 422) => self.strikes = 0,
            (false, 204 | 400 | 422) if self.plain_next => {
                self.strikes += 1;
                self.plain_next = false;
            }
            (false, 1..) => self.plain_next = false,
            (true, _) | (false, 0) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_is_given_up_when_plain_bodies_do_what_packed_ones_do_not() {
        let mut packing = Packing::default();
        for round in 0..3 {
            assert!(packing.is_wanted(), "{round}");
            packing.saw(true, 500);
            assert!(!packing.is_wanted(), "{round}");
            packing.saw(false, 204);
        }
        assert!(packing.is_given_up() && !packing.is_wanted());
    }

    #[test]
    fn an_outage_is_no_reason_to() {
        let mut packing = Packing::default();
        for _ in 0..9 {
            packing.saw(true, 500);
            packing.saw(false, 0);
            assert!(!packing.is_wanted());
            packing.saw(false, 500);
            assert!(packing.is_wanted());
        }
        packing.saw(true, 500);
        packing.saw(false, 204);
        packing.saw(true, 204);
        assert_eq!(packing, Packing::default());
    }
}
