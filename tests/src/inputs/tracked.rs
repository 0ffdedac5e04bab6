//! Clicks and conversions as CSV rows, in any order of columns, with every way of framing.

use proptest::prelude::*;
use proptest::sample::select;

use super::alphabet::{CAMPAIGNS, CURRENCIES, STEMS, USERS, When, first, mostly, when};
use super::impression::NAMED;
use super::spelling::Spelling;
use super::{Item, Mood, items, without_conflicts};

/// A click's or conversion's cells; `""` is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    pub at: When,
    pub user: &'static str,
    pub campaign: &'static str,
    pub kind: &'static str,
    pub own_id: &'static str,
    pub impression: &'static str,
    pub click: &'static str,
    pub value: &'static str,
    pub currency: &'static str,
}

const COLUMNS: [&str; 9] = [
    "timestamp",
    "user_id",
    "campaign_id",
    "conversion_type",
    "event_id",
    "impression_id",
    "click_id",
    "value_micros",
    "currency",
];
const KINDS: [&str; 6] = ["click", "click", "signup", "lead \"x\"", "Click", ""];
const KINDS_SOUND: usize = 5;
const VALUES: [&str; 9] = ["", "0", "9", "1000000000000", "0000000000000000007", "-1", "1.0", " 1", "1000000000001"];
const VALUES_SOUND: usize = 5;
const ENDS: [&[u8]; 3] = [b"\n", b"\r\n", b"\r"];

/// Rows that are rejected wherever they stand, or no rows.
const RAW: [&[u8]; 8] = [
    b"",
    b"one cell",
    b"1772321400000,u,A",
    b"\"a\"b,u,A,click",
    b"\"a\" ,u,A,click",
    b"\xff,u,A,click,,,,,,",
    b"a,b,c,d,e,f,g,h,i,j,k,l,m,n,o",
    b",,,,,,,,,,,,,,",
];
/// Rows whose extent depends on what follows.
const RAW_WILD: [&[u8]; 5] = [
    b"\"never closed,u,A,click",
    b"1772321400000,u,A,click,\"",
    b"1772321400000,u,A,click,,,,,\"\"\"",
    b"a\"b,\"c",
    b"\"\"",
];

fn tracked(instants: &[i64]) -> impl Strategy<Value = Tracked> + use<> {
    let ids = (when(instants), first(&USERS), first(&CAMPAIGNS), mostly(&KINDS, KINDS_SOUND));
    let name = || prop_oneof![3 => Just(""), 1 => select(&NAMED[..])];
    let rest = (name(), name(), name(), mostly(&VALUES, VALUES_SOUND), mostly(&CURRENCIES, 2), 0..40u8);
    (ids, rest).prop_map(|((at, user, campaign, kind), (own_id, impression, click, value, currency, lacking))| {
        let user = if lacking == 1 { "" } else { user };
        Tracked { at, user, campaign, kind, own_id, impression, click, value, currency }
    })
}

impl Tracked {
    fn identity(&self) -> (bool, &str, String, Option<i64>) {
        let id = match self.own_id {
            "" => format!("{} {} {:?}", self.campaign, self.kind, self.at),
            own => format!("own {own}"),
        };
        (self.kind == "click", self.user, id, self.at.ms().map(|ms| ms.div_euclid(86_400_000)))
    }

    fn cell(&self, column: &str, spelling: &mut Spelling) -> String {
        let text = match column {
            "timestamp" => self.at.text(spelling).0,
            "user_id" => self.user.to_owned(),
            "campaign_id" => self.campaign.to_owned(),
            "conversion_type" => self.kind.to_owned(),
            "event_id" => self.own_id.to_owned(),
            "impression_id" => self.impression.to_owned(),
            "click_id" => self.click.to_owned(),
            "value_micros" => self.value.to_owned(),
            "currency" => self.currency.to_owned(),
            _ => ["", "n", "two\nlines", "a,\"b\"\r\nc"][spelling.take(4) as usize].to_owned(),
        };
        quote(text, spelling.rarely(4))
    }
}

