//! The set-up's daemon: the desk that fronts talk to, and the changes.

use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use firstboot::apply::{self, Belongs, ChangeError, Work};
use firstboot::changes::Change;
use firstboot::claim::{Claim, Code};
use firstboot::desk::{Desk, Lock};
use firstboot::disks::Disks;
use firstboot::facts::Facts;
use firstboot::file::Place;
use firstboot::header::{Cost, Headers};
use firstboot::hotspot::Keeper;
use firstboot::machine::{Header, Record, Stage};
use firstboot::node::Node;
use firstboot::recovery_key::RecoveryKey;
use firstboot::stick::{self, Sticks};
use firstboot::store::Store;
use firstboot::volume::{self, Holds, VolumeError};
use firstboot::{clock, disks, error, gather, random, speed, start, systemd, tokens, wire};
use formats::answers::{Answers, FILE};

/// How often what is known of the computer is looked at again, and a change that failed is waited for.
const PULSE: Duration = Duration::from_secs(3);

/// How long whoever set it up can read that it has moved, before it starts again.
const READ: Duration = Duration::from_secs(20);

/// When disks have appeared, after power-on.
const APPEARS: Duration = Duration::from_secs(90);

/// How long whoever set it up can read that it is over: then it ends, and nothing listens any more.
const AFTERWARDS: Duration = Duration::from_secs(600);

/// The same, where only the data had to be opened: port 80 is the node's own page's soon.
const OPENED: Duration = Duration::from_secs(60);

pub(crate) fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("ilanga-setup: {}", error::chain(trouble.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let node = Node::new(Path::new("/"));
    let store = match Store::open(&node.setup()) {
        Ok(store) => store,
        Err(trouble) => {
            // Whoever wants to go on has to make room first; the next start tries again.
            eprintln!("There is no place to keep a set-up: {}", error::chain(&trouble));
            sd_notify::notify(false, &[sd_notify::NotifyState::Ready])?;
            return Ok(());
        }
    };
    let found = store.load()?;
    if let Some(bad) = &found.aside {
        eprintln!("The set-up that was kept can't be read, and begins anew: {}", error::chain(bad));
    }
    let waits = found.record.storage.as_ref().map(|(_, _, header)| header.0);
    let afterwards = if found.record.stage == Stage::Ready { OPENED } else { AFTERWARDS };
    let cost = Cost::of_memory(gather::memory(&node) / 1024);
    let headers = Headers::new(node.setup(), cost).with_tpm(node.tpm_public_key()).with_sticks(Sticks::of(&node));
    // A computer without a screen is set up by whoever is there first.
    let screen = gather::has_screen(&node);
    let code = Code::of_random(u32::from_le_bytes(random::bytes()?));
    let (mut facts, mut disks) = (gather::facts(&node, waits, clock::up()), Disks::default());
    disks.tell(&node, &mut facts);
    let mut desk = Desk::open(store, headers, Claim::new(code, screen), facts)?;

    let socket = Path::new(wire::SOCKET);
    drop(fs::remove_file(socket));
    let listener = UnixListener::bind(socket)?;
    // Who may say what, the desk decides by who it is.
    fs::set_permissions(socket, fs::Permissions::from_mode(0o666))?;
    sd_notify::notify(false, &[sd_notify::NotifyState::Ready])?;

    desk.locked(lock(&node, &found.record));
    let keeper = Keeper::new(node.interfaces(), node.setup().join("hotspot-key"), screen);
    desk.hotspot(keeper.expected());
    let (desk, wake) = (Mutex::new(desk), Condvar::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            changes(&node, disks, &desk, &wake, &keeper, cost);
            thread::sleep(afterwards);
            keeper.end();
            std::process::exit(0);
        });
        scope.spawn(|| {
            let of_use = || held(&desk).use_of_hotspot(clock::up());
            keeper.run(&of_use, &|| gather::host(&node), &|hotspot| held(&desk).hotspot(hotspot));
        });
        wire::serve(&listener, &desk, &clock::up, &|| wake.notify_all())
    })?;
    Ok(())
}

