//! Which packages the tools tree consists of: those that its list names, and what they depend on.
//!
//! apt resolves images; before there is a tools tree there is no apt. This is the simplest thing that is right for a
//! list that we keep ourselves: `Pre-Depends` and `Depends` are followed, of alternatives the first one that is chosen
//! already, else the first that the archive has, else a package that provides it. Conflicts are not looked at, as
//! nothing is installed. The same indexes give the same answer.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use thiserror::Error;

use super::packages::{Package, PackagesError};
use super::relation::{Clause, Relation};
use super::version::DebianVersion;

/// A suite's packages.
#[derive(Clone, Debug)]
pub(crate) struct SuitePackages {
    /// Its name; entries of the list name it to ask for its packages.
    pub(crate) suite: String,
    /// Where it is on the mirror.
    pub(crate) archive: String,
    /// Whether its packages are used only where the list or a dependency asks for them.
    pub(crate) only_if_asked: bool,
    /// The packages.
    pub(crate) packages: Vec<Package>,
}

/// An entry of the list: `NAME` or `NAME/SUITE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The package.
    pub(crate) name: String,
    /// The suite that it must come from.
    pub(crate) suite: Option<String>,
    /// Its line in the list.
    pub(crate) line: usize,
}

/// Reads the list: an entry a line, `#` begins a comment.
pub(crate) fn parse_list(text: &str) -> Vec<Entry> {
    let entry = |(number, line): (usize, &str)| {
        let line = line.split('#').next().unwrap_or_default().trim();
        let (name, suite) = match line.split_once('/') {
            Some((name, suite)) => (name, Some(suite.to_owned())),
            None => (line, None),
        };
        (!name.is_empty()).then(|| Entry { name: name.to_owned(), suite, line: number + 1 })
    };
    text.lines().enumerate().filter_map(entry).collect()
}

/// The packages can't be had.
#[derive(Debug, Error)]
pub(crate) enum SolveError {
    /// The list names what is not there.
    #[error("line {line} of the list: there is no package '{name}'{place}{hint}")]
    Unknown {
        /// The line.
        line: usize,
        /// The name.
        name: String,
        /// ` in SUITE`, or nothing.
        place: String,
        /// `; did you mean …`, or nothing.
        hint: String,
    },
    /// A dependency that nothing meets.
    #[error("{wanted_by} needs {clause}, which no suite has")]
    Unmet {
        /// Whose dependency.
        wanted_by: String,
        /// The dependency.
        clause: String,
    },
    /// A version is chosen that is not the one that is needed.
    #[error("{wanted_by} needs {clause}, and {chosen} is chosen already")]
    Conflict {
        /// Whose dependency.
        wanted_by: String,
        /// The dependency.
        clause: String,
        /// What is chosen.
        chosen: String,
    },
    /// A package's fields can't be read.
    #[error(transparent)]
    Packages(#[from] PackagesError),
}

/// A package and the suite that has it, as indexes.
type Candidate = (usize, usize);

/// Finds all packages of a list, sorted by name: the index of the suite, and the package.
pub(crate) fn solve<'a>(suites: &'a [SuitePackages], list: &[Entry]) -> Result<Vec<(usize, &'a Package)>, SolveError> {
    let mut solver = Solver::new(suites)?;
    let (asked, usual): (Vec<_>, Vec<_>) = list.iter().partition(|entry| entry.suite.is_some());
    for entry in asked.into_iter().chain(usual) {
        let candidate = solver.entry(entry)?;
        solver.choose(candidate);
    }
    while let Some((candidate, clause)) = solver.queue.pop_front() {
        solver.meet(candidate, &clause)?;
    }
    Ok(solver.chosen.values().map(|&(suite, at)| (suite, &suites[suite].packages[at])).collect())
}

struct Solver<'a> {
    suites: &'a [SuitePackages],
    by_name: BTreeMap<&'a str, Vec<Candidate>>,
    providers: BTreeMap<String, Vec<(Candidate, Option<DebianVersion>)>>,
    chosen: BTreeMap<&'a str, Candidate>,
    provided: BTreeMap<String, Vec<Option<DebianVersion>>>,
    queue: VecDeque<(Candidate, Clause)>,
    failed: Option<PackagesError>,
}

