//! Whose signed PCR policies open a volume, and whose a kernel image has: parsers of LUKS2 headers and of `.pcrsig`.
//!
//! ```text
//! volume   LUKS2 header ─► token 'systemd-tpm2' ─► tpm2_pubkey ─┐
//!                                                               ├─► fingerprint: SHA-256 of the RSA key (PKCS #1)
//! kernel   .pcrsig ─► sha256[] ─► pkfp ─────────────────────────┘
//! ```
//!
//! Formats: [LUKS2](https://gitlab.com/cryptsetup/LUKS2-docs), [systemd-cryptenroll's tokens and
//! signatures](https://www.freedesktop.org/software/systemd/man/257/systemd-measure.html). What is read may be anybody's.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use crate::digest::Digest;

/// How many bytes from its start tell how long a header is.
pub const HEAD: usize = 4096;

/// The longest header that cryptsetup makes.
const LONGEST: u64 = 4 << 20;

/// What a TPM gives out for a signed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The token's number.
    pub token: u32,
    /// The key slots that it opens.
    pub slots: Vec<u32>,
    /// Whose policies.
    pub key: Digest,
    /// The PCRs that must be as they were, beside those of the policy.
    pub pcrs: Vec<u32>,
    /// Whether a person must type something as well.
    pub pin: bool,
}

/// The length of a LUKS2 header with its JSON, from its first [`HEAD`] bytes; `None` if it is none.
pub fn length(head: &[u8]) -> Option<usize> {
    let size = u64::from_be_bytes(head.get(8..16)?.try_into().ok()?);
    let is_luks2 = head.starts_with(b"LUKS\xba\xbe\x00\x02");
    (is_luks2 && (HEAD as u64..=LONGEST).contains(&size)).then(|| usize::try_from(size).ok())?
}

