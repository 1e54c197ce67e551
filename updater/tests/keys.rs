//! A change of keys on a node in a folder: what is refused an entry, and what is done to the ESP and the firmware's variables.
//! The firmware is files here, so what it makes of a signed change is shown by the story `keys`.

#![allow(clippy::unwrap_used, reason = "a test")]

mod node;

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use formats::key_change::{FOLDER, Variable, files};
use formats::slot::Slot;
use node::{Node, image};
use updater::key_change::follow;

const OLD: &[u8] = b"the old certificate";
const NEW: &[u8] = b"the new certificate";
const OTHER: &[u8] = b"a person's certificate";

const DB: &str = "sys/firmware/efi/efivars/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f";
const KEK: &str = "sys/firmware/efi/efivars/KEK-8be4df61-93ca-11d2-aa0d-00e098032b8c";
const PK: &str = "sys/firmware/efi/efivars/PK-8be4df61-93ca-11d2-aa0d-00e098032b8c";
const SECURE_BOOT: &str = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

/// A program with signatures that come with these certificates.
fn signed(program: &[u8], certificates: &[&[u8]]) -> Vec<u8> {
    let mut bytes = program.to_vec();
    let table: Vec<u8> = certificates.concat();
    // The fifth data directory of the optional header, which begins at 0x58.
    let entry = 0x58 + 112 + 4 * 8;
    bytes[entry..entry + 4].copy_from_slice(&(program.len() as u32).to_le_bytes());
    bytes[entry + 4..entry + 8].copy_from_slice(&(table.len() as u32).to_le_bytes());
    bytes.extend(table);
    bytes
}

/// A slot image whose kernel image is signed.
fn release(version: &str, certificates: &[&[u8]]) -> Vec<u8> {
    let plain = image(version, 0);
    let mut bytes = plain.bytes[..4 * 4096].to_vec();
    bytes.extend(signed(&plain.kernel, certificates));
    bytes.resize(bytes.len().next_multiple_of(4096), 0);
    bytes
}

fn lists(certificates: &[&[u8]]) -> Vec<u8> {
    let kind = [0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72];
    let one = |content: &&[u8]| {
        let (size, mut list) = (16 + content.len() as u32, kind.to_vec());
        [28 + size, 0, size].iter().for_each(|number| list.extend(number.to_le_bytes()));
        [list, vec![0; 16], content.to_vec()].concat()
    };
    certificates.iter().flat_map(one).collect()
}

fn variable(certificates: &[&[u8]]) -> Vec<u8> {
    [&0x27_u32.to_le_bytes()[..], &lists(certificates)].concat()
}

/// A signed change, as far as the node reads it.
fn change(certificates: &[&[u8]]) -> Vec<u8> {
    [&[0; 16][..], &8_u32.to_le_bytes(), &[0; 4], &lists(certificates)].concat()
}

