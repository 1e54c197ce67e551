//! The page behind a real port, with a real desk behind it, as strangers and phones come to it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixListener;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use formats::answers::TimeZone;
use formats::size::Bytes;

use super::*;
use crate::claim::{Claim, Code};
use crate::desk::Desk;
use crate::facts::{Device, Disk, Facts, Need, Service, WifiNetwork};
use crate::stick;
use crate::store::Store;
use crate::wire;

/// The most bytes that a page may have.
const HEAVIEST: usize = 100_000;

/// What people and devices nearby may be called to do harm.
const HOSTILE: &str = "\"><script>alert(1)</script>";

fn facts() -> Facts {
    let zone = |number: usize| format!("Africa/Zone_{number:03}").parse::<TimeZone>().unwrap();
    let (name, holds) = ("nvme-a".parse().unwrap(), Some(HOSTILE.into()));
    Facts {
        // As many as there are.
        time_zones: (0..450).map(zone).collect(),
        keyboards: vec!["us".parse().unwrap(), "za".parse().unwrap()],
        wifi: vec![WifiNetwork { name: HOSTILE.parse().unwrap(), signal: 90, open: false }],
        devices: vec![Device { name: HOSTILE.into(), says: HOSTILE.into() }],
        disks: vec![Disk { name, length: Bytes(100 << 30), holds, removable: false, failing: false, worn: None }],
        rest: Bytes(8 << 30),
        sticks: vec!["SanDisk Ultra, 15 GiB".into()],
        helps: true,
        mesh: vec![formats::answers::MeshKind::Yggdrasil],
        services: vec![Service { name: "kiwix".parse().unwrap(), need: Need::default() }],
        ..Facts::default()
    }
}

struct Played {
    _folder: tempfile::TempDir,
    address: SocketAddr,
}

struct Said {
    status: u16,
    head: String,
    body: String,
}

impl Said {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (own, value) = line.split_once(": ")?;
            own.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

impl Played {
    fn start(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let listener = UnixListener::bind(&socket).unwrap();
        let headers = stick::tests::headers(folder.path());
        let store = Store::open(folder.path()).unwrap();
        let desk = Desk::open(store, headers, Claim::new(Code::of_random(424_242), false), facts()).unwrap();
        thread::spawn(move || wire::serve(&listener, &Mutex::new(desk), &|| Duration::from_secs(1), &|| ()));
        let (sender, receiver) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                sender.send(listener.local_addr().unwrap()).unwrap();
                let portal = Portal { client: Client::new(&socket), names: vec!["ilanga-0a1b2c.local".into()] };
                serve(listener, router(portal), limits).await
            })
        });
        Self { _folder: folder, address: receiver.recv().unwrap() }
    }

    fn send(&self, bytes: &[u8]) -> Said {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let _ = stream.write_all(bytes);
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said).into_owned();
        let (head, body) = said.split_once("\r\n\r\n").unwrap_or((&said, ""));
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        Said { status, head: head.to_owned(), body: body.to_owned() }
    }

    fn get(&self, path: &str, fields: &str) -> Said {
        let host =
            if fields.to_lowercase().contains("host:") { String::new() } else { format!("Host: {}\r\n", self.address) };
        self.send(format!("GET {path} HTTP/1.1\r\n{host}{fields}Connection: close\r\n\r\n").as_bytes())
    }

    fn post(&self, path: &str, form: &[(&str, &str)], fields: &str) -> Said {
        let body = serde_html_form::to_string(form).unwrap();
        let host =
            if fields.to_lowercase().contains("host:") { String::new() } else { format!("Host: {}\r\n", self.address) };
        self.send(
            format!(
                "POST {path} HTTP/1.1\r\n{host}{fields}Content-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            )
            .as_bytes(),
        )
    }

    /// A session's address.
    fn session(&self) -> String {
        let said = self.get("/", "");
        assert_eq!(said.status, 303);
        said.header("location").unwrap().to_owned()
    }

    /// What stands on the page after a form was sent.
    fn fill(&self, here: &str, form: &[(&str, &str)]) -> String {
        let said = self.post(here, form, "");
        if said.status == 303 {
            assert_eq!(said.header("location"), Some(here));
            return self.look(here);
        }
        assert_eq!(said.status, 200, "{}", said.head);
        said.body
    }

    fn look(&self, here: &str) -> String {
        let said = self.get(here, "");
        assert_eq!(said.status, 200, "{}", said.head);
        said.body
    }
}

/// A value in a page.
fn between<'p>(page: &'p str, before: &str, after: &str) -> Option<&'p str> {
    let from = page.find(before)? + before.len();
    page[from..].split(after).next()
}

fn has_cryptsetup() -> bool {
    let there = std::path::Path::new("/usr/sbin/cryptsetup").exists();
    if !there {
        println!("skipped: no cryptsetup");
    }
    there
}

