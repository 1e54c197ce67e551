//! The partition tables of any disk: what the first start does moves, shrinks and covers nothing, and does it once.
#![no_main]

use formats::first_start::{Facts, Partition, Table, apply, blanks, decide};
use formats::layout::{Role, Sizes};
use formats::size::Bytes;
use ilanga_fuzz::{byte, long, seeds};
use uuid::Uuid;

const MIB: u64 = 1 << 20;

fn start() {
    let partition = |role: u8, start: u64, length: u64| {
        [&[role][..], &(start * MIB).to_le_bytes(), &(length * MIB).to_le_bytes()].concat()
    };
    let flashed = [partition(0, 1, 4), partition(1, 5, 50)].concat();
    let node = [partition(0, 1, 4), partition(1, 5, 60), partition(2, 65, 60), partition(3, 125, 20)].concat();
    let disk = |length: u64, how: u8, partitions: &[u8]| {
        [&(length * MIB).to_le_bytes()[..], &[how, 0, 0, 0, 0, 0, 0, 0, 0], partitions].concat()
    };
    seeds([disk(300, 0, &flashed), disk(300, 1, &flashed), disk(300, 2, &node), disk(100, 0, &flashed)]);
}

fn table(mut data: &[u8], length: u64) -> Table {
    let mut partitions = Vec::new();
    while !data.is_empty() && partitions.len() < 128 {
        let kind = usize::from(byte(&mut data));
        // As on a disk: whole sectors, and no end behind 2⁶⁴ bytes.
        let start = Bytes(long(&mut data) & !511);
        let length = Bytes((long(&mut data) & !511).min(u64::MAX - start.0));
        let name = Role::ALL.get(kind).map_or("other", |role| role.name()).to_owned();
        let guid = Uuid::from_u128(partitions.len() as u128);
        partitions.push(Partition { name, type_guid: Uuid::nil(), guid, start, length, flags: 0 });
    }
    Table { disk: Uuid::from_u128(1), length: Bytes(length), partitions }
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let mut rest = data;
    let disk = Bytes(long(&mut rest));
    let how = byte(&mut rest);
    let of_table = long(&mut rest);
    let table = table(rest, if of_table == 0 { disk.0 } else { of_table });
    let (primary, backup) = (how & 1 == 0, how & 2 != 0);
    let sizes = Sizes { esp: Bytes::mib(4), slot: Bytes::mib(60), state: Bytes::mib(20) };
    let facts = Facts { disk, primary: primary.then_some(&table), backup: backup.then_some(&table), sizes };
    let Ok(changes) = decide(facts) else { return };
    let mut next = 100;
    let after = apply(&table, &changes, disk, || {
        next += 1;
        Uuid::from_u128(next)
    });
    for (before, after) in table.partitions.iter().zip(&after.partitions) {
        assert!(before.start == after.start && before.length <= after.length && before.name == after.name);
    }
    // What is made or grown lies on the disk and covers nothing else.
    let end = |partition: &Partition| partition.start.0.saturating_add(partition.length.0);
    for (number, one) in after.partitions.iter().enumerate() {
        if table.partitions.get(number) == Some(one) {
            continue;
        }
        let grown = table.partitions.get(number).is_none_or(|before| before.length != one.length);
        for (_, other) in after.partitions.iter().enumerate().filter(|(other, _)| grown && *other != number) {
            let apart = one.start.0 >= end(other) || other.start.0 >= end(one);
            assert!(apart || other.length.0 == 0, "{one:?} covers {other:?}");
        }
        assert!(!grown || end(one) <= disk.0);
    }
    for (start, length) in blanks(&changes) {
        assert!(start.0 + length.0 <= disk.0);
    }
    let again = Facts { disk, primary: Some(&after), backup: Some(&after), sizes };
    assert_eq!(decide(again), Ok(Vec::new()), "it is not done once");
});
