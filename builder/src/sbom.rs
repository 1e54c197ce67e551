//! The software bill of materials: an [SPDX 2.3](https://spdx.github.io/spdx-spec/v2.3/) document in JSON with every
//! Debian package of the image.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::packages::lock::Locked;

/// What the document is about.
#[derive(Clone, Debug)]
pub(crate) struct Subject<'a> {
    /// The document's id.
    pub(crate) id: Uuid,
    /// The board.
    pub(crate) board: &'a str,
    /// The release.
    pub(crate) version: &'a str,
    /// Its date as SPDX writes it, `2026-11-21T00:00:00Z`.
    pub(crate) created: &'a str,
    /// Debian's release, such as `trixie`.
    pub(crate) debian: &'a str,
}

/// The document's text.
pub(crate) fn text(subject: &Subject<'_>, packages: &[Locked]) -> String {
    let name = format!("ilanga-{}-{}", subject.board, subject.version);
    let image = json!({
        "SPDXID": "SPDXRef-image",
        "name": name,
        "versionInfo": subject.version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "primaryPackagePurpose": "OPERATING-SYSTEM",
    });
    let listed = packages.iter().map(|package| described(package, subject.debian));
    let relationships: Vec<Value> = packages
        .iter()
        .map(|package| {
            json!({
                "spdxElementId": "SPDXRef-image",
                "relationshipType": "CONTAINS",
                "relatedSpdxElement": reference(package),
            })
        })
        .collect();
    let document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": format!("urn:uuid:{}", subject.id),
        "creationInfo": { "created": subject.created, "creators": ["Tool: ilanga"] },
        "documentDescribes": ["SPDXRef-image"],
        "packages": std::iter::once(image).chain(listed).collect::<Vec<_>>(),
        "relationships": relationships,
    });
    format!("{document:#}\n")
}

fn described(package: &Locked, debian: &str) -> Value {
    let purl = format!(
        "pkg:deb/debian/{}@{}?arch={}&distro={debian}",
        package.name.replace('+', "%2B"),
        package.version.replace('+', "%2B").replace(':', "%3A").replace('~', "%7E"),
        package.architecture
    );
    json!({
        "SPDXID": reference(package),
        "name": package.name,
        "versionInfo": package.version,
        "supplier": "Organization: Debian",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "checksums": [{ "algorithm": "SHA256", "checksumValue": package.sha256 }],
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": purl,
        }],
    })
}

/// An element's id: letters, digits, `.` and `-` alone.
fn reference(package: &Locked) -> String {
    let name: String =
        package.name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    format!("SPDXRef-{name}-{}", &package.sha256.to_string()[..8])
}

#[cfg(test)]
mod tests {
    use formats::digest::Digest;

    use super::*;

    #[test]
    fn names_every_package() {
        let package = Locked {
            name: "libstdc++6".into(),
            version: "1:14.2~0".into(),
            architecture: "amd64".into(),
            archive: "debian".into(),
            filename: "pool/x.deb".into(),
            size: 1,
            sha256: Digest::of("x"),
        };
        let subject = Subject {
            id: Uuid::nil(),
            board: "mini-pc",
            version: "1",
            created: "2026-11-21T00:00:00Z",
            debian: "trixie",
        };
        let document: Value = serde_json::from_str(&text(&subject, &[package])).unwrap();
        assert_eq!(document["packages"][1]["name"], "libstdc++6");
        let purl = &document["packages"][1]["externalRefs"][0]["referenceLocator"];
        assert_eq!(purl, "pkg:deb/debian/libstdc%2B%2B6@1%3A14.2%7E0?arch=amd64&distro=trixie");
        assert_eq!(document["relationships"][0]["relatedSpdxElement"], document["packages"][1]["SPDXID"]);
    }
}
