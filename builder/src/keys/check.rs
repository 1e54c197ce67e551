//! Whether a set of keys is whole, of the right kinds, and private.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use aws_lc_rs::signature::Ed25519KeyPair;
use der::asn1::ObjectIdentifier;
use der::pem::PemLabel as _;
use der::{DecodePem as _, Encode as _};
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, PrivateKeyInfo, SecretDocument};
use rsa::sha2::Sha256;
use rsa::signature::Verifier as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{RsaPrivateKey, RsaPublicKey};
use uuid::Uuid;
use x509_cert::Certificate;
use x509_cert::ext::pkix::ExtendedKeyUsage;

use super::tuf::{RoleKey, Roles};
use super::{DEVELOPMENT, KeyError, KeySet, Pair};

/// RAUC's purpose `codesign`, and `smimesign`.
pub(super) const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
pub(super) const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");

const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// What the files say beside their keys.
pub(super) struct Checked {
    /// What `guid.txt` holds.
    pub(super) owner: Uuid,
    /// Whether the certificates are a development set's.
    pub(super) development: bool,
}

/// Checks every file of the set. The private keys of the two authorities may be kept elsewhere.
pub(super) fn check(keys: &KeySet) -> Result<Checked, KeyError> {
    let mut development = false;
    for pair in keys.pairs() {
        let certificate = certificate(&pair.certificate)?;
        if pair != &keys.rauc_ca || pair.key.exists() {
            belongs(&certificate, pair)?;
        }
        development |= certificate.tbs_certificate.subject.to_string().contains(&format!("CN={DEVELOPMENT}"));
    }
    is_signed_by(&keys.rauc, &keys.rauc_ca)?;
    if !is_for(&keys.rauc, CODE_SIGNING)? {
        return Err(KeyError::Purpose(keys.rauc.certificate.clone()));
    }
    let pcr = private_rsa(&keys.pcr)?;
    let text = read(&keys.pcr_public, false)?;
    let public =
        RsaPublicKey::from_public_key_pem(&text).map_err(kind(&keys.pcr_public, "an RSA public key in PEM"))?;
    if public != pcr.to_public_key() {
        return Err(KeyError::Mismatch { public: keys.pcr_public.clone(), private: keys.pcr.clone() });
    }
    for path in [&keys.tuf.root, &keys.tuf.root_spare].into_iter().filter(|path| path.exists()) {
        RoleKey::load(path)?;
    }
    Roles::load(&keys.folder)?.check()?;
    let owner = read(&keys.owner_file, false)?.trim().parse().map_err(kind(&keys.owner_file, "a GUID"))?;
    Ok(Checked { owner, development })
}

const CERTIFICATE: &str = "an X.509 certificate of an RSA key in PEM";

fn certificate(path: &Path) -> Result<Certificate, KeyError> {
    Certificate::from_pem(read(path, false)?).map_err(kind(path, CERTIFICATE))
}

/// Whether the certificate is that of the pair's private key.
fn belongs(certificate: &Certificate, pair: &Pair) -> Result<(), KeyError> {
    if private_rsa(&pair.key)?.to_public_key() == public_rsa(certificate, &pair.certificate)? {
        return Ok(());
    }
    Err(KeyError::Mismatch { public: pair.certificate.clone(), private: pair.key.clone() })
}

fn public_rsa(certificate: &Certificate, path: &Path) -> Result<RsaPublicKey, KeyError> {
    let info = certificate.tbs_certificate.subject_public_key_info.to_der().map_err(kind(path, CERTIFICATE))?;
    RsaPublicKey::from_public_key_der(&info).map_err(kind(path, CERTIFICATE))
}

/// Whether the authority signed the leaf's certificate.
fn is_signed_by(leaf: &Pair, authority: &Pair) -> Result<(), KeyError> {
    let (signed, signer) = (certificate(&leaf.certificate)?, certificate(&authority.certificate)?);
    let key = VerifyingKey::<Sha256>::new(public_rsa(&signer, &authority.certificate)?);
    let content = signed.tbs_certificate.to_der().map_err(kind(&leaf.certificate, CERTIFICATE))?;
    let signature = Signature::try_from(signed.signature.raw_bytes()).map_err(kind(&leaf.certificate, CERTIFICATE))?;
    key.verify(&content, &signature)
        .map_err(|_| KeyError::Unsigned { leaf: leaf.certificate.clone(), authority: authority.certificate.clone() })
}

/// Whether a certificate is for a purpose.
pub(super) fn is_for(pair: &Pair, purpose: ObjectIdentifier) -> Result<bool, KeyError> {
    let certificate = certificate(&pair.certificate)?;
    let usage = certificate.tbs_certificate.get::<ExtendedKeyUsage>().map_err(kind(&pair.certificate, CERTIFICATE))?;
    Ok(usage.is_some_and(|(_, usage)| usage.0.contains(&purpose)))
}

