//! What fronts and desk tell each other, a line of JSON each: what is read and written again is the same.
#![no_main]

use std::fmt::Debug;

use firstboot::desk::Request;
use firstboot::wire::Reply;
use ilanga_fuzz::seeds;
use serde::{Serialize, de::DeserializeOwned};

const REQUESTS: [&str; 9] = [
    r#"{"front":{"phone":"a"},"language":null,"wish":{"do":"unlock","secret":"cccc-cccc"}}"#,
    r#"{"front":{"screen":"tty1"},"language":null,"wish":{"do":"anew"}}"#,
    r#"{"front":{"phone":"abcdefghijklmnopqrstuvwxyz"},"language":"zu","wish":{"do":"look"}}"#,
    r#"{"front":{"screen":"tty1"},"language":null,"wish":{"do":"take-pen"}}"#,
    r#"{"front":"file","language":null,"wish":{"do":"fill","question":"identity","typed":{"name":["a"],"x":["b","c"]}}}"#,
    r#"{"front":{"phone":"a"},"language":null,"wish":{"do":"enter","code":"000 042"}}"#,
    r#"{"front":{"phone":"a"},"language":null,"wish":{"do":"back","question":"recovery-key"}}"#,
    r#"{"view":{"language":"en","busy":{"says":"a","take-over":"b"},"code":"1","page":{"is":"ready","title":"a","says":"b"}}}"#,
    r#"{"failed":"there is no room"}"#,
];

fn there_and_back<T: DeserializeOwned + Serialize + PartialEq + Debug>(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<T>(bytes) else { return };
    let again = serde_json::to_vec(&value).expect("it has its place in JSON");
    assert!(!again.contains(&b'\n'), "it is more than a line");
    assert_eq!(serde_json::from_slice::<T>(&again).expect("it is read again"), value);
}

libfuzzer_sys::fuzz_target!(init: seeds(REQUESTS), |data: &[u8]| {
    there_and_back::<Request>(data);
    there_and_back::<Reply>(data);
});