#[test]
fn a_phone_goes_through_all_of_it() {
    if !has_cryptsetup() {
        return;
    }
    let played = Played::start(Limits::default());
    let here = played.session();
    let password = "isikhathi sinye";
    let mut page = played.look(&here);
    let mut questions = Vec::new();
    for _ in 0..20 {
        assert!(page.len() < HEAVIEST, "{} bytes", page.len());
        assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
        let Some(question) = between(&page, "name=\"question\" value=\"", "\"").map(str::to_owned) else { break };
        questions.push(question.clone());
        let groups: Vec<String> =
            page.split("name=\"group-").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
        let key: Vec<String> = between(&page, "<ol>", "</ol>")
            .unwrap_or_default()
            .split("<li>")
            .skip(1)
            .map(|item| item.split('<').next().unwrap().to_owned())
            .collect();
        let typed: Vec<(String, String)> = match question.as_str() {
            "recovery-key" => groups
                .iter()
                .map(|number| (format!("group-{number}"), key[number.parse::<usize>().unwrap() - 1].clone()))
                .collect(),
            other => [
                ("language", "language", "zu"),
                ("language", "keyboard", "za"),
                ("time-zone", "time-zone", "Africa/Zone_449"),
                ("preset", "preset", "school"),
                ("identity", "name", "school-1"),
                ("identity", "user", "thandi"),
                ("identity", "password", password),
                ("identity", "password-again", password),
                ("network", "wifi", "none"),
                ("solar", "chemistry", "none"),
                ("mesh", "mesh", "yggdrasil"),
                ("storage", "data", "rest"),
                ("storage", "unlock", "usb-key"),
                ("services", "services", "kiwix"),
            ]
            .into_iter()
            .filter(|(question, ..)| *question == other)
            .map(|(_, field, value)| (field.to_owned(), value.to_owned()))
            .collect(),
        };
        let mut form = vec![("question", question.as_str()), ("do", "next")];
        form.extend(typed.iter().map(|(field, value)| (field.as_str(), value.as_str())));
        page = played.fill(&here, &form);
        assert!(!page.contains("role=\"alert\""), "{question}");
    }
    assert_eq!(questions.len(), Question::ALL.len(), "{questions:?}");
    assert!(page.contains("<progress") && page.contains("lang=\"zu\""), "{page}");
    assert!(played.get(&here, "").header("refresh").is_some());
}

#[test]
fn what_is_wrong_is_said_where_it_is() {
    let played = Played::start(Limits::default());
    let here = played.session();
    let page = played.fill(&here, &[("question", "language"), ("do", "next"), ("language", "tlh"), ("keyboard", "us")]);
    assert!(page.contains("role=\"alert\"") && page.contains("href=\"#f-language-0\""), "{page}");
    // The button back sends the form too.
    played.fill(&here, &[("question", "language"), ("language", "en"), ("keyboard", "us")]);
    let page = played.fill(&here, &[("question", "time-zone"), ("do", "back"), ("time-zone", "")]);
    assert!(page.contains("value=\"language\""));
}

#[test]
fn probes_of_every_system_are_led_here() {
    let played = Played::start(Limits::default());
    for (host, path) in [
        ("captive.apple.com", "/hotspot-detect.html"),
        ("connectivitycheck.gstatic.com", "/generate_204"),
        ("connectivitycheck.android.com", "/generate_204"),
        ("clients3.google.com", "/generate_204"),
        ("play.googleapis.com", "/generate_204"),
        ("www.google.com", "/gen_204"),
        ("www.msftconnecttest.com", "/connecttest.txt"),
        ("www.msftncsi.com", "/ncsi.txt"),
        ("detectportal.firefox.com", "/canonical.html"),
        ("nmcheck.gnome.org", "/check_network_status.txt"),
        ("connectivity-check.ubuntu.com", "/"),
    ] {
        let said = played.get(path, &format!("Host: {host}\r\n"));
        assert_eq!(said.status, 303, "{host}");
        assert_eq!(said.header("location"), Some(format!("http://{}/", played.address).as_str()));
        assert!(!said.body.contains("Success") && said.body.is_empty());
    }
}

