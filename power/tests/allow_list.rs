//! Records every byte that is sent to devices while they are looked for and read, and holds it against a table that is written out
//! here by hand, from the makers' papers and not from the library's own lists.
//!
//! Each device is offered everything that is tried on an adapter that says nothing of itself: a silent one, one that answers
//! noise, and one for each protocol that answers well.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod peers;

use std::collections::BTreeSet;

use peers::devices::{self, Noise, Silent, axpert_says};
use peers::pty::Pty;
use peers::tcp::{Replies, Server, upsd, venus};
use peers::{Device, adapter, attempts, follower, hex, modbus};
use power::detect::plan::Attempt;
use power::detect::port::{Place, Port, Service};
use power::line::Line;
use power::protocol::registry::{ALL, Protocol};

/// A request, and the rates that it may be sent with.
type Allowed = (Vec<u8>, &'static [u32]);

/// CRC-16/XMODEM, with the bytes that would end a frame one higher.
fn voltronic(text: &str) -> Vec<u8> {
    let crc = text.bytes().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| if crc >> 15 == 1 { crc << 1 ^ 0x1021 } else { crc << 1 })
    });
    let fixed = crc.to_be_bytes().map(|byte| if [0x28, 0x0D, 0x0A].contains(&byte) { byte + 1 } else { byte });
    [text.as_bytes(), &fixed, b"\r"].concat()
}

fn modbus(frame: &str) -> Vec<u8> {
    let mut bytes = hex(frame);
    let crc = bytes.iter().fold(0xFFFF_u16, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xA001 } else { crc >> 1 })
    });
    bytes.extend(crc.to_le_bytes());
    bytes
}

fn daly(what: u8, filling: u8) -> Vec<u8> {
    let mut bytes = [&[0xA5, 0x40, what, 8][..], &[filling; 8]].concat();
    bytes.push(bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)));
    bytes
}

fn pylontech(text: &str) -> Vec<u8> {
    let sum = text.bytes().fold(0_u16, |sum, byte| sum.wrapping_sub(byte.into()));
    format!("~{text}{sum:04X}\r").into_bytes()
}

/// Inquiries of Voltronic's papers 'HS_MS_MSX RS232 Protocol', PI16, PI17 and PI18: `Q…` and `^P…`. Commands that set begin otherwise.
const INQUIRIES: [&str; 9] = ["QPI", "QID", "QVFW", "QMN", "QPIRI", "QPIGS", "QPIGS2", "QPIWS", "QMOD"];
const INQUIRIES_17: [&str; 8] =
    ["^P003PI", "^P003ID", "^P004VFW", "^P003MD", "^P003GS", "^P003PS", "^P003WS", "^P004MOD"];
const INQUIRIES_18: [&str; 7] = ["^P005PI", "^P005ID", "^P006VFW", "^P007PIRI", "^P005GS", "^P006FWS", "^P006MOD"];

fn voltronics() -> Vec<Vec<u8>> {
    let plain = INQUIRIES.iter().chain(&INQUIRIES_17).chain(&INQUIRIES_18).map(|text| format!("{text}\r").into_bytes());
    plain.chain(INQUIRIES.iter().chain(&INQUIRIES_18).map(|text| voltronic(text))).collect()
}

