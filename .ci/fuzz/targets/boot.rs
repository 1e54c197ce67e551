//! What strangers can write on the ESP and in the firmware's variables: names of kernel images, starts that failed, trials.
#![no_main]

use formats::boot_entry::BootEntry;
use formats::boot_state::TRIES;
use formats::failed_start::{FailedStart, LONGEST, other_entry};
use formats::own_disk;
use formats::trial::Trial;
use ilanga_fuzz::seeds;

fn start() {
    seeds([
        "ilanga_2026.11.1+2-1.efi\nilanga_2026.11.0.efi\nauto-windows\n",
        "1\n2026.11.1~rc1\nit is damaged: größer\n",
        "1\n2026.11.1\nopen 1 0\n",
        "1\n2\nclosed 3 12\n",
        "SLOT=b\n",
    ]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    if let Some(failed) = FailedStart::parse(data) {
        assert!(failed.sentence.len() <= LONGEST && !failed.sentence.chars().any(char::is_control));
        assert_eq!(FailedStart::parse(&failed.to_bytes()), Some(failed));
    }
    if let Some(trial) = Trial::parse(data) {
        assert_eq!(Trial::parse(&trial.to_bytes()), Some(trial.clone()));
        for crashed in [false, true] {
            let next = Trial::at_start(Some(trial.clone()), Some(&trial.version), crashed).expect("it is on trial");
            let lost = if trial.open && !crashed { (trial.lost + 1).min(TRIES) } else { trial.lost };
            assert_eq!((next.open, next.lost, next.given), (true, lost, trial.given));
            assert_eq!(Trial::parse(&next.to_bytes()), Some(next));
        }
        let _ = trial.given_back(u32::MAX);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(slot) = own_disk::slot(text) {
        assert_eq!(own_disk::slot(&own_disk::text(slot)), Some(slot));
    }
    let names: Vec<String> = text.lines().map(str::to_owned).collect();
    for name in &names {
        if let Ok(entry) = name.parse::<BootEntry>() {
            assert_eq!(entry.to_string().parse(), Ok(entry));
        }
        if let Some(other) = other_entry(&names, name) {
            assert!(other != name && names.iter().any(|known| known == other));
        }
    }
});
