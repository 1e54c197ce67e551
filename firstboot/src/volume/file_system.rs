//! The file system of the data: ext4, checked before each mount.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

use nix::mount::MsFlags;
use uuid::Uuid;

use super::probe::{Holds, holds};
use super::{VolumeError, at};
use crate::error::chain;
use crate::node::Node;
use crate::tool::{Program, run};

/// The exit codes of e2fsck up to which the file system is whole: 1 and 2 say that something was mended.
const MENDED: i32 = 2;

/// What e2fsck adds to its exit code where it has to ask somebody.
const ASKS: i32 = 4;

/// The UUID of the file system in the volume of a header: another one, as both are names of devices.
fn uuid(header: Uuid) -> Uuid {
    Uuid::from_u128(header.as_u128() ^ 1)
}

/// Makes it, if it is not there.
pub(super) fn make(device: &Path, header: Uuid) -> Result<(), VolumeError> {
    let wanted = uuid(header);
    match holds(device)? {
        Holds::Other { kind, uuid, .. } if kind == "ext4" && uuid == Some(wanted) => return Ok(()),
        // The key is this set-up's, so what is there was written in an interrupted one, or is what the disk's noise decrypts to.
        _ => {}
    }
    let text = wanted.to_string();
    let options = ["-q", "-F", "-t", "ext4", "-L", "ilanga-data", "-m", "1", "-E", "lazy_itable_init=1", "-U", &text];
    let mut arguments: Vec<&OsStr> = options.map(OsStr::new).to_vec();
    arguments.push(device.as_os_str());
    run(Program::MakeExt4, &arguments, b"")?;
    Ok(())
}

/// Mounts the open volume at `/data`, and what other places have of it; nothing if that is done.
pub fn mount(node: &Node) -> Result<(), VolumeError> {
    let (device, data) = (node.volume(), node.data());
    if !is_mount_point(&data)? {
        check(&device)?;
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOATIME;
        let mounted = nix::mount::mount(Some(&device), &data, Some("ext4"), flags, None::<&str>);
        mounted.map_err(io::Error::from).map_err(at("mounting", &device))?;
    }
    for folder in ["ilanga", "home", "log", "log/journal"] {
        let folder = data.join(folder);
        fs::create_dir_all(&folder).map_err(at("making", &folder))?;
    }
    let (log, place) = (data.join("log"), node.path("/var/log"));
    if !is_mount_point(&place)? {
        let bound = nix::mount::mount(Some(&log), &place, None::<&str>, MsFlags::MS_BIND, None::<&str>);
        bound.map_err(io::Error::from).map_err(at("mounting /var/log from", &log))?;
    }
    Ok(())
}

/// Takes away what [`mount`] did.
pub(super) fn unmount(node: &Node) -> Result<(), VolumeError> {
    for place in [node.path("/var/log"), node.data()] {
        if is_mount_point(&place)? {
            nix::mount::umount(&place).map_err(io::Error::from).map_err(at("unmounting", &place))?;
        }
    }
    Ok(())
}

/// Mends what can be mended without a loss; where there is a loss, all the rest: there is nobody to ask who would know better, and
/// what has lost its name is in `lost+found`.
pub(super) fn check(device: &Path) -> Result<(), VolumeError> {
    let check = |how: &str| match run(Program::CheckExt, &[OsStr::new(how), device.as_os_str()], b"") {
        Err(error) if error.code().is_some_and(|code| (1..=MENDED).contains(&code)) => Ok(()),
        result => result.map(drop),
    };
    match check("-p") {
        Err(error) if error.code().is_some_and(|code| code & ASKS != 0) => {
            eprintln!(
                "the file system of the data is damaged, and is mended with what loss there is: {}",
                chain(&error)
            );
            Ok(check("-fy")?)
        }
        result => Ok(result?),
    }
}

/// Whether something is mounted there.
fn is_mount_point(path: &Path) -> Result<bool, VolumeError> {
    use std::os::unix::fs::MetadataExt as _;
    let look = |path: &Path| fs::metadata(path).map_err(at("looking at", path));
    let parent = path.parent().unwrap_or(path);
    Ok(look(path)?.dev() != look(parent)?.dev())
}
