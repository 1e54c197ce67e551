//! A form as a browser posts it: whatever was typed, there is an answer or something to say about it, and no text fails.
#![no_main]

use firstboot::facts::{Disk, Facts, Need, Service, WifiNetwork};
use firstboot::form::{Given, Typed, form, read, refused};
use firstboot::machine::{Answer, Header, Question, Record};
use firstboot::neighbours::{Advertisement, Neighbour};
use firstboot::texts::Texts;
use formats::answers::{Language, MeshKind};
use formats::size::Bytes;
use ilanga_fuzz::{byte, seeds};

/// What a tang server answered.
const ADVERTISEMENT: &[u8] = include_bytes!("../../../firstboot/src/neighbours/advertisement.json");

fn facts(how: u8) -> Facts {
    let disk = |name: &str, holds: Option<&str>| Disk {
        name: name.parse().expect("a disk's name"),
        length: Bytes(100 << 30),
        holds: holds.map(str::to_owned),
        removable: false,
        failing: false,
        worn: (how & 16 != 0).then_some(90),
    };
    Facts {
        time_zones: vec!["Africa/Maputo".parse().expect("a time zone")],
        wifi: vec![WifiNetwork { name: "Open".parse().expect("a name"), signal: 80, open: true }],
        helpers: vec![Neighbour {
            helper: "http://ilanga-0a1b2c.local:7364".parse().expect("a helper"),
            advertisement: Advertisement::parse(ADVERTISEMENT).expect("an advertisement"),
        }],
        mesh: vec![MeshKind::Yggdrasil],
        helps: how & 8 != 0,
        from_stick: how & 1 != 0,
        battery: (how & 2 != 0).then(|| "100 Ah".to_owned()),
        tpm: how & 4 != 0,
        sticks: vec!["Kingston DataTraveler".to_owned()],
        disks: vec![disk("nvme-a", Some("Windows")), disk("ata-b", None)],
        rest: Bytes(8 << 30),
        services: vec![Service { name: "kiwix".parse().expect("a service"), need: Need::default() }],
        ..Facts::default()
    }
}

fn start() {
    let forms = [
        "language=zu&keyboard=za",
        "time-zone=Africa%2FMaputo",
        "preset=clinic",
        "name=clinic-1&user=thandi&password=correct+horse+battery&password-again=correct+horse+battery&ssh-keys=%0D%0Ax",
        "country=za&wifi=ssid%3AStaff&wifi-key=a+secret+key&metered=yes",
        "chemistry=lead&ampere-hours=200&volts=24",
        "mesh=yggdrasil&invitation=ilanga%3Aabc&helps=yes",
        "install=disk%3Anvme-a&data=disk%3Aata-b&erase%3Anvme-a=nvme-a&unlock=neighbours&need=1\
         &helpers=http%3A%2F%2Filanga-0a1b2c.local%3A7364",
        "group-2=BCDEFGHI&group-7=+jklnrtuv+",
        "services=kiwix&services=kolibri",
        "",
    ];
    let with = |(question, form): (usize, &str)| [&[question as u8, 5], form.as_bytes()].concat();
    let other = [&[4, 0][..], b"wifi=other&wifi-name=Staff&wifi-key="].concat();
    let tpm = [&[7, 4][..], b"data=rest&unlock=tpm"].concat();
    seeds(forms.into_iter().enumerate().map(with).chain([other, tpm]));
}

/// The answer, where no secret has to become something else first.
fn answer(given: Given) -> Option<Answer> {
    let header = Header(uuid::Uuid::from_u128(7));
    Some(match given {
        Given::Language(language, keyboard) => Answer::Language(language, keyboard),
        Given::TimeZone(zone) => Answer::TimeZone(zone),
        Given::Preset(preset) => Answer::Preset(preset),
        Given::Network(country, network) => Answer::Network(country, network),
        Given::Solar(battery) => Answer::Solar(battery),
        Given::Mesh(mesh) => Answer::Mesh(mesh),
        Given::Storage(disks, unlock) => Answer::Storage(disks, unlock, header),
        Given::Services(services) => Answer::Services(services),
        Given::Go => Answer::Go,
        Given::Identity { .. } | Given::RecoveryKey(_) => return None,
    })
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let mut rest = data;
    let question = Question::ALL[usize::from(byte(&mut rest)) % Question::ALL.len()];
    let facts = facts(byte(&mut rest));
    let Ok(pairs) = serde_html_form::from_bytes::<Vec<(String, String)>>(rest) else { return };
    let mut typed = Typed::new();
    pairs.into_iter().for_each(|(field, value)| typed.entry(field).or_default().push(value));
    // The question is asked, whatever came before.
    let mut record = Record::default();
    record.at = Some(question);
    let texts = Texts::default();
    match read(question, &typed, &record, &facts) {
        Err(problems) => {
            assert!(!problems.is_empty());
            problems.iter().for_each(|problem| assert!(!texts.say(Language::Zulu, &problem.says).is_empty()));
        }
        Ok(given) => {
            let Some(answer) = answer(given) else { return };
            assert_eq!(answer.question(), question);
            match record.answer(answer, &facts) {
                Err(refusal) => assert!(!texts.say(Language::English, &refused(&refusal).says).is_empty()),
                Ok(next) => {
                    let bytes = next.to_bytes().expect("every record has its place in JSON");
                    assert_eq!(Record::parse(&bytes).expect("it is read again"), next);
                    for question in Question::ALL {
                        let title = form(question, &next, &facts, [1, 6]).title;
                        assert!(!texts.say(Language::English, &title).is_empty());
                    }
                }
            }
        }
    }
});
