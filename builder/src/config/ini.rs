//! The syntax of mkosi's configuration files, read by mkosi's rules.
//!
//! ```text
//! [Content]                 a section
//! Packages=systemd          a setting: everything behind the first '=' is its value
//!          udev  # why      an indented line continues the value; '#' ends a line anywhere
//! ```
//!
//! White space that all lines share is taken off first, as mkosi does. Sections and settings may repeat; what that
//! means is decided by who reads them. Every part keeps its place for error messages.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use thiserror::Error;

/// A place in a file: what an error message begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file.
    pub(crate) file: Arc<Path>,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The column in characters, from 1.
    pub(crate) column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// A section with the settings that follow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// The name between the brackets.
    pub(crate) name: String,
    /// Where the bracket is.
    pub(crate) place: Place,
    /// The settings in the order of the file.
    pub(crate) settings: Vec<Setting>,
}

/// A name and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// The name in front of the `=`.
    pub(crate) name: String,
    /// Where the name is.
    pub(crate) place: Place,
    /// The value: what follows the `=`, then one entry for each line that continues it. Never empty.
    pub(crate) lines: Vec<Line>,
}

/// One line of a value, without the white space around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The text.
    pub(crate) text: String,
    /// Where it begins.
    pub(crate) place: Place,
}

impl Setting {
    /// The whole value, its lines joined as mkosi joins them.
    pub(crate) fn value(&self) -> String {
        self.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// A file that does not follow the syntax.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place}: {problem}")]
pub(crate) struct SyntaxError {
    /// Where.
    pub(crate) place: Place,
    /// What is wrong.
    pub(crate) problem: SyntaxProblem,
}

/// What can be wrong with the syntax.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum SyntaxProblem {
    /// `[Content`.
    #[error("the section '{0}' has no closing ']'")]
    UnclosedSection(String),
    /// `[]`.
    #[error("the section has no name: write one between '[' and ']'")]
    EmptySection,
    /// A setting above the first section.
    #[error("'{0}' stands in no section: put a line such as [Content] above it")]
    OutsideSection(String),
    /// A line without `=`.
    #[error(
        "'{0}' has no '=': a setting is written Name=value, and a line that continues a value begins with white space"
    )]
    NoEquals(String),
    /// `=value`.
    #[error("the setting has no name: write one in front of '='")]
    EmptyName,
    /// mkosi takes some control characters as ends of lines.
    #[error("the control character {0:?} is not allowed")]
    ControlCharacter(char),
}

/// Reads a file's text.
pub(crate) fn parse(file: &Path, text: &str) -> Result<Vec<Section>, SyntaxError> {
    let file: Arc<Path> = file.into();
    let margin = margin(text);
    let mut sections: Vec<Section> = Vec::new();
    // Whether an indented line continues the last setting of the last section.
    let mut open = false;
    for (index, raw) in text.lines().enumerate() {
        let whole = raw.strip_prefix(margin).unwrap_or_else(|| raw.trim_start());
        let cut = raw.chars().count() - whole.chars().count();
        let place_of = |part: &str| Place {
            file: Arc::clone(&file),
            line: index + 1,
            column: cut + whole[..offset(whole, part)].chars().count() + 1,
        };
        let fail = |part: &str, problem| Err(SyntaxError { place: place_of(part), problem });

        if let Some((at, control)) = whole.char_indices().find(|&(_, c)| is_line_end(c)) {
            return fail(&whole[at..], SyntaxProblem::ControlCharacter(control));
        }
        let line = whole.split('#').next().unwrap_or_default();
        let trimmed = line.trim();
        if trimmed.is_empty() {
            continue;
        }
        if open && line.starts_with(char::is_whitespace) {
            if let Some(setting) = sections.last_mut().and_then(|section| section.settings.last_mut()) {
                setting.lines.push(Line { text: trimmed.to_owned(), place: place_of(trimmed) });
            }
            continue;
        }
        open = false;
        if let Some(rest) = trimmed.strip_prefix('[') {
            let Some(name) = rest.strip_suffix(']') else {
                return fail(trimmed, SyntaxProblem::UnclosedSection(trimmed.to_owned()));
            };
            let name = name.trim();
            if name.is_empty() {
                return fail(trimmed, SyntaxProblem::EmptySection);
            }
            sections.push(Section { name: name.to_owned(), place: place_of(trimmed), settings: Vec::new() });
            continue;
        }
        let Some(section) = sections.last_mut() else {
            return fail(trimmed, SyntaxProblem::OutsideSection(trimmed.to_owned()));
        };
        let Some((name, value)) = trimmed.split_once('=') else {
            return fail(trimmed, SyntaxProblem::NoEquals(trimmed.to_owned()));
        };
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() {
            return fail(trimmed, SyntaxProblem::EmptyName);
        }
        let first = Line { text: value.to_owned(), place: place_of(value) };
        section.settings.push(Setting { name: name.to_owned(), place: place_of(name), lines: vec![first] });
        open = true;
    }
    Ok(sections)
}

