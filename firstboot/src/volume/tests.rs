//! Headers and file systems in plain files, as the real programs make and find them.

use std::os::unix::fs::symlink;
use std::process::Command;

use super::*;
use crate::header::{Besides, Cost, Headers};
use crate::machine::Header;

/// A folder with a header in it, and a partition without anything; `None` where programs are missing.
fn start() -> Option<(tempfile::TempDir, Headers, Header, PathBuf)> {
    for program in ["/usr/sbin/cryptsetup", "/usr/sbin/blkid", "/usr/sbin/mke2fs", "/usr/sbin/e2fsck"] {
        if !Path::new(program).exists() {
            println!("skipped: no {program}");
            return None;
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let headers = Headers::new(folder.path().to_owned(), Cost { memory: 32, milliseconds: 1 });
    let header = headers.make(&RecoveryKey::of_bits(&[7; 32]), Besides::Nothing).unwrap();
    let device = folder.path().join("partition");
    File::create(&device).unwrap().set_len(64 << 20).unwrap();
    Some((folder, headers, header, device))
}

#[test]
fn in_its_place_once_and_again() {
    let Some((_folder, headers, header, device)) = start() else { return };
    let file = headers.path(header);
    for _ in 0..2 {
        place(header.0, &file, &device, false).unwrap();
        assert_eq!(holds(&device).unwrap(), Holds::Volume(header.0));
        assert!(is_whole(&file, &device).unwrap());
    }
    // Its end was still on its way when the power went.
    OpenOptions::new().write(true).open(&device).unwrap().write_all_at(&[0; 8192], 1 << 20).unwrap();
    assert!(!is_whole(&file, &device).unwrap());
    place(header.0, &file, &device, false).unwrap();
    assert!(is_whole(&file, &device).unwrap());
}

#[test]
fn others_are_refused_unless_they_may_go() {
    let Some((_folder, headers, header, device)) = start() else { return };
    let file = headers.path(header);
    let other = headers.make(&RecoveryKey::of_bits(&[8; 32]), Besides::Nothing).unwrap();
    place(other.0, &headers.path(other), &device, false).unwrap();
    let before = fs::read(&device).unwrap();
    assert!(matches!(place(header.0, &file, &device, false), Err(VolumeError::Holds { .. })));
    assert!(fs::read(&device).unwrap() == before);
    place(header.0, &file, &device, true).unwrap();
    assert_eq!(holds(&device).unwrap(), Holds::Volume(header.0));

    file_system::make(&device, header.0).unwrap();
    let refused = place(header.0, &file, &device, false).unwrap_err().to_string();
    assert!(refused.contains("ext4 'ilanga-data'"), "{refused}");
}

#[test]
fn what_is_destroyed_nobody_opens() {
    let Some((_folder, headers, header, device)) = start() else { return };
    place(header.0, &headers.path(header), &device, false).unwrap();
    let opens = |device: &Path| {
        let arguments = ["open", "--batch-mode", "--test-passphrase", "--key-file=-"].map(OsStr::new);
        let key = RecoveryKey::of_bits(&[7; 32]);
        run(Program::Cryptsetup, &[arguments.as_slice(), &[device.as_os_str()]].concat(), key.text().as_bytes()).is_ok()
    };
    assert!(opens(&device));
    // The power goes between the keyslots and the rest: what is left asks for a key, and none opens it.
    let half = device.with_file_name("half");
    fs::copy(&device, &half).unwrap();
    run(Program::Cryptsetup, &["erase".as_ref(), "--batch-mode".as_ref(), half.as_os_str()], b"").unwrap();
    assert_eq!(holds(&half).unwrap(), Holds::Volume(header.0));
    assert!(!opens(&half));
    for device in [half, device] {
        destroy(&device).unwrap();
        assert_eq!(holds(&device).unwrap(), Holds::Nothing);
        assert!(!opens(&device) && fs::read(&device).unwrap()[..16 << 20].iter().all(|byte| *byte == 0));
        destroy(&device).unwrap();
    }
}

#[test]
fn half_a_header_is_none_or_opens() {
    let Some((_folder, headers, header, device)) = start() else { return };
    let bytes = fs::read(headers.path(header)).unwrap();
    let other = headers.make(&RecoveryKey::of_bits(&[8; 32]), Besides::Nothing).unwrap();
    let (copies, second) = (usize::try_from(COPIES).unwrap(), 16 << 10);
    // The power goes after so many bytes of the steps, over nothing and over another header.
    let lengths = [0, 512, bytes.len(), bytes.len() + (1 << 20), 2 * bytes.len() - copies, 2 * bytes.len() - second];
    for (length, over) in lengths.into_iter().flat_map(|length| [(length, false), (length, true)]) {
        let before = if over { fs::read(headers.path(other)).unwrap() } else { vec![0; bytes.len()] };
        let target = OpenOptions::new().write(true).open(&device).unwrap();
        target.write_all_at(&before, 0).unwrap();
        let mut left: usize = length;
        let read = |piece: &mut [u8], from: u64| {
            let from = usize::try_from(from).unwrap();
            piece.copy_from_slice(&bytes[from..from + piece.len()]);
            Ok(())
        };
        let cut = write(bytes.len() as u64, read, |bytes, at| {
            let now = bytes.len().min(left);
            left -= now;
            target.write_all_at(&bytes[..now], at)?;
            if now < bytes.len() { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
        });
        assert_eq!(cut.unwrap_err().kind(), io::ErrorKind::Interrupted);
        let found = holds(&device).unwrap();
        let whole = length == 2 * bytes.len() - second;
        let expected = match (whole, over && length <= 512) {
            (true, _) => Holds::Volume(header.0),
            // The second copy of the other one is still there.
            (false, true) => Holds::Volume(other.0),
            (false, false) => Holds::Nothing,
        };
        assert_eq!(found, expected, "{length} bytes");
        if whole {
            let arguments = ["open", "--batch-mode", "--test-passphrase", "--key-file=-"].map(OsStr::new);
            let key = RecoveryKey::of_bits(&[7; 32]);
            run(Program::Cryptsetup, &[&arguments[..], &[device.as_os_str()]].concat(), key.text().as_bytes()).unwrap();
        }
        place(header.0, &headers.path(header), &device, over).unwrap();
        assert!(is_whole(&headers.path(header), &device).unwrap());
    }
}

#[test]
fn a_file_system_is_made_once_and_mended() {
    let Some((_folder, _, header, device)) = start() else { return };
    file_system::make(&device, header.0).unwrap();
    let made = fs::read(&device).unwrap();
    file_system::make(&device, header.0).unwrap();
    assert!(fs::read(&device).unwrap() == made);
    file_system::check(&device).unwrap();
    // A file system without a root: e2fsck -p asks what shall become of it.
    for request in ["clri <2>", "set_super_value state 0"] {
        let made = Command::new("/usr/sbin/debugfs").args(["-w", "-R", request]).arg(&device).output().unwrap();
        assert!(made.status.success(), "{made:?}");
    }
    assert!(run(Program::CheckExt, &[OsStr::new("-p"), device.as_os_str()], b"").is_err());
    file_system::check(&device).unwrap();
    file_system::check(&device).unwrap();
    assert!(matches!(holds(&device).unwrap(), Holds::Other { kind, .. } if kind == "ext4"));
}

#[test]
fn which_volume_is_open() {
    let root = tempfile::tempdir().unwrap();
    let node = Node::new(root.path());
    assert_eq!(opened(&node).unwrap(), None);
    let (device, kernel) = (root.path().join("dev/dm-0"), root.path().join("sys/class/block/dm-0/dm"));
    for folder in [&root.path().join("dev/mapper"), &kernel] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::write(device, "").unwrap();
    symlink("../dm-0", node.volume()).unwrap();
    assert!(matches!(opened(&node), Err(VolumeError::File { .. })));
    let says = "CRYPT-LUKS2-0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b-ilanga-data\n";
    fs::write(kernel.join("uuid"), says).unwrap();
    assert_eq!(opened(&node).unwrap(), Some(Uuid::from_u128(0x0f6c2d1a_5b8e_4c7f_9a3b_2c1d0e9f8a7b)));
    for says in ["", "CRYPT-PLAIN-x", "CRYPT-LUKS2-0f6c-x", "LVM-abc"] {
        fs::write(kernel.join("uuid"), says).unwrap();
        assert!(matches!(opened(&node), Err(VolumeError::Unknown { .. })), "{says}");
    }
}
