//! The text of an order.
//!
//! ```toml
//! node = "clinic-1"
//! do = "password"             # or "erase"
//! password = "the new one"    # with "password"
//! note = "for the third time"
//! ```

use formats::answers::Password;
use serde::Deserialize;
use thiserror::Error;

/// The longest text, in bytes.
pub const LONGEST: usize = 4096;

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The computer's name.
    pub node: String,
    /// What is wanted.
    pub wish: Wish,
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The administrator's new password.
    Password(Password),
    /// The computer becomes nobody's.
    Erase,
}

impl Wish {
    /// What is said of it once it is done.
    pub fn done(&self) -> &'static str {
        match self {
            Self::Password(_) => "the administrator has the new password",
            Self::Erase => {
                "everything that people put on this computer is erased; it starts again, and asks to be set up"
            }
        }
    }
}

/// The text is no order.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BadOrder {
    /// It is not what is expected; what it has is in no message.
    #[error("line {line}: {problem}")]
    At {
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A password without an order for one, or the other way round.
    #[error("'password' is needed with do = \"password\", and only there")]
    Password,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    node: String,
    r#do: Do,
    password: Option<Password>,
    /// What makes it another order than one of before.
    #[serde(default, rename = "note")]
    _note: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Do {
    Password,
    Erase,
}

/// What is wrong, without what the text has there: a password may be in any place.
fn told(message: &str) -> String {
    let message = message.trim();
    match message.split_whitespace().take(2).collect::<Vec<_>>().as_slice() {
        ["unknown", "field"] => "an order has 'node', 'do', 'password' and 'note', and nothing else".to_owned(),
        ["unknown", "variant"] => "'do' is \"password\" or \"erase\"".to_owned(),
        ["invalid", "type:" | "value:"] => "a text in quotation marks is expected".to_owned(),
        _ => message.replace('\n', ", "),
    }
}

impl Order {
    /// Reads one.
    pub fn parse(text: &[u8]) -> Result<Self, BadOrder> {
        let lines = |end: usize| text.iter().take(end).filter(|byte| **byte == b'\n').count() + 1;
        let read = std::str::from_utf8(text).map_err(|error| BadOrder::At {
            line: lines(error.valid_up_to()),
            problem: "this is not UTF-8".to_owned(),
        })?;
        let file: File = toml::from_str(read).map_err(|error| BadOrder::At {
            line: lines(error.span().map_or(0, |span| span.start)),
            problem: told(error.message()),
        })?;
        let wish = match (file.r#do, file.password) {
            (Do::Password, Some(password)) => Wish::Password(password),
            (Do::Erase, None) => Wish::Erase,
            _ => return Err(BadOrder::Password),
        };
        Ok(Self { node: file.node, wish })
    }
}
