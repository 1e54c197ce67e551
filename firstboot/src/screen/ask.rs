//! The prompts for a question's fields, in their order. A field that depends on another one is asked only where it counts.

use console::Term;
use dialoguer::theme::SimpleTheme;
use dialoguer::{Confirm, FuzzySelect, MultiSelect, Password, Select};

use super::{lay, line_of};
use crate::desk::{Choice, Input as Field, Takes, YES};
use crate::form::Typed;

/// More choices than this are searched by typing.
const MANY: usize = 14;

/// How many lines a list may take.
const LINES: usize = 12;

/// Asks for all fields that count.
pub(super) fn fields(term: &Term, fields: &[Field]) -> Result<Typed, dialoguer::Error> {
    let mut typed = Typed::new();
    for field in fields {
        let counts = |(other, value): &(String, String)| {
            typed.get(other).is_some_and(|values: &Vec<String>| values.contains(value))
        };
        if field.only.is_empty() || field.only.iter().any(counts) {
            if let Some(help) = &field.help {
                for line in lay::wrap(help) {
                    term.write_line(&line)?;
                }
            }
            let values = ask(term, field)?;
            typed.insert(field.name.clone(), values);
        }
    }
    Ok(typed)
}

fn ask(term: &Term, field: &Field) -> Result<Vec<String>, dialoguer::Error> {
    let prompt = lay::harmless(&field.label);
    Ok(match &field.input {
        Takes::One { options, chosen } => {
            let fitting: Vec<&Choice> = options.iter().filter(|choice| choice.fits).collect();
            let items = items(term, &fitting)?;
            let before = fitting.iter().position(|choice| Some(&choice.value) == chosen.as_ref()).unwrap_or(0);
            if items.is_empty() {
                return Ok(Vec::new());
            }
            let number = if items.len() > MANY {
                let list = FuzzySelect::with_theme(&SimpleTheme).with_prompt(prompt).items(&items);
                list.default(before).max_length(LINES).interact_on(term)?
            } else {
                let list = Select::with_theme(&SimpleTheme).with_prompt(prompt).items(&items);
                list.default(before).max_length(LINES).interact_on(term)?
            };
            fitting.get(number).map(|choice| choice.value.clone()).into_iter().collect()
        }
        Takes::Many { options, chosen } => {
            let fitting: Vec<&Choice> = options.iter().filter(|choice| choice.fits).collect();
            let items = items(term, &fitting)?;
            let before: Vec<bool> = fitting.iter().map(|choice| chosen.contains(&choice.value)).collect();
            if items.is_empty() {
                return Ok(Vec::new());
            }
            let list = MultiSelect::with_theme(&SimpleTheme).with_prompt(prompt).items(&items);
            let numbers = list.defaults(&before).max_length(LINES).interact_on(term)?;
            numbers.into_iter().filter_map(|number| Some(fitting.get(number)?.value.clone())).collect()
        }
        Takes::Line { value } | Takes::Number { value } => vec![line_of(term, &prompt, value)?],
        Takes::Lines { value } => vec![lines(term, &prompt, value)?],
        Takes::Secret => {
            let secret = Password::with_theme(&SimpleTheme).with_prompt(prompt).allow_empty_password(true);
            vec![secret.interact_on(term)?]
        }
        Takes::Switch { on } => {
            let yes = Confirm::with_theme(&SimpleTheme).with_prompt(prompt).default(*on).interact_on(term)?;
            if yes { vec![YES.to_owned()] } else { Vec::new() }
        }
    })
}

/// Lines until an empty one; those that are known come first, each to be changed.
fn lines(term: &Term, prompt: &str, before: &str) -> Result<String, dialoguer::Error> {
    let mut lines = Vec::new();
    let mut known = before.lines();
    loop {
        let line = line_of(term, prompt, known.next().unwrap_or_default())?;
        if line.trim().is_empty() && known.clone().next().is_none() {
            return Ok(lines.join("\n"));
        }
        lines.push(line);
    }
}

/// The choices that fit the answers, a line each; what is to be said of one and does not fit its line is said before the list.
fn items(term: &Term, fitting: &[&Choice]) -> Result<Vec<String>, dialoguer::Error> {
    for choice in fitting {
        if let Some(help) = choice.help.as_ref().filter(|help| !fits(&beside(choice, help))) {
            for line in lay::wrap(&format!("{}: {help}", choice.label)) {
                term.write_line(&line)?;
            }
        }
    }
    Ok(fitting.iter().map(|choice| item(choice)).collect())
}

/// A choice in one line.
fn item(choice: &Choice) -> String {
    let text = choice.help.as_ref().map(|help| beside(choice, help)).filter(|text| fits(text));
    let text = text.unwrap_or_else(|| lay::harmless(&choice.label));
    if fits(&text) {
        return text;
    }
    let short: String = text.chars().take(lay::COLUMNS - 5).collect();
    format!("{short}…")
}

fn beside(choice: &Choice, help: &str) -> String {
    lay::harmless(&format!("{} ({help})", choice.label))
}

fn fits(text: &str) -> bool {
    lay::width(text) <= lay::COLUMNS - 4
}
