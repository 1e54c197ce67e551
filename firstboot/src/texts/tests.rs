//! All languages: every text is said, with all that is put into it, in characters and lengths that fit a console.

use super::*;

/// Texts that may be the same as in English, with the language in which they are; without one, in all.
const SAME: &[(Id, Option<Language>, &str)] = &[
    (id::DATA_DISK, None, "a disk's name, and nothing else"),
    (id::SOLAR_FOUND, None, "a device, and what it says: no words of ours"),
    (id::CHANGE_BATTERY, Some(Language::Afrikaans), "the same word"),
    (id::INVITATION_LABEL, Some(Language::French), "the same word"),
    (id::SERVICES_TITLE, Some(Language::French), "the same word"),
    (id::SERVICES_LABEL, Some(Language::French), "the same word"),
];

/// Beyond ASCII and Latin-1: what Debian's console fonts `Lat15-*` and `Uni2-*` have as well, and texts may use.
const MORE: &str = "ŒœŠšŽž‐–—‘’‚“”„…";

/// What is put in for variables: words of its own for each, as long as a short name.
fn filled(id: Id) -> (Text, Vec<String>) {
    let words: Vec<String> = (0..id.1.len()).map(|number| format!("WORD-{number}")).collect();
    let text = id.1.iter().zip(&words).fold(id.text(), |text, (name, word)| text.with(name, word.as_str()));
    (text, words)
}

/// Every text in every language: language, name, what is said, and the same in English.
fn all() -> Vec<(Language, Id, String, String)> {
    let texts = Texts::default();
    let said = |language, id| texts.say(language, &filled(id).0);
    let every = |&id| Language::ALL.map(|language| (language, id, said(language, id), said(Language::English, id)));
    id::ALL.iter().flat_map(every).collect()
}

#[test]
fn every_language_has_a_file_of_its_own() {
    let files: Vec<Language> = FILES.iter().map(|(language, _)| *language).collect();
    assert_eq!(files, Language::ALL);
    for (language, text) in FILES {
        assert!(FluentResource::try_new((*text).to_owned()).is_ok(), "{language:?}");
    }
}

#[test]
fn every_text_is_said_with_all_that_is_put_into_it() {
    for (language, id, said, english) in all() {
        assert!(!said.trim().is_empty() && said != id.name() && !said.contains('{'), "{language:?} {id:?}: {said}");
        // What only decides over singular and plural is in no text, in English neither.
        for word in filled(id).1.iter().filter(|word| english.contains(word.as_str())) {
            assert!(said.contains(word), "{language:?} {id:?} lacks {word}: {said}");
        }
    }
}

#[test]
fn numbers_decide_over_singular_and_plural() {
    let texts = Texts::default();
    let neighbours = |language, need: i64, of: i64| {
        texts.say(language, &id::CHANGE_UNLOCK_NEIGHBOURS.with("need", need).with("of", of))
    };
    for (language, one, more) in [
        (Language::Afrikaans, "1 van 1 buurman maak dit oop", "2 van 3 bure maak dit oop"),
        (Language::French, "1 voisin sur 1 les ouvre", "2 voisins sur 3 les ouvrent"),
        (Language::Portuguese, "1 vizinho em 1 abre-os", "2 vizinhos em 3 abrem-nos"),
        (Language::Swahili, "Jirani 1 kati ya 1 hufungua data", "Majirani 2 kati ya 3 hufungua data"),
        (Language::Zulu, "Omakhelwane abavula idatha: 1 ku-1", "Omakhelwane abavula idatha: 2 ku-3"),
    ] {
        assert_eq!(neighbours(language, 1, 1), one);
        assert_eq!(neighbours(language, 2, 3), more);
    }
    // Whatever a number decides, it is said, and all else that is put in.
    for (language, id, said, _) in all() {
        let words = filled(id).1;
        for (decides, number) in (0..id.1.len()).flat_map(|decides| [0, 1, 2, 5, 1_000_000].map(|n| (decides, n))) {
            let mut text = filled(id).0;
            text.with[decides].1 = Value::Number(number);
            let with_number = texts.say(language, &text);
            for (place, word) in words.iter().enumerate().filter(|(_, word)| said.contains(word.as_str())) {
                let shown = if place == decides { number.to_string() } else { word.clone() };
                assert!(with_number.contains(&shown), "{language:?} {id:?} lacks {shown}: {with_number}");
            }
        }
    }
}

#[test]
fn texts_are_not_left_in_english() {
    let allowed =
        |language, id| SAME.iter().any(|(same, only, _)| *same == id && only.is_none_or(|only| only == language));
    let same =
        all().into_iter().filter(|(language, _, said, english)| *language != Language::English && said == english);
    let left: Vec<_> = same.map(|(language, id, said, _)| (language, id, said)).collect();
    let wrong: Vec<_> = left.iter().filter(|(language, id, _)| !allowed(*language, *id)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (id, only, reason) in SAME {
        let needed = left.iter().any(|(language, same, _)| same == id && only.is_none_or(|only| only == *language));
        assert!(needed && !reason.is_empty(), "{id:?} is no longer the same as in English");
    }
}

#[test]
fn texts_are_not_much_longer_than_in_english() {
    for (language, id, said, english) in all() {
        let (said_length, english_length) = (said.chars().count(), english.chars().count());
        assert!(said_length * 10 <= english_length * 16 + 240, "{language:?} {id:?} has {said_length}: {said}");
    }
}

#[test]
fn a_console_can_show_every_character() {
    let shown = |c: char| c == ' ' || c.is_ascii_graphic() || ('\u{a0}'..='\u{ff}').contains(&c) || MORE.contains(c);
    for (language, id, said, _) in all() {
        let wrong: Vec<char> = said.chars().filter(|c| !shown(*c) || *c == '\u{ad}').collect();
        assert!(wrong.is_empty(), "{language:?} {id:?} has {wrong:?}: {said}");
    }
}
