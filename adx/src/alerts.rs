//! `adx alerts`: alert rules of one file, rendered, applied to an InfluxDB, and proven on it.

pub mod receiver;
mod render;
pub mod report;
pub mod server;
pub mod story;

use std::path::Path;

use adx_alerts::{Config, Day, Declared, Plan, Scenario, Secrets, scenarios};
use anyhow::{Context, anyhow, ensure};
use tracing::warn;

use crate::access::InfluxAccess;
use crate::cli::alerts::{AlertsCommand, ApplyArgs, RenderArgs, TestArgs};
use crate::ending::{Ending, Failure};
use crate::interrupt::Interrupts;
use crate::progress::Bar;
use crate::run::print_all;
use server::Server;

pub fn main(command: AlertsCommand) -> Result<Ending, Failure> {
    match command {
        AlertsCommand::Render(args) => render(&args),
        AlertsCommand::Apply(args) => apply(&args),
        AlertsCommand::Test(args) => test(&args),
    }
}

/// Reads the configuration, and the plan from beside it.
fn config(file: &Path) -> Result<Config, Failure> {
    let beside = file.parent().unwrap_or(Path::new("")).to_owned();
    let read = || -> anyhow::Result<Config> {
        let text = std::fs::read_to_string(file).with_context(|| {
            format!("read the alert configuration {}: name one with --config; alerts/alerts.toml of the sources is one to begin with", file.display())
        })?;
        let parsed = Config::parse(&text, |plan| std::fs::read_to_string(beside.join(plan)));
        parsed.with_context(|| format!("{} is refused", file.display()))
    };
    read().map_err(Failure::Configuration)
}

fn render(args: &RenderArgs) -> Result<Ending, Failure> {
    let declared = Declared::of(&config(&args.config.config)?);
    if args.out == Path::new("-") {
        print_all(&render::printed(&declared)).context("print the rules")?;
    } else {
        let files = render::write(&declared, &args.out)?;
        let text: String = files.iter().map(|file| format!("{}\n", file.display())).collect();
        print_all(&text).context("print the names of the files; they are written")?;
    }
    Ok(Ending::Done)
}

fn apply(args: &ApplyArgs) -> Result<Ending, Failure> {
    let config = config(&args.config.config)?;
    let notifies = || -> anyhow::Result<Secrets> {
        ensure!(
            !config.endpoints.is_empty(),
            "{} names no endpoint, so that nobody would hear of any alert: add [endpoints.NAME]",
            args.config.config.display()
        );
        secrets(&Declared::of(&config))
    };
    let secrets = notifies().map_err(Failure::Configuration)?;
    let access = args.server.access().map_err(Failure::Configuration)?;
    let server = Server::new(access.client(&config.buckets.windows, args.server.wait)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    Ok(runtime.block_on(Box::pin(apply_to(&server, &config, &secrets, args)))?)
}

/// Reads what the endpoints need, each from where the configuration says it is.
fn secrets(declared: &Declared) -> anyhow::Result<Secrets> {
    let sources = declared.objects.iter().flat_map(|object| object.secrets());
    sources.map(|source| Ok((source.clone(), server::read_secret(source)?))).collect()
}

async fn apply_to(server: &Server, config: &Config, secrets: &Secrets, args: &ApplyArgs) -> anyhow::Result<Ending> {
    let declared = Declared::of(config);
    if let [only] = config.endpoints.as_slice() {
        warn!(endpoint = only.name, "nobody would be told that it does not take its alerts: name a second endpoint");
    }
    server.check_buckets(&config.buckets).await?;
    server.check_zones(&config.flights).await?;
    let found = server.find().await?;
    let mut plan = Plan::of(&declared, &found);
    if args.renew_secrets {
        plan.renew_secrets(&declared, &found);
    }
    let obstacles: Vec<String> = plan.obstacles.iter().map(ToString::to_string).collect();
    if !obstacles.is_empty() {
        return Err(anyhow!("{}", obstacles.join("\n")))
            .context("refused by what is on the server, nothing was changed");
    }
    if args.dry_run {
        let text: String = plan.changes.iter().map(|change| format!("{change}\n")).collect();
        print_all(&text).context("print the differences")?;
        return Ok(if plan.is_empty() { Ending::Done } else { Ending::Differs });
    }
    // Who no longer reads what is done has it done all the same.
    server.make(&plan, &found, secrets, |change| drop(print_all(&format!("{change}\n")))).await?;
    if plan.is_empty() {
        print_all("all alert rules are as declared\n").context("print that nothing was to do")?;
    }
    Ok(Ending::Done)
}

fn test(args: &TestArgs) -> Result<Ending, Failure> {
    let config = config(&args.config.config)?;
    let access = args.server.access().map_err(Failure::Configuration)?;
    let zero_s = story::noon_of_some_days_ago()?;
    let today = Day::of_seconds(zero_s).context("the day of the scenarios")?;
    let scenarios: Vec<Scenario> =
        scenarios(&config, today).into_iter().filter(|scenario| scenario.name.contains(&args.only)).collect();
    if scenarios.is_empty() {
        let refused = anyhow!("no scenario is named like {:?}, or its rule is off", args.only);
        return Err(Failure::Configuration(refused));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let told = runtime.block_on(Box::pin(test_on(&access, scenarios, zero_s, args)))?;
    print_all(&report::table(&told)).context("print what became of the scenarios")?;
    Ok(if told.iter().all(story::Told::is_right) { Ending::Done } else { Ending::Differs })
}

async fn test_on(
    access: &InfluxAccess,
    scenarios: Vec<Scenario>,
    zero_s: i64,
    args: &TestArgs,
) -> anyhow::Result<Vec<story::Told>> {
    let mut interrupts = Interrupts::catch()?;
    let bar = Bar::of(scenarios.len() as u64, "telling scenarios");
    let mut told = Vec::new();
    for (index, scenario) in scenarios.into_iter().enumerate() {
        bar.set(index as u64);
        let stage = story::Stage::build(access, args, scenario, zero_s).await?;
        let ended = interrupts.end(stage.tell()).await;
        // Whatever became of it, nothing stays.
        told.push(story::both(ended, stage.remove().await)?);
    }
    bar.finish();
    Ok(told)
}
