//! Solar devices on the shipped image: an adapter that is plugged in and out of a running node, with a device behind it that speaks
//! its protocol.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use formats::size::Bytes;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story};
use serde_json::json;

/// What is said where no port is.
const NOTHING: &str = "No port that a solar device could be on was found";

/// What a charger says each second: a block of VE.Direct's text protocol but for its checksum.
const CHARGER: &str = "\r\nPID\t0xA057\r\nFW\t161\r\nSER#\tHQ2132ABCDE\r\nV\t13190\r\nI\t2000\r\nVPV\t36200\r\nPPV\t27\r\nCS\t3\r\n\
    ERR\t0\r\nChecksum\t";

/// What a JBD battery is asked, and says.
const BATTERY_ASKED: [u8; 7] = [0xDD, 0xA5, 0x03, 0x00, 0xFF, 0xFD, 0x77];
const BATTERY: [u8; 23] = [
    0x14, 0x96, 0x00, 0x00, 0x10, 0x68, 0x13, 0x88, 0x00, 0x00, 0x2C, 0x7C, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10,
    0x54, 0x03, 0x10, 0x00,
];

/// A device behind an adapter, and all bytes that the node sent to it.
struct Device {
    sent: Arc<Mutex<Vec<u8>>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Device {
    /// Waits for QEMU at a socket, and speaks: `talks` is called each second, and with what came.
    fn start(socket: &Path, mut talks: impl FnMut(&[u8]) -> Vec<u8> + Send + 'static) -> Result<Self> {
        let listener = UnixListener::bind(socket).context("a socket")?;
        let (sent, ends) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (record, ended) = (Arc::clone(&sent), Arc::clone(&ends));
        let thread = thread::spawn(move || {
            let Ok((mut port, _)) = listener.accept() else { return };
            let _ = port.set_read_timeout(Some(Duration::from_secs(1)));
            while !ended.load(Ordering::Relaxed) {
                if exchange(&mut port, &record, &mut talks).is_none() {
                    return;
                }
            }
        });
        Ok(Self { sent, ends, thread: Some(thread) })
    }

    fn sent(&self) -> Vec<u8> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What comes, or a second without anything, and what is said to it; nothing once the other side is gone.
fn exchange(port: &mut UnixStream, record: &Mutex<Vec<u8>>, talks: &mut dyn FnMut(&[u8]) -> Vec<u8>) -> Option<()> {
    let mut bytes = [0; 256];
    let came = match port.read(&mut bytes) {
        Ok(0) => return None,
        Ok(length) => &bytes[..length],
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => &[],
        Err(_) => return None,
    };
    record.lock().unwrap_or_else(PoisonError::into_inner).extend(came);
    port.write_all(&talks(came)).ok()
}

impl Drop for Device {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A block with its checksum: all bytes together are 0 modulo 256.
fn block() -> Vec<u8> {
    let sum = CHARGER.bytes().fold(0_u8, u8::wrapping_add);
    [CHARGER.as_bytes(), &[0_u8.wrapping_sub(sum)]].concat()
}

/// A reply of the battery's: from the length on all bytes and the checksum are 0 modulo 65536.
fn reply() -> Vec<u8> {
    let length = u8::try_from(BATTERY.len()).unwrap_or_default();
    let sum = BATTERY.iter().fold(u16::from(length), |sum, byte| sum.wrapping_add(u16::from(*byte)));
    let checksum = 0_u16.wrapping_sub(sum).to_be_bytes();
    [&[0xDD, 0x03, 0x00, length], BATTERY.as_slice(), &checksum, &[0x77]].concat()
}

/// Whether these bytes are lines of a charger's own, and nothing else.
fn is_echo(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let own = |line: &str| CHARGER.lines().any(|own| own.contains(line)) || line.starts_with("Checksum\t");
    text.split(['\r', '\n']).all(own)
}

/// Plugs an adapter in whose other end is at a socket.
fn plug(node: &mut Running<'_>, socket: &Path, id: &str) -> Result<()> {
    let address = json!({ "type": "unix", "data": { "path": socket } });
    let backend = json!({ "type": "socket", "data": { "addr": address, "server": false } });
    node.qmp().execute("chardev-add", json!({ "id": id, "backend": backend }))?;
    let device = json!({ "driver": "usb-serial", "bus": "usb.0", "chardev": id, "id": format!("adapter-{id}") });
    node.qmp().execute("device_add", device)?;
    Ok(())
}

/// Pulls it out.
fn unplug(node: &mut Running<'_>, id: &str) -> Result<()> {
    node.qmp().execute("device_del", json!({ "id": format!("adapter-{id}") }))?;
    Ok(())
}

/// Waits until a list of devices has this in it; returns it.
fn lists(node: &mut Running<'_>, text: &str) -> Result<String> {
    let found = node.wait(&format!("'{text}' in the list"), |node| {
        let list = node.try_run("ilanga-power list")?.output;
        Ok(list.contains(text).then_some(list))
    });
    if found.is_err() {
        let journal =
            node.run("ilanga-power list --json; journalctl -b -o cat -u ilanga-power | tail -30; ls -l /dev/ttyUSB*")?;
        return found.with_context(|| journal);
    }
    Ok(found?)
}

#[test]
fn devices_are_found_while_they_are_plugged_in_and_out() -> Result<()> {
    let story = Story::begin("solar");
    let machine = Machine::new("solar", &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).usb();
    let sockets = machine.folder().to_owned();
    let mut machine = machine.disk_size(Bytes(16 << 30))?.look_in()?.patience(Duration::from_secs(300));
    let mut node = machine.start()?;
    let state = node.wait_until_started()?;
    ensure!(state == "running", "the node is {state}: {}", node.run("systemctl --failed --no-legend --plain")?);
    let nothing = node.run("ilanga-power list")?;
    story.said("without a device", &nothing);
    ensure!(nothing.contains(NOTHING), "{nothing}");

    let socket = sockets.join("charger");
    let charger = Device::start(&socket, |_| block())?;
    plug(&mut node, &socket, "charger")?;
    story.said("a charger", &lists(&mut node, "27 W")?);
    // What the kernel's own terminal gives back of what waited in the adapter when it was opened for the first time: docs/solar.md.
    let sent = charger.sent();
    ensure!(is_echo(&sent), "it was sent {:?}", String::from_utf8_lossy(&sent));
    story.found(&format!("the kernel gave {} bytes back to it", sent.len()));
    unplug(&mut node, "charger")?;
    story.said("when it is unplugged", &lists(&mut node, NOTHING)?);
    drop(charger);

    // The same adapter, and another device behind it.
    let socket = sockets.join("battery");
    let mut heard = Vec::new();
    let battery = Device::start(&socket, move |came| {
        heard.extend_from_slice(came);
        if heard.ends_with(&BATTERY_ASKED) { reply() } else { Vec::new() }
    })?;
    plug(&mut node, &socket, "battery")?;
    story.said("a battery", &lists(&mut node, "84 %")?);
    let sent = battery.sent();
    ensure!(sent.windows(7).any(|window| window == BATTERY_ASKED), "it was sent {sent:02X?}");
    story.said("what it was sent", &format!("{sent:02X?}"));
    unplug(&mut node, "battery")?;
    lists(&mut node, NOTHING)?;
    drop(battery);

    // The charger once more: the adapter's terminal is silent by now.
    let socket = sockets.join("again");
    let charger = Device::start(&socket, |_| block())?;
    plug(&mut node, &socket, "again")?;
    story.said("the charger once more", &lists(&mut node, "27 W")?);
    ensure!(charger.sent().is_empty(), "it was sent {:?}", charger.sent());
    let readings = node.run("cat /run/ilanga/power/readings.json")?;
    story.said("for programs", &readings);
    story.said(
        "what it costs",
        &node.run(
            "systemctl show ilanga-power -p MemoryPeak -p CPUUsageNSec; \
             systemd-analyze security ilanga-power --no-pager | tail -1; journalctl -b -o cat -u ilanga-power",
        )?,
    );
    Ok(node.power_off()?)
}
