//! What systemd would only say in the journal of a node, about the units of the overlays.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;

#[test]
fn devices_are_named_as_systemd_takes_them() {
    let units = Path::new(env!("CARGO_MANIFEST_DIR")).join("../overlays/base/usr/lib/systemd/system");
    let mut seen = 0;
    for entry in fs::read_dir(units).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            let Some(device) = line.strip_prefix("DeviceAllow=") else { continue };
            // Other paths are ignored with a warning, and the unit starts without the device.
            let taken = ["/dev/", "block-", "char-"].iter().any(|start| device.starts_with(start)) || device.is_empty();
            assert!(taken, "{}: {line}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 4, "the units were not found");
}
