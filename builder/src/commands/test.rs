//! `ilanga test`: the workspace's tests and the stories, compiled and run in the tools tree.
//!
//! Every test binary of the workspace is asked for its tests, those whose name (`binary::test`) has one of the given
//! words are run, and the last line counts all of them. Stories share two cores: they run one after the other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::build::{Builder, BundleOptions, Options};
use crate::cache::Scratch;
use crate::cli;
use crate::config::Trust;
use crate::programs::{self, SOURCE};
use crate::tool::{Command, ToolError};
use crate::tools_tree::Tools;

/// The package whose tests need an image.
const STORIES: &str = "qemu-tests";

/// The test binaries that run the builder itself, on a release of the board and what its build has left in the cache.
const BUILDS: [&str; 3] = ["bad_input", "bundle", "stops"];

/// The stories that need update bundles.
const UPDATES: [&str; 5] = ["fleets", "rollback", "sticks", "update", "updater"];

/// Releases that update to one another: their version, what they have over the image's own tree (a folder of
/// `qemu-tests/releases`), and whether only long stories need them.
const RELEASES: [(&str, Option<&str>, bool); 6] = [
    ("2026.11.1", None, false),
    ("2026.11.2", None, false),
    ("2026.12.0~unhealthy", Some("unhealthy"), false),
    ("2026.12.0~panics", Some("panics"), true),
    ("2026.12.0~hangs", Some("hangs"), true),
    ("2026.12.0~stuck", Some("stuck"), true),
];

/// The board that stories are played on.
const BOARD: &str = "mini-pc";

/// A test binary.
#[derive(Clone, Debug)]
struct Binary {
    name: String,
    path: PathBuf,
    story: bool,
    tests: Vec<String>,
}

/// How tests ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    passed: usize,
    failed: usize,
    skipped: usize,
}

/// Runs the tests; the exit code says whether all passed.
pub(super) fn run(args: &cli::Test, builder: &Builder) -> Result<u8> {
    let tools = builder.tools()?;
    let setup = Setup::new(builder, &tools)?;
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
    let mut stories = if binaries.iter().any(|binary| binary.story) { Some(Stories::prepare(builder)?) } else { None };
    if let Some(stories) = &mut stories
        && binaries.iter().any(|binary| binary.story && UPDATES.contains(&binary.name.as_str()))
    {
        stories.add_updates(builder, args.long)?;
    }
    let builds = |binary: &Binary| BUILDS.contains(&binary.name.as_str());
    let release = if binaries.iter().any(builds) { Some(Release::prepare(builder)?) } else { None };
    let mut total = Count::default();
    for binary in &binaries {
        let mut arguments: Vec<&str> = binary.tests.iter().map(String::as_str).collect();
        arguments.push("--exact");
        if binary.story {
            arguments.extend(["--test-threads=1", "--nocapture"]);
        }
        if args.long {
            arguments.push("--include-ignored");
        }
        let mut command = setup.command(binary, &arguments);
        if let (true, Some(stories)) = (binary.story, &stories) {
            command = stories.show(command);
        } else if let (true, Some(release)) = (builds(binary), &release) {
            command = release.show(command);
        }
        println!("\n{}", binary.name);
        let mut count = None;
        let result = command.lines(|line| {
            println!("{line}");
            count = summary(line).or(count);
        });
        match (result, count) {
            (Ok(()) | Err(ToolError::Failed { .. }), Some(count)) => total.add(count),
            (Err(error), _) => {
                println!("{error}");
                total.failed += binary.tests.len();
            }
            (Ok(()), None) => {
                println!("{} ended without saying how its tests ended", binary.name);
                total.failed += binary.tests.len();
            }
        }
    }
    let skipped = if total.skipped > 0 { format!(", {} skipped", total.skipped) } else { String::new() };
    println!("\n{} passed, {} failed{skipped}", total.passed, total.failed);
    Ok(u8::from(total.failed > 0))
}

impl Count {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Where tests are compiled and run.
struct Setup {
    tools: PathBuf,
    workspace: PathBuf,
    crates: PathBuf,
    target: PathBuf,
    cache: PathBuf,
    scratch: Scratch,
}

impl Setup {
    fn new(builder: &Builder, tools: &Tools) -> Result<Self> {
        let workspace = builder.workspace.root().to_owned();
        let crates = programs::fetch_crates(&builder.cache, &workspace)?;
        let target = programs::target_folder(&builder.cache, &workspace)?;
        let (cache, scratch) = (builder.cache.root().to_owned(), builder.cache.scratch("stories-")?);
        Ok(Self { tools: tools.root.clone(), workspace, crates, target, cache, scratch })
    }

