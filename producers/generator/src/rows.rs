//! Clicks and conversions as CSV rows, in two orders of columns.

use adx_events::RECORD_BYTES_MAX;

use crate::dice::Dice;
use crate::event::{Look, Tracked, TrackedKind, has_own_id};
use crate::text::{self, TimeWriter};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Timestamp,
    UserId,
    CampaignId,
    ConversionType,
    EventId,
    ImpressionId,
    ClickId,
    ValueMicros,
    Currency,
    /// Not of the contract: readers ignore it.
    Note,
}

/// A file's columns and line ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    columns: &'static [Column],
    line_end: &'static [u8],
}

impl Layout {
    /// Files take turns.
    pub(crate) fn of_part(part: usize) -> Self {
        use Column::{
            CampaignId, ClickId, ConversionType, Currency, EventId, ImpressionId, Note, Timestamp, UserId, ValueMicros,
        };
        if part.is_multiple_of(2) {
            let columns =
                &[Timestamp, UserId, CampaignId, ConversionType, EventId, ImpressionId, ClickId, ValueMicros, Currency];
            Self { columns, line_end: b"\n" }
        } else {
            let columns = &[
                ConversionType,
                UserId,
                EventId,
                Note,
                ValueMicros,
                Timestamp,
                CampaignId,
                ImpressionId,
                Currency,
                ClickId,
            ];
            Self { columns, line_end: b"\r\n" }
        }
    }

    pub(crate) fn write_header(&self, out: &mut Vec<u8>) {
        self.write_cells(out, |out, column| out.extend_from_slice(column.name().as_bytes()));
    }

    /// Writes one row and its end.
    pub(crate) fn write(&self, out: &mut Vec<u8>, times: &mut TimeWriter, tracked: &Tracked, look: &Look) {
        let mut dice = Dice::new(look.seed);
        let quoted = dice.one_in(16).then(|| self.columns[dice.index(self.columns.len())]);
        self.write_cells(out, |out, column| {
            if quoted == Some(column) {
                out.push(b'"');
            }
            push_cell(out, times, column, tracked, look);
            if quoted == Some(column) {
                out.extend_from_slice(if column == Column::Note { b"said \"\"no\"\",\nthen yes\"" } else { b"\"" });
            }
        });
    }

    /// Writes one row that must be rejected: a cell is empty, wrong, or the row has too few or too many.
    pub(crate) fn write_broken(&self, out: &mut Vec<u8>, times: &mut TimeWriter, tracked: &Tracked, look: &Look) {
        let mut dice = Dice::new(look.seed);
        let (wrong, cell) = BROKEN[dice.index(BROKEN.len())];
        self.write_cells(out, |out, column| match column == wrong {
            true => out.extend_from_slice(cell),
            false => push_cell(out, times, column, tracked, look),
        });
    }

    /// Writes one row over the size of a record.
    pub(crate) fn write_oversized(&self, out: &mut Vec<u8>) {
        out.resize(out.len() + RECORD_BYTES_MAX + 1, b'p');
        out.extend_from_slice(self.line_end);
    }

    fn write_cells(&self, out: &mut Vec<u8>, mut cell: impl FnMut(&mut Vec<u8>, Column)) {
        for (place, &column) in self.columns.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            cell(out, column);
        }
        out.extend_from_slice(self.line_end);
    }
}

/// What stands in one column instead of what should.
const BROKEN: [(Column, &[u8]); 12] = [
    (Column::UserId, b""),
    (Column::CampaignId, b"\"\""),
    (Column::ConversionType, b""),
    (Column::Timestamp, b""),
    (Column::Timestamp, b"soon"),
    (Column::Timestamp, b"2026-02-30T00:00:00Z"),
    (Column::ValueMicros, b"-1"),
    (Column::ValueMicros, b"12.50"),
    (Column::ValueMicros, b"1000000000001"),
    (Column::EventId, b"one,too many"),
    (Column::EventId, b"\xff\xfe"),
    (Column::CampaignId, b"\"cmp-0000\"x"),
];

const KINDS: [&str; 8] =
    ["signup", "purchase", "lead", "install", "subscribe", "add_to_cart", "purchase", "store visit"];

fn push_cell(out: &mut Vec<u8>, times: &mut TimeWriter, column: Column, tracked: &Tracked, look: &Look) {
    match column {
        Column::Timestamp => times.push(out, tracked.at_ms, look.form),
        Column::UserId => text::push_user(out, tracked.user),
        Column::CampaignId => text::push_campaign(out, tracked.campaign),
        Column::ConversionType => out.extend_from_slice(match tracked.kind {
            TrackedKind::Click => b"click",
            TrackedKind::Conversion => KINDS[(tracked.number % 8) as usize].as_bytes(),
        }),
        Column::EventId if has_own_id(tracked.number) => text::push_event_id(out, b'c', tracked.number),
        Column::ImpressionId => push_name(out, b'i', tracked.impression),
        Column::ClickId => push_name(out, b'c', tracked.click),
        Column::ValueMicros if tracked.value_micros > 0 => text::push_decimal(out, tracked.value_micros),
        Column::Currency => out.extend_from_slice(look.currency.code().as_bytes()),
        Column::EventId | Column::ValueMicros | Column::Note => {}
    }
}

fn push_name(out: &mut Vec<u8>, kind: u8, number: Option<u64>) {
    if let Some(number) = number {
        text::push_event_id(out, kind, number);
    }
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Column::Timestamp => "timestamp",
            Column::UserId => "user_id",
            Column::CampaignId => "campaign_id",
            Column::ConversionType => "conversion_type",
            Column::EventId => "event_id",
            Column::ImpressionId => "impression_id",
            Column::ClickId => "click_id",
            Column::ValueMicros => "value_micros",
            Column::Currency => "currency",
            Column::Note => "note",
        }
    }
}
