//! nmap on a node: a disk with Debian's, and the libraries that it has beyond the node's.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Doing, Error};
use crate::ext4;
use crate::running::Running;
use crate::tool;

/// The program.
const PROGRAM: &str = "/usr/bin/nmap";

/// What it knows of ports and protocols.
const KNOWLEDGE: [&str; 3] = ["nmap-services", "nmap-service-probes", "nmap-protocols"];

/// Where a library of its is, to which Debian's alternatives make a link in a system that was configured.
const BLAS: &str = "/usr/lib/x86_64-linux-gnu/blas";

/// What the disk is called.
const LABEL: &str = "nmap";

/// Where the node has it.
const PLACE: &str = "/run/nmap";

/// Makes the file of a disk in `folder`.
pub fn disk(folder: &Path) -> Result<PathBuf, Error> {
    let (content, file) = (folder.join("nmap"), folder.join("nmap.ext4"));
    fs::create_dir_all(&content).at("making", &content)?;
    let keep = |path: &Path| {
        let kept = content.join(path.file_name().unwrap_or_default());
        fs::copy(path, kept).at("copying", path).map(drop)
    };
    keep(Path::new(PROGRAM))?;
    let libraries = tool::run("env", [&format!("LD_LIBRARY_PATH={BLAS}"), "ldd", PROGRAM])?;
    for line in String::from_utf8_lossy(&libraries).lines() {
        // `libpcap.so.0.8 => /lib/x86_64-linux-gnu/libpcap.so.0.8 (0x00007f…)`
        if let Some(library) = line.split_once(" => ").and_then(|(_, rest)| rest.split_whitespace().next()) {
            keep(Path::new(library))?;
        }
    }
    for name in KNOWLEDGE {
        keep(&Path::new("/usr/share/nmap").join(name))?;
    }
    ext4::make(&content, &file, 64, &["-L", LABEL])?;
    Ok(file)
}

/// What it finds about a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    /// Its number.
    pub number: u16,
    /// `open`, or `closed` where nobody listens and nothing is in the way.
    pub state: String,
    /// `tcp` or `udp`.
    pub protocol: String,
}

/// Has a node whose second disk it is look at an address: all ports that answer.
pub fn scan(node: &mut Running<'_>, arguments: &str, address: &str) -> Result<Vec<Port>, Error> {
    node.run(&format!("mkdir -p {PLACE} && {{ mountpoint -q {PLACE} || mount -o ro LABEL={LABEL} {PLACE}; }}"))?;
    let said = node.run(&format!(
        "LD_LIBRARY_PATH={PLACE} NMAPDIR={PLACE} {PLACE}/nmap -6 -Pn -n {arguments} -oG - {address} 2>&1"
    ))?;
    if !said.contains("Nmap done") {
        return Err(Error::Surprise { what: "nmap is done".into(), found: said });
    }
    Ok(ports(&said))
}

/// Reads its lines for programs: `Host: … Ports: 7363/open/tcp//unknown///, 80/closed/tcp//http///  Ignored State: …`.
fn ports(said: &str) -> Vec<Port> {
    let lists = said.lines().filter_map(|line| line.split_once("Ports: ")?.1.split('\t').next());
    let mut ports: Vec<Port> = lists
        .flat_map(|list| list.split(", "))
        .filter_map(|port| {
            let mut parts = port.trim().split('/');
            let (number, state, protocol) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
            Some(Port { number, state: state.to_owned(), protocol: protocol.to_owned() })
        })
        .filter(|port| !port.state.contains("filtered"))
        .collect();
    ports.sort();
    ports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_answers() {
        let said = "# Nmap 7.95 scan\nHost: 200:1::2 ()\tStatus: Up\nHost: 200:1::2 ()\tPorts: 80/closed/tcp//http///, \
                    7363/open/tcp/////, 53/open|filtered/udp//domain///\tIgnored State: filtered (65533)\n# Nmap done at x\n";
        let found: Vec<(u16, String)> = ports(said).into_iter().map(|port| (port.number, port.state)).collect();
        assert_eq!(found, [(80, "closed".to_owned()), (7363, "open".to_owned())]);
        assert!(ports("Host: ::1 ()\tStatus: Up\n").is_empty());
    }
}
