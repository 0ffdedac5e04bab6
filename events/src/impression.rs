//! An impression as one JSON object: which fields it has, and whether they hold.

use crate::bots::is_bot;
use crate::bytes::padded;
use crate::fingerprint::{Fields, UserHash};
use crate::json::{self, Token};
use crate::money::Micros;
use crate::reason::{Reason, Rejection, reject};
use crate::standardise::{Rules, check_currency, check_read_time};
use crate::time::{DAY_MS, EventTime};
use crate::verdict::{Common, Impression};

/// Number of textual fields; the constants below are their places.
const TEXTS: usize = 12;
const CREATIVE: usize = 0;
const USER: usize = 1;
const WEBSITE: usize = 2;
const IMPRESSION_ID: usize = 3;
const AUCTION_ID: usize = 4;
const CAMPAIGN: usize = 5;
const CURRENCY: usize = 6;
const COUNTRY: usize = 7;
const DEVICE: usize = 8;
const USER_AGENT: usize = 9;
const IP: usize = 10;
const EDGE: usize = 11;
/// Places of the other fields.
const TIMESTAMP: usize = 12;
const VIEWABLE: usize = 13;
const TEST: usize = 14;
const COST: usize = 15;
const FIELDS: usize = 16;

/// The place of a field; by length first, since most names differ there.
#[inline]
fn place(name: &str) -> Option<usize> {
    let (known, place) = match (name.len(), name.as_bytes().first()?) {
        (14, _) => (const { padded(b"ad_creative_id") }, CREATIVE),
        (7, b'u') => (const { padded(b"user_id") }, USER),
        (7, b'w') => (const { padded(b"website") }, WEBSITE),
        (7, b'c') => (const { padded(b"country") }, COUNTRY),
        (7, b'e') => (const { padded(b"edge_id") }, EDGE),
        (13, _) => (const { padded(b"impression_id") }, IMPRESSION_ID),
        (10, b'a') => (const { padded(b"auction_id") }, AUCTION_ID),
        (10, b'u') => (const { padded(b"user_agent") }, USER_AGENT),
        (11, b'c') if name.as_bytes()[1] == b'a' => (const { padded(b"campaign_id") }, CAMPAIGN),
        (11, b'c') => (const { padded(b"cost_micros") }, COST),
        (8, b'c') => (const { padded(b"currency") }, CURRENCY),
        (8, b'v') => (const { padded(b"viewable") }, VIEWABLE),
        (6, _) => (const { padded(b"device") }, DEVICE),
        (2, _) => (const { padded(b"ip") }, IP),
        (9, _) => (const { padded(b"timestamp") }, TIMESTAMP),
        (4, _) => (const { padded(b"test") }, TEST),
        _ => return None,
    };
    (padded(name.as_bytes()) == known).then_some(place)
}

/// A field's value; `null` and `""` are absent.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Field<T> {
    Absent,
    Is(T),
    WrongType,
}

impl<T: Copy> Field<T> {
    /// The value, none where it is absent; a wrong type is refused.
    fn value(self, detail: &'static str) -> Result<Option<T>, Rejection> {
        match self {
            Field::Absent => Ok(None),
            Field::Is(value) => Ok(Some(value)),
            Field::WrongType => reject(Reason::BadField, detail),
        }
    }
}

/// The fields of one line, last of a repeated name, not yet judged.
#[derive(Debug)]
pub struct ImpressionLine<'a> {
    tokens: [Option<Token<'a>>; FIELDS],
    /// The known texts that stand escaped in the line, by their place.
    unescaped: Vec<(usize, String)>,
}

impl<'a> ImpressionLine<'a> {
    /// Reads a line (without its end). Refuses what is not one strict JSON object in UTF-8 as `bad_json`.
    pub fn scan(line: &'a [u8]) -> Result<Self, Rejection> {
        let Ok(text) = std::str::from_utf8(line) else { return reject(Reason::BadJson, "not UTF-8") };
        let mut tokens = [None; FIELDS];
        let scanned = json::members(text, |name, token| {
            let place = match name.plain() {
                Some(name) => place(name),
                None => name.decode().and_then(|name| place(&name)), // a name with a lone surrogate is nobody's
            };
            if let Some(place) = place {
                tokens[place] = Some(token);
            }
        });
        if scanned.is_err() {
            return reject(Reason::BadJson, "not one strict JSON object of depth 32 at most");
        }
        Ok(Self { tokens, unescaped: unescape(&tokens)? })
    }