/// Everything that may ever be sent on a serial line.
fn serial() -> Vec<Allowed> {
    let mut all: Vec<Allowed> = voltronics().into_iter().map(|request| (request, &[2400][..])).collect();
    let mut add = |rates: &'static [u32], requests: Vec<Vec<u8>>| {
        all.extend(requests.into_iter().map(|request| (request, rates)))
    };
    add(&[9600], ["DD A5 03 00 FF FD 77", "DD A5 04 00 FF FC 77", "DD A5 05 00 FF FB 77"].map(hex).to_vec());
    // D9 and DA would switch, 21 would set the charge, 00 restart it.
    add(
        &[9600],
        [0x90, 0x91, 0x92, 0x93, 0x98, 0x50]
            .into_iter()
            .flat_map(|what| [0, 0xAA].map(|fill| daly(what, fill)))
            .collect(),
    );
    // Unit 1, function 3: first register, how many.
    let deye = [
        "0000 0008",
        "00A6 001D",
        "0065 000F",
        "003B 0001",
        "024A 000C",
        "026B 0023",
        "02A0 0013",
        "0229 0006",
        "01F4 0001",
    ];
    let growatt = ["0009 0006", "002B 0001", "0017 0007"];
    add(&[9600], deye.iter().chain(&growatt).map(|range| modbus(&format!("01 03 {range}"))).collect());
    // Function 4.
    add(&[9600], ["0000 002D", "004D 0002"].map(|range| modbus(&format!("01 04 {range}"))).to_vec());
    let epever = ["3000 0009", "3100 0008", "310C 0006", "311A 0001", "3200 0003", "331B 0002"];
    add(&[115_200], epever.map(|range| modbus(&format!("01 04 {range}"))).to_vec());
    // Function 43/14: who it is.
    add(&[115_200], vec![modbus("01 2B 0E 01 00")]);
    add(&[115_200], vec![hex("4E 57 00 13 00 00 00 00 06 03 00 00 00 00 00 00 68 00 00 01 29")]);
    // The version, the maker, measured values, the state, the alarms; of batteries from 2, 1, 0 and 0x12 on.
    let mut batteries = Vec::new();
    for address in [2, 1, 0, 0x12_u8] {
        batteries.extend(["4F", "51", "61", "62"].map(|command| pylontech(&format!("20{address:02X}46{command}0000"))));
        batteries.push(pylontech(&format!("20{address:02X}4642E002FF")));
        batteries.extend((0..0x22).map(|module| pylontech(&format!("20{address:02X}4642E002{module:02X}"))));
    }
    // Each module is asked by its own address.
    batteries.extend((0..0x22).map(|module| pylontech(&format!("20{module:02X}4642E002{module:02X}"))));
    add(&[9600, 115_200], batteries);
    all
}

/// Splits what was sent with one rate into requests; panics at the first byte that is of none.
fn requests(rate: u32, sent: &[u8], allowed: &[Allowed]) -> BTreeSet<Vec<u8>> {
    let (mut rest, mut found) = (sent, BTreeSet::new());
    while !rest.is_empty() {
        let fits = allowed.iter().filter(|(request, rates)| rates.contains(&rate) && rest.starts_with(request));
        let longest = fits.max_by_key(|(request, _)| request.len());
        let (request, _) = longest.unwrap_or_else(|| panic!("NOT ALLOWED with {rate} bits a second: {rest:02X?}"));
        found.insert(request.clone());
        rest = &rest[request.len()..];
    }
    found
}

