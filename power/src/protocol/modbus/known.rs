//! Registers that were read, by their own numbers.

use crate::reading::Text;

/// Registers that came in one reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    /// The first one's number.
    pub first: u16,
    /// What is in them.
    pub values: Vec<u16>,
}

impl Registers {
    fn get(&self, register: u16) -> Option<u16> {
        self.values.get(usize::from(register.checked_sub(self.first)?)).copied()
    }
}

/// All registers of one kind that were read so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known(Vec<Registers>);

impl Known {
    /// These too.
    pub fn add(&mut self, registers: Registers) {
        self.0.push(registers);
    }

    /// What is in this register; `None` if it was not read.
    pub fn get(&self, register: u16) -> Option<u16> {
        self.0.iter().find_map(|registers| registers.get(register))
    }

    /// A number with a sign.
    pub fn signed(&self, register: u16) -> Option<i16> {
        self.get(register).map(u16::cast_signed)
    }

    /// A number of two registers, the high one first.
    pub fn high_first(&self, register: u16) -> Option<u32> {
        Some(u32::from(self.get(register)?) << 16 | u32::from(self.get(register.checked_add(1)?)?))
    }

    /// A number of two registers, the low one first.
    pub fn low_first(&self, register: u16) -> Option<u32> {
        Some(u32::from(self.get(register)?) | u32::from(self.get(register.checked_add(1)?)?) << 16)
    }

    /// The bytes of some registers; `None` if one of them was not read.
    pub fn bytes(&self, first: u16, count: u16) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        for register in first..first.checked_add(count)? {
            bytes.extend(self.get(register)?.to_be_bytes());
        }
        Some(bytes)
    }

    /// The text in some registers, up to the first zero; `None` if there is none.
    pub fn text(&self, first: u16, count: u16) -> Option<Text> {
        let text = Text::new(&super::super::fields::text(&self.bytes(first, count)?));
        if text.as_str().is_empty() { None } else { Some(text) }
    }
}