/// Where `part` begins in `whole`, of which it is a slice.
fn offset(whole: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize).min(whole.len())
}

/// The white space that all lines begin with, empty lines aside.
fn margin(text: &str) -> &str {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let indent = |line: &'_ str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let Some(first) = lines.next() else {
        return "";
    };
    lines.fold(&first[..indent(first)], |margin, line| {
        let shared = margin.bytes().zip(line.bytes()).take_while(|(a, b)| a == b).count();
        &margin[..shared]
    })
}

/// Whether Python's `splitlines` or we would take the character, inside a line, as something else than text.
fn is_line_end(c: char) -> bool {
    (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match parse(Path::new("mkosi.conf"), text) {
            Err(error) => error.to_string(),
            Ok(sections) => {
                let mut out = String::new();
                for section in &sections {
                    out += &format!("[{}]@{}:{}\n", section.name, section.place.line, section.place.column);
                    for setting in &section.settings {
                        out += &format!("{}@{}:{}", setting.name, setting.place.line, setting.place.column);
                        for line in &setting.lines {
                            out += &format!(" <{}>@{}:{}", line.text, line.place.line, line.place.column);
                        }
                        out += "\n";
                    }
                }
                out
            }
        }
    }

    #[test]
    fn rules() {
        for (text, expected) in [
            ("", ""),
            ("\n# nothing\n  \n", ""),
            ("[A]\nb=c", "[A]@1:1\nb@2:1 <c>@2:3\n"),
            ("[A]\r\nb=c\r\n", "[A]@1:1\nb@2:1 <c>@2:3\n"),
            // '#' ends a line anywhere, also in a value.
            ("[A]#x\nb=c#d\n", "[A]@1:1\nb@2:1 <c>@2:3\n"),
            ("[A]\nb=a\\#c\n", "[A]@1:1\nb@2:1 <a\\>@2:3\n"),
            // White space around names and values goes.
            ("[ A ]\nb = c d \n", "[A]@1:1\nb@2:1 <c d>@2:5\n"),
            // Only the first '=' counts.
            ("[A]\nb=c=d\n", "[A]@1:1\nb@2:1 <c=d>@2:3\n"),
            // Indented lines continue, over comments and empty lines; what looks like a section too.
            ("[A]\nb=c\n  d\n# x\n\n\te=f\n  [g]\n", "[A]@1:1\nb@2:1 <c>@2:3 <d>@3:3 <e=f>@6:2 <[g]>@7:3\n"),
            ("[A]\nb=\n  c\n", "[A]@1:1\nb@2:1 <>@2:3 <c>@3:3\n"),
            // An indented line with nothing to continue is a setting or a section.
            ("[A]\n b=c\nd=e\n", "[A]@1:1\nb@2:2 <c>@2:4\nd@3:1 <e>@3:3\n"),
            // White space that all lines share goes first.
            ("  [A]\n  b=c\n    d\n  e=f\n", "[A]@1:3\nb@2:3 <c>@2:5 <d>@3:5\ne@4:3 <f>@4:5\n"),
            // Sections and settings repeat.
            ("[A]\nb=c\nb=\n[A]\nb=d\n", "[A]@1:1\nb@2:1 <c>@2:3\nb@3:1 <>@3:3\n[A]@4:1\nb@5:1 <d>@5:3\n"),
            // Columns are characters.
            ("[A]\nb=ü c\n  ö d\n", "[A]@1:1\nb@2:1 <ü c>@2:3 <ö d>@3:3\n"),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn refusals() {
        for (text, expected) in [
            ("[A\n", "mkosi.conf:1:1: the section '[A' has no closing ']'"),
            ("\n[ ]\n", "mkosi.conf:2:1: the section has no name: write one between '[' and ']'"),
            ("b=c\n", "mkosi.conf:1:1: 'b=c' stands in no section: put a line such as [Content] above it"),
            (
                "[A]\nPackages=\nsystemd\n",
                "mkosi.conf:3:1: 'systemd' has no '=': a setting is written Name=value, and a line that continues a \
                 value begins with white space",
            ),
            ("[A]\n=c\n", "mkosi.conf:2:1: the setting has no name: write one in front of '='"),
            ("[A]\nb=c\u{c}d\n", "mkosi.conf:2:4: the control character '\\u{c}' is not allowed"),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    /// Any text gives sections or an error, never a panic.
    #[test]
    fn any_text_is_read_or_refused() {
        let alphabet: Vec<char> = "[]=#= \t\n\r\u{b}\u{2028}abü%|!\"',".chars().collect();
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for _ in 0..20_000 {
            let length = random() % 40;
            let text: String = (0..length).map(|_| alphabet[random() as usize % alphabet.len()]).collect();
            if let Ok(sections) = parse(Path::new("x"), &text) {
                assert!(sections.iter().flat_map(|s| &s.settings).all(|s| !s.lines.is_empty() && !s.name.is_empty()));
            }
        }
    }
}
