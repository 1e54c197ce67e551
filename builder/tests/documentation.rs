//! Holds the documentation to what is there, without compiling anything.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The folders of all crates.
fn crates() -> Vec<String> {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let members = manifest["workspace"]["members"].as_array().unwrap();
    members.iter().map(|member| member.as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_architecture_page_names_every_crate_and_module() {
    let page = read("docs/architecture.md");
    for name in &crates() {
        assert!(page.contains(&format!("`{name}/`")), "docs/architecture.md does not name {name}/");
        for entry in fs::read_dir(workspace().join(name).join("src")).unwrap() {
            let path = entry.unwrap().path();
            let module = path.file_stem().unwrap().to_string_lossy().into_owned();
            if ["main", "lib", "bin"].contains(&module.as_str()) {
                continue;
            }
            assert!(page.contains(&format!("`{module}`")), "docs/architecture.md does not name `{module}` of {name}/");
        }
    }
}

#[test]
fn links_in_the_documentation_lead_somewhere() {
    let mut pages = vec![workspace().join("README.md"), workspace().join("CHANGELOG.md")];
    pages.extend(fs::read_dir(workspace().join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    for page in pages.iter().filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
        let text = fs::read_to_string(page).unwrap();
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let file = link.split('#').next().unwrap();
            let there = link.contains("://") || file.is_empty() || page.parent().unwrap().join(file).exists();
            assert!(there, "{}: the link {link} leads nowhere", page.display());
        }
    }
}

#[test]
fn the_page_of_languages_says_who_has_read_them() {
    let page = read("docs/languages.md");
    for entry in fs::read_dir(workspace().join("firstboot/locales")).unwrap() {
        let path = entry.unwrap().path();
        let tag = path.file_name().unwrap().to_string_lossy().into_owned();
        let row = page.lines().find(|line| line.starts_with(&format!("| `{tag}` |")));
        let row = row.unwrap_or_else(|| panic!("docs/languages.md has no row for `{tag}`"));
        for file in fs::read_dir(&path).unwrap() {
            let file = file.unwrap().path();
            let unread = fs::read_to_string(&file).unwrap().contains("No native speaker has read this yet.");
            let file = file.display();
            assert_eq!(row.contains("nobody yet"), unread, "docs/languages.md and {file} contradict each other");
        }
    }
}
