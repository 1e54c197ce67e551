//! A phone finds the node's own Wi-Fi network, and at whatever it asks for the page; after set-up the network is gone.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use formats::size::Bytes;
use qemu_tests::keyboard::{self, screen};
use qemu_tests::owner::{self, Answers, Owner, WHY};
use qemu_tests::phone::{self, Phone};
use qemu_tests::qemu::{Display, Network};
use qemu_tests::station;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story};

/// The node at its hotspot.
const NODE: &str = "198.18.23.1";

/// A network of the school's, and its key.
const STAFF: &str = "Staff room";
const KEY: &str = "izinyoni ezimbili";

/// What systems ask to find out whether there is internet.
const PROBES: [(&str, &str); 11] = [
    ("captive.apple.com", "/hotspot-detect.html"),
    ("www.apple.com", "/library/test/success.html"),
    ("connectivitycheck.gstatic.com", "/generate_204"),
    ("connectivitycheck.android.com", "/generate_204"),
    ("clients3.google.com", "/generate_204"),
    ("play.googleapis.com", "/gen_204"),
    ("www.msftconnecttest.com", "/connecttest.txt"),
    ("www.msftncsi.com", "/ncsi.txt"),
    ("detectportal.firefox.com", "/success.txt"),
    ("nmcheck.gnome.org", "/check_network_status.txt"),
    ("connectivity-check.ubuntu.com", "/"),
];

/// What tells why there is no hotspot.
const RADIO: &str = "nmcli device; nmcli connection; ls /sys/class/ieee80211 /sys/class/net; \
    journalctl -b -o cat --no-pager -u NetworkManager -u wpa_supplicant | tail -40";

/// Answers until a network is tried, and waits for the end of that.
fn tries(node: &mut Running<'_>, phone: &Phone, answers: &Answers) -> Result<()> {
    let page = phone.answer_all(answers, |_, _| ())?;
    ensure!(page.is_applying(), "nothing is tried: {}", page.html);
    let ended = node.wait("the network was tried", |_| Ok((!phone.look()?.is_applying()).then_some(())));
    match ended {
        Ok(()) => Ok(()),
        Err(late) => Err(late).context(node.run(RADIO)?),
    }
}

#[test]
fn a_phone_in_range_finds_the_portal() -> Result<()> {
    let story = Story::begin("hotspot");
    let port = phone::free_port()?;
    let machine = Machine::new("hotspot", &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).tpm();
    let machine = machine.network(Network::User(vec![(port, 80)]));
    let machine = machine.disk_size(Bytes(16 << 30))?.look_in()?.patience(Duration::from_secs(300));
    let disk = station::disk(machine.folder())?;
    let mut machine = machine.second_disk(&disk);

    let mut node = machine.start()?;
    drop(Owner::phone(&mut node, port)?);
    station::arrives(&mut node, STAFF, KEY)?;
    let there = node.wait("the hotspot", |node| {
        let said = node.try_run("nmcli --terse --fields NAME,DEVICE connection show --active")?.output;
        Ok(said.lines().find_map(|line| line.strip_prefix("ilanga-hotspot:")).map(str::to_owned))
    });
    let interface = match there {
        Ok(interface) => interface,
        Err(late) => return Err(late).context(node.run(RADIO)?).context(node.run(WHY)?),
    };
    let name = node.run("hostname")?;
    story.found(&format!("{name} is there on {interface} {:.1} s after power-on", node.on_for().as_secs_f64()));
    let lease = station::joins(&mut node, name.trim(), None)?;
    story.said("the lease", &lease);
    // Option 114 is for pages that every phone trusts, which this one can't be.
    let expected = format!("by {NODE}, names from {NODE}, router {NODE}, more:");
    ensure!(lease.trim_end().ends_with(&expected), "{lease}");
    for (host, path) in PROBES {
        let named = station::looks_up(&mut node, host, NODE)?;
        ensure!(named.matches(NODE).count() >= 2, "{host} is elsewhere: {named}");
        let page = station::fetches(&mut node, NODE, host, path)?;
        ensure!(page.contains(" 303 ") && page.contains(&format!("location: http://{NODE}/")), "{host}{path}: {page}");
    }
    story.found(&format!("{} probes lead to the page", PROBES.len()));
    let page = station::fetches(&mut node, NODE, NODE, "/")?;
    ensure!(page.contains("location: /s/"), "{page}");
    let open = station::knocks(&mut node, NODE, &[22, 53, 80, 111, 443, 5355, 7363, 7365, 9001])?;
    ensure!(open == [53, 80], "at the hotspot answer {open:?}");

    let phone = Owner::phone(&mut node, port)?;
    let answers = |key| {
        let mut answers = owner::answers("tpm");
        answers.insert("network", vec![("country", "ZA"), ("wifi", "ssid:Staff room"), ("wifi-key", key)]);
        answers
    };
    tries(&mut node, &phone, &answers("not the key"))?;
    let told = phone.look()?;
    let complaint = told.complaint().unwrap_or_default();
    ensure!(told.question() == Some("network") && complaint.contains(STAFF), "{}", told.html);
    story.found(&format!("a wrong key: '{complaint}'"));
    node.wait("the phone is in the hotspot again", |node| Ok(station::is_in_range(node)?.then_some(())))?;
    tries(&mut node, &phone, &answers(KEY))?;
    ensure!(phone.look()?.question() == Some("solar"), "the right key: {}", phone.look()?.html);
    let page = phone.answer_all(&answers(KEY), |_, _| ())?;
    ensure!(page.is_applying(), "{}", page.html);
    Owner { phone, key: String::new() }.waits(&mut node, &story)?;
    node.wait("the hotspot is gone", |node| Ok((!station::is_in_range(node)?).then_some(())))?;
    let left = node.run("nmcli --terse --fields NAME,DEVICE connection show --active; ls /state/setup")?;
    ensure!(!left.contains("hotspot"), "{left}");
    let joined =
        node.wait("the node joins it", |node| Ok(station::network_of(node)?.filter(|network| network == STAFF)));
    if let Err(late) = joined {
        return Err(late).context(node.run(RADIO)?);
    }
    story.found(&format!("the node is in {STAFF} {:.1} s after power-on", node.on_for().as_secs_f64()));
    story.said("what it did", &node.run("journalctl -b -o cat --no-pager -u ilanga-setup")?);
    Ok(node.power_off()?)
}

