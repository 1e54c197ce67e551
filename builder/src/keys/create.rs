//! Making a set of keys.
//!
//! Everything is made in a temporary folder beside the new one, which is then renamed: the new folder is whole or not
//! there, and of two that make the same folder one wins.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use der::DateTime;
use formats::date::Date;
use uuid::Uuid;

use super::{DEVELOPMENT, KeyError, KeySet, Pair, check, tuf};
use crate::tool::Command;

/// Certificates are valid from here, not from the day on which they were made: nodes' clocks are wrong, and a release
/// may be dated before its keys.
const NOT_BEFORE: &str = "20200101000000Z";

/// How long certificates are valid.
const YEARS: u16 = 30;

/// What the certificate for update bundles is called.
const UPDATES: &str = "updates";

/// What a certificate is for.
#[derive(Clone, Copy)]
enum Use {
    /// Signs other certificates.
    Authority,
    /// Signs programs and images.
    Code,
    /// Signs update bundles: RAUC's purpose `codesign`, which nodes ask for, and `smimesign`, which `rauc info` asks for
    /// where nothing is configured.
    Bundles,
    /// Signs files and variables.
    Data,
}

/// Makes a whole set of keys in `folder`, which must be empty or not there and in no repository, for the maker `name`;
/// `now` is in seconds since 1970.
pub(crate) fn create(tools: &Path, folder: &Path, name: &str, now: u64) -> Result<KeySet, KeyError> {
    outside_repositories(folder)?;
    make(tools, folder, name, now)
}

/// Whether a folder for keys is in no repository.
pub(super) fn outside_repositories(folder: &Path) -> Result<(), KeyError> {
    let absolute = std::path::absolute(folder).map_err(KeyError::writing(folder))?;
    match absolute.ancestors().find(|ancestor| ancestor.join(".git").exists()) {
        Some(repository) => Err(KeyError::Repository { folder: folder.to_owned(), repository: repository.to_owned() }),
        None => Ok(()),
    }
}

fn make(tools: &Path, folder: &Path, name: &str, now: u64) -> Result<KeySet, KeyError> {
    in_new_folder(tools, folder, name, now, |maker, keys| maker.make(keys))
}

/// Lets `fill` make everything in a folder that appears once it is whole.
pub(super) fn in_new_folder(
    tools: &Path,
    folder: &Path,
    name: &str,
    now: u64,
    fill: impl FnOnce(&Maker<'_>, &KeySet) -> Result<(), KeyError>,
) -> Result<KeySet, KeyError> {
    let fits = |c: char| c.is_alphanumeric() || " -.'".contains(c);
    if name.is_empty() || name.chars().count() > 40 || !name.chars().all(fits) {
        return Err(KeyError::Name(name.to_owned()));
    }
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(KeyError::NotEmpty(folder.to_owned()));
    }
    let folder = std::path::absolute(folder).map_err(KeyError::writing(folder))?;
    let parent = folder.parent().ok_or_else(|| KeyError::NotEmpty(folder.clone()))?;
    fs::create_dir_all(parent).map_err(KeyError::writing(parent))?;
    let temporary = tempfile::Builder::new()
        .prefix(".ilanga-keys-")
        .permissions(fs::Permissions::from_mode(0o700))
        .tempdir_in(parent)
        .map_err(KeyError::writing(parent))?;
    fill(&Maker { tools, name, now }, &KeySet::paths(temporary.path()))?;
    sync(temporary.path())?;
    // Replaces an empty folder and no other.
    fs::rename(temporary.path(), &folder).map_err(|source| match source.kind() {
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists => KeyError::NotEmpty(folder.clone()),
        _ => KeyError::Write { path: folder.clone(), source },
    })?;
    // It is at its new place.
    let _ = temporary.keep();
    sync(parent)?;
    KeySet::load(&folder)
}

/// The development keys in `cache`, made if they are not there.
pub(crate) fn development(tools: &Path, cache: &Path, now: u64) -> Result<KeySet, KeyError> {
    let folder = cache.join("development-keys");
    if !folder.exists() {
        match make(tools, &folder, DEVELOPMENT, now) {
            // Another build was faster.
            Err(KeyError::NotEmpty(_)) => {}
            made => return made,
        }
    }
    // Those of an older builder lack the root of the update metadata, and what `rauc info` asks for.
    let maker = Maker { tools, name: DEVELOPMENT, now };
    let paths = KeySet::paths(&folder);
    if !paths.tuf.root_file.exists() {
        maker.root(&paths)?;
    }
    let keys = KeySet::load(&folder)?;
    if !check::is_for(&keys.rauc, check::EMAIL_PROTECTION)? {
        maker.renew(&keys)?;
    }
    Ok(keys)
}

/// What makes keys.
pub(super) struct Maker<'a> {
    tools: &'a Path,
    name: &'a str,
    /// Seconds since 1970.
    now: u64,
}

