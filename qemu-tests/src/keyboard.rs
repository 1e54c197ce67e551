//! The keyboard that is plugged into a machine, and its screens: what is typed goes to the one that is shown, whether anybody sees it or not.

use serde_json::json;

use crate::error::Error;
use crate::running::Running;

/// Presses keys at once: QEMU's names of them (`alt`, `f9`).
pub fn press(node: &mut Running<'_>, keys: &[&str]) -> Result<(), Error> {
    let keys: Vec<_> = keys.iter().map(|key| json!({ "type": "qcode", "data": key })).collect();
    node.qmp().execute("send-key", json!({ "keys": keys, "hold-time": 60 })).map(drop)
}

/// Types a line of small letters, digits and hyphens.
pub fn types(node: &mut Running<'_>, line: &str) -> Result<(), Error> {
    for letter in line.chars() {
        let key = if letter == '-' { "minus".to_owned() } else { letter.to_string() };
        press(node, &[&key])?;
        // The next key is not taken while one is held.
        std::thread::sleep(std::time::Duration::from_millis(120));
    }
    press(node, &["ret"])
}

/// What a screen shows, as it is in the console's memory.
pub fn screen(node: &mut Running<'_>, number: u32) -> Result<String, Error> {
    Ok(node.try_run(&format!("fold -w 80 /dev/vcs{number} | sed 's/ *$//' | grep ."))?.output)
}
