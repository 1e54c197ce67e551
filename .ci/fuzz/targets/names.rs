//! Names, versions, dates, sizes, digests, addresses and changelogs, and what a release follows: written again each is the same.
#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use formats::bundle::{Changelog, ImageName};
use formats::date::Date;
use formats::digest::Digest;
use formats::repository::{BaseUrl, Followed, Headline, Percentage, TargetName};
use formats::size::Bytes;
use formats::version::Version;
use ilanga_fuzz::seeds;

fn start() {
    let version: Version = "2026.11.1~rc1".parse().expect("a version");
    let date: Date = "2026-11-21".parse().expect("a date");
    let url = "https://updates.example.org/ilanga".parse().ok();
    let followed = Followed::new("mini-pc", "ilanga-mini-pc", "stable", &version, date, url);
    seeds([
        followed.text(),
        "1.2\n1.2~rc1\n1.2-3".to_owned(),
        "2024-02-29".to_owned(),
        "512M".to_owned(),
        "ab".repeat(32),
        "http://[fd00::1]:8080/a/b_c~1.x".to_owned(),
        "mini-pc/ilanga-mini-pc_1.raucb".to_owned(),
        "Wi-Fi works again\n\n- and so does the mesh".to_owned(),
        "100".to_owned(),
        "ilanga.img".to_owned(),
    ]);
}

/// Whatever is read is read as the same once it is written.
fn there_and_back<T: FromStr + Display + PartialEq + Debug>(text: &str) -> Option<T> {
    let value: T = text.parse().ok()?;
    assert_eq!(value.to_string().parse().ok().as_ref(), Some(&value));
    Some(value)
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    there_and_back::<Digest>(text);
    there_and_back::<Headline>(text);
    let _ = text.parse::<Bytes>();
    if let Some(url) = there_and_back::<BaseUrl>(text) {
        assert!(!url.as_str().contains("..") && !url.as_str().contains(char::is_whitespace));
    }
    if let Some(name) = there_and_back::<TargetName>(text) {
        assert!(name.as_str().split('/').all(|part| !part.is_empty() && !part.starts_with('.')));
    }
    if let Some(date) = there_and_back::<Date>(text) {
        assert_eq!(Date::of_seconds(date.seconds()), Some(date));
    }
    if let Some(percentage) = there_and_back::<Percentage>(text) {
        let version = "1".parse().expect("a version");
        let _ = formats::repository::chosen(&Digest::of("machine"), &version, percentage);
    }
    if let Some(name) = ImageName::new(text) {
        assert!(!name.as_str().contains('/'));
    }
    if let Ok(changelog) = text.parse::<Changelog>() {
        assert_eq!(changelog.as_str().parse().ok().as_ref(), Some(&changelog));
        assert!(there_and_back::<Headline>(Headline::of(&changelog).as_str()).is_some());
    }
    if let Ok(followed) = Followed::parse(data) {
        assert_eq!(Followed::parse(followed.text().as_bytes()).ok(), Some(followed));
    }
    // Versions have one order.
    let versions: Vec<Version> = text.lines().take(3).filter_map(there_and_back::<Version>).collect();
    if let [a, b, c] = versions.as_slice() {
        assert_eq!(a.cmp(b), b.cmp(a).reverse());
        assert_eq!(a == b, a.cmp(b).is_eq());
        assert!(!(a <= b && b <= c) || a <= c, "{a} {b} {c}");
    }
});
