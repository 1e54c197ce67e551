//! Conversations with inverters that answer well, badly, partly, late, or not at all.

use super::*;
use crate::units::{Current, Power, Voltage};

/// A conversation, whose every request is held against the list.
pub(super) struct Play {
    talk: Talk,
    pub(super) sent: Vec<Vec<u8>>,
}

impl Play {
    pub(super) fn new(talk: Talk) -> Self {
        Self { talk, sent: Vec::new() }
    }

    /// What it wants to send, if it does.
    fn wish(&mut self) -> Option<Vec<u8>> {
        assert_eq!(self.talk.next(), self.talk.next());
        match self.talk.next() {
            Step::Send(request, _) => {
                assert!(requests().contains(&request), "{request:?} is not in the list");
                self.sent.push(request.clone());
                Some(request)
            }
            Step::Listen(_) | Step::End(_) => None,
        }
    }

    pub(super) fn receive(&mut self, bytes: &[u8]) {
        self.wish();
        self.talk.received(bytes);
    }

    pub(super) fn silence(&mut self) {
        self.wish();
        self.talk.silent();
    }

    pub(super) fn until_the_end(&mut self) -> Result<Heard, Unheard> {
        for _ in 0..100 {
            if let Step::End(end) = self.talk.next() {
                return end;
            }
            self.silence();
        }
        panic!("it never ends");
    }
}

/// Plays with a device that answers each request with these bytes, in chunks.
fn play(talk: Talk, chunk: usize, device: impl Fn(&[u8]) -> Vec<u8>) -> (Result<Heard, Unheard>, Vec<Vec<u8>>) {
    let mut play = Play::new(talk);
    for _ in 0..100 {
        if let Step::End(end) = play.talk.next() {
            return (end, play.sent);
        }
        let Some(request) = play.wish() else {
            play.talk.silent();
            continue;
        };
        let answer = device(&request);
        if answer.is_empty() {
            play.talk.silent();
        }
        let asked = play.talk.next();
        for part in answer.chunks(chunk) {
            play.talk.received(part);
            if !matches!(play.talk.next(), Step::Listen(_)) && play.talk.next() != asked {
                break;
            }
        }
    }
    panic!("it never ends");
}

fn pi30(request: &[u8]) -> Vec<u8> {
    let name = String::from_utf8_lossy(&request[..request.len() - 3]).into_owned();
    match name.as_str() {
        "QPI" => spaced("PI30"),
        "QID" => spaced("92932004102443"),
        "QVFW" => spaced("VERFW:00072.70"),
        "QMN" => spaced("MKS2-8000"),
        "QPIRI" => {
            spaced("230.0 21.7 230.0 50.0 21.7 5000 4000 48.0 46.0 42.0 56.4 54.0 0 10 010 1 0 0 6 01 0 0 54.0 0 1")
        }
        "QPIGS" => STATUS_30.to_vec(),
        "QPIGS2" => SECOND_30.to_vec(),
        "QPIWS" => spaced("00000000000010000000000000000000"),
        "QMOD" => spaced("B"),
        _ => spaced("NAK"),
    }
}

/// Like it, but without what older ones do not know.
fn old_pi30(request: &[u8]) -> Vec<u8> {
    if [&b"QMN"[..], b"QPIGS2"].iter().any(|unknown| request.starts_with(unknown)) {
        spaced("NAK")
    } else {
        pi30(request)
    }
}

#[test]
fn a_pi30_inverter() {
    for chunk in [1, 3, 8, 1000] {
        let (heard, sent) = play(Talk::new(), chunk, pi30);
        let Heard { identity, reading } = heard.unwrap();
        assert_eq!((identity.maker.as_str(), identity.model.as_str()), ("Voltronic", "MKS2-8000"));
        assert_eq!(
            (identity.serial.unwrap().as_str(), identity.firmware.unwrap().as_str()),
            ("92932004102443", "00072.70")
        );
        assert_eq!((reading.battery.voltage, reading.pv), (Some(Voltage(54_500)), Some(Power(879 + 1026))));
        assert_eq!(reading.alarms, [crate::reading::Alarm::BatteryLow]);
        assert_eq!(sent.len(), 8, "its rating is not asked for when it says its model");
    }
    let heard = play(Talk::new(), 1000, old_pi30).0.unwrap();
    assert_eq!((heard.identity.model.as_str(), heard.reading.pv), ("5000 VA, 48 V", Some(Power(879))));

    // Over HID: reports of 8 bytes, filled with zeros.
    let hid = |request: &[u8]| frame::reports(&pi30(request)).concat();
    assert_eq!(play(Talk::new(), 8, hid).0.unwrap(), play(Talk::new(), 1000, pi30).0.unwrap());

    // One that is known.
    let (again, sent) = play(Talk::again(Dialect::Pi30, heard.identity.clone()), 1000, old_pi30);
    assert_eq!((again.unwrap(), sent.len()), (heard, 4));
}

