//! The way out: the threads that wait for answers, for everybody else to block on.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use tokio::runtime::{Builder, Runtime};

use super::RemoteError;
use super::http::Timing;

/// So many threads wait for answers; what blocks on them are the threads that ask.
const WORKERS: usize = 2;

/// The way out. Its threads are started when the first request is made.
pub struct Network {
    offline: bool,
    timing: Timing,
    runtime: Mutex<Option<Runtime>>,
}

impl Network {
    /// The network, or with `offline` a wall in its place.
    pub fn new(offline: bool) -> Arc<Self> {
        Self::with_timing(offline, Timing::default())
    }

    /// The network with other patience than usual: for tests.
    pub fn with_timing(offline: bool, timing: Timing) -> Arc<Self> {
        Arc::new(Self {
            offline,
            timing,
            runtime: Mutex::new(None),
        })
    }

    /// Whether nothing may be asked.
    pub fn is_offline(&self) -> bool {
        self.offline
    }

    /// How long is waited for answers, and between tries.
    pub fn timing(&self) -> &Timing {
        &self.timing
    }

    /// Runs a future on the network's own threads and blocks until it is done. May be called from any thread, also from one
    /// of rayon's or of another runtime.
    ///
    /// # Errors
    /// When the system gives no threads, or the future panics.
    pub fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, RemoteError> {
        let (send, receive) = mpsc::sync_channel(1);
        let task = async move {
            // Whoever asked may be gone after a panic of its own.
            let _ = send.send(future.await);
        };
        self.spawn(task)
            .map_err(|error| RemoteError::Threads(error.to_string()))?;
        receive
            .recv()
            .map_err(|_| RemoteError::Threads("a request came to no end".to_owned()))
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let mut runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        let runtime = match &mut *runtime {
            Some(runtime) => runtime,
            empty => {
                let started = Builder::new_multi_thread()
                    .worker_threads(WORKERS)
                    .thread_name("network")
                    .enable_all()
                    .build()?;
                empty.insert(started)
            }
        };
        runtime.spawn(task);
        Ok(())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let runtime = self.runtime.get_mut();
        if let Some(runtime) = runtime.unwrap_or_else(PoisonError::into_inner).take() {
            // A plain drop waits for tasks, which must not be done on a thread of another runtime.
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Network")
            .field("offline", &self.offline)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use rayon::prelude::*;

    use super::Network;

    #[test]
    fn futures_run_from_any_thread() {
        let network = Network::new(false);
        let twice = |number: u32| network.run(async move { 2 * number }).unwrap();
        assert_eq!(twice(1), 2);
        let from_rayon: Vec<u32> = (0..100_u32).into_par_iter().map(twice).collect();
        assert_eq!(from_rayon, (0..100).map(|n| 2 * n).collect::<Vec<_>>());
        let other = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        assert_eq!(other.block_on(async { twice(21) }), 42);
        // Dropped on a thread of another runtime, too.
        other.block_on(async { drop(network) });
    }

    #[test]
    fn a_future_that_panics_is_an_error() {
        let network = Network::new(false);
        let came = network.run(async {
            assert!(std::hint::black_box(false), "as intended");
        });
        assert!(came.is_err());
        assert_eq!(network.run(async { 1 }), Ok(1));
    }
}
