//! A span beside the same span a week before, campaign by campaign.

use adx_events::time::{DAY_MS, Millis};

use super::{Scope, UNGROUPED, united};
use crate::parts::Forgotten;

/// How far back it is compared with.
const BACK: Millis = Millis(7 * DAY_MS);
const COMPARED: [&str; 5] = ["impressions", "clicks", "conversions", "cost_micros", "value_micros"];

/// Rows of a campaign whose `span` is `now` or `before`; one that was not there at one of the times has none of those.
pub(super) fn text(scope: &Scope) -> Result<String, Forgotten> {
    let half = |scope: &Scope, span: &str| {
        let rows = scope.per_campaign(&COMPARED)?;
        Ok(rows + &format!("\n    |> set(key: \"span\", value: \"{span}\")"))
    };
    let before = scope.earlier(BACK).map(|before| half(&before, "before")).transpose()?;
    Ok(united([half(scope, "now")?].into_iter().chain(before))
        + UNGROUPED
        + "\n    |> sort(columns: [\"campaign_id\", \"span\"])")
}
