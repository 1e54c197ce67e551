//! Answers: what is read back, what is refused and with which words, and that secrets stay secret.

use toml::de::{DeTable, DeValue};

use super::file::KEYS;
use super::*;
use crate::community::{CommunityKey, Invited, LinkPassword, MeshKey, Token};

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f thandi@school";

/// An invitation of a made-up community.
fn invitation() -> String {
    let invited = Invited {
        founder: MeshKey::new([7; 32]),
        last_day: "2026-12-24".parse().unwrap(),
        password: LinkPassword::new([5; 10]),
        token: Token::new([6; 8]),
        name: "Isikole".parse().unwrap(),
        endpoints: Vec::new(),
    };
    invited.sign(&CommunityKey::of_seed(&[1; 32])).to_string()
}

fn full() -> String {
    let (invitation, nebula) = (invitation(), super::nebula::tests::whole().replace('\n', "\\n"));
    format!(
        r#"format = 1
unanswered = "usual"
recovery-key-to = ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"]
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
ssh-keys = ["{KEY}"]

[network.wired]
address = "192.168.7.2/24"
gateway = "192.168.7.1"
dns = ["192.168.7.1"]
metered = true

[[network.wifi]]
name = "Staff"
key = "a secret key"
hidden = true
metered = true

[network.mobile]
access-point = "internet"
user = "user-of-it"
password = "pass-of-it"
pin = "1234"
metered = false

[battery]
chemistry = "lifepo4"
ampere-hours = 100
volts = 24

[mesh]
kind = "nebula"
nebula = "{nebula}"
invitation = "{invitation}"
coordinator = "https://headscale.example.org"
wireguard = "[Interface]\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\nAddress = 10.7.0.2/24\n[Peer]\nPublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\nAllowedIPs = 10.7.0.0/24\n"
radio = true
helps = true

[disks]
install-to = "nvme-Disk_1"
data = ["ata-Disk_2"]
erase = ["ata-Disk_2"]

[unlock]
by = "neighbours"
need = 1
helpers = ["http://ilanga-0a1b2c.local:7364"]
passphrase = "correct horse battery"
"#
    )
    .replace("passphrase = \"correct horse battery\"\n", "")
}

#[test]
fn text_and_back() {
    let answers = Answers::parse(&full()).unwrap();
    let text = answers.to_text().unwrap();
    assert_eq!(Answers::parse(&text), Ok(answers.clone()));
    assert_eq!(answers.administrator.as_ref().unwrap().ssh_keys[0].as_str(), KEY);
    assert_eq!(Answers::parse("format = 1\n"), Ok(Answers::default()));
    assert_eq!(Answers::default().to_text().unwrap(), "format = 1\n");
}

#[test]
fn all_keys_are_known() {
    // Every key of the list is in the full file, and serde writes no other.
    let mut written: Vec<String> = Vec::new();
    let text = full().replace("by = \"neighbours\"", "passphrase = \"x\"\nby = \"neighbours\"");
    collect("", DeTable::parse(&text).unwrap().get_ref(), &mut written);
    let known = KEYS.iter().flat_map(|(table, keys)| keys.iter().map(|key| path(table, key)));
    let mut known: Vec<String> = known.collect();
    written.sort();
    written.dedup();
    known.sort();
    assert_eq!(written, known);
}

fn path(table: &str, key: &str) -> String {
    if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") }
}

fn collect(name: &str, table: &DeTable<'_>, into: &mut Vec<String>) {
    for (key, value) in table {
        let path = path(name, key.get_ref());
        into.push(path.clone());
        match value.get_ref() {
            DeValue::Table(table) => collect(&path, table, into),
            DeValue::Array(values) => {
                for value in values.iter() {
                    if let DeValue::Table(table) = value.get_ref() {
                        collect(&path, table, into);
                    }
                }
            }
            _ => {}
        }
    }
}

