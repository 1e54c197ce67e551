//! The page's privileged half: it knows the administrator's password, as a hash, and who is logged in, and does what they want. The
//! half that talks to the network (`site`) has neither, and says whose wish it is by their token.
//!
//! ```text
//!   browser ── https ──► site ── Request, a line of JSON ──► /run/ilanga/steward/socket ── Reply ──► and the connection ends
//! ```
//!
//! So who takes the web half over sees what people type and what they are shown, and can use the sessions of those who come; alone
//! it learns no hash, makes no session, and tries passwords as slowly as anybody ([`tries`]).
//!
//! Invariants: nobody is heard but root and the user of the page; nothing but logging in is done without a session, and nothing that
//! changes or tells everything without what its forms carry; one password is checked at a time, so that its 19 MiB are there once; a
//! change is on data before anybody is told that it is made.

pub mod authority;
pub mod overview;
pub mod report;
pub mod sessions;
pub mod short;
pub mod ssh_keys;
pub mod tries;
pub mod validity;
pub mod wifi;
pub mod words;

use std::io::{self, BufReader};
use std::net::IpAddr;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use formats::answers::Language;
use formats::digest::Digest;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::apply::ChangeError;
use crate::error::chain;
use crate::machine::Administrator;
use crate::node::Node;
use crate::people::{self, PeopleError};
use crate::random::{self, NotRandom};
use crate::wire::{self, ClientError};
use crate::{clock, hashes, settings};
use authority::{AuthorityError, Circumstances, Identity};
use overview::Overview;
use sessions::Sessions;
use ssh_keys::Outcome;
use tries::{Tries, Verdict};

/// Where the socket is on a node.
pub const SOCKET: &str = "/run/ilanga/steward/socket";

/// The user of the web half: `ilanga-page.service` has one of its own.
const PAGE: &str = "ilanga-page";

/// What the web half wants.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum Request {
    /// The page's certificate, unless it is this one.
    Identity {
        /// [`Identity::id`] of the one that is known.
        known: Option<Digest>,
    },
    /// Somebody types a password.
    LogIn {
        /// Where they are.
        from: IpAddr,
        /// What they typed.
        password: Zeroizing<String>,
    },
    /// Somebody wants to see how the node is.
    Look {
        /// Their token.
        session: Zeroizing<String>,
    },
    /// Somebody has sent a form.
    Act {
        /// Their token.
        session: Zeroizing<String>,
        /// What the form carries.
        form: String,
        /// What they want.
        wish: Wish,
    },
}