    /// The user, if the line names one.
    pub fn user_id(&self) -> Option<&str> {
        match self.text(USER) {
            Field::Is(user) => Some(user),
            Field::Absent | Field::WrongType => None,
        }
    }

    fn text(&self, place: usize) -> Field<&str> {
        match self.tokens[place] {
            Some(Token::Text(text)) if !text.is_empty() => match text.plain() {
                Some(plain) => Field::Is(plain),
                None => self.unescaped.iter().find(|(at, _)| *at == place).map_or(Field::Absent, |(_, t)| Field::Is(t)),
            },
            token => other_field(token),
        }
    }

    fn timestamp(&self) -> Field<&str> {
        match self.tokens[TIMESTAMP] {
            Some(Token::Integer(digits)) => Field::Is(digits),
            _ => self.text(TIMESTAMP),
        }
    }

    fn flag(&self, place: usize) -> Field<bool> {
        match self.tokens[place] {
            Some(Token::Bool(value)) => Field::Is(value),
            token => other_field(token),
        }
    }

    fn cost(&self) -> Field<&'a str> {
        match self.tokens[COST] {
            Some(Token::Integer(digits)) => Field::Is(digits),
            token => other_field(token),
        }
    }

    /// Judges the fields; the first reason that applies, in the order of semantics.md.
    pub fn check(&self, rules: &Rules, read_ms: u64, fields: &mut Fields) -> Result<Impression<'_>, Rejection> {
        let timestamp = self.timestamp();
        if [self.text(CREATIVE), self.text(USER), self.text(WEBSITE), timestamp].contains(&Field::Absent) {
            return reject(Reason::MissingField, "ad_creative_id, user_id, website or timestamp is missing");
        }
        let mut texts = [""; TEXTS];
        for (place, text) in texts.iter_mut().enumerate() {
            *text = self.text(place).value("a textual field is not a string")?.unwrap_or("");
        }
        let viewable = self.flag(VIEWABLE).value("viewable is not a boolean")?;
        let test = self.flag(TEST).value("test is not a boolean")?.unwrap_or(false);
        let cost = match self.cost().value("cost_micros is not an integer")? {
            None => Micros::default(),
            Some(digits) => match Micros::parse(digits.as_bytes()) {
                Some(cost) => cost,
                None => return reject(Reason::BadField, "cost_micros is not within 0 and 10^12"),
            },
        };
        let at = event_time(timestamp)?;
        check_currency(texts[CURRENCY], rules)?;
        check_read_time(at, read_ms)?;
        Ok(assemble(&texts, at, cost, viewable, test, fields))
    }
}

fn event_time(timestamp: Field<&str>) -> Result<EventTime, Rejection> {
    let at = match timestamp {
        Field::Is(text) => EventTime::parse(text.as_bytes()),
        Field::Absent | Field::WrongType => None,
    };
    at.map_or_else(|| reject(Reason::BadTimestamp, "timestamp is in neither form, or outside 2000 to 2100"), Ok)
}

