//! Into the stand-in by the project's publisher, and out of it through the chain by the sink's reader.

use adx_events::offset::Offset;
use adx_events::topic::Topic;
use anyhow::Result;

use super::{Row, Run};
use crate::context::Context;
use crate::stand_in::StandIn;

pub fn rows() -> Vec<Row> {
    Topic::ALL.into_iter().flat_map(rows_of).collect()
}

fn rows_of(topic: Topic) -> [Row; 2] {
    let name = topic.input();
    [
        Row::events(format!("produce {name}"), move |context| produce(context, topic)),
        Row::events(format!("consume {name}"), move |context| consume(context, topic)),
    ]
}

/// Into a new stand-in every time.
fn produce(context: &Context, topic: Topic) -> Result<Run<'_>> {
    let records = context.records(topic)?;
    Ok(Box::new(move || context.runtime.block_on(async { StandIn::start().await?.produce(topic, records).await })))
}

/// Out of one stand-in, by a stream of its own every time.
fn consume(context: &Context, topic: Topic) -> Result<Run<'_>> {
    let records = context.records(topic)?;
    let filled = context.runtime.block_on(async {
        let stand_in = StandIn::start().await?;
        stand_in.produce(topic, records).await?;
        anyhow::Ok(stand_in)
    })?;
    let end = Offset(records.len() as u64);
    Ok(Box::new(move || context.runtime.block_on(filled.consume(topic, end))))
}
