//! Devices that speak something of their own.

use super::{Device, hex};

/// Answers whole requests by a function; what comes is collected until one is.
pub struct Answers<F> {
    pub rate: Option<u32>,
    pub answer: F,
    pub kept: Vec<u8>,
}

/// A device of a function: `None` while the request is not whole.
pub fn answers<F: FnMut(&[u8]) -> Option<Vec<u8>> + Send>(rate: Option<u32>, answer: F) -> Answers<F> {
    Answers { rate, answer, kept: Vec::new() }
}

impl<F: FnMut(&[u8]) -> Option<Vec<u8>> + Send> Device for Answers<F> {
    fn rate(&self) -> Option<u32> {
        self.rate
    }

    fn asked(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.kept.extend(bytes);
        // Whatever came before the request is noise.
        for at in 0..self.kept.len() {
            if let Some(answer) = (self.answer)(&self.kept[at..]) {
                self.kept.clear();
                return answer;
            }
        }
        Vec::new()
    }
}

/// Says nothing at all.
pub struct Silent;

impl Device for Silent {
    fn asked(&mut self, _: &[u8]) -> Vec<u8> {
        Vec::new()
    }
}

/// Says noise all the time, and at each question.
pub struct Noise(pub u64);

impl Noise {
    fn bytes(&mut self) -> Vec<u8> {
        let mut next = || {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 as u8
        };
        (0..100).map(|_| next()).collect()
    }
}

impl Device for Noise {
    fn asked(&mut self, _: &[u8]) -> Vec<u8> {
        self.bytes()
    }
    fn unasked(&mut self) -> Vec<u8> {
        self.bytes()
    }
}

/// Says this every tenth of a second, and never answers.
pub struct Says(pub u32, pub Vec<u8>);

impl Device for Says {
    fn rate(&self) -> Option<u32> {
        Some(self.0)
    }
    fn asked(&mut self, _: &[u8]) -> Vec<u8> {
        Vec::new()
    }
    fn unasked(&mut self) -> Vec<u8> {
        self.1.clone()
    }
}

/// A block of VE.Direct, with its checksum.
pub fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in fields {
        bytes.extend(format!("\r\n{name}\t{value}").into_bytes());
    }
    bytes.extend(b"\r\nChecksum\t");
    let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    bytes.push(0_u8.wrapping_sub(sum));
    bytes
}

/// A SmartSolar: 12.81 V, 10 W of the panels.
pub fn smart_solar() -> Says {
    let fields = [
        ("PID", "0xA05F"),
        ("FW", "139"),
        ("SER#", "HQ18486U2B4"),
        ("V", "12810"),
        ("I", "-10"),
        ("VPV", "10"),
        ("PPV", "10"),
    ];
    Says(19_200, block(&[&fields[..], &[("CS", "0"), ("MPPT", "0"), ("ERR", "0"), ("LOAD", "ON")]].concat()))
}

fn xmodem(text: &[u8]) -> Vec<u8> {
    let mut crc = 0_u16;
    for byte in text {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
        }
    }
    let fixed = |byte: u8| if [0x0A, 0x0D, 0x28].contains(&byte) { byte + 1 } else { byte };
    [text, &[fixed((crc >> 8) as u8), fixed(crc as u8), b'\r']].concat()
}

/// What a Voltronic inverter says to a request that ends with its carriage return.
pub fn axpert_says(request: &[u8]) -> Option<Vec<u8>> {
    let text = request.strip_suffix(b"\r")?;
    let is = |name: &str| text == name.as_bytes() || text == xmodem(name.as_bytes()).strip_suffix(b"\r").unwrap();
    let answer = match () {
        () if is("QPI") => "(PI30",
        () if is("QID") => "(92932004102443",
        () if is("QVFW") => "(VERFW:00072.70",
        () if is("QMN") => "(MKS2-8000",
        () if is("QPIGS") => {
            "(227.2 50.0 230.3 50.0 0829 0751 010 447 54.50 020 083 0054 02.7 323.6 00.00 00000 00010110 00 00 00879 010"
        }
        () if is("QPIWS") => "(00000000000000000000000000000000",
        () if is("QMOD") => "(L",
        () if text.first() == Some(&b'Q') => "(NAK",
        () => return None,
    };
    Some(xmodem(answer.as_bytes()))
}

/// A Voltronic inverter on RS232.
pub fn axpert() -> impl Device + use<> {
    answers(Some(2400), axpert_says)
}

