//! Devices for tests: what they say is written out here by hand or from recordings, with checksums of their own, and none of the
//! library's code. They hang on pseudo terminals, which are real terminals to the library, or on TCP.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic, reason = "tests, each of which uses a part")]

pub mod devices;
pub mod modbus;
pub mod pty;
pub mod tcp;

use std::sync::{Arc, Mutex};

use power::detect::course::{Change, Course};
use power::detect::plan::{Attempt, Plan, plan};
use power::detect::port::{Maker, Place, Port, Usb};
use power::drive::follow::{Event, Follower};
use power::line::Line;
use power::protocol::registry::Protocol;

/// A device, simulated.
pub trait Device: Send {
    /// The rate that it speaks with; `None`: any.
    fn rate(&self) -> Option<u32> {
        None
    }
    /// What it says to what came.
    fn asked(&mut self, bytes: &[u8]) -> Vec<u8>;
    /// What it says by itself, every tenth of a second.
    fn unasked(&mut self) -> Vec<u8> {
        Vec::new()
    }
}

/// What a simulated device has heard.
pub type Record = Arc<Mutex<Vec<(u32, Vec<u8>)>>>;

/// Bytes from hexadecimal digits.
pub fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// An adapter that says nothing of what is behind it.
pub fn adapter(node: &std::path::Path) -> Port {
    let usb = Usb { vendor: 0x1A86, product: 0x7523, ..Usb::default() };
    let place = Place::Serial { node: node.to_owned(), by: Maker::Adapter };
    Port { name: "adapter".to_owned(), place, usb: Some(usb) }
}

/// What is tried on a port.
pub fn attempts(port: &Port) -> Vec<Attempt> {
    match plan(port, None) {
        Plan::Try(attempts) => attempts,
        Plan::LeftAlone(why) => panic!("{why}"),
    }
}

pub fn serial(protocol: Protocol, rate: u32) -> Attempt {
    Attempt { protocol, line: Line::Serial(rate) }
}

/// Follows a place with these attempts; what is told is collected.
pub fn follower(place: Place, attempts: Vec<Attempt>) -> (Follower, Arc<Mutex<Vec<Event>>>) {
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = events.clone();
    let follower = Follower::new(
        place,
        Course::new(attempts, None).unwrap(),
        Arc::new(move |event| told.lock().unwrap().push(event)),
    );
    (follower, events)
}

/// Tries until the course has something to say, at most so often.
pub async fn until_change(follower: &mut Follower, most: usize) -> Change {
    for _ in 0..most {
        let change = follower.once().await;
        if change != Change::None {
            return change;
        }
    }
    Change::None
}

/// The last device that was heard.
pub fn heard(events: &Mutex<Vec<Event>>) -> (Attempt, power::conversation::Heard) {
    let events = events.lock().unwrap();
    let last = events.iter().rev().find_map(|event| match event {
        Event::Heard { attempt, heard, .. } => Some((*attempt, (**heard).clone())),
        _ => None,
    });
    last.unwrap_or_else(|| panic!("{events:?}"))
}
