//! How a node in the field gets from a maker's old keys to the new ones, in an order that never locks it out.
//!
//! Three releases bring the change ([`Phase`]); between them the node takes [`Step`]s, one at a time, each of them once the
//! release that runs was judged good:
//!
//! ```text
//!            programs that start   PCR policies   bundle's   update        steps on the node
//!            are signed by         signed by      signer     keyring
//! before     old                   old            old        old           –
//! announce   old                   old, new       old        old, new      db and KEK learn the new keys; data is sealed to the new one too
//! switch     old, new              old, new       new        old, new      the same; the boot loader on the ESP gets both signatures;
//!                                                                          data forgets the old key
//! retire     new                   new            new        new           what is enrolled anew, db, KEK and PK forget the old keys
//! ```
//!
//! Invariants, held by the search over all states that can be reached (`tests.rs`): the boot loader and every kernel image that
//! can start are trusted by the firmware; every release that can start unlocks the data; there is always a release that the
//! node would install; and from every state the end is reached. What holds them: nothing forgets an old key before everything
//! that can start is signed by the new one ([`next`]), and no release gets an entry which the firmware would not start or which
//! would not unlock the data ([`may_start`]).
//!
//! The image of a release in a change has the folder [`FOLDER`]; its files are the constants of [`files`].

use std::fmt;
use std::str::FromStr;

#[cfg(test)]
mod tests;

/// Where the root file system has what the node needs for the change.
pub const FOLDER: &str = "/usr/lib/ilanga/key-change";

/// The names of files in [`FOLDER`].
pub mod files {
    /// One word and a line break: the phase.
    pub const PHASE: &str = "phase";
    /// The public key for PCR policies of a generation, in PEM.
    pub const PCR: [&str; 2] = ["old-pcr.pub", "new-pcr.pub"];
    /// What a variable has of a generation: one certificate, in DER.
    pub const DB: [&str; 2] = ["old-db.cer", "new-db.cer"];
    /// The same for `KEK`.
    pub const KEK: [&str; 2] = ["old-KEK.cer", "new-KEK.cer"];
    /// The same for `PK`.
    pub const PK: [&str; 2] = ["old-PK.cer", "new-PK.cer"];
    /// Adds the new certificate to a variable: signed, to be appended.
    pub const fn append(variable: super::Variable) -> &'static str {
        match variable {
            super::Variable::Db => "db-append.auth",
            super::Variable::Kek => "KEK-append.auth",
            super::Variable::Pk => "PK-append.auth",
        }
    }
    /// Replaces a variable: with Microsoft's certificates beside the new one, or without.
    pub const fn replace(variable: super::Variable) -> [&'static str; 2] {
        match variable {
            super::Variable::Db => ["db-replace.auth", "db-replace-alone.auth"],
            super::Variable::Kek => ["KEK-replace.auth", "KEK-replace-alone.auth"],
            super::Variable::Pk => ["PK-replace.auth", "PK-replace-alone.auth"],
        }
    }
}

/// Which of two sets of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generation {
    /// The one that goes.
    Old,
    /// The one that comes.
    New,
}

impl Generation {
    /// Both, in the order of the pairs in [`files`].
    pub const ALL: [Self; 2] = [Self::Old, Self::New];
}

/// Which of two keys are there, or have signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Keys {
    /// The old one.
    pub old: bool,
    /// The new one.
    pub new: bool,
}

impl Keys {
    /// The old one.
    pub const OLD: Self = Self { old: true, new: false };
    /// The new one.
    pub const NEW: Self = Self { old: false, new: true };
    /// Both.
    pub const BOTH: Self = Self { old: true, new: true };

    /// Those of which this is true.
    pub fn of(mut there: impl FnMut(Generation) -> bool) -> Self {
        Self { old: there(Generation::Old), new: there(Generation::New) }
    }

    /// Those in both.
    pub fn and(self, other: Self) -> Self {
        Self { old: self.old && other.old, new: self.new && other.new }
    }

