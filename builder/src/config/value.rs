//! Values of settings: text of a file in, checked values out, by mkosi's rules for each kind.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use formats::suggest;

use super::error::{ConfigError, Problem};
use super::ini::{Line, Place};
use super::settings::{Kind, Known, Switch};

/// A word with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// The word.
    pub(crate) text: String,
    /// Where it stands.
    pub(crate) place: Place,
}

/// A path with its place; absolute, or relative to where the program was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathItem {
    /// The path.
    pub(crate) path: PathBuf,
    /// Where it stands.
    pub(crate) place: Place,
}

/// A folder, or file, of the maker's machine that is copied into the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tree {
    /// What is copied.
    pub(crate) source: PathBuf,
    /// Where to, as an absolute path of the node; `/` if not told.
    pub(crate) target: PathBuf,
    /// Where it stands.
    pub(crate) place: Place,
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// One word or text, in its canonical spelling.
    One(Item),
    /// A list of words.
    List(Vec<Item>),
    /// A list of paths.
    Paths(Vec<PathItem>),
    /// A list of trees.
    Trees(Vec<Tree>),
    /// Names and values.
    Pairs(BTreeMap<String, String>),
}

/// The value after `known` is assigned `lines`, having had the value `old`; `None` if that unsets it. Relative paths
/// begin at `folder`.
pub(crate) fn assign(
    known: &Known,
    lines: &[Line],
    folder: &Path,
    old: Option<Value>,
) -> Result<Option<Value>, ConfigError> {
    let items = |split: fn(char) -> bool| -> Vec<Item> { lines.iter().flat_map(|line| words(line, split)).collect() };
    let by_comma = |c: char| c == ',' || c.is_whitespace();
    if lines.iter().all(|line| line.text.chars().all(by_comma)) {
        return Ok(None);
    }
    Ok(Some(match known.kind {
        Kind::Unsupported | Kind::Mkosi => return Ok(old),
        Kind::Words => {
            let mut all = if let Some(Value::List(old)) = old { old } else { Vec::new() };
            all.extend(items(by_comma));
            Value::List(all)
        }
        Kind::Spaced => {
            let mut all = if let Some(Value::List(old)) = old { old } else { Vec::new() };
            all.extend(items(|c| c == ' '));
            Value::List(all)
        }
        Kind::Pairs => {
            let mut all = if let Some(Value::Pairs(old)) = old { old } else { BTreeMap::new() };
            all.extend(pairs(known, lines)?);
            Value::Pairs(all)
        }
        Kind::Paths | Kind::Scripts => {
            let mut all = if let Some(Value::Paths(old)) = old { old } else { Vec::new() };
            for item in items(by_comma) {
                let path = existing(known, &item, &item.text, folder)?;
                all.push(PathItem { path, place: item.place });
            }
            Value::Paths(all)
        }
        Kind::Trees => {
            let mut all = if let Some(Value::Trees(old)) = old { old } else { Vec::new() };
            for item in items(by_comma) {
                all.push(tree(known, item, folder)?);
            }
            Value::Trees(all)
        }
        Kind::Text
        | Kind::FileName
        | Kind::Bool
        | Kind::Feature
        | Kind::Choice(_)
        | Kind::ChoiceOrBool(_)
        | Kind::Uuid
        | Kind::Seconds => {
            let mut filled = lines.iter().filter(|line| !line.text.is_empty());
            let (Some(line), None) = (filled.next(), filled.next()) else {
                let place = &lines[0].place;
                return Err(place.error(wrong(known, &lines[0].text, "a value of one line is expected".to_owned())));
            };
            let text = one(known, &line.text).map_err(|problem| line.place.error(problem))?;
            Value::One(Item { text, place: line.place.clone() })
        }
    }))
}

fn wrong(known: &Known, value: &str, expected: String) -> Problem {
    Problem::Value { name: known.name.to_owned(), value: value.to_owned(), expected }
}

/// The canonical spelling of a value of one word.
fn one(known: &Known, text: &str) -> Result<String, Problem> {
    let yes_or_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    match known.kind {
        Kind::FileName if text.contains('/') || text == "." || text == ".." => {
            Err(wrong(known, text, "a name without '/' is expected".to_owned()))
        }
        Kind::Bool => {
            boolean(text).map(yes_or_no).ok_or_else(|| wrong(known, text, "yes or no is expected".to_owned()))
        }
        Kind::Feature => {
            feature(text).map(str::to_owned).ok_or_else(|| wrong(known, text, "yes, no or auto is expected".to_owned()))
        }
        Kind::Choice(values) => choice(known, text, values, None),
        Kind::ChoiceOrBool(switch) => choice(known, text, switch.values, Some(switch)),
        Kind::Uuid => text.parse::<uuid::Uuid>().map(|id| id.to_string()).map_err(|_| {
            wrong(known, text, "a UUID is expected; 'random' would give another image each time".to_owned())
        }),
        Kind::Seconds => text
            .parse::<u64>()
            .map(|seconds| seconds.to_string())
            .map_err(|_| wrong(known, text, "seconds since 1970 are expected, a whole number".to_owned())),
        _ => Ok(text.to_owned()),
    }
}

