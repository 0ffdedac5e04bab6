//! `adx influx`: buckets, tasks and dashboard of an InfluxDB.

mod declared;
mod diff;
mod found;
mod plan;
mod series;
pub mod server;
mod template;

use anyhow::{Context, ensure};

use crate::cli::influx::{InfluxCommand, InfluxSchemaArgs};
use crate::ending::{Ending, Failure};
use crate::run::print_all;
use declared::Declared;
use found::Found;
use plan::{Plan, Retention};
use series::Expectation;
use server::Server;

pub fn main(command: InfluxCommand) -> Result<Ending, Failure> {
    match command {
        InfluxCommand::Init(args) => {
            let retention = if args.shorten_retention { Retention::AsDeclared } else { Retention::NeverShorter };
            on_server(&args.schema, async |schema| schema.init(retention).await)
        }
        InfluxCommand::Status(args) => on_server(&args, async |schema| schema.status().await),
    }
}

fn on_server(
    args: &InfluxSchemaArgs,
    work: impl AsyncFnOnce(Schema) -> anyhow::Result<Ending>,
) -> Result<Ending, Failure> {
    let server = Server::of(&args.server).map_err(Failure::Configuration)?;
    let expectation = Expectation::of(&args.extent).map_err(Failure::Configuration)?;
    let declared = Declared::of(&args.buckets.prefix);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    Ok(runtime.block_on(work(Schema { server, declared, expectation }))?)
}

/// A server, and what it is to have.
struct Schema {
    server: Server,
    declared: Declared,
    expectation: Expectation,
}

impl Schema {
    async fn status(&self) -> anyhow::Result<Ending> {
        let plan = self.plan(Retention::NeverShorter).await?;
        let series = self.expectation.compare(&self.server, &self.declared).await?;
        print_all(&(self.told(&plan) + &series.to_string())).context("print the differences")?;
        Ok(if plan.is_as_declared() && !series.is_too_much() { Ending::Done } else { Ending::Differs })
    }

    async fn init(&self, retention: Retention) -> anyhow::Result<Ending> {
        let series = self.expectation.compare(&self.server, &self.declared).await?;
        print_all(&series.to_string()).context("print how many series to expect; nothing was made")?;
        series.refuse_too_many()?;
        let plan = self.plan(retention).await?;
        for change in &plan.changes {
            self.server.make(change).await.with_context(|| format!("could not do: {change}"))?;
        }
        if let Some(stack) = plan.stack_to_apply() {
            let stack = self.server.ensure_stack(stack, &self.declared.stack).await?;
            self.server.apply(&self.declared, &stack).await?;
        }
        print_all(&self.told(&plan)).context("print what was changed; it is")?;
        self.check_again(retention).await?;
        Ok(if plan.left_alone.is_empty() { Ending::Done } else { Ending::Differs })
    }

    /// Looks again: an answer says less of what became of it.
    async fn check_again(&self, retention: Retention) -> anyhow::Result<()> {
        let left = self.plan(retention).await?.changes;
        let lines: String = left.iter().map(|change| format!("\n{change}")).collect();
        ensure!(left.is_empty(), "{} took it all, and still differs:{lines}", self.server.url());
        Ok(())
    }

    async fn plan(&self, retention: Retention) -> anyhow::Result<Plan> {
        let found = Found::at(&self.server, &self.declared).await?;
        Ok(Plan::of(&self.declared, &found, retention))
    }

    /// The plan, a line for each difference.
    fn told(&self, plan: &Plan) -> String {
        if plan.is_as_declared() {
            return format!("{} has buckets, tasks and dashboard as declared\n", self.server.url());
        }
        let changes = plan.changes.iter().map(|change| format!("{change}\n"));
        changes.chain(plan.left_alone.iter().map(|longer| format!("{longer}\n"))).collect()
    }
}
