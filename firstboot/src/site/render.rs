//! The pages as HTML, in the style of the wizard's, and as it: in one piece, without a script, each character of others escaped.

use formats::answers::Language;
use formats::date::Date;
use maud::{Markup, html};

use crate::portal::page::document;
use crate::steward::overview::Overview;
use crate::steward::ssh_keys::Shown;
use crate::steward::words;
use crate::texts::{Text, Texts, id};

/// Says texts in a language.
struct Voice<'a>(&'a Texts, Language);

impl Voice<'_> {
    fn say(&self, text: impl Into<Text>) -> String {
        self.0.say(self.1, &text.into())
    }
}

fn alert(voice: &Voice<'_>, problem: Option<&Text>) -> Markup {
    html! {
        @if let Some(problem) = problem {
            div.wrong-list role="alert" { p.problem { (voice.say(problem.clone())) } }
        }
    }
}

/// The form for logging in.
pub(super) fn login(texts: &Texts, language: Language, name: &str, problem: Option<&Text>) -> String {
    let voice = Voice(texts, language);
    let title = voice.say(id::PAGE_LOG_IN);
    let body = html! {
        main {
            h1 { (title) }
            p { (voice.say(id::PAGE_LOG_IN_SAYS.with("name", name))) }
            @if let Some(problem) = problem {
                p.problem role="alert" id="f-password-problem" { (voice.say(problem.clone())) }
            }
            form method="post" action="/login" {
                div.field {
                    label for="f-password" { (voice.say(id::PAGE_PASSWORD)) }
                    input id="f-password" name="password" type="password" autocomplete="current-password"
                        autocapitalize="none" spellcheck="false"
                        aria-describedby=[problem.map(|_| "f-password-problem")];
                }
                div.buttons { button { (title) } }
            }
            p.help { a href="/certificate" { (voice.say(id::CERTIFICATE_LINK)) } }
        }
    };
    document(language.tag(), &title, &body)
}

/// The authority's certificate: why, how, and the way to the page.
pub(super) fn certificate(texts: &Texts, language: Language, name: &str, fingerprint: &str, to: &str) -> String {
    let voice = Voice(texts, language);
    let title = voice.say(id::CERTIFICATE_TITLE);
    // As phones show it: pairs of capital digits.
    let pairs: Vec<String> =
        fingerprint.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_uppercase()).collect();
    let body = html! {
        main {
            h1 { (name) }
            p { a href=(to) { (voice.say(id::PAGE_OPEN)) } }
            h2 { (title) }
            p { (voice.say(id::CERTIFICATE_SAYS.with("name", name))) }
            p { (voice.say(id::CERTIFICATE_HOW)) }
            p { a href="/ca.crt" { (voice.say(id::CERTIFICATE_ACTION)) } }
            p { (voice.say(id::CERTIFICATE_COMPARE)) }
            p { code { (pairs.join(":")) } }
        }
    };
    document(language.tag(), &title, &body)
}

/// How the node is, and what can be done.
pub(super) fn overview(
    texts: &Texts,
    language: Language,
    overview: &Overview,
    form: &str,
    problem: Option<&Text>,
) -> String {
    let voice = Voice(texts, language);
    let body = html! {
        main {
            h1 { (overview.name) }
            (alert(&voice, problem))
            @for line in words::state(overview) { p { (voice.say(line)) } }
            h2 { (voice.say(id::SOLAR_TITLE)) }
            @if overview.devices.is_empty() { p { (voice.say(id::PAGE_SOLAR_NONE)) } }
            @for device in &overview.devices {
                p { (voice.say(id::SOLAR_FOUND.with("device", device.name.as_str()).with("says", device.says.as_str()))) }
            }
            h2 { (voice.say(id::EVENTS_TITLE)) }
            @if overview.events.is_empty() { p { (voice.say(id::EVENTS_NONE)) } }
            ul.done {
                @for event in &overview.events {
                    li {
                        @if let Some(day) = Date::of_seconds(event.time) { (day.to_string()) " " }
                        (voice.say(words::happened(event)))
                    }
                }
            }
            h2 { (voice.say(id::WIFI_LABEL)) }
            @if overview.wifi.is_empty() { p { (voice.say(id::KEYS_NONE)) } }
            @for name in &overview.wifi { (network(&voice, name, form)) }
            (button(form, "join-wifi", &voice.say(id::KEY_ADD), &html! {
                div.field {
                    label for="f-name" { (voice.say(id::WIFI_NAME_LABEL)) }
                    input id="f-name" name="name" maxlength="32" autocapitalize="none" spellcheck="false";
                }
                div.field {
                    label for="f-key" { (voice.say(id::WIFI_KEY_LABEL)) }
                    input id="f-key" name="key" type="password" maxlength="64" autocomplete="off";
                }
                label.option {
                    input name="metered" type="checkbox" value="yes";
                    span { (voice.say(id::METERED_LABEL)) small { (voice.say(id::METERED_HELP)) } }
                }
            }))
            h2 { (voice.say(id::SSH_LABEL)) }
            @if overview.keys.is_empty() { p { (voice.say(id::KEYS_NONE)) } }
            @for key in &overview.keys { (self::key(&voice, key, form)) }
            (button(form, "add-key", &voice.say(id::KEY_ADD), &html! {
                div.field {
                    label for="f-line" { (voice.say(id::KEY_LABEL)) }
                    textarea id="f-line" name="line" rows="3" autocapitalize="none" spellcheck="false" {}
                }
            }))
            h2 { (voice.say(id::REPORT_TITLE)) }
            p { (voice.say(id::REPORT_SAYS)) }
            (button(form, "report", &voice.say(id::REPORT_ACTION), &html! {}))
            h2 { (voice.say(id::PAGE_LOG_OUT)) }
            (button(form, "log-out", &voice.say(id::PAGE_LOG_OUT), &html! {}))
        }
    };
    document(language.tag(), &overview.name, &body)
}

