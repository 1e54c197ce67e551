//! A desk with a real folder and real headers, and everything that people do in front of it.

mod by_file;
mod radio;

use std::path::Path;

use formats::answers::Unlock;
use formats::size::Bytes;

use super::*;
use crate::claim::{Code, WINDOW};
use crate::facts::{Need, Radios, Service};
use crate::hotspot::{Profile, Use};
use crate::node::Node;
use crate::stick::{self, Sticks};

const PASSPHRASE: &str = "umbane namanzi 7";

fn facts() -> Facts {
    Facts {
        time_zones: vec!["Africa/Maputo".parse().unwrap()],
        keyboards: vec!["us".parse().unwrap()],
        rest: Bytes(8 << 30),
        sticks: vec!["SanDisk Ultra, 15 GiB".into()],
        helps: true,
        mesh: vec![formats::answers::MeshKind::Yggdrasil],
        services: vec![Service { name: "kiwix".parse().unwrap(), need: Need::default() }],
        address: "192.168.7.1".into(),
        ..Facts::default()
    }
}

/// A desk as it is after a start; `None` where there is no cryptsetup.
fn start(folder: &Path) -> Option<Desk> {
    if !Path::new("/usr/sbin/cryptsetup").exists() {
        println!("skipped: no cryptsetup");
        return None;
    }
    let store = Store::open(folder).unwrap();
    let headers = stick::tests::headers(folder);
    Some(Desk::open(store, headers, Claim::new(Code::of_random(123_456), false), facts()).unwrap())
}

fn phone(name: &str, wish: Wish) -> Request {
    Request { front: Front::Phone(name.into()), language: None, wish }
}

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn ask(view: &View) -> &Ask {
    let Page::Ask(ask) = &view.page else { panic!("{view:?}") };
    ask
}

fn typed(values: &[(&str, &str)]) -> Typed {
    let mut typed = Typed::new();
    for (field, value) in values {
        typed.entry((*field).to_owned()).or_default().push((*value).to_owned());
    }
    typed
}

/// What is typed at a question, by somebody who reads the recovery key from the page.
fn right(ask: &Ask, unlock: &str) -> Typed {
    match ask.question {
        Question::Language => typed(&[("language", "zu"), ("keyboard", "us")]),
        Question::TimeZone => typed(&[("time-zone", "Africa/Maputo")]),
        Question::Preset => typed(&[("preset", "clinic")]),
        Question::Identity => typed(&[
            ("name", "clinic-1"),
            ("user", "thandi"),
            ("password", "isikhathi sinye"),
            ("password-again", "isikhathi sinye"),
        ]),
        Question::Network => typed(&[("country", "ZA"), ("wifi", "none")]),
        Question::Solar => typed(&[("chemistry", "none")]),
        Question::Mesh => typed(&[("mesh", "yggdrasil")]),
        Question::Storage => {
            typed(&[("data", "rest"), ("unlock", unlock), ("passphrase", PASSPHRASE), ("passphrase-again", PASSPHRASE)])
        }
        Question::RecoveryKey if ask.key.is_empty() => typed(&[("passphrase", PASSPHRASE)]),
        Question::RecoveryKey => {
            let mut typed = Typed::new();
            for field in &ask.fields {
                let number: usize = field.name.trim_start_matches("group-").parse().unwrap();
                typed.insert(field.name.clone(), vec![ask.key[number - 1].to_uppercase()]);
            }
            typed
        }
        Question::Services => typed(&[("services", "kiwix")]),
        Question::Summary => Typed::new(),
    }
}

/// Answers until this question is asked, or all are answered.
fn answer_until(desk: &mut Desk, question: Option<Question>, unlock: &str) -> View {
    let mut view = desk.serve(&phone("a", Wish::TakePen), at(1)).unwrap();
    for _ in 0..40 {
        let Page::Ask(asked) = &view.page else { return view };
        if Some(asked.question) == question {
            return view;
        }
        let wish = Wish::Fill { question: asked.question, typed: right(asked, unlock) };
        view = desk.serve(&phone("a", wish), at(1)).unwrap();
        if let Page::Ask(asked) = &view.page {
            let told: Vec<_> = asked.fields.iter().filter_map(|field| field.problem.as_ref()).collect();
            assert!(told.is_empty() && asked.problems.is_empty(), "{told:?} {:?}", asked.problems);
        }
    }
    panic!("it has no end")
}

