//! A machine that is switched off: what it is made of, and its disk.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use formats::layout::Role;
use formats::size::Bytes;
use formats::slot::Slot;
use tempfile::TempDir;

use crate::accel::Accel;
use crate::disk::Disk;
use crate::error::{Doing, Error};
use crate::firmware::Firmware;
use crate::inputs::{self, Inputs, Keys, keep, processors};
use crate::look_in;
use crate::power_cuts::{Recording, release};
use crate::qemu::{self, Bus, Console, Display, Files, Hardware, Lan, Network};
use crate::running::Running;
use crate::tool;
use crate::tpm::{Interface, Tpm};

/// The disk as it was when its record began, and the record, in the machine's folder.
const BASE: &str = "base.img";
const WRITES: &str = "writes.log";

/// What has to be free for a machine's disk to grow.
const ROOM: Bytes = Bytes(2 << 30);

/// A machine. Its disk, its firmware's variables and its TPM's state stay as they are from one start to the next, and
/// go with it.
#[derive(Debug)]
pub struct Machine {
    pub(crate) hardware: Hardware,
    pub(crate) files: Files,
    pub(crate) patience: Duration,
    pub(crate) starts: u32,
    firmware: Firmware,
    keys: Keys,
    cache: PathBuf,
    disk: Disk,
    _folders: Vec<TempDir>,
}

impl Machine {
    /// A machine with a copy of the image on its disk and our keys in its firmware.
    pub fn new(name: &str, inputs: &Inputs) -> Result<Self, Error> {
        Self::of(name, &inputs.image, None, &inputs.keys, &inputs.scratch)
    }

    /// A machine with a copy of `image` on its disk; with `disk`, that file is the disk: it is made from the image if
    /// it is not there, and it stays.
    pub fn of(name: &str, image: &Path, disk: Option<&Path>, keys: &Keys, scratch: &Path) -> Result<Self, Error> {
        fs::create_dir_all(scratch).at("creating", scratch)?;
        let mut folder = tempfile::Builder::new()
            .prefix(&format!("{name}-"))
            .tempdir_in(scratch)
            .at("creating a folder in", scratch)?;
        folder.disable_cleanup(keep());
        // A socket's path has at most 107 bytes: not in the scratch folder, whose own may be long.
        let sockets = tempfile::Builder::new()
            .prefix("ilanga-")
            .tempdir()
            .doing(|| "creating a folder for sockets".to_owned())?;
        let path = |name: &str| folder.path().join(name);
        // What belongs to a disk that stays is beside it.
        let stays = |extension: &str, name: &str| disk.map_or(path(name), |disk| disk.with_extension(extension));
        let files = Files {
            disk: disk.map_or(path("disk.img"), Path::to_owned),
            variables: stays("variables.fd", "variables.fd"),
            tpm_state: stays("tpm", "tpm"),
            console: path("console.log"),
            shell_log: path("shell.log"),
            qemu_log: path("qemu.log"),
            tpm_log: path("tpm.log"),
            sockets: sockets.path().to_owned(),
        };
        let disk = if files.disk.exists() { Disk::at(&files.disk) } else { Disk::copy(image, &files.disk)? };
        Ok(Self {
            hardware: Hardware { processors: processors(), ..Hardware::default() },
            files,
            patience: Duration::from_secs(200) * Accel::best().patience(),
            starts: 0,
            firmware: Firmware::OwnKeys,
            keys: keys.clone(),
            cache: scratch.to_owned(),
            disk,
            _folders: vec![folder, sockets],
        })
    }

    /// With other keys in the firmware; has no effect after the first start.
    pub fn firmware(mut self, firmware: Firmware) -> Self {
        self.firmware = firmware;
        self
    }

    /// With a TPM like a mini PC's.
    pub fn tpm(self) -> Self {
        self.tpm_of(Interface::Crb)
    }

    /// With a TPM of this kind.
    pub fn tpm_of(mut self, interface: Interface) -> Self {
        self.hardware.tpm = Some(interface);
        self
    }

