//! The node's page after set-up: any host, headers, cookie and form of a browser, and any answer of its other half.
#![no_main]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use axum::Extension;
use firstboot::portal::{Here, Peer};
use firstboot::site::{Face, Site, plain_router, router};
use firstboot::steward::Client;
use firstboot::steward::authority::{Circumstances, identity};
use ilanga_fuzz::{answer, byte, other_half, other_half_says, part, parted, request, seeds};

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 20));

const REPLIES: [&str; 8] = [
    r#"{"is":"in","session":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}"#,
    r#"{"is":"wrong"}"#,
    r#"{"is":"wait","seconds":30}"#,
    r#"{"is":"out"}"#,
    r#"{"is":"done"}"#,
    r#"{"is":"stranger"}"#,
    r#"{"is":"failed","why":"<b>no room</b>"}"#,
    r#"{"is":"report","text":"{\"a\":\"<script>\"}"}"#,
];

/// The page of a node, with a certificate of its own.
fn site() -> Arc<Site> {
    static SITE: OnceLock<Arc<Site>> = OnceLock::new();
    let site = SITE.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("ilanga-fuzz-page-{}", std::process::id()));
        let day = 1_767_225_600;
        let now = Circumstances { host: "clinic-1".into(), addresses: vec![ADDRESS], clock: day, release: day };
        let identity = identity(&folder, &now).expect("a certificate");
        Site::new(Client::new(other_half()), Arc::new(Face::new(&identity, None).expect("a face")))
    });
    Arc::clone(site)
}

fn start() {
    let cookie = format!("__Host-ilanga={}", "0123456789abcdef".repeat(4));
    let seed = |how: u8, path: &str, from: [&str; 3], form: &str, reply: &str| {
        let parts = [path, "192.168.1.20", from[0], from[1], "zu, en;q=0.1", from[2], form, reply].map(str::as_bytes);
        [&[how][..], &parted(&parts)].concat()
    };
    let own = ["https://192.168.1.20", "same-origin", &cookie];
    let forms =
        ["do=report&form=a", "do=add-key&line=ssh-ed25519+A&form=a", "do=remove-key&id=7&form=a", "do=log-out&form=a"];
    let acts = forms.into_iter().flat_map(|form| REPLIES.map(|reply| seed(1, "/do", own, form, reply)));
    let others = [
        seed(1, "/login", own, "password=correct+horse", REPLIES[0]),
        seed(1, "/login", ["https://example.org", "cross-site", ""], "password=a", REPLIES[0]),
        seed(0, "/certificate", ["", "", ""], "", ""),
        seed(0, "/ca.crt", ["", "", ""], "", ""),
        seed(8, "/ca.crt", ["", "", ""], "", ""),
        seed(8, "/generate_204", ["", "", ""], "", ""),
    ];
    seeds(acts.chain(others));
    let _ = site();
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let mut rest = data;
    let how = byte(&mut rest);
    let [path, host, origin, site_of, language, cookie, form, reply] = [(); 8].map(|()| part(&mut rest));
    other_half_says(reply);
    let headers = [
        ("host", host),
        ("origin", origin),
        ("sec-fetch-site", site_of),
        ("accept-language", language),
        ("cookie", cookie),
    ];
    let Some(request) = request(how, path, &headers, form) else { return };
    let changes = !matches!(request.method().as_str(), "GET" | "HEAD");
    let plain = how & 8 != 0;
    let page = if plain { plain_router(site()) } else { router(site()) };
    let here = SocketAddr::new(ADDRESS, if plain { 80 } else { 443 });
    let head = answer(page.layer(Extension(Here(here))).layer(Extension(Peer(ADDRESS))), request);
    // No session for a form of another site.
    if head.headers.contains_key("set-cookie") {
        assert!(changes && !plain && (site_of == b"same-origin" || origin.starts_with(b"https://")));
    }
});
