//! An impression as one JSON object: which fields it has, and whether they hold.

use std::borrow::Cow;

use crate::bots::is_bot;
use crate::fingerprint::{Fields, UserHash};
use crate::json::{self, Token};
use crate::money::Micros;
use crate::reason::{Reason, Rejection, reject};
use crate::standardise::{Rules, check_currency, check_read_time};
use crate::time::{DAY_MS, EventTime};
use crate::verdict::{Common, Impression};

/// The textual fields, in the order of their names below.
const TEXTS: [&str; 12] = [
    "ad_creative_id",
    "user_id",
    "website",
    "impression_id",
    "auction_id",
    "campaign_id",
    "currency",
    "country",
    "device",
    "user_agent",
    "ip",
    "edge_id",
];
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

/// A field's value; `null` and `""` are absent.
#[derive(Debug, Clone, PartialEq)]
enum Field<T> {
    Absent,
    Is(T),
    WrongType,
}

impl<T> Field<T> {
    fn is_absent(&self) -> bool {
        matches!(self, Field::Absent)
    }

    /// The value, none where it is absent; a wrong type is refused.
    fn value(&self, detail: &'static str) -> Result<Option<&T>, Rejection> {
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
    texts: [Field<Cow<'a, str>>; TEXTS.len()],
    timestamp: Field<Cow<'a, str>>,
    viewable: Field<bool>,
    test: Field<bool>,
    cost: Field<&'a str>,
}

#[derive(Default)]
struct Tokens<'a> {
    texts: [Option<Token<'a>>; TEXTS.len()],
    timestamp: Option<Token<'a>>,
    viewable: Option<Token<'a>>,
    test: Option<Token<'a>>,
    cost: Option<Token<'a>>,
}

impl<'a> Tokens<'a> {
    fn member(&mut self, name: &str, token: Token<'a>) {
        let slot = match name {
            "timestamp" => &mut self.timestamp,
            "viewable" => &mut self.viewable,
            "test" => &mut self.test,
            "cost_micros" => &mut self.cost,
            _ => match TEXTS.iter().position(|known| *known == name) {
                Some(i) => &mut self.texts[i],
                None => return,
            },
        };
        *slot = Some(token);
    }
}

impl<'a> ImpressionLine<'a> {
    /// Reads a line (without its end). Refuses what is not one strict JSON object in UTF-8 as `bad_json`.
    pub fn scan(line: &'a [u8]) -> Result<Self, Rejection> {
        let Ok(text) = std::str::from_utf8(line) else { return reject(Reason::BadJson, "not UTF-8") };
        let mut tokens = Tokens::default();
        if json::members(text, |name, token| tokens.member(name, token)).is_err() {
            return reject(Reason::BadJson, "not one strict JSON object of depth 32 at most");
        }
        let mut texts = [const { Field::Absent }; TEXTS.len()];
        for (field, token) in texts.iter_mut().zip(tokens.texts) {
            *field = text_field(token)?;
        }
        Ok(Self {
            texts,
            timestamp: match tokens.timestamp {
                Some(Token::Integer(digits)) => Field::Is(Cow::Borrowed(digits)),
                token => text_field(token)?,
            },
            viewable: bool_field(tokens.viewable),
            test: bool_field(tokens.test),
            cost: match tokens.cost {
                Some(Token::Integer(digits)) => Field::Is(digits),
                token => other_field(token),
            },
        })
    }

    /// The user, if the line names one.
    pub fn user_id(&self) -> Option<&str> {
        match &self.texts[USER] {
            Field::Is(user) => Some(user),
            Field::Absent | Field::WrongType => None,
        }
    }

    /// Judges the fields; the first reason that applies, in the order of semantics.md.
    pub fn check(&self, rules: &Rules, read_ms: u64, fields: &mut Fields) -> Result<Impression<'_>, Rejection> {
        let required = [&self.texts[CREATIVE], &self.texts[USER], &self.texts[WEBSITE], &self.timestamp];
        if required.iter().any(|f| f.is_absent()) {
            return reject(Reason::MissingField, "ad_creative_id, user_id, website or timestamp is missing");
        }
        let mut texts = [""; TEXTS.len()];
        for (text, field) in texts.iter_mut().zip(&self.texts) {
            *text = field.value("a textual field is not a string")?.map_or("", |t| t.as_ref());
        }
        let viewable = self.viewable.value("viewable is not a boolean")?.copied();
        let test = self.test.value("test is not a boolean")?.copied().unwrap_or(false);
        let cost = match self.cost.value("cost_micros is not an integer")? {
            None => Micros::default(),
            Some(digits) => match Micros::parse(digits.as_bytes()) {
                Some(cost) => cost,
                None => return reject(Reason::BadField, "cost_micros is not within 0 and 10^12"),
            },
        };
        let at = self.event_time()?;
        check_currency(texts[CURRENCY], rules)?;
        check_read_time(at, read_ms)?;
        Ok(assemble(&texts, at, cost, viewable, test, fields))
    }

    fn event_time(&self) -> Result<EventTime, Rejection> {
        let at = match &self.timestamp {
            Field::Is(text) => EventTime::parse(text.as_bytes()),
            Field::Absent | Field::WrongType => None,
        };
        at.map_or_else(|| reject(Reason::BadTimestamp, "timestamp is in neither form, or outside 2000 to 2100"), Ok)
    }
}

fn assemble<'a>(
    texts: &[&'a str; TEXTS.len()],
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

fn bool_field(token: Option<Token<'_>>) -> Field<bool> {
    match token {
        Some(Token::Bool(value)) => Field::Is(value),
        token => other_field(token),
    }
}

fn text_field(token: Option<Token<'_>>) -> Result<Field<Cow<'_, str>>, Rejection> {
    match token {
        Some(Token::Text(text)) if !text.is_empty() => match text.decode() {
            Some(text) => Ok(Field::Is(text)),
            None => reject(Reason::BadJson, "a lone surrogate in a known field"),
        },
        token => Ok(other_field(token)),
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
