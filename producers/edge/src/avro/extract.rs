//! Takes one bid request out of a checked block and writes it as it is in the topic.

use adx_events::RECORD_BYTES_MAX;
use adx_events::bid::{BidDatum, SINGLE_OBJECT_HEADER, Texts, write_long};
use adx_events::fingerprint::UserHash;
use adx_events::marker::Marker;
use adx_events::reason::Reason;

use super::canonical::Canonical;
use super::cursor::{Cursor, Damaged};
use super::header::Header;
use super::plan::{List, LongField, Plan, TEXT_FIELDS, TextField};
use super::schema::Schema;
use super::walk::Walker;

/// What a datum became.
pub(super) enum Outcome {
    /// Written out.
    Bid {
        user: Option<UserHash>,
    },
    Bad(Marker),
}

/// Room that is used again for each datum.
#[derive(Default)]
pub(super) struct Extractor {
    lists: [Gathered; 2],
}

/// The texts of a list, as Avro writes strings.
#[derive(Default)]
struct Gathered {
    count: usize,
    encoded: Vec<u8>,
    /// Length of `encoded` if it had been kept whole.
    size: usize,
}

/// What has been found of a datum.
struct Found<'d, 'l> {
    texts: [&'d [u8]; TEXT_FIELDS],
    timestamp_ms: i64,
    floor_micros: i64,
    slots: i32,
    lists: &'l mut [Gathered; 2],
    resolved: bool,
}

impl Extractor {
    /// Reads the datum at the front of `datums`, appends it to the emptied `out` where it is a bid request; what it became, and its length.
    ///
    /// A datum that does not resolve, or has bad UTF-8, is `bad_avro`; a resolved one of more than [`RECORD_BYTES_MAX`] bytes is `too_large`.
    pub(super) fn extract(&mut self, header: &Header, datums: &[u8], out: &mut Vec<u8>) -> (Outcome, usize) {
        match header.may_be_canonical.then(|| Canonical::read(datums)).flatten() {
            Some(canonical) => {
                out.clear();
                out.extend_from_slice(&SINGLE_OBJECT_HEADER);
                out.extend_from_slice(canonical.datum);
                (Outcome::Bid { user: canonical.user() }, canonical.datum.len())
            }
            None => self.take_apart(&header.plan, &header.schema, datums, out),
        }
    }

    /// The same for a datum of any form.
    pub(super) fn take_apart(
        &mut self,
        plan: &Plan,
        schema: &Schema,
        datums: &[u8],
        out: &mut Vec<u8>,
    ) -> (Outcome, usize) {
        self.lists.iter_mut().for_each(Gathered::clear);
        let mut cursor = Cursor::new(datums);
        let mut found = Found {
            texts: [b""; TEXT_FIELDS],
            timestamp_ms: 0,
            floor_micros: 0,
            slots: 0,
            lists: &mut self.lists,
            resolved: true,
        };
        let whole = found.take(plan, schema, &mut cursor);
        let datum = &datums[..datums.len() - cursor.left()];
        let kept = &datum[..datum.len().min(RECORD_BYTES_MAX)];
        let size = found.size();
        let outcome = if whole.is_err() || !found.resolved {
            Outcome::Bad(Marker::of(Reason::BadAvro, kept, datum.len() as u64))
        } else if size > RECORD_BYTES_MAX {
            Outcome::Bad(Marker::of(Reason::TooLarge, kept, size as u64))
        } else {
            match found.bid() {
                Some(bid) => {
                    out.clear();
                    bid.write(out);
                    Outcome::Bid { user: user_of(&bid) }
                }
                None => Outcome::Bad(Marker::of(Reason::BadAvro, kept, datum.len() as u64)),
            }
        };
        (outcome, datum.len())
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.lists.iter().map(|list| list.encoded.capacity()).sum()
    }
}

/// The user, or the auction where there is none.
fn user_of(bid: &BidDatum<'_>) -> Option<UserHash> {
    [bid.user_id, bid.auction_id].into_iter().find(|id| !id.is_empty()).map(|id| UserHash::of(id.as_bytes()))
}

impl<'d> Found<'d, '_> {
    fn take(&mut self, plan: &Plan, schema: &Schema, cursor: &mut Cursor<'d>) -> Result<(), Damaged> {
        match plan {
            Plan::Pass(node) => Walker::new(schema, cursor.left()).pass(*node, cursor)?,
            Plan::Unresolved(node) => {
                self.resolved = false;
                Walker::new(schema, cursor.left()).pass(*node, cursor)?;
            }
            Plan::Text(TextField::Item(list)) => self.lists[*list as usize].push(cursor.bytes()?),
            Plan::Text(field) => self.texts[text_index(*field)] = cursor.bytes()?,
            Plan::Long(LongField::Timestamp) => self.timestamp_ms = cursor.long()?,
            Plan::Long(LongField::FloorMicros) => self.floor_micros = cursor.long()?,
            Plan::Slots => self.slots = cursor.int()?,
            Plan::List(_, item) => loop {
                let count = cursor.block_count()?;
                if count == 0 {
                    break;
                }
                for _ in 0..count {
                    self.take(item, schema, cursor)?;
                }
            },
            Plan::Union(branches) => self.take(&branches[cursor.index(branches.len())?], schema, cursor)?,
            Plan::Record(fields) => fields.iter().try_for_each(|field| self.take(field, schema, cursor))?,
        }
        Ok(())
    }

