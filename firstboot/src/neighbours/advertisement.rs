//! What a tang server says of its keys: a set of public keys (RFC 7517) signed by those of them that sign (RFC 7515). Whether the signatures
//! are right, clevis finds out when it binds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use formats::digest::Digest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;

/// The most bytes of one.
pub const LONGEST: usize = 16 << 10;

/// An advertisement with exactly one key that signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Advertisement {
    all: Value,
    thumbprint: String,
}

/// The text is none.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("not an advertisement of a tang server: {0}")]
pub struct NotAnAdvertisement(&'static str);

impl Advertisement {
    /// Reads one.
    pub fn parse(text: &[u8]) -> Result<Self, NotAnAdvertisement> {
        if text.len() > LONGEST {
            return Err(NotAnAdvertisement("it is too long"));
        }
        serde_json::from_slice::<Value>(text).map_err(|_| NotAnAdvertisement("it is no JSON"))?.try_into()
    }

    /// What a person compares: the thumbprint of the key that signs (RFC 7638, SHA-256), as `tang-show-keys` prints it.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// All of it.
    pub fn value(&self) -> &Value {
        &self.all
    }
}

impl From<Advertisement> for Value {
    fn from(advertisement: Advertisement) -> Self {
        advertisement.all
    }
}

impl TryFrom<Value> for Advertisement {
    type Error = NotAnAdvertisement;

    fn try_from(all: Value) -> Result<Self, NotAnAdvertisement> {
        let payload = all.get("payload").and_then(Value::as_str).ok_or(NotAnAdvertisement("it has no payload"))?;
        let keys = URL_SAFE_NO_PAD.decode(payload).map_err(|_| NotAnAdvertisement("its payload is no base64"))?;
        let keys: Value = serde_json::from_slice(&keys).map_err(|_| NotAnAdvertisement("its payload is no JSON"))?;
        let keys = keys.get("keys").and_then(Value::as_array).ok_or(NotAnAdvertisement("it has no keys"))?;
        let may = |key: &Value, what: &str| {
            key.get("key_ops").and_then(Value::as_array).is_some_and(|all| all.contains(&what.into()))
        };
        let signing: Vec<&Value> = keys.iter().filter(|key| may(key, "verify")).collect();
        // Of several, one would be pinned and another one shown.
        let [signing] = signing.as_slice() else { return Err(NotAnAdvertisement("not exactly one key signs it")) };
        if !keys.iter().any(|key| may(key, "deriveKey")) {
            return Err(NotAnAdvertisement("it has no key to help with"));
        }
        let thumbprint = thumbprint(signing).ok_or(NotAnAdvertisement("the key that signs it is of no known type"))?;
        Ok(Self { all, thumbprint })
    }
}

/// The thumbprint of a key of an elliptic curve: the digest of its required members, in their order.
fn thumbprint(key: &Value) -> Option<String> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let (Some("EC"), Some(curve), Some(x), Some(y)) = (text("kty"), text("crv"), text("x"), text("y")) else {
        return None;
    };
    let members = json!({ "crv": curve, "kty": "EC", "x": x, "y": y });
    let digest = Digest::of(serde_json::to_vec(&members).ok()?);
    Some(URL_SAFE_NO_PAD.encode(digest.as_bytes()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One of tangd 15, and the thumbprint that jose 14 prints of its signing key.
    pub(crate) const REAL: (&str, &str) =
        (include_str!("advertisement.json"), "n1JM0XuoAAwcNIkR7qXrd6mhfCF1WoN5rM7ZI1kYXyw");

    #[test]
    fn a_real_one() {
        let (text, thumbprint) = REAL;
        let read = Advertisement::parse(text.as_bytes()).unwrap();
        assert_eq!(read.thumbprint(), thumbprint);
        let again: Advertisement = serde_json::from_value(serde_json::to_value(&read).unwrap()).unwrap();
        assert_eq!(again, read);
    }

    #[test]
    fn what_is_none() {
        let of = |keys: Value| {
            let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&keys).unwrap());
            Advertisement::parse(json!({ "payload": payload }).to_string().as_bytes()).map(drop)
        };
        let sign = json!({ "kty": "EC", "crv": "P-521", "x": "a", "y": "b", "key_ops": ["verify"] });
        let help = json!({ "kty": "EC", "crv": "P-521", "x": "a", "y": "b", "key_ops": ["deriveKey"] });
        let odd = json!({ "kty": "oct", "k": "a", "key_ops": ["verify"] });
        assert_eq!(of(json!({ "keys": [sign, help] })), Ok(()));
        for keys in [
            json!({ "keys": [sign] }),
            json!({ "keys": [help] }),
            json!({ "keys": [sign, sign, help] }),
            json!({ "keys": [odd, help] }),
            json!({ "keys": 7 }),
            json!([]),
        ] {
            assert!(of(keys.clone()).is_err(), "{keys}");
        }
        let long = vec![b' '; LONGEST + 1];
        for text in [&b""[..], b"{", b"[]", b"{\"payload\":\"*\"}", b"{\"payload\":\"YQ\"}", &long] {
            assert!(Advertisement::parse(text).is_err());
        }
    }
}
