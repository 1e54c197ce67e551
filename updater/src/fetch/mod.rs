//! How updates come onto a node: the part that talks to the network, and can't write a slot.

pub mod budget;
pub mod hours;
pub mod rate;
