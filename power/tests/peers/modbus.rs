//! A Modbus device that is made of registers.

use std::collections::BTreeMap;

use super::Device;

/// Registers, and objects of an identification.
#[derive(Clone, Default)]
pub struct Registers {
    pub unit: u8,
    pub rate: Option<u32>,
    pub holding: BTreeMap<u16, u16>,
    pub input: BTreeMap<u16, u16>,
    pub objects: Vec<&'static str>,
    /// Functions, registers and counts that were asked for.
    pending: Vec<u8>,
}

fn crc(bytes: &[u8]) -> [u8; 2] {
    let mut crc = 0xFFFF_u16;
    for byte in bytes {
        crc ^= u16::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xA001 } else { crc >> 1 };
        }
    }
    crc.to_le_bytes()
}

impl Registers {
    pub fn new(unit: u8, rate: Option<u32>) -> Self {
        Self { unit, rate, ..Self::default() }
    }

    pub fn with(mut self, first: u16, values: &[u16]) -> Self {
        self.holding.extend((first..).zip(values.iter().copied()));
        self
    }

    pub fn with_input(mut self, first: u16, values: &[u16]) -> Self {
        self.input.extend((first..).zip(values.iter().copied()));
        self
    }

    pub fn with_text(self, first: u16, registers: usize, text: &str) -> Self {
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(2 * registers, 0);
        let words: Vec<u16> = bytes.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        self.with(first, &words)
    }

    /// The answer without unit and checksum.
    pub fn answer(&self, question: &[u8]) -> Vec<u8> {
        let [function, a, b, rest @ ..] = question else { return Vec::new() };
        if *function == 0x2B {
            if self.objects.is_empty() {
                return vec![0xAB, 1];
            }
            let mut bytes = vec![0x2B, 0x0E, 1, 1, 0, 0, self.objects.len() as u8];
            for (number, object) in self.objects.iter().enumerate() {
                bytes.extend([number as u8, object.len() as u8]);
                bytes.extend(object.as_bytes());
            }
            return bytes;
        }
        let table = match function {
            3 => &self.holding,
            4 => &self.input,
            _ => return vec![function | 0x80, 1],
        };
        let (first, count) = (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([rest[0], rest[1]]));
        let values: Option<Vec<u16>> = (first..first.saturating_add(count)).map(|at| table.get(&at).copied()).collect();
        match values {
            Some(values) => {
                let mut bytes = vec![*function, values.len() as u8 * 2];
                values.iter().for_each(|value| bytes.extend(value.to_be_bytes()));
                bytes
            }
            None => vec![function | 0x80, 2],
        }
    }

    /// The answer to a frame of Modbus TCP.
    pub fn tcp(&self, frame: &[u8]) -> Vec<u8> {
        let [t0, t1, 0, 0, 0, _, unit, question @ ..] = frame else { return Vec::new() };
        if *unit != self.unit {
            return Vec::new();
        }
        let answer = self.answer(question);
        [&[*t0, *t1, 0, 0, 0, answer.len() as u8 + 1, *unit], answer.as_slice()].concat()
    }
}

impl Device for Registers {
    fn rate(&self) -> Option<u32> {
        self.rate
    }

    fn asked(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.pending.extend(bytes);
        // A question has 8 bytes, that for an identification 7.
        for at in 0..self.pending.len() {
            for length in [8, 7] {
                let Some(frame) = self.pending.get(at..at + length) else { continue };
                let (question, sum) = frame.split_at(length - 2);
                if question[0] == self.unit && crc(question) == sum {
                    let answer = self.answer(&question[1..]);
                    self.pending.clear();
                    let mut whole = vec![self.unit];
                    whole.extend(answer);
                    whole.extend(crc(&whole));
                    return whole;
                }
            }
        }
        if self.pending.len() > 256 {
            self.pending.clear();
        }
        Vec::new()
    }
}

pub fn deye() -> Registers {
    Registers::new(1, Some(9600))
        .with(0, &[3, 1, 0x0104])
        .with_text(3, 5, "2207079999")
        .with(59, &[2])
        .with(101, &[0, 0, 0, 0, 0, 0, 0, 0, 3412, 12, 3390, 11, 0, 0, 0])
        .with(166, &[0; 29])
        .with(169, &[(-120_i16).cast_unsigned()])
        .with(178, &[843])
        .with(182, &[1253, 5312, 76, 0, 410, 371, 0, 0, 512, 964])
}

pub fn deye_three() -> Registers {
    Registers::new(1, Some(9600))
        .with(0, &[0x500, 1, 0x0105])
        .with_text(3, 5, "2301155522")
        .with(500, &[2])
        .with(553, &[0; 6])
        .with(586, &[1180, 5203, 55, 0, (-2400_i16).cast_unsigned(), (-4612_i16).cast_unsigned(), 0, 0, 0, 0, 0, 0])
        .with(619, &[0; 35])
        .with(672, &[1900, 1650, 0, 0, 5401, 35, 5203, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
}

pub fn growatt() -> Registers {
    Registers::new(1, Some(9600))
        .with_text(9, 6, "067.01042.02")
        .with_text(23, 5, "ABC1234567")
        .with(28, &[0, 0])
        .with(43, &[3401])
        .with_input(0, &[0; 45])
        .with_input(0, &[12, 3105, 0, 0, 8120, 0, 40])
        .with_input(17, &[5287, 88])
        .with_input(22, &[2299, 5001])
        .with_input(77, &[0xFFFF, (-2920_i16).cast_unsigned()])
}

pub fn epever() -> Registers {
    let mut tracer = Registers::new(1, Some(115_200))
        .with_input(0x3000, &[15_000, 2000, 0xCB20, 0, 2400, 2000, 0xCB20, 0, 2])
        .with_input(0x3100, &[3650, 512, 0x48FC, 0, 2687, 690, 0x4868, 0])
        .with_input(0x310C, &[2687, 150, 4030, 0, 2431, 2800])
        .with_input(0x311A, &[73])
        .with_input(0x3200, &[0, 0b1011, 1])
        .with_input(0x331B, &[540, 0]);
    tracer.objects = vec!["EPsolar Tech co., Ltd", "Tracer2215BN", "V01.56+V01.22"];
    tracer
}

/// A GX device: 52.1 V, 76 %, 812 W of the panels.
pub fn gx() -> Registers {
    Registers::new(100, None)
        .with_text(800, 6, "e0ff50a097c0")
        .with(808, &[0; 19])
        .with(817, &[420])
        .with(840, &[521, (-30_i16).cast_unsigned(), (-156_i16).cast_unsigned(), 76, 1, 400, 100])
        .with(850, &[812])
}

/// A SunSpec chain: an inverter with 3210 W.
pub fn sunspec() -> Registers {
    let mut points = vec![0x8000; 50];
    points[12] = 3210;
    points[13] = 0;
    points[36] = 4;
    Registers::new(1, None)
        .with(40_000, &[0x5375, 0x6E53, 1, 66])
        .with(40_004, &[0; 66])
        .with_text(40_004, 16, "Fronius")
        .with_text(40_020, 16, "Symo 5.0")
        .with(40_070, &[103, 50])
        .with(40_072, &points)
        .with(40_122, &[0xFFFF, 0])
}
