//! A span beside the same span a week before, campaign by campaign.

use adx_events::time::{DAY_MS, Millis};

use super::{CAMPAIGN, SUM, Scope, UNGROUPED, united};
use crate::flux::{group, list};

/// How far back it is compared with.
const BACK: Millis = Millis(7 * DAY_MS);
const COMPARED: [&str; 5] = ["impressions", "clicks", "conversions", "cost_micros", "value_micros"];

/// Columns `now_FIELD` and `before_FIELD`; a campaign that was not there at one of the times has none of those.
pub(super) fn text(scope: &Scope) -> String {
    let before = scope.earlier(BACK).map(|before| half(&before, "before"));
    let (rows, columns) = (list(&[CAMPAIGN, "advertiser_id"]), list(&["span", "_field"]));
    united([half(scope, "now")].into_iter().chain(before))
        + UNGROUPED
        + &format!("\n    |> pivot(rowKey: {rows}, columnKey: {columns}, valueColumn: \"_value\")")
        + "\n    |> sort(columns: [\"campaign_id\"])"
}

fn half(scope: &Scope, span: &str) -> String {
    let series = group(&[CAMPAIGN, "advertiser_id", "_field"]);
    scope.rows(None, &COMPARED, SUM)
        + &series
        + SUM
        + UNGROUPED
        + &format!("\n    |> set(key: \"span\", value: \"{span}\")")
}
