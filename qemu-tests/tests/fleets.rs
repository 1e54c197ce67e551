//! RAUC as those know it who run hawkBit: `rauc-hawkbit-updater` calls `InstallBundle`, and listens to `Completed` and to the
//! properties. Root may, nobody else.
//!
//! Debian forky's client runs on the node as it is, with the node's own libraries, as root without any of root's capabilities, and
//! speaks with a server of hawkBit's protocol.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use formats::size::Bytes;
use qemu_tests::hawkbit::{Deployment, Feedback, Hawkbit, Seen};
use qemu_tests::qemu::Network;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story, bundles, inputs, stick, updates};

const RAUC: &str = "de.pengutronix.rauc / de.pengutronix.rauc.Installer";

#[test]
#[ignore = "long"]
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

/// Whom hawkBit knows, and by which token.
const TARGET: &str = "school-7";
const TOKEN: &str = "cb115a721af28f781b493fa467819ef5";

/// The client's second disk on the node, and where it puts what it fetches.
const CLIENT: &str = "/run/client";

/// A node with a network, and a disk that has hawkBit's client and room for a bundle.
fn node_with_client() -> Result<Machine> {
    let inputs = Inputs::of_environment()?;
    let machine = Machine::new("hawkbit", &inputs)?.firmware(Firmware::OwnKeys).tpm().watchdog();
    let disk = bundles::disk_with_room(&inputs::hawkbit_client()?, machine.folder(), 2048)?;
    let machine = machine.network(Network::User(Vec::new())).disk_size(Bytes(16 << 30))?.other_disk(&disk);
    Ok(machine.look_in()?.patience(Duration::from_secs(900)))
}

/// What a maker adds to an image, as docs/updates.md has it: a unit, and the client's settings.
fn set_up(node: &mut Running<'_>, server: &Hawkbit) -> Result<()> {
    let unit = format!(
        "[Service]\nExecStartPre=/usr/bin/mkdir -p {CLIENT}/bundles\n\
         ExecStart={CLIENT}/usr/bin/rauc-hawkbit-updater -c {CLIENT}/settings\n\
         ReadWritePaths={CLIENT}\nProtectSystem=strict\nPrivateDevices=yes\nNoNewPrivileges=yes\n\
         CapabilityBoundingSet=\nRestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\n"
    );
    let settings = |token: &str| {
        format!(
            "[client]\nhawkbit_server={}\nssl=false\ntarget_name={TARGET}\ngateway_token={token}\n\
             bundle_download_location={CLIENT}/bundles/update.raucb\nresume_downloads=true\nretry_wait=3\n\
             [device]\nboard=mini-pc\nrelease=2026.11.0\n",
            server.address()
        )
    };
    node.run(&format!("mkdir -p {CLIENT} && mount -o nosuid,nodev /dev/vdb {CLIENT}"))?;
    for (path, text) in [
        ("/run/systemd/system/rauc-hawkbit.service", unit),
        (&format!("{CLIENT}/settings"), settings(TOKEN)),
        ("/run/wrong", settings("0")),
    ] {
        node.run(&format!("mkdir -p $(dirname {path}) && printf '%s' '{text}' >{path}"))?;
    }
    node.run(&format!("chmod 600 {CLIENT}/settings /run/wrong"))?;
    Ok(())
}

/// Gives the node a deployment, and waits until it has ended.
fn deploy(
    story: &Story,
    node: &mut Running<'_>,
    server: &Hawkbit,
    deployment: Deployment,
    id: &str,
) -> Result<Feedback> {
    server.deploy(deployment);
    let ended = node.wait(&format!("deployment {id} ends"), |_| Ok(server.ended(id)));
    let said: Vec<String> = server.feedback(id).iter().map(|said| format!("{said:?}")).collect();
    let said: Vec<String> = said.into_iter().filter(|said| !said.contains("% Copying image")).collect();
    story.said(&format!("deployment {id}"), &said.join("\n"));
    story.said("the journal", &node.run("journalctl -b -o cat -u rauc-hawkbit -u rauc | tail -15")?);
    Ok(ended?)
}

