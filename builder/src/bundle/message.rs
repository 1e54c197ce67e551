//! A bundle's signature: a [CMS](https://www.rfc-editor.org/rfc/rfc5652) message with the manifest in it.
//!
//! ```text
//! SignedData ─┬─ the manifest                         signed attributes: content type, signing time, SHA-256 of the
//!             ├─ the signer's certificate             manifest; these are what RSA (PKCS #1 v1.5, SHA-256) signs
//!             └─ the signer: attributes, signature
//! ```
//!
//! What `rauc bundle` makes with OpenSSL, but for the signing time: it is the release's date, so that the bits repeat. Nodes
//! judge certificates by it (`use-bundle-signing-time`), as their clocks may be wrong. Nothing here is secret: a program
//! of the tools tree signs.

use std::time::Duration;

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedAttributes, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{GeneralizedTime, ObjectIdentifier, OctetString, SetOfVec, UtcTime};
use der::{Any, Decode as _, Encode as _, Tag};
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::spki::AlgorithmIdentifierOwned;

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// What is signed of `content`; `date` is in seconds since 1970.
pub(super) fn attributes(content: &[u8], date: u64) -> der::Result<SignedAttributes> {
    let attribute = |oid, value: &[u8]| {
        let values = SetOfVec::try_from(vec![Any::from_der(value)?])?;
        der::Result::Ok(Attribute { oid, values })
    };
    let digest = OctetString::new(Sha256::digest(content).as_slice())?;
    SetOfVec::try_from(vec![
        attribute(CONTENT_TYPE, &DATA.to_der()?)?,
        attribute(SIGNING_TIME, &time(date)?)?,
        attribute(MESSAGE_DIGEST, &digest.to_der()?)?,
    ])
}

/// A time as RFC 5652, 11.3 wants it: of two digits' years until 2049.
fn time(date: u64) -> der::Result<Vec<u8>> {
    let date = Duration::from_secs(date);
    match UtcTime::from_unix_duration(date) {
        Ok(time) => time.to_der(),
        Err(_) => GeneralizedTime::from_unix_duration(date)?.to_der(),
    }
}

/// The message with `content` in it, whose `attributes` the certificate's key has signed.
pub(super) fn message(
    content: &[u8],
    certificate: Certificate,
    attributes: SignedAttributes,
    signature: Vec<u8>,
) -> der::Result<Vec<u8>> {
    let sha256 = AlgorithmIdentifierOwned { oid: SHA256, parameters: None };
    let rsa = AlgorithmIdentifierOwned { oid: RSA_ENCRYPTION, parameters: Some(Any::null()) };
    let signer = IssuerAndSerialNumber {
        issuer: certificate.tbs_certificate.issuer.clone(),
        serial_number: certificate.tbs_certificate.serial_number.clone(),
    };
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(signer),
        digest_alg: sha256.clone(),
        signed_attrs: Some(attributes),
        signature_algorithm: rsa,
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let certificates = CertificateSet(SetOfVec::try_from(vec![CertificateChoices::Certificate(certificate)])?);
    let data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![sha256])?,
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: DATA,
            econtent: Some(Any::new(Tag::OctetString, content)?),
        },
        certificates: Some(certificates),
        crls: None,
        signer_infos: SignerInfos(SetOfVec::try_from(vec![signer])?),
    };
    ContentInfo { content_type: SIGNED_DATA, content: Any::from_der(&data.to_der()?)? }.to_der()
}

#[cfg(test)]
mod tests {
    use formats::bundle::{BadBundle, signed_content};

    use super::*;

    fn made(content: &[u8]) -> Vec<u8> {
        let certificate = include_bytes!("../kernel/microsoft/ms-uefi-2023.pem");
        let certificate = der::DecodePem::from_pem(certificate).unwrap();
        message(content, certificate, attributes(content, 1_795_219_200).unwrap(), vec![1; 256]).unwrap()
    }

    #[test]
    fn carries_the_manifest() {
        let content = b"[update]\ncompatible=x\n".repeat(1000);
        assert_eq!(signed_content(&made(&content)), Ok(content));
        assert_eq!(made(b"x"), made(b"x"));
    }

    #[test]
    fn what_is_cut_or_longer_is_none() {
        let good = made(b"content");
        for length in 0..good.len() {
            assert!(matches!(signed_content(&good[..length]), Err(BadBundle::Signature(_))), "{length}");
        }
        assert!(signed_content(&[good.as_slice(), b"\0"].concat()).is_err());
    }

    #[test]
    fn times_have_two_forms() {
        assert_eq!(time(1_795_219_200).unwrap(), b"\x17\x0D261121000000Z");
        assert_eq!(time(4_102_358_400).unwrap(), b"\x18\x0F20991231000000Z");
    }
}
