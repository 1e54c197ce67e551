//! What the targets of pages share: a browser's request, and the other half behind a socket, which says what the fuzzer says.

use std::convert::Infallible;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use axum::body::{Body, to_bytes};
use axum::http::response::Parts;
use axum::http::{HeaderValue, Request};
use axum::response::Response;
use tower_service::Service;

/// What the other half answers next.
static REPLY: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// The socket of the other half.
pub fn other_half() -> &'static Path {
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

/// Lets it answer this, to the end of a line: one that never ends would be waited for.
pub fn other_half_says(reply: &[u8]) {
    *REPLY.lock().unwrap_or_else(PoisonError::into_inner) = [reply, b"\n"].concat();
}

/// A form as a browser sends it, with those of the headers that are any; `None` where nobody could send that.
pub fn request(how: u8, path: &[u8], headers: &[(&str, &[u8])], form: &[u8]) -> Option<Request<Body>> {
    let method = ["GET", "POST", "HEAD", "PUT"][usize::from(how & 3)];
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        if let (Ok(value), false) = (HeaderValue::from_bytes(value), value.is_empty()) {
            request = request.header(*name, value);
        }
    }
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.body(Body::from(form.to_vec())).ok()
}

/// What a page answers; its text is as safe as every page's has to be, whatever anybody is called.
pub fn answer(
    mut page: impl Service<Request<Body>, Response = Response, Error = Infallible>,
    request: Request<Body>,
) -> Parts {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| tokio::runtime::Builder::new_current_thread().build().expect("a runtime"));
    let (head, body) = runtime.block_on(async {
        let Ok(response) = page.call(request).await;
        let (head, body) = response.into_parts();
        (head, to_bytes(body, 16 << 20).await.expect("a body that ends"))
    });
    assert!(head.headers.contains_key("content-security-policy"));
    // A page has no script and no picture from elsewhere; what is no page is not taken for one.
    let is = |kind: &str| {
        head.headers.get("content-type").is_some_and(|value| value.as_bytes().starts_with(kind.as_bytes()))
    };
    if !is("application/json") && !is("application/x-x509-ca-cert") {
        let body = String::from_utf8_lossy(&body);
        assert!(!body.contains("<script") && !body.contains("src=\"http"), "{body}");
    }
    head
}
