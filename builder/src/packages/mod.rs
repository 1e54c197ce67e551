//! Which packages an image consists of: apt decides, a lock keeps what it decided.

pub(crate) mod archives;
pub(crate) mod image;
pub(crate) mod lock;
mod resolve;
pub(crate) mod single;
pub(crate) mod tools;
