//! The clock: how long the computer has been up. The time of day may be wrong after months without power, so nothing is decided by it
//! but when certificates begin and end, by `steward::validity`, and when an invitation ends, which is not before the day of the release.

use std::time::{Duration, SystemTime};

use nix::time::{ClockId, clock_gettime};

/// How long the computer has been up, sleep included.
pub fn up() -> Duration {
    clock_gettime(ClockId::CLOCK_BOOTTIME).map(Duration::from).unwrap_or_default()
}

/// The time of day, in seconds since 1970; zero for a clock that is before it.
pub fn time_of_day() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
