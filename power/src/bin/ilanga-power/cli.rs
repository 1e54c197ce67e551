//! The command line, as data.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use power::protocol::registry::{ALL, Protocol};
use power::readings::PATH;

/// The exit statuses, for the help.
const STATUSES: &str = "\
Exit status: 0 done, 1 not done, 2 the command line is not understood,
3 no device was found";

/// Shows what solar devices and batteries say. It never changes anything on them.
#[derive(Debug, Parser)]
#[command(name = "ilanga-power", version, after_help = STATUSES, max_term_width = 80)]
pub(crate) struct Cli {
    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The file that the daemon writes.
    #[arg(long, global = true, default_value = PATH, value_name = "FILE")]
    pub(crate) readings: PathBuf,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// What was found, and what it says right now.
    List,
    /// The same again and again, whenever it changes.
    Watch,
    /// Look for a device on one port now, and say what it says.
    ///
    /// Ports that are clearly something else are refused, as the daemon leaves them alone.
    Probe {
        /// A serial port or HID device, such as /dev/ttyUSB0; a CAN interface, such as can0; or venus://HOST, sunspec://HOST or
        /// nut://HOST, with a port behind a colon where it is not the usual one.
        port: String,
        /// Try this protocol only.
        #[arg(long, value_parser = protocol, value_name = "NAME")]
        protocol: Option<Protocol>,
        /// Only listen.
        #[arg(long, conflicts_with = "ask")]
        listen: bool,
        /// Ask, whatever USB says of the port.
        #[arg(long)]
        ask: bool,
        /// Show each step, and every byte that is sent or comes: a recording that `decode` reads.
        #[arg(long, short)]
        verbose: bool,
    },
    /// Read a recording of a device.
    ///
    /// It is either what came, byte for byte, or lines of `> 44 44` for what was sent and `< 44 44` for what came, as `probe --verbose`
    /// prints them.
    Decode {
        /// The file.
        file: PathBuf,
        /// The protocol that it is of.
        #[arg(long, value_parser = protocol, value_name = "NAME")]
        protocol: Protocol,
    },
    /// The protocols that are known, and on what each is spoken.
    Protocols,
    /// Print what completes this program's command line in a shell.
    #[command(hide = true)]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the manual pages into a folder.
    #[command(hide = true)]
    Man {
        /// The folder.
        folder: PathBuf,
    },
}

fn protocol(name: &str) -> Result<Protocol, String> {
    let names: Vec<&str> = ALL.iter().map(|entry| entry.name).collect();
    Protocol::named(name).ok_or_else(|| format!("known are {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn help_fits() {
        let mut command = Cli::command();
        command.clone().debug_assert();
        let names: Vec<String> = command.get_subcommands().map(|part| part.get_name().to_owned()).collect();
        let mut helps = vec![command.render_long_help().to_string()];
        for name in names {
            helps.extend(command.find_subcommand_mut(&name).map(|part| part.render_long_help().to_string()));
        }
        for help in helps {
            assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
        }
    }
}
