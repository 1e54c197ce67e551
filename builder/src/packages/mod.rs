//! Which packages an image consists of: apt decides, a lock keeps what it decided.

pub(crate) mod lock;
pub(crate) mod resolve;
