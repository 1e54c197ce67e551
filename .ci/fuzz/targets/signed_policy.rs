//! What a TPM opens: LUKS2 headers, their JSON, the signed policies of a kernel image, and keys in PEM.
#![no_main]

use formats::signed_policy::{HEAD, fingerprint, length, sealed, sealed_by_metadata, signers};
use ilanga_fuzz::seeds;

const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMAYwAAMCAAc=\n-----END PUBLIC KEY-----\n";

fn start() {
    // The same as base64.
    let key = "LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0KTUFZd0FBTUNBQWM9Ci0tLS0tRU5EIFBVQkxJQyBLRVktLS0tLQo=";
    let json = format!(
        r#"{{"tokens":{{"0":{{"type":"systemd-recovery","keyslots":["0"]}},"1":{{"type":"systemd-tpm2","keyslots":["1"],
"tpm2-pcrs":[12,15],"tpm2-pin":false,"tpm2_pubkey_pcrs":[11],"tpm2_pubkey":"{key}"}}}}}}"#
    );
    let mut head = vec![0; HEAD];
    head[..16].copy_from_slice(b"LUKS\xba\xbe\x00\x02\0\0\0\0\0\0\x40\0");
    head.extend(json.as_bytes());
    let policies = format!(r#"{{"sha256":[{{"pcrs":[11],"pkfp":"{}","pol":"00","sig":"AA=="}}]}}"#, "ab".repeat(32));
    seeds([&head[..], json.as_bytes(), policies.as_bytes(), PEM.as_bytes()]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    if let Some(length) = length(data) {
        assert!(length >= HEAD && data.len() >= 16);
    }
    // The JSON ends with the first zero, if it has one.
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let found = sealed_by_metadata(&data[..end]);
    assert_eq!(sealed(&[&[0; HEAD], data].concat()), found);
    let found = found.unwrap_or_default();
    assert!(found.windows(2).all(|pair| pair[0].token <= pair[1].token));
    signers(data);
    if fingerprint(data).is_some() {
        assert!(data.len() > PEM.len() - 20);
    }
});
