//! Secure Boot's lists of certificates, and signed changes to them ([UEFI 2.10, 8.2 and
//! 32.4](https://uefi.org/specs/UEFI/2.10/32_Secure_Boot_and_Driver_Signing.html)).
//!
//! ```text
//! variable   list, list, …
//! list       type (GUID) │ its length │ header's length │ an entry's length │ header │ entries: owner (GUID), content
//! .auth      time (16 bytes) │ length, revision, type, GUID, PKCS #7 │ list, list, …
//! ```
//!
//! Owners are left out: who put a certificate there changes nothing about what it does.

use std::collections::BTreeSet;

use thiserror::Error;

/// The type of entries that are X.509 certificates: a5c059a1-94e4-4aa7-87b5-ab155c2bf072.
const X509: [u8; 16] = [0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72];

/// A list's fields before its header.
const HEAD: usize = 28;

/// An `EFI_TIME`.
const TIME: usize = 16;

/// A GUID.
const OWNER: usize = 16;

/// The bytes are no lists of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("byte {0} is not where a list of certificates begins or ends")]
pub struct NotAList(usize);

/// What lists hold: the type of each entry, and its content.
pub type Entries = BTreeSet<([u8; 16], Vec<u8>)>;

/// The entry of a certificate, in DER.
pub fn certificate(der: &[u8]) -> ([u8; 16], Vec<u8>) {
    (X509, der.to_owned())
}

/// The certificates among entries, in DER.
pub fn certificates(entries: &Entries) -> impl Iterator<Item = &[u8]> {
    entries.iter().filter(|(kind, _)| *kind == X509).map(|(_, content)| content.as_slice())
}

/// The entries of a variable's lists.
pub fn parse(bytes: &[u8]) -> Result<Entries, NotAList> {
    let (mut entries, mut at) = (Entries::new(), 0);
    while at < bytes.len() {
        let bad = NotAList(at);
        let list = bytes.get(at..).unwrap_or_default();
        let kind: [u8; 16] = list.get(..16).and_then(|kind| kind.try_into().ok()).ok_or(bad)?;
        let [length, header, size] = [number(list, 16), number(list, 20), number(list, 24)];
        let (length, header, size) = (length.ok_or(bad)?, header.ok_or(bad)?, size.ok_or(bad)?);
        let list = list.get(..length).ok_or(bad)?;
        let content = HEAD.checked_add(header).and_then(|start| list.get(start..)).ok_or(bad)?;
        if size <= OWNER || !content.len().is_multiple_of(size) {
            return Err(bad);
        }
        entries.extend(content.chunks_exact(size).map(|entry| (kind, entry[OWNER..].to_owned())));
        at += length;
    }
    Ok(entries)
}

/// The entries of a signed change.
pub fn parse_signed(bytes: &[u8]) -> Result<Entries, NotAList> {
    let length = number(bytes, TIME).ok_or(NotAList(TIME))?;
    let start = TIME.checked_add(length).ok_or(NotAList(TIME))?;
    parse(bytes.get(start..).ok_or(NotAList(TIME))?)
}

/// Whether replacing a variable by `target` does nothing but put `new` in the place of `old`: nobody else's entry goes, and none
/// comes.
pub fn only_exchanges(current: &Entries, target: &Entries, old: &[u8], new: &[u8]) -> bool {
    let mut expected = current.clone();
    expected.remove(&certificate(old));
    expected.insert(certificate(new));
    expected == *target
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(four)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(kind: [u8; 16], contents: &[&[u8]]) -> Vec<u8> {
        let size = OWNER + contents[0].len();
        let mut bytes = kind.to_vec();
        for number in [HEAD + size * contents.len(), 0, size] {
            bytes.extend(u32::try_from(number).unwrap().to_le_bytes());
        }
        contents.iter().for_each(|content| bytes.extend([&[7; OWNER], *content].concat()));
        bytes
    }

    #[test]
    fn entries_of_several_lists() {
        let hashes = list([1; 16], &[&[2; 32], &[3; 32]]);
        let bytes = [list(X509, &[b"old"]), hashes, list(X509, &[b"other"])].concat();
        let entries = parse(&bytes).unwrap();
        assert_eq!(entries.len(), 4);
        assert_eq!(certificates(&entries).collect::<Vec<_>>(), [b"old".as_slice(), b"other"]);
        let mut signed = vec![0; TIME];
        signed.extend([12, 0, 0, 0, 0, 2, 0xf1, 0x0e, 1, 2, 3, 4]);
        signed.extend(&bytes);
        assert_eq!(parse_signed(&signed), Ok(entries));
        assert_eq!(parse(&[]), Ok(Entries::new()));
    }

    #[test]
    fn anything_else_is_refused() {
        let good = list(X509, &[b"old"]);
        for length in 1..good.len() {
            assert!(parse(&good[..length]).is_err(), "{length}");
        }
        for (at, byte) in [(16, 0), (16, 27), (20, 255), (24, 0), (24, 16), (24, 18), (19, 255)] {
            let mut bad = good.clone();
            bad[at] = byte;
            assert!(parse(&bad).is_err(), "{at} {byte}");
        }
        assert!(parse_signed(&[0; 19]).is_err() && parse_signed(&[255; 40]).is_err());
    }

    #[test]
    fn exchanges() {
        let entries = |contents: &[&[u8]]| contents.iter().map(|content| certificate(content)).collect::<Entries>();
        let target = entries(&[b"new", b"microsoft"]);
        assert!(only_exchanges(&entries(&[b"old", b"new", b"microsoft"]), &target, b"old", b"new"));
        assert!(only_exchanges(&entries(&[b"old", b"microsoft"]), &target, b"old", b"new"));
        assert!(!only_exchanges(&entries(&[b"old", b"new"]), &target, b"old", b"new"));
        assert!(!only_exchanges(&entries(&[b"old", b"new", b"microsoft", b"a person's"]), &target, b"old", b"new"));
    }
}
