//! Bid requests as Avro data of the bid request schema.

use adx_events::bid::{write_long, write_string};

use crate::dice::Dice;
use crate::event::{Bid, Look};
use crate::text;
use crate::visit::Visit;

/// The writer schema of every generated file.
pub(crate) const SCHEMA: &str = include_str!("../../../events/bid-request.avsc");

const EXCHANGES: [&str; 8] =
    ["adgear", "adgear", "rubicon", "rubicon", "open market", "appnexus", "pubmatic", "exchange=\u{e9},1"];
const WORDS: [&str; 6] = ["IAB1", "IAB12-3", "IAB17", "sport", "\u{e9}t\u{e9}", "two words"];

/// How a datum differs from a sound one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    None,
    NoAuction,
    NoExchange,
    ExchangeNoTag,
    NegativeFloor,
    NegativeSlots,
    EarlyTime,
}

impl Defect {
    pub(crate) fn drawn(seed: u64) -> Self {
        const SMALL: [Defect; 6] = [
            Defect::NoAuction,
            Defect::NoExchange,
            Defect::ExchangeNoTag,
            Defect::NegativeFloor,
            Defect::NegativeSlots,
            Defect::EarlyTime,
        ];
        SMALL[Dice::new(seed).index(SMALL.len())]
    }
}

/// Writes one datum, without any framing.
pub(crate) fn write(out: &mut Vec<u8>, bid: &Bid, look: &Look, defect: Defect) {
    let (visit, mut dice) = (&bid.visit, Dice::new(look.seed));
    push_auction(out, (defect != Defect::NoAuction).then_some(bid.number));
    push_long(out, if defect == Defect::EarlyTime { bid.at_ms / 2 } else { bid.at_ms });
    push_user(out, visit, dice.one_in(32));
    push_text(out, visit.country);
    push_text(out, visit.device);
    push_text(
        out,
        match defect {
            Defect::NoExchange => "",
            Defect::ExchangeNoTag => "backslash\\",
            _ => EXCHANGES[dice.index(EXCHANGES.len())],
        },
    );
    let floor = i64::try_from(bid.floor_micros).unwrap_or(i64::MAX);
    push_long(out, if defect == Defect::NegativeFloor { -1 - floor } else { floor });
    push_text(out, look.currency.code());
    push_long(out, if defect == Defect::NegativeSlots { -1 } else { dice.between(0, 4) });
    push_text(out, visit.site);
    push_words(out, &mut dice);
    push_words(out, &mut dice);
}

/// The auction's id, or an empty text.
fn push_auction(out: &mut Vec<u8>, number: Option<u64>) {
    let start = out.len();
    out.push(0);
    if let Some(number) = number {
        text::push_event_id(out, b'a', number);
        // At most 22 bytes, so that the length takes the one byte kept for it.
        out[start] = ((out.len() - start - 1) << 1) as u8;
    }
}

/// An auction may know no user.
fn push_user(out: &mut Vec<u8>, visit: &Visit, unknown: bool) {
    if unknown {
        return push_text(out, "");
    }
    push_long(out, 16);
    text::push_user(out, visit.user);
}

fn push_words(out: &mut Vec<u8>, dice: &mut Dice) {
    let count = dice.between(0, 3);
    if count > 0 {
        push_long(out, count);
        (0..count).for_each(|_| push_text(out, WORDS[dice.index(WORDS.len())]));
    }
    push_long(out, 0);
}

pub(crate) fn push_text(out: &mut Vec<u8>, text: &str) {
    write_string(text, out);
}

pub(crate) fn push_long(out: &mut Vec<u8>, n: i64) {
    write_long(n, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longs_as_the_avro_specification_shows_them() {
        for (n, bytes) in [(0, vec![0]), (-1, vec![1]), (1, vec![2]), (-64, vec![0x7f]), (64, vec![0x80, 1])] {
            let mut out = Vec::new();
            push_long(&mut out, n);
            assert_eq!(out, bytes, "{n}");
        }
    }
}
