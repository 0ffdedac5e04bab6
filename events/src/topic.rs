//! The three raw topics and what they are called where.

/// A raw topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    Impressions,
    Clicks,
    Bids,
}

impl Topic {
    pub const ALL: [Topic; 3] = [Topic::Impressions, Topic::Clicks, Topic::Bids];

    /// Name of the topic in `fluvio-topics.yaml`.
    pub fn name(self) -> &'static str {
        match self {
            Topic::Impressions => "ad-impressions",
            Topic::Clicks => "clicks-conversions",
            Topic::Bids => "bid-requests",
        }
    }

    /// Directory of an input, and key of the ledger, for this topic.
    pub fn input(self) -> &'static str {
        match self {
            Topic::Impressions => "impressions",
            Topic::Clicks => "clicks",
            Topic::Bids => "bids",
        }
    }

    /// The letter that stands for the topic in a record key.
    pub fn letter(self) -> u8 {
        match self {
            Topic::Impressions => b'i',
            Topic::Clicks => b'c',
            Topic::Bids => b'b',
        }
    }

    /// The topic of a record key's letter.
    pub fn from_letter(letter: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.letter() == letter)
    }

    /// Position in [`Topic::ALL`], to index per-topic arrays.
    pub fn index(self) -> usize {
        self as usize
    }
}
