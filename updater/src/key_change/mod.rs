//! Follows a maker's change of keys on a node: finds out what there is, asks `formats::key_change` what is next, does it.
//!
//! Invariants: it runs once the release that runs was judged good, and holds the lock of the boot state. Each step is done as a
//! whole or not at all (the firmware's variables, LUKS2's headers and the ESP's files are each replaced at once), and everything is
//! looked at anew before the next one, so a power cut anywhere leaves a state that the search in `formats` knows. What it believes
//! comes from the verified root; what lies on the ESP or in a volume can keep a step from being taken, and no more.

mod node;

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use formats::digest::Digest;
use formats::key_change::{self, Facts, Firmware, Generation, Keys, Locked, Phase, Signed, Step, Variable, files};
use formats::signature_list::{self, Entries};
use formats::signed_policy;
use thiserror::Error;

use crate::error::{Context as _, IoError, chain};
use crate::mount::Access;
use crate::session::{BootStateError, Session};
use crate::slot::Payload;
use crate::spare;
use crate::tool::{self, ToolError};
use crate::tree::Tree;
use crate::variable;

/// What a signed variable has: non-volatile, for boot and run time, with a time in its signature.
const AUTHENTICATED: u32 = 0x27;
/// The value is added to what is there.
const APPEND: u32 = 0x40;

/// Where the ESP has what firmware in set-up mode gets; its last file, in the order in which they are written.
const ENROLMENT: &str = "loader/keys/auto";

/// A step was not taken.
#[derive(Debug, Error)]
enum NotDone {
    /// A file operation failed.
    #[error(transparent)]
    Io(#[from] IoError),
    /// Another program did not do it.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The release does not bring what it needs.
    #[error("the release does not bring {0}")]
    Missing(&'static str),
    /// Somebody else's entry would go.
    #[error(
        "the firmware's {0} has entries that the maker does not know: it stays as it is, and still trusts the old key. \
         Remove that one in the firmware's menu"
    )]
    OtherEntries(&'static str),
    /// A person has to be there.
    #[error("{} asks for a PIN as well: seal it to the new key by hand (docs/keys.md)", .0.display())]
    Pin(PathBuf),
    /// It was done and shows nothing.
    #[error("it was done, and nothing has changed")]
    NoEffect,
}

/// What a release brings for a change.
struct Change {
    folder: PathBuf,
    phase: Phase,
    /// Of each generation.
    pcr: [Digest; 2],
}

impl Change {
    /// The change that the release brings, if any.
    fn load(tree: &Tree) -> Result<Option<Self>, IoError> {
        let folder = tree.key_change();
        let path = folder.join(files::PHASE);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text.context("reading", &path)?,
        };
        let phase = text
            .parse::<Phase>()
            .map_err(|_| std::io::Error::from(ErrorKind::InvalidData))
            .context("reading", &path)?;
        let mut pcr = Vec::new();
        for name in files::PCR {
            let path = folder.join(name);
            let pem = fs::read(&path).context("reading", &path)?;
            let key = signed_policy::fingerprint(&pem).ok_or_else(|| std::io::Error::from(ErrorKind::InvalidData));
            pcr.push(key.context("reading the key in", &path)?);
        }
        let pcr = [pcr[0], pcr[1]];
        Ok(Some(Self { folder, phase, pcr }))
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, IoError> {
        let path = self.folder.join(name);
        fs::read(&path).context("reading", &path)
    }

    /// The certificates of both generations.
    fn both(&self, names: [&str; 2]) -> Result<[Vec<u8>; 2], IoError> {
        Ok([self.read(names[0])?, self.read(names[1])?])
    }

