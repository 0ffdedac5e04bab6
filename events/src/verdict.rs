//! The compact in-stream encoding: one verdict per raw record, with its true offset.
//!
//! Layout, version 1, integers little-endian: `version u8 | kind u8 | offset u64 | body`. A rejected body is `reason u8 | detail` (UTF-8 to the end).
//! An accepted body is `at i64 | identity u128 | content u64 | user u64 | flags u8`, the kind's numbers, then its texts, each `length u32 | UTF-8`; an empty text is an absent field.
//! Fluvio gives wrong offsets and no time behind a SmartModule, so both travel here.

use crate::bytes::append;
use crate::fingerprint::{Content, Identity, UserHash};
use crate::money::Micros;
use crate::offset::Offset;
use crate::reason::Reason;
use crate::time::EventTime;

/// First byte of every verdict.
pub const VERSION: u8 = 1;

/// Detail of a rejection is cut to this many bytes.
pub const DETAIL_BYTES_MAX: usize = 200;

const FLAG_TEST: u8 = 1;
const FLAG_BOT: u8 = 2;
const FLAG_VIEWABLE_KNOWN: u8 = 4;
const FLAG_VIEWABLE: u8 = 8;

/// What became of one raw record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict<'a> {
    /// Position of the raw record in its partition.
    pub offset: Offset,
    pub outcome: Outcome<'a>,
}

/// The verdict itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome<'a> {
    /// A repetition by the edge; nothing of it counts.
    Resend,
    Rejected {
        reason: Reason,
        detail: &'a str,
    },
    Impression(Impression<'a>),
    Click(Tracked<'a>),
    Conversion(Tracked<'a>),
    Bid(Bid<'a>),
}

/// What all accepted events have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Common {
    pub at: EventTime,
    pub identity: Identity,
    pub content: Content,
    /// Of the user id; of the auction id for a bid without user.
    pub user: UserHash,
}

/// An impression. Absent texts are empty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Impression<'a> {
    pub common: Common,
    pub cost: Micros,
    pub test: bool,
    pub bot: bool,
    pub viewable: Option<bool>,
    pub user_id: &'a str,
    pub impression_id: &'a str,
    pub auction_id: &'a str,
    pub creative: &'a str,
    /// As the record names it; the catalogue has the last word.
    pub campaign: &'a str,
    pub website: &'a str,
    pub country: &'a str,
    pub device: &'a str,
}

/// A click or a conversion. Absent texts are empty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tracked<'a> {
    pub common: Common,
    pub value: Micros,
    pub user_id: &'a str,
    pub event_id: &'a str,
    pub campaign: &'a str,
    /// `click`, else the conversion's kind.
    pub kind: &'a str,
    /// The impression that it names.
    pub impression_id: &'a str,
    /// The click that it names.
    pub click_id: &'a str,
}

/// A bid request. Absent texts are empty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bid<'a> {
    pub common: Common,
    pub floor: Micros,
    /// Not negative.
    pub slots: u32,
    pub user_id: &'a str,
    pub auction_id: &'a str,
    pub exchange: &'a str,
    pub country: &'a str,
    pub device: &'a str,
    pub website: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Code {
    Resend = 0,
    Rejected = 1,
    Impression = 2,
    Click = 3,
    Conversion = 4,
    Bid = 5,
}

impl Verdict<'_> {
    /// Appends the encoding.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        let code = match self.outcome {
            Outcome::Resend => Code::Resend,
            Outcome::Rejected { .. } => Code::Rejected,
            Outcome::Impression(_) => Code::Impression,
            Outcome::Click(_) => Code::Click,
            Outcome::Conversion(_) => Code::Conversion,
            Outcome::Bid(_) => Code::Bid,
        };
        out.push(code as u8);
        out.extend_from_slice(&self.offset.0.to_le_bytes());
        match &self.outcome {
            Outcome::Resend => {}
            Outcome::Rejected { reason, detail } => {
                out.push(reason.code());
                out.extend_from_slice(&detail.as_bytes()[..detail.floor_char_boundary(DETAIL_BYTES_MAX)]);
            }
            Outcome::Impression(e) => e.write(out),
            Outcome::Click(e) | Outcome::Conversion(e) => e.write(out),
            Outcome::Bid(e) => e.write(out),
        }
    }
}

impl<'a> Verdict<'a> {
    /// The offset of an encoded verdict, without reading the rest; none where the bytes do not begin like one.
    pub fn offset_in(bytes: &[u8]) -> Option<Offset> {
        let (head, rest) = bytes.split_first_chunk::<2>()?;
        (head[0] == VERSION).then_some(())?;
        rest.first_chunk().map(|offset| Offset(u64::from_le_bytes(*offset)))
    }

