//! Whether KVM works here, found by trying: a device node proves nothing.
//!
//! The trial starts the firmware under KVM and waits until it has looked for something to start. Where KVM cannot run
//! it, QEMU's state is `internal-error` within a second.

use std::env;
use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::error::{Doing, Error};
use crate::firmware::{CODE, EMPTY};
use crate::qmp::Qmp;
use crate::tool::Process;

const DEVICE: &str = "/dev/kvm";
const TRIAL: Duration = Duration::from_secs(20);

/// The processor that QEMU translates.
const TRANSLATED: &str = "max,+invtsc,-erms,-fsrm,-fsrs,-fzrm,-fsrc,-la57,-smap,-smep,-umip,-pku";

/// What runs the machine's instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accel {
    /// The processor.
    Kvm,
    /// QEMU, which translates them.
    Tcg,
}

impl Accel {
    /// The fastest that works; tried once a process. `ILANGA_ACCEL` decides without a trial.
    pub fn best() -> Self {
        static VERDICT: OnceLock<Accel> = OnceLock::new();
        *VERDICT.get_or_init(|| match env::var("ILANGA_ACCEL").as_deref() {
            Ok("kvm") => Self::Kvm,
            Ok("tcg") => Self::Tcg,
            _ if !Path::new(DEVICE).exists() => Self::Tcg,
            // A trial that cannot be made says no.
            _ => match trial(Self::Kvm) {
                Ok(true) => Self::Kvm,
                Ok(false) | Err(_) => Self::Tcg,
            },
        })
    }

    /// QEMU's options for it. Under TCG the processor has what QEMU can translate: AES and SHA instructions among
    /// it, which cost less than the many that they stand for. It lacks what costs time there: Linux copies by bytes where a
    /// processor says that this is as fast (`erms` and its like), walks five tables of pages, and ends a translated block wherever
    /// it opens memory of programs to itself (`smap`); without `invtsc` it asks a slower clock.
    pub fn options(self) -> [&'static str; 4] {
        match self {
            Self::Kvm => ["-accel", "kvm", "-cpu", "host"],
            Self::Tcg => ["-accel", "tcg,thread=multi,tb-size=512", "-cpu", TRANSLATED],
        }
    }

    /// How many times longer than on the processor things may take.
    pub fn patience(self) -> u32 {
        match self {
            Self::Kvm => 1,
            Self::Tcg => 3,
        }
    }
}

fn trial(accel: Accel) -> Result<bool, Error> {
    let folder = tempfile::tempdir().doing(|| "creating a temporary folder".into())?;
    let (socket, serial) = (folder.path().join("qmp"), folder.path().join("serial"));
    let code = format!("if=pflash,unit=0,format=raw,readonly=on,file={CODE}");
    let variables = format!("if=pflash,unit=1,format=raw,snapshot=on,file={EMPTY}");
    let serial_option = format!("file:{}", serial.display());
    let monitor = format!("unix:{},server=on,wait=off", socket.display());
    let mut args = vec!["-nodefaults", "-no-user-config", "-display", "none", "-machine", "q35,smm=on"];
    args.extend(accel.options());
    args.extend(["-global", "driver=cfi.pflash01,property=secure,value=on", "-drive", &code, "-drive", &variables]);
    args.extend(["-serial", &serial_option, "-qmp", &monitor]);
    let mut process = Process::start("qemu-system-x86_64", args, &folder.path().join("log"))?;
    let end = Instant::now() + TRIAL;
    let mut qmp = None;
    while Instant::now() < end && process.ended()?.is_none() {
        sleep(Duration::from_millis(50));
        if fs::read(&serial).is_ok_and(|said| said.windows(6).any(|part| part == b"BdsDxe")) {
            return Ok(true);
        }
        match &mut qmp {
            None => qmp = UnixStream::connect(&socket).ok().map(Qmp::new).transpose()?,
            Some(qmp) => {
                if qmp.status()? == "internal-error" {
                    return Ok(false);
                }
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[ignore = "needs QEMU and its firmware: runs in the tools tree"]
    fn a_trial_under_tcg_succeeds() {
        assert!(trial(Accel::Tcg).unwrap());
    }
}