    /// Whether any is in both.
    pub fn meets(self, other: Self) -> bool {
        let both = self.and(other);
        both.old || both.new
    }
}

/// How far a maker's change of keys is, as a release has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// The new keys become trusted.
    Announce,
    /// They sign, beside the old ones where that is possible.
    Switch,
    /// The old ones are trusted no more.
    Retire,
}

impl Phase {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Announce, Self::Switch, Self::Retire];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Announce => "announce",
            Self::Switch => "switch",
            Self::Retire => "retire",
        }
    }

    /// Whose signatures are on what starts: kernel images, and the boot loader that the release brings.
    pub fn programs(self) -> Keys {
        match self {
            Self::Announce => Keys::OLD,
            Self::Switch => Keys::BOTH,
            Self::Retire => Keys::NEW,
        }
    }

    /// Whose signatures are on the PCR policies.
    pub fn policies(self) -> Keys {
        if self == Self::Retire { Keys::NEW } else { Keys::BOTH }
    }

    /// Who signs the update bundle, and the files for people.
    pub fn bundle(self) -> Generation {
        if self == Self::Announce { Generation::Old } else { Generation::New }
    }

    /// Whose bundles a node takes that runs the release.
    pub fn keyring(self) -> Keys {
        self.policies()
    }

    /// Whose Secure Boot variables the image brings for firmware in set-up mode, and which root of the lists.
    pub fn enrolled(self) -> Generation {
        if self == Self::Retire { Generation::New } else { Generation::Old }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text names no phase.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no phase of a change of keys: 'announce', 'switch' or 'retire' is expected")]
pub struct NoPhase(String);

impl FromStr for Phase {
    type Err = NoPhase;

    fn from_str(text: &str) -> Result<Self, NoPhase> {
        let text = text.trim_end();
        Self::ALL.into_iter().find(|phase| phase.name() == text).ok_or_else(|| NoPhase(text.chars().take(40).collect()))
    }
}

/// A variable of Secure Boot's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variable {
    /// Whose programs start.
    Db,
    /// Who changes `db`.
    Kek,
    /// Who changes `KEK`, and itself.
    Pk,
}

impl Variable {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Db => "db",
            Self::Kek => "KEK",
            Self::Pk => "PK",
        }
    }
}

/// What the firmware trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Firmware {
    /// Whose programs start.
    pub db: Keys,
    /// Who changes `db`.
    pub kek: Keys,
    /// Who changes `KEK`.
    pub pk: Keys,
}

/// A release that can start: whose signatures it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signed {
    /// On its kernel image.
    pub programs: Keys,
    /// On its PCR policies.
    pub policies: Keys,
}

/// What a step is decided from; the release that runs was judged good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The phase of the release that runs.
    pub phase: Phase,
    /// What the firmware trusts; `None` if it has neither generation's keys: set-up mode, shim, somebody else's.
    pub firmware: Option<Firmware>,
    /// Whose signatures all copies of the boot loader on the ESP have.
    pub loader: Keys,
    /// Whose variables lie on the ESP for firmware in set-up mode, if any.
    pub enrolment: Option<Generation>,
    /// The release in the other slot, if it can start.
    pub other: Option<Signed>,
    /// For each volume that a TPM unlocks by a signed policy: by whose.
    pub volumes: Vec<Keys>,
}

/// One step on the node. Each is done as a whole or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The new certificate comes beside the old one.
    Enrol(Variable),
    /// The boot loader on the ESP becomes the release's.
    ReplaceLoader,
    /// What the ESP has for firmware in set-up mode becomes the release's.
    ReplaceEnrolment,
    /// A volume is sealed to the new key too.
    Seal(usize),
    /// The old certificate goes.
    Forget(Variable),
    /// What is sealed to the old key goes.
    Unseal(usize),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Enrol(variable) => write!(f, "the firmware's {} gets the new key", variable.name()),
            Self::ReplaceLoader => f.write_str("the boot loader on the ESP gets the new signature"),
            Self::ReplaceEnrolment => f.write_str("the ESP gets the new keys for firmware in set-up mode"),
            Self::Seal(_) => f.write_str("a volume is sealed to the new PCR key too"),
            Self::Forget(variable) => write!(f, "the firmware's {} forgets the old key", variable.name()),
            Self::Unseal(_) => f.write_str("a volume forgets the old PCR key"),
        }
    }
}

