//! The command line, as data.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The exit statuses, for the help.
const STATUSES: &str = "\
Exit status: 0 done, 1 not done, 2 the command line is not understood,
3 it waits for another hour, month or link";

/// Fetches updates for this node, and serves neighbours what it has verified.
#[derive(Debug, Parser)]
#[command(name = "ilanga-fetch", version, after_help = STATUSES, max_term_width = 80)]
pub(crate) struct Cli {
    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The folder that has the node's files: another than `/` is for looking at another tree, and for tests.
    #[arg(long, global = true, value_name = "FOLDER", default_value = "/", hide = true)]
    pub(crate) root: PathBuf,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask for the newest release, and fetch nothing of it.
    Check(Sources),
    /// Fetch the newest release, if it is newer than the one that runs.
    Download {
        #[command(flatten)]
        sources: Sources,
        /// At any hour, and over a link that costs money by the megabyte.
        #[arg(long)]
        now: bool,
        /// Beyond the month's budget.
        #[arg(long)]
        beyond_budget: bool,
    },
    /// Fetch what the updater asks for in a person's name: a credential of the unit says what.
    #[command(hide = true)]
    Asked,
    /// Serve neighbours, until it is ended.
    Serve {
        /// Where to listen.
        #[arg(long, default_value = "[::]:7363")]
        listen: SocketAddr,
    },
    /// What is being done, and what was done last.
    Status,
}

/// Where it may come from besides what the settings name.
#[derive(Args, Debug)]
pub(crate) struct Sources {
    /// Only from this folder: a stick with a repository on it.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) from: Option<PathBuf>,
}
