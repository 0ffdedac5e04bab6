//! `adx local`: the stand-ins alone, until a signal ends them.

use std::io::ErrorKind;

use adx_local_fluvio::{DataError, LocalFluvio, StartError};
use adx_local_influx::{Account, LocalInflux};
use anyhow::Context;

use crate::access::TOKEN_VARIABLE;
use crate::cli::local::LocalArgs;
use crate::ending::{Ending, Failure};
use crate::interrupt::Interrupts;
use crate::progress::Bar;
use crate::run::name::random_hex;
use crate::run::print_all;

/// Where `fluvio cluster start` has its first SPU.
const SPU_PORT: u16 = 9010;
const ORG: &str = "advertisex";
const BUCKET: &str = "live";

pub fn main(args: LocalArgs) -> Result<Ending, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(Box::pin(serve(&args)))?;
    Ok(Ending::Done)
}

async fn serve(args: &LocalArgs) -> anyhow::Result<()> {
    let mut interrupts = Interrupts::catch()?;
    let bar = Bar::open("starting the local stand-ins");
    let started = interrupts.end(Box::pin(Local::start(args))).await;
    bar.finish();
    let local = started?;
    let told = print_all(&local.described(args)).context("print where the local stand-ins are");
    if told.is_ok() {
        interrupts.next().await;
    }
    local.end().await;
    told
}

/// The stand-ins at work.
struct Local {
    fluvio: LocalFluvio,
    influx: LocalInflux,
    token: Token,
}

impl Local {
    /// InfluxDB first: what port it is given, the SPU does not take.
    async fn start(args: &LocalArgs) -> anyhow::Result<Self> {
        let token = Token::of(std::env::var(TOKEN_VARIABLE).ok())?;
        let account = Account {
            org: ORG.to_owned(),
            bucket: BUCKET.to_owned(),
            token: token.text().to_owned(),
            read_token: None,
            keeps: None,
        };
        let config = adx_local_influx::Config { port: args.influx_port, account: Some(account), ..Default::default() };
        let influx = LocalInflux::start(config).await;
        let influx =
            influx.context("start the local InfluxDB: end what has its port, or take another (--influx-port)")?;
        let fluvio = start_fluvio(args).await?;
        Ok(Self { fluvio, influx, token })
    }

    async fn end(self) {
        self.fluvio.shutdown().await;
        self.influx.shutdown().await;
    }

    /// Where they are, and what to type to use them.
    fn described(&self, args: &LocalArgs) -> String {
        let (sc, spu, url) = (self.fluvio.endpoint(), self.fluvio.spu_endpoint(), self.influx.url());
        let kept = match &args.data {
            Some(dir) => format!("kept in {}", dir.display()),
            None => "in memory".to_owned(),
        };
        let token = match &self.token {
            Token::Given(_) => format!("token of {TOKEN_VARIABLE}"),
            Token::Drawn(token) => format!("token {token}"),
        };
        let ending = match &args.data {
            Some(_) => "Ctrl-C ends them",
            None => "Ctrl-C ends them, and what they hold",
        };
        format!(
            "Local stand-ins for development, on loopback only; {ending}.\n\n\
             Fluvio    SC {sc}, SPU {spu}; {kept}\n\
             InfluxDB  {url}, organization {ORG}, bucket {BUCKET}, {token}; in memory\n\n    \
             fluvio profile add local {sc} local\n    \
             adx topics apply --cluster {sc}\n    \
             {TOKEN_VARIABLE}=… adx run --cluster {sc} --influx-url {url} --input DIR --out OUT\n\n"
        )
    }
}

/// What InfluxDB asks its clients for.
enum Token {
    /// Secret: never shown.
    Given(String),
    /// Of this process alone.
    Drawn(String),
}

impl Token {
    fn of(given: Option<String>) -> anyhow::Result<Self> {
        match given.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty()) {
            Some(token) => Ok(Self::Given(token)),
            None => random_hex::<16>().map(Self::Drawn).context("draw a token for the local InfluxDB"),
        }
    }

    fn text(&self) -> &str {
        let (Self::Given(token) | Self::Drawn(token)) = self;
        token
    }
}

/// The SPU's port is none that people type: where the usual one is taken, any other does.
async fn start_fluvio(args: &LocalArgs) -> anyhow::Result<LocalFluvio> {
    let usual = if [0, SPU_PORT].contains(&args.port) { 0 } else { SPU_PORT };
    let config = |spu_port| adx_local_fluvio::Config {
        sc_port: args.port,
        spu_port,
        data: args.data.clone(),
        ..Default::default()
    };
    let started = match LocalFluvio::start(config(usual)).await {
        Err(StartError::Listen { role: "SPU", source, .. }) if source.kind() == ErrorKind::AddrInUse => {
            LocalFluvio::start(config(0)).await
        }
        started => started,
    };
    started.map_err(|error| {
        let way_out = way_out(&error);
        anyhow::Error::from(error).context(format!("start the local Fluvio{way_out}"))
    })
}

fn way_out(error: &StartError) -> &'static str {
    match error {
        StartError::Listen { .. } => ": end what has its port, or take another (--port)",
        // The others name theirs themselves.
        StartError::Data(
            DataError::InUse { .. } | DataError::Io { .. } | DataError::Log { .. } | DataError::Stray { .. },
        )
        | StartError::Opening { .. }
        | StartError::ShutDown { .. } => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_given_or_drawn_anew() {
        assert!(matches!(Token::of(Some(" mine\n".to_owned())), Ok(Token::Given(token)) if token == "mine"));
        let drawn = || match Token::of(Some(" ".to_owned())) {
            Ok(Token::Drawn(token)) => token,
            _ => panic!("not drawn"),
        };
        assert_ne!(drawn(), drawn());
    }
}
