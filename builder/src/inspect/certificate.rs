//! Certificates: where they come from, who issued whom, and whose signature it is.
//!
//! Secure Boot looks at keys, not at dates: neither does this module.

use std::fmt::Write as _;

use der::oid::ObjectIdentifier;
use der::{Decode as _, DecodePem as _, Encode as _};
use formats::digest::Digest;
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::{BigUint, RsaPublicKey};
use serde::Serialize;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use x509_cert::Certificate;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const SHA384_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const SHA512_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// A hash function that signatures are made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// The hash of an algorithm's identifier: of a hash, or of an RSA signature with one.
    pub(super) fn of(algorithm: ObjectIdentifier) -> Option<Self> {
        match algorithm {
            SHA256 | SHA256_WITH_RSA => Some(Self::Sha256),
            SHA384_WITH_RSA => Some(Self::Sha384),
            SHA512_WITH_RSA => Some(Self::Sha512),
            _ => None,
        }
    }

    /// The prefix of a PKCS #1 v1.5 signature's input, and the digest of `message` (RFC 8017, 9.2).
    fn digest(self, message: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let prefix = |last: u8, length: u8| {
            let mut prefix = vec![0x30, length + 17, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, last, 5, 0, 4];
            prefix.push(length);
            prefix
        };
        match self {
            Self::Sha256 => (prefix(1, 32), Sha256::digest(message).to_vec()),
            Self::Sha384 => (prefix(2, 48), Sha384::digest(message).to_vec()),
            Self::Sha512 => (prefix(3, 64), Sha512::digest(message).to_vec()),
        }
    }
}

/// The RSA key in a certificate or a public key.
pub(super) fn rsa_key(info: &SubjectPublicKeyInfoOwned) -> Option<RsaPublicKey> {
    #[derive(der::Sequence)]
    struct Key {
        modulus: der::asn1::Uint,
        exponent: der::asn1::Uint,
    }
    if info.algorithm.oid != RSA_ENCRYPTION {
        return None;
    }
    let key = Key::from_der(info.subject_public_key.as_bytes()?).ok()?;
    let number = |number: &der::asn1::Uint| BigUint::from_bytes_be(number.as_bytes());
    RsaPublicKey::new(number(&key.modulus), number(&key.exponent)).ok()
}

/// Whether `signature` over `message` is that key's (PKCS #1 v1.5).
pub(super) fn verifies(key: &RsaPublicKey, hash: Hash, message: &[u8], signature: &[u8]) -> bool {
    let (prefix, digest) = hash.digest(message);
    let scheme = Pkcs1v15Sign { hash_len: Some(digest.len()), prefix: prefix.into_boxed_slice() };
    key.verify(scheme, &digest, signature).is_ok()
}

/// Whether `issuer` signed `certificate`.
pub(super) fn issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    let check = || {
        let hash = Hash::of(certificate.signature_algorithm.oid)?;
        let key = rsa_key(&issuer.tbs_certificate.subject_public_key_info)?;
        let message = certificate.tbs_certificate.to_der().ok()?;
        Some(verifies(&key, hash, &message, certificate.signature.as_bytes()?))
    };
    issuer.tbs_certificate.subject == certificate.tbs_certificate.issuer && check() == Some(true)
}

/// What people see of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct CertificateFacts {
    /// The common name of its subject, or the whole subject if there is none.
    pub(super) name: String,
    /// Its subject.
    pub(super) subject: String,
    /// Who issued it.
    pub(super) issuer: String,
    /// The digest of its DER form.
    pub(super) sha256: Option<Digest>,
}

impl CertificateFacts {
    /// What there is to see of `certificate`.
    pub(super) fn of(certificate: &Certificate) -> Self {
        let tbs = &certificate.tbs_certificate;
        let subject = printable(&tbs.subject.to_string());
        Self {
            name: common_name(certificate).unwrap_or_else(|| subject.clone()),
            subject,
            issuer: printable(&tbs.issuer.to_string()),
            sha256: certificate.to_der().ok().map(Digest::of),
        }
    }
}

fn common_name(certificate: &Certificate) -> Option<String> {
    let names = certificate.tbs_certificate.subject.0.iter().flat_map(|name| name.0.iter());
    let name = names.rev().find(|name| name.oid == COMMON_NAME)?;
    Some(printable(&String::from_utf8_lossy(name.value.value())))
}

/// Text from an image, fit for a terminal and not too long.
pub(super) fn printable(text: &str) -> String {
    let mut printed = String::new();
    for c in text.chars().take(500) {
        if c.is_control() {
            let _ = write!(printed, "{}", c.escape_default());
        } else {
            printed.push(c);
        }
    }
    printed
}

/// Reads a certificate in PEM or DER.
pub(super) fn parse(bytes: &[u8]) -> Option<Certificate> {
    if bytes.starts_with(b"-----") { Certificate::from_pem(bytes).ok() } else { Certificate::from_der(bytes).ok() }
}

/// The certificates that shim carries in its section `.vendor_cert`.
pub(super) fn in_shim(section: &[u8]) -> Vec<Certificate> {
    let read = || {
        let number = |at: usize| usize::try_from(u32::from_le_bytes(section.get(at..at + 4)?.try_into().ok()?)).ok();
        let (size, offset) = (number(0)?, number(8)?);
        parse(section.get(offset..offset.checked_add(size)?)?)
    };
    read().into_iter().collect()
}

/// Certificates that are trusted, each with what says so.
#[derive(Clone, Debug, Default)]
pub(super) struct Trust {
    certificates: Vec<(Certificate, String)>,
}

/// How many issuers a chain has at most.
const LONGEST_CHAIN: usize = 5;

impl Trust {
    /// Trusts `certificate`, because of `source`.
    pub(super) fn add(&mut self, certificate: Certificate, source: &str) {
        self.certificates.push((certificate, source.to_owned()));
    }

    /// Whether nothing is trusted.
    pub(super) fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// What makes the first certificate of `chain` trusted: it is a trusted one, or one of them issued it, with the
    /// others of `chain` in between.
    pub(super) fn of(&self, chain: &[Certificate]) -> Option<&str> {
        let mut current = chain.first()?;
        for _ in 0..LONGEST_CHAIN {
            let trusts = |(trusted, _): &&(Certificate, String)| trusted == current || issued(trusted, current);
            if let Some((_, source)) = self.certificates.iter().find(trusts) {
                return Some(source);
            }
            current = chain.iter().find(|other| *other != current && issued(other, current))?;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_is_no_certificate() {
        let mut state = 0x1234_5678_9ABC_DEF1_u64;
        let pem = include_bytes!("../kernel/microsoft/ms-uefi-2011.pem");
        let good = parse(pem).unwrap();
        let der = good.to_der().unwrap();
        for _ in 0..3000 {
            let mut bytes = der.clone();
            for _ in 0..3 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let at = (state >> 8) as usize % bytes.len();
                bytes[at] = state as u8;
            }
            bytes.truncate((state >> 3) as usize % (2 * bytes.len()));
            let _ = (parse(&bytes).map(|c| issued(&c, &c)), in_shim(&bytes));
        }
    }
}
