//! The command line, as data.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use formats::community::{CommunityName, Endpoint};
use formats::settings::HostName;

/// The exit statuses, for the help.
const STATUSES: &str = "\
Exit status: 0 done, 1 not done, 2 the command line is not understood";

/// Looks after the community of this node: the nodes that it lets in over the
/// mesh, and nobody else.
///
/// All of it needs to be root: `run0 ilanga-mesh list`.
#[derive(Debug, Parser)]
#[command(name = "ilanga-mesh", version, after_help = STATUSES, max_term_width = 80)]
pub(crate) struct Cli {
    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Which community this node is in, and who its members are.
    List,
    /// Begin a community with this node as its founder, who lets others in.
    ///
    /// From then on nobody else reaches this node over the mesh.
    Found {
        /// What people call it: up to 32 letters.
        name: CommunityName,
        /// Where this node is reached from other networks, such as school.example.org:7367. Up to three times. The node then lets links
        /// of the mesh in at port 7367; whatever stands between has to pass them on.
        #[arg(long, value_name = "HOST:PORT")]
        at: Vec<Endpoint>,
    },
    /// Make an invitation: a QR code, and the same as text.
    ///
    /// Whoever has it first is let in: hand it over as you would a key.
    Invite {
        /// What the node is going to be called in the list; without it, what it is called itself.
        #[arg(long = "for", value_name = "NAME")]
        called: Option<HostName>,
        /// For how many days, today not counted.
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(0..=366))]
        days: u32,
        /// Any number of nodes may redeem it.
        #[arg(long)]
        many: bool,
    },
    /// Join a community: the invitation is read from standard input, or asked for.
    Join,
    /// Remove a member, such as one that was stolen. Its key is refused by all that hear of it.
    Remove {
        /// Its name, or its key.
        member: String,
    },
    /// Leave the community. The node stays in the mesh.
    Leave {
        /// On the founder: end the community. Nobody can be let in or removed any more.
        #[arg(long)]
        end: bool,
    },
    /// Have a spare radio meet other nodes' without an access point in between
    /// (802.11s), or not; without a word, say how it is.
    ///
    /// Not every radio can. One is left for the Wi-Fi networks that the node knows.
    Radio {
        /// Whether.
        wanted: Option<Switch>,
    },
    /// Exchange the files by which this node is in a network of Nebula's, such
    /// as for a certificate that ends later: they are read from standard
    /// input, as the wizard takes them.
    Renew,
    /// Answer other nodes of the community, and ask them: what the service does.
    #[command(hide = true)]
    Serve,
    /// Have the packet filter let in who may come in: what the service does.
    #[command(hide = true)]
    Filter,
    /// Have a radio meet others': what the service does.
    #[command(hide = true)]
    Meet {
        /// Leave them instead, until the next start.
        #[arg(long)]
        end: bool,
    },
    /// Be in the network of WireGuard's that is kept: what the service does.
    #[command(hide = true)]
    Wireguard {
        /// Leave it instead, until the next start.
        #[arg(long)]
        end: bool,
    },
    /// Write what Nebula reads into its unit's folder: what the service does.
    #[command(hide = true)]
    Nebula {
        /// The folder.
        folder: PathBuf,
    },
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

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// From now on.
    On,
    /// Not any more.
    Off,
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