fn put(node: &Node, path: &str, content: &[u8]) {
    let path = node.path(path.trim_start_matches('/'));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// A node that runs a release of a phase, which brings a boot loader with these signatures.
fn changing(phase: &str, loader: &[&[u8]]) -> Node {
    let node = Node::flashed();
    let file = |name: &str, content: &[u8]| put(&node, &format!("{FOLDER}/{name}"), content);
    file(files::PHASE, format!("{phase}\n").as_bytes());
    for (number, byte) in [1, 2].into_iter().enumerate() {
        let key = STANDARD.encode([0x30, 0x0a, 0x30, 0x03, 0x06, 0x01, 0x00, 0x03, 0x03, 0x00, 0xaa, byte]);
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----\n");
        file(files::PCR[number], pem.as_bytes());
        for names in [files::DB, files::KEK, files::PK] {
            file(names[number], [OLD, NEW][number]);
        }
    }
    for which in [Variable::Db, Variable::Kek, Variable::Pk] {
        file(files::append(which), &change(&[NEW]));
        file(files::replace(which)[0], &change(&[NEW]));
    }
    let program = image("1", 0).kernel;
    for path in ["EFI/BOOT/BOOTX64.EFI", "EFI/systemd/systemd-bootx64.efi"] {
        put(&node, &format!("usr/lib/ilanga/esp/{path}"), &signed(&program, loader));
        put(&node, &format!("esp/{path}"), &signed(&program, &[OLD]));
    }
    put(&node, "usr/lib/ilanga/esp/EFI/BOOT/mmx64.efi", b"somebody else's");
    put(&node, SECURE_BOOT, &[6, 0, 0, 0, 1]);
    node
}

fn trusts(node: &Node, db: &[&[u8]], kek: &[&[u8]], pk: &[&[u8]]) {
    for (path, certificates) in [(DB, db), (KEK, kek), (PK, pk)] {
        put(node, path, &variable(certificates));
    }
}

fn read(node: &Node, path: &str) -> Vec<u8> {
    fs::read(node.path(path)).unwrap()
}

#[test]
fn what_the_firmware_would_not_start_gets_no_entry() {
    let node = Node::flashed();
    put(&node, DB, &variable(&[OLD]));
    node.write(Slot::B, &release("2", &[NEW]));
    put(&node, SECURE_BOOT, &[6, 0, 0, 0, 1]);
    let refused = node.ask("set-primary b").unwrap_err();
    assert!(refused.starts_with("the firmware of this node does not trust the key that signed it"), "{refused}");
    assert_eq!(node.entries(), ["ilanga_1.efi"]);
    for (secure_boot, signers) in [(0, &[NEW][..]), (1, &[OLD, NEW]), (1, &[OLD])] {
        let node = Node::flashed();
        put(&node, DB, &variable(&[OLD]));
        put(&node, SECURE_BOOT, &[6, 0, 0, 0, secure_boot]);
        node.write(Slot::B, &release("2", signers));
        assert_eq!(node.ask("set-primary b").as_deref(), Ok(""), "{secure_boot} {signers:?}");
    }
    // What shim trusts beside it.
    let shim = "sys/firmware/efi/efivars/MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23";
    put(&node, shim, &variable(&[NEW]));
    assert_eq!(node.ask("set-primary b").as_deref(), Ok(""));
}

#[test]
fn the_new_key_is_added_by_one_write() {
    let node = changing("announce", &[OLD]);
    trusts(&node, &[OLD], &[OLD], &[OLD]);
    let mut said = Vec::new();
    follow(&node.tree(), |line| said.push(line.to_owned())).unwrap();
    // A file is no firmware: the value is there, and means nothing yet.
    let expected = [&0x67_u32.to_le_bytes()[..], &change(&[NEW])].concat();
    assert!(read(&node, DB).starts_with(&expected), "{said:?}");
    assert_eq!(read(&node, "esp/EFI/BOOT/BOOTX64.EFI"), signed(&image("1", 0).kernel, &[OLD]));
}

#[test]
fn the_boot_loader_gets_the_new_signature() {
    let node = changing("switch", &[OLD, NEW]);
    trusts(&node, &[OLD, NEW], &[OLD, NEW], &[OLD]);
    let mut said = Vec::new();
    assert!(follow(&node.tree(), |line| said.push(line.to_owned())).unwrap(), "{said:?}");
    for path in ["EFI/BOOT/BOOTX64.EFI", "EFI/systemd/systemd-bootx64.efi"] {
        assert_eq!(read(&node, &format!("esp/{path}")), signed(&image("1", 0).kernel, &[OLD, NEW]), "{path}");
    }
    assert!(!node.path("esp/EFI/BOOT/mmx64.efi").exists(), "somebody else's program was written");
    assert!(said.last().unwrap().contains("the boot loader is signed by the old and the new key"), "{said:?}");
    assert!(Path::new(&node.path(DB)).exists() && read(&node, DB) == variable(&[OLD, NEW]));
}

#[test]
fn nothing_is_forgotten_too_early() {
    // The other slot has a release that only the old key signed.
    let node = changing("retire", &[NEW]);
    trusts(&node, &[OLD, NEW], &[OLD, NEW], &[OLD]);
    node.write(Slot::B, &release("2", &[OLD]));
    assert!(follow(&node.tree(), |_| ()).unwrap());
    assert_eq!(read(&node, DB), variable(&[OLD, NEW]));
    // A person has put a certificate there.
    node.write(Slot::B, &release("2", &[OLD, NEW]));
    trusts(&node, &[OLD, NEW, OTHER], &[OLD, NEW], &[OLD]);
    let mut said = Vec::new();
    assert!(!follow(&node.tree(), |line| said.push(line.to_owned())).unwrap());
    assert!(said.iter().any(|line| line.contains("has entries that the maker does not know")), "{said:?}");
    assert_eq!(read(&node, DB), variable(&[OLD, NEW, OTHER]));
    // Both have the new signature.
    trusts(&node, &[OLD, NEW], &[OLD, NEW], &[OLD]);
    follow(&node.tree(), |_| ()).unwrap();
    assert!(read(&node, DB).starts_with(&[&0x27_u32.to_le_bytes()[..], &change(&[NEW])].concat()));
}

#[test]
fn without_a_change_nothing_happens() {
    let node = Node::flashed();
    assert!(follow(&node.tree(), |line| assert_eq!(line, "no keys change")).unwrap());
}
