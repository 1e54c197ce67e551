//! What stories about updates have in common: a node that has the bundles, and what it is asked.

use std::fs;
use std::path::PathBuf;

use formats::size::Bytes;

use crate::bundles;
use crate::error::{Doing, Error};
use crate::firmware::Firmware;
use crate::inputs::{self, Inputs};
use crate::machine::Machine;
use crate::running::Running;

/// A machine with a watchdog, a TPM, and a second disk that has the bundles.
pub fn machine(name: &str) -> Result<Machine, Error> {
    let inputs = Inputs::of_environment()?;
    let machine = Machine::new(name, &inputs)?.firmware(Firmware::OwnKeys).tpm().watchdog();
    let bundles = bundles::disk(machine.folder())?;
    machine.disk_size(Bytes(16 << 30))?.second_disk(&bundles).look_in()
}

/// The image of a release that was made for its bundle.
pub fn image(release: &str) -> Result<PathBuf, Error> {
    let folder = inputs::bundles()?.join("..").join(release);
    let files = fs::read_dir(&folder).at("listing", &folder)?.flatten().map(|file| file.path());
    let mut images = files.filter(|path| path.extension().is_some_and(|end| end == "img"));
    images
        .next()
        .ok_or_else(|| Error::Disk { disk: folder.display().to_string(), what: "there is no image in it".into() })
}

/// What runs: the slot and the release.
pub fn runs(node: &mut Running<'_>) -> Result<String, Error> {
    node.run("(. /run/ilanga/slot; . /usr/lib/os-release; echo $SLOT $IMAGE_VERSION)")
}

/// What the node knows about its releases.
pub fn status(node: &mut Running<'_>) -> Result<String, Error> {
    node.run("/usr/lib/ilanga/ilanga-boot-state status")
}

/// What was said about updates since the start.
pub fn journal(node: &mut Running<'_>) -> Result<String, Error> {
    node.run("journalctl -b -o cat -u rauc.service -u 'ilanga-*' | tail -40")
}

/// Has the updater install a bundle of the second disk; returns what it said, or why it did not.
pub fn update(node: &mut Running<'_>, release: &str) -> Result<Result<String, String>, Error> {
    let command = format!("{} && ilanga-update install {}/{release}.raucb", bundles::MOUNT, bundles::FOLDER);
    let reply = node.try_run(&command)?;
    if reply.status == 0 { Ok(Ok(reply.output)) } else { Ok(Err(format!("{}\n{}", reply.output, journal(node)?))) }
}

/// What people and programs are told of a release that was left: where, and the text.
pub fn told(node: &mut Running<'_>) -> Result<Vec<(&'static str, String)>, Error> {
    [
        ("the history", "ilanga-update history"),
        ("the screen", "script -qec 'agetty --show-issue' /dev/null"),
        ("the journal", "journalctl -b -o cat -u ilanga-updater.service"),
    ]
    .into_iter()
    .map(|(what, command)| Ok((what, node.run(command)?)))
    .collect()
}

/// Has RAUC install a bundle of the second disk; returns what it said, or why it did not.
pub fn install(node: &mut Running<'_>, release: &str) -> Result<Result<String, String>, Error> {
    let command = format!("{} && rauc install {}/{release}.raucb", bundles::MOUNT, bundles::FOLDER);
    let reply = node.try_run(&command)?;
    if reply.status == 0 { Ok(Ok(reply.output)) } else { Ok(Err(format!("{}\n{}", reply.output, journal(node)?))) }
}

/// Waits until the release that runs was judged; `None` if it is good, else what is wrong.
pub fn judgement(node: &mut Running<'_>) -> Result<Option<String>, Error> {
    let state = node.wait_until_started()?;
    let judge = node.run("systemctl is-active ilanga-judge-good.service; true")?;
    if state == "running" && judge == "active" {
        return Ok(None);
    }
    let failed = node.run("systemctl --failed --no-legend --plain")?;
    Ok(Some(format!("the node is {state}, the judgement is {judge}: {failed}\n{}", journal(node)?)))
}
