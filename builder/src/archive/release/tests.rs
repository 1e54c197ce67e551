//! Release files that must not be accepted, each with its reason.

use super::super::test_key::{TestKey, now};
use super::*;

const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A release file as Debian's are, of the time of these tests.
fn text() -> String {
    format!(
        "Origin: Debian\nLabel: Debian\nSuite: stable\nVersion: 13.7\nCodename: trixie\n\
         Date: Mon, 21 Sep 2026 12:00:00 UTC\nValid-Until: Mon, 28 Sep 2026 12:00:00 UTC\nAcquire-By-Hash: yes\n\
         Components: main\nMD5Sum:\n d41d8cd98f00b204e9800998ecf8427e 0 main/binary-amd64/Packages\n\
         SHA256:\n {DIGEST} 12 main/binary-amd64/Packages.xz\n {DIGEST} 0 main/binary-amd64/Release\n"
    )
}

fn accept_with(text: &str, change: impl Fn(&mut Expected<'_>)) -> Result<Release, ReleaseError> {
    let key = TestKey::new();
    let keyring = Keyring::read(&[&key.public()]).unwrap();
    let mut expected = Expected { suite: "trixie", now: now(), last: None, expiry: Expiry::Refuse };
    change(&mut expected);
    Release::accept(key.sign(text).as_bytes(), &keyring, &expected)
}

fn accept(text: &str) -> Result<Release, ReleaseError> {
    accept_with(text, |_| {})
}

fn days(count: i64) -> DateTime<Utc> {
    read_date("Mon, 21 Sep 2026 12:00:00 UTC").unwrap() + chrono::TimeDelta::days(count)
}

#[test]
fn reads_what_debian_writes() {
    let release = accept(&text()).unwrap();
    assert_eq!((release.codename.as_str(), release.suite.as_str()), ("trixie", "stable"));
    assert_eq!((release.label.as_str(), release.by_hash), ("Debian", true));
    assert_eq!((release.date, release.valid_until), (days(0), Some(days(7))));
    let index = release.index("main/binary-amd64/Packages.xz").unwrap();
    assert_eq!((index.size, index.sha256.to_string().as_str()), (Bytes(12), DIGEST));
    let error = release.index("contrib/binary-amd64/Packages.xz").unwrap_err().to_string();
    assert_eq!(error, "the release file of trixie lists no contrib/binary-amd64/Packages.xz");
    assert!(accept_with(&text(), |expected| expected.suite = "stable").is_ok());
}

#[test]
fn refuses_a_tampered_file() {
    let key = TestKey::new();
    let keyring = Keyring::read(&[&key.public()]).unwrap();
    let expected = Expected { suite: "trixie", now: now(), last: None, expiry: Expiry::Refuse };
    let tampered = key.sign(&text()).replace(" 12 main", " 13 main");
    let error = Release::accept(tampered.as_bytes(), &keyring, &expected).unwrap_err();
    assert!(matches!(error, ReleaseError::Signature { source: SignatureError::Refused(_), .. }), "{error}");
    assert_eq!(error.to_string(), "the release file of trixie is refused");
}

#[test]
fn refuses_another_suite() {
    let error = accept_with(&text(), |expected| expected.suite = "trixie-security").unwrap_err().to_string();
    assert_eq!(error, "the release file of trixie-security is refused: it is that of trixie (stable) of Debian");
}

#[test]
fn refuses_what_is_too_new_too_old_or_older_than_before() {
    for (now, last, expiry, accepted) in [
        (days(0), None, Expiry::Refuse, true),
        (days(7), None, Expiry::Refuse, true),
        (days(8), None, Expiry::Refuse, false),
        (days(800), None, Expiry::Accept, true),
        // Clocks may differ by a day.
        (days(-1), None, Expiry::Refuse, true),
        (days(-2), None, Expiry::Refuse, false),
        (days(-2), None, Expiry::Accept, false),
        (days(1), Some(days(0)), Expiry::Refuse, true),
        (days(1), Some(days(-1)), Expiry::Refuse, true),
        (days(1), Some(days(1)), Expiry::Refuse, false),
        (days(1), Some(days(1)), Expiry::Accept, false),
    ] {
        // The key's signature is of the time of these tests, and has its own tests.
        let release = Release::parse(&text()).unwrap();
        let result = release.check(&Expected { suite: "trixie", now, last, expiry });
        assert_eq!(result.is_ok(), accepted, "{now} {last:?} {expiry:?}: {result:?}");
    }
    let replay = accept_with(&text(), |expected| expected.last = Some(days(1))).unwrap_err();
    assert!(matches!(replay, ReleaseError::Older { .. }), "{replay}");
}

#[test]
fn refuses_malformed_fields() {
    for (from, to, why) in [
        ("Codename: trixie\n", "", "its Codename is missing"),
        ("Suite: stable\n", "", "its Suite is missing"),
        ("Origin: Debian\n", "", "its Origin is missing"),
        ("Date: Mon, 21 Sep", "Date: 21 Sep", "its Date '21 Sep 2026 12:00:00 UTC' is no date such as"),
        ("Valid-Until: Mon, 28", "Valid-Until: Mon, 31", "its Valid-Until"),
        ("12:00:00 UTC\nValid", "12:00:00 CEST\nValid", "its Date"),
        ("SHA256:", "SHA512:", "its SHA256 is missing"),
        (" 12 main", " twelve main", "which is no index"),
        (" 12 main", " -1 main", "which is no index"),
        ("852b855 12", "852b85 12", "which is no index"),
        (" 12 main/", " 12 ../main/", "which is no index"),
        (" 12 main/", " 12 /main/", "which is no index"),
        (" 12 main/", " 12 main /", "which is no index"),
        ("Origin: Debian\n", "Origin: Debian\nOrigin: Evil\n", "has two fields Origin"),
        ("Origin: Debian\n", "Origin: Debian\nno field\n", "has the line 'no field', which is no field"),
        ("Origin: Debian\n", " begins\nOrigin: Debian\n", "its first line continues none"),
    ] {
        let changed = text().replacen(from, to, 1);
        assert_ne!(changed, text(), "{from}");
        let error = accept(&changed).unwrap_err().to_string();
        assert!(error.starts_with("the release file of trixie is refused: its ") && error.contains(why), "{error}");
    }
}