    /// Length of the datum in `bid-request.avsc`, each list as one block.
    fn size(&self) -> usize {
        let texts: usize = self.texts.iter().map(|text| long_size(text.len() as i64) + text.len()).sum();
        let numbers: usize =
            [self.timestamp_ms, self.floor_micros, i64::from(self.slots)].into_iter().map(long_size).sum();
        texts + numbers + self.lists.iter().map(Gathered::size).sum::<usize>()
    }

    /// The bid request; none where a text is not UTF-8.
    fn bid(&self) -> Option<BidDatum<'_>> {
        let text = |field| std::str::from_utf8(self.texts[text_index(field)]).ok();
        let texts =
            |list: List| Texts::from_strings(self.lists[list as usize].count, &self.lists[list as usize].encoded);
        Some(BidDatum {
            auction_id: text(TextField::AuctionId)?,
            timestamp_ms: self.timestamp_ms,
            user_id: text(TextField::UserId)?,
            country: text(TextField::Country)?,
            device: text(TextField::Device)?,
            exchange: text(TextField::Exchange)?,
            floor_micros: self.floor_micros,
            currency: text(TextField::Currency)?,
            slots: self.slots,
            website: text(TextField::Website)?,
            categories: texts(List::Categories)?,
            keywords: texts(List::Keywords)?,
        })
    }
}

fn text_index(field: TextField) -> usize {
    match field {
        TextField::AuctionId => 0,
        TextField::UserId => 1,
        TextField::Country => 2,
        TextField::Device => 3,
        TextField::Exchange => 4,
        TextField::Currency => 5,
        TextField::Website | TextField::Item(_) => 6,
    }
}

impl Gathered {
    fn clear(&mut self) {
        (self.count, self.size) = (0, 0);
        self.encoded.clear();
    }

    /// Adds a text. Past the bound only the size is kept: the datum is too large.
    fn push(&mut self, text: &[u8]) {
        self.count += 1;
        self.size += long_size(text.len() as i64) + text.len();
        if self.size <= RECORD_BYTES_MAX {
            write_long(text.len() as i64, &mut self.encoded);
            self.encoded.extend_from_slice(text);
        }
    }

    fn size(&self) -> usize {
        let head = if self.count == 0 { 0 } else { long_size(self.count as i64) };
        head + self.size + 1
    }
}

/// How many bytes Avro writes a long in.
fn long_size(value: i64) -> usize {
    let zigzag = (value << 1) ^ (value >> 63);
    (u64::BITS - (zigzag as u64 | 1).leading_zeros()).div_ceil(7) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_long_takes_as_many_bytes_as_it_is_written_in(value in any::<i64>(), shift in 0..64u32) {
            let value = value >> shift;
            let mut out = Vec::new();
            write_long(value, &mut out);
            prop_assert_eq!(long_size(value), out.len());
        }
    }
}
