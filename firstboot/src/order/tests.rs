//! Orders on sticks with real file systems, signed by OpenSSH's program.

use std::fs;
use std::process::Command;

use formats::answers::Password;

use super::*;
use crate::hashes;
use crate::machine::Administrator;
use crate::stick::tests as sticks;

const KEYGEN: &str = "/usr/bin/ssh-keygen";

#[test]
fn what_is_no_order_is_said_without_what_it_has() {
    for (text, expected) in [
        ("", "line 1: missing field `node`"),
        ("node = \"clinic-1\"\ndo = \"explode\"", "line 2: 'do' is \"password\" or \"erase\""),
        (
            "node = \"clinic-1\"\ndo = \"password\"\npassword = 12345678",
            "line 3: a text in quotation marks is expected",
        ),
        (
            "node = \"clinic-1\"\ndo = \"erase\"\nfor = 1",
            "line 3: an order has 'node', 'do', 'password' and 'note', and nothing else",
        ),
        ("node = \"clinic-1\"\ndo = \"password\"", "'password' is needed with do = \"password\", and only there"),
        (
            "node = \"a\"\ndo = \"erase\"\npassword = \"a secret thing\"",
            "'password' is needed with do = \"password\", and only there",
        ),
    ] {
        assert_eq!(Order::parse(text.as_bytes()).unwrap_err().to_string(), expected, "{text}");
    }
    let short = Order::parse(b"node = \"a\"\ndo = \"password\"\npassword = \"secret\"").unwrap_err().to_string();
    assert!(short.starts_with("line 3: ") && !short.contains("\"secret\""), "{short}");
    let latin = Order::parse(b"node = \"a\"\n# \xe9\ndo = \"erase\"").unwrap_err().to_string();
    assert_eq!(latin, "line 2: this is not UTF-8");
    assert_eq!(
        Order::parse(b"node = \"a\"\ndo = \"erase\"\nnote = \"2\"").unwrap(),
        Order { node: "a".into(), wish: Wish::Erase }
    );
}

/// A computer called as this one is, with an administrator who has a key, and a stick.
struct Place {
    folder: tempfile::TempDir,
    node: Node,
    device: PathBuf,
    name: String,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let node = sticks::with_stick(&folder.path().join("node"));
        for path in [node.administrator(), node.orders()] {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
        }
        for path in ["work", "node/proc/sys/kernel"] {
            fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        let name = "clinic-1".to_owned();
        fs::write(node.path("/proc/sys/kernel/hostname"), "clinic-1\n").unwrap();
        let device = node.path("/dev/sdb1");
        let place = Self { folder, node, device, name };
        for key in ["thandi", "thief"] {
            place.ssh_keygen(&["-q", "-t", "ed25519", "-N", "", "-C", key, "-f", key], key);
        }
        place
    }

    fn ssh_keygen(&self, words: &[&str], what: &str) {
        let output = Command::new(KEYGEN).args(words).current_dir(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "{what}: {output:?}");
    }

    fn administrator(&self, keys: &[&str]) {
        let read = |key: &&str| fs::read_to_string(self.folder.path().join(format!("{key}.pub"))).unwrap();
        let ssh_keys = keys.iter().map(|key| read(key).trim().parse().unwrap()).collect();
        let password = hashes::hash(&"umbane namanzi 7".parse().unwrap()).unwrap();
        people::keep(&self.node, &Administrator { name: "thandi".parse().unwrap(), password, ssh_keys }).unwrap();
    }

    /// Puts an order on the stick, signed by this key for this purpose.
    fn give(&self, text: &str, key: &str, namespace: &str) {
        let file = format!("ilanga-{}.toml", self.name);
        fs::write(self.folder.path().join(&file), text).unwrap();
        let _ = fs::remove_file(self.folder.path().join(format!("{file}.sig")));
        self.ssh_keygen(&["-Y", "sign", "-q", "-f", key, "-n", namespace, &file], "signing");
        for file in [&file, &format!("{file}.sig")] {
            sticks::put(&self.device, file, &fs::read(self.folder.path().join(file)).unwrap());
        }
    }

