//! Certificates, made here and checked by OpenSSL, which we did not write.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::*;

/// 2026-11-20, and two days later.
const RELEASE: u64 = 1_795_132_800;
const NOW: u64 = RELEASE + 2 * 86_400;

fn clinic(addresses: &[&str]) -> Circumstances {
    let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
    Circumstances { host: "clinic-1".into(), addresses, clock: NOW, release: RELEASE }
}

fn pem(der: &str) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(hex::decode(der).unwrap());
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// What OpenSSL says; `None` where there is none.
fn openssl(arguments: &[&str]) -> Option<(bool, String)> {
    let Ok(output) = Command::new("openssl").args(arguments).output() else {
        println!("skipped: no openssl");
        return None;
    };
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

#[test]
fn made_once_and_again_when_something_changes() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page");
    let first = identity(&page, &clinic(&["192.168.1.20", "10.0.0.5"])).unwrap();
    assert_eq!(first.names, ["clinic-1.local", "clinic-1"]);
    for (name, mode) in [("", 0o40_700), ("authority.json", 0o100_600), ("certificate.json", 0o100_600)] {
        assert_eq!(fs::metadata(page.join(name)).unwrap().permissions().mode(), mode, "{name}");
    }
    // In another order, and with addresses that it does not sign for.
    let same = identity(&page, &clinic(&["10.0.0.5", "8.8.8.8", "192.168.1.20", "fe80::1", "::1"])).unwrap();
    assert_eq!(same, first);
    let moved = identity(&page, &clinic(&["192.168.1.21"])).unwrap();
    assert!(moved.authority == first.authority && moved.certificate != first.certificate && moved.id() != first.id());
    let later = identity(&page, &Circumstances { clock: NOW + 200 * 86_400, ..clinic(&["192.168.1.21"]) }).unwrap();
    assert!(later.authority == first.authority && later.certificate != moved.certificate);
    let renamed = identity(&page, &Circumstances { host: "school-1".into(), ..clinic(&[]) }).unwrap();
    assert!(renamed.authority != first.authority && renamed.names[0] == "school-1.local");
    // A file that was damaged.
    fs::write(page.join("authority.json"), "{").unwrap();
    let mended = identity(&page, &Circumstances { host: "school-1".into(), ..clinic(&[]) }).unwrap();
    assert!(mended.authority != renamed.authority && mended.certificate != renamed.certificate);
}

#[test]
fn others_take_it_for_this_node_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (root, leaf) = (folder.path().join("ca.pem"), folder.path().join("page.pem"));
    let mut now = clinic(&["192.168.1.20", "fd00::20"]);
    // The node's clock has stopped in 1970; browsers' have not.
    now.clock = 0;
    let own = identity(&folder.path().join("page"), &now).unwrap();
    fs::write(&root, pem(&own.authority)).unwrap();
    let (root, leaf_path) = (root.to_str().unwrap(), leaf.to_str().unwrap());
    let verify = |certificate: &str, with: &[&str]| {
        fs::write(&leaf, pem(certificate)).unwrap();
        let at = NOW.to_string();
        let base = ["verify", "-x509_strict", "-purpose", "sslserver", "-attime", &at, "-CAfile", root];
        openssl(&[&base[..], with, &[leaf_path]].concat())
    };
    for (with, expected) in [
        (["-verify_hostname", "clinic-1.local"], true),
        (["-verify_ip", "192.168.1.20"], true),
        (["-verify_ip", "fd00::20"], true),
        (["-verify_hostname", "school-1.local"], false),
        (["-verify_ip", "192.168.1.21"], false),
    ] {
        let Some((good, said)) = verify(&own.certificate, &with) else { return };
        assert_eq!(good, expected, "{with:?}: {said}");
    }
    // Whoever has stolen the key signs for others: the authority's own certificate forbids it.
    let file: Authority = read(&folder.path().join("page/authority.json")).unwrap().unwrap();
    for (name, san) in [
        ("school-1.local", None),
        ("bank.example", None),
        ("clinic-1.local", Some("8.8.8.8")),
        ("clinic-1.local.example", None),
    ] {
        let stolen = key(&file.key).unwrap();
        let own_key = KeyPair::generate().unwrap();
        let mut forged = CertificateParams::new([name.to_owned()]).unwrap();
        forged.subject_alt_names.extend(san.map(|address| SanType::IpAddress(address.parse().unwrap())));
        holds(&mut forged, &validity::page(NOW, RELEASE));
        let issuer = Issuer::new(params("clinic-1.local", &stolen).unwrap(), stolen);
        let forged = hex::encode(forged.signed_by(&own_key, &issuer).unwrap().der());
        let (good, said) = verify(&forged, &[]).unwrap();
        assert!(!good && said.contains("permitted subtree violation"), "{name}: {said}");
    }
    let (_, said) = openssl(&["x509", "-noout", "-text", "-in", root]).unwrap();
    for expected in ["CA:TRUE, pathlen:0", "DNS:clinic-1.local", "IP:192.168.0.0/255.255.0.0", "Dec 31", "2099"] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}
