//! The conversation: MQTT 3.1.1 over TCP, as far as one who subscribes needs it.
//!
//! ```text
//!   CONNECT ──► CONNACK ──► SUBSCRIBE ──► SUBACK ──► whose id? ──► PUBLISH R/<id>/keepalive, empty ──► values ──► complete
//! ```
//!
//! Each exchange has a connection of its own, and a clean session: nothing of it is left with the broker. Whatever is published is of
//! quality 0, so nothing is acknowledged.
//!
//! Invariant: the bytes of [`requests`] and [`requests_of`] are all that is sent; of what can be published only the empty keepalive.
//!
//! Source: MQTT 3.1.1 (OASIS), chapters 3.1 to 3.9, as the crate rumqttc has its packets.

use std::time::Duration;

use rumqttc::mqttbytes::v4::{ConnAck, Connect, ConnectReturnCode, Packet, Subscribe, SubscribeFilter};
use rumqttc::mqttbytes::{Error, QoS};

use super::{PortalId, Venus, publishes, subscriptions};
use crate::conversation::{Conversation, Heard, Step, Unheard};

/// The largest packet that is looked at.
const LARGEST: usize = 8 << 10;

/// So many bytes in one exchange are enough: a whole system has some 20 KiB.
const ENOUGH: usize = 512 << 10;

/// For an answer of the broker.
const ANSWER: Duration = Duration::from_secs(4);

/// For an id to be heard: a system that nobody listens to says it every few seconds, and a broker keeps it.
const ID: Duration = Duration::from_secs(8);

/// For all values. Systems that don't say when they are complete say each within some seconds.
const VALUES: Duration = Duration::from_secs(6);

/// What it is called in 'what it says is not …'.
const NAME: &str = "MQTT";

fn bytes(packet: &Packet) -> Vec<u8> {
    let mut bytes = bytes::BytesMut::new();
    // What is made here is far below any limit.
    let _ = packet.write(&mut bytes, LARGEST);
    bytes.to_vec()
}

fn connect() -> Vec<u8> {
    bytes(&Packet::Connect(Connect::new("")))
}

fn subscribe(id: Option<&PortalId>) -> Vec<u8> {
    let topics = subscriptions(id).into_iter().map(|topic| SubscribeFilter::new(topic, QoS::AtMostOnce));
    let mut subscribe = Subscribe::new_many(topics);
    subscribe.pkid = 1;
    bytes(&Packet::Subscribe(subscribe))
}

fn keepalive(id: &PortalId) -> Vec<u8> {
    let packets = publishes(id).into_iter().map(|publish| {
        let publish = rumqttc::mqttbytes::v4::Publish::new(publish.topic, QoS::AtMostOnce, publish.payload);
        bytes(&Packet::Publish(publish))
    });
    packets.flatten().collect()
}

/// Each request that is ever sent, but those of [`requests_of`].
pub fn requests() -> Vec<Vec<u8>> {
    vec![connect(), subscribe(None)]
}

/// Each request that is ever sent for a system.
pub fn requests_of(id: &PortalId) -> Vec<Vec<u8>> {
    vec![subscribe(Some(id)), keepalive(id)]
}

/// Whether a request is one of [`requests`], or one of [`requests_of`] any system.
pub fn allows(request: &[u8]) -> bool {
    // An id has at most 32 characters, so both can be found by where it would stand.
    let id = |before: &[u8], behind: &[u8]| {
        let at = request.windows(before.len()).position(|window| window == before)? + before.len();
        let rest = request.get(at..)?;
        let length = rest.windows(behind.len()).position(|window| window == behind)?;
        PortalId::new(std::str::from_utf8(rest.get(..length)?).ok()?)
    };
    let known = id(b"R/", b"/keepalive").or_else(|| id(b"N/", b"/system/0/"));
    requests().iter().any(|own| own == request)
        || known.is_some_and(|id| requests_of(&id).iter().any(|own| own == request))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Connecting,
    Subscribing,
    Identifying,
    Reading,
}

/// A conversation with the broker of a Venus OS.
#[derive(Clone, Debug)]
pub struct Talk {
    venus: Venus,
    known: Option<PortalId>,
    stage: Stage,
    stream: bytes::BytesMut,
    came: usize,
    trouble: Option<Unheard>,
    end: Option<Result<Heard, Unheard>>,
}

impl Default for Talk {
    fn default() -> Self {
        Self::new()
    }
}

impl Talk {
    /// With a stranger: whose system is it, and how is it?
    pub fn new() -> Self {
        Self::with(None)
    }

    /// How is this system?
    pub fn of(id: PortalId) -> Self {
        Self::with(Some(id))
    }

