//! Binds a header to neighbours, so that so many of them open it.

use std::ffi::OsStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::{Neighbour, NeighbourError, token};
use crate::random;
use crate::tool::{Program, run};

/// What a header gets: a passphrase for a keyslot of its own, and the JWE in which it is kept.
#[derive(Debug)]
pub struct Bond {
    /// The passphrase: 256 random bits as text, as clevis expects one.
    pub passphrase: Zeroizing<String>,
    /// In which it is kept, in its compact form.
    pub jwe: String,
}

/// Makes a bond with these neighbours, of which `need` have to be there. No network is needed: their keys are known.
pub fn bond(need: u8, neighbours: &[Neighbour]) -> Result<Bond, NeighbourError> {
    let bits = Zeroizing::new(random::bytes::<32>()?);
    let passphrase = Zeroizing::new(URL_SAFE_NO_PAD.encode(&bits[..]));
    let policy = token::policy(need, neighbours).to_string();
    let made = run(Program::Clevis, &["encrypt", "sss", &policy].map(OsStr::new), passphrase.as_bytes())?;
    let jwe = String::from_utf8(made).map_err(|_| NeighbourError::NoJwe)?.trim().to_owned();
    token::token(&jwe, "0").ok_or(NeighbourError::NoJwe)?;
    Ok(Bond { passphrase, jwe })
}
