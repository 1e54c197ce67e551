//! A desk and a file of answers.

use formats::answers::{AmpereHours, Answers, Battery, Chemistry, Disks, Volts};

use super::*;

/// A file that answers all, for the facts above.
fn file(more: &str) -> Answers {
    let text = format!(
        "format = 1\nunanswered = \"usual\"\nlanguage = \"zu\"\ntime-zone = \"Africa/Maputo\"\npreset = \"clinic\"\nname = \"clinic-1\"\n\
         country = \"ZA\"\nservices = [\"kiwix\"]\n\
         recovery-key-to = [\"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\"]\n{more}\n\
         [administrator]\nname = \"thandi\"\npassword = \"isikhathi sinye\"\n\
         [mesh]\nkind = \"yggdrasil\"\n[unlock]\nby = \"passphrase\"\npassphrase = \"{PASSPHRASE}\"\n"
    );
    Answers::parse(&text).unwrap()
}

/// A record without what no two set-ups share: salts, and the header's name.
fn compared(desk: &Desk) -> String {
    let mut record = desk.record().clone();
    let header = record.storage.as_ref().map(|(_, _, header)| *header);
    assert!(header.is_some() && record.recovery_key == header);
    if let Some((_, _, header)) = &mut record.storage {
        *header = Header(uuid::Uuid::nil());
    }
    record.recovery_key = None;
    if let Some((_, administrator)) = &mut record.identity {
        administrator.password = crate::hashes::Hashes { login: String::new(), page: String::new() };
    }
    serde_json::to_string(&record).unwrap()
}

#[test]
fn a_file_makes_the_same_record_as_a_phone() {
    let (by_phone, by_file) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (Some(mut phone), Some(mut desk)) = (start(by_phone.path()), start(by_file.path())) else { return };
    answer_until(&mut phone, None, "passphrase");
    let mut handed = Vec::new();
    desk.answer_by(&file(""), at(1), &mut |key, name| {
        handed.push((key.text().to_owned(), name.to_owned()));
        Ok(())
    })
    .unwrap();
    assert!(matches!(desk.record().stage, Stage::Applying { .. }), "{:?}", desk.record().question());
    assert_eq!(compared(&desk), compared(&phone));
    let (key, name) = handed.pop().unwrap();
    let (_, _, header) = desk.record().storage.clone().unwrap();
    assert!(handed.is_empty() && name == "clinic-1" && desk.headers().opens(header, &key).unwrap());
    assert!(desk.headers().opens(header, PASSPHRASE).unwrap());
}

#[test]
fn what_a_file_leaves_open_people_are_asked_and_disturbed_by_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut desk) = start(folder.path()) else { return };
    let mut hand_over = |_: &RecoveryKey, _: &str| Ok(());
    // Somebody is at work.
    desk.serve(&phone("a", Wish::TakePen), at(1)).unwrap();
    desk.answer_by(&file(""), at(2), &mut hand_over).unwrap();
    assert_eq!(desk.record().question(), Some(Question::Language));
    // They went away; an answer that does not fit is theirs to mend.
    let later = at(1000);
    let unfit = file("").to_text().unwrap().replace("Africa/Maputo", "Africa/Maseru");
    let unfit = Answers::parse(&unfit).unwrap();
    for _ in 0..2 {
        desk.answer_by(&unfit, later, &mut hand_over).unwrap();
        assert_eq!(desk.record().question(), Some(Question::TimeZone));
    }
    let view = desk.serve(&phone("a", Wish::TakePen), later).unwrap();
    assert!(ask(&view).says[0].contains("ilanga.toml"), "{view:?}");
    let wish = Wish::Fill { question: Question::TimeZone, typed: typed(&[("time-zone", "Africa/Maputo")]) };
    desk.serve(&phone("a", wish), later).unwrap();
    desk.answer_by(&unfit, at(3000), &mut |_, _| Err("no room".into())).unwrap();
    assert_eq!(desk.record().question(), Some(Question::RecoveryKey));
    let view = desk.serve(&phone("a", Wish::TakePen), at(3000)).unwrap();
    assert!(ask(&view).says[0].contains("no room") && ask(&view).key.len() == 8, "{view:?}");
}

#[test]
fn a_file_leaves_locked_data_behind_only_if_it_names_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut desk) = start(folder.path()) else { return };
    desk.know(Facts { own_disk: "nvme-a".into(), ..facts() });
    let lock = |may_begin| Some(Lock::new("/dev/none".into(), may_begin));
    let mut names = file("");
    names.disks = Some(Disks { erase: vec!["nvme-a".parse().unwrap()], ..Disks::default() });
    for (answers, may_begin, locked) in [(&file(""), true, true), (&names, false, true), (&names, true, false)] {
        desk.locked(lock(may_begin));
        desk.begin_by(answers);
        assert_eq!(desk.is_locked(), locked);
    }
}

#[test]
fn the_power_goes_after_each_answer_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut handed: Vec<String> = Vec::new();
    for question in Question::ALL {
        let Some(mut desk) = start(folder.path()) else { return };
        assert_eq!(desk.record().question(), Some(question));
        // It goes when this one is answered: the next one never is.
        let mut one = file("keyboard = \"us\"");
        one.battery = Some(Battery {
            chemistry: Chemistry::Lead,
            ampere_hours: AmpereHours::try_from(100).unwrap(),
            volts: Volts::try_from(12).unwrap(),
        });
        if question < Question::Summary {
            one.unanswered = None;
        }
        let rest = Question::ALL.into_iter().filter(|other| *other > question);
        rest.for_each(|other| leave_out(&mut one, other));
        desk.answer_by(&one, at(1), &mut |key, _| {
            handed.push(key.text().to_owned());
            Ok(())
        })
        .unwrap();
    }
    let Some(desk) = start(folder.path()) else { return };
    assert!(matches!(desk.record().stage, Stage::Applying { .. }));
    let (_, _, header) = desk.record().storage.clone().unwrap();
    // The key that was handed over last is the one that opens.
    assert!(desk.headers().opens(header, handed.last().unwrap()).unwrap());
}

fn leave_out(file: &mut Answers, question: Question) {
    match question {
        Question::Language => file.language = None,
        Question::TimeZone => file.time_zone = None,
        Question::Preset => file.preset = None,
        Question::Identity => file.administrator = None,
        Question::Network => (file.country, file.network) = (None, None),
        Question::Solar => file.battery = None,
        Question::Mesh => file.mesh = None,
        Question::Storage => file.unlock = None,
        Question::RecoveryKey => file.recovery_key_to.clear(),
        Question::Services => file.services = None,
        Question::Summary => file.unanswered = None,
    }
}
