//! The pages for phones on a maker's machine: `cargo run -p ilanga-firstboot --example pages`, to look at them and to test them in a
//! browser. The computer that is set up is made up; the desk, its folder, its headers and the pages are the real ones.
//!
//! `pages [--locked] [FOLDER [ADDRESS]]`: the folder that keeps the set-up (a new one if none is named), and where to listen. With
//! `--locked` the computer has data that nothing on it opens by itself, and nobody knows their passphrase either.
//!
//! Somebody nearby gives their networks, devices and disks names that are HTML: `.ci/browser` sees to it that all of it stays text.

use std::fs::File;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{env, error, fs, thread};

use firstboot::claim::{Claim, Code};
use firstboot::desk::{Desk, Lock};
use firstboot::facts::{Device, Disk, Facts, Need, Service, WifiNetwork};
use firstboot::header::{Besides, Cost, Headers};
use firstboot::neighbours::{Advertisement, Neighbour};
use firstboot::portal::{Limits, Portal, router, serve};
use firstboot::recovery_key::RecoveryKey;
use firstboot::store::Store;
use firstboot::wire::{self, Client};
use formats::answers::MeshKind;
use formats::size::Bytes;

/// The change that does not work at first, counted from 0.
const FAILS: usize = 4;

/// A computer that has everything.
fn facts() -> Result<Facts, Box<dyn error::Error>> {
    let zones = fs::read_to_string("/usr/share/zoneinfo/zone1970.tab").unwrap_or_default();
    let mut zones: Vec<&str> = zones.lines().filter_map(|line| line.split('\t').nth(2)).collect();
    zones.sort_unstable();
    let need =
        |megabytes, milliwatts| Need { memory: Bytes::mib(megabytes), disk: Bytes::mib(4 * megabytes), milliwatts };
    Ok(Facts {
        time_zones: zones.into_iter().chain(["UTC"]).filter_map(|zone| zone.parse().ok()).collect(),
        keyboards: ["us", "gb", "za", "fr", "pt"].iter().filter_map(|name| name.parse().ok()).collect(),
        address: "10.55.0.1".into(),
        wired: true,
        wifi: vec![
            WifiNetwork { name: "Staff room".parse()?, signal: 80, open: false },
            WifiNetwork { name: "Café".parse()?, signal: 30, open: true },
            WifiNetwork { name: "\"><script>alert(1)</script>".parse()?, signal: 70, open: false },
            WifiNetwork { name: "<img src=x onerror=alert(2)>".parse()?, signal: 20, open: true },
            WifiNetwork { name: "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW".parse()?, signal: 10, open: false },
        ],
        devices: vec![
            Device { name: "Victron SmartSolar 100|20".into(), says: "412 W from the panels, battery 76 %".into() },
            Device { name: "<b onclick=alert(3)>Inverter".into(), says: "</p><script>alert(4)</script>".into() },
        ],
        helpers: vec![Neighbour {
            helper: "http://ilanga-0a1b2c.local:7364".parse()?,
            advertisement: Advertisement::parse(include_bytes!("../src/neighbours/advertisement.json"))?,
        }],
        own_disk: "usb-SanDisk_Ultra".into(),
        from_stick: true,
        disks: vec![
            Disk {
                name: "nvme-Samsung_SSD_980_S64DNX0T".parse()?,
                length: Bytes(500 << 30),
                holds: Some("Windows".into()),
                removable: false,
                failing: false,
                worn: Some(10),
            },
            Disk {
                name: "ata-WDC_WD10EZEX".parse()?,
                length: Bytes(1000 << 30),
                holds: Some("NTFS '</style><script>alert(5)'".into()),
                removable: false,
                failing: true,
                worn: None,
            },
        ],
        rest: Bytes(50 << 30),
        sticks: vec!["SanDisk Ultra, 15 GiB".to_owned()],
        helps: true,
        mesh: vec![MeshKind::Yggdrasil, MeshKind::Wireguard, MeshKind::Nebula],
        services: vec![
            Service { name: "kiwix".parse()?, need: need(200, 500) },
            Service { name: "kolibri".parse()?, need: need(400, 800) },
            Service { name: "moodle".parse()?, need: need(3800, 9000) },
            Service { name: "chat".parse()?, need: need(9000, 25_000) },
        ],
        budget: need(4000, 15_000),
        ..Facts::default()
    })
}

fn main() -> Result<(), Box<dyn error::Error>> {
    let mut arguments = env::args_os().skip(1).peekable();
    let locked = arguments.next_if(|argument| argument == "--locked").is_some();
    let folder =
        arguments.next().map_or_else(|| env::temp_dir().join(format!("pages-{}", std::process::id())), PathBuf::from);
    let address = arguments.next().and_then(|text| text.into_string().ok()).unwrap_or_else(|| "127.0.0.1:8080".into());
    let store = Store::open(&folder)?;
    let headers = Headers::new(folder.clone(), Cost { memory: 64 << 10, milliseconds: 500 });
    let random = firstboot::random::bytes()?;
    let claim = Claim::new(Code::of_random(u32::from_le_bytes(random)), false);
    let mut desk = Desk::open(store, headers, claim, facts()?)?;
    if locked {
        let key = RecoveryKey::of_bits(&firstboot::random::bytes()?);
        let device = desk.headers().path(desk.headers().make(&key, Besides::Nothing)?);
        // Data behind it.
        File::options().write(true).open(&device)?.set_len(32 << 20)?;
        desk.locked(Some(Lock::new(device, true)));
    }
    let socket = folder.join("socket");
    drop(fs::remove_file(&socket));
    let listener = UnixListener::bind(&socket)?;
    thread::spawn(move || {
        let began = Instant::now();
        let desk = Mutex::new(desk);
        thread::scope(|scope| {
            // Nothing is changed on a maker's machine: each change takes a while, and that is all. One does not work at first.
            scope.spawn(|| {
                let mut fails = true;
                loop {
                    thread::sleep(Duration::from_secs(1));
                    let mut desk = desk.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    match desk.change() {
                        Some((FAILS, _)) if fails => {
                            fails = false;
                            desk.failed("mke2fs: /dev/mapper/ilanga-data: Input/output error".into());
                        }
                        Some(_) if !desk.waits() && desk.made().is_err() => return,
                        _ => {}
                    }
                }
            });
            let _ = wire::serve(&listener, &desk, &|| began.elapsed(), &|| ());
        });
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(8).build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(&address).await?;
        println!("http://{}/ keeps its set-up in {}", listener.local_addr()?, folder.display());
        let portal = Portal { client: Client::new(&socket), names: vec!["localhost".into()] };
        serve(listener, router(portal), Limits::default()).await
    })?;
    Ok(())
}
