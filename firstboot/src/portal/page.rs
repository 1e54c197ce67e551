//! A view as HTML, in one piece and without any script.
//!
//! Each field has a label, says what helps and what is wrong where a screen reader finds it, and is wide enough for a thumb.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use qrcode::QrCode;
use qrcode::render::svg;

use crate::desk::{Ask, Choice, Input as Field, Page, Takes, View, YES};
use crate::machine::Question;

const STYLE: &str = include_str!("style.css");

/// The word of a question in forms.
pub(super) fn word(question: Question) -> &'static str {
    match question {
        Question::Language => "language",
        Question::TimeZone => "time-zone",
        Question::Preset => "preset",
        Question::Identity => "identity",
        Question::Network => "network",
        Question::Solar => "solar",
        Question::Mesh => "mesh",
        Question::Storage => "storage",
        Question::RecoveryKey => "recovery-key",
        Question::Services => "services",
        Question::Summary => "summary",
    }
}

/// Whether something was wrong with what was sent.
pub(super) fn complains(view: &View) -> bool {
    match &view.page {
        Page::Ask(ask) => !ask.problems.is_empty() || ask.fields.iter().any(|field| field.problem.is_some()),
        Page::Code { problem, .. } | Page::Locked { problem, .. } => problem.is_some(),
        Page::Applying { .. } | Page::Ready { .. } => false,
    }
}

/// The page of a view; `here` is its address.
pub(super) fn render(view: &View, here: &str) -> String {
    let (title, content) = match &view.page {
        Page::Ask(ask) => (&ask.title, question(ask, here, view.busy.is_some())),
        Page::Code { title, says, label, problem, action } => {
            (title, code(says, label.as_deref(), problem.as_deref(), action, here))
        }
        Page::Locked { title, says, label, problem, action, anew } => {
            (title, locked(says, label, problem.as_deref(), action, anew.as_deref(), here))
        }
        Page::Applying { title, says, done, changes, failed, again } => {
            (title, applying(says, *done, changes, failed.as_deref(), again, here))
        }
        Page::Ready { title, says } => (title, html! { p { (says) } }),
    };
    let step = if let Page::Ask(ask) = &view.page { Some(ask.step.as_str()) } else { None };
    let goes_on = view.busy.is_none() && !matches!(view.page, Page::Ready { .. });
    let body = html! {
        main {
            @if let Some(step) = step { p.step { (step) } }
            h1 { (title) }
            @if let Some(busy) = &view.busy {
                div.note role="status" {
                    p { (busy.says) }
                    form method="post" action=(here) { button.quiet name="do" value="take" { (busy.take_over) } }
                }
            }
            (content)
            @if let Some(code) = view.code.as_ref().filter(|_| goes_on) { p.help { (code) } }
        }
    };
    document(view.language.tag(), title, &body)
}

/// The page while the desk does not answer: it begins with the system, or begins again.
pub(crate) fn wait() -> String {
    document("en", "Ilanga", &html! { main { h1 { "Ilanga" } p { "…" } } })
}

/// The page after the desk could not do what was asked of it.
pub(super) fn failed(why: &str, here: &str) -> String {
    let back = html! { p { a.back href=(here) { "← Ilanga" } } };
    document("en", "Ilanga", &html! { main { h1 { "Ilanga" } p.problem role="alert" { (why) } (back) } })
}

pub(crate) fn document(language: &str, title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – Ilanga" }
                // Else browsers ask for one.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}

fn question(ask: &Ask, here: &str, busy: bool) -> Markup {
    let list = ask.question == Question::Summary && ask.says.len() > 1;
    let wrong: Vec<(&Field, &str)> =
        ask.fields.iter().filter_map(|field| Some((field, field.problem.as_deref()?))).collect();
    html! {
        @if !wrong.is_empty() || !ask.problems.is_empty() {
            // The focus is here when the page comes, so that nobody who does not see it takes it for the next question.
            div.wrong-list role="alert" tabindex="-1" autofocus {
                @for says in &ask.problems { p.problem { (says) } }
                @for (field, says) in &wrong { p { a href={ "#" (entry(field)) } { (field.label) ": " (says) } } }
            }
        }
        @for says in ask.says.iter().take(if list { 1 } else { usize::MAX }) { p { (says) } }
        @if list { ul { @for says in &ask.says[1..] { li { (says) } } } }
        @if !ask.key.is_empty() { (key(&ask.key, &ask.title)) }
        form method="post" action=(here) autocomplete="off" {
            input type="hidden" name="question" value=(word(ask.question));
            @for field in &ask.fields { (self::field(field, busy)) }
            @if !busy {
                div.buttons {
                    button name="do" value="next" { (ask.action) }
                    // Behind it, so that the key Enter means 'next'.
                    @if let Some(back) = &ask.back {
                        button.quiet name="do" value="back" formnovalidate { (back) }
                    }
                }
            }
        }
        (only(&ask.fields))
    }
}

/// Where browsers can, fields that don't count are hidden: without, they are there and don't matter.
fn only(fields: &[Field]) -> Markup {
    let rules: String = fields
        .iter()
        .filter(|field| !field.only.is_empty())
        .map(|field| {
            let chosen = |(other, value): &(String, String)| {
                format!(":not(:has(input[name={}][value={}]:checked))", css(other), css(value))
            };
            let none: String = field.only.iter().map(chosen).collect();
            format!("form{none} .field:has([id={}]){{display:none}}", css(&id(&field.name)))
        })
        .collect();
    html! { @if !rules.is_empty() { style { (PreEscaped(rules)) } } }
}

/// A string in a style sheet: what is no letter or digit as its number, so that nothing of it ends the string or the sheet.
fn css(text: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_string() } else { format!("\\{:x} ", u32::from(c)) };
    format!("\"{}\"", text.chars().map(letter).collect::<String>())
}

