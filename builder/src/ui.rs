//! What people see while the builder works: which stage runs, how far it is, how long each took.
//!
//! Everything goes to standard error, so that standard output is a machine's. Without a terminal there are no bars.

use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use formats::size::Bytes;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The progress of one command. Cheap to clone; clones speak of the same command.
#[derive(Clone, Debug)]
pub(crate) struct Ui {
    state: Arc<Mutex<State>>,
    bar: ProgressBar,
    verbose: bool,
}

#[derive(Debug, Default)]
struct State {
    stage: String,
    cached: bool,
    timings: Vec<Timing>,
}

/// How long a stage took.
#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct Timing {
    /// The stage.
    pub(crate) stage: String,
    /// Seconds.
    pub(crate) seconds: f64,
    /// Whether its result was there already.
    pub(crate) cached: bool,
    /// Whether it ran beside other stages, whose time is not its own.
    pub(crate) beside: bool,
}

impl Ui {
    /// Speaks to the terminal, if there is one. `verbose` shows what programs say.
    pub(crate) fn new(verbose: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        Self { state: Arc::default(), bar, verbose }
    }

    /// Runs a stage: shows that it runs, and keeps how long it took.
    pub(crate) fn stage<T>(&self, name: &str, work: impl FnOnce() -> T) -> T {
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            name.clone_into(&mut state.stage);
            state.cached = false;
        }
        let terminal = std::io::stderr().is_terminal();
        if terminal {
            self.bar.reset();
            self.bar.set_style(ProgressStyle::default_spinner());
            self.bar.set_message(name.to_owned());
            self.bar.enable_steady_tick(Duration::from_millis(100));
        } else {
            eprintln!("{name}");
        }
        let start = Instant::now();
        let result = work();
        let took = start.elapsed();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let cached = state.cached;
        state.timings.push(Timing { stage: name.to_owned(), seconds: took.as_secs_f64(), cached, beside: false });
        if terminal {
            self.bar.disable_steady_tick();
            self.bar.suspend(|| {
                let note = if cached { "cached".to_owned() } else { format!("{:.1} s", took.as_secs_f64()) };
                eprintln!("{name:<60} {note:>8}");
            });
        }
        result
    }

    /// Runs something beside the stages that are shown, and keeps how long it took.
    pub(crate) fn beside<T>(&self, name: &str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        let seconds = start.elapsed().as_secs_f64();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.timings.push(Timing { stage: name.to_owned(), seconds, cached: false, beside: true });
        result
    }

    /// Says that the running stage found its result.
    pub(crate) fn cached(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).cached = true;
    }

    /// Shows how far the running stage is.
    pub(crate) fn bytes(&self, done: u64, total: u64) {
        if std::io::stderr().is_terminal() {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            self.bar.set_message(format!("{}: {} of {}", state.stage, Bytes(done), Bytes(total)));
        }
    }

    /// What a program said.
    pub(crate) fn line(&self, line: &str) {
        if self.verbose {
            self.bar.suspend(|| eprintln!("  {line}"));
        } else if std::io::stderr().is_terminal() {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let line: String = line.chars().take(40).collect();
            self.bar.set_message(format!("{}: {line}", state.stage));
        }
    }

    /// Something that a person should read.
    pub(crate) fn note(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }

    /// The stage that runs, or ran last.
    pub(crate) fn current(&self) -> String {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stage.clone()
    }

    /// How long each stage took, in the order in which they ended.
    pub(crate) fn timings(&self) -> Vec<Timing> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).timings.clone()
    }

    /// Clears what is shown of a running stage.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