fn private_rsa(path: &Path) -> Result<RsaPrivateKey, KeyError> {
    let expected = "a private RSA key in PEM (PKCS #8, not encrypted)";
    let key = RsaPrivateKey::from_pkcs8_pem(&read(path, true)?).map_err(kind(path, expected))?;
    if key.size() < 256 {
        return Err(kind(path, "an RSA key of at least 2048 bits")(format!("it has {}", key.size() * 8)));
    }
    Ok(key)
}

/// The Ed25519 key in a file.
pub(super) fn private_ed25519(path: &Path) -> Result<Ed25519KeyPair, KeyError> {
    let expected = "a private Ed25519 key in PEM (PKCS #8, not encrypted)";
    let text = read(path, true)?;
    let (label, document) = SecretDocument::from_pem(&text).map_err(kind(path, expected))?;
    PrivateKeyInfo::validate_pem_label(label).map_err(kind(path, expected))?;
    let info: PrivateKeyInfo<'_> = document.decode_msg().map_err(kind(path, expected))?;
    if info.algorithm.oid != ED25519 {
        return Err(kind(path, expected)(format!("its algorithm is {}", info.algorithm.oid)));
    }
    Ed25519KeyPair::from_pkcs8(document.as_bytes()).map_err(kind(path, expected))
}

fn kind<E: ToString>(path: &Path, expected: &'static str) -> impl FnOnce(E) -> KeyError {
    move |reason| KeyError::Kind { path: path.to_owned(), expected, reason: reason.to_string() }
}

