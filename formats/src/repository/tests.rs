//! Tests of what a repository holds.

use super::*;
use crate::bundle::Changelog;
use crate::digest::Digest;
use crate::size::Bytes;
use crate::version::Version;

/// A document as `ilanga release` writes it.
pub(super) const DOCUMENT: &str = r#"{
  "format": 1,
  "board": "mini-pc",
  "channel": "stable",
  "version": "2026.11.1",
  "date": "2026-11-21",
  "headline": "Wi-Fi works again.",
  "rollout": 10,
  "bundle": {
    "name": "mini-pc/ilanga-mini-pc_2026.11.1.raucb",
    "length": 329000000,
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
  },
  "index": {
    "name": "mini-pc/ilanga-mini-pc_2026.11.1.chunks",
    "length": 700000,
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
  },
  "pack": {
    "name": "mini-pc/ilanga-mini-pc_2026.11.1.pack",
    "length": 200000000,
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
  },
  "hints": {
    "name": "mini-pc/ilanga-mini-pc_2026.11.1.hints",
    "length": 300000,
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
  },
  "patches": {
    "name": "mini-pc/ilanga-mini-pc_2026.11.1.patches",
    "length": 40000000,
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
  },
  "deltas": [
    {
      "from": "2026.11.0",
      "name": "mini-pc/2026.11.0-2026.11.1.delta",
      "length": 36000000,
      "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    }
  ]
}
"#;

fn parse(text: &str) -> Result<Channel, String> {
    Channel::parse(text.as_bytes(), "mini-pc", "stable").map_err(|bad| bad.to_string())
}

#[test]
fn documents_are_read_and_written() {
    let document = parse(DOCUMENT).unwrap();
    assert_eq!(document.text(), DOCUMENT);
    assert_eq!(document.files().count(), 6);
    let newer = DOCUMENT.replacen("\"format\": 1,", "\"format\": 1, \"colour\": \"red\",", 1);
    assert_eq!(parse(&newer).unwrap(), document);
}

#[test]
fn bad_documents() {
    let delta = "\"from\": \"2026.11.0\"";
    for (from, to, reason) in [
        ("\"format\": 1", "\"format\": 2", "it has format 2, and this node knows format 1"),
        ("\"format\": 1", "\"format\": -1", "it can't be read: invalid value: integer `-1`, expected u32"),
        ("\"mini-pc\",", "\"maxi-pc\",", "it is for \"maxi-pc\", channel \"stable\", and mini-pc, channel stable was"),
        ("\"stable\"", "\"beta\"", "it is for \"mini-pc\", channel \"beta\""),
        ("\"version\": \"2026", "\"version\": \"../2026", "is not a version"),
        ("2026-11-21", "2026-11-31", "'2026-11-31' is not a date"),
        ("again.", "again.\\u001b[2J", "the headline is not usable: line 1 has the control character U+001B"),
        ("again.", "again.\\nAnd", "a headline of one line"),
        ("\"rollout\": 10", "\"rollout\": 101", "'101' is not a percentage"),
        ("mini-pc/ilanga-mini-pc_2026.11.1.raucb", "mini-pc/../x.raucb", "is not the name of a file in a repository"),
        ("mini-pc/ilanga-mini-pc_2026.11.1.raucb", "/etc/x.raucb", "is not the name of a file in a repository"),
        ("mini-pc/ilanga-mini-pc_2026.11.1.raucb", "mini-pc2/x.raucb", "mini-pc2/x.raucb can't be the update bundle"),
        ("2026.11.1.raucb", "2026.11.1.chunks", "2026.11.1.chunks can't be the update bundle"),
        ("329000000", "0", "would have 0 bytes"),
        ("329000000", "99000000000", "would have 99.0 GB"),
        ("\"ba78", "\"zz78", "is not a SHA-256 digest"),
        (delta, "\"from\": \"2026.11.1\"", "its deltas are not each from another release"),
        ("\"index\"", "\"odd\"", "it names hints, patches and an index, but not all three"),
        ("\"hints\"", "\"odd\"", "it names hints, patches and an index, but not all three"),
        ("\"rollout\": 10,", "", "missing field `rollout`"),
        ("\"rollout\": 10,", "\"rollout\": 10, \"rollout\": 20,", "duplicate field `rollout`"),
        ("{\n", "", "it can't be read"),
    ] {
        assert!(DOCUMENT.contains(from), "{from}");
        let message = parse(&DOCUMENT.replacen(from, to, 1)).unwrap_err();
        assert!(message.contains(reason), "{from} -> {to}: {message}");
    }
    let long = format!("{DOCUMENT}{}", " ".repeat(64 << 10));
    assert!(parse(&long).unwrap_err().contains("65536 are the most"));
    let mut document = parse(DOCUMENT).unwrap();
    let delta = document.deltas[0].clone();
    document.deltas.push(delta.clone());
    assert!(matches!(document.check(), Err(BadChannel::Deltas)));
    document.deltas =
        (0..=MOST_DELTAS).map(|n| Delta { from: format!("1.{n}").parse().unwrap(), ..delta.clone() }).collect();
    assert!(matches!(document.check(), Err(BadChannel::Deltas)));
}

