//! A benchmark: what RAUC's adaptive mode fetches of an update, counted at the server.
//!
//! `ILANGA_PAIR=FOLDER ilanga test --long adaptive`, where the folder has `old.raucb` and `new.raucb`, signed with the keys of the
//! image. The old one is written to the slot that does not run; then RAUC fetches the new one, and has both slots to take blocks from.
//! Neither is started, and whether this node would start it does not matter.

use std::time::Duration;

use anyhow::{Result, ensure};
use formats::size::Bytes;
use qemu_tests::qemu::Network;
use qemu_tests::web::Web;
use qemu_tests::{Firmware, Inputs, Machine, Story, bundles, inputs, stick};

/// Lets RAUC's service fetch: nothing loads the module for it.
const LET_FETCH: &str = "modprobe nbd";

/// What RAUC says once the slot has the image.
const WRITTEN: &str = "Copying image to rootfs.1 done.";

#[test]
#[ignore = "long"]
fn raucs_bytes_are_counted() -> Result<()> {
    let story = Story::begin("adaptive");
    let Some(pair) = inputs::pair() else {
        println!("skipped: ILANGA_PAIR names no folder of bundles");
        return Ok(());
    };
    let inputs = Inputs::of_environment()?;
    let machine = Machine::new("adaptive", &inputs)?.firmware(Firmware::OwnKeys).tpm().watchdog();
    let public = machine.folder().join("public");
    std::fs::create_dir(&public)?;
    let made = stick::adaptive_bundle(machine.folder(), &pair.join("new.raucb"), &inputs.keys)?;
    std::fs::rename(made, public.join("new.raucb"))?;
    let whole = public.join("new.raucb").metadata()?.len();
    let old = machine.folder().join("old");
    std::fs::create_dir(&old)?;
    let made = stick::adaptive_bundle(machine.folder(), &pair.join("old.raucb"), &inputs.keys)?;
    std::fs::rename(made, old.join("old.raucb"))?;
    let disk = bundles::disk_of(&old, machine.folder())?;
    let web = Web::start(&public)?;
    let machine = machine.network(Network::User(Vec::new())).disk_size(Bytes(16 << 30))?.second_disk(&disk);
    let mut machine = machine.look_in()?.patience(Duration::from_secs(1800));
    let mut node = machine.start()?;
    node.wait_until_started()?;
    node.run(bundles::MOUNT)?;
    node.run(LET_FETCH)?;
    let said = node.try_run(&format!("rauc install {}/old.raucb 2>&1", bundles::FOLDER))?;
    story.said("the old one", &said.output);
    ensure!(said.output.contains(WRITTEN), "{said:?}");
    let said = node.try_run(&format!("rauc install {}/new.raucb 2>&1", web.url()))?;
    story.said("the new one", &said.output);
    story.said("the journal", &node.run("journalctl -b -o cat -u rauc | tail -40")?);
    ensure!(said.output.contains(WRITTEN), "{said:?}");
    story.found(&format!("asked of the server: {} bytes; the bundle has {whole}", web.bytes("")));
    Ok(node.power_off()?)
}
