//! The keys that may sign a suite's `InRelease`, and the check of such a signature.
//!
//! `InRelease` is a cleartext signed message ([RFC 9580, 7](https://www.rfc-editor.org/rfc/rfc9580.html#section-7)).
//! [`Keyring::signed_text`] returns the text that was signed; the file itself must not be read. One good signature is
//! enough: Debian signs with the keys of two releases, of which a builder knows the newer.
//!
//! A signature is good if its digest is SHA-256 or longer, the key is known, was meant for signing, has neither expired
//! nor been revoked, and the signature fits the text. A key's own signature decides what it is for and until when; any
//! revocation found with a key counts, whoever made it.

use std::io;

use chrono::{DateTime, TimeDelta, Utc};
use pgp::composed::{CleartextSignedMessage, Deserializable as _, SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{PublicKey, PublicSubkey, Signature, SignatureType};
use pgp::types::{Fingerprint, KeyDetails as _, KeyId, PublicKeyTrait, Tag};
use thiserror::Error;

/// The keys of Debian's archive; keys/debian/README.md says where they are from.
const DEBIAN: [&[u8]; 3] = [
    include_bytes!("../../keys/debian/trixie-automatic.pgp"),
    include_bytes!("../../keys/debian/trixie-security-automatic.pgp"),
    include_bytes!("../../keys/debian/trixie-stable.pgp"),
];

/// Clocks may differ by this much.
pub(crate) const TOLERANCE: TimeDelta = TimeDelta::days(1);

/// Keys that may sign.
#[derive(Clone, Debug)]
pub(crate) struct Keyring {
    keys: Vec<SigningKey>,
}

/// A key or subkey that signs.
#[derive(Clone, Debug)]
struct SigningKey {
    key: Half,
    owner: String,
    expires: Option<DateTime<Utc>>,
    revoked: bool,
}

#[derive(Clone, Debug)]
enum Half {
    Primary(PublicKey),
    Sub(PublicSubkey),
}

/// A keyring could not be read.
#[derive(Debug, Error)]
pub(crate) enum KeyringError {
    /// It is not made of OpenPGP keys.
    #[error("reading a keyring of the archive")]
    Parse(#[source] Box<pgp::errors::Error>),
    /// A key in it has no valid signature of its own.
    #[error("the archive key {fingerprint} has no valid signature of its own")]
    Unbound {
        /// Which key.
        fingerprint: String,
    },
}

/// A text is not vouched for.
#[derive(Debug, Error)]
pub(crate) enum SignatureError {
    /// There is no signature, or something stands around the signed text.
    #[error("it is not a signed text; does a proxy or a network's login page answer instead of the mirror?")]
    NotSigned(#[source] Box<pgp::errors::Error>),
    /// It is not UTF-8.
    #[error("it is not a signed text: it is not UTF-8")]
    NotText,
    /// None of its signatures is good.
    #[error("no signature on it is good: {}", .0.join("; "))]
    Refused(Vec<String>),
}

impl Keyring {
    /// Debian's keys.
    pub(crate) fn debian() -> Result<Self, KeyringError> {
        Self::read(&DEBIAN)
    }

    /// The keys of these (binary) OpenPGP keyrings.
    pub(crate) fn read(keyrings: &[&[u8]]) -> Result<Self, KeyringError> {
        let parse = |source| KeyringError::Parse(Box::new(source));
        let mut keys = Vec::new();
        for keyring in keyrings {
            for key in SignedPublicKey::from_bytes_many(io::Cursor::new(keyring)).map_err(parse)? {
                signing_keys(&key.map_err(parse)?, &mut keys)?;
            }
        }
        Ok(Self { keys })
    }

    /// The text of a cleartext signed message that one of the keys has signed, with line breaks `\r\n`, as signed.
    pub(crate) fn signed_text(&self, message: &[u8], now: DateTime<Utc>) -> Result<String, SignatureError> {
        let message = str::from_utf8(message).map_err(|_| SignatureError::NotText)?;
        let (message, _) = CleartextSignedMessage::from_string(message)
            .map_err(|source| SignatureError::NotSigned(Box::new(source)))?;
        let text = message.signed_text();
        let mut refused = Vec::new();
        for signature in message.signatures() {
            match self.check(signature, &text, now) {
                Ok(()) => return Ok(text),
                Err(reason) => refused.push(reason),
            }
        }
        if refused.is_empty() {
            refused.push("there is none".to_owned());
        }
        Err(SignatureError::Refused(refused))
    }

    fn check(&self, signature: &Signature, text: &str, now: DateTime<Utc>) -> Result<(), String> {
        let Some(key) = self.keys.iter().find(|key| key.is_issuer(signature)) else {
            let issuer = issuer(signature);
            return Err(format!("{issuer} is not among the archive keys that this program knows"));
        };
        let name = format!("the key {} ({})", key.fingerprint(), key.owner);
        if key.revoked {
            return Err(format!("{name} was revoked"));
        }
        if let Some(expires) = key.expires.filter(|&expires| expires <= now) {
            return Err(format!("{name} expired at {expires}"));
        }
        if signature.typ() != Some(SignatureType::Text) {
            return Err(format!("the signature of {name} is not one of a text"));
        }
        if !strong(signature) {
            let hash = signature.hash_alg().map_or_else(|| "of an unknown kind".to_owned(), |hash| hash.to_string());
            return Err(format!("the signature of {name} uses a digest that can be forged: {hash}"));
        }
        let Some(&created) = signature.created() else {
            return Err(format!("the signature of {name} has no date"));
        };
        if created > now + TOLERANCE {
            return Err(format!("the signature of {name} is from the future: {created}, and it is {now} here"));
        }
        if let Some(lifetime) = signature.signature_expiration_time().filter(|&&lifetime| created + lifetime <= now) {
            return Err(format!("the signature of {name} expired at {}", created + *lifetime));
        }
        let fits = match &key.key {
            Half::Primary(key) => signature.verify(key, text.as_bytes()),
            Half::Sub(key) => signature.verify(key, text.as_bytes()),
        };
        fits.map_err(|_| format!("the signature of {name} does not fit the text, so one of them was changed"))
    }
}

impl SigningKey {
    fn fingerprint(&self) -> Fingerprint {
        match &self.key {
            Half::Primary(key) => key.fingerprint(),
            Half::Sub(key) => key.fingerprint(),
        }
    }

    fn key_id(&self) -> KeyId {
        match &self.key {
            Half::Primary(key) => key.key_id(),
            Half::Sub(key) => key.key_id(),
        }
    }

    fn is_issuer(&self, signature: &Signature) -> bool {
        let fingerprints = signature.issuer_fingerprint();
        if fingerprints.is_empty() {
            return signature.issuer().contains(&&self.key_id());
        }
        fingerprints.contains(&&self.fingerprint())
    }
}

/// Whether the digest that was signed can't be forged.
fn strong(signature: &Signature) -> bool {
    matches!(signature.hash_alg(), Some(HashAlgorithm::Sha256 | HashAlgorithm::Sha384 | HashAlgorithm::Sha512))
}

fn issuer(signature: &Signature) -> String {
    let fingerprint = signature.issuer_fingerprint().first().map(ToString::to_string);
    let id = signature.issuer().first().map(ToString::to_string);
    fingerprint.or(id).map_or_else(|| "a key without a name".to_owned(), |name| format!("the key {name}"))
}

/// Collects what of a certificate may sign.
fn signing_keys(certificate: &SignedPublicKey, keys: &mut Vec<SigningKey>) -> Result<(), KeyringError> {
    let primary = &certificate.primary_key;
    let details = &certificate.details;
    let users = details.users.iter().flat_map(|user| {
        user.signatures
            .iter()
            .filter(|s| is_certification(s))
            .filter(|signature| signature.verify_certification(primary, Tag::UserId, &user.id).is_ok())
    });
    let direct = details.direct_signatures.iter().filter(|s| s.key_flags().sign() && s.verify_key(primary).is_ok());
    let own = users.chain(direct).filter(|s| strong(s) && by(s, primary)).max_by_key(|s| s.created().copied());
    let Some(own) = own else {
        return Err(KeyringError::Unbound { fingerprint: primary.fingerprint().to_string() });
    };
    let owner = details.users.first().map(|user| String::from_utf8_lossy(user.id.id()).into_owned());
    let owner = owner.unwrap_or_default();
    let revoked = !details.revocation_signatures.is_empty()
        || details.users.iter().flat_map(|user| &user.signatures).any(is_revocation);
    let expires = own.key_expiration_time().map(|&lifetime| *primary.created_at() + lifetime);
    if own.key_flags().sign() {
        keys.push(SigningKey { key: Half::Primary(primary.clone()), owner: owner.clone(), expires, revoked });
    }
    for subkey in &certificate.public_subkeys {
        let Some(binding) = binding(subkey, primary) else { continue };
        let ends = binding.key_expiration_time().map(|&lifetime| *subkey.key.created_at() + lifetime);
        keys.push(SigningKey {
            key: Half::Sub(subkey.key.clone()),
            owner: owner.clone(),
            expires: expires.into_iter().chain(ends).min(),
            revoked: revoked || subkey.signatures.iter().any(is_revocation),
        });
    }
    Ok(())
}

/// The newest signature by which `primary` makes `subkey` a signing one, which the subkey has to confirm.
fn binding<'a>(subkey: &'a SignedPublicSubKey, primary: &PublicKey) -> Option<&'a Signature> {
    let valid = |signature: &&Signature| {
        signature.typ() == Some(SignatureType::SubkeyBinding)
            && strong(signature)
            && signature.verify_subkey_binding(primary, &subkey.key).is_ok()
    };
    let newest = subkey.signatures.iter().filter(valid).max_by_key(|s| s.created().copied())?;
    let confirmed = newest
        .embedded_signature()
        .is_some_and(|back| strong(back) && back.verify_primary_key_binding(&subkey.key, primary).is_ok());
    (newest.key_flags().sign() && confirmed).then_some(newest)
}

fn is_certification(signature: &Signature) -> bool {
    signature.is_certification() && !is_revocation(signature)
}

fn is_revocation(signature: &Signature) -> bool {
    use SignatureType::{CertRevocation, KeyRevocation, SubkeyRevocation};
    matches!(signature.typ(), Some(CertRevocation | KeyRevocation | SubkeyRevocation))
}

fn by(signature: &Signature, key: &PublicKey) -> bool {
    signature.issuer_fingerprint().contains(&&key.fingerprint()) || signature.issuer().contains(&&key.key_id())
}

#[cfg(test)]
mod tests;
