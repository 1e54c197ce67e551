//! The machine: every state that can be reached, and what is refused.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use formats::answers::{
    AmpereHours, Battery, Chemistry, Disks, Language, Mesh, MeshKind, Network, Preset, Unlock, Volts,
};
use uuid::Uuid;

use super::*;
use crate::changes::plan;
use crate::facts::{Disk, Service};
use crate::hashes::Hashes;

fn disk(name: &str, gigabytes: u64, holds: Option<&str>) -> Disk {
    Disk {
        name: name.parse().unwrap(),
        length: Bytes(gigabytes << 30),
        holds: holds.map(str::to_owned),
        removable: false,
        failing: false,
        worn: None,
    }
}

fn facts() -> Facts {
    let need = |megabytes: u64| Need { memory: Bytes::mib(megabytes), disk: Bytes::mib(100), milliwatts: 500 };
    Facts {
        time_zones: vec!["Africa/Maputo".parse().unwrap()],
        from_stick: true,
        disks: vec![disk("nvme-a", 100, None), disk("ata-b", 500, Some("Windows")), disk("usb-c", 1, None)],
        rest: Bytes(8 << 30),
        tpm: true,
        sticks: vec!["SanDisk Ultra, 15 GiB".into()],
        helpers: crate::neighbours::tests::known(&["http://ilanga-0a1b2c.local:7364"]),
        mesh: vec![MeshKind::Yggdrasil, MeshKind::Wireguard],
        services: [("kiwix", 200), ("kolibri", 300), ("chat", 4000)]
            .map(|(name, megabytes)| Service { name: name.parse().unwrap(), need: need(megabytes) })
            .to_vec(),
        budget: Need { memory: Bytes::mib(600), disk: Bytes::mib(1000), milliwatts: 5000 },
        ..Facts::default()
    }
}

fn header(number: u128) -> Header {
    Header(Uuid::from_u128(number))
}

fn hashes() -> Hashes {
    Hashes { login: "$y$…".into(), page: "$argon2id$…".into() }
}

fn identity() -> Answer {
    let administrator = Administrator { name: "thandi".parse().unwrap(), password: hashes(), ssh_keys: Vec::new() };
    Answer::Identity("school-1".parse().unwrap(), administrator)
}

fn neighbours() -> Unlock {
    Unlock::Neighbours { need: 1, helpers: vec!["http://ilanga-0a1b2c.local:7364".parse().unwrap()] }
}

/// Answers to a question: all that make a difference to what comes after it.
fn answers(question: Question, record: &Record) -> Vec<Answer> {
    let mesh = |kind| Answer::Mesh(Mesh { kind, ..Mesh::default() });
    let storage = |unlock: Unlock, number| Answer::Storage(Disks::default(), unlock, header(number));
    match question {
        Question::Language => vec![Answer::Language(Language::Zulu, "us".parse().unwrap())],
        Question::TimeZone => vec![Answer::TimeZone("Africa/Maputo".parse().unwrap())],
        Question::Preset => vec![Answer::Preset(Preset::School), Answer::Preset(Preset::Clinic)],
        Question::Identity => vec![identity()],
        Question::Network => vec![Answer::Network(None, Network::default())],
        Question::Solar => {
            let battery = Battery {
                chemistry: Chemistry::Lead,
                ampere_hours: AmpereHours::try_from(100).unwrap(),
                volts: Volts::try_from(12).unwrap(),
            };
            vec![Answer::Solar(None), Answer::Solar(Some(battery))]
        }
        Question::Mesh => vec![mesh(MeshKind::Yggdrasil), mesh(MeshKind::None)],
        Question::Storage => vec![storage(Unlock::Tpm, 1), storage(neighbours(), 2)],
        Question::RecoveryKey => record.storage.iter().map(|(_, _, header)| Answer::RecoveryKey(*header)).collect(),
        Question::Services => vec![Answer::Services(vec!["kiwix".parse().unwrap()]), Answer::Services(Vec::new())],
        Question::Summary => vec![Answer::Go],
    }
}

fn key(record: &Record) -> Vec<u8> {
    record.to_bytes().unwrap()
}