    fn compile(&self, builder: &Builder) -> Result<Vec<Binary>> {
        let mut binaries = Vec::new();
        programs::in_workspace(&self.tools, "cargo", &self.workspace, &self.crates, &self.target)
            .args([
                "test",
                "--workspace",
                "--no-run",
                "--locked",
                "--offline",
                "--message-format=json-render-diagnostics",
            ])
            .lines(|line| match artifact(line) {
                Some(binary) => binaries.push(binary),
                None => builder.ui.line(line),
            })
            .context("compiling the tests")?;
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

/// A release of the board, with its update bundle.
struct Release {
    out: PathBuf,
    keys: PathBuf,
}

impl Release {
    fn options() -> Options {
        Options { bundle: Some(BundleOptions::default()), ..Options::default() }
    }

    fn prepare(builder: &Builder) -> Result<Self> {
        let built = builder.build(BOARD, &Self::options())?;
        let keys = builder.keys(None, &builder.tools()?)?;
        builder.ui.finish();
        Ok(Self { out: built.folder, keys: keys.folder })
    }

    fn show(&self, command: Command) -> Command {
        let command = command.env("ILANGA_OUT", &self.out).env("ILANGA_KEYS", &self.keys);
        command.read(&self.out).read(&self.keys)
    }
}

/// What stories are played with: images, keys, and a folder for disks.
struct Stories {
    variables: BTreeMap<&'static str, PathBuf>,
    scratch: Scratch,
}

impl Stories {
    fn prepare(builder: &Builder) -> Result<Self> {
        let own = builder.build(BOARD, &Release::options())?;
        let shim = builder.build(
            BOARD,
            &Options {
                trust: Some(Trust::Shim),
                output: Some(builder.cache.root().join("tests").join("shim")),
                ..Options::default()
            },
        )?;
        let tools = builder.tools()?;
        let keys = builder.keys(None, &tools)?;
        builder.ui.finish();
        let scratch = builder.cache.scratch("stories-")?;
        let variables = BTreeMap::from([
            ("ILANGA_IMAGE", own.folder.join(&own.plan.artefacts.image)),
            ("ILANGA_IMAGE_SHIM", shim.folder.join(&shim.plan.artefacts.image)),
            ("ILANGA_OUT", own.folder),
            ("ILANGA_KEYS", keys.folder),
        ]);
        Ok(Self { variables, scratch })
    }

    /// Builds the releases that stories update to.
    fn add_updates(&mut self, builder: &Builder, long: bool) -> Result<()> {
        let all = builder.cache.root().join("tests").join("updates");
        let bundles = all.join("bundles");
        std::fs::create_dir_all(&bundles).with_context(|| format!("making {}", bundles.display()))?;
        for (version, overlay, _) in RELEASES.into_iter().filter(|(_, _, only_long)| long || !only_long) {
            let overlay = overlay.map(|name| builder.workspace.root().join(STORIES).join("releases").join(name));
            let built = builder.build(
                BOARD,
                &Options {
                    release: Some(version.parse().context("naming a release")?),
                    overlays: overlay.into_iter().collect(),
                    output: Some(all.join(version)),
                    ..Release::options()
                },
            )?;
            let Some(name) = built.plan.artefacts.bundle else { bail!("{version} has no bundle") };
            let link = bundles.join(format!("{version}.raucb"));
            crate::cache::remove_tree(&link)?;
            std::fs::hard_link(built.folder.join(name), &link).with_context(|| format!("making {}", link.display()))?;
        }
        builder.ui.finish();
        self.variables.insert("ILANGA_BUNDLES", bundles);
        Ok(())
    }

    fn show(&self, mut command: Command) -> Command {
        for (name, path) in &self.variables {
            command = command.env(name, path).read(path);
        }
        command.env("ILANGA_SCRATCH", self.scratch.path()).write(self.scratch.path()).kvm()
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

/// Reads the closing line of a test binary.
fn summary(line: &str) -> Option<Count> {
    let rest = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let mut count = Count::default();
    for part in rest.split("; ") {
        let (number, what) = part.split_once(' ')?;
        let Ok(number) = number.parse() else { continue };
        match what {
            "passed" => count.passed = number,
            "failed" => count.failed = number,
            "ignored" => count.skipped = number,
            _ => {}
        }
    }
    Some(count)
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
    }
    #[derive(Deserialize)]
    struct Profile {
        test: bool,
    }
    let message: Message = serde_json::from_str(line).ok()?;
    if message.reason != "compiler-artifact" || !message.profile.test {
        return None;
    }
    let story = Path::new(&message.manifest_path).parent()?.ends_with(STORIES);
    Some(Binary { name: message.target.name, path: message.executable?, story, tests: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_a_binary_says() {
        let line = "test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 4 filtered out; finished in 0.1s";
        assert_eq!(summary(line), Some(Count { passed: 3, failed: 1, skipped: 2 }));
        assert_eq!(summary("test a::b ... ok"), None);
    }

    #[test]
    fn chooses_by_a_part_of_the_name() {
        assert_eq!(names("a::b: test\nc: bench\n"), ["a::b"]);
        assert!(chosen(&[], "x::y") && chosen(&["oo".into()], "boots::b") && !chosen(&["z".into()], "boots::b"));
    }

    #[test]
    fn finds_test_binaries() {
        let line = r#"{"reason":"compiler-artifact","manifest_path":"/src/qemu-tests/Cargo.toml","target":{"name":"boots"},
            "profile":{"test":true},"executable":"/target/debug/deps/boots-1"}"#;
        let binary = artifact(line).unwrap();
        assert_eq!((binary.name.as_str(), binary.story), ("boots", true));
        assert!(artifact("warning: x").is_none());
    }
}
