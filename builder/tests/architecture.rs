//! Holds the invariants of docs/architecture.md that can be seen in the sources, without compiling anything.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod sources;

use std::collections::{BTreeMap, BTreeSet};

use sources::{CRATES, Source, programs, read, sources};

/// Which modules of the builder each may use. `main` puts them together, so it is not here.
const MODULES: [(&str, &[&str]); 27] = [
    ("archive", &["cache", "config", "disk"]),
    (
        "build",
        &[
            "archive",
            "bundle",
            "cache",
            "config",
            "disk",
            "hint",
            "interrupt",
            "kernel",
            "keys",
            "packages",
            "plan",
            "programs",
            "root",
            "sbom",
            "tools_tree",
            "tree",
            "ui",
            "workspace",
        ],
    ),
    ("bundle", &["disk", "kernel", "keys", "parallel", "plan", "tool"]),
    ("cache", &[]),
    ("cli", &["inspect"]),
    ("config", &[]),
    ("disk", &[]),
    ("flashed", &["disk"]),
    ("hint", &[]),
    ("inspect", &["disk"]),
    ("interrupt", &["cache", "ui"]),
    ("kernel", &["config", "disk", "keys", "parallel", "tool"]),
    ("keys", &["tool"]),
    ("kept_target", &["cache"]),
    ("packages", &["archive", "cache", "config", "disk", "plan", "tool", "ui"]),
    ("parallel", &[]),
    ("plan", &["config"]),
    ("programs", &["build", "cache", "kept_target", "tool"]),
    ("release", &["disk", "keys"]),
    ("root", &["config", "tool"]),
    ("sandbox", &[]),
    ("sbom", &["packages"]),
    ("test_target", &["cache"]),
    ("tool", &["sandbox"]),
    ("tools_tree", &["archive", "cache", "disk", "packages", "tool"]),
    ("tree", &["archive", "cache", "packages", "tool"]),
    ("ui", &[]),
];

/// The only files that start programs (`sandbox`: copies of the builder, the ids' mapping; `boot` becomes systemd).
const STARTS_PROGRAMS: [&str; 8] = [
    "builder/src/sandbox/child.rs",
    "builder/src/sandbox/privileges.rs",
    "builder/src/tool.rs",
    "firstboot/src/tool.rs",
    "init/src/boot.rs",
    "init/src/tool.rs",
    "qemu-tests/src/tool.rs",
    "updater/src/tool.rs",
];

/// The only files with `unsafe`.
const UNSAFE: [&str; 9] = [
    "builder/src/sandbox/child.rs",
    "init/src/block.rs",
    "init/src/device_mapper.rs",
    "init/src/tool.rs",
    "init/src/variable.rs",
    "init/src/watchdog.rs",
    "power/src/drive/node.rs",
    "qemu-tests/src/tool.rs",
    "updater/src/variable.rs",
];

/// The only files of programs that read the time of day.
const TIME_OF_DAY: [&str; 4] =
    ["builder/src/build/mod.rs", "firstboot/src/clock.rs", "updater/src/clock.rs", "updater/src/fetch/clock.rs"];

/// The only files of programs that measure how long something takes; qemu-tests waits everywhere.
const STOPWATCH: [&str; 6] = [
    "builder/src/ui.rs",
    "init/src/boot.rs",
    "init/src/loader.rs",
    "init/src/log.rs",
    "init/src/slot.rs",
    "updater/src/fetch/clock.rs",
];

/// The only files that make something random: owners' ids, and what a node makes for itself.
const RANDOM: [&str; 5] = [
    "builder/src/keys/create.rs",
    "firstboot/src/random.rs",
    "init/src/bin/ilanga-render-settings/main.rs",
    "init/src/first_start.rs",
    "init/src/state.rs",
];

