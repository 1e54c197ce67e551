//! Where a state's partitions are: by the table at the disk's beginning, or by its copy at the end if that one is torn, as
//! firmware and the kernel (`gpt` on its command line) do it.

use std::ops::Range;

use formats::layout::Role;
use gpt::GptConfig;

use super::state::State;
use super::view::View;

/// Sectors of a table: header and entries, with the protective MBR before them.
const HEAD: u64 = 34;
const TAIL: u64 = 33;

/// Ilanga's partitions, in sectors, and whether the table was the copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// By role.
    pub partitions: Vec<(Role, Range<u64>)>,
    /// The table at the disk's beginning is not whole.
    pub copy: bool,
}

impl Table {
    /// Reads it.
    pub fn read(state: &State) -> Result<Self, String> {
        let sectors = state.regions().sectors();
        let half = |blank: Range<u64>| {
            let view = View::new(state.sectors(0..sectors), state.contents()).blank(blank);
            let table = GptConfig::new().writable(false).open_from_device(view).map_err(|error| error.to_string())?;
            let used = table.partitions().values().filter(|partition| partition.is_used());
            let ours = used.filter_map(|partition| {
                Some((Role::of(&partition.name)?, partition.first_lba..partition.last_lba.checked_add(1)?))
            });
            Ok::<_, String>(ours.collect::<Vec<_>>())
        };
        match half(sectors.saturating_sub(TAIL)..sectors) {
            Ok(partitions) => Ok(Self { partitions, copy: false }),
            Err(first) => match half(0..HEAD) {
                Ok(partitions) => Ok(Self { partitions, copy: true }),
                Err(copy) => Err(format!("no partition table: the first: {first}; its copy: {copy}")),
            },
        }
    }

    /// Where a partition is.
    pub fn partition(&self, role: Role) -> Option<Range<u64>> {
        self.partitions.iter().find(|(other, _)| *other == role).map(|(_, range)| range.clone())
    }
}