#[test]
fn how_it_is_done_with_a_phone_is_for_screens_alone() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut desk) = start(folder.path()) else { return };
    let look = |front| Request { front, language: None, wish: Wish::Look };
    let screen = look(Front::Screen("tty1".into()));
    let says = |desk: &mut Desk| desk.serve(&screen, at(1)).unwrap().by_phone.map(|phone| phone.says.join(" "));
    assert!(says(&mut desk).unwrap().contains("http://192.168.7.1/"));
    let profile = Profile { name: "ilanga-0a1b2c".into(), key: None };
    desk.hotspot(Some(Hotspot::There(profile)));
    let said = says(&mut desk).unwrap();
    assert!(said.contains("ilanga-0a1b2c") && said.contains("198.18.23.1") && said.contains("123 456"), "{said}");
    assert_eq!(desk.serve(&phone("a", Wish::Look), at(1)).unwrap().by_phone, None);
    // A phone may have it instead: a screen says so, and nobody else.
    desk.know(Facts { radios: Radios { all: 1, mesh: 0 }, ..facts() });
    let joins = |front, joins| Request { front, language: None, wish: Wish::PhonesHotspot { joins } };
    let view = desk.serve(&joins(Front::Screen("tty1".into()), true), at(1)).unwrap();
    assert_eq!(desk.use_of_hotspot(at(1)), Use::Phones);
    assert!(view.by_phone.is_some_and(|phone| phone.soon && phone.joins && phone.other.is_some()));
    desk.hotspot(Some(Hotspot::Phones(Profile { name: "ilanga-0a1b2c".into(), key: None })));
    assert!(says(&mut desk).unwrap().contains("ilanga-0a1b2c"));
    desk.know(Facts { radios: Radios { all: 1, mesh: 0 }, address: String::new(), ..facts() });
    assert!(desk.serve(&screen, at(1)).unwrap().by_phone.is_some_and(|phone| phone.soon && phone.says.len() == 3));
    desk.serve(&joins(Front::Screen("tty1".into()), false), at(1)).unwrap();
    assert_eq!(desk.use_of_hotspot(at(1)), Use::Wanted);
    desk.hotspot(None);
    desk.know(Facts { address: String::new(), ..facts() });
    assert_eq!(says(&mut desk), None);
    // Nobody comes any more.
    assert_eq!(desk.use_of_hotspot(at(1)), Use::Wanted);
    assert_eq!(desk.use_of_hotspot(WINDOW), Use::Closed);
    desk.know(facts());
    assert_eq!(desk.serve(&screen, WINDOW).unwrap().by_phone, None);
    desk.serve(&phone("a", Wish::PhonesHotspot { joins: true }), at(1)).unwrap();
    assert_eq!(desk.use_of_hotspot(at(1)), Use::Wanted);
}

