//! How fast this computer reads what is encrypted, and what that means for the header: measured by `cryptsetup benchmark`, in memory.
//!
//! AES is what everybody has looked at, and what processors have instructions for. One without them does it in tables, slowly and in a
//! time that depends on the key; there [Adiantum](https://eprint.iacr.org/2018/720) is faster and does not.

use std::ffi::OsStr;

use serde::{Deserialize, Serialize};

use crate::header::Cost;
use crate::tool::{Program, ToolError, run};

/// What data are encrypted with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cipher {
    /// AES-256 in XTS mode.
    #[default]
    Aes,
    /// Adiantum with XChaCha12.
    Adiantum,
}

impl Cipher {
    /// Its name in the kernel's words, and the bits of its key.
    pub(crate) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Aes => ("aes-xts-plain64", "512"),
            Self::Adiantum => ("xchacha12,aes-adiantum-plain64", "256"),
        }
    }

    /// Its name in people's words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes => "AES",
            Self::Adiantum => "Adiantum",
        }
    }
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Speed {
    /// The cipher that fits.
    pub cipher: Cipher,
    /// How much is decrypted in a second, in megabytes.
    pub megabytes: u64,
    /// What one guess at a passphrase costs.
    pub guess: Option<Cost>,
}

/// A speed below which AES is slow, in megabytes a second: a solid-state disk on USB 2, and a mobile network, are no faster.
const SLOW: u64 = 100;

/// Chooses between what was measured; `None` where the kernel has no such cipher, or nothing can be measured.
fn choose(aes: Option<u64>, adiantum: Option<u64>, guess: Option<Cost>) -> Option<Speed> {
    let (cipher, megabytes) = match (aes?, adiantum) {
        (aes, Some(adiantum)) if aes < SLOW && adiantum > aes + aes / 4 => (Cipher::Adiantum, adiantum),
        (aes, _) => (Cipher::Aes, aes),
    };
    Some(Speed { cipher, megabytes, guess })
}

/// Measures. It takes some seconds; `None` where nothing can be measured, and AES is used.
pub fn measure(cost: Cost) -> Option<Speed> {
    let of = |cipher: Cipher| -> Result<Option<u64>, ToolError> {
        let (name, bits) = cipher.words();
        let said = run(Program::Cryptsetup, &["benchmark", "--cipher", name, "--key-size", bits].map(OsStr::new), b"")?;
        Ok(decryption(&String::from_utf8_lossy(&said)))
    };
    let aes = of(Cipher::Aes).ok().flatten();
    // Where AES is fast, nothing else is asked.
    let adiantum = if aes.is_some_and(|aes| aes < SLOW) { of(Cipher::Adiantum).ok().flatten() } else { None };
    let memory = format!("--pbkdf-memory={}", cost.memory);
    let time = format!("--iter-time={}", cost.milliseconds);
    let options = ["benchmark", "--pbkdf=argon2id", "--pbkdf-parallel=1", &memory, &time].map(OsStr::new);
    let guess = run(Program::Cryptsetup, &options, b"").ok();
    let guess = guess.and_then(|said| guess_memory(&String::from_utf8_lossy(&said)));
    choose(aes, adiantum, guess.map(|memory| Cost { memory, ..cost }))
}

/// Megabytes a second, from a line such as `aes-xts  512b  1857.8 MiB/s  1859.8 MiB/s`: what was encrypted, and what was decrypted.
fn decryption(said: &str) -> Option<u64> {
    let line = said.lines().filter(|line| !line.starts_with('#')).find(|line| line.contains("MiB/s"))?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let value = words.windows(2).filter(|pair| pair[1] == "MiB/s").nth(1)?[0];
    // Tenths are no matter; a MiB is 1.048576 MB.
    let mebibytes = value.split('.').next()?.parse::<u64>().ok()?;
    mebibytes.checked_mul(1_048_576).map(|bytes| bytes / 1_000_000)
}

/// The memory that Argon2 takes here, in KiB, from a line such as `argon2id  4 iterations, 262144 memory, 1 parallel threads (…)`: less than
/// was asked for where that would take too long.
fn guess_memory(said: &str) -> Option<u32> {
    let line = said.lines().find(|line| line.starts_with("argon2id"))?;
    line.split(',').find_map(|part| part.trim().strip_suffix(" memory"))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cryptsetup_says() {
        let said = "# Tests are approximate using memory only (no storage IO).\n\
            # Algorithm |       Key |      Encryption |      Decryption\n    aes-xts        512b      1857.8 MiB/s      1859.8 MiB/s\n";
        assert_eq!(decryption(said), Some(1949));
        let said = "xchacha12,aes-adiantum        256b        66.1 MiB/s        65.9 MiB/s\n";
        assert_eq!(decryption(said), Some(68));
        for said in ["", "# MiB/s MiB/s\n", "aes-xts 512b N/A N/A\n", "aes-xts 512b 1.0 MiB/s\n", "x y MiB/s z MiB/s\n"]
        {
            assert_eq!(decryption(said), None, "{said}");
        }
        let said = "# Tests are approximate using memory only (no storage IO).\n\
            argon2id      4 iterations, 262144 memory, 1 parallel threads (CPUs) for 256-bit key (requested 2000 ms time)\n";
        assert_eq!(guess_memory(said), Some(262_144));
        assert_eq!(
            (guess_memory(""), guess_memory("argon2id N/A"), guess_memory("argon2id 4, x memory")),
            (None, None, None)
        );
    }

    #[test]
    fn which_cipher() {
        let chosen = |aes, adiantum| choose(aes, adiantum, None).map(|speed| (speed.cipher, speed.megabytes));
        for (aes, adiantum, expected) in [
            (Some(1900), Some(600), Some((Cipher::Aes, 1900))),
            // A Raspberry Pi 4, and a computer with instructions that are not much use.
            (Some(60), Some(120), Some((Cipher::Adiantum, 120))),
            (Some(60), Some(70), Some((Cipher::Aes, 60))),
            (Some(60), None, Some((Cipher::Aes, 60))),
            (None, Some(120), None),
            (None, None, None),
        ] {
            assert_eq!(chosen(aes, adiantum), expected, "{aes:?} {adiantum:?}");
        }
    }

    #[test]
    fn a_guess_is_measured_here() {
        if !std::path::Path::new("/usr/sbin/cryptsetup").exists() {
            println!("skipped: no cryptsetup");
            return;
        }
        let options =
            ["benchmark", "--pbkdf=argon2id", "--pbkdf-parallel=1", "--pbkdf-memory=32768", "--iter-time=100"];
        let said = run(Program::Cryptsetup, &options.map(OsStr::new), b"").unwrap();
        let memory = guess_memory(&String::from_utf8_lossy(&said)).unwrap();
        assert!((32..=32_768).contains(&memory), "{memory}");
    }
}
