//! The header of the data to come: LUKS2, made as a file while the questions are asked, and written to the disk when the changes begin.
//!
//! ```text
//!   /state/setup/header-UUID      16 MiB, as it will be at the start of the data partition
//!     keyslot 0  the recovery key   (a token says so, as systemd-cryptenroll's does)
//!     keyslot 1  the passphrase, or what is on a stick, or what neighbours open, if that is what opens the data
//!     tokens     what else opens it
//! ```
//!
//! So no passphrase and no key has to be kept from the question to the change: neither in a file, where flash would remember it, nor
//! in memory, where a power cut would lose it.
//!
//! Invariants: a header is complete under its name or not there (it is made under another name, flushed, renamed); what is in it
//! opens nothing but itself; programs get secrets through pipes alone.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use formats::answers::Password;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::machine::Header;
use crate::neighbours::bind::Bond;
use crate::neighbours::{self, Neighbour, NeighbourError};
use crate::random::{self, NotRandom};
use crate::recovery_key::RecoveryKey;
use crate::speed::Cipher;
use crate::stick::{StickError, Sticks};
use crate::tokens;
use crate::tool::{Program, ToolError, run};

/// Where data begins behind a header, in sectors of 512 bytes.
const OFFSET: &str = "32768";

/// The keyslot of the recovery key.
const RECOVERY_SLOT: &str = "0";

/// The keyslot of what opens the data at each start: a passphrase, or a key on a stick.
const BESIDES_SLOT: &str = "1";

/// A function for what has 256 random bits: it need not be expensive, as in systemd-cryptenroll's recovery keys.
const CHEAP: [&str; 3] = ["--pbkdf=pbkdf2", "--pbkdf-force-iterations=1000", "--hash=sha512"];

/// The registers that have to have these values, besides those that are signed for.
pub(crate) const PCRS: &str =
    "--tpm2-pcrs=12+15:sha256=0000000000000000000000000000000000000000000000000000000000000000";

/// The exit code of cryptsetup for a passphrase that opens nothing.
pub(crate) const NO_PERMISSION: i32 = 2;

/// What guessing a passphrase shall cost: Argon2id's memory, and the time that one try takes on this computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cost {
    /// Memory in KiB.
    pub memory: u32,
    /// Time in milliseconds.
    pub milliseconds: u32,
}

impl Cost {
    /// What a computer of so much memory can afford at each start: a quarter, at most 256 MiB, for two seconds.
    pub fn of_memory(kibibytes: u64) -> Self {
        let memory = (kibibytes / 4).clamp(32 << 10, 256 << 10);
        Self { memory: u32::try_from(memory).unwrap_or(u32::MAX), milliseconds: 2000 }
    }
}

