//! QEMU's command line for a machine: a pure function of what the machine is made of.

use std::path::{Path, PathBuf};

use crate::accel::Accel;
use crate::firmware::CODE;
use crate::tpm::Interface;

/// How the disk is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bus {
    /// A paravirtualised disk.
    Virtio,
    /// A disk on PCI Express.
    Nvme,
    /// A disk or stick on USB.
    Usb,
    /// A disk on SATA.
    Sata,
}

/// What the machine is connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Network {
    /// No network device.
    None,
    /// QEMU's own user network, with TCP ports of the host forwarded to the machine's: (host, machine).
    User(Vec<(u16, u16)>),
}

/// A network that machines share with nobody else: Ethernet frames in UDP, to a multicast address on the loopback interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lan {
    /// The UDP port, the same for all of them.
    pub port: u16,
    /// The last byte of the machine's address, which no other one has.
    pub number: u8,
}

/// What the machine shows to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Display {
    /// No graphics at all.
    None,
    /// A window.
    Window,
    /// A VNC server on this display of 127.0.0.1.
    Vnc(u16),
}

/// Where the first serial port leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Console {
    /// To a file; a socket can type.
    Log,
    /// To the terminal that QEMU was started from.
    Terminal,
}

/// What a machine consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hardware {
    /// Memory in binary megabytes.
    pub memory: u32,
    /// Processors.
    pub processors: u32,
    /// How the disk is attached.
    pub bus: Bus,
    /// Whether there is a TPM, and of which kind.
    pub tpm: Option<Interface>,
    /// Its network.
    pub network: Network,
    /// A second network, with other machines in it.
    pub lan: Option<Lan>,
    /// OEM strings (SMBIOS type 11), where a hypervisor leaves credentials and kernel parameters.
    pub oem_strings: Vec<String>,
    /// Whether there is a watchdog on PCI that resets the machine.
    pub watchdog: bool,
    /// What a person sees.
    pub display: Display,
    /// Where the console goes.
    pub console: Console,
    /// A file that is a second disk, which the machine can't write.
    pub second_disk: Option<PathBuf>,
    /// A file that is another disk, which it can.
    pub other_disk: Option<PathBuf>,
    /// A file that is a stick on USB.
    pub stick: Option<PathBuf>,
    /// Whether it has USB ports (`usb.0`) that things can be plugged into. With a stick, it has.
    pub usb: bool,
    /// A file, which is there, that gets a record of every write, in the format of dm-log-writes, behind what it has already.
    pub write_log: Option<PathBuf>,
}

impl Default for Hardware {
    /// A mini PC without a TPM, a network or a screen.
    fn default() -> Self {
        Self {
            memory: 2048,
            processors: 1,
            bus: Bus::Virtio,
            tpm: None,
            network: Network::None,
            lan: None,
            oem_strings: Vec::new(),
            watchdog: false,
            display: Display::None,
            console: Console::Log,
            second_disk: None,
            other_disk: None,
            stick: None,
            usb: false,
            write_log: None,
        }
    }
}

/// The files and sockets of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The disk.
    pub disk: PathBuf,
    /// The firmware's variables.
    pub variables: PathBuf,
    /// The TPM's state.
    pub tpm_state: PathBuf,
    /// What the first serial port says.
    pub console: PathBuf,
    /// What the second serial port says.
    pub shell_log: PathBuf,
    /// What QEMU itself says.
    pub qemu_log: PathBuf,
    /// What swtpm says.
    pub tpm_log: PathBuf,
    /// The folder of the sockets; its path is short, as a socket's must be.
    pub sockets: PathBuf,
}

impl Files {
    /// QEMU's monitor.
    pub fn monitor(&self) -> PathBuf {
        self.sockets.join("monitor")
    }

    /// The first serial port, for typing.
    pub fn typing(&self) -> PathBuf {
        self.sockets.join("console")
    }

    /// The second serial port.
    pub fn shell(&self) -> PathBuf {
        self.sockets.join("shell")
    }

