//! The lock: one writer at a time, held by the operating system.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StateError;

/// The longest pause between two looks at a lock that others hold.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// How long is always waited: who has just taken the lock has not yet said who it is, and who only looks at it holds it
/// for a moment.
const INTRODUCTION: Duration = Duration::from_millis(50);

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The user.
    pub user: String,
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// What it does: `apply`.
    pub command: String,
    /// Since when.
    pub since: Timestamp,
}

impl Holder {
    /// This process, doing `command`, from now on.
    pub fn here(command: &str) -> Self {
        let user = ["USER", "LOGNAME"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()))
            .unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
        Self {
            user,
            host: rustix::system::uname()
                .nodename()
                .to_string_lossy()
                .into_owned(),
            pid: std::process::id(),
            command: command.to_owned(),
            since: Timestamp::now(),
        }
    }

    /// User and host, as a [`super::RevisionStart`] wants them.
    pub fn who(&self) -> String {
        format!("{}@{}", self.user, self.host)
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}@{} (process {}) since {:.0}: {}",
            self.user, self.host, self.pid, self.since, self.command
        )
    }
}

/// The lock of a state. It is free again when this is dropped, or when the process ends in whatever way.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// How a lock was found by [`Lock::status`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockStatus {
    /// Nobody holds it.
    Free {
        /// Who held it when it was killed, if so.
        left_by: Option<Holder>,
    },
    /// Somebody holds it, who may not have said who it is.
    Held(Option<Holder>),
}

impl Lock {
    /// Takes the lock, or waits until it is free, at most `timeout` long; without one it does not wait. Blocks the
    /// thread: see [`Lock::acquire_async`].
    ///
    /// # Errors
    /// [`StateError::Locked`] when others hold it, or when the file beside the state cannot be written.
    pub fn acquire(
        state: &Path,
        holder: &Holder,
        timeout: Option<Duration>,
    ) -> Result<Self, StateError> {
        let mut waiting = Waiting::new(timeout);
        loop {
            match Self::try_acquire(state, holder)? {
                Ok(lock) => return Ok(lock),
                Err(other) => std::thread::sleep(waiting.pause(state, other)?),
            }
        }
    }

    /// As [`Lock::acquire`], but waits without blocking the thread; needs tokio's clock. Dropping the future stops it.
    ///
    /// # Errors
    /// As [`Lock::acquire`].
    pub async fn acquire_async(
        state: &Path,
        holder: &Holder,
        timeout: Option<Duration>,
    ) -> Result<Self, StateError> {
        let mut waiting = Waiting::new(timeout);
        loop {
            match Self::try_acquire(state, holder)? {
                Ok(lock) => return Ok(lock),
                Err(other) => tokio::time::sleep(waiting.pause(state, other)?).await,
            }
        }
    }

    /// Says whether anybody holds the lock, and who. There is nothing to break: a lock cannot be left behind. What a
    /// killed process wrote into the file is cleared.
    ///
    /// # Errors
    /// When the file beside the state is there and cannot be opened.
    pub fn status(state: &Path) -> Result<LockStatus, StateError> {
        let path = lock_path(state);
        let file = match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(LockStatus::Free { left_by: None });
            }
            Err(error) => return Err(StateError::io("open", &path, error)),
        };
        match file.try_lock() {
            Ok(()) => {
                let left_by = read_holder(&file);
                drop(Self { file });
                Ok(LockStatus::Free { left_by })
            }
            Err(TryLockError::WouldBlock) => Ok(LockStatus::Held(read_holder(&file))),
            Err(TryLockError::Error(error)) => Err(StateError::io("lock", &path, error)),
        }
    }

    /// Takes the lock if it is free; otherwise says who holds it, if that is known.
    fn try_acquire(
        state: &Path,
        holder: &Holder,
    ) -> Result<Result<Self, Option<Holder>>, StateError> {
        let path = lock_path(state);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| StateError::io("make the folder", folder, error))?;
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| StateError::io("open", &path, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Err(read_holder(&file))),
            Err(TryLockError::Error(error)) => return Err(StateError::io("lock", &path, error)),
        }
        let mut lock = Self { file };
        lock.introduce(holder)
            .map_err(|error| StateError::io("write", &path, error))?;
        Ok(Ok(lock))
    }

    fn introduce(&mut self, holder: &Holder) -> std::io::Result<()> {
        let text = serde_json::to_vec(holder)?;
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&text)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file releases the lock; the text goes first, and if it stays it hinders nobody.
        let _ = self.file.set_len(0);
    }
}

