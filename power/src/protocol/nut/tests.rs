//! NUT: words, variables, conversations. The answers are those of its documents and of its list of devices.

use super::words::{BadLine, quote, words};
use super::*;
use crate::reading::{Alarm, Confidence, Reading};
use crate::units::{Capacity, Current, Power, Temperature, Voltage};

#[test]
fn words_and_quotes() {
    for (line, expected) in [
        ("BEGIN LIST UPS", &["BEGIN", "LIST", "UPS"][..]),
        (r#"VAR su700 ups.mfr "APC""#, &["VAR", "su700", "ups.mfr", "APC"]),
        (r#"UPS su700 "Development box""#, &["UPS", "su700", "Development box"]),
        (r#"VAR a b "Smart-UPS \"700\" \\ 1U""#, &["VAR", "a", "b", r#"Smart-UPS "700" \ 1U"#]),
        (r#"VAR a b """#, &["VAR", "a", "b", ""]),
        ("", &[]),
        ("  a \t b ", &["a", "b"]),
    ] {
        assert_eq!(words(line).unwrap(), expected, "{line}");
    }
    for value in ["", "APC", "a b", r#"""#, r"\", r#"\"\\"#, "é ü"] {
        assert_eq!(words(&format!("VAR {}", quote(value))).unwrap(), ["VAR", value]);
    }
    for bad in [r#"VAR "a"#, r"VAR a\", r#"VAR "a\""#] {
        assert_eq!(words(bad), Err(BadLine::Quote), "{bad}");
    }
}

#[test]
fn lines_cut_anywhere() {
    let stream = "BEGIN LIST UPS\r\nUPS a \"b c\"\n\n\nEND LIST UPS\n".as_bytes();
    let whole = Decoder::default().take(stream);
    assert_eq!(whole.len(), 3);
    for size in 1..stream.len() {
        let mut decoder = Decoder::default();
        assert_eq!(stream.chunks(size).flat_map(|chunk| decoder.take(chunk)).collect::<Vec<_>>(), whole);
    }
    assert_eq!(Decoder::default().take(&[b'a'; 5000])[0], Err(BadLine::Endless));
    assert_eq!(Decoder::default().take(b"\xff\n"), [Err(BadLine::Binary)]);
    assert_eq!(Decoder::default().take(b"\0"), [Err(BadLine::Binary)]);
}

fn variables(given: &[(&str, &str)]) -> Variables {
    let mut variables = Variables::default();
    given.iter().for_each(|(name, value)| variables.add(name, value));
    variables
}

#[test]
fn meanings() {
    let all = variables(&[
        ("battery.charge", "87.5"),
        ("battery.voltage", "26.84"),
        ("battery.current", "1.19"),
        ("battery.temperature", "050.7"),
        ("battery.capacity", "7.2"),
        ("device.mfr", " American Power Conversion "),
        ("ups.mfr", "APC"),
        ("ups.model", "Smart-UPS 700"),
        ("ups.serial", "WS9643050926"),
        ("ups.firmware", "50.9.D"),
        ("ups.realpower", "120"),
        ("input.realpower", "300.6"),
        ("ups.status", "OL CHRG"),
        ("ups.load", "23"),
    ]);
    let (identity, reading) = (all.identity(), all.reading().unwrap());
    assert_eq!((identity.maker.as_str(), identity.model.as_str()), ("American Power Conversion", "Smart-UPS 700"));
    assert_eq!((identity.serial.unwrap().as_str(), identity.firmware.unwrap().as_str()), ("WS9643050926", "50.9.D"));
    let soc = reading.battery.charge.unwrap();
    assert_eq!((soc.charge.get(), soc.confidence), (875, Confidence::Estimated));
    assert_eq!((reading.battery.voltage, reading.battery.current), (Some(Voltage(26_840)), Some(Current(1190))));
    assert_eq!((reading.battery.temperature, reading.battery.capacity), (Some(Temperature(507)), Some(Capacity(7200))));
    assert_eq!((reading.load, reading.grid, reading.pv), (Some(Power(120)), Some(Power(301)), None));
    assert!(reading.alarms.is_empty());
    assert!(variables(&[("ups.load", "23"), ("battery.charge", "")]).reading().unwrap().is_empty());
}

#[test]
fn status_words() {
    let of = |status: &str| {
        let given = [("battery.current", "-2.5"), ("ups.status", status)];
        variables(&given).reading().unwrap()
    };
    for (status, current) in [
        ("OL CHRG", Some(2500)),
        ("OB DISCHRG", Some(-2500)),
        ("OB", Some(-2500)),
        ("OL", None),
        ("OL CHRG DISCHRG", None),
        ("", None),
    ] {
        assert_eq!(of(status).battery.current, current.map(Current), "{status}");
    }
    for (status, alarms) in [
        ("OL", &[][..]),
        ("OB LB", &[Alarm::BatteryLow]),
        ("FSD OL", &[Alarm::BatteryLow]),
        ("OL HB", &[Alarm::BatteryHigh]),
        ("OL OVER RB", &[Alarm::Overload, Alarm::Fault]),
        ("ALARM OL", &[Alarm::Fault]),
        ("ALARM OB LB", &[Alarm::BatteryLow]),
        ("OLB BYPASS TRIM BOOST CAL OFF", &[]),
    ] {
        assert_eq!(of(status).alarms, alarms, "{status}");
    }
    assert_eq!(variables(&[("ups.alarm", "Replace battery!")]).reading().unwrap().alarms, [Alarm::Fault]);
}

#[test]
fn impossible_variables() {
    for (name, value) in [
        ("battery.charge", "101"),
        ("battery.charge", "-1"),
        ("battery.voltage", "26,9"),
        ("battery.voltage", "1e3"),
        ("battery.temperature", "900"),
        ("battery.capacity", "-7"),
        ("ups.realpower", "many"),
    ] {
        let refused = variables(&[(name, value)]).reading().unwrap_err();
        assert_eq!(refused.to_string(), format!("its {name} is '{value}'"));
    }
}

const DEVICES: &str = "BEGIN LIST UPS\nUPS su700 \"Development box\"\nEND LIST UPS\n";
const VARIABLES: &str = "BEGIN LIST VAR su700\nVAR su700 ups.mfr \"APC\"\nVAR su700 battery.charge \"100\"\n\
                         VAR su700 ups.status \"OL\"\nEND LIST VAR su700\n";

/// Plays with a server that answers each request with these bytes, in chunks.
fn play(mut upsd: Upsd, chunk: usize, server: impl Fn(&str) -> String) -> (Result<Heard, Unheard>, Vec<String>) {
    let mut sent = Vec::new();
    for _ in 0..40 {
        assert_eq!(upsd.next(), upsd.next());
        match upsd.next() {
            Step::Send(request, _) => {
                let listed = requests().into_iter().chain(upsd.device().map(requests_of).unwrap_or_default());
                assert!(listed.into_iter().any(|known| known == request), "{request:?}");
                let request = String::from_utf8(request).unwrap();
                let answer = server(&request);
                sent.push(request);
                answer.as_bytes().chunks(chunk).for_each(|part| upsd.received(part));
                if answer.is_empty() {
                    upsd.silent();
                }
            }
            Step::Listen(_) => upsd.silent(),
            Step::End(end) => return (end, sent),
        }
    }
    panic!("it never ends");
}

fn su700(request: &str) -> String {
    match request {
        "LIST UPS\n" => DEVICES.to_owned(),
        "LIST VAR su700\n" => VARIABLES.to_owned(),
        _ => "ERR UNKNOWN-UPS\n".to_owned(),
    }
}

#[test]
fn conversations() {
    for chunk in [1, 5, 1000] {
        let (heard, sent) = play(Upsd::new(), chunk, su700);
        let heard = heard.unwrap();
        assert_eq!((heard.identity.maker.as_str(), sent.len()), ("APC", 2));
        assert_eq!(heard.reading.battery.charge.map(|soc| soc.charge.get()), Some(1000));
    }
    let (again, sent) = play(Upsd::of(Name::new("su700").unwrap()), 1000, su700);
    assert!(again.is_ok() && sent == ["LIST VAR su700\n"]);

    // The first can't say, the second has a name that can't be asked for, the third says something.
    let several = |request: &str| match request {
        "LIST UPS\n" => {
            "BEGIN LIST UPS\nUPS first \"\"\nUPS \"a\\nb c\" \"\"\nUPS su700 \"\"\nEND LIST UPS\n".to_owned()
        }
        "LIST VAR first\n" => "ERR DATA-STALE\n".to_owned(),
        other => su700(other),
    };
    let (heard, sent) = play(Upsd::new(), 1000, several);
    assert!(heard.is_ok() && sent == ["LIST UPS\n", "LIST VAR first\n", "LIST VAR su700\n"]);
    assert_eq!(LINES, [Line::Tcp(3493)]);
}

#[test]
fn no_conversation() {
    let end = |server: fn(&str) -> String| play(Upsd::new(), 1000, server).0;
    assert_eq!(end(|_| String::new()), Err(Unheard::Silent));
    assert_eq!(end(|_| "ERR ACCESS-DENIED\n".into()), Err(Unheard::Refused("ACCESS-DENIED".into())));
    assert_eq!(end(|_| "BEGIN LIST UPS\nEND LIST UPS\n".into()), Err(Unheard::Refused("it knows no device".into())));
    assert_eq!(end(|_| "HTTP/1.1 400 Bad Request\r\n\r\n".into()), Err(Unheard::Other("NUT's protocol")));
    assert_eq!(end(|_| "BEGIN LIST UPS\nUPS su700".into()), Err(Unheard::Other("a whole answer of NUT")));
    assert_eq!(end(|_| "a".repeat(70_000)), Err(Unheard::Other("NUT's protocol")));
    let with = |answer: &'static str| {
        play(Upsd::new(), 1000, move |request| if request == "LIST UPS\n" { DEVICES.into() } else { answer.into() }).0
    };
    assert_eq!(with("ERR DRIVER-NOT-CONNECTED\n"), Err(Unheard::Refused("DRIVER-NOT-CONNECTED".into())));
    assert_eq!(with(""), Err(Unheard::Other("a whole answer of NUT")));
    assert_eq!(with("BEGIN LIST VAR other\n"), Err(Unheard::Other("NUT's protocol")));
    assert_eq!(
        with("BEGIN LIST VAR su700\nVAR su700 battery.charge \"400\"\nEND LIST VAR su700\n"),
        Err(Unheard::Impossible("its battery.charge is '400'".into()))
    );
    let idle = with("BEGIN LIST VAR su700\nVAR su700 ups.model \"X\"\nEND LIST VAR su700\n").unwrap();
    assert_eq!((idle.identity.model.as_str(), idle.reading), ("X", Reading::default()));
    let endless = with("BEGIN LIST VAR su700\nVAR su700 x \"y\"\n");
    assert_eq!(endless, Err(Unheard::Other("a whole answer of NUT")));
}

#[test]
fn names() {
    assert!(["su700", "ups.1", "a_b-c"].into_iter().all(|name| Name::new(name).is_some()));
    for bad in ["", "a b", "a\nSET VAR x", "a\"b", "é", &"a".repeat(65)] {
        assert_eq!(Name::new(bad), None, "{bad}");
    }
}

fn xorshift(random: &mut u64) -> usize {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random as usize
}

fn arbitrary(random: &mut u64) {
    let mut upsd = Upsd::new();
    for answer in [DEVICES, VARIABLES, VARIABLES] {
        let mut bytes = answer.as_bytes().to_vec();
        for _ in 0..xorshift(random) % 3 {
            let at = xorshift(random) % bytes.len();
            match xorshift(random) % 4 {
                0 => bytes[at] = xorshift(random) as u8,
                1 => bytes[at] = b"\"\\\n -9"[xorshift(random) % 6],
                2 => bytes.truncate(at + 1),
                _ => drop(bytes.splice(at..at, vec![xorshift(random) as u8; xorshift(random) % 5000])),
            }
        }
        assert!(matches!(upsd.next(), Step::Send(..) | Step::Listen(_) | Step::End(_)));
        bytes.chunks(1 + xorshift(random) % 40).for_each(|part| upsd.received(part));
        if let Step::Send(request, _) = upsd.next() {
            assert!(request.starts_with(b"LIST ") && request.iter().filter(|byte| **byte == b'\n').count() == 1);
        }
    }
    upsd.silent();
    assert!(matches!(upsd.next(), Step::End(_)));
}

#[test]
fn arbitrary_bytes_do_no_harm() {
    let mut random = 0x1234_5678_9ABC_DEF1;
    (0..5000).for_each(|_| arbitrary(&mut random));
}

#[test]
#[ignore = "long"]
fn for_long_nut() {
    let seconds = std::env::var("ILANGA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let mut random = 0x2545_F491_4F6C_DD1D;
    let began = std::time::Instant::now();
    while began.elapsed().as_secs() < seconds {
        (0..100).for_each(|_| arbitrary(&mut random));
    }
}
