//! Whether a set of keys is whole, of the right kinds, and private.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use der::asn1::ObjectIdentifier;
use der::pem::PemLabel as _;
use der::{DecodePem as _, Encode as _};
use rsa::RsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePublicKey as _, PrivateKeyInfo, SecretDocument};
use rsa::traits::PublicKeyParts as _;
use uuid::Uuid;
use x509_cert::Certificate;

use super::{DEVELOPMENT, KeyError, KeySet, Pair};

const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// What the files say beside their keys.
pub(super) struct Checked {
    /// What `guid.txt` holds.
    pub(super) owner: Uuid,
    /// Whether the certificates are a development set's.
    pub(super) development: bool,
}

/// Checks every file of the set.
pub(super) fn check(keys: &KeySet) -> Result<Checked, KeyError> {
    let mut development = false;
    for pair in keys.pairs() {
        development |= check_pair(pair)?;
    }
    let pcr = private_rsa(&keys.pcr)?;
    let text = read(&keys.pcr_public, false)?;
    let public =
        rsa::RsaPublicKey::from_public_key_pem(&text).map_err(kind(&keys.pcr_public, "an RSA public key in PEM"))?;
    if public != pcr.to_public_key() {
        return Err(KeyError::Mismatch { public: keys.pcr_public.clone(), private: keys.pcr.clone() });
    }
    for path in keys.tuf_keys() {
        private_ed25519(path)?;
    }
    let owner = read(&keys.owner_file, false)?.trim().parse().map_err(kind(&keys.owner_file, "a GUID"))?;
    Ok(Checked { owner, development })
}

/// Checks a key and its certificate; tells whether the certificate is a development one.
fn check_pair(pair: &Pair) -> Result<bool, KeyError> {
    let key = private_rsa(&pair.key)?;
    let expected = "an X.509 certificate in PEM";
    let certificate =
        Certificate::from_pem(read(&pair.certificate, false)?).map_err(kind(&pair.certificate, expected))?;
    let certified = certificate.tbs_certificate.subject_public_key_info.to_der();
    let certified = certified.map_err(kind(&pair.certificate, expected))?;
    let public = key.to_public_key().to_public_key_der().map_err(kind(&pair.key, "an RSA key"))?;
    if certified != public.as_bytes() {
        return Err(KeyError::Mismatch { public: pair.certificate.clone(), private: pair.key.clone() });
    }
    Ok(certificate.tbs_certificate.subject.to_string().contains(&format!("CN={DEVELOPMENT}")))
}

fn private_rsa(path: &Path) -> Result<RsaPrivateKey, KeyError> {
    let expected = "a private RSA key in PEM (PKCS #8, not encrypted)";
    let key = RsaPrivateKey::from_pkcs8_pem(&read(path, true)?).map_err(kind(path, expected))?;
    if key.size() < 256 {
        return Err(kind(path, "an RSA key of at least 2048 bits")(format!("it has {}", key.size() * 8)));
    }
    Ok(key)
}

fn private_ed25519(path: &Path) -> Result<(), KeyError> {
    let expected = "a private Ed25519 key in PEM (PKCS #8, not encrypted)";
    let text = read(path, true)?;
    let (label, document) = SecretDocument::from_pem(&text).map_err(kind(path, expected))?;
    PrivateKeyInfo::validate_pem_label(label).map_err(kind(path, expected))?;
    let info: PrivateKeyInfo<'_> = document.decode_msg().map_err(kind(path, expected))?;
    if info.algorithm.oid != ED25519 {
        return Err(kind(path, expected)(format!("its algorithm is {}", info.algorithm.oid)));
    }
    Ok(())
}

fn kind<E: ToString>(path: &Path, expected: &'static str) -> impl FnOnce(E) -> KeyError {
    move |reason| KeyError::Kind { path: path.to_owned(), expected, reason: reason.to_string() }
}

fn read(path: &Path, private: bool) -> Result<String, KeyError> {
    let mut file = File::open(path).map_err(KeyError::reading(path))?;
    let metadata = file.metadata().map_err(KeyError::reading(path))?;
    if !metadata.is_file() {
        return Err(kind(path, "a file")("it is a folder or a device".to_owned()));
    }
    if private && fs::Permissions::mode(&metadata.permissions()) & 0o077 != 0 {
        return Err(KeyError::Exposed(path.to_owned()));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(KeyError::reading(path))?;
    Ok(text)
}
