//! Signatures that repeat: RSA PKCS #1 v1.5, and where a signature carries a time, the release's date.

use std::path::Path;

use super::KernelError;
use crate::keys::Pair;
use crate::tool::Command;

/// Signs an EFI program for Secure Boot, with each of the keys: firmware that trusts any of them starts it. `date` is the
/// release's, in seconds since 1970.
pub(crate) fn sign_efi(
    tools: &Path,
    pairs: &[&Pair],
    input: &Path,
    output: &Path,
    date: u64,
) -> Result<(), KernelError> {
    let mut from = input.to_owned();
    for (number, pair) in pairs.iter().enumerate() {
        let last = number + 1 == pairs.len();
        let to = if last { output.to_owned() } else { output.with_extension(format!("signed-{number}")) };
        // It adds to the signatures that are there.
        sign_once(tools, pair, &from, &to, date)?;
        if number > 0 {
            std::fs::remove_file(&from).map_err(KernelError::writing(&from))?;
        }
        from = to;
    }
    if pairs.len() > 1 {
        for pair in pairs {
            verify(tools, pair, output)?;
        }
    }
    Ok(())
}

/// Whether a program has a good signature by a key.
fn verify(tools: &Path, pair: &Pair, program: &Path) -> Result<(), KernelError> {
    Command::new(tools, "sbverify")
        .arg("--cert")
        .arg(&pair.certificate)
        .arg(program)
        .read(&pair.certificate)
        .read(program)
        .run()
        .map_err(KernelError::tool("checking the signatures of", program))
}

/// sbsign puts the clock in the signature, and takes no date: faketime stops its clock.
fn sign_once(tools: &Path, pair: &Pair, input: &Path, output: &Path, date: u64) -> Result<(), KernelError> {
    make_empty(output)?;
    stopped_clock(tools, date)
        .arg("sbsign")
        .arg("--key")
        .arg(&pair.key)
        .arg("--cert")
        .arg(&pair.certificate)
        .arg("--output")
        .arg(output)
        .arg(input)
        .read(&pair.key)
        .read(&pair.certificate)
        .read(input)
        .write(output)
        .run()
        .map_err(KernelError::tool("signing", input))
}

/// The detached signature of a text such as `SHA256SUMS`: PKCS #1 v1.5 with SHA-256, without a container.
///
/// A person checks it with nothing but OpenSSL and the certificate:
///
/// ```text
/// openssl x509 -in release.crt -noout -pubkey > release.pub
/// openssl dgst -sha256 -verify release.pub -signature SHA256SUMS.sig SHA256SUMS
/// ```
pub(crate) fn sign_text(tools: &Path, pair: &Pair, text: &[u8]) -> Result<Vec<u8>, KernelError> {
    Command::new(tools, "openssl")
        .args(["dgst", "-sha256", "-sign"])
        .arg(&pair.key)
        .read(&pair.key)
        .stdin(text)
        .output()
        .map_err(KernelError::tool("signing with", &pair.key))
}

/// The beginning of a command whose program sees a clock that stands still at `date`.
pub(super) fn stopped_clock(tools: &Path, date: u64) -> Command {
    Command::new(tools, "faketime").env("TZ", "UTC").arg("-f").arg(utc(date))
}

/// `date` as faketime takes it.
pub(super) fn utc(date: u64) -> String {
    let date = der::DateTime::from_unix_duration(std::time::Duration::from_secs(date));
    date.map_or_else(
        |_| "1970-01-01 00:00:00".to_owned(),
        |d| {
            let (year, month, day) = (d.year(), d.month(), d.day());
            format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", d.hour(), d.minutes(), d.seconds())
        },
    )
}

/// Makes `output` an empty file, for a program that is to write it and sees nothing else of its folder.
pub(super) fn make_empty(output: &Path) -> Result<(), KernelError> {
    std::fs::write(output, "").map_err(KernelError::writing(output))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(utc(0), "1970-01-01 00:00:00");
        assert_eq!(utc(1_795_236_245), "2026-11-21 04:44:05");
    }
}
