//! Impressions as JSON lines, sound and otherwise, in many spellings.

use proptest::prelude::*;
use proptest::sample::select;

use super::alphabet::{CAMPAIGNS, CREATIVES, CURRENCIES, IDS, SITES, STEMS, USERS, When, first, mostly, when};
use super::spelling::Spelling;
use super::{Item, Mood, items, without_conflicts};

/// An impression's fields. `""` is absent; tokens are JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impression {
    pub creative: &'static str,
    pub user: &'static str,
    pub site: &'static str,
    pub at: When,
    pub own_id: &'static str,
    pub campaign: &'static str,
    pub currency: &'static str,
    pub country: &'static str,
    pub cost: &'static str,
    pub viewable: &'static str,
    pub test: &'static str,
}

const OWN: [&str; 6] = ["", "", "", "1", "2", "x\u{1f600}"];
const COSTS: [&str; 13] = [
    "",
    "0",
    "7",
    "1000000000000",
    "",
    "null",
    "-1",
    "1.5",
    "1e3",
    "\"5\"",
    "1000000000001",
    "true",
    "00000000000000000001",
];
const COSTS_SOUND: usize = 6;
const FLAGS: [&str; 7] = ["", "true", "false", "null", "0", "\"true\"", "\"\""];
const FLAGS_SOUND: usize = 4;

/// Lines that are no impression, or no record at all.
const RAW: [&[u8]; 19] = [
    b"",
    b" \t\x0b\x0c",
    b"\r",
    b"{}",
    b"[]",
    b"null",
    b"{\"user_id\":\"u\"",
    b"{'user_id':'u'}",
    b"{\"user_id\":\"u\",}",
    b"{\"a\":01}",
    b"{\"a\":NaN}",
    b"{\"a\":\"\t\"}",
    b"{\"a\":\"\\x\"}",
    b"{\"user_id\":\"\\ud800\",\"ad_creative_id\":\"k1\",\"website\":\"s\",\"timestamp\":1772321400000}",
    b"{\"other\":\"\\ud800\",\"user_id\":\"u\",\"ad_creative_id\":\"k1\",\"website\":\"s\",\"timestamp\":1772321400000}",
    b"{\"user_id\":\"\xff\"}",
    b"{\"user_id\":\"u\",\"ad_creative_id\":7,\"website\":\"s\",\"timestamp\":1772321400000}",
    b"{\"user_id\":\"u\",\"ad_creative_id\":\"k1\",\"website\":\"s\",\"timestamp\":true}",
    b"{\"user_id\":\"u\"} {\"user_id\":\"v\"}",
];
/// A byte order mark is cut at the start of a file alone.
const RAW_WILD: [&[u8]; 1] = [b"\xef\xbb\xbf{\"user_id\":\"u\"}"];

fn impression(instants: &[i64]) -> impl Strategy<Value = Impression> + use<> {
    let ids = (first(&CREATIVES), first(&USERS), first(&SITES), when(instants), select(&OWN[..]));
    let rest = (
        prop_oneof![3 => Just(""), 1 => first(&CAMPAIGNS)],
        mostly(&CURRENCIES, 2),
        select(vec!["", "USA", "CAN"]),
        mostly(&COSTS, COSTS_SOUND),
        mostly(&FLAGS, FLAGS_SOUND),
        mostly(&FLAGS, FLAGS_SOUND),
    );
    (ids, rest, 0..40u8).prop_map(|((creative, user, site, at, own_id), rest, lacking)| {
        let (campaign, currency, country, cost, viewable, test) = rest;
        let user = if lacking == 1 { "" } else { user };
        let site = if lacking == 2 { "" } else { site };
        Impression { creative, user, site, at, own_id, campaign, currency, country, cost, viewable, test }
    })
}

impl Impression {
    fn identity(&self) -> (&str, String, Option<i64>) {
        let id = match self.own_id {
            "" => format!("{} {} {:?}", self.creative, self.site, self.at),
            own => format!("own {own}"),
        };
        (self.user, id, self.at.ms().map(|ms| ms.div_euclid(86_400_000)))
    }

