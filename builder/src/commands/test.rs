//! `ilanga test`: the workspace's tests and the stories, compiled and run in the tools tree.
//!
//! Every test binary of the workspace is asked for its tests, those whose name (`binary::test`) has one of the given
//! words are run, and the last line counts all of them.

mod jobs;
mod stories;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::build::Builder;
use crate::cache::Scratch;
use crate::cli;
use crate::programs::{self, SOURCE};
use crate::test_target;
use crate::tool::{Command, ToolError};
use crate::tools_tree::Tools;
use jobs::{Job, jobs};
use stories::{Release, Stories};

/// The package whose tests need an image.
const STORIES: &str = "qemu-tests";

/// The test binaries that run the builder itself, on a release of the board and what its build has left in the cache.
const BUILDS: [&str; 3] = ["bad_input", "bundle", "stops"];

/// The stories that need update bundles.
const UPDATES: [&str; 7] = ["fetch", "fleets", "rollback", "series", "sticks", "update", "updater"];

/// The stories that need a repository of releases.
const FETCH: [&str; 1] = ["fetch"];

/// The stories that need a long series of them.
const MANY: [&str; 1] = ["series"];

/// The stories that need hawkBit's client.
const HAWKBIT: [&str; 1] = ["fleets"];

/// The stories in which keys change.
const CHANGES: [&str; 1] = ["keys"];

/// Arguments of Clippy, as `cargo clippy` hands them on: `-D warnings`.
const DENY_WARNINGS: &str = "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__";

/// A test binary.
#[derive(Clone, Debug)]
struct Binary {
    name: String,
    path: PathBuf,
    story: bool,
    tests: Vec<String>,
}

/// Runs the tests; the exit code says whether all passed.
pub(super) fn run(args: &cli::Test, builder: &Builder) -> Result<u8> {
    let tools = builder.tools()?;
    let setup = Setup::new(builder, &tools, args.lints)?;
    let mut binaries = builder.ui.stage("compiling tests", || setup.compile(builder))?;
    for binary in &mut binaries {
        let listed = setup.command(binary, &["--list", "--format", "terse"]).output();
        let listed = listed.with_context(|| format!("listing the tests of {}", binary.name))?;
        binary.tests = names(&String::from_utf8_lossy(&listed));
        binary.tests.retain(|test| chosen(&args.names, &format!("{}::{test}", binary.name)));
    }
    binaries.retain(|binary| !binary.tests.is_empty());
    builder.ui.finish();
    if args.list {
        for binary in &binaries {
            binary.tests.iter().for_each(|test| println!("{}::{test}", binary.name));
        }
        return Ok(0);
    }
    let some_of = |names: &[&str]| binaries.iter().any(|binary| binary.story && names.contains(&binary.name.as_str()));
    let shim = binaries.iter().any(|binary| binary.story && !CHANGES.contains(&binary.name.as_str()));
    let any = binaries.iter().any(|binary| binary.story);
    let mut stories = if any { Some(Stories::prepare(builder, shim)?) } else { None };
    if let Some(stories) = &mut stories {
        if some_of(&UPDATES) {
            stories.add_updates(builder, args.long)?;
        }
        if args.long && some_of(&MANY) {
            stories.add_series(builder)?;
        }
        if args.long && some_of(&FETCH) {
            stories.add_repository(builder)?;
        }
        if args.long && some_of(&HAWKBIT) {
            stories.add_hawkbit(builder)?;
        }
        if args.long && some_of(&CHANGES) {
            stories.add_change(builder)?;
        }
    }
    let builds = |binary: &Binary| BUILDS.contains(&binary.name.as_str());
    let release = if binaries.iter().any(builds) { Some(Release::prepare(builder)?) } else { None };
    let played = binaries.iter().filter(|binary| binary.story).map(|binary| binary.tests.len()).sum();
    let at_once = args.jobs.map_or_else(jobs::at_once, usize::from).min(played).max(1);
    let processors = (jobs::processors() / at_once).max(1).to_string();
    let show = |job: &Job<'_>| {
        let command = setup.command(job.binary, &job.arguments(args.long));
        match (&stories, &release) {
            (Some(stories), _) if job.binary.story => stories.show(command).env("ILANGA_PROCESSORS", &processors),
            (_, Some(release)) if builds(job.binary) => release.show(command),
            _ => command,
        }
    };
    let (stories, others): (Vec<Job<'_>>, Vec<Job<'_>>) = jobs(&binaries).into_iter().partition(|job| job.binary.story);
    let mut total = jobs::play(&others, 1, show);
    total.add(jobs::play(&stories, at_once, show));
    let skipped = if total.skipped > 0 { format!(", {} skipped", total.skipped) } else { String::new() };
    println!("\n{} passed, {} failed{skipped}", total.passed, total.failed);
    Ok(u8::from(total.failed > 0))
}

