//! What is read, what is refused, and what becomes of the rest.

use std::collections::BTreeSet;

use super::*;

const TEXT: &str = "version = 1\nmachine-id = \"0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b\"\nhost-name = \"clinic-2\"\n";

#[test]
fn text_and_back() {
    let settings = Settings::parse(TEXT).unwrap();
    assert_eq!(settings.to_text(), TEXT);
    assert_eq!(Settings::parse("version = 1").unwrap(), Settings::default());
    assert_eq!(Settings::default().to_text(), "version = 1\n");
}

/// Each setting, as `to_text` writes it.
fn full() -> String {
    let key = r"a \ secret ;key=[x]#";
    format!(
        "{TEXT}language = \"zu\"\nkeyboard = \"za\"\ntime-zone = \"Africa/Johannesburg\"\ncountry = \"ZA\"\n{}",
        r#"
[networks.wired]
address = "192.168.7.2/24"
gateway = "192.168.7.1"
dns = ["192.168.7.1", "fd00::1"]
metered = true

[[networks.wifi]]
name = "Staff"
key = 'KEY'
hidden = true
metered = true

[[networks.wifi]]
name = "12;34"

[networks.mobile]
access-point = "internet"
user = "user of it"
password = " pass "
pin = "1234"
metered = false
"#
        .replace("KEY", key)
    )
}

#[test]
fn networks_and_back() {
    let settings = Settings::parse(&full()).unwrap();
    assert_eq!(settings.to_text(), full());
    // serde says the same in its own words.
    assert_eq!(Settings::parse(&toml::to_string(&settings).unwrap()).unwrap(), settings);
    let alone = networks_text(&settings.networks);
    assert!(alone.starts_with("[wired]\naddress"), "{alone}");
    assert_eq!(networks(&alone).unwrap(), settings.networks);
    assert_eq!((networks("").unwrap(), networks_text(&Network::default())), (Network::default(), String::new()));
    let mobile = networks("[mobile]").unwrap();
    assert_eq!((mobile.mobile.as_ref().unwrap().metered, networks_text(&mobile).as_str()), (true, "[mobile]\n"));
    assert_eq!(networks(&networks_text(&networks("[wired]").unwrap())).unwrap(), networks("[wired]").unwrap());
}

/// What is made, each file as its mode and its text.
fn made(settings: &Settings) -> Vec<(String, String)> {
    let shown = |content| match content {
        Content::File { mode, text } => format!("{mode:o} {text}"),
        Content::Link { to } => format!("-> {to}"),
    };
    render(settings).into_iter().map(|made| (made.path, shown(made.content))).collect()
}

#[test]
fn renders_what_is_set() {
    assert_eq!(render(&Settings::default()), []);
    let files = made(&Settings::parse(TEXT).unwrap());
    let expected = [
        ("/etc/hostname", "644 clinic-2\n"),
        ("/etc/hosts", "644 127.0.0.1 localhost\n127.0.1.1 clinic-2\n::1 localhost ip6-localhost ip6-loopback\n"),
        ("/etc/machine-id", "444 0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b\n"),
    ];
    let strings = |(path, text): (&str, &str)| (path.to_owned(), text.to_owned());
    assert_eq!(files, expected.map(strings));
    let files = made(&Settings::parse(&full()).unwrap());
    let [wired, first, second, mobile] =
        ["wired", "wifi-1", "wifi-2", "mobile"].map(|name| format!("{PROFILES}/ilanga-{name}.nmconnection"));
    let expected = [
        ("/etc/localtime", "-> ../usr/share/zoneinfo/Africa/Johannesburg"),
        ("/etc/timezone", "644 Africa/Johannesburg\n"),
        ("/etc/vconsole.conf", "644 KEYMAP=us\n"),
        ("/etc/modprobe.d/ilanga-wifi.conf", "644 options cfg80211 ieee80211_regdom=ZA\n"),
        (
            wired.as_str(),
            "600 [connection]\nid=ilanga-wired\nuuid=UUID\ntype=ethernet\nmetered=1\n\n[ethernet]\n\n\
             [ipv4]\nmethod=manual\naddress1=192.168.7.2/24,192.168.7.1\ndns=192.168.7.1;\nignore-auto-dns=true\n\n\
             [ipv6]\nmethod=auto\ndns=fd00::1;\nignore-auto-dns=true\n",
        ),
        (
            first.as_str(),
            "600 [connection]\nid=ilanga-wifi-1\nuuid=UUID\ntype=wifi\nautoconnect-priority=899\nmetered=1\n\n\
             [wifi]\nmode=infrastructure\nssid=Staff\nhidden=true\n\n\
             [wifi-security]\nkey-mgmt=wpa-psk\npsk=a \\\\ secret ;key=[x]#\n\n\
             [ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n",
        ),
        (
            second.as_str(),
            "600 [connection]\nid=ilanga-wifi-2\nuuid=UUID\ntype=wifi\nautoconnect-priority=898\n\n\
             [wifi]\nmode=infrastructure\nssid=49;50;59;51;52;\n\n\
             [ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n",
        ),
        (
            mobile.as_str(),
            "600 [connection]\nid=ilanga-mobile\nuuid=UUID\ntype=gsm\nmetered=2\n\n\
             [gsm]\napn=internet\nusername=user of it\npassword=\\spass\\s\npin=1234\n\n\
             [ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n",
        ),
    ];
    let mut ids = BTreeSet::new();
    let mut without_id = |(path, text): &(String, String)| {
        let Some(at) = text.find("uuid=").map(|at| at + 5) else { return (path.clone(), text.clone()) };
        assert!(ids.insert(text[at..at + 36].parse::<uuid::Uuid>().unwrap()), "{text}");
        (path.clone(), format!("{}UUID{}", &text[..at], &text[at + 36..]))
    };
    assert_eq!(files[3..].iter().map(&mut without_id).collect::<Vec<_>>(), expected.map(strings));
}

