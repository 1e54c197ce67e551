//! Keys, invitations and lists; addresses against Yggdrasil's own.

use super::*;
use crate::date::Date;

fn key(seed: u8) -> CommunityKey {
    CommunityKey::of_seed(&[seed; 32])
}

fn mesh(byte: u8) -> MeshKey {
    MeshKey::new([byte; 32])
}

fn invited(endpoints: &[&str]) -> Invited {
    Invited {
        founder: mesh(7),
        last_day: "2026-12-24".parse().unwrap(),
        password: LinkPassword::new([5; 10]),
        token: Token::new([6; 8]),
        name: "Isikole saseKhaya".parse().unwrap(),
        endpoints: endpoints.iter().map(|text| text.parse().unwrap()).collect(),
    }
}

/// What `yggdrasil -publickey` and `-address` of 0.5.12 said of fresh keys.
#[test]
fn addresses_are_yggdrasils() {
    for (public, address) in YGGDRASIL {
        assert_eq!(public.parse::<MeshKey>().unwrap().address().to_string(), address);
    }
    for byte in 0..=255 {
        assert_eq!(mesh(byte).address().octets()[0], 2);
    }
}

/// Made by it; see above.
const YGGDRASIL: [(&str, &str); 4] = [
    ("0ceef6b5f66f0d66d80e1b4943aabbcc11f28ed87f46d397b64ae5feb802cfca", "204:6221:2941:321e:5324:fe3c:96d7:8aa8"),
    ("9867193920ea7761bd148e80f86d67afde5239b8815292ae4f3857bbf3d7c219", "200:cf31:cd8d:be2b:113c:85d6:e2fe:f25"),
    ("1f259c24f2433437f8fd8e645c8c2f0c352784242f5dd50428a3555fa8535e14", "203:da6:3db0:dbcc:bc80:7027:19ba:373d"),
    ("a553eda1fa5ad2a75ed1fded61ffcfadcf37c36e5f502f82ab79536ab8f7e4a5", "200:b558:24bc:b4a:5ab1:425c:425:3c00"),
];

#[test]
fn an_invitation_there_and_back() {
    let all = ["school.example.org:7367", "192.168.7.2:7367", "[2001:db8::7]:443"];
    for endpoints in [&all[..0], &all[..1], &all[1..2], &all[..]] {
        let invitation = invited(endpoints).sign(&key(1));
        let text = invitation.to_string();
        for text in [text.clone(), invitation.compact(), text.to_lowercase().replace('-', " "), format!(" {text}\n")] {
            let read: Invitation = text.parse().unwrap();
            assert_eq!(read, invitation);
            assert_eq!((read.community(), read.says()), (key(1).id(), &invited(endpoints)));
        }
        let alphanumeric = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || c == ':';
        assert!(invitation.compact().chars().all(alphanumeric), "{text}");
        assert!(!format!("{invitation:?}").contains(&invitation.says().password.text()));
    }
    // A QR code of version 9 holds 335 characters at level L, one of version 10 395.
    assert_eq!(invited(&[]).sign(&key(1)).compact().len(), 315);
    assert_eq!(invited(&all[1..2]).sign(&key(1)).compact().len(), 327);
    assert_eq!(invited(&all[..1]).sign(&key(1)).compact().len(), 354);
    assert_eq!(invited(&[all[1]; 5]).sign(&key(1)).says().endpoints.len(), 3);
}

#[test]
fn what_is_wrong_with_an_invitation_is_said() {
    let text = invited(&[]).sign(&key(1)).to_string();
    let changed = |group: usize, with: &str| {
        let mut groups: Vec<&str> = text[PREFIX.len()..].split('-').collect();
        groups[group - 1] = with;
        format!("{PREFIX}{}", groups.join("-"))
    };
    let other = |from: &Invited, by: u8| {
        // Signed by somebody else than the community that it names.
        from.clone().sign(&key(by)).named(key(1).id()).to_string()
    };
    for (text, wrong) in [
        (String::new(), NotAnInvitation::Else),
        ("hello".into(), NotAnInvitation::Else),
        ("ilanga:".into(), NotAnInvitation::End),
        ("ilanga:abc".into(), NotAnInvitation::End),
        (format!("{PREFIX}é"), NotAnInvitation::Character(1)),
        (text[..text.len() - 1].into(), NotAnInvitation::End),
        (text[..text.len() - 9].into(), NotAnInvitation::End),
        (changed(3, "00000000"), NotAnInvitation::Group(3)),
        (changed(20, "0000U000"), NotAnInvitation::Character(20)),
        (format!("{PREFIX}{}", symbols::text(&[2; 90])), NotAnInvitation::Version(2)),
        (format!("{PREFIX}{}", symbols::text(&[1; 200])), NotAnInvitation::Content),
        (format!("{PREFIX}{}", "0".repeat(2000)), NotAnInvitation::Content),
        (other(&invited(&[]), 2), NotAnInvitation::Signature),
    ] {
        assert_eq!(text.parse::<Invitation>(), Err(wrong), "{text}");
    }
}

