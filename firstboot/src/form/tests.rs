//! Forms: every question has one, what fits is read back, and whatever is typed does no harm.

use formats::answers::{Language, Network, Unlock, Wired};
use formats::size::Bytes;

use super::*;
use crate::facts::{Device, Disk, Facts, Need, Service, WifiNetwork};
use crate::machine::{Record, Refusal};
use crate::texts::{Texts, id};

fn facts() -> Facts {
    Facts {
        time_zones: vec!["Africa/Maputo".parse().unwrap()],
        keyboards: vec!["us".parse().unwrap(), "za".parse().unwrap()],
        wired: true,
        wifi: vec![
            WifiNetwork { name: "Staff".parse().unwrap(), signal: 80, open: false },
            WifiNetwork { name: "<b>Café</b>".parse().unwrap(), signal: 20, open: true },
        ],
        devices: vec![Device { name: "Victron SmartSolar 100|20".into(), says: "412 W from the panels".into() }],
        helpers: crate::neighbours::tests::known(&["http://ilanga-0a1b2c.local:7364"]),
        own_disk: "usb-Stick".into(),
        from_stick: true,
        disks: vec![Disk {
            name: "nvme-a".parse().unwrap(),
            length: Bytes(100 << 30),
            holds: Some("Windows".into()),
            removable: false,
            failing: false,
            worn: Some(10),
        }],
        rest: Bytes(8 << 30),
        tpm: true,
        helps: true,
        mesh: vec![formats::answers::MeshKind::Yggdrasil, formats::answers::MeshKind::Wireguard],
        services: vec![Service { name: "kiwix".parse().unwrap(), need: Need::default() }],
        ..Facts::default()
    }
}

fn typed(values: &[(&str, &str)]) -> Typed {
    let mut typed = Typed::new();
    for (field, value) in values {
        typed.entry((*field).to_owned()).or_default().push((*value).to_owned());
    }
    typed
}

/// What a person types into each form, and the answer that it is.
fn filled() -> Vec<(Question, Typed)> {
    let password = "correct horse battery";
    vec![
        (Question::Language, typed(&[("language", "zu"), ("keyboard", "za")])),
        (Question::TimeZone, typed(&[("time-zone", "Africa/Maputo")])),
        (Question::Preset, typed(&[("preset", "clinic")])),
        (
            Question::Identity,
            typed(&[("name", " clinic-1 "), ("user", "thandi"), ("password", password), ("password-again", password)]),
        ),
        (
            Question::Network,
            typed(&[("country", "za"), ("wifi", "ssid:Staff"), ("wifi-key", "a secret key"), ("metered", "yes")]),
        ),
        (Question::Solar, typed(&[("chemistry", "lead"), ("ampere-hours", "200"), ("volts", "24")])),
        (Question::Mesh, typed(&[("mesh", "yggdrasil"), ("invitation", ""), ("helps", "yes")])),
        (
            Question::Storage,
            typed(&[
                ("install", "disk:nvme-a"),
                ("data", "rest"),
                ("erase:nvme-a", "nvme-a"),
                ("unlock", "passphrase"),
                ("passphrase", password),
                ("passphrase-again", password),
            ]),
        ),
        (Question::RecoveryKey, typed(&[("group-2", "BCDEFGHI"), ("group-7", " jklnrtuv ")])),
        (Question::Services, typed(&[("services", "kiwix")])),
        (Question::Summary, typed(&[])),
    ]
}

#[test]
fn every_question_has_a_form_and_its_fields_are_read() {
    let (facts, record, texts) = (facts(), Record::default(), Texts::default());
    for (question, typed) in filled() {
        let form = form(question, &record, &facts, [1, 6]);
        assert_eq!(form.question, question);
        let names: Vec<&str> = form.fields.iter().map(|field| field.name.as_str()).collect();
        for name in typed.keys() {
            assert!(names.contains(&name.as_str()), "{question:?} has no field {name}: {names:?}");
        }
        // Nothing that was typed is without effect on the answer, and all that is chosen can be chosen.
        for field in &form.fields {
            let (Kind::One { options, .. } | Kind::Many { options, .. }) = &field.kind else { continue };
            for value in typed.get(&field.name).into_iter().flatten() {
                assert!(options.iter().any(|choice| choice.value == *value && choice.fits), "{question:?}: {value}");
            }
        }
        let says = form.says.iter().chain(form.fields.iter().flat_map(|field| field.help.iter().chain([&field.label])));
        for text in says.chain([&form.title, &form.action]) {
            let said = texts.say(Language::English, text);
            assert!(said.len() > 2 && !said.contains('{') && !said.contains('$'), "{said}");
        }
        let given = read(question, &typed, &record, &facts);
        assert!(given.is_ok(), "{question:?}: {given:?}");
    }
}

