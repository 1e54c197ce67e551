//! The one clock: how long the computer has been up. The time of day may be wrong after months without power.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// How long the computer has been up, sleep included.
pub fn up() -> Duration {
    clock_gettime(ClockId::CLOCK_BOOTTIME).map(Duration::from).unwrap_or_default()
}
