//! All that was measured, as it is kept.

use serde::Serialize;

use crate::input::Size;
use crate::measure::Figure;
use crate::profile::{self, Share};
use crate::table;

/// The result of a measurement.
#[derive(Debug, Serialize)]
pub struct Report {
    pub size: Size,
    pub figures: Vec<Figure>,
    /// Of `adx run`, where the rows it is reckoned from were measured.
    pub shares: Option<Vec<Share>>,
}

impl Report {
    /// The tables.
    pub fn text(&self) -> String {
        let shares = self.shares.as_deref().map(|shares| format!("\n{}", profile::table(shares)));
        table::table(&self.figures) + &shares.unwrap_or_default()
    }
}
