//! The paths of a node, each named once.

use std::path::{Path, PathBuf};

use formats::failed_start;
use formats::layout::Role;
use formats::own_disk;
use formats::trial;

/// Where a node's files are: below `/`, or below a test's folder.
#[derive(Clone, Debug)]
pub struct Tree {
    root: PathBuf,
    esp: Option<PathBuf>,
}

impl Tree {
    /// The node that this program runs on.
    pub fn node() -> Self {
        Self { root: PathBuf::from("/"), esp: None }
    }

    /// A node in a folder, with its ESP in another: nothing is mounted.
    pub fn in_folder(root: &Path, esp: &Path) -> Self {
        Self { root: root.to_owned(), esp: Some(esp.to_owned()) }
    }

    /// The kernel's command line.
    pub fn command_line(&self) -> PathBuf {
        self.root.join("proc/cmdline")
    }

    /// What `init` says about the slot that runs.
    pub fn slot(&self) -> PathBuf {
        self.inside(own_disk::SLOT)
    }

    /// The link to a partition of the own disk.
    pub fn partition(&self, role: Role) -> PathBuf {
        self.inside(&own_disk::link(role))
    }

    /// The firmware's variable that tells of a start that failed.
    pub fn failed_variable(&self) -> PathBuf {
        self.root.join("sys/firmware/efi/efivars").join(failed_start::VARIABLE)
    }

    /// The firmware's variable that is the journal of a trial.
    pub fn trial_variable(&self) -> PathBuf {
        self.root.join("sys/firmware/efi/efivars").join(trial::VARIABLE)
    }

    /// A variable of the firmware's, by its name and its owner.
    pub fn variable(&self, name: &str, owner: &str) -> PathBuf {
        self.root.join("sys/firmware/efi/efivars").join(format!("{name}-{owner}"))
    }

    /// What the release brings for a change of keys.
    pub fn key_change(&self) -> PathBuf {
        self.inside(formats::key_change::FOLDER)
    }

    /// Where the system finds what the first of them says, once that is gone.
    pub fn failed_start(&self) -> PathBuf {
        self.inside(own_disk::FAILED_START)
    }

    /// What an ESP has beside kernel images.
    pub fn spare_esp(&self) -> PathBuf {
        self.inside(own_disk::SPARE_ESP)
    }

    /// Where the kernel lists disks and partitions.
    pub fn block_class(&self) -> PathBuf {
        self.root.join("sys/class/block")
    }

    /// The node of a disk or partition.
    pub fn device(&self, name: &str) -> PathBuf {
        self.root.join("dev").join(name)
    }

    fn inside(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// The state partition.
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// What the updater remembers, on the state partition.
    pub fn records(&self) -> PathBuf {
        self.state().join("updates")
    }

    /// Where a release may say what the oldest one is that may be installed in its place.
    pub fn floor(&self) -> PathBuf {
        self.root.join("usr/share/ilanga/oldest-release")
    }

    /// A file with the release's date: all files of the verified root have it.
    pub fn os_release(&self) -> PathBuf {
        self.root.join("usr/lib/os-release")
    }

    /// What systemd-pstore keeps of a crash.
    pub fn crashes(&self) -> PathBuf {
        self.root.join("var/lib/systemd/pstore")
    }

    /// What the login screens show beside their own text.
    pub fn issue(&self) -> PathBuf {
        self.root.join("run/issue.d/ilanga-update.issue")
    }

    /// What login screens watch: they read their text again when it is touched.
    pub fn issue_trigger(&self) -> PathBuf {
        self.root.join("run/agetty.reload")
    }

    /// The bundles that were fetched.
    pub fn fetched(&self) -> PathBuf {
        self.root.join("data/updates/bundles")
    }

    /// What the part that fetches says about itself.
    pub fn fetch_status(&self) -> PathBuf {
        self.root.join("run/ilanga-fetch/status.json")
    }

    /// Why the release that runs is about to be judged bad.
    pub fn reason(&self) -> PathBuf {
        self.run().join("why-bad")
    }

    /// The image that may be installed now.
    pub fn judged(&self) -> PathBuf {
        self.run().join("judged")
    }

    /// What the part that fetches is asked for.
    pub fn asked(&self) -> PathBuf {
        self.run().join("asked.json")
    }

    /// The folder for what lasts as long as a start.
    pub fn run(&self) -> PathBuf {
        self.root.join("run/ilanga")
    }

    /// What is locked while the boot state is looked at or changed.
    pub fn lock(&self) -> PathBuf {
        self.run().join("boot-state.lock")
    }

    /// Where the ESP is mounted, where no other process sees it.
    pub fn mount_point(&self) -> PathBuf {
        self.run().join("esp")
    }

    /// The ESP, if it is a folder that needs no mounting.
    pub fn esp(&self) -> Option<&Path> {
        self.esp.as_deref()
    }
}
