//! Tests of bundles' ends and manifests.

mod long;

use super::*;
use crate::digest::Digest;

/// The signed manifest of a bundle whose squashfs has 300 blocks.
fn signed() -> String {
    let (manifest, verity) = parts_of_a_manifest();
    manifest.text(Some(&verity))
}

fn parts_of_a_manifest() -> (Manifest, Verity) {
    let manifest = Manifest {
        compatible: "ilanga-mini-pc".to_owned(),
        version: "2026.11.0".parse().unwrap(),
        description: "Wi-Fi works again".to_owned(),
        build: Digest::of("root").to_string(),
        image: Image {
            name: ImageName::new("ilanga.img").unwrap(),
            sha256: Digest::of("image"),
            size: Bytes(1 << 20),
            block_hash_index: false,
        },
        release: Some(Release {
            board: "mini-pc".to_owned(),
            channel: "stable".to_owned(),
            date: "2026-11-21".parse().unwrap(),
            needs: Some("2026.10.0".parse().unwrap()),
            changelog: Some("Wi-Fi works again\n\n- and so does \\".parse().unwrap()),
        }),
    };
    let verity = Verity { root_hash: Digest::of("top"), salt: [7; 32], size: Bytes(4 * BLOCK) };
    (manifest, verity)
}

/// The parts of a bundle whose squashfs has 300 blocks, and its tree 4.
fn parts() -> Parts {
    Parts { payload: Bytes(304 * BLOCK), signature: Bytes(2000) }
}

/// What is said of the signed manifest with this change.
fn changed(from: &str, to: &str) -> Result<Bundle, String> {
    let text = signed();
    assert!(text.contains(from), "{from}");
    Bundle::new(parts(), text.replacen(from, to, 1).as_bytes()).map_err(|bad| bad.to_string())
}

#[test]
fn text_and_back() {
    let (manifest, verity) = parts_of_a_manifest();
    assert_eq!(Manifest::parse(manifest.text(None).as_bytes()), Ok((manifest.clone(), None)));
    assert_eq!(Manifest::parse(signed().as_bytes()), Ok((manifest.clone(), Some(verity.clone()))));
    let bundle = Bundle::new(parts(), signed().as_bytes()).unwrap();
    assert_eq!((bundle.squashfs, &bundle.manifest, &bundle.verity), (Bytes(300 * BLOCK), &manifest, &verity));
    assert_eq!(bundle.tree().data_blocks, 300);
    let plain = Manifest { release: None, ..manifest };
    assert_eq!(Manifest::parse(plain.text(None).as_bytes()), Ok((plain, None)));
}

#[test]
fn a_manifest_as_rauc_writes_it() {
    let text = format!(
        "[update]\ncompatible=ilanga-mini-pc\nversion=1.0\n\n[bundle]\nformat=verity\n\n[image.rootfs]\nsha256={}\n\
         size=8192\nfilename=ilanga.img\nadaptive=block-hash-index;\n\n[meta.other]\nx=y\n",
        Digest::of("x")
    );
    let (manifest, verity) = Manifest::parse(text.as_bytes()).unwrap();
    assert!(manifest.image.block_hash_index && manifest.description.is_empty() && manifest.release.is_none());
    assert_eq!(verity, None);
}

#[test]
fn the_longest_changelog_fits() {
    let (mut manifest, verity) = parts_of_a_manifest();
    let changelog = format!("a{}b", "\n".repeat(LONGEST_CHANGELOG - 2)).parse().unwrap();
    manifest.release.as_mut().unwrap().changelog = Some(changelog);
    assert_eq!(Manifest::parse(manifest.text(Some(&verity)).as_bytes()), Ok((manifest, Some(verity))));
}

