//! `ilanga answers`.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use formats::answers::{Answers, BadAnswers, FILE, LONGEST};
use serde_json::json;

use crate::cli;
use crate::flashed::Flashed;

/// A file that answers everything. Where a secret or a key belongs it has a word that no file of answers may have, so that nobody
/// flashes it as it is: all nodes would have the same password, and recovery keys that nobody can read.
const EXAMPLE: &str = include_str!("answers.toml");

/// Checks a file, prints one, or puts one on a disk.
pub(super) fn run(command: &cli::Answers) -> Result<u8> {
    match command {
        cli::Answers::Example => print!("{EXAMPLE}"),
        cli::Answers::Check { file, json } => return check(file, *json),
        cli::Answers::Put { file, disk, replace } => {
            let text = read(file)?;
            let answers = Answers::parse(&text).map_err(|bad| anyhow!("{}:{bad}", file.display()))?;
            Flashed::open(disk)?.put(FILE, text.as_bytes(), *replace)?;
            println!("{}: {FILE} is there; {}", disk.display(), asked(&answers));
        }
        cli::Answers::Remove { disk } => {
            Flashed::open(disk)?.remove(FILE)?;
            println!("{}: {FILE} is gone", disk.display());
        }
    }
    Ok(0)
}

fn read(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST as u64 + 1).read_to_end(&mut bytes));
    read.with_context(|| format!("reading {}", path.display()))?;
    String::from_utf8(bytes).ok().with_context(|| format!("{} is no text: save it as UTF-8", path.display()))
}

/// What people are asked besides, in words.
fn asked(answers: &Answers) -> String {
    match answers.asks().as_slice() {
        [] => "nobody is asked anything".to_owned(),
        asks => format!("people are asked: {}", asks.join("; ")),
    }
}

fn check(path: &Path, json: bool) -> Result<u8> {
    let text = read(path)?;
    let found = Answers::parse(&text);
    if json {
        println!("{:#}", told(&found));
    }
    match found {
        Ok(answers) if !json => {
            println!("{}: nothing is wrong with it", path.display());
            println!("{}", asked(&answers));
            Ok(0)
        }
        Err(bad) if !json => anyhow::bail!("{}:{bad}", path.display()),
        found => Ok(u8::from(found.is_err())),
    }
}

/// The same for programs.
fn told(found: &Result<Answers, BadAnswers>) -> serde_json::Value {
    match found {
        Ok(answers) => json!({ "good": true, "asks": answers.asks() }),
        Err(bad) => json!({ "good": false, "line": bad.line, "column": bad.column, "problem": bad.problem }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_answers_everything() {
        let key = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
        let password = EXAMPLE.replace("SENTENCE", "umbane namanzi 7");
        assert!(Answers::parse(&password).unwrap_err().problem.contains("public key"));
        assert!(Answers::parse(&EXAMPLE.replace("YOUR PUBLIC KEY", key)).unwrap_err().problem.contains("password"));
        let answers = Answers::parse(&password.replace("YOUR PUBLIC KEY", key)).unwrap();
        assert!(answers.asks().is_empty(), "{:?}", answers.asks());
        assert_eq!(told(&Ok(answers)), json!({ "good": true, "asks": [] }));
        let bad = told(&Answers::parse("format = 1\nlangauge = \"zu\"\n"));
        assert_eq!((&bad["line"], &bad["column"]), (&json!(2), &json!(1)));
    }
}
