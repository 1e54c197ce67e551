//! Secure Boot's variables as systemd-boot enrols them: `PK.auth`, `KEK.auth`, `db.auth`.
//!
//! ```text
//! EFI_TIME (16) │ WIN_CERTIFICATE_UEFI_GUID: length (4), revision, type, GUID (20), CMS │ EFI_SIGNATURE_LIST …
//! list: type GUID (16) │ list size (4) │ header size (4) │ signature size (4) │ header │ { owner (16) │ data } …
//! ```
//!
//! The CMS message signs name ‖ GUID ‖ attributes ‖ time ‖ lists (UEFI specification 2.10, 8.2.2 and 32.4.1).

use cms::signed_data::SignedData;
use der::{Decode as _, Encode as _, Reader as _, SliceReader};
use serde::Serialize;
use uuid::{Uuid, uuid};
use x509_cert::Certificate;

use super::certificate::{self, CertificateFacts, Hash};
use super::signature;

/// The names of the variables, each with the ones whose certificates may sign it.
const SIGNERS: [(&str, &[&str]); 3] = [("PK", &["PK"]), ("KEK", &["PK"]), ("db", &["KEK", "PK"])];

/// The vendor GUID of PK and KEK.
const GLOBAL: Uuid = uuid!("8be4df61-93ca-11d2-aa0d-00e098032b8c");

/// The vendor GUID of db.
const SECURITY_DATABASE: Uuid = uuid!("d719b2cb-3d3a-4596-a3bc-dad00e67656f");

/// Non-volatile, for boot and runtime services, authenticated by time.
const ATTRIBUTES: u32 = 0x27;

const X509: Uuid = uuid!("a5c059a1-94e4-4aa7-87b5-ab155c2bf072");

/// A variable.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Variable {
    /// Its path on the ESP.
    pub(super) path: String,
    /// `PK`, `KEK` or `db`.
    pub(super) name: &'static str,
    /// The certificates that it enrols.
    pub(super) enrols: Vec<CertificateFacts>,
    /// Who signed it.
    pub(super) signer: Option<CertificateFacts>,
    /// What is wrong with it.
    pub(super) problem: Option<String>,
    /// The certificates that it enrols.
    #[serde(skip)]
    pub(super) certificates: Vec<Certificate>,
    #[serde(skip)]
    chain: Vec<Certificate>,
}

/// The variable whose file has this name, such as `db.auth`.
pub(super) fn name(file: &str) -> Option<&'static str> {
    let stem = file.strip_suffix(".auth")?;
    SIGNERS.into_iter().map(|(name, _)| name).find(|name| name.eq_ignore_ascii_case(stem))
}

/// Reads a variable from the bytes of its file.
pub(super) fn read(path: &str, name: &'static str, bytes: &[u8]) -> Variable {
    let mut variable = Variable {
        path: path.to_owned(),
        name,
        enrols: Vec::new(),
        signer: None,
        problem: None,
        certificates: Vec::new(),
        chain: Vec::new(),
    };
    let Some((time, message, lists)) = split(bytes) else {
        variable.problem = Some("it is no authenticated variable".to_owned());
        return variable;
    };
    match certificates(lists) {
        Some(certificates) => variable.certificates = certificates,
        None => variable.problem = Some("its lists of certificates are cut off".to_owned()),
    }
    variable.enrols = variable.certificates.iter().map(CertificateFacts::of).collect();
    match check(name, time, message, lists) {
        Ok(chain) => variable.chain = chain,
        Err(problem) => variable.problem = Some(problem.to_owned()),
    }
    variable.signer = variable.chain.first().map(CertificateFacts::of);
    variable
}

/// Notes which variables are not signed by those that may.
pub(super) fn judge(variables: &mut [Variable]) {
    let all: Vec<(&str, Vec<Certificate>)> =
        variables.iter().map(|variable| (variable.name, variable.certificates.clone())).collect();
    for variable in variables.iter_mut().filter(|variable| variable.problem.is_none()) {
        let names = SIGNERS.into_iter().find(|(name, _)| *name == variable.name).map_or(&[][..], |(_, names)| names);
        let mut allowed =
            all.iter().filter(|(name, _)| names.contains(name)).flat_map(|(_, certificates)| certificates);
        if !allowed.any(|certificate| variable.chain.first() == Some(certificate)) {
            variable.problem = Some(format!("it is not signed by a certificate in {}", names.join(" or ")));
        }
    }
}

