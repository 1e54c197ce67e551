//! What people read, in their language (Project Fluent). The files are `locales/TAG/*.ftl`; a build fails while one lacks a text that
//! another has, or uses other variables. Names of texts are constants, so a text that is not there is not used.

use std::collections::HashMap;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use formats::answers::Language;
use unic_langid::LanguageIdentifier;

/// The names of all texts.
pub mod id {
    use super::Id;

    include!(concat!(env!("OUT_DIR"), "/ids.rs"));
}

/// A text's name, and the variables that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(&'static str, &'static [&'static str]);

impl Id {
    /// The name.
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// The text with nothing put in.
    pub const fn text(self) -> Text {
        Text { id: self, with: Vec::new() }
    }

    /// The text with a value put in.
    pub fn with(self, name: &'static str, value: impl Into<Value>) -> Text {
        self.text().with(name, value)
    }
}

/// A text, with what is put into it: still in no language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    id: Id,
    with: Vec<(&'static str, Value)>,
}

/// What is put into a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number, which may decide over singular and plural.
    Number(i64),
    /// Words, of a person or a device.
    Words(String),
}

impl From<&str> for Value {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

impl From<String> for Value {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Id> for Text {
    fn from(id: Id) -> Self {
        id.text()
    }
}

impl Text {
    /// With one more value put in.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.with.push((name, value.into()));
        self
    }

    /// Which one it is.
    pub fn id(&self) -> Id {
        self.id
    }
}

/// All languages.
pub struct Texts(HashMap<Language, FluentBundle<FluentResource>>);

/// The texts of each, all of its files.
const FILES: &[(Language, &str)] = &[
    (Language::English, include_str!(concat!(env!("OUT_DIR"), "/en.ftl"))),
    (Language::Zulu, include_str!(concat!(env!("OUT_DIR"), "/zu.ftl"))),
    (Language::Xhosa, include_str!(concat!(env!("OUT_DIR"), "/xh.ftl"))),
    (Language::Afrikaans, include_str!(concat!(env!("OUT_DIR"), "/af.ftl"))),
    (Language::Sotho, include_str!(concat!(env!("OUT_DIR"), "/st.ftl"))),
    (Language::French, include_str!(concat!(env!("OUT_DIR"), "/fr.ftl"))),
    (Language::Portuguese, include_str!(concat!(env!("OUT_DIR"), "/pt.ftl"))),
    (Language::Swahili, include_str!(concat!(env!("OUT_DIR"), "/sw.ftl"))),
];

impl Default for Texts {
    fn default() -> Self {
        let bundles = FILES.iter().map(|&(language, text)| {
            let locale: LanguageIdentifier = language.tag().parse().unwrap_or_default();
            let mut bundle = FluentBundle::new_concurrent(vec![locale]);
            // Marks around what is put in are for mixed directions of writing; all these languages have one, and consoles show them.
            bundle.set_use_isolating(false);
            let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(resource, _)| resource);
            bundle.add_resource_overriding(resource);
            (language, bundle)
        });
        Self(bundles.collect())
    }
}

impl Texts {
    /// A text in a language.
    pub fn say(&self, language: Language, text: &Text) -> String {
        let bundle = self.0.get(&language).or_else(|| self.0.get(&Language::English));
        let Some(message) = bundle.and_then(|bundle| Some((bundle, bundle.get_message(text.id.0)?.value()?))) else {
            return text.id.0.to_owned();
        };
        let mut arguments = FluentArgs::new();
        for (name, value) in &text.with {
            let value = match value {
                Value::Number(number) => FluentValue::from(*number),
                Value::Words(words) => FluentValue::from(words.as_str()),
            };
            arguments.set(*name, value);
        }
        let (bundle, pattern) = message;
        bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned()
    }
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests;
