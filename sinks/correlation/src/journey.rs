//! What one user did in one campaign, kept small: most journeys are a single impression.
//! What it leads to is computed by [`crate::attribution`], when totals are asked for.

use std::num::NonZeroI64;

use adx_events::money::Micros;
use adx_events::time::EventTime;
use xxhash_rust::xxh3::xxh3_64;

use crate::attribution::Credit;

/// Stands for an event's own id, to be found by those that name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(u64);

impl Name {
    const ABSENT: Name = Name(0);

    /// XXH3-64 of a text; an empty text is absent.
    pub(crate) fn of(text: &str) -> Self {
        if text.is_empty() { Self::ABSENT } else { Self(xxh3_64(text.as_bytes()).max(1)) }
    }

    pub(crate) fn is_absent(self) -> bool {
        self == Self::ABSENT
    }
}

/// An instant in 8 bytes that are never all zero, so that [`Journey`] needs no tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Instant(NonZeroI64);

/// An impression as a possible touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Touch {
    instant: Instant,
    pub(crate) own: Name,
}

impl Touch {
    pub(crate) fn new(at: EventTime, own: Name) -> Self {
        let instant = Instant(NonZeroI64::new(at.as_ms()).expect("event times begin in 2000"));
        Self { instant, own }
    }

    pub(crate) fn at(&self) -> EventTime {
        EventTime::from_ms(self.instant.0.get()).expect("made of an event time")
    }
}

/// A click: a touch, and itself attributed or not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Click {
    pub(crate) at: EventTime,
    pub(crate) own: Name,
    /// The impression that it names.
    pub(crate) impression: Name,
    /// As counted so far.
    pub(crate) attributed: bool,
}

/// A conversion and what it has been credited to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conversion {
    pub(crate) at: EventTime,
    pub(crate) value: Micros,
    /// The click that it names.
    pub(crate) click: Name,
    /// The impression that it names.
    pub(crate) impression: Name,
    pub(crate) kind: KindIndex,
    /// As counted so far; none = not yet counted.
    pub(crate) credit: Option<Credit>,
}

/// A conversion type that has a series of its own, or `other`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KindIndex(pub(crate) u16);

/// Everything of one user in one campaign.
#[derive(Debug)]
pub(crate) enum Journey {
    One(Touch),
    More(Box<Story>),
}

const _: () = assert!(size_of::<Journey>() == 16);

/// A journey of more than one impression.
#[derive(Debug, Default)]
pub(crate) struct Story {
    /// The first `settled` ascending in time, the rest as they came.
    pub(crate) impressions: Vec<Touch>,
    /// Impressions whose users have been counted.
    pub(crate) settled: usize,
    pub(crate) responses: Option<Box<Responses>>,
    /// Whether it already waits to be settled.
    pub(crate) waiting: bool,
}

/// Clicks and conversions of a story.
#[derive(Debug, Default)]
pub(crate) struct Responses {
    pub(crate) clicks: Vec<Click>,
    pub(crate) conversions: Vec<Conversion>,
}

impl Journey {
    /// The story, made of what there is if need be; true where it was made.
    pub(crate) fn story(&mut self) -> (&mut Story, bool) {
        let made = match self {
            Journey::More(_) => false,
            Journey::One(first) => {
                // Its user was counted when it came alone.
                let story = Story { impressions: vec![*first], settled: 1, ..Story::default() };
                *self = Journey::More(Box::new(story));
                true
            }
        };
        match self {
            Journey::More(story) => (story, made),
            Journey::One(_) => unreachable!("replaced above"),
        }
    }
}

impl Story {
    /// Clicks and conversions, made empty if need be; true where they were made.
    pub(crate) fn responses(&mut self) -> (&mut Responses, bool) {
        let made = self.responses.is_none();
        (self.responses.get_or_insert_default(), made)
    }
}

/// Appends without the slack that a vector takes at its first element.
pub(crate) fn append<T>(to: &mut Vec<T>, item: T) {
    if to.is_empty() {
        to.reserve_exact(1);
    }
    to.push(item);
}
