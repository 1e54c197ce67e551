//! Relations between packages, as `Depends`, `Provides` and their like write them.
//!
//! `a (>= 1) | b:any, c`: clauses between commas, alternatives between bars
//! ([policy 7.1](https://www.debian.org/doc/debian-policy/ch-relationships.html)). What only source packages have
//! (`[arch]`, `<profile>`) is refused.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::version::{DebianVersion, NotADebianVersion};

/// A clause: one of these must be there.
pub(crate) type Clause = Vec<Relation>;

/// A package that is meant, and which versions of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    /// The name of the package.
    pub(crate) name: String,
    /// What stands behind a colon: `any`, `native` or an architecture.
    pub(crate) qualifier: Option<String>,
    /// Which versions; all if `None`.
    pub(crate) constraint: Option<Constraint>,
}

/// Which versions are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Constraint {
    /// How to compare.
    pub(crate) operator: Operator,
    /// With what.
    pub(crate) version: DebianVersion,
}

/// How versions are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    /// `<<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Exactly,
    /// `>=`
    AtLeast,
    /// `>>`
    Greater,
}

/// The text is no relation.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum NotARelation {
    /// It is not `name[:qualifier] [(operator version)]`.
    #[error("'{0}' is not a relation: name[:architecture] [(operator version)] is expected")]
    Form(String),
    /// Its version is none.
    #[error("in the relation '{relation}'")]
    Version {
        /// The relation.
        relation: String,
        /// What is wrong.
        source: NotADebianVersion,
    },
}

/// Reads the value of a field such as `Depends`.
pub(crate) fn parse_clauses(field: &str) -> Result<Vec<Clause>, NotARelation> {
    field
        .split(',')
        .map(str::trim)
        .filter(|clause| !clause.is_empty())
        .map(|clause| clause.split('|').map(str::parse).collect())
        .collect()
}

impl Constraint {
    /// Whether `version` is meant.
    pub(crate) fn allows(&self, version: &DebianVersion) -> bool {
        let order = version.cmp(&self.version);
        match self.operator {
            Operator::Less => order.is_lt(),
            Operator::AtMost => order.is_le(),
            Operator::Exactly => order.is_eq(),
            Operator::AtLeast => order.is_ge(),
            Operator::Greater => order.is_gt(),
        }
    }
}

impl Relation {
    /// Whether a package of this version, under the relation's name, is meant.
    pub(crate) fn allows(&self, version: &DebianVersion) -> bool {
        self.constraint.as_ref().is_none_or(|constraint| constraint.allows(version))
    }
}

impl FromStr for Relation {
    type Err = NotARelation;

    fn from_str(text: &str) -> Result<Self, NotARelation> {
        let text = text.trim();
        let form = || NotARelation::Form(text.to_owned());
        let (name, constraint) = match text.split_once('(') {
            Some((name, rest)) => (name.trim_end(), Some(rest.strip_suffix(')').ok_or_else(form)?.trim())),
            None => (text, None),
        };
        let (name, qualifier) = match name.split_once(':') {
            Some((name, qualifier)) => (name, Some(qualifier)),
            None => (name, None),
        };
        let made_of = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphanumeric())
                && part.bytes().all(|c| c.is_ascii_alphanumeric() || b"+-._".contains(&c))
        };
        if !made_of(name) || !qualifier.is_none_or(made_of) {
            return Err(form());
        }
        let constraint = constraint
            .map(|constraint| {
                let (sign, version) =
                    constraint.split_at(constraint.find(|c| !matches!(c, '<' | '=' | '>')).unwrap_or(constraint.len()));
                let operator = match sign {
                    "<<" => Operator::Less,
                    "<=" | "<" => Operator::AtMost,
                    "=" => Operator::Exactly,
                    ">=" | ">" => Operator::AtLeast,
                    ">>" => Operator::Greater,
                    _ => return Err(form()),
                };
                let version = version
                    .trim()
                    .parse()
                    .map_err(|source| NotARelation::Version { relation: text.to_owned(), source })?;
                Ok(Constraint { operator, version })
            })
            .transpose()?;
        Ok(Self { name: name.to_owned(), qualifier: qualifier.map(str::to_owned), constraint })
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(qualifier) = &self.qualifier {
            write!(f, ":{qualifier}")?;
        }
        match &self.constraint {
            Some(Constraint { operator, version }) => write!(f, " ({operator} {version})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Less => "<<",
            Self::AtMost => "<=",
            Self::Exactly => "=",
            Self::AtLeast => ">=",
            Self::Greater => ">>",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_and_back() {
        let text = "libc6 (>= 2.38), python3:any | python3.13 (<< 3.14~), mawk";
        let clauses = parse_clauses(text).unwrap();
        let again: Vec<_> =
            clauses.iter().map(|c| c.iter().map(Relation::to_string).collect::<Vec<_>>().join(" | ")).collect();
        assert_eq!(again.join(", "), text);
        assert_eq!(parse_clauses(" a(=1) ,\n b:amd64 , ").unwrap().len(), 2);
    }

    #[test]
    fn constraints() {
        for (relation, version, expected) in [
            ("a", "1", true),
            ("a (<< 2)", "2", false),
            ("a (<< 2)", "2~rc1", true),
            ("a (<= 2)", "2", true),
            ("a (< 2)", "2", true),
            ("a (= 2)", "2-0", true),
            ("a (= 2)", "2-1", false),
            ("a (>= 2)", "1:1", true),
            ("a (>> 2)", "2", false),
            ("a (>> 2)", "2+b1", true),
        ] {
            assert_eq!(relation.parse::<Relation>().unwrap().allows(&version.parse().unwrap()), expected, "{relation}");
        }
    }

    #[test]
    fn refuses_others() {
        for bad in ["", "a b", "a (1)", "a (>= 1", "a (~ 1)", "a [amd64]", "a <!nocheck>", "a:", "-a", "a (>=)"] {
            assert!(bad.parse::<Relation>().is_err(), "{bad}");
        }
    }
}
