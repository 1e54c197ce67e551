//! A TPM 2.0: swtpm, which keeps its state in a folder, as a chip keeps its own.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::error::{Doing, Error};
use crate::tool::Process;

/// How long swtpm may take to open its socket.
const START: Duration = Duration::from_secs(30);

/// How QEMU shows the TPM to the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interface {
    /// Command response buffer: what firmware TPMs of mini PCs have.
    Crb,
    /// First-in first-out: what chips on a bus have.
    Tis,
}

/// A running swtpm.
#[derive(Debug)]
pub struct Tpm {
    _process: Process,
}

impl Tpm {
    /// Starts one with its state in `state`, listening on `socket`.
    pub fn start(state: &Path, socket: &Path, log: &Path) -> Result<Self, Error> {
        std::fs::create_dir_all(state).at("creating", state)?;
        let with = |name: &str, path: &Path| format!("{name}{}", path.display());
        let args = [
            "socket".to_owned(),
            "--tpm2".to_owned(),
            "--tpmstate".to_owned(),
            with("dir=", state),
            "--ctrl".to_owned(),
            with("type=unixio,path=", socket),
        ];
        let mut process = Process::start("swtpm", args, log)?;
        let end = Instant::now() + START;
        while !socket.exists() {
            if let Some(status) = process.ended()? {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                return Err(Error::Failed { command: "swtpm socket".into(), status, said });
            }
            if Instant::now() > end {
                return Err(late(socket));
            }
            sleep(Duration::from_millis(10));
        }
        Ok(Self { _process: process })
    }
}

fn late(socket: &Path) -> Error {
    let socket: PathBuf = socket.to_owned();
    Error::Io {
        doing: format!("waiting for swtpm's socket {}", socket.display()),
        source: std::io::ErrorKind::TimedOut.into(),
    }
}
