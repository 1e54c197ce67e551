//! Values that people give, each with a type that holds nothing but what is harmless wherever it is used.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Makes a type of texts: what fits it, what is said of one that doesn't, and how it is written and read.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $error:ident, $said:literal, $fits:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        #[doc = concat!("The text is no [`", stringify!($name), "`].")]
        #[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
        #[error($said)]
        pub struct $error;

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                let fits: fn(&str) -> bool = $fits;
                if fits(text) { Ok(Self(text.to_owned())) } else { Err($error) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

/// Shows the text of a value; secrets have none of it.
macro_rules! shown {
    ($($name:ident),+) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    )+};
}

/// Hides a value that is a secret.
macro_rules! hidden {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }
    )+};
}

pub(super) use {hidden, shown, text};

text!(
    /// A keyboard's layout, as kbd and XKB name it: `us`, `za`, `fr-latin9`.
    Keyboard, NotAKeyboard, "not a keyboard's layout: up to 32 of a-z, 0-9, '-' and '_' are expected, as in us",
    |text| (1..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'-' | b'_'))
);
text!(
    /// A time zone of the IANA's: `Africa/Johannesburg`. Whether there is one of that name, the node knows.
    TimeZone, NotATimeZone, "not a time zone: a name such as Africa/Johannesburg is expected",
    |text| (1..=64).contains(&text.len())
        && text.split('/').count() <= 3
        && text.split('/').all(|part| {
            part.starts_with(|c: char| c.is_ascii_alphabetic())
                && part.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'+'))
        })
);
text!(
    /// Two capital letters of ISO 3166: which Wi-Fi channels are allowed.
    Country, NotACountry, "not a country: two capital letters are expected, as in ZA",
    |text| text.len() == 2 && text.bytes().all(|c| c.is_ascii_uppercase())
);
text!(
    /// The name by which an administrator logs in. Not that of an account which the system has itself.
    UserName, NotAUserName,
    "not a user's name: up to 31 of a-z, 0-9, '-' and '_' are expected, the first a letter, and not one of the system's own",
    |text| (1..=31).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'-' | b'_'))
        && !SYSTEM.contains(&text)
        && !text.starts_with("systemd-")
        && !text.starts_with("ilanga")
);
text!(
    /// A password or a passphrase: what people can type on any keyboard, and long enough not to be guessed over a network.
    Password, NotAPassword, "not a password: 10 to 128 characters are expected, and more than a few different ones",
    |text| (10..=128).contains(&text.chars().count())
        && !text.chars().any(char::is_control)
        && text.chars().collect::<std::collections::BTreeSet<_>>().len() >= 5
);
shown!(Keyboard, TimeZone, Country, UserName);
hidden!(Password);

impl Keyboard {
    /// The console's keymap for it: what `loadkeys` reads, of Debian's package console-data. Where people say a country, that has
    /// several; one that is none of those we offer is taken by its own name.
    pub fn keymap(&self) -> &str {
        match self.as_str() {
            "gb" => "uk",
            // With the letters, digits and signs of the United States' ones.
            "za" => "us",
            "fr" => "fr-latin9",
            "be" => "be2-latin1",
            "pt" => "pt-latin1",
            "br" => "br-abnt2",
            "de" => "de-latin1",
            "ch" => "sg-latin1",
            other => other,
        }
    }
}

/// Names that accounts of Debian and of this system have.
const SYSTEM: [&str; 26] = [
    "root",
    "daemon",
    "bin",
    "sys",
    "sync",
    "games",
    "man",
    "lp",
    "mail",
    "news",
    "uucp",
    "proxy",
    "www-data",
    "backup",
    "list",
    "irc",
    "nobody",
    "messagebus",
    "polkitd",
    "dnsmasq",
    "sshd",
    "adm",
    "tty",
    "disk",
    "sudo",
    "shadow",
];

/// A language of the wizard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// isiZulu.
    #[serde(rename = "zu")]
    Zulu,
    /// isiXhosa.
    #[serde(rename = "xh")]
    Xhosa,
    /// Afrikaans.
    #[serde(rename = "af")]
    Afrikaans,
    /// Sesotho.
    #[serde(rename = "st")]
    Sotho,
    /// French.
    #[serde(rename = "fr")]
    French,
    /// Portuguese.
    #[serde(rename = "pt")]
    Portuguese,
    /// Swahili.
    #[serde(rename = "sw")]
    Swahili,
}

impl Language {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::English,
        Self::Zulu,
        Self::Xhosa,
        Self::Afrikaans,
        Self::Sotho,
        Self::French,
        Self::Portuguese,
        Self::Swahili,
    ];

    /// Its tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Zulu => "zu",
            Self::Xhosa => "xh",
            Self::Afrikaans => "af",
            Self::Sotho => "st",
            Self::French => "fr",
            Self::Portuguese => "pt",
            Self::Swahili => "sw",
        }
    }

    /// The language with this tag.
    pub fn of(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// Its name, in itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Zulu => "isiZulu",
            Self::Xhosa => "isiXhosa",
            Self::Afrikaans => "Afrikaans",
            Self::Sotho => "Sesotho",
            Self::French => "Français",
            Self::Portuguese => "Português",
            Self::Swahili => "Kiswahili",
        }
    }
}

/// Whom a node is for: which services and defaults are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// A school.
    School,
    /// A clinic.
    Clinic,
    /// Somebody who makes things.
    Creator,
    /// None: services are chosen one by one.
    Plain,
}

impl Preset {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::School, Self::Clinic, Self::Creator, Self::Plain];
}

/// What a battery is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chemistry {
    /// Lithium iron phosphate.
    Lifepo4,
    /// Other lithium batteries.
    LithiumIon,
    /// Lead: flooded, AGM or gel.
    Lead,
}

/// A battery, as a person describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Battery {
    /// What it is made of.
    pub chemistry: Chemistry,
    /// How many ampere hours it holds.
    pub ampere_hours: AmpereHours,
    /// Its nominal voltage.
    pub volts: Volts,
}

/// Ampere hours of a battery: 1 to 20,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct AmpereHours(u32);

/// A battery's nominal voltage: 3 to 1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Volts(u32);

/// The number is none that a battery has.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not a battery's: {from} to {to} {unit} are expected")]
pub struct NotABatterys {
    from: u32,
    to: u32,
    unit: &'static str,
}

macro_rules! number {
    ($name:ident, $from:literal, $to:literal, $unit:literal) => {
        impl $name {
            /// The number.
            pub const fn get(self) -> u32 {
                self.0
            }
        }

        impl TryFrom<u32> for $name {
            type Error = NotABatterys;

            fn try_from(number: u32) -> Result<Self, NotABatterys> {
                let bad = NotABatterys { from: $from, to: $to, unit: $unit };
                if ($from..=$to).contains(&number) { Ok(Self(number)) } else { Err(bad) }
            }
        }

        impl From<$name> for u32 {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

number!(AmpereHours, 1, 20_000, "ampere hours");
number!(Volts, 3, 1000, "volts");
