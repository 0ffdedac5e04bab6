//! How new the newest windows are.

use super::{Scope, UNGROUPED, united};
use crate::flux::group;
use crate::level::Level;
use crate::parts::{Part, Reading};

/// Every point has it.
const FIELD: [&str; 1] = ["impressions"];

/// A row for each measurement, and each of its shards, with the time of its newest window.
pub(super) fn text(scope: &Scope) -> String {
    let levels = match scope.reading {
        Reading::Only(level) => vec![level],
        Reading::Coarsest { .. } => Level::ALL.to_vec(),
    };
    let newest = |level| scope.part(Part { level, range: scope.range }, &FIELD) + "\n    |> last()";
    united(levels.into_iter().map(newest))
        + &group(&["_measurement", "shard"])
        + "\n    |> max(column: \"_time\")\n    |> keep(columns: [\"_measurement\", \"shard\", \"_time\"])"
        + UNGROUPED
        + "\n    |> sort(columns: [\"_measurement\", \"shard\"])"
}
