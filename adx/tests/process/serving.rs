//! An `adx local` at work in a process of its own.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Output};

use crate::{PATIENCE, TOKEN, adx};

/// The process, and where its servers are. It is killed when this is dropped.
pub struct Serving {
    child: Child,
    pub sc: String,
    pub influx: String,
}

impl Serving {
    /// Starts it on ports that are free, and waits until it says where they are.
    pub async fn start(data: Option<&Path>) -> Self {
        let mut command = adx();
        command.args(["local", "--port", "0", "--influx-port", "0"]).env("INFLUX_TOKEN", TOKEN);
        if let Some(data) = data {
            command.args([OsStr::new("--data"), data.as_os_str()]);
        }
        let mut child = command.spawn().unwrap();
        let told = BufReader::new(child.stdout.take().unwrap());
        let reading = tokio::task::spawn_blocking(|| {
            let (mut sc, mut influx) = (None, None);
            for line in told.lines() {
                let line = line.unwrap();
                sc = sc.or_else(|| Some(line.strip_prefix("Fluvio    SC ")?.split_once(',')?.0.to_owned()));
                influx = influx.or_else(|| Some(line.strip_prefix("InfluxDB  ")?.split_once(',')?.0.to_owned()));
                if let (Some(sc), Some(influx)) = (&sc, &influx) {
                    return Some((sc.clone(), influx.clone()));
                }
            }
            None
        });
        let Some((sc, influx)) = tokio::time::timeout(PATIENCE, reading).await.expect("it says where it is").unwrap()
        else {
            let mut why = String::new();
            child.stderr.take().unwrap().read_to_string(&mut why).unwrap();
            panic!("it ended before it was ready: {why}");
        };
        Self { child, sc, influx }
    }

    /// Ends it by a signal and gives what it said.
    pub async fn end(mut self, signal: &str) -> Output {
        let child = std::mem::replace(&mut self.child, adx().arg("--version").spawn().unwrap());
        crate::end(child, signal).await
    }

    /// Ends it as a machine that runs out of memory does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
