//! What became of scenarios, as a table for people.

use super::story::{StepTold, Told};

/// One block for each scenario, one line for each alert.
pub fn table(told: &[Told]) -> String {
    let wrong = told.iter().filter(|told| !told.is_right()).count();
    let blocks: String = told.iter().map(block).collect();
    format!("{blocks}{} scenarios, {wrong} wrong\n", told.len())
}

fn block(told: &Told) -> String {
    let verdict = if told.is_right() { "right" } else { "WRONG" };
    let steps: String = told.steps.iter().map(step).collect();
    format!("{verdict} {}\n{steps}\n", told.name)
}

fn step(step: &StepTold) -> String {
    let mut lines = vec![format!("    {}", step.says)];
    if step.alerts.is_empty() && step.wrong.is_empty() {
        lines.push("        silent".to_owned());
    }
    let alerts =
        step.alerts.iter().map(|alert| format!("        {} to {}: {}", alert.level, alert.endpoint, alert.message));
    lines.extend(alerts.chain(step.wrong.iter().map(|wrong| format!("        ! {wrong}"))));
    lines.join("\n") + "\n"
}
