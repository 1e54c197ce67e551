//! The protocols that devices speak, one module each. See the invariants of the crate.

mod asking;
mod decimal;
mod fields;
mod stream;
#[cfg(test)]
pub(crate) mod tests;

pub mod daly;
pub mod jbd;
pub mod jk;
pub mod modbus;
pub mod nut;
pub mod possible;
pub mod pylontech;
pub mod pylontech_can;
pub mod registry;
pub mod ve_direct;
pub mod venus_mqtt;
pub mod voltronic;
