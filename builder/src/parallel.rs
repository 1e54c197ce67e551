//! The same work for many things, on all processors.
//!
//! Invariant: the answers are in the order of the things, whichever processor was quicker.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Does something with each item. `state` makes what a processor keeps from one item to the next.
pub(crate) fn each<T: Sync, S, R: Send, E: Send>(
    items: &[T],
    state: impl Fn() -> Result<S, E> + Sync,
    work: impl Fn(&mut S, &T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let next = AtomicUsize::new(0);
    let some = || -> Result<Vec<(usize, R)>, E> {
        let (mut kept, mut done) = (state()?, Vec::new());
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number) else { return Ok(done) };
            done.push((number, work(&mut kept, item)?));
        }
    };
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let mut all = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..processors).map(|_| scope.spawn(some)).collect();
        let mut all = Vec::new();
        for thread in threads {
            match thread.join() {
                Ok(done) => all.extend(done?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(all)
    })?;
    all.sort_by_key(|(number, _)| *number);
    Ok(all.into_iter().map(|(_, answer)| answer).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_in_order_and_errors_are_told() {
        let items: Vec<u32> = (0..1000).collect();
        let state = || Ok::<u32, String>(0);
        let doubled = each(&items, state, |count, item| {
            *count += 1;
            Ok(item * 2)
        });
        assert_eq!(doubled, Ok(items.iter().map(|item| item * 2).collect()));
        let odd = each(&items, state, |_, item| if *item == 77 { Err("77".to_owned()) } else { Ok(()) });
        assert_eq!(odd, Err("77".to_owned()));
        assert_eq!(each(&[] as &[u32], state, |_, item| Ok(*item)), Ok(vec![]));
    }
}
