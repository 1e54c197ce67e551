//! The clocks, read in one place.

use std::time::{Duration, Instant, SystemTime};

/// Time since it was started; it never goes back.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts one.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// How long ago that was.
    pub fn now(self) -> Duration {
        self.0.elapsed()
    }
}

/// Seconds since 1970, as the node's clock shows them; it may be wrong.
pub fn seconds() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// The minute of the day, in the node's time zone; of UTC, if it has none.
pub fn minute() -> u32 {
    let time = jiff::Zoned::now();
    u32::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).unwrap_or(0)
}
