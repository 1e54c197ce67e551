//! The privileged half of the node's page.

use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::ExitCode;

use firstboot::node::Node;
use firstboot::steward::{SOCKET, Steward};

pub(crate) fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("ilanga-steward: {}", firstboot::error::chain(trouble.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// `ilanga-steward [ROOT [SOCKET]]`: on a node `/` and the usual one.
fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let root = arguments.next().unwrap_or_else(|| "/".to_owned());
    let socket = arguments.next().unwrap_or_else(|| SOCKET.to_owned());
    drop(fs::remove_file(&socket));
    let listener = UnixListener::bind(&socket)?;
    // Who may say what is decided by who it is.
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o666))?;
    let steward = Steward::new(Node::new(Path::new(&root)));
    sd_notify::notify(false, &[sd_notify::NotifyState::Ready])?;
    steward.serve(&listener)?;
    Ok(())
}
