//! Modbus: questions in bytes, replies, refusals; and devices that are made of registers, against which the maps are
//! tested.

mod maps;

use std::collections::HashMap;

use super::*;
use crate::protocol::stream::Look;
use crate::protocol::tests::hex;

/// Registers of a device; it refuses what it does not have.
#[derive(Clone, Default)]
pub(super) struct Device {
    pub(super) unit: u8,
    pub(super) holding: HashMap<u16, u16>,
    pub(super) input: HashMap<u16, u16>,
    pub(super) objects: Vec<u8>,
}

impl Device {
    pub(super) fn with(mut self, first: u16, values: &[u16]) -> Self {
        self.holding.extend((first..).zip(values.iter().copied()));
        self
    }

    pub(super) fn with_input(mut self, first: u16, values: &[u16]) -> Self {
        self.input.extend((first..).zip(values.iter().copied()));
        self
    }

    pub(super) fn with_text(self, first: u16, registers: usize, text: &str) -> Self {
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(2 * registers, 0);
        let values: Vec<u16> = bytes.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        self.with(first, &values)
    }

    /// What it replies to a question without an address.
    fn reply(&self, question: &[u8]) -> Vec<u8> {
        let refused = |why| vec![question[0] | 0x80, why];
        let registers = match question[0] {
            3 => &self.holding,
            4 => &self.input,
            0x2B if !self.objects.is_empty() => {
                assert_eq!(question, [0x2B, 0x0E, 1, 0]);
                return self.objects.clone();
            }
            _ => return refused(1),
        };
        let (first, count) =
            (u16::from_be_bytes([question[1], question[2]]), u16::from_be_bytes([question[3], question[4]]));
        let values: Option<Vec<u16>> =
            (first..first.saturating_add(count)).map(|at| registers.get(&at).copied()).collect();
        match values {
            Some(values) => {
                let mut reply = vec![question[0], (2 * count) as u8];
                reply.extend(values.into_iter().flat_map(u16::to_be_bytes));
                reply
            }
            None => refused(2),
        }
    }

    pub(super) fn rtu(&self, request: &[u8]) -> Vec<u8> {
        let (question, sum) = request.split_at(request.len() - 2);
        assert_eq!(rtu::crc(question).to_le_bytes(), sum);
        if question[0] != self.unit {
            return Vec::new();
        }
        let mut reply = vec![self.unit];
        reply.extend(self.reply(&question[1..]));
        reply.extend(rtu::crc(&reply).to_le_bytes());
        reply
    }

    pub(super) fn tcp(&self, request: &[u8]) -> Vec<u8> {
        assert_eq!(usize::from(u16::from_be_bytes([request[4], request[5]])), request.len() - 6);
        if request[6] != self.unit {
            return Vec::new();
        }
        let reply = self.reply(&request[7..]);
        [&request[..2], &[0, 0, 0, reply.len() as u8 + 1, self.unit], &reply].concat()
    }
}

fn holding(first: u16, count: Count) -> Request {
    Request { unit: 1, what: What::Holding(first, count) }
}

/// The CRC and the frame are those of the example in MODBUS over Serial Line V1.02, appendix B, and of a reply of an
/// Eastron meter.
#[test]
fn checksums() {
    assert_eq!(rtu::crc(b"\x02\x07"), 0x1241);
    assert_eq!(rtu::crc(b"123456789"), 0x4B37);
    assert_eq!(rtu::encode(holding(0, Count::of::<10>())), hex("01 03 0000 000A C5CD"));
    assert_eq!(
        rtu::encode(Request { unit: 1, what: What::Input(0x3100, Count::of::<1>()) }),
        hex("01 04 3100 0001 3F36")
    );
}

#[test]
fn questions_that_are_read_back() {
    let request = holding(183, Count::of::<2>());
    let reply = hex("01 03 04 14AA 0055 6AD1");
    let sum = rtu::crc(&reply[..7]).to_le_bytes();
    let reply = [&reply[..7], &sum].concat();
    let registers = Registers { first: 183, values: vec![0x14AA, 0x55] };
    assert_eq!(rtu::decode(request, &reply), Ok(Reply::Registers(registers.clone())));
    assert_eq!(rtu::look(request, &reply), Look::Frame(Reply::Registers(registers), 9));
    for cut in 0..9 {
        assert_eq!(rtu::look(request, &reply[..cut]), Look::Torn);
    }
    for at in 0..9 {
        for change in 1..=255 {
            let mut changed = reply.clone();
            changed[at] ^= change;
            assert!(rtu::decode(request, &changed).is_err());
        }
    }
    let refused = |why: u8| [vec![1, 0x83, why], rtu::crc(&[1, 0x83, why]).to_le_bytes().to_vec()].concat();
    assert_eq!(rtu::decode(request, &refused(2)), Ok(Reply::Refused(Refusal(2))));
    assert_eq!(Refusal(2).to_string(), "it has no such register");
    assert_eq!(Refusal(77).to_string(), "Modbus exception 77");
}

