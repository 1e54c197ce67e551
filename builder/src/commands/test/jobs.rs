//! Tests as processes: a binary's tests are one, and each story is one of its own, so that several can be played at once.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::Binary;
use crate::tool::{Command, ToolError};

/// The memory that a story takes at most, in bytes: its virtual machine, and the pages of disks.
const STORY: u64 = 3 << 30;

/// A process that runs tests.
#[derive(Clone, Debug)]
pub(super) struct Job<'a> {
    pub(super) binary: &'a Binary,
    pub(super) tests: &'a [String],
}

/// How tests ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
}

impl Count {
    pub(super) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Job<'_> {
    /// What its binary is told.
    pub(super) fn arguments(&self, long: bool) -> Vec<&str> {
        let mut arguments: Vec<&str> = self.tests.iter().map(String::as_str).collect();
        arguments.push("--exact");
        if self.binary.story {
            arguments.extend(["--test-threads=1", "--nocapture"]);
        }
        if long {
            arguments.push("--include-ignored");
        }
        arguments
    }

    fn name(&self) -> String {
        match self.tests {
            [test] if self.binary.story => format!("{}::{test}", self.binary.name),
            _ => self.binary.name.clone(),
        }
    }

    /// Runs it, and gives each line that it says to `line`.
    fn run(&self, command: Command, mut line: impl FnMut(&str)) -> Count {
        let mut count = None;
        let result = command.lines(|text| {
            line(text);
            count = summary(text).or(count);
        });
        match (result, count) {
            (Ok(()) | Err(ToolError::Failed { .. }), Some(count)) => return count,
            (Err(error), _) => line(&error.to_string()),
            (Ok(()), None) => line(&format!("{} ended without saying how its tests ended", self.name())),
        }
        Count { failed: self.tests.len(), ..Count::default() }
    }
}

/// The processes that run the tests of these binaries.
pub(super) fn jobs(binaries: &[Binary]) -> Vec<Job<'_>> {
    let jobs = binaries.iter().flat_map(|binary| {
        let size = if binary.story { 1 } else { binary.tests.len() };
        binary.tests.chunks(size.max(1)).map(move |tests| Job { binary, tests })
    });
    jobs.collect()
}

/// How many processors there are.
pub(super) fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// How many stories are played at once: one for each processor, as far as the memory that is free suffices.
pub(super) fn at_once() -> usize {
    let memory = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text));
    let fit = memory.map_or(1, |bytes| usize::try_from(bytes / STORY).unwrap_or(usize::MAX));
    processors().min(fit).max(1)
}

/// Runs them, so many at once. What one of several says is shown when it has ended, so that it stays together.
pub(super) fn play<'a>(jobs: &[Job<'a>], at_once: usize, command: impl Fn(&Job<'a>) -> Command + Sync) -> Count {
    let workers = at_once.min(jobs.len());
    let waiting: Mutex<VecDeque<&Job<'_>>> = Mutex::new(jobs.iter().collect());
    let total = Mutex::new(Count::default());
    let work = || {
        while let Some(job) = take(&waiting) {
            let name = job.name();
            let count = if workers > 1 {
                println!("{name}: begins");
                let mut said = String::new();
                let count = job.run(command(job), |line| said.extend([line, "\n"]));
                println!("\n{name}\n{said}");
                count
            } else {
                println!("\n{name}");
                job.run(command(job), |line| println!("{line}"))
            };
            total.lock().unwrap_or_else(PoisonError::into_inner).add(count);
        }
    };
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    total.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn take<'j, 'a>(waiting: &Mutex<VecDeque<&'j Job<'a>>>) -> Option<&'j Job<'a>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// Reads `/proc/meminfo`: the memory that programs can still have, in bytes.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kilobytes.checked_mul(1024)
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
    fn a_story_is_a_process_of_its_own() {
        let binary = |name: &str, story| {
            let tests = vec!["a".to_owned(), "b".to_owned()];
            Binary { name: name.to_owned(), path: "/x".into(), story, tests }
        };
        let binaries = [binary("units", false), binary("boots", true)];
        let names: Vec<String> = jobs(&binaries).iter().map(Job::name).collect();
        assert_eq!(names, ["units", "boots::a", "boots::b"]);
    }

    #[test]
    fn reads_the_memory_that_is_free() {
        assert_eq!(available("MemTotal: 8 kB\nMemAvailable:    4096 kB\n"), Some(4 << 20));
        assert_eq!(available("MemTotal: 8 kB\n"), None);
    }
}
