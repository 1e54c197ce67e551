//! Finds neighbours, and is found by them: DNS-based service discovery over multicast DNS (RFC 6762, 6763), type
//! `_ilanga-update._tcp`.
//!
//! systemd-resolved 257 can announce such a service, but not look for one, so both are done by `mdns-sd` here, which shares the
//! port with it. Whoever answers is a stranger: only addresses of local networks are asked, a few of them, and what they send is
//! checked like everything else. Over a mesh, where multicast does not reach, a person names addresses.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use mdns_sd::{ServiceDaemon, ServiceEvent, ServiceInfo};
use thiserror::Error;

use super::clock::Stopwatch;

/// The type of the service.
pub const SERVICE: &str = "_ilanga-update._tcp.local.";

/// The most neighbours that are asked.
pub const MOST: usize = 5;

/// Neighbours can't be looked for.
#[derive(Debug, Error)]
#[error("looking for neighbours")]
pub struct DiscoveryError(#[from] mdns_sd::Error);

/// Looks for neighbours for some time.
pub fn find(time: Duration) -> Result<Vec<SocketAddr>, DiscoveryError> {
    let daemon = ServiceDaemon::new()?;
    let events = daemon.browse(SERVICE)?;
    let clock = Stopwatch::start();
    let mut found = BTreeSet::new();
    while let Some(left) = time.checked_sub(clock.now()).filter(|left| !left.is_zero()) {
        let Ok(event) = events.recv_timeout(left) else { break };
        if let ServiceEvent::ServiceResolved(service) = event {
            let addresses = service.addresses.iter().map(|address| address.to_ip_addr());
            found.extend(choose(addresses).map(|address| SocketAddr::new(address, service.port)));
        }
    }
    let own: BTreeSet<IpAddr> = own();
    // It ends with its last handle; that it can't be told so changes nothing.
    let _ = daemon.shutdown();
    Ok(found.into_iter().filter(|address| !own.contains(&address.ip())).take(MOST).collect())
}

/// The addresses of this node.
fn own() -> BTreeSet<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces.iter().map(|interface| interface.ip()).collect()
}

/// Announces a server under a name of this node's, until the answer is dropped.
pub fn announce(name: &str, port: u16) -> Result<Announced, DiscoveryError> {
    let daemon = ServiceDaemon::new()?;
    let none: &[(&str, &str)] = &[];
    // A host name of its own: the node's is systemd-resolved's to announce.
    let service = ServiceInfo::new(SERVICE, name, &format!("ilanga-{name}.local."), "", port, none)?.enable_addr_auto();
    daemon.register(service)?;
    Ok(Announced(daemon))
}

/// An announcement.
pub struct Announced(ServiceDaemon);

impl fmt::Debug for Announced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Announced")
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        // Neighbours find out by themselves otherwise.
        let _ = self.0.shutdown();
    }
}

/// The one address of a neighbour that is asked: of a local network, IPv4 first. A link-local one would need its link's name.
fn choose(addresses: impl Iterator<Item = IpAddr>) -> Option<IpAddr> {
    addresses.filter(is_local).min()
}

/// Whether an address belongs to a local network.
pub fn is_local(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_addresses_are_asked() {
        for (addresses, chosen) in [
            (vec!["fd00::1", "192.168.1.7"], Some("192.168.1.7")),
            (vec!["fe80::1", "fd00::1"], Some("fd00::1")),
            (vec!["8.8.8.8", "2001:db8::1", "127.0.0.1", "::1", "169.254.1.1", "fe80::1"], None),
        ] {
            let parsed = addresses.iter().map(|address| address.parse().unwrap());
            assert_eq!(choose(parsed), chosen.map(|address| address.parse().unwrap()), "{addresses:?}");
        }
    }

    #[test]
    fn the_type_of_the_service_is_one() {
        assert!(ServiceInfo::new(SERVICE, "x", "ilanga-x.local.", "", 1, None).is_ok());
    }
}