#[test]
fn refuses_what_no_node_takes() {
    let program =
        |what: &str| format!("it brings a program to be run ({what}), and no program of an update runs on a node");
    let none = "its manifest has";
    for (from, to, problem) in [
        ("[meta.ilanga]", "[hooks]\nfilename=a.sh\nhooks=install-check;\n[meta.ilanga]", program("[hooks]")),
        ("[meta.ilanga]", "[handler]\nfilename=a.sh\n[meta.ilanga]", program("[handler]")),
        ("filename=", "hooks=post-install;\nfilename=", program("hooks in [image.rootfs]")),
        ("format=verity", "format=crypt", "it is encrypted, which nodes have no key for".into()),
        ("format=verity", "format=verity\ncrypt-key=00", "it is encrypted, which nodes have no key for".into()),
        ("format=verity", "format=plain", "its format is 'plain'; nodes take 'verity' only".into()),
        ("format=verity\n", "", "its format is 'plain'; nodes take 'verity' only".into()),
        (
            "[meta.ilanga]",
            "[image.rootfs.b]\nfilename=b.img\n[meta.ilanga]",
            "it has 2 images; a release is exactly one".into(),
        ),
        ("[image.rootfs]", "[imagine.rootfs]", "its manifest has a section [imagine.rootfs], which is unknown".into()),
        (
            "[image.rootfs]",
            "[image.appfs/x]",
            "its image is for 'appfs/x'; nodes have slots of the class 'rootfs' only".into(),
        ),
        (
            "filename=",
            "adaptive=casync;\nfilename=",
            "its image uses the adaptive method 'casync', which is unknown".into(),
        ),
        ("filename=", "type=raw\nfilename=", format!("{none} a key 'type' in [image.rootfs], which is unknown")),
        (
            "version=",
            "min-rauc-version=9\nversion=",
            format!("{none} a key 'min-rauc-version' in [update], which is unknown"),
        ),
        ("board=", "colour=red\nboard=", format!("{none} a key 'colour' in [meta.ilanga], which is unknown")),
        ("compatible=ilanga-mini-pc\n", "", format!("{none} no 'compatible' in [update]")),
        ("verity-salt=07", "verity-sugar=07", format!("{none} no 'verity-salt' in [bundle]")),
        (
            "size=1048576",
            "size=1048577",
            format!("{none} 'size=1048577' in [image.rootfs]; the image's length, a multiple of 4096 is expected"),
        ),
        (
            "size=1048576",
            "size=0",
            format!("{none} 'size=0' in [image.rootfs]; the image's length, a multiple of 4096 is expected"),
        ),
        (
            "size=1048576",
            "size=-1",
            format!("{none} 'size=-1' in [image.rootfs]; the image's length, a multiple of 4096 is expected"),
        ),
        (
            "version=2026",
            "version=v2026",
            format!("{none} 'version=v2026.11.0' in [update]; a version such as 2026.11.0 is expected"),
        ),
        (
            "verity-size=16384",
            "verity-size=4096",
            "its dm-verity tree has 4096 bytes, and one over its data would have 16384".into(),
        ),
        ("verity-size=16384", "verity-size=1245184", "it is too short for an update bundle: 0 bytes".into()),
        ("verity-size=16384", "verity-size=40960000", "it is too short for an update bundle: 1245184 bytes".into()),
    ] {
        assert_eq!(changed(from, to).map(drop), Err(problem), "{to}");
    }
    for name in [
        "../a.img",
        "a/b.img",
        "/a.img",
        "..img",
        ".img",
        "-a.img",
        "a.ext4",
        "a.img.caibx",
        "a b.img",
        "a..img",
        "ä.img",
    ] {
        let expected = format!("its image is named '{name}'; a plain file name that ends with '.img' is expected");
        assert_eq!(changed("filename=ilanga.img", &format!("filename={name}")).map(drop), Err(expected));
    }
}

#[test]
fn refuses_other_nodes_bundles() {
    let bundle = Bundle::new(parts(), signed().as_bytes()).unwrap();
    assert_eq!(bundle.fits("ilanga-mini-pc", Bytes(1 << 20)), Ok(()));
    let said = |compatible, slot| bundle.fits(compatible, slot).unwrap_err().to_string();
    assert_eq!(said("ilanga-pi", Bytes::mib(3072)), "it is for 'ilanga-mini-pc', and this node is 'ilanga-pi'");
    assert_eq!(said("ilanga-mini-pc", Bytes(4096)), "its image has 1.0 MB, and the slot has room for 4096 bytes");
}

