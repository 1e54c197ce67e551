//! The command line, as data.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use formats::version::Version;

/// The exit statuses, for the help.
const STATUSES: &str = "\
Exit status: 0 done, 1 not done, 2 the command line is not understood,
3 refused and nothing changed, 4 not allowed, 5 something else is being done";

/// Brings updates onto this node, and says what became of them.
#[derive(Debug, Parser)]
#[command(name = "ilanga-update", version, after_help = STATUSES, max_term_width = 80)]
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
    /// What runs, what starts next, and what is being done.
    Status,
    /// What was found to fetch and what it costs; or what a bundle is, and whether it would be installed.
    Check {
        /// The bundle, a file that ends with .raucb; without it, what the node has found by itself.
        bundle: Option<PathBuf>,
    },
    /// Install a bundle onto the other slot; it starts at the next restart.
    Install {
        /// The bundle: a file or an address that ends with .raucb; or a repository's address.
        bundle: PathBuf,
        /// Fetch it without asking whether its cost is all right.
        #[arg(long)]
        yes: bool,
        /// Also if it is older than the release that runs.
        #[arg(long)]
        allow_downgrade: bool,
    },
    /// Let the other release start next, or take back one that was only installed.
    Rollback,
    /// Keep to a release: this node does not update itself past it.
    Pin {
        /// The release; the one that runs if it is left out.
        version: Option<Version>,
    },
    /// End that.
    Unpin,
    /// When this node may restart by itself into a release that waits.
    RestartHours {
        /// Hours in local time, such as 02:00-04:00; `never` ends that.
        hours: String,
    },
    /// What happened to releases, and why.
    History,
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn help_fits() {
        let mut command = Cli::command();
        command.clone().debug_assert();
        let help = command.render_long_help().to_string();
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
    }
}
