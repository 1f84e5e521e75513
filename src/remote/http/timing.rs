//! How long is waited, and how often something is tried.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

/// What time it is, and how it passes.
pub trait Clock: Send + Sync {
    /// The time.
    fn now(&self) -> Timestamp;
    /// Waits.
    fn sleep(&self, time: Duration);
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// How long is waited, and how often something is tried.
#[derive(Clone)]
pub struct Timing {
    /// How long a connection may take to come about.
    pub connect: Duration,
    /// How long nothing may come, of headers or of a body.
    pub stall: Duration,
    /// How often something is tried in all.
    pub tries: u32,
    /// What waits between tries.
    pub clock: Arc<dyn Clock>,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            tries: 5,
            clock: Arc::new(SystemClock),
        }
    }
}

impl fmt::Debug for Timing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Timing")
            .field("connect", &self.connect)
            .field("stall", &self.stall)
            .field("tries", &self.tries)
            .finish_non_exhaustive()
    }
}