/// Where tests are compiled and run.
struct Setup {
    tools: PathBuf,
    workspace: PathBuf,
    crates: PathBuf,
    target: PathBuf,
    cache: PathBuf,
    scratch: Scratch,
    lints: bool,
}

impl Setup {
    fn new(builder: &Builder, tools: &Tools, lints: bool) -> Result<Self> {
        let workspace = builder.workspace.root().to_owned();
        let crates = programs::fetch_crates(&builder.cache, &workspace)?;
        let target = test_target::folder(&builder.cache, &workspace)?;
        let (cache, scratch) = (builder.cache.root().to_owned(), builder.cache.scratch("stories-")?);
        Ok(Self { tools: tools.root.clone(), workspace, crates, target, cache, scratch, lints })
    }

    fn compile(&self, builder: &Builder) -> Result<Vec<Binary>> {
        let (mut binaries, mut said) = (Vec::new(), String::new());
        let mut cargo = programs::in_workspace(&self.tools, "cargo", &self.workspace, &self.crates, &self.target);
        if self.lints {
            // What `cargo clippy` sets; cargo's variable is for the workspace's own packages only.
            cargo = cargo.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver").env("CLIPPY_ARGS", DENY_WARNINGS);
        }
        // Half of what cargo writes, and of use to nobody who compiles once.
        if let Some(incremental) = std::env::var_os("CARGO_INCREMENTAL") {
            cargo = cargo.env("CARGO_INCREMENTAL", incremental);
        }
        let result = cargo
            .args([
                "test",
                "--workspace",
                // What needs a library that hosts may lack.
                "--features=ilanga-power/daemon",
                "--no-run",
                "--locked",
                "--offline",
                "--message-format=json-render-diagnostics",
            ])
            .lines(|line| match (artifact(line), line.starts_with('{')) {
                (Some(binary), _) => binaries.push(binary),
                (None, true) => {}
                (None, false) => {
                    builder.ui.line(line);
                    said.extend([line, "\n"]);
                }
            });
        if let Err(ToolError::Failed { .. }) = result {
            bail!("compiling the tests:\n{said}");
        }
        result.context("compiling the tests")?;
        binaries.sort_by(|a, b| (a.story, &a.name).cmp(&(b.story, &b.name)));
        Ok(binaries)
    }

    fn command(&self, binary: &Binary, arguments: &[&str]) -> Command {
        let folder = if binary.story { STORIES } else { "." };
        let command = programs::in_workspace(&self.tools, &binary.path, &self.workspace, &self.crates, &self.target)
            .args(arguments)
            // For tests that run the builder itself: what it need not fetch, and where it may write much.
            .env("ILANGA_TEST_CACHE", &self.cache)
            .read(&self.cache)
            .env("ILANGA_TEST_SCRATCH", self.scratch.path())
            .write(self.scratch.path())
            .directory(&Path::new(SOURCE).join(folder));
        // For how long parsers are tried.
        let command = match std::env::var_os("ILANGA_FUZZ_SECONDS") {
            Some(seconds) => command.env("ILANGA_FUZZ_SECONDS", seconds),
            None => command,
        };
        let shared = self.workspace.join("../shared");
        if shared.is_dir() { command.bind(&shared, Path::new("/shared"), false) } else { command }
    }
}

/// Whether a test is among those that were asked for: all, if none was.
fn chosen(words: &[String], name: &str) -> bool {
    words.is_empty() || words.iter().any(|word| name.contains(word.as_str()))
}

/// Reads `--list --format terse`: `NAME: test` a line.
fn names(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

/// Reads a line of cargo's JSON: a test binary that it made.
fn artifact(line: &str) -> Option<Binary> {
    #[derive(Deserialize)]
    struct Message {
        reason: String,
        manifest_path: String,
        target: Target,
        profile: Profile,
        executable: Option<PathBuf>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
        kind: Vec<String>,
    }
    #[derive(Deserialize)]
    struct Profile {
        test: bool,
    }
    let message: Message = serde_json::from_str(line).ok()?;
    if message.reason != "compiler-artifact" || !message.profile.test {
        return None;
    }
    let story = Path::new(&message.manifest_path).parent()?.ends_with(STORIES) && message.target.kind == ["test"];
    Some(Binary { name: message.target.name, path: message.executable?, story, tests: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_by_a_part_of_the_name() {
        assert_eq!(names("a::b: test\nc: bench\n"), ["a::b"]);
        assert!(chosen(&[], "x::y") && chosen(&["oo".into()], "boots::b") && !chosen(&["z".into()], "boots::b"));
    }

    #[test]
    fn finds_test_binaries() {
        let line = r#"{"reason":"compiler-artifact","manifest_path":"/src/qemu-tests/Cargo.toml","target":{"name":"boots","kind":["test"]},
            "profile":{"test":true},"executable":"/target/debug/deps/boots-1"}"#;
        let binary = artifact(line).unwrap();
        assert_eq!((binary.name.as_str(), binary.story), ("boots", true));
        assert!(artifact("warning: x").is_none());
    }
}