    /// swtpm's control channel.
    pub fn tpm(&self) -> PathBuf {
        self.sockets.join("tpm")
    }
}

/// The arguments for `qemu-system-x86_64`.
pub fn arguments(hardware: &Hardware, files: &Files, accel: Accel) -> Vec<String> {
    let mut line = Line(Vec::new());
    line.add(["-nodefaults", "-no-user-config", "-machine", "q35,smm=on"]);
    line.add(accel.options());
    line.option("-smp", hardware.processors.to_string());
    line.option("-m", format!("{}M", hardware.memory));
    line.add(["-global", "driver=cfi.pflash01,property=secure,value=on", "-global", "ICH9-LPC.disable_s3=1"]);
    line.option("-drive", format!("if=pflash,unit=0,format=raw,readonly=on,file={CODE}"));
    line.option("-drive", format!("if=pflash,unit=1,format=raw,file={}", value(&files.variables)));
    line.disk(hardware, files);
    if let Some(second) = &hardware.second_disk {
        let file = format!("driver=raw,node-name=second,read-only=on,file.driver=file,file.filename={}", value(second));
        line.option("-blockdev", file);
        line.add(["-device", "virtio-blk-pci,drive=second"]);
    }
    if let Some(other) = &hardware.other_disk {
        line.option("-blockdev", format!("driver=raw,node-name=other,file.driver=file,file.filename={}", value(other)));
        line.add(["-device", "virtio-blk-pci,serial=other,drive=other"]);
    }
    if hardware.usb || hardware.stick.is_some() {
        line.add(["-device", "qemu-xhci,id=usb"]);
    }
    if let Some(stick) = &hardware.stick {
        line.option("-blockdev", format!("driver=raw,node-name=stick,file.driver=file,file.filename={}", value(stick)));
        line.add(["-device", "usb-storage,bus=usb.0,removable=on,drive=stick"]);
    }
    if let Some(interface) = hardware.tpm {
        line.option("-chardev", format!("socket,id=tpm,path={}", value(&files.tpm())));
        line.add(["-tpmdev", "emulator,id=tpm0,chardev=tpm", "-device"]);
        line.add([match interface {
            Interface::Crb => "tpm-crb,tpmdev=tpm0",
            Interface::Tis => "tpm-tis,tpmdev=tpm0",
        }]);
    }
    line.serial(hardware.console, files);
    line.option("-qmp", format!("unix:{},server=on,wait=off", value(&files.monitor())));
    line.network(&hardware.network);
    if let Some(lan) = hardware.lan {
        line.lan(lan);
    }
    for text in &hardware.oem_strings {
        line.option("-smbios", format!("type=11,value={}", text.replace(',', ",,")));
    }
    if hardware.watchdog {
        line.add(["-device", "i6300esb", "-action", "watchdog=reset"]);
    }
    line.display(hardware.display);
    line.0
}

struct Line(Vec<String>);

