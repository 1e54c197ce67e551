//! The node's own page after set-up: https, behind the administrator's login, without JavaScript.
//!
//! ```text
//!   http ── port 80 ──► plain ─┬─ /, /ca.crt: the way here, and the authority for installing
//!                              └─ else ──► redirected to https
//!   https ── port 443 ──► gate (which host, whose form?) ──► /, /login, /do ──► steward ──► page
//! ```
//!
//! This half has no rights and keeps nothing but the page's key: who is logged in, and what may be done, the privileged half knows
//! (`steward`). A session is a cookie that no script reads, no other site's page sends along, and no name but this one gets:
//! `__Host-`, `Secure`, `HttpOnly`, `SameSite=Strict`.
//!
//! There is no `Strict-Transport-Security`: browsers would refuse the page for a year once its authority is not installed any more, and
//! a node that is set up anew under the same name, whose first page is http, could not be reached by whoever has seen the old one.
//! What https is needed for is the password and the cookie, and neither is ever sent in the clear.
//!
//! Invariants: as [`crate::portal`]'s: every character of others is escaped, a page loads and runs nothing, memory is bounded.

mod gate;
mod plain;
mod render;
mod tls;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Extension, RawForm, Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use formats::answers::Language;
use zeroize::Zeroizing;

use crate::error::chain;
use crate::portal::door::Way;
use crate::portal::{Here, Peer, guarded, html, redirect, wished};
use crate::steward::ssh_keys::{self, Outcome};
use crate::steward::{Client, Reply, Request, Wish, wifi};
use crate::texts::{Text, Texts, id};

pub use plain::router as plain_router;
pub use tls::{BadIdentity, Face, acceptor};

/// The longest form, in bytes: a key for SSH, or a password.
const LONGEST_FORM: usize = 8 << 10;

/// The cookie of a session.
const COOKIE: &str = "__Host-ilanga";

/// How many letters a token has.
const TOKEN: usize = 64;

/// What pages are made with.
#[derive(Debug)]
pub struct Site {
    client: Client,
    face: Arc<Face>,
    texts: Texts,
}

impl Site {
    /// With a way to the privileged half, and what it has given to be shown.
    pub fn new(client: Client, face: Arc<Face>) -> Arc<Self> {
        Arc::new(Self { client, face, texts: Texts::default() })
    }

    /// The language of a page: the node's own; else the browser's.
    fn language(&self, headers: &HeaderMap) -> Language {
        self.face.known().language.or_else(|| wished(headers)).unwrap_or(Language::English)
    }
}

/// All that is answered over https.
pub fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(look))
        .route("/login", post(log_in))
        .route("/do", post(act))
        .route("/certificate", get(plain::certificate))
        .route("/ca.crt", get(plain::authority))
        .fallback(elsewhere)
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .layer(middleware::from_fn_with_state(Arc::clone(&site), guard))
        .layer(middleware::map_response(headers))
        .with_state(site)
}

/// What each response says of itself. Not `no-referrer`: see `gate`.
async fn headers(response: Response) -> Response {
    let mut response = guarded(response, "same-origin");
    for name in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static("same-origin"));
    }
    response
}

