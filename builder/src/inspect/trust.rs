//! Decides whose signatures are trusted, and notes it in the facts.
//!
//! Certificates that were given are all that is trusted; without any, those that the image itself would enrol are. shim
//! is signed by Microsoft in any case, and trusts what its own certificate signed.

use std::fs;
use std::path::{Path, PathBuf};

use der::DecodePem as _;
use formats::digest::Digest;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::certificate::{self, Trust};
use super::facts::{Content, Esp, Facts};
use super::program::Program;
use super::{InspectError, pcr};

/// What a person said is to be trusted.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// Certificates.
    pub(super) trust: Trust,
    /// Authorities of update bundles.
    pub(super) authority: Trust,
    /// The key of PCR policies.
    pub(super) pcr_key: Option<Digest>,
}

/// Microsoft's certificates that shims are signed with.
const MICROSOFT: [&[u8]; 2] =
    [include_bytes!("../kernel/microsoft/ms-uefi-2011.pem"), include_bytes!("../kernel/microsoft/ms-uefi-2023.pem")];

/// Reads the certificates of a folder of keys, and others; `authorities` are those of update bundles.
pub(super) fn given(
    keys: Option<&Path>,
    certificates: &[PathBuf],
    authorities: &[PathBuf],
) -> Result<Given, InspectError> {
    let mut given = Given::default();
    let read = |path: &Path| {
        fs::read(path).map_err(|source| InspectError::Certificate { path: path.to_owned(), source: Some(source) })
    };
    let broken = |path: &Path| InspectError::Certificate { path: path.to_owned(), source: None };
    for (trust, name, others) in
        [(&mut given.trust, "secure-boot.crt", certificates), (&mut given.authority, "rauc-ca.crt", authorities)]
    {
        let from_keys = keys.map(|folder| folder.join(name));
        for path in from_keys.iter().chain(others) {
            let certificate = certificate::parse(&read(path)?).ok_or_else(|| broken(path))?;
            trust.add(certificate, &path.display().to_string());
        }
    }
    if let Some(folder) = keys {
        let path = folder.join("pcr.pub");
        let info = SubjectPublicKeyInfoOwned::from_pem(read(&path)?).map_err(|_| broken(&path))?;
        given.pcr_key = pcr::fingerprint(&info);
    }
    Ok(given)
}

/// Notes at each signature what makes its signer trusted. Returns whether anything is trusted.
pub(super) fn note(facts: &mut Facts, given: &Given) -> bool {
    match facts {
        Facts::Bundle(bundle) => {
            if let Some(signature) = &mut bundle.signature {
                signature.trusted_by = given.authority.of(&signature.chain).map(str::to_owned);
            }
            return !given.authority.is_empty();
        }
        Facts::Program(program) => note_program(program, &given.trust),
        Facts::SlotImage(slot) => slot.payload.iter_mut().for_each(|program| note_program(program, &given.trust)),
        Facts::Disk(disk) => {
            let mut trust = given.trust.clone();
            if let Some(esp) = disk.esp().filter(|_| trust.is_empty()) {
                esp.certificates.iter().for_each(|(certificate, source)| trust.add(certificate.clone(), source));
            }
            let mut boot = trust.clone();
            for certificate in disk.esp().iter().flat_map(|esp| shims(esp)).flat_map(|shim| &shim.vendor) {
                boot.add(certificate.clone(), "shim");
            }
            for content in &mut disk.contents {
                match content {
                    Content::Esp(esp) => {
                        for program in esp.programs.iter_mut().filter_map(|program| program.program.as_mut()) {
                            note_program(program, if program.is_kernel() { &trust } else { &boot });
                        }
                    }
                    Content::Slot(slot) => slot.payload.iter_mut().for_each(|program| note_program(program, &trust)),
                    _ => {}
                }
            }
            return !trust.is_empty();
        }
    }
    !given.trust.is_empty()
}

fn shims(esp: &Esp) -> impl Iterator<Item = &Program> {
    esp.programs.iter().filter_map(|program| program.program.as_ref()).filter(|program| program.is_shim())
}

fn note_program(program: &mut Program, trust: &Trust) {
    let mut trust = trust.clone();
    if program.is_shim() {
        for certificate in MICROSOFT.into_iter().filter_map(certificate::parse) {
            trust.add(certificate, "Microsoft");
        }
    }
    for signature in &mut program.signatures {
        signature.trusted_by = trust.of(&signature.chain).map(str::to_owned);
    }
}
