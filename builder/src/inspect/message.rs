//! The signature of an update bundle: whose, and whether it holds.
//!
//! It holds if its attributes carry the manifest's digest, the signer's key signed the attributes, and the signer's
//! certificate is for signing code and was valid at the signing time: what RAUC asks of it on a node, whose clock may be
//! wrong ([CMS](https://www.rfc-editor.org/rfc/rfc5652)).

use std::time::Duration;

use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerInfo};
use der::asn1::{GeneralizedTime, ObjectIdentifier, UtcTime};
use der::{Any, Decode as _, Encode as _};
use formats::digest::Digest;
use x509_cert::Certificate;
use x509_cert::ext::pkix::ExtendedKeyUsage;

use super::certificate::{self, CertificateFacts, Hash};
use super::signature::{self, Signature};

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");

/// Reads the signature `message`; a bundle's is known to be a message with one signer.
pub(super) fn read(message: &[u8]) -> Option<Signature> {
    let info = ContentInfo::from_der(message).ok()?;
    let data: SignedData = info.content.decode_as().ok()?;
    let signer = data.signer_infos.0.iter().next()?;
    let chain = signature::chain(&data, signer);
    let problem = match chain.first() {
        Some(certificate) => check(&data, signer, certificate).err(),
        None => Some("its signer's certificate is not in it"),
    };
    Some(Signature {
        signer: chain.first().map(CertificateFacts::of),
        problem: problem.map(str::to_owned),
        trusted_by: None,
        chain,
    })
}

fn check(data: &SignedData, signer: &SignerInfo, certificate: &Certificate) -> Result<(), &'static str> {
    let content = data.encap_content_info.econtent.as_ref().ok_or("it signs nothing")?;
    if Hash::of(signer.digest_alg.oid) != Some(Hash::Sha256) {
        return Err("it does not use SHA-256");
    }
    let attributes = signer.signed_attrs.as_ref().ok_or("it has no signed attributes")?;
    let attribute = |oid| -> Option<&Any> { attributes.iter().find(|attribute| attribute.oid == oid)?.values.get(0) };
    if attribute(CONTENT_TYPE).and_then(|value| value.decode_as().ok()) != Some(DATA) {
        return Err("its attributes are not those of a manifest");
    }
    if attribute(MESSAGE_DIGEST).map(Any::value) != Some(Digest::of(content.value()).as_bytes()) {
        return Err("it is for another manifest: the manifest was changed after it was signed");
    }
    let time = attribute(SIGNING_TIME).and_then(time).ok_or("it says no signing time")?;
    let key = certificate::rsa_key(&certificate.tbs_certificate.subject_public_key_info).ok_or("its key is not RSA")?;
    let signed = attributes.to_der().map_err(|_| "its attributes cannot be encoded")?;
    if !certificate::verifies(&key, Hash::Sha256, &signed, signer.signature.as_bytes()) {
        return Err("the signer's key did not make it");
    }
    let validity = certificate.tbs_certificate.validity;
    if !(validity.not_before.to_unix_duration()..=validity.not_after.to_unix_duration()).contains(&time) {
        return Err("the signer's certificate was not valid when it was made");
    }
    let usage = certificate.tbs_certificate.get::<ExtendedKeyUsage>().ok().flatten();
    if !usage.is_some_and(|(_, usage)| usage.0.contains(&CODE_SIGNING)) {
        return Err("the signer's certificate is not for signing code");
    }
    Ok(())
}

/// A time in one of its two forms.
fn time(value: &Any) -> Option<Duration> {
    let two_digits = value.decode_as::<UtcTime>().map(|time| time.to_unix_duration());
    two_digits.or_else(|_| value.decode_as::<GeneralizedTime>().map(|time| time.to_unix_duration())).ok()
}
