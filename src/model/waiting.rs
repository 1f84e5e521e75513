//! How long an apply waits for a layer.

use std::time::Duration;

use jiff::SpanRelativeTo;
use serde::{Deserialize, Serialize};

/// How long an apply waits for a layer to become ready, on targets where something runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// Whether it is waited for at all. Its hooks always are, as by Helm.
    pub wait: bool,
    /// At most so many seconds: for its objects together, and for each of its hooks.
    pub seconds: u32,
}

impl Waiting {
    /// As a duration.
    pub fn timeout(self) -> Duration {
        Duration::from_secs(u64::from(self.seconds))
    }
}

impl Default for Waiting {
    /// Five minutes, as Helm's `--timeout`. Helm waits for objects only with `--wait`; we do unless told otherwise, since
    /// the next layers build on this one.
    fn default() -> Self {
        Self {
            wait: true,
            seconds: 300,
        }
    }
}

/// What a document says of a layer's [`Waiting`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaitingWish {
    /// Whether the layer is waited for.
    pub wait: Option<bool>,
    /// At most how long.
    pub timeout: Option<Duration>,
}

impl WaitingWish {
    /// This wish, with another one where it says nothing.
    #[must_use]
    pub fn or(self, under: Self) -> Self {
        Self {
            wait: self.wait.or(under.wait),
            timeout: self.timeout.or(under.timeout),
        }
    }

    /// What comes of it.
    pub fn settled(self) -> Waiting {
        let default = Waiting::default();
        let seconds = |timeout: Duration| {
            let whole = timeout.as_secs().max(1);
            u32::try_from(whole).unwrap_or(u32::MAX)
        };
        Waiting {
            wait: self.wait.unwrap_or(default.wait),
            seconds: self.timeout.map_or(default.seconds, seconds),
        }
    }
}

/// A time such as `30s`, `5m`, `1h30m`, `30d`. A day has 24 hours.
///
/// # Errors
/// When it is none, or is negative.
pub fn duration(text: &str) -> Result<Duration, String> {
    let span: Result<jiff::Span, _> = text.parse();
    let time = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    let time = time.map_err(|_| "write a time such as 30s, 5m, 1h30m or 30d".to_owned())?;
    Duration::try_from(time).map_err(|_| "a time is not negative".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_completed_by_another_and_by_the_default() {
        let minutes = |minutes: u64| Some(Duration::from_secs(minutes * 60));
        let profile = WaitingWish {
            wait: None,
            timeout: minutes(10),
        };
        let cluster = WaitingWish {
            wait: Some(false),
            timeout: None,
        };
        assert_eq!(WaitingWish::default().settled(), Waiting::default());
        let both = cluster.or(profile).settled();
        assert_eq!((both.wait, both.seconds), (false, 600));
        let shorter = WaitingWish {
            wait: None,
            timeout: minutes(1),
        };
        assert_eq!(shorter.or(profile).settled().seconds, 60);
    }

    #[test]
    fn times_are_read_up_to_days() {
        for (text, seconds) in [
            ("30s", 30),
            ("5m", 300),
            ("1h30m", 5_400),
            ("30d", 2_592_000),
            ("1d 12h", 129_600),
            ("2w", 1_209_600),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "30", "1mo", "1y", "soon", "-5m"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
