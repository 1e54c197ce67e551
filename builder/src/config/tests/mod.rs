//! Tests of the whole configuration: small folders of images, and the message that each mistake gets.

mod image_toml;

use std::fs;
use std::path::Path;

use super::*;

const MKOSI: &str = "[Distribution]\nDistribution=debian\nRelease=trixie\nArchitecture=x86-64\n[Output]\nImageId=x\n";

const IMAGE: &str = "format = 1\nboard = \"x\"\nversion = \"1.0\"\ndate = \"2026-11-21\"\nchannel = \"stable\"\n\
                     compatible = \"ilanga-x\"\n[sizes]\nesp = \"512M\"\nslot = \"3G\"\nstate = \"512M\"\n\
                     [boot]\ntrust = \"own\"\n[root]\ncompression = \"zstd\"\n";

/// Loads a folder of these files; `mkosi.conf` and `image.toml` have good ones to stand on.
fn loaded(files: &[(&str, &str)]) -> Result<Mkosi, String> {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("image");
    fs::create_dir(&image).unwrap();
    for (name, text) in [("mkosi.conf", MKOSI), ("image.toml", IMAGE)].iter().chain(files) {
        let path = image.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let prefix = format!("{}/", image.display());
    load(&image).map(|config| config.mkosi).map_err(|error| error.to_string().replace(&prefix, ""))
}

/// What a `mkosi.conf` with these lines below the needed ones gives.
fn with(lines: &str) -> Result<Mkosi, String> {
    loaded(&[("mkosi.conf", &format!("{MKOSI}{lines}"))])
}

fn packages(mkosi: &Mkosi) -> String {
    mkosi.packages.iter().map(|item| item.text.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn lists_add_up_and_are_emptied() {
    for (lines, expected) in [
        ("Packages=aa bb,cc\n", "aa bb cc"),
        ("Packages=aa\nPackages=bb\n", "aa bb"),
        ("Packages=\n  aa # why\n  # bb\n  cc\n", "aa cc"),
        ("Packages=aa\nPackages=\nPackages=bb\n", "bb"),
        ("Packages=aa\nPackages=,\n", ""),
        ("Packages=aa\n[Output]\n[Content]\nPackages=bb\n", "aa bb"),
        ("@Packages=aa\n", "aa"),
    ] {
        assert_eq!(packages(&with(&format!("[Content]\n{lines}")).unwrap()), expected, "{lines:?}");
    }
}

#[test]
fn words_keep_their_places() {
    let mkosi = with("[Content]\nPackages=aa\tbb\n   cc,dd\n").unwrap();
    let places: Vec<_> = mkosi.packages.iter().map(|item| (item.place.line, item.place.column)).collect();
    assert_eq!(places, [(8, 10), (8, 13), (9, 4), (9, 7)]);
}

#[test]
fn single_values_replace_each_other() {
    let mkosi = with("[Content]\nWithDocs=no\nWithRecommends=TRUE\n[Distribution]\nRelease=forky\n").unwrap();
    assert_eq!((mkosi.docs, mkosi.recommends, mkosi.release.text.as_str()), (false, true, "forky"));
    let mkosi = with("[Content]\nWithDocs=no\nWithDocs=\nCleanPackageMetadata=disabled\n").unwrap();
    assert_eq!((mkosi.docs, mkosi.package_metadata), (true, Some(true)));
}

#[test]
fn environment_has_a_shells_quotes() {
    let mkosi = with("[Build]\nEnvironment=A=1 \"B=2 3\" C='x  y'z\n  D=\\\"\nEnvironment=A=4\n").unwrap();
    let pairs: Vec<_> = mkosi.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(pairs, ["A=4", "B=2 3", "C=x  yz", "D=\""]);
}

#[test]
fn drop_ins_follow_by_name() {
    let mkosi = loaded(&[
        ("mkosi.conf.d/20.conf", "[Content]\nPackages=bb\n"),
        ("mkosi.conf.d/10.conf", "[Content]\nPackages=aa\n"),
        ("mkosi.conf.d/15/mkosi.conf", "[Content]\nPackages=ab\nExtraTrees=here\n"),
        ("mkosi.conf.d/15/here/file", ""),
        ("mkosi.conf.d/15/mkosi.extra/file", ""),
        ("mkosi.conf.d/15/mkosi.conf.d/1.conf", "[Content]\nPackages=ac\n"),
        ("mkosi.conf.d/30.conf~", "[Content]\nPackages=cc\n"),
        ("mkosi.extra/file", ""),
    ])
    .unwrap();
    assert_eq!(packages(&mkosi), "aa ab ac bb");
    let trees: Vec<_> = mkosi.extra_trees.iter().map(|tree| tree.source.display().to_string()).collect();
    let ends: Vec<_> = trees.iter().map(|tree| tree.split("/image/").nth(1).unwrap()).collect();
    assert_eq!(ends, ["mkosi.extra", "mkosi.conf.d/15/mkosi.extra", "mkosi.conf.d/15/here"]);
}

#[test]
fn includes_are_read_once_where_they_stand() {
    let mkosi = loaded(&[
        (
            "mkosi.conf",
            &format!(
                "{MKOSI}[Content]\nPackages=aa\n[Include]\nInclude=../common ../one.conf\n[Content]\nPackages=dd\n"
            ),
        ),
        ("../common/mkosi.conf", "[Content]\nPackages=bb\n[Include]\nInclude=../one.conf\n"),
        ("../one.conf", "[Content]\nPackages=cc\n"),
    ])
    .unwrap();
    assert_eq!(packages(&mkosi), "aa bb cc dd");
}

#[test]
fn profiles_come_last() {
    let mkosi = loaded(&[
        ("mkosi.conf", &format!("{MKOSI}[Config]\nProfiles=one two\n")),
        ("mkosi.profiles/one.conf", "[Content]\nPackages=bb\n"),
        ("mkosi.profiles/two/mkosi.conf", "[Content]\nPackages=cc\n"),
        ("mkosi.profiles/three.conf", "[Content]\nPackages=dd\n"),
        ("mkosi.conf.d/a.conf", "[Content]\nPackages=aa\n"),
    ])
    .unwrap();
    assert_eq!(packages(&mkosi), "aa bb cc");
}

#[test]
fn scripts_are_found() {
    let mkosi = loaded(&[("mkosi.postinst.chroot", ""), ("mkosi.finalize.chroot", "")]).unwrap();
    assert_eq!((mkosi.post_installation.len(), mkosi.finalize.len()), (1, 1));
    assert_eq!(
        loaded(&[("mkosi.finalize", "")]).unwrap_err(),
        "mkosi.finalize:1:1: 'FinalizeScripts' outside the image (only files ending with .chroot) is not supported \
         yet: see docs/configuration.md"
    );
}

#[test]
fn specifiers() {
    let mkosi = with("[Output]\nOutput=%i-%r-%d-%a-%t-%I-100%%\n").unwrap();
    assert_eq!(mkosi.output.as_deref(), Some("x-trixie-debian-x86-64-disk-main-100%"));
    let here = loaded(&[
        ("mkosi.conf.d/a/mkosi.conf", "[Content]\nExtraTrees=%D/tree %C/tree %P/tree\n"),
        ("tree/file", ""),
        ("mkosi.conf.d/a/tree/file", ""),
    ]);
    let ends: Vec<_> = here.unwrap().extra_trees.iter().map(|t| t.source.ends_with("a/tree")).collect();
    assert_eq!(ends, [false, true, true]);
}

/// Each condition stands in a drop-in that adds a package.
#[test]
fn conditions() {
    for (sections, holds) in [
        ("[Match]\nDistribution=debian\n", true),
        ("[Match]\nDistribution=!debian\n", false),
        ("[Match]\nDistribution=fedora\n", false),
        ("[Match]\nRelease=trixie\nArchitecture=x86-64\n", true),
        ("[Match]\nRelease=trixie\nArchitecture=arm64\n", false),
        ("[Match]\nArchitecture=uefi\n", true),
        // One of those with '|' must hold, and all of those without.
        ("[Match]\nRelease=|sid\nRelease=|trixie\n", true),
        ("[Match]\nRelease=|sid\nRelease=|forky\n", false),
        ("[Match]\nRelease=|!sid\nArchitecture=arm64\n", false),
        // Every [Match] must hold, one [TriggerMatch] is enough.
        ("[Match]\nRelease=trixie\n[Match]\nRelease=sid\n", false),
        ("[TriggerMatch]\nRelease=sid\n[TriggerMatch]\nRelease=trixie\n", true),
        ("[TriggerMatch]\nRelease=sid\n[TriggerMatch]\nRelease=forky\n", false),
        ("[Match]\nRelease=sid\n[TriggerMatch]\nRelease=trixie\n", false),
        ("[Match]\n", true),
        ("[Match]\nImageId=x*\n", true),
        ("[Match]\nImageVersion=>=1\n", false),
        ("[Match]\nProfiles=one\n", false),
        ("[Match]\nRepositories=main\n", false),
        ("[Match]\nBootable=auto\n", true),
        ("[Match]\nFormat=disk\nBootloader=systemd-boot\n", true),
        ("[Match]\nImage=main\n", true),
        ("[Match]\nPathExists=mkosi.conf\n", true),
        ("[Match]\nPathExists=!nothing\n", true),
        ("[Match]\nEnvironment=A\n", false),
        ("[Assert]\nRelease=trixie\n", true),
    ] {
        let drop_in = format!("{sections}[Content]\nPackages=aa\n");
        let mkosi = loaded(&[("mkosi.conf.d/a.conf", &drop_in)]).unwrap();
        assert_eq!(packages(&mkosi) == "aa", holds, "{sections:?}");
    }
    // A folder whose conditions fail is left out with all that is in it.
    let mkosi = loaded(&[
        ("mkosi.conf.d/a/mkosi.conf", "[Match]\nRelease=sid\n"),
        ("mkosi.conf.d/a/mkosi.conf.d/b.conf", "[Content]\nPackages=aa\n"),
    ]);
    assert_eq!(packages(&mkosi.unwrap()), "");
    let versioned = with("ImageVersion=1.0\n").unwrap();
    assert_eq!(versioned.image_version.unwrap().0.as_str(), "1.0");
}

#[test]
fn mistakes_in_mkosi_conf() {
    for (lines, expected) in [
        ("[Contents]\n", "7:1: mkosi has no section [Contents]: did you mean 'Content'?"),
        (
            "[Colours]\n",
            "7:1: mkosi has no section [Colours]: sections are Match, TriggerMatch, Assert, TriggerAssert, Include, \
             Config, Distribution, Output, Content, Validation, Build, Runtime",
        ),
        ("[Content]\nPackage=aa\n", "8:1: mkosi has no setting 'Package': did you mean 'Packages'?"),
        ("[Content]\nColour=red\n", "8:1: mkosi has no setting 'Colour': remove it, or see mkosi(1)"),
        ("[Content]\nImageId=y\n", "8:1: 'ImageId' belongs to [Output], not to [Content]: move it there"),
        (
            "[Content]\nInitrds=a.cpio\n",
            "8:1: 'Initrds' is a setting of mkosi that Ilanga does not support yet: remove it, or see \
             docs/configuration.md",
        ),
        ("[Content]\nWithDocs=maybe\n", "8:10: 'maybe' is no value for 'WithDocs': yes or no is expected"),
        ("[Content]\nWithDocs=\n  yes\n  no\n", "8:10: '' is no value for 'WithDocs': a value of one line is expected"),
        (
            "[Content]\nBootable=1 \n  # on\nBootable=si\n",
            "10:10: 'si' is no value for 'Bootable': yes, no or auto is expected",
        ),
        (
            "[Content]\nBootloader=systemd-bot\n",
            "8:12: 'systemd-bot' is no value for 'Bootloader': did you mean 'systemd-boot'?",
        ),
        (
            "[Content]\nBootloader=grub\n",
            "8:12: 'Bootloader=grub' (only systemd-boot) is not supported yet: see docs/configuration.md",
        ),
        (
            "[Content]\nPackages=linux ./local.deb\n",
            "8:16: './local.deb' is no value for 'Packages': the name of a Debian package is expected",
        ),
        ("[Content]\nExtraTrees=there\n", "8:12: 'ExtraTrees' names there, which does not exist"),
        (
            "[Content]\nExtraTrees=$HOME/tree\n",
            "8:12: '$HOME/tree' with a variable of the environment is not supported yet: see docs/configuration.md",
        ),
        (
            "[Content]\nExtraTrees=tree:usr\n",
            "8:12: 'tree:usr' is no value for 'ExtraTrees': behind ':' an absolute path without '..' is expected",
        ),
        (
            "[Content]\nRemoveFiles=/../x\n",
            "8:13: '/../x' is no value for 'RemoveFiles': a path without '..' is expected",
        ),
        (
            "[Include]\nInclude=mkosi-vm\n",
            "8:9: the built-in include 'mkosi-vm' is not supported yet: see docs/configuration.md",
        ),
        ("[Output]\nOutput=a/b\n", "8:8: 'a/b' is no value for 'Output': a name without '/' is expected"),
        ("[Output]\nOutput=%z\n", "8:8: mkosi has no specifier '%z': a percent sign is written '%%'"),
        ("[Output]\nOutput=%v\n", "8:8: '%v' stands for 'ImageVersion', which is not set above: set it first"),
        ("[Output]\nImageVersion=2.0\n", "8:14: '2.0' is no value for 'ImageVersion': image.toml says 1.0"),
        (
            "[Content]\nSourceDateEpoch=0\n",
            "8:17: '0' is no value for 'SourceDateEpoch': image.toml's date, 2026-11-21, is 1795219200",
        ),
        (
            "[Output]\nSeed=random\n",
            "8:6: 'random' is no value for 'Seed': a UUID is expected; 'random' would give another image each time",
        ),
        (
            "[Build]\nEnvironment=HOME\n",
            "8:13: 'HOME' is no value for 'Environment': Name=value is expected; a value of the host's environment is never taken",
        ),
        ("[Match]\nReleases=trixie\n", "8:1: 'Releases' cannot be matched on: did you mean 'Release'?"),
        (
            "[Match]\nSystemdVersion=>257\n",
            "8:1: a condition on 'SystemdVersion' is not supported yet: see docs/configuration.md",
        ),
        (
            "[Match]\nRelease=trixie\n",
            "8:1: 'Release' is not set before this condition, and mkosi would take the host's: set it in mkosi.conf",
        ),
        ("[Assert]\nImageId=x\n", "7:1: the assertion ImageId=x does not hold"),
    ] {
        assert_eq!(with(lines).unwrap_err(), format!("mkosi.conf:{expected}"), "{lines:?}");
    }
    assert_eq!(
        loaded(&[("mkosi.conf", "[Distribution]\nDistribution=debian\n")]).unwrap_err(),
        "mkosi.conf: 'Architecture' is not set: 'Architecture=x86-64' is expected"
    );
    assert_eq!(
        loaded(&[("mkosi.conf", "[Distribution]\nDistribution=fedora\n")]).unwrap_err(),
        "mkosi.conf:2:14: 'Distribution=fedora' (only debian) is not supported yet: see docs/configuration.md"
    );
    assert_eq!(
        loaded(&[("mkosi.repart/10.conf", "")]).unwrap_err(),
        "mkosi.repart: 'RepartDirectories' is a setting of mkosi that Ilanga does not support yet: remove it, or see \
         docs/configuration.md"
    );
    assert_eq!(
        loaded(&[("mkosi.images/a.conf", "")]).unwrap_err(),
        "mkosi.images: more than one image (mkosi.images) is not supported yet: see docs/configuration.md"
    );
}

#[test]
fn files_that_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("nothing");
    let error = load(&image).unwrap_err().to_string();
    let expected =
        format!("{}/mkosi.conf: no such file: a folder of images/ needs a mkosi configuration", image.display());
    assert_eq!(error, expected);
}

#[test]
fn every_setting_stands_once_and_in_a_known_section() {
    let mut names: Vec<&str> =
        settings::SETTINGS.iter().flat_map(|known| known.aliases.iter().copied().chain([known.name])).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(settings::SETTINGS.iter().all(|known| settings::SECTIONS.contains(&known.section)));
    assert_eq!(settings::SETTINGS.len(), 191, "mkosi 27.1 has 191 settings");
}

#[test]
fn mini_pc() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let config = load(&root.join("images/mini-pc")).unwrap();
    assert_eq!(config.image.board, "mini-pc");
    assert!(config.files.len() >= 4);
    let presets =
        fs::read_to_string(root.join("overlays/base/usr/lib/systemd/system-preset/00-ilanga.preset")).unwrap();
    let last = presets.lines().last();
    assert_eq!(last, Some("disable *"), "what no line names is off");
    assert!(!presets.contains("enable ssh") && !presets.contains("enable yggdrasil"));
}

/// Any value of any setting is taken or refused, never a panic.
#[test]
fn any_value_is_read_or_refused() {
    let alphabet: Vec<char> = "ab/.,:;|!%\"'\\\t =*?[]~$-01ü\u{3000}".chars().collect();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    for round in 0..40 {
        for known in settings::SETTINGS {
            let mut text = |length: usize| (0..length).map(|_| alphabet[random() % alphabet.len()]).collect::<String>();
            let value = text(round / 4).trim().to_owned();
            let ini = format!("[{}]\n{}={value}\n  {}\n", known.section, known.name, text(3));
            let Ok(sections) = ini::parse(Path::new("mkosi.conf"), &ini) else { continue };
            let folder = Path::new("/nothing/at/all");
            let setting = &sections[0].settings[0];
            let _ = value::assign(known, &setting.lines, folder, None);
            let settings = mkosi::Settings::default();
            let _ = settings.expand(&value, &setting.place, folder);
            let condition = ini::parse(Path::new("a"), &ini.replacen(known.section, "Match", 1)).unwrap();
            let _ = matching::check(&condition, matching::Purpose::Match, &settings, folder);
        }
    }
}

#[test]
fn a_changelog_is_text_for_people() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("mkosi.conf", MKOSI), ("image.toml", IMAGE)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    assert_eq!(load(folder.path()).unwrap().changelog, None);
    let path = folder.path().join("changelog.txt");
    fs::write(&path, "Wi-Fi works again.\n\n- and so does the printer\n").unwrap();
    let config = load(folder.path()).unwrap();
    assert_eq!(config.changelog.unwrap().headline(), "Wi-Fi works again.");
    assert_eq!(config.files.last(), Some(&path));
    for (text, problem) in [
        ("a\n\u{1b}]0;x", "line 2 has the control character U+001B"),
        ("", "its first line is empty"),
        (&"a".repeat(16385), "it has 16385 bytes; 16384 are the most"),
    ] {
        fs::write(&path, text).unwrap();
        assert_eq!(load(folder.path()).unwrap_err().to_string(), format!("{}: {problem}", path.display()));
    }
}
