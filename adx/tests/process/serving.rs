//! An `adx local` at work in a process of its own.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Output};

use crate::{PATIENCE, TOKEN, adx};

/// The process, and where its servers are. It is killed when this is dropped.
pub struct Serving {
    child: Option<Child>,
    pub sc: String,
    pub spu: String,
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
        let told = child.stdout.take().unwrap();
        let reading = tokio::task::spawn_blocking(|| addresses(told));
        let read = tokio::time::timeout(PATIENCE, reading).await.expect("it says where it is").unwrap();
        let Some([sc, spu, influx]) = read else {
            panic!("it ended before it was ready: {}", said(&mut child));
        };
        Self { child: Some(child), sc, spu, influx }
    }

    /// Ends it by a signal and gives what it said.
    pub async fn end(mut self, signal: &str) -> Output {
        crate::end(self.child.take().unwrap(), signal).await
    }

    /// Ends it by SIGKILL and gives what it said on stderr.
    pub fn kill(mut self) -> String {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        said(&mut child)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The SC's, the SPU's and InfluxDB's, or `None` if it ends before.
fn addresses(told: ChildStdout) -> Option<[String; 3]> {
    let mut fluvio = None;
    for line in BufReader::new(told).lines() {
        let line = line.unwrap();
        if let Some(found) = line.strip_prefix("Fluvio    SC ") {
            let (sc, found) = found.split_once(", SPU ").unwrap();
            fluvio = Some((sc.to_owned(), found.split_once(';').unwrap().0.to_owned()));
        } else if let (Some((sc, spu)), Some(found)) = (&fluvio, line.strip_prefix("InfluxDB  ")) {
            return Some([sc.clone(), spu.clone(), found.split_once(',').unwrap().0.to_owned()]);
        }
    }
    None
}

fn said(child: &mut Child) -> String {
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    said
}
