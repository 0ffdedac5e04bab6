//! `adx report`: what campaigns delivered, from InfluxDB.

mod print;
mod request;
mod shape;
mod table;

use std::collections::BTreeMap;
use std::time::SystemTime;

use adx_events::time::EventTime;
use adx_influx::{InfluxClient, Row};
use anyhow::{Context, bail};

use crate::cli::report::ReportArgs;
use crate::ending::{Ending, Failure};
use crate::influx::server::Server;
use crate::run::print_all;
use request::Request;
use table::Table;

/// More rows than this are no report.
const ROWS_MAX: usize = 200_000;

/// A row of an answer, by column.
type Record = BTreeMap<String, String>;

pub fn main(args: &ReportArgs) -> Result<Ending, Failure> {
    let now = now().map_err(Failure::Failed)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let report = runtime.block_on(report(args, now))?;
    print_all(&report).context("print the report")?;
    Ok(Ending::Done)
}

/// The report as it is printed.
pub async fn report(args: &ReportArgs, now: EventTime) -> Result<String, Failure> {
    let request = Request::of(args, now).map_err(Failure::Configuration)?;
    let server = Server::of(&args.server).map_err(Failure::Configuration)?;
    Ok(print::text(&ask(&server, &request, now).await?, args.format))
}

/// Asks the question, and makes a table of the answer.
async fn ask(server: &Server, request: &Request, now: EventTime) -> anyhow::Result<Table> {
    server.client().wait_ready().await.context("wait for InfluxDB")?;
    let records = records(server.client(), request.text()).await.with_context(|| {
        let prefix = request.scope.buckets.prefix();
        format!("ask InfluxDB: buckets of --prefix {prefix} are made by `adx influx init`; where no task sums, --reading shards reads what the sink wrote")
    })?;
    shape::shape(&request.question, &records, now)
}

async fn records(client: &InfluxClient, flux: &str) -> anyhow::Result<Vec<Record>> {
    let mut records = Vec::new();
    let each = |row: Row<'_>| {
        if records.len() <= ROWS_MAX {
            let filled = row.cells().filter(|cell| !cell.text.is_empty());
            records.push(filled.map(|cell| (cell.label.to_owned(), cell.text.to_owned())).collect::<Record>());
        }
        Ok(())
    };
    client.rows(flux, each).await?;
    if records.len() > ROWS_MAX {
        bail!("more than {ROWS_MAX} rows: ask for a shorter range, for longer windows (--every), or for one campaign");
    }
    Ok(records)
}

#[allow(clippy::disallowed_methods, reason = "a report on the last day is one on the day before now")]
fn now() -> anyhow::Result<EventTime> {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).context("read the clock")?;
    let ms = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
    EventTime::from_ms(ms).context("the clock of this machine is not in this century")
}
