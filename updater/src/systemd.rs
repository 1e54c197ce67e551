//! What systemd tells of the health checks, and NetworkManager of the network.

use zbus::Connection;
use zbus::zvariant::OwnedObjectPath;

use crate::decide::network::Network;
use crate::decide::reason::Check;

/// The names of health checks.
const CHECKS: &str = "ilanga-health-*.service";

/// What `ListUnitsByPatterns` tells of a unit.
type Unit = (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

#[zbus::proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1",
    gen_blocking = false
)]
trait Manager {
    fn list_units_by_patterns(&self, states: &[&str], patterns: &[&str]) -> zbus::Result<Vec<Unit>>;
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

/// How well the node is connected right now.
pub async fn network(connection: &Connection) -> zbus::Result<Network> {
    Ok(Network::of(NetworkManagerProxy::new(connection).await?.state().await?))
}
