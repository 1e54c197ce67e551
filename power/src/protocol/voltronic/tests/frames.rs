//! Checksums, requests, and replies as bytes.

use super::super::frame::{plain, reports, request};
use super::*;

#[test]
fn checksums() {
    assert_eq!(checksum(b"123456789"), [0x31, 0xC3], "CRC-16/XMODEM's check value");
    for (text, bytes) in [
        ("QPI", &b"QPI\xbe\xac\r"[..]),
        ("QPIGS", b"QPIGS\xb7\xa9\r"),
        ("QPIRI", b"QPIRI\xf8\x54\r"),
        ("QPIWS", b"QPIWS\xb4\xda\r"),
        ("QMOD", b"QMOD\x49\xc1\r"),
        ("^P005PI", b"^P005PI\x71\x8b\r"),
    ] {
        assert_eq!(request(text), bytes, "{text}");
    }
    assert_eq!(plain("^P003PI"), b"^P003PI\r");
    // No checksum has a byte that begins or ends something.
    for number in 0..20_000_u32 {
        let bytes = checksum(&number.to_be_bytes());
        assert!(!bytes.iter().any(|byte| b"(\r\n".contains(byte)), "{number}");
    }
}

#[test]
fn hid_reports() {
    assert_eq!(reports(b"QPI\xbe\xac\r"), [*b"QPI\xbe\xac\r\0\0"]);
    assert_eq!(reports(&request("QPIGS")).len(), 1, "eight bytes");
    assert_eq!(reports(&request("QPIGS2"))[1], *b"\r\0\0\0\0\0\0\0");
}

#[test]
fn replies_of_real_inverters() {
    for reply in [STATUS_30, SECOND_30, STATUS_16, STATUS_17, STATUS_18] {
        assert!(matches!(Reply::parse(reply), Ok(Reply::Spaced(_) | Reply::Commas(_))));
    }
    for (reply, parsed) in [
        (&b"(PI30\x9a\x0b\r"[..], Reply::Spaced("PI30".into())),
        (b"(PI16\x9c\xaf\r", Reply::Spaced("PI16".into())),
        (b"^D00517\xca\xec\r", Reply::Commas("17".into())),
        (b"^D00518;\x03\r", Reply::Commas("18".into())),
        (b"(NAKss\r", Reply::Refused),
        (b"^0\x1b\xe3\r", Reply::Refused),
        (b"(NAK\r", Reply::Refused),
        (b"(ACK9 \r", Reply::Accepted),
        (b"^1\x0b\xc2\r", Reply::Accepted),
    ] {
        assert_eq!(Reply::parse(reply), Ok(parsed));
    }
}

#[test]
fn refusals() {
    for (reply, reason) in [
        (&b""[..], "it is cut off"),
        (b"(PI30\x9a\x0b", "it is cut off"),
        (b"(\r", "it is cut off"),
        (b"(\x9a\x0b\r", "it is cut off"),
        (b"(PI30\r", "its checksum is 0x3330, and 0xf835 is expected"),
        (b"(PI30\x9a\x0c\r", "its checksum is 0x9a0c, and 0x9a0b is expected"),
        (b"QPGS0?\xda\r", "it is no reply: it begins with neither '(' nor '^'"),
    ] {
        assert_eq!(Reply::parse(reply).unwrap_err().to_string(), reason);
    }
    assert_eq!(Reply::parse(&request("^D00618")), Err(Damaged::Length { found: 5, said: "006".into() }));
    assert_eq!(Reply::parse(&request("^Dxyz18")), Err(Damaged::Length { found: 5, said: "xyz".into() }));
    assert_eq!(Reply::parse(&request("^P00518")), Err(Damaged::Start));
    assert_eq!(Reply::parse(&request("(a\u{1}b")), Err(Damaged::Characters));
}

#[test]
fn a_changed_byte_is_refused() {
    for reply in [STATUS_30, SECOND_30, STATUS_16, STATUS_17, STATUS_18] {
        for at in 0..reply.len() {
            for byte in (0..=255).filter(|byte| *byte != reply[at]) {
                let mut changed = reply.to_vec();
                changed[at] = byte;
                assert!(Reply::parse(&changed).is_err(), "{at}: {byte}");
            }
            assert!(Reply::parse(&[&reply[..at], &reply[at + 1..]].concat()).is_err(), "without {at}");
        }
    }
}

#[test]
fn replies_among_others() {
    let good = frames(STATUS_18);
    for garbage in
        [&b"QPIGS\xb7\xa9\r"[..], b"^P005GSX\x14\r", b"\0\0\0", b"\r\n", b"(half", b"^D106half", b"(PI30\r", &[0xFF; 9]]
    {
        for reply in [STATUS_30, STATUS_18] {
            let found = frames(&[garbage, reply].concat());
            assert_eq!(found.last(), frames(reply).last(), "{garbage:?}");
        }
    }
    assert_eq!(frames(&[STATUS_18, STATUS_18].concat()).len(), 2);
    assert_eq!(frames(&[&b"("[..], &[b'1'; 2000], b"\r", STATUS_18].concat()).last(), good.last());
    let padded: Vec<u8> = reports(STATUS_18).concat();
    assert_eq!(frames(&padded), good);
}
