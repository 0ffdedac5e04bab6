//! `adx topics`: the topics of `fluvio-topics.yaml` and the SmartModules on a cluster.

pub mod cluster;
pub mod declared;
mod plan;
mod render;
mod settings;
mod windows;

use std::time::Duration;

use adx_events::offset::PartitionCount;
use adx_publisher::Cluster;
use adx_smartmodules::modules;
use anyhow::{Context, anyhow, ensure};
use tracing::warn;

use crate::cli::topics::{OnClusterArgs, RenderArgs, TopicsCommand, TopicsFileArgs};
use crate::ending::{Ending, Failure};
use crate::run::print_all;
use cluster::Wanted;
use declared::Declaration;
pub use plan::{Change, Obstacle, Plan};
pub use windows::Windows;

pub fn main(command: TopicsCommand) -> Result<Ending, Failure> {
    match command {
        TopicsCommand::Apply(args) => on_cluster(&args, async |wanted, cluster| apply(&args, wanted, cluster).await),
        TopicsCommand::Diff(args) => on_cluster(&args, async |wanted, cluster| diff(&args, wanted, cluster).await),
        TopicsCommand::Render(args) => render(&args),
    }
}

/// Checks all that can be refused before the cluster is asked, then asks it.
fn on_cluster(
    args: &OnClusterArgs,
    work: impl AsyncFnOnce(Wanted, Cluster) -> anyhow::Result<Ending>,
) -> Result<Ending, Failure> {
    let cluster = args.cluster.resolve().context("find the cluster").map_err(Failure::Configuration)?;
    let topics = declaration(&args.topics)?.topics();
    let wanted = Wanted { topics, modules: modules().to_vec(), replace_modules: true };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    Ok(runtime.block_on(work(wanted, cluster))?)
}

fn declaration(args: &TopicsFileArgs) -> Result<Declaration, Failure> {
    let file = args.file.as_deref();
    let read = Declaration::read(file)
        .and_then(|declaration| declaration.check_retention(file, &args.windows()).map(|()| declaration));
    read.context("the topics are refused").map_err(Failure::Configuration)
}

async fn diff(args: &OnClusterArgs, wanted: Wanted, cluster: Cluster) -> anyhow::Result<Ending> {
    let plan = wanted.plan(&cluster, args.wait).await?;
    let mut text: String = plan.changes.iter().map(|change| format!("{change}\n")).collect();
    text += &lines(&plan.obstacles);
    if plan.is_empty() {
        text += &format!("{} has everything as declared\n", cluster.endpoint());
    }
    print_all(&text).context("print the differences")?;
    Ok(if plan.is_empty() { Ending::Done } else { Ending::Differs })
}

async fn apply(args: &OnClusterArgs, wanted: Wanted, cluster: Cluster) -> anyhow::Result<Ending> {
    let mut made = 0;
    let plan = wanted
        .apply(&cluster, args.wait, |change| {
            made += 1;
            // Who no longer reads what is done has it done all the same.
            let _ = print_all(&format!("{change}\n"));
        })
        .await?;
    if plan.forbidden().is_some() {
        return Err(anyhow!("{}", lines(&plan.obstacles).trim_end()))
            .with_context(|| format!("refused by what is at {}, nothing was changed", cluster.endpoint()));
    }
    let mut text = lines(&plan.obstacles);
    if made == 0 && plan.obstacles.is_empty() {
        text += &format!("{} has everything as declared\n", cluster.endpoint());
    }
    print_all(&text).context("print what could not be changed")?;
    Ok(if plan.obstacles.is_empty() { Ending::Done } else { Ending::Differs })
}

fn lines(obstacles: &[Obstacle]) -> String {
    obstacles.iter().map(|obstacle| format!("{obstacle}\n")).collect()
}

fn render(args: &RenderArgs) -> Result<Ending, Failure> {
    let files = render::render(&declaration(&args.topics)?, &modules(), &args.out)?;
    let text: String = files.iter().map(|file| format!("{}\n", file.display())).collect();
    print_all(&text).context("print the names of the files; they are written")?;
    Ok(Ending::Done)
}

/// How many partitions the project's own file gives each raw topic, which are the sink's shards.
pub fn declared_partitions() -> anyhow::Result<u64> {
    let topics = Declaration::read(None)?.topics();
    let raw = topics.iter().find(|topic| topic.name == adx_events::topic::Topic::Impressions.name());
    Ok(raw.map_or(1, |topic| u64::from(topic.spec.partitions())))
}

/// Creates what a run needs under names of its own, the raw topics with the given partition count; a SmartModule that is there is left as it is.
pub async fn create_for_run(
    cluster: &Cluster,
    partitions: PartitionCount,
    named: impl Fn(&str) -> String,
    give_up_after: Duration,
) -> anyhow::Result<()> {
    let topics = Declaration::read(None)?.for_run(partitions.get(), named);
    let wanted = Wanted { topics, modules: modules().to_vec(), replace_modules: false };
    let plan = wanted.apply(cluster, give_up_after, |_| ()).await?;
    ensure!(plan.obstacles.is_empty(), "the topics of the run are there, and not of it:\n{}", lines(&plan.obstacles));
    for change in plan.changes {
        if let Change::ReplaceModule { key, .. } = change {
            warn!(
                endpoint = cluster.endpoint(),
                module = key,
                "it has other bytes than this program's, and is used as it is"
            );
        }
    }
    Ok(())
}
