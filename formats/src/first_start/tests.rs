//! What becomes of flashed disks, of nodes, of what a power cut leaves, and of any others.

use super::*;

const SIZES: Sizes = Sizes { esp: Bytes::mib(64), slot: Bytes::mib(256), state: Bytes::mib(32) };
const ENOUGH: Bytes = Bytes::mib(1000);

fn partition(name: &str, start: u64, length: u64) -> Partition {
    Partition {
        name: name.to_owned(),
        type_guid: Role::of(name).map_or(Uuid::from_u128(9), Role::type_guid),
        guid: Uuid::from_u128(start.into()),
        start: Bytes::mib(start),
        length: Bytes::mib(length),
        flags: 0,
    }
}

fn table(partitions: &[(&str, u64, u64)]) -> Table {
    let partitions = partitions.iter().map(|&(name, start, length)| partition(name, start, length)).collect();
    Table { disk: Uuid::from_u128(1), length: Bytes::mib(200), partitions }
}

fn flashed() -> Table {
    table(&[("ilanga-esp", 1, 64), ("ilanga-root-a", 65, 100)])
}

fn decide_on(disk: Bytes, primary: &Table, backup: Option<&Table>) -> Result<Vec<Change>, Obstacle> {
    decide(Facts { disk, primary: Some(primary), backup, sizes: SIZES })
}

fn all() -> Vec<Change> {
    vec![
        Change::PlaceBackup,
        Change::Identify,
        Change::Grow { role: Role::Root(Slot::A), length: Bytes::mib(256) },
        Change::Make { role: Role::Root(Slot::B), start: Bytes::mib(65 + 256), length: Bytes::mib(256) },
        Change::Make { role: Role::State, start: Bytes::mib(65 + 512), length: Bytes::mib(32) },
    ]
}

#[test]
fn a_flashed_disk_becomes_a_node_and_stays_one() {
    let flashed = flashed();
    let changes = decide_on(ENOUGH, &flashed, None).unwrap();
    assert_eq!(changes, all());
    let mut next = 100;
    let node = apply(&flashed, &changes, ENOUGH, || {
        next += 1;
        Uuid::from_u128(next)
    });
    assert_eq!(node.partitions.len(), 4);
    let guids = |table: &Table| table.partitions.iter().map(|partition| partition.guid).collect::<Vec<_>>();
    let expected: Vec<Uuid> = (102..=105).map(Uuid::from_u128).collect();
    assert_eq!((node.disk, guids(&node)), (Uuid::from_u128(101), expected));
    assert_eq!(Partition { guid: flashed.partitions[0].guid, ..node.partitions[0].clone() }, flashed.partitions[0]);
    assert_eq!(decide_on(ENOUGH, &node, Some(&node)), Ok(vec![]));
}

/// Each state that a power cut can leave leads to the same disk.
#[test]
fn every_power_cut_leads_on() {
    for disk in [ENOUGH, Bytes::mib(4000)] {
        every_power_cut_leads_on_to_a_node_of(disk);
    }
}

fn every_power_cut_leads_on_to_a_node_of(length: Bytes) {
    let flashed = flashed();
    let changes = decide_on(length, &flashed, None).unwrap();
    assert_eq!(changes.len(), if length == ENOUGH { 5 } else { 6 });
    let node = apply(&flashed, &changes, length, || Uuid::from_u128(7));
    let lengths = |table: &Table| table.partitions.iter().map(|p| (p.start, p.length)).collect::<Vec<_>>();
    for (primary, backup) in [
        (Some(&flashed), None),
        (Some(&flashed), Some(&node)),
        (None, Some(&node)),
        (Some(&node), Some(&node)),
        (Some(&node), None),
    ] {
        let changes = decide(Facts { disk: length, primary, backup, sizes: SIZES }).unwrap();
        let after = apply(primary.or(backup).unwrap(), &changes, length, || Uuid::from_u128(8));
        assert_eq!(lengths(&after), lengths(&node), "{primary:?} {backup:?}");
    }
    let moved = Table { length: Bytes::mib(200), ..node.clone() };
    assert_eq!(decide_on(length, &moved, Some(&node)), Ok(vec![Change::PlaceBackup]));
    let torn = decide(Facts { disk: length, primary: None, backup: Some(&node), sizes: SIZES });
    assert_eq!(torn, Ok(vec![Change::RestorePrimary]));
    assert_eq!(decide_on(length, &node, None), Ok(vec![Change::PlaceBackup]));
}

