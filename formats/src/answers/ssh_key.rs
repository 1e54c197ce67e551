//! Public SSH keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::values::{shown, text};

text!(
    /// A public SSH key, as it stands in `authorized_keys`, without options.
    SshKey, NotAnSshKey, "not a public SSH key: a line such as 'ssh-ed25519 AAAA… name' is expected",
    |text| is_ssh_key(text)
);
shown!(SshKey);

/// The kinds of SSH keys that are taken: DSA and short RSA keys are broken.
const KINDS: [&str; 6] = [
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
];

fn is_ssh_key(text: &str) -> bool {
    let mut words = text.splitn(3, ' ');
    let (Some(kind), Some(content), comment) = (words.next(), words.next(), words.next().unwrap_or_default()) else {
        return false;
    };
    let harmless = text.len() <= 1400 && comment.chars().all(|c| !c.is_control());
    let Some(content) = STANDARD.decode(content).ok().filter(|_| harmless && KINDS.contains(&kind)) else {
        return false;
    };
    // The content says what it is once more: its length, then its name.
    let named =
        content.strip_prefix(&(kind.len() as u32).to_be_bytes()).and_then(|rest| rest.strip_prefix(kind.as_bytes()));
    let least = if kind == "ssh-rsa" { 256 } else { 32 };
    named.is_some_and(|rest| rest.len() >= least)
}
