//! The objects of one cluster's layers: what is done with each, and what the state will say of it.

use std::sync::Arc;

use crate::diff;
use crate::model::{Digest, IgnoreFields, Keep, LayerName, ObjectKey, Seen};
use crate::render::is_kept;
use crate::state::{ObjectRecord, Origin};
use crate::target::{Manner, Observed, Owner, is_adopted};
use crate::yaml::{self, Value};

use super::cluster::Work;
use super::compare::{Contents, Wanted, contents, value_of_wanted};
use super::decide::{Decision, Prior, decide};
use super::desired::DesiredLayer;
use super::error::PlanError;
use super::live;
use super::sight::Place;
use super::why::note;
use super::{ObjectAction, ObjectChange, PlannedBlob, Reason};

/// What is planned for one object, and what the state will say of it.
pub(super) struct Item {
    pub(super) change: Option<ObjectChange>,
    pub(super) record: ObjectRecord,
    /// What the server holds of what is recorded and not written.
    pub(super) held: Option<PlannedBlob>,
}

impl<'a> Work<'a> {
    pub(super) fn object(
        &self,
        position: usize,
        layer: &DesiredLayer,
        object: &ObjectKey,
        wanted: Wanted<'a>,
        reasons: &[Reason],
    ) -> Result<Item, PlanError> {
        let mut record = ObjectRecord {
            key: object.clone(),
            blob: *wanted.blob(),
            content: *wanted.content(),
            masked: wanted.masked(),
            holder: true,
            hook: wanted.hook(),
            keep: wanted.keep(),
            held: None,
            origin: Origin::Made,
            seen: None,
        };
        if self
            .claims
            .get(object)
            .is_some_and(|(holder, _)| *holder != position)
        {
            record.holder = false;
            return Ok(Item {
                change: None,
                record,
                held: None,
            });
        }
        let place = Place {
            layer: layer.layer.clone(),
            hook: wanted.hook(),
            key: object.clone(),
        };
        let held = self.held.get(object).copied();
        if let Some((from, prior)) = held
            && (*from != layer.layer || prior.hook != wanted.hook())
        {
            return self.moved(layer, place, from, prior, wanted, record, reasons);
        }
        let prior = held.map(|(_, prior)| prior);
        self.in_place(layer, &place, prior, wanted, record, reasons)
    }

    /// An object that stays where it is, or is new.
    fn in_place(
        &self,
        layer: &DesiredLayer,
        place: &Place,
        prior: Option<&ObjectRecord>,
        wanted: Wanted<'a>,
        mut record: ObjectRecord,
        reasons: &[Reason],
    ) -> Result<Item, PlanError> {
        let rules = &layer.ignore_fields;
        let observed = self.subject.sight.get(place);
        let contents = contents(
            &place.key,
            prior,
            observed,
            Some(wanted),
            rules,
            &self.lens(),
        )?;
        let owner = owner_of(observed);
        record.origin = origin(prior, observed);
        // What bears other marks than ours was not touched by what was in flight.
        let in_flight = self.flights.contains_key(place);
        let known = match (contents.prior, in_flight && is_ours(owner)) {
            (Some(prior), _) => Prior::Recorded(prior),
            (None, true) => Prior::InFlight,
            (None, false) => Prior::None,
        };
        if let (Some(prior), true) = (prior, contents.desired == contents.prior) {
            // Equal but for fields that are left to others: what we wrote stays the measure.
            (record.blob, record.content, record.masked) =
                (prior.blob, prior.content, prior.masked);
        }
        let decision = decide(
            &known,
            contents.observed.as_ref(),
            contents.desired.as_ref(),
            // What bears our marks and is not known is ours: the state is older than the target.
            self.subject.adopt || owner == Some(&Owner::Ours),
            None,
        );
        let (action, mut why) = match decision {
            _ if owner.is_some_and(is_forbidden) => (ObjectAction::Conflict, reasons.to_vec()),
            Some(decision) => {
                let why = reasons_of(&decision, reasons, &contents);
                (decision.action, why)
            }
            None if contents.reformatted => (ObjectAction::Repair, vec![Reason::Formatting]),
            None => {
                record.held = prior.and_then(|prior| prior.held);
                record.seen = seen_of(observed, prior, &record.content);
                return Ok(Item {
                    change: None,
                    record,
                    held: None,
                });
            }
        };
        if in_flight {
            note(&mut why, Reason::Interrupted);
        }
        let after = self.written(rules, &place.key, wanted, &contents, &mut record)?;
        let mut held = None;
        if !action.touches() {
            record.seen = seen_of(observed, prior, &record.content);
            held = contents
                .live
                .as_ref()
                .and_then(|live| live::held(&after, live, self.key));
            record.held = held.as_ref().map(|held| held.digest);
        } else if record.origin == Origin::Unmarked {
            record.origin = Origin::Adopted;
        }
        let before = match observed {
            None | Some(Observed::Absent) => None,
            Some(_) => self.shown(&contents, prior)?,
        };
        let change = ObjectChange {
            key: place.key.clone(),
            action,
            reasons: why,
            hook: record.hook,
            keep: record.keep,
            masked: record.masked,
            before,
            content: Some(record.content),
            after: Some(after),
            owner: owner.filter(|owner| **owner != Owner::Ours).cloned(),
            manner: Manner::default(),
            adopted: record.origin == Origin::Adopted,
            server: None,
            observed: content_of(observed, prior),
            moved: None,
        };
        Ok(Item {
            change: Some(change),
            record,
            held,
        })
    }

