//! NUT's lines and variables: any cut gives the same words, and one line is asked at a time.
#![no_main]

use ilanga_fuzz::{Device, heard, play, seeds};
use power::conversation::Heard;
use power::protocol::nut::variables::Variables;
use power::protocol::nut::words::{Decoder, words};
use power::protocol::registry::Protocol;

const VARIABLES: &str = "ups.mfr \"APC\"\nups.model \"Smart-UPS \\\"700\\\" \\\\ 1U\"\nbattery.charge \"100\"\nups.status \"OL CHRG\"\n\
    battery.voltage \"27.20\"\nbattery.temperature \"29.1\"\nups.load \"12.5\"\nups.realpower.nominal \"450\"\nups.serial \"X1\"\n\
    battery.current \"-1.50\"\nups.realpower \"120\"\n";

/// A list of what was asked for: devices, or variables of one.
fn list(request: &[u8], lines: &[u8]) -> Vec<u8> {
    let what = request.strip_prefix(b"LIST ").unwrap_or_default();
    let what = what.strip_suffix(b"\n").unwrap_or(what);
    let each = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let lines: Vec<u8> = each.flat_map(|line| [what, b" ", line, b"\n"].concat()).collect();
    [b"BEGIN LIST ", what, b"\n", &lines, b"END LIST ", what, b"\n"].concat()
}

fn start() {
    let devices = b"su700 \"Development box\"\nother \"\"\n";
    seeds([
        Device::answering(2, &[devices, VARIABLES.as_bytes()]),
        Device::answering(2, &[devices, b"", VARIABLES.as_bytes()]),
        [Device::answering(2, &[devices]), Device::answering(1, &[b"ERR DATA-STALE\n", b"ERR ACCESS-DENIED\n"])]
            .concat(),
    ]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    play(Protocol::Nut, data, list);
    let whole = Decoder::default().take(data);
    let mut decoder = Decoder::default();
    let cut: Vec<_> = data.chunks(3).flat_map(|chunk| decoder.take(chunk)).collect();
    assert_eq!(whole, cut);
    let mut variables = Variables::default();
    for line in whole.into_iter().flatten() {
        // Put in quotes, words are the same.
        let quoted: Vec<String> =
            line.iter().map(|word| format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))).collect();
        assert_eq!(words(&quoted.join(" ")).as_ref(), Ok(&line));
        if let [name, value, ..] = line.as_slice() {
            variables.add(name, value);
        }
    }
    if let Ok(reading) = variables.reading() {
        heard(Protocol::Nut, &Heard { identity: variables.identity(), reading });
    }
});
