//! A channel's document: what is read and written again is the same, and names lead nowhere else.
#![no_main]

use formats::digest::Digest;
use formats::repository::{Channel, LONGEST_FILE, MOST_DELTAS};
use ilanga_fuzz::seeds;

fn start() {
    let digest = Digest::of("file");
    let file = |what: &str| {
        format!(r#""name":"mini-pc/ilanga-mini-pc_2026.11.1.{what}","length":329000000,"sha256":"{digest}""#)
    };
    let head = r#"{"format":1,"board":"mini-pc","channel":"stable","version":"2026.11.1","date":"2026-11-21","#;
    let head = format!(r#"{head}"headline":"Wi-Fi works again.","rollout":10,"bundle":{{{}}}"#, file("raucb"));
    let [index, pack, hints, patches, delta] = ["chunks", "pack", "hints", "patches", "delta"].map(file);
    let all = format!(
        r#"{head},"needs":"2026.10.0","index":{{{index}}},"pack":{{{pack}}},"hints":{{{hints}}},"patches":{{{patches}}},
        "deltas":[{{"from":"2026.11.0",{delta}}}],"later":[null,1e9,"ä"]}}"#
    );
    seeds([head + "}", all]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let Ok(document) = Channel::parse(data, "mini-pc", "stable") else { return };
    let again = Channel::parse(document.text().as_bytes(), "mini-pc", "stable").expect("it can be read again");
    assert_eq!(again, document);
    assert!(document.deltas.len() <= MOST_DELTAS);
    for file in document.files() {
        assert!(file.name.as_str().split('/').all(|part| !part.is_empty() && !part.starts_with('.')), "{}", file.name);
        assert!((1..=LONGEST_FILE).contains(&file.length.0));
    }
    for running in ["2026.11.0", "2026.11.1", "2027"] {
        let _ = document.offer(&running.parse().expect("a version"), &Digest::of("machine"));
    }
});
