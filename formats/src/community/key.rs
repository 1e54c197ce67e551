//! Keys: a node's in the mesh, and a community's.

use core::net::Ipv6Addr;
use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The text is no public key.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not a public key: 64 hexadecimal digits are expected")]
pub struct NotAKey;

macro_rules! public_key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 32]);

        impl $name {
            /// The key with these bytes.
            pub const fn new(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = NotAKey;

            fn from_str(text: &str) -> Result<Self, NotAKey> {
                let lower = text.len() == 64 && !text.bytes().any(|c| c.is_ascii_uppercase());
                let mut bytes = [0; 32];
                match lower && hex::decode_to_slice(text, &mut bytes).is_ok() {
                    true => Ok(Self(bytes)),
                    false => Err(NotAKey),
                }
            }
        }

        by_text!($name, NotAKey);
    };
}

public_key!(
    /// A node's public key in the mesh.
    MeshKey
);
public_key!(
    /// A community's public key, which is what tells it from others.
    CommunityId
);

impl MeshKey {
    /// The node's address, as [Yggdrasil](https://yggdrasil-network.github.io/) makes it (`AddrForKey`): `02`, how many ones the inverted key
    /// begins with, and the 112 bits behind those and the zero that ends them.
    pub fn address(&self) -> Ipv6Addr {
        let inverted = self.0.map(|byte| !byte);
        let bit = |place: usize| inverted.get(place / 8).is_some_and(|byte| byte << (place % 8) & 0x80 != 0);
        let ones = (0..256).take_while(|place| bit(*place)).count();
        let mut address = [0_u8; 16];
        address[0] = 2;
        // At most 255 of a key that anybody has; a key of zeros alone is none.
        address[1] = ones.min(255) as u8;
        for place in 0..112 {
            if bit(ones + 1 + place) {
                address[2 + place / 8] |= 0x80 >> (place % 8);
            }
        }
        Ipv6Addr::from(address)
    }
}

impl CommunityId {
    /// Whether this community has signed `message`.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
    }
}

/// A community's secret key. It is wiped when it goes.
#[derive(Clone)]
pub struct CommunityKey(SigningKey);

impl CommunityKey {
    /// The key of these random bytes.
    pub fn of_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The bytes that it was made of: whoever has them is the community.
    pub fn seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Its public half.
    pub fn id(&self) -> CommunityId {
        CommunityId(self.0.verifying_key().to_bytes())
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for CommunityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommunityKey(hidden)")
    }
}
