//! The plain answer: every event against every other, after the whole input is in memory (semantics.md in its batch form).

use std::collections::{BTreeMap, HashMap, HashSet};

use adx_correlation::{CampaignTotals, Point, Shard};
use adx_events::topic::Topic;

use crate::events::{CLICK_MS, CONVERSION_MS, Event, MIDNIGHT, Space, VIEW_MS};

/// Points by what names them, those of zeros left out.
pub type Table = BTreeMap<String, Vec<i64>>;

/// What the shards say, summed.
pub fn table<'a>(shards: impl IntoIterator<Item = &'a mut Shard>) -> Table {
    let mut sum = Table::new();
    for point in shards.into_iter().flat_map(|shard| shard.points().collect::<Vec<_>>()) {
        let (name, fields) = row(&point);
        let kept = sum.entry(name).or_insert_with(|| vec![0; fields.len()]);
        kept.iter_mut().zip(fields).for_each(|(kept, field)| *kept += field);
    }
    sum.retain(|_, fields| fields.iter().any(|f| *f != 0));
    sum
}

/// A point's name and fields.
pub fn row(point: &Point) -> (String, Vec<i64>) {
    match point {
        Point::Campaign { window, campaign, advertiser, totals: t } => {
            let fields = campaign_fields(t);
            (format!("campaign {} {campaign} {advertiser}", window.as_ms()), fields)
        }
        Point::Touch { window, campaign, advertiser, conversions_by_touch, value_micros } => {
            (format!("touch {} {campaign} {advertiser}", window.as_ms()), vec![*conversions_by_touch, *value_micros])
        }
        Point::Conversion { window, campaign, kind, attribution, conversions, value_micros } => {
            let name = format!("conversion {} {campaign} {kind} {}", window.as_ms(), attribution.as_str());
            (name, vec![*conversions, *value_micros])
        }
        Point::Demand { window, exchange, bid_requests, slots, floor_micros } => {
            (format!("demand {} {exchange}", window.as_ms()), vec![*bid_requests, *slots, *floor_micros])
        }
    }
}

fn campaign_fields(t: &CampaignTotals) -> Vec<i64> {
    let counts = [t.impressions, t.users, t.clicks, t.attributed_clicks, t.conversions, t.attributed_conversions];
    [&counts[..], &[t.view_through_conversions, t.cost_micros, t.value_micros, t.invalid_test, t.invalid_bot]].concat()
}

/// What became of each record, and the events that count.
#[derive(Debug, Default)]
pub struct Model {
    kept: HashMap<(Space, &'static str, [&'static str; 3], i64, i64), Event>,
    pub accepted: Vec<Event>,
    /// Accepted, duplicate, conflict by topic.
    pub counts: [[u64; 3]; 3],
}

impl Model {
    pub fn push(&mut self, event: &Event) {
        let standing = match self.kept.get(&event.identity()) {
            None => {
                self.kept.insert(event.identity(), *event);
                self.accepted.push(*event);
                0
            }
            Some(kept) if kept == event => 1,
            Some(_) => 2,
        };
        self.counts[event.topic().index()][standing] += 1;
    }

    pub fn counts(&self, topic: Topic) -> [u64; 3] {
        self.counts[topic.index()]
    }

    /// The oracle's `expected`, as points.
    pub fn table(&self) -> Table {
        let mut sums = Sums::default();
        let mut users = HashSet::new();
        for e in &self.accepted {
            match e.space {
                Space::Impression => {
                    let new = users.insert((minute(e.at), campaign(e), e.user));
                    let flags = [i64::from(e.flag), i64::from(!e.flag)];
                    sums.campaign(e, &[1, i64::from(new), 0, 0, 0, 0, 0, e.amount, 0, flags[0], flags[1]]);
                }
                Space::Click => {
                    let attributed = self.latest(e, Space::Impression, e.impression_id, CLICK_MS).is_some();
                    sums.campaign(e, &[0, 0, 1, i64::from(attributed), 0, 0, 0, 0, 0, 0, 0]);
                }
                Space::Conversion => self.conversion(e, &mut sums),
                Space::Bid => {
                    let name = format!("demand {} {}", minute(e.at), e.exchange);
                    sums.add(name, &[1, i64::from(e.flag) + 1, e.amount]);
                }
            }
        }
        sums.0
    }

    fn conversion(&self, e: &Event, sums: &mut Sums) {
        let by_click = self.latest(e, Space::Click, e.click_id, CONVERSION_MS);
        let by_view =
            if by_click.is_none() { self.latest(e, Space::Impression, e.impression_id, VIEW_MS) } else { None };
        let (click, view) = (i64::from(by_click.is_some()), i64::from(by_view.is_some()));
        sums.campaign(e, &[0, 0, 0, 0, 1, click, view, 0, e.amount, 0, 0]);
        let attribution = if click == 1 {
            "click"
        } else if view == 1 {
            "view"
        } else {
            "none"
        };
        let kind = if e.kind == "survey" { "other" } else { e.kind };
        sums.add(format!("conversion {} {} {kind} {attribution}", minute(e.at), campaign(e).0), &[1, e.amount]);
        if let Some(at) = by_click.or(by_view) {
            let (campaign, advertiser) = campaign(e);
            sums.add(format!("touch {} {campaign} {advertiser}", minute(at)), &[1, e.amount]);
        }
    }

    /// The latest touch within `[at - span, at]`; where the event names one, that one or none.
    fn latest(&self, e: &Event, space: Space, name: &str, span: i64) -> Option<i64> {
        let near = |t: &&Event| {
            let same = t.space == space && t.user == e.user && campaign(t) == campaign(e) && campaign(e) != UNMAPPED;
            same && (name.is_empty() || t.own == name) && e.at - span <= t.at && t.at <= e.at
        };
        self.accepted.iter().filter(near).map(|t| t.at).max()
    }
}

const UNMAPPED: (&str, &str) = ("unmapped", "unmapped");

/// The catalogue of the tests, by hand.
fn campaign(e: &Event) -> (&'static str, &'static str) {
    let (c0, c1) = (("c0", "v0"), ("c1", "v1"));
    match (e.campaign, e.creative, e.at - MIDNIGHT) {
        ("c0", ..) => c0,
        ("c1", ..) => c1,
        (_, "r0", _) => c0,
        (_, "r1", at) => {
            if at < 0 {
                c0
            } else {
                c1
            }
        }
        (_, "r2", -90_000..60_000) => c1,
        _ => UNMAPPED,
    }
}

fn minute(at: i64) -> i64 {
    at.div_euclid(60_000) * 60_000
}

#[derive(Default)]
struct Sums(Table);

impl Sums {
    fn campaign(&mut self, e: &Event, fields: &[i64; 11]) {
        let (campaign, advertiser) = campaign(e);
        self.add(format!("campaign {} {campaign} {advertiser}", minute(e.at)), fields);
    }

    fn add(&mut self, name: String, fields: &[i64]) {
        let kept = self.0.entry(name).or_insert_with(|| vec![0; fields.len()]);
        kept.iter_mut().zip(fields).for_each(|(kept, field)| *kept += field);
    }
}