/// Deciders: they open nothing, read no environment and no clock, and start nothing.
const PURE: &[&str] = &[
    "builder/src/archive/relation.rs",
    "builder/src/archive/solve.rs",
    "builder/src/archive/version.rs",
    "builder/src/bundle/message.rs",
    "builder/src/config/ini.rs",
    "builder/src/config/value.rs",
    "builder/src/disk/bmap.rs",
    "builder/src/inspect/findings.rs",
    "builder/src/kernel/patterns.rs",
    "builder/src/plan/decide.rs",
    "builder/src/plan/ids.rs",
    "builder/src/plan/mod.rs",
    "builder/src/release/content.rs",
    "firstboot/src/capacity/places.rs",
    "firstboot/src/changes.rs",
    "firstboot/src/claim.rs",
    "firstboot/src/desk/view.rs",
    "firstboot/src/disks/content.rs",
    "firstboot/src/facts.rs",
    "firstboot/src/form/",
    "firstboot/src/install/plan.rs",
    "firstboot/src/machine/",
    "firstboot/src/mesh/configuration.rs",
    "firstboot/src/mesh/firewall.rs",
    "firstboot/src/mesh/founder.rs",
    "firstboot/src/pen.rs",
    "firstboot/src/recovery_key.rs",
    "firstboot/src/screen/lay.rs",
    "firstboot/src/site/gate.rs",
    "firstboot/src/site/render.rs",
    "firstboot/src/steward/sessions.rs",
    "firstboot/src/steward/ssh_keys.rs",
    "firstboot/src/steward/tries.rs",
    "firstboot/src/steward/validity.rs",
    "firstboot/src/summary.rs",
    "formats/src/",
    "power/src/battery.rs",
    "power/src/bin/ilanga-power/decode.rs",
    "power/src/book.rs",
    "power/src/conversation.rs",
    "power/src/detect/",
    "power/src/drive/gate.rs",
    "power/src/line.rs",
    "power/src/protocol/",
    "power/src/reading.rs",
    "power/src/readings.rs",
    "power/src/sentence.rs",
    "power/src/settings.rs",
    "power/src/units.rs",
    "qemu-tests/src/hawkbit/ddi.rs",
    "qemu-tests/src/power_cuts/cuts.rs",
    "qemu-tests/src/power_cuts/log.rs",
    "qemu-tests/src/power_cuts/verdict.rs",
    "qemu-tests/src/qemu.rs",
    "updater/src/decide/",
    "updater/src/fetch/asked.rs",
    "updater/src/fetch/budget.rs",
    "updater/src/fetch/cost.rs",
    "updater/src/fetch/hours.rs",
    "updater/src/fetch/permit.rs",
    "updater/src/fetch/plan.rs",
    "updater/src/fetch/rate.rs",
    "updater/src/fetch/serve/ask.rs",
    "updater/src/history.rs",
    "updater/src/fetch/settings.rs",
    "updater/src/fetch/status.rs",
    "updater/src/report.rs",
    "updater/src/sentence.rs",
    "updater/src/store/room.rs",
];

/// The longest file that needs no reason.
const LONGEST: usize = 400;

/// Longer files, each with its reason.
const LONGER: [(&str, &str); 0] = [];

/// Asserts that exactly the `listed` files have one of the words.
fn only(listed: &[&str], words: &[&str], among: impl Fn(&Source) -> bool) {
    let found: Vec<Source> =
        programs().into_iter().filter(|source| among(source) && source.has_any(words).is_some()).collect();
    let found: BTreeSet<&str> = found.iter().map(|source| source.path.as_str()).collect();
    let listed: BTreeSet<&str> = listed.iter().copied().collect();
    let (more, less): (Vec<_>, Vec<_>) = (found.difference(&listed).collect(), listed.difference(&found).collect());
    assert!(more.is_empty(), "{words:?} is not allowed in {more:?}: see docs/architecture.md");
    assert!(less.is_empty(), "{words:?} is no longer in {less:?}: take it off the list");
}