/// Quotes a cell where it must be, or may be.
fn quote(text: String, anyway: bool) -> String {
    if anyway || text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// A file of rows under a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFile {
    /// Below `clicks/`.
    pub name: String,
    pub bom: bool,
    /// Whether the last row has an end.
    pub ended: bool,
    /// Which line end each row has.
    pub ends: Spelling,
    /// The columns of the rows; of a column that is there twice the first holds something else.
    pub columns: Vec<&'static str>,
    /// The header's own text, where it is not just the columns.
    pub header: Option<&'static [u8]>,
    pub items: Vec<Item<Tracked>>,
}

impl RowFile {
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = if self.bom { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        let header = self.header.map_or_else(|| self.columns.join(",").into_bytes(), <[u8]>::to_vec);
        let rows = self.items.iter().map(|item| match item {
            Item::Record(tracked, spelling) => self.row(tracked, *spelling).into_bytes(),
            Item::Raw(row) => row.clone(),
        });
        let rows: Vec<Vec<u8>> = std::iter::once(header).chain(rows).collect();
        let mut ends = self.ends;
        for (place, row) in rows.iter().enumerate() {
            out.extend_from_slice(row);
            if self.ended || place + 1 < rows.len() {
                out.extend_from_slice(ENDS[ends.take(3) as usize]);
            }
        }
        out
    }

    fn row(&self, tracked: &Tracked, mut spelling: Spelling) -> String {
        let cells = self.columns.iter().enumerate().map(|(place, column)| {
            let again = self.columns[place + 1..].contains(column);
            if again { "junk".to_owned() } else { tracked.cell(column, &mut spelling) }
        });
        cells.collect::<Vec<_>>().join(",")
    }
}

/// All columns in some order, sometimes with unknown ones and one of them twice; wild ones may lack one.
fn columns(mood: Mood) -> impl Strategy<Value = Vec<&'static str>> {
    let all = Just(COLUMNS.to_vec()).prop_shuffle();
    (all, 0..4u8, select(&COLUMNS[..]), 0..12u8).prop_map(move |(mut columns, extra, column, lacking)| {
        match extra {
            1 => columns.push("note"),
            2 => columns.insert(2, "note"),
            3 => columns.insert(0, column),
            _ => {}
        }
        if mood == Mood::Wild && lacking == 1 {
            columns.retain(|kept| *kept != column);
        }
        columns
    })
}

/// Most headers are the columns; a wild one may be unreadable.
fn header(mood: Mood) -> impl Strategy<Value = Option<&'static [u8]>> {
    let odd: [&'static [u8]; 3] = [b"\"timestamp\"x,user_id", b"\xff", b"\"timestamp,user_id"];
    let share = if mood == Mood::Wild { 1 } else { 0 };
    (0..20u32, select(odd.to_vec())).prop_map(move |(place, odd)| (place < share).then_some(odd))
}

pub(super) fn files(mood: Mood, instants: &[i64]) -> impl Strategy<Value = Vec<RowFile>> + use<> {
    let pool = prop::collection::vec(tracked(instants), 1..20).prop_map(move |pool| match mood {
        Mood::Wild => pool,
        Mood::Tame => without_conflicts(pool, |tracked| {
            let (click, user, id, day) = tracked.identity();
            (click, user.to_owned(), id, day)
        }),
    });
    let lines = mood.lines(&RAW, &RAW_WILD);
    pool.prop_flat_map(move |pool| {
        let form = (any::<bool>(), any::<bool>(), any::<bool>(), any::<u64>());
        prop::collection::vec((items(pool, &lines, 20), form, columns(mood), header(mood)), 0..5)
    })
    .prop_map(|files| {
        let named = files.into_iter().zip(STEMS).map(|((items, form, columns, header), stem)| {
            let (bom, ended, gz, ends) = form;
            let name = format!("{stem}.csv{}", if gz { ".gz" } else { "" });
            RowFile { name, bom, ended, ends: Spelling::new(ends), columns, header, items }
        });
        named.collect()
    })
}
