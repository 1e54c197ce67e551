//! A bundle by its address: looked at before it is fetched, and fetched on where it stopped.

#![cfg(all(feature = "bus", feature = "net"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod web;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use formats::repository::BaseUrl;
use updater::fetch::address::{Address, AddressError, Remote};
use updater::fetch::source::http::{Http, Patience};
use web::{Manner, Web};

fn fixture() -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../builder/src/inspect/fixtures/bundle.raucb");
    fs::read(path).unwrap()
}

/// What is at `/x/y.raucb` of a server.
fn look(content: Vec<u8>, manner: Manner) -> (Web, Result<Remote, AddressError>) {
    let web = Web::start(&BTreeMap::from([("x/y.raucb".to_owned(), content)]), manner);
    let Ok(Address::Bundle(base, name)) = Address::parse(&format!("{}/x/y.raucb", web.url)) else {
        panic!("an address")
    };
    let remote = Remote::look(server(&base), &base, &name);
    (web, remote)
}

fn server(base: &BaseUrl) -> Http {
    Http::upstream(base.as_str(), Patience::default())
}

#[test]
fn the_end_tells_what_it_is_and_a_cut_costs_little() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("of another one"), "x").unwrap();
    let (web, remote) = look(fixture(), Manner::Cuts(3));
    // The first answers may have been cut off too.
    let remote = remote.or_else(|_| look(fixture(), Manner::Honest).1).unwrap();
    assert_eq!(remote.bundle.manifest.version.as_str(), "2026.11.0");
    assert_eq!((remote.length().0, remote.left(folder.path()).0), (18_256, 18_256));
    let came = Cell::new(0);
    let path = remote.fetch(folder.path(), None, &|bytes| came.set(came.get() + bytes)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), fixture());
    assert_eq!((came.get(), remote.left(folder.path()).0), (18_256, 0));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    // What is there is not fetched again.
    fs::File::options().write(true).open(&path).unwrap().set_len(18_000).unwrap();
    came.set(0);
    remote.fetch(folder.path(), None, &|bytes| came.set(came.get() + bytes)).unwrap();
    assert_eq!((came.get(), fs::read(&path).unwrap() == fixture()), (256, true));
    drop(web);
}

#[test]
fn what_is_none_is_not_fetched() {
    let half = fixture()[..18_000].to_vec();
    for (content, manner, expected) in [
        (half, Manner::Honest, "what is at that address is no update for this node: it is no update bundle"),
        (vec![0; 4], Manner::Honest, "what is at that address is no update for this node: "),
        (fixture(), Manner::NoRanges, "/x cannot send parts of files"),
        (fixture(), Manner::Status(403), "/x answered with status 403"),
        (fixture(), Manner::Status(404), "/x does not have it"),
    ] {
        let (web, remote) = look(content, manner);
        let said = remote.unwrap_err().to_string();
        assert!(said.contains(expected), "{said}: {expected}");
        drop(web);
    }
}
