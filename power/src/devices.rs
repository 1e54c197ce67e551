//! Which ports there are, as udev tells of them: serial ports, HID devices, CAN buses; and each that comes or goes.
//!
//! Invariant: no device is opened or asked here. What USB says of a device is what the kernel has read when it was plugged in.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use futures_util::StreamExt as _;
use tokio_udev::{AsyncMonitorSocket, Device, Enumerator, EventType, MonitorBuilder};

use crate::detect::hints::{Hint, hint};
use crate::detect::port::{Maker, Place, Port, Usb, stable_name};
use crate::reading::Text;

/// The subsystems that are watched.
const SUBSYSTEMS: [&str; 3] = ["tty", "hidraw", "net"];

/// What the kernel calls CAN in a network interface's `type`.
const CAN: &str = "280";

/// Something that came or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A port is there.
    Come(Port),
    /// What has this node, or is this interface, is gone.
    Gone(Place),
}

/// Watches ports.
pub struct Devices(AsyncMonitorSocket);

impl std::fmt::Debug for Devices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Devices").finish()
    }
}

impl Devices {
    /// Begins to watch, and says what is there already.
    ///
    /// # Errors
    /// udev can't be asked.
    pub fn watch() -> io::Result<(Self, Vec<Port>)> {
        let mut monitor = MonitorBuilder::new()?;
        for subsystem in SUBSYSTEMS {
            monitor = monitor.match_subsystem(subsystem)?;
        }
        // Listening first: what comes in between is told twice rather than not at all.
        let socket = AsyncMonitorSocket::new(monitor.listen()?)?;
        let mut there = Vec::new();
        for subsystem in SUBSYSTEMS {
            let mut enumerator = Enumerator::new()?;
            enumerator.match_subsystem(subsystem)?;
            there.extend(enumerator.scan_devices()?.filter_map(|device| port(&device)));
        }
        Ok((Self(socket), there))
    }

    /// Waits for the next change.
    ///
    /// # Errors
    /// udev tells nothing more.
    pub async fn next(&mut self) -> io::Result<Change> {
        loop {
            let event = self.0.next().await.ok_or(io::ErrorKind::UnexpectedEof)??;
            let change = match event.event_type() {
                EventType::Remove => place(&event.device()).map(Change::Gone),
                EventType::Add | EventType::Change => port(&event.device()).map(Change::Come),
                _ => None,
            };
            drop(event);
            if let Some(change) = change {
                return Ok(change);
            }
        }
    }
}

fn text(value: Option<&OsStr>) -> String {
    value.map(|text| text.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Where a device is; `None` for what is no port.
fn place(device: &Device) -> Option<Place> {
    let name = device.sysname().to_str()?;
    match device.subsystem()?.to_str()? {
        "net" => Some(Place::Can { interface: name.to_owned() }),
        "hidraw" => Some(Place::Hid { node: device.devnode()?.to_owned() }),
        "tty" => {
            let node = device.devnode()?.to_owned();
            // Those of a gadget (ttyGS) or of a virtual machine (hvc) are no ports.
            let by = match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
                "ttyACM" => Maker::Acm,
                "ttyUSB" | "ttyXRUSB" | "ttyCH343USB" => Maker::Adapter,
                "ttyS" | "ttyAMA" | "ttyTHS" | "ttymxc" => Maker::BuiltIn,
                _ => return None,
            };
            Some(Place::Serial { node, by })
        }
        _ => None,
    }
}

fn port(device: &Device) -> Option<Port> {
    let place = place(device)?;
    let parent = device.parent_with_subsystem_devtype("usb", "usb_device").ok().flatten();
    let usb = parent.as_ref().map(usb);
    let name = match &place {
        Place::Can { interface } => {
            let kind = text(device.attribute_value("type"));
            Some(interface.clone()).filter(|_| kind == CAN)?
        }
        Place::Hid { .. } => {
            // Keyboards and the like are many, and of no interest to anybody here.
            let usb = usb.as_ref().filter(|usb| hint(usb) == Hint::VoltronicHid)?;
            let parent = parent.as_ref()?;
            let bus = parent.parent_with_subsystem("pci").ok().flatten();
            let bus = bus.map(|bus| text(Some(bus.sysname()))).unwrap_or_else(|| "usb".to_owned());
            format!("hid-{bus}-{}-{:04x}:{:04x}", text(parent.attribute_value("devpath")), usb.vendor, usb.product)
        }
        Place::Serial { node, by: Maker::BuiltIn } => node.display().to_string(),
        Place::Serial { node, .. } => {
            let links = text(device.property_value("DEVLINKS"));
            let serial = usb.as_ref().map(|usb| usb.serial.as_str().to_owned()).unwrap_or_default();
            let stable = stable_name(links.split_ascii_whitespace(), &serial).map(str::to_owned);
            stable.unwrap_or_else(|| node.display().to_string())
        }
        Place::Network { .. } => return None,
    };
    Some(Port { name, place, usb })
}

fn usb(device: &Device) -> Usb {
    let attribute = |name: &str| text(device.attribute_value(name));
    let number = |name: &str| u16::from_str_radix(&attribute(name), 16).unwrap_or_default();
    Usb {
        vendor: number("idVendor"),
        product: number("idProduct"),
        maker: Text::new(&attribute("manufacturer")),
        model: Text::new(&attribute("product")),
        serial: Text::new(&attribute("serial")),
        network: is_network(device.syspath()),
    }
}

/// Whether a USB device is a network card or a modem too: one of its interfaces has such a device.
fn is_network(device: &Path) -> bool {
    let interfaces = std::fs::read_dir(device).into_iter().flatten().flatten();
    interfaces
        .flat_map(|interface| ["net", "wwan", "usbmisc"].map(|kind| interface.path().join(kind)))
        .any(|path| path.is_dir())
}

/// A port whose node a person names, with what udev knows of it.
pub fn named(node: &Path) -> Option<Port> {
    let node = std::fs::canonicalize(node).ok()?;
    let subsystems = SUBSYSTEMS.iter().filter_map(|subsystem| {
        let mut enumerator = Enumerator::new().ok()?;
        enumerator.match_subsystem(subsystem).ok()?;
        let device = enumerator.scan_devices().ok()?.find(|device| device.devnode() == Some(&node))?;
        port(&device)
    });
    subsystems.into_iter().next()
}
