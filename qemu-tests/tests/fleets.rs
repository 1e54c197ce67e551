//! RAUC as those know it who run hawkBit: `rauc-hawkbit-updater` calls `InstallBundle`, and listens to `Completed` and to the
//! properties. Root may, nobody else.

use std::time::Duration;

use anyhow::{Result, ensure};
use qemu_tests::{Story, bundles, updates};

const RAUC: &str = "de.pengutronix.rauc / de.pengutronix.rauc.Installer";

#[test]
fn rauc_is_called_as_hawkbits_client_does() -> Result<()> {
    let story = Story::begin("fleets");
    let mut machine = updates::machine("fleets")?.patience(Duration::from_secs(900));
    let mut node = machine.start()?;
    ensure!(node.wait_until_started()? == "running");
    let user = "setpriv --reuid=65534 --regid=65534 --clear-groups";
    let bundle = format!("{}/2026.11.1.raucb", bundles::FOLDER);
    node.run(bundles::MOUNT)?;
    let status = node.run("rauc status")?;
    story.said("rauc status", &status);
    ensure!(status.contains("booted") && status.contains("ilanga-mini-pc"), "{status}");
    for (what, command) in [
        ("InstallBundle", format!("busctl call {RAUC} InstallBundle 'sa{{sv}}' {bundle} 0")),
        ("Mark", format!("busctl call {RAUC} Mark ss active other")),
        ("a property", format!("busctl get-property {RAUC} Operation")),
        ("our own Install's sibling", "busctl call org.ilanga.Updater1 /org/ilanga/Updater1 org.ilanga.Updater1 Rollback".into()),
        ("our own Fetch", "busctl call org.ilanga.Updater1 /org/ilanga/Updater1 org.ilanga.Updater1 Fetch sb https://example.org/x.raucb false".into()),
        ("our own TakeFetched", "busctl call org.ilanga.Updater1 /org/ilanga/Updater1 org.ilanga.Updater1 TakeFetched".into()),
        ("our own SetRestartHours", "busctl call org.ilanga.Updater1 /org/ilanga/Updater1 org.ilanga.Updater1 SetRestartHours s 02:00-03:00".into()),
    ] {
        let reply = node.try_run(&format!("{user} {command}"))?;
        story.said(&format!("an ordinary user: {what}"), &reply.output);
        ensure!(reply.status != 0, "{what}: {reply:?}");
    }
    node.run(&format!(
        "(timeout 600 dbus-monitor --system \"type='signal',sender='de.pengutronix.rauc'\" || \
          timeout 600 busctl monitor de.pengutronix.rauc) >/run/signals 2>&1 & sleep 2; \
         busctl call {RAUC} InstallBundle 'sa{{sv}}' {bundle} 0"
    ))?;
    node.wait("RAUC has installed it", |node| {
        let operation = node.run(&format!("busctl get-property {RAUC} Operation"))?;
        Ok(operation.contains("idle").then_some(()))
    })?;
    let properties = "for p in Operation LastError Progress Compatible BootSlot; do busctl get-property";
    let told = node.run(&format!("{properties} {RAUC} $p; done"))?;
    story.said("the properties", &told);
    ensure!(told.contains("100") && told.contains("ilanga-mini-pc") && told.contains("s \"\""), "{told}");
    let signals = node.run("grep -c Completed /run/signals; grep -c PropertiesChanged /run/signals; true")?;
    story.said("signals: Completed, PropertiesChanged", &signals);
    let status = node.run("ilanga-update status")?;
    ensure!(status.contains("2026.11.1 starts at the next restart"), "{status}");
    Ok(node.power_off()?)
}