#[test]
fn refuses_files_that_are_no_bundles() {
    let said = |length, signature: u64| Parts::parse(Bytes(length), signature.to_be_bytes());
    assert_eq!(said(8192 + 108, 100), Ok(Parts { payload: Bytes(8192), signature: Bytes(100) }));
    assert_eq!(said(8192, 0), Err(BadBundle::SignatureLength(0)));
    assert_eq!(said(8192, LONGEST_SIGNATURE + 1), Err(BadBundle::SignatureLength(LONGEST_SIGNATURE + 1)));
    assert_eq!(said(u64::MAX, u64::MAX), Err(BadBundle::SignatureLength(u64::MAX)));
    assert_eq!(said(100, 100), Err(BadBundle::Short(100)));
    assert_eq!(said(8192, 100), Err(BadBundle::Unaligned(8084)));
    let inner = parts_of_a_manifest().0.text(None);
    assert!(matches!(Bundle::new(parts(), inner.as_bytes()), Err(BadBundle::Missing { key: "verity-hash", .. })));
    assert_eq!(Manifest::parse(&[b'a'; 50 << 10]), Err(BadBundle::LongManifest(50 << 10)));
    assert_eq!(Manifest::parse(b"[update]\n\xFF"), Err(BadBundle::NotText));
}

/// xorshift64
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Whatever is done to a manifest: it is refused with a short sentence that a terminal can show, or what is left of it
/// is harmless, and reads back as the same.
#[test]
fn changed_bytes_do_no_harm() {
    let text = signed();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut accepted = 0;
    for round in 0..20_000 {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..1 + random.next() % 4 {
            let at = random.next() as usize % bytes.len();
            match random.next() % 5 {
                0 => bytes.truncate(at + 1),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, b"[]=\n\\./;\0 "[random.next() as usize % 10]),
                3 => bytes[at] ^= 1 << (random.next() % 8),
                _ => {
                    let piece = bytes[at..bytes.len().min(at + 40)].to_vec();
                    let to = random.next() as usize % bytes.len();
                    bytes.splice(to..to, piece);
                }
            }
            if bytes.is_empty() {
                break;
            }
        }
        match Bundle::new(parts(), &bytes) {
            Ok(bundle) => {
                accepted += 1;
                let name = bundle.manifest.image.name.as_str();
                assert!(!name.contains('/') && !name.contains("..") && name.ends_with(".img"), "{round}: {name}");
                let again = bundle.manifest.text(Some(&bundle.verity));
                assert_eq!(Manifest::parse(again.as_bytes()), Ok((bundle.manifest, Some(bundle.verity))), "{round}");
            }
            Err(bad) => {
                let said = bad.to_string();
                assert!(said.chars().count() < 400 && !said.chars().any(char::is_control), "{round}: {said}");
            }
        }
    }
    assert!(accepted > 100, "{accepted}");
}

#[test]
fn random_bytes_do_no_harm() {
    let mut random = Random(0x1234_5678_9ABC_DEF1);
    for _ in 0..20_000 {
        let trailer = if random.next().is_multiple_of(2) { random.next() } else { random.next() % (1 << 17) };
        if let Ok(parts) = Parts::parse(Bytes(random.next() >> (random.next() % 64)), trailer.to_be_bytes()) {
            assert!(parts.payload.0 % BLOCK == 0 && parts.signature.0 <= LONGEST_SIGNATURE);
            let _ = Bundle::new(parts, signed().as_bytes());
        }
        let bytes: Vec<u8> = (0..random.next() % 200).map(|_| random.next() as u8).collect();
        assert!(Manifest::parse(&bytes).is_err());
    }
}

#[cfg(feature = "cms")]
#[test]
fn signatures_of_strangers_do_no_harm() {
    let mut random = Random(0xDEAD_BEEF_0BAD_F00D);
    for _ in 0..20_000 {
        let mut bytes: Vec<u8> = (0..random.next() % 300).map(|_| random.next() as u8).collect();
        let head = [0x30, 0x82, 1, 0, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 7, 2, 0xA0];
        if random.next().is_multiple_of(2) {
            bytes.splice(0..0, head);
        }
        assert!(signed_content(&bytes).is_err());
    }
    assert_eq!(signed_content(b"").unwrap_err().to_string(), "its signature is no CMS message");
}
