//! Making writes durable, many at once.
//!
//! A layer has a handful of small files. Flushing each of them, and its folder, would cost two journal commits of the
//! file system a file. Instead all writes that have ended when a flush begins share it: one `syncfs` for the whole file
//! system, and the next one for those that ended meanwhile. `syncfs` also reports data that could not be written since
//! the file system was opened here, which a flush of single files would miss after they are closed.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

use rustix::fs::fstat;
use rustix::io::Errno;
use tokio::sync::oneshot;

/// The file systems that targets of this process write to, by device.
static GROUPS: LazyLock<Mutex<HashMap<u64, Weak<Group>>>> = LazyLock::new(Mutex::default);

/// Everybody who writes to one file system.
#[derive(Debug)]
pub(super) struct Group {
    /// Any folder of the file system.
    folder: OwnedFd,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Whether somebody flushes now, and will flush again for those that wait.
    led: bool,
    waiting: Vec<oneshot::Sender<Result<(), Errno>>>,
}

impl Group {
    /// The group of the file system that a folder is on.
    pub(super) fn of(folder: impl AsFd) -> Result<Arc<Self>, Errno> {
        let folder = folder.as_fd();
        let device = fstat(folder)?.st_dev;
        let mut groups = lock(&GROUPS);
        if let Some(group) = groups.get(&device).and_then(Weak::upgrade) {
            return Ok(group);
        }
        let folder = folder
            .try_clone_to_owned()
            .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::MFILE))?;
        let group = Arc::new(Self {
            folder,
            state: Mutex::default(),
        });
        groups.retain(|_, group| group.strong_count() > 0);
        groups.insert(device, Arc::downgrade(&group));
        Ok(group)
    }

    /// Returns when everything that was written before the call is on the disk.
    pub(super) async fn flush(self: &Arc<Self>) -> io::Result<()> {
        loop {
            let (answer, leader) = self.enlist();
            if let Some(leader) = leader {
                tokio::task::spawn_blocking(move || leader.lead());
            }
            // Without an answer the leader's runtime has gone: somebody else must lead.
            if let Ok(answer) = answer.await {
                return answer.map_err(io::Error::from);
            }
        }
    }

    /// The same for callers that may block. Must not be called on a runtime's own threads.
    pub(super) fn flush_now(self: &Arc<Self>) -> io::Result<()> {
        loop {
            let (answer, leader) = self.enlist();
            if let Some(leader) = leader {
                leader.lead();
            }
            if let Ok(answer) = answer.blocking_recv() {
                return answer.map_err(io::Error::from);
            }
        }
    }

    fn enlist(self: &Arc<Self>) -> (oneshot::Receiver<Result<(), Errno>>, Option<Leader>) {
        let (sender, answer) = oneshot::channel();
        let mut state = lock(&self.state);
        state.waiting.push(sender);
        let leader = (!state.led).then(|| Leader {
            group: Arc::clone(self),
            done: false,
        });
        state.led = true;
        (answer, leader)
    }
}

/// Who flushes for the group, until nobody waits any more.
struct Leader {
    group: Arc<Group>,
    done: bool,
}

impl Leader {
    fn lead(mut self) {
        loop {
            let waiting = {
                let mut state = lock(&self.group.state);
                if state.waiting.is_empty() {
                    state.led = false;
                    self.done = true;
                    return;
                }
                std::mem::take(&mut state.waiting)
            };
            let result = rustix::io::retry_on_intr(|| flush(&self.group.folder));
            for waiter in waiting {
                // Who no longer waits needs no answer.
                let _ = waiter.send(result);
            }
        }
    }
}

impl Drop for Leader {
    /// A leader that never led, because its runtime has gone, makes place for another one.
    fn drop(&mut self) {
        if !self.done {
            let mut state = lock(&self.group.state);
            state.led = false;
            state.waiting.clear();
        }
    }
}

#[cfg(target_os = "linux")]
fn flush(folder: &OwnedFd) -> Result<(), Errno> {
    rustix::fs::syncfs(folder)
}

#[cfg(not(target_os = "linux"))]
fn flush(_folder: &OwnedFd) -> Result<(), Errno> {
    rustix::fs::sync();
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