/// All records that can be reached, each with those that come after it.
fn reachable() -> BTreeMap<Vec<u8>, (Record, Vec<Record>)> {
    let facts = facts();
    let mut all = BTreeMap::new();
    let mut open = VecDeque::from([Record::default()]);
    while let Some(record) = open.pop_front() {
        if all.contains_key(&key(&record)) {
            continue;
        }
        let mut next = Vec::new();
        match record.question() {
            Some(asked) => {
                for answer in answers(asked, &record) {
                    match record.answer(answer, &facts) {
                        Ok(after) => next.push(after),
                        Err(refusal) => assert_eq!(refusal, Refusal::NoMesh),
                    }
                }
                next.extend(record.back());
                next.extend(Question::ALL.iter().filter_map(|&question| record.go_to(question).ok()));
            }
            None if record.stage == Stage::Ready => {
                assert_eq!(record, Record { stage: Stage::Ready, ..Record::default() })
            }
            None => next.push(record.done(plan(&record).unwrap().len())),
        }
        open.extend(next.iter().cloned());
        all.insert(key(&record), (record, next));
    }
    all
}

#[test]
fn from_every_state_the_end_is_reached() {
    let all = reachable();
    println!("{} states", all.len());
    assert!(all.len() > 500, "{}", all.len());
    for (bytes, (record, _)) in &all {
        // What was kept asks the same.
        let read = Record::parse(bytes).unwrap();
        assert_eq!((&read, read.question()), (record, record.question()));
        // Answering what is asked ends, and asks nothing twice.
        let (mut now, mut asked) = (record.clone(), BTreeSet::new());
        while let Some(question) = now.question() {
            assert!(asked.insert(question), "{question:?} is asked twice from {record:?}");
            let had = now.has(question);
            assert!(!had || now.at == Some(question), "{question:?} has an answer");
            let mut fitting = answers(question, &now).into_iter();
            now = fitting.find_map(|answer| now.answer(answer, &facts()).ok()).unwrap();
        }
        let changes = plan(&now).map_or(0, |changes| changes.len());
        assert_eq!(changes == 0, now.stage == Stage::Ready);
        for _ in 0..changes {
            now = now.done(changes);
        }
        assert_eq!(now.stage, Stage::Ready);
        assert_eq!(now.done(changes), now);
    }
}

#[test]
fn going_back_loses_nothing_but_what_is_undone() {
    for (record, next) in reachable().into_values() {
        let Some(asked) = record.question() else { continue };
        for after in next {
            for question in Question::ALL {
                let lost = record.has(question) && !after.has(question);
                let undone = match asked {
                    Question::Preset => question == Question::Services,
                    Question::Mesh => matches!(question, Question::Storage | Question::RecoveryKey),
                    Question::Storage => question == Question::RecoveryKey,
                    _ => false,
                };
                assert!(!lost || undone, "{asked:?} has undone {question:?}");
            }
        }
        // Back is always one question before, but at the first, and behind a recovery key that was confirmed.
        let back = record.back().unwrap();
        let confirmed = record.recovery_key.is_some();
        let before = asked.before().filter(|before| *before != Question::RecoveryKey || !confirmed);
        let expected = before.or(if asked == Question::Services { Some(Question::Storage) } else { None });
        assert_eq!(back.question(), Some(expected.unwrap_or(asked)));
        assert_eq!(Record { at: None, ..back }, Record { at: None, ..record });
    }
}

#[test]
fn changes_are_made_only_of_whole_answers() {
    for (record, _) in reachable().into_values() {
        let whole = record.first_open() == Question::Summary;
        assert_eq!(plan(&record).is_some(), whole, "{record:?}");
        if record.question().is_none() {
            assert_eq!(record.answer(Answer::Go, &facts()), Err(Refusal::Begun));
            assert_eq!((record.back(), record.go_to(Question::Language)), (Err(Refusal::Begun), Err(Refusal::Begun)));
        }
    }
}

