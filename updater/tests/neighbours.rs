//! Nodes that serve each other what they have verified, and strangers at their door.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod web;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use formats::digest::Digest;
use formats::size::Bytes;
use updater::fetch::engine::{Ending, Job, Limits, Outcome, Stop, Wanted, download};
use updater::fetch::serve::{Server, Settings};
use updater::fetch::source::http::{Http, Patience};
use updater::fetch::source::{Source, SourceError, read_all};
use updater::store::{Shelf, Store};
use web::{Manner, Web, packed, repository};

const PATIENCE: Patience = Patience { connect: Duration::from_secs(2), silence: Duration::from_secs(3) };

fn settings(folder: &Path) -> Settings {
    Settings::new(Shelf::at(folder), folder.join("../none"), None)
}

fn serve(settings: Settings) -> Server {
    Server::start("127.0.0.1:0".parse().unwrap(), settings).unwrap()
}

fn neighbour(server: &Server) -> Box<dyn Source> {
    Box::new(Http::neighbour(&format!("http://{}", server.address()), PATIENCE))
}

fn run(wanted: &[Wanted], store: &Store, sources: &[Box<dyn Source>]) -> Outcome {
    let stop = Stop::default();
    download(&Job { wanted, store, sources, limits: Limits::default(), stop: &stop, tell: &|_| {} }).unwrap()
}

fn assert_whole(wanted: &[Wanted], store: &Store) {
    for piece in wanted.iter().flat_map(|wanted| &wanted.pieces) {
        assert!(store.read(piece.digest).unwrap().is_some());
    }
}

#[test]
fn four_nodes_and_one_of_them_asks_upstream() {
    let (files, wanted) = repository(4 << 20);
    let folders: Vec<tempfile::TempDir> = (0..4).map(|_| tempfile::tempdir().unwrap()).collect();
    let stores: Vec<Store> = folders.iter().map(|folder| Store::open(folder.path(), Bytes::mib(64)).unwrap()).collect();
    let servers: Vec<Server> = folders.iter().map(|folder| serve(settings(folder.path()))).collect();
    let first = Web::start(&files, Manner::Honest);
    let outcome = run(&wanted, &stores[0], &[Box::new(Http::upstream(&first.url, PATIENCE))]);
    assert_eq!((outcome.ending, first.sent()), (Ending::Complete, packed(&wanted)));
    let others = Web::start(&files, Manner::Honest);
    thread::scope(|scope| {
        for own in 1..4 {
            let (others, stores, servers, wanted) = (&others, &stores, &servers, &wanted);
            scope.spawn(move || {
                let around = (0..4).filter(|other| *other != own).map(|other| neighbour(&servers[other]));
                let mut sources: Vec<Box<dyn Source>> = around.collect();
                sources.push(Box::new(Http::upstream(&others.url, PATIENCE)));
                let outcome = run(wanted, &stores[own], &sources);
                assert_eq!((outcome.ending, outcome.received.upstream), (Ending::Complete, 0));
                assert_whole(wanted, &stores[own]);
            });
        }
    });
    assert_eq!((others.sent(), others.requests().len()), (0, 0));
}

#[test]
fn a_neighbour_that_has_damaged_pieces_does_not_serve_them() {
    let (files, wanted) = repository(1 << 20);
    let [theirs, own] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let upstream = Web::start(&files, Manner::Honest);
    let store = Store::open(theirs.path(), Bytes::mib(64)).unwrap();
    run(&wanted, &store, &[Box::new(Http::upstream(&upstream.url, PATIENCE))]);
    let damaged = wanted[0].pieces[1];
    let place = |digest: Digest| -> PathBuf { theirs.path().join(format!("{:02x}/{digest}", digest.as_bytes()[0])) };
    std::fs::write(place(damaged.digest), vec![0; damaged.length as usize]).unwrap();
    let server = serve(settings(theirs.path()));
    let before = upstream.sent();
    let store = Store::open(own.path(), Bytes::mib(64)).unwrap();
    let outcome = run(&wanted, &store, &[neighbour(&server), Box::new(Http::upstream(&upstream.url, PATIENCE))]);
    assert_eq!(outcome.ending, Ending::Complete);
    assert_whole(&wanted, &store);
    assert_eq!(upstream.sent() - before, damaged.packed);
}

