//! `inspect` on update bundles: a good one, and what becomes of it when any byte is changed.

use std::sync::Arc;

use formats::bundle::signed_content;

use super::findings::{Findings, Standard};
use super::source::Part;
use super::squashfs::Squashfs;
use super::{certificate, facts, findings, trust};

const BUNDLE: &[u8] = include_bytes!("fixtures/bundle.raucb");
const AUTHORITY: &[u8] = include_bytes!("fixtures/bundle-ca.crt");
const GZIP: &[u8] = include_bytes!("fixtures/gzip.squashfs");
const ZEROS: &[u8] = include_bytes!("fixtures/zeros.squashfs");

/// Where the fixture's squashfs ends, and the tree behind it.
const SQUASHFS: usize = 3 * 4096;
const PAYLOAD: usize = 4 * 4096;

fn judge(bytes: &[u8], authority: &[u8]) -> Result<Findings, String> {
    let part = Part::all(Arc::new(bytes.to_vec()));
    let mut facts = facts::gather(&part, true, &mut |_, _| ())?;
    let mut given = trust::Given::default();
    given.authority.add(certificate::parse(authority).unwrap(), "fixture");
    let trust = trust::note(&mut facts, &given);
    Ok(findings::judge(&facts, Standard { trust, given: true, pcr_key: None }))
}

#[test]
fn a_good_one() {
    assert_eq!(judge(BUNDLE, AUTHORITY), Ok(Findings::default()));
    let other = include_bytes!("../kernel/microsoft/ms-uefi-2011.pem");
    let found = judge(BUNDLE, other).unwrap().wrong;
    assert_eq!(found, ["update bundle: it is signed by Ilanga fixture updates, who is not trusted"]);
}

#[test]
fn one_thing_wrong_is_one_sentence() {
    let find = |needle: &[u8]| BUNDLE.windows(needle.len()).rposition(|window| window == needle).unwrap();
    for (at, expected) in [
        (200, "block 0 (offset 0) does not match its digest in the verity tree"),
        (SQUASHFS + 3, "its dm-verity tree's top block does not give the signed root hash"),
        (SQUASHFS + 4000, "its dm-verity tree's top block does not give the signed root hash"),
        (find(b"beta"), "does not hold: it is for another manifest: the manifest was changed after it was signed"),
        (find(b"ilanga.img"), "it has no file 'hlanga.img', which its manifest names"),
        (BUNDLE.len() - 100, "does not hold: the signer's key did not make it"),
        (BUNDLE.len() - 1, "nodes refuse it: it is damaged: its signature begins at byte"),
        (BUNDLE.len() - 5, "its last bytes give its signature a length of 4294969160 bytes"),
        (PAYLOAD, "nodes refuse it: its signature is no CMS message"),
    ] {
        let mut bad = BUNDLE.to_vec();
        bad[at] ^= 1;
        let wrong = judge(&bad, AUTHORITY).unwrap().wrong;
        assert!(wrong.iter().any(|sentence| sentence.contains(expected)), "byte {at}: {wrong:?}");
    }
}

/// Whatever byte is changed or cut off, something is wrong with it. Only what stands around the manifest in the message,
/// such as the list of the digests' algorithms, is covered by nothing and of no use to anybody.
#[test]
fn each_byte_is_checked() {
    let content = |bundle: &[u8]| signed_content(&bundle[PAYLOAD..bundle.len() - 8]);
    for at in (0..BUNDLE.len()).step_by(23) {
        let mut bad = BUNDLE.to_vec();
        bad[at] ^= 0x10;
        let harmless = (PAYLOAD..BUNDLE.len() - 8).contains(&at) && content(&bad) == content(BUNDLE);
        let found = judge(&bad, AUTHORITY);
        assert!(harmless || found.map_or(true, |findings| !findings.wrong.is_empty()), "byte {at}");
        assert!(judge(&BUNDLE[..at], AUTHORITY).map_or(true, |findings| !findings.wrong.is_empty()), "cut at {at}");
    }
}

/// Bytes of the signature are changed; it is never taken for another one's.
#[test]
fn changed_signatures_do_no_harm() {
    let message = &BUNDLE[PAYLOAD..BUNDLE.len() - 8];
    let content = signed_content(message).unwrap();
    let mut state = 0x853C_49E6_748F_EA9B_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    for _ in 0..3000 {
        let mut bytes = message.to_vec();
        for _ in 0..1 + next() % 3 {
            let at = next() % bytes.len();
            bytes[at] = next() as u8;
        }
        if signed_content(&bytes).is_ok_and(|found| found != content) {
            assert!(super::message::read(&bytes).is_none_or(|signature| signature.problem.is_some()));
        }
    }
}

#[test]
fn compressed_files_are_unpacked() {
    let read = |bytes: &[u8], name: &str| {
        let part = Part::all(Arc::new(bytes.to_vec()));
        let mut content = Vec::new();
        Squashfs::open(&part)?.read(name, 1 << 20, &mut |bytes| content.extend(bytes)).map(|()| content)
    };
    let expected: Vec<u8> = (0..10_000).map(|i| (i * 7 + i / 4096) as u8).collect();
    assert!(read(GZIP, "ilanga.img") == Ok(expected));
    assert_eq!(read(GZIP, "manifest.raucm").unwrap(), b"[update]\ncompatible=x\n");
    assert!(read(ZEROS, "zero") == Ok(vec![0; 10_000]));
    assert_eq!(read(GZIP, "none"), Err("it has no file 'none'".to_owned()));
    for fixture in [GZIP, ZEROS] {
        for at in 0..fixture.len() {
            let mut bad = fixture.to_vec();
            bad[at] ^= 0x55;
            let _ = (read(&bad, "ilanga.img"), read(&bad, "zero"));
        }
    }
}
