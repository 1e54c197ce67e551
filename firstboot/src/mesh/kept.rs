//! What a node keeps of its community, below `/data/mesh/`.
//!
//! Invariant: who reads to write what follows from it holds the lock: the service and the administrator's program may run at once.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use formats::answers::nebula::NotNebula;
use formats::answers::wireguard::NotWireGuard;
use formats::community::{BadList, CommunityKey, LONGEST, List, MeshKey, SignedList};
use formats::date::Date;
use formats::repository::{FOLLOWED, Followed};
use nix::fcntl::{Flock, FlockArg};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use zeroize::Zeroizing;

use super::configuration::{BadConfiguration, configuration, own_key};
use super::{Invitations, Removal, Standing, Ties, rules};
use crate::clock;
use crate::node::Node;
use crate::random::NotRandom;
use crate::store;
use crate::tool::{Program, ToolError, run};

/// The longest file of JSON.
const LONGEST_FILE: usize = 1 << 20;

/// Something about the mesh can't be done.
#[derive(Debug, Error)]
pub enum MeshError {
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
    /// The list.
    #[error(transparent)]
    List(#[from] BadList),
    /// Yggdrasil's configuration.
    #[error(transparent)]
    Configuration(#[from] BadConfiguration),
    /// A program.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The network's file.
    #[error("the network's file: {0}")]
    WireGuard(#[from] NotWireGuard),
    /// The network's file.
    #[error("the network's file: {0}")]
    Nebula(#[from] NotNebula),
    /// Random numbers.
    #[error(transparent)]
    Random(#[from] NotRandom),
    /// Nobody is removed.
    #[error(transparent)]
    Removal(#[from] Removal),
    /// The node is in no mesh.
    #[error("this node is not in the mesh")]
    NoMesh,
    /// The node is alone.
    #[error("this node is in no community")]
    Alone,
    /// It is in one already.
    #[error("this node is in the community '{0}' already: leave that first")]
    Already(String),
    /// It is a member like others.
    #[error("this node is not the founder of its community, who alone does that")]
    NotFounder,
}

/// What is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    folder: PathBuf,
    configuration: PathBuf,
    release: PathBuf,
}

/// As long as it is there, nobody else changes what is kept.
#[derive(Debug)]
pub struct Locked(#[allow(dead_code, reason = "it is let go when this is")] Flock<File>);

pub(super) fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> MeshError {
    move |source| MeshError::File { doing, path: path.to_owned(), source }
}

impl Kept {
    /// What a node keeps.
    pub fn of(node: &Node) -> Self {
        let configuration = node.mesh();
        let folder = configuration.parent().unwrap_or(&configuration).to_owned();
        Self { folder, configuration, release: node.path(FOLLOWED) }
    }

    /// Waits until nobody else changes it.
    pub fn lock(&self) -> Result<Locked, MeshError> {
        fs::create_dir_all(&self.folder).map_err(at("making", &self.folder))?;
        let path = self.folder.join("lock");
        let file =
            OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(at("opening", &path))?;
        Flock::lock(file, FlockArg::LockExclusive).map(Locked).map_err(|(_, error)| MeshError::File {
            doing: "locking",
            path,
            source: error.into(),
        })
    }

    /// The node's key in the mesh.
    pub fn own(&self) -> Result<MeshKey, MeshError> {
        let bytes = self.bytes(&self.configuration, LONGEST_FILE)?.ok_or(MeshError::NoMesh)?;
        Ok(own_key(&bytes)?)
    }

    /// Where the node stands; nothing if it is alone. A list that is not this community's is as good as none, and said.
    pub fn standing(&self) -> Result<Option<Standing>, MeshError> {
        let Some(ties) = self.json::<Ties>("community.json")? else { return Ok(None) };
        let path = self.folder.join("members");
        let list = self.bytes(&path, LONGEST)?.map(|bytes| SignedList::parse(&bytes, ties.community)).transpose()?;
        Ok(Some(Standing { ties, list }))
    }

    /// Keeps other ties, or none, and has Yggdrasil's configuration follow; a node without a key gets one.
    pub fn tie(&self, ties: Option<&Ties>) -> Result<(), MeshError> {
        fs::create_dir_all(&self.folder).map_err(at("making", &self.folder))?;
        if let Some(ties) = ties {
            self.keep_json("community.json", ties)?;
        }
        self.configure(ties)
    }

    fn configure(&self, ties: Option<&Ties>) -> Result<(), MeshError> {
        let made = match self.bytes(&self.configuration, LONGEST_FILE)? {
            Some(bytes) => bytes,
            None => Zeroizing::new(run(Program::Yggdrasil, &["-genconf", "-json"].map(OsStr::new), b"")?),
        };
        let made = Zeroizing::new(configuration(&made, ties)?);
        store::replace(&self.configuration, &made).map_err(at("writing", &self.configuration))
    }

    /// Keeps the first list of a community that this node founds.
    pub fn keep_first(&self, list: &SignedList) -> Result<(), MeshError> {
        let path = self.folder.join("members");
        store::replace(&path, list.text().as_bytes()).map_err(at("writing", &path))
    }

    /// Keeps a list; the token that led to it has done its work.
    pub fn keep_list(&self, standing: &Standing, list: &SignedList) -> Result<(), MeshError> {
        self.keep_first(list)?;
        match standing.ties.token {
            Some(_) => self.keep_json("community.json", &Ties { token: None, ..standing.ties.clone() }),
            None => Ok(()),
        }
    }

    /// Forgets the community; the key in the mesh stays.
    pub fn leave(&self) -> Result<(), MeshError> {
        self.configure(None)?;
        self.clear()
    }

    /// Keeps an invitation, and nothing that a community before it, or one that was never begun, may have left.
    pub fn join(&self, ties: &Ties) -> Result<(), MeshError> {
        self.clear()?;
        self.tie(Some(ties))
    }

    fn clear(&self) -> Result<(), MeshError> {
        // Who has no ties is alone. They go last: after a power cut it is done again, and lets nobody in before.
        for name in ["community.key", "invitations.json", "members", "community.json"] {
            let path = self.folder.join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at("removing", &path)(error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// The community's key, where this node is its founder.
    pub fn key(&self) -> Result<Option<CommunityKey>, MeshError> {
        let path = self.folder.join("community.key");
        let Some(text) = self.bytes(&path, 128)? else { return Ok(None) };
        let mut seed = Zeroizing::new([0; 32]);
        match hex::decode_to_slice(text.trim_ascii_end(), &mut *seed) {
            Ok(()) => Ok(Some(CommunityKey::of_seed(&seed))),
            Err(error) => Err(at("reading", &path)(io::Error::other(error))),
        }
    }

    /// Keeps a new community's key.
    pub fn keep_key(&self, key: &CommunityKey) -> Result<(), MeshError> {
        let path = self.folder.join("community.key");
        let text = Zeroizing::new(hex::encode(key.seed()));
        store::replace(&path, text.as_bytes()).map_err(at("writing", &path))
    }

    /// The founder's invitations.
    pub fn invitations(&self) -> Result<Invitations, MeshError> {
        Ok(self.json("invitations.json")?.unwrap_or_default())
    }

    /// Keeps them.
    pub fn keep_invitations(&self, invitations: &Invitations) -> Result<(), MeshError> {
        self.keep_json("invitations.json", invitations)
    }

    /// What a founder has, or why this node is none.
    pub fn founder(&self) -> Result<(Ties, CommunityKey, List), MeshError> {
        let standing = self.standing()?.ok_or(MeshError::Alone)?;
        let key = self.key()?.ok_or(MeshError::NotFounder)?;
        let list = standing.list.ok_or(MeshError::NotFounder)?;
        Ok((standing.ties, key, list.list().clone()))
    }

    /// Has the packet filter follow.
    pub fn filter(&self) -> Result<(), MeshError> {
        let rules = rules(self.standing()?.as_ref(), self.own()?);
        run(Program::Nft, &["-f", "-"].map(OsStr::new), rules.as_bytes())?;
        Ok(())
    }

    /// A day that has passed for certain: that of the release.
    pub fn floor(&self) -> Option<Date> {
        let bytes = store::read(&self.release, LONGEST_FILE).ok().flatten()?;
        Followed::parse(&bytes).ok().map(|followed| followed.date)
    }

    /// Today, which is not before that.
    pub fn today(&self) -> Option<Date> {
        let clock = Date::of_seconds(clock::time_of_day());
        clock.max(self.floor())
    }

    fn bytes(&self, path: &Path, longest: usize) -> Result<Option<Zeroizing<Vec<u8>>>, MeshError> {
        Ok(store::read(path, longest).map_err(at("reading", path))?.map(Zeroizing::new))
    }

    fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, MeshError> {
        let path = self.folder.join(name);
        let Some(bytes) = self.bytes(&path, LONGEST_FILE)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| at("reading", &path)(error.into()))
    }

    fn keep_json(&self, name: &str, value: &impl Serialize) -> Result<(), MeshError> {
        let path = self.folder.join(name);
        let bytes =
            serde_json::to_vec(value).map(Zeroizing::new).map_err(|error| at("writing", &path)(error.into()))?;
        store::replace(&path, &bytes).map_err(at("writing", &path))
    }
}