/// The file that is locked: `<state>.lock` beside the state. It stays there, since removing it would let two processes
/// lock two files of the same name.
fn lock_path(state: &Path) -> PathBuf {
    let mut path = state.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}

/// Who wrote into the file, if anybody did.
fn read_holder(mut file: &File) -> Option<Holder> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(64 * 1024).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// How long to wait for a lock, with pauses that grow.
struct Waiting {
    begin: Instant,
    timeout: Duration,
    next: Duration,
}

impl Waiting {
    fn new(timeout: Option<Duration>) -> Self {
        Self {
            begin: Instant::now(),
            timeout: timeout.unwrap_or_default().max(INTRODUCTION),
            next: Duration::from_millis(10),
        }
    }

    /// How long to sleep before the next look.
    fn pause(&mut self, state: &Path, holder: Option<Holder>) -> Result<Duration, StateError> {
        let left = self.timeout.saturating_sub(self.begin.elapsed());
        if left.is_zero() {
            return Err(StateError::Locked {
                path: state.to_owned(),
                holder: holder.map_or_else(
                    || "a process that has not said who it is".to_owned(),
                    |holder| holder.to_string(),
                ),
            });
        }
        let pause = self.next.min(left);
        self.next = (self.next * 2).min(LONGEST_PAUSE);
        Ok(pause)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn holder(command: &str) -> Holder {
        Holder {
            user: "anna".to_owned(),
            host: "build-7".to_owned(),
            pid: 4711,
            command: command.to_owned(),
            since: "2026-03-01T10:00:00.25Z".parse().unwrap(),
        }
    }

    #[test]
    fn the_second_one_is_told_who_was_first() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("deep/state.db");
        let lock = Lock::acquire(&state, &holder("apply"), None).unwrap();
        let error = Lock::acquire(&state, &holder("destroy"), None)
            .unwrap_err()
            .to_string();
        let wanted = format!(
            "the state {} is locked by anna@build-7 (process 4711) since 2026-03-01T10:00:00Z: apply",
            state.display()
        );
        assert_eq!(error, wanted);
        assert_eq!(
            Lock::status(&state).unwrap(),
            LockStatus::Held(Some(holder("apply")))
        );
        drop(lock);
        assert_eq!(
            Lock::status(&state).unwrap(),
            LockStatus::Free { left_by: None }
        );
        Lock::acquire(&state, &holder("destroy"), None).unwrap();
    }

    #[test]
    fn what_a_dead_process_left_hinders_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.db");
        let text = serde_json::to_string(&holder("apply")).unwrap();
        for (text, left_by) in [
            (text.as_str(), Some(holder("apply"))),
            ("half a te", None),
            ("", None),
        ] {
            std::fs::write(lock_path(&state), text).unwrap();
            Lock::acquire(&state, &holder("plan"), None).unwrap();
            std::fs::write(lock_path(&state), text).unwrap();
            assert_eq!(Lock::status(&state).unwrap(), LockStatus::Free { left_by });
            assert_eq!(std::fs::read(lock_path(&state)).unwrap(), b"");
        }
    }

    #[test]
    fn asking_makes_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.db");
        assert_eq!(
            Lock::status(&state).unwrap(),
            LockStatus::Free { left_by: None }
        );
        assert!(!lock_path(&state).exists());
    }

    #[test]
    fn who_waits_gets_it_when_it_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.db");
        let first = Lock::acquire(&state, &holder("first"), None).unwrap();
        std::thread::scope(|scope| {
            let second = scope
                .spawn(|| Lock::acquire(&state, &holder("second"), Some(Duration::from_secs(60))));
            drop(first);
            second.join().unwrap().unwrap();
        });
    }

    #[tokio::test]
    async fn waiting_without_blocking_ends_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.db");
        let lock = Lock::acquire_async(&state, &holder("first"), None)
            .await
            .unwrap();
        let begin = Instant::now();
        let second =
            Lock::acquire_async(&state, &holder("second"), Some(Duration::from_millis(80))).await;
        assert!(matches!(second, Err(StateError::Locked { .. })));
        assert!(begin.elapsed() >= Duration::from_millis(80));
        drop(lock);
    }

    #[test]
    fn only_one_of_many_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.db");
        let inside = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let holder = Holder::here("test");
                    let lock =
                        Lock::acquire(&state, &holder, Some(Duration::from_secs(60))).unwrap();
                    let before = inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    assert_eq!(before, 0);
                    inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    drop(lock);
                });
            }
        });
    }
}