/// All that was sent over a port.
fn sent(pty: &Pty) -> BTreeSet<Vec<u8>> {
    let (allowed, record) = (serial(), pty.sent());
    let rates: BTreeSet<u32> = record.iter().map(|(rate, _)| *rate).collect();
    let all = rates.into_iter().flat_map(|rate| {
        let bytes: Vec<u8> =
            record.iter().filter(|(own, _)| *own == rate).flat_map(|(_, bytes)| bytes.clone()).collect();
        requests(rate, &bytes, &allowed)
    });
    all.collect()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Offers a device everything that is tried on an adapter, then reads it twice more.
fn offered(device: impl Device + 'static) -> std::thread::JoinHandle<BTreeSet<Vec<u8>>> {
    std::thread::spawn(move || {
        let pty = Pty::new(device);
        let port = adapter(&pty.path());
        let all = attempts(&port);
        let many = all.len();
        let (mut follower, _) = follower(port.place.clone(), all);
        block_on(async {
            for _ in 0..many + 2 {
                follower.once().await;
            }
        });
        sent(&pty)
    })
}

#[test]
fn serial_devices_are_only_asked_what_is_allowed() {
    let answering = [
        offered(devices::smart_solar()),
        offered(devices::axpert()),
        offered(devices::jbd()),
        offered(devices::daly()),
        offered(modbus::deye()),
        offered(modbus::deye_three()),
        offered(modbus::growatt()),
        offered(modbus::epever()),
        offered(devices::pylontech()),
        offered(devices::jk()),
        offered(Noise(0x1234_5678_9ABC_DEF1)),
    ];
    let silent = offered(Silent).join().unwrap();
    // That nothing was recorded would be no proof.
    let first = ["DD A5 03 00 FF FD 77", "4E 57 00 13 00 00 00 00 06 03 00 00 00 00 00 00 68 00 00 01 29"].map(hex);
    let first = first.into_iter().chain([
        voltronic("QPI"),
        daly(0x90, 0),
        modbus("01 03 0000 0008"),
        modbus("01 03 0009 0006"),
        modbus("01 2B 0E 01 00"),
        pylontech("2002464F0000"),
    ]);
    for request in first {
        assert!(silent.contains(&request), "{request:02X?} was not sent");
    }
    let [victron, axpert, jbd, daly_sent, deye, three, growatt, epever, pylon, jk, noise] =
        answering.map(|task| task.join().unwrap());
    assert!(victron.is_empty(), "VE.Direct is only listened to: {victron:02X?}");
    assert!(axpert.contains(&voltronic("QPIGS")) && jbd.contains(&hex("DD A5 05 00 FF FB 77")));
    assert!(daly_sent.contains(&daly(0x98, 0)) && deye.contains(&modbus("01 03 00A6 001D")));
    assert!(three.contains(&modbus("01 03 024A 000C")) && growatt.contains(&modbus("01 04 0000 002D")));
    assert!(epever.contains(&modbus("01 04 331B 0002")) && pylon.contains(&pylontech("2002464F0000")));
    assert!(jk.len() > 5 && noise.len() > 5);
}

/// What the library would let through is no more than this table, also what no device here made it ask.
#[test]
fn the_lists_have_no_more_than_is_allowed() {
    let allowed: BTreeSet<Vec<u8>> = serial().into_iter().map(|(request, _)| request).collect();
    for entry in ALL {
        if entry.lines.iter().any(|line| matches!(line, Line::Serial(_) | Line::Hid)) {
            for request in entry.protocol.requests() {
                assert!(allowed.contains(&request), "{}: {request:02X?}", entry.name);
            }
        }
    }
    for protocol in [Protocol::VeDirect, Protocol::JkHeard, Protocol::PylontechCan] {
        assert!(protocol.requests().is_empty());
    }
    // What changes something is let through by nobody.
    for forbidden in [
        daly(0xD9, 0),
        daly(0xDA, 1),
        daly(0x21, 0),
        daly(0x00, 0),
        hex("DD 5A E1 02 00 02 FF 1B 77"),
        modbus("01 06 00F4 0001"),
        modbus("01 10 00F4 0001 02 0001"),
        modbus("01 05 0000 FF00"),
        modbus("01 03 7530 0001"),
        voltronic("POP02"),
        voltronic("PBT00"),
        voltronic("PF"),
        voltronic("^S007POP1"),
        b":8F0ED0071\n".to_vec(),
        b":154\n".to_vec(),
        b":64F\n".to_vec(),
        b"\x30\x10\x00\x0EW/e0ff50a097c0".to_vec(),
        b"SET VAR shed ups.delay.shutdown \"0\"\n".to_vec(),
        b"INSTCMD shed shutdown.return\n".to_vec(),
        b"FSD shed\n".to_vec(),
        b"LIST VAR a\nFSD a\n".to_vec(),
    ] {
        for entry in ALL {
            assert!(!entry.protocol.allows(&forbidden), "{}: {forbidden:02X?}", entry.name);
        }
    }
}

#[test]
fn hid_devices_are_only_asked_what_is_allowed() {
    for answers in [false, true] {
        let mut request = Vec::new();
        let device = Replies(move |bytes: &[u8]| {
            request
                .extend(bytes.chunks(9).flat_map(|report| report[1..].iter().copied().take_while(|byte| *byte != 0)));
            let answer = axpert_says(&request).filter(|_| answers);
            if request.ends_with(b"\r") {
                request.clear();
            }
            answer.unwrap_or_default()
        });
        let pty = Pty::new(device);
        raw(&pty);
        let hid = Attempt { protocol: Protocol::Voltronic, line: Line::Hid };
        let (mut follower, _) = follower(Place::Hid { node: pty.path() }, vec![hid]);
        block_on(async {
            follower.once().await;
            follower.once().await;
        });
        let bytes: Vec<u8> = pty.sent().into_iter().flat_map(|(_, bytes)| bytes).collect();
        let (reports, rest) = bytes.as_chunks::<9>();
        assert!(rest.is_empty() && reports.iter().all(|report| report[0] == 0), "{bytes:02X?}");
        let text: Vec<u8> =
            reports.iter().flat_map(|report| report[1..].iter().copied().take_while(|byte| *byte != 0)).collect();
        let allowed: Vec<Allowed> = voltronics().into_iter().map(|request| (request, &[0][..])).collect();
        let found = requests(0, &text, &allowed);
        assert!(found.contains(&voltronic("QPI")) && found.contains(&voltronic("QPIGS")) == answers);
    }
}

/// A terminal echoes until it is told not to; a HID node is none.
fn raw(pty: &Pty) {
    let node =
        rustix::fs::open(pty.path(), rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY, rustix::fs::Mode::empty())
            .unwrap();
    let mut settings = rustix::termios::tcgetattr(&node).unwrap();
    settings.make_raw();
    rustix::termios::tcsetattr(&node, rustix::termios::OptionalActions::Now, &settings).unwrap();
}

/// Reads something on the network twice, or as often as there are attempts; what was sent.
fn spoken(server: &Server, service: Service, protocol: Protocol) -> Vec<Vec<u8>> {
    let port = Port { name: "network".to_owned(), place: server.place(service), usb: None };
    let own: Vec<Attempt> = attempts(&port).into_iter().filter(|attempt| attempt.protocol == protocol).collect();
    let (mut follower, _) = follower(port.place, own);
    block_on(async {
        follower.once().await;
        follower.once().await;
    });
    server.sent()
}

/// A question of Modbus TCP: its unit, register and count, if its function is 3 and nothing else is in it.
fn holding(frame: &[u8]) -> Option<(u8, u16, u16)> {
    let [_, _, 0, 0, 0, 6, unit, 3, a, b, c, d] = frame else { return None };
    Some((*unit, u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])))
}