/// A JBD, as it was recorded.
pub fn jbd() -> impl Device + use<> {
    answers(Some(9600), |request: &[u8]| {
        let [0xDD, 0xA5, what, 0, _, _, 0x77, ..] = request else { return None };
        Some(match what {
            3 => hex(
                "DD 03 00 1D 06 18 00 00 01 F2 01 F4 00 00 2C 7C 00 00 00 00 00 00 80 64 03 04 03 0B 8B 0B 8A 0B 84 FA 8D 77",
            ),
            4 => hex("DD 04 00 08 0F 45 0F 3D 0F 37 0F 3D FE C6 77"),
            _ => [hex("DD 05 00 19"), b"JBD-SP04S034-L4S-200A-B-U".to_vec(), hex("FA 08 77")].concat(),
        })
    })
}

/// A Daly: 26.4 V, 76.5 %.
pub fn daly() -> impl Device + use<> {
    answers(Some(9600), |request: &[u8]| {
        let [0xA5, 0x40, what, 8, rest @ ..] = request else { return None };
        if rest.len() < 9 {
            return None;
        }
        let data: [u8; 8] = match what {
            0x90 => [1, 8, 0, 0, 0x75, 0xAB, 2, 0xFD],
            0x91 => [0x0C, 0xF4, 3, 0x0C, 0xE1, 7, 0, 0],
            0x92 => [64, 1, 61, 2, 0, 0, 0, 0],
            0x93 => [2, 1, 1, 120, 0, 2, 0xEA, 0x88],
            0x98 => [0; 8],
            _ => [0, 3, 0x0D, 0x40, 0, 0, 0x0C, 0x80],
        };
        let mut bytes = [&[0xA5, 1, *what, 8], &data[..]].concat();
        bytes.push(bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte)));
        Some(bytes)
    })
}

/// A JK with 14 cells, as it was recorded.
pub fn jk() -> impl Device + use<> {
    answers(Some(115_200), |request: &[u8]| {
        (request.len() >= 21 && request.starts_with(b"NW")).then(|| {
            hex("\
    4E57 011B 00000000 06 00 01 79 2A 010EED 020EFA 030EF7 040EEC 050EF8 060EFA 070EF1 080EF8 090EE3 0A0EFA 0B0E\
    F1 0C0EFB 0D0EFB 0E0EF2 80001D 81001E 82001C 8314EF 8480D0 850F 8602 870004 8900000000 8A000E 8B0000 8C0007 \
    8E1626 8F10AE 900FD2 910FA0 920005 930BEA 940C1C 950005 96012C 970007 980003 990005 9A0005 9B0CE4 9C0008 9D0\
    1 9E005A 9F0046 A00064 A10064 A20014 A30046 A40046 A5FFEC A6FFF6 A7FFEC A8FFF6 A90E AA0000000E AB01 AC01 AD0\
    411 AE01 AF01 B0000A B114 B231323334353600000000 B300 B4496E707574205573 B532313031 B60000E200 B748362E585F5\
    F53362E312E33535F5F B800 B900000000 BA425433303732303230313230303030323030353231303031 C001 00000000 68 0000 \
    54D1")
        })
    })
}

/// A Pylontech that answers to one question only, as older ones do.
pub fn pylontech() -> impl Device + use<> {
    answers(Some(115_200), |request: &[u8]| {
        let end = request.iter().position(|byte| *byte == b'\r')?;
        let text = std::str::from_utf8(&request[..end]).ok()?;
        let question = text.strip_prefix("~2002")?;
        Some(match question.get(..4)? {
            // The protocol's version.
            "464F" => pylontech_frame("20024600", ""),
            "4642" => b"~20024600D05E1002080D020D020D020D030D000D010D010D03050B7D0B690B690B690B73FFFA680EFFFF04FFFF00000174E401B198E906\r".to_vec(),
            // It knows no such question.
            _ => pylontech_frame("20024604", ""),
        })
    })
}

fn pylontech_frame(head: &str, information: &str) -> Vec<u8> {
    let length = information.len() as u16;
    let sum = (length & 0xF) + (length >> 4 & 0xF) + (length >> 8 & 0xF);
    let length = (((!sum & 0xF) + 1) & 0xF) << 12 | length;
    let inner = format!("{head}{length:04X}{information}");
    let sum = inner.bytes().fold(0_u16, |sum, byte| sum.wrapping_add(byte.into()));
    format!("~{inner}{:04X}\r", 0_u16.wrapping_sub(sum)).into_bytes()
}
