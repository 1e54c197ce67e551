//! Serial ports over real terminals: what is found, and everything that goes wrong.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod peers;

use std::time::{Duration, Instant};

use peers::devices::{self, Noise, Says, Silent, answers, axpert_says};
use peers::pty::Pty;
use peers::{Device, adapter, attempts, follower, heard, hex, modbus, serial, until_change};
use power::conversation::Unheard;
use power::detect::course::Change;
use power::detect::plan::Attempt;
use power::detect::port::Place;
use power::drive::follow::Event;
use power::line::Line;
use power::protocol::registry::Protocol;
use rustix::termios::{ControlModes, LocalModes};

/// How a device is plugged in, how it is found, its maker, and its battery's millivolts.
type Case = (Box<dyn FnOnce() -> Pty>, Attempt, &'static str, Option<i32>);

/// The devices, and what they say.
fn all() -> Vec<Case> {
    vec![
        (Box::new(|| Pty::new(devices::smart_solar())), serial(Protocol::VeDirect, 19_200), "Victron", Some(12_810)),
        (Box::new(|| Pty::new(devices::axpert())), serial(Protocol::Voltronic, 2400), "Voltronic", Some(54_500)),
        (Box::new(|| Pty::new(devices::jbd())), serial(Protocol::Jbd, 9600), "JBD", Some(15_600)),
        (Box::new(|| Pty::new(devices::daly())), serial(Protocol::Daly, 9600), "Daly", Some(26_400)),
        (Box::new(|| Pty::new(modbus::deye())), serial(Protocol::Deye, 9600), "Deye", Some(53_120)),
        (Box::new(|| Pty::new(modbus::growatt())), serial(Protocol::Growatt, 9600), "Growatt", Some(52_870)),
        (Box::new(|| Pty::new(modbus::epever())), serial(Protocol::Epever, 115_200), "EPEver", Some(26_870)),
        (Box::new(|| Pty::new(devices::pylontech())), serial(Protocol::Pylontech, 115_200), "", Some(26_638)),
        (Box::new(|| Pty::new(devices::jk())), serial(Protocol::Jk, 115_200), "JK", Some(53_590)),
    ]
}

/// Each is found among all that is tried, at its rate and by its protocol; so none is taken for another.
#[test]
fn every_device_is_found_among_all_attempts() {
    let found: Vec<_> = all()
        .into_iter()
        .map(|(plug, expected, maker, volts)| {
            let pty = plug();
            let task = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let port = adapter(&pty.path());
                    let (mut follower, events) = follower(port.place.clone(), attempts(&port));
                    let change = until_change(&mut follower, 20).await;
                    assert_eq!(change, Change::Found, "{expected:?}: {:?}", events.lock().unwrap());
                    // And read again, as one that is known.
                    follower.once().await;
                    let (_, heard) = heard(&events);
                    let reads =
                        events.lock().unwrap().iter().filter(|event| matches!(event, Event::Heard { .. })).count();
                    (heard.clone(), self::heard(&events).0, reads)
                })
            });
            (task, expected, maker, volts)
        })
        .collect();
    for (task, expected, maker, volts) in found {
        let (heard, attempt, reads) = task.join().unwrap();
        assert_eq!((attempt, reads), (expected, 2));
        assert!(heard.identity.maker.as_str().starts_with(maker), "{heard:?}");
        assert_eq!(heard.reading.battery.voltage.map(|voltage| voltage.0), volts, "{heard:?}");
    }
}

#[tokio::test]
async fn how_a_port_is_set_up() {
    let pty = Pty::new(devices::smart_solar());
    let (mut follower, _) = follower(adapter(&pty.path()).place, vec![serial(Protocol::VeDirect, 19_200)]);
    assert_eq!(until_change(&mut follower, 1).await, Change::Found);
    let settings = pty.settings();
    assert_eq!((settings.input_speed(), settings.output_speed()), (19_200, 19_200));
    let modes = settings.control_modes;
    assert!(modes.contains(ControlModes::CS8 | ControlModes::CREAD | ControlModes::CLOCAL));
    assert!(
        !modes.intersects(ControlModes::PARENB | ControlModes::CSTOPB | ControlModes::CRTSCTS | ControlModes::HUPCL)
    );
    assert!(!settings.local_modes.intersects(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG));
    // It is open here alone.
    let (mut other, events) = self::follower(adapter(&pty.path()).place, vec![serial(Protocol::VeDirect, 19_200)]);
    assert_eq!(other.once().await, Change::None);
    assert!(events.lock().unwrap().contains(&Event::Busy), "{events:?}");
    drop(follower);
    assert_eq!(other.once().await, Change::Found);
}

