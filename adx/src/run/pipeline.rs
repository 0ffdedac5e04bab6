//! Edge, topics, sink and InfluxDB of one run, from the first thing made on the servers to the read-back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use adx_correlation::Counts;
use adx_edge::batch::{Sinks, publish_directory};
use adx_edge::files::Unreadable;
use adx_edge::source::EdgeId;
use adx_events::topic::Topic;
use adx_influx::RefusedFile;
use adx_publisher::{Limits, Publisher};
use adx_sink::reader::ModuleCall;
use adx_sink::{LogEnds, PointsWritten, Report};
use anyhow::{Context, anyhow, ensure};
use tokio::sync::watch;

use super::plan::Plan;
use super::results::{Results, read_back};
use super::servers::Servers;
use crate::ending::Ending;
use crate::interrupt::Interrupts;
use crate::output::ledger::{Account, Ledger};
use crate::progress::Bar;
use crate::topics;

/// Name under which the edge numbers its sources.
const EDGE: &str = "adx-run";
/// Where points are kept that InfluxDB refuses for good.
const REFUSED_POINTS: &str = "refused-points.lp";
/// How long the edge or the sink may go without any success before the run fails.
const GIVE_UP_AFTER: Duration = Duration::from_secs(120);

/// What came of a run.
#[derive(Debug)]
pub struct Finished {
    pub ledger: Ledger,
    /// Records that came again because the edge did not know whether they were stored.
    pub resends: u64,
    /// Bytes of the sink's state at its end, an estimate.
    pub state_bytes: u64,
    pub results: Results,
    pub warnings: Vec<String>,
    pub unreadable: Vec<Unreadable>,
    /// What is left on real servers because it was to be kept.
    pub kept: Option<String>,
}

impl Finished {
    pub fn ending(&self) -> Ending {
        match (self.unreadable.is_empty(), self.ledger.balances()) {
            (_, false) => Ending::Unbalanced,
            (false, true) => Ending::ReadInPart,
            (true, true) => Ending::Done,
        }
    }

    /// What a person should know beside the table.
    pub fn problems(&self) -> impl Iterator<Item = String> + '_ {
        let warnings = self.warnings.iter().map(|warning| format!("warning: {warning}"));
        let unreadable = self.unreadable.iter().map(|file| {
            format!(
                "error: {} was not read whole: {}; what could be read is counted: mend the file and run again",
                file.path.display(),
                file.error
            )
        });
        let unbalanced =
            (!self.ledger.balances()).then(|| "error: the ledger does not balance, see ledger.json: run again, and keep the input and the results to report it".to_owned());
        warnings.chain(unreadable).chain(unbalanced).chain(self.kept.clone())
    }
}

/// Runs the plan, and removes what it made on real servers however it ends. Dropping it on the way leaves that.
pub async fn run(plan: &Plan, bar: &Bar) -> anyhow::Result<Finished> {
    let mut interrupts = Interrupts::catch()?;
    let servers = Servers::start(&plan.servers, &plan.out, GIVE_UP_AFTER).await?;
    let finished = interrupts.end(Box::pin(on_servers(plan, &servers, bar))).await;
    let ended = interrupts.end(Box::pin(servers.end())).await;
    match (finished, ended) {
        (Ok(finished), Ok(kept)) => Ok(Finished { kept, ..finished }),
        (Ok(_), Err(left)) => Err(left.context("the results are written, but something is left on the servers")),
        (Err(error), Ok(None)) => Err(error),
        (Err(error), Ok(Some(kept))) => Err(error.context(format!("the run failed ({kept})"))),
        (Err(error), Err(left)) => Err(anyhow!("{error:#}; and then failed to {left:#}")),
    }
}

/// Runs the plan in topics and a bucket of its own.
async fn on_servers(plan: &Plan, servers: &Servers, bar: &Bar) -> anyhow::Result<Finished> {
    // Only now: the servers have made sure that no other run writes here.
    remove_old_refused_points(plan)?;
    servers.make_bucket().await?;
    topics::create_for_run(
        &servers.cluster,
        plan.correlation.partitions,
        |topic| servers.name.topic(topic),
        GIVE_UP_AFTER,
    )
    .await?;
    let (tell_ends, ends) = watch::channel(None);
    let taken = Arc::new(AtomicU64::new(0));
    let settings = sink_settings(plan, servers, taken.clone());
    let sink = adx_sink::run_to_end(settings, ends);
    let edge = produce(plan, servers, tell_ends, bar, &taken);
    // Either failing ends the run: the other would wait for ever.
    let (produced, report) = tokio::try_join!(edge, async { sink.await.context("run the sink") })?;
    bar.say("reading back".to_owned());
    let results = read_back(&plan.out, servers, report.dead_letters_end, GIVE_UP_AFTER).await?;
    check_nothing_was_lost_behind_the_sink(&report, &results, &refused_points(plan))?;
    let ledger = Ledger::new(|topic| account(topic, &produced, &report));
    ledger.write(&plan.out)?;
    let state_bytes = report.state_bytes;
    let resends = report.counts.iter().map(|counts| counts.resends).sum();
    let Produced { warnings, unreadable, .. } = produced;
    Ok(Finished { ledger, resends, state_bytes, results, warnings, unreadable, kept: None })
}