#[test]
fn what_is_wrong_with_a_reply() {
    let request = holding(0, Count::of::<1>());
    let framed = |bytes: &[u8]| [bytes, &rtu::crc(bytes).to_le_bytes()].concat();
    for (reply, wrong) in [
        (framed(&[2, 3, 2, 0, 5]), "it comes from unit 2, and unit 1 was asked"),
        (framed(&[1, 4, 2, 0, 5]), "its function is 4, and 3 was asked"),
        (framed(&[1, 3, 4, 0, 5, 0, 5]), "it has 4 bytes of registers, and 2 were asked for"),
        (framed(&[1, 3, 2, 0]), "it has 3 bytes, and 4 are expected"),
        (vec![1, 3, 2, 0, 5, 0x34, 0x12], "its checksum is 0x1234, and 0x4778 is expected"),
        (vec![1], "it has 1 bytes, and 5 are expected"),
    ] {
        assert_eq!(rtu::decode(request, &reply).unwrap_err().to_string(), wrong);
    }
    let tcp = tcp::encode(request);
    let reply = [&tcp[..2], &[0, 0, 0, 5, 1, 3, 2, 0, 5]].concat();
    assert_eq!(tcp::decode(request, &reply), Ok(Reply::Registers(Registers { first: 0, values: vec![5] })));
    let other = tcp::encode(holding(1, Count::of::<1>()));
    let late = [&other[..2], &reply[2..]].concat();
    assert_eq!(tcp::decode(request, &late), Err(BadReply::Header));
    assert_eq!(tcp::look(request, &late), Look::Nothing);
    assert_eq!(tcp::decode(request, &reply[..10]), Err(BadReply::Length { found: 10, expected: 11 }));
}

/// As kasbert/epsolar-tracer documents it: maker, model, version.
fn identification(maker: &str, model: &str) -> Vec<u8> {
    let mut bytes = vec![0x2B, 0x0E, 1, 1, 0, 0, 3];
    for (number, text) in [(0, maker), (1, model), (2, "V01.56+V01.22")] {
        bytes.extend([number, text.len() as u8]);
        bytes.extend(text.as_bytes());
    }
    bytes
}

#[test]
fn identifications() {
    let request = Request { unit: 1, what: What::Identification };
    assert_eq!(rtu::encode(request)[..5], [1, 0x2B, 0x0E, 1, 0]);
    let good = identification("EPsolar Tech co., Ltd", "Tracer2215BN");
    let Ok(Reply::Identification(objects)) = request.what.reply(&good) else { panic!("an identification") };
    assert_eq!(objects[1], (1, b"Tracer2215BN".to_vec()));
    for cut in 0..good.len() {
        assert!(request.what.reply(&good[..cut]).is_err());
        assert!(request.what.length(&good[..cut]).unwrap().is_none_or(|length| length == good.len()));
    }
    let endless = [&good[..6], &[255], [0, 0].repeat(200).as_slice()].concat();
    assert_eq!(request.what.length(&endless), Err(BadReply::Identification));
}

/// In a map over RTU, a late reply to another question is never taken for one to this question.
#[test]
fn lengths_differ() {
    for requests in [growatt::requests(), epever::requests()] {
        for (at, one) in requests.iter().enumerate() {
            for other in &requests[..at] {
                assert_ne!((one[1], &one[4..6]), (other[1], &other[4..6]));
            }
        }
    }
    let deye = deye::requests();
    let (who, maps) = deye.split_first().unwrap();
    for map in [&maps[..3], &maps[3..]] {
        let mut counts: Vec<u8> = map.iter().chain([who]).map(|request| request[5]).collect();
        counts.sort();
        counts.dedup();
        assert_eq!(counts.len(), map.len() + 1);
    }
}

/// The functions of all maps.
#[test]
fn nothing_writes() {
    for request in [deye::requests(), growatt::requests(), epever::requests()].concat() {
        assert!(matches!(request[1], 3 | 4) || request[1..5] == [0x2B, 0x0E, 1, 0]);
    }
    for request in [victron::requests(), sunspec::requests()].concat() {
        assert_eq!((request[2..5].to_vec(), request[5], request[7], request.len()), (vec![0, 0, 0], 6, 3, 12));
    }
    for request in growatt::requests() {
        assert!(request[2] < 2, "registers from 30000 on reset it");
    }
}
