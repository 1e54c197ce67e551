//! What is known of a port before it is opened.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::reading::Text;

/// A place where a device may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its stable name: the same after a restart, and wherever else something is plugged in.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// What USB says, if it is there.
    pub usb: Option<Usb>,
}

/// Where a port is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A serial port.
    Serial {
        /// Its node in `/dev`.
        node: PathBuf,
        /// What makes it.
        by: Maker,
    },
    /// A HID device.
    Hid {
        /// Its node in `/dev`.
        node: PathBuf,
    },
    /// A CAN bus.
    Can {
        /// The name of its interface.
        interface: String,
    },
    /// A computer, or something like it, on the network. Only people name these.
    Network {
        /// Its name or address.
        host: String,
        /// What it offers.
        service: Service,
        /// Where, if not where all do.
        port: Option<u16>,
    },
}

/// What makes a serial port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// An adapter with a driver of its own.
    Adapter,
    /// A USB device that says it is a modem (CDC ACM), as also a few adapters and most gadgets do.
    Acm,
    /// The computer itself. A console may be there.
    BuiltIn,
}

/// What something on the network offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// A Victron GX device: Modbus TCP, or else MQTT.
    Venus,
    /// SunSpec over Modbus TCP.
    Sunspec,
    /// Another machine's NUT.
    Nut,
}

/// What USB says of a device. The texts come from the kernel, which has read them: nobody asks a device for more of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usb {
    /// The vendor's number.
    pub vendor: u16,
    /// The product's number.
    pub product: u16,
    /// The vendor's name.
    pub maker: Text,
    /// The product's name.
    pub model: Text,
    /// Its serial number.
    pub serial: Text,
    /// The same device is a network card or a mobile modem too.
    pub network: bool,
}

/// Serial numbers that many adapters have alike.
const ALIKE: [&str; 6] = ["", "0", "0001", "0000", "00000000", "12345678"];

/// The stable name of a serial port, from the links that udev has made to it: by its serial number where it has one of its own,
/// else by where it is plugged in.
pub fn stable_name<'a>(links: impl IntoIterator<Item = &'a str>, serial: &str) -> Option<&'a str> {
    let (mut id, mut path) = (None, None);
    for link in links {
        if let Some(name) = link.strip_prefix("/dev/serial/by-id/") {
            id = id.or(Some(name));
        } else if let Some(name) = link.strip_prefix("/dev/serial/by-path/") {
            // Of two names, that of the device's own bus is the older one.
            path = path.max(Some(name));
        }
    }
    if ALIKE.contains(&serial) { path.or(id) } else { id.or(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_names() {
        let id = "/dev/serial/by-id/usb-VictronEnergy_BV_VE_Direct_cable_VE1A2B3C-if00-port0";
        let paths =
            ["/dev/serial/by-path/pci-0:14.0-usb-0:1:1.0-port0", "/dev/serial/by-path/pci-0:14.0-usbv2-0:1:1.0-port0"];
        let all = [paths[0], id, "/dev/char/188:0", paths[1]];
        assert_eq!(stable_name(all, "VE1A2B3C"), Some("usb-VictronEnergy_BV_VE_Direct_cable_VE1A2B3C-if00-port0"));
        for alike in ALIKE {
            assert_eq!(stable_name(all, alike), Some("pci-0:14.0-usbv2-0:1:1.0-port0"));
        }
        assert_eq!(stable_name([id], ""), Some("usb-VictronEnergy_BV_VE_Direct_cable_VE1A2B3C-if00-port0"));
        assert_eq!(stable_name([paths[0]], "VE1A2B3C"), Some("pci-0:14.0-usb-0:1:1.0-port0"));
        assert_eq!(stable_name(["/dev/char/188:0"], ""), None);
    }
}
