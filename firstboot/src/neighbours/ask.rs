//! What is asked of neighbours over the network: who they are, their keys, and whether they help.

use std::ffi::OsStr;
use std::time::Duration;

use formats::answers::Helper;
use formats::settings::HostName;
use mdns_sd::{ServiceDaemon, ServiceEvent, ServiceInfo};
use zeroize::Zeroizing;

use super::{Advertisement, MOST, Neighbour, NeighbourError, SERVICE, address, advertisement};
use crate::clock;
use crate::tool::{Program, run};

/// The names of neighbours that help, as far as they say so within this time. Who answers is a stranger: a few of them, by names only.
pub fn look(time: Duration) -> Result<Vec<HostName>, NeighbourError> {
    let daemon = ServiceDaemon::new()?;
    let events = daemon.browse(SERVICE)?;
    let until = clock::up() + time;
    let mut found: Vec<HostName> = Vec::new();
    while let Some(left) = until.checked_sub(clock::up()).filter(|left| !left.is_zero()) {
        let Ok(event) = events.recv_timeout(left) else { break };
        if let ServiceEvent::ServiceFound(_, name) = event
            && let Some(name) = name.strip_suffix(SERVICE).and_then(|name| name.trim_end_matches('.').parse().ok())
            && found.len() < MOST
            && !found.contains(&name)
        {
            found.push(name);
        }
    }
    // It ends with its last handle; that it can't be told so changes nothing.
    let _ = daemon.shutdown();
    Ok(found)
}

/// Says under this name that this node helps, until the answer is dropped.
pub fn announce(name: &HostName) -> Result<ServiceDaemon, NeighbourError> {
    let daemon = ServiceDaemon::new()?;
    let none: &[(&str, &str)] = &[];
    // A host name of its own: the node's is systemd-resolved's to announce, and whoever finds this asks for that one.
    let host = format!("ilanga-help-{}.local.", name.as_str());
    let service = ServiceInfo::new(SERVICE, name.as_str(), &host, "", super::PORT, none)?.enable_addr_auto();
    daemon.register(service)?;
    Ok(daemon)
}

/// The keys of a neighbour, as it advertises them.
pub fn neighbour(helper: &Helper) -> Result<Neighbour, NeighbourError> {
    let url = format!("{helper}/adv");
    let most = advertisement::LONGEST.to_string();
    let options = ["--silent", "--fail", "--globoff", "--noproxy", "*", "--proto", "=http", "--max-time", "5"];
    let arguments: Vec<&OsStr> =
        options.iter().copied().chain(["--max-filesize", &most, "--", &url]).map(OsStr::new).collect();
    let said = run(Program::Curl, &arguments, b"")?;
    let advertisement =
        Advertisement::parse(&said).map_err(|source| NeighbourError::Keys { helper: helper.clone(), source })?;
    Ok(Neighbour { helper: helper.clone(), advertisement })
}

/// Those of these names that have keys to show. Who says nothing, or something else, is left out.
pub fn neighbours(names: &[HostName]) -> Vec<Neighbour> {
    let ask = |helper: Helper| match neighbour(&helper) {
        Ok(found) => Some(found),
        Err(trouble) => {
            eprintln!("asking {helper} for its keys: {}", crate::error::chain(&trouble));
            None
        }
    };
    names.iter().filter_map(address).take(MOST).filter_map(ask).collect()
}

/// The passphrase in a JWE, if enough neighbours help to open it within this time.
pub fn open(jwe: &str, time: Duration) -> Result<Zeroizing<String>, NeighbourError> {
    // clevis waits for ever for one that says nothing, if it needs that one.
    let time = format!("{}s", time.as_secs().max(1));
    let arguments = ["--kill-after=2s", &time, "/usr/bin/clevis", "decrypt"].map(OsStr::new);
    let made = Zeroizing::new(run(Program::Timeout, &arguments, jwe.as_bytes())?);
    let text = std::str::from_utf8(&made).map_err(|_| NeighbourError::NoJwe)?;
    Ok(Zeroizing::new(text.to_owned()))
}
