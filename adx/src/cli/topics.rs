//! The arguments of `adx topics`, and of all commands that name a cluster.

use std::path::PathBuf;
use std::time::Duration;

use adx_publisher::{Cluster, ProfileError};
use clap::{Args, Subcommand};

use super::AttributionArgs;
use crate::topics::Windows;

/// Set up the topics of fluvio-topics.yaml and the SmartModules.
///
/// Example: adx topics diff --cluster 127.0.0.1:9003 && echo nothing to do
#[derive(Debug, Subcommand)]
pub enum TopicsCommand {
    /// Create what is missing; replace SmartModules of other bytes; refuse what cannot be changed.
    ///
    /// May be repeated: what is there as declared is left alone, and nothing is ever deleted. SmartModules are named for the version of
    /// their rules (adx-…-v1); one that has other bytes is another build of them and is replaced, for all streams opened from then on.
    /// Exit code 1 where the cluster is not as declared in the end.
    Apply(OnClusterArgs),
    /// Show what `apply` would change, and what it cannot change; exit code 1 where there is any.
    Diff(OnClusterArgs),
    /// Write files for the stock tools, one per topic and a directory per SmartModule.
    ///
    /// `fluvio topic create --config DIR/topics/NAME.yaml`; `fluvio smartmodule create NAME --wasm-file DIR/smartmodules/NAME/NAME.wasm`,
    /// or `smdk load --wasm-file NAME.wasm` in DIR/smartmodules/NAME.
    Render(RenderArgs),
}

/// Which cluster; the current profile of Fluvio where none is named, as the `fluvio` CLI does.
#[derive(Debug, Clone, Default, Args)]
pub struct ClusterArgs {
    /// Address of the cluster's SC.
    #[arg(long, value_name = "HOST:PORT", value_parser = address)]
    pub cluster: Option<String>,
    /// A profile of Fluvio's own profile file (FLV_PROFILE_PATH, or ~/.fluvio/config).
    #[arg(long, value_name = "NAME", conflicts_with = "cluster")]
    pub profile: Option<String>,
}

impl ClusterArgs {
    /// Whether a cluster is named.
    pub fn is_given(&self) -> bool {
        self.cluster.is_some() || self.profile.is_some()
    }

    /// The cluster named, else that of the current profile.
    pub fn resolve(&self) -> Result<Cluster, ProfileError> {
        match &self.cluster {
            Some(address) => Ok(Cluster::new(address)),
            None => Cluster::of_profile(self.profile.as_deref()),
        }
    }
}

/// Which topics, and how far they must reach back.
#[derive(Debug, Args)]
pub struct TopicsFileArgs {
    /// Topics in place of the built-in fluvio-topics.yaml: Fluvio's own topic configurations, separated by `---`.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The raw topics must reach back as far.
    #[command(flatten)]
    pub attribution: AttributionArgs,
    /// How late a record may come: they must reach back twice as far besides.
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = humantime::parse_duration)]
    pub lateness: Duration,
}

impl TopicsFileArgs {
    pub fn windows(&self) -> Windows {
        Windows {
            click: self.attribution.click_window,
            conversion: self.attribution.conversion_window,
            view: self.attribution.view_window,
            lateness: self.lateness,
        }
    }
}

#[derive(Debug, Args)]
pub struct OnClusterArgs {
    #[command(flatten)]
    pub cluster: ClusterArgs,
    #[command(flatten)]
    pub topics: TopicsFileArgs,
    /// How long to wait for a cluster that does not answer.
    #[arg(long, value_name = "SPAN", default_value = "60s", value_parser = humantime::parse_duration)]
    pub wait: Duration,
}

#[derive(Debug, Args)]
pub struct RenderArgs {
    /// Directory for the files; made if it is not there, files of the same names are replaced.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    #[command(flatten)]
    pub topics: TopicsFileArgs,
}

fn address(text: &str) -> Result<String, String> {
    let (host, port) = text.rsplit_once(':').ok_or("not of the form HOST:PORT, for example 127.0.0.1:9003")?;
    match (host.is_empty(), port.parse::<u16>()) {
        (false, Ok(port)) if port > 0 => Ok(text.to_owned()),
        _ => Err("not of the form HOST:PORT, for example 127.0.0.1:9003".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_port() {
        for good in ["127.0.0.1:9003", "sc.example.org:1", "[::1]:9003"] {
            assert_eq!(address(good), Ok(good.to_owned()));
        }
        for bad in ["", "host", ":9003", "host:", "host:x", "host:0", "host:70000", "http://host:9003/"] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_goes_before_profiles() {
        let args = ClusterArgs { cluster: Some("h:1".to_owned()), profile: None };
        assert_eq!(args.resolve().unwrap().endpoint(), "h:1");
        assert!(args.is_given() && !ClusterArgs::default().is_given());
    }
}
