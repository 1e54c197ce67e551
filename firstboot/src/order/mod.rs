//! What the administrator wants of a computer without a screen and a keyboard: an order on a stick, signed with a key by which they may log in.
//!
//! ```text
//!   ilanga-NAME.toml       the order (`words`); NAME is the computer's
//!   ilanga-NAME.toml.sig   its signature, by `ssh-keygen -Y sign -n ilanga-order`
//!   ilanga-NAME.txt        what became of it: written by the computer, after the other two are gone
//! ```
//!
//! Whoever has the key's secret half and can plug a stick in is who may do at a keyboard what [`crate::reset`] and [`crate::password`] do.
//! Invariants: nothing is done before the signature was found good by a key that the administrator has on the unlocked data, and the order names
//! this computer; an order is obeyed once, which the state partition remembers (`orders`) before it is obeyed, so that a stick which stays
//! plugged in, or a copy of it, erases no computer twice. An order that nobody could judge yet, as the data are locked or something was not read,
//! stays on the stick.

mod signature;
#[cfg(test)]
mod tests;
mod words;

use std::io;
use std::path::{Path, PathBuf};

use formats::digest::Digest;
use nix::errno::Errno;
use thiserror::Error;
use zeroize::Zeroizing;

pub use words::{BadOrder, LONGEST, Order, Wish};

use crate::error::chain;
use crate::gather;
use crate::node::Node;
use crate::password::{self, RenewError};
use crate::people::{self, PeopleError};
use crate::reset::{self, ResetError};
use crate::stick::Sticks;
use crate::store;
use crate::tool::ToolError;

/// The longest signature: that of a long RSA key has 3 kB.
const LONGEST_SIGNATURE: usize = 16 << 10;

/// How many orders are remembered: the oldest is forgotten.
const REMEMBERED: usize = 1000;

/// An order was not obeyed.
#[derive(Debug, Error)]
pub enum OrderError {
    /// It can't be read.
    #[error("{doing} {path}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// With which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is none.
    #[error(transparent)]
    Words(#[from] BadOrder),
    /// It has no signature.
    #[error("there is no signature beside it: ssh-keygen -Y sign -f KEY -n {namespace} {file}", namespace = signature::NAMESPACE)]
    Unsigned {
        /// The order's.
        file: String,
    },
    /// It is another's.
    #[error("it is for '{0}', and this computer is '{1}'")]
    Another(String, String),
    /// Whoever may give one is not known yet: the order stays where it is.
    #[error("its data are locked, or it is not set up: leave the stick plugged in until they are open")]
    Locked,
    /// Nobody may give one.
    #[error("its administrator has no key for SSH")]
    Nobody,
    /// Its signature is none of the administrator's.
    #[error("its signature is not one by a key of the administrator's: {0}")]
    Foreign(String),
    /// It was obeyed before.
    #[error("it was obeyed before: another one needs another 'note'")]
    Again,
    /// The administrator.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// The password.
    #[error(transparent)]
    Renew(#[from] RenewError),
    /// What people put on it.
    #[error(transparent)]
    Reset(#[from] ResetError),
    /// A program.
    #[error(transparent)]
    Tool(#[from] ToolError),
}

fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OrderError {
    move |source| OrderError::File { doing, path: path.to_owned(), source }
}

impl OrderError {
    /// Something else is reading the stick: a little later nobody is.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::File { source, .. } if source.raw_os_error() == Some(Errno::EBUSY as i32))
    }
}

/// What became of an order.
#[derive(Debug)]
pub struct Outcome {
    /// What was done; without it nothing was.
    pub done: Result<Wish, OrderError>,
    /// Why the stick does not say so.
    pub silent: Option<io::Error>,
}

/// Looks for an order on the stick at `device`, and obeys it; `None` if there is none for this computer. `folder` is for what is needed meanwhile,
/// root's alone, in memory.
pub fn obey(node: &Node, device: &Path, folder: &Path) -> Option<Outcome> {
    let name = gather::host(node);
    let stick = Sticks::of(node).present().into_iter().find(|stick| stick.device == device)?;
    let file = format!("ilanga-{name}.toml");
    let read = |file: &str, longest| stick.read(file, longest).map_err(at("reading", Path::new(file)));
    let text = match read(&file, LONGEST) {
        Ok(text) => text?,
        Err(trouble) => return Some(Outcome { done: Err(trouble), silent: None }),
    };
    let obeyed = || -> Result<Wish, OrderError> {
        let order = Order::parse(&text)?;
        if order.node != name {
            return Err(OrderError::Another(order.node, name.clone()));
        }
        let signature = read(&format!("{file}.sig"), LONGEST_SIGNATURE)?;
        let signature = signature.ok_or_else(|| OrderError::Unsigned { file: file.clone() })?;
        let administrator = people::kept(node)?.ok_or(OrderError::Locked)?;
        if administrator.ssh_keys.is_empty() {
            return Err(OrderError::Nobody);
        }
        signature::check(&administrator.ssh_keys, &text, &signature, folder)?;
        remember(node, Digest::of(&text))?;
        match &order.wish {
            Wish::Password(new) => password::replace(node, administrator, new)?,
            Wish::Erase => reset::reset(node)?,
        }
        Ok(order.wish)
    };
    let done = obeyed();
    let says = match &done {
        Ok(wish) => format!("{name}: {}\r\n", wish.done()),
        Err(trouble) => format!("{name}: nothing was done: {}\r\n", chain(trouble)),
    };
    let stays = matches!(done, Err(OrderError::Locked | OrderError::File { .. }));
    let over = if stays { Vec::new() } else { vec![file.clone(), format!("{file}.sig")] };
    let gone = over.iter().try_for_each(|file| stick.remove(file));
    let silent = gone.and_then(|()| stick.write(&format!("ilanga-{name}.txt"), says.as_bytes())).err();
    Some(Outcome { done, silent })
}

/// Remembers an order, which nobody may give again.
fn remember(node: &Node, order: Digest) -> Result<(), OrderError> {
    let path = node.orders();
    let longest = REMEMBERED * 65;
    let known = store::read(&path, longest).map_err(at("reading", &path))?.unwrap_or_default();
    let known = String::from_utf8_lossy(&known).into_owned();
    let (new, mut lines) = (order.to_string(), known.lines().collect::<Vec<&str>>());
    if lines.contains(&new.as_str()) {
        return Err(OrderError::Again);
    }
    lines.push(&new);
    let first = lines.len().saturating_sub(REMEMBERED);
    let text: String = lines.iter().skip(first).map(|line| format!("{line}\n")).collect();
    store::replace(&path, text.as_bytes()).map_err(at("writing", &path))
}

/// What is read of a stick.
type Text = Zeroizing<Vec<u8>>;
