//! Tests of `image.toml`.

use super::super::image_toml::{Compression, Trust, parse};
use super::IMAGE;
use formats::size::Bytes;

use std::path::Path;

/// What `image.toml` gives once `from` is `to` in it.
fn changed(from: &str, to: &str) -> Result<super::Image, String> {
    assert!(IMAGE.contains(from), "{from}");
    parse(Path::new("image.toml"), &IMAGE.replacen(from, to, 1)).map_err(|error| error.to_string())
}

#[test]
fn reads_what_is_there() {
    let image = changed("format", "format").unwrap();
    assert_eq!((image.board.as_str(), image.version.as_str(), image.channel.as_str()), ("x", "1.0", "stable"));
    assert_eq!(image.date.seconds(), 1_795_219_200);
    assert_eq!(image.sizes.slot, Bytes::mib(3072));
    assert_eq!((image.trust, image.url), (Trust::Own, None));
    let url = changed("[boot]", "[updates]\nurl = \"https://updates.example.org/\"\n[boot]").unwrap().url;
    assert_eq!(url.map(|url| url.to_string()), Some("https://updates.example.org".to_owned()));
    assert_eq!(changed("\"own\"", "\"shim\"").unwrap().trust, Trust::Shim);
}

#[test]
fn compression_has_defaults() {
    for (line, compression, level, cluster) in [
        ("\"none\"", Compression::None, None, None),
        ("\"lz4\"", Compression::Lz4, None, Some(64)),
        ("\"lz4hc\"", Compression::Lz4hc, Some(9), Some(64)),
        ("\"zstd\"", Compression::Zstd, Some(3), Some(64)),
        ("\"zstd\"\nlevel = 12\ncluster = \"16K\"", Compression::Zstd, Some(12), Some(16)),
    ] {
        let root = changed("\"zstd\"", line).unwrap().root;
        let expected = (compression, level, cluster.map(|kib: u64| Bytes(kib << 10)));
        assert_eq!((root.compression, root.level, root.cluster), expected, "{line}");
    }
}

#[test]
fn mistakes() {
    for (from, to, expected) in [
        ("format = 1", "format = 2", "1:10: format 2 is not known: this program reads format 1"),
        ("format = 1", "format = \"1\"", "1:10: invalid type: string \"1\", expected u32"),
        ("format = 1\n", "", "1:1: the key 'format' is missing: see docs/configuration.md"),
        ("trust = \"own\"", "", "11:1: the key 'trust' is missing: see docs/configuration.md"),
        ("board", "bord", "2:1: image.toml has no key 'bord': did you mean 'board'?"),
        (
            "board = \"x\"",
            "board = \"x\"\ncolour = \"red\"",
            "3:1: image.toml has no key 'colour': its keys are format, board, version, date, channel, compatible, \
             sizes, boot, root, updates",
        ),
        ("[boot]", "[updates]\nurls = \"https://a\"\n[boot]", "12:1: [updates] has no key 'urls': did you mean 'url'?"),
        (
            "[boot]",
            "[updates]\nurl = \"updates.example.org\"\n[boot]",
            "12:7: url: \"updates.example.org\" is not the address of a repository: https:// or http://, a server and \
             plain folders are expected, as in https://updates.example.org/ilanga",
        ),
        ("esp", "esq", "8:1: [sizes] has no key 'esq': did you mean 'esp'?"),
        ("[boot]\ntrust", "[boot]\ntrsut", "12:1: [boot] has no key 'trsut': did you mean 'trust'?"),
        ("[root]", "[rooot]", "13:2: image.toml has no key 'rooot': did you mean 'root'?"),
        ("board = \"x\"", "board = x", "2:9: string values must be quoted, expected literal string"),
        ("board = \"x\"", "board = \"x\"\nboard = \"y\"", "3:1: duplicate key"),
        (
            "\"x\"",
            "\"Mini PC\"",
            "2:9: board: 'Mini PC' is no name: up to 32 of a-z, 0-9 and '-' are expected, the first a letter",
        ),
        (
            "\"1.0\"",
            "\"v1\"",
            "3:11: version: 'v1' is not a version: up to 32 letters, digits, '.', '-' and '~' are expected, the first \
             a digit, as in 2026.11.0",
        ),
        (
            "2026-11-21",
            "2026-11-31",
            "4:8: date: '2026-11-31' is not a date from 1980 to 2099: year, month and day are expected, as in \
             2026-11-21",
        ),
        (
            "512M",
            "512MB",
            "8:7: esp: '512MB' is not a size: a whole number with K, M, G or T (powers of 1024) is expected, as in 512M",
        ),
        ("512M", "1537K", "8:7: esp: 1537K: a multiple of 1M is expected"),
        ("512M", "32M", "8:7: esp: 32M: at least 160M is expected"),
        ("3G", "100G", "9:8: slot: 100G: a node's disk may have as little as 16 GB"),
        ("3G", "6G", "7:1: [sizes] take 13.9 GB: of a 16 GB disk 4294.9 MB must be left for data"),
        ("\"own\"", "\"shin\"", "12:9: trust: 'shin' is not known: did you mean 'shim'?"),
        ("\"own\"", "\"none\"", "12:9: trust: 'none' is not known: one of own, shim is expected"),
        ("\"zstd\"", "\"zstd\"\nlevel = 23", "15:9: level: a level from 1 to 22 is expected for zstd"),
        ("\"zstd\"", "\"lz4\"\nlevel = 1", "15:9: level: 'lz4' has no levels: remove the key"),
        ("\"zstd\"", "\"none\"\ncluster = \"4K\"", "15:11: cluster: nothing is compressed: remove the key"),
        ("\"zstd\"", "\"zstd\"\ncluster = \"5K\"", "15:11: cluster: 5K: a power of 2 from 4K to 1M is expected"),
    ] {
        assert_eq!(changed(from, to).unwrap_err(), format!("image.toml:{expected}"), "{to}");
    }
}

/// Any text gives an image or an error with a place, never a panic.
#[test]
fn any_text_is_read_or_refused() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    for _ in 0..2000 {
        let mut bytes = IMAGE.as_bytes().to_vec();
        for _ in 0..random() % 6 + 1 {
            let at = random() % bytes.len();
            match random() % 3 {
                0 => bytes[at] = b"[]=\"\n.#x0-\xC3"[random() % 11],
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, b"[]=\"\n.#x0-{"[random() % 11]),
            }
        }
        if let Err(error) = parse(Path::new("image.toml"), &String::from_utf8_lossy(&bytes)) {
            assert!(error.to_string().starts_with("image.toml:"), "{error}");
        }
    }
}