async fn elsewhere(request: HttpRequest) -> Response {
    match request.method().as_str() {
        "GET" | "HEAD" => redirect("/"),
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

async fn guard(
    State(site): State<Arc<Site>>,
    Extension(here): Extension<Here>,
    request: HttpRequest,
    next: Next,
) -> Response {
    let headers = request.headers();
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let mut hosts = headers.get_all(header::HOST).iter().map(|value| value.to_str().unwrap_or("?"));
    let asked = gate::Asked {
        posts: !matches!(request.method().as_str(), "GET" | "HEAD"),
        hosts: [hosts.next(), hosts.next()],
        target: request.uri().authority().map(axum::http::uri::Authority::as_str),
        origin: text("origin"),
        site: text("sec-fetch-site"),
    };
    match gate::decide(asked, here.0, &site.face.known().names) {
        Way::In => next.run(request).await,
        Way::Redirect(to) => redirect(&to),
        Way::Refuse => StatusCode::MISDIRECTED_REQUEST.into_response(),
    }
}

/// The token of a request: one cookie of that name, or none.
fn token(headers: &HeaderMap) -> Option<Zeroizing<String>> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut ours = pairs.filter(|(name, _)| *name == COOKIE).map(|(_, value)| value);
    let (one, None) = (ours.next()?, ours.next()) else { return None };
    let is_token = one.len() == TOKEN && one.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_token.then(|| Zeroizing::new(one.to_owned()))
}

/// A field of a form; of several none.
fn field(form: &[u8], name: &str) -> Option<Zeroizing<String>> {
    let pairs: Vec<(String, Zeroizing<String>)> = serde_html_form::from_bytes(form).ok()?;
    let mut ours = pairs.into_iter().filter(|(field, _)| field == name).map(|(_, value)| value);
    match (ours.next(), ours.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

async fn ask(site: &Arc<Site>, request: Request) -> Reply {
    let asked = Arc::clone(site);
    match tokio::task::spawn_blocking(move || asked.client.ask(&request)).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(trouble)) => Reply::Failed { why: chain(&trouble) },
        Err(_) => Reply::Failed { why: String::new() },
    }
}

async fn look(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    show(&site, &headers, None).await
}

/// The page of somebody who is logged in, or the form for that.
async fn show(site: &Arc<Site>, headers: &HeaderMap, problem: Option<Text>) -> Response {
    let language = site.language(headers);
    let Some(session) = token(headers) else { return login(site, language, StatusCode::OK, problem) };
    match ask(site, Request::Look { session }).await {
        Reply::Overview { overview, form } => {
            let page = render::overview(&site.texts, language, &overview, &form, problem.as_ref());
            html(StatusCode::OK, page, None)
        }
        Reply::Out => login(site, language, StatusCode::OK, problem),
        other => trouble(&other),
    }
}

fn login(site: &Site, language: Language, status: StatusCode, problem: Option<Text>) -> Response {
    let known = site.face.known();
    let name = known.names.first().map(String::as_str).unwrap_or_default();
    html(status, render::login(&site.texts, language, name, problem.as_ref()), None)
}

/// What was answered is nothing that can be shown: why is in the journal of the other half.
fn trouble(reply: &Reply) -> Response {
    if let Reply::Failed { why } = reply {
        eprintln!("{why}");
    }
    html(StatusCode::SERVICE_UNAVAILABLE, crate::portal::page::wait(), Some("5"))
}

async fn log_in(
    State(site): State<Arc<Site>>,
    Extension(Peer(from)): Extension<Peer>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    let language = site.language(&headers);
    let Some(password) = field(&form, "password") else { return StatusCode::BAD_REQUEST.into_response() };
    match ask(&site, log_in_from(from, password)).await {
        Reply::In { session } => {
            let mut response = redirect("/");
            let cookie = Zeroizing::new(format!("{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict", *session));
            if let Ok(mut value) = HeaderValue::from_str(&cookie) {
                value.set_sensitive(true);
                response.headers_mut().insert(header::SET_COOKIE, value);
            }
            response
        }
        Reply::Wrong => login(&site, language, StatusCode::FORBIDDEN, Some(id::PAGE_PASSWORD_WRONG.text())),
        Reply::Wait { seconds } => {
            let says = id::PAGE_WAIT.with("seconds", i64::try_from(seconds).unwrap_or(i64::MAX));
            let mut response = login(&site, language, StatusCode::TOO_MANY_REQUESTS, Some(says));
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        other => trouble(&other),
    }
}

fn log_in_from(from: IpAddr, password: Zeroizing<String>) -> Request {
    Request::LogIn { from, password }
}

async fn act(State(site): State<Arc<Site>>, headers: HeaderMap, RawForm(form): RawForm) -> Response {
    let one = |name: &str| field(&form, name).map(|value| value.to_string());
    let Some(session) = token(&headers) else { return redirect("/") };
    let wish = match one("do").as_deref() {
        Some("log-out") => Wish::LogOut,
        Some("add-key") => Wish::AddKey { line: one("line").unwrap_or_default() },
        Some("remove-key") => Wish::RemoveKey { id: one("id").unwrap_or_default() },
        Some("join-wifi") => Wish::JoinWifi {
            name: one("name").unwrap_or_default(),
            key: field(&form, "key").unwrap_or_default(),
            metered: one("metered").is_some(),
        },
        Some("forget-wifi") => Wish::ForgetWifi { name: one("name").unwrap_or_default() },
        Some("report") => Wish::Report,
        _ => return StatusCode::BAD_REQUEST.into_response(),
    };
    let request = Request::Act { session, form: one("form").unwrap_or_default(), wish };
    match ask(&site, request).await {
        Reply::Done => {
            let mut response = redirect("/");
            let gone = HeaderValue::from_static("__Host-ilanga=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
            response.headers_mut().insert(header::SET_COOKIE, gone);
            response
        }
        Reply::Out | Reply::Key { outcome: Outcome::Done } => redirect("/"),
        Reply::Key { outcome: Outcome::NoKey } => show(&site, &headers, Some(id::SSH_WRONG.with("line", 1_i64))).await,
        Reply::Key { outcome: Outcome::TooMany } => {
            let most = i64::try_from(ssh_keys::MOST).unwrap_or(i64::MAX);
            show(&site, &headers, Some(id::KEYS_MANY.with("most", most))).await
        }
        Reply::Wifi { outcome: wifi::Outcome::Done } => redirect("/"),
        Reply::Wifi { outcome: wifi::Outcome::NoName } => show(&site, &headers, Some(id::WIFI_NAME_WRONG.text())).await,
        Reply::Wifi { outcome: wifi::Outcome::NoKey } => show(&site, &headers, Some(id::WIFI_KEY_WRONG.text())).await,
        Reply::Stranger => {
            let mut response = show(&site, &headers, Some(id::PAGE_STRANGER.text())).await;
            *response.status_mut() = StatusCode::FORBIDDEN;
            response
        }
        Reply::Report { text } => {
            let kind = [
                (header::CONTENT_TYPE, "application/json"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"ilanga-report.json\""),
            ];
            (StatusCode::OK, kind, text).into_response()
        }
        other => trouble(&other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_cookies() {
        let good = "0123456789abcdef".repeat(4);
        for (cookies, expected) in [
            (vec![format!("{COOKIE}={good}")], true),
            (vec![format!("a=b; {COOKIE}={good}; c=d")], true),
            (vec!["a=b".into(), format!("{COOKIE}={good}")], true),
            (vec![], false),
            (vec![format!("{COOKIE}=")], false),
            (vec![format!("{COOKIE}={good}0")], false),
            (vec![format!("{COOKIE}={}", "é".repeat(32))], false),
            (vec![format!("ilanga={good}")], false),
            // Somebody has put a second one there.
            (vec![format!("{COOKIE}={good}; {COOKIE}={good}")], false),
            (vec![format!("{COOKIE}={good}"), format!("{COOKIE}={good}")], false),
        ] {
            let mut headers = HeaderMap::new();
            for cookie in &cookies {
                headers.append(header::COOKIE, HeaderValue::from_bytes(cookie.as_bytes()).unwrap());
            }
            assert_eq!(token(&headers).is_some(), expected, "{cookies:?}");
        }
    }

    #[test]
    fn fields_of_forms() {
        assert_eq!(field(b"password=a+b%26&x=y", "password").unwrap().as_str(), "a b&");
        for bad in [&b""[..], b"x=y", b"password=a&password=b", b"password=%ff"] {
            assert!(field(bad, "password").is_none_or(|value| value.contains('\u{fffd}')), "{bad:?}");
        }
    }
}
