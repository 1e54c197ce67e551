//! Invitations as people type them, and lists of members as strangers send them: what is read and written again is the same.
#![no_main]

use formats::community::{
    CommunityKey, Endpoint, Invitation, Invited, LinkPassword, List, Member, MeshKey, NotAnInvitation, SignedList,
    Token,
};
use ilanga_fuzz::seeds;

fn key() -> CommunityKey {
    CommunityKey::of_seed(&[1; 32])
}

fn start() {
    let endpoints = ["school.example.org:7367", "192.168.7.2:7367", "[2001:db8::7]:443"];
    let invited = Invited {
        founder: MeshKey::new([7; 32]),
        last_day: "2026-12-24".parse().expect("a day"),
        password: LinkPassword::new([5; 10]),
        token: Token::new([6; 8]),
        name: "Isikole".parse().expect("a name"),
        endpoints: endpoints.iter().filter_map(|text| text.parse().ok()).collect(),
    };
    let members = vec![Member { key: MeshKey::new([7; 32]), name: "school-1".parse().expect("a name") }];
    let list = List {
        community: key().id(),
        name: "Isikole".parse().expect("a name"),
        number: 7,
        founder: MeshKey::new([7; 32]),
        members,
    };
    let list = list.sign(&key()).expect("a list");
    let invitation = invited.sign(&key());
    seeds([invitation.to_string(), invitation.compact(), list.text().to_owned(), endpoints[0].to_owned()]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    if let Ok(list) = SignedList::parse(data, key().id()) {
        assert_eq!(list.text().as_bytes(), data);
        assert!(!list.succeeds(&list) && list.list().has(&list.list().founder));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(endpoint) = text.parse::<Endpoint>() {
        assert_eq!(endpoint.to_string().parse(), Ok(endpoint));
    }
    match text.parse::<Invitation>() {
        Ok(invitation) => assert_eq!(invitation.compact().parse(), Ok(invitation)),
        Err(NotAnInvitation::Group(group) | NotAnInvitation::Character(group)) => {
            assert!(group >= 1 && group <= text.len());
        }
        Err(_) => {}
    }
});
