//! Bytes as text that people can type: [Crockford's Base32](https://www.crockford.com/base32.html), in groups with a check each.
//!
//! ```text
//!   040G2081-82GG2R4Q-…        seven symbols of five bits, and one that checks them; the last group may be shorter
//! ```
//!
//! The check is a remainder over GF(32) that begins with the group's number: one wrong symbol, two swapped neighbours, and a group left
//! out or swapped with its neighbour are always found, and said by the group's number. There is no I, L, O and U: who types the
//! first three is understood.

/// The symbols of the numbers 0 to 31.
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many symbols a whole group has, its check included.
const GROUP: usize = 8;

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// This group, counted from 1, has a character that is no symbol.
    Character(usize),
    /// This group, counted from 1, does not fit its check.
    Group(usize),
    /// A group, or a part of one, is missing at the end.
    End,
}

/// The text of bytes.
pub(super) fn text(bytes: &[u8]) -> String {
    let mut symbols = Vec::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut bits, mut held) = (0_u32, 0);
    for byte in bytes {
        bits = (bits << 8 | u32::from(*byte)) & 0xfff;
        held += 8;
        while held >= 5 {
            held -= 5;
            symbols.push((bits >> held & 31) as u8);
        }
    }
    if held > 0 {
        symbols.push((bits << (5 - held) & 31) as u8);
    }
    let mut text = String::with_capacity(symbols.len() * 9 / 7 + 2);
    for (number, group) in symbols.chunks(GROUP - 1).enumerate() {
        if number > 0 {
            text.push('-');
        }
        for symbol in group.iter().chain([&check(number, group)]) {
            text.push(char::from(SYMBOLS[usize::from(*symbol)]));
        }
    }
    text
}

/// The bytes of a text: hyphens, spaces and the size of letters don't count.
pub(super) fn bytes(text: &str) -> Result<Vec<u8>, Wrong> {
    let mut symbols = Vec::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        symbols.push(symbol(c).ok_or(Wrong::Character(symbols.len() / GROUP + 1))?);
    }
    let mut data = Vec::with_capacity(symbols.len());
    for (number, group) in symbols.chunks(GROUP).enumerate() {
        match group.split_last() {
            Some((last, group)) if !group.is_empty() && check(number, group) == *last => data.extend_from_slice(group),
            // A whole group was mistyped; a part of one has lost its end.
            _ if group.len() == GROUP => return Err(Wrong::Group(number + 1)),
            _ => return Err(Wrong::End),
        }
    }
    let mut bytes = Vec::with_capacity(data.len() * 5 / 8);
    let (mut bits, mut held) = (0_u32, 0);
    for symbol in data {
        bits = (bits << 5 | u32::from(symbol)) & 0xfff;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    // One text a value: what is left over is less than a symbol, and nothing.
    if held < 5 && bits & ((1 << held) - 1) == 0 { Ok(bytes) } else { Err(Wrong::End) }
}

fn symbol(c: char) -> Option<u8> {
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    SYMBOLS.iter().position(|symbol| char::from(*symbol) == c).and_then(|value| u8::try_from(value).ok())
}

/// The check of a group: Horner's rule at x, modulo x⁵ + x² + 1.
fn check(number: usize, group: &[u8]) -> u8 {
    let double = |value: u8| if value & 16 == 0 { value << 1 } else { (value << 1 ^ 0b10_0101) & 31 };
    let start = (number % 32) as u8;
    double(group.iter().fold(start, |sum, symbol| double(sum) ^ symbol))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(length: usize) -> Vec<u8> {
        (0..length).map(|place| (place * 73 + 11) as u8).collect()
    }

    #[test]
    fn there_and_back() {
        for length in 0..200 {
            let data = sample(length);
            let text = text(&data);
            assert_eq!(bytes(&text), Ok(data.clone()), "{text}");
            assert_eq!(bytes(&text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l")), Ok(data));
            assert!(text.split('-').all(|group| group.len() <= GROUP));
        }
    }

    #[test]
    fn what_is_mistyped_is_found_where_it_is() {
        let text = text(&sample(70));
        let whole = text.split('-').filter(|group| group.len() == GROUP).count();
        for place in 0..whole * 9 - 1 {
            let group = place / 9 + 1;
            let with = |at: usize, c: u8| {
                let mut other = text.clone().into_bytes();
                other[at] = c;
                String::from_utf8(other).unwrap()
            };
            if text.as_bytes()[place] == b'-' {
                continue;
            }
            for c in SYMBOLS.iter().filter(|c| **c != text.as_bytes()[place]) {
                assert_eq!(bytes(&with(place, *c)), Err(Wrong::Group(group)), "{place}");
            }
            assert_eq!(bytes(&with(place, b'*')), Err(Wrong::Character(group)));
            let (one, next) = (text.as_bytes()[place], text.as_bytes().get(place + 1).copied());
            if next.is_some_and(|next| next != b'-' && one != next) {
                let mut swapped = text.clone().into_bytes();
                swapped.swap(place, place + 1);
                assert_eq!(bytes(&String::from_utf8(swapped).unwrap()), Err(Wrong::Group(group)));
            }
        }
        let groups: Vec<&str> = text.split('-').collect();
        for missing in 0..groups.len() - 1 {
            let mut less = groups.clone();
            less.remove(missing);
            assert_eq!(bytes(&less.join("-")), Err(Wrong::Group(missing + 1)));
        }
    }

    #[test]
    fn a_part_of_a_group_is_no_group() {
        for text in ["0", "00", "000000000", "0000000000", "Z"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