#[tokio::test]
async fn a_silent_device() {
    let pty = Pty::new(Silent);
    let three = vec![serial(Protocol::VeDirect, 19_200), serial(Protocol::Jbd, 9600), serial(Protocol::Daly, 9600)];
    let (mut follower, _) = follower(adapter(&pty.path()).place, three);
    assert_eq!(until_change(&mut follower, 3).await, Change::Nothing(Unheard::Silent));
}

#[tokio::test]
async fn garbage() {
    let pty = Pty::new(Noise(0x1234_5678_9ABC_DEF1));
    // One of each way to find what is said: listening, frames that begin and end, frames that are as long as was asked.
    let some =
        [(Protocol::VeDirect, 19_200), (Protocol::Voltronic, 2400), (Protocol::Jbd, 9600), (Protocol::Deye, 9600)];
    let some = some.map(|(protocol, rate)| serial(protocol, rate)).to_vec();
    let (mut follower, events) = follower(adapter(&pty.path()).place, some);
    let began = Instant::now();
    let change = until_change(&mut follower, 20).await;
    assert!(matches!(change, Change::Nothing(Unheard::Other(_))), "{change:?}");
    assert!(began.elapsed() < Duration::from_secs(40), "a device that never stops talking gets no more time");
    assert!(!events.lock().unwrap().iter().any(|event| matches!(event, Event::Heard { .. })));
}

#[tokio::test]
async fn half_frames() {
    let values = hex(
        "DD 03 00 1D 06 18 00 00 01 F2 01 F4 00 00 2C 7C 00 00 00 00 00 00 80 64 03 04 03 0B 8B 0B 8A 0B 84 FA 8D 77",
    );
    let jbd = |whole_after: usize| {
        let values = values.clone();
        let mut asked = 0;
        answers(Some(9600), move |request: &[u8]| {
            (request.starts_with(&hex("DD A5 03 00 FF FD 77"))).then(|| {
                asked += 1;
                if asked > whole_after { values.clone() } else { values[..20].to_vec() }
            })
        })
    };
    // Torn once, and asked again.
    let pty = Pty::new(jbd(1));
    let (mut torn, events) = follower(adapter(&pty.path()).place, vec![serial(Protocol::Jbd, 9600)]);
    assert_eq!(torn.once().await, Change::Found);
    assert_eq!(heard(&events).1.reading.battery.voltage.map(|voltage| voltage.0), Some(15_600));
    // Never whole.
    let pty = Pty::new(jbd(usize::MAX));
    let (mut never, _) = follower(adapter(&pty.path()).place, vec![serial(Protocol::Jbd, 9600)]);
    assert_eq!(never.once().await, Change::Nothing(Unheard::Other("a JBD's")));
    // Of what is only listened to.
    let Says(rate, block) = devices::smart_solar();
    let pty = Pty::new(Says(rate, block[..block.len() / 2].to_vec()));
    let (mut halves, _) = follower(adapter(&pty.path()).place, vec![serial(Protocol::VeDirect, 19_200)]);
    assert!(matches!(halves.once().await, Change::Nothing(Unheard::Other(_))));
}

