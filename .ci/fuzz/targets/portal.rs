//! The page for phones: any host, headers and form of a browser, and any answer of the desk: every answer is one that it may give.
#![no_main]

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Request};
use firstboot::portal::{Here, Portal, router};
use firstboot::wire::Client;
use ilanga_fuzz::{byte, part, parted, seeds};
use tower_service::Service as _;

const ASK: &str = r#"{"view":{"language":"zu","busy":null,"code":"000 042","page":{"is":"ask","question":"network","step":"1/6",
"title":"<script>","says":["\"><script>"],"key":["cccc"],"problems":["a"],"action":"b","back":"c","fields":[
{"name":"a\"b","label":"l","help":"h","input":{"takes":"one","options":[{"value":"\"v","label":"<l","help":null,"fits":true}],
"chosen":"v"},"only":[["x","y"]],"problem":"p"},{"name":"n","label":"l","help":null,"input":{"takes":"lines","value":"</textarea>"},
"only":[],"problem":null},{"name":"s","label":"l","help":null,"input":{"takes":"switch","on":true},"only":[],"problem":null}]}}}"#;

/// What the desk answers next.
static REPLY: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// A desk that answers what it was told to.
fn socket() -> &'static PathBuf {
    static SOCKET: OnceLock<PathBuf> = OnceLock::new();
    SOCKET.get_or_init(|| {
        let path = std::env::temp_dir().join(format!("ilanga-fuzz-{}", std::process::id()));
        let listener = UnixListener::bind(&path).expect("a socket");
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let mut asked = Vec::new();
                if BufReader::new(&stream).read_until(b'\n', &mut asked).is_ok() {
                    let _ = stream.write_all(&REPLY.lock().unwrap_or_else(PoisonError::into_inner));
                }
            }
        });
        path
    })
}

fn start() {
    let session = "/s/abcdefghijklmnopqrstuvwxyz";
    let request = |how: u8, path: &str, host: &str, site: &str, language: &str, form: &str, reply: &str| {
        let reply = reply.replace('\n', " ") + "\n";
        let parts = [path, host, site, language, form, &reply].map(str::as_bytes);
        [&[how][..], &parted(&parts)].concat()
    };
    let ready = r#"{"view":{"language":"en","busy":null,"code":null,"page":{"is":"ready","title":"a","says":"b"}}}"#;
    seeds([
        request(0, "/", "10.55.0.1", "none", "zu-ZA,zu;q=0.9,en;q=0.1", "", ""),
        request(0, "/generate_204", "connectivitycheck.gstatic.com:80", "", "", "", ""),
        request(0, session, "ILANGA-0A1B2C.local.", "same-origin", "en", "", ASK),
        request(1, session, "10.55.0.1:80", "same-origin", "en", "do=next&question=network&country=za", ASK),
        request(1, session, "10.55.0.1", "cross-site", "en", "do=back&question=network", ready),
        request(1, session, "10.55.0.1", "", "en", "do=enter&code=000+042", "{\"failed\":\"<b>no room</b>\"}"),
        request(1, session, "10.55.0.1", "", "sw", "do=unlock&secret=cccc", ready),
        request(1, session, "10.55.0.1", "", "pt", "do=anew", ready),
        request(0, session, "[fd00::1]", "", "fr", "", ready),
    ]);
    let _ = socket();
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let mut rest = data;
    let how = byte(&mut rest);
    let [path, host, site, language, form, reply] = [(); 6].map(|()| part(&mut rest));
    // A desk that says nothing to the end would be waited for.
    let reply = [reply, b"\n"].concat();
    *REPLY.lock().unwrap_or_else(PoisonError::into_inner) = reply;
    let method = ["GET", "POST", "HEAD", "PUT"][usize::from(how & 3)];
    let here = if how & 4 == 0 { "10.55.0.1:80" } else { "[fd00::1]:8080" };
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in [("host", host), ("sec-fetch-site", site), ("accept-language", language)] {
        if let (Ok(value), false) = (HeaderValue::from_bytes(value), value.is_empty()) {
            request = request.header(name, value);
        }
    }
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let Ok(request) = request.body(Body::from(form.to_vec())) else { return };
    let portal = Portal { client: Client::new(socket()), names: vec!["ilanga-0a1b2c.local".into()] };
    let mut router = router(portal).layer(Extension(Here(here.parse().expect("an address"))));
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| tokio::runtime::Builder::new_current_thread().build().expect("a runtime"));
    let (head, body) = runtime.block_on(async {
        let Ok(response) = router.call(request).await;
        let (head, body) = response.into_parts();
        (head, to_bytes(body, 16 << 20).await.expect("a body that ends"))
    });
    assert!(matches!(head.status.as_u16(), 200 | 303 | 400 | 405 | 413 | 415 | 421 | 500 | 503), "{}", head.status);
    assert!(head.headers.contains_key("content-security-policy"));
    // Whatever anybody is called, the page has no script and no picture from elsewhere.
    let body = String::from_utf8_lossy(&body);
    assert!(!body.contains("<script") && !body.contains("src=\"http"), "{body}");
});