#[test]
fn cables_of_all_kinds() {
    for (wired, said) in [
        ("", "multi-connect=3\n\n[ethernet]\n\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n"),
        // A way out without an address, or of another kind than it, would make the profile one that is refused.
        ("gateway = \"10.0.0.1\"", "multi-connect=3\n\n[ethernet]\n\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n"),
        (
            "address = \"fd00::2/64\"\ngateway = \"10.0.0.1\"",
            "\n[ethernet]\n\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=manual\naddress1=fd00::2/64\n",
        ),
        (
            "address = \"fd00::2/64\"\ngateway = \"fd00::1\"",
            "\n[ethernet]\n\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=manual\naddress1=fd00::2/64,fd00::1\n",
        ),
    ] {
        let settings = Settings { networks: networks(&format!("[wired]\n{wired}")).unwrap(), ..Settings::default() };
        let text = &made(&settings)[0].1;
        assert_eq!(text.split_once("type=ethernet\n").unwrap().1, said);
    }
}

#[test]
fn what_is_not_set_any_more_goes() {
    let names = ["ilanga-wifi-1.nmconnection", "ilanga-wifi-2.nmconnection", "home.nmconnection", "ilanga-x", ".x"];
    let gone = |settings: &Settings| gone(&render(settings), names.map(str::to_owned));
    let all: Vec<String> =
        ["/etc/localtime", "/etc/timezone", "/etc/vconsole.conf", "/etc/modprobe.d/ilanga-wifi.conf"]
            .map(str::to_owned)
            .into_iter()
            .chain(names[..2].iter().map(|name| format!("{PROFILES}/{name}")))
            .collect();
    assert_eq!(gone(&Settings::default()), all);
    let mut settings = Settings::parse(&full()).unwrap();
    assert_eq!(gone(&settings), [""; 0]);
    settings.networks.wifi.pop();
    settings.time_zone = None;
    assert_eq!(gone(&settings), [&*all[0], &*all[1], &*all[5]]);
}

/// What GLib reads from a file: each group with its keys, values as they are after it has taken its escapes away. Panics where
/// GLib would refuse.
fn key_file(text: &str) -> Vec<(String, String, String)> {
    let mut group = String::new();
    let mut found = Vec::new();
    for line in text.split('\n').filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            group = name.to_owned();
            continue;
        }
        let (key, value) = line.split_once('=').unwrap();
        assert!(!key.is_empty() && key.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-'));
        let (mut read, mut chars) = (String::new(), value.trim_start().chars());
        while let Some(c) = chars.next() {
            read.push(match c {
                '\\' => match chars.next().unwrap() {
                    's' => ' ',
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '\\' => '\\',
                    other => panic!("GLib knows no escape '{other}'"),
                },
                c => c,
            });
        }
        found.push((group.clone(), key.to_owned(), read));
    }
    found
}

