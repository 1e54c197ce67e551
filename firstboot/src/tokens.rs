//! What opens a header without a person, by its tokens: entries of LUKS2's metadata that say how to come by the passphrase of a keyslot
//! ([the format](https://gitlab.com/cryptsetup/LUKS2-docs)).

use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;

use crate::tool::{Program, ToolError, run};

/// The type of the token that says that a stick has a key: `stick`.
pub const STICK: &str = "ilanga-usb-key";

/// What may open a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// The TPM.
    pub tpm: bool,
    /// A stick.
    pub stick: bool,
}

/// Those of a header: of a device, or of a file that has it.
pub fn of(header: &Path) -> Result<Ways, ToolError> {
    let dump = [OsStr::new("luksDump"), OsStr::new("--dump-json-metadata"), header.as_os_str()];
    Ok(read(&run(Program::Cryptsetup, &dump, b"")?))
}

/// Reads a header's metadata. Tokens of other types are nobody's business here.
fn read(metadata: &[u8]) -> Ways {
    let metadata: Value = serde_json::from_slice(metadata).unwrap_or_default();
    let tokens = metadata.get("tokens").and_then(Value::as_object);
    let has = |kind: &str| {
        tokens.into_iter().flat_map(|tokens| tokens.values()).any(|token| token.get("type") == Some(&kind.into()))
    };
    Ways { tpm: has("systemd-tpm2"), stick: has(STICK) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tokens_say() {
        let ways = |tokens: &str| read(format!(r#"{{"keyslots":{{}},"tokens":{tokens}}}"#).as_bytes());
        assert_eq!(ways("{}"), Ways::default());
        assert_eq!(ways(r#"{"0":{"type":"systemd-recovery","keyslots":["0"]}}"#), Ways::default());
        let both = r#"{"0":{"type":"ilanga-usb-key","keyslots":["1"]},"7":{"type":"systemd-tpm2"}}"#;
        assert_eq!(ways(both), Ways { tpm: true, stick: true });
        assert_eq!((read(b"{"), read(b"[]"), ways("[1]"), ways("7")), Default::default());
    }
}
