//! Both halves of the page as programs, over the folder of a made-up node, and browsers in front of them that do what they are told.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::os::fd::AsRawFd as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use firstboot::hashes;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, bind, connect, socket};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// The administrator's password.
pub(crate) const PASSWORD: &str = "isikhathi sinye";

/// What the node is called.
pub(crate) const NAME: &str = "clinic-1.local";

/// What devices nearby may be called to do harm.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script>";

/// Its services' units: their environment is the tests' too.
const STEWARD: &str = include_str!("../../../overlays/base/usr/lib/systemd/system/ilanga-steward.service");

/// A node.
pub(crate) struct Played {
    pub(crate) root: tempfile::TempDir,
    steward: Child,
    page: Child,
    pub(crate) https: SocketAddr,
    pub(crate) http: SocketAddr,
    /// The most memory of the page and of the other half, in kB.
    most: Arc<[AtomicU64; 2]>,
    tls: Arc<ClientConfig>,
}

impl Drop for Played {
    fn drop(&mut self) {
        for child in [&mut self.page, &mut self.steward] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What a node has on its disks.
fn furnish(root: &Path) {
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("proc/sys/kernel/hostname", "clinic-1\n");
    write("usr/lib/os-release", "ID=debian\nIMAGE_VERSION=2026.11.1\n");
    write("usr/lib/clock-epoch", "");
    let release = SystemTime::now() - Duration::from_secs(30 * 86_400);
    File::options().write(true).open(root.join("usr/lib/clock-epoch")).unwrap().set_modified(release).unwrap();
    let hashes = hashes::hash(&PASSWORD.parse().unwrap()).unwrap();
    let thandi = serde_json::json!({ "name": "thandi", "password": hashes, "ssh-keys": [] });
    write("data/ilanga/administrator.json", &thandi.to_string());
    let device = serde_json::json!({
        "port": "usb-SECRET-port0", "place": "/dev/ttyUSB0", "state": "heard", "protocol": "ve-direct", "heard-at": 1.0,
        "identity": { "maker": HOSTILE, "model": HOSTILE, "serial": "SECRET", "firmware": null },
        "reading": { "pv": 412 },
    });
    write("run/ilanga/power/readings.json", &serde_json::json!({ "format": 1, "devices": [device] }).to_string());
}

/// The first line that begins so, of what a program prints.
fn address(child: &mut Child) -> (SocketAddr, SocketAddr) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut one = |word: &str| {
        let line = lines.next().unwrap().unwrap();
        line.strip_prefix(word).unwrap_or_else(|| panic!("{line}")).trim().parse().unwrap()
    };
    (one("https"), one("http"))
}

impl Played {
    pub(crate) fn start() -> Self {
        let root = tempfile::tempdir().unwrap();
        furnish(root.path());
        let socket = root.path().join("socket");
        let environment = STEWARD.lines().find_map(|line| line.strip_prefix("Environment=")).unwrap();
        let steward = Command::new(env!("CARGO_BIN_EXE_firstboot-programs"))
            .arg0("ilanga-steward")
            .args([root.path(), &socket])
            .env_clear()
            .envs(environment.split(' ').map(|pair| pair.split_once('=').unwrap()))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        wait("the other half", || socket.exists().then_some(()));
        let mut page = Command::new(env!("CARGO_BIN_EXE_firstboot-programs"))
            .arg0("ilanga-page")
            .args(["127.0.0.1:0", "127.0.0.1:0"])
            .arg(&socket)
            .env_clear()
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (https, http) = address(&mut page);
        let most = remember([page.id(), steward.id()]);
        let mut played =
            Self { root, steward, page, https, http, most, tls: Arc::new(trusting(RootCertStore::empty())) };
        // What people install comes in the clear.
        let authority = Browser::new(Plain(from(1, played.http))).get("/ca.crt");
        assert_eq!(authority.header("content-type"), Some("application/x-x509-ca-cert"));
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(authority.bytes)).unwrap();
        played.tls = Arc::new(trusting(roots));
        played
    }

    /// A file of the node's.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// A browser that has installed the authority, at the address 127.0.x.y.
    pub(crate) fn browser(&self, number: u16) -> Browser {
        self.connect(number, NAME).unwrap()
    }

    pub(crate) fn connect(&self, number: u16, name: &str) -> io::Result<Browser> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let connection = ClientConnection::new(Arc::clone(&self.tls), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, from(number, self.https));
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Browser::new(Tls(Box::new(stream))))
    }

    /// The most memory of their own that both halves have had, in kB, as it was looked at every few milliseconds. The file that both are is not
    /// counted: the kernel has it once, and as much of it as there is room for.
    pub(crate) fn peak(&self) -> (u64, u64) {
        let [page, steward] = &*self.most;
        (page.load(Ordering::Relaxed), steward.load(Ordering::Relaxed))
    }
}

/// Remembers the most memory of these processes, until one of them has ended.
fn remember(processes: [u32; 2]) -> Arc<[AtomicU64; 2]> {
    let most: Arc<[AtomicU64; 2]> = Arc::default();
    let kept = Arc::clone(&most);
    thread::spawn(move || {
        loop {
            for (process, most) in processes.iter().zip(&*kept) {
                let Ok(status) = fs::read_to_string(format!("/proc/{process}/status")) else { return };
                // A process that has ended has no such line.
                let Some(line) = status.lines().find_map(|line| line.strip_prefix("RssAnon:")) else { return };
                most.fetch_max(line.trim().trim_end_matches(" kB").parse().unwrap(), Ordering::Relaxed);
            }
            thread::sleep(Duration::from_millis(5));
        }
    });
    most
}