#[test]
fn other_dialects() {
    let pi16 = |request: &[u8]| match request {
        b"QPI\r" => spaced("PI16"),
        b"QID\r" => spaced("0000000000000000001"),
        b"QVFW\r" => spaced("VERFW:00001.00"),
        b"QPIGS\r" => STATUS_16.to_vec(),
        b"QPIWS\r" => spaced("0000000000000000000000000"),
        b"QMOD\r" => b"(G\xb7\x6c\r".to_vec(),
        _ => spaced("NAK"),
    };
    let (heard, _) = play(Talk::new(), 1000, pi16);
    assert_eq!(heard.unwrap().reading.battery.voltage, Some(Voltage(48_800)));

    let pi17 = |request: &[u8]| match request {
        b"^P003PI\r" => b"^D00517\xca\xec\r".to_vec(),
        b"^P003ID\r" => b"^D0251496161704100242000000le\r".to_vec(),
        b"^P004VFW\r" => b"^D017VERFW:00001.01VW\r".to_vec(),
        b"^P003MD\r" => b"^D037000,010000,99,3,3,2300,2300,04,120U\x82\r".to_vec(),
        b"^P003GS\r" => STATUS_17.to_vec(),
        b"^P003PS\r" => commas("02093,00000,,,,,,00669,00670,00672,02011,00673,00672,00674,02019,020,1,1,0,0,2,2"),
        b"^P003WS\r" => b"^D0471,1,0,0,1,1,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,\x14\x9c\r".to_vec(),
        b"^P004MOD\r" => b"^D00505\xd9\x9f\r".to_vec(),
        _ => b"^0\x1b\xe3\r".to_vec(),
    };
    let heard = play(Talk::new(), 8, pi17).0.unwrap();
    assert_eq!(
        (heard.identity.serial.unwrap().as_str(), heard.identity.model.as_str()),
        ("96161704100242", "10000 VA")
    );
    assert_eq!((heard.reading.pv, heard.reading.load), (Some(Power(2093)), Some(Power(2011))));

    let pi18 = |request: &[u8]| match &request[..request.len() - 3] {
        b"^P005PI" => b"^D00518;\x03\r".to_vec(),
        b"^P005ID" => b"^D0251496161704100242000000le\r".to_vec(),
        b"^P006VFW" => b"^D02005402,08025,00000)\xdd\r".to_vec(),
        b"^P005GS" => STATUS_18.to_vec(),
        b"^P005FWS" => b"^D03900,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\xb6\x9e\r".to_vec(),
        b"^P006MOD" => b"^D00505\xd9\x9f\r".to_vec(),
        _ => Vec::new(),
    };
    let heard = play(Talk::new(), 1000, pi18).0.unwrap();
    assert_eq!((heard.reading.battery.current, heard.identity.model.as_str()), (Some(Current(17_000)), ""));
    assert_eq!(heard.identity.firmware.unwrap().as_str(), "05402,08025,00000");

    // One that answers whole only to requests without a checksum.
    let stubborn = |request: &[u8]| match request {
        b"^P005GS\r" => STATUS_18.to_vec(),
        _ if request.starts_with(b"^P005GS") => commas("2336,499,2336"),
        _ => pi18(request),
    };
    assert_eq!(play(Talk::new(), 1000, stubborn).0.unwrap().reading.load, Some(Power(255)));
}

