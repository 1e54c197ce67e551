//! `SHA256SUMS`: what `sha256sum -c` reads.

use std::collections::BTreeMap;

use formats::digest::Digest;

/// The text, with names in order. Names are plain file names without a folder.
pub(crate) fn text(sums: &BTreeMap<String, Digest>) -> String {
    sums.iter().map(|(name, digest)| format!("{digest}  {name}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_sorted() {
        let sums = ["b", "a"].map(|name| (name.to_owned(), Digest::of(name)));
        assert_eq!(
            text(&BTreeMap::from(sums)),
            "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a\n\
             3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d  b\n"
        );
    }
}
