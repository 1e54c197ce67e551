//! What a front shows: everything in words, in one language. No front knows more than this.

use std::collections::BTreeMap;

use formats::answers::Language;
use serde::{Deserialize, Serialize};

use crate::form::{self, Kind, Label, Problem};
use crate::machine::Question;
use crate::texts::{Text, Texts};

/// What is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct View {
    /// The language of all words in it.
    pub language: Language,
    /// Somebody else writes.
    pub busy: Option<Busy>,
    /// How another device of the same person gets in.
    pub code: Option<String>,
    /// How the same is done with a phone: for screens, as long as there is something to do.
    pub by_phone: Option<ByPhone>,
    /// What the person sees.
    pub page: Page,
}

/// How it is done with a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ByPhone {
    /// Its heading.
    pub title: String,
    /// What is to be done.
    pub says: Vec<String>,
    /// What a camera reads: the Wi-Fi network, or the page's address.
    pub code: Option<String>,
    /// What the button says that goes on at the screen.
    pub here: String,
    /// What the button says that has a phone have the hotspot, or this computer again.
    pub other: Option<String>,
    /// Whether a phone is to have it.
    pub joins: bool,
    /// Whether it is not all there yet.
    pub soon: bool,
}

/// Somebody else writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Busy {
    /// That they do, and who.
    pub says: String,
    /// What the button says that takes the pen.
    pub take_over: String,
}

/// What the person sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Page {
    /// A question.
    Ask(Ask),
    /// The code is needed, or nothing helps but a new start.
    Code {
        /// Its heading.
        title: String,
        /// What is to be done.
        says: String,
        /// The field's label; without one there is no field.
        label: Option<String>,
        /// What was wrong with the last one.
        problem: Option<String>,
        /// What the button says.
        action: String,
    },
    /// The data are locked.
    Locked {
        /// Its heading.
        title: String,
        /// What is to be done.
        says: String,
        /// The field's label.
        label: String,
        /// What was wrong with the last one.
        problem: Option<String>,
        /// What the button says.
        action: String,
        /// What the button says that sets the computer up anew, where that may be.
        anew: Option<String>,
    },
    /// The changes are made.
    Applying {
        /// Its heading.
        title: String,
        /// How far they are.
        says: String,
        /// How many are made.
        done: usize,
        /// Each of them.
        changes: Vec<String>,
        /// Why the one that is being made failed.
        failed: Option<String>,
        /// What the button says that tries again.
        again: String,
    },
    /// It is over.
    Ready {
        /// Its heading.
        title: String,
        /// What follows.
        says: String,
    },
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ask {
    /// Which.
    pub question: Question,
    /// Its number, and of how many, in words.
    pub step: String,
    /// Its heading.
    pub title: String,
    /// What is said first.
    pub says: Vec<String>,
    /// The groups of the recovery key, where it is shown.
    pub key: Vec<String>,
    /// What is wrong, but with no field.
    pub problems: Vec<String>,
    /// The fields.
    pub fields: Vec<Field>,
    /// What the button says.
    pub action: String,
    /// What the button back says; the first question has none.
    pub back: Option<String>,
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Field {
    /// Its name, for machines.
    pub name: String,
    /// Its name, for people.
    pub label: String,
    /// What helps to fill it in.
    pub help: Option<String>,
    /// What it takes.
    pub input: Input,
    /// Only where another field has one of these values does it count; without any, it always does.
    pub only: Vec<(String, String)>,
    /// What is wrong with what was typed.
    pub problem: Option<String>,
}

/// What a field takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "takes")]
pub enum Input {
    /// One of several.
    One {
        /// Which there are.
        options: Vec<Choice>,
        /// Which is chosen.
        chosen: Option<String>,
    },
    /// Any of several.
    Many {
        /// Which there are.
        options: Vec<Choice>,
        /// Which are chosen.
        chosen: Vec<String>,
    },
    /// A line.
    Line {
        /// What is in it.
        value: String,
    },
    /// Several lines.
    Lines {
        /// What is in them.
        value: String,
    },
    /// A secret.
    Secret,
    /// A number.
    Number {
        /// It.
        value: String,
    },
    /// Yes or no.
    Switch {
        /// Which.
        on: bool,
    },
}

/// One of several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Choice {
    /// For machines.
    pub value: String,
    /// For people.
    pub label: String,
    /// What helps to choose.
    pub help: Option<String>,
    /// Whether it can be chosen here.
    pub fits: bool,
}

/// The yes of a [`Kind::Switch`], in what is typed.
pub const YES: &str = "yes";

/// Says everything in a language.
pub(super) struct Words<'t>(pub(super) &'t Texts, pub(super) Language);

impl Words<'_> {
    /// A text.
    pub(super) fn say(&self, text: impl Into<Text>) -> String {
        self.0.say(self.1, &text.into())
    }

    /// Fields, with what was typed into them and what is wrong with it.
    pub(super) fn fields(&self, fields: &[form::Field], typed: &form::Typed, problems: &[Problem]) -> Vec<Field> {
        let told: BTreeMap<&str, &Problem> = problems.iter().rev().map(|told| (told.field.as_str(), told)).collect();
        fields
            .iter()
            .map(|field| Field {
                name: field.name.clone(),
                label: self.say(field.label.clone()),
                help: field.help.clone().map(|help| self.say(help)),
                input: self.input(&field.kind, typed, &field.name),
                only: field.only.iter().map(|(other, value)| ((*other).to_owned(), value.clone())).collect(),
                problem: told.get(field.name.as_str()).map(|told| self.say(told.says.clone())),
            })
            .collect()
    }

    /// What is wrong, but with none of the fields.
    pub(super) fn others(&self, fields: &[form::Field], problems: &[Problem]) -> Vec<String> {
        let of_none = |told: &&Problem| !fields.iter().any(|field| field.name == told.field);
        problems.iter().filter(of_none).map(|told| self.say(told.says.clone())).collect()
    }

    fn input(&self, kind: &Kind, typed: &form::Typed, name: &str) -> Input {
        // Nothing at all was typed: what is known counts.
        let values = (!typed.is_empty()).then(|| typed.get(name).cloned().unwrap_or_default());
        let line = |known: &str| match &values {
            Some(values) => values.first().cloned().unwrap_or_default(),
            None => known.to_owned(),
        };
        match kind {
            Kind::One { options, chosen } => Input::One {
                options: self.choices(options),
                chosen: values.as_ref().map_or_else(|| chosen.clone(), |values| values.first().cloned()),
            },
            Kind::Many { options, chosen } => {
                Input::Many { options: self.choices(options), chosen: values.clone().unwrap_or_else(|| chosen.clone()) }
            }
            Kind::Line(value) => Input::Line { value: line(value) },
            Kind::Lines(value) => Input::Lines { value: line(value) },
            Kind::Secret => Input::Secret,
            Kind::Number(value) => Input::Number { value: line(value) },
            Kind::Switch(on) => Input::Switch {
                on: values.as_ref().map_or(*on, |values| values.first().is_some_and(|value| value == YES)),
            },
        }
    }

    fn choices(&self, options: &[form::Choice]) -> Vec<Choice> {
        options
            .iter()
            .map(|choice| Choice {
                value: choice.value.clone(),
                label: match &choice.label {
                    Label::Text(text) => self.say(text.clone()),
                    Label::Name(name) => name.clone(),
                },
                help: choice.help.clone().map(|help| self.say(help)),
                fits: choice.fits,
            })
            .collect()
    }
}