    /// An object that another layer held until now.
    #[expect(
        clippy::too_many_arguments,
        reason = "both ends of a move have to be known"
    )]
    fn moved(
        &self,
        layer: &DesiredLayer,
        place: Place,
        from: &LayerName,
        prior: &ObjectRecord,
        wanted: Wanted<'a>,
        mut record: ObjectRecord,
        reasons: &[Reason],
    ) -> Result<Item, PlanError> {
        let old_place = Place::of_record(from, prior);
        let is_there = |observed: &&Observed| **observed != Observed::Absent;
        let there = self.subject.sight.get(&place).filter(is_there);
        let left = self.subject.sight.get(&old_place).filter(is_there);
        let in_flight = self.flights.contains_key(&place);
        let server = self.subject.target.is_server();
        // Also when nothing is left at the old place it is a move: the other layer has to give it up. On a server both
        // places are one.
        let observed = left.or(there.filter(|_| in_flight));
        let rules = &layer.ignore_fields;
        let contents = contents(
            &place.key,
            Some(prior),
            observed,
            Some(wanted),
            rules,
            &self.lens(),
        )?;
        let mut why = reasons.to_vec();
        if in_flight {
            note(&mut why, Reason::Interrupted);
        } else if let Some(by) = &contents.taken {
            note(&mut why, Reason::TakenOver { by: by.clone() });
        } else if contents.observed != contents.prior {
            note(&mut why, Reason::Drifted);
        }
        let owner = owner_of(there);
        if !origin(Some(prior), observed).is_ours() {
            record.origin = Origin::Adopted;
        }
        let occupied = !server && there.is_some() && !in_flight && !self.subject.adopt;
        let action = if occupied || owner.is_some_and(is_forbidden) {
            ObjectAction::Conflict
        } else {
            ObjectAction::Move {
                from: from.clone(),
                hook: prior.hook,
            }
        };
        let after = self.written(rules, &place.key, wanted, &contents, &mut record)?;
        let change = ObjectChange {
            action,
            reasons: why,
            hook: record.hook,
            keep: record.keep,
            masked: record.masked,
            before: match observed {
                Some(_) => self.shown(&contents, Some(prior))?,
                None => None,
            },
            content: Some(record.content),
            after: Some(after),
            owner: owner.filter(|owner| **owner != Owner::Ours).cloned(),
            manner: Manner::default(),
            adopted: record.origin == Origin::Adopted,
            server: None,
            observed: if server {
                content_of(there.or(left), Some(prior))
            } else {
                content_of(there, None)
            },
            moved: content_of(left, Some(prior)).filter(|_| !server),
            key: place.key,
        };
        Ok(Item {
            change: Some(change),
            record,
            held: None,
        })
    }

    /// The text that is written: what is wanted, with the fields that are left to others as they are on the target.
    fn written(
        &self,
        rules: &[IgnoreFields],
        object: &ObjectKey,
        wanted: Wanted<'_>,
        contents: &Contents,
        record: &mut ObjectRecord,
    ) -> Result<PlannedBlob, PlanError> {
        let ruled = rules.iter().any(|rule| rule.applies_to(object));
        // Of what a server holds only the fields that we speak of, as in what is shown: a Secret's data may be given as text.
        let live = contents.live.as_deref().zip(contents.seen.as_ref());
        let live = live.map(|(live, seen)| diff::project(live, seen));
        let theirs = live.as_ref().or(contents.real.as_ref());
        if let (true, Some(theirs), Some(seen)) = (ruled, theirs, &contents.seen) {
            let keep = |ours: &Value, theirs: &Value| match &contents.live {
                Some(live) => {
                    let manager = self.subject.manager;
                    live::leave(ours, theirs, (live, manager), object, rules)
                }
                None => diff::keep_theirs(ours, theirs, object, rules),
            };
            let masked = keep(&value_of_wanted(self.texts, wanted)?, seen);
            let text = yaml::write_ordered(&masked);
            record.content = match wanted {
                Wanted::Rendered(rendered) => {
                    let real = keep(&rendered.real, theirs);
                    self.key.hash(yaml::write_ordered(&real).as_bytes())
                }
                Wanted::Known(known) if known.masked => known.content,
                Wanted::Known(_) => self.key.hash(text.as_bytes()),
            };
            record.blob = Digest::of(text.as_bytes());
            return Ok(PlannedBlob {
                digest: record.blob,
                text: text.into(),
            });
        }
        match wanted {
            Wanted::Rendered(rendered) if record.blob == rendered.blob.digest => {
                Ok(rendered.blob.clone())
            }
            _ => Ok(PlannedBlob {
                digest: record.blob,
                text: self.texts.text(&record.blob)?,
            }),
        }
    }

    /// What is on the target now, for people.
    fn shown(
        &self,
        contents: &Contents,
        prior: Option<&ObjectRecord>,
    ) -> Result<Option<Arc<str>>, PlanError> {
        Ok(match (&contents.seen, prior) {
            (Some(seen), _) => Some(yaml::write_ordered(seen).into()),
            (None, Some(prior)) => Some(self.texts.text(&prior.blob)?),
            (None, None) => None,
        })
    }

    /// What a layer made, or was about to make, and that nothing wants any more; in reverse order.
    pub(super) fn leftovers(
        &self,
        layer: &LayerName,
        rules: &[IgnoreFields],
        reasons: &[Reason],
    ) -> Result<Vec<ObjectChange>, PlanError> {
        let mut changes = Vec::new();
        let held = self.record(layer).map_or(&[][..], |record| &record.objects);
        for prior in held
            .iter()
            .rev()
            .filter(|prior| prior.holder && !self.is_apart(prior.hook))
            .filter(|prior| !self.claims.contains_key(&prior.key))
        {
            let place = Place::of_record(layer, prior);
            changes.extend(self.leftover(&place, Some(prior), rules, reasons)?);
        }
        let mut strays: Vec<&Place> = self
            .flights
            .keys()
            .filter(|place| place.layer == *layer && !self.is_apart(place.hook))
            .filter(|place| {
                let held_here = |(held, prior): &(&LayerName, &ObjectRecord)| {
                    *held == layer && prior.hook == place.hook
                };
                let wanted_here = |(position, wanted): &(usize, Wanted<'_>)| {
                    let desired = self
                        .subject
                        .desired
                        .map_or(&[][..], |desired| &desired.layers);
                    desired[*position].layer == *layer && wanted.hook() == place.hook
                };
                !self.held.get(&place.key).is_some_and(held_here)
                    && !self.claims.get(&place.key).is_some_and(wanted_here)
            })
            .collect();
        strays.sort_by(|a, b| a.key.cmp(&b.key));
        for place in strays {
            changes.extend(self.leftover(place, None, rules, reasons)?);
        }
        Ok(changes)
    }

    fn leftover(
        &self,
        place: &Place,
        prior: Option<&ObjectRecord>,
        rules: &[IgnoreFields],
        reasons: &[Reason],
    ) -> Result<Option<ObjectChange>, PlanError> {
        let observed = self.subject.sight.get(place);
        let contents = contents(&place.key, prior, observed, None, rules, &self.lens())?;
        let known = contents.prior.map_or(Prior::InFlight, Prior::Recorded);
        let owner = owner_of(observed);
        let keep = match prior {
            // What others have taken over is theirs to delete.
            _ if !is_ours(owner) => Some(Keep::TakenOver),
            // Helm looks there too.
            _ if is_kept_there(observed) => Some(Keep::Policy),
            Some(prior) => prior.keep,
            None => self.flights.get(place).copied().flatten(),
        };
        Ok(
            decide(&known, contents.observed.as_ref(), None, false, keep).map(|decision| {
                let why = reasons_of(&decision, reasons, &contents);
                ObjectChange {
                    key: place.key.clone(),
                    action: decision.action,
                    reasons: why,
                    hook: place.hook,
                    keep,
                    masked: false,
                    before: contents.seen.map(|seen| yaml::write_ordered(&seen).into()),
                    after: None,
                    content: None,
                    owner: owner.filter(|owner| **owner != Owner::Ours).cloned(),
                    manner: Manner::default(),
                    adopted: false,
                    server: None,
                    observed: content_of(observed, prior),
                    moved: None,
                }
            }),
        )
    }
}

