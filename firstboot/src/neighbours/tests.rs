//! Real tang servers, clevis and headers, on this computer's own addresses: who opens, and who no longer does.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::header::{self, Besides, Cost, Headers};
use crate::machine::Header;
use crate::recovery_key::RecoveryKey;
use crate::tokens;

/// Neighbours at these addresses, all with the same keys.
pub(crate) fn known(helpers: &[&str]) -> Vec<Neighbour> {
    let (text, _) = advertisement::tests::REAL;
    let advertisement = Advertisement::parse(text.as_bytes()).unwrap();
    let known = helpers.iter().map(|helper| helper.parse().unwrap());
    known.map(|helper| Neighbour { helper, advertisement: advertisement.clone() }).collect()
}

/// A tang server in a folder of its own; it ends with this.
struct Tang {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Drop for Tang {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

impl Tang {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        help::begin(&folder.path().join("keys")).unwrap();
        Self::serve(folder, free_port())
    }

    fn serve(folder: tempfile::TempDir, port: u16) -> Self {
        let child = Command::new("/usr/libexec/tangd")
            .args(["-l", "-p", &port.to_string()])
            .arg(folder.path().join("keys"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let since = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(since.elapsed() < Duration::from_secs(10), "tangd does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Self { child, folder, port }
    }

    fn keys(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    fn neighbour(&self) -> Neighbour {
        ask::neighbour(&format!("http://127.0.0.1:{}", self.port).parse().unwrap()).unwrap()
    }
}

/// A node that any two of three neighbours open.
struct Bound {
    _folder: tempfile::TempDir,
    headers: Headers,
    header: Header,
    key: RecoveryKey,
}

fn skipped() -> bool {
    let programs = ["/usr/sbin/cryptsetup", "/usr/libexec/tangd", "/usr/bin/clevis", "/usr/bin/jose", "/usr/bin/curl"];
    let missing = programs.iter().find(|program| !Path::new(program).exists());
    missing.inspect(|program| println!("skipped: no {program}")).is_some()
}

impl Bound {
    fn to(need: u8, servers: &[&Tang]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let headers = Headers::new(folder.path().to_owned(), Cost { memory: 32, milliseconds: 1 });
        let neighbours: Vec<Neighbour> = servers.iter().map(|server| server.neighbour()).collect();
        let key = RecoveryKey::of_bits(&[7; 32]);
        let header = headers.make(&key, Besides::Neighbours(need, &neighbours)).unwrap();
        Self { _folder: folder, headers, header, key }
    }

    fn path(&self) -> PathBuf {
        self.headers.path(self.header)
    }

    /// Whether what neighbours give opens the header.
    fn opens(&self) -> bool {
        let bound = tokens::of(&self.path()).unwrap().neighbours;
        let [bound] = bound.as_slice() else { panic!("{bound:?}") };
        match ask::open(&bound.jwe, Duration::from_secs(10)) {
            Ok(secret) => self.headers.opens(self.header, secret.as_bytes()).unwrap(),
            Err(_) => false,
        }
    }
}

#[test]
fn two_of_three_open_and_one_does_not() {
    if skipped() {
        return;
    }
    let [one, two, three] = [Tang::start(), Tang::start(), Tang::start()];
    let bound = Bound::to(2, &[&one, &two, &three]);
    assert!(bound.opens(), "all three");
    drop(three);
    assert!(bound.opens(), "two of three");
    // Debian's own program reads the same header.
    if Path::new("/usr/bin/clevis-luks-pass").exists() {
        let pass = Command::new("/usr/bin/clevis").args(["luks", "pass", "-s", "1", "-d"]).arg(bound.path()).output();
        let pass = pass.unwrap();
        assert!(pass.status.success(), "{pass:?}");
        assert!(bound.headers.opens(bound.header, pass.stdout.trim_ascii_end()).unwrap());
    } else {
        println!("skipped: no clevis-luks");
    }
    drop(two);
    assert!(!bound.opens(), "one of three");
}

#[test]
fn who_rotated_its_keys_helps_nobody_who_was_bound_before() {
    if skipped() {
        return;
    }
    let [one, two] = [Tang::start(), Tang::start()];
    let bound = Bound::to(2, &[&one, &two]);
    assert!(bound.opens());
    let before = two.neighbour();
    help::rotate(&two.keys()).unwrap();
    assert_ne!(two.neighbour().advertisement.thumbprint(), before.advertisement.thumbprint());
    assert!(!bound.opens());
    // Bound anew to what there is now.
    let (path, key) = (bound.path(), bound.key.text().as_bytes());
    header::bind_anew(&path, key, 2, &[one.neighbour(), two.neighbour()]).unwrap();
    assert!(bound.opens());
}

#[test]
fn a_removed_neighbour_is_no_longer_asked_nor_of_use() {
    if skipped() {
        return;
    }
    let [one, two, stolen] = [Tang::start(), Tang::start(), Tang::start()];
    let bound = Bound::to(2, &[&one, &two, &stolen]);
    let old = tokens::of(&bound.path()).unwrap().neighbours.remove(0);
    let (path, key) = (bound.path(), bound.key.text().as_bytes());
    header::bind_anew(&path, key, 2, &[one.neighbour(), two.neighbour()]).unwrap();
    assert!(bound.opens());
    // What the stolen one and another one give out for the token of before opens the header no more.
    drop(two);
    let secret = ask::open(&old.jwe, Duration::from_secs(10)).unwrap();
    assert!(!bound.headers.opens(bound.header, secret.as_bytes()).unwrap());
    assert!(!bound.opens());
}

#[test]
fn who_lies_or_stalls_costs_nothing_but_itself() {
    if skipped() {
        return;
    }
    let [one, two, three] = [Tang::start(), Tang::start(), Tang::start()];
    let bound = Bound::to(2, &[&one, &two, &three]);
    let port = three.port;
    drop(three);
    // Keys of its own, under the same address; then words that are none; then silence.
    let other = tempfile::tempdir().unwrap();
    help::begin(&other.path().join("keys")).unwrap();
    let liar = Tang::serve(other, port);
    assert!(bound.opens(), "one has other keys");
    drop(liar);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let babbles = listener.try_clone().unwrap();
    thread::spawn(move || {
        for stream in babbles.incoming().take(2).flatten() {
            let mut stream = stream;
            let _ = stream.read(&mut [0; 4096]);
            let body = r#"{"kty":"EC","crv":"P-521","x":"AA","y":"AA"}"#;
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        }
    });
    assert!(bound.opens(), "one gives something else");
    drop(two);
    assert!(!bound.opens(), "what it gives is no share");
    let since = Instant::now();
    assert!(!bound.opens(), "one says nothing, and the other is not enough");
    assert!(since.elapsed() < Duration::from_secs(20), "{:?}", since.elapsed());
}

#[test]
fn keys_are_made_once() {
    if skipped() {
        return;
    }
    let tang = Tang::start();
    let thumbprint = tang.neighbour().advertisement.thumbprint().to_owned();
    help::begin(&tang.keys()).unwrap();
    assert_eq!(tang.neighbour().advertisement.thumbprint(), thumbprint);
    // The power went between the two.
    let first = std::fs::read_dir(tang.keys()).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(first).unwrap();
    help::begin(&tang.keys()).unwrap();
    assert_eq!(std::fs::read_dir(tang.keys()).unwrap().count(), 2);
    assert_ne!(tang.neighbour().advertisement.thumbprint(), thumbprint);
}

#[test]
fn names_and_addresses() {
    let helper = address(&"school-1".parse().unwrap()).unwrap();
    assert_eq!(helper.as_str(), "http://school-1.local:7364");
    assert_eq!(known(&["http://school-1.local:7364"])[0].name(), "school-1");
    assert_eq!(known(&["http://192.168.7.2:7364"])[0].name(), "192.168.7.2");
}