#[test]
fn strangers_get_nothing() {
    let played = Played::start(Limits::default());
    let here = played.session();
    let language = [("question", "language"), ("do", "next"), ("language", "en"), ("keyboard", "us")];
    // Under a name of another's; from another site's page; to a session that nobody has.
    let evil = played.post(&here, &language, "Host: evil.example\r\n");
    assert_eq!(evil.status, 421);
    for site in ["cross-site", "same-site"] {
        let said = played.post(&here, &language, &format!("Host: {}\r\nSec-Fetch-Site: {site}\r\n", played.address));
        assert_eq!(said.status, 421, "{site}");
    }
    for path in ["/s/short", "/s/..%2f..%2fetc%2fpasswd", "/s/%00", "/../etc/passwd", "//evil.example/", "/s/a/b"] {
        let said = played.get(path, "");
        assert!(
            matches!(said.status, 303 | 400) && said.header("location").is_none_or(|to| to == "/"),
            "{path} {}",
            said.head
        );
    }
    assert!(played.look(&here).contains("value=\"language\""), "a stranger has answered");
    assert_eq!(played.fill(&here, &language).matches("value=\"time-zone\"").count(), 1);
    // Somebody else comes: the code is needed, and each try is told.
    let other = played.session();
    let page = played.look(&other);
    assert!(page.contains("name=\"code\"") && !page.contains("time-zone"));
    assert!(played.fill(&other, &[("do", "enter"), ("code", "000000")]).contains("role=\"alert\""));
    assert!(played.fill(&other, &[("do", "enter"), ("code", "424 242")]).contains("role=\"status\""));
    let said = played.get(&here, "");
    for (name, value) in [
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(said.header(name), Some(value));
    }
    assert!(said.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
}

#[test]
fn two_who_claim_at_once() {
    let played = Played::start(Limits::default());
    let sessions = [played.session(), played.session()];
    let language = [("question", "language"), ("do", "next"), ("language", "en"), ("keyboard", "us")];
    thread::scope(|scope| {
        for here in &sessions {
            scope.spawn(|| played.post(here, &language, ""));
        }
    });
    let let_in = sessions.iter().filter(|here| played.look(here).contains("time-zone")).count();
    assert_eq!(let_in, 1);
}

#[test]
fn hostile_names_are_text() {
    let played = Played::start(Limits::default());
    let here = played.session();
    let password = "isikhathi sinye";
    let mut pages = Vec::new();
    for form in [
        vec![("question", "language"), ("language", "en"), ("keyboard", "us")],
        vec![("question", "time-zone"), ("time-zone", "Africa/Zone_000")],
        vec![("question", "preset"), ("preset", "plain")],
        vec![
            ("question", "identity"),
            ("name", HOSTILE),
            ("user", HOSTILE),
            ("password", "x"),
            ("password-again", "y"),
        ],
        vec![
            ("question", "identity"),
            ("name", "a"),
            ("user", "thandi"),
            ("password", password),
            ("password-again", password),
        ],
        vec![("question", "network"), ("wifi", "none")],
        vec![("question", "solar"), ("chemistry", "lead"), ("ampere-hours", HOSTILE), ("volts", "")],
        vec![("question", "solar"), ("chemistry", "none")],
        vec![("question", "mesh"), ("mesh", "yggdrasil"), ("invitation", HOSTILE)],
        vec![("question", "mesh"), ("mesh", "yggdrasil")],
    ] {
        let typed = form.iter().any(|(_, value)| *value == HOSTILE);
        let page = played.fill(&here, &form);
        assert!(!page.contains("<script"), "{page}");
        assert!(!typed || page.contains("&lt;script&gt;"), "{page}");
        pages.push(page);
    }
    // The Wi-Fi network's name, the device's, and what is on the disk.
    assert_eq!(pages.iter().filter(|page| page.contains("&lt;script&gt;alert(1)&lt;/script&gt;")).count(), 6);
}

#[test]
fn what_is_long_or_slow_or_many_is_bounded() {
    let limits =
        Limits { of_one: 10, head: Duration::from_millis(300), whole: Duration::from_secs(2), ..Limits::default() };
    let played = Played::start(limits);
    let here = played.session();
    let long = "x".repeat(70 << 10);
    let said = played.post(&here, &[("question", "language"), ("language", &long)], "");
    assert_eq!(said.status, 413);
    let said = played.get("/", &format!("X-Long: {}\r\n", "y".repeat(200 << 10)));
    assert!(matches!(said.status, 0 | 400 | 431), "{}", said.status);
    // A head that never ends, and a body that never comes.
    for start in [
        "GET / HTTP/1.1\r\nHost: ".to_owned(),
        format!("POST {here} HTTP/1.1\r\nHost: {}\r\nContent-Length: 100\r\n\r\n", played.address),
    ] {
        let began = Instant::now();
        let said = played.send(start.as_bytes());
        assert!(began.elapsed() < Duration::from_secs(10) && said.status != 200);
    }
    // Others of the same address are turned away, and let in again when these are gone.
    let open: Vec<TcpStream> = (0..10).map(|_| TcpStream::connect(played.address).unwrap()).collect();
    thread::sleep(Duration::from_millis(100));
    assert_eq!(played.get("/", "").status, 0);
    drop(open);
    thread::sleep(Duration::from_millis(200));
    assert_eq!(played.get("/", "").status, 303);
    for garbage in ["\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "BREW / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"] {
        assert_ne!(played.send(garbage.as_bytes()).status, 200, "{garbage}");
    }
    assert!(played.look(&here).contains("value=\"language\""));
}

#[test]
fn languages_that_browsers_ask_for() {
    for (asked, expected) in [
        ("zu", Some(Language::Zulu)),
        ("de-DE,de;q=0.9,xh;q=0.5,en;q=0.7", Some(Language::English)),
        ("pt-BR, fr;q=0.9", Some(Language::Portuguese)),
        ("zu;q=0, sw;q=0.1", Some(Language::Swahili)),
        ("de", None),
        ("*", None),
        ("zu;q=nonsense", None),
        ("", None),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(asked));
        assert_eq!(wished(&headers), expected, "{asked}");
    }
}
