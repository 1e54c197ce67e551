//! Blocks are found in streams that are torn, noisy and interleaved.

use super::*;

fn damaged(bytes: &[u8]) -> Vec<String> {
    let reason = |frame| match frame {
        Frame::Damaged(damaged) => Some(damaged.to_string()),
        Frame::Block(_) | Frame::Hex(_) => None,
    };
    frames(bytes).into_iter().filter_map(reason).collect()
}

#[test]
fn blocks_between_garbage() {
    let good = blocks(&mppt());
    assert_eq!((good.len(), good[0].lines().count()), (1, 13));
    assert_eq!(good[0].lines().next(), Some(("PID", "0xA05F")));
    for garbage in [&b"\xb4"[..], b"hello", b"\r", b"\n", b"\r\n", b"\r\nV\t1", b"\r\nno field", &[0xFF; 300]] {
        for stream in [[garbage, &mppt()].concat(), [&mppt(), garbage].concat()] {
            assert_eq!(blocks(&stream), good, "{garbage:?}");
        }
        assert_eq!(blocks(&[&mppt(), garbage, &mppt()].concat()).len(), 2, "{garbage:?}");
    }
}

#[test]
fn hex_messages_anywhere() {
    let (message, good) = (hex_message(0xA, &[0x50, 0x10, 0, 1, 2, 3]), mppt());
    let alone = frames(&message);
    assert!(matches!(alone[..], [Frame::Hex(_)]));
    for at in 0..=good.len() {
        let stream = [&good[..at], &message, &good[at..]].concat();
        let all = frames(&stream);
        assert!(all.contains(&alone[0]) && blocks(&stream) == blocks(&good) && all.len() == 2, "at {at}: {all:?}");
    }
}

#[test]
fn a_checksum_may_be_any_byte() {
    let mut seen = [false; 256];
    for number in 0..2000 {
        let stream = [block(&[("PID", "0x203"), ("H4", &number.to_string())]), mppt()].concat();
        assert_eq!(blocks(&stream).len(), 2, "{number}");
    }
    for filler in 0..2000_u32 {
        let stream = block(&[("PID", "0x203"), ("BMV", &format!("{filler:b}~"))]);
        seen[usize::from(*stream.last().unwrap())] = true;
        let wish = stream.last().copied().is_some_and(|byte| b":\r\n\t".contains(&byte));
        assert!(!wish || blocks(&[stream, mppt()].concat()).len() == 2);
    }
    // Each of the bytes that mean something elsewhere.
    for byte in *b":\r\n\t" {
        let made = (0..=255_u8).filter(|x| (b' '..=b'~').contains(x)).flat_map(|x| {
            (b' '..=b'~')
                .map(move |y| block(&[("PID", "0x203"), ("BMV", &format!("x{}{}", char::from(x), char::from(y)))]))
        });
        let stream = made.into_iter().find(|stream| stream.last() == Some(&byte)).unwrap();
        assert_eq!(blocks(&[stream, mppt()].concat()).len(), 2, "{byte}");
    }
}

#[test]
fn a_changed_byte_is_refused_and_changes_nothing_else() {
    let one = mppt();
    let stream = [&one[..], &one, &one].concat();
    for at in one.len()..2 * one.len() {
        for byte in
            [0, b'0', b'1', b'9', b':', b'\r', b'\n', b'\t', b'C', b' ', 0xFF, stream[at] ^ 1, stream[at] ^ 0x40]
        {
            let mut changed = stream.clone();
            changed[at] = byte;
            let expected = if byte == stream[at] { 3 } else { 2 };
            assert_eq!(blocks(&changed), vec![blocks(&one)[0].clone(); expected], "{at}: {byte}");
            assert!(byte == stream[at] || !damaged(&changed).is_empty(), "{at}: {byte}");
        }
    }
}

#[test]
fn a_lost_byte_takes_one_block_with_it() {
    let one = mppt();
    let stream = [&one[..], &one, &one].concat();
    for at in one.len()..2 * one.len() {
        let mut torn = stream.clone();
        torn.remove(at);
        assert_eq!(blocks(&torn), vec![blocks(&one)[0].clone(); 2], "{at}");
        assert_eq!(damaged(&torn).len(), 1, "{at}: {:?}", damaged(&torn));
    }
}

#[test]
fn torn_blocks() {
    let (one, other) = (mppt(), block(&[("PID", "0xA053"), ("V", "13000"), ("H19", "1")]));
    for kept in 1..one.len() - 1 {
        let stream = [&one[..kept], &other].concat();
        assert_eq!(blocks(&stream), blocks(&other), "{kept} bytes and another block");
        let stream = [&one[kept..], &other].concat();
        assert_eq!(blocks(&stream), blocks(&other), "without {kept} bytes, and another block");
    }
}

#[test]
fn reasons() {
    let twice = block(&[("V", "1"), ("I", "2"), ("V", "3")]);
    let many: Vec<String> = (0..70).map(|number| format!("X{number}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|label| (label.as_str(), "1")).collect();
    for (stream, reason) in [
        (b"\r\nV\t12\r\nChecksum\t\x00".to_vec(), "its bytes sum to 0x2c, and must sum to 0"),
        (twice, "it has the field V twice"),
        (b"\r\nV\t12\r\n\r\nChecksum\t\x00".to_vec(), "it has a line that is no field"),
        (block(&many), "it has more fields than a block may have"),
        (b"\r\nChecksum\t\x00".to_vec(), "it has no fields"),
        (b":A5010\r\n".to_vec(), "a HEX message of it is damaged: it is torn"),
        (b":7F0ED007\n".to_vec(), "a HEX message of it is damaged: it is too short, or ends with half a byte"),
        (
            b"\r\nV\t1:70\n2\r\nChecksum\t\x00".to_vec(),
            "a HEX message of it is damaged: it is too short, or ends with half a byte",
        ),
    ] {
        assert!(damaged(&stream).iter().any(|found| found == reason), "{reason}: {:?}", damaged(&stream));
        assert!(blocks(&stream).is_empty());
    }
    assert_eq!(damaged(&[&mppt()[..40], &mppt()].concat()), ["it has a line that is no field"]);
    assert_eq!(damaged(&[&b"\r\nV\t12"[..], &mppt()].concat()), ["it ends before its checksum"]);
}