#[test]
fn answers_are_what_was_typed() {
    let (facts, record) = (facts(), Record::default());
    let given = |question: Question| {
        let typed = filled().into_iter().find(|(asked, _)| *asked == question).unwrap().1;
        read(question, &typed, &record, &facts).unwrap()
    };
    let Given::Identity { name, user, password, ssh_keys } = given(Question::Identity) else { panic!() };
    assert_eq!((name.as_str(), user.as_str(), ssh_keys.len()), ("clinic-1", "thandi", 0));
    assert_eq!(password.unwrap().as_str(), "correct horse battery");
    let Given::Network(country, network) = given(Question::Network) else { panic!() };
    let wifi = &network.wifi[0];
    assert_eq!(
        (country.unwrap().as_str(), wifi.name.as_str(), wifi.metered, wifi.hidden),
        ("ZA", "Staff", true, false)
    );
    let Given::Storage(disks, unlock) = given(Question::Storage) else { panic!() };
    assert_eq!((disks.install_to.unwrap().as_str(), disks.data.len(), disks.erase.len()), ("nvme-a", 0, 1));
    assert!(matches!(unlock, Unlock::Passphrase { passphrase: Some(_) }));
    let expected = Given::RecoveryKey([(1, "bcdefghi".to_owned()), (6, "jklnrtuv".to_owned())]);
    assert_eq!(given(Question::RecoveryKey), expected);
}

#[test]
fn what_is_wrong_is_said_at_its_field() {
    let (facts, record) = (facts(), Record::default());
    for (question, values, problems) in [
        (Question::Language, vec![("language", "tlh")], vec!["language", "keyboard"]),
        (Question::TimeZone, vec![("time-zone", "../etc")], vec!["time-zone"]),
        (Question::Preset, vec![], vec!["preset"]),
        (
            Question::Identity,
            vec![
                ("name", "A b"),
                ("user", "root"),
                ("password", "short"),
                ("password-again", "short"),
                ("ssh-keys", "\nx"),
            ],
            vec!["name", "user", "password", "ssh-keys"],
        ),
        (
            Question::Identity,
            vec![("name", "a"), ("user", "b"), ("password", "correct horse"), ("password-again", "x")],
            vec!["password-again"],
        ),
        (Question::Identity, vec![("name", "a"), ("user", "b")], vec!["password"]),
        (Question::Network, vec![("country", "South Africa"), ("wifi", "ssid:Staff")], vec!["country", "wifi-key"]),
        (Question::Network, vec![("wifi", "other")], vec!["wifi-name"]),
        (Question::Solar, vec![("chemistry", "lead"), ("volts", "1")], vec!["ampere-hours", "volts"]),
        (Question::Mesh, vec![("mesh", "yggdrasil"), ("invitation", "hello")], vec!["invitation"]),
        (Question::Mesh, vec![("mesh", "yggdrasil"), ("invitation", "ilanga:abc")], vec!["invitation"]),
        (Question::Mesh, vec![("mesh", "wireguard"), ("wireguard", "[Interface]\nPostUp = x")], vec!["wireguard"]),
        (Question::Mesh, vec![("mesh", "nebula"), ("nebula", "port x")], vec!["nebula"]),
        (Question::Storage, vec![("data", "rest")], vec!["unlock"]),
        (
            Question::Storage,
            vec![("data", "disk:nvme-a"), ("erase:nvme-a", "nvme"), ("unlock", "tpm")],
            vec!["erase:nvme-a"],
        ),
        (Question::Storage, vec![("unlock", "neighbours"), ("need", "2"), ("helpers", "http://a")], vec!["helpers"]),
        (Question::RecoveryKey, vec![("group-2", "x")], vec![""]),
        (Question::Services, vec![("services", "A")], vec!["services"]),
    ] {
        let wrong = read(question, &typed(&values), &record, &facts).unwrap_err();
        let fields: Vec<&str> = wrong.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, problems, "{question:?} {values:?}");
    }
    // An open network needs no key.
    let open = typed(&[("wifi", "ssid:<b>Café</b>")]);
    assert!(read(Question::Network, &open, &record, &facts).is_ok());
    let said = refused(&Refusal::Small { there: Bytes(5), needed: Bytes(7_000_000) }).says;
    assert_eq!(
        Texts::default().say(Language::English, &said),
        "There is room for 5 bytes of data. At least 7.0 MB are needed."
    );
    assert_eq!(said.id(), id::DISK_SMALL);
}

