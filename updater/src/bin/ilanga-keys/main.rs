//! Follows a maker's change of keys once the release that runs was judged good: [`updater::key_change`] behind a name.

use std::process::ExitCode;

use updater::error::chain;
use updater::key_change;
use updater::tree::Tree;

fn main() -> ExitCode {
    if std::env::args_os().len() > 1 {
        eprintln!("Usage: ilanga-keys\nTakes the steps of a change of keys that can be taken now (docs/keys.md).");
        return ExitCode::from(2);
    }
    match key_change::follow(&Tree::node(), |line| eprintln!("{line}")) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("ilanga-keys: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}
