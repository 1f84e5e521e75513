//! The recorder: writes to the store from its own thread, all that is waiting in one commit.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::state::{Outcome, Record, RevisionId, StateError, Store};

/// At most so many records go into one commit, so that a commit stays short.
const BATCH: usize = 1024;

struct Job {
    records: Vec<Record>,
    done: oneshot::Sender<Result<(), Arc<StateError>>>,
}

/// The recorder's thread, which owns the store for the length of a revision.
pub(super) struct Recorder {
    jobs: mpsc::UnboundedSender<Job>,
    thread: std::thread::JoinHandle<Box<dyn Store>>,
}

/// What steps use to make their intent durable.
#[derive(Clone)]
pub(super) struct Journal(mpsc::UnboundedSender<Job>);

impl Recorder {
    /// Takes a store over for the length of a revision.
    pub(super) fn start(mut store: Box<dyn Store>, revision: RevisionId) -> Self {
        let (jobs, mut inbox) = mpsc::unbounded_channel::<Job>();
        let thread = std::thread::spawn(move || {
            while let Some(first) = inbox.blocking_recv() {
                let mut records = first.records;
                let mut waiting = vec![first.done];
                while records.len() < BATCH
                    && let Ok(job) = inbox.try_recv()
                {
                    records.extend(job.records);
                    waiting.push(job.done);
                }
                let result = store.record(revision, &records).map_err(Arc::new);
                for done in waiting {
                    // Who no longer waits has been aborted, and needs no answer.
                    let _ = done.send(result.clone());
                }
            }
            store
        });
        Self { jobs, thread }
    }

    /// What steps write through.
    pub(super) fn journal(&self) -> Journal {
        Journal(self.jobs.clone())
    }

    /// Writes the end of the revision. All journals must be dropped before.
    pub(super) async fn finish(
        self,
        revision: RevisionId,
        outcome: Outcome,
    ) -> Result<(), Arc<StateError>> {
        let Self { jobs, thread } = self;
        drop(jobs);
        let finished = tokio::task::spawn_blocking(move || {
            let mut store = thread.join().expect("the recorder does not panic");
            store.finish(revision, outcome)
        });
        finished
            .await
            .expect("finishing does not panic")
            .map_err(Arc::new)
    }
}

impl Journal {
    /// Puts records behind all that were submitted before; what is given back ends when they are durable.
    pub(super) fn submit(
        &self,
        records: Vec<Record>,
    ) -> impl Future<Output = Result<(), Arc<StateError>>> + Send + use<> {
        let (done, answer) = oneshot::channel();
        assert!(
            self.0.send(Job { records, done }).is_ok(),
            "the recorder lives as long as its journals"
        );
        async move { answer.await.expect("the recorder answers every job") }
    }

    /// Returns when the records are durable.
    pub(super) async fn record(&self, records: Vec<Record>) -> Result<(), Arc<StateError>> {
        self.submit(records).await
    }
}