/// A record at a question, with the first answer to each before it.
fn at(question: Question) -> Record {
    let mut record = Record::default();
    while record.question() != Some(question) {
        let answer = answers(record.question().unwrap(), &record).remove(0);
        record = record.answer(answer, &facts()).unwrap();
    }
    record
}

#[test]
fn what_does_not_fit_is_refused() {
    let name = |text: &str| text.parse::<DiskName>().unwrap();
    let storage = |install: Option<&str>, data: &[&str], erase: &[&str]| {
        let disks = Disks {
            install_to: install.map(name),
            data: data.iter().copied().map(name).collect(),
            erase: erase.iter().copied().map(name).collect(),
        };
        Answer::Storage(disks, Unlock::Tpm, header(1))
    };
    let refused = |answer: Answer, facts: &Facts| at(answer.question()).answer(answer, facts).err();
    let facts = facts();
    assert_eq!(refused(Answer::TimeZone("Europe/Paris".parse().unwrap()), &facts), Some(Refusal::TimeZone));
    for (answer, refusal) in [
        (storage(None, &["nvme-x"], &[]), Some(Refusal::NoDisk(name("nvme-x")))),
        (storage(None, &["nvme-a", "nvme-a"], &[]), Some(Refusal::Twice(name("nvme-a")))),
        (storage(Some("nvme-a"), &["nvme-a"], &[]), Some(Refusal::Twice(name("nvme-a")))),
        (storage(None, &["ata-b"], &["nvme-a"]), Some(Refusal::Holds { name: name("ata-b"), holds: "Windows".into() })),
        (storage(Some("ata-b"), &[], &[]), Some(Refusal::Holds { name: name("ata-b"), holds: "Windows".into() })),
        (storage(None, &["usb-c"], &[]), Some(Refusal::Small { there: Bytes(1 << 30), needed: LEAST })),
        (storage(None, &["ata-b"], &["ata-b"]), None),
        (storage(None, &["ata-b", "nvme-a"], &["ata-b"]), Some(Refusal::Several)),
        (storage(Some("nvme-a"), &[], &[]), None),
    ] {
        assert_eq!(refused(answer, &facts), refusal);
    }
    let installed = Facts { from_stick: false, ..facts.clone() };
    assert_eq!(refused(storage(Some("nvme-a"), &[], &[]), &installed), Some(Refusal::Installed));
    let large = Facts { system: Bytes(99 << 30), ..facts.clone() };
    let small = Refusal::Small { there: Bytes((1 << 30) - (1 << 20)), needed: LEAST };
    assert_eq!(refused(storage(Some("nvme-a"), &[], &[]), &large), Some(small));
    let without = Facts { tpm: false, rest: Bytes(5), ..facts.clone() };
    assert_eq!(refused(storage(None, &["nvme-a"], &[]), &without), Some(Refusal::NoTpm));
    let again = Facts { rest_holds: Some("encrypted data".into()), own_disk: "mmc-d".into(), ..facts.clone() };
    let earlier = Refusal::Holds { name: name("mmc-d"), holds: "encrypted data".into() };
    assert_eq!(refused(storage(None, &[], &[]), &again), Some(earlier));
    assert_eq!(refused(storage(None, &[], &["mmc-d"]), &again), None);
    let small = Refusal::Small { there: Bytes(5), needed: LEAST };
    assert_eq!(refused(storage(None, &[], &[]), &without), Some(small));
    assert_eq!(refused(Answer::RecoveryKey(header(9)), &facts), Some(Refusal::OldHeader));
    let services = |names: &[&str]| Answer::Services(names.iter().map(|name| name.parse().unwrap()).collect());
    assert_eq!(refused(services(&["kiwix", "x"]), &facts), Some(Refusal::NoService("x".parse().unwrap())));
    assert!(matches!(refused(services(&["kiwix", "chat"]), &facts), Some(Refusal::Budget { .. })));
    assert_eq!(refused(services(&["kiwix", "kolibri"]), &facts), None);
    let elsewhere = Refusal::Elsewhere { asked: Question::Preset, answered: Question::TimeZone };
    let zone = Answer::TimeZone("Africa/Maputo".parse().unwrap());
    assert_eq!(at(Question::Preset).answer(zone, &facts).err(), Some(elsewhere));
    let ahead = Refusal::Elsewhere { asked: Question::Preset, answered: Question::Mesh };
    assert_eq!(at(Question::Preset).go_to(Question::Mesh).err(), Some(ahead));
}