/// Plays what a fleet's node does, until the release that hawkBit gave it is installed.
fn installs_by_hawkbit(story: &Story, machine: &mut Machine) -> Result<()> {
    let keys = Inputs::of_environment()?.keys;
    let release = stick::bundle("2026.11.1")?;
    let foreign = stick::foreign_bundle(machine.folder(), "ilanga-rockpro", &keys)?;
    let short = machine.folder().join("short.raucb");
    let whole = fs::read(&release).context("reading the bundle")?;
    fs::write(&short, &whole[..whole.len().min(1_000_000)]).context("writing a part of the bundle")?;
    let server = Hawkbit::start(TARGET, TOKEN)?;

    let mut node = machine.start()?;
    ensure!(node.wait_until_started()? == "running");
    ensure!(updates::runs(&mut node)? == "a 2026.11.0");
    story.found("started");
    set_up(&mut node, &server)?;
    let program = format!("{CLIENT}/usr/bin/rauc-hawkbit-updater");
    story.said("the client", &node.run(&format!("{program} --version; ldd {program} | grep -c '=> /'; true"))?);
    node.wait("an address", |node| {
        let state = node.run("nmcli -t -f STATE general")?;
        Ok(state.starts_with("connected").then_some(()))
    })?;

    let refused = node.try_run(&format!("timeout 60 {program} -r -c /run/wrong"))?;
    story.said("with a wrong token", &refused.output);
    ensure!(refused.status != 0 && matches!(server.seen().as_slice(), [Seen::Refused(_), ..]), "{:?}", server.seen());
    ensure!(!server.seen().contains(&Seen::Asked), "{:?}", server.seen());

    node.run("systemctl start rauc-hawkbit")?;
    let attributes = node.wait("the node says what it is", |_| {
        let attributes = |seen: &Seen| if let Seen::Attributes(of) = seen { Some(of.clone()) } else { None };
        Ok(server.seen().iter().find_map(attributes))
    })?;
    story.said("attributes", &format!("{attributes:?}"));
    ensure!(attributes.get("board").is_some_and(|board| board == "mini-pc"), "{attributes:?}");

    let slot = "head -c 64M /run/ilanga/disk/ilanga-root-b | sha256sum";
    let untouched = node.run(slot)?;
    for (id, what, bundle) in [("1", "a bundle for another board", &foreign), ("2", "a bundle without its end", &short)]
    {
        let ended = deploy(story, &mut node, &server, Deployment::of(id, "2026.11.1", bundle)?, id)?;
        ensure!(ended.finished == "failure", "{what}: {ended:?}");
    }
    ensure!(node.run(slot)? == untouched, "a slot was written");
    let status = node.run("ilanga-update status")?;
    ensure!(status.starts_with("Release 2026.11.0 runs.") && !status.contains("next restart"), "{status}");

    let breaks = whole.len() as u64 / 2;
    let deployment = Deployment::of("3", "2026.11.1", &release)?.breaks_once_at(breaks);
    let ended = deploy(story, &mut node, &server, deployment, "3")?;
    ensure!(ended.finished == "success", "{ended:?}");
    let downloads: Vec<Seen> =
        server.seen().into_iter().filter(|seen| matches!(seen, Seen::Download(id, _) if id == "3")).collect();
    story.said("downloads", &format!("{downloads:?}"));
    let whole = whole.len() as u64;
    ensure!(matches!(downloads.as_slice(), [Seen::Download(_, first), Seen::Download(_, rest)]
        if *first == (0..whole) && rest.start > 0 && rest.end == whole));
    let status = node.run("ilanga-update status")?;
    story.said("afterwards", &format!("{status}\n{}", node.run("ilanga-update history")?));
    ensure!(status.contains("2026.11.1 starts at the next restart"), "{status}");
    Ok(node.power_off()?)
}

#[test]
#[ignore = "long"]
fn hawkbits_client_installs_reports_and_the_release_runs() -> Result<()> {
    let story = Story::begin("hawkbit");
    let mut machine = node_with_client()?;
    installs_by_hawkbit(&story, &mut machine)?;
    let mut node = machine.start()?;
    let wrong = updates::judgement(&mut node)?;
    ensure!(wrong.is_none(), "{wrong:?}");
    ensure!(updates::runs(&mut node)? == "b 2026.11.1");
    story.said("the history", &node.run("ilanga-update history")?);
    Ok(node.power_off()?)
}
