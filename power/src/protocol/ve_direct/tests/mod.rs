//! VE.Direct: streams, fields, HEX messages, recordings of real devices.

mod fields;
mod hex;
mod recordings;
mod streams;

use super::decoder::Block;
use super::*;

/// A block as a device sends it.
fn block(lines: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        lines.iter().flat_map(|(label, value)| format!("\r\n{label}\t{value}").into_bytes()).collect();
    bytes.extend(b"\r\nChecksum\t");
    let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    bytes.push(sum.wrapping_neg());
    bytes
}

/// A HEX message as a device sends it.
fn hex_message(command: u8, payload: &[u8]) -> Vec<u8> {
    let sum = payload.iter().fold(command, |sum, byte| sum.wrapping_add(*byte));
    let bytes: String = payload.iter().chain([&0x55_u8.wrapping_sub(sum)]).map(|byte| format!("{byte:02X}")).collect();
    format!(":{command:X}{bytes}\n").into_bytes()
}

fn mppt() -> Vec<u8> {
    block(&[
        ("PID", "0xA05F"),
        ("FW", "139"),
        ("SER#", "HQ00000AAAA"),
        ("V", "12810"),
        ("I", "-10"),
        ("VPV", "33580"),
        ("PPV", "8"),
        ("CS", "3"),
        ("ERR", "0"),
        ("LOAD", "ON"),
        ("IL", "100"),
        ("H19", "8272"),
        ("HSDS", "274"),
    ])
}

fn frames(bytes: &[u8]) -> Vec<Frame> {
    Decoder::default().take(bytes)
}

fn blocks(bytes: &[u8]) -> Vec<Block> {
    let block = |frame| match frame {
        Frame::Block(block) => Some(block),
        Frame::Hex(_) | Frame::Damaged(_) => None,
    };
    frames(bytes).into_iter().filter_map(block).collect()
}

fn fields(lines: &[(&str, &str)]) -> Fields {
    Fields::parse(&blocks(&block(lines))[0]).unwrap()
}

/// Plays a conversation: each step's bytes, then silence.
fn listen(chunks: &[&[u8]]) -> Result<Heard, Unheard> {
    let mut listener = Listener::default();
    for chunk in chunks {
        assert_eq!(listener.next(), listener.next());
        match listener.next() {
            Step::Listen(_) => listener.received(chunk),
            Step::Send(..) => panic!("it sends"),
            Step::End(_) => break,
        }
    }
    listener.silent();
    let Step::End(end) = listener.next() else { panic!("it goes on") };
    end
}

#[test]
fn conversations() {
    let heard = listen(&[&mppt()]).unwrap();
    assert_eq!(heard.identity.model.as_str(), "SmartSolar MPPT 100|20");
    assert_eq!(heard.reading.battery.voltage.map(|v| v.0), Some(12_810));

    let history = block(&[("H1", "-264148"), ("H2", "-2909"), ("H7", "6200"), ("H18", "5581")]);
    let monitor = block(&[("PID", "0xA389"), ("V", "13259"), ("I", "-7742"), ("SOC", "990")]);
    let heard = listen(&[&history, &monitor]).unwrap();
    assert_eq!(heard.identity.model.as_str(), "SmartShunt 500A/50mV");
    assert_eq!(heard.reading.battery.charge.map(|soc| soc.charge.get()), Some(990));
    assert_eq!(listen(&[&history]).unwrap().reading, Reading::default());

    let half = &mppt()[..60];
    let mut wrong = mppt();
    wrong[20] ^= 1;
    let impossible = block(&[("PID", "0xA05F"), ("V", "fine")]);
    assert_eq!(listen(&[]), Err(Unheard::Silent));
    assert_eq!(listen(&[half]), Err(Unheard::Other("VE.Direct")));
    assert_eq!(listen(&[b"(PI30\x9a\x0b\r", &[0xFF; 50]]), Err(Unheard::Other("VE.Direct")));
    assert_eq!(listen(&[&wrong]), Err(Unheard::Other("a whole block of VE.Direct")));
    assert_eq!(listen(&[&wrong, &mppt()]), listen(&[&mppt()]));
    assert_eq!(listen(&[&impossible]), Err(Unheard::Impossible("its field V is 'fine'".into())));
    assert_eq!(listen(&[&[0; ENOUGH + 1], &mppt()]), Err(Unheard::Other("VE.Direct")));
    assert_eq!((requests(), LINES), (vec![], &[Line::Serial(19200)][..]));

    // Only HEX messages: it is a Victron, and registers say how it is.
    let voltage = hex_message(0xA, &[0x8D, 0xED, 0, 0xFC, 0x05]);
    let heard = listen(&[&voltage]).unwrap();
    assert_eq!(heard.identity.maker.as_str(), "Victron");
    assert_eq!(heard.reading.battery.voltage.map(|v| v.0), Some(15_320));
}

/// A small generator of numbers that look random.
fn xorshift(random: &mut u64) -> usize {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random as usize
}

fn arbitrary(random: &mut u64) {
    let good =
        [mppt(), hex_message(7, &[0x8D, 0xED, 0, 0xFC, 0x05]), block(&[("PID", "0x203"), ("SOC", "990")]), mppt()]
            .concat();
    let mut bytes = good;
    for _ in 0..xorshift(random) % 6 {
        let at = xorshift(random) % bytes.len();
        match xorshift(random) % 5 {
            0 => bytes[at] = xorshift(random) as u8,
            1 => bytes[at] = b":\r\n\tC0"[xorshift(random) % 6],
            2 => drop(bytes.drain(at..(at + xorshift(random) % 40).min(bytes.len()))),
            3 => drop(bytes.splice(at..at, vec![xorshift(random) as u8; xorshift(random) % 300])),
            _ => bytes.truncate(at + 1),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
    let whole = frames(&bytes);
    let mut decoder = Decoder::default();
    let mut cut = Vec::new();
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let (some, more) = rest.split_at((1 + xorshift(random) % 50).min(rest.len()));
        cut.extend(decoder.take(some));
        rest = more;
    }
    assert_eq!(whole, cut);
    for frame in whole {
        match frame {
            Frame::Block(block) => drop(Fields::parse(&block).map(|fields| (fields.identity(), fields.reading()))),
            Frame::Hex(message) => {
                if let Some(register) = message.register() {
                    register.add_to(&mut Reading::default());
                }
            }
            Frame::Damaged(damaged) => assert!(!damaged.to_string().is_empty()),
        }
    }
    drop(listen(&[&bytes]));
}

#[test]
fn arbitrary_bytes_do_no_harm() {
    let mut random = 0x1234_5678_9ABC_DEF1;
    (0..2000).for_each(|_| arbitrary(&mut random));
}

#[test]
#[ignore = "long"]
fn for_long_ve_direct() {
    let seconds = std::env::var("ILANGA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let mut random = 0x2545_F491_4F6C_DD1D;
    let began = std::time::Instant::now();
    while began.elapsed().as_secs() < seconds {
        (0..100).for_each(|_| arbitrary(&mut random));
    }
}