#[test]
fn no_conversation() {
    let end = |device: fn(&[u8]) -> Vec<u8>| play(Talk::new(), 1000, device).0;
    assert_eq!(end(|_| Vec::new()), Err(Unheard::Silent));
    assert_eq!(end(|_| b"(NAKss\r".to_vec()), Err(Unheard::Refused("which dialect it speaks".into())));
    assert_eq!(end(|_| spaced("ERCRC")), Err(Unheard::Refused("which dialect it speaks".into())));
    assert_eq!(end(|_| spaced("000.0 00.0")), Err(Unheard::Other("Voltronic's protocol")));
    assert_eq!(end(|_| spaced("PI99")), Err(Unheard::Other("a known dialect of Voltronic's protocol")));
    assert_eq!(end(|_| b"\r\nPID\t0xA042\r\n".to_vec()), Err(Unheard::Other("Voltronic's protocol")));
    assert_eq!(end(|request| request.to_vec()), Err(Unheard::Other("Voltronic's protocol")), "an echo");
    let torn = Err(Unheard::Other("a whole reply of a Voltronic inverter"));
    assert_eq!(end(|_| b"(PI30\r".to_vec()), torn, "without a checksum");
    let with = |status: Vec<u8>| {
        play(
            Talk::new(),
            1000,
            move |request| if request.starts_with(b"QPIGS\xb7") { status.clone() } else { pi30(request) },
        )
        .0
    };
    assert_eq!(with(b"(NAKss\r".to_vec()), Err(Unheard::Refused("how it is".into())));
    assert_eq!(with(Vec::new()), Err(Unheard::Silent));
    assert_eq!(with(STATUS_30[..60].to_vec()), torn, "half");
    assert_eq!(with([&STATUS_30[..60], b"\r"].concat()), torn, "a wrong checksum");
    assert_eq!(
        with(spaced("1 2 3")),
        Err(Unheard::Impossible("its status has 3 fields, and at least 11 are expected".into()))
    );
}

#[test]
fn a_bad_line_is_asked_twice() {
    let tries = std::cell::Cell::new(0);
    let noisy = |request: &[u8]| {
        if !request.starts_with(b"QPIGS\xb7") {
            return pi30(request);
        }
        tries.set(tries.get() + 1);
        if tries.get() == 1 { STATUS_30[..60].to_vec() } else { STATUS_30.to_vec() }
    };
    assert!(play(Talk::new(), 1000, noisy).0.is_ok());
    assert_eq!(tries.get(), 2);
}

#[test]
fn late_answers_belong_to_no_other_question() {
    let mut play = Play::new(Talk::new());
    play.silence();
    // To the first question, while the second waits; then to the second.
    play.receive(&spaced("PI30"));
    play.receive(&spaced("PI30"));
    assert!(matches!(play.talk.next(), Step::Listen(_)), "that is no serial number");
    play.receive(&spaced("92932004102443"));
    play.receive(&spaced("92932004102443"));
    play.receive(&spaced("VERFW:00072.70"));
    play.receive(&spaced("VERFW:00072.70"));
    play.receive(&spaced("MKS2-8000"));
    play.receive(&spaced("MKS2-8000"));
    play.receive(STATUS_30);
    let heard = play.until_the_end().unwrap();
    assert_eq!(
        (heard.identity.serial.unwrap().as_str(), heard.identity.firmware.unwrap().as_str()),
        ("92932004102443", "00072.70")
    );
    assert_eq!((heard.identity.model.as_str(), heard.reading.load), ("MKS2-8000", Some(Power(751))));
}

#[test]
fn who_tells_all_at_once_and_then_silence_is_understood() {
    let mut play = Play::new(Talk::new());
    for _ in 0..100 {
        match play.talk.next() {
            Step::Send(request, _) => {
                play.wish();
                play.talk.received(&old_pi30(&request));
                play.talk.silent();
            }
            Step::Listen(_) => play.talk.silent(),
            Step::End(end) => {
                assert_eq!(end.unwrap().reading.load, Some(Power(751)));
                return;
            }
        }
    }
    panic!("it never ends");
}

#[test]
fn each_request_only_asks() {
    for request in requests() {
        let text = String::from_utf8_lossy(&request);
        assert!(text.starts_with('Q') || text.starts_with("^P"), "{text}");
        assert_eq!(request.iter().filter(|byte| **byte == b'\r').count(), 1);
    }
    assert_eq!(LINES.len(), 2);
}
