//! Which requests to the page are let in: a decider. A form counts only when a browser sent it from one of this node's own pages.
//!
//! Browsers say where a form comes from, in `Origin`, and newer ones in `Sec-Fetch-Site`; what a form of a session carries is
//! checked besides, by the privileged half. `Origin` is only said of pages whose policy lets it: with `Referrer-Policy: no-referrer` a
//! browser says `null` of its own site too ([Fetch](https://fetch.spec.whatwg.org/#append-a-request-origin-header)), so pages have
//! `same-origin`.

use core::net::SocketAddr;

use crate::portal::door::{Scheme, Way, way};

/// What of a request decides.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked<'a> {
    /// Whether it changes something: anything but GET and HEAD.
    pub(super) posts: bool,
    /// Each `Host`.
    pub(super) hosts: [Option<&'a str>; 2],
    /// The host in its first line, if there is one.
    pub(super) target: Option<&'a str>,
    /// `Origin`.
    pub(super) origin: Option<&'a str>,
    /// `Sec-Fetch-Site`.
    pub(super) site: Option<&'a str>,
}

/// Decides by that, by the node's address that was asked at, and by its names.
pub(super) fn decide(asked: Asked<'_>, here: SocketAddr, names: &[String]) -> Way {
    let [host, second] = asked.hosts;
    // Two of them, or two that differ, are somebody's trick.
    let (Some(host), None) = (host, second) else { return Way::Refuse };
    if asked.target.is_some_and(|target| !target.eq_ignore_ascii_case(host)) {
        return Way::Refuse;
    }
    let from_here = match (asked.origin, asked.site) {
        (Some(origin), site) => {
            let same = origin.strip_prefix("https://").is_some_and(|origin| origin.eq_ignore_ascii_case(host));
            same && matches!(site, None | Some("same-origin"))
        }
        (None, site) => site == Some("same-origin"),
    };
    match asked.posts && !from_here {
        true => Way::Refuse,
        false => way(Scheme::Https, Some(host), asked.posts, here, names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_other_sites_do_not_count() {
        let names = ["clinic-1.local".to_owned()];
        let here: SocketAddr = "192.168.1.20:443".parse().unwrap();
        let name = "clinic-1.local";
        for (host, origin, site, expected) in [
            (name, Some("https://clinic-1.local"), None, Way::In),
            (name, Some("https://CLINIC-1.local"), Some("same-origin"), Way::In),
            ("192.168.1.20", Some("https://192.168.1.20"), None, Way::In),
            (name, None, Some("same-origin"), Way::In),
            // Nobody says where it comes from; it is another site, an unknown one, or the same in the clear.
            (name, None, None, Way::Refuse),
            (name, None, Some("none"), Way::Refuse),
            (name, None, Some("cross-site"), Way::Refuse),
            (name, Some("null"), Some("same-origin"), Way::Refuse),
            (name, Some("https://evil.example"), None, Way::Refuse),
            (name, Some("http://clinic-1.local"), None, Way::Refuse),
            (name, Some("https://clinic-1.local:8443"), None, Way::Refuse),
            (name, Some("https://clinic-1.local.evil.example"), None, Way::Refuse),
            (name, Some("https://clinic-1.local"), Some("cross-site"), Way::Refuse),
            (name, Some("https://clinic-1.local"), Some("same-site"), Way::Refuse),
            // Another name leads here (DNS rebinding): both agree, and are not the node's.
            ("evil.example", Some("https://evil.example"), Some("same-origin"), Way::Refuse),
        ] {
            let asked = Asked { posts: true, hosts: [Some(host), None], origin, site, ..Asked::default() };
            assert_eq!(decide(asked, here, &names), expected, "{asked:?}");
        }
    }

    #[test]
    fn pages_are_this_nodes() {
        let names = ["clinic-1.local".to_owned()];
        let here: SocketAddr = "192.168.1.20:443".parse().unwrap();
        let led = Way::Redirect("https://192.168.1.20/".into());
        for (hosts, target, expected) in [
            ([Some("clinic-1.local"), None], None, Way::In),
            ([Some("192.168.1.20"), None], None, Way::In),
            ([Some("evil.example"), None], None, led),
            ([None, None], None, Way::Refuse),
            ([Some("clinic-1.local"), Some("evil.example")], None, Way::Refuse),
            ([Some("clinic-1.local"), Some("clinic-1.local")], None, Way::Refuse),
            ([Some("clinic-1.local"), None], Some("evil.example"), Way::Refuse),
            ([Some("clinic-1.local"), None], Some("clinic-1.local"), Way::In),
        ] {
            // A link on another site may lead here.
            let asked = Asked { hosts, target, site: Some("cross-site"), ..Asked::default() };
            assert_eq!(decide(asked, here, &names), expected, "{asked:?}");
        }
    }
}