/// What was written must be what is read back, point for point and letter for letter.
fn check_nothing_was_lost_behind_the_sink(
    report: &Report,
    results: &Results,
    refused_points: &RefusedFile,
) -> anyhow::Result<()> {
    let (points, letters) = (results.points as u64, results.dead_letters);
    let PointsWritten { stored, refused, first_refusal } = &report.points;
    ensure!(
        *refused == 0,
        "InfluxDB refused {refused} of {} points for good, the first as {}; they are in {}: mend what it says there, and run again",
        stored + refused,
        first_refusal.as_deref().unwrap_or("unknown"),
        refused_points.path.display()
    );
    ensure!(points == *stored, "{stored} points were written to InfluxDB and {points} are there: run again");
    let rejected: u64 = report.counts.iter().map(|counts| counts.rejected).sum();
    ensure!(
        letters == rejected,
        "{rejected} records were rejected and {letters} dead letters are in their topic: run again"
    );
    Ok(())
}

fn account(topic: Topic, produced: &Produced, report: &Report) -> Account {
    let counts: &Counts = &report.counts[topic.index()];
    Account::new(produced.read[topic.index()], counts)
}

fn sink_settings(plan: &Plan, servers: &Servers, taken: Arc<AtomicU64>) -> adx_sink::Settings {
    adx_sink::Settings {
        cluster: servers.cluster.clone(),
        topics: Topic::ALL.map(|topic| servers.name.topic(topic.name())),
        chains: Topic::ALL.map(|topic| chain(topic, &plan.currency)),
        dead_letters_topic: servers.name.topic(adx_sink::dead_letter::TOPIC),
        correlation: plan.correlation.clone(),
        catalogue: plan.catalogue.clone(),
        influx: servers.influx.clone(),
        refused_points: refused_points(plan),
        give_up_after: GIVE_UP_AFTER,
        taken,
    }
}

/// Beside the results; there only when there are such points.
fn refused_points(plan: &Plan) -> RefusedFile {
    RefusedFile::new(plan.out.join(REFUSED_POINTS))
}

/// Refused points of an earlier run are not this one's.
fn remove_old_refused_points(plan: &Plan) -> anyhow::Result<()> {
    let path = refused_points(plan).path;
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}, left by an earlier run", path.display()))
        }
        _ => Ok(()),
    }
}

/// The topic's own module, which does the work of `dedupe` in the same pass and gives blocks: what every record costs on the way is paid once for many.
fn chain(topic: Topic, currency: &str) -> Vec<ModuleCall> {
    let standardise = match topic {
        Topic::Impressions => adx_smartmodules::IMPRESSIONS,
        Topic::Clicks => adx_smartmodules::CLICKS,
        Topic::Bids => adx_smartmodules::BIDS,
    };
    let params = [("currency", currency), ("dedupe", "true"), ("form", "block")];
    vec![call(standardise, params.map(|(name, value)| (name.to_owned(), value.to_owned())))]
}

/// A module as it is named on the cluster.
pub fn call<const N: usize>(module: adx_smartmodules::Module, params: [(String, String); N]) -> ModuleCall {
    ModuleCall { name: module.name.to_owned(), params: params.into() }
}

/// What the edge did.
struct Produced {
    read: [u64; Topic::ALL.len()],
    warnings: Vec<String>,
    unreadable: Vec<Unreadable>,
}

/// Publishes the whole input, then tells the sink where the logs end.
async fn produce(
    plan: &Plan,
    servers: &Servers,
    tell_ends: watch::Sender<Option<Arc<LogEnds>>>,
    bar: &Bar,
    taken: &AtomicU64,
) -> anyhow::Result<Produced> {
    let partitions = plan.correlation.partitions;
    let limits = Limits { give_up_after: GIVE_UP_AFTER, ..Limits::default() };
    let open = async |topic: Topic| {
        let name = servers.name.topic(topic.name());
        let publisher = Publisher::connect(servers.cluster.clone(), &name, partitions, limits.clone()).await;
        publisher.with_context(|| format!("open topic {name}"))
    };
    let sinks = Sinks {
        impressions: open(Topic::Impressions).await?,
        clicks: open(Topic::Clicks).await?,
        bids: open(Topic::Bids).await?,
    };
    let edge = EdgeId::new(EDGE).context("name the edge")?;
    let published = [const { AtomicU64::new(0) }; Topic::ALL.len()];
    let progress = |topic: Topic, records| {
        published[topic.index()].store(records, Ordering::Relaxed);
        let read: u64 = published.iter().map(|n| n.load(Ordering::Relaxed)).sum();
        bar.say(format!("{read} records published, {} counted", taken.load(Ordering::Relaxed)));
    };
    let (report, sinks) =
        publish_directory(&plan.input, &edge, partitions, sinks, progress).await.context("publish the input")?;
    let ends = [sinks.impressions.finish().await?, sinks.clicks.finish().await?, sinks.bids.finish().await?];
    // The sink ends only when it is told; where it has stopped, its own error is the one to tell.
    let _ = tell_ends.send(Some(Arc::new(ends)));
    Ok(Produced { read: report.read, warnings: report.warnings, unreadable: report.unreadable })
}