/// The name and the key of the network that a phone is to have, as the screen says them.
fn told(screen: &str) -> Option<(String, String)> {
    let text = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, rest) = text.split_once("with the name ")?;
    let (name, rest) = rest.split_once(" and the password ")?;
    let (key, _) = rest.split_once(". ")?;
    Some((name.to_owned(), key.to_owned()))
}

#[test]
#[ignore = "long"]
fn the_phone_can_have_the_hotspot() -> Result<()> {
    let story = Story::begin("phones_hotspot");
    let machine = Machine::new("phones_hotspot", &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).tpm();
    let machine = machine.display(Display::Vnc(phone::free_port()?.saturating_sub(5900)));
    let machine = machine.disk_size(Bytes(16 << 30))?.look_in()?.patience(Duration::from_secs(300));
    let disk = station::disk(machine.folder())?;
    let mut machine = machine.second_disk(&disk);

    let mut node = machine.start()?;
    node.wait_until_started()?;
    station::is_near(&mut node)?;
    node.wait("the node's own network", |node| {
        let said = node.try_run("nmcli --terse --fields NAME,DEVICE connection show --active")?.output;
        Ok(said.contains("ilanga-hotspot:wlan0").then_some(()))
    })?;
    // Radios are there before screens are, elsewhere.
    node.run("systemctl restart getty@tty1")?;
    let shown = node.wait("the screen shows the node's own network", |node| {
        let shown = screen(node, 1)?;
        Ok(shown.contains("My phone has the hotspot").then_some(shown))
    });
    let shown = shown.with_context(|| screen(&mut node, 1).unwrap_or_default())?;
    story.said("the screen", &shown);
    ensure!(shown.contains("Join the Wi-Fi network ilanga-"), "{shown}");
    keyboard::press(&mut node, &["down"])?;
    keyboard::press(&mut node, &["ret"])?;
    let there = node.wait("the screen says what the phone's is to be called", |node| Ok(told(&screen(node, 1)?)));
    let (name, key) = there.with_context(|| screen(&mut node, 1).unwrap_or_default())?;
    story.said("the screen", &screen(&mut node, 1)?);
    station::has_hotspot(&mut node, &name, &key)?;
    let address = node.wait("the node is in it", |node| {
        let said = node.try_run("ip -4 -o address show dev wlan0")?.output;
        let word = said.split_whitespace().find(|word| word.starts_with("192.168.43."));
        Ok(word.and_then(|word| word.split_once('/')).map(|(address, _)| address.to_owned()))
    });
    let address = match address {
        Ok(address) => address,
        Err(late) => return Err(late).context(node.run(RADIO)?),
    };
    story.found(&format!("in the phone's hotspot, as {address}, {:.1} s after power-on", node.on_for().as_secs_f64()));
    let page = station::fetches(&mut node, &address, &address, "/")?;
    ensure!(page.contains(" 303 ") && page.contains("location: /"), "{page}");
    node.wait("the screen says where the page is", |node| Ok(screen(node, 1)?.contains(&address).then_some(())))?;
    story.said("the screen", &screen(&mut node, 1)?);

    // And back.
    keyboard::press(&mut node, &["down"])?;
    keyboard::press(&mut node, &["ret"])?;
    node.wait("the node has its own again", |node| {
        let said = node.try_run("nmcli --terse --fields NAME,DEVICE connection show --active")?.output;
        Ok(said.contains("ilanga-hotspot:wlan0").then_some(()))
    })?;
    Ok(node.power_off()?)
}
