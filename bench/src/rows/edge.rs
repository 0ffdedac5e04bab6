//! The edge without publishing: files are read, framed, numbered.

use adx_events::offset::PartitionCount;
use adx_events::topic::Topic;
use anyhow::Result;

use super::{Row, Run};
use crate::context::Context;
use crate::feed;
use crate::measure::Clock;

pub fn rows() -> Vec<Row> {
    let one = |topic: Topic| Row::events(format!("edge {}", topic.input()), move |context| edge(context, Some(topic)));
    let all = Row::events("edge all".to_owned(), |context| edge(context, None));
    Topic::ALL.into_iter().map(one).chain([all]).collect()
}

/// All files of one topic, or of all three side by side.
fn edge(context: &Context, topic: Option<Topic>) -> Result<Run<'_>> {
    let input = topic.map_or_else(|| Ok(context.input.dir().to_owned()), |topic| context.input.only(topic))?;
    Ok(Box::new(move || {
        let clock = Clock::start()?;
        let count = context.runtime.block_on(feed::count(&input, PartitionCount::ONE))?;
        Ok(clock.stop(count)?)
    }))
}
