//! Health checks of a release that runs: [`updater::health`] behind a command line. What is wrong goes to standard error
//! and, as `STATUS=`, to systemd, which keeps it for whoever asks why the release was left.

use std::process::ExitCode;

use updater::error::chain;
use updater::health::{Unhealthy, network, time, why, write_why};
use updater::tree::Tree;

const USAGE: &str = "\
Usage: ilanga-health COMMAND
  time       the clock is not before the release's date
  network    the network is as it was before the update
  why        write down why the release that runs is about to be judged bad
Exit status: 0 all is well, 1 it is not, 2 not understood";

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> ExitCode {
    let tree = Tree::node();
    let argument = std::env::args().nth(1);
    let result = match argument.as_deref() {
        Some("time") => time(&tree),
        Some("network") => network(&tree).await,
        Some("why") => {
            let why = why().await;
            eprintln!("{why}");
            write_why(&tree, &why).map_err(Unhealthy::from)
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let said = chain(&error);
            eprintln!("{said}");
            // Without systemd there is nobody to tell.
            let _ = sd_notify::notify(false, &[sd_notify::NotifyState::Status(&said)]);
            ExitCode::FAILURE
        }
    }
}