/// Why an object changes: what its layer says where the documents are at work, and what has happened to it.
fn reasons_of(decision: &Decision, layer: &[Reason], contents: &Contents) -> Vec<Reason> {
    let mut why = if decision.changed {
        layer.to_vec()
    } else {
        Vec::new()
    };
    for reason in &decision.reasons {
        let reason = match (&contents.taken, reason) {
            (Some(by), Reason::Drifted) => Reason::TakenOver { by: by.clone() },
            (_, reason) => reason.clone(),
        };
        note(&mut why, reason);
    }
    why
}

/// Where an object came from: what the state knows, else what its marks say. What nobody knows and somebody else has made is
/// about to be adopted.
fn origin(prior: Option<&ObjectRecord>, observed: Option<&Observed>) -> Origin {
    match (prior, observed) {
        (Some(prior), _) => prior.origin,
        (None, Some(Observed::Live { object, owner, .. })) => match owner {
            Owner::Ours if !is_adopted(object) => Origin::Made,
            _ => Origin::Adopted,
        },
        (None, _) => Origin::Made,
    }
}

/// Whether an object says on its target that it stays, whoever has written that there.
fn is_kept_there(observed: Option<&Observed>) -> bool {
    match observed {
        Some(Observed::Live { object, .. }) => is_kept(object),
        Some(Observed::Different {
            object: Ok(object), ..
        }) => is_kept(object),
        _ => false,
    }
}

