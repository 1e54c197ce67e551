//! Devices on the network, and all ports at once: what is found, and everything that goes wrong.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod peers;

use std::fs;
use std::time::Duration;

use peers::devices::{self, Silent};
use peers::pty::Pty;
use peers::tcp::{Replies, Server, upsd, venus};
use peers::{adapter, attempts, follower, heard, modbus, until_change};
use power::conversation::Unheard;
use power::detect::course::Change;
use power::detect::plan::Attempt;
use power::detect::port::{Place, Port, Service};
use power::drive::follow::Event;
use power::hub::Hub;
use power::line::Line;
use power::protocol::registry::Protocol;
use power::readings::{Readings, State};
use power::settings::Settings;

fn network(server: &Server, service: Service) -> Port {
    Port { name: "network".to_owned(), place: server.place(service), usb: None }
}

#[tokio::test]
async fn what_is_found() {
    let gx = Server::new(|| Replies(|bytes: &[u8]| modbus::gx().tcp(bytes)));
    let broker = Server::new(|| Replies(venus));
    let inverter = Server::new(|| Replies(|bytes: &[u8]| modbus::sunspec().tcp(bytes)));
    let ups = Server::new(|| Replies(upsd));
    for (server, service, protocol, maker, pv, charge) in [
        (&gx, Service::Venus, Protocol::VictronGx, "Victron", Some(812), Some(760)),
        (&broker, Service::Venus, Protocol::VenusMqtt, "Victron", Some(812), Some(765)),
        (&inverter, Service::Sunspec, Protocol::Sunspec, "Fronius", Some(3210), None),
        (&ups, Service::Nut, Protocol::Nut, "APC", None, Some(880)),
    ] {
        let port = network(server, service);
        let (mut follower, events) = follower(port.place.clone(), attempts(&port));
        assert_eq!(until_change(&mut follower, 4).await, Change::Found, "{events:?}");
        // And once more, as one that is known.
        assert_eq!(follower.once().await, Change::None);
        let (attempt, heard) = heard(&events);
        assert_eq!((attempt.protocol, heard.identity.maker.as_str()), (protocol, maker));
        assert_eq!(heard.reading.pv.map(|power| power.0), pv);
        assert_eq!(heard.reading.battery.charge.map(|charge| charge.charge.get()), charge);
        let reads = events.lock().unwrap().iter().filter(|event| matches!(event, Event::Heard { .. })).count();
        assert_eq!(reads, 2);
    }
    // Who is known is not asked again for what is known.
    assert_eq!(ups.sent(), ["LIST UPS\n", "LIST VAR shed\n", "LIST VAR shed\n"].map(|line| line.as_bytes().to_vec()));
}

#[tokio::test]
async fn what_goes_wrong() {
    // Nobody is there: the next way is tried.
    let nobody = Place::Network { host: "127.0.0.1".to_owned(), service: Service::Venus, port: None };
    let one = |protocol, port| Attempt { protocol, line: Line::Tcp(port) };
    let broker = Server::new(|| Replies(venus));
    let ways = vec![one(Protocol::VictronGx, 1), one(Protocol::VenusMqtt, broker.port)];
    let (mut elsewhere, events) = follower(nobody, ways);
    assert_eq!(until_change(&mut elsewhere, 2).await, Change::Found);
    assert!(
        events.lock().unwrap().iter().any(|event| matches!(event, Event::Broken(why) if why.starts_with("opening")))
    );
    // Silent; of another kind; closed in the middle of a frame; only half of each frame.
    let silent = Server::new(|| Silent);
    let other = Server::new(|| Replies(|_: &[u8]| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()));
    let half = Server::new(|| {
        Replies(|bytes: &[u8]| {
            let answer = modbus::gx().tcp(bytes);
            answer[..answer.len() / 2].to_vec()
        })
    });
    for (server, expected) in [
        (&silent, Unheard::Silent),
        (&other, Unheard::Other("a Victron GX's")),
        (&half, Unheard::Other("a Victron GX's")),
    ] {
        let attempts = vec![one(Protocol::VictronGx, server.port)];
        let (mut follower, _) = follower(server.place(Service::Venus), attempts);
        assert_eq!(follower.once().await, Change::Nothing(expected));
    }
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = [0; 64];
        let length = stream.read(&mut buffer).unwrap();
        let answer = modbus::gx().tcp(&buffer[..length]);
        stream.write_all(&answer[..9]).unwrap();
    });
    let place = Place::Network { host: "127.0.0.1".to_owned(), service: Service::Venus, port: Some(port) };
    let (mut closed, events) = follower(place, vec![one(Protocol::VictronGx, port)]);
    assert_eq!(closed.once().await, Change::Nothing(Unheard::Silent));
    assert!(events.lock().unwrap().contains(&Event::Broken(format!("127.0.0.1 port {port} broke off"))), "{events:?}");
}

