//! The updater's daemon: [`updater::service`] on the system bus. It ends when the bus does, or systemd says so.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use log::LevelFilter;
use systemd_journal_logger::{JournalLog, connected_to_journal};
use updater::service::{NAME, Node, PATH, Updater, tell_of_start};
use updater::tree::Tree;

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{error:#}");
            eprintln!("ilanga-updater: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    if connected_to_journal() {
        JournalLog::new().context("opening the journal")?.install().context("logging to the journal")?;
        log::set_max_level(LevelFilter::Info);
    }
    let node = Node::new(Tree::node(), 0);
    tell_of_start(&node).await;
    let builder = zbus::connection::Builder::system().context("finding the system bus")?;
    let updater = Updater::new(node);
    let by_itself = updater.by_itself();
    let builder = builder.serve_at(PATH, updater).context("offering the updater")?;
    let connection = builder.name(NAME).context("naming the updater")?.build().await;
    let connection = connection.context("connecting to the system bus")?;
    // The connection serves calls until it is closed.
    tokio::select! {
        () = connection.closed() => {}
        () = by_itself.run(&connection) => {}
    }
    Ok(())
}