fn network(voice: &Voice<'_>, name: &str, form: &str) -> Markup {
    let forget = format!("{} {name}", voice.say(id::KEY_REMOVE));
    html! {
        p { (name) }
        (button(form, "forget-wifi", &forget, &html! { input type="hidden" name="name" value=(name); }))
    }
}

fn key(voice: &Voice<'_>, key: &Shown, form: &str) -> Markup {
    let called = if key.called.is_empty() { &key.id[..key.id.len().min(8)] } else { key.called.as_str() };
    // Several buttons have the same word: which key each is for stands in it, for those who don't see where it is.
    let remove = format!("{} {called}", voice.say(id::KEY_REMOVE));
    html! {
        p { (key.kind) " " (called) }
        (button(form, "remove-key", &remove, &html! { input type="hidden" name="id" value=(key.id); }))
    }
}

/// A form with one button.
fn button(form: &str, wish: &str, word: &str, fields: &Markup) -> Markup {
    html! {
        form method="post" action="/do" autocomplete="off" {
            input type="hidden" name="form" value=(form);
            (fields)
            div.buttons { button.quiet name="do" value=(wish) { (word) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks;
    use crate::steward::overview::{Device, Event};

    const HOSTILE: &str = "\"><script>alert(1)</script>";

    #[test]
    fn everything_that_others_say_is_text_and_pages_are_light() {
        let texts = Texts::default();
        let event = |event: &str| Event {
            time: 1_795_219_200,
            event: event.to_owned(),
            version: Some(HOSTILE.into()),
            reason: Some(HOSTILE.repeat(4)),
        };
        let key =
            |number: u32| Shown { id: format!("{number:064}"), kind: "ssh-ed25519".into(), called: HOSTILE.into() };
        let busy = Overview {
            name: HOSTILE.into(),
            release: Some(HOSTILE.into()),
            devices: vec![Device { name: HOSTILE.into(), says: HOSTILE.into() }; 20],
            events: ["installed", "judged-bad", "unpinned", HOSTILE].map(event).to_vec(),
            keys: (0..50).map(key).collect(),
            wifi: vec![HOSTILE.into(); networks::MOST],
            ..Overview::default()
        };
        for language in Language::ALL {
            let pages = [
                overview(&texts, language, &busy, "form", Some(&id::PAGE_STRANGER.text())),
                login(&texts, language, HOSTILE, Some(&id::PAGE_WAIT.with("seconds", 7_i64))),
                certificate(&texts, language, HOSTILE, &"ab".repeat(32), "https://clinic-1.local/"),
            ];
            for page in pages {
                assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
                assert!(page.contains(&format!("lang=\"{}\"", language.tag())) && page.len() < 100_000);
                assert_eq!(page.matches("<h1>").count(), 1);
            }
        }
    }

    #[test]
    fn sentences() {
        let texts = Texts::default();
        let event = |event: &str| Event { time: 0, event: event.into(), version: Some("2".into()), reason: None };
        for (name, expected) in [
            ("installed", "Release 2 was installed."),
            ("rolled-back", "Release 2 runs again: ?"),
            ("eaten", "Something happened that this release has no words for."),
        ] {
            assert_eq!(texts.say(Language::English, &words::happened(&event(name))), expected);
        }
    }
}