/// A header was not made, or not changed.
#[derive(Debug, Error)]
pub enum HeaderError {
    /// A program.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// Its name.
    #[error(transparent)]
    Random(#[from] NotRandom),
    /// Nobody knows what a TPM would open.
    #[error("this computer was not started in a way that a TPM can tell from others")]
    NoTpm,
    /// The stick that was to be a key.
    #[error(transparent)]
    Stick(#[from] StickError),
    /// It has no keyslot left.
    #[error("the header has no keyslot left")]
    Full,
    /// Neighbours.
    #[error(transparent)]
    Neighbour(#[from] NeighbourError),
    /// A file.
    #[error("{doing} {path}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// With which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> HeaderError {
    move |source| HeaderError::File { doing, path: path.to_owned(), source }
}

/// The headers of a set-up, in their folder.
#[derive(Clone, Debug)]
pub struct Headers {
    folder: PathBuf,
    cost: Cost,
    /// The public key of those who sign what the TPM opens for.
    tpm: Option<PathBuf>,
    sticks: Option<Sticks>,
    cipher: Cipher,
}

/// What opens a header besides its recovery key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Besides<'a> {
    /// Nothing that is in the header.
    Nothing,
    /// This passphrase.
    Passphrase(&'a Password),
    /// The computer's TPM.
    Tpm,
    /// A key on the one stick that there is.
    Stick,
    /// So many of these.
    Neighbours(u8, &'a [Neighbour]),
}

/// Whether a passphrase, or the text of a recovery key, opens a header: that of a device, or one in a file.
pub fn opens(header: &Path, secret: &[u8]) -> Result<bool, ToolError> {
    let arguments = ["open", "--batch-mode", "--test-passphrase", "--key-file=-"].map(OsStr::new);
    match run(Program::Cryptsetup, &[arguments.as_slice(), &[header.as_os_str()]].concat(), secret) {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some(NO_PERMISSION) => Ok(false),
        Err(error) => Err(error),
    }
}

impl Headers {
    /// Those in `folder`, which exists.
    pub fn new(folder: PathBuf, cost: Cost) -> Self {
        Self { folder, cost, tpm: None, sticks: None, cipher: Cipher::default() }
    }

    /// The same where a TPM opens what this key has signed, a PEM file.
    pub fn with_tpm(self, public_key: PathBuf) -> Self {
        Self { tpm: Some(public_key), ..self }
    }

    /// The same where a stick may be a key.
    pub fn with_sticks(self, sticks: Sticks) -> Self {
        Self { sticks: Some(sticks), ..self }
    }

    /// From now on headers say that data are encrypted by this.
    pub fn use_cipher(&mut self, cipher: Cipher) {
        self.cipher = cipher;
    }

    /// Takes the key of a header that no longer counts off the stick. Where it is not plugged in, it opens nothing all the same.
    pub fn forget_stick(&self, header: Header) {
        if let Some(sticks) = &self.sticks {
            sticks.forget(header);
        }
    }

    /// Where a header is.
    pub fn path(&self, header: Header) -> PathBuf {
        self.folder.join(format!("header-{}", header.0))
    }

    /// Makes a header that this recovery key opens, and what there is besides. Those that were made before stay, until it is known
    /// that this one counts: see [`Self::keep_only`].
    pub fn make(&self, recovery: &RecoveryKey, besides: Besides<'_>) -> Result<Header, HeaderError> {
        let header = Header(random::uuid()?);
        let made = self.folder.join(".header.new");
        remove(&made)?;
        self.format(&made, header, recovery)?;
        match besides {
            Besides::Nothing => {}
            Besides::Passphrase(passphrase) => self.add_passphrase(&made, recovery, passphrase)?,
            Besides::Tpm => self.add_tpm(&made, recovery)?,
            Besides::Stick => self.add_stick(&made, header, recovery)?,
            Besides::Neighbours(need, neighbours) => {
                bind(&made, recovery.text().as_bytes(), BESIDES_SLOT, &neighbours::bind::bond(need, neighbours)?)?;
            }
        }
        File::open(&made).and_then(|file| file.sync_all()).map_err(at("flushing", &made))?;
        let path = self.path(header);
        fs::rename(&made, &path).map_err(at("renaming", &made))?;
        self.flush()?;
        Ok(header)
    }

    /// Whether a passphrase, or the text of a recovery key, opens a header.
    pub fn opens(&self, header: Header, secret: impl AsRef<[u8]>) -> Result<bool, HeaderError> {
        Ok(opens(&self.path(header), secret.as_ref())?)
    }

    /// Removes all headers but this one; says whether it is there.
    pub fn keep_only(&self, header: Option<Header>) -> Result<bool, HeaderError> {
        let kept = header.map(|header| self.path(header));
        for entry in fs::read_dir(&self.folder).map_err(at("listing", &self.folder))? {
            let path = entry.map_err(at("listing", &self.folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if (name.starts_with("header-") || name.starts_with(".header")) && kept.as_ref() != Some(&path) {
                remove(&path)?;
            }
        }
        self.flush()?;
        Ok(kept.is_some_and(|path| path.is_file()))
    }

    fn flush(&self) -> Result<(), HeaderError> {
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(at("flushing", &self.folder))
    }

    fn format(&self, path: &Path, header: Header, recovery: &RecoveryKey) -> Result<(), HeaderError> {
        // A header belongs to a device, of which nothing is looked at but whether it is there.
        let device = self.folder.join(".header.device");
        File::create(&device).and_then(|file| file.set_len(32 << 20)).map_err(at("making", &device))?;
        let uuid = header.0.to_string();
        let (cipher, bits) = self.cipher.words();
        let options = [
            "luksFormat",
            "--batch-mode",
            "--type=luks2",
            "--offset",
            OFFSET,
            "--sector-size=4096",
            "--cipher",
            cipher,
            "--key-size",
            bits,
            "--key-slot",
            RECOVERY_SLOT,
            "--uuid",
            &uuid,
            "--key-file=-",
        ];
        let mut arguments: Vec<&OsStr> = options.iter().chain(&CHEAP).map(OsStr::new).collect();
        arguments.extend([OsStr::new("--header"), path.as_os_str(), device.as_os_str()]);
        run(Program::Cryptsetup, &arguments, recovery.text().as_bytes())?;
        remove(&device)?;
        import(path, &format!(r#"{{"type":"systemd-recovery","keyslots":["{RECOVERY_SLOT}"]}}"#))
    }

    fn add_passphrase(&self, path: &Path, recovery: &RecoveryKey, new: &Password) -> Result<(), HeaderError> {
        let memory = format!("--pbkdf-memory={}", self.cost.memory);
        let time = format!("--iter-time={}", self.cost.milliseconds);
        let function = ["--pbkdf=argon2id", "--pbkdf-parallel=1", &memory, &time];
        add_key(path, BESIDES_SLOT, recovery.text().as_bytes(), new.as_str().as_bytes(), &function)
    }

    fn add_stick(&self, path: &Path, header: Header, recovery: &RecoveryKey) -> Result<(), HeaderError> {
        let sticks = self.sticks.as_ref().ok_or(StickError::NotOne(0))?;
        let key = Zeroizing::new(random::bytes()?);
        add_key(path, BESIDES_SLOT, recovery.text().as_bytes(), &key[..], &CHEAP)?;
        import(path, &format!(r#"{{"type":"{}","keyslots":["{BESIDES_SLOT}"]}}"#, tokens::STICK))?;
        Ok(sticks.keep(header, &key)?)
    }
}

impl Headers {
    /// The TPM opens it as long as what runs was signed by the maker (PCR 11), nothing was added to it that the maker has not
    /// signed (PCR 12, as it is now), and the system is not further than where `ilanga-data.service` is (PCR 15, which
    /// `systemd-pcrmachine.service` extends in each start): nobody who can log in, and be it as root of data of their own on another
    /// partition, gets the key later. The key by which `systemd-cryptenroll` opens the header is not on its command line.
    fn add_tpm(&self, path: &Path, recovery: &RecoveryKey) -> Result<(), HeaderError> {
        let key = self.tpm.as_ref().filter(|key| key.is_file()).ok_or(HeaderError::NoTpm)?;
        let key = format!("--tpm2-public-key={}", key.display());
        let options = ["--unlock-key-file=/dev/stdin", "--tpm2-device=auto", PCRS, "--tpm2-public-key-pcrs=11", &key];
        let mut arguments: Vec<&OsStr> = options.map(OsStr::new).to_vec();
        arguments.push(path.as_os_str());
        run(Program::SystemdCryptenroll, &arguments, recovery.text().as_bytes())?;
        Ok(())
    }
}

/// Binds a header that `opens` opens, a device's or a file's, to neighbours: in this keyslot, with a token of clevis'.
fn bind(path: &Path, opens: &[u8], slot: &str, bond: &Bond) -> Result<(), HeaderError> {
    add_key(path, slot, opens, bond.passphrase.as_bytes(), &CHEAP)?;
    let token = neighbours::token::token(&bond.jwe, slot).ok_or(NeighbourError::NoJwe)?;
    import(path, &token.to_string())
}

/// Binds it anew: those that it was bound to before open it no longer, unless they are among these. When the power goes meanwhile, it is
/// bound to both, and this can be done again.
pub fn bind_anew(path: &Path, opens: &[u8], need: u8, neighbours: &[Neighbour]) -> Result<(), HeaderError> {
    let before = tokens::of(path)?;
    let slot = before.free_slot.ok_or(HeaderError::Full)?.to_string();
    bind(path, opens, &slot, &neighbours::bind::bond(need, neighbours)?)?;
    for bound in before.neighbours {
        let token = ["token", "remove", "--batch-mode", "--token-id", &bound.token];
        let arguments: Vec<&OsStr> = token.iter().map(OsStr::new).chain([path.as_os_str()]).collect();
        run(Program::Cryptsetup, &arguments, b"")?;
        for slot in &bound.keyslots {
            let arguments = [OsStr::new("luksKillSlot"), OsStr::new("--batch-mode"), path.as_os_str(), slot.as_ref()];
            run(Program::Cryptsetup, &arguments, b"")?;
        }
    }
    Ok(())
}

/// Adds a key to a header that `opens` opens.
fn add_key(path: &Path, slot: &str, opens: &[u8], new: &[u8], function: &[&str]) -> Result<(), HeaderError> {
    let length = format!("--keyfile-size={}", opens.len());
    // Both come from the same pipe: first so many bytes that open it, then the new one.
    let options = ["luksAddKey", "--batch-mode", "--key-slot", slot, "--key-file=-", &length];
    let mut arguments: Vec<&OsStr> = options.iter().chain(function).map(OsStr::new).collect();
    arguments.extend([path.as_os_str(), OsStr::new("-")]);
    let both = Zeroizing::new([opens, new].concat());
    run(Program::Cryptsetup, &arguments, &both)?;
    Ok(())
}

fn import(path: &Path, token: &str) -> Result<(), HeaderError> {
    let arguments = [OsStr::new("token"), OsStr::new("import"), OsStr::new("--json-file=-"), path.as_os_str()];
    run(Program::Cryptsetup, &arguments, token.as_bytes())?;
    Ok(())
}

fn remove(path: &Path) -> Result<(), HeaderError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(at("removing", path)(source)),
        _ => Ok(()),
    }
}