#[test]
fn the_power_goes_after_each_answer_and_nothing_is_asked_twice() {
    for unlock in ["passphrase", "usb-key"] {
        let folder = tempfile::tempdir().unwrap();
        let (mut asked, mut lost) = (Vec::new(), 0);
        loop {
            let Some(mut desk) = start(folder.path()) else { return };
            let view = desk.serve(&phone("a", Wish::TakePen), at(1)).unwrap();
            let Page::Ask(now) = &view.page else { break };
            asked.push(now.question);
            if now.question == Question::RecoveryKey {
                // A passphrase has to be typed before there can be another recovery key; all else goes by itself.
                assert_eq!(now.key.is_empty(), unlock == "passphrase");
                lost += 1;
                if lost < 3 {
                    continue;
                }
                if unlock == "passphrase" {
                    let wrong = Wish::Fill { question: now.question, typed: typed(&[("passphrase", "not this one")]) };
                    assert!(ask(&desk.serve(&phone("a", wrong), at(1)).unwrap()).fields[0].problem.is_some());
                    let wish = Wish::Fill { question: now.question, typed: right(now, unlock) };
                    let view = desk.serve(&phone("a", wish), at(1)).unwrap();
                    let shown = ask(&view).clone();
                    let wish = Wish::Fill { question: shown.question, typed: right(&shown, unlock) };
                    desk.serve(&phone("a", wish), at(1)).unwrap();
                    continue;
                }
            }
            let wish = Wish::Fill { question: now.question, typed: right(now, unlock) };
            desk.serve(&phone("a", wish), at(1)).unwrap();
        }
        asked.dedup();
        assert_eq!(asked, Question::ALL, "{unlock}");
        let desk = start(folder.path()).unwrap();
        let (_, kept, header) = desk.record().storage.clone().unwrap();
        assert!(!matches!(kept, Unlock::Passphrase { passphrase: Some(_) }));
        assert_eq!(desk.headers.opens(header, PASSPHRASE).unwrap(), unlock == "passphrase");
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 3, "a record, a header, and the computer with its stick");
        let sticks = Sticks::of(&Node::new(&folder.path().join("computer")));
        let key = sticks.key(header);
        assert_eq!(key.is_some_and(|key| desk.headers.opens(header, &key[..]).unwrap()), unlock == "usb-key");
        assert_eq!(stick::tests::keys(&sticks), usize::from(unlock == "usb-key"), "those of other headers are gone");
        let record = std::fs::read_to_string(folder.path().join("record.json")).unwrap();
        assert!(!record.contains(PASSPHRASE) && !record.contains("isikhathi"), "{record}");
    }
}

#[test]
fn the_recovery_key_that_was_shown_opens_the_header() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut desk) = start(folder.path()) else { return };
    let view = answer_until(&mut desk, Some(Question::RecoveryKey), "usb-key");
    let shown = ask(&view).clone();
    let header = desk.record().storage.clone().unwrap().2;
    assert!(desk.headers.opens(header, shown.key.join("-")).unwrap());
    assert!(!desk.headers.opens(header, "bbbbbbbb").unwrap());
    // Somebody else does not see it, and nobody goes on without having it.
    let other = desk.serve(&phone("b", Wish::Enter { code: "123456".into() }), at(2)).unwrap();
    assert!(other.busy.is_some() && ask(&other).key.is_empty());
    let field = shown.fields[0].name.clone();
    for wrong in [Typed::new(), typed(&[(field.as_str(), "bbbbbbbb")])] {
        let wish = Wish::Fill { question: Question::RecoveryKey, typed: wrong };
        assert_eq!(ask(&desk.serve(&phone("a", wish), at(2)).unwrap()).question, Question::RecoveryKey);
    }
    let view = answer_until(&mut desk, None, "usb-key");
    assert!(matches!(view.page, Page::Applying { done: 0, .. }), "{view:?}");
    assert_eq!(view.language, Language::Zulu);
}

#[test]
fn going_back_undoes_nothing_and_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut desk) = start(folder.path()) else { return };
    let view = answer_until(&mut desk, Some(Question::Services), "passphrase");
    let mut before = Vec::new();
    let mut question = ask(&view).question;
    while question != Question::Language {
        let view = desk.serve(&phone("a", Wish::Back { question }), at(1)).unwrap();
        // A second tap on the same button goes no further.
        assert_eq!(desk.serve(&phone("a", Wish::Back { question }), at(1)).unwrap(), view);
        question = ask(&view).question;
        before.push(question);
        let said = serde_json::to_string(&view).unwrap();
        assert!(!said.contains(PASSPHRASE) && !said.contains("$y$") && !said.contains("isikhathi"), "{said}");
    }
    let skips: Vec<Question> =
        Question::ALL.into_iter().rev().filter(|question| *question < Question::RecoveryKey).collect();
    assert_eq!(before, skips);
    // The disks again, without a new passphrase: what was there stays, and so does its recovery key.
    let header = desk.record().storage.clone().unwrap().2;
    let wish = Wish::Fill { question: Question::Language, typed: typed(&[("language", "zu"), ("keyboard", "us")]) };
    assert_eq!(ask(&desk.serve(&phone("a", wish), at(1)).unwrap()).question, Question::Services);
    desk.serve(&phone("a", Wish::Back { question: Question::Services }), at(1)).unwrap();
    let wish = Wish::Fill { question: Question::Storage, typed: typed(&[("data", "rest"), ("unlock", "passphrase")]) };
    assert_eq!(ask(&desk.serve(&phone("a", wish), at(1)).unwrap()).question, Question::Services);
    assert_eq!(desk.record().storage.clone().unwrap().2, header);
}

