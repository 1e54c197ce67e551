//! The headers of a kernel image on the ESP, and what its sections say of the release.
#![no_main]

use ilanga_fuzz::{part, parted, seeds};
use updater::kernel_image::{Layout, release, signatures};

fn start() {
    let line = b"ilanga.root=0f6c2d1a-5b8e-4c7f-9a3b-2c1d0e9f8a7b";
    seeds([parted(&[pe().as_slice(), line, b"IMAGE_VERSION=2026.11.0\n"])]);
}

/// The headers of a PE+ program with three sections.
fn pe() -> Vec<u8> {
    let mut pe = vec![0; 0x400];
    let mut put = |at: usize, bytes: &[u8]| pe[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"MZ");
    put(0x3c, &0x40u32.to_le_bytes());
    put(0x40, b"PE\0\0");
    // x86-64, three sections, an optional header of 240 bytes with 16 directories.
    put(0x44, &[0x64, 0x86, 3, 0]);
    put(0x54, &[240, 0]);
    put(0x58, &[0x0b, 0x02]);
    put(0x58 + 108, &[16]);
    for (number, name) in [b".cmdline", b".osrel\0\0", b".pcrsig\0"].into_iter().enumerate() {
        let at = 0x58 + 240 + 40 * number;
        put(at, name);
        for (offset, value) in [(8, 60u32), (16, 64), (20, 0x400 + 64 * number as u32)] {
            put(at + offset, &value.to_le_bytes());
        }
    }
    pe
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let mut rest = data;
    let (head, line, os_release) = (part(&mut rest), part(&mut rest), part(&mut rest));
    if let Ok(layout) = Layout::parse(head) {
        let sections = [Some(&layout.command_line), Some(&layout.os_release), layout.policies.as_ref()];
        for range in sections.into_iter().flatten() {
            assert!(range.start <= range.end && range.end <= layout.length);
        }
        assert_eq!(signatures(head).ok(), Some(layout.signatures));
    }
    let _ = release(line, os_release);
});