    fn with(known: Option<PortalId>) -> Self {
        Self {
            venus: known.clone().map_or_else(Venus::new, Venus::of),
            known,
            stage: Stage::Connecting,
            stream: bytes::BytesMut::new(),
            came: 0,
            trouble: None,
            end: None,
        }
    }

    fn packet(&mut self, packet: Packet) {
        match (self.stage, packet) {
            (Stage::Connecting, Packet::ConnAck(ConnAck { code, .. })) => {
                let why = match code {
                    ConnectReturnCode::Success => {
                        self.stage = Stage::Subscribing;
                        return;
                    }
                    ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized => "it wants a password",
                    _ => "it takes no connection",
                };
                self.end = Some(Err(Unheard::Refused(why.to_owned())));
            }
            (Stage::Subscribing, Packet::SubAck(_)) => self.stage = Stage::Identifying,
            (_, Packet::Publish(publish)) => {
                if let Err(bad) = self.venus.take(&publish.topic, &publish.payload) {
                    self.trouble = Some(Unheard::Impossible(bad.to_string()));
                }
            }
            _ => {}
        }
        if self.stage == Stage::Identifying && self.venus.id().is_some() {
            self.stage = Stage::Reading;
        }
        if self.stage == Stage::Reading && self.venus.is_complete() {
            self.over();
        }
    }

    /// What was told is what there is.
    fn over(&mut self) {
        let heard = Heard { identity: self.venus.identity(), reading: self.venus.reading() };
        self.end.get_or_insert_with(|| match self.trouble.take() {
            Some(trouble) if heard.reading.is_empty() => Err(trouble),
            _ if self.venus.id().is_some() && self.stage == Stage::Reading => Ok(heard),
            _ if self.came == 0 => Err(Unheard::Silent),
            _ if self.stage == Stage::Identifying => Err(Unheard::Other("a Venus OS's")),
            _ => Err(Unheard::Other(NAME)),
        });
    }
}

impl Conversation for Talk {
    fn next(&self) -> Step {
        match (&self.end, self.stage, self.venus.id()) {
            (Some(end), ..) => Step::End(end.clone()),
            (None, Stage::Connecting, _) => Step::Send(connect(), ANSWER),
            (None, Stage::Subscribing, _) => Step::Send(subscribe(self.known.as_ref()), ANSWER),
            (None, Stage::Reading, Some(id)) => Step::Send(keepalive(id), VALUES),
            (None, Stage::Identifying | Stage::Reading, _) => Step::Listen(ID),
        }
    }

    fn received(&mut self, bytes: &[u8]) {
        self.came = self.came.saturating_add(bytes.len());
        for piece in bytes.chunks(LARGEST) {
            self.stream.extend_from_slice(piece);
            while self.end.is_none() {
                match Packet::read(&mut self.stream, LARGEST) {
                    Ok(packet) => self.packet(packet),
                    Err(Error::InsufficientBytes(_)) => break,
                    Err(_) => self.end = Some(Err(Unheard::Other(NAME))),
                }
            }
            if self.end.is_some() {
                self.stream.clear();
                return;
            }
        }
        if self.came > ENOUGH {
            self.over();
        }
    }

    fn silent(&mut self) {
        self.over();
    }

