//! The target itself.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use tokio::sync::Semaphore;

use crate::model::{Key, ObjectKey, SecretPolicy, Seen};
use crate::target::{self, Ask, IndexEntry, Observation, Operation, Outcome, Target, TargetError};

use super::durable::Group;
use super::folder::Base;
use super::write::Written;

/// How many calls work on files at the same time in this process. More would not be faster, and each keeps a few files
/// open.
static BUSY: Semaphore = Semaphore::const_new(64);

/// A folder of files, one an object. Cheap to clone; opening it looks at nothing.
#[derive(Clone, Debug)]
pub struct DirectoryTarget(Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) base: Base,
    pub(super) secrets: SecretPolicy,
    pub(super) key: Key,
    /// Whether the folder was made by this very value, so that nothing can have been left in it before.
    pub(super) made: AtomicBool,
}

impl DirectoryTarget {
    /// The target in the folder `path`, relative to the project's root. Contents are told apart by hashes under `key`.
    ///
    /// # Errors
    /// When the path is absolute or has `..` in it.
    pub fn open(
        root: &Path,
        path: &Path,
        secrets: SecretPolicy,
        key: Key,
    ) -> Result<Self, TargetError> {
        Ok(Self(Arc::new(Inner {
            base: Base::new(root, path)?,
            secrets,
            key,
            made: AtomicBool::new(false),
        })))
    }

    /// [`Target::observe`] for callers that may block.
    ///
    /// # Errors
    /// When the folder cannot be looked at.
    pub fn observe_now(&self, ask: &Ask) -> Result<Observation, TargetError> {
        self.0.observe(ask)
    }

    /// [`Target::apply`] for callers that may block, which the threads of a runtime may not.
    pub fn apply_now(&self, operations: &[Operation]) -> Vec<Result<Option<Seen>, TargetError>> {
        let written = self.0.apply(operations);
        let flushed = written.group.as_ref().map_or(Ok(()), Group::flush_now);
        self.0.answer(written, flushed)
    }

    /// [`Target::seal`] for callers that may block, which the threads of a runtime may not.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn seal_now(&self, order: &[IndexEntry]) -> Result<Option<Seen>, TargetError> {
        let (seen, group) = self.0.seal(order)?;
        group
            .as_ref()
            .map_or(Ok(()), Group::flush_now)
            .map_err(|source| self.0.unflushed(source))?;
        Ok(seen)
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce(&Inner) -> T + Send + 'static) -> T {
        let permit = BUSY.acquire().await.expect("nobody closes the semaphore");
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(&inner)).await;
        drop(permit);
        match done {
            Ok(done) => done,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is being shut down, and nobody waits for an answer any more.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

impl Inner {
    /// What is answered when the writes of a call have been flushed, or not. Without the flush the last operation counts
    /// as failed: the objects are there and will be looked at again.
    fn answer(
        &self,
        written: Written,
        flushed: std::io::Result<()>,
    ) -> Vec<Result<Option<Seen>, TargetError>> {
        let mut answers = written.answers;
        if let Err(source) = flushed
            && let Some(last @ Ok(_)) = answers.last_mut()
        {
            *last = Err(self.unflushed(source));
        }
        answers
    }

    fn unflushed(&self, source: std::io::Error) -> TargetError {
        TargetError::Io {
            action: "flush",
            path: self.base.path(""),
            source,
        }
    }
}

#[async_trait]
impl Target for DirectoryTarget {
    fn accepts(&self, key: &ObjectKey) -> Result<bool, TargetError> {
        match self.0.secrets {
            _ if !key.is_secret() => Ok(true),
            SecretPolicy::Write => Ok(true),
            SecretPolicy::Omit => Ok(false),
            SecretPolicy::Refuse => Err(TargetError::Refused { key: key.clone() }),
        }
    }

    async fn observe(&self, ask: Ask) -> Result<Observation, TargetError> {
        self.work(move |inner| inner.observe(&ask)).await
    }

    async fn apply(&self, operations: Vec<Operation>) -> Vec<Outcome> {
        let asked = operations.len();
        let written = self.work(move |inner| inner.apply(&operations)).await;
        let flushed = match &written.group {
            Some(group) => group.flush().await,
            None => Ok(()),
        };
        let answers = self.0.answer(written, flushed).into_iter();
        let mut outcomes: Vec<Outcome> = answers
            .map(|answer| match answer {
                Ok(seen) => Outcome::Done(target::Written {
                    seen,
                    ..target::Written::default()
                }),
                Err(error) => Outcome::Failed(error),
            })
            .collect();
        outcomes.resize_with(asked, || Outcome::Untouched);
        outcomes
    }

    async fn seal(&self, order: Vec<IndexEntry>) -> Result<Option<Seen>, TargetError> {
        let (seen, group) = self.work(move |inner| inner.seal(&order)).await?;
        if let Some(group) = group {
            let flushed = group.flush().await;
            flushed.map_err(|source| self.0.unflushed(source))?;
        }
        Ok(seen)
    }
}