#[test]
fn what_does_not_fit_is_told_at_its_field_and_kept_on_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut desk) = start(folder.path()) else { return };
    answer_until(&mut desk, Some(Question::Identity), "usb-key");
    let values = [("name", "Clinic One"), ("user", "thandi"), ("password", "short"), ("password-again", "short")];
    let wish = Wish::Fill { question: Question::Identity, typed: typed(&values) };
    let view = desk.serve(&phone("a", wish), at(1)).unwrap();
    let fields = &ask(&view).fields;
    assert!(fields[0].problem.is_some() && fields[1].problem.is_none() && fields[2].problem.is_some());
    assert_eq!(fields[0].input, Takes::Line { value: "Clinic One".into() });
    assert_eq!(fields[2].input, Takes::Secret);
    assert_eq!(start(folder.path()).unwrap().record().identity, None);
}

#[test]
fn one_claims_it_and_one_writes() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut desk) = start(folder.path()) else { return };
    // Phones look by themselves: that claims nothing.
    for name in ["x", "y"] {
        assert_eq!(ask(&desk.serve(&phone(name, Wish::Look), at(1)).unwrap()).question, Question::Language);
    }
    let fill = |question, values: &[(&str, &str)]| Wish::Fill { question, typed: typed(values) };
    let language = fill(Question::Language, &[("language", "xh"), ("keyboard", "us")]);
    let first = desk.serve(&phone("a", language.clone()), at(2)).unwrap();
    assert_eq!((first.language, ask(&first).question), (Language::Xhosa, Question::TimeZone));
    assert!(first.code.is_some_and(|code| code.contains("123 456")));
    for wish in [Wish::Look, language, Wish::TakePen, Wish::Enter { code: "000000".into() }] {
        let turned = desk.serve(&phone("thief", wish), at(3)).unwrap();
        assert!(matches!(turned.page, Page::Code { .. }) && turned.code.is_none(), "{turned:?}");
    }
    let zone = fill(Question::TimeZone, &[("time-zone", "Africa/Maputo")]);
    // A second device of the same person sees, and takes the pen if it wants.
    let second = desk.serve(&phone("b", Wish::Enter { code: "123456".into() }), at(3)).unwrap();
    assert!(second.busy.is_some());
    let second = desk.serve(&phone("b", zone.clone()), at(3)).unwrap();
    assert_eq!((ask(&second).question, second.busy.is_some()), (Question::TimeZone, true));
    desk.serve(&phone("b", Wish::TakePen), at(3)).unwrap();
    let second = desk.serve(&phone("b", zone), at(3)).unwrap();
    assert_eq!((ask(&second).question, second.busy.is_some()), (Question::Preset, false));
    assert!(desk.serve(&phone("a", Wish::Look), at(3)).unwrap().busy.is_some());
    // Whoever is at the screen needs no code.
    let screen = Request { front: Front::Screen("tty1".into()), language: None, wish: Wish::TakePen };
    assert!(desk.serve(&screen, at(4)).unwrap().busy.is_none());
    assert!(desk.serve(&phone("b", Wish::Look), at(4)).unwrap().busy.is_some());
}

