//! The wizard on a real terminal, with a real desk behind it, as a person at the keyboard has it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::fs::{self, File};
use std::io::{BufReader, Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use firstboot::claim::{Claim, Code};
use firstboot::desk::Desk;
use firstboot::facts::{Device, Facts, Need, Service};
use firstboot::hashes::Hashes;
use firstboot::header::{Cost, Headers};
use firstboot::hotspot::{Hotspot, Key, Profile};
use firstboot::machine::{Header, Record, Stage};
use firstboot::node::Node;
use firstboot::stick::Sticks;
use firstboot::store::Store;
use firstboot::wire;
use formats::answers::Answers;
use formats::size::Bytes;
use nix::pty::{Winsize, openpty};

const DOWN: &str = "\u{1b}[B";
const UP: &str = "\u{1b}[A";

fn facts() -> Facts {
    Facts {
        time_zones: (0..30).map(|number| format!("Africa/Zone_{number:02}").parse().unwrap()).collect(),
        keyboards: vec!["us".parse().unwrap(), "za".parse().unwrap()],
        devices: vec![Device { name: "Evil \u{1b}[2J\u{7} charger".into(), says: "12 W from the panels".into() }],
        rest: Bytes(8 << 30),
        sticks: vec!["SanDisk Ultra, 15 GiB".into()],
        helps: true,
        mesh: vec![formats::answers::MeshKind::Yggdrasil],
        services: vec![Service { name: "kiwix".parse().unwrap(), need: Need::default() }],
        ..Facts::default()
    }
}

/// A terminal with the wizard on it.
struct Terminal {
    child: Child,
    keys: File,
    screen: Receiver<u8>,
    seen: String,
    all: String,
}

impl Terminal {
    fn start(socket: &Path) -> Self {
        let size = Winsize { ws_row: 25, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let terminal = openpty(Some(&size), None).unwrap();
        let other = || Stdio::from(terminal.slave.try_clone().unwrap());
        // The program's own terminal, as tty1 is: it reads keys from there.
        let program = socket.with_file_name("ilanga-screen");
        symlink(env!("CARGO_BIN_EXE_firstboot-programs"), &program).unwrap();
        let child = Command::new("setsid")
            .args(["--ctty", "--wait"])
            .arg(program)
            .arg("--socket")
            .arg(socket)
            .env("TERM", "linux")
            .stdin(other())
            .stdout(other())
            .stderr(other())
            .spawn()
            .unwrap();
        let (sender, screen) = mpsc::channel();
        let keys = File::from(terminal.master);
        let out = keys.try_clone().unwrap();
        thread::spawn(move || BufReader::new(out).bytes().map_while(Result::ok).all(|byte| sender.send(byte).is_ok()));
        Self { child, keys, screen, seen: String::new(), all: String::new() }
    }

    /// Waits until this is on the screen, and then types.
    fn at(&mut self, text: &str, keys: &str) {
        self.sees(text);
        // What is typed before the prompt reads is echoed, and lost.
        thread::sleep(Duration::from_millis(100));
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until a group of the recovery key is asked for that is not this one.
    fn group(&mut self, but: usize) -> usize {
        loop {
            self.sees("Group ");
            while self.seen.is_empty() {
                let byte = self.screen.recv().unwrap();
                self.seen.push(char::from(byte));
                self.all.push(char::from(byte));
            }
            let number = self.seen.chars().next().and_then(|digit| digit.to_digit(10)).unwrap_or(0);
            if number > 0 && number as usize != but {
                thread::sleep(Duration::from_millis(100));
                return number as usize;
            }
        }
    }

    fn sees(&mut self, text: &str) {
        let began = Instant::now();
        let mut bytes = Vec::new();
        loop {
            self.seen.push_str(&String::from_utf8_lossy(&std::mem::take(&mut bytes)));
            if let Some(at) = self.seen.find(text) {
                self.seen.drain(..at + text.len());
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "'{text}' was expected:\n{}", self.all);
            match self.screen.recv_timeout(Duration::from_millis(200)) {
                Ok(byte) => bytes.push(byte),
                Err(_) => continue,
            }
            bytes.extend(self.screen.try_iter());
            self.all.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The headers of a computer into which a stick is plugged.
fn headers(folder: &Path) -> Headers {
    let computer = folder.join("computer");
    let usb = computer.join("sys/devices/usb1/sdb");
    for path in [&usb, &computer.join("sys/class/block"), &computer.join("dev")] {
        fs::create_dir_all(path).unwrap();
    }
    symlink(&usb, computer.join("sys/class/block/sdb")).unwrap();
    let stick = File::options().read(true).write(true).create_new(true).open(computer.join("dev/sdb")).unwrap();
    stick.set_len(8 << 20).unwrap();
    fatfs::format_volume(stick, fatfs::FormatVolumeOptions::new()).unwrap();
    let headers = Headers::new(folder.to_owned(), Cost { memory: 32, milliseconds: 1 });
    headers.with_sticks(Sticks::of(&Node::new(&computer)))
}

/// The record that the same answers make in a file.
fn by_file() -> Record {
    let answers = "format = 1\nunanswered = \"usual\"\nlanguage = \"en\"\nkeyboard = \"us\"\ntime-zone = \"Africa/Zone_27\"\n\
        preset = \"clinic\"\nname = \"clinic-1\"\ncountry = \"ZA\"\nservices = [\"kiwix\"]\n\
        recovery-key-to = [\"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\"]\n\
        [administrator]\nname = \"thandi\"\npassword = \"isikhathi sinye\"\n[mesh]\nkind = \"yggdrasil\"\n[unlock]\nby = \"usb-key\"\n";
    let folder = tempfile::tempdir().unwrap();
    let headers = headers(folder.path());
    let store = Store::open(folder.path()).unwrap();
    let mut desk = Desk::open(store, headers, Claim::new(Code::of_random(5), true), facts()).unwrap();
    desk.answer_by(&Answers::parse(answers).unwrap(), Duration::ZERO, &mut |_, _| Ok(())).unwrap();
    assert!(matches!(desk.record().stage, Stage::Applying { .. }), "{:?}", desk.record().question());
    desk.record().clone()
}

/// A record without what no two set-ups share: the header's name, and salts.
fn compared(mut record: Record) -> Record {
    if let Some((_, _, header)) = &mut record.storage {
        *header = Header(uuid::Uuid::nil());
    }
    record.recovery_key = None;
    if let Some((_, administrator)) = &mut record.identity {
        administrator.password = Hashes { login: String::new(), page: String::new() };
    }
    record
}

#[test]
fn a_person_at_the_keyboard_goes_through_all_of_it() {
    if !Path::new("/usr/sbin/cryptsetup").exists() || !nix::unistd::Uid::effective().is_root() {
        println!("skipped: it needs root and cryptsetup");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let headers = headers(folder.path());
    let store = Store::open(folder.path()).unwrap();
    let desk = Desk::open(store, headers, Claim::new(Code::of_random(5), true), facts()).unwrap();
    let desk = Arc::new(Mutex::new(desk));
    desk.lock().unwrap().hotspot(Some(Hotspot::Soon));
    let served = Arc::clone(&desk);
    thread::spawn(move || wire::serve(&listener, &served, &|| Duration::from_secs(1), &|| ()));

    let mut terminal = Terminal::start(&socket);
    terminal.sees("is about to begin");
    let key = Key::kept(&folder.path().join("hotspot-key")).unwrap();
    let network = Profile { name: "ilanga-0a1b2c".into(), key: Some(key.clone()) };
    desk.lock().unwrap().hotspot(Some(Hotspot::There(network)));
    terminal.sees("ilanga-0a1b2c");
    terminal.sees(key.as_str());
    terminal.sees("http://198.18.23.1/");
    terminal.sees("000 005");
    terminal.sees("█ ▄▄▄▄▄ █");
    terminal.at("> Go on here", "\r");
    terminal.at("Kiswahili", "\r");
    terminal.at("za", "\r");
    terminal.at("> Next", "\r");
    // A long list is searched.
    terminal.at("Africa/Zone_11", "zone_27\r");
    terminal.at("> Next", "\r");
    terminal.at("Something else", &format!("{DOWN}\r"));
    // Back, and again.
    terminal.at("> Next", &format!("{DOWN}\r"));
    terminal.at("Time zone", "\r");
    terminal.at("> Next", "\r");
    terminal.at("Something else", &format!("{DOWN}\r"));
    terminal.at("> Next", "\r");
    terminal.at("Name of this computer", "clinic-1\r");
    terminal.at("Name of the administrator", "thandi\r");
    terminal.at("Password", "short\r");
    terminal.at("The same password again", "short\r");
    terminal.at("(SSH)", "\r");
    terminal.at("> Next", "\r");
    terminal.at("! Type at least 10", "\r");
    terminal.at("Name of the administrator", "\r");
    terminal.at("Password", "isikhathi sinye\r");
    terminal.at("The same password again", "isikhathi sinye\r");
    terminal.at("(SSH)", "\r");
    terminal.at("> Next", "\r");
    terminal.at("Country", "ZA\r");
    terminal.at("> None", "\r");
    // What does not fit its line is said before the list.
    terminal.at("nothing large is fetched", "");
    terminal.at("There is a SIM card", "\r");
    terminal.at("> Next", "\r");
    terminal.at("12 W from the panels", "");
    terminal.at("> There is none", "\r");
    terminal.at("> Next", "\r");
    terminal.at("> By themselves", "\r");
    terminal.at("Invitation", "\r");
    terminal.at("[y/N]", "n");
    terminal.at("> Next", "\r");
    terminal.at("On the same disk", "\r");
    terminal.at("> A passphrase", &format!("{UP}\r"));
    terminal.at("> Next", "\r");
    terminal.sees("8: ");
    let first = terminal.group(0);
    let key: Vec<String> = {
        let shown = &terminal.all[terminal.all.rfind("    1: ").unwrap()..];
        shown.split(": ").skip(1).take(8).map(|group| group.chars().take(8).collect()).collect()
    };
    terminal.keys.write_all(format!("{}\r", key[first - 1]).as_bytes()).unwrap();
    let second = terminal.group(first);
    terminal.keys.write_all(format!("{}\r", key[second - 1]).as_bytes()).unwrap();
    terminal.at("> Next", "\r");
    terminal.at("kiwix", " \r");
    terminal.at("> Next", "\r");
    terminal.at("> Begin", "\r");
    terminal.sees("It is being done");
    let record = desk.lock().unwrap().record().clone();
    loop {
        let mut desk = desk.lock().unwrap();
        if desk.change().is_none() {
            break;
        }
        desk.made().unwrap();
    }
    terminal.sees("Ready");
    // Nothing is kept of the answers but that there were some.
    let left = desk.lock().unwrap().record().clone();
    assert_eq!((left.stage, left.identity), (Stage::Ready, None));
    assert_eq!(record.time_zone.as_ref().unwrap().as_str(), "Africa/Zone_27");
    assert_eq!(compared(record), compared(by_file()));
    assert!(!terminal.all.contains("\u{1b}[2J\u{7} charger") && !terminal.all.contains("isikhathi"));
}