impl<'a> Solver<'a> {
    fn new(suites: &'a [SuitePackages]) -> Result<Self, SolveError> {
        let mut by_name: BTreeMap<&str, Vec<Candidate>> = BTreeMap::new();
        let mut providers: BTreeMap<String, Vec<(Candidate, Option<DebianVersion>)>> = BTreeMap::new();
        for (suite, packages) in suites.iter().enumerate() {
            for (at, package) in packages.packages.iter().enumerate() {
                by_name.entry(&package.name).or_default().push((suite, at));
                for relation in package.provides()? {
                    let version = relation.constraint.map(|constraint| constraint.version);
                    providers.entry(relation.name).or_default().push(((suite, at), version));
                }
            }
        }
        // Base suites first, the newest version first.
        for candidates in by_name.values_mut() {
            candidates.sort_by(|&a, &b| {
                let key = |(suite, at): Candidate| (suites[suite].only_if_asked, &suites[suite].packages[at].version);
                let ((late_a, version_a), (late_b, version_b)) = (key(a), key(b));
                late_a.cmp(&late_b).then_with(|| version_b.cmp(version_a))
            });
        }
        Ok(Self {
            suites,
            by_name,
            providers,
            chosen: BTreeMap::new(),
            provided: BTreeMap::new(),
            queue: VecDeque::new(),
            failed: None,
        })
    }

    fn package(&self, (suite, at): Candidate) -> &'a Package {
        &self.suites[suite].packages[at]
    }

    fn entry(&self, entry: &Entry) -> Result<Candidate, SolveError> {
        let fits = |&&(suite, _): &&Candidate| match &entry.suite {
            Some(name) => self.suites[suite].suite == *name,
            None => !self.suites[suite].only_if_asked,
        };
        let candidates = self.by_name.get(entry.name.as_str());
        candidates.and_then(|candidates| candidates.iter().find(fits)).copied().ok_or_else(|| {
            let near = formats::suggest::closest(&entry.name, self.by_name.keys().copied());
            SolveError::Unknown {
                line: entry.line,
                name: entry.name.clone(),
                place: entry.suite.as_ref().map(|suite| format!(" in {suite}")).unwrap_or_default(),
                hint: near.map(|near| format!("; did you mean '{near}'?")).unwrap_or_default(),
            }
        })
    }

    fn choose(&mut self, candidate: Candidate) {
        let package = self.package(candidate);
        if self.chosen.insert(&package.name, candidate).is_some() {
            return;
        }
        for field in ["Pre-Depends", "Depends"] {
            match package.clauses(field) {
                Ok(clauses) => self.queue.extend(clauses.into_iter().map(|clause| (candidate, clause))),
                Err(error) => self.failed = Some(error),
            }
        }
        match package.provides() {
            Ok(relations) => {
                for relation in relations {
                    let version = relation.constraint.map(|constraint| constraint.version);
                    self.provided.entry(relation.name).or_default().push(version);
                }
            }
            Err(error) => self.failed = Some(error),
        }
    }

    fn meet(&mut self, wanted_by: Candidate, clause: &Clause) -> Result<(), SolveError> {
        if let Some(error) = self.failed.take() {
            return Err(error.into());
        }
        if clause.iter().any(|relation| self.is_met(relation)) {
            return Ok(());
        }
        let real = clause.iter().find_map(|relation| self.real(relation));
        let found = real.or_else(|| clause.iter().find_map(|relation| self.provider(relation)));
        if let Some(candidate) = found {
            self.choose(candidate);
            return Ok(());
        }
        let wanted_by = self.package(wanted_by).name.clone();
        let chosen = clause.iter().find_map(|relation| self.chosen.get(relation.name.as_str()));
        let text = clause.iter().map(Relation::to_string).collect::<Vec<_>>().join(" | ");
        Err(match chosen {
            Some(&chosen) => {
                let package = self.package(chosen);
                let chosen = format!("{} {}", package.name, package.version);
                SolveError::Conflict { wanted_by, clause: text, chosen }
            }
            None => SolveError::Unmet { wanted_by, clause: text },
        })
    }

    fn is_met(&self, relation: &Relation) -> bool {
        let chosen = self.chosen.get(relation.name.as_str());
        chosen.is_some_and(|&chosen| relation.allows(&self.package(chosen).version))
            || self
                .provided
                .get(&relation.name)
                .is_some_and(|versions| versions.iter().any(|version| provides(relation, version.as_ref())))
    }

    /// The best package of this name that is not at odds with one that is chosen.
    fn real(&self, relation: &Relation) -> Option<Candidate> {
        if self.chosen.contains_key(relation.name.as_str()) {
            return None;
        }
        let candidates = self.by_name.get(relation.name.as_str())?;
        candidates.iter().find(|&&candidate| relation.allows(&self.package(candidate).version)).copied()
    }

    /// The first package by name that provides it, in the version that would be chosen under its own name.
    fn provider(&self, relation: &Relation) -> Option<Candidate> {
        let providers = self.providers.get(&relation.name)?;
        let names: BTreeSet<&str> = providers
            .iter()
            .filter(|(_, version)| provides(relation, version.as_ref()))
            .map(|&(candidate, _)| self.package(candidate).name.as_str())
            .collect();
        names.into_iter().filter(|name| !self.chosen.contains_key(name)).find_map(|name| {
            let best = *self.by_name.get(name)?.first()?;
            let fits = |(candidate, version): &(Candidate, Option<DebianVersion>)| {
                *candidate == best && provides(relation, version.as_ref())
            };
            providers.iter().any(fits).then_some(best)
        })
    }
}

