//! `points.lp`: every point as finally stored, line protocol, sorted.

use std::io::Write;
use std::path::Path;

use adx_influx::Point;
use adx_influx::line_protocol::Line;
use anyhow::Context;

use super::replace::Replacement;

/// The lines of the file. As many as the run has points, which the sink's state bounds.
#[derive(Debug, Default)]
pub struct Lines(Vec<String>);

impl Lines {
    pub fn add(&mut self, point: &Point) -> anyhow::Result<()> {
        let mut line = Line::new(&point.measurement, point.at);
        for (key, value) in &point.tags {
            line = line.tag(key, value);
        }
        for (key, value) in &point.fields {
            line = line.field(key, *value);
        }
        let mut text = String::new();
        line.write_to(&mut text).context("write a point as line protocol")?;
        self.0.push(text);
        Ok(())
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn write(mut self, out: &Path) -> anyhow::Result<()> {
        self.0.sort_unstable();
        let mut file = Replacement::begin(out, "points.lp")?;
        self.0.iter().try_for_each(|line| file.write_all(line.as_bytes())).context("write points.lp")?;
        file.finish()
    }
}
