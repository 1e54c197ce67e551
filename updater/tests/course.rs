//! From a signed list of releases to a bundle that is whole: from the publisher, from neighbours, and against old lists.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod maker;
mod web;

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use formats::digest::Digest;
use formats::expiry::Clock;
use formats::repository::{Followed, Offer};
use maker::{Files, day, release};
use updater::fetch::assembler::Plain;
use updater::fetch::budget::Ledger;
use updater::fetch::check::{CheckError, Checked, check};
use updater::fetch::course::{Course, CourseError, Done, Told, shelf};
use updater::fetch::node::Node;
use updater::fetch::paths::Paths;
use updater::fetch::permit::Consent;
use updater::fetch::serve::{Server, Settings as Served};
use updater::fetch::settings::Settings;
use updater::fetch::source::Source;
use updater::fetch::source::http::{Http, Patience};
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
        let checked = self.check(sources).unwrap();
        let plan = Mutex::new(String::new());
        let tell = |told: &Told<'_>| {
            if let Told::Plan(told) = told {
                *plan.lock().unwrap() = told.to_string();
            }
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
        let done = course.run(&checked, &mut Plain);
        (done, plan.into_inner().unwrap())
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
