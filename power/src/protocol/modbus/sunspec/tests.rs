//! SunSpec: chains of models, walked; what they say; chains that lie.
//!
//! The places of the points are those of the models of sunspec/models; the chains are put together as Fronius,
//! SolarEdge and SMA document theirs.

use super::*;
use crate::conversation::{Conversation, Heard, Unheard};
use crate::protocol::modbus::tests::Device;
use crate::protocol::tests::{Random, Story};
use crate::reading::{Alarm, Confidence};
use crate::units::{Capacity, Power, Voltage};

/// A chain of models, each with its points.
fn chain(unit: u8, base: u16, models: &[(u16, Vec<u16>)]) -> Device {
    let mut at = base + 2;
    let mut device = Device { unit, ..Device::default() }.with(base, &[0x5375, 0x6E53]);
    for (id, points) in models {
        device = device.with(at, &[*id, points.len() as u16]).with(at + 2, points);
        at += 2 + points.len() as u16;
    }
    device.with(at, &[0xFFFF, 0])
}

/// So many points that are not implemented, and these.
fn points(length: usize, known: &[(usize, &[u16])]) -> Vec<u16> {
    let mut points = vec![0x8000; length];
    for (at, values) in known {
        points[*at..at + values.len()].copy_from_slice(values);
    }
    points
}

fn text(registers: usize, text: &str) -> Vec<u16> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(2 * registers, 0);
    bytes.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}

fn common(maker: &str, model: &str) -> (u16, Vec<u16>) {
    let parts = [text(16, maker), text(16, model), text(8, ""), text(8, "1.33.5-1"), text(16, "33871234"), vec![1]];
    (1, parts.concat())
}

const NEGATIVE: fn(i16) -> u16 = i16::cast_unsigned;

/// An inverter with three phases: 3210 W from 3305 W of the panels, at 612.5 V.
fn inverter(events: u16) -> (u16, Vec<u16>) {
    let known: &[(usize, &[u16])] =
        &[(12, &[3210, 0]), (27, &[6125, NEGATIVE(-1), 3305, 0]), (36, &[4]), (38, &[0, events])];
    (103, points(50, known))
}

fn strings(each: &[(u16, u16)]) -> (u16, Vec<u16>) {
    let mut all = vec![NEGATIVE(-2), NEGATIVE(-1), NEGATIVE(-1), 0, 0, 0, each.len() as u16, 0];
    for (number, (voltage, power)) in (1..).zip(each) {
        let mut string = points(20, &[(9, &[100, *voltage, *power])]);
        string[0] = number;
        all.extend(string);
    }
    (160, all)
}

fn heard(device: &Device) -> Result<Heard, Unheard> {
    let begin: &dyn Fn() -> Box<dyn Conversation> = &|| Box::new(begin());
    // What was sent is held against the list in `lists` and in `walks`: it is too long to make for each.
    let mut conversation = begin();
    for _ in 0..5000 {
        match conversation.next() {
            crate::conversation::Step::Send(request, _) => match &device.tcp(&request)[..] {
                [] => conversation.silent(),
                reply => conversation.received(reply),
            },
            crate::conversation::Step::End(end) => return end,
            crate::conversation::Step::Listen(_) => panic!("it is not listened to"),
        }
    }
    panic!("it never ends");
}

#[test]
fn walks() {
    let requests = requests();
    for (unit, base) in [(1, 40_000), (1, 50_000), (1, 0), (71, 40_000), (126, 40_000)] {
        let models =
            [common("SMA", "STP 10.0"), (99, vec![7; 30]), inverter(0), strings(&[(6125, 18_000), (6010, 15_050)])];
        let device = chain(unit, base, &models);
        let answers = |request: &[u8]| device.tcp(request);
        let story = Story::new(&|| Box::new(begin()), requests.clone(), &answers);
        let found = if base == 0 { story.holds() } else { story.heard().unwrap() };
        assert_eq!((found.identity.maker.as_str(), found.identity.model.as_str()), ("SMA", "STP 10.0"));
        assert_eq!(found.identity.serial.as_ref().map(|serial| serial.as_str()), Some("33871234"));
        assert_eq!(found.identity.firmware.as_ref().map(|version| version.as_str()), Some("1.33.5-1"));
        assert_eq!((found.reading.pv, found.reading.pv_voltage), (Some(Power(3305)), Some(Voltage(612_500))));
    }
}

