//! What a neighbour asks for, and which part of it.

use formats::digest::Digest;

use crate::fetch::source::checked;

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// `/chunks/<sha256>`
    Chunk(Digest),
    /// `/repository/<path>`
    File(String),
    /// Nothing that is served.
    Nothing,
}

impl Asked {
    /// Reads a path.
    pub(super) fn of(path: &str) -> Self {
        if let Some(digest) = path.strip_prefix("/chunks/") {
            // One spelling only.
            let lower = digest.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
            return digest.parse().ok().filter(|_| lower).map_or(Self::Nothing, Self::Chunk);
        }
        let Some(path) = path.strip_prefix("/repository/") else { return Self::Nothing };
        // What our own client escapes.
        let path = path.replace("%2B", "+");
        checked(&path).map_or(Self::Nothing, |path| Self::File(path.to_owned()))
    }
}

/// Which part of something is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it: there is no range, or one that this server does not know, which may be passed over (RFC 9110, 14.2).
    Whole,
    /// The first byte, and the one behind the last.
    Range(usize, usize),
    /// It lies behind the end.
    Behind,
}

impl Part {
    /// Reads the header `Range` for something of this length.
    pub(super) fn of(header: Option<&str>, length: usize) -> Self {
        let number = |text: &str| -> Option<usize> {
            text.bytes().all(|c| c.is_ascii_digit()).then(|| text.parse().ok()).flatten()
        };
        let Some((from, to)) = header.and_then(|header| header.strip_prefix("bytes=")?.split_once('-')) else {
            return Self::Whole;
        };
        let (from, to) = match (from, to) {
            ("", last) => match number(last) {
                Some(0) => return Self::Behind,
                Some(last) => (length.saturating_sub(last), length),
                None => return Self::Whole,
            },
            (from, "") => match number(from) {
                Some(from) => (from, length),
                None => return Self::Whole,
            },
            (from, to) => match (number(from), number(to)) {
                (Some(from), Some(to)) if from <= to => (from, to.saturating_add(1).min(length)),
                _ => return Self::Whole,
            },
        };
        if from < to { Self::Range(from, to) } else { Self::Behind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let digest = Digest::of("x");
        assert_eq!(Asked::of(&format!("/chunks/{digest}")), Asked::Chunk(digest));
        assert_eq!(Asked::of("/repository/metadata/1.root.json"), Asked::File("metadata/1.root.json".to_owned()));
        assert_eq!(Asked::of("/repository/targets/a%2B1"), Asked::File("targets/a+1".to_owned()));
        let upper = format!("/chunks/{}", digest.to_string().to_uppercase());
        for path in [
            "",
            "/",
            "/chunks/",
            "/chunks/../lock",
            "/repository/../chunks/lock",
            "/repository/.load-x",
            "/repository//etc/passwd",
            "/repository/%2e%2e/x",
            "/budget.json",
            &upper,
        ] {
            assert_eq!(Asked::of(path), Asked::Nothing, "{path}");
        }
    }

    #[test]
    fn parts() {
        for (header, part) in [
            (None, Part::Whole),
            (Some("bytes=0-99"), Part::Range(0, 10)),
            (Some("bytes=2-4"), Part::Range(2, 5)),
            (Some("bytes=9-9"), Part::Range(9, 10)),
            (Some("bytes=3-"), Part::Range(3, 10)),
            (Some("bytes=-3"), Part::Range(7, 10)),
            (Some("bytes=-99"), Part::Range(0, 10)),
            (Some("bytes=10-12"), Part::Behind),
            (Some("bytes=10-"), Part::Behind),
            (Some("bytes=-0"), Part::Behind),
            (Some("bytes=5-4"), Part::Whole),
            (Some("bytes=0-1,4-5"), Part::Whole),
            (Some("bytes=+1-2"), Part::Whole),
            (Some("bytes=0-99999999999999999999999"), Part::Whole),
            (Some("lines=1-2"), Part::Whole),
        ] {
            assert_eq!(Part::of(header, 10), part, "{header:?}");
        }
        assert_eq!(Part::of(Some("bytes=0-0"), 0), Part::Behind);
        assert_eq!(Part::of(Some("bytes=0-18446744073709551615"), 10), Part::Range(0, 10));
    }
}
