//! Each question as a form, the same for all fronts: what is said, which fields there are, and what was typed as an answer.
//!
//! ```text
//! record, facts ──► Form ──► screen, page          file ─┐
//!                              │                         ▼
//!                              └─ typed ──► read ──► Given (with secrets) ──► machine's Answer (without)
//! ```
//!
//! Pure. Invariants: whatever is typed, [`read`] gives an answer or says for each field what is wrong with it, in the person's
//! language; no front has a question, a field or a text of its own; a form never shows a secret again.

mod make;
mod network;
mod read;
mod storage;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use formats::answers::{
    Battery, Country, Disks, Keyboard, Language, Mesh, Network, Password, Preset, Recipe, SshKey, TimeZone, Unlock,
    UserName,
};
use formats::settings::HostName;

use crate::machine::Question;
use crate::texts::Text;

pub use make::form;
pub use read::{read, refused};

/// The most bytes of what is typed into one field.
pub const LONGEST: usize = 16 << 10;

/// A question, as it is put to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Which one.
    pub question: Question,
    /// Its heading.
    pub title: Text,
    /// What is said first, a paragraph each.
    pub says: Vec<Text>,
    /// The fields, in their order.
    pub fields: Vec<Field>,
    /// What the button says.
    pub action: Text,
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name, for machines.
    pub name: String,
    /// Its name, for people.
    pub label: Text,
    /// What helps to fill it in.
    pub help: Option<Text>,
    /// What it takes.
    pub kind: Kind,
    /// Only where another field has one of these values is it asked: `(field, value)`. Without any, it always is.
    pub only: Vec<(&'static str, String)>,
}

/// What a field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of several.
    One {
        /// Which there are.
        options: Vec<Choice>,
        /// Which is chosen so far.
        chosen: Option<String>,
    },
    /// Any of several.
    Many {
        /// Which there are.
        options: Vec<Choice>,
        /// Which are chosen so far.
        chosen: Vec<String>,
    },
    /// A line.
    Line(String),
    /// Several lines.
    Lines(String),
    /// A secret, which is not shown.
    Secret,
    /// A number.
    Number(String),
    /// Yes or no.
    Switch(bool),
}

/// One of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// For machines.
    pub value: String,
    /// For people.
    pub label: Label,
    /// What helps to choose.
    pub help: Option<Text>,
    /// Whether it can be chosen here.
    pub fits: bool,
}

/// What a choice is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// In the person's language.
    Text(Text),
    /// A name, the same in all languages.
    Name(String),
}

/// What was typed: the values of each field.
pub type Typed = BTreeMap<String, Vec<String>>;

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field's name.
    pub field: String,
    /// What is wrong.
    pub says: Text,
}

/// An answer as it was given, with its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// To [`Question::Language`].
    Language(Language, Keyboard),
    /// To [`Question::TimeZone`].
    TimeZone(TimeZone),
    /// To [`Question::Preset`].
    Preset(Preset),
    /// To [`Question::Identity`]; without a password the one that was given before stays.
    Identity {
        /// The node's name.
        name: HostName,
        /// The administrator's.
        user: UserName,
        /// The password.
        password: Option<Password>,
        /// Keys for logging in from elsewhere.
        ssh_keys: Vec<SshKey>,
    },
    /// To [`Question::Network`].
    Network(Option<Country>, Network),
    /// To [`Question::Solar`].
    Solar(Option<Battery>),
    /// To [`Question::Mesh`].
    Mesh(Mesh),
    /// To [`Question::Storage`], with the passphrase.
    Storage(Disks, Unlock),
    /// To [`Question::RecoveryKey`]: two groups of it, and which.
    RecoveryKey([(usize, String); 2]),
    /// To [`Question::Services`].
    Services(Vec<Recipe>),
    /// To [`Question::Summary`].
    Go,
}