#[test]
fn modbus_on_the_network_is_only_asked_what_is_allowed() {
    let gx_ranges = [(800, 6), (840, 7), (808, 19), (850, 1)];
    let is_gx = |frame: &Vec<u8>| {
        holding(frame).is_some_and(|(unit, at, count)| unit == 100 && gx_ranges.contains(&(at, count)))
    };
    // Chains begin at 40000, 50000 or 0, of unit 1, Kostal's 71 or SMA's 126; 2000 registers are followed, and 64 read at once.
    let is_sunspec = |frame: &Vec<u8>| {
        holding(frame).is_some_and(|(unit, at, count)| {
            let place = [(1, 40_000), (1, 50_000), (1, 0), (71, 40_000), (126, 40_000)];
            count <= 64 && place.iter().any(|(own, base)| *own == unit && (*base..base + 2000).contains(&at))
        })
    };
    let mut device = modbus::gx();
    device.unit = 100;
    let gx = device.clone();
    let answering = Server::new(move || {
        let gx = gx.clone();
        Replies(move |bytes: &[u8]| gx.tcp(bytes))
    });
    let asked = spoken(&answering, Service::Venus, Protocol::VictronGx);
    assert!(asked.len() >= 8 && asked.iter().all(is_gx), "{asked:02X?}");
    let sunspec = Server::new(|| Replies(|bytes: &[u8]| modbus::sunspec().tcp(bytes)));
    let asked = spoken(&sunspec, Service::Sunspec, Protocol::Sunspec);
    assert!(asked.len() >= 8 && asked.iter().all(is_sunspec), "{asked:02X?}");
    let silent = Server::new(|| Silent);
    let asked =
        [spoken(&silent, Service::Venus, Protocol::VictronGx), spoken(&silent, Service::Sunspec, Protocol::Sunspec)];
    assert!(
        asked[0].iter().all(is_gx) && asked[1].iter().all(|frame| is_gx(frame) || is_sunspec(frame)),
        "{asked:02X?}"
    );
    for request in Protocol::Sunspec.requests().iter().step_by(997) {
        assert!(is_sunspec(request), "{request:02X?}");
    }
    assert!(Protocol::VictronGx.requests().iter().all(is_gx));
}

#[test]
fn brokers_and_upsd_are_only_asked_what_is_allowed() {
    let connect = b"\x10\x0C\x00\x04MQTT\x04\x02\x00\x0A\x00\x00";
    let keepalive = b"\x30\x1A\x00\x18R/e0ff50a097c0/keepalive";
    // 0x82 subscribes: it asks the broker for messages, and tells nobody anything.
    let is_mqtt = |packet: &Vec<u8>| packet == connect || packet == keepalive || packet.first() == Some(&0x82);
    let broker = Server::new(|| Replies(venus));
    let asked = spoken(&broker, Service::Venus, Protocol::VenusMqtt);
    assert!(asked.iter().all(is_mqtt) && asked.contains(&keepalive.to_vec()), "{asked:02X?}");
    assert!(!asked.iter().any(|packet| packet.windows(2).any(|pair| pair == b"W/")));
    let silent = Server::new(|| Silent);
    let asked = spoken(&silent, Service::Venus, Protocol::VenusMqtt);
    assert!(!asked.is_empty() && asked.iter().all(|packet| packet == connect), "{asked:02X?}");
    let server = Server::new(|| Replies(upsd));
    let asked = spoken(&server, Service::Nut, Protocol::Nut);
    let lines = [b"LIST UPS\n".to_vec(), b"LIST VAR shed\n".to_vec()];
    assert!(asked.iter().all(|line| lines.contains(line)) && asked.contains(&lines[1]), "{asked:?}");
    let silent = Server::new(|| Silent);
    assert!(spoken(&silent, Service::Nut, Protocol::Nut).iter().all(|line| *line == lines[0]));
}