    /// One JSON object; the spelling changes nothing of what it means.
    pub fn line(&self, mut spelling: Spelling) -> String {
        let spelling = &mut spelling;
        let (at, digits) = self.at.text(spelling);
        let at = if digits && !spelling.rarely(3) { at } else { quoted(&at) };
        let mut members = vec![("timestamp", at)];
        for (name, text) in [("ad_creative_id", self.creative), ("user_id", self.user), ("website", self.site)] {
            members.push((name, text_token(text, spelling)));
        }
        let optional = [("impression_id", self.own_id), ("campaign_id", self.campaign), ("currency", self.currency)];
        for (name, text) in optional.into_iter().chain([("country", self.country)]) {
            if !text.is_empty() || spelling.rarely(5) {
                members.push((name, text_token(text, spelling)));
            }
        }
        for (name, token) in [("cost_micros", self.cost), ("viewable", self.viewable), ("test", self.test)] {
            if !token.is_empty() {
                members.push((name, token.to_owned()));
            }
        }
        decorate(&mut members, spelling);
        let space = ["", " ", "\t", "\r"][spelling.take(4) as usize];
        let members: Vec<String> = members
            .into_iter()
            .map(|(name, value)| format!("{space}{}{space}:{space}{value}{space}", name_token(name, spelling)))
            .collect();
        format!("{{{}}}{space}", members.join(","))
    }
}

/// Adds what readers must ignore: unknown members, an edge id, an earlier member of a name that comes again.
fn decorate(members: &mut Vec<(&'static str, String)>, spelling: &mut Spelling) {
    match spelling.take(8) {
        1 => members.push(("edge_id", quoted("e1"))),
        2 => members.insert(0, ("user_id", "[17]".to_owned())),
        3 => members.insert(0, ("timestamp", "\"soon\"".to_owned())),
        4 => members.push(("other", format!("{}{}", "[".repeat(31), "]".repeat(31)))),
        5 => members.push(("other", "{\"user_id\":\"nested\",\"n\":[-0.5e+3,\"}\\\"\"]}".to_owned())),
        6 => members.reverse(),
        _ => {}
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A text; its first character may be escaped, and nothing may be `null`.
fn text_token(text: &str, spelling: &mut Spelling) -> String {
    match (text.chars().next(), spelling.take(5)) {
        (None, 1) => "null".to_owned(),
        (Some(first), 1) if u32::from(first) < 0x1_0000 => {
            let rest = quoted(&text[first.len_utf8()..]);
            format!("\"\\u{:04x}{}", u32::from(first), &rest[1..])
        }
        _ => quoted(text),
    }
}

fn name_token(name: &str, spelling: &mut Spelling) -> String {
    if spelling.rarely(7) { text_token(name, &mut Spelling::new(1)) } else { quoted(name) }
}

/// A file of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFile {
    /// Below `impressions/`.
    pub name: String,
    pub bom: bool,
    /// Whether the last line has an end.
    pub ended: bool,
    pub items: Vec<Item<Impression>>,
}

impl LineFile {
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = if self.bom { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        for (place, item) in self.items.iter().enumerate() {
            match item {
                Item::Record(impression, spelling) => {
                    out.extend_from_slice(impression.line(*spelling).as_bytes());
                }
                Item::Raw(line) => out.extend_from_slice(line),
            }
            if self.ended || place + 1 < self.items.len() {
                out.extend_from_slice(if place % 3 == 1 { b"\r\n" } else { b"\n" });
            }
        }
        out
    }
}

pub(super) fn files(mood: Mood, instants: &[i64]) -> impl Strategy<Value = Vec<LineFile>> + use<> {
    let pool = prop::collection::vec(impression(instants), 1..16).prop_map(move |pool| match mood {
        Mood::Wild => pool,
        Mood::Tame => without_conflicts(pool, |impression| {
            let (user, id, day) = impression.identity();
            (user.to_owned(), id, day)
        }),
    });
    let lines = mood.lines(&RAW, &RAW_WILD);
    pool.prop_flat_map(move |pool| {
        let file = (items(pool, &lines, 20), any::<bool>(), any::<bool>(), any::<bool>());
        prop::collection::vec(file, 0..5)
    })
    .prop_map(|files| {
        let named = files.into_iter().zip(STEMS).map(|((items, bom, ended, gz), stem)| {
            let name = format!("{stem}.jsonl{}", if gz { ".gz" } else { "" });
            LineFile { name, bom, ended, items }
        });
        named.collect()
    })
}

/// Ids that clicks and conversions may name.
pub(super) const NAMED: [&str; 3] = IDS;
