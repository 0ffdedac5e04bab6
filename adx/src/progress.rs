//! Progress of long work, on a terminal only.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line on stderr that says how far the work is.
#[derive(Debug, Clone)]
pub struct Bar(ProgressBar);

impl Bar {
    /// Work of a known size.
    pub fn of(total: u64, doing: &'static str) -> Self {
        let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {elapsed}");
        Self::new(ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr()), style, doing)
    }

    /// Work whose size is not known.
    pub fn open(doing: &'static str) -> Self {
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        Self::new(ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()), style, doing)
    }

    fn new(
        bar: ProgressBar,
        style: Result<ProgressStyle, indicatif::style::TemplateError>,
        doing: &'static str,
    ) -> Self {
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_message(doing);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    pub fn set(&self, done: u64) {
        self.0.set_position(done);
    }

    pub fn say(&self, doing: String) {
        self.0.set_message(doing);
    }

    /// Removes the line.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