#[test]
fn names_stay_in_their_folder() {
    for good in ["a", "channels/mini-pc-stable.json", "mini-pc/1.0-1.1.delta", "a/b/c/d", "x/1~rc+2_.y"] {
        assert_eq!(good.parse::<TargetName>().unwrap().as_str(), good);
    }
    let long = "a".repeat(201);
    for bad in [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        "..",
        "a/../b",
        ".a",
        "a/.b",
        "a b",
        "a\0",
        "a\\b",
        "é",
        "a/b/c/d/e",
        &long,
        "%2e",
    ] {
        assert!(bad.parse::<TargetName>().is_err(), "{bad}");
    }
    let digest = Digest::of("abc");
    let path = |name: &str| name.parse::<TargetName>().unwrap().path(&digest);
    assert_eq!(path("mini-pc/x.raucb"), format!("targets/mini-pc/{digest}.x.raucb"));
    assert_eq!(path("x"), format!("targets/{digest}.x"));
    assert_eq!(channel_name("mini-pc", "beta").unwrap().as_str(), "channels/mini-pc-beta.json");
    assert!(channel_name("../x", "beta").is_err());
}

#[test]
fn percentages() {
    for (text, number) in [("0", 0), ("10%", 10), ("100", 100), ("007%", 7)] {
        assert_eq!(text.parse::<Percentage>().map(Percentage::get), Ok(number));
    }
    for bad in ["", "%", "101", "-1", "+1", "1.5", "10 %", "300"] {
        assert!(bad.parse::<Percentage>().is_err(), "{bad}");
    }
}

fn machine(number: u32) -> Digest {
    Digest::of(number.to_le_bytes())
}

#[test]
fn rollouts_grow_evenly() {
    let version: Version = "2026.11.1".parse().unwrap();
    let nodes = 20_000;
    let mut before = 0;
    for number in 0..=100 {
        let percentage = Percentage::try_from(number).unwrap();
        let taken = (0..nodes).filter(|n| chosen(&machine(*n), &version, percentage)).count();
        // Six standard deviations of the binomial distribution at its widest.
        let expected = usize::from(number) * nodes as usize / 100;
        assert!(taken.abs_diff(expected) < 430, "{taken} at {number} %");
        assert!(taken >= before, "{number} %");
        before = taken;
        for n in 0..200 {
            let less = Percentage::try_from(number.saturating_sub(1)).unwrap();
            let was_in = chosen(&machine(n), &version, less);
            assert!(!was_in || chosen(&machine(n), &version, percentage), "node {n} was in and is out at {number} %");
        }
    }
    assert_eq!(before, nodes as usize);
    // Other nodes begin for the next release.
    let next: Version = "2026.12.0".parse().unwrap();
    let ten = Percentage::try_from(10).unwrap();
    let both = (0..nodes).filter(|n| chosen(&machine(*n), &version, ten) && chosen(&machine(*n), &next, ten)).count();
    assert!((100..300).contains(&both), "{both}");
}

