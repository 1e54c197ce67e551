//! The page for phones and other computers: plain HTML in one piece, which needs no JavaScript, no cookie and no internet.
//!
//! ```text
//!   phone ── http ──► Door (which host, which path?) ─┬─ a probe, or another host ──► redirected to the node's own address
//!                                                     ├─ /            ──► a new session: /s/SESSION
//!                                                     └─ /s/SESSION   ──► desk ──► View ──► page
//! ```
//!
//! A session is in the page's address, as the small browsers that open captive portals keep no cookies. Nobody else knows it, so a
//! form that another site sends can't carry it.
//!
//! Invariants: this program has no rights and keeps nothing: what it shows is what the desk says, each character of it escaped;
//! a page loads nothing and runs nothing ([`POLICY`]); whatever comes, its memory is bounded (connections, heads, bodies, times).

pub(crate) mod door;
pub(crate) mod page;
mod serve;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, RawForm, Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use formats::answers::Language;

use crate::desk::{Page, Request, View, Wish};
use crate::form::Typed;
use crate::machine::Question;
use crate::pen::Front;
use crate::random::{self, NotRandom};
use crate::wire::{Client, ClientError};

pub use serve::{Limits, serve, serve_by};

/// What a page may load: its own style, and pictures that are in it. It may send its form to where it came from.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// The longest form, in bytes.
const LONGEST_FORM: usize = 64 << 10;

/// How many letters a session has.
const SESSION: usize = 26;

/// The alphabet of sessions: 32 letters, five bits each.
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// What pages are made with.
#[derive(Debug)]
pub struct Portal {
    /// The way to the desk.
    pub client: Client,
    /// The names that people type: `ilanga-0a1b2c.local`. Addresses need not be named.
    pub names: Vec<String>,
}

/// All that is answered.
pub fn router(portal: Portal) -> Router {
    let portal = Arc::new(portal);
    Router::new()
        .route("/s/{session}", get(look).post(act))
        .fallback(begin)
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .layer(middleware::from_fn_with_state(Arc::clone(&portal), door::guard))
        .layer(middleware::map_response(headers))
        .with_state(portal)
}

/// What each response says of itself.
async fn headers(response: Response) -> Response {
    guarded(response, "no-referrer")
}

/// A response that loads nothing, is in nobody's frame and in no cache, and says `referrer` of whom links may be told.
pub(crate) fn guarded(mut response: Response, referrer: &'static str) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, referrer),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Gives a browser a session.
async fn begin(request: HttpRequest) -> Response {
    match request.method().as_str() {
        "GET" | "HEAD" if request.uri().path() == "/" => match session() {
            Ok(session) => redirect(&format!("/s/{session}")),
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        },
        "GET" | "HEAD" => redirect("/"),
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

/// A page that nobody else knows.
fn session() -> Result<String, NotRandom> {
    Ok(random::bytes::<SESSION>()?.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}

fn is_session(text: &str) -> bool {
    text.len() == SESSION && text.bytes().all(|byte| LETTERS.contains(&byte))
}

pub(crate) fn redirect(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn look(State(portal): State<Arc<Portal>>, Path(session): Path<String>, headers: HeaderMap) -> Response {
    if !is_session(&session) {
        return redirect("/");
    }
    show(&portal, session, &headers, Wish::Look).await
}

async fn act(
    State(portal): State<Arc<Portal>>,
    Path(session): Path<String>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    if !is_session(&session) {
        return redirect("/");
    }
    let Some(wish) = wish(&form) else { return StatusCode::BAD_REQUEST.into_response() };
    show(&portal, session, &headers, wish).await
}

/// What a form wants: its button, and what was typed.
fn wish(form: &[u8]) -> Option<Wish> {
    let mut typed = Typed::new();
    let pairs: Vec<(String, String)> = serde_html_form::from_bytes(form).ok()?;
    for (field, value) in pairs {
        // Browsers send lines as CR LF.
        typed.entry(field).or_default().push(value.replace("\r\n", "\n"));
    }
    let mut one = |field: &str| typed.remove(field).and_then(|values| values.into_iter().next());
    let (button, question) = (one("do"), one("question"));
    let question = question.and_then(|name| Question::ALL.into_iter().find(|question| page::word(*question) == name));
    match (button.as_deref().unwrap_or("next"), question) {
        ("next", Some(question)) => Some(Wish::Fill { question, typed }),
        ("back", Some(question)) => Some(Wish::Back { question }),
        ("enter", _) => Some(Wish::Enter { code: one("code").unwrap_or_default() }),
        ("take", _) => Some(Wish::TakePen),
        ("again", _) => Some(Wish::Again),
        ("unlock", _) => Some(Wish::Unlock { secret: one("secret").unwrap_or_default().into() }),
        ("anew", _) => Some(Wish::Anew),
        _ => None,
    }
}

async fn show(portal: &Arc<Portal>, session: String, headers: &HeaderMap, wish: Wish) -> Response {
    let language = wished(headers);
    let changes = wish != Wish::Look;
    let here = format!("/s/{session}");
    let request = Request { front: Front::Phone(session), language, wish };
    let asked = Arc::clone(portal);
    let said = tokio::task::spawn_blocking(move || asked.client.ask(&request)).await;
    match said {
        // What was sent is done: loading the page again must not send it again.
        Ok(Ok(view)) if changes && !page::complains(&view) => redirect(&here),
        Ok(Ok(view)) => html(StatusCode::OK, page::render(&view, &here), is_waiting(&view)),
        Ok(Err(ClientError::Failed(why))) => html(StatusCode::INTERNAL_SERVER_ERROR, page::failed(&why, &here), None),
        Ok(Err(_)) | Err(_) => html(StatusCode::SERVICE_UNAVAILABLE, page::wait(), Some("3")),
    }
}

/// Pages that go on by themselves are loaded again.
fn is_waiting(view: &View) -> Option<&'static str> {
    match (&view.page, &view.busy) {
        (Page::Applying { failed: None, .. }, _) => Some("3"),
        (_, Some(_)) => Some("10"),
        _ => None,
    }
}

pub(crate) fn html(status: StatusCode, page: String, refresh: Option<&'static str>) -> Response {
    let mut response = (status, Body::from(page)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Some(seconds) = refresh {
        headers.insert(header::REFRESH, HeaderValue::from_static(seconds));
    }
    response
}

/// The best of the languages that a browser asks for ([RFC 9110, 12.5.4](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4)).
pub(crate) fn wished(headers: &HeaderMap) -> Option<Language> {
    let asked = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut found: BTreeMap<u16, Language> = BTreeMap::new();
    for (number, item) in asked.split(',').take(32).enumerate() {
        let (tag, weight) = item.split_once(";q=").unwrap_or((item, "1"));
        let tag = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
        let weight = weight.trim().parse::<f32>().ok().filter(|weight| (0.0..=1.0).contains(weight))?;
        let language = Language::ALL.into_iter().find(|language| language.tag() == tag);
        if let Some(language) = language.filter(|_| weight > 0.0) {
            // The heaviest first, and of those the one that is named first.
            let order = (1000.0 * (1.0 - weight)) as u16 * 32 + u16::try_from(number).unwrap_or(31);
            found.entry(order).or_insert(language);
        }
    }
    found.into_values().next()
}

/// Whoever is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub std::net::IpAddr);

/// The node's own address of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Here(pub SocketAddr);
