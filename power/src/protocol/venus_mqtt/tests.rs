//! Venus OS over MQTT: topics, payloads, and what grows of them. The values are those of a real system that a public project prints.

use super::*;

const ID: &str = "0479b7f1e15c";

fn told(messages: &[(&str, &str)]) -> Venus {
    let mut venus = Venus::new();
    for (path, payload) in messages {
        assert_eq!(venus.take(&format!("N/{ID}/system/0/{path}"), payload.as_bytes()), Ok(true), "{path}");
    }
    venus
}

#[test]
fn a_whole_system() {
    let venus = told(&[
        ("Dc/Battery/Soc", r#"{"value": 97.5}"#),
        ("Dc/Battery/Voltage", r#"{"value": 52.009998321533203}"#),
        ("Dc/Battery/Current", r#"{"value": -8.3000001907348633}"#),
        ("Dc/Battery/Power", r#"{"value": -416.07998657226562}"#),
        ("Dc/Battery/Temperature", r#"{"value": 16.0}"#),
        ("Dc/Pv/Power", r#"{"max":null,"value": 1200}"#),
        ("Ac/PvOnOutput/L1/Power", r#"{"value": 20.0}"#),
        ("Ac/PvOnGrid/L3/Power", r#"{"value": 9.0}"#),
        ("Ac/Consumption/L1/Power", r#"{"value": 161.39999999999998}"#),
        ("Ac/Consumption/L2/Power", r#"{"value": 118.40000000000001}"#),
        ("Ac/Consumption/L3/Power", r#"{"value": 158.70000000000002}"#),
        ("Ac/Grid/L1/Power", r#"{"value": -260.60000000000002}"#),
        ("Ac/Grid/L2/Power", r#"{"value": 118.40000000000001}"#),
        ("Ac/Grid/L3/Power", r#"{"value": 150.70000000000002}"#),
        ("Ac/Genset/L1/Power", r#"{"value": null}"#),
        ("ActiveBatteryService", r#"{"value": "com.victronenergy.vebus/261"}"#),
    ]);
    let reading = venus.reading();
    let battery = &reading.battery;
    let soc = battery.charge.unwrap();
    assert_eq!((soc.charge.get(), soc.confidence), (975, Confidence::Estimated));
    assert_eq!((battery.voltage, battery.current), (Some(Voltage(52_010)), Some(Current(-8300))));
    assert_eq!((battery.power, battery.temperature), (Some(Power(-416)), Some(Temperature(160))));
    assert_eq!((reading.pv, reading.load, reading.grid), (Some(Power(1229)), Some(Power(439)), Some(Power(9))));
    let identity = venus.identity();
    assert_eq!((identity.maker.as_str(), identity.serial.unwrap().as_str()), ("Victron", ID));
}

#[test]
fn null_is_nothing_and_not_zero() {
    let mut venus = told(&[("Dc/Battery/Soc", r#"{"value": 50}"#), ("Ac/Grid/L1/Power", r#"{"value": 0}"#)]);
    assert_eq!(venus.reading().grid, Some(Power(0)));
    let soc = format!("N/{ID}/system/0/Dc/Battery/Soc");
    venus.take(&soc, br#"{"value": null}"#).unwrap();
    venus.take(&format!("N/{ID}/system/0/Ac/Grid/L1/Power"), b"").unwrap();
    assert!(venus.reading().is_empty(), "null, and a device that is gone");
    venus.take(&soc, br#"{"value": 100.00000000}"#).unwrap();
    assert_eq!(venus.reading().battery.charge.map(|soc| soc.charge.get()), Some(1000));
}

#[test]
fn who_counts() {
    for (service, confidence) in [
        (r#"{"value": "com.victronenergy.battery/258"}"#, Confidence::Counted),
        (r#"{"value": "com.victronenergy.vebus/261"}"#, Confidence::Estimated),
        (r#"{"value": null}"#, Confidence::Estimated),
        ("", Confidence::Estimated),
    ] {
        let venus = told(&[("Dc/Battery/Soc", r#"{"value": 50}"#), ("ActiveBatteryService", service)]);
        assert_eq!(venus.reading().battery.charge.map(|soc| soc.confidence), Some(confidence), "{service}");
    }
}

#[test]
fn impossible_messages_change_nothing() {
    let mut venus = told(&[("Dc/Battery/Soc", r#"{"value": 50}"#)]);
    let before = venus.clone();
    let long = format!(r#"{{"value": 1, "x": "{}"}}"#, "y".repeat(LONGEST));
    for (path, payload, reason) in [
        ("Dc/Battery/Soc", "50", "what it says of Dc/Battery/Soc is no JSON with a value"),
        ("Dc/Battery/Soc", "{", "what it says of Dc/Battery/Soc is no JSON with a value"),
        ("Dc/Battery/Soc", "{}", "what it says of Dc/Battery/Soc is no JSON with a value"),
        ("Dc/Battery/Soc", "\u{0}", "what it says of Dc/Battery/Soc is no JSON with a value"),
        ("Dc/Battery/Soc", &long, "what it says of Dc/Battery/Soc is no JSON with a value"),
        ("Dc/Battery/Soc", &"[".repeat(900), "what it says of Dc/Battery/Soc is no JSON with a value"),
        ("Dc/Battery/Soc", r#"{"value": 101}"#, "its Dc/Battery/Soc is 101"),
        ("Dc/Battery/Soc", r#"{"value": "50"}"#, r#"its Dc/Battery/Soc is "50""#),
        ("Dc/Battery/Soc", r#"{"value": []}"#, "its Dc/Battery/Soc is []"),
        ("Dc/Battery/Voltage", r#"{"value": -1}"#, "its Dc/Battery/Voltage is -1"),
        ("Ac/Grid/L1/Power", r#"{"value": 1e300}"#, "its Ac/Grid/L1/Power is 1e+300"),
    ] {
        let refused = venus.take(&format!("N/{ID}/system/0/{path}"), payload.as_bytes()).unwrap_err();
        assert_eq!(refused.to_string(), reason);
        assert_eq!(venus, before);
    }
}

#[test]
fn other_topics() {
    let mut venus = Venus::new();
    for topic in [
        "",
        "N",
        "N/",
        "N//system/0/Dc/Battery/Soc",
        "W/0479b7f1e15c/system/0/Dc/Battery/Soc",
        "R/0479b7f1e15c/keepalive",
        "N/0479b7f1e15c/system/1/Dc/Battery/Soc",
        "N/0479b7f1e15c/battery/258/Soc",
        "N/+/system/0/Dc/Battery/Soc",
        "N/a b/system/0/Dc/Battery/Soc",
    ] {
        assert_eq!(venus.take(topic, br#"{"value": 5}"#), Ok(false), "{topic}");
    }
    assert_eq!((venus.id(), venus.reading()), (None, Reading::default()));
    assert_eq!(venus.take("N/0479b7f1e15c/system/0/Serial", br#"{"value": "0479b7f1e15c"}"#), Ok(false));
    assert_eq!(venus.id(), PortalId::new(ID).as_ref(), "now the id is known");
    assert_eq!(venus.take("N/ffffffffffff/system/0/Dc/Battery/Soc", br#"{"value": 5}"#), Ok(false), "another system");
    assert!(!venus.is_complete());
    assert_eq!(venus.take("N/0479b7f1e15c/full_publish_completed", br#"{"value":1702459522}"#), Ok(true));
    assert!(venus.is_complete());
}

#[test]
fn what_is_sent() {
    let id = PortalId::new(ID).unwrap();
    assert_eq!(publishes(&id), [Publish { topic: "R/0479b7f1e15c/keepalive".into(), payload: Vec::new() }]);
    assert!(subscriptions(None).iter().chain(&subscriptions(Some(&id))).all(|topic| topic.starts_with("N/")));
    let mut venus = Venus::of(id.clone());
    for topic in subscriptions(Some(&id)) {
        assert_eq!(venus.take(&topic, b""), Ok(true), "{topic}");
    }
    for bad in ["", "a/b", "+", "#", "a b", &"a".repeat(33)] {
        assert_eq!(PortalId::new(bad), None, "{bad}");
    }
    assert_eq!((LINES.len(), KEEPALIVE.as_secs()), (2, 30));
}

fn xorshift(random: &mut u64) -> usize {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random as usize
}

fn arbitrary(random: &mut u64) {
    let mut venus = Venus::new();
    for _ in 0..10 {
        let mut topic = format!("N/{ID}/system/0/{}", NUMBERS[xorshift(random) % NUMBERS.len()].0).into_bytes();
        let mut payload = format!(r#"{{"value": {}}}"#, (xorshift(random) % 4000) as f64 / 10.0).into_bytes();
        for bytes in [&mut topic, &mut payload] {
            for _ in 0..xorshift(random) % 2 {
                let at = xorshift(random) % bytes.len();
                match xorshift(random) % 3 {
                    0 => bytes[at] = xorshift(random) as u8,
                    1 => bytes.truncate(at + 1),
                    _ => drop(bytes.splice(at..at, vec![b"[{\"9-/N"[xorshift(random) % 7]; xorshift(random) % 300])),
                }
            }
        }
        drop(venus.take(&String::from_utf8_lossy(&topic), &payload));
        let reading = venus.reading();
        assert!(reading.battery.charge.is_none_or(|soc| soc.charge.get() <= 1000));
        assert!(venus.id().is_none_or(|id| PortalId::new(id.as_str()).is_some()));
    }
}

#[test]
fn arbitrary_bytes_do_no_harm() {
    let mut random = 0x1234_5678_9ABC_DEF1;
    (0..2000).for_each(|_| arbitrary(&mut random));
}

#[test]
#[ignore = "long"]
fn for_long_venus_mqtt() {
    let seconds = std::env::var("ILANGA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let mut random = 0x2545_F491_4F6C_DD1D;
    let began = std::time::Instant::now();
    while began.elapsed().as_secs() < seconds {
        (0..100).for_each(|_| arbitrary(&mut random));
    }
}