/// The lock of a start: data that are there and not open. Somebody who has answered nothing may leave them so.
fn lock(node: &Node, record: &Record) -> Option<Lock> {
    let device = match start::device(node, record) {
        Ok(device) => (!volume::is_open(node)).then_some(device)?,
        // Whoever plugs it in and types a passphrase gets in.
        Err(away @ VolumeError::Away(_)) if record.stage == Stage::Ready => {
            let VolumeError::Away(link) = &away else { return None };
            return Some(Lock { trouble: Some(error::chain(&away)), ..Lock::new(link.clone(), false) });
        }
        Err(_) => return None,
    };
    let Ok(Holds::Volume(there)) = volume::holds(&device) else { return None };
    let ours = record.storage.as_ref().is_some_and(|(_, _, header)| header.0 == there);
    let ways = tokens::of(&device).unwrap_or_default();
    let jwes: Vec<&str> = ways.neighbours.iter().map(|bound| bound.jwe.as_str()).collect();
    // ilanga-neighbours.service reads it, and nothing in it opens anything without them.
    if !jwes.is_empty()
        && let Err(trouble) = fs::write(node.bound(), jwes.join("\n"))
    {
        eprintln!("telling what neighbours may open: {trouble}");
    }
    let stick = ways.stick.then_some(Header(there));
    let lock = |may_begin| Lock { stick, ..Lock::new(device, may_begin) };
    match record.stage {
        Stage::Asking => (*record == Record::default()).then(|| lock(true)),
        Stage::Applying { .. } => ours.then(|| lock(false)),
        Stage::Moved => None,
        Stage::Ready => Some(lock(false)),
    }
}

/// Opens locked data by a stick, once one with the key is plugged in. A key that opens nothing is not tried twice.
fn try_stick(node: &Node, desk: &Mutex<Desk>, header: Header, tried: &mut Option<stick::Key>) {
    let Some(key) = Sticks::of(node).key(header).filter(|key| tried.as_ref() != Some(key)) else { return };
    if let Err(trouble) = held(desk).unlock_by_stick(&key) {
        eprintln!("opening the data by a stick: {}", error::chain(&trouble));
        *tried = Some(key);
    }
}

/// Whether the disk that the node has moved to is not one of this computer's. Disks may be slow to appear.
fn elsewhere(node: &Node, record: &Record) -> bool {
    let there = |disk| disks::device(node, disk).is_some();
    clock::up() > APPEARS && !record.moved_to.as_ref().is_some_and(there)
}

/// Starts the computer again. Where that does not work, the page says what to do.
fn start_again() {
    if let Err(trouble) = systemd::reboot() {
        eprintln!("starting again: {}", error::chain(&trouble));
    }
    // Nothing else is done here; whoever looks sees that it has moved.
    loop {
        thread::park();
    }
}

/// Goes in once the data are unlocked. If that fails, they are locked again, and whoever is there is told why.
fn enter(node: &Node, desk: &Mutex<Desk>) {
    // A check of the file system takes minutes.
    let record = held(desk).record().clone();
    let entered = start::enter(node, &record);
    let mut desk = held(desk);
    let trouble = match entered {
        Ok(Some(Belongs::Over)) => desk.over().err().map(|trouble| error::chain(&trouble)),
        Ok(_) => None,
        Err(trouble) => Some(error::chain(&trouble)),
    };
    let Some(why) = trouble else { return desk.locked(None) };
    eprintln!("opening the data: {why}");
    if let Err(trouble) = volume::close(node) {
        eprintln!("locking them again: {}", error::chain(&trouble));
    }
    match lock(node, &record) {
        Some(lock) => desk.locked(Some(Lock { trouble: Some(why), ..lock })),
        None => {
            desk.locked(None);
            desk.failed(why);
        }
    }
}

/// The file of answers, if there is one that can be read.
fn file(node: &Node, desk: &Mutex<Desk>) -> Option<Answers> {
    let read = || -> Result<Option<Answers>, Box<dyn Error>> {
        let Some(text) = Place::open(node)?.answers()? else { return Ok(None) };
        Ok(Some(Answers::parse(&text)?))
    };
    match read() {
        Ok(file) => file,
        Err(trouble) => {
            let why = error::chain(trouble.as_ref());
            eprintln!("{FILE}: {why}");
            held(desk).bad_file(why);
            None
        }
    }
}

fn hand_over(node: &Node, file: &Answers, key: &RecoveryKey, name: &str) -> Result<(), String> {
    let handed = Place::open(node).and_then(|place| place.hand_over(key, &file.recovery_key_to, name));
    handed.map_err(|trouble| error::chain(&trouble))
}

