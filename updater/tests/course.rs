//! From a signed list of releases to a bundle that is whole: from the publisher, from neighbours, and against old lists.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod maker;
mod web;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use formats::digest::Digest;
use formats::expiry::Clock;
use formats::hints::{Hints, Lacking};
use formats::pieces::Index;
use formats::repository::{Delta, Followed, Offer};
use maker::{Files, day, file, release, release_with};
use updater::fetch::assembler::{AssembleError, Assembler};
use updater::fetch::budget::Ledger;
use updater::fetch::check::{CheckError, Checked, check};
use updater::fetch::course::{Course, CourseError, Done, Told, shelf};
use updater::fetch::node::Node;
use updater::fetch::paths::Paths;
use updater::fetch::permit::Consent;
use updater::fetch::serve::{Server, Settings as Served};
use updater::fetch::settings::Settings;
use updater::fetch::slots::Slots;
use updater::fetch::source::Source;
use updater::fetch::source::http::{Http, Patience};
use updater::store::Shelf;
use web::{Manner, Web};

const CLOCK: Clock = Clock { seconds: 1_795_300_000, synchronised: true };
const PATIENCE: Patience = Patience { connect: Duration::from_secs(2), silence: Duration::from_secs(3) };

/// What a release of this version and date says of itself.
fn runs(version: &str, date: &str) -> String {
    Followed::new("mini-pc", "ilanga-mini-pc", "stable", &version.parse().unwrap(), day(date), None).text()
}

/// A node in a folder.
struct Place {
    folder: tempfile::TempDir,
    paths: Paths,
}

impl Place {
    fn new(trust: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for path in ["usr/share/ilanga/update", "etc", "data/updates"] {
            fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        let paths = Paths::below(folder.path());
        fs::write(paths.trust(), trust).unwrap();
        fs::write(paths.machine_id(), "0123456789abcdef0123456789abcdef\n").unwrap();
        fs::write(paths.followed(), runs("2026.10.0", "2026-10-05")).unwrap();
        paths.make().unwrap();
        Self { folder, paths }
    }

    fn check(&self, sources: &[Arc<dyn Source>]) -> Result<Checked, CheckError> {
        check(&self.paths, &Node::look(&self.paths).unwrap(), "stable", CLOCK, sources)
    }

    /// Checks and downloads, and says what each way costs.
    fn download(&self, settings: &str, sources: &[Arc<dyn Source>]) -> (Result<Done, CourseError>, String) {
        let (done, plans, _) = self.download_with(&mut self.slots(), settings, sources);
        (done, plans.last().cloned().unwrap_or_default())
    }

    /// A node without a slot that can be read.
    fn slots(&self) -> Slots {
        Slots::look(&self.paths, &Node::look(&self.paths).unwrap().version)
    }

    /// The same, with all plans, and why ways were left.
    fn download_with(
        &self,
        assembler: &mut dyn Assembler,
        settings: &str,
        sources: &[Arc<dyn Source>],
    ) -> (Result<Done, CourseError>, Vec<String>, Vec<String>) {
        let checked = self.check(sources).unwrap();
        let (plans, left) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let tell = |told: &Told<'_>| match told {
            Told::Plan(plan) => plans.lock().unwrap().push(plan.to_string()),
            Told::Left(error) => left.lock().unwrap().push(error.to_string()),
            _ => {}
        };
        let course = Course {
            paths: &self.paths,
            node: &Node::look(&self.paths).unwrap(),
            settings: &Settings::default().with("test", &format!("format = 1\n{settings}")).unwrap(),
            clock: CLOCK,
            metered: None,
            minute: 600,
            consent: Consent::default(),
            sources,
            tell: &tell,
        };
        let done = course.run(&checked, assembler);
        (done, plans.into_inner().unwrap(), left.into_inner().unwrap())
    }

    fn bundle(&self) -> PathBuf {
        self.folder.path().join("data/updates/bundles/ilanga-mini-pc_2026.12.0.raucb")
    }

    fn ledger(&self) -> Ledger {
        Ledger::parse(&fs::read_to_string(self.paths.budget()).unwrap()).unwrap()
    }

    fn serve(&self) -> Server {
        let settings = Served::new(shelf(&self.paths), self.paths.repository(), None);
        Server::start("127.0.0.1:0".parse().unwrap(), settings).unwrap()
    }
}

fn upstream(web: &Web) -> Arc<dyn Source> {
    Arc::new(Http::upstream(&web.url, PATIENCE))
}

