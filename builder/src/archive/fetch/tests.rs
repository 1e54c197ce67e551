//! Fetching from a server of this test, which answers each request as the test says.

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use tempfile::TempDir;

use super::*;

/// What the server answers.
struct Answer {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

/// A server, and how many requests it had.
struct Server {
    url: String,
    asked: Arc<AtomicUsize>,
}

impl Server {
    /// Answers the request with this number, counted from 0, and the start of its range.
    fn new(answer: impl Fn(usize, Option<usize>) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/pool/bash.deb", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let Some(from) = request(&stream) else { continue };
                let answer = answer(counter.fetch_add(1, Ordering::SeqCst), from);
                let Answer { status, headers, body } = answer;
                let head = format!("HTTP/1.1 {status} Said\r\nConnection: close\r\n{headers}\r\n");
                let _ = (&stream).write_all(head.as_bytes()).and_then(|()| (&stream).write_all(&body));
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Reads a request; returns the start of the range that it asks for.
fn request(stream: &TcpStream) -> Option<Option<usize>> {
    let mut from = None;
    for (i, line) in BufReader::new(stream).lines().enumerate() {
        let line = line.ok()?.to_ascii_lowercase();
        if line.is_empty() {
            return (i > 0).then_some(from);
        }
        if let Some(range) = line.strip_prefix("range: bytes=") {
            from = range.strip_suffix('-')?.parse().ok();
        }
    }
    None
}

fn whole(content: &[u8], length: usize) -> Answer {
    Answer { status: 200, headers: format!("Content-Length: {}\r\n", content.len()), body: content[..length].to_vec() }
}

/// Answers a range as a server should, with at most `count` bytes of what it announces.
fn ranged(content: &[u8], from: Option<usize>, count: usize) -> Answer {
    let Some(from) = from else { return whole(content, count.min(content.len())) };
    if from >= content.len() {
        return Answer { status: 416, headers: "Content-Length: 0\r\n".to_owned(), body: Vec::new() };
    }
    let rest = &content[from..];
    let range = format!("bytes {from}-{}/{}", content.len() - 1, content.len());
    let headers = format!("Content-Length: {}\r\nContent-Range: {range}\r\n", rest.len());
    Answer { status: 206, headers, body: rest[..count.min(rest.len())].to_vec() }
}

fn status(status: u16) -> Answer {
    Answer { status, headers: "Content-Length: 0\r\n".to_owned(), body: Vec::new() }
}

fn content() -> Vec<u8> {
    (0..200_000_u32).flat_map(u32::to_le_bytes).collect()
}

fn fetcher() -> Fetcher {
    Fetcher { agent: config().proxy(None).build().new_agent(), offline: false, delay: Duration::from_millis(1) }
}

fn wanted(server: &Server) -> (TempDir, Wanted) {
    let folder = tempfile::tempdir().unwrap();
    let content = content();
    let (place, size) = (folder.path().join("bash.deb"), Bytes(content.len() as u64));
    (folder, Wanted { url: server.url.clone(), place, size, sha256: Digest::of(content) })
}

fn part(wanted: &Wanted) -> PathBuf {
    wanted.place.with_extension("deb.part")
}

fn fetch(wanted: &Wanted) -> Result<bool, FetchError> {
    fetcher().all(std::slice::from_ref(wanted), |_, _| {})
}

fn assert_whole(wanted: &Wanted) {
    assert!(fs::read(&wanted.place).unwrap() == content());
    assert!(!part(wanted).exists());
}

#[test]
fn fetches_a_whole_file_once() {
    let server = Server::new(|_, from| ranged(&content(), from, usize::MAX));
    let (_folder, wanted) = wanted(&server);
    let last = Mutex::new((0, 0));
    let fetched = fetcher().all(std::slice::from_ref(&wanted), |done, total| *last.lock().unwrap() = (done, total));
    assert!(fetched.unwrap());
    assert_whole(&wanted);
    assert_eq!(*last.lock().unwrap(), (wanted.size.0, wanted.size.0));
    assert!(!fetch(&wanted).unwrap());
    assert_eq!(server.asked(), 1);
}

#[test]
fn goes_on_where_an_answer_was_cut() {
    // More cuts than tries: as long as each one brings something, they do not count.
    let server = Server::new(|_, from| ranged(&content(), from, 100_000));
    let (_folder, wanted) = wanted(&server);
    fetch(&wanted).unwrap();
    assert_whole(&wanted);
    assert_eq!(server.asked(), 8);
}

#[test]
fn goes_on_where_an_earlier_build_stopped() {
    let server = Server::new(|_, from| {
        assert_eq!(from, Some(1000));
        ranged(&content(), from, usize::MAX)
    });
    let (_folder, wanted) = wanted(&server);
    fs::write(part(&wanted), &content()[..1000]).unwrap();
    fetch(&wanted).unwrap();
    assert_whole(&wanted);
}

#[test]
fn takes_the_whole_from_a_server_without_ranges() {
    let server = Server::new(|_, _| whole(&content(), content().len()));
    let (_folder, wanted) = wanted(&server);
    fs::write(part(&wanted), &content()[..1000]).unwrap();
    fetch(&wanted).unwrap();
    assert_whole(&wanted);
    assert_eq!(server.asked(), 1);
}

#[test]
fn starts_anew_where_an_earlier_part_is_damaged() {
    let server = Server::new(|_, from| ranged(&content(), from, usize::MAX));
    let long = vec![7; content().len() + 1];
    for damaged in [&long[..1000], &long[..content().len()], &long] {
        let (_folder, wanted) = wanted(&server);
        fs::write(part(&wanted), damaged).unwrap();
        fetch(&wanted).unwrap();
        assert_whole(&wanted);
    }
}

#[test]
fn fetches_again_what_was_truncated_in_its_place() {
    let server = Server::new(|_, from| ranged(&content(), from, usize::MAX));
    let (_folder, wanted) = wanted(&server);
    fs::write(&wanted.place, &content()[..1000]).unwrap();
    assert!(fetch(&wanted).unwrap());
    assert_whole(&wanted);
}

#[test]
fn refuses_another_digest() {
    let mut other = content();
    other[5] ^= 1;
    let server = Server::new(move |_, from| ranged(&other, from, usize::MAX));
    let (_folder, wanted) = wanted(&server);
    for (left, asked) in [("", 1), ("what an earlier build left", 3)] {
        if !left.is_empty() {
            fs::write(part(&wanted), left).unwrap();
        }
        let error = fetch(&wanted).unwrap_err();
        assert!(matches!(&error, FetchError::Digest { expected, .. } if *expected == wanted.sha256), "{error}");
        assert!(error.to_string().contains("is signed: nothing of it was used"), "{error}");
        assert!(!wanted.place.exists());
        assert_eq!(fs::metadata(part(&wanted)).unwrap().len(), 0, "the next build must not go on with it");
        assert_eq!(server.asked(), asked);
    }
}

#[test]
fn refuses_another_length() {
    let server = Server::new(|_, from| ranged(&content()[..5000], from, usize::MAX));
    let (_folder, wanted) = wanted(&server);
    for left in [0, 1000, 6000] {
        fs::write(part(&wanted), &content()[..left]).unwrap();
        let error = fetch(&wanted).unwrap_err();
        assert!(matches!(error, FetchError::Length { actual: 5000, .. }), "{left}: {error}");
    }
}

#[test]
fn gives_up_where_nothing_new_comes() {
    let server = Server::new(|_, _| whole(&content(), 1000));
    let (_folder, wanted) = wanted(&server);
    let error = fetch(&wanted).unwrap_err();
    assert!(matches!(error, FetchError::Cut { have: Bytes(1000), .. }), "{error}");
    assert_eq!(server.asked(), TRIES as usize);
    assert_eq!(fs::metadata(part(&wanted)).unwrap().len(), 1000);
}

#[test]
fn asks_a_busy_server_again() {
    let server = Server::new(|n, from| if n < 3 { status(503) } else { ranged(&content(), from, usize::MAX) });
    let (_folder, wanted) = wanted(&server);
    fetch(&wanted).unwrap();
    assert_whole(&wanted);

    let server = Server::new(|_, _| status(503));
    let (_folder, wanted) = self::wanted(&server);
    let error = fetch(&wanted).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("fetching {}: the server answered 503; another mirror can be named with --mirror", server.url)
    );
    assert_eq!(server.asked(), TRIES as usize);
}

#[test]
fn says_what_the_archive_no_longer_has() {
    let server = Server::new(|_, _| status(404));
    let (_folder, wanted) = wanted(&server);
    let error = fetch(&wanted).unwrap_err().to_string();
    assert!(error.ends_with("the archive no longer has it; `ilanga lock` asks for what it has now"), "{error}");
    let error = fetcher().small(&server.url).unwrap_err().to_string();
    assert!(error.ends_with("there is no such file; is the mirror right, and does it have this suite?"), "{error}");
    assert_eq!(server.asked(), 2);
}

#[test]
fn fetches_small_files_again_too() {
    let server = Server::new(|n, _| if n == 0 { whole(b"signed text", 3) } else { whole(b"signed text", 11) });
    assert_eq!(fetcher().small(&server.url).unwrap(), b"signed text");
    assert_eq!(server.asked(), 2);
}

#[test]
fn says_that_there_is_no_network() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server { url: format!("http://127.0.0.1:{port}/x"), asked: Arc::default() };
    let (_folder, wanted) = wanted(&server);
    let error = fetch(&wanted).unwrap_err();
    assert!(error.to_string().contains("is there a network"), "{error}");
    let wanted = Wanted { url: "no mirror/x".to_owned(), ..wanted };
    assert!(!fetch(&wanted).unwrap_err().may_pass());
}

/// A proxy that connects to whatever it is asked for, or refuses to.
fn proxy(refuses: bool) -> ureq::Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            reader.read_line(&mut line).unwrap();
            let target = line.strip_prefix("CONNECT ").unwrap().split(' ').next().unwrap().to_owned();
            while reader.read_line(&mut line).unwrap() > 2 {}
            if refuses {
                stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").unwrap();
                continue;
            }
            stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
            let mut there = TcpStream::connect(target).unwrap();
            let (mut up, mut from) = (there.try_clone().unwrap(), stream.try_clone().unwrap());
            thread::spawn(move || io::copy(&mut from, &mut up));
            io::copy(&mut there, &mut stream).unwrap();
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    });
    ureq::Proxy::new(&url).unwrap()
}

