//! The command line, as data.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use formats::date::Date;
use formats::repository::Percentage;
use formats::size::Bytes;
use formats::version::Version;

use crate::inspect;

/// Builds signed, A/B-updatable, Debian-based disk images.
///
/// Exit codes: 0 done; 1 an error, or `inspect` found something wrong; 2 the command line itself; 130 stopped by Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "ilanga", version, max_term_width = 80)]
pub(crate) struct Cli {
    /// The workspace, or a folder in it.
    #[arg(id = "workspace", long = "directory", short = 'C', global = true, value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,
    /// Shows what every program says.
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    /// How packages are fetched.
    #[command(flatten)]
    pub(crate) network: Network,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the builder can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Builds an image.
    Build(Build),
    /// Makes the update bundle of an image, which is built if it is not up to date.
    Bundle(Bundle),
    /// Makes a delta between two update bundles.
    Delta(Delta),
    /// Publishes update bundles in a folder that any web server can serve.
    Release(Release),
    /// Shows everything that a build would decide.
    Plan(Plan),
    /// Asks the archive anew which packages an image consists of.
    Lock(Lock),
    /// Makes signing keys.
    Keys {
        /// What to do.
        #[command(subcommand)]
        command: Keys,
    },
    /// Works with files of answers, by which many nodes set themselves up.
    Answers {
        /// What to do.
        #[command(subcommand)]
        command: Answers,
    },
    /// Shows what is on an image or a disk.
    Inspect(inspect::Args),
    /// Starts an image in a virtual machine.
    Boot(Boot),
    /// Runs the tests, and the stories in virtual machines.
    Test(Test),
    /// Makes a signed addition to the kernel's command line.
    Addon(Addon),
    /// Runs a program of the tools tree, with the workspace at /src.
    #[command(name = "tools")]
    Tools {
        /// The program and its arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, default_values = ["bash"])]
        command: Vec<String>,
    },
    /// Removes what is cached.
    Clean(Clean),
    /// Writes shell completions to standard output.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Writes the manual pages.
    Man {
        /// The folder that they are written to.
        directory: PathBuf,
    },
}

/// How packages are fetched.
#[derive(Clone, Debug, Args)]
pub(crate) struct Network {
    /// The mirror of Debian's archives, instead of deb.debian.org.
    #[arg(
        long,
        global = true,
        env = "ILANGA_MIRROR",
        hide_env_values = true,
        value_name = "URL",
        default_value = "http://deb.debian.org"
    )]
    pub(crate) mirror: String,
    /// Uses nothing but the cache.
    #[arg(long, global = true)]
    pub(crate) offline: bool,
}

/// `ilanga build`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Build {
    /// The board, a folder of images/.
    pub(crate) board: String,
    /// The folder of keys; without one, development keys are made.
    #[arg(long, value_name = "DIR")]
    pub(crate) keys: Option<PathBuf>,
    /// Where the artefacts go, instead of out/BOARD.
    #[arg(long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// How the boot chain is trusted, instead of what image.toml says.
    #[arg(long, value_name = "own|shim")]
    pub(crate) trust: Option<String>,
    /// The version of the release, instead of image.toml's.
    #[arg(long, value_name = "VERSION")]
    pub(crate) release: Option<Version>,
    /// A folder whose files are copied over the tree, after those of the
    /// configuration. May be repeated.
    #[arg(long, value_name = "DIR")]
    pub(crate) overlay: Vec<PathBuf>,
    /// Fails if the lock is not there or not for this configuration.
    #[arg(long)]
    pub(crate) locked: bool,
    /// Makes the update bundle too.
    #[arg(long)]
    pub(crate) bundle: bool,
    /// Leaves the compressed image out: for tries, half a minute less.
    #[arg(long)]
    pub(crate) uncompressed: bool,
    /// Says how long each stage took.
    #[arg(long)]
    pub(crate) timings: bool,
    /// Writes what was made as JSON to standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `ilanga bundle`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Bundle {
    /// The board, a folder of images/.
    pub(crate) board: String,
    /// The folder of keys; without one, development keys are made.
    #[arg(long, value_name = "DIR")]
    pub(crate) keys: Option<PathBuf>,
    /// The stream of releases that it is for, instead of image.toml's.
    #[arg(long, value_parser = ["stable", "beta"])]
    pub(crate) channel: Option<String>,
    /// What it changes, for people: plain text, instead of images/BOARD/changelog.txt.
    #[arg(long, value_name = "FILE")]
    pub(crate) changelog: Option<PathBuf>,
    /// The file to make, NAME.raucb, instead of one in out/BOARD.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// `ilanga delta`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Delta {
    /// The bundle of the release that nodes have.
    pub(crate) old: PathBuf,
    /// The bundle of the release that they shall get.
    pub(crate) new: PathBuf,
    /// The file to make, instead of FROM-TO.delta beside the new bundle.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Writes what was made, and what it saves, as JSON to standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `ilanga release`.