#[test]
fn what_is_there_stays() {
    let node = |partitions| Table { length: ENOUGH, ..table(partitions) };
    let other = node(&[("ilanga-root-b", 700, 50), ("ilanga-state", 500, 1), ("ilanga-root-a", 65, 300)]);
    assert_eq!(
        decide_on(ENOUGH, &other, Some(&other)),
        Ok(vec![Change::Grow { role: Role::Root(Slot::B), length: Bytes::mib(256) }])
    );
    let larger = node(&[("ilanga-root-a", 65, 300), ("ilanga-root-b", 400, 300), ("ilanga-state", 800, 99)]);
    assert_eq!(decide_on(ENOUGH, &larger, Some(&larger)), Ok(vec![]));
}

#[test]
fn obstacles() {
    let flashed = flashed();
    let needed = Bytes::mib(65 + 512 + 32) + BACKUP;
    assert_eq!(decide_on(needed, &flashed, None), Ok(all()));
    let disk = needed - Bytes(SECTOR);
    assert_eq!(decide_on(disk, &flashed, None), Err(Obstacle::TooSmall { disk, needed }));
    let mut foreign = flashed.clone();
    foreign.partitions.push(partition("Windows", 600, 10));
    assert_eq!(decide_on(ENOUGH, &foreign, None), Err(Obstacle::InTheWay("Windows".into())));
    foreign.partitions[2] = partition("Windows", 610, 10);
    assert_eq!(decide_on(ENOUGH, &foreign, None), Ok(all()));
    assert_eq!(apply(&foreign, &all(), ENOUGH, Uuid::nil).partitions[2], foreign.partitions[2]);
    foreign.partitions[2] = partition("ilanga-root-a", 700, 10);
    assert_eq!(decide_on(ENOUGH, &foreign, None), Err(Obstacle::Twice("ilanga-root-a".into())));
    foreign.partitions[2] = partition("ilanga-root-b", 700, 10);
    foreign.partitions[2].start = Bytes(u64::MAX - 5);
    assert!(matches!(decide_on(ENOUGH, &foreign, None), Err(Obstacle::TooSmall { .. })));
    // What would grow or be made is in each other's way.
    for (name, elsewhere) in [
        ("ilanga-root-a", &[("ilanga-root-a", 70, 10)][..]),
        ("ilanga-root-b", &[("ilanga-root-a", 65, 256), ("ilanga-root-b", 400, 10)]),
    ] {
        assert_eq!(decide_on(ENOUGH, &table(elsewhere), None), Err(Obstacle::InTheWay(name.into())));
    }
    let nothing = decide(Facts { disk: ENOUGH, primary: None, backup: None, sizes: SIZES });
    assert_eq!(nothing, Err(Obstacle::NoTable));
    assert_eq!(
        Obstacle::TooSmall { disk: Bytes(1), needed: Bytes(2) }.to_string(),
        "it has 1 bytes, and 2 bytes are needed"
    );
}

const DATA: u64 = 65 + 512 + 32;

fn make_data(start: u64, length: u64) -> Change {
    Change::Make { role: Role::Data, start: Bytes::mib(start), length: Bytes::mib(length) }
}

/// What is made for data on a disk of so many bytes.
fn data_on(disk: Bytes, table: &Table) -> Option<Change> {
    let table = Table { length: disk, ..table.clone() };
    let changes = decide_on(disk, &table, Some(&table)).unwrap();
    let after = apply(&table, &changes, disk, Uuid::nil);
    assert_eq!(decide_on(disk, &after, Some(&after)), Ok(vec![]));
    changes.into_iter().find(|change| matches!(change, Change::Make { role: Role::Data, .. }))
}