/// No bit of it can be changed, and no text makes the parser panic.
#[test]
fn every_changed_bit_is_found() {
    let invitation = invited(&["school.example.org:7367"]).sign(&key(1));
    let mut bytes = symbols::bytes(&invitation.to_string()[PREFIX.len()..]).unwrap();
    for place in (0..bytes.len() * 8).step_by(5) {
        bytes[place / 8] ^= 1 << (place % 8);
        assert!(format!("{PREFIX}{}", symbols::text(&bytes)).parse::<Invitation>().is_err(), "bit {place}");
        bytes[place / 8] ^= 1 << (place % 8);
    }
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    for length in 0..3000 {
        let noise: Vec<u8> = (0..length % 400)
            .map(|place| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                if place == 0 { 1 } else { state as u8 }
            })
            .collect();
        assert!(format!("{PREFIX}{}", symbols::text(&noise)).parse::<Invitation>().is_err());
    }
}

#[test]
fn endpoints() {
    for text in ["192.168.7.2:7367", "[fd00::7]:1", "school.example.org:65535", "a:2"] {
        assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "a",
        "a:",
        "a:0",
        "a:65536",
        "a:+1",
        "a:01",
        "fd00::7:1",
        "[fd00::7]",
        "-a:1",
        "a b:1",
        "1.2.3:4",
        "é:1",
        ":1",
    ] {
        assert!(text.parse::<Endpoint>().is_err(), "{text}");
    }
}

#[test]
fn names_and_secrets() {
    assert!(["", " a", "a\n", &"a".repeat(33)].iter().all(|text| text.parse::<CommunityName>().is_err()));
    let password = LinkPassword::new([0xa5; 10]);
    assert_eq!(password.text().parse(), Ok(password.clone()));
    assert!(password.text().bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
    assert!("00".parse::<Token>().is_err());
    assert_eq!(format!("{password:?} {:?}", key(1)), "LinkPassword(hidden) CommunityKey(hidden)");
}

fn list(number: u64, members: &[u8]) -> List {
    let members = members.iter().map(|byte| Member { key: mesh(*byte), name: format!("n-{byte}").parse().unwrap() });
    let name = "Isikole".parse().unwrap();
    List { community: key(1).id(), name, number, founder: mesh(7), members: members.collect() }
}

#[test]
fn a_list_there_and_back() {
    let signed = list(3, &[7, 8]).sign(&key(1)).unwrap();
    let read = SignedList::parse(signed.text().as_bytes(), key(1).id()).unwrap();
    assert_eq!(read, signed);
    assert!(read.list().has(&mesh(8)) && !read.list().has(&mesh(9)));
    let later = list(4, &[7]).sign(&key(1)).unwrap();
    assert!(later.succeeds(&signed) && !signed.succeeds(&later) && !signed.succeeds(&signed));
    let theirs = List { community: key(2).id(), ..list(9, &[7]) }.sign(&key(2)).unwrap();
    assert!(!theirs.succeeds(&signed));
}

#[test]
fn lists_of_others_are_refused() {
    let signed = list(3, &[7, 8]).sign(&key(1)).unwrap();
    assert!(matches!(SignedList::parse(signed.text().as_bytes(), key(2).id()), Err(BadList::Signature)));
    let changed = signed.text().replace("\"number\":3", "\"number\":4");
    assert!(matches!(SignedList::parse(changed.as_bytes(), key(1).id()), Err(BadList::Signature)));
    for text in ["", "ilanga members 1 ", "ilanga members 2 00\n{}\n", "\u{0}", signed.text().trim_end()] {
        assert!(matches!(SignedList::parse(text.as_bytes(), key(1).id()), Err(BadList::Else)), "{text}");
    }
    for wrong in [list(1, &[8]), list(1, &[7, 7]), list(1, &[])] {
        assert!(matches!(wrong.sign(&key(1)), Err(BadList::Members)));
    }
    assert!(matches!(list(1, &[7]).sign(&key(2)), Err(BadList::Members)));
}

#[test]
fn the_longest_list_is_taken() {
    let members = (0..MOST).map(|number| {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&(number as u64).to_le_bytes());
        let name = format!("{}{number:03}", "n".repeat(60)).parse().unwrap();
        Member { key: MeshKey::new(bytes), name }
    });
    let mut list = list(u64::MAX, &[7]);
    list.members.extend(members);
    list.members.truncate(MOST);
    let signed = list.sign(&key(1)).unwrap();
    assert!(SignedList::parse(signed.text().as_bytes(), key(1).id()).is_ok(), "{}", signed.text().len());
}

#[test]
fn days_to_2099() {
    for day in ["1980-01-01", "2099-12-31"] {
        let last_day: Date = day.parse().unwrap();
        let text = Invited { last_day, ..invited(&[]) }.sign(&key(1)).to_string();
        assert_eq!(text.parse::<Invitation>().unwrap().says().last_day, last_day);
    }
}
