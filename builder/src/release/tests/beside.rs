//! What lies beside a bundle: it goes with it, or is refused.

use formats::delta::{Header, file_name};
use formats::hints::{self, Hints};
use formats::pieces::{self, Cutting, Index};

use super::*;

/// An index of one piece, hints with one patch, and a delta, all for a bundle that has this length and digest.
fn derived(bundle: &Path, length: u64, digest: Digest) {
    let cutting = Cutting { shortest: 4096, average: 16384, longest: 65536 };
    let piece = pieces::Content { digest: Digest::of(b"x"), length, packed: 6 };
    let index = Index::new((length, digest), cutting, 0, &[piece], &[]).unwrap();
    let patch = hints::Content { makes: 0..1, looks: 0..1, digest: Digest::of(b"patch"), length: 5 };
    let hints = Hints::new(&index, vec![Digest::of(b"old")], &[patch]).unwrap();
    let delta = Header { zstd: 10507, from: (4096, digest), bundle: (length, digest), layout: (1, 1), steps: (1, 1) };
    let from = "2026.11.0".parse().unwrap();
    for (path, bytes) in [
        (bundle.with_extension("chunks"), index.encode()),
        (bundle.with_extension("pack"), b"pieces".to_vec()),
        (bundle.with_extension("hints"), hints.encode()),
        (bundle.with_extension("patches"), b"patch".to_vec()),
        (bundle.with_file_name(file_name(&from, &"2026.12.0".parse().unwrap())), delta.encode().to_vec()),
        (bundle.with_file_name(file_name(&from, &"2027.01.0".parse().unwrap())), b"to another release".to_vec()),
    ] {
        fs::write(path, bytes).unwrap();
    }
}

#[test]
fn what_lies_beside_a_bundle_goes_with_it() {
    let maker = Maker::new();
    maker.release("2026.11.0");
    let bundle = maker.bundle("2026.12.0");
    let bytes = fs::read(&bundle).unwrap();
    derived(&bundle, bytes.len() as u64, Digest::of(&bytes));
    let published = maker.publish(|order| order.bundles = vec![bundle]).unwrap();
    let channel = &published.channels[0];
    assert_eq!(channel.files().count(), 6);
    assert_eq!(channel.deltas[0].from.as_str(), "2026.11.0");
    assert_eq!((channel.headline.as_str(), channel.rollout.get()), ("Fixture", 100));
    assert_eq!(reads(&maker.repository(), &timestamp(&maker.repository())).len(), 8);
}

#[test]
fn what_belongs_to_another_bundle_is_refused() {
    let maker = Maker::new();
    maker.release("2026.11.0");
    let bundle = maker.bundle("2026.12.0");
    let bytes = fs::read(&bundle).unwrap();
    let (length, digest) = (bytes.len() as u64, Digest::of(&bytes));
    let other = Digest::of(b"another");
    let read = |suffix: &str| fs::read(bundle.with_extension(suffix)).unwrap();
    derived(&bundle, length, other);
    let (chunks, hints) = (read("chunks"), read("hints"));
    let delta = fs::read(bundle.with_file_name("2026.11.0-2026.12.0.delta")).unwrap();
    let refused = |suffix: &str, content: &[u8], with: &str| {
        derived(&bundle, length, digest);
        let path = match suffix {
            "delta" => bundle.with_file_name("2026.11.0-2026.12.0.delta"),
            _ => bundle.with_extension(suffix),
        };
        fs::write(&path, content).unwrap();
        let refusal = maker.refused(|order| order.bundles = vec![bundle.clone()]);
        let expected = format!(
            "{} belongs to another bundle than {}: make it again with `ilanga {with}`",
            path.display(),
            bundle.display()
        );
        assert!(refusal.contains(&expected), "{refusal}");
    };
    refused("chunks", &chunks, "bundle");
    refused("pack", b"more pieces", "bundle");
    refused("hints", &hints, "delta");
    refused("patches", b"more patches", "delta");
    refused("delta", &delta, "delta");
}
