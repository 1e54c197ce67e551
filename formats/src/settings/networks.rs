//! Networks as text, alone and in the file of settings.

use std::fmt::Write as _;

use toml::Value;

use super::{BadSettings, LONGEST, broken};
use crate::answers::Network;

/// No node has more Wi-Fi networks.
pub const MOST_WIFI: usize = 64;

/// No more name servers are taken.
pub const MOST_NAME_SERVERS: usize = 8;

/// The networks in a text of their own: what `ilanga-settings set networks -` reads.
///
/// ```toml
/// [[wifi]]
/// name = "Staff"
/// key = "…"
/// ```
pub fn networks(text: &str) -> Result<Network, BadSettings> {
    if text.len() > LONGEST {
        return Err(BadSettings::Long);
    }
    let networks = toml::from_str(text).map_err(broken(text))?;
    check(&networks)?;
    Ok(networks)
}

/// The text that [`networks`] reads, with all keys.
pub fn networks_text(networks: &Network) -> String {
    text(networks, "").trim_start().to_owned()
}

/// Whether there are more of them than anybody has.
pub(super) fn check(networks: &Network) -> Result<(), BadSettings> {
    let name_servers = networks.wired.as_ref().map_or(0, |wired| wired.dns.len());
    if networks.wifi.len() > MOST_WIFI {
        Err(BadSettings::Broken(format!("there are more than {MOST_WIFI} Wi-Fi networks")))
    } else if name_servers > MOST_NAME_SERVERS {
        Err(BadSettings::Broken(format!("there are more than {MOST_NAME_SERVERS} name servers")))
    } else {
        Ok(())
    }
}

/// Tables, each behind an empty line, whose names begin with `prefix`. What is as usual is left out.
pub(super) fn text(networks: &Network, prefix: &str) -> String {
    let mut text = String::new();
    if let Some(wired) = &networks.wired {
        let dns = wired.dns.iter().map(|server| Value::String(server.to_string())).collect::<Vec<_>>();
        table(
            &mut text,
            &format!("[{prefix}wired]"),
            [
                ("address", wired.address.map(|address| Value::String(address.to_string()))),
                ("gateway", wired.gateway.map(|gateway| Value::String(gateway.to_string()))),
                ("dns", (!dns.is_empty()).then_some(Value::Array(dns))),
                ("metered", wired.metered.then_some(Value::Boolean(true))),
            ],
        );
    }
    for wifi in &networks.wifi {
        table(
            &mut text,
            &format!("[[{prefix}wifi]]"),
            [
                ("name", string(Some(wifi.name.as_str()))),
                ("key", string(wifi.key.as_ref().map(|key| key.as_str()))),
                ("hidden", wifi.hidden.then_some(Value::Boolean(true))),
                ("metered", wifi.metered.then_some(Value::Boolean(true))),
            ],
        );
    }
    if let Some(mobile) = &networks.mobile {
        table(
            &mut text,
            &format!("[{prefix}mobile]"),
            [
                ("access-point", string(mobile.access_point.as_ref().map(|name| name.as_str()))),
                ("user", string(mobile.user.as_ref().map(|word| word.as_str()))),
                ("password", string(mobile.password.as_ref().map(|word| word.as_str()))),
                ("pin", string(mobile.pin.as_ref().map(|pin| pin.as_str()))),
                ("metered", (!mobile.metered).then_some(Value::Boolean(false))),
            ],
        );
    }
    text
}

fn string(text: Option<&str>) -> Option<Value> {
    text.map(|text| Value::String(text.to_owned()))
}

fn table<const N: usize>(text: &mut String, head: &str, values: [(&str, Option<Value>); N]) {
    let _ = write!(text, "\n{head}\n");
    for (key, value) in values.into_iter().filter_map(|(key, value)| Some((key, value?))) {
        let _ = writeln!(text, "{key} = {value}");
    }
}