    fn certificates(&self, variable: Variable) -> Result<[Vec<u8>; 2], IoError> {
        self.both(match variable {
            Variable::Db => files::DB,
            Variable::Kek => files::KEK,
            Variable::Pk => files::PK,
        })
    }
}

/// Which generation is the first, which the second of a pair.
fn of_pair<T>(pair: &[T; 2], mut there: impl FnMut(&T) -> bool) -> Keys {
    Keys::of(|generation| there(&pair[generation as usize]))
}

/// Whether a release may get an entry: the firmware would start it, and it unlocks the data.
pub fn may_start(tree: &Tree, image: &Payload) -> Result<Result<(), Locked>, IoError> {
    let trusted = match node::trusted(tree)? {
        None => true,
        Some(trusted) => {
            let signatures = node::signatures(&image.path, image.start)?;
            signature_list::certificates(&trusted).any(|certificate| node::is_signed_with(&signatures, certificate))
        }
    };
    let volumes = node::volumes(tree)?;
    let policies = if volumes.is_empty() { BTreeSet::new() } else { node::policies(image)? };
    // The first token decides: see `key_change::opens`.
    let unlocks =
        volumes.iter().map(|volume| volume.sealed.first().is_none_or(|sealed| policies.contains(&sealed.key)));
    Ok(key_change::may_start(trusted, unlocks))
}

/// Takes all steps that can be taken now. `say` gets a line for the journal at a time. Returns whether all of them worked.
pub fn follow(tree: &Tree, mut say: impl FnMut(&str)) -> Result<bool, BootStateError> {
    let Some(change) = Change::load(tree)? else {
        say("no keys change");
        return Ok(true);
    };
    let session = Session::open(tree, Access::Write)?;
    let (mut tried, mut done, mut all) = (BTreeSet::new(), BTreeSet::new(), true);
    loop {
        let (facts, volumes) = facts(tree, &change, &session)?;
        for step in done.iter().filter(|step| key_change::next(&facts).contains(step)) {
            say(&format!("{step}: {}", NotDone::NoEffect));
            all = false;
        }
        done.clear();
        let Some(step) = key_change::next(&facts).into_iter().find(|step| !tried.contains(step)) else { break };
        tried.insert(step);
        match take(tree, &change, &session, &volumes, step) {
            Ok(()) => {
                say(&format!("done: {step}"));
                done.insert(step);
            }
            Err(error) => {
                say(&format!("not done: {step}: {}", chain(&error)));
                all = false;
            }
        }
    }
    let (facts, _) = facts(tree, &change, &session)?;
    say(&status(&facts));
    Ok(all)
}

/// Where the change is.
fn status(facts: &Facts) -> String {
    let keys = |keys: Keys| match (keys.old, keys.new) {
        (true, true) => "the old and the new key",
        (true, false) => "the old key",
        (false, true) => "the new key",
        (false, false) => "neither key",
    };
    let mut text = format!("keys change, phase {}:", facts.phase);
    if let Some(firmware) = facts.firmware {
        text.push_str(&format!(" the firmware trusts {};", keys(firmware.db)));
    }
    text.push_str(&format!(" the boot loader is signed by {}", keys(facts.loader)));
    for volume in &facts.volumes {
        text.push_str(&format!("; a volume is sealed to {}", keys(*volume)));
    }
    text
}

/// Looks at everything.
fn facts(tree: &Tree, change: &Change, session: &Session) -> Result<(Facts, Vec<node::Volume>), BootStateError> {
    let keys = |variable| -> Result<Option<Keys>, IoError> {
        let certificates = change.certificates(variable)?;
        let entries = node::entries(tree, variable)?;
        Ok(entries.map(|entries| of_pair(&certificates, |own| entries.contains(&signature_list::certificate(own)))))
    };
    let firmware = match (keys(Variable::Db)?, keys(Variable::Kek)?, keys(Variable::Pk)?) {
        (Some(db), Some(kek), Some(pk)) if db.old || db.new => Some(Firmware { db, kek, pk }),
        _ => None,
    };
    let programs = change.certificates(Variable::Db)?;
    let signed = |signatures: &[u8]| of_pair(&programs, |own| node::is_signed_with(signatures, own));
    let mut loader = Keys::BOTH;
    for path in loaders(tree, &programs)? {
        let path = session.esp().join(path);
        let signatures = if path.exists() { node::signatures(&path, 0)? } else { Vec::new() };
        loader = loader.and(signed(&signatures));
    }
    let other = match session.node.running {
        Some(running) => session.found(running.slot.other()).payload.as_ref(),
        None => None,
    };
    let other = match other {
        Some(image) => {
            let policies = node::policies(image)?;
            Some(Signed {
                programs: signed(&node::signatures(&image.path, image.start)?),
                policies: of_pair(&change.pcr, |key| policies.contains(key)),
            })
        }
        None => None,
    };
    let volumes = node::volumes(tree)?;
    let sealed = |volume: &node::Volume| of_pair(&change.pcr, |key| volume.sealed.iter().any(|one| one.key == *key));
    let facts = Facts {
        phase: change.phase,
        firmware,
        loader,
        enrolment: enrolment(&session.esp().join(ENROLMENT).join("db.auth"), &programs),
        other,
        volumes: volumes.iter().map(sealed).collect(),
    };
    Ok((facts, volumes))
}

/// The copies of the boot loader that the maker signs, as paths of the ESP.
fn loaders(tree: &Tree, programs: &[Vec<u8>; 2]) -> Result<Vec<PathBuf>, IoError> {
    let folder = tree.spare_esp();
    let mut found = Vec::new();
    for path in spare::files(&folder, Path::new(""))? {
        if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("efi")) {
            let signatures = node::signatures(&folder.join(&path), 0)?;
            // shim and its helper have other people's.
            if programs.iter().any(|own| node::is_signed_with(&signatures, own)) {
                found.push(path);
            }
        }
    }
    Ok(found)
}