fn neighbour(server: &Server) -> Arc<dyn Source> {
    Arc::new(Http::neighbour(&format!("http://{}", server.address()), PATIENCE))
}

#[test]
fn one_node_asks_the_publisher_and_the_others_ask_it() {
    let (files, trust, bundle, _) = release(true, 2_000_000);
    let web = Web::start(&files.0, Manner::Honest);
    let first = Place::new(&trust);
    let (done, plan) = first.download("", &[upstream(&web)]);
    assert!(matches!(done, Ok(Done::Bundle(path)) if path == first.bundle()));
    assert_eq!(fs::read(first.bundle()).unwrap(), bundle);
    assert!(plan.starts_with("missing pieces: 2.0 MB"), "{plan}");
    let spent = first.ledger().upstream;
    assert!((2_000_000..2_050_000).contains(&spent), "{spent}");
    let (again, _) = first.download("", &[upstream(&web)]);
    assert!(matches!(again, Ok(Done::Bundle(_))));

    let server = first.serve();
    for _ in 0..3 {
        let other = Place::new(&trust);
        let before = (web.sent(), web.requests().len());
        let (done, _) = other.download("", &[upstream(&web), neighbour(&server)]);
        assert!(matches!(done, Ok(Done::Bundle(_))), "{done:?}");
        assert_eq!(fs::read(other.bundle()).unwrap(), bundle);
        assert_eq!(other.ledger().upstream, 0);
        let asked = web.requests().split_off(before.1);
        let lists = |path: &String| path.starts_with("metadata/") || path.starts_with("targets/channels/");
        assert!(asked.iter().all(lists), "{asked:?}");
        assert!(web.sent() - before.0 < 20_000, "{}", web.sent() - before.0);
    }
}

