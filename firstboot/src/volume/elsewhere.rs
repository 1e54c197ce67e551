//! Data on another disk than the system's.
//!
//! All of that disk is theirs: a LUKS2 header at its beginning, and no partition table. The state partition knows which header it is, so
//! that the disk is found wherever it is plugged in; a thief who changes that gets another volume asked for, and opens none.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use uuid::Uuid;

use super::{VolumeError, at};
use crate::node::Node;
use crate::store;

/// The longest text that is read.
const LONGEST: usize = 64;

/// The header of the data, if they are on another disk.
fn header(node: &Node) -> Result<Option<Uuid>, VolumeError> {
    let path = node.data_disk();
    let Some(text) = store::read(&path, LONGEST).map_err(at("reading", &path))? else { return Ok(None) };
    let uuid = std::str::from_utf8(&text).ok().and_then(|text| Uuid::try_parse(text.trim()).ok());
    uuid.map(Some).ok_or(VolumeError::Unknown { path, says: String::from_utf8_lossy(&text).trim().to_owned() })
}

/// Keeps that the data with this header are on another disk; or that they are on the system's. When this returns, no power cut loses it.
pub fn remember(node: &Node, header: Option<Uuid>) -> Result<(), VolumeError> {
    let path = node.data_disk();
    let Some(header) = header else {
        let removed = match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            removed => removed,
        };
        let flushed = removed.and_then(|()| File::open(path.parent().unwrap_or(&path))?.sync_all());
        return flushed.map_err(at("removing", &path));
    };
    store::replace(&path, format!("{header}\n").as_bytes()).map_err(at("writing", &path))
}

/// The partition for data of the disk that the node lives on.
pub fn own(node: &Node) -> Result<PathBuf, VolumeError> {
    let link = node.data_partition();
    link.canonicalize().map_err(|_| VolumeError::NoPartition)
}

/// The partition, or the disk, where the data of a node are.
pub fn partition(node: &Node) -> Result<PathBuf, VolumeError> {
    let Some(header) = header(node)? else { return own(node) };
    let link = node.path("/dev/disk/by-uuid").join(header.to_string());
    link.canonicalize().map_err(|_| VolumeError::Away(link))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    #[test]
    fn data_are_where_they_were_put() {
        let root = tempfile::tempdir().unwrap();
        let node = Node::new(root.path());
        let make = |path: &Path| {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        };
        fs::create_dir_all(node.data_disk().parent().unwrap()).unwrap();
        assert!(matches!(partition(&node), Err(VolumeError::NoPartition)));
        make(&node.path("/dev/vda5"));
        fs::create_dir_all(node.data_partition().parent().unwrap()).unwrap();
        symlink(node.path("/dev/vda5"), node.data_partition()).unwrap();
        assert!(partition(&node).unwrap().ends_with("dev/vda5"));

        let header = Uuid::from_u128(7);
        remember(&node, Some(header)).unwrap();
        let link = node.path("/dev/disk/by-uuid").join(header.to_string());
        assert!(matches!(partition(&node), Err(VolumeError::Away(path)) if path == link));
        make(&node.path("/dev/sdb"));
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(node.path("/dev/sdb"), &link).unwrap();
        assert!(partition(&node).unwrap().ends_with("dev/sdb"));

        fs::write(node.data_disk(), "../../vda\n").unwrap();
        assert!(matches!(partition(&node), Err(VolumeError::Unknown { .. })));
        remember(&node, None).unwrap();
        remember(&node, None).unwrap();
        assert!(own(&node).is_ok() && partition(&node).unwrap().ends_with("dev/vda5"));
    }
}
