//! Work that waits for others, several at a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// So many requests are under way at once.
const AT_ONCE: usize = 8;

/// Does something with each element, and gives what came of it in the same order. The threads wait most of the time, so
/// there are more of them than processors.
pub(super) fn in_parallel<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if let [only] = all {
        return vec![work(only)];
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(all.len()));
    thread::scope(|scope| {
        for _ in 0..all.len().min(AT_ONCE) {
            scope.spawn(|| {
                while let Some((at, element)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    all.get(at).map(|element| (at, element))
                } {
                    let result = work(element);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_stays_and_no_more_than_eight_run() {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let all: Vec<usize> = (0..100).collect();
        let doubled = in_parallel(&all, |number| {
            let now = running.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            thread::yield_now();
            running.fetch_sub(1, Ordering::SeqCst);
            2 * number
        });
        assert!(
            doubled
                .iter()
                .enumerate()
                .all(|(at, number)| 2 * at == *number)
        );
        assert!(most.into_inner() <= AT_ONCE);
        assert!(in_parallel(&[] as &[u8], |_| ()).is_empty());
    }
}
