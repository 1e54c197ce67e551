//! Peers that others wrote: pymodbus over a terminal and over TCP, NUT's upsd with its dummy-ups, mosquitto. Debian has them; a test
//! whose peer is missing says 'skipped'.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod peers;

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use peers::pty::Cable;
use peers::{adapter, follower, heard, serial};
use power::detect::course::Change;
use power::detect::plan::Attempt;
use power::detect::port::{Place, Service};
use power::drive::follow::Event;
use power::line::Line;
use power::protocol::registry::Protocol;

/// A program that runs until the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program(candidates: &[&str]) -> Option<PathBuf> {
    let found = candidates.iter().map(PathBuf::from).find(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: {candidates:?} is not here");
    }
    found
}

fn start(command: &mut Command) -> Running {
    Running(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap())
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

fn wait_for(port: u16) {
    for _ in 0..600 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("nobody listens on port {port}");
}

fn network(service: Service, port: u16) -> Place {
    Place::Network { host: "127.0.0.1".to_owned(), service, port: Some(port) }
}

/// Debian's Python, if it has pymodbus and pyserial.
fn python() -> Option<PathBuf> {
    let python = program(&["/usr/bin/python3"])?;
    let has = Command::new(&python).args(["-c", "import pymodbus.server, serial"]).stderr(Stdio::null()).status();
    let has = has.is_ok_and(|status| status.success());
    if !has {
        eprintln!("skipped: python3-pymodbus or python3-serial is not here");
    }
    has.then_some(python)
}

/// A server of registers. Debian 12 has pymodbus 3.0 and Debian 13 has 3.8: both have these names.
const SERVER: &str = r#"
import sys
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusSlaveContext, ModbusServerContext
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.server import StartSerialServer, StartTcpServer
try:
    from pymodbus.framer import FramerType
    RTU = FramerType.RTU
except ImportError:
    from pymodbus.transaction import ModbusRtuFramer as RTU

def text(registers, words):
    data = words.encode().ljust(2 * registers, b"\0")
    return [data[i] << 8 | data[i + 1] for i in range(0, 2 * registers, 2)]

kind, where = sys.argv[1], sys.argv[2]
registers = [0] * 51000
def put(first, values):
    registers[first + 1:first + 1 + len(values)] = values
if kind == "deye":
    put(0, [3, 1, 0x0104]); put(3, text(5, "2207079999")); put(59, [2])
    put(182, [1253, 5312, 76, 0, 410, 371, 0, 0, 512, 964]); put(178, [843])
elif kind == "epever":
    put(0x3000, [15000, 2000, 0xCB20, 0, 2400, 2000, 0xCB20, 0, 2])
    put(0x3100, [3650, 512, 0x48FC, 0, 2687, 690, 0x4868, 0]); put(0x311A, [73]); put(0x331B, [540, 0])
elif kind == "gx":
    put(800, text(6, "e0ff50a097c0")); put(840, [521, 65506, 65380, 76, 1, 400, 100]); put(850, [812])
elif kind == "sunspec":
    put(40000, [0x5375, 0x6E53, 1, 66] + text(16, "Fronius") + text(16, "Symo 5.0") + [0] * 34)
    put(40070, [103, 50] + [0x8000] * 12 + [3210, 0] + [0x8000] * 22 + [4] + [0x8000] * 13)
    put(40122, [0xFFFF, 0])
block = ModbusSequentialDataBlock(0, registers)
unit = 100 if kind == "gx" else 1
context = ModbusServerContext(slaves={unit: ModbusSlaveContext(hr=block, ir=block)}, single=False)
identity = ModbusDeviceIdentification(info_name={"VendorName": "EPsolar Tech co., Ltd", "ProductCode": "Tracer2215BN", "MajorMinorRevision": "V01.56"})
if where.startswith("/"):
    StartSerialServer(context=context, identity=identity, framer=RTU, port=where, baudrate=int(sys.argv[3]), timeout=1)
else:
    StartTcpServer(context=context, identity=identity, address=("127.0.0.1", int(where)))
"#;

#[tokio::test]
async fn pymodbus_on_a_serial_line() {
    let Some(python) = python() else { return };
    for (kind, protocol, rate, maker, charge) in
        [("deye", Protocol::Deye, 9600, "Deye", 760), ("epever", Protocol::Epever, 115_200, "EPEver", 730)]
    {
        let cable = Cable::new();
        let _server = start(Command::new(&python).args(["-c", SERVER, kind]).arg(&cable.theirs).arg(rate.to_string()));
        let (mut follower, events) = follower(adapter(&cable.ours).place, vec![serial(protocol, rate)]);
        let mut change = Change::None;
        // Python takes its time to start.
        for _ in 0..20 {
            change = follower.once().await;
            if change == Change::Found {
                break;
            }
        }
        assert_eq!(change, Change::Found, "{events:?}");
        let (_, heard) = heard(&events);
        assert_eq!(heard.identity.maker.as_str(), maker);
        assert_eq!(heard.reading.battery.charge.map(|charge| charge.charge.get()), Some(charge));
    }
}

#[tokio::test]
async fn pymodbus_on_the_network() {
    let Some(python) = python() else { return };
    for (kind, service, protocol, model, pv) in [
        ("gx", Service::Venus, Protocol::VictronGx, "GX", Some(812)),
        ("sunspec", Service::Sunspec, Protocol::Sunspec, "Symo 5.0", Some(3210)),
    ] {
        let port = free_port();
        let _server = start(Command::new(&python).args(["-c", SERVER, kind]).arg(port.to_string()));
        wait_for(port);
        let attempt = Attempt { protocol, line: Line::Tcp(port) };
        let (mut follower, events) = follower(network(service, port), vec![attempt]);
        assert_eq!(follower.once().await, Change::Found, "{events:?}");
        let (_, heard) = heard(&events);
        assert_eq!((heard.identity.model.as_str(), heard.reading.pv.map(|power| power.0)), (model, pv));
    }
}

fn write(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
}

#[tokio::test]
async fn upsd_with_a_dummy() {
    let Some(upsd) = program(&["/lib/nut/upsd", "/usr/lib/nut/upsd"]) else { return };
    let Some(dummy) = program(&["/lib/nut/dummy-ups", "/usr/lib/nut/dummy-ups"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (at, port) = (|name: &str| folder.path().join(name), free_port());
    write(&at("nut.conf"), "MODE=standalone\n");
    write(&at("ups.conf"), "[shed]\n\tdriver = dummy-ups\n\tport = shed.dev\n\tdesc = \"Shed\"\n");
    write(&at("upsd.conf"), &format!("LISTEN 127.0.0.1 {port}\n"));
    write(&at("upsd.users"), "");
    let variables =
        "ups.mfr: Mecer\nups.model: Sine\nups.status: OL CHRG\nbattery.charge: 88\nbattery.voltage: 26.50\n";
    write(&at("shed.dev"), variables);
    let nut = |program: &Path| {
        let mut command = Command::new(program);
        command.env("NUT_CONFPATH", folder.path()).env("NUT_STATEPATH", folder.path());
        command.env("NUT_ALTPIDPATH", folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        command
    };
    // -D: stays in front; -u: as whoever runs the test.
    let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    let _driver = start(nut(&dummy).args(["-D", "-u", user.trim(), "-a", "shed"]));
    std::thread::sleep(Duration::from_secs(1));
    let _server = start(nut(&upsd).args(["-D", "-u", user.trim()]));
    wait_for(port);
    let attempt = Attempt { protocol: Protocol::Nut, line: Line::Tcp(port) };
    let (mut follower, events) = follower(network(Service::Nut, port), vec![attempt]);
    // Just started, upsd knows of a driver before it knows all that this says.
    for _ in 0..20 {
        follower.once().await;
        let is_whole =
            |event: &Event| matches!(event, Event::Heard { heard, .. } if heard.identity.model.as_str() == "Sine");
        if events.lock().unwrap().iter().any(is_whole) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let (_, heard) = heard(&events);
    assert_eq!(heard.identity.model.as_str(), "Sine");
    assert_eq!(heard.reading.battery.charge.map(|charge| charge.charge.get()), Some(880));
    assert_eq!(heard.reading.battery.voltage.map(|voltage| voltage.0), Some(26_500));
}

#[tokio::test]
async fn mosquitto_with_the_messages_of_a_venus() {
    let Some(mosquitto) = program(&["/usr/sbin/mosquitto"]) else { return };
    let Some(publish) = program(&["/usr/bin/mosquitto_pub"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let config = folder.path().join("mosquitto.conf");
    write(&config, &format!("listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n"));
    let _broker = start(Command::new(mosquitto).arg("-c").arg(&config));
    wait_for(port);
    // As a GX before Venus OS 3.20 leaves them with its broker.
    for (path, value) in [
        ("system/0/Serial", "\"e0ff50a097c0\""),
        ("system/0/Dc/Battery/Soc", "76.5"),
        ("system/0/Dc/Battery/Voltage", "52.01"),
        ("system/0/Dc/Pv/Power", "812"),
    ] {
        let topic = format!("N/e0ff50a097c0/{path}");
        let message = format!("{{\"value\": {value}}}");
        let port = port.to_string();
        let arguments = ["-h", "127.0.0.1", "-p", &port, "-r", "-t", &topic, "-m", &message];
        assert!(Command::new(&publish).args(arguments).status().unwrap().success());
    }
    let attempt = Attempt { protocol: Protocol::VenusMqtt, line: Line::Tcp(port) };
    let (mut follower, events) = follower(network(Service::Venus, port), vec![attempt]);
    assert_eq!(follower.once().await, Change::Found, "{events:?}");
    let (_, heard) = heard(&events);
    assert_eq!(heard.identity.serial.as_ref().map(|serial| serial.as_str()), Some("e0ff50a097c0"));
    assert_eq!(heard.reading.battery.charge.map(|charge| charge.charge.get()), Some(765));
    assert_eq!(heard.reading.pv.map(|power| power.0), Some(812));
    // Known, it is subscribed to by its id.
    assert_eq!(follower.once().await, Change::None);
}