/// The name that NetworkManager reads: as it is, or a list of bytes.
fn name_read(value: &str) -> Vec<u8> {
    match value.strip_suffix(';') {
        Some(list) => list.split(';').map(|byte| byte.parse().unwrap()).collect(),
        None => {
            assert!(!value.contains(';') && value.starts_with(|c: char| c.is_ascii_alphabetic()));
            value.as_bytes().to_vec()
        }
    }
}

/// Whatever stands in names, keys and words, a profile says that and nothing else.
#[test]
fn nothing_breaks_out_of_a_profile() {
    let words = [
        "\\\\\\\\\\\\\\\\",
        "        ",
        "  a b c   ",
        "\\n[gsm]\\n",
        "[connection]",
        "a;b;c;d;",
        "# comment",
        "psk=other",
        "\\s\\t\\r\\x",
        "0123456789",
        "~!@#$%^&*()",
        "x\"'`$(id)`",
    ];
    let hostile = ["1", "12", "1;", "49;50;", ";", " a", "a ", "\\", "ä", "\u{10ffff}", "a b", "[x]", "=", "#", "a;b"];
    let long = "\u{10ffff}".repeat(8);
    for word in words {
        for name in hostile.into_iter().chain(words).chain([long.as_str()]) {
            let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
            let text = format!(
                "[[wifi]]\nname = {}\nkey = {}\n[mobile]\nuser = {}\npassword = {}\n",
                quoted(name),
                quoted(word),
                quoted(word),
                quoted(word)
            );
            let settings = Settings { networks: networks(&text).unwrap(), ..Settings::default() };
            assert_eq!(Settings::parse(&settings.to_text()).unwrap(), settings);
            let files = made(&settings);
            let wifi = key_file(&files[0].1[4..]);
            let keys: Vec<_> = wifi.iter().map(|(group, key, _)| format!("{group}.{key}")).collect();
            let expected = [
                "connection.id",
                "connection.uuid",
                "connection.type",
                "connection.autoconnect-priority",
                "wifi.mode",
                "wifi.ssid",
                "wifi-security.key-mgmt",
                "wifi-security.psk",
                "ipv4.method",
                "ipv6.method",
            ];
            assert_eq!(keys, expected);
            assert_eq!((name_read(&wifi[5].2), wifi[7].2.as_str()), (name.as_bytes().to_vec(), word));
            let mobile = key_file(&files[1].1[4..]);
            assert_eq!((mobile.len(), mobile[5].2.as_str(), mobile[6].2.as_str()), (9, word, word));
        }
    }
}

#[test]
fn keys_are_not_shown() {
    let settings = Settings::parse(&full()).unwrap();
    let shown = format!("{settings:?}");
    let torn = Settings::parse(&full().replace("name = \"Staff\"", "name = \"Staff")).unwrap_err().to_string();
    let kind = networks("[[wifi]]\nname = \"Staff\"\nhidden = \"a secret key\"").unwrap_err().to_string();
    let short = networks("[[wifi]]\nname = \"Staff\"\nkey = \"secret\"").unwrap_err().to_string();
    for said in [&shown, &torn, &kind, &short] {
        assert!(!said.contains("secret") && !said.contains("pass ") && !said.contains("1234"), "{said}");
    }
    assert!(short.contains("line 3: not a Wi-Fi key"), "{short}");
}

#[test]
fn an_unnamed_node_has_a_name_of_its_own() {
    let named = |id: &str| HostName::of(id.parse().unwrap());
    let name = named("0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b");
    assert_eq!(name.as_str().parse(), Ok(name.clone()));
    assert_ne!(name, named("0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7c"));
    let unnamed = Settings { host_name: None, ..Settings::parse(TEXT).unwrap() };
    assert_eq!(made(&unnamed)[0].1, format!("644 {}\n", name.as_str()));
}

#[test]
fn refuses_hostile_values() {
    for name in ["", "-a", "a-", "a.b", "../etc", "a/b", "a b", "a\\nb", "a\\u0000", "A", "ä", "localhost", "%H"] {
        let text = format!("version = 1\nhost-name = \"{name}\"\n");
        assert!(matches!(Settings::parse(&text), Err(BadSettings::Broken(_))), "{name}");
    }
    assert!("a".repeat(63).parse::<HostName>().is_ok());
    assert!("a".repeat(64).parse::<HostName>().is_err());
    assert!("a\nroot::0:0".parse::<HostName>().is_err());
    let zeros = "0".repeat(32);
    for id in ["", "0f6c", &zeros, "0F6C2D1A5B8E4C7F9A3B2C1D0E9F8A7B", "0f6c2d1a-5b8e-4c7f-9a3b-2c1d0e9f8a7b"] {
        let text = format!("version = 1\nmachine-id = \"{id}\"\n");
        assert!(matches!(Settings::parse(&text), Err(BadSettings::Broken(_))), "{id}");
    }
}

