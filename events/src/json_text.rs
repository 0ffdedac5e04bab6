//! A verdict as one line of readable JSON, for people at a consumer.

use std::fmt::Write;

use crate::key::{Mark, StreamKey};
use crate::verdict::{Bid, Common, Impression, Outcome, Tracked, Verdict};

/// Appends the verdict as a JSON object; empty texts are left out.
pub fn write_verdict(verdict: &Verdict<'_>, key: StreamKey<'_>, out: &mut Vec<u8>) {
    let mut json = Object { out: String::new() };
    json.number("offset", verdict.offset.0);
    match &verdict.outcome {
        Outcome::Resend => json.text("verdict", "resend"),
        Outcome::Rejected { reason, detail } => {
            json.text("verdict", "rejected");
            json.text("reason", reason.as_str());
            json.text("detail", detail);
        }
        Outcome::Impression(e) => json.impression(e),
        Outcome::Click(e) => json.tracked("click", e),
        Outcome::Conversion(e) => json.tracked("conversion", e),
        Outcome::Bid(e) => json.bid(e),
    }
    if let Mark::RepeatOf(offset) = key.mark {
        json.number("repeat_of", offset.0);
    }
    json.text("key", &String::from_utf8_lossy(key.raw));
    out.extend_from_slice(json.out.as_bytes());
    out.push(b'}');
}

/// An object under construction, without its closing brace.
struct Object {
    out: String,
}

impl Object {
    fn name(&mut self, name: &str) {
        self.out.push(if self.out.is_empty() { '{' } else { ',' });
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
    }

    fn number(&mut self, name: &str, value: u64) {
        self.name(name);
        // Writing to a String cannot fail.
        let _ = write!(self.out, "{value}");
    }

    fn boolean(&mut self, name: &str, value: bool) {
        self.name(name);
        self.out.push_str(if value { "true" } else { "false" });
    }

    fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.name(name);
            write_string(value, &mut self.out);
        }
    }

    fn common(&mut self, event: &str, common: &Common) {
        self.text("verdict", "accepted");
        self.text("type", event);
        self.text("at", &common.at.to_string());
    }

    fn impression(&mut self, e: &Impression<'_>) {
        self.common("impression", &e.common);
        self.number("cost_micros", e.cost.as_micros() as u64);
        self.boolean("test", e.test);
        self.boolean("bot", e.bot);
        if let Some(viewable) = e.viewable {
            self.boolean("viewable", viewable);
        }
        self.text("user_id", e.user_id);
        self.text("impression_id", e.impression_id);
        self.text("auction_id", e.auction_id);
        self.text("ad_creative_id", e.creative);
        self.text("campaign_id", e.campaign);
        self.text("website", e.website);
        self.text("country", e.country);
        self.text("device", e.device);
    }

    fn tracked(&mut self, event: &str, e: &Tracked<'_>) {
        self.common(event, &e.common);
        self.number("value_micros", e.value.as_micros() as u64);
        self.text("user_id", e.user_id);
        self.text("event_id", e.event_id);
        self.text("campaign_id", e.campaign);
        self.text("conversion_type", e.kind);
        self.text("impression_id", e.impression_id);
        self.text("click_id", e.click_id);
    }

    fn bid(&mut self, e: &Bid<'_>) {
        self.common("bid", &e.common);
        self.number("floor_micros", e.floor.as_micros() as u64);
        self.number("slots", u64::from(e.slots));
        self.text("user_id", e.user_id);
        self.text("auction_id", e.auction_id);
        self.text("exchange", e.exchange);
        self.text("country", e.country);
        self.text("device", e.device);
        self.text("website", e.website);
    }
}

fn write_string(value: &str, out: &mut String) {
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::offset::Offset;
    use crate::standardise::{RawRecord, Rules, Standardiser};
    use crate::topic::Topic;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_json(user in "\\PC{1,8}|\"\\\\\n", key in proptest::collection::vec(any::<u8>(), 0..8)) {
            let line = serde_json::json!({"ad_creative_id": "c", "user_id": user, "website": "w", "timestamp": 1_772_324_400_000u64}).to_string();
            let mut out = Vec::new();
            let record = RawRecord { offset: Offset(3), key: None, value: line.as_bytes() };
            Standardiser::new(Topic::Impressions, Rules::default()).judge(record, |v| write_verdict(v, StreamKey::parse(&key), &mut out));
            let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(&read["user_id"], &serde_json::Value::String(user));
            prop_assert_eq!(&read["at"], "2026-03-01T00:20:00.000Z");
        }
    }
}
