//! Extends PCR 11 with the phases of a start, as systemd's `systemd-pcrextend` does in its initramfs: in every bank the
//! digest of the word's bytes. ukify's signed policies count on these two.
//!
//! Commands and answers are those of the TPM 2.0 Library, part 3: big endian, a tag, the whole length, a code.

use std::fs::File;
use std::io::{Read as _, Write as _};

use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use thiserror::Error;

use crate::error::{Context as _, IoError};

/// The PCR that systemd-stub measures the kernel image into.
pub(crate) const PCR: u8 = 11;

/// The nodes of a TPM: the first lets others use it at the same time.
const DEVICES: [&str; 2] = ["/dev/tpmrm0", "/dev/tpm0"];

/// The longest answer that a TPM gives.
const LONGEST: usize = 4096;

/// A bank that can be extended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bank {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// Why a measurement was not made.
#[derive(Debug, Error)]
pub(crate) enum NotMeasured {
    /// The device can't be used.
    #[error(transparent)]
    Io(#[from] IoError),
    /// The TPM refused.
    #[error("the TPM answered {operation} with code {code:#x}")]
    Refused {
        /// What was asked.
        operation: &'static str,
        /// Its answer.
        code: u32,
    },
    /// The answer makes no sense.
    #[error("the TPM's answer to {0} is not understood")]
    Answer(&'static str),
    /// There is no bank to extend.
    #[error("the TPM has no bank with PCR {PCR} that Ilanga knows")]
    NoBank,
}

impl Bank {
    const ALL: [Self; 4] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    const fn algorithm(self) -> u16 {
        match self {
            Self::Sha1 => 0x0004,
            Self::Sha256 => 0x000B,
            Self::Sha384 => 0x000C,
            Self::Sha512 => 0x000D,
        }
    }

    fn digest(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(data).to_vec(),
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha384 => Sha384::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        }
    }
}

fn command(tag: u16, code: u32, body: &[u8]) -> Vec<u8> {
    let length = 10 + body.len() as u32;
    let head = [&tag.to_be_bytes()[..], &length.to_be_bytes(), &code.to_be_bytes()];
    [head.concat().as_slice(), body].concat()
}

/// TPM2_GetCapability of the PCRs: which banks there are.
fn get_banks() -> Vec<u8> {
    let (capability, property, count) = (5u32, 0u32, 1u32);
    command(0x8001, 0x17A, &[capability, property, count].map(u32::to_be_bytes).concat())
}

/// TPM2_PCR_Extend of [`PCR`] in these banks, with an empty password.
fn extend(banks: &[Bank], data: &[u8]) -> Vec<u8> {
    let mut body = u32::from(PCR).to_be_bytes().to_vec();
    body.extend_from_slice(b"\0\0\0\x09\x40\0\0\x09\0\0\0\0\0");
    body.extend_from_slice(&(banks.len() as u32).to_be_bytes());
    for bank in banks {
        body.extend_from_slice(&bank.algorithm().to_be_bytes());
        body.extend_from_slice(&bank.digest(data));
    }
    command(0x8002, 0x182, &body)
}

/// What follows an answer's head, if the TPM did what it was asked.
fn body<'a>(operation: &'static str, answer: &'a [u8]) -> Result<&'a [u8], NotMeasured> {
    let Some((head, body)) = answer.split_at_checked(10) else { return Err(NotMeasured::Answer(operation)) };
    match u32::from_be_bytes([6, 7, 8, 9].map(|i| head[i])) {
        0 => Ok(body),
        code => Err(NotMeasured::Refused { operation, code }),
    }
}

/// The banks in the body of the answer to [`get_banks`] that have [`PCR`].
fn banks(body: &[u8]) -> Option<Vec<Bank>> {
    // More data to follow, the capability, a count, and for each: algorithm, length of the bit map, bit map.
    let mut rest = body.get(9..)?;
    let count = u32::from_be_bytes([5, 6, 7, 8].map(|i| body[i]));
    let mut banks = Vec::new();
    for _ in 0..count {
        let (algorithm, length) = (u16::from_be_bytes([*rest.first()?, *rest.get(1)?]), usize::from(*rest.get(2)?));
        let map = rest.get(3..3 + length)?;
        let has = map.get(usize::from(PCR / 8)).is_some_and(|byte| byte >> (PCR % 8) & 1 == 1);
        banks.extend(Bank::ALL.into_iter().filter(|bank| has && bank.algorithm() == algorithm));
        rest = &rest[3 + length..];
    }
    Some(banks)
}

fn exchange(device: &mut File, operation: &'static str, command: &[u8]) -> Result<Vec<u8>, NotMeasured> {
    let mut answer = vec![0; LONGEST];
    device.write_all(command).context("giving the TPM", operation)?;
    let length = device.read(&mut answer).context("reading the TPM's answer to", operation)?;
    answer.truncate(length);
    body(operation, &answer).map(<[u8]>::to_vec)
}

/// Extends [`PCR`] with the digest of a word, in every bank.
pub(crate) fn measure(word: &str) -> Result<(), NotMeasured> {
    let open = |path| File::options().read(true).write(true).open(path);
    let mut device = open(DEVICES[0]).or_else(|_| open(DEVICES[1])).context("opening", DEVICES[1])?;
    const QUESTION: &str = "the question for its banks";
    let answer = exchange(&mut device, QUESTION, &get_banks())?;
    let banks = banks(&answer).ok_or(NotMeasured::Answer(QUESTION))?;
    if banks.is_empty() {
        return Err(NotMeasured::NoBank);
    }
    exchange(&mut device, "a measurement", &extend(&banks, word.as_bytes())).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands() {
        assert_eq!(hex::encode(get_banks()), "8001000000160000017a000000050000000000000001");
        let extend = extend(&[Bank::Sha1, Bank::Sha256], b"enter-initrd");
        assert_eq!(
            hex::encode(extend),
            concat!(
                "800200000057000001820000000b00000009400000090000000000",
                "00000002",
                "0004b1b01d5f73f321eb70e76f8a0e241ac0a3fa4a6e",
                "000b51e6b92f405d1f98d96e3de343d61d420ad6923b25de21d766f9298192f14fed",
            )
        );
    }

    #[test]
    fn answers() {
        let whole = hex::decode(
            "8001000000250000000000000000050000000300040300000000\
             0b03ffffff000c03ffffff",
        )
        .unwrap();
        let body = body("x", &whole).unwrap();
        assert_eq!(banks(body), Some(vec![Bank::Sha256, Bank::Sha384]));
        for length in 0..body.len() {
            assert_eq!(banks(&body[..length]), None, "{length}");
        }
        assert_eq!(banks(&[0xff; 64]), None);
    }

    #[test]
    fn refusals() {
        let answer = hex::decode("80010000000a00000143").unwrap();
        assert!(matches!(body("x", &answer), Err(NotMeasured::Refused { code: 0x143, .. })));
        assert!(matches!(body("x", &answer[..9]), Err(NotMeasured::Answer(_))));
    }
}
