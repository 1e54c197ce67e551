//! A desk behind its socket.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;

use super::*;
use crate::claim::{Claim, Code};
use crate::desk::{Desk, Page, Request, Wish};
use crate::facts::Facts;
use crate::header::{Cost, Headers};
use crate::pen::Front;
use crate::store::Store;

/// A desk that is served until the test ends.
fn desk() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let headers = Headers::new(folder.path().to_owned(), Cost { memory: 32, milliseconds: 1 });
    let store = Store::open(folder.path()).unwrap();
    let desk = Desk::open(store, headers, Claim::new(Code::of_random(1), true), Facts::default()).unwrap();
    thread::spawn(move || serve(&listener, &Mutex::new(desk), &|| Duration::from_secs(1), &|| ()));
    (folder, socket)
}

#[test]
fn requests_and_replies() {
    let (_folder, socket) = desk();
    let client = Client::new(&socket);
    let front = Front::Phone("a".into());
    let view = client.ask(&Request { front, language: None, wish: Wish::TakePen }).unwrap();
    assert!(matches!(view.page, Page::Code { .. }), "{view:?}");
    let front = Front::Screen("tty1".into());
    let view = client.ask(&Request { front, language: None, wish: Wish::TakePen });
    let root = nix::unistd::Uid::effective().is_root();
    assert_eq!(view.is_ok_and(|view| matches!(view.page, Page::Ask(_))), root);
}

#[test]
fn whatever_comes_does_no_harm() {
    let (_folder, socket) = desk();
    let long = vec![b'x'; usize::try_from(LONGEST_REQUEST).unwrap() + 10];
    for (bytes, expected) in [
        (&b""[..], ""),
        (b"{}", ""),
        (b"{}\n", "this is no request"),
        (b"\xff\xfe\n", "this is no request"),
        (b"{\"front\":{\"phone\":\"a\"},\"language\":null,\"wish\":{\"do\":\"rule\"}}\n", "this is no request"),
        (&long, ""),
    ] {
        let mut stream = UnixStream::connect(&socket).unwrap();
        // The other side may have closed it by now.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut said = String::new();
        let _ = stream.read_to_string(&mut said);
        assert!(said.contains(expected) && said.is_empty() == expected.is_empty(), "{said}");
    }
    let idle: Vec<UnixStream> = (0..100).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    drop(idle);
    thread::sleep(Duration::from_millis(200));
    requests_and_replies();
}