    fn again(&self) -> Option<Box<dyn Conversation + Send>> {
        let id = self.venus.id().filter(|_| matches!(self.end, Some(Ok(_))))?;
        Some(Box::new(Self::of(id.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::tests::Random;

    const SYSTEM: &str = "e0ff50a097c0";

    fn published(topic: &str, payload: &str) -> Vec<u8> {
        let [length, topic_length] = [topic.len() + payload.len() + 2, topic.len()].map(|length| length as u8);
        assert!(length < 0x80);
        [&[0x30, length, 0, topic_length], topic.as_bytes(), payload.as_bytes()].concat()
    }

    fn system(request: &[u8]) -> Vec<u8> {
        let told = |path: &str, payload: &str| published(&format!("N/{SYSTEM}/{path}"), payload);
        match request.first() {
            Some(0x10) => vec![0x20, 2, 0, 0],
            Some(0x82) => {
                [vec![0x90, 5, 0, 1, 0, 0, 0], told("system/0/Serial", r#"{"value":"e0ff50a097c0"}"#)].concat()
            }
            Some(0x30) => [
                told("system/0/Dc/Battery/Soc", r#"{"value":76.5}"#),
                told("system/0/Dc/Pv/Power", r#"{"value":812}"#),
                told("full_publish_completed", r#"{"value":1702459522}"#),
            ]
            .concat(),
            _ => Vec::new(),
        }
    }

    fn play(mut talk: Talk, system: &mut dyn FnMut(&[u8]) -> Vec<u8>, piece: usize) -> (Result<Heard, Unheard>, usize) {
        for sent in 0..20 {
            let step = talk.next();
            let answer = match &step {
                Step::End(end) => return (end.clone(), sent),
                Step::Send(request, _) => {
                    assert!(allows(request));
                    system(request)
                }
                Step::Listen(_) => Vec::new(),
            };
            answer.chunks(piece).for_each(|piece| talk.received(piece));
            if talk.next() == step {
                talk.silent();
            }
        }
        panic!("it never ends");
    }

    #[test]
    fn a_conversation_in_pieces() {
        for piece in 1..40 {
            let (heard, sent) = play(Talk::new(), &mut system, piece);
            let heard = heard.unwrap();
            assert_eq!(heard.reading.battery.charge.map(|soc| soc.charge.get()), Some(765));
            assert_eq!((heard.reading.pv.map(|power| power.0), sent), (Some(812), 3));
            assert_eq!(heard.identity.serial.as_ref().map(|id| id.as_str()), Some(SYSTEM));
        }
        let of = Talk::of(PortalId::new(SYSTEM).unwrap());
        assert!(play(of, &mut system, 1000).0.is_ok());
        let mut other = Talk::of(PortalId::new("c0619ab00000").unwrap());
        assert!(other.again().is_none());
        assert!(play(other.clone(), &mut system, 1000).0.unwrap().reading.is_empty(), "another system's values");
        other.silent();
        assert!(other.again().is_none());
    }

    #[test]
    fn what_is_sent_is_what_is_listed() {
        let id = PortalId::new(SYSTEM).unwrap();
        let keepalive = [b"\x30\x1A\x00\x18R/e0ff50a097c0/keepalive".as_slice()].concat();
        assert_eq!(requests_of(&id).last(), Some(&keepalive));
        assert_eq!(
            requests().first().map(Vec::as_slice),
            Some(b"\x10\x0C\x00\x04MQTT\x04\x02\x00\x0A\x00\x00".as_slice())
        );
        assert!(requests().iter().chain(&requests_of(&id)).all(|request| allows(request)));
        for bad in [
            b"\x30\x1C\x00\x18R/e0ff50a097c0/keepalive{}".as_slice(),
            b"\x30\x1A\x00\x18W/e0ff50a097c0/keepalive",
            b"\x30\x1A\x00\x18R/e0ff50a097c0/keepaliveX",
            b"\x31\x1A\x00\x18R/e0ff50a097c0/keepalive",
            b"\x30\x0F\x00\x0DR/+/keepalive",
            b"",
        ] {
            assert!(!allows(bad), "{bad:?}");
        }
    }

    #[test]
    fn brokers_that_are_none_or_refuse() {
        let end = |answer: &[u8]| play(Talk::new(), &mut |_| answer.to_vec(), 1000).0;
        assert_eq!(end(b""), Err(Unheard::Silent));
        assert_eq!(end(b"\x20\x02\x00\x05"), Err(Unheard::Refused("it wants a password".to_owned())));
        assert_eq!(end(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Err(Unheard::Other(NAME)));
        assert_eq!(end(b"\x20\x02\x00\x00"), Err(Unheard::Other(NAME)), "it says nothing more");
        let mut broker = |request: &[u8]| match request.first() {
            Some(0x10) => vec![0x20, 2, 0, 0],
            Some(0x82) => vec![0x90, 5, 0, 1, 0, 0, 0],
            _ => Vec::new(),
        };
        assert_eq!(play(Talk::new(), &mut broker, 1000).0, Err(Unheard::Other("a Venus OS's")), "a broker of others");
    }

    fn arbitrary(random: &mut Random) {
        let mut system = |request: &[u8]| {
            let mut answer = system(request);
            for _ in 0..random.next() % 4 {
                let at = random.next() % (answer.len() + 1);
                match random.next() % 3 {
                    0 => answer.truncate(at),
                    1 => answer.insert(at, random.next() as u8),
                    _ => answer.get_mut(at).into_iter().for_each(|byte| *byte = random.next() as u8),
                }
            }
            answer
        };
        let _ = play(Talk::new(), &mut system, 1000);
    }

    #[test]
    fn arbitrary_bytes_do_no_harm() {
        let mut random = Random::SEED;
        (0..5000).for_each(|_| arbitrary(&mut random));
    }

    #[test]
    #[ignore = "long"]
    fn for_long_venus_talk() {
        crate::protocol::tests::for_long(arbitrary);
    }
}