/// The time, the CMS message and the lists.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let length = usize::try_from(u32_at(bytes, 16)?).ok()?;
    let rest = bytes.get(16..)?;
    Some((&bytes[..16], rest.get(24..length)?, rest.get(length..)?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn certificates(mut lists: &[u8]) -> Option<Vec<Certificate>> {
    let mut certificates = Vec::new();
    while !lists.is_empty() {
        let number = |at| usize::try_from(u32_at(lists, at)?).ok();
        let (size, header, signature) = (number(16)?, number(20)?, number(24)?);
        let list = lists.get(..size)?;
        let signatures = list.get(28..)?.get(header..)?;
        if list.starts_with(&X509.to_bytes_le()) && signature > 16 {
            let entries = signatures.chunks_exact(signature);
            certificates.extend(entries.filter_map(|entry| certificate::parse(&entry[16..])));
        }
        lists = &lists[size..];
    }
    Some(certificates)
}

/// The signer's certificate and the others with it, if the signature holds.
fn check(name: &str, time: &[u8], message: &[u8], lists: &[u8]) -> Result<Vec<Certificate>, &'static str> {
    let message = signed_data(message).ok_or("its signature is not a CMS message")?;
    let signer = message.signer_infos.0.iter().next().ok_or("its signature has no signer")?;
    let chain = signature::chain(&message, signer);
    let certificate = chain.first().ok_or("its signer's certificate is not in it")?;
    let key = certificate::rsa_key(&certificate.tbs_certificate.subject_public_key_info);
    let key = key.ok_or("its signer's key is not RSA")?;
    let hash = Hash::of(signer.digest_alg.oid).ok_or("its signature does not use SHA-256")?;
    if signer.signed_attrs.is_some() {
        return Err("its signature has attributes, which firmware does not know");
    }
    let vendor = if name == "db" { SECURITY_DATABASE } else { GLOBAL };
    let mut signed: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    signed.extend(vendor.to_bytes_le());
    signed.extend(ATTRIBUTES.to_le_bytes());
    signed.extend(time);
    signed.extend(lists);
    if certificate::verifies(&key, hash, &signed, signer.signature.as_bytes()) {
        Ok(chain)
    } else {
        Err("its signature does not hold: it was changed after it was signed")
    }
}

/// A CMS message, with or without what says that it is one.
fn signed_data(bytes: &[u8]) -> Option<SignedData> {
    let bare = SliceReader::new(bytes).ok().and_then(|mut reader| reader.decode().ok());
    bare.or_else(|| {
        let content = cms::content_info::ContentInfo::from_der(bytes).ok()?;
        SignedData::from_der(&content.content.to_der().ok()?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> [Variable; 3] {
        [
            read("PK.auth", "PK", include_bytes!("fixtures/PK.auth")),
            read("KEK.auth", "KEK", include_bytes!("fixtures/KEK.auth")),
            read("db.auth", "db", include_bytes!("fixtures/db.auth")),
        ]
    }

    #[test]
    fn signatures_hold_and_each_bit_counts() {
        let mut variables = all();
        judge(&mut variables);
        assert_eq!(variables.clone().map(|variable| variable.problem), [None, None, None]);
        assert_eq!(variables[2].enrols[0].name, "Ilanga fixture");
        assert_eq!(variables[2].signer.as_ref().map(|signer| signer.name.as_str()), Some("Ilanga fixture kek"));
        let good = include_bytes!("fixtures/db.auth");
        // The revision, type and GUID of the certificate are not signed; a zero byte may end the header.
        for at in (0..16).chain((1300..good.len()).step_by(7)) {
            let mut bad = good.to_vec();
            bad[at] ^= 1;
            let mut variables = [variables[0].clone(), variables[1].clone(), read("db.auth", "db", &bad)];
            judge(&mut variables);
            assert!(variables[2].problem.is_some(), "byte {at}");
        }
        let mut wrong = [read("db.auth", "db", include_bytes!("fixtures/KEK.auth"))];
        judge(&mut wrong);
        assert!(wrong[0].problem.is_some());
        let mut alone = [all()[2].clone()];
        judge(&mut alone);
        assert_eq!(alone[0].problem.as_deref(), Some("it is not signed by a certificate in KEK or PK"));
    }

    #[test]
    fn nonsense_never_panics() {
        let good = include_bytes!("fixtures/db.auth");
        let mut state = 0x1234_5678_9ABC_DEF1_u64;
        for _ in 0..500 {
            let mut bytes = good.to_vec();
            for _ in 0..3 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let at = (state >> 8) as usize % bytes.len();
                bytes[at] = state as u8;
            }
            bytes.truncate((state >> 3) as usize % (2 * bytes.len()));
            let _ = read("db.auth", "db", &bytes);
        }
    }
}
