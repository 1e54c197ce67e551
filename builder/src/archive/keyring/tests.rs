//! Texts with every kind of signature that must not count.

use pgp::composed::{ArmorOptions, KeyType};

use super::super::test_key::{TestKey, now};
use super::*;

const TEXT: &str = "Origin: Test\nSHA256:\n 00 1 main/Packages.xz\n- a line that is escaped\n";

fn check(keys: &[&TestKey], message: &str) -> Result<String, String> {
    let keys: Vec<Vec<u8>> = keys.iter().map(|key| key.public()).collect();
    let keyring = Keyring::read(&keys.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
    keyring.signed_text(message.as_bytes(), now()).map_err(|error| error.to_string())
}

fn refused(keys: &[&TestKey], message: &str, why: &str) {
    let error = check(keys, message).unwrap_err();
    assert!(error.contains(why), "'{why}' was expected: {error}");
}

#[test]
fn accepts_what_a_known_key_signed() {
    let (key, other) = (TestKey::new(), TestKey::new());
    let text = check(&[&other, &key], &key.sign(TEXT)).unwrap();
    assert_eq!(text, TEXT.replace('\n', "\r\n"));
}

#[test]
fn one_good_signature_is_enough() {
    let (key, unknown) = (TestKey::new(), TestKey::new());
    let message = CleartextSignedMessage::new_many(TEXT, |text| {
        Ok([&unknown, &key].map(|key| key.signature(text, HashAlgorithm::Sha512, now(), None)).into())
    });
    let message = message.unwrap().to_armored_string(ArmorOptions::default()).unwrap();
    assert!(check(&[&key], &message).is_ok());
    refused(&[&TestKey::new()], &message, "is not among the archive keys that this program knows; the key");
}

#[test]
fn refuses_a_changed_text() {
    let key = TestKey::new();
    let message = key.sign(TEXT);
    for (from, to) in [("00 1", "00 2"), ("Origin", "origin"), ("SHA256:\n", "SHA256:\n 01 1 more\n")] {
        refused(&[&key], &message.replace(from, to), "does not fit the text, so one of them was changed");
    }
}

#[test]
fn refuses_text_outside_of_what_is_signed() {
    let key = TestKey::new();
    let message = key.sign(TEXT);
    for changed in [
        format!("Origin: Evil\n{message}"),
        format!("{message}Origin: Evil\n"),
        message.replace("-----BEGIN PGP SIGNATURE", "Origin: Evil\n-----BEGIN PGP SIGNATURE"),
        message.replacen("\n\n", "\nOrigin: Evil\n\n", 1),
        format!("{message}{message}"),
    ] {
        assert!(check(&[&key], &changed).is_err(), "{changed}");
    }
}

#[test]
fn refuses_what_nobody_signed() {
    let key = TestKey::new();
    for message in ["", TEXT, "<html>sign in to this network</html>", "-----BEGIN PGP SIGNED MESSAGE-----\n"] {
        refused(&[&key], message, "it is not a signed text");
    }
    let keyring = Keyring::read(&[&key.public()]).unwrap();
    assert!(matches!(keyring.signed_text(&[0xff, 0xfe], now()), Err(SignatureError::NotText)));
    let none = CleartextSignedMessage::new_many(TEXT, |_| Ok(Vec::new())).unwrap();
    assert!(check(&[&key], &none.to_armored_string(ArmorOptions::default()).unwrap()).is_err());
}

#[test]
fn refuses_keys_that_may_not_sign() {
    refused(&[&TestKey::new()], &TestKey::new().sign(TEXT), "is not among the archive keys that this program knows");
    refused(&[], &TestKey::new().sign(TEXT), "is not among the archive keys");
    for (key, why) in [
        (TestKey { signs: false, ..TestKey::new() }, "is not among the archive keys"),
        (TestKey { lifetime: Some(TimeDelta::days(9)), ..TestKey::new() }, "expired at 2026-09-20"),
        (TestKey { revoked: true, ..TestKey::new() }, "was revoked"),
    ] {
        refused(&[&key], &key.sign(TEXT), why);
    }
    let key = TestKey { lifetime: Some(TimeDelta::days(11)), ..TestKey::new() };
    assert!(check(&[&key], &key.sign(TEXT)).is_ok());
}

#[test]
fn refuses_signatures_that_may_be_forged_or_do_not_hold() {
    let key = TestKey::new();
    let sign = |hash, days, lifetime| key.sign_with(TEXT, hash, now() + TimeDelta::days(days), lifetime);
    let rsa = TestKey::of_type(KeyType::Rsa(2048));
    refused(&[&rsa], &rsa.sign_with(TEXT, HashAlgorithm::Sha1, now(), None), "SHA1");
    assert!(check(&[&rsa], &rsa.sign(TEXT)).is_ok());
    refused(&[&key], &sign(HashAlgorithm::Sha512, 3, None), "future");
    refused(&[&key], &sign(HashAlgorithm::Sha512, -2, Some(TimeDelta::days(1))), "expired at");
    assert!(check(&[&key], &sign(HashAlgorithm::Sha256, -2, Some(TimeDelta::days(3)))).is_ok());
}

#[test]
fn reads_debians_keys_and_nothing_else() {
    let keyring = Keyring::debian().unwrap();
    let mut owners: Vec<&str> = keyring.keys.iter().map(|key| key.owner.as_str()).collect();
    owners.sort_unstable();
    owners.dedup();
    assert_eq!(owners.len(), 3, "{owners:?}");
    assert!(keyring.keys.iter().all(|key| !key.revoked && key.expires.is_some_and(|expires| expires > now())));
    assert!(matches!(Keyring::read(&[b"no key"]), Err(KeyringError::Parse(_))));
}
