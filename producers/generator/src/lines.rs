//! Impressions as JSON lines.

use adx_events::RECORD_BYTES_MAX;

use crate::dice::Dice;
use crate::event::{Currency, Impression, Look, has_own_id};
use crate::text::{self, TimeForm, TimeWriter};
use crate::visit::Visit;

/// User agents as JSON text, quotes and all escaped.
const AGENTS: [&str; 6] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_4) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
    "SetTop\\/2.1 \\\"living room\\\" caf\\u00e9 \\ud83d\\udcfa",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
];

/// Sound lines but for what stands behind the time or before it, each with one reason to be rejected.
const BROKEN: [(&str, &str); 12] = [
    (r#"{"ad_creative_id":"cr-00000","user_id":"broken","website":"cut.example","timestamp":"#, ""),
    (r#"[{"ad_creative_id":"cr-00000","user_id":"broken","website":"list.example","timestamp":"#, "}]"),
    (r#"{'ad_creative_id':'cr-00000','user_id':'broken','website':'quotes.example','timestamp':"#, "}"),
    (r#"{"ad_creative_id":"cr-00000","website":"nobody.example","timestamp":"#, "}"),
    (r#"{"ad_creative_id":"cr-00000","user_id":"broken","website":"","timestamp":"#, "}"),
    (r#"{"ad_creative_id":"cr-00000","user_id":17,"website":"number.example","timestamp":"#, "}"),
    (r#"{"ad_creative_id":"cr-00000","user_id":"broken","website":"b.example","timestamp":"#, r#","viewable":"yes"}"#),
    (r#"{"ad_creative_id":"cr-00000","user_id":"broken","website":"c.example","timestamp":"#, r#","cost_micros":-5}"#),
    (r#"{"ad_creative_id":"cr-00000","user_id":"broken","website":"d.example","timestamp":"#, r#","cost_micros":1.5}"#),
    (r#"{"ad_creative_id":"cr-00000","user_id":"broken","website":"e.example","timestamp":null,"sent":"#, "}"),
    (r#"{"ad_creative_id":"cr-00000","user_id":"broken","website":"f.example","timestamp":"yesterday","sent":"#, "}"),
    (r#"{"ad_creative_id":"cr-00000","user_id":"broken","website":"g.example","timestamp":{"at":"#, "}}"),
];

/// Writes one line and its end.
pub(crate) fn write(out: &mut Vec<u8>, times: &mut TimeWriter, impression: &Impression, look: &Look) {
    let visit = &impression.visit;
    let mut dice = Dice::new(look.seed);
    out.extend_from_slice(b"{\"ad_creative_id\":\"");
    text::push_creative(out, impression.creative);
    out.extend_from_slice(b"\",\"user_id\":\"");
    text::push_user(out, visit.user);
    out.extend_from_slice(b"\",\"timestamp\":");
    push_time(out, times, impression.at_ms, look.form, dice.one_in(8));
    push_text(out, "website", visit.site);
    if has_own_id(impression.number) {
        out.extend_from_slice(b",\"impression_id\":\"");
        text::push_event_id(out, b'i', impression.number);
        out.push(b'"');
    }
    out.extend_from_slice(b",\"auction_id\":\"");
    text::push_event_id(out, b'a', impression.number);
    out.extend_from_slice(b"\",\"cost_micros\":");
    text::push_decimal(out, impression.cost_micros);
    if let Some(campaign) = impression.named_campaign {
        out.extend_from_slice(b",\"campaign_id\":\"");
        text::push_campaign(out, campaign);
        out.push(b'"');
    }
    push_rest(out, &mut dice, look.currency, visit);
}

fn push_rest(out: &mut Vec<u8>, dice: &mut Dice, currency: Currency, visit: &Visit) {
    if currency != Currency::Absent {
        push_text(out, "currency", currency.code());
    }
    push_text(out, "country", visit.country);
    push_text(out, "device", visit.device);
    push_text(out, "user_agent", AGENTS[dice.index(AGENTS.len())]);
    out.extend_from_slice(b",\"ip\":\"198.51.100.");
    text::push_decimal(out, dice.below(256));
    out.extend_from_slice(b"\",\"edge_id\":\"edge-");
    text::push_decimal(out, dice.below(4));
    out.extend_from_slice(match dice.below(64) {
        0..16 => b"\",\"viewable\":true}".as_slice(),
        16..24 => b"\", \"viewable\" : false }",
        24 => b"\",\"test\":true}",
        25 => b"\",\"test\":null,\"unknown\":[1,{\"a\":2.5e3}]}\r",
        _ => b"\"}",
    });
    out.push(b'\n');
}

/// A member whose value needs no escape that it does not have already.
fn push_text(out: &mut Vec<u8>, name: &str, json_text: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":\"");
    out.extend_from_slice(json_text.as_bytes());
    out.push(b'"');
}

/// Milliseconds stand as a JSON integer or, where `quoted`, in a string.
fn push_time(out: &mut Vec<u8>, times: &mut TimeWriter, at_ms: i64, form: TimeForm, quoted: bool) {
    if form == TimeForm::Epoch && !quoted {
        return times.push(out, at_ms, form);
    }
    out.push(b'"');
    times.push(out, at_ms, form);
    out.push(b'"');
}

/// Writes one line that must be rejected.
pub(crate) fn write_broken(out: &mut Vec<u8>, times: &mut TimeWriter, at_ms: i64, look: &Look) {
    let mut dice = Dice::new(look.seed);
    let (before, after) = BROKEN[dice.index(BROKEN.len())];
    out.extend_from_slice(before.as_bytes());
    push_time(out, times, at_ms, look.form, false);
    if dice.one_in(16) {
        out.push(0xff);
    }
    out.extend_from_slice(after.as_bytes());
    out.push(b'\n');
}

/// Writes one line over the size of a record.
pub(crate) fn write_oversized(out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"padding\":\"");
    out.resize(out.len() + RECORD_BYTES_MAX, b'p');
    out.extend_from_slice(b"\"}\n");
}
