//! Where a node has what set-up reads and writes. Each path is named here, and nowhere else.
//!
//! ```text
//!   /run/ilanga/disk/ilanga-data       the data partition of the disk that the node lives on (a link that `init` makes)
//!   /state/data-disk                   the header of the data, where they are on another disk (`volume::elsewhere`)
//!   /state/orders                      which orders on sticks were obeyed (`order`)
//!   /state/setup/                      the set-up, as long as it is going on (`store`)
//!   /dev/mapper/ilanga-data            the data partition, unlocked
//!   /data/                             its file system
//!   /data/ilanga/administrator.json    who may log in
//!   /data/ilanga/set-up.json           which set-up made them, and whether it is over
//!   /data/ilanga/chosen.json           what was chosen that nothing else keeps
//!   /data/ilanga/asked-network.json    what the page wishes of Wi-Fi networks, until it is done (`networks`)
//!   /data/ilanga/page/                 the authority and the certificate of the node's page
//!   /data/mesh/                        how it is in the mesh, with its key; its community (`mesh`)
//!   /data/tang/keys/                   what it helps its neighbours with (`neighbours::help`)
//!   /data/home/NAME/                   the administrator's files
//!   /data/log/                         /var/log
//!   /run/userdb/                       who may log in, as systemd reads it
//!   /run/ilanga/setup/socket           the desk (`wire`)
//!   /run/ilanga/setup/bound            what neighbours may open, while data are locked: JWEs, one a line
//!   /run/ilanga-disks/found.json       what the disks say of their health (`disks`)
//!   /run/ilanga-neighbours/found.json  the neighbours that were found
//! ```

use std::path::{Path, PathBuf};

use formats::layout::Role;
use formats::own_disk;

/// What the unlocked data partition is called.
pub const VOLUME: &str = "ilanga-data";

/// The paths of a node.
#[derive(Clone, Debug)]
pub struct Node(PathBuf);

impl Node {
    /// Those below `root`: `/` on a node.
    pub fn new(root: &Path) -> Self {
        Self(root.to_owned())
    }

    /// Any other path.
    pub fn path(&self, path: &str) -> PathBuf {
        self.0.join(path.trim_start_matches('/'))
    }

    /// What a person says about power.
    pub fn power_settings(&self) -> PathBuf {
        self.path("/data/power/settings.toml")
    }

    /// Which data on another disk are this node's.
    pub fn data_disk(&self) -> PathBuf {
        self.path("/state/data-disk")
    }

    /// Which orders on sticks were obeyed.
    pub fn orders(&self) -> PathBuf {
        self.path("/state/orders")
    }

    /// The data partition of the disk that it lives on; there may be none.
    pub fn data_partition(&self) -> PathBuf {
        self.path(&own_disk::link(Role::Data))
    }

    /// The data partition, unlocked.
    pub fn volume(&self) -> PathBuf {
        self.path("/dev/mapper").join(VOLUME)
    }

    /// Where the data are.
    pub fn data(&self) -> PathBuf {
        self.path("/data")
    }

    /// The interfaces of the kernel.
    pub fn interfaces(&self) -> PathBuf {
        self.path("/sys/class/net")
    }

    /// Where set-up is kept.
    pub fn setup(&self) -> PathBuf {
        self.path("/state/setup")
    }

    /// Who may log in.
    pub fn administrator(&self) -> PathBuf {
        self.path("/data/ilanga/administrator.json")
    }

    /// What was chosen that nothing else keeps.
    pub fn chosen(&self) -> PathBuf {
        self.path("/data/ilanga/chosen.json")
    }

    /// What is wished of Wi-Fi networks, until it is done.
    pub fn asked_network(&self) -> PathBuf {
        self.path("/data/ilanga/asked-network.json")
    }

    /// What the node's page is known by.
    pub fn page(&self) -> PathBuf {
        self.path("/data/ilanga/page")
    }

    /// Which set-up the data belong to.
    pub fn set_up(&self) -> PathBuf {
        self.path("/data/ilanga/set-up.json")
    }

    /// How this node is in the mesh, with its key. Beside it is what it knows of its community.
    pub fn mesh(&self) -> PathBuf {
        self.path("/data/mesh/yggdrasil.conf")
    }

    /// The network of WireGuard's that it is in, with its key.
    pub fn wireguard(&self) -> PathBuf {
        self.path("/data/mesh/wireguard.conf")
    }

    /// The network of Nebula's that it is in, with its key.
    pub fn nebula(&self) -> PathBuf {
        self.path("/data/mesh/nebula.conf")
    }

    /// It is there if one of the node's radios is to meet others' without anything in between.
    pub fn radio(&self) -> PathBuf {
        self.path("/data/mesh/radio")
    }

    /// The keys with which it helps its neighbours.
    pub fn tang(&self) -> PathBuf {
        self.path("/data/tang/keys")
    }

    /// What neighbours may open, while data are locked.
    pub fn bound(&self) -> PathBuf {
        self.path("/run/ilanga/setup/bound")
    }

    /// What the disks say of their health.
    pub fn disks_found(&self) -> PathBuf {
        self.path("/run/ilanga-disks/found.json")
    }

    /// The neighbours that were found.
    pub fn neighbours_found(&self) -> PathBuf {
        self.path("/run/ilanga-neighbours/found.json")
    }

    /// The homes of people.
    pub fn homes(&self) -> PathBuf {
        self.path("/data/home")
    }

    /// Who may log in, as systemd reads it.
    pub fn user_records(&self) -> PathBuf {
        self.path("/run/userdb")
    }

    /// The public key by which the TPM knows what was signed, and what `systemd-cryptenroll` reads by itself.
    pub fn tpm_public_key(&self) -> PathBuf {
        self.path("/run/systemd/tpm2-pcr-public-key.pem")
    }

    /// The public key by which it will know it, while the maker's keys change.
    pub fn announced_public_key(&self) -> PathBuf {
        self.path("/usr/lib/ilanga/key-change/new-pcr.pub")
    }
}
