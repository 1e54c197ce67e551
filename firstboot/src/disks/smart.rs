//! What a disk says of its own health (SMART), as smartctl reads it: whether it is about to fail, and how much of its life is behind it.
//!
//! Solid-state disks say the latter in per cent: NVMe in its health log (NVM Express Base Specification, 'Percentage Used'), SATA in its
//! device statistics (ACS-4, page 7, 'Percentage Used Endurance Indicator'). Magnetic disks don't, and sticks say nothing.

use std::ffi::OsStr;
use std::path::Path;

use serde::Deserialize;

use crate::error::chain;
use crate::tool::{self, Program};

/// How long a disk may take to answer, in seconds: one that is broken may never do.
const PATIENCE: &str = "20";

/// The page of a SATA disk's statistics that is about its wear.
const WEAR: u8 = 7;

/// What it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Health {
    /// Whether it says that it is about to fail.
    pub(super) failing: bool,
    /// How much of its life it has behind it, in per cent; more than 100 if it is over.
    pub(super) worn: Option<u8>,
}

/// Asks a disk. One that does not answer says nothing.
pub(super) fn ask(device: &Path) -> Health {
    let words = [PATIENCE, "/usr/sbin/smartctl", "--json=c", "--health", "--attributes", "--log=devstat,7"];
    let mut words: Vec<&OsStr> = words.map(OsStr::new).to_vec();
    words.push(device.as_os_str());
    // Its exit code is a set of bits, some of which only say what the answer says too.
    match tool::said(Program::Timeout, &words) {
        Ok(said) => read(&said),
        Err(trouble) => {
            eprintln!("asking a disk how it is: {}", chain(&trouble));
            Health::default()
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    smart_status: Status,
    nvme_smart_health_information_log: Nvme,
    ata_device_statistics: Statistics,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    passed: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Nvme {
    percentage_used: Option<u8>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Statistics {
    pages: Vec<Page>,
}

#[derive(Deserialize)]
struct Page {
    number: u8,
    #[serde(default)]
    table: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    value: Option<i64>,
}

/// Reads what smartctl prints; what is no answer says nothing.
fn read(said: &[u8]) -> Health {
    let said: Said = serde_json::from_slice(said).unwrap_or_default();
    let mut rows =
        said.ata_device_statistics.pages.iter().filter(|page| page.number == WEAR).flat_map(|page| &page.table);
    let of_ata = rows.find(|row| row.name == "Percentage Used Endurance Indicator").and_then(|row| row.value);
    let of_ata = of_ata.and_then(|value| u8::try_from(value).ok());
    Health {
        failing: said.smart_status.passed == Some(false),
        worn: said.nvme_smart_health_information_log.percentage_used.or(of_ata),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_smartctl_says() {
        for (said, failing, worn) in [
            (
                r#"{"smart_status":{"passed":true},"nvme_smart_health_information_log":{"percentage_used":3}}"#,
                false,
                Some(3),
            ),
            (r#"{"smart_status":{"passed":false,"nvme":{"value":4}}}"#, true, None),
            (
                r#"{"ata_device_statistics":{"pages":[{"number":1,"table":[{"name":"Percentage Used Endurance Indicator","value":9}]},
                {"number":7,"table":[{"offset":8,"name":"Percentage Used Endurance Indicator","size":1,"value":104}]}]}}"#,
                false,
                Some(104),
            ),
            (r#"{"smartctl":{"exit_status":2,"messages":[{"string":"Unable to detect device type"}]}}"#, false, None),
            (r#"{"nvme_smart_health_information_log":{"percentage_used":255}}"#, false, Some(255)),
            ("no JSON", false, None),
        ] {
            assert_eq!(read(said.as_bytes()), Health { failing, worn }, "{said}");
        }
    }
}
