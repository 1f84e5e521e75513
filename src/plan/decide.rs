//! The table of prior, observed and desired: what is done with one object.

use crate::model::Keep;

use super::{ObjectAction, Reason};

/// What we know of an object from the state. `T` tells equal contents from different ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prior<T> {
    /// We never made it.
    None,
    /// An interrupted apply may have made or changed it.
    InFlight,
    /// We made it, with this content.
    Recorded(T),
}

/// What is done with an object, and what drift or interruption has to do with it. Reasons that lie in the documents are
/// the layer's, and its callers add them where `changed` says that the documents are at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What is done.
    pub action: ObjectAction,
    /// Drift or interruption, if they have to do with it.
    pub reasons: Vec<Reason>,
    /// Whether what is wanted differs from what was wanted before.
    pub changed: bool,
}

/// What is done with an object that we made (`prior`), that is on the target (`observed`) and that is wanted
/// (`desired`); nothing when there is nothing to do. `adopt` takes over what is not ours; `keep` says why an object of ours
/// stays when nothing wants it any more.
///
/// | | action |
/// | --- | --- |
/// | O = D, not P | record only |
/// | D = P, not O | repair |
/// | O = P, not D | update |
/// | all differ | update, with both reasons |
/// | P and D, no O | create again |
/// | D only | create |
/// | O and D, no P | not ours: an error that offers adoption |
/// | P and O, no D | delete, noting drift if O differs from P |
/// | P, O and a reason to keep it, no D | leave it there and forget it, noting drift if O differs from P |
/// | P only | forget |
///
/// What is in flight counts as ours with a content that nobody knows.
pub fn decide<T: PartialEq>(
    prior: &Prior<T>,
    observed: Option<&T>,
    desired: Option<&T>,
    adopt: bool,
    keep: Option<Keep>,
) -> Option<Decision> {
    let of = |action, reasons: &[Reason], changed| {
        Some(Decision {
            action,
            reasons: reasons.to_vec(),
            changed,
        })
    };
    let gone = || {
        keep.map_or(ObjectAction::Delete, |because| ObjectAction::Keep {
            because,
        })
    };
    let equal = |wanted: &T| observed == Some(wanted);
    match (prior, observed.is_some(), desired) {
        (Prior::Recorded(prior), true, Some(desired)) => {
            match (equal(desired), prior == desired, equal(prior)) {
                (true, true, _) => None,
                (true, false, _) => of(ObjectAction::Record, &[], true),
                (false, true, _) => of(ObjectAction::Repair, &[Reason::Drifted], false),
                (false, false, true) => of(ObjectAction::Update, &[], true),
                (false, false, false) => of(ObjectAction::Update, &[Reason::Drifted], true),
            }
        }
        (Prior::Recorded(prior), false, Some(desired)) => {
            of(ObjectAction::Recreate, &[Reason::Drifted], prior != desired)
        }
        (Prior::Recorded(prior), true, None) => {
            let drifted: &[Reason] = if equal(prior) {
                &[]
            } else {
                &[Reason::Drifted]
            };
            of(gone(), drifted, true)
        }
        (Prior::Recorded(_), false, None) => of(ObjectAction::Forget, &[], true),
        (Prior::InFlight, true, Some(desired)) if equal(desired) => {
            of(ObjectAction::Record, &[Reason::Interrupted], false)
        }
        (Prior::InFlight, true, Some(_)) => of(ObjectAction::Update, &[Reason::Interrupted], false),
        (Prior::InFlight, false, Some(_)) => {
            of(ObjectAction::Create, &[Reason::Interrupted], false)
        }
        (Prior::InFlight, true, None) => of(gone(), &[Reason::Interrupted], false),
        (Prior::InFlight, false, None) => of(ObjectAction::Forget, &[Reason::Interrupted], false),
        (Prior::None, true, Some(_)) if adopt => of(ObjectAction::Adopt, &[], true),
        (Prior::None, true, Some(_)) => of(ObjectAction::Conflict, &[], true),
        (Prior::None, false, Some(_)) => of(ObjectAction::Create, &[], true),
        (Prior::None, _, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contents are letters; `-` is absent, `?` is in flight.
    fn row(cells: &str, keep: Option<Keep>) -> String {
        let mut cells = cells.chars();
        let mut next = || cells.next().filter(|cell| *cell != '-');
        let prior = match next() {
            None => Prior::None,
            Some('?') => Prior::InFlight,
            Some(content) => Prior::Recorded(content),
        };
        let (observed, desired) = (next(), next());
        decide(&prior, observed.as_ref(), desired.as_ref(), false, keep).map_or_else(
            || "nothing".to_owned(),
            |decision| {
                let reasons: String = decision
                    .reasons
                    .iter()
                    .map(|reason| format!(" ({reason})"))
                    .collect();
                format!(
                    "{:?}{reasons}{}",
                    decision.action,
                    if decision.changed { "" } else { " unchanged" }
                )
            },
        )
    }

    #[test]
    fn each_row_of_the_table() {
        // prior, observed, desired
        let table = [
            ("aaa", "nothing"),
            ("abb", "Record"),
            ("aba", "Repair (drifted) unchanged"),
            ("aab", "Update"),
            ("abc", "Update (drifted)"),
            ("a-a", "Recreate (drifted) unchanged"),
            ("a-b", "Recreate (drifted)"),
            ("--a", "Create"),
            ("-aa", "Conflict"),
            ("-ab", "Conflict"),
            ("aa-", "Delete"),
            ("ab-", "Delete (drifted)"),
            ("a--", "Forget"),
            ("-a-", "nothing"),
            ("---", "nothing"),
            ("?aa", "Record (interrupted last time) unchanged"),
            ("?ab", "Update (interrupted last time) unchanged"),
            ("?-a", "Create (interrupted last time) unchanged"),
            ("?a-", "Delete (interrupted last time) unchanged"),
            ("?--", "Forget (interrupted last time) unchanged"),
        ];
        for (cells, expected) in table {
            assert_eq!(
                row(cells, None),
                expected,
                "prior, observed, desired: {cells}"
            );
        }
    }

    #[test]
    fn each_row_of_the_table_for_what_is_kept() {
        let table = [
            ("aaa", "nothing"),
            ("abb", "Record"),
            ("aba", "Repair (drifted) unchanged"),
            ("aab", "Update"),
            ("abc", "Update (drifted)"),
            ("a-a", "Recreate (drifted) unchanged"),
            ("--a", "Create"),
            ("-aa", "Conflict"),
            ("aa-", "Keep { because: Crds }"),
            ("ab-", "Keep { because: Crds } (drifted)"),
            ("a--", "Forget"),
            ("-a-", "nothing"),
            ("?ab", "Update (interrupted last time) unchanged"),
            (
                "?a-",
                "Keep { because: Crds } (interrupted last time) unchanged",
            ),
            ("?--", "Forget (interrupted last time) unchanged"),
        ];
        for (cells, expected) in table {
            assert_eq!(
                row(cells, Some(Keep::Crds)),
                expected,
                "prior, observed, desired: {cells}"
            );
        }
    }

    #[test]
    fn adoption_takes_over_what_is_not_ours() {
        let decision =
            decide(&Prior::None, Some(&'a'), Some(&'b'), true, None).expect("something to do");
        assert_eq!(decision.action, ObjectAction::Adopt);
    }
}