#[test]
fn inverters() {
    let whole = heard(&chain(1, 40_000, &[common("SolarEdge", "SE10K"), inverter(0)])).unwrap();
    assert_eq!((whole.reading.pv, whole.reading.pv_voltage), (Some(Power(3305)), Some(Voltage(612_500))));
    let ill = heard(&chain(1, 40_000, &[common("SolarEdge", "SE10K"), inverter(0b1000_0010)])).unwrap();
    assert_eq!(ill.reading.alarms, [Alarm::TooHot, Alarm::Panels]);
    // What is not implemented is not known.
    let empty = heard(&chain(1, 40_000, &[common("", ""), (101, vec![0x8000; 50])])).unwrap();
    assert!(empty.reading.pv.is_none() && empty.identity.maker.as_str().is_empty());
    let float = |value: f32| [(value.to_bits() >> 16) as u16, value.to_bits() as u16];
    let known: &[(usize, &[u16])] = &[(20, &float(3210.4)), (34, &float(612.5)), (36, &float(f32::NAN)), (48, &[0, 0])];
    let floats = heard(&chain(1, 40_000, &[(113, points(60, known))])).unwrap();
    assert_eq!((floats.reading.pv, floats.reading.pv_voltage), (Some(Power(3210)), Some(Voltage(612_500))));
    let scale = [(29, &[3305, 11][..]), (38, &[0, 0])];
    let absurd = heard(&chain(1, 40_000, &[(103, points(50, &scale))]));
    assert_eq!(absurd, Err(Unheard::Impossible("its scale factor is 11 powers of ten".to_owned())));
}

/// Fronius gives what flows into and out of its battery as the third and fourth string.
#[test]
fn storage_of_an_inverter() {
    let storage = (124, points(24, &[(6, &[7650]), (8, &[2204]), (20, &[NEGATIVE(-2)]), (22, &[NEGATIVE(-1)])]));
    let all = strings(&[(6125, 18_000), (0, 0), (2204, 5120), (2204, 0)]);
    let found =
        heard(&chain(1, 40_000, &[common("Fronius", "GEN24"), inverter(0), storage.clone(), all.clone()])).unwrap();
    let battery = &found.reading.battery;
    let charge = battery.charge.unwrap();
    assert_eq!((charge.charge.get(), charge.confidence), (765, Confidence::Estimated));
    assert_eq!((battery.voltage, battery.power), (Some(Voltage(220_400)), Some(Power(512))));
    assert_eq!(found.reading.pv, Some(Power(1800)));
    // Of other makers all strings are panels.
    let other = heard(&chain(1, 40_000, &[common("Kostal", "Plenticore"), storage.clone(), all])).unwrap();
    assert_eq!((other.reading.pv, other.reading.battery.power), (Some(Power(2312)), None));
    // What a hybrid inverter takes is not only from its panels.
    let alone = heard(&chain(1, 40_000, &[common("Kostal", "Plenticore"), inverter(0), storage])).unwrap();
    assert_eq!(alone.reading.pv, None);
}

#[test]
fn inverters_since_2018() {
    let mut ports = points(18, &[(2, &[2]), (13, &[0, NEGATIVE(-1), 1, 0, 0])]);
    ports.extend(points(25, &[(0, &[1, 1]), (11, &[3800, 150])]));
    ports.extend(points(25, &[(0, &[2, 2]), (11, &[512, NEGATIVE(-20)])]));
    let energy = (713, vec![1000, 500, 505, 990, 2, 1, NEGATIVE(-1)]);
    let found = heard(&chain(1, 40_000, &[common("x", "y"), (701, points(20, &[(4, &[0, 2])])), energy, (714, ports)]))
        .unwrap();
    assert_eq!((found.reading.pv, found.reading.pv_voltage), (Some(Power(1500)), Some(Voltage(380_000))));
    let battery = found.reading.battery;
    assert_eq!((battery.charge.unwrap().charge.get(), battery.health.unwrap().get()), (505, 990));
    assert_eq!(found.reading.alarms, [Alarm::Panels, Alarm::Fault]);
}

