//! The node's own certificate authority, and the certificate of its page.
//!
//! ```text
//!   /data/ilanga/page/authority.json     its key and certificate: made once for a name of the node, and what people install
//!   /data/ilanga/page/certificate.json   the page's: made anew when the node's addresses change, and in time (`validity`)
//! ```
//!
//! Whoever installs the authority trusts it in all that their phone does. So its certificate says itself what it may sign for, which
//! phones and browsers check ([RFC 5280, 4.2.1.10](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10)): this node's one name in
//! `.local`, and addresses that no site of the internet has ([`RANGES`]); servers of web pages and nothing else; and no further
//! authority.
//!
//! Invariants: keys are on data alone, which is encrypted, in files that only root reads; the authority's never leaves this module;
//! what can't be read is made anew, as the page has to be there, and said.

use std::fs::DirBuilder;
use std::io;
use std::net::IpAddr;
use std::ops::Range;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use formats::digest::Digest;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, SanType, SerialNumber,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use super::validity;
use crate::error::chain;
use crate::random::{self, NotRandom};
use crate::store;

/// The longest file, in bytes.
const LONGEST: usize = 64 << 10;

/// Addresses that it may sign for, with the length of their prefix: private ones (RFC 1918, RFC 4193), and those of one link (RFC 3927;
/// of IPv6 no browser has those).
const RANGES: [(&str, u8); 5] =
    [("10.0.0.0", 8), ("172.16.0.0", 12), ("192.168.0.0", 16), ("169.254.0.0", 16), ("fc00::", 7)];

/// There is no certificate.
#[derive(Debug, Error)]
pub enum AuthorityError {
    /// A file.
    #[error("{doing} {path}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// With which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A certificate.
    #[error("making a certificate")]
    Certificate(#[from] rcgen::Error),
    /// There are no random numbers.
    #[error(transparent)]
    Random(#[from] NotRandom),
}

/// The file of the authority.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Authority {
    version: u32,
    /// The name that it may sign for.
    name: String,
    /// PKCS #8, in hexadecimal digits.
    key: Zeroizing<String>,
    /// DER, in hexadecimal digits.
    certificate: String,
}

/// The file of the page's certificate.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Leaf {
    version: u32,
    /// The digest of the authority's certificate.
    authority: Digest,
    name: String,
    addresses: Vec<IpAddr>,
    holds: Range<u64>,
    key: Zeroizing<String>,
    certificate: String,
}

/// What the page shows browsers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Identity {
    /// The names that it is asked for by.
    pub names: Vec<String>,
    /// The page's key: PKCS #8, in hexadecimal digits.
    pub key: Zeroizing<String>,
    /// The page's certificate: DER, in hexadecimal digits.
    pub certificate: String,
    /// The authority's: the same, for installing.
    pub authority: String,
}

impl Identity {
    /// What tells one from another.
    pub fn id(&self) -> Digest {
        Digest::of_parts([self.certificate.as_bytes(), self.authority.as_bytes(), self.names.join(" ").as_bytes()])
    }
}

/// For which node, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// What the computer is called.
    pub host: String,
    /// Its addresses; those that the authority may not sign for are left out.
    pub addresses: Vec<IpAddr>,
    /// What its clock says, in seconds since 1970.
    pub clock: u64,
    /// The date of the release that runs, the same.
    pub release: u64,
}

/// The certificate that fits, from this folder, or made.
pub fn identity(folder: &Path, now: &Circumstances) -> Result<Identity, AuthorityError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
            return Err(AuthorityError::File { doing: "making", path: folder.to_owned(), source });
        }
        _ => {}
    }
    let name = format!("{}.local", now.host);
    let path = folder.join("authority.json");
    let kept = read::<Authority>(&path)?.filter(|kept| kept.version == 1 && kept.name == name);
    let kept = kept.and_then(|kept| Some((key(&kept.key)?, kept.certificate)));
    let (key, certificate) = match kept {
        Some(kept) => kept,
        None => authority(&path, &name)?,
    };
    let leaf = leaf(&folder.join("certificate.json"), now, &name, key, Digest::of(&certificate))?;
    let names = vec![name, now.host.clone()];
    Ok(Identity { names, key: leaf.key, certificate: leaf.certificate, authority: certificate })
}