/// A node's place never changes: another hash would start every rollout again.
#[test]
fn places_are_for_ever() {
    let version: Version = "2026.11.1".parse().unwrap();
    let first = |n| (0..=100).find(|p| chosen(&machine(n), &version, Percentage::try_from(*p).unwrap()));
    assert_eq!([first(0), first(1), first(2), first(3)], [Some(99), Some(46), Some(42), Some(38)]);
}

#[test]
fn offers() {
    let mut document = parse(DOCUMENT).unwrap();
    for (rollout, running, offer) in [
        (100, "2026.11.0", Offer::Update),
        (100, "2026.11.1~rc1", Offer::Update),
        (0, "2026.11.0", Offer::NotYet),
        (100, "2026.11.1", Offer::Current),
        (0, "2026.11.1", Offer::Current),
        (100, "2026.11.2", Offer::Older),
    ] {
        document.rollout = Percentage::try_from(rollout).unwrap();
        assert_eq!(document.offer(&running.parse().unwrap(), &machine(0)), offer, "{running} at {rollout} %");
    }
}

#[test]
fn a_release_may_need_another_one_first() {
    let mut document = parse(DOCUMENT).unwrap();
    document.rollout = Percentage::ALL;
    document.needs = Some("2026.11.0".parse().unwrap());
    for (running, offer) in [
        ("2026.10.9", Offer::Needs),
        ("2026.11.0", Offer::Update),
        ("2026.11.1", Offer::Current),
        ("2027.1", Offer::Older),
    ] {
        assert_eq!(document.offer(&running.parse().unwrap(), &machine(0)), offer, "{running}");
    }
}

#[test]
fn headlines_are_shortened() {
    let changelog: Changelog = format!("{}\nmore", "ä".repeat(300)).parse().unwrap();
    let headline = Headline::of(&changelog);
    assert_eq!(headline.as_str().chars().count(), 200);
    assert!(headline.as_str().ends_with("ä…") && headline.as_str().parse::<Headline>().is_ok());
}

/// Changed documents are refused or say the same when they are written and read again.
fn changed(seed: u64, rounds: impl Fn(u64) -> bool) {
    let mut state = seed;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let words =
        ["\"", "{", "}", "[", ",", ":", "../", "\\u0000", "\\ud800", "-1", "1e9", "18446744073709551616", "null"];
    let mut round = 0;
    while rounds(round) {
        round += 1;
        let mut bytes = DOCUMENT.as_bytes().to_vec();
        for _ in 0..1 + random() % 4 {
            let at = random() as usize % bytes.len();
            let to = bytes.len().min(at + random() as usize % 24);
            match random() % 4 {
                0 => bytes[at] = random() as u8,
                1 => drop(bytes.drain(at..to)),
                2 => drop(bytes.splice(at..at, words[random() as usize % words.len()].bytes())),
                _ => {
                    let piece = bytes[at..to].to_vec();
                    drop(bytes.splice(at..at, piece));
                }
            }
            if bytes.is_empty() {
                bytes.push(b'{');
            }
        }
        if let Ok(document) = Channel::parse(&bytes, "mini-pc", "stable") {
            let again = Channel::parse(document.text().as_bytes(), "mini-pc", "stable").unwrap();
            assert_eq!(again, document);
            for file in document.files() {
                assert!(file.name.as_str().split('/').all(|part| !part.starts_with('.')), "{}", file.name);
                assert!(file.length <= Bytes(LONGEST_FILE));
            }
        }
    }
    println!("{round} rounds");
}

#[test]
fn changed_documents() {
    changed(0x2545_F491_4F6C_DD1D, |round| round < 20_000);
}

#[test]
#[ignore = "takes as long as one likes"]
fn for_long_channels() {
    let seconds = std::env::var("ILANGA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let began = std::time::Instant::now();
    changed(0x9E37_79B9_7F4A_7C15, |round| round % 1024 != 0 || began.elapsed().as_secs() < seconds);
}