#[test]
fn secrets_are_not_shown() {
    let answers = Answers::parse(&full()).unwrap();
    let shown = format!("{answers:?}");
    for secret in ["correct horse", "a secret key", "pass-of-it", "user-of-it", "1234", "ILANGA:"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    let short = Answers::parse(&full().replace("correct horse battery", "short pw")).unwrap_err();
    assert!(!short.to_string().contains("short pw"), "{short}");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (find, put, said) in [
        ("format = 1\n", "", "1:1: the key 'format' is missing: write 'format = 1' first"),
        ("format = 1", "format = 2", "1:10: format 2 is not known: this release reads format 1"),
        ("language = \"zu\"", "langauge = \"zu\"", "4:1: the file has no key 'langauge': did you mean 'language'?"),
        ("language = \"zu\"", "language = \"tn\"", "4:12: unknown variant `tn`"),
        ("hidden = true", "hiden = true", "26:1: [network.wifi] has no key 'hiden': did you mean 'hidden'?"),
        ("volts = 24", "volts = 2", "39:9: not a battery's: 3 to 1000 volts are expected"),
        ("volts = 24\n", "", "36:1: the key 'volts' is missing"),
        ("Africa/Johannesburg", "../../etc/shadow", "6:13: not a time zone"),
        ("name = \"school-1\"", "name = \"School 1\"", "8:8: not a host name"),
        ("name = \"thandi\"", "name = \"root\"", "13:8: not a user's name"),
        ("ssh-ed25519 AAAA", "command=\\\"sh\\\" ssh-ed25519 AAAA", "15:12: not a public SSH key"),
        ("192.168.7.2/24", "192.168.7.2", "18:11: not an address of a computer in its network"),
        ("need = 1", "need = 2", "55:1: [unlock] needs 2 of 1 helpers, which is impossible"),
        ("nvme-Disk_1", "../sda", "51:14: not a disk's name"),
        ("invitation = \"ILANGA:", "invitation = \"", "44:14: not an invitation"),
        ("invitation = \"ILANGA:", "invitation = \"ILANGA:Z", "44:14: the invitation's group 1 is mistyped"),
        ("[battery]", "[batery]", "36:2: the file has no key 'batery': did you mean 'battery'?"),
    ] {
        let text = full();
        assert!(text.contains(find), "{find}");
        let error = Answers::parse(&text.replacen(find, put, 1)).unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}\nexpected: {said}");
    }
    let long = format!("format = 1\n#{}", "x".repeat(LONGEST));
    assert_eq!(Answers::parse(&long).unwrap_err().to_string(), "1:1: the file is longer than 65536 bytes");
}

#[test]
fn what_is_left_to_people() {
    let asks = |text: &str| Answers::parse(&format!("format = 1\n{text}")).unwrap().asks();
    assert_eq!(asks("").len(), 11);
    assert!(Answers::parse(&full()).unwrap().asks().is_empty());
    assert_eq!(asks("unanswered = \"usual\"\n").len(), 6);
    assert_eq!(
        Answers::parse(&full().replace("unanswered = \"usual\"\n", "")).unwrap().asks(),
        ["whether all of it shall be done"]
    );
}

#[test]
fn values() {
    let key = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    assert!([key, KEY].iter().all(|text| text.parse::<Recipient>().is_ok()));
    let others = ["age1", "AGE-SECRET-KEY-1", &key.to_uppercase(), "ecdsa-sha2-nistp256 AAAA", "-x"];
    assert!(others.iter().all(|text| text.parse::<Recipient>().is_err()));
    let long = "a".repeat(64);
    assert!(["us", "fr-latin9"].iter().all(|text| text.parse::<Keyboard>().is_ok()));
    assert!(["", "US", "-x", "a b", &long].iter().all(|text| text.parse::<Keyboard>().is_err()));
    let zones = ["UTC", "Africa/Maputo", "America/Argentina/Buenos_Aires", "Etc/GMT+2"];
    assert!(zones.iter().all(|text| text.parse::<TimeZone>().is_ok()));
    assert!(["", "/", "a//b", "a/../b", "a/b/c/d", "a b"].iter().all(|text| text.parse::<TimeZone>().is_err()));
    assert!(["abcdefghij", "ihashi elimhlophe", "ñandú-äöü-x"].iter().all(|text| text.parse::<Password>().is_ok()));
    assert!(
        ["short", "aaaaaaaaaaaa", "abcabcabcabc", "abcdefghi\nj"].iter().all(|text| text.parse::<Password>().is_err())
    );
    let hexadecimal = "0123456789abcdefABCDEF0123456789".repeat(2);
    assert!(["12345678", &"k".repeat(63), &hexadecimal].iter().all(|text| text.parse::<WifiKey>().is_ok()));
    assert!(["1234567", &"k".repeat(64), "pässword1"].iter().all(|text| text.parse::<WifiKey>().is_err()));
    for bad in ["ssh-dss AAAA", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-ed25519 !!!!", "# ssh-ed25519 AAAA"] {
        assert!(bad.parse::<SshKey>().is_err(), "{bad}");
    }
    assert!(format!("{KEY}\nssh-rsa x").parse::<SshKey>().is_err());
    for (good, bad) in [("fe80::1/64", "fe80::1/129"), ("10.0.0.1/8", "10.0.0.1/0"), ("10.0.0.1/32", "0.0.0.0/8")] {
        assert!(good.parse::<Interface>().is_ok() && bad.parse::<Interface>().is_err());
    }
}

#[test]
fn arbitrary_text_does_no_harm() {
    let mut state = 0x853C_49E6_748F_EA9B_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let text = full();
    for _ in 0..3000 {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..1 + next() % 4 {
            let at = next() as usize % bytes.len();
            bytes[at] = next() as u8;
        }
        if let Ok(answers) = Answers::parse(&String::from_utf8_lossy(&bytes)) {
            let text = answers.to_text().unwrap();
            assert_eq!(Answers::parse(&text), Ok(answers));
        }
    }
}
