//! What people type of a recovery key, and of the code of a claim: the right groups open, wrong ones don't, and guessing ends.
#![no_main]

use std::time::Duration;

use firstboot::claim::{Claim, Code, MOST_WRONG, Session, Turned};
use firstboot::recovery_key::{GROUPS, LETTERS, RecoveryKey, typed as read};
use ilanga_fuzz::seeds;

fn start() {
    seeds([
        [&[0; 34][..], b" CCCC-cccc \n000 042\n042000"].concat(),
        [&[9; 32][..], b"cbcbcbcb-".repeat(8).as_slice()].concat(),
        [&[7; 34][..], b"cicicici\ncbdefghi\n000042"].concat(),
    ]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let Some((bits, rest)) = data.split_first_chunk::<32>() else { return };
    let key = RecoveryKey::of_bits(bits);
    let groups: Vec<&str> = key.groups().collect();
    assert_eq!((groups.len(), key.text().len()), (GROUPS, GROUPS * (LETTERS + 1) - 1));
    for (number, group) in groups.iter().enumerate() {
        assert!(key.has(number, group) && key.has(number, &format!(" {}- ", group.to_uppercase())));
    }
    let text = String::from_utf8_lossy(rest);
    // Typed in whatever way, it is the text that the header knows.
    for way in [key.text().to_uppercase(), key.text().replace('-', " "), key.text().replace('-', "")] {
        assert_eq!(read(&way).as_deref().map(String::as_str), Some(key.text()));
    }
    if let Some(other) = read(&text) {
        assert_eq!((other.len(), read(&other).as_ref()), (key.text().len(), Some(&other)));
    }
    let code = Code::of_random(42);
    let mut claim = Claim::new(code, true);
    let mut wrong = 0;
    for (number, typed) in text.lines().enumerate() {
        for (place, group) in groups.iter().enumerate() {
            let letters: String = typed.chars().filter(char::is_ascii_alphabetic).collect();
            assert_eq!(key.has(place, typed), letters.eq_ignore_ascii_case(group));
        }
        assert!(!key.has(GROUPS, typed));
        let session = Session(number.to_string());
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        match claim.enter(&session, Some(typed), Duration::from_secs(number as u64)) {
            Ok(()) => assert!(digits == "000042" && claim.code_for(&session) == Some(code)),
            Err(turned) => {
                wrong += u32::from(turned == Turned::Wrong);
                assert!(wrong <= MOST_WRONG && claim.code_for(&session).is_none());
                assert!(digits != "000042" || wrong == MOST_WRONG, "{turned:?}");
            }
        }
    }
});