/// A file of the set.
pub(super) fn read(path: &Path, private: bool) -> Result<String, KeyError> {
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::str::FromStr as _;
    use std::sync::OnceLock;
    use std::time::Duration;

    use rand_core::OsRng;
    use rsa::pkcs1v15::SigningKey;
    use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
    use x509_cert::builder::{Builder as _, CertificateBuilder, Profile};
    use x509_cert::der::EncodePem as _;
    use x509_cert::name::Name;
    use x509_cert::serial_number::SerialNumber;
    use x509_cert::spki::SubjectPublicKeyInfoOwned;
    use x509_cert::time::Validity;

    use super::super::tuf;
    use super::*;

    /// The example of RFC 8410, 10.3.
    const ED25519_KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
                               MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                               -----END PRIVATE KEY-----\n";

    /// Another one.
    const OTHER_KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
                             MC4CAQAwBQYDK2VwBCIEIGHTiHoqmKIDBpqGaiTbtQAIb0bU0WnQSWmqfgPUtvOc\n\
                             -----END PRIVATE KEY-----\n";

    /// Making a key takes a second, so one stands for all.
    fn rsa() -> &'static RsaPrivateKey {
        static KEY: OnceLock<RsaPrivateKey> = OnceLock::new();
        KEY.get_or_init(|| RsaPrivateKey::new(&mut OsRng, 2048).unwrap())
    }

    fn certificate_of(rsa: &RsaPrivateKey, name: &str) -> String {
        let signer = SigningKey::<Sha256>::new(rsa.clone());
        let mut builder = CertificateBuilder::new(
            Profile::Root,
            SerialNumber::from(1u32),
            Validity::from_now(Duration::from_secs(60)).unwrap(),
            Name::from_str(&format!("CN={name}")).unwrap(),
            SubjectPublicKeyInfoOwned::from_key(rsa.to_public_key()).unwrap(),
            &signer,
        )
        .unwrap();
        if name != "A school without a purpose" {
            builder.add_extension(&ExtendedKeyUsage(vec![CODE_SIGNING])).unwrap();
        }
        builder.build::<rsa::pkcs1v15::Signature>().unwrap().to_pem(LineEnding::LF).unwrap()
    }

    fn write(path: &Path, mode: u32, content: &str) {
        fs::write(path, content).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// A good set of keys.
    fn set(name: &str) -> (tempfile::TempDir, KeySet) {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeySet::paths(folder.path());
        let key = rsa().to_pkcs8_pem(LineEnding::LF).unwrap();
        let certificate = certificate_of(rsa(), name);
        for pair in keys.pairs() {
            write(&pair.key, 0o600, &key);
            write(&pair.certificate, 0o644, &certificate);
        }
        write(&keys.pcr, 0o600, &key);
        write(&keys.pcr_public, 0o644, &rsa().to_public_key().to_public_key_pem(LineEnding::LF).unwrap());
        for path in keys.tuf.all() {
            write(path, 0o600, ED25519_KEY);
        }
        let root = tuf::first_root(&keys.tuf, "2026-11-21".parse().unwrap()).unwrap();
        write(&keys.tuf.root_file, 0o644, &String::from_utf8(root.bytes).unwrap());
        write(&keys.owner_file, 0o644, "77fa9abd-0359-4d32-bd60-28f4e78f784b\n");
        (folder, keys)
    }

    #[test]
    fn a_whole_set_is_loaded() {
        let (folder, _) = set("A school keys");
        let keys = KeySet::load(folder.path()).unwrap();
        assert_eq!(keys.owner.to_string(), "77fa9abd-0359-4d32-bd60-28f4e78f784b");
        assert!(!keys.development);
        let (folder, _) = set("Ilanga development keys");
        assert!(KeySet::load(folder.path()).unwrap().development);
    }

    /// Each fault, and how the message about it ends (after the file's path) or what it contains.
    #[test]
    fn faults_are_named() {
        type Fault = fn(&KeySet) -> PathBuf;
        let faults: [(Fault, &str); 12] = [
            (|k| fs::remove_file(&k.rauc.key).map(|()| k.rauc.key.clone()).unwrap(), "is missing: `ilanga keys new"),
            (
                |k| fs::remove_file(&k.tuf.targets).map(|()| k.tuf.targets.clone()).unwrap(),
                "is missing: `ilanga keys new",
            ),
            (|k| change(&k.pcr, 0o640, None), "can be read by others: run `chmod 600"),
            (|k| change(&k.tuf.targets, 0o604, None), "can be read by others: run `chmod 600"),
            (|k| change(&k.service.key, 0o600, Some("")), "is not a private RSA key in PEM"),
            (|k| change(&k.service.key, 0o600, Some(ED25519_KEY)), "is not a private RSA key in PEM"),
            (|k| change(&k.tuf.snapshot, 0o600, Some("x")), "is not a private Ed25519 key in PEM"),
            (|k| change(&k.platform.certificate, 0o644, Some("x")), "is not an X.509 certificate of an RSA key in PEM"),
            (|k| change(&k.pcr_public, 0o644, Some("x")), "is not an RSA public key in PEM"),
            (|k| change(&k.owner_file, 0o644, Some("x")), "is not a GUID"),
            (|k| change(&k.tuf.root_file, 0o644, Some("{}")), "does not say which keys to trust"),
            (|k| change(&k.tuf.targets, 0o600, Some(OTHER_KEY)), "tuf-root.json does not belong to"),
        ];
        for (fault, message) in faults {
            let (folder, keys) = set("A school keys");
            let path = fault(&keys);
            let error = KeySet::load(folder.path()).unwrap_err().to_string();
            assert!(error.contains(&path.display().to_string()) && error.contains(message), "{error}");
        }
    }

    #[test]
    fn authorities_may_be_kept_elsewhere() {
        let (folder, keys) = set("A school keys");
        fs::remove_file(&keys.rauc_ca.key).unwrap();
        fs::remove_file(&keys.tuf.root).unwrap();
        fs::remove_file(&keys.tuf.root_spare).unwrap();
        assert!(KeySet::load(folder.path()).is_ok());
    }

    #[test]
    fn another_authority_is_refused() {
        let (folder, keys) = set("A school keys");
        let other = RsaPrivateKey::new(&mut OsRng, 2048).unwrap();
        write(&keys.rauc_ca.key, 0o600, &other.to_pkcs8_pem(LineEnding::LF).unwrap());
        write(&keys.rauc_ca.certificate, 0o644, &certificate_of(&other, "A school keys"));
        let error = KeySet::load(folder.path()).unwrap_err();
        assert!(matches!(error, KeyError::Unsigned { .. }), "{error}");
    }

    #[test]
    fn a_certificate_that_nodes_would_refuse_is_refused() {
        let (folder, _) = set("A school without a purpose");
        let error = KeySet::load(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("rauc.crt is not for signing code: nodes would refuse all that it signs"), "{error}");
    }

    #[test]
    fn tuf_keys_are_not_rsa() {
        let (folder, keys) = set("A school keys");
        fs::copy(&keys.pcr, &keys.tuf.timestamp).unwrap();
        let error = KeySet::load(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("its algorithm is 1.2.840.113549.1.1.1"), "{error}");
    }

    #[test]
    fn another_keys_certificate_is_refused() {
        let (folder, keys) = set("A school keys");
        let other = RsaPrivateKey::new(&mut OsRng, 2048).unwrap();
        write(&keys.release.key, 0o600, &other.to_pkcs8_pem(LineEnding::LF).unwrap());
        let error = KeySet::load(folder.path()).unwrap_err();
        assert!(matches!(error, KeyError::Mismatch { .. }), "{error}");
    }

    fn change(path: &Path, mode: u32, content: Option<&str>) -> PathBuf {
        let content = content.map_or_else(|| fs::read_to_string(path).unwrap(), str::to_owned);
        write(path, mode, &content);
        path.to_owned()
    }
}