impl Maker<'_> {
    /// Makes the whole set.
    pub(super) fn make(&self, keys: &KeySet) -> Result<(), KeyError> {
        for (pair, what, purpose) in [
            (&keys.secure_boot, "Secure Boot", Use::Code),
            (&keys.platform, "platform key", Use::Data),
            (&keys.key_exchange, "key exchange key", Use::Data),
            (&keys.rauc_ca, "update authority", Use::Authority),
            (&keys.service, "services", Use::Code),
            (&keys.release, "releases", Use::Data),
        ] {
            self.private_key(&pair.key, &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"])?;
            self.certificate(pair, what, purpose, None)?;
        }
        self.private_key(&keys.rauc.key, &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"])?;
        self.certificate(&keys.rauc, UPDATES, Use::Bundles, Some(&keys.rauc_ca))?;
        self.private_key(&keys.pcr, &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"])?;
        let public = self.openssl("pkey").args(["-pubout", "-in"]).arg(&keys.pcr).read(&keys.pcr).output();
        write_new(&keys.pcr_public, 0o644, &public.map_err(KeyError::making(&keys.pcr_public))?)?;
        for path in keys.tuf.all() {
            self.private_key(path, &["ED25519"])?;
        }
        self.root(keys)?;
        write_new(&keys.owner_file, 0o644, format!("{}\n", Uuid::new_v4()).as_bytes())
    }

    /// Makes the first root of the update metadata.
    fn root(&self, keys: &KeySet) -> Result<(), KeyError> {
        let path = &keys.tuf.root_file;
        let day = Date::of_seconds(self.now).ok_or(KeyError::Clock)?;
        let new = path.with_extension("new");
        let _ = fs::remove_file(&new);
        write_new(&new, 0o644, &tuf::first_root(&keys.tuf, day)?.bytes)?;
        fs::rename(&new, path).map_err(KeyError::writing(path))?;
        sync(&keys.folder)
    }

    /// Makes a new certificate for update bundles in place of the old one.
    fn renew(&self, keys: &KeySet) -> Result<(), KeyError> {
        let new = keys.rauc.certificate.with_extension("new");
        let _ = fs::remove_file(&new);
        let pair = Pair { key: keys.rauc.key.clone(), certificate: new.clone() };
        self.certificate(&pair, UPDATES, Use::Bundles, Some(&keys.rauc_ca))?;
        fs::rename(&new, &keys.rauc.certificate).map_err(KeyError::writing(&keys.rauc.certificate))?;
        sync(&keys.folder)
    }

    fn openssl(&self, command: &str) -> Command {
        Command::new(self.tools, "openssl").arg(command)
    }

    fn private_key(&self, path: &Path, algorithm: &[&str]) -> Result<(), KeyError> {
        let pem = self.openssl("genpkey").args(["-quiet", "-algorithm"]).args(algorithm).output();
        write_new(path, 0o600, &pem.map_err(KeyError::making(path))?)
    }

    fn certificate(&self, pair: &Pair, what: &str, purpose: Use, authority: Option<&Pair>) -> Result<(), KeyError> {
        let mut command = self
            .openssl("req")
            .args(["-new", "-x509", "-sha256", "-utf8", "-config", "/dev/stdin", "-key"])
            .arg(&pair.key)
            .read(&pair.key)
            .args(["-not_before", NOT_BEFORE, "-not_after", &not_after(self.now)])
            .stdin(self.configuration(what, purpose));
        if let Some(Pair { key, certificate }) = authority {
            command = command.arg("-CA").arg(certificate).arg("-CAkey").arg(key).read(certificate).read(key);
        }
        write_new(&pair.certificate, 0o644, &command.output().map_err(KeyError::making(&pair.certificate))?)
    }

    fn configuration(&self, what: &str, purpose: Use) -> String {
        let extensions = match purpose {
            Use::Authority => "basicConstraints = critical,CA:TRUE\nkeyUsage = critical,keyCertSign,cRLSign\n",
            Use::Code => {
                "basicConstraints = critical,CA:FALSE\nkeyUsage = critical,digitalSignature\n\
                 extendedKeyUsage = codeSigning\n"
            }
            Use::Bundles => {
                "basicConstraints = critical,CA:FALSE\nkeyUsage = critical,digitalSignature\n\
                 extendedKeyUsage = codeSigning,emailProtection\n"
            }
            Use::Data => "basicConstraints = critical,CA:FALSE\nkeyUsage = critical,digitalSignature\n",
        };
        format!(
            "[req]\nprompt = no\nstring_mask = utf8only\ndistinguished_name = name\nx509_extensions = extensions\n\
             [name]\nCN = \"{} {what}\"\n\
             [extensions]\n{extensions}subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid:always\n",
            self.name
        )
    }
}

/// The end of certificates made `now`, as OpenSSL takes it.
fn not_after(now: u64) -> String {
    let year = DateTime::from_unix_duration(Duration::from_secs(now)).map_or(2020, |date| date.year());
    format!("{}1231235959Z", year + YEARS)
}

/// Writes a file that is not there yet.
pub(super) fn write_new(path: &Path, mode: u32, content: &[u8]) -> Result<(), KeyError> {
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(KeyError::writing(path))?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(KeyError::writing(path))
}

/// Flushes a folder.
pub(super) fn sync(folder: &Path) -> Result<(), KeyError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(KeyError::writing(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is refused before anything is made, and why.
    #[test]
    fn refusals() {
        let parent = tempfile::tempdir().unwrap();
        let (full, repository) = (parent.path().join("full"), parent.path().join("repository"));
        fs::create_dir_all(&full).unwrap();
        fs::write(full.join("release.key"), "").unwrap();
        fs::create_dir_all(repository.join(".git")).unwrap();
        let refusal = |folder: &Path, name: &str| create(Path::new("/none"), folder, name, 0).unwrap_err();
        assert!(matches!(refusal(&full, "A school"), KeyError::NotEmpty(_)));
        assert!(matches!(refusal(&repository.join("a/keys"), "A school"), KeyError::Repository { .. }));
        for bad in ["", "a\nb", "a\"b", "$ENV::x", &"x".repeat(41)] {
            assert!(matches!(refusal(&parent.path().join("new"), bad), KeyError::Name(_)), "{bad}");
        }
        assert!(!parent.path().join("new").exists());
    }

    #[test]
    fn certificates_end_after_thirty_years() {
        assert_eq!(not_after(1_795_236_245), "20561231235959Z");
    }
}
