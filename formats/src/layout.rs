//! The partitions of a node's disk.
//!
//! ```text
//! image:  │ GPT │ ESP 512 MiB │ root-a, as long as its content │ GPT │
//! node:   │ GPT │ ESP 512 MiB │ root-a 3 GiB │ root-b 3 GiB │ state 512 MiB │ data … │ GPT │
//! ```
//!
//! Partitions are known by their GPT name, and begin and end at multiples of 1 MiB. Types are those of the
//! [Discoverable Partitions Specification](https://uapi-group.org/specifications/specs/discoverable_partitions_specification/).

use uuid::{Uuid, uuid};

use crate::size::Bytes;
use crate::slot::Slot;

/// Each partition begins and ends at a multiple of this.
pub const ALIGNMENT: Bytes = Bytes::mib(1);

/// Where the first partition begins: behind the GPT.
pub const FIRST: Bytes = Bytes::mib(1);

/// What a partition is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The EFI system partition.
    Esp,
    /// A slot.
    Root(Slot),
    /// Typed settings.
    State,
    /// What people put on the node.
    Data,
}

impl Role {
    /// All, in the order on the disk.
    pub const ALL: [Self; 5] = [Self::Esp, Self::Root(Slot::A), Self::Root(Slot::B), Self::State, Self::Data];

    /// The partition's name in the GPT.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Esp => "ilanga-esp",
            Self::Root(Slot::A) => "ilanga-root-a",
            Self::Root(Slot::B) => "ilanga-root-b",
            Self::State => "ilanga-state",
            Self::Data => "ilanga-data",
        }
    }

    /// The role of the partition with this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// The partition's type on amd64.
    pub const fn type_guid(self) -> Uuid {
        match self {
            Self::Esp => uuid!("c12a7328-f81f-11d2-ba4b-00a0c93ec93b"),
            Self::Root(_) => uuid!("4f68bce3-e8cd-4db1-96e7-fbcaf984b709"),
            Self::State => uuid!("0fc63daf-8483-4772-8e79-3d69d8477de4"),
            Self::Data => uuid!("ca7d7ccb-63ed-4c53-861c-1742536059cc"),
        }
    }
}

/// How large the partitions of a node are: `image.toml`, and signed in the kernel's command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The ESP.
    pub esp: Bytes,
    /// Each slot.
    pub slot: Bytes,
    /// The state partition.
    pub state: Bytes,
}

impl Sizes {
    /// Where a partition of a node begins.
    pub fn start(&self, role: Role) -> Bytes {
        let root_a = FIRST + self.esp;
        match role {
            Role::Esp => FIRST,
            Role::Root(Slot::A) => root_a,
            Role::Root(Slot::B) => root_a + self.slot,
            Role::State => root_a + self.slot + self.slot,
            Role::Data => root_a + self.slot + self.slot + self.state,
        }
    }

    /// How long a partition of a node is; `None` for data, which takes the rest.
    pub fn length(&self, role: Role) -> Option<Bytes> {
        match role {
            Role::Esp => Some(self.esp),
            Role::Root(_) => Some(self.slot),
            Role::State => Some(self.state),
            Role::Data => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_follow_one_another() {
        let sizes = Sizes { esp: Bytes::mib(512), slot: Bytes::mib(3072), state: Bytes::mib(512) };
        for pair in Role::ALL.windows(2) {
            let end = sizes.start(pair[0]) + sizes.length(pair[0]).unwrap();
            assert_eq!(end, sizes.start(pair[1]));
        }
        assert_eq!(Role::of("ilanga-state"), Some(Role::State));
        assert_eq!(Role::of("Basic data"), None);
    }
}
