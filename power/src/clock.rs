//! The one clock: how long the computer has been up. The time of day may be wrong after months without power.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// How long the computer has been up, sleep included.
pub fn up() -> Duration {
    let up = clock_gettime(ClockId::Boottime);
    Duration::new(u64::try_from(up.tv_sec).unwrap_or_default(), u32::try_from(up.tv_nsec).unwrap_or_default())
}