/// The recovery key, to be written down, photographed or printed.
fn key(groups: &[String], title: &str) -> Markup {
    let picture = QrCode::new(groups.join("-").as_bytes())
        .map(|code| code.render::<svg::Color<'_>>().min_dimensions(160, 160).dark_color(svg::Color("#000")).build());
    html! {
        div.key {
            ol { @for group in groups { li { (group) } } }
            @if let Ok(picture) = picture {
                div role="img" aria-label={ "QR: " (title) } { (PreEscaped(inline(&picture))) }
            }
        }
    }
}

/// A picture's file as a part of a page, which needs no head and no name space.
fn inline(picture: &str) -> String {
    let from = picture.find("<svg").unwrap_or_default();
    picture[from..].replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1)
}

/// An element's name: of what fields may be called, letters, digits and a few marks are harmless.
fn id(name: &str) -> String {
    let harmless = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    format!("f-{}", name.chars().map(harmless).collect::<String>())
}

/// What has the focus of somebody who goes to a field: of a group the first that can be chosen, as a group itself can't have it.
fn entry(field: &Field) -> String {
    let id = id(&field.name);
    match &field.input {
        Takes::One { options, .. } if is_list(options) => id,
        Takes::One { options, .. } | Takes::Many { options, .. } => {
            format!("{id}-{}", options.iter().position(|option| option.fits).unwrap_or_default())
        }
        _ => id,
    }
}

/// So many that they are a list that opens.
fn is_list(options: &[Choice]) -> bool {
    options.len() > 12
}

fn field(field: &Field, busy: bool) -> Markup {
    let id = id(&field.name);
    let (help, problem) = (format!("{id}-help"), format!("{id}-problem"));
    let described: Vec<&str> =
        [field.help.as_ref().map(|_| help.as_str()), field.problem.as_ref().map(|_| problem.as_str())]
            .into_iter()
            .flatten()
            .collect();
    let described = (!described.is_empty()).then(|| described.join(" "));
    let invalid = field.problem.is_some().then_some("true");
    let words = html! {
        @if let Some(text) = &field.help { p.help id=(help) { (text) } }
        @if let Some(text) = &field.problem { p.problem id=(problem) { (text) } }
    };
    let line = |kind: &str, value: &str, mode: Option<&str>, fill: Option<&str>| {
        html! {
            label for=(id) { (field.label) }
            (words)
            input id=(id) type=(kind) name=(field.name) value=(value) inputmode=[mode] autocomplete=[fill]
                aria-describedby=[described.as_deref()] aria-invalid=[invalid] disabled[busy]
                autocapitalize="none" spellcheck="false";
        }
    };
    html! {
        div.field {
            @match &field.input {
                Takes::One { options, chosen } if is_list(options) => {
                    label for=(id) { (field.label) }
                    (words)
                    select id=(id) name=(field.name) aria-describedby=[described.as_deref()] aria-invalid=[invalid]
                        disabled[busy] {
                        // Nothing that nobody has chosen looks as if it were.
                        @if !options.iter().any(|option| Some(&option.value) == chosen.as_ref()) { option value="" {} }
                        @for option in options {
                            option value=(option.value) selected[chosen.as_ref() == Some(&option.value)] { (option.label) }
                        }
                    }
                }
                Takes::One { options, chosen } => {
                    (group(field, &id, &words, described.as_deref(), "radio", options, busy, &|value| {
                        chosen.as_deref() == Some(value)
                    }))
                }
                Takes::Many { options, chosen } => {
                    (group(field, &id, &words, described.as_deref(), "checkbox", options, busy, &|value| {
                        chosen.iter().any(|chosen| chosen == value)
                    }))
                }
                Takes::Line { value } => (line("text", value, None, (field.name == "user").then_some("username"))),
                Takes::Number { value } => (line("text", value, Some("numeric"), None)),
                Takes::Secret => (line("password", "", None, Some("new-password"))),
                Takes::Lines { value } => {
                    label for=(id) { (field.label) }
                    (words)
                    textarea id=(id) name=(field.name) rows="4" aria-describedby=[described.as_deref()]
                        aria-invalid=[invalid] disabled[busy] autocapitalize="none" spellcheck="false" { (value) }
                }
                Takes::Switch { on } => {
                    label.option for=(id) {
                        input id=(id) type="checkbox" name=(field.name) value=(YES) checked[*on] disabled[busy]
                            aria-describedby=[described.as_deref()];
                        span { (field.label) }
                    }
                    (words)
                }
            }
        }
    }
}

