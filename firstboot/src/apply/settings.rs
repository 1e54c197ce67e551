//! Settings of the state partition: another program's, which checks and renders them.

use std::ffi::OsStr;

use formats::answers::{Country, Network};
use formats::settings::HostName;

use super::ChangeError;
use crate::tool::{Program, run};
use crate::wifi;

/// Changes settings, all at once, and has them take effect.
pub(super) fn set(settings: &[(&str, &str)]) -> Result<(), ChangeError> {
    let words = settings.iter().flat_map(|(name, value)| [OsStr::new(*name), OsStr::new(*value)]);
    let arguments: Vec<&OsStr> = [OsStr::new("set")].into_iter().chain(words).collect();
    run(Program::Settings, &arguments, b"")?;
    render()
}

/// Changes the name, of the system that runs too: whoever looks for it in the network finds it.
pub(super) fn name(name: &HostName) -> Result<(), ChangeError> {
    set(&[("host-name", name.as_str())])?;
    nix::unistd::sethostname(name.as_str())
        .map_err(|error| ChangeError::File { path: "/proc/sys/kernel/hostname".into(), source: error.into() })
}

/// Changes the networks, which are joined from now on. Keys go through a pipe.
pub(crate) fn networks(country: Option<&Country>, network: &Network) -> Result<(), ChangeError> {
    let text = toml::to_string(network).map_err(|error| ChangeError::Words(error.to_string()))?;
    let arguments = ["set", "networks", "-"].map(OsStr::new);
    run(Program::Settings, &arguments, text.as_bytes())?;
    match country {
        Some(country) => set(&[("country", country.as_str())])?,
        None => render()?,
    }
    Ok(wifi::reload()?)
}

fn render() -> Result<(), ChangeError> {
    run(Program::Settings, &[OsStr::new("render")], b"")?;
    Ok(())
}
