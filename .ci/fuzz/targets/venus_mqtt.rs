//! Venus OS over MQTT: packets and payloads that say anything, of any system.
#![no_main]

use ilanga_fuzz::{Device, heard, play, seeds};
use power::conversation::Heard;
use power::protocol::registry::Protocol;
use power::protocol::venus_mqtt::{PortalId, Venus, publishes};

const ID: &str = "e0ff50a097c0";

fn length(mut length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes
}

/// Topics below the system's, and payloads, a line each.
fn messages(content: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let line = |line: &[u8]| {
        let at = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
        let (path, value) = line.split_at(at);
        let value = value.get(1..).unwrap_or_default();
        ([format!("N/{ID}/").as_bytes(), path].concat(), [b"{\"value\":", value, b"}"].concat())
    };
    content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(line).collect()
}

/// The broker's answer: it takes the connection and the subscription, and publishes.
fn broker(request: &[u8], content: &[u8]) -> Vec<u8> {
    let publish = |(topic, payload): (Vec<u8>, Vec<u8>)| {
        let rest = [&(topic.len() as u16).to_be_bytes()[..], &topic, &payload].concat();
        [&[0x30][..], &length(rest.len()), &rest].concat()
    };
    let published: Vec<u8> = messages(content).into_iter().flat_map(publish).collect();
    match request.first() {
        Some(0x10) => [&[0x20, 2, 0, 0][..], &published].concat(),
        Some(0x82) => [&[0x90, 5, 0, 1, 0, 0, 0][..], &published].concat(),
        _ => published,
    }
}

fn start() {
    let values: &[u8] =
        b"system/0/Dc/Battery/Soc 76.5\nsystem/0/Dc/Battery/Voltage 52.8\nsystem/0/Dc/Battery/Current -10.5\n\
        system/0/Dc/Battery/Power -554\nsystem/0/Dc/Battery/Temperature 21.5\nsystem/0/Dc/Pv/Power 812\n\
        system/0/Ac/Consumption/L1/Power 610\nsystem/0/Ac/Grid/L1/Power null\n\
        system/0/ActiveBatteryService \"com.victronenergy.battery/512\"\nfull_publish_completed 1702459522";
    let id: &[u8] = b"system/0/Serial \"e0ff50a097c0\"";
    seeds([
        Device::answering(2, &[b"", id, values]),
        Device::answering(2, &[b"", id, b"system/0/Dc/Battery/Soc 1e9\nsystem/0/Ac/PvOnGrid/L3/Power []", b""]),
        Device::answering(6, &[b"", id, values, b"", id, values]),
        Device::answering(1, &[b"\x20\x02\x00\x05"]),
        [&Device::answering(1, &[b"\x20\x02\x00\x00\x90\x03\x00\x01\x80"])[..], &[0, 0, 0]].concat(),
    ]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    play(Protocol::VenusMqtt, data, broker);
    let mut venus = Venus::new();
    for (topic, payload) in messages(data) {
        let _ = venus.take(&String::from_utf8_lossy(&topic), &payload);
    }
    heard(Protocol::VenusMqtt, &Heard { identity: venus.identity(), reading: venus.reading() });
    if let Some(id) = venus.id() {
        assert_eq!(PortalId::new(id.as_str()).as_ref(), Some(id));
        assert!(publishes(id).iter().all(|publish| publish.topic.starts_with("R/")));
    }
});
