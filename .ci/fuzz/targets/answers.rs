//! The file of answers: what is read and written again is the same, and errors name a place in it.
#![no_main]

use formats::answers::Answers;
use ilanga_fuzz::seeds;

const FULL: &str = r#"format = 1
language = "zu"
keyboard = "za"
time-zone = "Africa/Johannesburg"
preset = "school"
name = "school-1"
country = "ZA"
services = ["kiwix", "kolibri"]

[administrator]
name = "thandi"
password = "correct horse battery"
ssh-keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f thandi@school"]

[network.wired]
address = "192.168.7.2/24"
gateway = "192.168.7.1"
dns = ["192.168.7.1"]
metered = true

[[network.wifi]]
name = "Staff"
key = "a secret key"
hidden = true

[network.mobile]
access-point = "internet"
user = "user-of-it"
password = "pass-of-it"
pin = "1234"

[battery]
chemistry = "lifepo4"
ampere-hours = 100
volts = 24

[mesh]
kind = "nebula"
coordinator = "https://headscale.example.org"
helps = true

[disks]
install-to = "nvme-Disk_1"
data = ["ata-Disk_2"]
erase = ["ata-Disk_2"]

[unlock]
by = "neighbours"
need = 1
helpers = ["http://ilanga-0a1b2c.local:7364"]
"#;

fn start() {
    seeds([
        FULL,
        "format = 1\n",
        "format = 1\n[unlock]\nby = \"passphrase\"\npassphrase = \"correct horse battery\"\n",
    ]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Answers::parse(text) {
        Ok(answers) => {
            let written = answers.to_text().expect("every answer has its place in TOML");
            assert_eq!(Answers::parse(&written), Ok(answers));
        }
        Err(bad) => {
            assert!(bad.line >= 1 && bad.column >= 1 && bad.line <= text.matches('\n').count() + 1, "{bad}");
            assert!(!bad.problem.contains('\n'), "{bad}");
        }
    }
});