#[test]
fn no_passphrase_is_kept() {
    let passphrase = "a long passphrase".parse().unwrap();
    let unlock = Unlock::Passphrase { passphrase: Some(passphrase) };
    let record = at(Question::Storage).answer(Answer::Storage(Disks::default(), unlock, header(1)), &facts()).unwrap();
    assert!(!String::from_utf8(record.to_bytes().unwrap()).unwrap().contains("a long passphrase"));
}

#[test]
fn broken_records() {
    for broken in ["", "{}", "{\"version\": 0}", "{\"version\": 1, \"hat\": 1}", "[]", "\0"] {
        assert!(matches!(Record::parse(broken.as_bytes()), Err(BadRecord::Broken(_))), "{broken}");
    }
    assert!(matches!(Record::parse(b"{\"version\": 2, \"hat\": 1}"), Err(BadRecord::Newer(2))));
    assert!(matches!(Record::parse(&[b' '; LONGEST + 1]), Err(BadRecord::Long)));
}

#[test]
fn nothing_is_left_where_it_moved_away_from() {
    let mut record = at(Question::Summary);
    record.language = Some((Language::Zulu, "za".parse().unwrap()));
    let moved = record.moved("nvme-a".parse().unwrap());
    let expected = Record {
        stage: Stage::Moved,
        language: record.language.clone(),
        moved_to: Some("nvme-a".parse().unwrap()),
        ..Record::default()
    };
    assert_eq!(moved, expected);
    assert_eq!(Record::parse(&moved.to_bytes().unwrap()).unwrap(), moved);
    assert_eq!((moved.question(), moved.back(), moved.done(3)), (None, Err(Refusal::Begun), moved.clone()));
    assert!(plan(&moved).is_none());
}

/// Whoever has the disk can write any number there.
#[test]
fn more_changes_done_than_there_are_end_all_the_same() {
    for done in [4, 5, usize::MAX] {
        let record = Record { stage: Stage::Applying { done }, ..at(Question::Summary) };
        assert_eq!(record.done(5).stage, Stage::Ready, "{done}");
        assert_eq!(record.done(0).stage, Stage::Ready, "{done}");
    }
}

/// Whether an invitation fits the mesh, and has not ended before the day of the release.
#[test]
fn invitations_into_the_mesh() {
    use formats::community::{CommunityKey, Invited, LinkPassword, MeshKey, Token};
    let invited = Invited {
        founder: MeshKey::new([7; 32]),
        last_day: "2026-12-24".parse().unwrap(),
        password: LinkPassword::new([5; 10]),
        token: Token::new([6; 8]),
        name: "Isikole".parse().unwrap(),
        endpoints: Vec::new(),
    };
    let invitation = invited.sign(&CommunityKey::of_seed(&[1; 32]));
    let answer = |kind| Answer::Mesh(Mesh { kind, invitation: Some(invitation.clone()), ..Mesh::default() });
    let record = at(Question::Mesh);
    for (kind, passed, refused) in [
        (MeshKind::Yggdrasil, None, None),
        (MeshKind::Yggdrasil, Some("2026-12-24"), None),
        (MeshKind::Yggdrasil, Some("2026-12-25"), Some(Refusal::Ended("2026-12-24".parse().unwrap()))),
        (MeshKind::None, None, Some(Refusal::Uninvited)),
    ] {
        let facts = Facts { passed: passed.map(|day| day.parse().unwrap()), ..facts() };
        assert_eq!(record.answer(answer(kind), &facts).err(), refused);
    }
    for (kind, refused) in [(MeshKind::Wireguard, Refusal::NoWireGuard), (MeshKind::Nebula, Refusal::NoSuchMesh)] {
        let without = Answer::Mesh(Mesh { kind, ..Mesh::default() });
        assert_eq!(record.answer(without, &facts()).err(), Some(refused));
    }
}
