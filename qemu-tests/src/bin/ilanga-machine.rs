//! `ilanga-machine`: the machine of the stories, for a person. `ilanga boot` runs it in the tools tree.
//!
//! Exit codes: QEMU's, or that of the command given with `--run`; 1 if the machine could not be started.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};
use formats::size::Bytes;
use qemu_tests::inputs::Keys;
use qemu_tests::qemu::{Bus, Display, Network};
use qemu_tests::{Firmware, Machine, look_in, tool};

/// Starts an image in QEMU, with its serial console in this terminal: Ctrl-A X
/// switches it off, Ctrl-A C goes to QEMU's monitor and back.
#[derive(Debug, Parser)]
#[command(name = "ilanga boot mini-pc --", version, max_term_width = 80)]
struct Cli {
    /// The image
    #[arg(long, value_name = "FILE", env = "ILANGA_IMAGE", hide_env_values = true)]
    image: PathBuf,
    /// The folder of the keys that the image is signed with
    #[arg(long, value_name = "DIR", env = "ILANGA_KEYS", hide_env_values = true)]
    keys: PathBuf,
    /// A folder for what goes with the machine
    #[arg(long, value_name = "DIR", env = "ILANGA_SCRATCH", hide_env_values = true, default_value = "/tmp")]
    scratch: PathBuf,
    /// A disk that stays, with the firmware's variables and the TPM beside it;
    /// made from the image if it is not there. Without it the disk is a copy
    /// of the image that goes with the machine
    #[arg(long, value_name = "FILE")]
    disk: Option<PathBuf>,
    /// How large the disk is, as in 16G; no smaller than it is already
    #[arg(long, value_name = "SIZE", default_value = "16G")]
    size: Bytes,
    /// How the disk is attached
    #[arg(long, default_value = "virtio")]
    bus: BusName,
    /// Memory, as in 512M or 2G
    #[arg(long, value_name = "SIZE", default_value = "2G")]
    memory: Bytes,
    /// Processors
    #[arg(long, value_name = "NUMBER", default_value_t = 2)]
    processors: u32,
    /// Whose keys the firmware trusts when it starts for the first time
    #[arg(long, default_value = "own")]
    secure_boot: SecureBoot,
    /// Leaves the TPM out
    #[arg(long)]
    no_tpm: bool,
    /// Opens a window; a VNC server on 127.0.0.1:5900 where QEMU has no window
    #[arg(long)]
    graphic: bool,
    /// Forwards a TCP port of 127.0.0.1 to the machine, and gives it a network
    #[arg(long, value_name = "HOST:MACHINE", value_parser = forward)]
    forward: Vec<(u16, u16)>,
    /// Gives the machine a network
    #[arg(long)]
    network: bool,
    /// A root shell on the console, through an add-on to the kernel image that
    /// is signed with the keys: who has no keys gets none
    #[arg(long)]
    shell: bool,
    /// Changes nothing on the disk: no add-on that puts the console here
    #[arg(long, conflicts_with_all = ["shell", "run"])]
    as_shipped: bool,
    /// Runs a command on the machine once it has started, shows what it says,
    /// and switches the machine off; may be repeated
    #[arg(long, value_name = "COMMAND")]
    run: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SecureBoot {
    /// Ours, enrolled
    Own,
    /// Microsoft's, and ours enrolled with shim
    Shim,
    /// Microsoft's alone, as a mini PC is sold
    Microsoft,
    /// None yet: the boot loader enrols ours
    SetUp,
    /// Secure Boot is off
    Off,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum BusName {
    /// Paravirtualised
    Virtio,
    /// PCI Express
    Nvme,
    /// A stick
    Usb,
    /// SATA
    Sata,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<u8> {
    let mut machine = machine(cli)?;
    if cli.run.is_empty() {
        eprintln!("Ctrl-A X switches the machine off.");
        return Ok(machine.start_in_terminal()?);
    }
    let mut node = machine.start()?;
    let mut code = 0;
    for command in &cli.run {
        let reply = node.try_run(command)?;
        print!("{}", reply.output);
        code = reply.status;
    }
    node.power_off()?;
    Ok(code)
}

fn machine(cli: &Cli) -> Result<Machine> {
    let megabytes = u32::try_from(cli.memory.0 >> 20).context("more memory than a machine can have")?;
    let keys = Keys::new(&cli.keys);
    let mut machine = Machine::of("machine", &cli.image, cli.disk.as_deref(), &keys, &cli.scratch)?
        .firmware(match cli.secure_boot {
            SecureBoot::Own => Firmware::OwnKeys,
            SecureBoot::Shim => Firmware::MicrosoftAndOwner,
            SecureBoot::Microsoft => Firmware::Microsoft,
            SecureBoot::SetUp => Firmware::SetUp,
            SecureBoot::Off => Firmware::Off,
        })
        .bus(match cli.bus {
            BusName::Virtio => Bus::Virtio,
            BusName::Nvme => Bus::Nvme,
            BusName::Usb => Bus::Usb,
            BusName::Sata => Bus::Sata,
        })
        .memory(megabytes)
        .processors(cli.processors)
        .watchdog();
    if !cli.no_tpm {
        machine = machine.tpm();
    }
    if cli.network || !cli.forward.is_empty() {
        machine = machine.network(Network::User(cli.forward.clone()));
    }
    if cli.graphic {
        machine = machine.display(screen()?);
    }
    if machine.disk().size()? < cli.size {
        machine = machine.disk_size(cli.size)?;
    }
    let parameters = match (cli.as_shipped, cli.run.is_empty(), cli.shell) {
        (true, ..) => return Ok(machine),
        (false, false, _) => look_in::STORY,
        (false, true, true) => look_in::SHELL,
        (false, true, false) => look_in::CONSOLE,
    };
    Ok(machine.add_on(parameters)?)
}

/// A window if QEMU can open one.
fn screen() -> Result<Display> {
    let displays = String::from_utf8(tool::run("qemu-system-x86_64", ["-display", "help"])?)?;
    if displays.lines().any(|line| line == "gtk") {
        return Ok(Display::Window);
    }
    eprintln!("The screen is at 127.0.0.1:5900, for a VNC viewer.");
    Ok(Display::Vnc(0))
}

fn forward(text: &str) -> Result<(u16, u16), String> {
    let ports = text.split_once(':').and_then(|(host, node)| Some((host.parse().ok()?, node.parse().ok()?)));
    ports.ok_or_else(|| format!("'{text}' is not two ports, as in 8080:80"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn help_fits() {
        Cli::command().debug_assert();
        let help = Cli::command().render_long_help().to_string();
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
    }

    #[test]
    fn ports() {
        assert_eq!(forward("8080:80"), Ok((8080, 80)));
        assert!(forward("80").is_err() && forward("a:b").is_err() && forward("1:99999").is_err());
    }
}
