//! What a client that we did not write makes of a repository.

use super::*;

/// The reference client, python-tuf, where `ILANGA_PYTHON_TUF` names a Python that has it: Debian does not.
#[test]
fn python_tuf_agrees() {
    let Some(python) = std::env::var_os("ILANGA_PYTHON_TUF") else {
        println!("skipped: ILANGA_PYTHON_TUF names no Python with python-tuf");
        return;
    };
    let mut maker = Maker::new();
    let root = maker.folder.path().join("root.json");
    fs::copy(maker.keys.join("tuf-root.json"), &root).unwrap();
    let names = ["channels/mini-pc-beta.json", "mini-pc/ilanga-mini-pc_2026.11.0.raucb"];
    let agrees = |maker: &Maker, root: &Path| {
        let mut command = std::process::Command::new(&python);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/python_tuf.py");
        let output = command.arg(script).arg(root).arg(maker.repository()).args(names).output().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        print!("{text}");
        (output.status.success(), text)
    };
    let days = |order: &mut Order<'_>| order.days = 3653;
    maker.release("2026.11.0");
    maker.publish(days).unwrap();
    assert!(agrees(&maker, &root).0);
    let new = maker.folder.path().join("new");
    test_keys::make(&new);
    let next = roles(&new);
    maker.publish(|order| (order.new_keys, order.days) = (Some(next), 3653)).unwrap();
    assert!(agrees(&maker, &root).0, "with the old root");
    assert!(agrees(&maker, &new.join("tuf-root.json")).0, "with the new root");
    maker.keys = new;
    maker.publish(days).unwrap();
    assert!(agrees(&maker, &root).0, "after the change");
    // And both refuse what somebody else made.
    let other = maker.folder.path().join("other");
    test_keys::make(&other);
    let (good, text) = agrees(&maker, &other.join("tuf-root.json"));
    assert!(!good && text.contains("UnsignedMetadataError"), "{text}");
    let bundle = tree(&maker.repository()).into_keys().find(|path| path.extension().is_some_and(|end| end == "raucb"));
    fs::write(maker.repository().join(bundle.unwrap()), "changed").unwrap();
    let (good, text) = agrees(&maker, &root);
    assert!(!good && text.contains("LengthOrHashMismatchError"), "{text}");
}
