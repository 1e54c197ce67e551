//! The battery that somebody has described, told to what reads the devices: `/data/power/settings.toml`, whose format is that program's
//! (`ilanga-power`'s module `settings`).
//!
//! Invariant: a file that is there is somebody's, and stays.

use std::fs;
use std::io;

use formats::answers::{Battery, Chemistry};

use crate::node::Node;
use crate::store;

/// The nominal voltages from which a charge can be guessed.
const VOLTS: [u32; 5] = [12, 24, 36, 48, 51];

/// Writes the file, if nothing is there.
pub(super) fn tell(node: &Node, battery: &Battery) -> io::Result<()> {
    let path = node.power_settings();
    match text(battery) {
        Some(text) if !path.exists() => {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            // Its reader is a user of its own.
            store::replace_for(&path, text.as_bytes(), 0o644)
        }
        _ => Ok(()),
    }
}

/// The file; `None` for a battery of whose voltage nothing is known there.
fn text(battery: &Battery) -> Option<String> {
    let (volts, hours) = (u32::from(battery.volts), u32::from(battery.ampere_hours));
    let chemistry = match battery.chemistry {
        Chemistry::Lifepo4 => "lifepo4",
        // What kind of lead it is was not asked: of AGM and gel less is promised at the same voltage.
        Chemistry::Lead => "agm",
        Chemistry::LithiumIon => return None,
    };
    VOLTS.contains(&volts).then(|| {
        format!("format = 1\n\n[[battery]]\nchemistry = \"{chemistry}\"\nvolts = {volts}\namp-hours = {hours}\n")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn battery(chemistry: Chemistry, volts: u32) -> Battery {
        Battery { chemistry, ampere_hours: 200.try_into().unwrap(), volts: volts.try_into().unwrap() }
    }

    #[test]
    fn what_is_known_is_told_once() {
        let root = tempfile::tempdir().unwrap();
        let node = Node::new(root.path());
        let path = node.power_settings();
        tell(&node, &battery(Chemistry::LithiumIon, 12)).unwrap();
        tell(&node, &battery(Chemistry::Lead, 13)).unwrap();
        assert!(!path.exists());
        tell(&node, &battery(Chemistry::Lead, 12)).unwrap();
        let expected = "format = 1\n\n[[battery]]\nchemistry = \"agm\"\nvolts = 12\namp-hours = 200\n";
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
        tell(&node, &battery(Chemistry::Lifepo4, 24)).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    }
}
