//! The signed PCR 11 policies of a unified kernel image.
//!
//! systemd-stub measures the sections into PCR 11, systemd the phases of the boot after that; section `.pcrsig` has
//! signatures of the policies that hold then, `.pcrpkey` the public key
//! ([systemd-measure](https://www.freedesktop.org/software/systemd/man/latest/systemd-measure.html)). What will be in
//! PCR 11 follows from the sections, so whether each signed policy is for this image is computed here.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::DecodePem as _;
use formats::digest::Digest;
use serde::{Deserialize, Serialize};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::certificate::{self, Hash};

/// The sections that are measured, in the order in which they are (`unified_sections` of systemd 257).
const MEASURED: [&str; 13] = [
    ".linux", ".osrel", ".cmdline", ".initrd", ".ucode", ".splash", ".dtb", ".uname", ".sbat", ".pcrpkey", ".profile",
    ".dtbauto", ".hwids",
];

/// The phases that a boot goes through, each extending PCR 11.
const PHASES: [&str; 4] = ["enter-initrd", "leave-initrd", "sysinit", "ready"];

/// `TPM2_CC_PolicyPCR`, and a selection of PCR 11 in the SHA-256 bank (TPM 2.0 part 3, 23.7; part 2, 10.9.7).
const POLICY: [u8; 14] = [0, 0, 1, 0x7F, 0, 0, 0, 1, 0, 0x0B, 3, 0, 0x08, 0];

/// What an image says about PCR 11.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct PcrPolicy {
    /// The digest of the public key, a PKCS #1 `RSAPublicKey` in DER.
    pub(super) key: Option<Digest>,
    /// The phases at which a policy holds that is signed with that key.
    pub(super) phases: Vec<String>,
    /// What is wrong with the key or with a signature.
    pub(super) problems: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Signed {
    pcrs: Vec<u32>,
    pkfp: String,
    pol: String,
    sig: String,
}

/// Reads and checks the policies. `section` gives a section's content.
pub(super) fn read<'a>(section: impl Fn(&str) -> Option<&'a [u8]>) -> Option<PcrPolicy> {
    let (key, signatures) = (section(".pcrpkey"), section(".pcrsig"));
    if key.is_none() && signatures.is_none() {
        return None;
    }
    let mut policy = PcrPolicy { key: None, phases: Vec::new(), problems: Vec::new() };
    let info = key.and_then(|pem| SubjectPublicKeyInfoOwned::from_pem(trim(pem)).ok());
    let rsa = info.as_ref().and_then(certificate::rsa_key);
    policy.key = info.as_ref().and_then(fingerprint);
    let (Some(rsa), Some(fingerprint)) = (rsa, policy.key) else {
        policy.problems.push("its section .pcrpkey has no RSA public key".to_owned());
        return Some(policy);
    };
    let banks = signatures.and_then(|json| serde_json::from_slice::<BTreeMap<String, Vec<Signed>>>(trim(json)).ok());
    let Some(signed) = banks.and_then(|mut banks| banks.remove("sha256")) else {
        policy.problems.push("its section .pcrsig has no signatures of the SHA-256 bank".to_owned());
        return Some(policy);
    };
    let expected = expected(&section);
    let both = signed.iter().any(|signed| signed.pkfp == fingerprint.to_string());
    for Signed { pcrs, pkfp, pol, sig } in signed.into_iter().take(64) {
        let bytes = pol.parse::<Digest>().ok();
        let signature = STANDARD.decode(&sig).ok();
        match (bytes, signature) {
            // While keys change there are those of another key, too: which it is, nothing here tells.
            _ if pcrs == [11] && both && pkfp != fingerprint.to_string() => {}
            _ if pcrs != [11] || pkfp != fingerprint.to_string() => {
                policy.problems.push("a signed PCR policy is for other registers or another key".to_owned());
            }
            (Some(digest), Some(signature))
                if certificate::verifies(&rsa, Hash::Sha256, digest.as_bytes(), &signature) =>
            {
                match expected.get(&digest) {
                    Some(phase) => policy.phases.push(phase.clone()),
                    None => policy.problems.push(
                        "a signed PCR policy is for other content: the image was changed after it was signed"
                            .to_owned(),
                    ),
                }
            }
            _ => policy.problems.push("a signature of a PCR policy is not by the key in .pcrpkey".to_owned()),
        }
    }
    Some(policy)
}

/// What systemd knows a key by.
pub(super) fn fingerprint(info: &SubjectPublicKeyInfoOwned) -> Option<Digest> {
    info.subject_public_key.as_bytes().map(Digest::of)
}

/// Sections of text may end with zeros.
fn trim(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1)]
}

/// The policy after each phase, with the phases' names.
fn expected<'a>(section: &impl Fn(&str) -> Option<&'a [u8]>) -> BTreeMap<Digest, String> {
    let mut register = Digest::new([0; 32]);
    let mut extend = |digest: Digest| {
        register = Digest::of_parts([register.as_bytes() as &[u8], digest.as_bytes()]);
        register
    };
    for (name, content) in MEASURED.into_iter().filter_map(|name| Some((name, section(name)?))) {
        extend(Digest::of_parts([name.as_bytes(), b"\0"]));
        extend(Digest::of(content));
    }
    let mut policies = BTreeMap::new();
    for (at, phase) in PHASES.into_iter().enumerate() {
        let values = Digest::of(extend(Digest::of(phase)).as_bytes());
        let policy = Digest::of_parts([[0; 32].as_slice(), &POLICY, values.as_bytes()]);
        policies.insert(policy, PHASES[..=at].join(":"));
    }
    policies
}