#[test]
fn cables_and_mobile_networks() {
    let facts = facts();
    let read = |typed: &Typed, record: &Record| match read(Question::Network, typed, record, &facts) {
        Ok(Given::Network(_, network)) => Ok(network),
        Ok(other) => panic!("{other:?}"),
        Err(problems) => Err(problems.into_iter().map(|problem| problem.field).collect::<Vec<_>>()),
    };
    let none = Record::default();
    assert_eq!(read(&typed(&[("wifi", "none")]), &none), Ok(Network::default()));
    // What does not count is nobody's business.
    let metered = typed(&[("wifi", "none"), ("more", "cable-metered"), ("address", "nonsense"), ("pin", "x")]);
    assert_eq!(read(&metered, &none).unwrap().wired, Some(Wired { metered: true, ..Wired::default() }));
    let mut all = typed(&[("address", "192.168.7.2/24"), ("gateway", "192.168.7.1"), ("dns", "192.168.7.1, 9.9.9.9")]);
    all.insert("more".into(), vec!["fixed".into(), "mobile".into()]);
    all.extend(typed(&[("access-point", "internet"), ("pin", "1234")]));
    let network = read(&all, &none).unwrap();
    let wired = network.wired.as_ref().unwrap();
    assert_eq!(
        (wired.address.unwrap().to_string().as_str(), wired.dns.len(), wired.metered),
        ("192.168.7.2/24", 2, false)
    );
    assert!(network.mobile.as_ref().is_some_and(|mobile| mobile.metered && mobile.pin.is_some()));

    // Asked again, the form has it, but for the PIN, which is kept.
    let mut record = Record::default();
    record.network = Some((None, network.clone()));
    let again = form(Question::Network, &record, &facts, [0, 1]);
    let value = |name: &str| again.fields.iter().find(|field| field.name == name).unwrap().kind.clone();
    assert_eq!(value("dns"), Kind::Line("192.168.7.1 9.9.9.9".into()));
    assert!(matches!(value("more"), Kind::Many { chosen, .. } if chosen == ["fixed", "mobile"]));
    all.remove("pin");
    assert_eq!(read(&all, &record), Ok(network));

    for (name, wrong) in [
        ("address", "192.168.7.2"),
        ("address", ""),
        ("gateway", "router"),
        ("dns", "1.1.1.1 x"),
        ("access-point", "a b"),
        ("pin", "12"),
    ] {
        let mut typed = all.clone();
        typed.insert(name.into(), vec![wrong.into()]);
        assert_eq!(read(&typed, &none), Err(vec![name.to_owned()]), "{wrong}");
    }
}

#[test]
fn secrets_are_never_shown_again() {
    let shown = Question::ALL.map(|question| form(question, &Record::default(), &facts(), [0, 1]));
    for field in shown.iter().flat_map(|form| &form.fields) {
        let secret = ["password", "passphrase", "wifi-key", "pin"].iter().any(|word| field.name.contains(word));
        assert!(!secret || field.kind == Kind::Secret, "{}", field.name);
    }
}

#[test]
fn whatever_is_typed_does_no_harm() {
    let (facts, record) = (facts(), Record::default());
    let mut state = 0x853C_49E6_748F_EA9B_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let long = "é".repeat(LONGEST);
    let words =
        ["", "disk:", "ssid:", "0", "-1", "999999999999", "é", "\0", "\u{202e}x", long.as_str(), "nvme-a", "other"];
    for _ in 0..3000 {
        for (question, mut typed) in filled() {
            let fields: Vec<String> = typed.keys().cloned().chain(["group-0".into(), "erase:".into()]).collect();
            for _ in 0..1 + next() % 3 {
                let field = fields[next() as usize % fields.len()].clone();
                typed.insert(field, vec![words[next() as usize % words.len()].to_owned()]);
            }
            let _ = read(question, &typed, &record, &facts);
        }
    }
}
