//! Clusters as Fluvio's own profile file names them: what `fluvio profile add` writes and the `fluvio` CLI reads.

use std::path::{Path, PathBuf};

use fluvio::config::{Config, ConfigFile};

use crate::cluster::Cluster;
use crate::error::Cause;

/// Names the profile file in place of the one below the home directory, for the stock client too.
const PATH_VARIABLE: &str = "FLV_PROFILE_PATH";
const DEFAULT_PATH: &str = "~/.fluvio/config";

/// Why there is no cluster to be had from the profile file.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error(
        "read Fluvio's profile file {}: make one with `fluvio profile add NAME HOST:PORT`, or name the cluster by its address", path.display()
    )]
    Unreadable { path: PathBuf, source: Cause },
    #[error("there is no profile \"{profile}\" in {}; it has: {known}", path.display())]
    NoProfile { path: PathBuf, profile: String, known: String },
    #[error("{} has no current profile: choose one with `fluvio profile switch NAME`, or name profile or address", path.display())]
    NoCurrent { path: PathBuf },
    #[error("profile \"{profile}\" in {} is for the cluster \"{cluster}\", which is not there: add it with `fluvio profile add`", path.display())]
    NoCluster { path: PathBuf, profile: String, cluster: String },
    #[error(
        "the profile of {endpoint} asks for TLS, which this program was built without: build it with the feature `tls`"
    )]
    TlsNotBuiltIn { endpoint: String },
}

impl Cluster {
    /// The cluster of a profile, or of the current one, as the `fluvio` CLI finds it.
    pub fn of_profile(profile: Option<&str>) -> Result<Self, ProfileError> {
        let path = std::env::var_os(PATH_VARIABLE).map_or_else(|| PathBuf::from(DEFAULT_PATH), PathBuf::from);
        // Without a path of its own the stock client looks itself, and knows the home directory.
        of_file(ConfigFile::load(None), &path, profile)
    }
}

fn of_file(
    file: Result<ConfigFile, fluvio::FluvioError>,
    path: &Path,
    profile: Option<&str>,
) -> Result<Cluster, ProfileError> {
    let path = path.to_owned();
    match file {
        Ok(file) => of_profiles(file.config(), path, profile),
        Err(source) => Err(ProfileError::Unreadable { path, source: source.into() }),
    }
}

fn of_profiles(config: &Config, path: PathBuf, wanted: Option<&str>) -> Result<Cluster, ProfileError> {
    let Some(name) = wanted.or_else(|| config.current_profile_name()) else {
        return Err(ProfileError::NoCurrent { path });
    };
    let profile = name.to_owned();
    let Some(found) = config.profile(name) else {
        return Err(ProfileError::NoProfile { path, profile, known: known(config) });
    };
    match config.cluster(&found.cluster) {
        Some(cluster) => Cluster::of_config(cluster.clone()),
        None => Err(ProfileError::NoCluster { path, profile, cluster: found.cluster.clone() }),
    }
}

fn known(config: &Config) -> String {
    let mut names: Vec<_> = config.profile.keys().map(String::as_str).collect();
    names.sort_unstable();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_file(path: &Path, profile: Option<&str>) -> Result<Cluster, ProfileError> {
        of_file(ConfigFile::load(Some(path.to_string_lossy().into_owned())), path, profile)
    }

    const PROFILES: &str = r#"
        version = "2.0"
        current_profile = "laptop"
        [profile.laptop]
        cluster = "local"
        [profile.production]
        cluster = "core"
        [profile.broken]
        cluster = "gone"
        [cluster.local]
        endpoint = "127.0.0.1:9003"
        [cluster.local.tls]
        tls_policy = "disabled"
        [cluster.core]
        endpoint = "sc.example.org:9003"
        use_spu_local_address = true
        [cluster.core.tls]
        tls_policy = "verified"
        tls_source = "inline"
        [cluster.core.tls.certs]
        domain = "example.org"
        key = "k"
        cert = "c"
        ca_cert = "a"
    "#;

    fn told(text: &str, profile: Option<&str>) -> Result<String, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        std::fs::write(&path, text).unwrap();
        let cluster = in_file(&path, profile);
        let shortened = |error: ProfileError| error.to_string().replace(&path.display().to_string(), "FILE");
        cluster.map(|cluster| cluster.endpoint().to_owned()).map_err(shortened)
    }

    #[test]
    fn the_current_profile_or_the_named_one_gives_the_cluster() {
        assert_eq!(told(PROFILES, None), Ok("127.0.0.1:9003".to_owned()));
        assert_eq!(told(PROFILES, Some("laptop")), Ok("127.0.0.1:9003".to_owned()));
    }

    #[test]
    fn a_profile_with_tls_needs_tls_built_in() {
        let cluster = told(PROFILES, Some("production"));
        if cfg!(feature = "tls") {
            assert_eq!(cluster, Ok("sc.example.org:9003".to_owned()));
        } else {
            let refused = cluster.unwrap_err();
            assert!(refused.contains("sc.example.org:9003") && refused.contains("feature `tls`"), "{refused}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let empty = "version = \"2.0\"\n[profile]\n[cluster]\n";
        for (text, profile, expected) in [
            (PROFILES, Some("prod"), "no profile \"prod\" in FILE; it has: broken, laptop, production"),
            (PROFILES, Some("broken"), "the cluster \"gone\", which is not there"),
            (empty, None, "FILE has no current profile"),
            (empty, Some("x"), "it has: none"),
            ("version = ", None, "read Fluvio's profile file FILE"),
        ] {
            let refused = told(text, profile).unwrap_err();
            assert!(refused.contains(expected), "{refused}");
        }
        let nowhere = in_file(Path::new("/nowhere/config"), None).unwrap_err();
        assert!(matches!(nowhere, ProfileError::Unreadable { .. }), "{nowhere}");
    }
}
