//! Downloads from servers that are honest, and from others; cut and killed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod web;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use formats::size::Bytes;
use updater::fetch::engine::{Ending, Event, Job, Limits, Outcome, Stop, Wanted, download, lacking};
use updater::fetch::plan::RUN;
use updater::fetch::source::Source;
use updater::fetch::source::folder::Folder;
use updater::fetch::source::http::{Http, Patience};
use updater::store::Store;
use web::{Manner, Web, packed, repository};

const PATIENCE: Patience = Patience { connect: Duration::from_secs(2), silence: Duration::from_millis(400) };

fn upstream(web: &Web) -> Box<dyn Source> {
    Box::new(Http::upstream(&web.url, PATIENCE))
}

/// Downloads, and says what was told of sources that failed.
fn run(wanted: &[Wanted], store: &Store, sources: &[Box<dyn Source>], limits: Limits) -> (Outcome, Vec<String>) {
    let told = Mutex::new(Vec::new());
    let tell = |event: &Event<'_>| {
        if let Event::Failed { error, left, .. } = event {
            told.lock().unwrap().push(format!("{error}{}", if *left { ": left" } else { "" }));
        }
    };
    let stop = Stop::default();
    let outcome = download(&Job { wanted, store, sources, limits, stop: &stop, tell: &tell }).unwrap();
    (outcome, told.into_inner().unwrap())
}

fn store(folder: &Path) -> Store {
    Store::open(folder, Bytes::mib(64)).unwrap()
}

/// Everything is there, and what it should be.
fn assert_whole(wanted: &[Wanted], store: &Store) {
    for piece in wanted.iter().flat_map(|wanted| &wanted.pieces) {
        assert_eq!(store.read(piece.digest).unwrap().map(|content| content.len() as u64), Some(piece.length));
    }
}

#[test]
fn two_servers_share_and_nothing_comes_twice() {
    let (files, wanted) = repository(4 << 20);
    let [a, b] = [Web::start(&files, Manner::Paced(16_384)), Web::start(&files, Manner::Paced(16_384))];
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let (outcome, told) = run(&wanted, &store, &[upstream(&a), upstream(&b)], Limits::default());
    assert_eq!((outcome.ending, told), (Ending::Complete, Vec::new()));
    assert_whole(&wanted, &store);
    assert_eq!(a.sent() + b.sent(), packed(&wanted));
    assert!(a.sent() > 0 && b.sent() > 0);
    assert_eq!(lacking(&wanted, &store), (0, 0));
    let (again, _) = run(&wanted, &store, &[upstream(&a)], Limits::default());
    assert_eq!((again.ending, again.received.upstream), (Ending::Complete, 0));
}

#[test]
fn a_bad_server_is_left_with_the_reason_and_the_good_one_goes_on() {
    let (files, wanted) = repository(2 << 20);
    for (manner, reason) in [
        (Manner::Lies, "sent something else under this name: it lies, or its files are damaged: left"),
        (Manner::Truncates, "sent less than it should"),
        (Manner::Stalls, "sent nothing for too long"),
        (Manner::TooMuch, "sent more than was asked for: left"),
        (Manner::OtherRange, "sent another part of the file than was asked for: left"),
        (Manner::NoRanges, "cannot send parts of files"),
        (Manner::Status(403), "answered with status 403: left"),
        (Manner::Status(503), "answered with status 503"),
    ] {
        let [bad, good] = [Web::start(&files, manner), Web::start(&files, Manner::Paced(4096))];
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let (outcome, told) = run(&wanted, &store, &[upstream(&bad), upstream(&good)], Limits::default());
        assert_eq!(outcome.ending, Ending::Complete, "{manner:?}");
        assert_whole(&wanted, &store);
        assert!(told.iter().any(|told| told == reason), "{manner:?}: {told:?}");
    }
}

