//! What the node has to do with keys: the firmware's variables, volumes that a TPM unlocks, and who signed programs.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use formats::digest::Digest;
use formats::key_change::Variable;
use formats::layout::Role;
use formats::signature_list::{self, Entries};
use formats::signed_policy::{self, Sealed};

use crate::error::{Context as _, IoError};
use crate::kernel_image;
use crate::slot::Payload;
use crate::tree::Tree;

/// Who owns `db`.
const IMAGE_SECURITY: &str = "d719b2cb-3d3a-4596-a3bc-dad00e67656f";
/// Who owns `KEK`, `PK` and `SecureBoot`.
const GLOBAL: &str = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
/// Who owns what shim tells.
const SHIM: &str = "605dab50-e046-4300-abb6-3dd810dd8b23";

/// More than any program's signatures have.
const LONGEST_SIGNATURES: u64 = 1 << 20;

/// Where a variable is.
pub(super) fn path(tree: &Tree, variable: Variable) -> PathBuf {
    tree.variable(variable.name(), if variable == Variable::Db { IMAGE_SECURITY } else { GLOBAL })
}

/// What a variable has; `None` if there is none, or it is not understood.
pub(super) fn entries(tree: &Tree, variable: Variable) -> Result<Option<Entries>, IoError> {
    list(&path(tree, variable))
}

fn list(path: &Path) -> Result<Option<Entries>, IoError> {
    Ok(value(path)?.and_then(|bytes| signature_list::parse(&bytes).ok()))
}

/// A variable's value, behind its attributes.
fn value(path: &Path) -> Result<Option<Vec<u8>>, IoError> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        bytes => Ok(bytes.context("reading", path)?.get(4..).map(<[u8]>::to_owned)),
    }
}

/// Who may sign what this node starts; `None` if it asks for no signatures.
pub(super) fn trusted(tree: &Tree) -> Result<Option<Entries>, IoError> {
    if value(&tree.variable("SecureBoot", GLOBAL))?.as_deref() != Some([1].as_slice()) {
        return Ok(None);
    }
    let mut trusted = entries(tree, Variable::Db)?.unwrap_or_default();
    trusted.extend(list(&tree.variable("MokListRT", SHIM))?.unwrap_or_default());
    Ok(Some(trusted))
}

/// The signatures of a program that begins there.
pub(super) fn signatures(path: &Path, start: u64) -> Result<Vec<u8>, IoError> {
    let file = File::open(path).context("opening", path)?;
    let mut head = vec![0; kernel_image::HEAD];
    let mut read = 0;
    while read < head.len() {
        match file.read_at(&mut head[read..], start + read as u64).context("reading", path)? {
            0 => break,
            count => read += count,
        }
    }
    let Ok(range) = kernel_image::signatures(&head[..read]) else { return Ok(Vec::new()) };
    bytes(&file, path, start, &range)
}

fn bytes(file: &File, path: &Path, start: u64, range: &std::ops::Range<u64>) -> Result<Vec<u8>, IoError> {
    let length = range.end.saturating_sub(range.start).min(LONGEST_SIGNATURES);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    file.read_exact_at(&mut bytes, start + range.start).context("reading", path)?;
    Ok(bytes)
}

/// Whether one of a program's signatures comes with this certificate. That it holds is the firmware's to find out.
pub(super) fn is_signed_with(signatures: &[u8], certificate: &[u8]) -> bool {
    !certificate.is_empty() && signatures.windows(certificate.len()).any(|window| window == certificate)
}

/// Whose PCR policies a kernel image has.
pub(super) fn policies(image: &Payload) -> Result<BTreeSet<Digest>, IoError> {
    let file = File::open(&image.path).context("opening", &image.path)?;
    let mut head = vec![0; kernel_image::HEAD];
    file.read_exact_at(&mut head, image.start).context("reading", &image.path)?;
    let layout = kernel_image::Layout::parse(&head).ok();
    let Some(range) = layout.and_then(|layout| layout.policies) else { return Ok(BTreeSet::new()) };
    Ok(signed_policy::signers(&bytes(&file, &image.path, image.start, &range)?))
}

/// A volume that a TPM unlocks by a signed policy.
#[derive(Clone, Debug)]
pub(super) struct Volume {
    /// Its device.
    pub(super) device: PathBuf,
    /// What the TPM gives out for it.
    pub(super) sealed: Vec<Sealed>,
}

/// The own disk's data partition, and all volumes that are open.
pub(super) fn volumes(tree: &Tree) -> Result<Vec<Volume>, IoError> {
    let mut devices = BTreeSet::new();
    if let Ok(device) = fs::canonicalize(tree.partition(Role::Data)) {
        devices.insert(device);
    }
    let class = tree.block_class();
    for entry in fs::read_dir(&class).into_iter().flatten().flatten() {
        let mapping = entry.path();
        let uuid = fs::read_to_string(mapping.join("dm/uuid")).unwrap_or_default();
        if uuid.starts_with("CRYPT-LUKS2-") {
            let below = fs::read_dir(mapping.join("slaves")).into_iter().flatten().flatten();
            devices.extend(below.map(|below| tree.device(&below.file_name().to_string_lossy())));
        }
    }
    let mut volumes = Vec::new();
    for device in devices {
        let sealed = sealed(&device)?;
        if !sealed.is_empty() {
            volumes.push(Volume { device, sealed });
        }
    }
    Ok(volumes)
}

/// What a TPM gives out for a volume; nothing if it is none.
fn sealed(device: &Path) -> Result<Vec<Sealed>, IoError> {
    let mut file = File::open(device).context("opening", device)?;
    let mut header = vec![0; signed_policy::HEAD];
    file.read_exact(&mut header).context("reading", device)?;
    let Some(length) = signed_policy::length(&header) else { return Ok(Vec::new()) };
    header.resize(length, 0);
    file.read_exact(&mut header[signed_policy::HEAD..]).context("reading", device)?;
    signed_policy::sealed(&header)
        .ok_or_else(|| std::io::Error::from(ErrorKind::InvalidData))
        .context("understanding the LUKS2 header of", device)
}
