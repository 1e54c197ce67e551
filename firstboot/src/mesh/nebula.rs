//! The mesh as a network of Nebula's: its [configuration](https://nebula.defined.net/docs/config/), which is JSON, as that is YAML too.
//!
//! The network's file is on the data partition alone, so the node is in it only while those are open. Its interface is called as Yggdrasil's,
//! and the same comes in from it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::Path;

use formats::answers::Nebula;
use formats::answers::nebula::LONGEST;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::kept::at;
use super::{INTERFACE, MeshError, firewall};
use crate::node::Node;
use crate::store;
use crate::tool::{Program, run};

/// The unit that runs it.
pub const UNIT: &str = "ilanga-nebula.service";

/// What Nebula reads, in its unit's folder.
const FILE: &str = "nebula.json";

/// Keeps a network.
pub fn keep(node: &Node, network: &Nebula) -> Result<(), MeshError> {
    let path = node.nebula();
    let folder = path.parent().unwrap_or(&path);
    fs::create_dir_all(folder).map_err(at("making", folder))?;
    let text = Zeroizing::new(network.to_string());
    store::replace(&path, text.as_bytes()).map_err(at("writing", &path))
}

/// The network that is kept.
pub fn kept(node: &Node) -> Result<Nebula, MeshError> {
    let path = node.nebula();
    let text = store::read(&path, LONGEST).map_err(at("reading", &path))?.ok_or(MeshError::NoMesh)?;
    let text = Zeroizing::new(String::from_utf8_lossy(&text).into_owned());
    Ok(text.parse()?)
}

/// Writes the configuration into `folder`, for its owner, after the packet filter knows who may come in.
pub fn prepare(node: &Node, folder: &Path) -> Result<(), MeshError> {
    let network = kept(node)?;
    run(Program::Nft, &["-f".as_ref(), "-".as_ref()], firewall::open(network.port).as_bytes())?;
    let owner = fs::metadata(folder).map_err(at("reading", folder))?;
    let file = folder.join(FILE);
    let text = Zeroizing::new(configuration(&network).to_string());
    store::replace(&file, text.as_bytes()).map_err(at("writing", &file))?;
    let written = fs::File::open(&file).map_err(at("opening", &file))?;
    fchown(&written, Some(owner.uid()), Some(owner.gid())).map_err(at("giving away", &file))
}

/// The configuration. Who may come in is the packet filter's matter.
fn configuration(network: &Nebula) -> Value {
    let mut endpoints: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for lighthouse in &network.lighthouses {
        endpoints.entry(lighthouse.address.to_string()).or_default().push(lighthouse.endpoint.to_string());
    }
    let asked: Vec<&String> = if network.is_lighthouse { Vec::new() } else { endpoints.keys().collect() };
    let everything = json!([{ "port": "any", "proto": "any", "host": "any" }]);
    json!({
        "pki": { "ca": network.authorities(), "cert": network.certificate(), "key": network.key().as_str(), "disconnect_invalid": true },
        "static_host_map": endpoints,
        "lighthouse": { "am_lighthouse": network.is_lighthouse, "hosts": asked },
        "listen": { "host": "::", "port": network.port.unwrap_or(0) },
        // So that routers in between keep the way open.
        "punchy": { "punch": true, "respond": true },
        "tun": { "dev": INTERFACE },
        "logging": { "level": "warning" },
        "firewall": { "outbound": everything, "inbound": everything },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// Debian's programs, in the tools tree.
    const PROGRAMS: [&str; 2] = ["/usr/bin/nebula-cert", "/usr/bin/nebula"];

    #[test]
    fn nebula_takes_what_its_own_program_has_made() {
        if !PROGRAMS.iter().all(|program| Path::new(program).exists()) {
            return println!("skipped: no nebula");
        }
        let folder = tempfile::tempdir().unwrap();
        let run = |program: &str, words: &str| {
            let output = Command::new(program).args(words.split(' ')).current_dir(folder.path()).output().unwrap();
            assert!(output.status.success(), "{words}: {output:?}");
        };
        let [cert, nebula] = PROGRAMS;
        run(cert, "ca -name Isifunda -duration 87600h");
        run(cert, "sign -name clinic-1 -ip 10.42.0.2/24 -groups clinics,all");
        run(cert, "sign -name clinic-2 -ip 10.42.0.3/24");
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        let text = |key: &str| {
            let lines = "lighthouse 10.42.0.1 school.example.org:4242\nlighthouse 10.42.0.1 192.0.2.1:4242\n";
            [&read("ca.crt"), &read("clinic-1.crt"), &read(key), lines].concat()
        };
        let network: Nebula = text("clinic-1.key").parse().unwrap();
        assert!(text("clinic-2.key").parse::<Nebula>().is_err(), "another computer's key is taken");
        assert_eq!((network.certificate(), network.authorities()), (read("clinic-1.crt"), read("ca.crt")));
        assert_eq!(network.key().as_str(), read("clinic-1.key"));
        fs::write(folder.path().join(FILE), configuration(&network).to_string()).unwrap();
        run(nebula, "-test -config nebula.json");
        let lighthouse: Nebula = format!("{}lighthouse here\nport 4242", text("clinic-1.key")).parse().unwrap();
        fs::write(folder.path().join(FILE), configuration(&lighthouse).to_string()).unwrap();
        run(nebula, "-test -config nebula.json");
    }
}
