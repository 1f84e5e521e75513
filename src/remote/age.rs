//! How old what a registry said may be.

use jiff::{SignedDuration, Timestamp};

use super::Freshness;

/// For people who look around.
const RECENT: SignedDuration = SignedDuration::from_mins(5);

/// Whether an answer of a time will do for somebody who began to ask at `began`. One of the future, as a clock that was
/// wrong may have left it, is not new.
pub(super) fn will_do(
    answered: Timestamp,
    freshness: Freshness,
    began: Timestamp,
    now: Timestamp,
) -> bool {
    match freshness {
        Freshness::Any => true,
        Freshness::Recent => answered <= now && now.duration_since(answered) <= RECENT,
        // Somebody else has asked meanwhile.
        Freshness::Now => began < answered && answered <= now,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn answers_grow_old() {
        let at = |minutes: i64| Timestamp::from_second(minutes * 60).unwrap();
        let (began, now) = (at(100), at(101));
        let fine = |answered| {
            [Freshness::Any, Freshness::Recent, Freshness::Now]
                .map(|freshness| will_do(at(answered), freshness, began, now))
        };
        assert_eq!(fine(95), [true, false, false]);
        assert_eq!(fine(96), [true, true, false]);
        assert_eq!(fine(100), [true, true, false]);
        assert_eq!(fine(101), [true, true, true]);
        assert_eq!(fine(102), [true, false, false]);
    }
}
