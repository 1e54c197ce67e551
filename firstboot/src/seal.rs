//! Seals the data to the keys by which the maker signs, as they change: at the start, which is the only time at which the TPM opens
//! them. What is sealed to keys of the past, `ilanga-keys` takes away once it is no longer needed.
//!
//! ```text
//!   the running release's key, and the one that it announces ─► those that no token has ─► systemd-cryptenroll, one token each
//! ```

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use crate::header::PCRS;
use crate::node::Node;
use crate::tool::{Program, ToolError, run};

/// The part of a header's metadata that tells what a TPM opens.
#[derive(Deserialize)]
struct Metadata {
    tokens: serde_json::Map<String, Value>,
}

/// A public key without what is around it in a PEM file, which differs from writer to writer.
fn body(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).flat_map(str::chars).filter(|c| !c.is_whitespace()).collect()
}

/// The keys to which a header is sealed.
fn sealed(metadata: &[u8]) -> Option<Vec<String>> {
    let metadata: Metadata = serde_json::from_slice(metadata).ok()?;
    let tokens = metadata.tokens.values().filter(|token| token.get("type").is_some_and(|kind| kind == "systemd-tpm2"));
    let keys = tokens.filter_map(|token| STANDARD.decode(token.get("tpm2_pubkey")?.as_str()?).ok());
    Some(keys.map(|pem| body(&String::from_utf8_lossy(&pem))).collect())
}

/// Those of the keys that a header with this metadata is not sealed to. One that is sealed to none is nobody's business here.
fn missing(metadata: &[u8], keys: Vec<(PathBuf, String)>) -> Vec<PathBuf> {
    match sealed(metadata) {
        Some(sealed) if !sealed.is_empty() => {
            keys.into_iter().filter(|(_, pem)| !sealed.contains(&body(pem))).map(|(path, _)| path).collect()
        }
        _ => Vec::new(),
    }
}

/// Seals open data to all keys that they will be opened by; says to how many more.
pub fn follow(node: &Node, device: &Path) -> Result<usize, ToolError> {
    let keys = [node.tpm_public_key(), node.announced_public_key()];
    let keys = keys.into_iter().filter_map(|path| Some((path.clone(), fs::read_to_string(path).ok()?))).collect();
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
    use super::*;

    fn pem(body: &str) -> String {
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
    }

    fn metadata(keys: &[&str]) -> Vec<u8> {
        let mut tokens = serde_json::Map::new();
        tokens.insert("0".into(), serde_json::json!({ "type": "systemd-recovery", "keyslots": ["0"] }));
        for (number, key) in (1..).zip(keys) {
            let token = serde_json::json!({ "type": "systemd-tpm2", "tpm2_pubkey": STANDARD.encode(pem(key)) });
            tokens.insert(number.to_string(), token);
        }
        serde_json::to_vec(&serde_json::json!({ "keyslots": {}, "tokens": tokens })).unwrap()
    }

    #[test]
    fn what_is_missing() {
        let (old, new) = (PathBuf::from("/old"), PathBuf::from("/new"));
        let keys = || vec![(old.clone(), pem("MIIB\nAAAA")), (new.clone(), pem("MIIBBBBB"))];
        for (sealed, expected) in [
            (&["MIIBAAAA"][..], &[&new][..]),
            (&["MII\nBAA\nAA", "MIIBBBBB"], &[]),
            (&["MIIBCCCC"], &[&old, &new]),
            // A passphrase opens it, or nothing that is known here.
            (&[], &[]),
        ] {
            let found = missing(&metadata(sealed), keys());
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{sealed:?}");
        }
        assert!(missing(b"{", keys()).is_empty());
    }
}
