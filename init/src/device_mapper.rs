//! Opens dm-verity devices through `/dev/mapper/control`
//! ([include/uapi/linux/dm-ioctl.h](https://docs.kernel.org/admin-guide/device-mapper/index.html), version 4).
//!
//! Every request is one buffer: `struct dm_ioctl` (312 bytes: version, sizes, flags, device number, name at 48, UUID at
//! 176), and for a table `struct dm_target_spec` (40 bytes) with the parameters' text behind it.

use std::fs::File;
use std::os::fd::AsRawFd as _;

use formats::digest::Digest;
use formats::slot_image::SlotImage;
use formats::verity::BLOCK;

use crate::error::{Context as _, IoError};

/// The name of the verified root's device.
const NAME: &str = "ilanga-root";

const CONTROL: &str = "/dev/mapper/control";

const HEADER: usize = 312;
const FLAGS: usize = 28;
const DEVICE: usize = 40;
const READ_ONLY: u32 = 1;

nix::ioctl_readwrite!(dev_create, 0xfd, 3, [u8; HEADER]);
nix::ioctl_readwrite!(dev_suspend, 0xfd, 6, [u8; HEADER]);
nix::ioctl_readwrite!(table_load, 0xfd, 9, [u8; HEADER]);

/// A device's table with one target.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    sectors: u64,
    kind: &'static str,
    parameters: String,
}

/// The table that checks this slot image, which is in the partition with this `major:minor`. What does not match gives
/// EIO to whoever reads it.
fn target(image: &SlotImage, root: &Digest, number: &str) -> Target {
    let blocks = image.verity.data_blocks;
    let first = image.top_block().0 / BLOCK;
    let salt = match &image.verity.salt[..] {
        [] => "-".to_owned(),
        salt => hex::encode(salt),
    };
    let parameters = format!("1 {number} {number} {BLOCK} {BLOCK} {blocks} {first} sha256 {root} {salt}");
    Target { sectors: blocks * (BLOCK / 512), kind: "verity", parameters }
}

/// A request without a table.
fn request(name: &str, uuid: &str, flags: u32) -> Vec<u8> {
    let mut bytes = vec![0; HEADER];
    bytes[0] = 4;
    bytes[12..16].copy_from_slice(&(HEADER as u32).to_le_bytes());
    bytes[16..20].copy_from_slice(&(HEADER as u32).to_le_bytes());
    bytes[FLAGS..FLAGS + 4].copy_from_slice(&flags.to_le_bytes());
    bytes[48..48 + name.len()].copy_from_slice(name.as_bytes());
    bytes[176..176 + uuid.len()].copy_from_slice(uuid.as_bytes());
    bytes
}

/// A request with a table.
fn request_table(name: &str, target: &Target) -> Vec<u8> {
    let mut bytes = request(name, "", READ_ONLY);
    let mut spec = vec![0; 40];
    spec[8..16].copy_from_slice(&target.sectors.to_le_bytes());
    spec[24..24 + target.kind.len()].copy_from_slice(target.kind.as_bytes());
    spec.extend_from_slice(target.parameters.as_bytes());
    spec.push(0);
    spec.resize(spec.len().next_multiple_of(8), 0);
    bytes.extend_from_slice(&spec);
    let length = bytes.len() as u32;
    bytes[12..16].copy_from_slice(&length.to_le_bytes());
    bytes[20] = 1;
    bytes
}

/// The minor number in an answer.
fn minor(answer: &[u8]) -> u64 {
    let device = u64::from_le_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|i| answer[DEVICE + i]));
    device & 0xff | device >> 12 & 0xfff00
}

type Ioctl = unsafe fn(nix::libc::c_int, *mut [u8; HEADER]) -> nix::Result<nix::libc::c_int>;

/// Makes the kernel do `ioctl`; the answer is in the request's place.
fn ask(control: &File, ioctl: Ioctl, mut request: Vec<u8>) -> nix::Result<Vec<u8>> {
    // SAFETY: the descriptor is open; the kernel reads and writes at most as many bytes as the request's header says,
    // which are all there and all ours.
    unsafe { ioctl(control.as_raw_fd(), request.as_mut_ptr().cast()) }?;
    Ok(request)
}

/// Opens the root file system of this slot image through dm-verity and returns the device's node.
pub(crate) fn open(image: &SlotImage, root: &Digest, number: &str) -> Result<String, IoError> {
    let control = File::options().read(true).write(true).open(CONTROL).context("opening", CONTROL)?;
    // As veritysetup writes it, so that it knows the device as one of its own.
    let uuid = format!("CRYPT-VERITY-{}-{NAME}", image.verity.uuid.simple());
    let created = ask(&control, dev_create, request(NAME, &uuid, 0)).context("making device", NAME)?;
    let table = request_table(NAME, &target(image, root, number));
    ask(&control, table_load, table).context("loading the table of device", NAME)?;
    ask(&control, dev_suspend, request(NAME, "", 0)).context("starting device", NAME)?;
    Ok(format!("/dev/dm-{}", minor(&created)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use formats::size::Bytes;
    use formats::{erofs, verity};
    use uuid::Uuid;

    fn image(salt: Vec<u8>) -> SlotImage {
        let erofs = erofs::Superblock { size: Bytes(1000 * 4096), uuid: Uuid::nil() };
        let verity = verity::Superblock { uuid: Uuid::nil(), data_blocks: 1000, salt };
        SlotImage::new(erofs, verity).unwrap()
    }

    #[test]
    fn the_table_is_as_veritysetup_writes_it() {
        let root = Digest::of("root");
        let target = target(&image(vec![0xAB, 1]), &root, "253:2");
        assert_eq!(target.parameters, format!("1 253:2 253:2 4096 4096 1000 1001 sha256 {root} ab01"));
        assert_eq!((target.sectors, target.kind), (8000, "verity"));
        assert!(super::target(&image(vec![]), &root, "8:1").parameters.ends_with(" -"));
    }

    #[test]
    fn requests() {
        let create = request("name", "uuid", 0);
        assert_eq!(create.len(), 312);
        assert_eq!(create[..32], *b"\x04\0\0\0\0\0\0\0\0\0\0\0\x38\x01\0\0\x38\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        assert_eq!((&create[48..53], &create[176..181]), (&b"name\0"[..], &b"uuid\0"[..]));
        let target = Target { sectors: 8, kind: "verity", parameters: "12345678".into() };
        let load = request_table("name", &target);
        assert_eq!(load.len(), 312 + 40 + 16);
        assert_eq!(load[12..32], *b"\x70\x01\0\0\x38\x01\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0");
        assert_eq!(
            load[312..],
            *b"\0\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0verity\0\0\0\0\0\0\0\0\0\x0012345678\0\0\0\0\0\0\0\0"
        );
    }

    #[test]
    fn device_numbers() {
        let mut answer = vec![0; HEADER];
        answer[DEVICE..DEVICE + 4].copy_from_slice(&0x0010_fe03u32.to_le_bytes());
        assert_eq!(minor(&answer), 0x103);
    }
}
