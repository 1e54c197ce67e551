//! Builds signed, A/B-updatable, Debian-based disk images.
fn main() {}
