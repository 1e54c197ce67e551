//! Seals the data to the keys by which the maker signs, as they change: at the start, which is the only time at which the TPM opens
//! them. What is sealed to keys of the past, `ilanga-keys` takes away once it is no longer needed.
//!
//! ```text
//!   the running release's key, and the one that it announces ─► those that no token has ─► systemd-cryptenroll, one token each
//! ```

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use formats::signed_policy;

use crate::header::PCRS;
use crate::node::Node;
use crate::tool::{Program, ToolError, run};

/// Those of the keys (each a file, and the PEM in it) that a header with this metadata is not sealed to. One that is sealed to none is
/// nobody's business here.
fn missing(metadata: &[u8], keys: Vec<(PathBuf, Vec<u8>)>) -> Vec<PathBuf> {
    let sealed = signed_policy::sealed_by_metadata(metadata).unwrap_or_default();
    if sealed.is_empty() {
        return Vec::new();
    }
    let lacks =
        |pem: &[u8]| signed_policy::fingerprint(pem).is_some_and(|key| !sealed.iter().any(|sealed| sealed.key == key));
    keys.into_iter().filter(|(_, pem)| lacks(pem)).map(|(path, _)| path).collect()
}

/// Seals open data to all keys that they will be opened by; says to how many more.
pub fn follow(node: &Node, device: &Path) -> Result<usize, ToolError> {
    let keys = [node.tpm_public_key(), node.announced_public_key()];
    let keys = keys.into_iter().filter_map(|path| Some((path.clone(), fs::read(path).ok()?))).collect();
    let dump = [OsStr::new("luksDump"), OsStr::new("--dump-json-metadata"), device.as_os_str()];
    let missing = missing(&run(Program::Cryptsetup, &dump, b"")?, keys);
    for key in &missing {
        let key = format!("--tpm2-public-key={}", key.display());
        let options =
            ["--unlock-tpm2-device=auto", "--tpm2-device=auto", PCRS, "--tpm2-public-key-pcrs=11", key.as_str()];
        let mut arguments: Vec<&OsStr> = options.map(OsStr::new).to_vec();
        arguments.push(device.as_os_str());
        run(Program::SystemdCryptenroll, &arguments, b"")?;
    }
    Ok(missing.len())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// A public key as PEM has it, whose lines are so long.
    fn pem(key: u8, line: usize) -> String {
        let body = STANDARD.encode([0x30, 0x06, 0x30, 0x00, 0x03, 0x02, 0x00, key]);
        let lines: Vec<&str> = (0..body.len()).step_by(line).map(|at| &body[at..body.len().min(at + line)]).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    fn metadata(keys: &[String]) -> Vec<u8> {
        let mut tokens = serde_json::Map::new();
        tokens.insert("0".into(), serde_json::json!({ "type": "systemd-recovery", "keyslots": ["0"] }));
        for (number, key) in (1..).zip(keys) {
            let key = STANDARD.encode(key);
            let token = serde_json::json!({ "type": "systemd-tpm2", "keyslots": ["1"], "tpm2_pubkey": key });
            tokens.insert(number.to_string(), token);
        }
        serde_json::to_vec(&serde_json::json!({ "keyslots": {}, "tokens": tokens })).unwrap()
    }

    #[test]
    fn what_is_missing() {
        let (old, new) = (PathBuf::from("/old"), PathBuf::from("/new"));
        let keys = || vec![(old.clone(), pem(1, 64).into_bytes()), (new.clone(), pem(2, 64).into_bytes())];
        for (sealed, expected) in [
            (&[pem(1, 64)][..], &[&new][..]),
            (&[pem(1, 5), pem(2, 64)], &[]),
            (&[pem(3, 64)], &[&old, &new]),
            // A passphrase opens it, or nothing that is known here.
            (&[], &[]),
        ] {
            let found = missing(&metadata(sealed), keys());
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{sealed:?}");
        }
        assert!(missing(b"{", keys()).is_empty());
        assert!(missing(&metadata(&[pem(1, 64)]), vec![(new.clone(), b"no key".to_vec())]).is_empty());
    }
}
