//! Which requests are for the page: those to one of the node's own names and addresses. All others are redirected there, which is
//! what makes phones open the page by themselves: whatever a system asks to find out whether there is internet
//! (`/generate_204`, `/hotspot-detect.html`, `/connecttest.txt`, …), it does not get what it expects, but a way here.
//!
//! It is also what keeps a web site from talking to the node through somebody's browser under a name of its own (DNS rebinding).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::{Here, Portal, redirect};

/// How a page is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// In the clear.
    Http,
    /// Encrypted.
    Https,
}

impl Scheme {
    const fn parts(self) -> (&'static str, u16) {
        match self {
            Self::Http => ("http", 80),
            Self::Https => ("https", 443),
        }
    }
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It is for the page.
    In,
    /// It goes to the page's address.
    Redirect(String),
    /// It is for nobody.
    Refuse,
}

/// Lets requests in, or sends them on their way.
pub(super) async fn guard(
    State(portal): State<Arc<Portal>>,
    Extension(here): Extension<Here>,
    request: Request,
    next: Next,
) -> Response {
    match decide(&request, here.0, &portal.names) {
        Way::In => next.run(request).await,
        Way::Redirect(to) => redirect(&to),
        Way::Refuse => StatusCode::MISDIRECTED_REQUEST.into_response(),
    }
}

fn decide(request: &Request, here: SocketAddr, names: &[String]) -> Way {
    let text = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let posts = request.method() != Method::GET && request.method() != Method::HEAD;
    // A browser says who makes it send a form.
    let site = text(header::HeaderName::from_static("sec-fetch-site"));
    if posts && !matches!(site, None | Some("same-origin" | "none")) {
        return Way::Refuse;
    }
    way(Scheme::Http, request.uri().host().or_else(|| text(header::HOST)), posts, here, names)
}

/// Decides by the host that was asked for, and the address that it was asked at.
pub(crate) fn way(scheme: Scheme, host: Option<&str>, posts: bool, here: SocketAddr, names: &[String]) -> Way {
    let (word, usual) = scheme.parts();
    let own = |host: &str| {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => (name, port.parse().ok()),
            _ => (host, Some(usual)),
        };
        let name = name.trim_end_matches('.');
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let known = match address {
            Ok(address) => address == here.ip().to_canonical(),
            Err(_) => names.iter().any(|own| own.eq_ignore_ascii_case(name)),
        };
        // Where a port of another computer leads here, the name has that one's number.
        known && (port == Some(here.port()) || port == Some(usual) || address.is_err())
    };
    match host {
        Some(host) if own(host) => Way::In,
        _ if posts => Way::Refuse,
        _ => Way::Redirect(format!("{word}://{}/", address(here, usual))),
    }
}

/// An address, as it stands in a link.
fn address(here: SocketAddr, usual: u16) -> String {
    let here = SocketAddr::new(here.ip().to_canonical(), here.port());
    let text = here.to_string();
    text.strip_suffix(&format!(":{usual}")).map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways() {
        let names = ["ilanga-0a1b2c.local".to_owned()];
        let here: SocketAddr = "10.55.0.1:80".parse().unwrap();
        let out = Way::Redirect("http://10.55.0.1/".into());
        for (host, posts, expected) in [
            (Some("10.55.0.1"), false, Way::In),
            (Some("10.55.0.1:80"), true, Way::In),
            (Some("ilanga-0a1b2c.local"), true, Way::In),
            (Some("ILANGA-0A1B2C.local."), false, Way::In),
            (Some("captive.apple.com"), false, out.clone()),
            (Some("connectivitycheck.gstatic.com:80"), false, out.clone()),
            (Some("10.55.0.2"), false, out.clone()),
            (Some("10.55.0.1.evil.example"), false, out.clone()),
            (Some("10.55.0.1:8080"), false, out.clone()),
            (Some("evil.example"), true, Way::Refuse),
            (Some(""), false, out.clone()),
            (None, false, out),
            (None, true, Way::Refuse),
        ] {
            assert_eq!(way(Scheme::Http, host, posts, here, &names), expected, "{host:?}");
        }
        let six: SocketAddr = "[fd00::1]:80".parse().unwrap();
        assert_eq!(way(Scheme::Http, Some("[fd00::1]"), true, six, &names), Way::In);
        assert_eq!(way(Scheme::Http, Some("x"), false, six, &names), Way::Redirect("http://[fd00::1]/".into()));
        let mapped: SocketAddr = "[::ffff:10.55.0.1]:8080".parse().unwrap();
        assert_eq!(way(Scheme::Http, Some("10.55.0.1:8080"), true, mapped, &names), Way::In);
        assert_eq!(way(Scheme::Http, Some("x"), false, mapped, &names), Way::Redirect("http://10.55.0.1:8080/".into()));
        // The same, encrypted.
        let here: SocketAddr = "10.55.0.1:443".parse().unwrap();
        assert_eq!(way(Scheme::Https, Some("10.55.0.1"), true, here, &names), Way::In);
        assert_eq!(way(Scheme::Https, Some("10.55.0.1:80"), true, here, &names), Way::Refuse);
        assert_eq!(way(Scheme::Https, None, false, here, &names), Way::Redirect("https://10.55.0.1/".into()));
    }
}