#[derive(Deserialize)]
struct Header {
    tokens: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Token {
    keyslots: Vec<String>,
    #[serde(rename = "tpm2-pcrs", default)]
    pcrs: Vec<u32>,
    #[serde(rename = "tpm2-pin", default)]
    pin: bool,
    #[serde(default)]
    tpm2_pubkey: Option<String>,
}

/// What a TPM opens for signed policies, from a whole header, in the order in which tokens are tried; `None` if it is damaged.
pub fn sealed(header: &[u8]) -> Option<Vec<Sealed>> {
    let json = header.get(HEAD..)?;
    let end = json.iter().position(|byte| *byte == 0).unwrap_or(json.len());
    sealed_by_metadata(&json[..end])
}

/// The same from a header's JSON alone, as `cryptsetup luksDump --dump-json-metadata` prints it.
pub fn sealed_by_metadata(json: &[u8]) -> Option<Vec<Sealed>> {
    let header: Header = serde_json::from_slice(json).ok()?;
    let tokens = header.tokens.into_iter();
    let tpm = tokens.filter(|(_, token)| token.get("type").is_some_and(|kind| kind == "systemd-tpm2"));
    let sealed = tpm.filter_map(|(number, token)| one(number.parse().ok()?, serde_json::from_value(token).ok()?));
    let mut sealed: Vec<Sealed> = sealed.collect();
    sealed.sort_by_key(|sealed| sealed.token);
    Some(sealed)
}

fn one(number: u32, token: Token) -> Option<Sealed> {
    let pem = STANDARD.decode(token.tpm2_pubkey?).ok()?;
    Some(Sealed {
        token: number,
        slots: token.keyslots.iter().filter_map(|slot| slot.parse().ok()).collect(),
        key: fingerprint(&pem)?,
        pcrs: token.pcrs,
        pin: token.pin,
    })
}

/// The fingerprint of an RSA key, from its public half in PEM.
pub fn fingerprint(pem: &[u8]) -> Option<Digest> {
    let text = std::str::from_utf8(pem).ok()?;
    let (_, rest) = text.split_once("-----BEGIN PUBLIC KEY-----")?;
    let (body, _) = rest.split_once("-----END PUBLIC KEY-----")?;
    let body: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let der = STANDARD.decode(body).ok()?;
    // SubjectPublicKeyInfo: a sequence of the algorithm and a bit string, whose first byte counts unused bits.
    let (info, _) = value(&der, 0x30)?;
    let (_, rest) = value(info, 0x30)?;
    let (bits, _) = value(rest, 0x03)?;
    Some(Digest::of(bits.strip_prefix(&[0])?))
}

/// A value of this type in DER, and what follows it.
fn value(der: &[u8], kind: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.strip_prefix(&[kind])?.split_first()?;
    let (length, rest) = match usize::from(*first) {
        short @ 0..=0x7f => (short, rest),
        long @ 0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(long - 0x80)?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// Whose policies a kernel image has, from its section `.pcrsig`.
pub fn signers(section: &[u8]) -> BTreeSet<Digest> {
    #[derive(Deserialize)]
    struct Policy {
        pkfp: String,
    }
    #[derive(Deserialize)]
    struct Policies {
        sha256: Vec<Policy>,
    }
    let end = section.iter().position(|byte| *byte == 0).unwrap_or(section.len());
    let policies = serde_json::from_slice::<Policies>(&section[..end]).map(|policies| policies.sha256);
    policies.unwrap_or_default().iter().filter_map(|policy| policy.pkfp.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An RSA key of 512 bits, which OpenSSL has made.
    const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKylaPUYKjXMA0ebY3W23+sNzxNQy9Ze\n\
                       Qvsn3iU61yLmZYl1xBYWsMyw66wwOju+6rI9gVvKn+cbY+DbiOeOsFECAwEAAQ==\n-----END PUBLIC KEY-----\n";

    #[test]
    fn a_key_has_one_fingerprint() {
        let body: String = PEM.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(body).unwrap();
        // 20 bytes of SubjectPublicKeyInfo stand before the key.
        assert_eq!(fingerprint(PEM.as_bytes()), Some(Digest::of(&der[20..])));
        assert_eq!(fingerprint(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), None);
        assert_eq!(fingerprint(b""), None);
        assert_eq!(fingerprint(PEM.split("-----END").next().unwrap().as_bytes()), None);
    }

    #[test]
    fn tokens() {
        let mut header = vec![0; HEAD];
        header[..8].copy_from_slice(b"LUKS\xba\xbe\x00\x02");
        header[8..16].copy_from_slice(&16384_u64.to_be_bytes());
        assert_eq!(length(&header), Some(16384));
        assert_eq!(length(&[0; HEAD]), None);
        let key = STANDARD.encode(PEM);
        let json = format!(
            r#"{{"keyslots":{{}},"tokens":{{"0":{{"type":"systemd-recovery","keyslots":["0"]}},
            "1":{{"type":"systemd-tpm2","keyslots":["1"],"tpm2-pcrs":[12],"tpm2_pubkey_pcrs":[11],"tpm2_pubkey":"{key}"}},
            "2":{{"type":"systemd-tpm2","keyslots":["2"],"tpm2-pcrs":[7],"tpm2-pin":true}},
            "10":{{"type":"systemd-tpm2","keyslots":["3"],"tpm2-pcrs":[12],"tpm2_pubkey_pcrs":[11],"tpm2_pubkey":"{key}"}}}}}}"#
        );
        header.extend(json.as_bytes());
        header.extend([0; 100]);
        let key = fingerprint(PEM.as_bytes()).unwrap();
        let sealed_by = |token, slot| Sealed { token, slots: vec![slot], key, pcrs: vec![12], pin: false };
        assert_eq!(sealed(&header), Some(vec![sealed_by(1, 1), sealed_by(10, 3)]));
        header[HEAD] = b'x';
        assert_eq!(sealed(&header), None);
    }

    #[test]
    fn policies() {
        let key = Digest::of("key");
        let text = format!(r#"{{"sha256":[{{"pcrs":[11],"pkfp":"{key}","pol":"00","sig":"x"}},{{"pkfp":"{key}"}}]}}"#);
        assert_eq!(signers(format!("{text}\0\0").as_bytes()), BTreeSet::from([key]));
        assert!(signers(b"{}").is_empty());
    }
}
