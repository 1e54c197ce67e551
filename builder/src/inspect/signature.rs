//! Authenticode signatures of EFI programs: whose, and whether they hold.
//!
//! A signature is a CMS message over a digest of the program without its checksum and certificate table. It holds if
//! that digest is the program's, the signed attributes carry the message's digest, and the signer's key signed the
//! attributes ([Windows Authenticode Portable Executable Signature
//! Format](https://learn.microsoft.com/en-us/windows-hardware/drivers/install/authenticode)).

use authenticode::{
    AttributeCertificate, AttributeCertificateIterator, PeTrait, SPC_INDIRECT_DATA_OBJID, SpcIndirectDataContent,
    WIN_CERT_TYPE_PKCS_SIGNED_DATA, authenticode_digest,
};
use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::oid::ObjectIdentifier;
use der::{Encode as _, Reader as _, SliceReader};
use formats::digest::Digest;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;

use super::certificate::{self, CertificateFacts, Hash};

const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");

/// More than any program has.
const MOST: usize = 16;

/// A signature of a program.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Signature {
    /// Whose it says it is.
    pub(super) signer: Option<CertificateFacts>,
    /// Why it does not hold; `None` if it does.
    pub(super) problem: Option<String>,
    /// What makes the signer trusted; filled in by whoever knows what is.
    pub(super) trusted_by: Option<String>,
    /// The signer's certificate, and the others that came with it.
    #[serde(skip)]
    pub(super) chain: Vec<Certificate>,
}

/// The Authenticode digest of a program.
pub(super) fn digest(program: &dyn PeTrait) -> Option<Digest> {
    let mut hasher = Sha256::new();
    authenticode_digest(program, &mut hasher).ok()?;
    Some(Digest::new(hasher.finalize().into()))
}

/// All signatures of a program; an error if its certificate table cannot be read.
pub(super) fn read(program: &dyn PeTrait) -> Result<Vec<Signature>, String> {
    let digest = digest(program).ok_or("its sections do not lie in the file")?;
    match program.certificate_table_range() {
        Ok(Some(range)) if !range.is_empty() => {}
        Ok(_) => return Ok(Vec::new()),
        Err(_) => return Err("its certificate table's place is absurd".to_owned()),
    }
    let table = AttributeCertificateIterator::new(program).map_err(|error| error.to_string())?;
    let mut signatures = Vec::new();
    for entry in table.into_iter().flatten().take(MOST) {
        signatures.push(signature(&entry.map_err(|error| error.to_string())?, digest));
    }
    Ok(signatures)
}

fn signature(entry: &AttributeCertificate<'_>, digest: Digest) -> Signature {
    let unknown = |problem: &str| Signature {
        signer: None,
        problem: Some(problem.to_owned()),
        trusted_by: None,
        chain: Vec::new(),
    };
    if entry.certificate_type != WIN_CERT_TYPE_PKCS_SIGNED_DATA {
        return unknown("it is of a type that Secure Boot does not use");
    }
    let Some(message) = signed_data(entry.data) else {
        return unknown("it is not a CMS message");
    };
    let Some(signer) = message.signer_infos.0.iter().next() else {
        return unknown("it has no signer");
    };
    let chain = chain(&message, signer);
    let Some(certificate) = chain.first() else {
        return unknown("its signer's certificate is not in it");
    };
    Signature {
        signer: Some(CertificateFacts::of(certificate)),
        problem: check(&message, signer, certificate, digest).err().map(str::to_owned),
        trusted_by: None,
        chain,
    }
}

fn signed_data(bytes: &[u8]) -> Option<SignedData> {
    // Entries of certificate tables are padded.
    let content: ContentInfo = SliceReader::new(bytes).ok()?.decode().ok()?;
    if content.content_type == SIGNED_DATA { content.content.decode_as().ok() } else { None }
}

/// The signer's certificate and then the others of a message; nothing if the signer's is not there.
pub(super) fn chain(message: &SignedData, signer: &SignerInfo) -> Vec<Certificate> {
    let choices = message.certificates.iter().flat_map(|set| set.0.iter());
    let certificates = choices.filter_map(|choice| match choice {
        CertificateChoices::Certificate(certificate) => Some(certificate.clone()),
        CertificateChoices::Other(_) => None,
    });
    let mut chain: Vec<Certificate> = certificates.collect();
    match chain.iter().position(|certificate| is_signer(signer, certificate)) {
        Some(at) => chain.swap(0, at),
        None => chain.clear(),
    }
    chain
}

fn is_signer(signer: &SignerInfo, certificate: &Certificate) -> bool {
    let tbs = &certificate.tbs_certificate;
    match &signer.sid {
        SignerIdentifier::IssuerAndSerialNumber(id) => id.issuer == tbs.issuer && id.serial_number == tbs.serial_number,
        SignerIdentifier::SubjectKeyIdentifier(_) => false,
    }
}

fn check(
    message: &SignedData,
    signer: &SignerInfo,
    certificate: &Certificate,
    digest: Digest,
) -> Result<(), &'static str> {
    let content = &message.encap_content_info;
    if content.econtent_type != SPC_INDIRECT_DATA_OBJID {
        return Err("it does not sign a program");
    }
    let content = content.econtent.as_ref().ok_or("it signs nothing")?;
    let indirect: SpcIndirectDataContent = content.decode_as().map_err(|_| "it does not sign a program's digest")?;
    if indirect.message_digest.digest.as_bytes() != digest.as_bytes() {
        return Err("it is for other content: the program was changed after it was signed");
    }
    let hash = Hash::of(signer.digest_alg.oid).ok_or("it does not use SHA-256")?;
    if hash != Hash::Sha256 {
        return Err("it does not use SHA-256");
    }
    let attributes = signer.signed_attrs.as_ref().ok_or("it has no signed attributes")?;
    let carried = attributes.iter().find(|attribute| attribute.oid == MESSAGE_DIGEST);
    let carried = carried.and_then(|attribute| attribute.values.iter().next()).ok_or("it carries no digest")?;
    if carried.value() != Digest::of(content.value()).as_bytes() {
        return Err("its attributes are for another message");
    }
    let key = certificate::rsa_key(&certificate.tbs_certificate.subject_public_key_info).ok_or("its key is not RSA")?;
    let signed = attributes.to_der().map_err(|_| "its attributes cannot be encoded")?;
    if certificate::verifies(&key, hash, &signed, signer.signature.as_bytes()) {
        Ok(())
    } else {
        Err("the signer's key did not make it")
    }
}