/// Whether something provided in this version is meant; without one it meets only what names no version.
fn provides(relation: &Relation, version: Option<&DebianVersion>) -> bool {
    match (&relation.constraint, version) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(constraint), Some(version)) => constraint.allows(version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::packages::read_packages;

    fn suite(name: &str, only_if_asked: bool, text: &str) -> SuitePackages {
        let stanzas = text.split("\n\n").map(|stanza| {
            format!(
                "{}\nArchitecture: amd64\nFilename: pool/x.deb\nSize: 1\nSHA256: {}\n\n",
                stanza.trim(),
                formats::digest::Digest::of(stanza)
            )
        });
        let text: String = stanzas.collect();
        let packages = read_packages(text.as_bytes()).collect::<Result<_, _>>().unwrap();
        SuitePackages { suite: name.into(), archive: "debian".into(), only_if_asked, packages }
    }

    fn solved(suites: &[SuitePackages], list: &str) -> Result<Vec<String>, String> {
        let found = solve(suites, &parse_list(list)).map_err(|error| error.to_string())?;
        Ok(found.iter().map(|(_, package)| format!("{} {}", package.name, package.version)).collect())
    }

    #[test]
    fn follows_dependencies() {
        let base = "Package: a\nVersion: 1\nDepends: b (>= 2) | c, v\n\nPackage: b\nVersion: 1\n\nPackage: c\nVersion: 1\n\n\
                    Package: p\nVersion: 1\nProvides: v\n\nPackage: q\nVersion: 1\nProvides: v\n\n\
                    Package: x\nVersion: 1\nDepends: w (<= 5)\n\nPackage: r\nVersion: 9\nProvides: w (= 4)\n\n\
                    Package: s\nVersion: 1\nProvides: w\n\nPackage: y\nVersion: 1\nDepends: nothing";
        let suites = [suite("trixie", false, base)];
        assert_eq!(solved(&suites, "a # first\n"), Ok(vec!["a 1".into(), "c 1".into(), "p 1".into()]));
        assert_eq!(solved(&suites, "a\nq\n"), Ok(vec!["a 1".into(), "c 1".into(), "q 1".into()]));
        assert_eq!(solved(&suites, "x"), Ok(vec!["r 9".into(), "x 1".into()]));
        assert_eq!(solved(&suites, "y").unwrap_err(), "y needs nothing, which no suite has");
        assert_eq!(
            solved(&suites, "\n\nxx").unwrap_err(),
            "line 3 of the list: there is no package 'xx'; did you mean 'x'?"
        );
    }

    #[test]
    fn takes_another_suite_only_if_asked() {
        let base = "Package: rustc\nVersion: 1.85\nDepends: std (= 1.85)\n\nPackage: std\nVersion: 1.85\nDepends: libc\n\n\
                    Package: libc\nVersion: 2";
        let backports = "Package: rustc\nVersion: 1.96\nDepends: std (= 1.96)\n\nPackage: std\nVersion: 1.96\nDepends: libc\n\n\
                         Package: libc\nVersion: 3";
        let suites = [suite("trixie", false, base), suite("bp", true, backports)];
        assert_eq!(solved(&suites, "rustc"), Ok(vec!["libc 2".into(), "rustc 1.85".into(), "std 1.85".into()]));
        assert_eq!(solved(&suites, "rustc/bp"), Ok(vec!["libc 2".into(), "rustc 1.96".into(), "std 1.96".into()]));
        let message = solved(&suites, "libc/nowhere").unwrap_err();
        assert!(message.starts_with("line 1 of the list: there is no package 'libc' in nowhere"), "{message}");
    }
}