    /// Reads an encoding, borrowing its texts; none where the bytes are no verdict of this version.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut r = Reader { bytes };
        if r.byte()? != VERSION {
            return None;
        }
        let code = r.byte()?;
        let offset = Offset(r.u64()?);
        let outcome = match code {
            c if c == Code::Resend as u8 => Outcome::Resend,
            c if c == Code::Rejected as u8 => {
                let reason = Reason::from_code(r.byte()?)?;
                Outcome::Rejected { reason, detail: std::str::from_utf8(std::mem::take(&mut r.bytes)).ok()? }
            }
            c if c == Code::Impression as u8 => Outcome::Impression(Impression::read(&mut r)?),
            c if c == Code::Click as u8 => Outcome::Click(Tracked::read(&mut r)?),
            c if c == Code::Conversion as u8 => Outcome::Conversion(Tracked::read(&mut r)?),
            c if c == Code::Bid as u8 => Outcome::Bid(Bid::read(&mut r)?),
            _ => return None,
        };
        r.bytes.is_empty().then_some(Self { offset, outcome })
    }
}

impl Common {
    fn write(&self, flags: u8, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.at.as_ms().to_le_bytes());
        out.extend_from_slice(&self.identity.0.to_le_bytes());
        out.extend_from_slice(&self.content.0.to_le_bytes());
        out.extend_from_slice(&self.user.0.to_le_bytes());
        out.push(flags);
    }

    fn read(r: &mut Reader<'_>) -> Option<(Self, u8)> {
        let at = EventTime::from_ms(r.u64()? as i64)?;
        let identity = Identity(u128::from_le_bytes(*r.take()?));
        let (content, user) = (Content(r.u64()?), UserHash(r.u64()?));
        Some((Self { at, identity, content, user }, r.byte()?))
    }
}

impl<'a> Impression<'a> {
    fn write(&self, out: &mut Vec<u8>) {
        let viewable = match self.viewable {
            None => 0,
            Some(false) => FLAG_VIEWABLE_KNOWN,
            Some(true) => FLAG_VIEWABLE_KNOWN | FLAG_VIEWABLE,
        };
        self.common.write((u8::from(self.test) * FLAG_TEST) | (u8::from(self.bot) * FLAG_BOT) | viewable, out);
        out.extend_from_slice(&self.cost.as_micros().to_le_bytes());
        let texts = [
            self.user_id,
            self.impression_id,
            self.auction_id,
            self.creative,
            self.campaign,
            self.website,
            self.country,
            self.device,
        ];
        texts.into_iter().for_each(|text| write_text(text, out));
    }

    fn read(r: &mut Reader<'a>) -> Option<Self> {
        let (common, flags) = Common::read(r)?;
        Some(Self {
            common,
            cost: r.money()?,
            test: flags & FLAG_TEST != 0,
            bot: flags & FLAG_BOT != 0,
            viewable: (flags & FLAG_VIEWABLE_KNOWN != 0).then_some(flags & FLAG_VIEWABLE != 0),
            user_id: r.text()?,
            impression_id: r.text()?,
            auction_id: r.text()?,
            creative: r.text()?,
            campaign: r.text()?,
            website: r.text()?,
            country: r.text()?,
            device: r.text()?,
        })
    }
}

impl<'a> Tracked<'a> {
    fn write(&self, out: &mut Vec<u8>) {
        self.common.write(0, out);
        out.extend_from_slice(&self.value.as_micros().to_le_bytes());
        let texts = [self.user_id, self.event_id, self.campaign, self.kind, self.impression_id, self.click_id];
        texts.into_iter().for_each(|text| write_text(text, out));
    }

    fn read(r: &mut Reader<'a>) -> Option<Self> {
        let (common, _) = Common::read(r)?;
        Some(Self {
            common,
            value: r.money()?,
            user_id: r.text()?,
            event_id: r.text()?,
            campaign: r.text()?,
            kind: r.text()?,
            impression_id: r.text()?,
            click_id: r.text()?,
        })
    }
}

impl<'a> Bid<'a> {
    fn write(&self, out: &mut Vec<u8>) {
        self.common.write(0, out);
        out.extend_from_slice(&self.floor.as_micros().to_le_bytes());
        out.extend_from_slice(&self.slots.to_le_bytes());
        let texts = [self.user_id, self.auction_id, self.exchange, self.country, self.device, self.website];
        texts.into_iter().for_each(|text| write_text(text, out));
    }

    fn read(r: &mut Reader<'a>) -> Option<Self> {
        let (common, _) = Common::read(r)?;
        Some(Self {
            common,
            floor: r.money()?,
            slots: u32::from_le_bytes(*r.take()?),
            user_id: r.text()?,
            auction_id: r.text()?,
            exchange: r.text()?,
            country: r.text()?,
            device: r.text()?,
            website: r.text()?,
        })
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    append(text.as_bytes(), out);
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (head, rest) = self.bytes.split_first_chunk()?;
        self.bytes = rest;
        Some(head)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take::<1>().map(|[b]| *b)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(|b| u64::from_le_bytes(*b))
    }

    fn money(&mut self) -> Option<Micros> {
        Micros::from_micros(self.u64()? as i64)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = u32::from_le_bytes(*self.take()?) as usize;
        let (text, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        std::str::from_utf8(text).ok()
    }
}
