//! The address of a server, checked before anything is sent there.

use reqwest::Url;

use super::InfluxError;

/// The URL of a server: a host, a port, and no more, since `influxdb2` drops a path.
pub(super) fn of(text: &str) -> Result<Url, InfluxError> {
    let refused = || InfluxError::Url { url: without_credentials(text) };
    let url = Url::parse(text).map_err(|_| refused())?;
    let bare = url.has_host() && url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let named = !url.username().is_empty() || url.password().is_some();
    match url.scheme() {
        "http" | "https" if !bare || named => Err(refused()),
        "http" => Ok(url),
        "https" if cfg!(feature = "tls") => Ok(url),
        "https" => Err(InfluxError::NoTls { url: text.to_owned() }),
        _ => Err(refused()),
    }
}

/// A password does not belong there, and not into a message either.
fn without_credentials(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_named_by_host_and_port_alone() {
        for good in ["http://127.0.0.1:8086", "http://influx.example/", "http://[::1]:8086"] {
            assert!(of(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "127.0.0.1:8086",
            "unix:/x",
            "http://h/influx",
            "http://h/?org=x",
            "http://h/#x",
            "https://h/influx",
            "http://me:secret@h",
            "ftp://h",
        ] {
            let error = of(bad).expect_err(bad).to_string();
            assert!(error.contains("http://HOST:PORT") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn https_needs_a_program_built_for_it() {
        let https = of("https://influx.example:8086");
        match https {
            Ok(url) => assert!(cfg!(feature = "tls") && url.scheme() == "https"),
            Err(error) => {
                assert!(cfg!(not(feature = "tls")) && error.to_string().contains("--features tls"), "{error}")
            }
        }
    }
}
