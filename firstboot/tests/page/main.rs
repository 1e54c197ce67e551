//! The node's page, attacked: both of its programs as they are, over real sockets, by browsers that do what attackers would.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod node;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::{Duration, Instant};

use node::{Browser, HOSTILE, NAME, PASSWORD, Played};

/// What both halves may have had of their own, in kB: with the file of programs that both are, some MB of which they use, the goal is 40 MB.
const MOST_MEMORY: u64 = 32_000;

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5";

fn is_logged_in(browser: &mut Browser) -> bool {
    browser.get("/").text().contains("value=\"log-out\"")
}

#[test]
fn the_administrator_logs_in_sees_and_changes() {
    let played = Played::start();
    let mut browser = played.browser(1);
    let page = browser.get("/");
    assert!(page.status == 200 && page.text().contains("name=\"password\""), "{}", page.text());
    for (name, value) in [
        (
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(page.header(name), Some(value));
    }
    assert_eq!(page.header("strict-transport-security"), None);
    let wrong = browser.log_in("isikhathi sibi");
    assert!(wrong.status == 403 && wrong.text().contains("role=\"alert\"") && browser.cookie.is_none());

    let right = browser.log_in(PASSWORD);
    assert_eq!((right.status, right.header("location")), (303, Some("/")), "{}", right.head);
    let cookie = right.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-ilanga=") && cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"));
    let page = browser.get("/");
    let text = page.text();
    for expected in ["clinic-1", "2026.11.1", "412 W", "Room for data", "value=\"report\""] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    // A device of a neighbour's is called so; its serial number is nobody's business.
    assert!(!text.contains(HOSTILE) && text.contains("&lt;script&gt;") && !text.contains("SECRET"));
    assert!(text.len() < 100_000 && !text.contains("$argon2"));

    let form = browser.form();
    let said = browser.send("/do", &[("form", &form), ("do", "add-key"), ("line", "nonsense")]);
    assert!(said.status == 200 && said.text().contains("role=\"alert\""));
    let line = format!("{KEY} {HOSTILE}");
    assert_eq!(browser.send("/do", &[("form", &form), ("do", "add-key"), ("line", &line)]).status, 303);
    let text = browser.get("/").text();
    assert!(text.contains("ssh-ed25519") && !text.contains(HOSTILE), "{text}");
    let kept = |path: &str| fs::read_to_string(played.file(path)).unwrap();
    assert!(kept("data/ilanga/administrator.json").contains(KEY));
    assert!(kept("run/userdb/thandi.user-privileged").contains(KEY));
    assert!(kept("run/userdb/thandi.ssh-keys").starts_with(KEY));
    let mode = fs::metadata(played.file("run/userdb/thandi.user-privileged")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let id = text.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(browser.send("/do", &[("form", &form), ("do", "remove-key"), ("id", id)]).status, 303);
    assert!(!kept("run/userdb/thandi.user-privileged").contains(KEY));
    assert!(!played.file("run/userdb/thandi.ssh-keys").exists());

    let report = browser.send("/do", &[("form", &form), ("do", "report")]);
    assert_eq!(report.header("content-disposition"), Some("attachment; filename=\"ilanga-report.json\""));
    let told: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&report.bytes).unwrap();
    assert_eq!(told["release"], "2026.11.1");
    for secret in ["thandi", "clinic-1", "SECRET", "192.168.", "$argon2", "ssh-"] {
        assert!(!report.text().contains(secret), "{secret}: {}", report.text());
    }

    assert_eq!(browser.send("/do", &[("form", &form), ("do", "log-out")]).status, 303);
    assert!(!is_logged_in(&mut browser), "the cookie still opens");
    println!("memory, page and steward: {:?} kB", played.peak());
}

