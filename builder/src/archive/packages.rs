//! The `Packages` index of a suite: one stanza a package, separated by empty lines
//! ([deb822(5)](https://manpages.debian.org/trixie/dpkg-dev/deb822.5.en.html)).
//!
//! A [`Package`] keeps its stanza as the index has it: apt's lists and dpkg's status file are written from it, and
//! fields that few ask for are looked up in it.

use std::io::{self, BufRead};
use std::num::ParseIntError;

use formats::digest::{Digest, NotADigest};
use formats::size::Bytes;
use thiserror::Error;

use super::relation::{Clause, NotARelation, Relation, parse_clauses};
use super::version::{DebianVersion, NotADebianVersion};

/// A binary package of the archive.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: DebianVersion,
    /// Its architecture; `all` for every one.
    pub(crate) architecture: String,
    /// Where it is, from the mirror's root.
    pub(crate) filename: String,
    /// How long the `.deb` is.
    pub(crate) size: Bytes,
    /// The digest of the `.deb`.
    pub(crate) sha256: Digest,
    /// The whole stanza, without the empty line behind it; each line ends with a line break.
    pub(crate) stanza: String,
}

/// A `Packages` index could not be read.
#[derive(Debug, Error)]
pub(crate) enum PackagesError {
    /// The bytes themselves.
    #[error("reading the package index after {after}")]
    Read {
        /// The last stanza before.
        after: String,
        /// Why.
        source: io::Error,
    },
    /// A stanza lacks a field.
    #[error("the package index has no {field} in the stanza of {package}")]
    Missing {
        /// Which field.
        field: &'static str,
        /// Whose stanza.
        package: String,
    },
    /// A field has a wrong value.
    #[error("reading {field} of {package} in the package index")]
    Field {
        /// Which field.
        field: &'static str,
        /// Whose stanza.
        package: String,
        /// Why.
        source: FieldError,
    },
}