fn battery(state: u16) -> (u16, Vec<u16>) {
    let known: &[(usize, &[u16])] = &[
        (0, &[2000, 10_240]),
        (9, &[915, 85, 99]),
        (14, &[state]),
        (24, &[2, 0b100_0000]),
        (32, &[5273]),
        (35, &[3304]),
        (38, &[3281]),
        (42, &[NEGATIVE(-152)]),
        (45, &[NEGATIVE(-80)]),
        (50, &[NEGATIVE(-1), 0, 0, 0, NEGATIVE(-1), 0, 0, NEGATIVE(-2), NEGATIVE(-3), NEGATIVE(-1), 0, 1]),
    ];
    (802, points(62, known))
}

#[test]
fn batteries() {
    let found = heard(&chain(1, 40_000, &[common("Nuvation", "Stack"), battery(3)])).unwrap();
    let battery_says = &found.reading.battery;
    assert_eq!(battery_says.charge.unwrap().charge.get(), 915);
    assert_eq!(battery_says.charge.unwrap().confidence, Confidence::Counted);
    assert_eq!((battery_says.voltage, battery_says.power), (Some(Voltage(52_730)), Some(Power(-800))));
    assert_eq!(battery_says.current.map(|current| current.0), Some(-15_200));
    assert_eq!((battery_says.lowest_cell, battery_says.highest_cell), (Some(Voltage(3281)), Some(Voltage(3304))));
    assert_eq!(
        (battery_says.capacity, battery_says.health.map(|health| health.get())),
        (Some(Capacity(200_000)), Some(990))
    );
    assert_eq!(found.reading.alarms, [Alarm::Overload, Alarm::Imbalance]);
    let charging = heard(&chain(1, 40_000, &[battery(4)])).unwrap().reading.battery;
    assert_eq!((charging.power, charging.current.map(|current| current.0)), (Some(Power(800)), Some(15_200)));
    let unknown = heard(&chain(1, 40_000, &[battery(6)])).unwrap().reading.battery;
    assert_eq!((unknown.power, unknown.current), (None, None));
}

#[test]
fn chains_that_lie() {
    let silent = Device { unit: 7, ..Device::default() };
    assert_eq!(heard(&silent), Err(Unheard::Silent));
    let refusing = Device { unit: 1, ..Device::default() };
    assert_eq!(heard(&refusing), Err(Unheard::Refused("it has no such register".to_owned())));
    let other =
        Device { unit: 1, ..Device::default() }.with(40_000, &[1, 2]).with(50_000, &[0, 0]).with(0, &[0x5375, 0]);
    assert_eq!(heard(&other), Err(Unheard::Other("SunSpec's")));
    // Models without a length never end, one that is longer than all does at once.
    let zeros = Device { unit: 1, ..Device::default() }.with(40_000, &[0x5375, 0x6E53]).with(40_002, &[0; 2100]);
    assert!(heard(&zeros).unwrap().reading.is_empty());
    let long = Device { unit: 1, ..Device::default() }.with(40_000, &[0x5375, 0x6E53, 160, 0xFFFF]);
    assert!(heard(&long).unwrap().reading.is_empty());
    // A chain that is cut off says what it has.
    let mut cut = chain(1, 40_000, &[common("a", "b"), inverter(0), (64_001, vec![])]);
    cut.holding.retain(|register, _| *register < 40_002 + 67 + 1 + 52);
    assert_eq!(heard(&cut).unwrap().reading.pv, Some(Power(3305)));
}

fn story(run: impl Fn(&Story<'_>)) {
    let device =
        chain(1, 40_000, &[common("Fronius", "GEN24"), inverter(2), battery(3), strings(&[(6125, 18_000); 4])]);
    run(&Story::new(&|| Box::new(begin()), requests(), &|request: &[u8]| device.tcp(request)));
}

#[test]
fn arbitrary_bytes_do_no_harm() {
    story(|story| {
        let mut random = Random::SEED;
        (0..500).for_each(|_| story.arbitrary(&mut random));
    });
}

#[test]
#[ignore = "long"]
fn for_long_sunspec() {
    story(|story| story.for_long(1));
}