/// The steps that may be taken now, the next one first. Any of them may be taken: one that fails does not hold up the others.
pub fn next(facts: &Facts) -> Vec<Step> {
    let Facts { phase, firmware, loader, enrolment, other, volumes } = facts;
    let mut steps = Vec::new();
    if *phase != Phase::Retire {
        if let Some(firmware) = firmware {
            if !firmware.db.new && firmware.kek.old {
                steps.push(Step::Enrol(Variable::Db));
            }
            if !firmware.kek.new && firmware.pk.old {
                steps.push(Step::Enrol(Variable::Kek));
            }
        }
        let lacks = volumes.iter().enumerate().filter(|(_, keys)| keys.old && !keys.new);
        steps.extend(lacks.map(|(volume, _)| Step::Seal(volume)));
    }
    let starts = |programs: Keys| firmware.is_none_or(|firmware| firmware.db.meets(programs));
    if *phase != Phase::Announce && !loader.new && starts(phase.programs()) {
        steps.push(Step::ReplaceLoader);
    }
    if *phase != Phase::Announce && other.is_none_or(|other| other.policies.new) {
        let both = volumes.iter().enumerate().filter(|(_, keys)| **keys == Keys::BOTH);
        steps.extend(both.map(|(volume, _)| Step::Unseal(volume)));
    }
    if *phase == Phase::Retire {
        let programs = other.is_none_or(|other| other.programs.new);
        if loader.new && programs {
            if *enrolment == Some(Generation::Old) {
                steps.push(Step::ReplaceEnrolment);
            }
            if let Some(firmware) = firmware {
                if firmware.db == Keys::BOTH && firmware.kek.new {
                    steps.push(Step::Forget(Variable::Db));
                }
                if !firmware.db.old && firmware.kek == Keys::BOTH && firmware.pk.old {
                    steps.push(Step::Forget(Variable::Kek));
                }
                if !firmware.db.old && firmware.kek == Keys::NEW && firmware.pk == Keys::OLD {
                    steps.push(Step::Forget(Variable::Pk));
                }
            }
        }
    }
    steps
}

/// Why a release may not get an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Locked {
    /// The firmware would refuse it.
    #[error(
        "the firmware of this node does not trust the key that signed it: install the release that brings its new key first, \
         and let the node run it until it is judged good"
    )]
    Out,
    /// The TPM would not give out the data's key.
    #[error(
        "the data of this node is not sealed to the key that signed it, or still to an older one too, so it would stay locked: \
         install the releases before it first, and let the node run each until it is judged good"
    )]
    Data,
}

/// Whether a release with these policies opens a volume that is sealed to these keys. systemd-cryptsetup (257) gives up at the first
/// token for whose key there is no policy, and the old key's is the first: so it has to go while there still are both policies.
pub fn opens(sealed: Keys, policies: Keys) -> bool {
    if sealed.old { policies.old } else { sealed.meets(policies) }
}

/// Whether a release may get an entry: `trusted` if the firmware would start it (or asks for no signature), `unlocks` for each
/// volume that a TPM unlocks by a signed policy.
pub fn may_start(trusted: bool, unlocks: impl IntoIterator<Item = bool>) -> Result<(), Locked> {
    if !trusted {
        return Err(Locked::Out);
    }
    if unlocks.into_iter().all(|unlocks| unlocks) { Ok(()) } else { Err(Locked::Data) }
}
