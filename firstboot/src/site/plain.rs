//! Port 80, in the clear: the way to the page, and the node's own authority, to be installed on phones. Nothing secret is ever on it.
//!
//! The page at `/` is a page, not a redirection, as browsers warn of what would come then: it says why, and how that ends.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use formats::digest::Digest;

use super::{Site, headers, render};
use crate::portal::door::{Scheme, Way, way};
use crate::portal::{Here, html, redirect};

/// All that is answered in the clear.
pub fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(begin))
        .route("/ca.crt", get(authority))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(middleware::from_fn_with_state(Arc::clone(&site), guard))
        .layer(middleware::map_response(headers))
        .with_state(site)
}

/// What is not for this page goes to the encrypted one, under the name or address by which this node was asked.
async fn guard(
    State(site): State<Arc<Site>>,
    Extension(here): Extension<Here>,
    request: Request,
    next: Next,
) -> Response {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let host = request.uri().host().or(host);
    let posts = !matches!(request.method().as_str(), "GET" | "HEAD");
    match way(Scheme::Http, host, posts, here.0, &site.face.known().names) {
        // A form in the clear has told its content to everybody by now.
        _ if posts => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        Way::In if matches!(request.uri().path(), "/" | "/ca.crt") => next.run(request).await,
        Way::In => redirect(&encrypted(host)),
        Way::Redirect(to) => redirect(&to),
        Way::Refuse => StatusCode::MISDIRECTED_REQUEST.into_response(),
    }
}

/// The same host, encrypted.
fn encrypted(host: Option<&str>) -> String {
    let host = host.unwrap_or_default();
    let port = |port: &str| !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit());
    let host = match host.rsplit_once(':') {
        Some((name, number)) if port(number) => name,
        _ => host,
    };
    format!("https://{host}/")
}

async fn begin(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    page(&site, &headers, &encrypted(host))
}

/// The same page, encrypted.
pub(super) async fn certificate(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    page(&site, &headers, "/")
}

fn page(site: &Site, headers: &HeaderMap, to: &str) -> Response {
    let known = site.face.known();
    let name = known.names.first().map(String::as_str).unwrap_or_default();
    let fingerprint = Digest::of(&known.authority).to_string();
    let page = render::certificate(&site.texts, site.language(headers), name, &fingerprint, to);
    html(StatusCode::OK, page, None)
}

/// The authority's certificate, as phones take it.
pub(super) async fn authority(State(site): State<Arc<Site>>) -> Response {
    let kind = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-x509-ca-cert")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"ilanga-ca.crt\"")),
    ];
    (StatusCode::OK, kind, site.face.known().authority.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_host_encrypted() {
        for (host, expected) in [
            (Some("clinic-1.local"), "https://clinic-1.local/"),
            (Some("clinic-1.local:80"), "https://clinic-1.local/"),
            (Some("192.168.1.20:8080"), "https://192.168.1.20/"),
            (Some("[fd00::1]"), "https://[fd00::1]/"),
            (Some("[fd00::1]:80"), "https://[fd00::1]/"),
        ] {
            assert_eq!(encrypted(host), expected);
        }
    }
}