/// Whose an object is, where a server says so.
fn owner_of(observed: Option<&Observed>) -> Option<&Owner> {
    match observed {
        Some(Observed::Live { owner, .. }) => Some(owner),
        _ => None,
    }
}

/// Whether it may be ours: targets without marks do not tell.
fn is_ours(owner: Option<&Owner>) -> bool {
    owner.is_none_or(|owner| *owner == Owner::Ours)
}

/// Whether it is never taken over, whatever the user says.
fn is_forbidden(owner: &Owner) -> bool {
    matches!(owner, Owner::OtherProject(_) | Owner::OtherCluster(_))
}

/// How an object is recognised without reading it; only what has the recorded content may be.
fn seen_of(
    observed: Option<&Observed>,
    prior: Option<&ObjectRecord>,
    content: &Digest,
) -> Option<Seen> {
    match observed {
        _ if content_of(observed, prior).as_ref() != Some(content) => None,
        Some(Observed::Same { seen } | Observed::Different { seen, .. }) => *seen,
        None | Some(Observed::Absent | Observed::Live { .. }) => None,
    }
}

fn content_of(observed: Option<&Observed>, prior: Option<&ObjectRecord>) -> Option<Digest> {
    match observed {
        Some(Observed::Same { .. }) => prior.map(|prior| prior.content),
        Some(Observed::Different { content, .. } | Observed::Live { content, .. }) => {
            Some(*content)
        }
        None | Some(Observed::Absent) => None,
    }
}
