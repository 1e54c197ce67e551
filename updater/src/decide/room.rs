//! Whether a kernel image has room on the ESP. It is asked before a slot is written, and again before the ESP is.

use formats::size::Bytes;
use thiserror::Error;

/// What a file may take beyond its length: the rest of a cluster, and a folder that grows.
pub const OVERHEAD: Bytes = Bytes(64 << 10);

/// There is too little room.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "the ESP is full: {needed} are needed and {free} are free. Nothing was changed. Take away what does not belong there"
)]
pub struct Full {
    /// What is needed.
    pub needed: Bytes,
    /// What is free.
    pub free: Bytes,
}

/// Whether there is room.
pub fn enough(needed: Bytes, free: Bytes) -> Result<(), Full> {
    if needed > free { Err(Full { needed, free }) } else { Ok(()) }
}

/// Whether a kernel image of this length has room.
pub fn kernel_image(length: Bytes, free: Bytes) -> Result<(), Full> {
    enough(Bytes(length.0.saturating_add(OVERHEAD.0)), free)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_needed() {
        assert!(enough(Bytes(5), Bytes(5)).is_ok() && enough(Bytes(0), Bytes(0)).is_ok());
        assert!(kernel_image(Bytes(5), Bytes(5 + OVERHEAD.0)).is_ok() && kernel_image(Bytes(5), Bytes(5)).is_err());
        assert_eq!(
            enough(Bytes::mib(20), Bytes::mib(3)).map_err(|error| error.to_string()),
            Err("the ESP is full: 20.9 MB are needed and 3.1 MB are free. Nothing was changed. \
                 Take away what does not belong there"
                .to_owned())
        );
    }
}
