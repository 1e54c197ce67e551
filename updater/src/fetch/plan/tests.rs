//! Orders and failures, and what sources do after them.

#![allow(clippy::unwrap_used, reason = "a test")]

use formats::digest::Digest;

use super::*;

const KIB: u64 = 1 << 10;

fn pieces(objects: &[(usize, u64, u64)]) -> Vec<(usize, Piece)> {
    let piece = |&(object, at, packed): &(usize, u64, u64)| {
        (object, Piece { digest: Digest::of(format!("{object} {at}")), length: packed, at, packed })
    };
    objects.iter().map(piece).collect()
}

fn rows(count: u64) -> Vec<(usize, Piece)> {
    pieces(&(0..count).map(|number| (0, number * 100 * KIB, 100 * KIB)).collect::<Vec<_>>())
}

const S: fn(u64) -> Duration = Duration::from_secs;

#[test]
fn runs_are_of_one_object_without_gaps_and_not_long() {
    let wanted = pieces(&[
        (0, 0, 100 * KIB),
        (0, 100 * KIB, 100 * KIB),
        (0, 200 * KIB, 100 * KIB),
        (0, 400 * KIB, 1024 * KIB),
        (1, 1424 * KIB, 10),
        (1, 1424 * KIB + 10, 10),
    ]);
    let mut board = Board::new(&wanted, &[Way::Upstream, Way::Upstream]);
    for (source, order) in [(0, vec![0, 1]), (1, vec![2]), (0, vec![3]), (1, vec![4, 5])] {
        assert_eq!(board.next(source, S(0)), Order::Run(order));
    }
    assert_eq!(board.next(0, S(0)), Order::Idle, "the other one may fail");
    for number in 0..6 {
        board.kept(number % 2, number, 1, S(1));
    }
    assert!(board.is_done());
    assert_eq!(board.next(0, S(0)), Order::End);
}

#[test]
fn the_cheapest_source_that_has_it() {
    let mut board = Board::new(&rows(3), &[Way::Upstream, Way::Neighbour, Way::Neighbour]);
    assert_eq!(board.next(0, S(0)), Order::Idle, "neighbours may have all of it");
    assert_eq!(board.next(1, S(0)), Order::Run(vec![0]));
    assert_eq!(board.next(2, S(0)), Order::Run(vec![1]));
    board.failed(1, &[0], &SourceError::Absent, false, S(0));
    assert_eq!(board.next(0, S(0)), Order::Idle, "the other neighbour has not been asked");
    board.failed(2, &[1], &SourceError::Absent, false, S(0));
    assert_eq!(board.next(2, S(0)), Order::Run(vec![0]));
    board.failed(2, &[0], &SourceError::Absent, false, S(0));
    assert_eq!(board.next(0, S(0)), Order::Run(vec![0]));
    assert_eq!(board.next(0, S(0)), Order::Idle);
    // The neighbours go: the rest comes from upstream.
    board.failed(1, &[], &SourceError::Lied, false, S(0));
    board.failed(2, &[], &SourceError::TooMuch, false, S(0));
    assert_eq!(board.left(1).unwrap().to_string(), SourceError::Lied.to_string());
    assert_eq!(board.next(0, S(0)), Order::Run(vec![1, 2]));
    assert_eq!((board.next(1, S(0)), board.missing()), (Order::End, 3));
}

#[test]
fn failures_wait_and_are_forgiven_while_something_comes() {
    let mut board = Board::new(&rows(1), &[Way::Upstream]);
    let mut now = S(0);
    let mut waits = Vec::new();
    for gained in [false, false, true, false, false, false, false, false, false] {
        assert_eq!(board.next(0, now), Order::Run(vec![0]));
        board.failed(0, &[0], &SourceError::Stalled, gained, now);
        let Order::Wait(until) = board.next(0, now) else { break };
        waits.push((until - now).as_millis());
        now = until;
    }
    assert_eq!(waits, [500, 1000, 500, 1000, 2000, 4000, 8000, 16_000, 32_000]);
    assert_eq!(board.next(0, now), Order::Run(vec![0]));
    board.failed(0, &[0], &SourceError::Truncated, false, now);
    assert_eq!(board.left(0).unwrap().to_string(), "sent less than it should");
}