#[test]
fn an_old_list_from_a_neighbour_is_refused() {
    let (files, trust, _, ring) = release(true, 2_000_000);
    let web = Web::start(&files.0, Manner::Honest);
    let node = Place::new(&trust);
    node.check(&[upstream(&web)]).unwrap();
    // The list before it, by the same keys.
    let stale = Place::new(&trust);
    let mut other = Files::default();
    other.root(1, &ring, &[&ring.root]);
    other.publish(1, "2026.11.0", "2027-01-21", &ring);
    for (path, bytes) in &other.0 {
        let path = stale.paths.repository().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let server = stale.serve();
    let error = node.check(&[neighbour(&server)]).unwrap_err();
    assert!(error.to_string().starts_with("no list of releases could be had: http://127.0.0.1"), "{error}");
    assert!(!node.bundle().exists());
}

#[test]
fn what_may_not_cost_anything_waits_and_neighbours_go_on() {
    let (files, trust, bundle, _) = release(true, 2_000_000);
    let web = Web::start(&files.0, Manner::Honest);
    let node = Place::new(&trust);
    let night = "hours = \"22:00-05:00\"";
    let (done, _) = node.download(night, &[upstream(&web)]);
    let Err(error @ CourseError::Waiting(_)) = done else { panic!("{done:?}") };
    assert!(error.to_string().contains("downloads run at 22:00-05:00"), "{error}");
    assert_eq!(node.ledger().upstream, 0);
    let (done, _) = node.download("monthly = \"1M\"", &[upstream(&web)]);
    let Err(error @ CourseError::Waiting(_)) = done else { panic!("{done:?}") };
    assert!(error.to_string().contains("2026-11 has 1.0 MB left of its budget"), "{error}");

    let first = Place::new(&trust);
    first.download("", &[upstream(&web)]).0.unwrap();
    let server = first.serve();
    let (done, _) = node.download(night, &[upstream(&web), neighbour(&server)]);
    assert!(matches!(done, Ok(Done::Bundle(_))), "{done:?}");
    assert_eq!(fs::read(node.bundle()).unwrap(), bundle);
}

#[test]
fn a_bundle_without_pieces_comes_whole_and_goes_on_after_cuts() {
    let (files, trust, bundle, _) = release(false, 2_000_000);
    let node = Place::new(&trust);
    let web = Web::start(&files.0, Manner::Honest);
    // A part of it is there from before.
    let partial = node.paths.partial().join(Digest::of(&bundle).to_string());
    fs::write(partial, &bundle[..1_000_000]).unwrap();
    let (done, plan) = node.download("", &[upstream(&web)]);
    assert!(matches!(done, Ok(Done::Bundle(_))), "{done:?}");
    assert_eq!(plan, "whole bundle: 1.2 MB");
    assert_eq!(fs::read(node.bundle()).unwrap(), bundle);
    assert_eq!(fs::read_dir(node.paths.partial()).unwrap().count(), 0);

    // What was there is something else: it is fetched anew, once.
    let node = Place::new(&trust);
    let partial = node.paths.partial().join(Digest::of(&bundle).to_string());
    fs::write(partial, vec![7; 600_000]).unwrap();
    assert!(matches!(node.download("", &[upstream(&web)]).0, Ok(Done::Bundle(_))));
    assert_eq!(fs::read(node.bundle()).unwrap(), bundle);
}

#[test]
fn nothing_to_fetch_for_the_newest_release() {
    let (files, trust, _, _) = release(true, 2_000_000);
    let web = Web::start(&files.0, Manner::Honest);
    let node = Place::new(&trust);
    fs::write(node.paths.followed(), runs("2026.12.0", "2026-11-21")).unwrap();
    let (done, _) = node.download("", &[upstream(&web)]);
    assert!(matches!(done, Ok(Done::Nothing(Offer::Current))), "{done:?}");
}

/// A node whose slot is not what deltas start from.
struct Changed(Slots);

impl Assembler for Changed {
    fn lacking(&mut self, index: &Index, hints: Option<&Hints>, shelf: &Shelf) -> Option<Lacking> {
        self.0.lacking(index, hints, shelf)
    }

    fn assemble_pieces(
        &mut self,
        index: &Index,
        hints: Option<&Hints>,
        shelf: &Shelf,
        target: &Path,
    ) -> Result<(), AssembleError> {
        self.0.assemble_pieces(index, hints, shelf, target)
    }

    fn takes_deltas(&self) -> bool {
        true
    }

    fn apply_delta(&mut self, _delta: &Path, _target: &Path) -> Result<(), AssembleError> {
        Err(AssembleError::Failed("it starts from something else".into()))
    }
}

/// A release with a delta of 100 bytes, and perhaps with another index: the repository, its root of trust, and the bundle.
fn with_delta(in_pieces: bool, index: Option<&[u8]>) -> (Files, Vec<u8>, Vec<u8>) {
    let (files, trust, bundle, _) = release_with(in_pieces, 2_000_000, |channel, files| {
        let mut add = |name: &str, bytes: &[u8]| {
            let named = file(name, bytes);
            files.0.insert(named.name.path(&named.sha256), bytes.to_vec());
            named
        };
        let delta = add("mini-pc/2026.10.0-2026.12.0.delta", &[7; 100]);
        channel.deltas.push(Delta { from: "2026.10.0".parse().unwrap(), file: delta });
        if let Some(index) = index {
            channel.index = Some(add("mini-pc/other.chunks", index));
        }
    });
    (files, trust, bundle)
}

#[test]
fn what_only_helps_is_left_when_it_does_not() {
    // An index of a later form, and a delta from something else: neither keeps a node from the release.
    for in_pieces in [false, true] {
        let (files, trust, bundle) =
            with_delta(in_pieces, in_pieces.then_some(b"ilchunks\x02 of a later form".as_slice()));
        let web = Web::start(&files.0, Manner::Honest);
        let place = Place::new(&trust);
        let (done, plans, left) = place.download_with(&mut Changed(place.slots()), "", &[upstream(&web)]);
        assert!(matches!(done, Ok(Done::Bundle(_))), "{done:?}");
        assert_eq!(fs::read(place.bundle()).unwrap(), bundle);
        assert!(
            plans.len() == 2 && plans[0].starts_with("delta: 100 bytes") && plans[1].starts_with("whole"),
            "{plans:?}"
        );
        let (index, delta) = ("the index of pieces: it is no chunk index", "the delta: it starts from something else");
        // Without the delta, the index is looked at again.
        let expected: &[&str] = if in_pieces { &[index, delta, index] } else { &[delta] };
        assert_eq!(left, expected);
    }
}

#[test]
fn no_index_is_fetched_where_a_delta_is_shorter() {
    let (files, trust, _) = with_delta(true, None);
    let web = Web::start(&files.0, Manner::Honest);
    let place = Place::new(&trust);
    let (_, plans, _) = place.download_with(&mut Changed(place.slots()), "", &[upstream(&web)]);
    assert!(plans[0].starts_with("delta: 100 bytes") && !plans[0].contains("pieces"), "{plans:?}");
    assert!(plans[1].starts_with("missing pieces"), "{plans:?}");
}
