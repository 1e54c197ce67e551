//! A Wi-Fi network that is tried before it is kept.

use super::*;
use crate::facts::WifiNetwork;

/// A desk at the question, of a computer with a radio that sees one network.
fn at_the_question(folder: &Path) -> Option<Desk> {
    let mut desk = start(folder)?;
    let staff = WifiNetwork { name: "Staff".parse().unwrap(), signal: 80, open: false };
    desk.know(Facts { wifi: vec![staff], ..facts() });
    desk.hotspot(Some(Hotspot::There(Profile { name: "ilanga-0a1b2c".into(), key: None })));
    answer_until(&mut desk, Some(Question::Network), "tpm");
    Some(desk)
}

fn answers(desk: &mut Desk, name: &str, key: &str) -> View {
    let chosen = if name == "Staff" { "ssid:Staff" } else { "other" };
    let typed = typed(&[("country", "ZA"), ("wifi", chosen), ("wifi-name", name), ("wifi-key", key)]);
    desk.serve(&phone("a", Wish::Fill { question: Question::Network, typed }), at(1)).unwrap()
}

fn look(desk: &mut Desk) -> View {
    desk.serve(&phone("a", Wish::Look), at(1)).unwrap()
}

#[test]
fn a_wrong_key_is_told_and_a_right_one_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut desk) = at_the_question(folder.path()) else { return };
    let view = answers(&mut desk, "Staff", "a wrong key");
    assert!(matches!(view.page, Page::Applying { .. }), "{view:?}");
    assert_eq!(desk.trial().unwrap().name.to_string(), "Staff");
    desk.tried(Err(NotJoined::Refused)).unwrap();
    assert_eq!(desk.trial(), None);
    for _ in 0..2 {
        let view = look(&mut desk);
        let asked = ask(&view);
        let field = asked.fields.iter().find(|field| field.name == "wifi-key").unwrap();
        assert!(field.problem.as_ref().unwrap().contains("Staff") && asked.problems.len() == 1, "{asked:?}");
        let kept = serde_json::to_string(&view).unwrap();
        assert!(!kept.contains("a wrong key"), "{kept}");
    }
    answers(&mut desk, "Staff", "the right key");
    assert_eq!(ask_or_none(&look(&mut desk)), None);
    desk.tried(Ok(())).unwrap();
    assert_eq!(ask(&look(&mut desk)).question, Question::Solar);
    let (_, network) = desk.record().network.clone().unwrap();
    assert_eq!(network.wifi[0].key.as_ref().unwrap().as_str(), "the right key");
}

fn ask_or_none(view: &View) -> Option<Question> {
    match &view.page {
        Page::Ask(ask) => Some(ask.question),
        _ => None,
    }
}

#[test]
fn what_is_typed_twice_is_kept_and_what_is_not_in_range_is_not_tried() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut desk) = at_the_question(folder.path()) else { return };
    answers(&mut desk, "Staff", "a key for later");
    desk.tried(Err(NotJoined::Gone)).unwrap();
    let view = answers(&mut desk, "Staff", "a key for later");
    assert_eq!(ask(&view).question, Question::Solar);
    // A trial that ends when something else is asked changes nothing.
    desk.tried(Ok(())).unwrap();
    assert_eq!(desk.record().question(), Some(Question::Solar));
    desk.serve(&phone("a", Wish::Back { question: Question::Solar }), at(1)).unwrap();
    let view = answers(&mut desk, "At home", "a key for later");
    assert_eq!(ask(&view).question, Question::Solar);
}
