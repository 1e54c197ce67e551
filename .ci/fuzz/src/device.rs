//! A device whose answers are the fuzzer's bytes, and what holds for every conversation with it.
//!
//! ```text
//!   [how][length: 2][bytes] …      how: 0 silence, 1 the bytes as they are, 2 as a reply with the right frame and checksum,
//!                                  3 the same between garbage and the echo of the request; + 4: byte by byte; + 8: and silence
//! ```
//!
//! No fuzzer finds checksums, so the targets make them: what is tried is mostly what stands in a frame that is whole.

use std::collections::HashSet;
use std::sync::OnceLock;
use std::time::Duration;

use power::conversation::{Conversation, Heard, Step, Unheard};
use power::line::Line;
use power::protocol::registry::Protocol;
use power::reading::Text;
use power::readings::{Device as Found, Readings, State};
use power::sentence;

use crate::{byte, part};

/// The device.
#[derive(Debug)]
pub struct Device<'d>(pub &'d [u8]);

/// One answer.
struct Answer<'d> {
    how: u8,
    bytes: &'d [u8],
}

impl<'d> Device<'d> {
    fn next(&mut self) -> Answer<'d> {
        let how = byte(&mut self.0);
        let bytes = if how & 3 == 0 { &[] } else { part(&mut self.0) };
        Answer { how, bytes }
    }

    /// The bytes with which a device begins to answer so.
    pub fn answering(how: u8, answers: &[&[u8]]) -> Vec<u8> {
        answers.iter().flat_map(|answer| [&[how], &*crate::parted(&[answer])].concat()).collect()
    }
}

/// Plays a conversation of a protocol, and those that follow it. `frame` makes a reply to a request out of what is in it.
pub fn play(protocol: Protocol, data: &[u8], frame: impl Fn(&[u8], &[u8]) -> Vec<u8>) {
    static REQUESTS: OnceLock<HashSet<Vec<u8>>> = OnceLock::new();
    // The lists of these are long; they say by themselves what is in them.
    let asks_itself = matches!(protocol, Protocol::Sunspec | Protocol::Nut | Protocol::VenusMqtt);
    let requests = REQUESTS.get_or_init(|| match asks_itself {
        true => HashSet::new(),
        false => protocol.requests().into_iter().collect(),
    });
    let allows = |request: &[u8]| if asks_itself { protocol.allows(request) } else { requests.contains(request) };
    let mut device = Device(data);
    let mut conversation = protocol.begin();
    for _ in 0..4 {
        let Ok(found) = whole(&mut *conversation, &mut device, &allows, &frame) else { return };
        heard(protocol, &found);
        match conversation.again() {
            Some(again) => conversation = again,
            None => return,
        }
    }
}

/// Plays a conversation to its end.
fn whole(
    conversation: &mut dyn Conversation,
    device: &mut Device<'_>,
    allows: &dyn Fn(&[u8]) -> bool,
    frame: &dyn Fn(&[u8], &[u8]) -> Vec<u8>,
) -> Result<Heard, Unheard> {
    for _ in 0..5000 {
        let step = conversation.next();
        assert_eq!(conversation.next(), step, "asked again it says something else");
        let request = match &step {
            Step::End(end) => {
                conversation.received(b"more");
                conversation.silent();
                assert_eq!(conversation.next(), step, "it goes on after its end");
                return end.clone();
            }
            Step::Send(request, patience) => {
                assert!(allows(request), "{request:02X?} is in no list");
                assert!(!patience.is_zero());
                request.as_slice()
            }
            Step::Listen(_) => &[],
        };
        let Answer { how, bytes } = device.next();
        let answer = match how & 3 {
            0 => Vec::new(),
            1 => bytes.to_vec(),
            2 => frame(request, bytes),
            _ => [b"\xFF\x00garb", request, &frame(request, bytes), b"age\x00"].concat(),
        };
        let piece = if how & 4 == 0 { answer.len().max(1) } else { 1 };
        answer.chunks(piece).for_each(|piece| conversation.received(piece));
        if conversation.next() == step || how & 8 != 0 {
            conversation.silent();
        }
    }
    panic!("it never ends");
}

/// What holds for everything that was heard.
pub fn heard(protocol: Protocol, found: &Heard) {
    let Heard { identity, reading } = found;
    assert!(reading.battery.charge.is_none_or(|soc| soc.charge.get() <= 1000), "{reading:?}");
    assert!(reading.battery.health.is_none_or(|health| health.get() <= 1000), "{reading:?}");
    let texts = [Some(&identity.maker), Some(&identity.model), identity.serial.as_ref(), identity.firmware.as_ref()];
    for text in texts.into_iter().flatten() {
        assert_eq!(Text::new(text.as_str()), *text, "a text that is not harmless");
    }
    assert!(!sentence::said(reading).chars().any(char::is_control));
    // It is kept in a file and read back.
    let mut device = Found::new("port".to_owned(), "place".to_owned());
    (device.state, device.protocol, device.line) = (State::Heard, Some(protocol), Some(Line::Tcp(502)));
    (device.identity, device.reading, device.heard_at) = (Some(identity.clone()), Some(reading.clone()), Some(1.0));
    assert!(!sentence::device(&device, Duration::from_secs(2)).chars().any(char::is_control));
    let readings = Readings::new(vec![device]);
    let text = readings.text().expect("every value has its place in JSON");
    assert_eq!(Readings::parse(text.as_bytes()).expect("it can be read"), readings);
}