    fn obey(&self) -> Option<Outcome> {
        obey(&self.node, &self.device, &self.folder.path().join("work"))
    }

    fn refused(&self) -> String {
        let outcome = self.obey().unwrap();
        assert!(outcome.silent.is_none(), "{outcome:?}");
        outcome.done.unwrap_err().to_string()
    }

    fn is(&self, password: &str) -> bool {
        hashes::is(password, &people::kept(&self.node).unwrap().unwrap().password.page)
    }
}

#[test]
fn an_order_is_obeyed_once_and_only_by_the_administrators_key() {
    if !Path::new(KEYGEN).exists() {
        return println!("skipped: no ssh-keygen");
    }
    let place = Place::new();
    let order = |note: &str| {
        format!("node = \"{}\"\ndo = \"password\"\npassword = \"elinye igama 12\"\nnote = \"{note}\"\n", place.name)
    };
    assert!(place.obey().is_none(), "an empty stick has an order");
    place.give(&order("1"), "thandi", "ilanga-order");
    assert!(place.refused().starts_with("its data are locked, or it is not set up"));
    place.administrator(&[]);
    // It is still there.
    assert_eq!(place.refused(), "its administrator has no key for SSH");
    assert!(place.obey().is_none());
    place.administrator(&["thandi"]);

    for (text, key, namespace, expected) in [
        (order("1"), "thief", "ilanga-order", "its signature is not one by a key"),
        (order("1"), "thandi", "file", "its signature is not one by a key"),
        (order("1").replace(&place.name, "another"), "thandi", "ilanga-order", "it is for 'another'"),
        ("node = 1".to_owned(), "thandi", "ilanga-order", "line 1: "),
    ] {
        place.give(&text, key, namespace);
        let refused = place.refused();
        assert!(refused.starts_with(expected), "{refused}");
        assert!(place.is("umbane namanzi 7"));
        // What was refused is not obeyed later.
        assert!(place.obey().is_none());
    }
    // Changed after it was signed.
    place.give(&order("1"), "thandi", "ilanga-order");
    sticks::put(&place.device, &format!("ilanga-{}.toml", place.name), order("2").as_bytes());
    assert!(place.refused().starts_with("its signature is not one by a key"));
    // Not signed at all.
    sticks::put(&place.device, &format!("ilanga-{}.toml", place.name), order("1").as_bytes());
    assert!(place.refused().starts_with("there is no signature beside it"));

    let wish = Order::parse(order("1").as_bytes()).unwrap();
    assert_eq!(wish.wish, Wish::Password("elinye igama 12".parse::<Password>().unwrap()));
    remember(&place.node, Digest::of(order("0").as_bytes())).unwrap();
    place.give(&order("0"), "thandi", "ilanga-order");
    assert_eq!(place.refused(), "it was obeyed before: another one needs another 'note'");
    assert!(place.is("umbane namanzi 7"));
    assert_eq!(fs::read_dir(place.folder.path().join("work")).unwrap().count(), 0);
    let left = sticks::files(&place.device);
    let [(file, _)] = left.as_slice() else { panic!("{left:?}") };
    assert_eq!(*file, format!("ilanga-{}.txt", place.name));
}

#[test]
fn the_oldest_orders_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::new(folder.path());
    fs::create_dir_all(node.orders().parent().unwrap()).unwrap();
    let order = |number: usize| Digest::of(number.to_string().as_bytes());
    let lines: String = (0..REMEMBERED).map(|number| format!("{}\n", order(number))).collect();
    fs::write(node.orders(), lines).unwrap();
    assert!(matches!(remember(&node, order(0)), Err(OrderError::Again)));
    remember(&node, order(REMEMBERED)).unwrap();
    assert!(matches!(remember(&node, order(REMEMBERED)), Err(OrderError::Again)));
    assert!(matches!(remember(&node, order(1)), Err(OrderError::Again)));
    remember(&node, order(0)).unwrap();
}
