//! The node's page after set-up: `ilanga-page [HTTPS [HTTP [SOCKET]]]`, which are `[::]:443`, `[::]:80` and the other half's socket.
//!
//! It is a program of its own and not the set-up's: that one answers strangers before there is any key, so it has no code for keys in
//! it, and ends; this one runs for years, and everything but two pages of it is behind a login.

use std::error::Error;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use firstboot::error::chain;
use firstboot::portal::{Limits, serve, serve_by};
use firstboot::site::{Face, Site, acceptor, plain_router, router};
use firstboot::steward::{Client, Reply, Request, SOCKET};
use tokio::net::TcpListener;
use tokio::time::sleep;

/// How often is looked whether the node has another address.
const PULSE: Duration = Duration::from_secs(30);

/// How often port 80 is tried, which the set-up has until it is over.
const AGAIN: Duration = Duration::from_secs(2);

pub(crate) fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("ilanga-page: {}", chain(trouble.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let https = arguments.next().unwrap_or_else(|| "[::]:443".to_owned());
    let http = arguments.next().unwrap_or_else(|| "[::]:80".to_owned());
    let client = Client::new(Path::new(&arguments.next().unwrap_or_else(|| SOCKET.to_owned())));
    let (identity, language) = match client.ask(&Request::Identity { known: None })? {
        Reply::Identity { identity, language } => (identity, language),
        Reply::Failed { why } => return Err(why.into()),
        _ => return Err("the other half has no certificate".into()),
    };
    let face = Arc::new(Face::new(&identity, language)?);
    drop(identity);
    let tls = acceptor(Arc::clone(&face))?;
    let site = Site::new(client.clone(), Arc::clone(&face));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(8).build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(&https).await?;
        println!("https {}", listener.local_addr()?);
        sd_notify::notify(false, &[sd_notify::NotifyState::Ready])?;
        tokio::select! {
            ended = serve_by(listener, router(Arc::clone(&site)), Limits::default(), Some(tls)) => ended,
            ended = plain(&http, site) => ended,
            () = follow(client, face) => Ok(()),
        }
    })?;
    Ok(())
}

/// Port 80, once it is free.
async fn plain(address: &str, site: Arc<Site>) -> io::Result<()> {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => {
                println!("http {}", listener.local_addr()?);
                return serve(listener, plain_router(site), Limits::default()).await;
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => sleep(AGAIN).await,
            Err(error) => return Err(error),
        }
    }
}

/// Shows another certificate when the node has other addresses.
async fn follow(client: Client, face: Arc<Face>) {
    loop {
        sleep(PULSE).await;
        let (asked, known) = (client.clone(), Some(face.id()));
        let said = tokio::task::spawn_blocking(move || asked.ask(&Request::Identity { known })).await;
        let changed = match said {
            Ok(Ok(Reply::Identity { identity, language })) => {
                face.change(&identity, language).err().map(|bad| chain(&bad))
            }
            Ok(Ok(Reply::Failed { why })) => Some(why),
            Ok(Err(trouble)) => Some(chain(&trouble)),
            _ => None,
        };
        if let Some(why) = changed {
            eprintln!("the certificate stays as it is: {why}");
        }
    }
}
