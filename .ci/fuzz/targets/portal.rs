//! The page for phones: any host, headers and form of a browser, and any answer of the desk: every answer is one that it may give.
#![no_main]

use axum::Extension;
use firstboot::portal::{Here, Portal, router};
use firstboot::wire::Client;
use ilanga_fuzz::{answer, byte, other_half, other_half_says, part, parted, request, seeds};

const ASK: &str = r#"{"view":{"language":"zu","busy":null,"code":"000 042","page":{"is":"ask","question":"network","step":"1/6",
"title":"<script>","says":["\"><script>"],"key":["cccc"],"problems":["a"],"action":"b","back":"c","fields":[
{"name":"a\"b","label":"l","help":"h","input":{"takes":"one","options":[{"value":"\"v","label":"<l","help":null,"fits":true}],
"chosen":"v"},"only":[["x","y"]],"problem":"p"},{"name":"n","label":"l","help":null,"input":{"takes":"lines","value":"</textarea>"},
"only":[],"problem":null},{"name":"s","label":"l","help":null,"input":{"takes":"switch","on":true},"only":[],"problem":null}]}}}"#;

fn start() {
    let session = "/s/abcdefghijklmnopqrstuvwxyz";
    let seed = |how: u8, path: &str, host: &str, site: &str, language: &str, form: &str, reply: &str| {
        let reply = reply.replace('\n', " ") + "\n";
        let parts = [path, host, site, language, form, &reply].map(str::as_bytes);
        [&[how][..], &parted(&parts)].concat()
    };
    let ready = r#"{"view":{"language":"en","busy":null,"code":null,"page":{"is":"ready","title":"a","says":"b"}}}"#;
    seeds([
        seed(0, "/", "10.55.0.1", "none", "zu-ZA,zu;q=0.9,en;q=0.1", "", ""),
        seed(0, "/generate_204", "connectivitycheck.gstatic.com:80", "", "", "", ""),
        seed(0, session, "ILANGA-0A1B2C.local.", "same-origin", "en", "", ASK),
        seed(1, session, "10.55.0.1:80", "same-origin", "en", "do=next&question=network&country=za", ASK),
        seed(1, session, "10.55.0.1", "cross-site", "en", "do=back&question=network", ready),
        seed(1, session, "10.55.0.1", "", "en", "do=enter&code=000+042", "{\"failed\":\"<b>no room</b>\"}"),
        seed(1, session, "10.55.0.1", "", "sw", "do=unlock&secret=cccc", ready),
        seed(1, session, "10.55.0.1", "", "pt", "do=anew", ready),
        seed(0, session, "[fd00::1]", "", "fr", "", ready),
    ]);
    let _ = other_half();
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let mut rest = data;
    let how = byte(&mut rest);
    let [path, host, site, language, form, reply] = [(); 6].map(|()| part(&mut rest));
    other_half_says(reply);
    let here = if how & 4 == 0 { "10.55.0.1:80" } else { "[fd00::1]:8080" };
    let headers = [("host", host), ("sec-fetch-site", site), ("accept-language", language)];
    let Some(request) = request(how, path, &headers, form) else { return };
    let portal = Portal { client: Client::new(other_half()), names: vec!["ilanga-0a1b2c.local".into()] };
    let router = router(portal).layer(Extension(Here(here.parse().expect("an address"))));
    let head = answer(router, request);
    assert!(matches!(head.status.as_u16(), 200 | 303 | 400 | 405 | 413 | 415 | 421 | 500 | 503), "{}", head.status);
});
