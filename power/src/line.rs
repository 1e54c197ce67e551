//! What a device hangs on.

use serde::{Deserialize, Serialize};

/// A way to a device, and the only settings that its protocol is spoken with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// A serial port, 8N1, with so many bits a second.
    Serial(u32),
    /// A HID device, in reports of 8 bytes.
    Hid,
    /// TCP, on this port.
    Tcp(u16),
    /// A CAN bus, with so many bits a second. What comes are the frames of Linux's `can_frame`, 16 bytes each.
    Can(u32),
}
