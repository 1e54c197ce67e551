//! How fast bytes may come: a token bucket that may go into debt, so that whoever has read waits afterwards.

use std::time::Duration;

/// The bucket. Times are since any fixed moment.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    rate: Option<u64>,
    tokens: f64,
    at: Duration,
}

impl Bucket {
    /// `rate` bytes a second; `None` has no limit.
    pub fn new(rate: Option<u64>, now: Duration) -> Self {
        Self { rate: rate.filter(|rate| *rate > 0), tokens: 0.0, at: now }
    }

    /// Bytes that came, or went, just now. The answer is how long to wait before the next ones.
    pub fn take(&mut self, bytes: u64, now: Duration) -> Duration {
        let Some(rate) = self.rate else { return Duration::ZERO };
        let rate = rate as f64;
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        // A quarter of a second may be caught up on.
        self.tokens = (self.tokens + passed * rate).min(rate / 4.0) - bytes as f64;
        if self.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-self.tokens / rate) }
    }

    /// How many bytes to ask for at once, so that waits stay short.
    pub fn gulp(&self) -> usize {
        const MOST: u64 = 64 << 10;
        self.rate.map_or(MOST, |rate| (rate / 4).clamp(512, MOST)) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_kept_over_time() {
        for rate in [1_000, 20_000, 5_000_000] {
            let mut bucket = Bucket::new(Some(rate), Duration::ZERO);
            let (mut now, mut bytes) = (Duration::ZERO, 0);
            while now < Duration::from_secs(20) {
                let gulp = bucket.gulp() as u64;
                bytes += gulp;
                now += bucket.take(gulp, now) + Duration::from_micros(50);
            }
            let most = rate as f64 * 20.0;
            assert!((bytes as f64) > most * 0.95 && (bytes as f64) < most * 1.05, "{rate}: {bytes}");
        }
    }

    #[test]
    fn a_pause_is_not_saved_up_and_clocks_that_go_back_do_no_harm() {
        let mut bucket = Bucket::new(Some(1000), Duration::ZERO);
        assert_eq!(bucket.take(100, Duration::from_secs(3600)), Duration::ZERO);
        assert_eq!(bucket.take(1150, Duration::from_secs(3600)), Duration::from_secs(1));
        assert_eq!(bucket.take(500, Duration::from_secs(1)), Duration::from_millis(1500));
        let mut open = Bucket::new(None, Duration::ZERO);
        assert_eq!((open.take(u64::MAX, Duration::ZERO), open.gulp()), (Duration::ZERO, 65_536));
        assert_eq!(Bucket::new(Some(0), Duration::ZERO).take(1, Duration::ZERO), Duration::ZERO);
    }
}