/// What is wrong with a field.
#[derive(Debug, Error)]
pub(crate) enum FieldError {
    /// The version.
    #[error(transparent)]
    Version(#[from] NotADebianVersion),
    /// The size.
    #[error(transparent)]
    Size(#[from] ParseIntError),
    /// The digest.
    #[error(transparent)]
    Digest(#[from] NotADigest),
    /// A relation.
    #[error(transparent)]
    Relation(#[from] NotARelation),
    /// The path.
    #[error("'{0}' is not a path below the mirror's root")]
    Path(String),
}

/// Reads a `Packages` index (not compressed), stanza by stanza.
pub(crate) fn read_packages<R: BufRead>(index: R) -> Packages<R> {
    Packages { index, last: "its start".to_owned(), ended: false }
}

/// The packages of an index, in its order.
#[derive(Debug)]
pub(crate) struct Packages<R> {
    index: R,
    last: String,
    ended: bool,
}

impl<R: BufRead> Packages<R> {
    /// The next stanza; empty at the end.
    fn stanza(&mut self) -> Result<String, PackagesError> {
        let mut stanza = String::with_capacity(1024);
        loop {
            let start = stanza.len();
            let read = self
                .index
                .read_line(&mut stanza)
                .map_err(|source| PackagesError::Read { after: self.last.clone(), source })?;
            if read == 0 {
                if !stanza.is_empty() && !stanza.ends_with('\n') {
                    stanza.push('\n');
                }
                return Ok(stanza);
            }
            if stanza[start..].trim_ascii().is_empty() {
                stanza.truncate(start);
                if start > 0 {
                    return Ok(stanza);
                }
            }
        }
    }
}

impl<R: BufRead> Iterator for Packages<R> {
    type Item = Result<Package, PackagesError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let package = match self.stanza() {
            Ok(stanza) if stanza.is_empty() => {
                self.ended = true;
                return None;
            }
            Ok(stanza) => Package::parse(stanza, &self.last),
            Err(error) => Err(error),
        };
        match &package {
            Ok(package) => self.last.clone_from(&package.name),
            Err(_) => self.ended = true,
        }
        Some(package)
    }
}

impl Package {
    /// Reads a stanza; `before` is the package before it, for messages.
    fn parse(mut stanza: String, before: &str) -> Result<Self, PackagesError> {
        let [mut name, mut version, mut architecture, mut filename, mut size, mut sha256] = [None; 6];
        for line in stanza.lines() {
            let Some((field, value)) = line.split_once(':') else { continue };
            let place = match field {
                "Package" => &mut name,
                "Version" => &mut version,
                "Architecture" => &mut architecture,
                "Filename" => &mut filename,
                "Size" => &mut size,
                "SHA256" => &mut sha256,
                _ => continue,
            };
            *place = Some(value.trim());
        }
        let Some(name) = name.map(str::to_owned) else {
            return Err(PackagesError::Missing { field: "Package", package: format!("the one after {before}") });
        };
        let need = |field, value: Option<&str>| {
            value.map(str::to_owned).ok_or_else(|| PackagesError::Missing { field, package: name.clone() })
        };
        let wrong = |field, source| PackagesError::Field { field, package: name.clone(), source };
        let version = need("Version", version)?.parse().map_err(|e: NotADebianVersion| wrong("Version", e.into()))?;
        let architecture = need("Architecture", architecture)?;
        let filename = need("Filename", filename)?;
        if filename.starts_with('/') || filename.split('/').any(|part| part == "..") {
            return Err(wrong("Filename", FieldError::Path(filename)));
        }
        let size = need("Size", size)?.parse().map_err(|e: ParseIntError| wrong("Size", e.into()))?;
        let sha256 = need("SHA256", sha256)?.parse().map_err(|e: NotADigest| wrong("SHA256", e.into()))?;
        stanza.shrink_to_fit();
        Ok(Self { name, version, architecture, filename, size: Bytes(size), sha256, stanza })
    }

    /// The value of a field, with the lines that continue it.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut at = 0;
        for line in self.stanza.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let head = line.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
            if !head || line.as_bytes().get(name.len()) != Some(&b':') {
                continue;
            }
            let mut end = at;
            for more in self.stanza[at..].split_inclusive('\n').take_while(|line| line.starts_with([' ', '\t'])) {
                end += more.len();
            }
            return Some(self.stanza[start + name.len() + 1..end].trim());
        }
        None
    }

    /// The clauses of a field such as `Depends`; none if the stanza lacks it.
    pub(crate) fn clauses(&self, field: &'static str) -> Result<Vec<Clause>, PackagesError> {
        parse_clauses(self.field(field).unwrap_or_default()).map_err(|source| PackagesError::Field {
            field,
            package: self.name.clone(),
            source: source.into(),
        })
    }

    /// What it can stand for, besides itself; a constraint, always `=`, tells the version.
    pub(crate) fn provides(&self) -> Result<Vec<Relation>, PackagesError> {
        Ok(self.clauses("Provides")?.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn index() -> String {
        format!(
            "\n\nPackage: bash\nEssential: yes\nSource: bash-src (5.2-1)\nVersion: 5.2-1+b1\nArchitecture: amd64\n\
             Installed-Size: 2\nDepends: libc6 (>= 2.38),\n libtinfo6\nProvides: sh (= 1), shell\nSection: shells\n\
             Filename: pool/main/b/bash.deb\nSize: 17\nSHA256: {DIGEST}\n\n\n\
             Package: dash\nVersion: 1\nArchitecture: all\nFilename: pool/d.deb\nSize: 1\nSHA256: {DIGEST}"
        )
    }

    #[test]
    fn reads_stanzas() {
        let packages: Vec<_> = read_packages(index().as_bytes()).collect::<Result<_, _>>().unwrap();
        assert_eq!(packages.len(), 2);
        let bash = &packages[0];
        assert_eq!(
            (bash.name.as_str(), bash.version.to_string(), bash.size),
            ("bash", "5.2-1+b1".to_owned(), Bytes(17))
        );
        assert!(bash.stanza.starts_with("Package: bash\n") && bash.stanza.ends_with("\n"));
        assert!(!bash.stanza.contains("\n\n"));
        assert_eq!(bash.clauses("Depends").unwrap().len(), 2);
        assert_eq!(bash.field("Depends"), Some("libc6 (>= 2.38),\n libtinfo6"));
        assert_eq!(bash.clauses("Pre-Depends").unwrap().len(), 0);
        assert_eq!(bash.provides().unwrap().len(), 2);
        assert!(packages[1].stanza.ends_with('\n'));
    }

    #[test]
    fn tells_what_is_wrong() {
        for (from, to, message) in [
            ("Size: 17", "Size: x", "reading Size of bash in the package index"),
            ("Version: 5.2-1+b1\n", "", "the package index has no Version in the stanza of bash"),
            ("Package: bash\n", "", "the package index has no Package in the stanza of the one after its start"),
            ("pool/main/b/", "../", "reading Filename of bash in the package index"),
            ("Package: dash\n", "", "the package index has no Package in the stanza of the one after bash"),
        ] {
            let index = index().replace(from, to);
            let error = read_packages(index.as_bytes()).find_map(Result::err).unwrap();
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn ends_after_an_error() {
        assert_eq!(read_packages("Package: a\n\nPackage: b\n".as_bytes()).count(), 1);
    }
}
