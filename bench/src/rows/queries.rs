//! Questions about a week of 1,000 campaigns, answered by a real influxd; there are such rows where `INFLUXD` names one.

use adx_events::time::{HOUR_MS, Millis};
use adx_queries::campaign::{Measure, Question, Scope};
use adx_queries::{Level, Reading};
use adx_tests::influxd::Influxd;
use anyhow::{Result, ensure};

use super::{Row, Run};
use crate::context::Context;
use crate::measure::Clock;
use crate::week::{self, Week};

const EVERY: Millis = Millis(HOUR_MS);
const QUESTIONS: [(&str, Question); 7] = [
    ("totals", Question::Totals),
    ("over-time", Question::OverTime { every: EVERY }),
    ("top", Question::Top { by: Measure::Cost, limit: 10 }),
    ("pacing", Question::Pacing { every: EVERY }),
    ("week", Question::Week),
    ("funnel", Question::Funnel),
    ("freshness of an hour", Question::Freshness),
];

/// Which sums are read: those that `adx report` takes by itself, or every minute.
#[derive(Debug, Clone, Copy)]
enum From {
    Usual,
    Minutes,
}

pub fn rows() -> Vec<Row> {
    if !Influxd::is_to_be_had() {
        return Vec::new();
    }
    let usual = QUESTIONS.map(|(name, question)| row(format!("query {name}"), question, None, From::Usual));
    let one = row("query over-time of one".into(), QUESTIONS[1].1, Some("cmp-0500"), From::Usual);
    let minutes = QUESTIONS.map(|(name, question)| row(format!("query minutes {name}"), question, None, From::Minutes));
    let minutes = minutes.into_iter().filter(|_| week::all_minutes());
    usual.into_iter().chain([one]).chain(minutes).collect()
}

fn row(name: String, question: Question, campaign: Option<&'static str>, from: From) -> Row {
    Row::queries(name, move |context| ask(context, question, campaign, from))
}

fn ask<'a>(context: &'a Context, question: Question, campaign: Option<&str>, from: From) -> Result<Run<'a>> {
    let week: &Week = context.week()?;
    let reading = match from {
        From::Usual => week.coarsest(),
        From::Minutes => Reading::Only(Level::Minutes),
    };
    // Of every measurement, and only of that hour all are there.
    let range = if question == Question::Freshness { week.last_hour } else { week.range };
    let scope = Scope { buckets: week.buckets.clone(), campaign: campaign.map(str::to_owned), range, reading };
    let (text, client) = (question.text(&scope)?, week.client());
    Ok(Box::new(move || {
        let clock = Clock::start()?;
        let mut rows = 0;
        let each = |_: adx_influx::Row<'_>| {
            rows += 1;
            Ok(())
        };
        context.runtime.block_on(client.rows(&text, each))?;
        let sample = clock.stop(1)?;
        ensure!(rows > 0, "an answer without rows");
        Ok(sample)
    }))
}
