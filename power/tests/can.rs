//! A battery on a virtual CAN bus. It needs `vcan0`, which few kernels on build machines have:
//! `ip link add vcan0 type vcan && ip link set vcan0 up`. Without it the test says 'skipped'.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod peers;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use peers::{follower, heard, hex};
use power::conversation::Unheard;
use power::detect::course::Change;
use power::detect::plan::Attempt;
use power::detect::port::Place;
use power::drive::follow::Event;
use power::line::Line;
use power::protocol::registry::Protocol;
use socketcan::{CanFrame, CanSocket, EmbeddedFrame as _, Frame as _, Socket as _, StandardId};

/// As batteries sent them; 305 would be an inverter's.
const USUAL: [(u16, &str); 6] = [
    (0x359, "00 00 00 00 0A 50 4E"),
    (0x351, "14 02 74 0E 74 0E CC 01"),
    (0x355, "1A 00 64 00"),
    (0x356, "7A 13 F2 FE 6B 01"),
    (0x35C, "C0 00"),
    (0x35E, "50 59 4C 4F 4E 20 20 20"),
];

#[tokio::test]
async fn a_battery_on_a_bus() {
    let place = || Place::Can { interface: "vcan0".to_owned() };
    let attempt = || vec![Attempt { protocol: Protocol::PylontechCan, line: Line::Can(500_000) }];
    if !Path::new("/sys/class/net/vcan0").exists() {
        // Without a bus there is at least an error that says so.
        let (mut none, events) = follower(place(), attempt());
        assert_eq!(none.once().await, Change::None);
        let told = events.lock().unwrap().clone();
        assert!(matches!(told.last(), Some(Event::Broken(why)) if why.starts_with("opening vcan0: ")), "{told:?}");
        eprintln!("skipped: there is no vcan0");
        return;
    }
    let (mut silent, _) = follower(place(), attempt());
    assert_eq!(silent.once().await, Change::Nothing(Unheard::Silent));
    // Whatever is sent on the bus is seen here: a listener sends nothing.
    let witness = CanSocket::open("vcan0").unwrap();
    witness.set_nonblocking(true).unwrap();
    let stop = Arc::<AtomicBool>::default();
    let stopped = stop.clone();
    let battery = std::thread::spawn(move || {
        let socket = CanSocket::open("vcan0").unwrap();
        while !stopped.load(Ordering::Relaxed) {
            for (id, data) in USUAL {
                let frame = CanFrame::new(StandardId::new(id).unwrap(), &hex(data)).unwrap();
                socket.write_frame(&frame).unwrap();
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    let (mut follower, events) = follower(place(), attempt());
    assert_eq!(follower.once().await, Change::Found);
    let (_, heard) = heard(&events);
    assert_eq!(heard.reading.battery.charge.map(|charge| charge.charge.get()), Some(260));
    assert_eq!(heard.reading.battery.voltage.map(|voltage| voltage.0), Some(49_860));
    stop.store(true, Ordering::Relaxed);
    battery.join().unwrap();
    let mut seen = 0;
    while let Ok(frame) = witness.read_frame() {
        assert!(USUAL.iter().any(|(id, _)| u32::from(*id) == frame.raw_id()), "{frame:?}");
        seen += 1;
    }
    assert!(seen >= USUAL.len());
}