/// What somebody who is logged in wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "wish")]
pub enum Wish {
    /// To log out.
    LogOut,
    /// To add a key for SSH.
    AddKey {
        /// The key's line.
        line: String,
    },
    /// To remove one.
    RemoveKey {
        /// [`ssh_keys::Shown::id`].
        id: String,
    },
    /// To join a Wi-Fi network.
    JoinWifi {
        /// Its name.
        name: String,
        /// Its key; empty if it is open.
        key: Zeroizing<String>,
        /// Whether it costs money by the megabyte.
        metered: bool,
    },
    /// To forget one.
    ForgetWifi {
        /// Its name.
        name: String,
    },
    /// The support report.
    Report,
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Reply {
    /// It is the certificate that is known.
    Same,
    /// The page's certificate.
    Identity {
        /// It.
        identity: Identity,
        /// The language that was chosen for the node.
        language: Option<Language>,
    },
    /// The password is right, and this is a new session.
    In {
        /// Its token.
        session: Zeroizing<String>,
    },
    /// The password is wrong.
    Wrong,
    /// It was not looked at.
    Wait {
        /// When the next one is, in seconds.
        seconds: u64,
    },
    /// Nobody is logged in by this token.
    Out,
    /// The form carries nothing, or what another one does.
    Stranger,
    /// How the node is.
    Overview {
        /// It.
        overview: Overview,
        /// What forms of this session carry.
        form: String,
    },
    /// It is done.
    Done,
    /// What became of a key.
    Key {
        /// That.
        outcome: Outcome,
    },
    /// What became of a Wi-Fi network.
    Wifi {
        /// That.
        outcome: wifi::Outcome,
    },
    /// The report.
    Report {
        /// Its text: JSON.
        text: String,
    },
    /// It can't be done.
    Failed {
        /// Why.
        why: String,
    },
}

/// Something can't be done.
#[derive(Debug, Error)]
enum StewardError {
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    #[error(transparent)]
    People(#[from] PeopleError),
    #[error(transparent)]
    Networks(#[from] ChangeError),
    #[error(transparent)]
    Random(#[from] NotRandom),
    #[error("nobody is the administrator")]
    Nobody,
    #[error("writing the report")]
    Words(#[from] serde_json::Error),
}

/// What is remembered, in memory alone.
#[derive(Debug, Default)]
struct Memory {
    tries: Tries,
    sessions: Sessions,
}

/// The privileged half.
#[derive(Debug)]
pub struct Steward {
    node: Node,
    memory: Mutex<Memory>,
    /// Held while a password is checked.
    checks: Mutex<()>,
    /// Held while something on data is changed.
    changes: Mutex<()>,
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Steward {
    /// That of a node.
    pub fn new(node: Node) -> Self {
        Self { node, memory: Mutex::default(), checks: Mutex::default(), changes: Mutex::default() }
    }

    /// Answers whoever comes, until the listener fails.
    pub fn serve(&self, listener: &UnixListener) -> io::Result<()> {
        wire::listen(listener, &|stream| self.hear(stream), &|| ())
    }

    fn hear(&self, stream: UnixStream) -> io::Result<()> {
        wire::peer(&stream, &[PAGE])?;
        let text = Zeroizing::new(wire::line(BufReader::new(&stream), wire::LONGEST_REQUEST)?);
        let reply = match serde_json::from_slice::<Request>(&text) {
            Err(error) => Reply::Failed { why: format!("this is no request: {error}") },
            Ok(request) => self.answer(request, clock::up()).unwrap_or_else(|trouble| {
                let why = chain(&trouble);
                eprintln!("{why}");
                Reply::Failed { why }
            }),
        };
        wire::say(stream, &reply)
    }

    /// Answers a request; `now` is the time since power-on.
    fn answer(&self, request: Request, now: Duration) -> Result<Reply, StewardError> {
        match request {
            Request::Identity { known } => self.identity(known),
            Request::LogIn { from, password } => self.log_in(from, &password, now),
            Request::Look { session } => {
                if !held(&self.memory).sessions.has(&session, now) {
                    return Ok(Reply::Out);
                }
                let keys = ssh_keys::shown(&self.administrator()?);
                let overview = Overview { keys, ..overview::look(&self.node, now) };
                Ok(Reply::Overview { overview, form: sessions::form(&session) })
            }
            Request::Act { session, form, wish } => {
                if !held(&self.memory).sessions.has(&session, now) {
                    return Ok(Reply::Out);
                }
                if !sessions::is_form(&session, &form) {
                    return Ok(Reply::Stranger);
                }
                self.act(&session, &wish, now)
            }
        }
    }

    fn act(&self, session: &str, wish: &Wish, now: Duration) -> Result<Reply, StewardError> {
        Ok(match wish {
            Wish::LogOut => {
                held(&self.memory).sessions.end(session);
                Reply::Done
            }
            Wish::AddKey { line } => {
                let _one = held(&self.changes);
                let mut administrator = self.administrator()?;
                let outcome = ssh_keys::add(&mut administrator, line);
                if outcome == Outcome::Done {
                    self.keep(&administrator)?;
                    println!("a key for SSH was added");
                }
                Reply::Key { outcome }
            }
            Wish::RemoveKey { id } => {
                let _one = held(&self.changes);
                let mut administrator = self.administrator()?;
                ssh_keys::remove(&mut administrator, id);
                self.keep(&administrator)?;
                println!("a key for SSH was removed");
                Reply::Key { outcome: Outcome::Done }
            }
            Wish::JoinWifi { name, key, metered } => {
                let _one = held(&self.changes);
                Reply::Wifi { outcome: wifi::join(&self.node, name, key, *metered)? }
            }
            Wish::ForgetWifi { name } => {
                let _one = held(&self.changes);
                Reply::Wifi { outcome: wifi::forget(&self.node, name)? }
            }
            Wish::Report => Reply::Report { text: report::text(&report::look(&self.node, now))? },
        })
    }

    fn identity(&self, known: Option<Digest>) -> Result<Reply, StewardError> {
        let _one = held(&self.changes);
        let now = Circumstances {
            host: overview::host(&self.node),
            addresses: overview::addresses().into_iter().map(|(_, address)| address).collect(),
            clock: clock::time_of_day(),
            release: overview::release_date(&self.node),
        };
        let identity = authority::identity(&self.node.page(), &now)?;
        if known == Some(identity.id()) {
            return Ok(Reply::Same);
        }
        Ok(Reply::Identity { identity, language: settings::chosen_language() })
    }

    fn log_in(&self, from: IpAddr, password: &str, now: Duration) -> Result<Reply, StewardError> {
        if let Verdict::Wait(wait) = held(&self.memory).tries.ask(from, now) {
            return Ok(Reply::Wait { seconds: wait.as_secs().max(1) });
        }
        let administrator = self.administrator()?;
        let is = {
            let _one = held(&self.checks);
            hashes::is(password, &administrator.password.page)
        };
        if !is {
            return Ok(Reply::Wrong);
        }
        let token = Zeroizing::new(random::bytes::<{ sessions::TOKEN }>()?);
        let session = Zeroizing::new(hex::encode(token.as_slice()));
        let mut memory = held(&self.memory);
        memory.tries.right(from, now);
        memory.sessions.begin(&session, now);
        Ok(Reply::In { session })
    }

    fn administrator(&self) -> Result<Administrator, StewardError> {
        people::kept(&self.node)?.ok_or(StewardError::Nobody)
    }

    fn keep(&self, administrator: &Administrator) -> Result<(), StewardError> {
        people::keep(&self.node, administrator)?;
        people::tell_of(&self.node, administrator)?;
        Ok(())
    }
}

/// A way to the privileged half.
#[derive(Clone, Debug)]
pub struct Client(PathBuf);

impl Client {
    /// By this socket.
    pub fn new(socket: &Path) -> Self {
        Self(socket.to_owned())
    }

    /// Asks, and waits for the answer.
    pub fn ask(&self, request: &Request) -> Result<Reply, ClientError> {
        wire::exchange(&self.0, request)
    }
}