#[allow(clippy::too_many_arguments, reason = "the parts of one element, named by its only two callers")]
fn group(
    field: &Field,
    id: &str,
    words: &Markup,
    described: Option<&str>,
    kind: &str,
    options: &[Choice],
    busy: bool,
    chosen: &dyn Fn(&str) -> bool,
) -> Markup {
    html! {
        fieldset id=(id) aria-describedby=[described] {
            legend { (field.label) }
            (words)
            @for (number, option) in options.iter().enumerate() {
                @let own = format!("{id}-{number}");
                @let help = option.help.as_ref().map(|_| format!("{own}-help"));
                // What helps to choose is in the label, where a thumb finds it, but is not what the option is called.
                @let name = option.help.as_ref().map(|_| format!("{own}-name"));
                label.option.off[!option.fits] for=(own) {
                    input id=(own) type=(kind) name=(field.name) value=(option.value) checked[chosen(&option.value)]
                        disabled[busy || !option.fits] aria-labelledby=[&name] aria-describedby=[&help];
                    span {
                        // Languages are called what they call themselves.
                        span id=[&name] lang=[(field.name == "language").then_some(&option.value)] { (option.label) }
                        @if let Some(text) = &option.help { small id=[&help] { (text) } }
                    }
                }
            }
        }
    }
}

fn code(says: &str, label: Option<&str>, problem: Option<&str>, action: &str, here: &str) -> Markup {
    let described = problem.map(|_| "f-code-problem");
    html! {
        p { (says) }
        @if let Some(label) = label {
            form method="post" action=(here) autocomplete="off" {
                div.field {
                    label for="f-code" { (label) }
                    @if let Some(problem) = problem { p.problem role="alert" id="f-code-problem" { (problem) } }
                    input id="f-code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code"
                        aria-describedby=[described] aria-invalid=[problem.map(|_| "true")]
                        autofocus[problem.is_some()];
                }
                div.buttons { button name="do" value="enter" { (action) } }
            }
        }
    }
}

fn locked(says: &str, label: &str, problem: Option<&str>, action: &str, anew: Option<&str>, here: &str) -> Markup {
    let described = problem.map(|_| "f-secret-problem");
    html! {
        p { (says) }
        form method="post" action=(here) autocomplete="off" {
            div.field {
                label for="f-secret" { (label) }
                @if let Some(problem) = problem { p.problem role="alert" id="f-secret-problem" { (problem) } }
                input id="f-secret" name="secret" type="password" autocomplete="current-password" autocapitalize="none"
                    spellcheck="false" aria-describedby=[described] aria-invalid=[problem.map(|_| "true")]
                    autofocus[problem.is_some()];
            }
            div.buttons {
                button name="do" value="unlock" { (action) }
                @if let Some(anew) = anew { button.quiet name="do" value="anew" formnovalidate { (anew) } }
            }
        }
    }
}

fn applying(says: &str, done: usize, changes: &[String], failed: Option<&str>, again: &str, here: &str) -> Markup {
    html! {
        p role="status" { (says) }
        @if changes.is_empty() {
            progress aria-label=(says) {}
        } @else {
            progress max=(changes.len()) value=(done) aria-label=(says) {}
        }
        @if let Some(why) = failed {
            div.wrong-list role="alert" {
                p.problem { (why) }
                form method="post" action=(here) { div.buttons { button name="do" value="again" { (again) } } }
            }
        }
        ul.done {
            @for (number, change) in changes.iter().enumerate() {
                li { (if number < done { "✓ " } else if number == done { "… " } else { "· " }) (change) }
            }
        }
    }
}
