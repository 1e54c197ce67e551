//! The maps against devices that are made of registers. Which registers these have, and what they mean, is from the
//! sources of each map; the numbers are such as a house has.

use super::{Device, identification};
use crate::conversation::{Conversation, Heard, Unheard};
use crate::protocol::modbus::{deye, epever, growatt, victron};
use crate::protocol::tests::{Random, Story};
use crate::reading::{Alarm, Confidence};
use crate::units::{Current, Power, Temperature, Voltage};

fn boxed<C: Conversation + 'static>(begin: impl Fn() -> C) -> impl Fn() -> Box<dyn Conversation> {
    move || Box::new(begin())
}

/// All that holds for a map over RTU and this device.
fn rtu_story(begin: &dyn Fn() -> Box<dyn Conversation>, requests: Vec<Vec<u8>>, device: &Device) -> Heard {
    let answers = |request: &[u8]| device.rtu(request);
    let story = Story::new(begin, requests, &answers);
    let heard = story.holds();
    story.is_exact(&heard);
    heard
}

fn one_phase() -> Device {
    Device { unit: 1, ..Device::default() }
        .with(0, &[3, 1, 0x0104])
        .with_text(3, 5, "2207079999")
        .with(59, &[2])
        .with(101, &[0, 0, 0, 0, 0, 0, 0, 0, 3412, 12, 3390, 11, 0, 0, 0])
        .with(166, &[0; 29])
        .with(169, &[(-120_i16).cast_unsigned()])
        .with(178, &[843])
        .with(182, &[1253, 5312, 76, 0, 410, 371, 0, 0, 512, 964])
}

#[test]
fn deye_one_phase() {
    let heard = rtu_story(&boxed(deye::begin), deye::requests(), &one_phase());
    assert_eq!(heard.identity.model.as_str(), "hybrid inverter, one phase");
    assert_eq!(heard.identity.serial.as_ref().map(|serial| serial.as_str()), Some("2207079999"));
    let reading = &heard.reading;
    let charge = reading.battery.charge.unwrap();
    assert_eq!((charge.charge.get(), charge.confidence), (760, Confidence::Estimated));
    assert_eq!(reading.battery.voltage, Some(Voltage(53_120)));
    assert_eq!((reading.battery.power, reading.battery.current), (Some(Power(-512)), Some(Current(-9_640))));
    assert_eq!(reading.battery.temperature, Some(Temperature(253)));
    assert_eq!((reading.grid, reading.load, reading.pv), (Some(Power(-120)), Some(Power(843)), Some(Power(781))));
    assert_eq!((reading.pv_voltage, &reading.alarms[..]), (Some(Voltage(341_200)), &[][..]));
}

#[test]
fn deye_others() {
    let heard = |device: &Device| {
        let begin = boxed(deye::begin);
        Story::new(&begin, deye::requests(), &|request: &[u8]| device.rtu(request)).heard()
    };
    // Tenths of an ampere, as an inverter of 2025 gives them, while it charges.
    let tenths = one_phase().with(190, &[(-1000_i16).cast_unsigned(), (-188_i16).cast_unsigned()]);
    let battery = heard(&tenths).unwrap().reading.battery;
    assert_eq!((battery.power, battery.current), (Some(Power(1000)), Some(Current(18_800))));
    // A current that fits nothing.
    let odd = one_phase().with(190, &[1000, 5]);
    assert_eq!(heard(&odd).unwrap().reading.battery.current, None);
    // No battery.
    let none = one_phase().with(183, &[0, 0]);
    assert_eq!(heard(&none).unwrap().reading.battery, crate::reading::Battery::default());
    assert_eq!(heard(&one_phase().with(103, &[0, 16])).unwrap().reading.alarms, [Alarm::Fault]);
    assert_eq!(heard(&one_phase().with(0, &[0x200])).unwrap().reading.grid, None);
    for (wrong, unheard) in [
        (one_phase().with(0, &[2]), Unheard::Other("a Deye's or Sunsynk's")),
        (one_phase().with(0, &[0x200]).with(183, &[0]), Unheard::Other("a Deye's or Sunsynk's")),
        (one_phase().with(3, &[0]), Unheard::Other("a Deye's or Sunsynk's")),
        (one_phase().with(184, &[101]), Unheard::Impossible("its charge is 1010 thousandths".to_owned())),
        (Device { unit: 1, ..Device::default() }, Unheard::Refused("it has no such register".to_owned())),
        (Device { unit: 2, ..Device::default() }, Unheard::Silent),
    ] {
        assert_eq!(heard(&wrong), Err(unheard));
    }
}

