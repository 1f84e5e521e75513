//! When a request is made again, and how long is waited before that. Every request of ours may be made twice: what we
//! apply is the whole of what we own, and what we delete is named by its uid.

use std::time::Duration;

use kube::core::Status;

use super::failure::Failure;

/// How often a request is made in all.
const TRIES: u32 = 8;

/// How long is waited before the second try at most; each time twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// How long is waited between tries, all together.
const LONGEST: Duration = Duration::from_secs(20);

/// How long is waited for a server that has never answered us: who mistyped an address wants to hear of it soon.
const LONGEST_FOR_STRANGERS: Duration = Duration::from_secs(1);

/// The tries of one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tries {
    made: u32,
    left: Duration,
}

impl Tries {
    /// None yet. `known` says whether the server has ever answered.
    pub fn new(known: bool) -> Self {
        Self {
            made: 0,
            left: if known {
                LONGEST
            } else {
                LONGEST_FOR_STRANGERS
            },
        }
    }

    /// How long to wait before the next try after one that failed; nothing when it is the last word. `asked` is what the
    /// server asks for with `Retry-After`, and `chance` is drawn anew each time, so that the many who were turned away
    /// together do not come back together.
    pub fn after(
        &mut self,
        failure: &Failure,
        asked: Option<Duration>,
        chance: u32,
    ) -> Option<Duration> {
        self.made += 1;
        if self.made >= TRIES || !passes(failure) {
            return None;
        }
        let whole = FIRST_WAIT * 2_u32.saturating_pow(self.made - 1);
        let part = whole.mul_f64(f64::from(chance) / f64::from(u32::MAX));
        let wait = (whole / 2 + part / 2).max(asked.unwrap_or_default());
        self.left = self.left.checked_sub(wait)?;
        Some(wait)
    }
}

/// Whether another try may come to something else.
pub(super) fn passes(failure: &Failure) -> bool {
    match failure {
        Failure::Silent(silence) => silence.passes,
        Failure::Said(status) | Failure::SaidLater(status) => match status.code {
            // A field that the schema does not have stays one, whatever the code says.
            500 => !status
                .message
                .contains("failed to create typed patch object"),
            429 | 502 | 503 | 504 => true,
            409 => is_race(status),
            _ => false,
        },
    }
}

/// Whether a conflict is one with somebody who was quicker, and not one that stays.
fn is_race(status: &Status) -> bool {
    let stays = |reason: &str| reason == "FieldManagerConflict" || reason == "NamespaceTerminating";
    let causes = status.details.iter().flat_map(|details| &details.causes);
    !causes.into_iter().any(|cause| stays(&cause.reason))
        && !status.message.contains("Precondition failed")
        && !status.message.contains("being deleted")
        && !status.message.contains("being terminated")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LONGEST, TRIES, Tries};
    use crate::target::kubernetes::failure::Failure;

    fn said(code: u16, message: &str) -> Failure {
        let body = serde_json::json!({"kind": "Status", "message": message, "code": code});
        Failure::said(code, body.to_string().as_bytes())
    }

    /// How long is waited in all for a server that fails for ever, and how often it is asked.
    fn waits(failure: &Failure, asked: Option<Duration>, known: bool) -> (Duration, u32) {
        let mut tries = Tries::new(known);
        let (mut waited, mut made) = (Duration::ZERO, 1);
        while let Some(wait) = tries.after(failure, asked, u32::MAX) {
            waited += wait;
            made += 1;
        }
        (waited, made)
    }

    #[test]
    fn what_passes_is_tried_a_bounded_time() {
        for failure in [
            said(429, ""),
            said(500, ""),
            said(503, ""),
            said(409, "the object has been modified"),
            Failure::passing("connection refused"),
        ] {
            let (waited, made) = waits(&failure, None, true);
            assert_eq!(made, TRIES, "{failure:?}");
            assert!(waited > Duration::from_secs(10) && waited <= LONGEST);
        }
    }

    #[test]
    fn what_stays_is_not_tried_again() {
        for failure in [
            said(400, ""),
            said(401, ""),
            said(403, ""),
            said(404, ""),
            said(422, ""),
            said(
                409,
                "Precondition failed: UID in precondition: 1, UID in object meta: 2",
            ),
            Failure::silent("its certificate has expired"),
        ] {
            assert_eq!(waits(&failure, None, true).1, 1, "{failure:?}");
        }
    }

    #[test]
    fn who_has_never_answered_is_not_waited_for() {
        let (waited, made) = waits(&Failure::passing("connection refused"), None, false);
        assert!(made > 1 && waited <= Duration::from_secs(1), "{waited:?}");
    }

    #[test]
    fn what_the_server_asks_for_is_kept_as_far_as_time_is_left() {
        let asked = Some(Duration::from_secs(6));
        let (waited, made) = waits(&said(429, ""), asked, true);
        assert_eq!((waited, made), (Duration::from_secs(18), 4));
        assert_eq!(
            waits(&said(429, ""), Some(Duration::from_secs(600)), true).1,
            1
        );
    }

    #[test]
    fn chance_makes_waits_differ() {
        let wait = |chance| Tries::new(true).after(&said(503, ""), None, chance);
        assert_ne!(wait(0), wait(u32::MAX));
    }
}