/// The words that mkosi takes for yes and no.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "1" | "true" | "yes" | "y" | "t" | "on" | "always" => Some(true),
        "0" | "false" | "no" | "n" | "f" | "off" | "never" => Some(false),
        _ => None,
    }
}

/// `yes`, `no` or `auto` for a word that mkosi takes for one of them.
pub(crate) fn feature(text: &str) -> Option<&'static str> {
    match text {
        "auto" => Some("auto"),
        "enabled" => Some("yes"),
        "disabled" => Some("no"),
        _ => boolean(text).map(|yes| if yes { "yes" } else { "no" }),
    }
}

fn choice(known: &Known, text: &str, values: &[&str], switch: Option<Switch>) -> Result<String, Problem> {
    if values.contains(&text) {
        return Ok(text.to_owned());
    }
    if let (Some(switch), Some(yes)) = (switch, boolean(text)) {
        return Ok(if yes { switch.yes } else { switch.no }.to_owned());
    }
    let list = format!("one of {} is expected", values.join(", "));
    Err(wrong(known, text, suggest::hint(text, values.iter().copied(), &list)))
}

/// The words of a line, each with its column.
fn words(line: &Line, split: fn(char) -> bool) -> Vec<Item> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut start = 0;
    for (column, c) in line.text.chars().chain([' ']).enumerate() {
        if !split(c) {
            if word.is_empty() {
                start = column;
            }
            word.push(c);
        } else if !word.is_empty() {
            let place = Place { column: line.place.column + start, ..line.place.clone() };
            found.push(Item { text: std::mem::take(&mut word), place });
        }
    }
    found
}

/// Names and values with a shell's quotes.
fn pairs(known: &Known, lines: &[Line]) -> Result<Vec<(String, String)>, ConfigError> {
    let text = lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
    let place = &lines[0].place;
    let expected = |problem: &str| place.error(wrong(known, &text, problem.to_owned()));
    let mut found = Vec::new();
    for word in shell_words(&text).ok_or_else(|| expected("a quote is not closed"))? {
        let Some((name, value)) = word.split_once('=') else {
            return Err(expected("Name=value is expected; a value of the host's environment is never taken"));
        };
        found.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(found)
}

/// Splits at spaces and ends of lines, with quotes and backslashes as a POSIX shell has them; `None` if one is open.
fn shell_words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '\\' => match chars.next()? {
                            c @ ('"' | '\\') => word.push(c),
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

/// `text` below `folder`, if it exists.
fn existing(known: &Known, item: &Item, text: &str, folder: &Path) -> Result<PathBuf, ConfigError> {
    if text.starts_with('~') || text.contains('$') {
        return Err(item.place.error(Problem::UnsupportedUse(format!("'{text}' with a variable of the environment"))));
    }
    let joined = folder.join(text);
    let path = tidy(&joined);
    if let Ok(real) = joined.canonicalize() {
        // A symbolic link in front of '..' leads elsewhere than the text says.
        return Ok(if path.canonicalize().is_ok_and(|tidied| tidied == real) { path } else { real });
    }
    if known.kind == Kind::Scripts && text.contains(['*', '?', '[']) {
        return Err(item.place.error(Problem::UnsupportedUse(format!("the pattern '{text}' in '{}'", known.name))));
    }
    Err(item.place.error(Problem::NoSuchPath { name: known.name.to_owned(), path }))
}

fn tree(known: &Known, item: Item, folder: &Path) -> Result<Tree, ConfigError> {
    let (source, target) = match item.text.split_once(':') {
        Some((source, target)) => (source, target),
        None => (item.text.as_str(), "/"),
    };
    if !target.starts_with('/') || Path::new(target).components().any(|part| part == Component::ParentDir) {
        let expected = "behind ':' an absolute path without '..' is expected".to_owned();
        return Err(item.place.error(wrong(known, &item.text, expected)));
    }
    let source = existing(known, &item, source, folder)?;
    Ok(Tree { source, target: PathBuf::from(target), place: item.place })
}

/// The path without `.` and, where a named folder stands before it, `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidied.components().next_back(), Some(Component::Normal(_))) => {
                tidied.pop();
            }
            part => tidied.push(part),
        }
    }
    tidied
}
