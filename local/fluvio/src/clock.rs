//! The server's clock. Retention and what people are shown go by it, no result does.

use std::time::{SystemTime, UNIX_EPOCH};

use adx_log::UnixMillis;

#[expect(
    clippy::disallowed_methods,
    reason = "retention goes by the server's clock; where it matters, time is an argument"
)]
pub(crate) fn now() -> UnixMillis {
    unix_millis(SystemTime::now())
}

pub(crate) fn unix_millis(time: SystemTime) -> UnixMillis {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
}
