//! Several nodes in one network, in which nobody gives out addresses; a port of this computer leads to the page of each.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use formats::size::Bytes;

use crate::error::{Doing, Error};
use crate::firmware::Firmware;
use crate::inputs::Inputs;
use crate::machine::Machine;
use crate::nmap;
use crate::phone;
use crate::qemu::{Lan, Network};
use crate::running::Running;

/// The machines, each with the port that leads to its page: with a TPM and room for data; the first one has nmap.
pub fn machines(names: &[&str], patience: Duration) -> Result<Vec<(Machine, u16)>, Error> {
    let lan = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
    let lan = lan.doing(|| "looking for a free port".into())?.port();
    let mut machines = Vec::new();
    for (number, name) in (1..).zip(names) {
        let port = phone::free_port()?;
        let machine = Machine::new(name, &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).tpm();
        let machine = machine.network(Network::User(vec![(port, 80)])).lan(Lan { port: lan, number });
        let mut machine = machine.disk_size(Bytes(16 << 30))?.look_in()?.patience(patience);
        if number == 1 {
            let disk = nmap::disk(machine.folder())?;
            machine = machine.second_disk(&disk);
        }
        machines.push((machine, port));
    }
    Ok(machines)
}

/// Gives a node's interface in that network the address `192.168.77.N`, N being its number from 1.
pub fn by_hand(node: &mut Running<'_>, number: usize) -> Result<(), Error> {
    let mac = format!("52:54:00:69:6c:0{number}");
    let interface = node.wait("the other network", |node| {
        let said = node.try_run(&format!("ip -br link | awk '/{mac}/ {{print $1}}'"))?.output;
        Ok(Some(said.trim().to_owned()).filter(|name| !name.is_empty()))
    })?;
    let address = format!("192.168.77.{number}/24");
    node.run(&format!("ip link set {interface} up && ip address add {address} dev {interface}")).map(drop)
}

/// Waits until a node reaches an address, and says how; where it does not, with what `why` says.
pub fn reaches(node: &mut Running<'_>, address: &str, why: &str) -> Result<String, Error> {
    let reached = node.wait(&format!("{address} answers"), |node| {
        let reply = node.try_run(&format!("ping -n -c 1 -W 5 {address}"))?;
        Ok((reply.status == 0).then_some(reply.output))
    });
    match reached {
        Ok(said) => Ok(said.lines().find(|line| line.contains("time=")).unwrap_or_default().to_owned()),
        Err(late) => Err(Error::Surprise { what: late.to_string(), found: node.try_run(why)?.output }),
    }
}
