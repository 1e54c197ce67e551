//! Certificates that are made here, whole, mixed up and damaged. What `nebula-cert` makes is read, and what is written Nebula reads, in
//! `firstboot/src/mesh/nebula.rs` and in a story.

use ed25519_dalek::{Signer as _, SigningKey};
use prost::Message as _;

use super::certificate::{Details, Signed};
use super::*;
use crate::digest::Digest;

/// 2036-11-20
const UNTIL: i64 = 2_110_783_376;

fn signed(details: &Details, by: &SigningKey) -> Vec<u8> {
    let details = details.encode_to_vec();
    let signature = by.sign(&details).to_bytes().to_vec();
    Signed { details, signature }.encode_to_vec()
}

/// An authority, and a computer with this key that it has signed: their certificates.
fn network(seed: u8, key: [u8; 32]) -> [Vec<u8>; 2] {
    let by = SigningKey::from_bytes(&[seed; 32]);
    let public_key = by.verifying_key().to_bytes().to_vec();
    let details = Details { authority: true, until: UNTIL + 1, public_key, ..Details::default() };
    let authority = signed(&details, &by);
    let details = Details {
        addresses: vec![0x0a2a_0002, 0xffff_ff00],
        until: UNTIL,
        public_key: MontgomeryPoint::mul_base_clamped(key).to_bytes().to_vec(),
        issuer: Digest::of(&authority).as_bytes().to_vec(),
        ..Details::default()
    };
    let computer = signed(&details, &by);
    [authority, computer]
}

struct Blocks {
    authority: String,
    computer: String,
    key: String,
    /// An authority of another network.
    other: String,
}

fn blocks() -> Blocks {
    let [authority, computer] = network(1, [7; 32]);
    let certificate = |bytes: &[u8]| pem(CERTIFICATE, bytes).to_string();
    Blocks {
        authority: certificate(&authority),
        computer: certificate(&computer),
        key: pem(KEY, &[7; 32]).to_string(),
        other: certificate(&network(2, [7; 32])[0]),
    }
}

const LIGHTHOUSE: &str = "lighthouse 10.42.0.1 School.example.org:4242\n";

/// A whole file.
pub(in crate::answers) fn whole() -> String {
    let Blocks { authority, computer, key, .. } = blocks();
    format!("{authority}{computer}{key}{LIGHTHOUSE}")
}

#[test]
fn what_is_handed_out_is_read_and_written_again() {
    let Blocks { authority, computer, key, other } = blocks();
    let text = format!("{authority}{computer}{key}{LIGHTHOUSE}# of the district\nport 4242\n");
    let read: Nebula = text.parse().unwrap();
    assert_eq!(read.to_string().parse(), Ok(read.clone()));
    assert_eq!((&read.authorities(), &read.certificate(), read.key().as_str()), (&authority, &computer, key.as_str()));
    assert_eq!((read.port, read.is_lighthouse, read.lighthouses.len()), (Some(4242), false, 1));
    assert_eq!(read.lighthouses[0].endpoint.to_string(), "school.example.org:4242");
    assert_eq!(read.last_day(), Some("2036-11-20".parse().unwrap()));
    assert!(!format!("{read:?}").contains("BwcHBwcH"), "a secret is shown");
    // In another order, with another authority's beside it, and itself a lighthouse.
    let text = format!("port 4242\r\nlighthouse here\r\n{key}{computer}{other}\n{authority}").replace('\n', "\r\n");
    assert!(text.parse::<Nebula>().unwrap().is_lighthouse);
}

#[test]
fn what_is_refused_is_named() {
    let Blocks { authority, computer, key, other } = blocks();
    let whole = format!("{authority}{computer}{key}");
    // The address.
    let damaged = {
        let mut bytes = network(1, [7; 32])[1].clone();
        let at = bytes.windows(4).position(|four| four == [0x82, 0x80, 0xa8, 0x51]).unwrap();
        bytes[at] ^= 1;
        pem(CERTIFICATE, &bytes).to_string()
    };
    let cases = [
        (String::new(), "'NEBULA CERTIFICATE' is missing"),
        (authority.clone(), "'NEBULA CERTIFICATE' is missing"),
        (format!("{authority}{computer}"), "'NEBULA X25519 PRIVATE KEY' is missing"),
        (whole.clone(), "'lighthouse' is missing"),
        (format!("{whole}lighthouse here"), "'port' is missing"),
        (format!("{other}{computer}{key}{LIGHTHOUSE}"), "this computer's certificate is not signed by the authority"),
        (
            format!("{authority}{damaged}{key}{LIGHTHOUSE}"),
            "this computer's certificate is not signed by the authority",
        ),
        (
            format!("{authority}{computer}{}{LIGHTHOUSE}", key.replacen("BwcH", "AAAA", 1)),
            "the key does not belong to this computer's certificate",
        ),
        (format!("{whole}{computer}"), "line 15: 'NEBULA CERTIFICATE' is there already"),
        (format!("{whole}{key}"), "line 15: 'NEBULA X25519 PRIVATE KEY' is there already"),
        (whole.replace("X25519", "P256"), "line 12: 'NEBULA P256 PRIVATE KEY' is not taken here"),
        (
            format!("{whole}lighthouse 10.42.0.1"),
            "line 15: a block that begins with '-----BEGIN', 'lighthouse ADDRESS HOST:PORT' or 'port NUMBER' is expected",
        ),
        (format!("{whole}lighthouse fd00::1 a.org:1"), "line 15: this is no value for 'lighthouse'"),
        (format!("{whole}port 0"), "line 15: this is no value for 'port'"),
        (format!("{whole}port 1\nport 1"), "line 16: 'port' is there already"),
        (
            "-----BEGIN NEBULA CERTIFICATE-----\nAAAA".to_owned(),
            "line 1: a block that begins with '-----BEGIN', 'lighthouse ADDRESS HOST:PORT' or 'port NUMBER' is expected",
        ),
        (
            "-----BEGIN NEBULA CERTIFICATE-----\nAAAA\n-----END NEBULA CERTIFICATE-----".to_owned(),
            "line 1: this is no value for 'NEBULA CERTIFICATE'",
        ),
        ("\n".repeat(LONGEST + 1), "it is too long"),
        (authority.repeat(MOST + 1), "it is too long"),
        (format!("{whole}{}", LIGHTHOUSE.repeat(MOST + 1)), "it is too long"),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<Nebula>().unwrap_err().to_string(), expected, "{text}");
    }
}
