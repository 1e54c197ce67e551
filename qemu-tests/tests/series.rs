//! Twenty updates one after the other, on one disk: each is installed, started, judged good and kept, and nothing piles up.

use std::time::Duration;

use anyhow::{Error, Result, ensure};
use formats::size::Bytes;
use qemu_tests::{Firmware, Inputs, Machine, Story, bundles, inputs, updates};

/// How many updates there are.
const UPDATES: u32 = 20;

#[test]
#[ignore = "long"]
fn twenty_updates_in_a_row() -> Result<()> {
    let story = Story::begin("series");
    let machine = Machine::new("series", &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).tpm().watchdog();
    let disk = bundles::disk_of(&inputs::series()?, machine.folder())?;
    let machine = machine.disk_size(Bytes(16 << 30))?.second_disk(&disk).look_in()?;
    let mut machine = machine.patience(Duration::from_secs(900));
    let mut room = Vec::new();
    for number in 0..=UPDATES {
        let mut node = machine.start()?;
        if let Some(why) = updates::judgement(&mut node)? {
            return Err(Error::msg(format!("2026.11.{number}: {why}")));
        }
        let slot = if number % 2 == 0 { "a" } else { "b" };
        let runs = updates::runs(&mut node)?;
        ensure!(runs == format!("{slot} 2026.11.{number}"), "after {number} updates it runs {runs}");
        let used = node.run(
            "mkdir -p /run/esp && mount -o ro -t vfat /run/ilanga/disk/ilanga-esp /run/esp && \
             df --output=used -k /run/esp /state | tail -2; umount /run/esp",
        )?;
        let used = used.split_whitespace().map(str::parse).collect::<Result<Vec<u64>, _>>()?;
        story.found(&format!("{runs} is good; used on the ESP and on /state: {used:?} kB"));
        room.push(used);
        if number < UPDATES {
            let release = format!("2026.11.{}", number + 1);
            updates::update(&mut node, &release)?.map_err(|said| Error::msg(format!("{release}: {said}")))?;
        } else {
            story.said("the history", &node.run("ilanga-update history")?);
        }
        node.power_off()?;
    }
    // Both slots are written after the second update; from then on only the history grows, which has a bound.
    let (early, late) = (&room[2], &room[UPDATES as usize]);
    ensure!(late[0] <= early[0] + 1024, "the ESP fills up: {room:?}");
    ensure!(late[1] <= early[1] + 1024, "the state partition fills up: {room:?}");
    Ok(())
}
