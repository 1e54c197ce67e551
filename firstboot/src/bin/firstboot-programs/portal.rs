//! The page for phones: `ilanga-portal [ADDRESS]`, which is `[::]:80`.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use firstboot::portal::{Limits, Portal, router, serve};
use firstboot::wire::{Client, SOCKET};

pub(crate) fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("ilanga-portal: {}", firstboot::error::chain(trouble.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "[::]:80".to_owned());
    let name = nix::unistd::gethostname()?.into_string().map_err(|_| "the name of this computer is no text")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(8).build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(&address).await?;
        let names = vec![name.clone(), format!("{name}.local")];
        sd_notify::notify(false, &[sd_notify::NotifyState::Ready])?;
        serve(listener, router(Portal { client: Client::new(Path::new(SOCKET)), names }), Limits::default()).await
    })?;
    Ok(())
}
