//! What opens a header without a person, by its tokens: entries of LUKS2's metadata that say how to come by the passphrase of a keyslot
//! ([the format](https://gitlab.com/cryptsetup/LUKS2-docs)).

use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;

use crate::neighbours::token;
use crate::tool::{Program, ToolError, run};

/// The type of the token that says that a stick has a key: `stick`.
pub const STICK: &str = "ilanga-usb-key";

/// The keyslots of a header.
const SLOTS: u8 = 32;

/// What may open a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// The TPM.
    pub tpm: bool,
    /// A stick.
    pub stick: bool,
    /// Neighbours.
    pub neighbours: Vec<Bound>,
    /// A keyslot that nothing has.
    pub free_slot: Option<u8>,
}

/// A passphrase that neighbours open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The number of its token.
    pub token: String,
    /// The keyslots that it opens.
    pub keyslots: Vec<String>,
    /// What holds it, in its compact form.
    pub jwe: String,
}

/// Those of a header: of a device, or of a file that has it.
pub fn of(header: &Path) -> Result<Ways, ToolError> {
    let dump = [OsStr::new("luksDump"), OsStr::new("--dump-json-metadata"), header.as_os_str()];
    Ok(read(&run(Program::Cryptsetup, &dump, b"")?))
}

/// Reads a header's metadata. Tokens of other types are nobody's business here.
fn read(metadata: &[u8]) -> Ways {
    let metadata: Value = serde_json::from_slice(metadata).unwrap_or_default();
    let Some(tokens) = metadata.get("tokens").and_then(Value::as_object) else { return Ways::default() };
    let has = |kind: &str| tokens.values().any(|token| token.get("type") == Some(&kind.into()));
    let bound = |(number, token): (&String, &Value)| {
        let keyslots = token.get("keyslots")?.as_array()?;
        let keyslots = keyslots.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Some(Bound { token: number.clone(), keyslots, jwe: token::jwe(token)? })
    };
    let slots = metadata.get("keyslots").and_then(Value::as_object);
    let free_slot = slots.and_then(|slots| (0..SLOTS).find(|slot| !slots.contains_key(&slot.to_string())));
    Ways {
        tpm: has("systemd-tpm2"),
        stick: has(STICK),
        neighbours: tokens.iter().filter_map(bound).collect(),
        free_slot,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tokens_say() {
        let ways = |tokens: &str| read(format!(r#"{{"keyslots":{{"0":{{}}}},"tokens":{tokens}}}"#).as_bytes());
        let nothing = Ways { free_slot: Some(1), ..Ways::default() };
        assert_eq!(ways("{}"), nothing);
        assert_eq!(ways(r#"{"0":{"type":"systemd-recovery","keyslots":["0"]}}"#), nothing);
        let both = r#"{"0":{"type":"ilanga-usb-key","keyslots":["1"]},"7":{"type":"systemd-tpm2"}}"#;
        assert_eq!(ways(both), Ways { tpm: true, stick: true, ..nothing.clone() });
        let jwe = r#"{"protected":"a","iv":"b","ciphertext":"c","tag":"d"}"#;
        let bound = ways(&format!(r#"{{"3":{{"type":"clevis","keyslots":["2","x"],"jwe":{jwe}}}}}"#)).neighbours;
        let keyslots = vec!["2".to_owned(), "x".to_owned()];
        assert_eq!(bound, [Bound { token: "3".into(), keyslots, jwe: "a..b.c.d".into() }]);
        assert_eq!((read(b"{"), read(b"[]"), ways("[1]"), ways("7")), Default::default());
    }
}
