//! Reads the texts of all languages (a folder each, in it a file for each thing that people do), refuses what lacks or does not fit,
//! and makes a constant of each text's name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs, process};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;

/// The language that the others are held against.
const FIRST: &str = "en";

/// The texts of a language: each one's name, and the variables in it.
type Texts = BTreeMap<String, BTreeSet<String>>;

fn main() {
    println!("cargo::rerun-if-changed=locales");
    if let Err(wrong) = make() {
        for line in wrong {
            println!("cargo::error={line}");
        }
        process::exit(1);
    }
}

fn make() -> Result<(), Vec<String>> {
    let one = |error: std::io::Error| vec![error.to_string()];
    let out = env::var_os("OUT_DIR").ok_or_else(|| vec!["OUT_DIR is not set".to_owned()])?;
    let mut languages = BTreeMap::new();
    for folder in listed(Path::new("locales")).map_err(one)? {
        let language = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (mut texts, mut all) = (Texts::new(), String::new());
        for path in listed(&folder).map_err(one)? {
            let text = fs::read_to_string(&path).map_err(one)?;
            read(&path, &text, &mut texts)?;
            all.push_str(&text);
            all.push('\n');
        }
        fs::write(Path::new(&out).join(format!("{language}.ftl")), all).map_err(one)?;
        languages.insert(language, texts);
    }
    let Some(first) = languages.get(FIRST) else { return Err(vec![format!("locales/{FIRST} is missing")]) };
    let mut wrong = Vec::new();
    for (language, texts) in &languages {
        for (name, variables) in first {
            match texts.get(name) {
                None => wrong.push(format!("locales/{language} lacks '{name}'")),
                Some(others) if others != variables => {
                    wrong.push(format!("'{name}' in locales/{language} has {others:?}, and in {FIRST} {variables:?}"));
                }
                Some(_) => {}
            }
        }
        let more = texts.keys().filter(|name| !first.contains_key(*name));
        wrong.extend(more.map(|name| format!("locales/{language} has '{name}', which {FIRST} does not have")));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut code = String::new();
    for (name, variables) in first {
        let constant = name.to_uppercase().replace('-', "_");
        let names: Vec<String> = variables.iter().map(|name| format!("{name:?}")).collect();
        code.push_str(&format!("/// `{name}`\npub const {constant}: Id = Id({name:?}, &[{}]);\n", names.join(", ")));
    }
    code.push_str("/// All texts.\npub const ALL: &[Id] = &[\n");
    first.keys().for_each(|name| code.push_str(&format!("    {},\n", name.to_uppercase().replace('-', "_"))));
    code.push_str("];\n");
    fs::write(Path::new(&out).join("ids.rs"), code).map_err(one)
}

/// What is in a folder, in the order of the names.
fn listed(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<PathBuf>>>()?;
    paths.sort_unstable();
    Ok(paths)
}

/// Adds a file's texts to those of its language.
fn read(path: &Path, text: &str, texts: &mut Texts) -> Result<(), Vec<String>> {
    let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let resource =
        parser::parse(text).map_err(|(_, errors)| errors.iter().map(|error| wrong(error)).collect::<Vec<_>>())?;
    for entry in &resource.body {
        match entry {
            Entry::Message(message) => {
                let name = message.id.name.to_owned();
                let Some(pattern) = message.value.as_ref().filter(|_| message.attributes.is_empty()) else {
                    return Err(vec![wrong(&format!("'{name}' has attributes or no text"))]);
                };
                let mut variables = BTreeSet::new();
                collect(pattern, &mut variables);
                if texts.insert(name.clone(), variables).is_some() {
                    return Err(vec![wrong(&format!("'{name}' is there twice"))]);
                }
            }
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            _ => return Err(vec![wrong(&"it has something that is no message")]),
        }
    }
    Ok(())
}

fn collect(pattern: &Pattern<&str>, variables: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        match expression {
            Expression::Inline(inline) => within(inline, variables),
            Expression::Select { selector, variants } => {
                within(selector, variables);
                variants.iter().for_each(|variant| collect(&variant.value, variables));
            }
        }
    }
}

fn within(inline: &InlineExpression<&str>, variables: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => drop(variables.insert(id.name.to_owned())),
        InlineExpression::FunctionReference { arguments, .. } => {
            arguments.positional.iter().for_each(|argument| within(argument, variables));
        }
        _ => {}
    }
}