#[test]
fn files_of_the_repository_and_nothing_else() {
    let node = tempfile::tempdir().unwrap();
    let repository = node.path().join("repository");
    std::fs::create_dir_all(repository.join("metadata")).unwrap();
    std::fs::write(repository.join("metadata/timestamp.json"), "{}").unwrap();
    std::fs::write(repository.join("large"), vec![0; (2 << 20) + 1]).unwrap();
    std::fs::write(node.path().join("budget.json"), "{}").unwrap();
    std::os::unix::fs::symlink(node.path(), repository.join("away")).unwrap();
    let server = serve(Settings::new(Shelf::at(&node.path().join("chunks")), repository, None));
    let source = neighbour(&server);
    assert_eq!(read_all(source.file("metadata/timestamp.json", 100).unwrap(), 100).unwrap(), b"{}");
    for path in ["metadata/none", "metadata", "large", "away/budget.json"] {
        assert!(matches!(source.file(path, 100), Err(SourceError::Absent)), "{path}");
    }
    for request in [
        "GET /../budget.json HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /repository/../budget.json HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /repository/%2e%2e/budget.json HTTP/1.1\r\nHost: x\r\n\r\n",
    ] {
        assert!(ask(&server, request.as_bytes()).starts_with("HTTP/1.1 404"), "{request}");
    }
    let posted = ask(&server, b"POST /repository/x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
    assert!(posted.starts_with("HTTP/1.1 405"), "{posted}");
    let head = ask(&server, b"HEAD /repository/metadata/timestamp.json HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{head}");
    let behind =
        ask(&server, b"GET /repository/metadata/timestamp.json HTTP/1.1\r\nHost: x\r\nRange: bytes=2-\r\n\r\n");
    assert!(behind.starts_with("HTTP/1.1 416"), "{behind}");
}

/// Sends something and reads what comes for a while.
fn ask(server: &Server, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let _ = stream.write_all(request);
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether the server hangs up within a time.
fn hangs_up(stream: &mut TcpStream, within: Duration) -> bool {
    stream.set_read_timeout(Some(within)).unwrap();
    let mut buffer = [0; 65_536];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => {
                return !matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut);
            }
        }
    }
}

#[test]
fn strangers_get_few_connections_and_little_time() {
    let node = tempfile::tempdir().unwrap();
    let settings = Settings { each: 2, life: Duration::from_secs(2), ..settings(node.path()) };
    let server = serve(settings);
    let mut open: Vec<TcpStream> = (0..3).map(|_| TcpStream::connect(server.address()).unwrap()).collect();
    thread::sleep(Duration::from_millis(200));
    assert!(hangs_up(&mut open[2], Duration::from_millis(500)), "one too many");
    assert!(!hangs_up(&mut open[0], Duration::from_millis(100)), "the others may stay");
    // One that sends its request a byte at a time.
    let began = Instant::now();
    let mut slow = &open[1];
    while began.elapsed() < Duration::from_secs(4) && slow.write_all(b"G").is_ok() {
        thread::sleep(Duration::from_millis(50));
    }
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    // Their places are free again.
    assert!(ask(&server, b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 404"));
}

#[test]
fn large_heads_and_nonsense_are_refused() {
    let node = tempfile::tempdir().unwrap();
    let server = serve(settings(node.path()));
    let large = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(100_000));
    let headers = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(1000));
    for request in [large.as_bytes(), headers.as_bytes(), b"\0\0\0\0\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"] {
        let answer = ask(&server, request);
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    }
    assert!(ask(&server, b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 404"));
}

#[test]
fn the_upload_rate_is_for_all_together() {
    let node = tempfile::tempdir().unwrap();
    let store = Store::open(node.path(), Bytes::mib(8)).unwrap();
    let content = vec![7; 100_000];
    store.put(Digest::of(&content), &content).unwrap();
    let server = serve(Settings { rate: Some(100_000), ..settings(node.path()) });
    let piece = formats::pieces::Piece { digest: Digest::of(&content), length: 100_000, at: 0, packed: 100_000 };
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let source = neighbour(&server);
                assert_eq!(read_all(source.run("x", &[piece], 0).unwrap(), 200_000).unwrap().len(), 100_000);
            });
        }
    });
    let took = began.elapsed().as_secs_f64();
    assert!((1.5..4.0).contains(&took), "{took} s for 200 kB at 100 kB/s");
}
