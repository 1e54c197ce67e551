//! What NetworkManager and timedated know: whether the link costs money by the megabyte, and whether the clock is right.

use std::time::Duration;

use zbus::proxy::CacheProperties;
use zbus::{Connection, Proxy};

/// How long they may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What they know. Who does not answer knows nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Whether the link costs money by the megabyte.
    pub metered: Option<bool>,
    /// Whether the clock follows the network's time.
    pub synchronised: bool,
}

/// Asks them on the system bus.
pub async fn ask() -> Network {
    tokio::time::timeout(PATIENCE, asked()).await.unwrap_or_default()
}

async fn asked() -> Network {
    let Ok(bus) = Connection::system().await else { return Network::default() };
    let manager = property::<u32>(
        &bus,
        ["org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager"],
        "Metered",
    );
    let metered = manager.await.and_then(metered);
    let clock = property::<bool>(
        &bus,
        ["org.freedesktop.timedate1", "/org/freedesktop/timedate1", "org.freedesktop.timedate1"],
        "NTPSynchronized",
    );
    Network { metered, synchronised: clock.await.unwrap_or(false) }
}

/// A property of an object: its bus name, its path, the interface.
async fn property<T>(bus: &Connection, [name, path, interface]: [&'static str; 3], property: &str) -> Option<T>
where
    T: TryFrom<zbus::zvariant::OwnedValue>,
    T::Error: Into<zbus::Error>,
{
    let proxy: Proxy<'_> = zbus::proxy::Builder::new(bus)
        .destination(name)
        .and_then(|builder| builder.path(path))
        .and_then(|builder| builder.interface(interface))
        .ok()?
        .cache_properties(CacheProperties::No)
        .build()
        .await
        .ok()?;
    proxy.get_property(property).await.ok()
}

/// What `NMMetered` says: a guess counts.
const fn metered(value: u32) -> Option<bool> {
    match value {
        1 | 3 => Some(true),
        2 | 4 => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_count() {
        let told: Vec<_> = (0..6).map(metered).collect();
        assert_eq!(told, [None, Some(true), Some(false), Some(true), Some(false), None]);
    }
}
