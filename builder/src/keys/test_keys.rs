//! Keys of the update metadata for tests, made in a moment.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use aws_lc_rs::signature::Ed25519KeyPair;
use rsa::pkcs8::{LineEnding, SecretDocument};

use super::TufKeys;
use super::tuf::first_root;

/// Makes the keys of all roles in a folder, and their root.
pub(crate) fn make(folder: &Path) -> TufKeys {
    fs::create_dir_all(folder).unwrap();
    let keys = TufKeys::paths(folder);
    for path in keys.all() {
        let key = Ed25519KeyPair::generate().unwrap();
        let der = key.to_pkcs8v1().unwrap();
        let pem = SecretDocument::try_from(der.as_ref()).unwrap().to_pem("PRIVATE KEY", LineEnding::LF).unwrap();
        fs::write(path, pem.as_bytes()).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let root = first_root(&keys, "2026-11-21".parse().unwrap()).unwrap();
    fs::write(&keys.root_file, root.bytes).unwrap();
    keys
}
