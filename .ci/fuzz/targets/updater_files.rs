//! What the updater keeps, and what people write for it: history, requests, status, ledger, settings, hours, addresses.
#![no_main]

use ilanga_fuzz::seeds;
use updater::fetch::address::Address;
use updater::fetch::asked::Asked;
use updater::fetch::budget::Ledger;
use updater::fetch::hours::Hours;
use updater::fetch::settings::Settings;
use updater::fetch::status::Status;
use updater::history::History;

fn start() {
    seeds([
        &br#"{"format":1,"event":"judged-good","version":"2026.11.1"}"#[..],
        Asked::new("https://example.org/ilanga/", true).to_text().as_bytes(),
        Status::default().to_text().as_bytes(),
        b"server = \"https://example.org/\"\nchannel = \"beta\"\nhours = \"22:00-05:00\"\nbudget = \"500M\"\nneighbours = false\n",
        b"22:00-05:00, 12:30-13:00",
        b"https://example.org/a/ilanga-mini-pc_2026.11.1.raucb",
    ]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let history = History::parse(data);
    let text = history.to_text();
    assert_eq!(History::parse(text.as_bytes()).to_text(), text);
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(asked) = Asked::parse(text) {
        assert_eq!(Asked::parse(&asked.to_text()), Some(asked));
    }
    if let Some(status) = Status::parse(text) {
        assert!(Status::parse(&status.to_text()).is_some());
    }
    if let Ok(ledger) = Ledger::parse(text) {
        assert!(Ledger::parse(&ledger.to_text()).is_ok());
    }
    let _ = Settings::default().with("fuzz", text);
    let _ = Address::parse(text);
    if let Ok(hours) = text.parse::<Hours>() {
        for minute in [0, 1, 719, 1439] {
            assert!(hours.begin_in(minute) < 1440);
            assert_eq!(hours.begin_in(minute) == 0, hours.include(minute));
        }
    }
});