#[test]
fn a_bad_server_alone_leaves_nothing_wrong() {
    let (files, wanted) = repository(1 << 20);
    for (manner, reason) in [
        (Manner::Lies, "sent something else under this name: it lies, or its files are damaged"),
        (Manner::TooMuch, "sent more than was asked for"),
        (Manner::Status(404), ""),
    ] {
        let bad = Web::start(&files, manner);
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let (outcome, _) = run(&wanted, &store, &[upstream(&bad)], Limits::default());
        let Ending::Stuck { missing, left } = outcome.ending else { panic!("{manner:?}") };
        assert!(missing > 0);
        assert_eq!(left.first().map(|(_, reason)| reason.0.as_str()).unwrap_or_default(), reason);
        for piece in wanted.iter().flat_map(|wanted| &wanted.pieces) {
            let kept = store.read(piece.digest).unwrap();
            assert!(kept.is_none_or(|content| content.len() as u64 == piece.length));
        }
    }
}

#[test]
fn servers_without_ranges_are_read_from_the_beginning() {
    let (files, wanted) = repository(1 << 20);
    let web = Web::start(&files, Manner::NoRanges);
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let (outcome, _) = run(&wanted, &store, &[upstream(&web)], Limits::default());
    assert_eq!(outcome.ending, Ending::Complete);
    assert_whole(&wanted, &store);
}

#[test]
fn a_folder_costs_nothing_and_comes_first() {
    let (files, wanted) = repository(1 << 20);
    let stick = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(stick.path().join("targets/mini-pc")).unwrap();
    let [one, other] = [&wanted[0], &wanted[1]];
    std::fs::write(stick.path().join(&one.object), &files[&one.object]).unwrap();
    let web = Web::start(&files, Manner::Honest);
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let sources: Vec<Box<dyn Source>> = vec![upstream(&web), Box::new(Folder::at(stick.path()))];
    let (outcome, told) = run(&wanted, &store, &sources, Limits::default());
    assert_eq!((outcome.ending, told), (Ending::Complete, Vec::new()));
    assert_eq!(web.sent(), packed(std::slice::from_ref(other)));
}

#[test]
fn fifty_cuts_of_the_link() {
    let (files, wanted) = repository(12 << 20);
    let web = Web::start(&files, Manner::Cuts(50));
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let (outcome, _) = run(&wanted, &store, &[upstream(&web)], Limits::default());
    assert_eq!((outcome.ending, web.cuts()), (Ending::Complete, 50));
    assert_whole(&wanted, &store);
    let again = web.sent() - packed(&wanted);
    // What the kernel had for us when the connection broke; what came of a piece before is kept.
    assert!(again <= 50 * (16 << 10), "{again} bytes came again");
}

/// Not a test: what `fifty_kills` kills.
#[test]
#[ignore = "another test starts it"]
fn child() {
    let (Ok(url), Ok(folder)) = (std::env::var("ILANGA_TEST_URL"), std::env::var("ILANGA_TEST_STORE")) else { return };
    let (_, wanted) = repository(12 << 20);
    let sources: Vec<Box<dyn Source>> = vec![Box::new(Http::upstream(&url, Patience::default()))];
    let store = store(Path::new(&folder));
    run(&wanted, &store, &sources, Limits::default());
}

#[test]
fn fifty_kills() {
    let (files, wanted) = repository(12 << 20);
    let web = Web::start(&files, Manner::Paced(4096));
    let folder = tempfile::tempdir().unwrap();
    let largest = wanted.iter().flat_map(|wanted| &wanted.pieces).map(|piece| piece.packed).max().unwrap();
    let mut killed = 0;
    let mut wait = 30;
    while killed < 50 {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--ignored"])
            .env("ILANGA_TEST_URL", &web.url)
            .env("ILANGA_TEST_STORE", folder.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // Until something came, and a little longer.
        let before = web.sent();
        let began = Instant::now();
        while web.sent() < before + 10_000 && began.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(2));
        }
        wait = (wait * 7 + 3) % 41;
        std::thread::sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
    }
    let store = store(folder.path());
    let (packed_here, _) = lacking(&wanted, &store);
    assert!(packed_here < packed(&wanted), "nothing was kept");
    let (outcome, _) = run(&wanted, &store, &[upstream(&web)], Limits::default());
    assert_eq!(outcome.ending, Ending::Complete);
    assert_whole(&wanted, &store);
    let again = web.sent() - packed(&wanted);
    assert!(again <= 50 * largest.max(RUN), "{again} bytes came again");
    println!("{again} bytes came again after 50 kills");
}

