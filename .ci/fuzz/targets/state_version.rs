//! All that a release looks at on a state partition, each part of it anything: what it uses is whole or what a node begins with.
#![no_main]

use formats::digest::Digest;
use formats::settings::Settings;
use formats::state_version::{Found, MARKER, Marker, OURS, Origin, Settlement, decide, look, only, settle};
use ilanga_fuzz::{byte, part, parted, seeds};

/// What a release reads, in the order of the parts.
const PLACES: [&str; 6] = [MARKER, "settings.toml", "v2", "v2/settings.toml", "v2/origin", ".v2.new"];

const SETTINGS: &str = "version = 1\nmachine-id = \"0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b\"\nhost-name = \"clinic-2\"\n";

fn start() {
    let files = only(&Settings::parse(SETTINGS).expect("settings"));
    let by = Some(Digest::of("release"));
    let digest = files.values().next().map(|text| Digest::of([b"settings.toml 85\n", &text[..]].concat()));
    let marker = Marker { version: 2, first: digest }.to_text();
    let origin = Origin { from: Some(1), digest, by }.to_text();
    let parts = |marker: &str, origin: &str| {
        parted(&[marker.as_bytes(), SETTINGS.as_bytes(), b"", SETTINGS.as_bytes(), origin.as_bytes(), b""])
    };
    seeds([
        [&[0, 0][..], &parts("version = 1\n", "")].concat(),
        [&[0, 0][..], &parts(&marker, &origin)].concat(),
        [&[0, 0][..], &parts(&marker, "from = 1\n")].concat(),
        [&[0b10_0000, 0][..], &parts("", &origin)].concat(),
    ]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let mut rest = data;
    let (absent, odd) = (byte(&mut rest), byte(&mut rest));
    let contents = PLACES.map(|_| part(&mut rest));
    for text in contents {
        if let Some(marker) = Marker::parse(text) {
            assert_eq!(Marker::parse(marker.to_text().as_bytes()), Some(marker));
        }
        if let Some(origin) = Origin::parse(text) {
            assert_eq!(Origin::parse(origin.to_text().as_bytes()), Some(origin));
        }
    }
    let read = |name: &str| {
        let Some(place) = PLACES.iter().position(|place| *place == name) else {
            assert_eq!(name, "origin", "nobody reads that");
            return Found::Absent;
        };
        match (absent >> place & 1, odd >> place & 1) {
            (0, 0) => Found::File(contents[place].to_vec()),
            (0, _) => Found::Other,
            (_, 0) => Found::Absent,
            _ => Found::Unreadable,
        }
    };
    let seen = look(OURS, Some(Digest::of("release")), read);
    let fresh = only(&Settings::default());
    let plan = decide(&seen, &fresh);
    let text = plan.uses.get("settings.toml").and_then(|text| std::str::from_utf8(text).ok());
    assert!(text.is_some_and(|text| Settings::parse(text).is_ok()), "what is used can't be read");
    assert_eq!(plan, decide(&seen, &fresh));
    for settlement in settle(&seen).into_iter().flatten() {
        match settlement {
            Settlement::Marker(marker) => assert_eq!(marker.version, seen.version()),
            Settlement::Origin(origin) => assert_eq!(origin.by, None),
        }
    }
});
