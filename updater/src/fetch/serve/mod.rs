//! Serves neighbours what this node has verified.
//!
//! ```text
//! GET /chunks/<sha256>        a piece of the store, as it is used; its digest is checked each time
//! GET /repository/<path>      a file of the repository that this node has checked: metadata, indexes
//! ```
//!
//! HTTP/1.1 by `hyper`; GET and HEAD, single ranges. It reads the store and that folder, and nothing else; it writes nothing.
//! Whoever asks is a stranger, so all is bounded: connections, those of one address, the time that a request's head takes, how long a
//! connection lives, the memory (one piece or small file a connection), and the bytes a second of all answers.

mod ask;
mod paced;

use std::collections::HashMap;
use std::convert::Infallible;
use std::io::{self, Read as _};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT_RANGES, ALLOW, CONTENT_RANGE, HeaderValue, RANGE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::beneath;
use crate::store::Shelf;
use ask::{Asked, Part};
use paced::{Pace, Paced};

/// The port, over TCP.
pub const PORT: u16 = 7363;

/// The longest file that is served; a longer one comes from where it was published.
const LONGEST_FILE: u64 = 2 << 20;

/// How long a request's head may take.
const HEAD: Duration = Duration::from_secs(10);

/// What is served, and how much of it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The store's pieces.
    pub shelf: Shelf,
    /// The folder of the repository's files that were checked.
    pub repository: PathBuf,
    /// Bytes a second of all answers.
    pub rate: Option<u64>,
    /// The most connections.
    pub connections: usize,
    /// The most connections of one address.
    pub each: usize,
    /// How long a connection lives at most.
    pub life: Duration,
}

impl Settings {
    /// What a node serves.
    pub fn new(shelf: Shelf, repository: PathBuf, rate: Option<u64>) -> Self {
        Self { shelf, repository, rate, connections: 12, each: 3, life: Duration::from_secs(600) }
    }
}

/// The server does not run.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The address can't be had.
    #[error("listening on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The machine gives no thread or no events.
    #[error("starting to serve")]
    Start(#[source] io::Error),
}

/// A server that runs, until this is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts to serve on an address.
    pub fn start(address: SocketAddr, settings: Settings) -> Result<Self, ServeError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(4)
            .build()
            .map_err(ServeError::Start)?;
        let listen = |source| ServeError::Listen { address, source };
        let listener = runtime.block_on(TcpListener::bind(address)).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let (end, ended) = oneshot::channel();
        let shared = Arc::new(Shared { pace: Pace::new(settings.rate), settings, guests: Mutex::default() });
        let serve = move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, shared) => {}
                    _ = ended => {}
                }
            });
            runtime.shutdown_background();
        };
        let thread = thread::Builder::new().name("serve".to_owned()).spawn(serve).map_err(ServeError::Start)?;
        Ok(Self { address, end: Some(end), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // It ends with the process.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let (Some(end), Some(thread)) = (self.end.take(), self.thread.take()) {
            let _ = end.send(());
            let _ = thread.join();
        }
    }
}

#[derive(Debug)]
struct Shared {
    settings: Settings,
    pace: Pace,
    /// How many connections each address has.
    guests: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection that is counted, until this is dropped.
struct Guest {
    shared: Arc<Shared>,
    address: IpAddr,
}

impl Guest {
    /// Counts a connection, if there may be one more.
    fn welcome(shared: &Arc<Shared>, address: IpAddr) -> Option<Self> {
        let mut guests = shared.guests.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = guests.values().sum();
        let own = guests.entry(address).or_default();
        if all >= shared.settings.connections || *own >= shared.settings.each {
            if *own == 0 {
                guests.remove(&address);
            }
            return None;
        }
        *own += 1;
        Some(Self { shared: Arc::clone(shared), address })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut guests = self.shared.guests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = guests.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                guests.remove(&self.address);
            }
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                if let Some(guest) = Guest::welcome(&shared, address.ip().to_canonical()) {
                    tokio::spawn(connection(stream, guest));
                }
            }
            // Out of file descriptors, or the connection went away before it was taken.
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

async fn connection(stream: TcpStream, guest: Guest) {
    let shared = Arc::clone(&guest.shared);
    let answer = service_fn(|request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(answer(request, &shared).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_headers(32)
        .max_buf_size(16 << 10)
        .serve_connection(TokioIo::new(stream), answer);
    // Whatever becomes of it, the neighbour sees it too.
    let _ = tokio::time::timeout(guest.shared.settings.life, connection).await;
}

async fn answer(request: Request<Incoming>, shared: &Arc<Shared>) -> Response<Paced> {
    let send = |content: Bytes| Response::new(Paced::new(content, shared.pace.clone()));
    let status = |status: StatusCode| {
        let mut response = send(Bytes::new());
        *response.status_mut() = status;
        response
    };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = status(StatusCode::METHOD_NOT_ALLOWED);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let asked = Asked::of(request.uri().path());
    let reader = Arc::clone(shared);
    let found = tokio::task::spawn_blocking(move || find(&asked, &reader.settings)).await;
    let Some(content) = found.ok().flatten() else { return status(StatusCode::NOT_FOUND) };
    let content = Bytes::from(content);
    let range = request.headers().get(RANGE).and_then(|range| range.to_str().ok());
    let mut response = match Part::of(range, content.len()) {
        Part::Whole => send(content),
        Part::Behind => status(StatusCode::RANGE_NOT_SATISFIABLE),
        Part::Range(from, to) => {
            let mut response = send(content.slice(from..to));
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let range = format!("bytes {from}-{}/{}", to - 1, content.len());
            if let Ok(range) = HeaderValue::try_from(range) {
                response.headers_mut().insert(CONTENT_RANGE, range);
            }
            response
        }
    };
    response.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    response
}

/// What is served, if it is there. What can't be read is not there.
fn find(asked: &Asked, settings: &Settings) -> Option<Vec<u8>> {
    match asked {
        Asked::Chunk(digest) => settings.shelf.read(*digest).ok().flatten(),
        Asked::File(path) => {
            let file = beneath::open(&settings.repository, path).ok()?;
            let mut content = Vec::new();
            file.take(LONGEST_FILE + 1).read_to_end(&mut content).ok()?;
            (content.len() as u64 <= LONGEST_FILE).then_some(content)
        }
        Asked::Nothing => None,
    }
}