#[test]
fn data_takes_the_rest() {
    let flashed = flashed();
    let least = Bytes::mib(DATA + 1024) + BACKUP;
    assert_eq!(data_on(least, &flashed), Some(make_data(DATA, 1024)));
    assert_eq!(data_on(least - Bytes(SECTOR), &flashed), None);
    assert_eq!(data_on(Bytes::mib(DATA + 1024 + 2) + BACKUP - Bytes(SECTOR), &flashed), Some(make_data(DATA, 1025)));
    let [large, huge] = [Bytes::mib(16 << 10), Bytes::mib(64 << 10)];
    // Up to the next foreign partition, wherever that begins and whatever is behind it.
    let with = |others: &[(&str, u64, u64)]| {
        let mut table = flashed.clone();
        table.partitions.extend(others.iter().map(|&(name, start, length)| partition(name, start, length)));
        table
    };
    assert_eq!(data_on(huge, &with(&[("b", 9000, 10), ("a", 8000, 10)])), Some(make_data(DATA, 8000 - DATA)));
    let mut odd = with(&[("a", 8000, 10)]);
    odd.partitions[2].start = Bytes::mib(8000) + Bytes(SECTOR);
    assert_eq!(data_on(large, &odd), Some(make_data(DATA, 8000 - DATA)));
    odd.partitions[2].start = Bytes::mib(8000) - Bytes(SECTOR);
    assert_eq!(data_on(large, &odd), Some(make_data(DATA, 7999 - DATA)));
    assert_eq!(data_on(huge, &with(&[("a", DATA, 10)])), None);
    assert_eq!(data_on(huge, &with(&[("a", DATA + 1023, 10)])), None);
    // Behind what ends later than it should.
    let late = with(&[("ilanga-root-b", 900, 256), ("ilanga-state", 400, 32)]);
    assert_eq!(data_on(huge, &late), Some(make_data(900 + 256, (64 << 10) - 1156 - 1)));
    let mut unaligned = late;
    unaligned.partitions[2].length = Bytes::mib(300) + Bytes(SECTOR);
    assert_eq!(data_on(huge, &unaligned), Some(make_data(1201, (64 << 10) - 1201 - 1)));
    // What is there stays, wherever it is and however long.
    for (start, length) in [(700, 1), (9000, 2000), (DATA, 1024)] {
        assert_eq!(data_on(huge, &with(&[("ilanga-data", start, length)])), None);
    }
    // A table without room for one more.
    let full = (0..124).map(|at| ("a", 20_000 + at, 1)).collect::<Vec<_>>();
    assert_eq!(data_on(huge, &with(&full)), None);
    assert_eq!(data_on(huge, &with(&full[1..])), Some(make_data(DATA, 20_001 - DATA)));
}

/// It gets its data, and keeps its ids.
#[test]
fn a_node_of_an_older_release_gets_data() {
    let node = table(&[
        ("ilanga-esp", 1, 64),
        ("ilanga-root-a", 65, 256),
        ("ilanga-root-b", 65 + 256, 256),
        ("ilanga-state", 65 + 512, 32),
    ]);
    let disk = Bytes::mib(4000);
    let node = Table { length: disk, ..node };
    let changes = decide_on(disk, &node, Some(&node)).unwrap();
    assert_eq!(changes, [make_data(DATA, 4000 - DATA - 1)]);
    assert_eq!(blanks(&changes), []);
    let after = apply(&node, &changes, disk, || Uuid::from_u128(7));
    assert_eq!((after.disk, &after.partitions[..4]), (node.disk, &node.partitions[..]));
    let data = &after.partitions[4];
    assert_eq!((data.type_guid, data.guid), (Role::Data.type_guid(), Uuid::from_u128(7)));
}

#[test]
fn old_state_is_blanked() {
    let start = Bytes::mib(65 + 512);
    let expected = [0, 8].map(|at| (start + Bytes::mib(at), Bytes(65536)));
    assert_eq!(blanks(&all()), expected);
    assert_eq!(blanks(&[Change::PlaceBackup]), []);
}

#[test]
fn arbitrary_tables_do_no_harm() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut datas = 0;
    for _ in 0..20_000 {
        let mut partitions = flashed().partitions;
        for _ in 0..next() % 4 {
            let name = [Role::ALL[next() as usize % 5].name(), "foreign"][usize::from(next() % 8 == 0)];
            let mut odd = partition(name, 0, 0);
            odd.start = Bytes(next() >> (next() % 64));
            odd.length = Bytes(next() >> (next() % 64));
            partitions.push(odd);
        }
        let table = Table { disk: Uuid::nil(), length: Bytes(0), partitions };
        let disk = Bytes(next() >> (next() % 40));
        if let Ok(changes) = decide_on(disk, &table, None) {
            let after = apply(&table, &changes, Bytes(0), Uuid::nil);
            for (before, after) in table.partitions.iter().zip(&after.partitions) {
                assert!(before.start == after.start && before.length <= after.length);
            }
            let made = after.partitions.iter().skip(table.partitions.len()).find(|made| made.name == "ilanga-data");
            if let Some(data) = made {
                datas += 1;
                assert!(data.length >= LEAST_DATA && data.end() + BACKUP <= disk);
                assert!((data.start.0 | data.length.0).is_multiple_of(ALIGNMENT.0));
                let mut others = after.partitions.iter().filter(|other| other.name != data.name);
                assert!(others.all(|other| !other.overlaps(data.start, data.length)));
            }
        }
    }
    assert!(datas > 1000, "{datas}");
}