/// The desk, whatever became of whoever held it before.
fn held(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes changes once they are decided, and keeps what is known of the computer up to date until then. Ends when all are made.
fn changes(node: &Node, mut disks: Disks, desk: &Mutex<Desk>, wake: &Condvar, keeper: &Keeper, cost: Cost) {
    let (mut entered, mut measured, mut restart, mut tried, mut layout) = (false, false, false, None, None);
    let mut file = if held(desk).record().stage == Stage::Asking { file(node, desk) } else { None };
    loop {
        let mut held = self::held(desk);
        if held.is_locked() {
            entered = false;
            if let Some(answers) = &file {
                held.begin_by(answers);
            }
            let header = held.stick();
            if let Some(header) = header {
                drop(held);
                try_stick(node, desk, header, &mut tried);
                held = self::held(desk);
            }
            drop(wake.wait_timeout(held, PULSE).unwrap_or_else(PoisonError::into_inner));
            continue;
        }
        if !entered {
            entered = true;
            drop(held);
            enter(node, desk);
            continue;
        }
        if held.record().stage == Stage::Ready {
            // The next start finds that out by itself.
            let _ = fs::remove_file(node.path(start::NEEDED));
            return;
        }
        // What is typed at the screen next may be a passphrase, which will be typed by this layout ever after.
        let chosen = held.record().language.as_ref().map(|(_, keyboard)| keyboard.clone());
        if chosen != layout {
            drop(held);
            if let Some(keyboard) = &chosen
                && let Err(trouble) = systemd::keyboard(keyboard)
            {
                eprintln!("changing the keyboard's layout: {}", error::chain(&trouble));
            }
            layout = chosen;
            continue;
        }
        if !measured && held.record().stage == Stage::Asking {
            measured = true;
            drop(held);
            if let Some(speed) = speed::measure(cost) {
                println!("{} decrypts {} MB a second", speed.cipher.name(), speed.megabytes);
                self::held(desk).measured(speed);
            }
            continue;
        }
        if let Some(answers) = file.as_ref().filter(|_| held.record().stage == Stage::Asking)
            && let Err(trouble) =
                held.answer_by(answers, clock::up(), &mut |key, name| hand_over(node, answers, key, name))
        {
            eprintln!("answering by {FILE}: {}", error::chain(&trouble));
            held.bad_file(error::chain(&trouble));
            file = None;
        }
        if let Some(network) = held.trial() {
            drop(held);
            let joined = keeper.tries(&network);
            if let Err(trouble) = self::held(desk).tried(joined) {
                eprintln!("keeping the network: {}", error::chain(&trouble));
            }
            continue;
        }
        if held.record().stage == Stage::Moved && !restart && elsewhere(node, held.record()) {
            if let Err(trouble) = held.anew() {
                eprintln!("beginning anew on another computer: {}", error::chain(&trouble));
            }
        } else if restart {
            drop(held);
            thread::sleep(READ);
            start_again();
            return;
        }
        let next = if held.waits() { None } else { held.change() };
        let Some((number, change)) = next else {
            let (held, _) = wake.wait_timeout(held, PULSE).unwrap_or_else(PoisonError::into_inner);
            let asking = held.record().stage == Stage::Asking;
            let waits = held.record().storage.as_ref().map(|(_, _, header)| header.0);
            drop(held);
            if asking {
                let mut facts =
                    Facts { wifi: keeper.seen(), radios: keeper.radios(), ..gather::facts(node, waits, clock::up()) };
                disks.tell(node, &mut facts);
                self::held(desk).know(facts);
            }
            continue;
        };
        let header = held.record().storage.as_ref().map(|(_, _, header)| *header);
        let key = header.and_then(|header| held.key(header));
        let (headers, answers) = (held.headers().clone(), apply::answers(held.record()));
        let record = held.record().clone();
        drop(held);
        let own_disk = disks::own_name(node);
        println!("change {}: {}", number + 1, change.name());
        let moves = match &change {
            Change::Install(disk) if own_disk.as_ref() != Some(disk) => Some(disk.clone()),
            _ => None,
        };
        let made =
            answers.and_then(|answers| Work { node, headers: &headers, key, record, answers, own_disk }.make(&change));
        held = self::held(desk);
        let kept = match made {
            Ok(()) => match moves {
                Some(disk) => held.moved(disk).map(|()| restart = true),
                None => held.made(),
            },
            Err(ChangeError::Volume(VolumeError::Locked)) => {
                let lock = lock(node, held.record());
                held.locked(lock);
                Ok(())
            }
            Err(trouble) => {
                eprintln!("change {} was not made: {}", number + 1, error::chain(&trouble));
                held.failed(error::chain(&trouble));
                Ok(())
            }
        };
        if let Err(trouble) = kept {
            eprintln!("keeping how far it is: {}", error::chain(&trouble));
            held.failed(error::chain(&trouble));
        }
    }
}