/// Makes an authority for a name, and keeps it.
fn authority(path: &Path, name: &str) -> Result<(KeyPair, String), AuthorityError> {
    let key = KeyPair::generate()?;
    let certificate = hex::encode(params(name, &key)?.self_signed(&key)?.der());
    let file = Authority { version: 1, name: name.to_owned(), key: secret(&key), certificate: certificate.clone() };
    write(path, &file)?;
    Ok((key, certificate))
}

/// Who it is, and what it may do: the same for the same key.
fn params(name: &str, key: &KeyPair) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::default();
    // Computers have the same name in many schools; a part of the key's digest tells their authorities apart in a phone's list.
    let number = &Digest::of(key.public_key_raw()).to_string()[..8];
    params.distinguished_name.push(DnType::OrganizationName, "Ilanga");
    params.distinguished_name.push(DnType::CommonName, format!("{name} {number}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let ranges = RANGES.iter().filter_map(|(address, prefix)| {
        Some(GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address.parse().ok()?, *prefix)))
    });
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: [GeneralSubtree::DnsName(name.to_owned())].into_iter().chain(ranges).collect(),
        excluded_subtrees: Vec::new(),
    });
    params.serial_number = Some(serial()?);
    holds(&mut params, &validity::AUTHORITY);
    Ok(params)
}

/// The page's certificate that is kept, if it still fits, or a new one.
fn leaf(path: &Path, now: &Circumstances, name: &str, key: KeyPair, authority: Digest) -> Result<Leaf, AuthorityError> {
    let mut addresses: Vec<IpAddr> = now.addresses.iter().copied().filter(may_be_signed).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let kept = read::<Leaf>(path)?.filter(|kept| {
        let same = kept.version == 1 && kept.authority == authority && kept.name == name;
        same && kept.addresses == addresses && validity::is_good(&kept.holds, now.clock, now.release)
    });
    if let Some(kept) = kept.filter(|kept| self::key(&kept.key).is_some()) {
        return Ok(kept);
    }
    let own = KeyPair::generate()?;
    let range = validity::page(now.clock, now.release);
    let mut params = CertificateParams::new([name.to_owned()])?;
    params.subject_alt_names.extend(addresses.iter().copied().map(SanType::IpAddress));
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.serial_number = Some(serial()?);
    holds(&mut params, &range);
    let issuer = Issuer::new(self::params(name, &key)?, key);
    let certificate = hex::encode(params.signed_by(&own, &issuer)?.der());
    let leaf =
        Leaf { version: 1, authority, name: name.to_owned(), addresses, holds: range, key: secret(&own), certificate };
    write(path, &leaf)?;
    Ok(leaf)
}

/// Whether it is in one of the [`RANGES`].
fn may_be_signed(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

fn holds(params: &mut CertificateParams, range: &Range<u64>) {
    let begin = rcgen::date_time_ymd(1970, 1, 1);
    // Both are before 2100, whatever a clock says.
    params.not_before = begin + Duration::from_secs(range.start);
    params.not_after = begin + Duration::from_secs(range.end);
}

fn serial() -> Result<SerialNumber, NotRandom> {
    let mut bytes = random::bytes::<16>()?;
    // A positive number.
    bytes[0] &= 0x7f;
    Ok(SerialNumber::from_slice(&bytes))
}

fn secret(key: &KeyPair) -> Zeroizing<String> {
    Zeroizing::new(hex::encode(key.serialized_der()))
}

fn key(text: &str) -> Option<KeyPair> {
    let der = Zeroizing::new(hex::decode(text).ok()?);
    KeyPair::try_from(der.as_slice()).ok()
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, AuthorityError> {
    let reading = |source| AuthorityError::File { doing: "reading", path: path.to_owned(), source };
    let Some(bytes) = store::read(path, LONGEST).map_err(reading)?.map(Zeroizing::new) else { return Ok(None) };
    Ok(serde_json::from_slice(&bytes)
        .inspect_err(|bad| eprintln!("{} is made anew: {}", path.display(), chain(bad)))
        .ok())
}

fn write(path: &Path, file: &impl Serialize) -> Result<(), AuthorityError> {
    let writing = |source| AuthorityError::File { doing: "writing", path: path.to_owned(), source };
    let bytes = Zeroizing::new(serde_json::to_vec(file).map_err(|error| writing(io::Error::other(error)))?);
    store::replace(path, &bytes).map_err(writing)
}

#[cfg(test)]
mod tests;
