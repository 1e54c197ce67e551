//! Runs the real builder on a copy of this workspace, with a cache that begins as that of `ilanga test`.
//!
//! `ilanga test` names its cache in `ILANGA_TEST_CACHE` (read-only) and a folder for much data in
//! `ILANGA_TEST_SCRATCH`. Without them there is nothing to build from, and such a test is skipped.

#![allow(dead_code, reason = "not every test binary uses all of it")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// How long any run may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(300);

/// A workspace and a cache of their own.
pub(crate) struct Bench {
    folder: TempDir,
    real: Option<PathBuf>,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Bench {
    /// A copy of the workspace, and an empty cache.
    pub(crate) fn bare() -> Self {
        let scratch = std::env::var_os("ILANGA_TEST_SCRATCH").map_or_else(std::env::temp_dir, PathBuf::from);
        let bench = Self { folder: TempDir::new_in(scratch).unwrap(), real: None };
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let manifest: toml::Table = fs::read_to_string(source.join("Cargo.toml")).unwrap().parse().unwrap();
        let members =
            manifest["workspace"]["members"].as_array().unwrap().iter().map(|member| member.as_str().unwrap());
        for name in ["Cargo.toml", "Cargo.lock", "images", "overlays"].into_iter().chain(members) {
            copy(&source.join(name), &bench.workspace().join(name));
        }
        fs::create_dir_all(bench.cache()).unwrap();
        bench
    }

    /// The same with what is cached already; `None`, and a line that says so, if there is nothing.
    pub(crate) fn cached() -> Option<Self> {
        let Some(real) = std::env::var_os("ILANGA_TEST_CACHE").map(PathBuf::from) else {
            println!("skipped: `ilanga test` runs this, with ILANGA_TEST_CACHE");
            return None;
        };
        let bench = Self { real: Some(real.clone()), ..Self::bare() };
        for folder in fs::read_dir(&real).unwrap() {
            let folder = folder.unwrap();
            let name = folder.file_name().into_string().unwrap();
            let changes = ["compiled", "tests"].contains(&name.as_str());
            if !folder.path().is_dir() || name.contains('-') && name != "development-keys" || changes {
                continue;
            }
            fs::create_dir(bench.cache().join(&name)).unwrap();
            for entry in fs::read_dir(folder.path()).unwrap() {
                let path = entry.unwrap().path();
                let made = path.extension().is_none_or(|ext| ext != "lock" && ext != "partial" && ext != "part");
                if made && !path.file_name().unwrap().to_string_lossy().starts_with('.') {
                    symlink(&path, bench.cache().join(&name).join(path.file_name().unwrap())).unwrap();
                }
            }
        }
        Some(bench)
    }

    pub(crate) fn workspace(&self) -> PathBuf {
        self.folder.path().join("workspace")
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.folder.path().join("cache/ilanga")
    }

    /// A folder for artefacts, keys and the like.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the file of this name is of the image's configuration.
    pub(crate) fn image(&self, name: &str) -> PathBuf {
        self.workspace().join("images/mini-pc").join(name)
    }

    /// Replaces text in a file of the image's configuration.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.image(name)).unwrap();
        assert!(text.contains(from), "{name} has no '{from}'");
        fs::write(self.image(name), text.replacen(from, to, 1)).unwrap();
    }

    /// Takes something out of the cache.
    pub(crate) fn forget(&self, path: &str) {
        let path = self.cache().join(path);
        if path.symlink_metadata().unwrap().is_dir() {
            fs::remove_dir_all(&path).unwrap();
            fs::create_dir(&path).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
    }

    /// The first package of the tools tree: the end of its URL, its digest, and its content.
    pub(crate) fn first_tool(&self) -> (String, String, Vec<u8>) {
        let lock = fs::read_to_string(self.workspace().join("images/tools.lock")).unwrap();
        let value = |name: &str| {
            let line = lock.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = ")).unwrap();
            line.trim_matches('"').to_owned()
        };
        let sha256 = value("sha256");
        let content = fs::read(self.real.as_ref().unwrap().join("packages").join(format!("{sha256}.deb"))).unwrap();
        (value("filename"), sha256, content)
    }

    /// Starts the builder.
    pub(crate) fn start(&self, arguments: &[&str]) -> Run {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ilanga"))
            .args(arguments)
            .current_dir(self.workspace())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("XDG_CACHE_HOME", self.folder.path().join("cache"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let stderr = child.stderr.take().unwrap();
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines() {
                let _ = sender.send(line.unwrap());
            }
        });
        Run { child, lines, err: String::new(), began: Instant::now() }
    }

    /// Runs the builder to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.start(arguments).end()
    }

    /// Runs the builder, which must refuse; its message, without this bench's folder, is printed for people.
    pub(crate) fn refused(&self, arguments: &[&str], expected: &[&str]) -> Said {
        let said = self.run(arguments);
        self.check(&said, 1, expected);
        said
    }

    /// Whether a run ended with this code, and said this.
    pub(crate) fn check(&self, said: &Said, code: i32, expected: &[&str]) {
        let shown = said.err.replace(&self.folder.path().display().to_string(), "");
        println!("    {}", shown.trim_end().replace('\n', "\n    "));
        assert_eq!(said.code, code, "{shown}");
        for part in expected {
            assert!(said.err.contains(part), "'{part}' was expected: {shown}");
        }
        let causes: Vec<&str> =
            shown.lines().rfind(|line| line.starts_with("error: ")).unwrap_or_default().split(": ").collect();
        for (i, cause) in causes.iter().enumerate() {
            let twice = cause.len() > 20 && causes[..i].contains(cause);
            assert!(!twice, "it says the same twice: {cause}");
        }
    }
}

/// A run that goes on.
pub(crate) struct Run {
    child: Child,
    lines: Receiver<String>,
    err: String,
    began: Instant,
}

impl Run {
    /// Waits until the builder says a line that begins so.
    pub(crate) fn wait_for(&mut self, start: &str) {
        while self.began.elapsed() < PATIENCE {
            match self.lines.recv_timeout(Duration::from_secs(1)) {
                Ok(line) => {
                    self.err.push_str(&line);
                    self.err.push('\n');
                    if line.starts_with(start) {
                        return;
                    }
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
        panic!("'{start}' did not come: {}", self.err);
    }

    /// Sends a signal, as a terminal or a service manager does.
    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> Said {
        let mut out = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        for line in self.lines {
            self.err.push_str(&line);
            self.err.push('\n');
        }
        Said { code, out, err: self.err }
    }
}

/// A mirror that has one file, whatever it is asked for; returns its URL.
pub(crate) fn mirror(content: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            let request: Vec<_> =
                BufReader::new(&stream).lines().map_while(Result::ok).take_while(|l| !l.is_empty()).collect();
            let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", content.len());
            if !request.is_empty() {
                let _ = (&stream).write_all(head.as_bytes()).and_then(|()| (&stream).write_all(&content));
            }
        }
    });
    url
}

/// Copies a file or folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    let kind = from.symlink_metadata().unwrap();
    if kind.is_symlink() {
        symlink(fs::read_link(from).unwrap(), to).unwrap();
    } else if kind.is_dir() {
        fs::create_dir(to).unwrap();
        fs::set_permissions(to, kind.permissions()).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

/// The names of what is in a folder, except locks.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.ends_with(".lock")).collect();
    names.sort();
    names
}
