//! A founder and a node that joins: what is decided, and what is kept.

use std::fs;
use std::net::Ipv6Addr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use formats::community::{
    CommunityKey, CommunityName, Endpoint, Invitation, LinkPassword, List, Member, MeshKey, SignedList, Token,
};
use formats::date::Date;
use serde_json::Value;

use super::configuration::{configuration, own_key};
use super::serve::answer;
use super::wire::{Answer, Refused, Request};
use super::*;
use crate::node::Node;

fn key(byte: u8) -> MeshKey {
    MeshKey::new([byte; 32])
}

fn secret() -> CommunityKey {
    CommunityKey::of_seed(&[1; 32])
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn name() -> CommunityName {
    "Isikole".parse().unwrap()
}

fn ties(founder: MeshKey, endpoints: &[&str]) -> Ties {
    let endpoints: Vec<Endpoint> = endpoints.iter().map(|text| text.parse().unwrap()).collect();
    Ties::of_founder(secret().id(), name(), founder, LinkPassword::new([5; 10]), endpoints)
}

fn member(byte: u8) -> Member {
    Member { key: key(byte), name: format!("node-{byte}").parse().unwrap() }
}

fn list(founder: MeshKey, others: &[u8]) -> List {
    let mut members = vec![Member { key: founder, name: "founder".parse().unwrap() }];
    members.extend(others.iter().map(|byte| member(*byte)));
    List { community: secret().id(), name: name(), number: 1, founder, members }
}

/// What Yggdrasil 0.5.12 makes, with a key of these bytes.
fn made(key: MeshKey) -> Vec<u8> {
    format!(r#"{{"PrivateKey": "{}{key}", "Peers": ["tcp://x"], "IfName": "auto", "Else": 1}}"#, "ab".repeat(32)).into()
}

/// A node with a key, in a folder.
fn kept(root: &Path, own: MeshKey) -> Kept {
    let node = Node::new(root);
    fs::create_dir_all(node.mesh().parent().unwrap()).unwrap();
    fs::write(node.mesh(), made(own)).unwrap();
    Kept::of(&node)
}

#[test]
fn a_fresh_key_is_kept_and_the_rest_is_ours() {
    let read = |ties: Option<&Ties>| -> Value {
        let bytes = configuration(&made(key(7)), ties).unwrap();
        assert_eq!(own_key(&bytes).unwrap(), key(7));
        assert_eq!(configuration(&bytes, ties).unwrap(), bytes);
        serde_json::from_slice(&bytes).unwrap()
    };
    let alone = read(None);
    assert_eq!((&alone["IfName"], &alone["AdminListen"]), (&"mesh0".into(), &"none".into()));
    assert_eq!(alone["MulticastInterfaces"][0]["Password"], "");
    assert_eq!(alone["MulticastInterfaces"][0]["Port"], PORT);
    assert!(alone.get("Else").is_none() && alone["Peers"] == Value::Array(Vec::new()));
    let password = ties(key(7), &[]).password.text();
    let at = ["school.example.org:7367", "[fd00::7]:443"];
    let founder = read(Some(&ties(key(7), &at)));
    assert_eq!(founder["Listen"][0], format!("tls://[::]:{LINKS}?password={password}"));
    assert!(founder["Peers"][0].is_null());
    assert_eq!(founder["MulticastInterfaces"][0]["Password"], password);
    let member = read(Some(&ties(key(8), &at)));
    assert!(member["Listen"][0].is_null());
    assert_eq!(member["Peers"][1], format!("tls://[fd00::7]:443?key={}&password={password}", key(8)));
    for broken in [&b"[]"[..], b"{", b"{}", br#"{"PrivateKey": "ab"}"#] {
        assert!(configuration(broken, None).is_err());
    }
}

#[test]
fn who_is_let_in() {
    let founder = key(7);
    let alone = rules(None, founder);
    assert!(alone.ends_with("add rule inet ilanga mesh return\n") && !alone.contains("drop"));
    let list = list(founder, &[8]).sign(&secret()).unwrap();
    let standing = Standing { ties: ties(founder, &[]), list: Some(list) };
    let (there, other) = (rules(Some(&standing), founder), rules(Some(&standing), key(8)));
    for rules in [&there, &other] {
        assert!(rules.contains(&format!("{{ {}, {} }}", founder.address(), key(8).address())), "{rules}");
        assert!(rules.contains("mesh drop\n") && !rules.contains("7367"), "{rules}");
    }
    assert!(there.contains("ct state new") && !other.contains("ct state"));
    let invited = Standing { ties: ties(founder, &["a:1"]), list: None };
    let rules_of = rules(Some(&invited), key(9));
    assert!(rules_of.contains(&format!("{{ {} }}", founder.address())) && rules_of.ends_with("drop\n"));
    let listens = Standing { ties: ties(founder, &["a:1"]), ..standing };
    assert!(rules(Some(&listens), founder).ends_with("mesh-links tcp dport 7367 accept\n"));
    assert!(!rules(Some(&listens), key(8)).contains("mesh-links tcp"));
}

/// Makes an invitation that ends on that day.
fn invited(invitations: &Invitations, token: u8, last_day: &str, many: bool) -> (Invitation, Invitations) {
    let wish = Invite { called: None, last_day: day(last_day), many, token: Token::new([token; 8]) };
    invite(&ties(key(7), &[]), &secret(), invitations, wish, day("2026-12-01"))
}

#[test]
fn a_token_is_redeemed_once() {
    let (invitation, open) = invited(&Invitations::default(), 1, "2026-12-08", false);
    let token = &invitation.says().token;
    let list = list(key(7), &[]);
    let try_it = |open: &Invitations, list: &List, who: u8, token: &Token, from: u8, today: &str| {
        admit(list, open, &member(who), token, key(from).address(), day(today))
    };
    for (who, token, from, today, why) in [
        (8, token.clone(), 9, "2026-12-01", Refused::Key),
        (8, Token::new([9; 8]), 8, "2026-12-01", Refused::Token),
        (8, token.clone(), 8, "2026-12-09", Refused::Ended),
    ] {
        assert_eq!(try_it(&open, &list, who, &token, from, today), Err(why));
    }
    let (used, longer) = try_it(&open, &list, 8, token, 8, "2026-12-08").unwrap();
    let longer = longer.unwrap();
    assert!(longer.has(&key(8)) && longer.number == 2);
    // The answer was lost, or the power before the list was written.
    assert_eq!(try_it(&used, &longer, 8, token, 8, "2026-12-08").unwrap(), (used.clone(), None));
    assert_eq!(try_it(&used, &list, 8, token, 8, "2026-12-08").unwrap().1, Some(longer.clone()));
    assert_eq!(try_it(&used, &longer, 9, token, 9, "2026-12-08"), Err(Refused::Token));
    // Removed, it does not come back by the same one.
    let (rest, shorter, gone) = remove(&longer, &used, "node-8").unwrap();
    assert_eq!((gone.key, shorter.number), (key(8), 3));
    assert_eq!(try_it(&rest, &shorter, 8, token, 8, "2026-12-02"), Err(Refused::Token));
}

#[test]
fn one_for_many_ends_with_a_removal() {
    let (invitation, open) = invited(&Invitations::default(), 1, "2026-12-08", true);
    let (mut list, mut open) = (list(key(7), &[]), open);
    for who in [8, 9] {
        let who = member(who);
        let from = who.key.address();
        let admitted = admit(&list, &open, &who, &invitation.says().token, from, day("2026-12-02")).unwrap();
        (open, list) = (admitted.0, admitted.1.unwrap());
    }
    let (open, shorter, _) = remove(&list, &open, &key(9).to_string()).unwrap();
    let again = admit(&shorter, &open, &member(9), &invitation.says().token, key(9).address(), day("2026-12-02"));
    assert_eq!(again, Err(Refused::Token));
    assert_eq!(remove(&shorter, &open, "founder"), Err(Removal::Founder));
    assert_eq!(remove(&shorter, &open, "nobody"), Err(Removal::Nobody("nobody".into())));
    let mut twice = shorter;
    twice.members.push(Member { key: key(3), ..member(8) });
    assert_eq!(remove(&twice, &open, "node-8"), Err(Removal::Several("node-8".into(), 2)));
}

#[test]
fn invitations_that_ended_are_forgotten() {
    let (_, old) = invited(&Invitations::default(), 1, "2026-12-03", false);
    let wish = Invite { called: None, last_day: day("2026-12-20"), many: false, token: Token::new([2; 8]) };
    let (_, later) = invite(&ties(key(7), &[]), &secret(), &old, wish, day("2026-12-04"));
    assert_eq!(serde_json::to_value(&later).unwrap()["open"].as_array().unwrap().len(), 1);
}

/// A founder and two nodes, each in a folder: what one answers the other keeps.
#[test]
fn a_node_joins_and_is_removed() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (founder, node) = (kept(here.path(), key(7)), kept(there.path(), key(8)));
    founder.keep_key(&secret()).unwrap();
    founder.keep_first(&list(key(7), &[]).sign(&secret()).unwrap()).unwrap();
    founder.tie(Some(&ties(key(7), &[]))).unwrap();
    assert_eq!(founder.founder().unwrap().1.id(), secret().id());
    let wish = Invite { called: None, last_day: day("2099-12-31"), many: false, token: Token::new([2; 8]) };
    let (invitation, open) = invite(&ties(key(7), &[]), &secret(), &Invitations::default(), wish, day("2026-12-01"));
    founder.keep_invitations(&open).unwrap();

    node.tie(Some(&Ties::of(&invitation))).unwrap();
    let standing = node.standing().unwrap().unwrap();
    assert!(standing.lets_in(&key(7)) && !standing.lets_in(&key(8)));
    let join = |from: Ipv6Addr| {
        let token = standing.ties.token.clone().unwrap();
        let request = Request::Join { token, key: key(8), name: "node-8".parse().unwrap() };
        answer(&founder, &request, from).unwrap()
    };
    assert_eq!(join(key(9).address()).0, Answer::Refused { why: Refused::Key });
    // Who is no founder lets nobody in.
    let request = Request::Join { token: Token::new([2; 8]), key: key(9), name: "x".parse().unwrap() };
    assert_eq!(answer(&node, &request, key(9).address()).unwrap().0, Answer::Refused { why: Refused::NotFounder });
    let (Answer::List { list: text }, true) = join(key(8).address()) else { panic!("not let in") };
    let look = |text: &str| answer(&node, &Request::Look { list: text.to_owned() }, key(7).address());
    assert!(look(&text).unwrap().1);
    let standing = node.standing().unwrap().unwrap();
    assert!(standing.lets_in(&key(8)) && standing.ties.token.is_none());
    // Once more, and one of another community, change nothing.
    assert!(!look(&text).unwrap().1);
    let foreign = CommunityKey::of_seed(&[2; 32]);
    let forged = List { community: foreign.id(), number: 99, ..list(key(7), &[8]) }.sign(&foreign).unwrap();
    assert!(look(forged.text()).is_err());
    let later = List { number: 5, ..list(key(7), &[8, 9]) }.sign(&secret()).unwrap();
    assert!(look(later.text()).unwrap().1);
    let (Answer::List { list: told }, false) = answer(&node, &Request::List { after: 4 }, key(9).address()).unwrap()
    else {
        panic!("no list")
    };
    assert_eq!(told, later.text());
    assert_eq!(answer(&node, &Request::List { after: 5 }, key(9).address()).unwrap().0, Answer::Done);
    // A stranger learns nothing, and tells nothing.
    for request in [Request::List { after: 0 }, Request::Look { list: later.text().to_owned() }] {
        let refused = answer(&node, &request, key(66).address()).unwrap();
        assert_eq!(refused, (Answer::Refused { why: Refused::Key }, false));
    }
    // An earlier one brings nobody back.
    assert!(!look(&text).unwrap().1 && node.standing().unwrap().unwrap().lets_in(&key(9)));

    let leaves = answer(&founder, &Request::Leave { key: key(8) }, key(9).address()).unwrap();
    assert_eq!(leaves.0, Answer::Refused { why: Refused::Key });
    assert!(answer(&founder, &Request::Leave { key: key(8) }, key(8).address()).unwrap().1);
    assert!(!founder.standing().unwrap().unwrap().lets_in(&key(8)));
    node.leave().unwrap();
    assert_eq!(node.standing().unwrap(), None);
    for file in fs::read_dir(here.path().join("data/mesh")).unwrap() {
        let path = file.unwrap().path();
        let ours = path.file_name().is_some_and(|name| name != "yggdrasil.conf");
        assert!(!ours || fs::metadata(&path).unwrap().permissions().mode() & 0o077 == 0, "{path:?}");
    }
}

#[test]
fn a_list_of_somebody_else_is_said() {
    let root = tempfile::tempdir().unwrap();
    let node = kept(root.path(), key(8));
    node.tie(Some(&ties(key(7), &[]))).unwrap();
    fs::write(root.path().join("data/mesh/members"), "ilanga members 1 00\n{}\n").unwrap();
    assert!(node.standing().is_err());
    let other = SignedList::parse(list(key(7), &[]).sign(&secret()).unwrap().text().as_bytes(), secret().id());
    assert!(other.is_ok());
}