#[test]
fn each_failure_has_its_consequence() {
    for (error, left) in [
        (SourceError::Lied, true),
        (SourceError::TooMuch, true),
        (SourceError::OtherRange, true),
        (SourceError::Status(403), true),
        (SourceError::Name(String::new()), true),
        (SourceError::Status(503), false),
        (SourceError::Status(429), false),
        (SourceError::Stalled, false),
        (SourceError::Truncated, false),
        (SourceError::Network(None), false),
        (SourceError::NoRanges, false),
        (SourceError::Stopped, false),
    ] {
        let mut board = Board::new(&rows(1), &[Way::Upstream]);
        assert_eq!(board.next(0, S(0)), Order::Run(vec![0]));
        board.failed(0, &[0], &error, false, S(0));
        assert_eq!(board.left(0).is_some(), left, "{error}");
    }
}

#[test]
fn a_file_that_is_not_there_is_not_asked_for_again() {
    let wanted = pieces(&[(0, 0, 10), (0, 10, 10), (1, 0, 10)]);
    let mut board = Board::new(&wanted, &[Way::Upstream]);
    assert_eq!(board.next(0, S(0)), Order::Run(vec![0, 1]));
    board.failed(0, &[0, 1], &SourceError::Absent, false, S(0));
    assert_eq!(board.next(0, S(0)), Order::Run(vec![2]));
    board.kept(0, 2, 10, S(1));
    assert_eq!((board.next(0, S(0)), board.missing()), (Order::End, 2));
}

#[test]
fn servers_without_ranges_come_last_and_read_whole_objects() {
    let wanted = pieces(&[(0, 0, 10), (0, 30, 10), (1, 0, 10), (0, 50, 10)]);
    let mut board = Board::new(&wanted, &[Way::Upstream, Way::Upstream]);
    let Order::Run(run) = board.next(0, S(0)) else { unreachable!() };
    board.failed(0, &run, &SourceError::NoRanges, false, S(0));
    assert_eq!(board.next(0, S(0)), Order::Idle, "the other one is cheaper");
    board.leave(1, &[], Reason("is gone".to_owned()));
    assert_eq!(board.next(0, S(0)), Order::Whole(vec![0, 1, 3]));
    for number in [0, 1, 3] {
        board.kept(0, number, 10, S(1));
    }
    assert_eq!(board.next(0, S(0)), Order::Whole(vec![2]));
    // Now that it is known, saying it again is a failure like others.
    for _ in 0..TRIES {
        board.failed(0, &[2], &SourceError::NoRanges, false, S(0));
    }
    assert!(board.left(0).is_some());
}

#[test]
fn very_slow_sources_are_left_if_there_are_others() {
    for (others, bytes, took, fastest, left) in [
        (true, 60_000, 30, None, true),
        (true, 60_000, 29, None, false),
        (true, 150_000, 30, None, false),
        (false, 60_000, 30, None, false),
        (true, 60_000, 30, Some(2000), false),
        (true, 6000, 30, Some(2000), true),
    ] {
        let ways = if others { vec![Way::Neighbour, Way::Upstream] } else { vec![Way::Neighbour] };
        let mut board = Board::new(&rows(2), &ways);
        let slow = board.is_slow(0, bytes, S(took), fastest);
        assert_eq!(slow, left.then_some(bytes / took), "{bytes} in {took} s");
        // Many short runs are as one long one.
        board.kept(0, 0, bytes, S(took));
        assert_eq!(board.is_slow(0, 0, S(0), fastest), slow);
    }
}
