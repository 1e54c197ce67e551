//! How clevis is told what to bind to, and how it keeps that in a header. Pure.

use serde_json::{Value, json};

use super::Neighbour;

/// The type of clevis' tokens.
pub const CLEVIS: &str = "clevis";

/// What the pin `sss` of clevis takes: so many of these tang servers, each with the keys that were seen.
pub fn policy(need: u8, neighbours: &[Neighbour]) -> Value {
    let tang: Vec<Value> = neighbours
        .iter()
        .map(|neighbour| {
            let advertisement = &neighbour.advertisement;
            json!({ "url": neighbour.helper.as_str(), "thp": advertisement.thumbprint(), "adv": advertisement.value() })
        })
        .collect();
    json!({ "t": need, "pins": { "tang": tang } })
}

/// The parts of a JWE (RFC 7516), in the order of its compact form.
const PARTS: [&str; 5] = ["protected", "encrypted_key", "iv", "ciphertext", "tag"];

/// The token of a JWE in its compact form, for this keyslot; `None` if it is no JWE.
pub fn token(jwe: &str, keyslot: &str) -> Option<Value> {
    let parts: Vec<&str> = jwe.trim().split('.').collect();
    let plain = |part: &&str| part.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_');
    if parts.len() != PARTS.len() || parts[0].is_empty() || !parts.iter().all(plain) {
        return None;
    }
    let jwe: serde_json::Map<String, Value> =
        PARTS.iter().zip(parts).map(|(name, part)| ((*name).to_owned(), part.into())).collect();
    Some(json!({ "type": CLEVIS, "keyslots": [keyslot], "jwe": jwe }))
}

/// The JWE of a token, in its compact form.
pub fn jwe(token: &Value) -> Option<String> {
    if token.get("type")? != CLEVIS {
        return None;
    }
    let jwe = token.get("jwe")?;
    // A key that is there as it is has no encrypted one.
    let parts = PARTS.map(|name| jwe.get(name).map_or(Some(""), Value::as_str));
    let parts = parts.into_iter().collect::<Option<Vec<&str>>>()?;
    let text = parts.join(".");
    (!parts[0].is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c))).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for text in ["aGVhZGVy..aXY.Y2lwaGVy.dGFn", "a.b.c.d.e-_"] {
            let made = token(&format!("{text}\n"), "1").unwrap();
            assert_eq!(jwe(&made).unwrap(), text);
            assert_eq!(made["keyslots"], json!(["1"]));
        }
        for text in ["", "a.b.c.d", "a.b.c.d.e.f", ".b.c.d.e", "a.b.c.d.\"", "a b.b.c.d.e"] {
            assert_eq!(token(text, "1"), None, "{text}");
        }
        for token in [json!({}), json!({ "type": "other", "jwe": {} }), json!({ "type": CLEVIS, "jwe": { "iv": 7 } })] {
            assert_eq!(jwe(&token), None);
        }
    }
}