    /// Takes its TPM out, and puts another one in: one that was never used, or the first again.
    pub fn exchange_tpm(&mut self) -> Result<(), Error> {
        let here = &self.files.tpm_state;
        let (aside, between) = (here.with_extension("aside"), here.with_extension("between"));
        let moves = |from: &Path, to: &Path| match fs::rename(from, to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).at("moving", from),
            _ => Ok(()),
        };
        moves(here, &between)?;
        moves(&aside, here)?;
        moves(&between, &aside)
    }

    /// With this many binary megabytes of memory.
    pub fn memory(mut self, megabytes: u32) -> Self {
        self.hardware.memory = megabytes;
        self
    }

    /// With this many processors.
    pub fn processors(mut self, processors: u32) -> Self {
        self.hardware.processors = processors;
        self
    }

    /// With the disk on this bus.
    pub fn bus(mut self, bus: Bus) -> Self {
        self.hardware.bus = bus;
        self
    }

    /// With this network.
    pub fn network(mut self, network: Network) -> Self {
        self.hardware.network = network;
        self
    }

    /// In a network with other machines, besides its own; with one processor, as they need some too.
    pub fn lan(mut self, lan: Lan) -> Self {
        self.hardware.lan = Some(lan);
        self.hardware.processors = 1;
        self
    }

    /// With one more OEM string (SMBIOS type 11).
    pub fn oem_string(mut self, text: &str) -> Self {
        self.hardware.oem_strings.push(text.to_owned());
        self
    }

    /// With a watchdog that resets the machine.
    pub fn watchdog(mut self) -> Self {
        self.hardware.watchdog = true;
        self
    }

    /// With a screen.
    pub fn display(mut self, display: Display) -> Self {
        self.hardware.display = display;
        self
    }

    /// With the file at this path as a second disk, which the machine can't write.
    pub fn second_disk(mut self, path: &Path) -> Self {
        self.hardware.second_disk = Some(path.to_owned());
        self
    }

    /// With the file at this path as another disk, which the machine can write but does not start from: `virtio-other` in
    /// `/dev/disk/by-id`.
    pub fn other_disk(mut self, path: &Path) -> Self {
        self.hardware.other_disk = Some(path.to_owned());
        self
    }

    /// Takes its disk out: from now on the other one is the only one. Firmware and TPM stay as they are.
    pub fn without_first_disk(mut self) -> Self {
        if let Some(other) = self.hardware.other_disk.take() {
            self.disk = Disk::at(&other);
            self.files.disk = other;
            self.hardware.bus = Bus::Virtio;
        }
        self
    }

    /// Takes the other disk out.
    pub fn without_other_disk(mut self) -> Self {
        self.hardware.other_disk = None;
        self
    }

    /// With USB ports that things can be plugged into while it runs.
    pub fn usb(mut self) -> Self {
        self.hardware.usb = true;
        self
    }

    /// With the file at this path as a stick on USB.
    pub fn stick(mut self, path: &Path) -> Self {
        self.hardware.stick = Some(path.to_owned());
        self
    }

    /// With a record of every write to the disk from now on, over all its starts; [`Machine::recording`] reads it.
    pub fn recorded(mut self) -> Result<Self, Error> {
        Disk::copy(self.disk.path(), &self.folder().join(BASE))?;
        let log = self.folder().join(WRITES);
        // QEMU continues a record, and takes an empty file for one that has just begun.
        File::create(&log).at("creating", &log)?;
        self.hardware.write_log = Some(log);
        Ok(self)
    }

    /// What was recorded, once the machine is off. The disk may hold the release that it held at the beginning in slot a, and
    /// these, of the stories' update bundles.
    pub fn recording(&mut self, releases: &[&str]) -> Result<Recording, Error> {
        let (base, log) = (self.folder().join(BASE), self.folder().join(WRITES));
        let first = Disk::at(&base).partition(Role::Root(Slot::A))?.start;
        let mut images = vec![(base.clone(), first.0)];
        for release in releases {
            images.push((inputs::bundles()?.join(format!("{release}.raucb")), release::IN_BUNDLE));
        }
        Recording::read(&base, &log, &self.disk, &images)
    }

    /// With another limit for each thing that is waited for.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// With a disk of this length.
    pub fn disk_size(self, size: Bytes) -> Result<Self, Error> {
        self.disk.grow(size)?;
        Ok(self)
    }

    /// Puts the add-on for looking in on the disk.
    pub fn look_in(self) -> Result<Self, Error> {
        self.add_on(look_in::STORY)
    }

    /// Puts an add-on with other kernel parameters on the disk.
    pub fn add_on(self, parameters: &str) -> Result<Self, Error> {
        look_in::install(&self.disk, parameters, &self.keys, &self.cache)?;
        Ok(self)
    }

    /// The disk, for edits. Nobody can edit it while the machine runs.
    pub fn disk(&mut self) -> &Disk {
        &self.disk
    }

    /// A folder that goes with the machine.
    pub fn folder(&self) -> &Path {
        self.files.console.parent().unwrap_or(Path::new("/"))
    }

    /// Switches it on.
    pub fn start(&mut self) -> Result<Running<'_>, Error> {
        self.prepare()?;
        Running::start(self)
    }

    /// Switches it on with its console in the person's terminal, until it is off; returns QEMU's exit code.
    pub fn start_in_terminal(&mut self) -> Result<u8, Error> {
        self.hardware.console = Console::Terminal;
        self.prepare()?;
        let _tpm = match self.hardware.tpm {
            Some(_) => Some(Tpm::start(&self.files.tpm_state, &self.files.tpm(), &self.files.tpm_log)?),
            None => None,
        };
        tool::in_terminal("qemu-system-x86_64", qemu::arguments(&self.hardware, &self.files, Accel::best()))
    }

    fn prepare(&mut self) -> Result<(), Error> {
        let folder = self.folder().display().to_string();
        let disk = nix::sys::statvfs::statvfs(self.folder()).map_err(std::io::Error::from);
        let disk = disk.doing(|| format!("asking how much is free of the disk of {folder}"))?;
        let free = Bytes(disk.blocks_available().saturating_mul(disk.fragment_size()));
        if free < ROOM {
            // QEMU would stop a machine whose disk can't grow, and everything would wait for it.
            let what =
                format!("{free} are free on its disk, and a machine may need {ROOM}: make room (`ilanga clean`)");
            return Err(Error::Disk { disk: folder, what });
        }
        if !self.files.variables.exists() {
            self.firmware.variables(&self.keys, &self.cache, &self.files.variables)?;
        }
        for socket in [self.files.monitor(), self.files.shell(), self.files.typing(), self.files.tpm()] {
            // Left by the last start, if there was one.
            let _ = fs::remove_file(socket);
        }
        self.starts += 1;
        let log = |name: &str| self.folder().join(format!("{name}-{}.log", self.starts));
        (self.files.console, self.files.shell_log) = (log("console"), log("shell"));
        Ok(())
    }
}