#[test]
fn the_certificate_is_for_this_node_and_port_80_leads_to_it() {
    let played = Played::start();
    let mut plain = node::plain(1, played.http);
    let page = plain.get("/").text();
    assert!(page.contains("href=\"https://clinic-1.local/\"") && page.contains("href=\"/ca.crt\""), "{page}");
    let authority = plain.get("/ca.crt");
    let fingerprint = formats::digest::Digest::of(&authority.bytes).to_string().to_uppercase();
    let pairs: Vec<&str> = (0..32).map(|pair| &fingerprint[2 * pair..2 * pair + 2]).collect();
    assert!(page.contains(&pairs.join(":")));
    for path in ["/login", "/certificate", "/../etc/passwd", "/x?y=http://evil.example"] {
        let said = plain.get(path);
        assert_eq!((said.status, said.header("location")), (303, Some("https://clinic-1.local/")), "{path}");
    }
    // A password in the clear is not looked at.
    assert_eq!(plain.send("/login", &[("password", PASSWORD)]).status, 405);
    // Nobody has installed the authority of another name.
    assert!(played.connect(1, "school-1.local").is_err());
    assert_eq!(played.browser(1).get("/ca.crt").bytes, authority.bytes);
    for path in ["data/ilanga/page/authority.json", "data/ilanga/page/certificate.json"] {
        assert_eq!(fs::metadata(played.file(path)).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn other_sites_and_other_hosts_get_nothing_done() {
    let played = Played::start();
    let mut browser = played.browser(1);
    assert_eq!(browser.log_in(PASSWORD).status, 303);
    let form = browser.form();
    let add = |form: &str| {
        vec![("form".to_owned(), form.to_owned()), ("do".into(), "add-key".into()), ("line".into(), KEY.into())]
    };
    let own = format!("Host: {NAME}\r\nOrigin: https://{NAME}\r\n");
    for (head, carried, expected) in [
        (own.clone(), "", 403),
        (own.clone(), "0123", 403),
        (own.replace("Origin: https://", "Origin: http://"), form.as_str(), 421),
        (format!("Host: {NAME}\r\n"), &form, 421),
        (format!("Host: {NAME}\r\nOrigin: null\r\n"), &form, 421),
        (format!("Host: {NAME}\r\nOrigin: https://evil.example\r\n"), &form, 421),
        (format!("{own}Sec-Fetch-Site: cross-site\r\n"), &form, 421),
        ("Host: evil.example\r\nOrigin: https://evil.example\r\n".into(), &form, 421),
        (format!("Host: evil.example\r\nX-Forwarded-Host: {NAME}\r\nOrigin: https://{NAME}\r\n"), &form, 421),
        (format!("Host: {NAME}\r\nHost: evil.example\r\nOrigin: https://{NAME}\r\n"), &form, 421),
    ] {
        let fields = add(carried);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut other = played.browser(1);
        other.cookie.clone_from(&browser.cookie);
        assert_eq!(other.post("/do", &fields, &head).status, expected, "{head}");
    }
    // What a form carries is its session's: another one's, of the same administrator, is a stranger's.
    let mut second = played.browser(2);
    assert_eq!(second.log_in(PASSWORD).status, 303);
    assert_eq!(second.send("/do", &[("form", &form), ("do", "log-out")]).status, 403);
    assert!(!fs::read_to_string(played.file("data/ilanga/administrator.json")).unwrap().contains("ssh-ed25519"));
    // A link that leads elsewhere: back to this node's address, whatever it was asked as.
    let mut other = played.browser(1);
    other.say(b"GET / HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n\r\n");
    let said = other.hear().unwrap();
    assert_eq!((said.status, said.header("location")), (303, Some(format!("https://{}/", played.https).as_str())));
    for path in [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/ca.crt/../../data/ilanga/administrator.json",
        "//evil.example/",
        "/do/../login",
        "/.",
        "/%00",
        "/login%2f",
        "/data/ilanga/page/authority.json",
    ] {
        let said = played.browser(1).get(path);
        let leads = said.header("location").is_none_or(|to| to == "/");
        assert!(matches!(said.status, 303 | 400 | 404) && leads && said.bytes.is_empty(), "{path} {}", said.head);
    }
}

#[test]
fn heads_that_say_two_things_say_nothing() {
    let played = Played::start();
    let inner = format!("GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n");
    let own = format!("Host: {NAME}\r\nOrigin: https://{NAME}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
    for (what, bytes) in [
        (
            "two lengths",
            format!("POST /login HTTP/1.1\r\n{own}Content-Length: 5\r\nContent-Length: 50\r\n\r\nx=y&z{inner}"),
        ),
        ("a negative length", format!("POST /login HTTP/1.1\r\n{own}Content-Length: -1\r\n\r\n{inner}")),
        ("a length with a sign", format!("POST /login HTTP/1.1\r\n{own}Content-Length: +5\r\n\r\nx=y&z{inner}")),
        (
            "an unknown coding",
            format!(
                "POST /login HTTP/1.1\r\n{own}Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n\r\nx=y&z{inner}"
            ),
        ),
        ("a line that goes on", format!("GET / HTTP/1.1\r\nHost: {NAME}\r\n X: y\r\n\r\n")),
        ("a space before a colon", format!("GET / HTTP/1.1\r\nHost : {NAME}\r\n\r\n")),
        ("a control character", format!("GET / HTTP/1.1\r\nHost: {NAME}\r\nX: a\0b\r\n\r\n")),
        (
            "a chunk without a number",
            format!("POST /login HTTP/1.1\r\n{own}Transfer-Encoding: chunked\r\n\r\nzz\r\n{inner}"),
        ),
        ("no host", "GET / HTTP/1.1\r\n\r\n".to_owned()),
        ("not HTTP", "\0\0\0\0\r\n\r\n".to_owned()),
    ] {
        let mut browser = played.browser(1);
        browser.say(bytes.as_bytes());
        let first = browser.hear();
        let status = first.as_ref().map_or(0, |said| said.status);
        assert!(matches!(status, 0 | 400 | 403 | 421 | 431 | 501), "{what}: {status}");
        // Whatever was in the body is no request.
        assert!(browser.hear().is_none_or(|said| said.status != 200), "{what}: a request came out of a body");
    }
    let mut browser = played.browser(1);
    let body = "x".repeat(100_000);
    browser.say(format!("POST /login HTTP/1.1\r\n{own}Content-Length: 100000\r\n\r\n{body}").as_bytes());
    // The connection may be gone before all of it was said.
    assert!(browser.hear().is_none_or(|said| said.status == 413));
    let mut browser = played.browser(1);
    browser.say(format!("GET / HTTP/1.1\r\nHost: {NAME}\r\nX-Long: {}\r\n\r\n", "y".repeat(200 << 10)).as_bytes());
    assert!(browser.hear().is_none_or(|said| said.status == 431));
    assert_eq!(played.browser(1).get("/").status, 200);
}

#[test]
fn a_thousand_wrong_passwords_let_nobody_in_and_lock_nobody_out() {
    wrong_passwords(1000);
}

#[test]
#[ignore = "seconds on an idle computer, minutes on a busy one: cargo test -p ilanga-firstboot --test page -- --ignored"]
fn ten_thousand_wrong_passwords_let_nobody_in_and_lock_nobody_out() {
    wrong_passwords(10_000);
}

/// So many wrong passwords, from twenty addresses.
fn wrong_passwords(tries: u32) {
    let played = Played::start();
    let began = Instant::now();
    let counted: Vec<BTreeMap<u16, u32>> = thread::scope(|scope| {
        let attackers: Vec<_> = (0..4_u16)
            .map(|thread| {
                let played = &played;
                scope.spawn(move || {
                    let mut counted = BTreeMap::new();
                    for source in 0..5 {
                        let mut browser = played.browser(10 + 5 * thread + source);
                        for number in 0..tries / 20 {
                            // No connection lasts for ever: attackers begin another one.
                            let said = loop {
                                match browser.try_password(&format!("isikhathi {number}")) {
                                    Some(said) => break said,
                                    None => browser = played.browser(10 + 5 * thread + source),
                                }
                            };
                            *counted.entry(said.status).or_default() += 1;
                        }
                    }
                    counted
                })
            })
            .collect();
        attackers.into_iter().map(|attacker| attacker.join().unwrap()).collect()
    });
    let sum = |status: u16| counted.iter().filter_map(|counted| counted.get(&status)).sum::<u32>();
    let took = began.elapsed();
    println!("{tries} tries in {took:?}: {} looked at, {} told to wait", sum(403), sum(429));
    assert_eq!(sum(403) + sum(429), tries);
    // What is in both stores at the beginning, and what has come since.
    assert!(u64::from(sum(403)) <= 80 + 2 * (took.as_secs() / 5 + 1), "{counted:?}");
    // One of those who have tried would have to wait, with the right password too.
    let said = played.browser(10).log_in(PASSWORD);
    assert!(said.status == 429 && said.header("retry-after").is_some(), "{}", said.head);
    // Somebody else does not, but for the few seconds that a try takes to come.
    let mut browser = played.browser(500);
    let began = Instant::now();
    while browser.log_in(PASSWORD).status != 303 {
        assert!(began.elapsed() < Duration::from_secs(15), "the administrator is locked out");
        thread::sleep(Duration::from_secs(1));
    }
    assert!(is_logged_in(&mut browser));
    let (page, steward) = played.peak();
    println!("memory, page and steward: {page} kB and {steward} kB");
    assert!(page + steward < MOST_MEMORY, "{page} + {steward} kB");
}

#[test]
fn whoever_is_slow_or_many_takes_a_bounded_part() {
    let played = Played::start();
    // Heads that never end, and nothing at all: as many as there may be, and more.
    let open: Vec<_> = (0..30_u16)
        .flat_map(|source| (0..12).map(move |number| (source, number)))
        .map(|(source, number)| {
            let stream = node::from(100 + source, played.https);
            if number % 2 == 0 {
                let _ = std::io::Write::write_all(&mut &stream, &[22, 3, 1]);
            }
            stream
        })
        .collect();
    let began = Instant::now();
    loop {
        match played.connect(1, NAME) {
            Ok(mut browser) => break assert_eq!(browser.get("/").status, 200),
            Err(_) => assert!(began.elapsed() < Duration::from_secs(20), "nobody else gets in"),
        }
        thread::sleep(Duration::from_millis(200));
    }
    println!("another one got in after {:?}", began.elapsed());
    drop(open);
    // As many who are let in, each with a head that is as long as it may be and does not end.
    let many: Vec<Browser> = (0..90_u16)
        .filter_map(|number| {
            let mut browser = played.connect(200 + number / 10, NAME).ok()?;
            browser.say(format!("GET / HTTP/1.1\r\nHost: {NAME}\r\nX: {}", "x".repeat(15 << 10)).as_bytes());
            Some(browser)
        })
        .collect();
    assert!(many.len() > 50, "{}", many.len());
    let (page, steward) = played.peak();
    println!("memory, page and steward: {page} kB and {steward} kB");
    // The other half has checked no password: its 19 MiB come on top.
    assert!(page + steward + (19 << 10) < MOST_MEMORY, "{page} + {steward} kB");
}
