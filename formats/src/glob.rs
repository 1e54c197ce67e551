//! Patterns of module aliases, as `fnmatch(3)` matches them for kmod: `*`, `?` and `[…]`.
//!
//! Outside brackets `-` and `_` are the same character, as they are to kmod.

/// Whether `text` as a whole matches `pattern`. Takes at most `pattern × text` steps.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where the last `*` was, and where the text that it stands for ends: tried one longer at each mismatch.
    let mut star = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p + 1, t));
            p += 1;
        } else if let Some(next) = one(pattern, p, text[t]) {
            p = next;
            t += 1;
        } else if let Some((after, end)) = star {
            star = Some((after, end + 1));
            (p, t) = (after, end + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

/// Where the pattern goes on if its element at `p` matches `c`.
fn one(pattern: &[u8], p: usize, c: u8) -> Option<usize> {
    let fold = |c: u8| if c == b'-' { b'_' } else { c };
    match *pattern.get(p)? {
        b'?' => Some(p + 1),
        b'[' => match class(pattern, p + 1) {
            Some((set, negated, next)) => (contains(set, c) != negated).then_some(next),
            None => (c == b'[').then_some(p + 1),
        },
        literal => (fold(literal) == fold(c)).then_some(p + 1),
    }
}

/// The set in brackets that begins at `p`, whether it is negated, and what follows; `None` if nothing closes it.
fn class(pattern: &[u8], p: usize) -> Option<(&[u8], bool, usize)> {
    let negated = matches!(pattern.get(p), Some(b'!' | b'^'));
    let start = p + usize::from(negated);
    // A bracket that comes first stands for itself.
    let close = (start + 1..pattern.len()).find(|&at| pattern[at] == b']')?;
    Some((&pattern[start..close], negated, close + 1))
}

fn contains(mut set: &[u8], c: u8) -> bool {
    loop {
        match *set {
            [low, b'-', high, ref rest @ ..] => {
                if (low..=high).contains(&c) {
                    return true;
                }
                set = rest;
            }
            [single, ref rest @ ..] => {
                if single == c {
                    return true;
                }
                set = rest;
            }
            [] => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_fnmatch() {
        let pci = "pci:v00008086d00001502sv00001028sd00000494bc02sc00i00";
        let usb = "usb:v0781p5581d0100dc00dsc00dp00ic08isc06ip50in00";
        for (pattern, text, expected) in [
            ("", "", true),
            ("*", "", true),
            ("?", "", false),
            ("pci:v00008086d00001502sv*sd*bc*sc*i*", pci, true),
            ("pci:v00008086d00001503sv*sd*bc*sc*i*", pci, false),
            ("pci:v*d*sv*sd*bc02sc00i*", pci, true),
            ("usb:v*p*d*dc*dsc*dp*ic08isc06ip50in*", usb, true),
            ("usb:v*p*d*dc*dsc*dp*ic08isc06ip62in*", usb, false),
            ("usb:v0781p5581d0[0-2]*", usb, true),
            ("usb:v0781p5581d0[2-9]*", usb, false),
            ("usb:v0781p5581d0[!2-9]*", usb, true),
            ("of:NsocTxilinx,ps7-i2c", "of:NsocTxilinx,ps7_i2c", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("[", "[", true),
            ("[]]", "]", true),
            ("[a", "a", false),
            ("a[b-]c", "a-c", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn long_patterns_end() {
        assert!(!matches(&"*a".repeat(200), &"a".repeat(199)));
        assert!(matches(&"*a".repeat(200), &"a".repeat(200)));
    }
}
