//! From when until when the node's certificates hold: a decider. Who checks them is a phone, by a clock of its own, which is mostly
//! right; the node's own clock may be anything after months without power.
//!
//! So the authority's certificate holds for all of [`AUTHORITY`], whatever the node's clock says: it is as old as what it is signed
//! by. The page's may not last that long: phones of Apple's take [825 days](https://support.apple.com/en-us/103769) and no more, of a
//! certificate of one's own authority as well. It holds as long before the moment at which it is made as after, so that a node
//! whose clock is wrong by a year still has a page; and no clock is believed that is before the release that runs, or longer after it
//! than a release is used ([`BELIEVED`]): then the release's date is taken instead.
//!
//! All times are seconds since 1970.

use std::ops::Range;

const DAY: u64 = 86_400;

/// From 2020-01-01 to 2099-12-31.
pub const AUTHORITY: Range<u64> = 1_577_836_800..4_102_358_400;

/// How long the page's certificate holds: below the 825 days, as both ends count.
const LASTS: u64 = 824 * DAY;

/// It is made anew when less than this is left of it on either side.
const MARGIN: u64 = 300 * DAY;

/// How long after its release a clock is believed.
const BELIEVED: u64 = 8 * 365 * DAY;

/// The best guess at the time.
fn moment(clock: u64, release: u64) -> u64 {
    if (release..release + BELIEVED).contains(&clock) { clock } else { release }
}

/// When a certificate holds that is made now.
pub fn page(clock: u64, release: u64) -> Range<u64> {
    let from = moment(clock, release).saturating_sub(LASTS / 2).max(AUTHORITY.start);
    from..from + LASTS
}

/// Whether one that holds this long is to be kept.
pub fn is_good(holds: &Range<u64>, clock: u64, release: u64) -> bool {
    let moment = moment(clock, release);
    (holds.start + MARGIN.min(moment.saturating_sub(AUTHORITY.start))..=holds.end.saturating_sub(MARGIN))
        .contains(&moment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use formats::date::Date;

    fn day(text: &str) -> u64 {
        text.parse::<Date>().unwrap().seconds()
    }

    #[test]
    fn whatever_the_nodes_clock_says_phones_of_the_time_take_it() {
        let release = day("2026-11-20");
        for (clock, phone) in [
            // Right; no battery; ten years ahead; a year behind and ahead; and three years after the release.
            (day("2026-11-22"), "2026-11-22"),
            (0, "2026-11-22"),
            (0, "2027-12-30"),
            (day("2038-01-19"), "2026-11-22"),
            (day("2027-11-22"), "2026-11-22"),
            (day("2026-11-22"), "2027-11-22"),
            (day("2029-11-22"), "2029-11-22"),
            (u64::MAX / 2, "2026-11-22"),
        ] {
            let holds = page(clock, release);
            assert!(holds.contains(&day(phone)), "{clock} {phone} {holds:?}");
            assert!(holds.end - holds.start < 825 * DAY && AUTHORITY.contains(&holds.start));
            assert!(is_good(&holds, clock, release) && AUTHORITY.contains(&holds.end));
        }
        assert_eq!((day("2020-01-01"), day("2099-12-31")), (AUTHORITY.start, AUTHORITY.end));
    }

    #[test]
    fn it_is_made_anew_in_time() {
        let release = day("2026-11-20");
        let holds = page(day("2026-11-22"), release);
        assert!(is_good(&holds, day("2027-02-22"), release));
        assert!(!is_good(&holds, day("2027-11-22"), release));
        // The clock has been wrong, and is right now.
        assert!(!is_good(&page(day("2030-01-01"), release), day("2027-01-01"), release));
        // A newer release tells the time to a node without a clock.
        assert!(!is_good(&page(0, release), 0, day("2028-01-01")));
    }
}
