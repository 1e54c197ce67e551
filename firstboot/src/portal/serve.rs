//! Connections: how many there may be, and for how long. What a stranger sends slowly, or never ends, costs a bounded part of them.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::{Here, Peer};

/// The longest head of a request, in bytes, and the most of a body that is held at a time.
const LONGEST_HEAD: usize = 16 << 10;

/// Bounds: of all connections together not more than some MB are taken, so that set-up and page have to do with 40.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections in all.
    pub most: usize,
    /// Those of one address.
    pub of_one: usize,
    /// How long the head of a request may take.
    pub head: Duration,
    /// How long a connection may last.
    pub whole: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { most: 64, of_one: 12, head: Duration::from_secs(10), whole: Duration::from_secs(150) }
    }
}

/// Who is connected, and how often.
#[derive(Debug, Default)]
struct Present(Mutex<BTreeMap<IpAddr, usize>>);

/// One of them; gone when it is dropped.
#[derive(Debug)]
struct Guest(Arc<Present>, IpAddr);

impl Present {
    fn enter(self: &Arc<Self>, address: IpAddr, limits: Limits) -> Option<Guest> {
        let mut present = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_one = present.get(&address).copied().unwrap_or_default();
        if of_one >= limits.of_one || present.values().sum::<usize>() >= limits.most {
            return None;
        }
        present.insert(address, of_one + 1);
        Some(Guest(Arc::clone(self), address))
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut present = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_one) = present.get_mut(&self.1) {
            *of_one -= 1;
            if *of_one == 0 {
                present.remove(&self.1);
            }
        }
    }
}

/// Answers, until the listener fails.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits) -> io::Result<()> {
    serve_by(listener, router, limits, None).await
}

/// The same, encrypted where there is what encrypts.
pub async fn serve_by(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    tls: Option<TlsAcceptor>,
) -> io::Result<()> {
    let present = Arc::new(Present::default());
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            // No more files: those that are open end sooner or later.
            Err(error) if error.raw_os_error() == Some(nix::libc::EMFILE) => {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
            Err(error) => return Err(error),
        };
        let Some(guest) = present.enter(peer.ip().to_canonical(), limits) else { continue };
        let Ok(here) = stream.local_addr() else { continue };
        let from = Peer(peer.ip().to_canonical());
        let router = router.clone().layer(Extension(Here(here))).layer(Extension(from));
        let tls = tls.clone();
        tokio::spawn(async move {
            // Whatever ended it, whoever it was sees that it has ended.
            let _ = match tls {
                None => timeout(limits.whole, converse(stream, router, limits)).await,
                Some(tls) => {
                    timeout(limits.whole, async {
                        // A handshake takes no longer than a head.
                        if let Ok(Ok(stream)) = timeout(limits.head, tls.accept(stream)).await {
                            converse(stream, router, limits).await;
                        }
                    })
                    .await
                }
            };
            drop(guest);
        });
    }
}

/// Requests and answers of one connection.
async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, router: Router, limits: Limits) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        // Who has said all and only listens still gets an answer.
        .half_close(true)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let _ = connection.await;
}