///
/// The list of releases is signed for a number of days: run it with --refresh
/// in time if there is no new release.
#[derive(Clone, Debug, Args)]
pub(crate) struct Release {
    /// The repository's folder; a new one is made.
    pub(crate) folder: PathBuf,
    /// The folder of keys; without one, the development keys.
    #[arg(long, value_name = "DIR")]
    pub(crate) keys: Option<PathBuf>,
    /// A bundle to publish; the index, pieces and deltas beside it go with it.
    /// May be repeated. Without one, those of out/ are published.
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Vec<PathBuf>,
    /// Refuses bundles for other channels; with --refresh, changes only this one.
    #[arg(long, value_name = "NAME")]
    pub(crate) channel: Option<String>,
    /// How many of all nodes take the release, such as 10%; 0% withdraws it.
    #[arg(long, value_name = "PERCENT")]
    pub(crate) rollout: Option<Percentage>,
    /// The day of the signatures, instead of today.
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<Date>,
    /// For how many days nodes believe the list.
    #[arg(long, value_name = "DAYS", default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=3653))]
    pub(crate) expires: u32,
    /// How many releases of each board stay.
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) keep: u32,
    /// From how many of the last releases deltas are made, as far as they save
    /// something beside pieces.
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(crate) deltas: u32,
    /// Adds nothing: signs the list anew, and changes --rollout if it is given.
    #[arg(long, conflicts_with = "bundle")]
    pub(crate) refresh: bool,
    /// Changes the keys that nodes trust to those of this folder; --keys has the
    /// old ones.
    #[arg(long, value_name = "DIR", requires = "keys", conflicts_with_all = ["bundle", "refresh", "rollout"])]
    pub(crate) new_keys: Option<PathBuf>,
    /// Shows what would be published, and writes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Writes what was published as JSON to standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `ilanga plan`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Plan {
    /// The board, a folder of images/.
    pub(crate) board: String,
    /// Writes JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `ilanga lock`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Lock {
    /// The board, a folder of images/.
    pub(crate) board: String,
    /// Shows what would change, and changes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `ilanga keys`.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Keys {
    /// Makes the whole set of keys in a new folder.
    New {
        /// The folder; it must not exist, and should not be in a repository.
        directory: PathBuf,
    },
    /// Begins a change of keys: makes new ones, with the old ones beside them.
    ///
    /// Releases that are then built with the new folder bring the change to
    /// nodes, in three phases: docs/keys.md.
    Next {
        /// The folder of the keys that nodes trust now.
        old: PathBuf,
        /// The folder of the new ones; it must not exist.
        new: PathBuf,
    },
    /// Says how far a change of keys is: which phase the next release is in.
    Phase {
        /// The folder of the new keys.
        directory: PathBuf,
        /// What follows; `done` once no node has the old keys any more.
        #[arg(value_parser = ["announce", "switch", "retire", "done"])]
        phase: String,
        /// The release that announced the new keys; nodes take no later one
        /// before they had that one. Needed for 'switch'.
        #[arg(long, value_name = "VERSION")]
        announced: Option<Version>,
    },
}

/// `ilanga boot`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Boot {
    /// The board, a folder of images/.
    pub(crate) board: String,
    /// What the machine is like; `ilanga boot BOARD -- --help` lists it.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) machine: Vec<String>,
}

/// `ilanga test`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Test {
    /// Runs only what has one of these in its name.
    pub(crate) names: Vec<String>,
    /// Lists the names, and runs nothing.
    #[arg(long)]
    pub(crate) list: bool,
    /// Runs also what takes too long for every day.
    #[arg(long)]
    pub(crate) long: bool,
    /// Plays so many stories at once; one for each processor, if the memory suffices.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Compiles the tests with Clippy, to which every warning is an error.
    #[arg(long)]
    pub(crate) lints: bool,
}

/// `ilanga addon`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Addon {
    /// What is added to the kernel's command line.
    #[arg(long, value_name = "TEXT")]
    pub(crate) cmdline: String,
    /// The folder of keys; without one, the development keys.
    #[arg(long, value_name = "DIR")]
    pub(crate) keys: Option<PathBuf>,
    /// The file to make, NAME.addon.efi.
    pub(crate) output: PathBuf,
}

/// `ilanga answers`.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Answers {
    /// Says what is wrong with a file of answers, or what people are asked besides.
    Check {
        /// The file: ilanga.toml.
        file: PathBuf,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints a file that answers everything, to be changed.
    Example,
    /// Puts a file on a flashed disk, or into an image that will be flashed: a checked one, under the name ilanga.toml.
    ///
    /// The disk is one whose partitions nobody has mounted. An image is changed as it is: work with a copy, as its checksum is another
    /// one afterwards, and it has the secrets of the file in it.
    Put {
        /// The file.
        file: PathBuf,
        /// The disk (/dev/sdX) or the unpacked image (.img).
        disk: PathBuf,
        /// Puts it there instead of one that is there already.
        #[arg(long)]
        replace: bool,
    },
    /// Takes the file off a disk or an image again, and writes zeros over it.
    Remove {
        /// The disk (/dev/sdX) or the unpacked image (.img).
        disk: PathBuf,
    },
}

/// `ilanga clean`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Clean {
    /// Removes also the packages that were fetched, and the tools tree.
    #[arg(long)]
    pub(crate) all: bool,
    /// Removes only until so much of the disk is free (K, M, G, T), and first what was not used for longest.
    #[arg(long, value_name = "SIZE", conflicts_with = "all")]
    pub(crate) free: Option<Bytes>,
    /// Shows what would be removed, and removes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn keeps_folders_apart() {
        let cli = Cli::parse_from(["ilanga", "-C", "workspace", "keys", "new", "keys"]);
        assert_eq!(cli.directory, PathBuf::from("workspace"));
        assert!(
            matches!(cli.command, Command::Keys { command: Keys::New { directory } } if directory.ends_with("keys"))
        );
    }
}