/// The modules after each `crate::`, also in `use crate::{a, b::c};`.
fn used_modules(code: &str) -> BTreeSet<String> {
    let name = |text: &str| -> String { text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect() };
    let mut used = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            used.insert(name(rest));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (place, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && !c.is_whitespace() => {
                    used.insert(name(&group[place..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    used.remove("");
    used
}

fn manifest(name: &str) -> toml::Table {
    read(&format!("{name}/Cargo.toml")).parse().unwrap()
}

#[test]
fn crates_use_each_other_one_way() {
    let ours: BTreeMap<String, &str> = CRATES
        .iter()
        .flat_map(|name| {
            let package = manifest(name)["package"]["name"].as_str().unwrap().to_owned();
            [(package, *name), ((*name).to_owned(), *name)]
        })
        .collect();
    for name in CRATES {
        let manifest = manifest(name);
        let allowed: &[&str] = match name {
            "formats" => &[],
            "firstboot" | "updater" => &["formats", "power"],
            _ => &["formats"],
        };
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(table) = manifest.get(kind).and_then(toml::Value::as_table) else { continue };
            for dependency in table.keys() {
                let Some(other) = ours.get(dependency) else { continue };
                assert!(allowed.contains(other), "{name} may not use {other}");
            }
        }
    }
}

#[test]
fn all_crates_have_the_workspaces_lints_and_version() {
    let members = read("Cargo.toml").parse::<toml::Table>().unwrap();
    let members: Vec<&str> =
        members["workspace"]["members"].as_array().unwrap().iter().map(|member| member.as_str().unwrap()).collect();
    assert_eq!(members, CRATES, "this test must know all crates");
    for name in CRATES {
        let manifest = manifest(name);
        for path in [["lints", "workspace"], ["package", "version"], ["package", "license"]] {
            let value = &manifest[path[0]][path[1]];
            let inherited = value.as_bool() == Some(true) || value.get("workspace").is_some();
            assert!(inherited, "{name}: {path:?} must be the workspace's");
        }
    }
}

#[test]
fn modules_of_the_builder_use_each_other_one_way() {
    let top = ["commands", "main", "workspace"];
    let mut seen = BTreeSet::new();
    for source in programs().iter().filter(|source| source.path.starts_with("builder/src/")) {
        let module = source.path["builder/src/".len()..].split('/').next().unwrap().trim_end_matches(".rs");
        seen.insert(module.to_owned());
        if top.contains(&module) {
            continue;
        }
        let allowed = MODULES.iter().find(|(name, _)| *name == module);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("builder: the module {module} is not on the list"));
        for used in used_modules(&source.code()) {
            assert!(used == module || allowed.contains(&used.as_str()), "{}: {module} may not use {used}", source.path);
        }
    }
    for (module, _) in MODULES {
        assert!(seen.contains(module), "{module} is no longer there: take it off the list");
    }
}

#[test]
fn one_module_a_crate_starts_programs() {
    let starts = |source: &Source| {
        let imported =
            source.code().lines().any(|line| line.starts_with("use std::process::{") && line.contains("Command"));
        imported
            || source.has_any(&["process::Command", "fork()", "exec(", "execv(", "execve(", "posix_spawn"]).is_some()
    };
    let found: Vec<String> = programs().into_iter().filter(starts).map(|source| source.path).collect();
    assert_eq!(found, STARTS_PROGRAMS, "programs are started in few places: see docs/architecture.md");
    let host = programs().into_iter().filter(|source| source.has_any(&["host_cargo("]).is_some());
    let host: Vec<String> = host.map(|source| source.path).collect();
    assert_eq!(host, ["builder/src/programs.rs", "builder/src/tool.rs"], "the host gives cargo, and only for crates");
}

#[test]
fn unsafe_is_for_system_calls_and_says_why_it_is_safe() {
    only(&UNSAFE, &["unsafe {", "unsafe fn", "unsafe impl"], |_| true);
    for source in programs() {
        let lines: Vec<&str> = source.text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            if line.contains("unsafe {") && !line.trim_start().starts_with("//") {
                let before = &lines[number.saturating_sub(5)..number];
                let said = before.iter().any(|line| line.trim_start().starts_with("// SAFETY:"));
                assert!(said, "{}:{}: no // SAFETY: above", source.path, number + 1);
            }
        }
    }
}

#[test]
fn clocks_are_read_in_few_places() {
    only(&TIME_OF_DAY, &["SystemTime", "UtcDateTime::now", "Utc::now", "Local::now"], |_| true);
    only(&STOPWATCH, &["Instant::now"], |source| !source.path.starts_with("qemu-tests/"));
}

#[test]
fn nothing_is_random_but_what_must_be() {
    only(&RANDOM, &["new_v4", "getrandom", "OsRng", "thread_rng", "/dev/urandom", "RandomState"], |_| true);
}

#[test]
fn deciders_do_nothing() {
    let doing = ["std::fs", "std::env", "std::net", "std::process", "std::thread", "SystemTime", "Instant", "nix::"];
    let mut found = BTreeSet::new();
    for source in programs() {
        if let Some(pure) = PURE.iter().find(|pure| source.path.starts_with(**pure)) {
            found.insert(*pure);
            assert_eq!(source.has_any(&doing), None, "this module only decides");
        }
    }
    assert_eq!(found.len(), PURE.len(), "a file of the list is not there: {PURE:?}");
}

#[test]
fn what_is_sent_to_solar_devices_passes_the_gate() {
    let gate = "power/src/drive/gate.rs";
    let sends = ["write(", "write_all(", ".send(", "write_frame", "try_write"];
    let mut sending = BTreeSet::new();
    for source in programs().iter().filter(|source| source.path.starts_with("power/src/drive/")) {
        let makes = source.has_any(&["Permitted("]).is_some();
        assert_eq!(makes, source.path == gate, "{}: only the gate says what may be sent", source.path);
        if source.has_any(&sends).is_some() {
            sending.insert(source.path.strip_prefix("power/src/drive/").unwrap().to_owned());
        }
    }
    // Each takes nothing but what the gate has permitted, and `node` is used by these only.
    let sending: Vec<&str> = sending.iter().map(String::as_str).collect();
    assert_eq!(sending, ["hid.rs", "network.rs", "node.rs", "serial.rs", "talk.rs", "way.rs"]);
    for file in ["hid.rs", "network.rs", "serial.rs", "way.rs"] {
        let code = read(&format!("power/src/drive/{file}"));
        assert!(code.contains("request: Permitted<'_>"), "{file} sends something else");
    }
}

#[test]
fn init_reads_no_configuration() {
    let init =
        programs().into_iter().filter(|source| source.path.starts_with("init/src/") && !source.path.contains("/bin/"));
    for source in init {
        let reading = ["formats::settings", "toml::", "serde", "std::env::var", "credentials", "/loader/", "\"/etc/"];
        assert_eq!(source.has_any(&reading), None, "init reads its command line and its module table, nothing else");
    }
}

#[test]
fn files_are_short_and_say_what_they_are() {
    for source in sources() {
        let lines = source.text.lines().count();
        let longer = LONGER.iter().any(|(path, _)| *path == source.path);
        assert!(lines <= LONGEST || longer, "{} has {lines} lines: split it", source.path);
        assert!(lines > LONGEST || !longer, "{} is short again: take it off the list", source.path);
        assert!(source.text.starts_with("//!"), "{} has no documentation at its top", source.path);
        assert!(!source.text.contains("use super::*;") || source.text.contains("#[cfg(test)]") || source.is_test());
    }
}

#[test]
fn used_modules_are_found() {
    let used = used_modules("use crate::a::b;\nuse crate::{c, d::{e, f}, g::h};\nlet x = crate::i::j();");
    assert_eq!(used.into_iter().collect::<Vec<_>>(), ["a", "c", "d", "g", "i"]);
}