impl Line {
    fn add<'a>(&mut self, args: impl IntoIterator<Item = &'a str>) {
        self.0.extend(args.into_iter().map(str::to_owned));
    }

    fn option(&mut self, name: &str, value: String) {
        self.0.extend([name.to_owned(), value]);
    }

    fn disk(&mut self, hardware: &Hardware, files: &Files) {
        let file = format!("driver=file,node-name=file,discard=unmap,filename={}", value(&files.disk));
        self.option("-blockdev", file);
        let below = match &hardware.write_log {
            None => "file",
            Some(log) => {
                self.option("-blockdev", format!("driver=file,node-name=log,filename={}", value(log)));
                self.add(["-blockdev", "driver=blklogwrites,node-name=logged,file=file,log=log,log-append=on"]);
                "logged"
            }
        };
        self.option("-blockdev", format!("driver=raw,node-name=disk,discard=unmap,file={below}"));
        let device = match hardware.bus {
            Bus::Virtio => "virtio-blk-pci",
            Bus::Nvme => "nvme,serial=ilanga",
            Bus::Usb => {
                self.add(["-device", "qemu-xhci"]);
                "usb-storage,removable=on"
            }
            Bus::Sata => "ide-hd,bus=ide.0",
        };
        self.option("-device", format!("{device},drive=disk,bootindex=0"));
    }

    fn serial(&mut self, console: Console, files: &Files) {
        let device = |id: &str| format!("isa-serial,chardev={id}");
        match console {
            Console::Log => {
                let (socket, log) = (value(&files.typing()), value(&files.console));
                let chardev = format!("socket,id=console,path={socket},server=on,wait=off,logfile={log}");
                self.option("-chardev", chardev);
            }
            Console::Terminal => self.add(["-chardev", "stdio,id=console,mux=on,signal=off"]),
        }
        self.option("-device", device("console"));
        let (socket, log) = (value(&files.shell()), value(&files.shell_log));
        self.option("-chardev", format!("socket,id=shell,path={socket},server=on,wait=off,logfile={log}"));
        self.option("-device", device("shell"));
    }

    fn network(&mut self, network: &Network) {
        match network {
            Network::None => self.add(["-nic", "none"]),
            Network::User(forwards) => {
                let forwards = forwards.iter().map(|(host, node)| format!(",hostfwd=tcp:127.0.0.1:{host}-:{node}"));
                self.option("-nic", format!("user,model=e1000e{}", forwards.collect::<String>()));
            }
        }
    }

    fn lan(&mut self, lan: Lan) {
        let Lan { port, number } = lan;
        self.option("-netdev", format!("socket,id=lan,mcast=230.7.65.1:{port},localaddr=127.0.0.1"));
        self.option("-device", format!("e1000e,netdev=lan,mac=52:54:00:69:6c:{number:02x}"));
    }

    fn display(&mut self, display: Display) {
        match display {
            Display::None => self.add(["-display", "none"]),
            Display::Window => self.add(["-display", "gtk", "-device", "virtio-vga"]),
            Display::Vnc(number) => {
                self.option("-display", format!("vnc=127.0.0.1:{number}"));
                self.add(["-device", "virtio-vga"]);
            }
        }
        if display != Display::None {
            self.add(["-device", "qemu-xhci,id=input", "-device", "usb-kbd,bus=input.0", "-device"]);
            self.add(["usb-tablet,bus=input.0"]);
        }
    }
}

/// A path as the value of an option: QEMU wants commas doubled.
fn value(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let path = |name: &str| Path::new("/s").join(name);
        Files {
            disk: path("disk,1.img"),
            variables: path("variables.fd"),
            tpm_state: path("tpm"),
            console: path("console.log"),
            shell_log: path("shell.log"),
            qemu_log: path("qemu.log"),
            tpm_log: path("tpm.log"),
            sockets: path("sockets"),
        }
    }

    fn line(hardware: &Hardware) -> String {
        arguments(hardware, &files(), Accel::Tcg).join(" ")
    }

    #[test]
    fn describes_the_hardware() {
        let plain = line(&Hardware::default());
        assert!(plain.contains("filename=/s/disk,,1.img"), "{plain}");
        assert!(plain.contains("-nic none") && plain.contains("-display none") && !plain.contains("tpm"), "{plain}");
        let full = line(&Hardware {
            memory: 512,
            bus: Bus::Usb,
            tpm: Some(Interface::Crb),
            network: Network::User(vec![(8080, 80)]),
            oem_strings: vec!["a=b,c".into()],
            watchdog: true,
            display: Display::Vnc(1),
            console: Console::Terminal,
            write_log: Some("/s/writes".into()),
            ..Hardware::default()
        });
        for part in [
            "-m 512M",
            "usb-storage,removable=on,drive=disk,bootindex=0",
            "tpm-crb,tpmdev=tpm0",
            "hostfwd=tcp:127.0.0.1:8080-:80",
            "type=11,value=a=b,,c",
            "i6300esb",
            "vnc=127.0.0.1:1",
            "stdio,id=console",
            "file=logged",
        ] {
            assert!(full.contains(part), "{part} in {full}");
        }
    }
}
