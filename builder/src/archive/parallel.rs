//! The same work on many things at once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Runs `work` on each item, on at most `jobs` threads, and returns the results in the items' order.
///
/// Items are begun in their order. After the first failure no further item is begun; of several failures the one of
/// the first item is returned.
pub(crate) fn map<T: Sync, R: Send, E: Send>(
    items: &[T],
    jobs: usize,
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    let run = || {
        let mut mine = Vec::new();
        while !failed.load(Ordering::Relaxed) {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(i) else { break };
            let result = work(item);
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            mine.push((i, result));
        }
        done.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).append(&mut mine);
    };
    thread::scope(|scope| {
        for _ in 1..jobs.min(items.len()) {
            scope.spawn(run);
        }
        run();
    });
    let mut done = done.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order() {
        let items: Vec<usize> = (0..100).collect();
        for jobs in [0, 1, 3, 200] {
            let doubled: Result<Vec<_>, ()> = map(&items, jobs, |i| Ok(i * 2));
            assert_eq!(doubled.unwrap(), items.iter().map(|i| i * 2).collect::<Vec<_>>());
        }
        assert_eq!(map(&[], 4, |_: &u8| Ok::<_, ()>(0)), Ok(Vec::new()));
    }

    #[test]
    fn stops_at_a_failure() {
        let items: Vec<usize> = (0..1000).collect();
        let begun = AtomicUsize::new(0);
        let result = map(&items, 2, |&i| {
            begun.fetch_add(1, Ordering::Relaxed);
            if i == 3 { Err(i) } else { Ok(()) }
        });
        assert_eq!(result, Err(3));
        assert!(begun.load(Ordering::Relaxed) <= 1000);
    }
}