#[tokio::test]
async fn another_device_on_the_same_adapter() {
    /// A VE.Direct device, and after a while a JBD.
    struct Exchanged(std::sync::Arc<std::sync::atomic::AtomicBool>, Says, Box<dyn Device>);
    impl Exchanged {
        fn is(&self) -> bool {
            self.0.load(std::sync::atomic::Ordering::Relaxed)
        }
    }
    impl Device for Exchanged {
        fn rate(&self) -> Option<u32> {
            if self.is() { self.2.rate() } else { self.1.rate() }
        }
        fn asked(&mut self, bytes: &[u8]) -> Vec<u8> {
            if self.is() { self.2.asked(bytes) } else { Vec::new() }
        }
        fn unasked(&mut self) -> Vec<u8> {
            if self.is() { Vec::new() } else { self.1.unasked() }
        }
    }
    let exchanged = std::sync::Arc::default();
    let pty = Pty::new(Exchanged(std::sync::Arc::clone(&exchanged), devices::smart_solar(), Box::new(devices::jbd())));
    let both = vec![serial(Protocol::VeDirect, 19_200), serial(Protocol::Jbd, 9600)];
    let (mut follower, events) = follower(adapter(&pty.path()).place, both);
    assert_eq!(follower.once().await, Change::Found);
    assert_eq!(heard(&events).1.identity.maker.as_str(), "Victron");
    exchanged.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(until_change(&mut follower, 5).await, Change::Lost(Unheard::Silent));
    assert_eq!(until_change(&mut follower, 5).await, Change::Found);
    assert_eq!(heard(&events).0, serial(Protocol::Jbd, 9600));
}

#[tokio::test]
async fn unplugged_in_the_middle_of_a_frame() {
    let mut pty = Pty::new(devices::smart_solar());
    let (mut follower, events) = follower(adapter(&pty.path()).place, vec![serial(Protocol::VeDirect, 19_200)]);
    assert_eq!(follower.once().await, Change::Found);
    let Says(rate, block) = devices::smart_solar();
    pty.unplug();
    pty.plug(Says(rate, block[..block.len() / 2].to_vec()));
    // The old terminal is gone; at the new one half a block has come when it goes too.
    assert_eq!(follower.once().await, Change::None);
    let unplugging = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(700));
        pty.unplug();
        pty
    });
    assert_eq!(follower.once().await, Change::None);
    let mut pty = unplugging.join().unwrap();
    let last = |events: &std::sync::Mutex<Vec<Event>>| events.lock().unwrap().last().cloned();
    assert!(matches!(last(&events), Some(Event::Broken(why)) if why.ends_with("broke off")), "{:?}", last(&events));
    // Nothing is there.
    assert_eq!(follower.once().await, Change::None);
    assert!(matches!(last(&events), Some(Event::Broken(why)) if why.starts_with("opening")), "{:?}", last(&events));
    // Plugged in again, it is known still.
    pty.plug(devices::smart_solar());
    assert_eq!(follower.once().await, Change::None);
    assert!(matches!(last(&events), Some(Event::Heard { found: false, .. })), "{:?}", last(&events));
}

/// A terminal in the place of a HID node: reports come with the number 0 before them, and are filled with zeros.
#[tokio::test]
async fn reports_of_hid() {
    let mut request = Vec::new();
    let device = peers::tcp::Replies(move |bytes: &[u8]| {
        let mut said = Vec::new();
        for report in bytes.chunks(9) {
            assert_eq!((report.len(), report[0]), (9, 0), "{bytes:02X?}");
            request.extend(report[1..].iter().copied().take_while(|byte| *byte != 0));
            if let Some(answer) = axpert_says(&request) {
                said = answer.clone();
                said.resize(answer.len().next_multiple_of(8), 0);
                request.clear();
            } else if request.ends_with(b"\r") {
                request.clear();
            }
        }
        said
    });
    let pty = Pty::new(device);
    // A terminal echoes until it is told not to; a HID node is none.
    let raw =
        rustix::fs::open(pty.path(), rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY, rustix::fs::Mode::empty())
            .unwrap();
    let mut settings = rustix::termios::tcgetattr(&raw).unwrap();
    settings.make_raw();
    rustix::termios::tcsetattr(&raw, rustix::termios::OptionalActions::Now, &settings).unwrap();
    let hid = Attempt { protocol: Protocol::Voltronic, line: Line::Hid };
    let (mut follower, events) = follower(Place::Hid { node: pty.path() }, vec![hid]);
    assert_eq!(follower.once().await, Change::Found, "{events:?}");
    let (_, heard) = heard(&events);
    assert_eq!(heard.identity.model.as_str(), "MKS2-8000");
    assert_eq!(heard.reading.battery.charge.map(|charge| charge.charge.get()), Some(830));
}
