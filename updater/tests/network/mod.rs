//! Computers and what is between them: network namespaces of the kernel, with Ethernet pairs and a switch, made by Debian's `ip`,
//! `tc` and `nft`. All of it ends with the processes that hold the namespaces.

#![allow(dead_code, clippy::unwrap_used, reason = "a test, and not every one asks for everything")]

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, setns};

/// A computer, as far as its network goes.
pub(crate) struct Place {
    holder: Child,
}

impl Place {
    /// One with nothing but its loopback interface; none where this process may not make any, or the tools are missing.
    pub(crate) fn new() -> Option<Self> {
        let tools = ["ip", "tc", "nft", "nsenter"].iter().all(|tool| {
            let found = Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            found.is_ok()
        });
        let made = Command::new("unshare").args(["--net", "true"]).stderr(Stdio::null()).status();
        if !tools || !made.is_ok_and(|status| status.success()) {
            return None;
        }
        let holder = Command::new("unshare").args(["--net", "sleep", "600"]).spawn().unwrap();
        let place = Self { holder };
        let own = fs::read_link("/proc/self/ns/net").unwrap();
        let began = Instant::now();
        while fs::read_link(place.namespace()).ok().is_none_or(|namespace| namespace == own) {
            assert!(began.elapsed() < Duration::from_secs(30), "unshare makes no namespace");
            thread::sleep(Duration::from_millis(5));
        }
        place.run("ip link set lo up");
        Some(place)
    }

    fn namespace(&self) -> PathBuf {
        format!("/proc/{}/ns/net", self.holder.id()).into()
    }

    /// A program there.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net={}", self.namespace().display())).arg(program);
        command
    }

    /// Runs a line there, which must succeed; returns what it prints.
    pub(crate) fn run(&self, line: &str) -> String {
        let output = self.command("sh").args(["-c", line]).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Calls something there; the threads that it starts stay there.
    pub(crate) fn within<T: Send>(&self, call: impl FnOnce() -> T + Send) -> T {
        let namespace = File::open(self.namespace()).unwrap();
        thread::scope(|scope| {
            let there = scope.spawn(move || {
                setns(namespace, CloneFlags::CLONE_NEWNET).unwrap();
                call()
            });
            there.join().unwrap()
        })
    }

    /// An Ethernet pair: `eth0` here with this address, and an end with this name there.
    pub(crate) fn plug(&self, address: &str, there: &Self, name: &str) {
        let pid = there.holder.id();
        self.run(&format!(
            "ip link add eth0 type veth peer name {name} netns {pid} && ip addr add {address} dev eth0 && ip link set eth0 up"
        ));
        there.run(&format!("ip link set {name} up"));
    }

    /// Loses each hundredth packet that comes in, beginning with the fiftieth.
    pub(crate) fn lose_one_in_a_hundred(&self) {
        self.run(
            "nft 'add table inet loss; add chain inet loss input { type filter hook input priority 0; }; \
             add rule inet loss input iifname eth0 numgen inc mod 100 == 49 counter drop'",
        );
    }

    /// How many packets were lost.
    pub(crate) fn lost(&self) -> u64 {
        let rules = self.run("nft list chain inet loss input");
        let (_, rest) = rules.split_once("counter packets ").unwrap();
        rest.split(' ').next().unwrap().parse().unwrap()
    }

    /// Sends no more than so many bytes a second.
    pub(crate) fn slow_down(&self, bytes: u64) {
        self.run(&format!("tc qdisc add dev eth0 root tbf rate {}bit burst 4000 latency 500ms", bytes * 8));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// Computers on a switch.
pub(crate) struct Switch {
    place: Place,
    ends: u8,
}

impl Switch {
    /// One with nothing on it.
    pub(crate) fn new() -> Option<Self> {
        let place = Place::new()?;
        place.run("ip link add switch type bridge && ip link set switch up");
        Some(Self { place, ends: 0 })
    }

    /// Another computer on it, and its address.
    pub(crate) fn computer(&mut self) -> (Place, String) {
        self.ends += 1;
        let (place, end, address) =
            (Place::new().unwrap(), format!("end{}", self.ends), format!("192.168.77.{}", self.ends));
        place.plug(&format!("{address}/24"), &self.place, &end);
        self.place.run(&format!("ip link set {end} master switch"));
        (place, address)
    }
}
