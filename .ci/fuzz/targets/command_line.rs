//! The kernel's command line, to which the firmware and add-ons may have added: what is read and written again is the same.
#![no_main]

use formats::command_line::CommandLine;
use formats::layout::Role;
use ilanga_fuzz::seeds;

fn start() {
    let line = format!("ilanga.root={} ilanga.esp=512M ilanga.slot=3G ilanga.state=512M", "ab".repeat(32));
    seeds([format!("quiet {line} x=\"a ilanga.root=b\" -- ilanga.root=c\n"), line]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(line) = text.parse::<CommandLine>() else { return };
    assert_eq!(line.to_string().parse(), Ok(line));
    let twice = format!("{line} {line}");
    assert!(twice.parse::<CommandLine>().is_err(), "what is added replaces a value");
    for role in Role::ALL {
        assert_eq!(line.sizes.start(role).0 % (1 << 20), 0);
    }
});
