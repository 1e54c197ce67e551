//! Partition tables of disks that strangers made: what is read and written again is the same.
#![no_main]

use formats::first_start::{Partition, Table};
use formats::gpt_table::{Ends, HEAD, TAIL};
use formats::size::Bytes;
use ilanga_fuzz::{byte, seeds};
use uuid::Uuid;

/// How long the disk is.
const LENGTH: Bytes = Bytes(64 << 20);

/// The sectors that are told apart: the rest of the entries is zeros.
const TOLD: usize = 1024;

fn start() {
    let partition = |number: u128| Partition {
        name: format!("data-{number}"),
        type_guid: Uuid::from_u128(0x0fc6_3daf_8483_4772_8e79_3d69_d847_7de4),
        guid: Uuid::from_u128(number),
        start: Bytes((number as u64) << 20),
        length: Bytes(1 << 20),
        flags: 0,
    };
    let table = Table { disk: Uuid::from_u128(7), length: LENGTH, partitions: (1..4).map(partition).collect() };
    let ends = Ends::blank(LENGTH).and_then(|blank| blank.with(&table).ok()).expect("a table");
    let tail = &ends.tail[TAIL - 512..];
    seeds([[&[0][..], &ends.head[512..512 + TOLD], tail].concat(), [&[1][..], &ends.head[512..512 + TOLD]].concat()]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let mut rest = data;
    // Sums of headers that are right, as nobody guesses them.
    let mends = byte(&mut rest) & 1 == 0;
    let (mut head, mut tail) = (vec![0; HEAD], vec![0; TAIL]);
    let (of_head, of_tail) = rest.split_at(rest.len().min(TOLD));
    head[512..512 + of_head.len()].copy_from_slice(of_head);
    let of_tail = &of_tail[..of_tail.len().min(512)];
    tail[TAIL - 512..TAIL - 512 + of_tail.len()].copy_from_slice(of_tail);
    if mends {
        let (header, entries) = head[512..].split_at_mut(512);
        sums(header, entries);
        let (entries, header) = tail.split_at_mut(TAIL - 512);
        sums(header, entries);
    }
    let ends = Ends::new(head, tail, LENGTH).expect("the ends of a disk");
    for table in [ends.primary(), ends.backup()].into_iter().flatten() {
        let Ok(again) = ends.with(&table) else { continue };
        assert!(again.primary().is_some() && again.primary() == again.backup());
    }
});

/// Puts the sums of the entries and of the header where they belong (UEFI, 'GPT Header').
fn sums(header: &mut [u8], entries: &[u8]) {
    header[88..92].copy_from_slice(&crc32(entries).to_le_bytes());
    header[16..20].fill(0);
    let sum = crc32(&header[..92]);
    header[16..20].copy_from_slice(&sum.to_le_bytes());
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
    })
}
