//! The short table at the end of a run.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use adx_queries::Measurement;

use super::pipeline::Finished;

/// Campaigns named in the table.
const TOP_CAMPAIGNS: usize = 8;

/// What was delivered, what became of the records, and where the files are.
pub fn table(finished: &Finished, out: &Path, elapsed: Duration) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = records(finished, &mut text)
        .and_then(|()| delivered(finished, &mut text))
        .and_then(|()| campaigns(finished, &mut text))
        .and_then(|()| closing(finished, out, elapsed, &mut text));
    text
}

fn closing(finished: &Finished, out: &Path, elapsed: Duration, text: &mut String) -> std::fmt::Result {
    let read: u64 = finished.ledger.accounts().iter().map(|(_, account)| account.read).sum();
    let (points, letters) = (finished.results.points, finished.results.dead_letters);
    writeln!(
        text,
        "\n{read} records in {:.1} s; {points} points and {letters} dead letters; sink state {:.1} MiB; files in {}",
        elapsed.as_secs_f64(),
        finished.state_bytes as f64 / f64::from(1 << 20),
        out.display()
    )
}

/// The campaigns with the most impressions, as their managers think of them.
fn campaigns(finished: &Finished, text: &mut String) -> std::fmt::Result {
    let Some(rows) = finished.results.rows.iter().find(|rows| rows.table().measurement == Measurement::Campaign) else {
        return Ok(());
    };
    let at = |column: &str| rows.table().columns.iter().position(|c| *c == column).unwrap_or_default();
    let (impressions, clicks, conversions, cost) =
        (at("impressions"), at("clicks"), at("conversions"), at("cost_micros"));
    let mut campaigns: Vec<_> = rows.by_id().into_iter().collect();
    campaigns.sort_by_key(|(id, sums)| (std::cmp::Reverse(sums[impressions]), *id));
    writeln!(
        text,
        "\n{:<23} {:>12} {:>8} {:>8} {:>12} {:>14} {:>9}",
        "campaign", "impressions", "clicks", "CTR", "conversions", "cost", "eCPM"
    )?;
    for (id, sums) in campaigns.iter().take(TOP_CAMPAIGNS) {
        let ratio = |part: i64, factor: f64| {
            if sums[impressions] > 0 { factor * part as f64 / sums[impressions] as f64 } else { 0.0 }
        };
        writeln!(
            text,
            "{:<23} {:>12} {:>8} {:>7.2}% {:>12} {:>14} {:>9.2}",
            shortened(id),
            sums[impressions],
            sums[clicks],
            ratio(sums[clicks], 100.0),
            sums[conversions],
            money(sums[cost]),
            ratio(sums[cost], 1e-3)
        )?;
    }
    let more = campaigns.len().saturating_sub(TOP_CAMPAIGNS);
    if more > 0 { writeln!(text, "and {more} more") } else { Ok(()) }
}

fn shortened(id: &str) -> String {
    if id.chars().count() <= 22 { id.to_owned() } else { id.chars().take(21).chain(['…']).collect() }
}

fn money(micros: i64) -> String {
    format!("{}.{:02}", micros / 1_000_000, micros % 1_000_000 / 10_000)
}

fn records(finished: &Finished, text: &mut String) -> std::fmt::Result {
    let head = ["records", "read", "accepted", "duplicate", "rejected", "late", "missing"];
    writeln!(
        text,
        "{:<11} {:>11} {:>11} {:>11} {:>11} {:>7} {:>7}",
        head[0], head[1], head[2], head[3], head[4], head[5], head[6]
    )?;
    for (topic, a) in finished.ledger.accounts() {
        writeln!(
            text,
            "{:<11} {:>11} {:>11} {:>11} {:>11} {:>7} {:>7}",
            topic.input(),
            a.read,
            a.accepted,
            a.duplicate,
            a.rejected,
            a.late,
            a.missing
        )?;
    }
    Ok(())
}

fn delivered(finished: &Finished, text: &mut String) -> std::fmt::Result {
    let campaign = |column| finished.results.total(Measurement::Campaign, column);
    let (impressions, clicks, conversions) = (campaign("impressions"), campaign("clicks"), campaign("conversions"));
    writeln!(
        text,
        "\ndelivered    {impressions} impressions for {}, {clicks} clicks ({} after an impression)",
        money(campaign("cost_micros")),
        campaign("attributed_clicks")
    )?;
    writeln!(
        text,
        "converted    {conversions} conversions worth {} ({} after a click, {} after a view)",
        money(campaign("value_micros")),
        campaign("attributed_conversions"),
        campaign("view_through_conversions")
    )?;
    let demand = |column| finished.results.total(Measurement::Demand, column);
    writeln!(text, "demand       {} bid requests for {} slots", demand("bid_requests"), demand("slots"))
}
