//! Why a record is rejected: the closed list of contract.md.

/// A refusal of one record: the reason, and in a few words what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    pub reason: Reason,
    pub detail: &'static str,
}

/// Refuses a record.
pub fn reject<T>(reason: Reason, detail: &'static str) -> Result<T, Rejection> {
    Err(Rejection { reason, detail })
}

/// A reason of the closed list. The order is that of contract.md; the number is part of the in-stream encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Reason {
    TooLarge = 0,
    BadJson = 1,
    BadRow = 2,
    BadAvro = 3,
    MissingField = 4,
    BadField = 5,
    BadTimestamp = 6,
    UnknownCurrency = 7,
    FutureTime = 8,
    IdConflict = 9,
    Withheld = 10,
    WrongTopic = 11,
    Misrouted = 12,
}

impl Reason {
    pub const ALL: [Reason; 13] = [
        Reason::TooLarge,
        Reason::BadJson,
        Reason::BadRow,
        Reason::BadAvro,
        Reason::MissingField,
        Reason::BadField,
        Reason::BadTimestamp,
        Reason::UnknownCurrency,
        Reason::FutureTime,
        Reason::IdConflict,
        Reason::Withheld,
        Reason::WrongTopic,
        Reason::Misrouted,
    ];

    /// The reason as users read it, e.g. `bad_json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::TooLarge => "too_large",
            Reason::BadJson => "bad_json",
            Reason::BadRow => "bad_row",
            Reason::BadAvro => "bad_avro",
            Reason::MissingField => "missing_field",
            Reason::BadField => "bad_field",
            Reason::BadTimestamp => "bad_timestamp",
            Reason::UnknownCurrency => "unknown_currency",
            Reason::FutureTime => "future_time",
            Reason::IdConflict => "id_conflict",
            Reason::Withheld => "withheld",
            Reason::WrongTopic => "wrong_topic",
            Reason::Misrouted => "misrouted",
        }
    }

    /// The reason with this text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == text)
    }

    /// The reason with this number.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// The number of the in-stream encoding.
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_code_lead_back_to_the_reason() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(reason));
            assert_eq!(Reason::from_code(reason.code()), Some(reason));
        }
        assert_eq!(Reason::from_code(13), None);
        assert_eq!(Reason::parse("late"), None);
    }
}
