//! What systemd tells of the health checks, and NetworkManager of the network.

use futures_util::StreamExt as _;
use zbus::Connection;
use zbus::zvariant::OwnedObjectPath;

use crate::decide::network::Network;
use crate::decide::reason::Check;

/// The names of health checks.
const CHECKS: &str = "ilanga-health-*.service";

/// What systemd answers whom it tells of jobs already.
const ALREADY: &str = "org.freedesktop.systemd1.AlreadySubscribed";

/// What `ListUnitsByPatterns` tells of a unit.
type Listed = (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

#[zbus::proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1",
    gen_blocking = false
)]
trait Manager {
    fn list_units_by_patterns(&self, states: &[&str], patterns: &[&str]) -> zbus::Result<Vec<Listed>>;
    fn load_unit(&self, name: &str) -> zbus::Result<OwnedObjectPath>;
    fn subscribe(&self) -> zbus::Result<()>;
    fn start_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    #[zbus(signal)]
    fn job_removed(&self, id: u32, job: OwnedObjectPath, unit: &str, result: &str) -> zbus::Result<()>;
}

#[zbus::proxy(
    interface = "org.freedesktop.systemd1.Unit",
    default_service = "org.freedesktop.systemd1",
    gen_blocking = false
)]
trait Unit {
    #[zbus(name = "Ref")]
    fn hold(&self) -> zbus::Result<()>;
    #[zbus(name = "Unref")]
    fn let_go(&self) -> zbus::Result<()>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn condition_result(&self) -> zbus::Result<bool>;
}

#[zbus::proxy(
    interface = "org.freedesktop.systemd1.Service",
    default_service = "org.freedesktop.systemd1",
    gen_blocking = false
)]
trait Service {
    #[zbus(property)]
    fn result(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn exec_main_status(&self) -> zbus::Result<i32>;
    #[zbus(property)]
    fn status_text(&self) -> zbus::Result<String>;
}

#[zbus::proxy(
    interface = "org.freedesktop.NetworkManager",
    default_service = "org.freedesktop.NetworkManager",
    default_path = "/org/freedesktop/NetworkManager",
    gen_blocking = false
)]
trait NetworkManager {
    #[zbus(property(emits_changed_signal = "false"))]
    fn state(&self) -> zbus::Result<u32>;
}

/// The health checks of this start, by name.
pub async fn checks(connection: &Connection) -> zbus::Result<Vec<Check>> {
    let units = ManagerProxy::new(connection).await?.list_units_by_patterns(&[], &[CHECKS]).await?;
    let mut checks = Vec::new();
    for (unit, description, _, active, _, _, path, ..) in units {
        let service = ServiceProxy::builder(connection).path(path)?.build().await?;
        checks.push(Check {
            unit,
            description,
            active,
            // Of a unit that is gone by now there is nothing to tell.
            result: service.result().await.unwrap_or_default(),
            status: service.exec_main_status().await.unwrap_or_default(),
            said: service.status_text().await.unwrap_or_default(),
        });
    }
    checks.sort_by(|a, b| a.unit.cmp(&b.unit));
    Ok(checks)
}

/// Starts a unit that does something and ends; waits for that, and returns how systemd calls its end: `done`, if it went well,
/// `skipped`, if a condition of it does not hold.
pub async fn run(connection: &Connection, unit: &str) -> zbus::Result<String> {
    let manager = ManagerProxy::new(connection).await?;
    match manager.subscribe().await {
        // By an earlier call over this connection.
        Err(zbus::Error::MethodError(name, ..)) if name == ALREADY => {}
        subscribed => subscribed?,
    }
    let mut ends = manager.receive_job_removed().await?;
    // systemd forgets a unit that has ended, and with it whether its conditions held, unless somebody holds it.
    let held = UnitProxy::builder(connection).path(manager.load_unit(unit).await?)?.build().await?;
    held.hold().await?;
    let end = async {
        let job = manager.start_unit(unit, "replace").await?;
        while let Some(end) = ends.next().await {
            let end = end.args()?;
            if end.job == job {
                let skipped = end.result == "done" && !held.condition_result().await?;
                return Ok(if skipped { "skipped".to_owned() } else { end.result.to_owned() });
            }
        }
        Err(zbus::Error::Failure("systemd ended".to_owned()))
    }
    .await;
    held.let_go().await?;
    end
}

/// Starts a unit, and does not wait for it.
pub async fn start(connection: &Connection, unit: &str) -> zbus::Result<()> {
    ManagerProxy::new(connection).await?.start_unit(unit, "replace").await.map(drop)
}

/// How well the node is connected right now.
pub async fn network(connection: &Connection) -> zbus::Result<Network> {
    Ok(Network::of(NetworkManagerProxy::new(connection).await?.state().await?))
}