#[test]
fn changes_are_made_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut desk) = start(folder.path()) else { return };
    assert_eq!(desk.change(), None);
    answer_until(&mut desk, None, "usb-key");
    let plan = changes::plan(desk.record()).unwrap();
    for (number, expected) in plan.iter().enumerate() {
        // The power goes before each.
        desk = start(folder.path()).unwrap();
        assert_eq!(desk.change(), Some((number, expected.clone())));
        desk.failed("no such disk".into());
        let view = desk.serve(&phone("a", Wish::TakePen), at(1)).unwrap();
        let Page::Applying { done, changes, failed, .. } = view.page else { panic!("{view:?}") };
        assert_eq!((done, changes.len(), failed.is_some(), desk.waits()), (number, plan.len(), true, true));
        desk.serve(&phone("a", Wish::Again), at(1)).unwrap();
        assert!(!desk.waits());
        desk.made().unwrap();
    }
    assert_eq!((desk.change(), desk.record().stage), (None, Stage::Ready));
    let view = desk.serve(&phone("a", Wish::TakePen), at(1)).unwrap();
    assert!(
        matches!(&view.page, Page::Ready { says, .. } if says.contains("clinic-1") && says.contains("192.168.7.1"))
    );
}

#[test]
fn a_stick_that_is_not_there_is_told_and_nothing_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut desk) = start(folder.path()) else { return };
    let view = answer_until(&mut desk, Some(Question::Storage), "usb-key");
    // It was pulled out between the look and the answer.
    let device = folder.path().join("computer/dev/sdb1");
    std::fs::rename(&device, folder.path().join("pulled")).unwrap();
    let wish = Wish::Fill { question: Question::Storage, typed: right(ask(&view), "usb-key") };
    let view = desk.serve(&phone("a", wish.clone()), at(1)).unwrap();
    let told = ask(&view).fields.iter().find(|field| field.name == "unlock").unwrap().problem.clone().unwrap();
    assert!(told.contains("0"), "{told}");
    assert!(desk.record().storage.is_none());
    std::fs::rename(folder.path().join("pulled"), &device).unwrap();
    desk.serve(&phone("a", wish), at(1)).unwrap();
    let (_, _, header) = desk.record().storage.clone().unwrap();
    // Another way: the key of the first goes from the stick.
    let sticks = Sticks::of(&Node::new(&folder.path().join("computer")));
    assert!(sticks.key(header).is_some());
    desk.serve(&phone("a", Wish::Back { question: Question::RecoveryKey }), at(1)).unwrap();
    let view = desk.serve(&phone("a", Wish::Look), at(1)).unwrap();
    let wish = Wish::Fill { question: Question::Storage, typed: right(ask(&view), "passphrase") };
    desk.serve(&phone("a", wish), at(1)).unwrap();
    assert_eq!(stick::tests::keys(&sticks), 0);
}

#[test]
fn the_cipher_is_the_one_that_was_measured_and_people_read_it() {
    use crate::header::Cost;
    use crate::speed::{Cipher, Speed};

    let folder = tempfile::tempdir().unwrap();
    let Some(mut desk) = start(folder.path()) else { return };
    let guess = Some(Cost { memory: 262_144, milliseconds: 2000 });
    desk.measured(Speed { cipher: Cipher::Adiantum, megabytes: 120, guess });
    desk.know(facts());
    let view = answer_until(&mut desk, Some(Question::Storage), "passphrase");
    let says = ask(&view).says.join("\n");
    assert!(says.contains("120 MB") && says.contains("Adiantum") && says.contains("268 MB"), "{says}");
    let wish = Wish::Fill { question: Question::Storage, typed: right(ask(&view), "passphrase") };
    if let Err(trouble) = desk.serve(&phone("a", wish), at(1)) {
        // cryptsetup tries a cipher before it believes in it, with the kernel's help.
        let why = crate::error::chain(&trouble);
        let helps = ["device-mapper", "loopback"].iter().any(|help| why.contains(help));
        assert!(why.contains("cryptsetup luksFormat") && helps, "{why}");
        println!("skipped: this kernel has no Adiantum");
        return;
    }
    let (_, _, header) = desk.record().storage.clone().unwrap();
    let bytes = std::fs::read(desk.headers.path(header)).unwrap();
    let metadata = String::from_utf8_lossy(&bytes[..32 << 10]);
    assert!(metadata.contains("\"encryption\":\"xchacha12,aes-adiantum-plain64\""), "{metadata}");
}