fn trusting(roots: RootCertStore) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    builder.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth()
}

/// A connection from 127.0.x.y.
pub(crate) fn from(number: u16, to: SocketAddr) -> TcpStream {
    let [high, low] = (number + 1).to_be_bytes();
    let own = SockaddrIn::from(SocketAddrV4::new(Ipv4Addr::new(127, 0, high, low), 0));
    let SocketAddr::V4(to) = to else { panic!("{to}") };
    let stream = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).unwrap();
    bind(stream.as_raw_fd(), &own).unwrap();
    connect(stream.as_raw_fd(), &SockaddrIn::from(to)).unwrap();
    let stream = TcpStream::from(stream);
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// What is said and heard on a connection.
pub(crate) trait Line: io::Read + io::Write + Send {}

struct Plain(TcpStream);

struct Tls(Box<StreamOwned<ClientConnection, TcpStream>>);

macro_rules! line {
    ($name:ident) => {
        impl io::Read for $name {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.0.read(into)
            }
        }
        impl io::Write for $name {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.write(bytes)
            }
            fn flush(&mut self) -> io::Result<()> {
                self.0.flush()
            }
        }
        impl Line for $name {}
    };
}

line!(Plain);
line!(Tls);

/// A connection that is in the clear.
pub(crate) fn plain(number: u16, to: SocketAddr) -> Browser {
    Browser::new(Plain(from(number, to)))
}

/// What came back.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) bytes: Vec<u8>,
}

impl Said {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (own, value) = line.split_once(": ")?;
            own.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// One connection of a browser.
pub(crate) struct Browser {
    line: BufReader<Box<dyn Line>>,
    pub(crate) cookie: Option<String>,
}

impl Browser {
    fn new(line: impl Line + 'static) -> Self {
        Self { line: BufReader::new(Box::new(line)), cookie: None }
    }

    fn cookie(&self) -> String {
        self.cookie.as_ref().map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default()
    }

    pub(crate) fn get(&mut self, path: &str) -> Said {
        let cookie = self.cookie();
        self.say(format!("GET {path} HTTP/1.1\r\nHost: {NAME}\r\n{cookie}\r\n").as_bytes());
        self.hear().unwrap()
    }

    /// Sends a form, as browsers do from a page of the node's.
    pub(crate) fn send(&mut self, path: &str, form: &[(&str, &str)]) -> Said {
        self.post(path, form, &format!("Host: {NAME}\r\nOrigin: https://{NAME}\r\nSec-Fetch-Site: same-origin\r\n"))
    }

    /// Sends a form with these lines of a head.
    pub(crate) fn post(&mut self, path: &str, form: &[(&str, &str)], head: &str) -> Said {
        self.try_post(path, form, head).unwrap()
    }

    /// The same; `None` where the connection has ended.
    fn try_post(&mut self, path: &str, form: &[(&str, &str)], head: &str) -> Option<Said> {
        let body = serde_html_form::to_string(form).unwrap();
        let cookie = self.cookie();
        let length = body.len();
        let kind = "Content-Type: application/x-www-form-urlencoded";
        self.say(
            format!("POST {path} HTTP/1.1\r\n{head}{cookie}{kind}\r\nContent-Length: {length}\r\n\r\n{body}")
                .as_bytes(),
        );
        self.hear()
    }

    /// Tries a password, and hears what comes of it; `None` where the connection has ended.
    pub(crate) fn try_password(&mut self, password: &str) -> Option<Said> {
        self.try_post("/login", &[("password", password)], &format!("Host: {NAME}\r\nOrigin: https://{NAME}\r\n"))
    }

    pub(crate) fn say(&mut self, bytes: &[u8]) {
        // The other side may have closed it by now.
        let _ = self.line.get_mut().write_all(bytes).and_then(|()| self.line.get_mut().flush());
    }

    /// One answer; `None` where the connection has ended.
    pub(crate) fn hear(&mut self) -> Option<Said> {
        let mut said = Said::default();
        loop {
            let mut line = String::new();
            if self.line.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line == "\r\n" {
                break;
            }
            said.head.push_str(&line);
        }
        said.status = said.head.split(' ').nth(1)?.parse().ok()?;
        let length = said.header("content-length").map_or(0, |length| length.trim().parse().unwrap());
        said.bytes = vec![0; length];
        self.line.read_exact(&mut said.bytes).ok()?;
        Some(said)
    }

    /// Logs in.
    pub(crate) fn log_in(&mut self, password: &str) -> Said {
        let said = self.send("/login", &[("password", password)]);
        if let Some(cookie) = said.header("set-cookie") {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        said
    }

    /// What the forms of the page carry.
    pub(crate) fn form(&mut self) -> String {
        let page = self.get("/").text();
        let from = page.find("name=\"form\" value=\"").unwrap_or_else(|| panic!("{page}"));
        page[from..].split('"').nth(3).unwrap().to_owned()
    }
}