#[test]
fn goes_through_a_proxy() {
    let server = Server::new(|_, from| ranged(&content(), from, usize::MAX));
    let (_folder, wanted) = wanted(&server);
    let through = |refuses| Fetcher { agent: config().proxy(Some(proxy(refuses))).build().new_agent(), ..fetcher() };
    let error = through(true).all(std::slice::from_ref(&wanted), |_, _| {}).unwrap_err();
    assert!(error.to_string().contains("the proxy of the environment refuses to connect to it"), "{error}");
    through(false).all(std::slice::from_ref(&wanted), |_, _| {}).unwrap();
    assert_whole(&wanted);
}

#[test]
fn asks_nobody_when_offline() {
    let server = Server::new(|_, from| ranged(&content(), from, usize::MAX));
    let (_folder, wanted) = wanted(&server);
    let error = Fetcher { offline: true, ..fetcher() }.all(&[wanted], |_, _| {}).unwrap_err();
    assert_eq!(error.to_string(), format!("{} is not in the cache, and --offline forbids fetching it", server.url));
    assert_eq!(server.asked(), 0);
}

#[test]
fn names_what_the_disk_refuses() {
    let server = Server::new(|_, from| ranged(&content(), from, usize::MAX));
    let (folder, wanted) = wanted(&server);
    // A folder in the way fails for root, too.
    fs::create_dir(part(&wanted)).unwrap();
    let error = fetch(&wanted).unwrap_err();
    assert_eq!(error.to_string(), format!("opening {}", part(&wanted).display()));
    assert!(matches!(error, FetchError::File { source, .. } if source.kind() == io::ErrorKind::IsADirectory));
    fs::remove_dir(part(&wanted)).unwrap();
    if !nix::unistd::geteuid().is_root() {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
        assert!(matches!(fetch(&wanted), Err(FetchError::File { operation: "opening", .. })));
    }
    let full = Wanted { place: PathBuf::from("/dev/full"), ..wanted };
    let mut out = File::options().read(true).write(true).open(&full.place).unwrap();
    let error = fetcher().resume(&full, &full.place, &mut out, &|_| {}).unwrap_err();
    assert!(matches!(error, FetchError::File { operation: "writing", source, .. }
        if source.kind() == io::ErrorKind::StorageFull));
}

#[test]
fn two_builds_fetch_a_file_once() {
    let server = Server::new(|_, from| {
        thread::sleep(Duration::from_millis(50));
        ranged(&content(), from, usize::MAX)
    });
    let (folder, wanted) = wanted(&server);
    thread::scope(|scope| {
        let builds: Vec<_> = (0..4).map(|_| scope.spawn(|| fetch(&wanted))).collect();
        for build in builds {
            build.join().unwrap().unwrap();
        }
    });
    assert_whole(&wanted);
    assert_eq!(server.asked(), 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