#[test]
fn deye_three_phases() {
    let low = Device { unit: 1, ..Device::default() }
        .with(0, &[0x500, 1, 0x0105])
        .with_text(3, 5, "2301155522")
        .with(500, &[2])
        .with(553, &[0; 6])
        .with(586, &[1180, 5203, 55, 0, (-2400_i16).cast_unsigned(), (-4612_i16).cast_unsigned(), 0, 0, 0, 0, 0, 0])
        .with(619, &[0; 35])
        .with(625, &[350])
        .with(653, &[1200])
        .with(672, &[1900, 1650, 0, 0, 5401, 35, 5203, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let heard = rtu_story(&boxed(deye::begin), deye::requests(), &low);
    let battery = &heard.reading.battery;
    assert_eq!((battery.voltage, battery.power), (Some(Voltage(52_030)), Some(Power(2400))));
    assert_eq!((battery.current, battery.temperature), (Some(Current(46_120)), Some(Temperature(180))));
    assert_eq!((heard.reading.pv, heard.reading.pv_voltage), (Some(Power(3550)), Some(Voltage(540_100))));
    assert_eq!((heard.reading.grid, heard.reading.load), (Some(Power(350)), Some(Power(1200))));
    // High voltage: ten times as much of the panels and the battery.
    let high = low.with(0, &[6]).with(587, &[5203, 55, 0, 240, 461]);
    let begin = boxed(deye::begin);
    let heard = Story::new(&begin, deye::requests(), &|request: &[u8]| high.rtu(request)).heard().unwrap();
    assert_eq!(heard.reading.pv, Some(Power(35_500)));
    let battery = heard.reading.battery;
    assert_eq!((battery.voltage, battery.power), (Some(Voltage(520_300)), Some(Power(-2400))));
    assert_eq!(battery.current, Some(Current(-4_610)));
}

fn spf() -> Device {
    let mut input = [0; 45];
    for (register, value) in [
        (0, 12),
        (1, 3105),
        (4, 8120),
        (6, 40),
        (10, 5230),
        (17, 5287),
        (18, 88),
        (20, 2301),
        (21, 4998),
        (22, 2299),
        (23, 5001),
        (37, 125),
    ] {
        input[register] = value;
    }
    Device { unit: 1, ..Device::default() }
        .with_text(9, 6, "067.01042.02")
        .with_text(23, 5, "ABC1234567")
        .with(28, &[0, 0])
        .with(43, &[3401])
        .with_input(0, &input)
        .with_input(77, &[0xFFFF, (-2920_i16).cast_unsigned()])
}

#[test]
fn growatt_off_grid() {
    let heard = rtu_story(&boxed(growatt::begin), growatt::requests(), &spf());
    let identity = &heard.identity;
    assert_eq!((identity.maker.as_str(), identity.model.as_str()), ("Growatt", "SPF off-grid inverter"));
    assert_eq!(identity.firmware.as_ref().map(|text| text.as_str()), Some("067.01042.02"));
    let reading = &heard.reading;
    assert_eq!((reading.battery.voltage, reading.battery.power), (Some(Voltage(52_870)), Some(Power(292))));
    assert_eq!((reading.pv, reading.pv_voltage), (Some(Power(816)), Some(Voltage(310_500))));
    assert_eq!((reading.load, reading.grid), (Some(Power(523)), Some(Power(12))));
    assert_eq!(reading.alarms, []);
}

#[test]
fn growatt_others() {
    let heard = |device: &Device| {
        let begin = boxed(growatt::begin);
        Story::new(&begin, growatt::requests(), &|request: &[u8]| device.rtu(request)).heard()
    };
    // Firmware that says no type is known by what it says.
    assert_eq!(heard(&spf().with(43, &[0])).map(|heard| heard.reading.load), Ok(Some(Power(523))));
    assert_eq!(heard(&spf().with_input(41, &[1, 0, 7])).unwrap().reading.alarms, [Alarm::BatteryLow]);
    assert_eq!(heard(&spf().with_input(0, &[3])).unwrap().reading.alarms, [Alarm::Fault]);
    let other = Err(Unheard::Other("a Growatt off-grid inverter's"));
    // An SPH's type; no type and a state that off-grid inverters don't have; no type, and 380 V; no firmware.
    assert_eq!(heard(&spf().with(43, &[3502])), other);
    assert_eq!(heard(&spf().with(43, &[0]).with_input(0, &[13])), other);
    assert_eq!(heard(&spf().with(43, &[0]).with_input(22, &[3800])), other);
    assert_eq!(heard(&spf().with(9, &[0; 6])), other);
    assert_eq!(
        heard(&spf().with_input(18, &[150])),
        Err(Unheard::Impossible("its charge is 1500 thousandths".to_owned()))
    );
}

fn tracer() -> Device {
    let objects = identification("EPsolar Tech co., Ltd", "Tracer2215BN");
    Device { unit: 1, objects, ..Device::default() }
        .with_input(0x3000, &[15_000, 2000, 0xCB20, 0, 2400, 2000, 0xCB20, 0, 2])
        .with_input(0x3100, &[3650, 512, 0x48FC, 0, 2687, 690, 0x4868, 0])
        .with_input(0x310C, &[2687, 150, 4030, 0, 2431, 2800])
        .with_input(0x311A, &[73])
        .with_input(0x3200, &[0, 0b1011, 1])
        .with_input(0x331B, &[540, 0])
}

#[test]
fn epever() {
    let heard = rtu_story(&boxed(epever::begin), epever::requests(), &tracer());
    assert_eq!((heard.identity.maker.as_str(), heard.identity.model.as_str()), ("EPEver", "Tracer2215BN"));
    let reading = &heard.reading;
    assert_eq!((reading.battery.voltage, reading.battery.current), (Some(Voltage(26_870)), Some(Current(5_400))));
    assert_eq!((reading.battery.power, reading.battery.temperature), (Some(Power(145)), Some(Temperature(243))));
    assert_eq!(
        (reading.pv, reading.pv_voltage, reading.load),
        (Some(Power(186)), Some(Voltage(36_500)), Some(Power(40)))
    );
    assert_eq!((reading.battery.charge.unwrap().charge.get(), &reading.alarms[..]), (730, &[][..]));

    let heard = |device: Device| {
        let begin = boxed(epever::begin);
        Story::new(&begin, epever::requests(), &|request: &[u8]| device.rtu(request)).heard()
    };
    // It draws more than the panels give.
    let drawn = tracer().with_input(0x331B, &[0xFE0C, 0xFFFF]);
    assert_eq!(heard(drawn).unwrap().reading.battery.current, Some(Current(-5_000)));
    let unnamed = heard(Device { objects: Vec::new(), ..tracer() }).unwrap();
    assert_eq!((unnamed.identity.model.as_str(), unnamed.reading.pv), ("", Some(Power(186))));
    let ill = heard(tracer().with_input(0x3200, &[0x8013, 0xC110, 0x3800])).unwrap();
    use Alarm::{BatteryLow, Fault, Overload, Panels, ShortCircuit, TooHot};
    assert_eq!(ill.reading.alarms, [BatteryLow, TooHot, Overload, ShortCircuit, Panels, Fault]);
    let other = Device { objects: identification("Schneider", "iEM3000"), ..tracer() };
    assert_eq!(heard(other), Err(Unheard::Other("an EPEver's")));
    let unlike = Device { objects: Vec::new(), ..tracer().with_input(0x3004, &[2300]) };
    assert_eq!(heard(unlike), Err(Unheard::Other("an EPEver's")));
}

fn gx() -> Device {
    Device { unit: 100, ..Device::default() }
        .with_text(800, 6, "c0619ab12345")
        .with(808, &[0, 0, 0, 400, 0, 0, 0, 0, 0, 610, 0, 0, (-30_i16).cast_unsigned(), 0, 0, 0, 0, 0, 1])
        .with(840, &[528, (-105_i16).cast_unsigned(), (-554_i16).cast_unsigned(), 91, 2, 250, 4000])
        .with(850, &[620])
}

#[test]
fn victron() {
    let heard = |device: &Device| {
        let begin = boxed(victron::begin);
        Story::new(&begin, victron::requests(), &|request: &[u8]| device.tcp(request)).holds()
    };
    let found = heard(&gx());
    assert_eq!(found.identity.serial.as_ref().map(|serial| serial.as_str()), Some("c0619ab12345"));
    let (battery, charge) = (&found.reading.battery, found.reading.battery.charge.unwrap());
    assert_eq!((charge.charge.get(), charge.confidence), (910, Confidence::Counted));
    assert_eq!(
        (battery.voltage, battery.current, battery.power),
        (Some(Voltage(52_800)), Some(Current(-10_500)), Some(Power(-554)))
    );
    assert_eq!(
        (found.reading.pv, found.reading.load, found.reading.grid),
        (Some(Power(1020)), Some(Power(610)), Some(Power(-30)))
    );
    // What is zero is not known.
    let empty = gx().with(808, &[0; 19]).with(840, &[0; 7]).with(850, &[0]);
    let reading = heard(&empty).reading;
    assert_eq!((&reading.battery, reading.load, reading.grid), (&crate::reading::Battery::default(), None, None));
    let estimated = gx().with(845, &[0, 0]);
    assert_eq!(heard(&estimated).reading.battery.charge.map(|charge| charge.confidence), Some(Confidence::Estimated));
    assert_eq!(heard(&estimated.with(843, &[0])).reading.battery.charge, None);
    // A GX of old firmware that lacks a block.
    let mut old = gx();
    old.holding.remove(&826);
    assert_eq!((heard(&old).reading.grid, heard(&old).reading.pv), (None, Some(Power(620))));
}

#[test]
fn arbitrary_bytes_do_no_harm() {
    stories(|story| {
        let mut random = Random::SEED;
        (0..300).for_each(|_| story.arbitrary(&mut random));
    });
}

#[test]
#[ignore = "long"]
fn for_long_modbus() {
    stories(|story| story.for_long(4));
}

fn stories(run: impl Fn(&Story<'_>)) {
    let deye = boxed(deye::begin);
    run(&Story::new(&deye, deye::requests(), &|request: &[u8]| one_phase().rtu(request)));
    let growatt = boxed(growatt::begin);
    run(&Story::new(&growatt, growatt::requests(), &|request: &[u8]| spf().rtu(request)));
    let epever = boxed(epever::begin);
    run(&Story::new(&epever, epever::requests(), &|request: &[u8]| tracer().rtu(request)));
    let victron = boxed(victron::begin);
    run(&Story::new(&victron, victron::requests(), &|request: &[u8]| gx().tcp(request)));
}
