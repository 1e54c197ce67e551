//! The part of GLib's [key files](https://docs.gtk.org/glib/struct.KeyFile.html) that RAUC writes.
//!
//! ```text
//! [group]
//! key=value
//!
//! [group.two]
//! ```
//!
//! Manifests are read by RAUC too, with GLib. So nothing is understood here that GLib could understand in another way:
//! white space around keys, comments, locales, groups or keys that come twice, and control characters are refused.
//! Values may have GLib's escapes: `\s`, `\n`, `\t`, `\r` and `\\`.

use std::collections::BTreeMap;

use super::error::{BadBundle, shown};

/// Groups by name, each with its keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyFile(BTreeMap<String, Group>);

/// The keys of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    name: String,
    keys: BTreeMap<String, String>,
}

impl KeyFile {
    /// Reads a key file.
    pub(super) fn parse(text: &str) -> Result<Self, BadBundle> {
        let mut file = Self::default();
        let mut current: Option<&mut Group> = None;
        for (number, line) in text.split('\n').enumerate() {
            let wrong = |problem| BadBundle::Line { line: number + 1, problem };
            if line.chars().any(char::is_control) {
                return Err(wrong("has a control character"));
            }
            if line.is_empty() {
                continue;
            }
            if let Some(name) = line.strip_prefix('[') {
                let name = name.strip_suffix(']').filter(|name| is_name(name, b"./-_"));
                let name = name.ok_or_else(|| wrong("is no section's name"))?;
                if file.0.contains_key(name) {
                    return Err(wrong("begins a section for the second time"));
                }
                let group = Group { name: name.to_owned(), keys: BTreeMap::new() };
                current = Some(file.0.entry(name.to_owned()).or_insert(group));
                continue;
            }
            let (key, value) =
                line.split_once('=').ok_or_else(|| wrong("is neither a section's name nor KEY=VALUE"))?;
            if !is_name(key, b"-_") {
                return Err(wrong("has no proper key"));
            }
            if value.starts_with(char::is_whitespace) {
                return Err(wrong("has white space before its value"));
            }
            let value = unescape(value).ok_or_else(|| wrong("has an unknown escape in its value"))?;
            let group = current.as_mut().ok_or_else(|| wrong("belongs to no section"))?;
            if group.keys.insert(key.to_owned(), value).is_some() {
                return Err(wrong("sets a key for the second time"));
            }
        }
        Ok(file)
    }

    /// Takes a group out; an empty one if it is not there.
    pub(super) fn take(&mut self, name: &str) -> Group {
        let nothing = || Group { name: name.to_owned(), keys: BTreeMap::new() };
        self.0.remove(name).unwrap_or_else(nothing)
    }

    /// Takes out the groups whose name begins with `prefix`, each with the rest of its name.
    pub(super) fn take_all(&mut self, prefix: &str) -> Vec<(String, Group)> {
        let names: Vec<String> = self.0.keys().filter(|name| name.starts_with(prefix)).cloned().collect();
        names.into_iter().map(|name| (name[prefix.len()..].to_owned(), self.take(&name))).collect()
    }

    /// Whether a group is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Nothing may be left.
    pub(super) fn end(self) -> Result<(), BadBundle> {
        self.0.into_keys().next().map_or(Ok(()), |name| Err(BadBundle::UnknownGroup(shown(&name))))
    }
}

impl Group {
    /// Takes a value out.
    pub(super) fn take(&mut self, key: &str) -> Option<String> {
        self.keys.remove(key)
    }

    /// Takes out a value that must be there.
    pub(super) fn need(&mut self, key: &'static str) -> Result<String, BadBundle> {
        self.take(key).ok_or_else(|| BadBundle::Missing { group: shown(&self.name), key })
    }

    /// Takes out a value that must be there and of a kind.
    pub(super) fn need_as<T>(
        &mut self,
        key: &'static str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, BadBundle> {
        let value = self.need(key)?;
        read(&value).ok_or_else(|| BadBundle::Value { group: shown(&self.name), key, value: shown(&value), expected })
    }

    /// Nothing may be left.
    pub(super) fn end(self) -> Result<(), BadBundle> {
        let Some(key) = self.keys.into_keys().next() else { return Ok(()) };
        Err(BadBundle::UnknownKey { group: shown(&self.name), key: shown(&key) })
    }
}

fn is_name(name: &str, others: &[u8]) -> bool {
    !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || others.contains(&c))
}

fn unescape(value: &str) -> Option<String> {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            '\\' => match chars.next()? {
                's' => ' ',
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                '\\' => '\\',
                _ => return None,
            },
            c => c,
        });
    }
    Some(text)
}

/// A value as GLib writes it.
pub(super) fn escape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut leading = true;
    for c in value.chars() {
        match c {
            ' ' if leading => text.push_str("\\s"),
            '\t' if leading => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\\' => text.push_str("\\\\"),
            c => text.push(c),
        }
        leading &= c == ' ' || c == '\t';
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_back() {
        for value in ["", "a", "  a b ", "a\nb\\n", "ä = [x]; # \\", "\\s"] {
            let text = format!("[g]\nk={}\n", escape(value));
            assert_eq!(KeyFile::parse(&text).unwrap().take("g").take("k").as_deref(), Some(value), "{text}");
        }
        assert_eq!(escape(" \\\n"), "\\s\\\\\\n");
    }

    #[test]
    fn groups_are_taken_out() {
        let mut file = KeyFile::parse("[a]\nx=1\n\n[i.b]\ny=2\n[i.c]\n").unwrap();
        assert!(file.has("a") && !file.has("i"));
        assert_eq!(file.take("a").need("x"), Ok("1".to_owned()));
        let names: Vec<String> = file.take_all("i.").into_iter().map(|(name, _)| name).collect();
        assert_eq!((names, file.end()), (vec!["b".to_owned(), "c".to_owned()], Ok(())));
        let mut group = KeyFile::parse("[a]\nx=1\n").unwrap().take("a");
        assert!(matches!(group.need("y"), Err(BadBundle::Missing { key: "y", .. })));
        assert!(matches!(group.end(), Err(BadBundle::UnknownKey { .. })));
        assert_eq!(KeyFile::parse("[a]\n").unwrap().end(), Err(BadBundle::UnknownGroup("a".to_owned())));
    }

    #[test]
    fn refuses_what_glib_could_read_otherwise() {
        for (text, problem) in [
            ("a=1\n", "belongs to no section"),
            ("[a]\n b=1\n", "has no proper key"),
            ("[a]\nb =1\n", "has no proper key"),
            ("[a]\nb[de]=1\n", "has no proper key"),
            ("[a]\n=1\n", "has no proper key"),
            ("[a]\nb= 1\n", "has white space before its value"),
            ("[a]\nb=1\r\n", "has a control character"),
            ("[a]\nb=1\0\n", "has a control character"),
            ("[a]\nb=1\nb=1\n", "sets a key for the second time"),
            ("[a]\n[a]\n", "begins a section for the second time"),
            ("[a] \n", "is no section's name"),
            ("[]\n", "is no section's name"),
            ("[a]b]\n", "is no section's name"),
            ("[a]\n# b\n", "is neither a section's name nor KEY=VALUE"),
            ("[a]\nb=\\x\n", "has an unknown escape in its value"),
            ("[a]\nb=\\\n", "has an unknown escape in its value"),
        ] {
            let Err(BadBundle::Line { problem: found, .. }) = KeyFile::parse(text) else { panic!("{text}") };
            assert_eq!(found, problem, "{text}");
        }
    }
}