/// Lets the hub work until its readings are as wanted.
async fn until(hub: &mut Hub, wanted: impl Fn(&Readings) -> bool) -> Readings {
    for _ in 0..2000 {
        if wanted(&hub.readings()) {
            return hub.readings();
        }
        let _ = tokio::time::timeout(Duration::from_millis(20), hub.happens()).await;
    }
    panic!("{:?}", hub.readings());
}

#[tokio::test]
async fn many_ports_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("readings.json");
    let mut hub = Hub::new(file.clone(), None);
    let victron = Pty::new(devices::smart_solar());
    let mut port = adapter(&victron.path());
    port.name = "victron".to_owned();
    hub.plug(port.clone());
    hub.plug(port.clone());
    // Another one that says the same of itself.
    let other = Pty::new(Silent);
    let mut alike = adapter(&other.path());
    alike.name = "victron".to_owned();
    hub.plug(alike);
    let readings = until(&mut hub, |readings| readings.devices.iter().any(|device| device.state == State::Heard)).await;
    assert_eq!(readings.devices.len(), 2);
    assert!(readings.devices[1].port.starts_with("victron (/"), "{readings:?}");
    hub.write().unwrap();
    let written = Readings::parse(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(written, hub.readings());
    assert!(!folder.path().join("readings.new").exists());

    // A person names the battery, a port to be left alone, and a device on the network.
    let broker = Server::new(|| Replies(upsd));
    let settings = format!(
        "format = 1\n[[port]]\nname = \"{}\"\nuse = \"never\"\n[[network]]\nhost = \"127.0.0.1\"\nservice = \"nut\"\nport = {}\n\
         [[battery]]\nport = \"victron\"\nname = \"Roof\"\nchemistry = \"flooded\"\nvolts = 12\n",
        readings.devices[1].port, broker.port
    );
    hub.set(Settings::parse(&settings).unwrap());
    let settled = |readings: &Readings| {
        let has = |state, named: bool| {
            readings.devices.iter().any(|device| device.state == state && device.battery.is_some() == named)
        };
        has(State::LeftAlone, false) && has(State::Heard, false) && has(State::Heard, true)
    };
    let readings = until(&mut hub, settled).await;
    assert_eq!(readings.devices.len(), 3);
    let roof = readings.devices.iter().find(|device| device.battery.is_some()).unwrap();
    assert_eq!(roof.reading.as_ref().unwrap().battery.charge.map(|charge| charge.charge.get()), Some(1000));
    hub.set_wrong("reading settings.toml: it is wrong".to_owned());
    assert!(hub.readings().trouble.is_some());
    hub.set(Settings::default());
    assert_eq!((hub.readings().devices.len(), hub.readings().trouble), (2, None));

    // What is unplugged is told no more.
    hub.unplug(|place| *place == port.place);
    assert_eq!(hub.readings().devices.len(), 1);
    hub.write().unwrap();
    assert_eq!(Readings::parse(&fs::read(&file).unwrap()).unwrap().devices.len(), 1);
}

/// After a restart of the daemon what was found before is tried first.
#[tokio::test]
async fn what_was_found_before_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let (file, memory) = (folder.path().join("readings.json"), folder.path().join("found.json"));
    let start = || Hub::new(file.clone(), Some(memory.clone()));
    let is_heard = |readings: &Readings| readings.devices.iter().any(|device| device.state == State::Heard);
    let jbd = Pty::new(devices::jbd());
    let mut hub = start();
    hub.plug(adapter(&jbd.path()));
    until(&mut hub, is_heard).await;
    hub.write().unwrap();
    assert!(jbd.sent().iter().any(|(rate, _)| *rate == 2400), "other protocols were tried first");
    hub.unplug(|_| true);
    drop(hub);
    // The task that followed the port ends, and its port is closed.
    tokio::time::sleep(Duration::from_millis(100)).await;
    jbd.record.lock().unwrap().clear();
    let mut hub = start();
    hub.plug(adapter(&jbd.path()));
    until(&mut hub, is_heard).await;
    assert!(jbd.sent().iter().all(|(rate, _)| *rate == 9600), "{:?}", jbd.sent());
    // A memory that is damaged is none.
    fs::write(&memory, "{").unwrap();
    assert!(start().readings().devices.is_empty());
}
