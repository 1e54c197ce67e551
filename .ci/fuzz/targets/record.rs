//! The durable record of a set-up, edited by a thief: what is read and written again is the same, and it can be gone on with.
#![no_main]

use firstboot::changes;
use firstboot::facts::Facts;
use firstboot::form::form;
use firstboot::machine::{Question, Record, Stage};
use firstboot::texts::Texts;
use formats::answers::Language;
use ilanga_fuzz::seeds;

const FULL: &str = r#"{"version":1,"stage":{"is":"asking"},"at":"network","language":["zu","za"],"time-zone":"Africa/Maputo",
"preset":"clinic","identity":["clinic-1",{"name":"thandi","password":{"login":"$y$x","page":"$argon2id$x"},
"ssh-keys":["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f a"]}],
"network":["ZA",{"wifi":[{"name":"Staff","key":"a secret key"}]}],"solar":{"battery":{"chemistry":"lead","ampere-hours":200,
"volts":24}},"mesh":{"kind":"yggdrasil","helps":true},"storage":[{"data":["ata-b"],"erase":["ata-b"]},{"by":"tpm"},
"00000000-0000-0000-0000-000000000007"],"recovery-key":"00000000-0000-0000-0000-000000000007","services":["kiwix"]}"#;

fn start() {
    let applying = FULL.replace("\"asking\"", "\"applying\",\"done\":2").replace("\"at\":\"network\",", "");
    let other = FULL.replace(r#"{"by":"tpm"}"#, r#"{"by":"neighbours","need":1,"helpers":["http://a:7364"]}"#);
    seeds([FULL, "{\"version\":1}", &applying, &other]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let Ok(record) = Record::parse(data) else { return };
    let bytes = record.to_bytes().expect("every record has its place in JSON");
    assert_eq!(Record::parse(&bytes).expect("it is read again"), record);
    assert_eq!(record.question().is_some(), record.stage == Stage::Asking);
    let (facts, texts) = (Facts::default(), Texts::default());
    for question in Question::ALL {
        let form = form(question, &record, &facts, [1, 6]);
        assert_eq!(form.question, question);
        for text in form.says.iter().chain([&form.title, &form.action]) {
            assert!(!texts.say(Language::English, text).is_empty());
        }
        if let Ok(there) = record.go_to(question) {
            assert_eq!(there.question(), Some(question));
        }
    }
    if let Ok(before) = record.back() {
        assert!(before.question() <= record.question());
    }
    // Whatever it says of how far they are, the changes end.
    let of = changes::plan(&record).map_or(0, |changes| changes.len());
    if let Stage::Applying { done } = record.stage {
        let mut next = record.clone();
        for _ in done.min(of)..=of {
            next = next.done(of);
        }
        assert!(next.stage == Stage::Ready);
    }
    let _ = record.renewed(None);
});