/// The known texts that are escaped; a lone surrogate in one is refused. Mostly there are none, and nothing is allocated.
fn unescape(tokens: &[Option<Token<'_>>; FIELDS]) -> Result<Vec<(usize, String)>, Rejection> {
    let mut unescaped = Vec::new();
    for (place, token) in tokens[..=TIMESTAMP].iter().enumerate() {
        if let Some(Token::Text(text)) = token
            && text.plain().is_none()
        {
            match text.decode() {
                Some(text) => unescaped.push((place, text.into_owned())),
                None => return reject(Reason::BadJson, "a lone surrogate in a known field"),
            }
        }
    }
    Ok(unescaped)
}

fn assemble<'a>(
    texts: &[&'a str; TEXTS],
    at: EventTime,
    cost: Micros,
    viewable: Option<bool>,
    test: bool,
    fields: &mut Fields,
) -> Impression<'a> {
    fields.start().byte(b'i').number(at.bucket(DAY_MS)).text(texts[USER]);
    let identity = match texts[IMPRESSION_ID] {
        "" => fields.byte(0).text(texts[CREATIVE]).text(texts[WEBSITE]).number(at.as_ms()).identity(),
        own => fields.byte(1).text(own).identity(),
    };
    fields.start().number(at.as_ms()).number(cost.as_micros()).byte(u8::from(test)).byte(viewable.map_or(2, u8::from));
    for field in [CREATIVE, USER, WEBSITE, IMPRESSION_ID, AUCTION_ID, CAMPAIGN, COUNTRY, DEVICE, USER_AGENT, IP] {
        fields.text(texts[field]);
    }
    let common = Common { at, identity, content: fields.content(), user: UserHash::of(texts[USER].as_bytes()) };
    Impression {
        common,
        cost,
        test,
        bot: is_bot(texts[USER_AGENT]),
        viewable,
        user_id: texts[USER],
        impression_id: texts[IMPRESSION_ID],
        auction_id: texts[AUCTION_ID],
        creative: texts[CREATIVE],
        campaign: texts[CAMPAIGN],
        website: texts[WEBSITE],
        country: texts[COUNTRY],
        device: texts[DEVICE],
    }
}

/// A field that is neither text nor of its right type: absent or wrong.
fn other_field<T>(token: Option<Token<'_>>) -> Field<T> {
    match token {
        None | Some(Token::Null) => Field::Absent,
        Some(Token::Text(text)) if text.is_empty() => Field::Absent,
        Some(_) => Field::WrongType,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(line: &str) -> String {
        let rules = Rules { currency: "USD".to_owned() };
        let line = line.replace("OK", r#""ad_creative_id":"c","user_id":"u","website":"w""#);
        let judged = ImpressionLine::scan(line.as_bytes()).and_then(|l| {
            l.check(&rules, 0, &mut Fields::default())
                .map(|i| format!("at {} cost {}", i.common.at.as_ms(), i.cost.as_micros()))
        });
        judged.unwrap_or_else(|r| r.reason.to_string())
    }

    #[test]
    fn verdicts() {
        let table = [
            (r#"{OK,"timestamp":1772324400000}"#, "at 1772324400000 cost 0"),
            (r#"{OK,"timestamp":"1772324400000","cost_micros":5}"#, "at 1772324400000 cost 5"),
            (
                r#"{OK,"timestamp":1772324400000,"cost_micros":null,"viewable":"","test":null}"#,
                "at 1772324400000 cost 0",
            ),
            (r#"{OK,"timestamp":1772324400000,"user_id":7,"user_id":"u"}"#, "at 1772324400000 cost 0"),
            (r#"{OK,"timestamp":1772324400000,"x":"\ud800"}"#, "at 1772324400000 cost 0"),
            (r#"{OK,"timestamp":1772324400000,"\u0075ser_id":7}"#, "bad_field"),
            (r#"{OK,"timestamp":1772324400000,"country":"\ud800"}"#, "bad_json"),
            (r#"{OK,"timestamp":"\ud800"}"#, "bad_json"),
            (r#"{OK}"#, "missing_field"),
            (r#"{OK,"timestamp":""}"#, "missing_field"),
            (r#"{OK,"timestamp":null,"country":7}"#, "missing_field"),
            (r#"{OK,"timestamp":1772324400000,"user_id":""}"#, "missing_field"),
            (r#"{OK,"timestamp":"x","country":7}"#, "bad_field"),
            (r#"{OK,"timestamp":"x","viewable":1}"#, "bad_field"),
            (r#"{OK,"timestamp":"x","cost_micros":1.0}"#, "bad_field"),
            (r#"{OK,"timestamp":"x","cost_micros":-0}"#, "bad_field"),
            (r#"{OK,"timestamp":"x","cost_micros":"5"}"#, "bad_field"),
            (r#"{OK,"timestamp":1.5}"#, "bad_timestamp"),
            (r#"{OK,"timestamp":true}"#, "bad_timestamp"),
            (r#"{OK,"timestamp":"x","currency":"EUR"}"#, "bad_timestamp"),
            (r#"{OK,"timestamp":1772324400000,"currency":"usd"}"#, "unknown_currency"),
            ("[]", "bad_json"),
            ("", "bad_json"),
        ];
        for (line, expected) in table {
            assert_eq!(judge(line), expected, "{line}");
        }
    }
}