#[test]
fn refuses_hostile_networks() {
    for text in [
        "[[wifi]]",
        "[[wifi]]\nname = \"\"",
        "[[wifi]]\nname = \"a\\nb\"",
        "[[wifi]]\nname = \"a\\u0000\"",
        "[[wifi]]\nname = \"a\"\nkey = \"abc\\ndefgh\"",
        "[[wifi]]\nname = \"a\"\nkey = \"abcdefg\\u0000\"",
        "[[wifi]]\nname = \"a\"\nscript = \"x\"",
        "[wired]\nname = \"a\"",
        "[mobile]\napn = \"a\"",
        "[vpn]",
        "wifi = 1",
        "[mobile]\naccess-point = \"a;b\"",
        "[mobile]\npin = \"12 4\"",
        "[mobile]\nuser = \"a\\nb\"",
        "[wired]\naddress = \"192.168.7.2/24\\n\"",
        "[wired]\ngateway = \"fe80::1%eth0\"",
        "[wired]\ndns = \"1.1.1.1\"",
    ] {
        assert!(matches!(networks(text), Err(BadSettings::Broken(_))), "{text}");
        let inside = text.replace("[[wifi", "[[networks.wifi").replace("[wired", "[networks.wired");
        assert!(Settings::parse(&format!("version = 1\n{}", inside.replace("[mobile", "[networks.mobile"))).is_err());
    }
    assert!(networks(&format!("[[wifi]]\nname = \"{}\"", "ä".repeat(16))).is_ok());
    assert!(networks(&format!("[[wifi]]\nname = \"{}a\"", "ä".repeat(16))).is_err());
    assert!(networks(&"[[wifi]]\nname = \"a\"\n".repeat(MOST_WIFI)).is_ok());
    assert!(networks(&"[[wifi]]\nname = \"a\"\n".repeat(MOST_WIFI + 1)).is_err());
    assert!(networks(&format!("[wired]\ndns = [{}]", "\"1.1.1.1\",".repeat(MOST_NAME_SERVERS + 1))).is_err());
    for (key, value) in [
        ("language", "xx"),
        ("keyboard", "../us"),
        ("keyboard", "us\\nFONT=x"),
        ("time-zone", "../../etc/shadow"),
        ("time-zone", "/etc/shadow"),
        ("country", "ZA\\ninstall x /bin/sh"),
        ("country", "za"),
    ] {
        assert!(Settings::parse(&format!("version = 1\n{key} = \"{value}\"\n")).is_err(), "{key} {value}");
    }
}

#[test]
fn refuses_other_formats() {
    for broken in ["", "version = 0", "version = 1\nroot-password = \"x\"", "version = 1\nversion = 1", "\0", "[a]"] {
        assert!(matches!(Settings::parse(broken), Err(BadSettings::Broken(_))), "{broken}");
    }
    assert!(matches!(Settings::parse("version = 2\nmesh = 1"), Err(BadSettings::Newer(2))));
    assert!(matches!(Settings::parse(&"#".repeat(LONGEST + 1)), Err(BadSettings::Long)));
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
    let mut understood = 0;
    for _ in 0..5000 {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..1 + next() % 4 {
            let at = next() as usize % bytes.len();
            bytes[at] = next() as u8;
        }
        if let Ok(settings) = Settings::parse(&String::from_utf8_lossy(&bytes)) {
            understood += 1;
            assert_eq!(Settings::parse(&settings.to_text()).unwrap(), settings);
            let mut paths = BTreeSet::new();
            for file in render(&settings) {
                assert!(file.path.starts_with("/etc/") && !file.path.contains("..") && paths.insert(file.path.clone()));
                match file.content {
                    Content::File { mode: 0o600, text } => {
                        assert!(text.is_ascii());
                        key_file(&text);
                    }
                    Content::File { text, .. } => assert!(text.lines().count() <= 3 && text.is_ascii()),
                    Content::Link { to } => assert!(!to["../".len()..].contains("..") && to.is_ascii()),
                }
            }
        }
    }
    assert!(understood > 20, "{understood}");
}
