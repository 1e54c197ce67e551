//! 'Did you mean': the known name that a misspelt one is closest to.

/// The candidate that differs from `name` in at most a third of its letters, upper and lower case aside.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let limit = (lower.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, candidate)| (distance, candidate))
        .map(|(_, candidate)| candidate)
}

/// The end of an error message: a question if there is a close candidate, else `otherwise`.
pub fn hint<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
    match closest(name, candidates) {
        Some(candidate) => format!("did you mean '{candidate}'?"),
        None => otherwise.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closest_of_some() {
        let names = ["Packages", "PackageDirectories", "Release", "Output"];
        for (name, expected) in [
            ("Package", Some("Packages")),
            ("packages", Some("Packages")),
            ("Realese", Some("Release")),
            ("Ouput", Some("Output")),
            ("Colour", None),
            ("", None),
        ] {
            assert_eq!(closest(name, names), expected, "{name}");
        }
    }
}