/// Whose variables lie ready on the ESP.
fn enrolment(path: &Path, programs: &[Vec<u8>; 2]) -> Option<Generation> {
    let entries = signature_list::parse_signed(&fs::read(path).ok()?).ok()?;
    let has = |generation: Generation| entries.contains(&signature_list::certificate(&programs[generation as usize]));
    if has(Generation::New) { Some(Generation::New) } else { has(Generation::Old).then_some(Generation::Old) }
}

fn take(tree: &Tree, change: &Change, session: &Session, volumes: &[node::Volume], step: Step) -> Result<(), NotDone> {
    match step {
        Step::Enrol(which) => {
            let content = change.read(files::append(which))?;
            Ok(variable::write(&node::path(tree, which), AUTHENTICATED | APPEND, &content)?)
        }
        Step::Forget(which) => {
            let [old, new] = change.certificates(which)?;
            let current: Entries = node::entries(tree, which)?.unwrap_or_default();
            for name in files::replace(which).into_iter().filter(|name| change.folder.join(name).exists()) {
                let content = change.read(name)?;
                let target = signature_list::parse_signed(&content).unwrap_or_default();
                if signature_list::only_exchanges(&current, &target, &old, &new) {
                    return Ok(variable::write(&node::path(tree, which), AUTHENTICATED, &content)?);
                }
            }
            Err(NotDone::OtherEntries(which.name()))
        }
        Step::ReplaceLoader => {
            let programs = change.certificates(Variable::Db)?;
            for path in loaders(tree, &programs)? {
                spare::replace(&tree.spare_esp(), session.esp(), &path)?;
            }
            Ok(())
        }
        Step::ReplaceEnrolment => {
            let spare = tree.spare_esp();
            let mut paths = spare::files(&spare, Path::new(ENROLMENT))?;
            // `db.auth` tells whether this was done.
            paths.sort_by_key(|path| path.ends_with("db.auth"));
            if paths.is_empty() {
                return Err(NotDone::Missing("Secure Boot variables"));
            }
            paths.iter().try_for_each(|path| spare::replace(&spare, session.esp(), path))?;
            Ok(())
        }
        Step::Seal(number) => {
            let volume = volumes.get(number).ok_or(NotDone::Missing("that volume"))?;
            let old = volume.sealed.iter().find(|sealed| sealed.key == change.pcr[Generation::Old as usize]);
            let old = old.ok_or(NotDone::NoEffect)?;
            if old.pin {
                return Err(NotDone::Pin(volume.device.clone()));
            }
            let pcrs: Vec<String> = old.pcrs.iter().map(u32::to_string).collect();
            let key = change.folder.join(files::PCR[Generation::New as usize]);
            Ok(tool::cryptenroll([
                "--unlock-tpm2-device=auto".to_owned(),
                "--tpm2-device=auto".to_owned(),
                format!("--tpm2-public-key={}", key.display()),
                "--tpm2-public-key-pcrs=11".to_owned(),
                format!("--tpm2-pcrs={}", pcrs.join("+")),
                volume.device.display().to_string(),
            ])?)
        }
        Step::Unseal(number) => {
            let volume = volumes.get(number).ok_or(NotDone::Missing("that volume"))?;
            let of = |generation| {
                let key = change.pcr[generation as usize];
                volume.sealed.iter().filter(move |sealed| sealed.key == key)
            };
            // Nothing goes before the new key has opened it.
            let new = of(Generation::New).next().ok_or(NotDone::NoEffect)?;
            tool::test_token(&volume.device, new.token)?;
            let old = of(Generation::Old);
            let slots: Vec<String> = old.flat_map(|sealed| &sealed.slots).map(u32::to_string).collect();
            let slots = format!("--wipe-slot={}", slots.join(","));
            Ok(tool::cryptenroll([slots, volume.device.display().to_string()])?)
        }
    }
}
