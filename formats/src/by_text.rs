//! Values that files have as texts: what [`Display`](std::fmt::Display) writes, [`FromStr`](std::str::FromStr) reads, with
//! `#[serde(try_from = "String", into = "String")]`.

/// The two conversions that serde asks for.
macro_rules! by_text {
    ($name:ident, $error:ident) => {
        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}
