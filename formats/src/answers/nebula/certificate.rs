//! Certificates of Nebula's, [version 1](https://github.com/slackhq/nebula/blob/v1.9.3/cert/cert.proto): who is what, in Protocol Buffers, and a signature.

use ed25519_dalek::{Signature, VerifyingKey};
use prost::Message;

use crate::digest::Digest;

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// All of it, as it was made.
    pub(super) bytes: Vec<u8>,
    /// What is signed.
    details: Vec<u8>,
    signature: [u8; 64],
    /// Whether it is an authority's.
    pub(super) authority: bool,
    /// The last second in which it counts, since 1970.
    pub(super) until: u64,
    /// For an authority what its signatures are made with (Ed25519), else what the computer proves itself by (X25519).
    pub(super) public_key: [u8; 32],
    /// The digest of the authority's certificate; none of an authority.
    issuer: Vec<u8>,
}

/// The outer message.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Signed {
    /// [`Details`], whose bytes are what is signed.
    #[prost(bytes = "vec", tag = "1")]
    pub(super) details: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) signature: Vec<u8>,
}

/// What it says; names, groups and when it begins are for others to judge.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Details {
    /// Pairs of an address and a mask.
    #[prost(uint32, repeated, tag = "2")]
    pub(super) addresses: Vec<u32>,
    #[prost(int64, tag = "6")]
    pub(super) until: i64,
    #[prost(bytes = "vec", tag = "7")]
    pub(super) public_key: Vec<u8>,
    #[prost(bool, tag = "8")]
    pub(super) authority: bool,
    #[prost(bytes = "vec", tag = "9")]
    pub(super) issuer: Vec<u8>,
    /// 0 is Curve25519.
    #[prost(int32, tag = "100")]
    pub(super) curve: i32,
}

impl Certificate {
    /// Reads one. One of another curve is none, nor is a computer's without an address.
    pub(super) fn of(bytes: Vec<u8>) -> Option<Self> {
        let signed = Signed::decode(bytes.as_slice()).ok()?;
        let details = Details::decode(signed.details.as_slice()).ok()?;
        let fits = details.curve == 0 && (details.authority || details.addresses.len() == 2);
        fits.then_some(())?;
        Some(Self {
            details: signed.details,
            signature: signed.signature.try_into().ok()?,
            authority: details.authority,
            until: u64::try_from(details.until).ok()?,
            public_key: details.public_key.try_into().ok()?,
            issuer: details.issuer,
            bytes,
        })
    }

    /// Whether this authority has signed that one.
    pub(super) fn has_signed(&self, other: &Self) -> bool {
        let Ok(key) = VerifyingKey::from_bytes(&self.public_key) else { return false };
        self.authority
            && other.issuer == Digest::of(&self.bytes).as_bytes()
            && key.verify_strict(&other.details, &Signature::from_bytes(&other.signature)).is_ok()
    }
}