#[test]
fn the_rate_is_kept() {
    let (files, mut wanted) = repository(1 << 20);
    wanted.truncate(1);
    let mut sum = 0;
    wanted[0].pieces.retain(|piece| {
        let short = sum + piece.packed < 80_000;
        sum += if short { piece.packed } else { 0 };
        short
    });
    let web = Web::start(&files, Manner::Honest);
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let began = Instant::now();
    let limits = Limits { rate: Some(20_000), upstream: None };
    let (outcome, told) = run(&wanted, &store, &[upstream(&web)], limits);
    assert_eq!((outcome.ending, told), (Ending::Complete, Vec::new()));
    let expected = packed(&wanted) as f64 / 20_000.0;
    let took = began.elapsed().as_secs_f64();
    assert!(took > expected * 0.9 && took < expected * 1.3 + 1.0, "{took} s, {expected} s were expected");
}

#[test]
fn the_budget_ends_it_and_what_came_is_kept() {
    let (files, wanted) = repository(2 << 20);
    let web = Web::start(&files, Manner::Honest);
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let limits = Limits { rate: None, upstream: Some(1 << 20) };
    let (outcome, _) = run(&wanted, &store, &[upstream(&web)], limits);
    let Ending::Stuck { left, .. } = outcome.ending else { panic!() };
    assert_eq!(left[0].1.0, "would cost more than the month's budget has left");
    assert!(web.sent() <= 1 << 20 && web.sent() > 1 << 19, "{}", web.sent());
    let (outcome, _) = run(&wanted, &store, &[upstream(&web)], Limits::default());
    assert_eq!((outcome.ending, web.sent()), (Ending::Complete, packed(&wanted)));
}

#[test]
fn it_stops_soon_and_goes_on_later() {
    let (files, wanted) = repository(2 << 20);
    let web = Web::start(&files, Manner::Paced(2048));
    let folder = tempfile::tempdir().unwrap();
    let kept = store(folder.path());
    let stop = Stop::default();
    let asked = AtomicBool::new(false);
    let mut began = Instant::now();
    let sources = [upstream(&web)];
    let tell = |event: &Event<'_>| {
        if matches!(event, Event::Kept { done, .. } if *done > 300_000) && !asked.swap(true, Ordering::SeqCst) {
            stop.ask();
        }
    };
    let job =
        Job { wanted: &wanted, store: &kept, sources: &sources, limits: Limits::default(), stop: &stop, tell: &tell };
    assert_eq!(download(&job).unwrap().ending, Ending::Stopped);
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(
        kept.size().0,
        wanted.iter().flat_map(|w| &w.pieces).filter(|p| kept.has(p.digest, p.length)).map(|p| p.length).sum::<u64>()
    );

    // A server that sends nothing, and much patience.
    let silent = Web::start(&files, Manner::Stalls);
    let sources: [Box<dyn Source>; 1] = [Box::new(Http::upstream(&silent.url, Patience::default()))];
    let stop = Stop::default();
    let tell = |_: &Event<'_>| {};
    let job = Job { sources: &sources, stop: &stop, tell: &tell, ..job };
    began = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(500));
            stop.ask();
        });
        assert_eq!(download(&job).unwrap().ending, Ending::Stopped);
    });
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[test]
#[ignore = "long"]
fn a_trickle_is_left_for_a_server_that_is_quicker() {
    let (files, wanted) = repository(2 << 20);
    let [slow, good] = [Web::start(&files, Manner::Trickles), Web::start(&files, Manner::Paced(50))];
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let (outcome, told) = run(&wanted, &store, &[upstream(&slow), upstream(&good)], Limits::default());
    assert_eq!(outcome.ending, Ending::Complete);
    assert!(told.iter().any(|told| told.starts_with("is very slow: ")), "{told:?}");
}
