//! The plan of one cluster: prior, observed and desired brought together, layer by layer.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::diff;
use crate::model::{
    Category, ClusterName, IgnoreFields, Key, LayerName, ObjectKey, Seen, TargetSpec,
};
use crate::state::{ClusterRecord, LayerRecord, ObjectRecord};
use crate::target::Observed;
use crate::yaml;

use super::compare::{Contents, Texts, Wanted, contents, value_of};
use super::decide::{Prior, decide};
use super::desired::{Desired, DesiredLayer, Rendering};
use super::edges;
use super::error::PlanError;
use super::sight::{Place, Sight};
use super::{
    Action, ClusterAction, ClusterPlan, LayerPlan, ObjectAction, ObjectChange, PlannedBlob, Reason,
    ValuesChange,
};

/// One cluster that is planned.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// Its name.
    pub cluster: &'a ClusterName,
    /// Made once and kept.
    pub uid: Uuid,
    /// Where its objects go.
    pub target: &'a TargetSpec,
    /// Whether its objects are deleted when its document is removed.
    pub delete_when_removed: bool,
    /// What is done with it, if that does not follow from prior and desired alone.
    pub action: Option<ClusterAction>,
    /// What the state knows of it.
    pub prior: Option<&'a ClusterRecord>,
    /// What it should be; nothing when it goes.
    pub desired: Option<&'a Desired>,
    /// Why its layers go, when it goes.
    pub gone: Reason,
    /// What was seen.
    pub sight: &'a Sight,
    /// Whether the target's index was not as we left it.
    pub index_drifted: bool,
    /// Whether objects that are not ours are taken over.
    pub adopt: bool,
}

/// Plans one cluster; nothing when there is nothing to do.
///
/// # Errors
/// When two layers want different things, or the state is damaged.
pub fn plan_cluster(
    subject: &Subject<'_>,
    texts: &dyn Texts,
    key: &Key,
) -> Result<Option<ClusterPlan>, PlanError> {
    let work = Work::new(subject, texts, key)?;
    let mut layers: Vec<LayerPlan> = Vec::new();
    let mut planned: Vec<usize> = Vec::new();
    let desired = subject.desired.map_or(&[][..], |desired| &desired.layers);
    for (position, layer) in desired.iter().enumerate() {
        if let Some(plan) = work.desired_layer(position, layer)? {
            planned.push(position);
            layers.push(plan);
        }
    }
    let applied = layers.len();
    layers.extend(work.removed_layers()?);
    let edges = edges::of_cluster(
        subject.desired,
        &planned,
        subject.prior,
        &layers[applied..],
        applied,
    );
    let action = subject
        .action
        .clone()
        .unwrap_or(match (subject.prior, subject.desired) {
            (_, None) => ClusterAction::Delete,
            (None, _) => ClusterAction::Create,
            (Some(_), Some(_)) => ClusterAction::Update,
        });
    let facts_kept = subject.prior.is_some_and(|prior| {
        prior.delete_when_removed == subject.delete_when_removed && prior.target == *subject.target
    });
    if layers.is_empty() && facts_kept && action == ClusterAction::Update && !subject.index_drifted
    {
        return Ok(None);
    }
    Ok(Some(ClusterPlan {
        cluster: subject.cluster.clone(),
        action,
        uid: subject.uid,
        target: subject.target.clone(),
        delete_when_removed: subject.delete_when_removed,
        layers,
        edges,
        order: desired.iter().map(|layer| layer.layer.clone()).collect(),
        index_drifted: subject.index_drifted,
    }))
}

/// Everything about one cluster, looked up by object.
struct Work<'a> {
    subject: &'a Subject<'a>,
    texts: &'a dyn Texts,
    key: &'a Key,
    /// What is wanted, and the layer that will hold it: of equal objects in several layers the first.
    claims: HashMap<&'a ObjectKey, (usize, Wanted<'a>)>,
    /// What we made, and the layer that holds it.
    held: HashMap<&'a ObjectKey, (&'a LayerName, &'a ObjectRecord)>,
    /// What was in flight.
    flights: HashSet<Place>,
}

/// What is planned for one object, and what the state will say of it.
struct Item {
    change: Option<ObjectChange>,
    record: ObjectRecord,
}

impl<'a> Work<'a> {
    fn new(
        subject: &'a Subject<'a>,
        texts: &'a dyn Texts,
        key: &'a Key,
    ) -> Result<Self, PlanError> {
        let mut work = Self {
            subject,
            texts,
            key,
            claims: HashMap::new(),
            held: HashMap::new(),
            flights: HashSet::new(),
        };
        if let Some(prior) = subject.prior {
            for (layer, record) in &prior.layers {
                for object in record.objects.iter().filter(|object| object.holder) {
                    work.held.insert(&object.key, (layer, object));
                }
            }
            work.flights = prior.in_flight.iter().map(Place::of_flight).collect();
        }
        let desired = subject.desired.map_or(&[][..], |desired| &desired.layers);
        for (position, layer) in desired.iter().enumerate() {
            for (object, wanted) in work.wanted(layer) {
                if let Some((first, other)) = work.claims.get(object) {
                    if other.blob() != wanted.blob() {
                        return Err(PlanError::Clash {
                            cluster: subject.cluster.clone(),
                            first: desired[*first].layer.clone(),
                            second: layer.layer.clone(),
                            object: Box::new(object.clone()),
                        });
                    }
                } else {
                    work.claims.insert(object, (position, wanted));
                }
            }
        }
        Ok(work)
    }

    /// The objects that a layer should have.
    fn wanted(&self, layer: &'a DesiredLayer) -> Vec<(&'a ObjectKey, Wanted<'a>)> {
        match &layer.rendering {
            Rendering::Rendered { objects, .. } => objects
                .iter()
                .map(|object| (&object.key, Wanted::Rendered(object)))
                .collect(),
            Rendering::Unchanged => self
                .record(&layer.layer)
                .map(|record| {
                    record
                        .objects
                        .iter()
                        .map(|object| (&object.key, Wanted::Known(object)))
                        .collect()
                })
                .unwrap_or_default(),
        }
    }

    fn record(&self, layer: &LayerName) -> Option<&'a LayerRecord> {
        self.subject.prior.and_then(|prior| prior.layers.get(layer))
    }

    fn desired_layer(
        &self,
        position: usize,
        layer: &'a DesiredLayer,
    ) -> Result<Option<LayerPlan>, PlanError> {
        let before = self.record(layer.renamed_from.as_ref().unwrap_or(&layer.layer));
        let values = match (&layer.rendering, before) {
            (Rendering::Rendered { values, .. }, Some(before))
                if before.values != values.digest =>
            {
                Some(ValuesChange {
                    before: self.texts.text(&before.values)?,
                    after: values.text.clone(),
                })
            }
            _ => None,
        };
        let mut reasons = layer_reasons(self.subject, before, layer, values.is_some());
        let mut changes = Vec::new();
        let mut records = Vec::new();
        for (object, wanted) in self.wanted(layer) {
            let item = self.object(position, layer, object, wanted, &reasons)?;
            changes.extend(item.change);
            records.push(item.record);
        }
        changes.extend(self.leftovers(
            &layer.layer,
            &layer.ignore_fields,
            &[Reason::NoLongerRendered],
        )?);
        let in_flight = self.flights.iter().any(|place| place.layer == layer.layer);
        let record = LayerRecord {
            position: u32::try_from(position).unwrap_or(u32::MAX),
            category: layer.category.clone(),
            content: layer.content.clone(),
            profile: layer.profile.clone(),
            fingerprint: Some(layer.fingerprint),
            values: match (&layer.rendering, before) {
                (Rendering::Rendered { values, .. }, _) => values.digest,
                (Rendering::Unchanged, Some(before)) => before.values,
                (Rendering::Unchanged, None) => layer.fingerprint,
            },
            depends_on: layer.depends_on.clone(),
            ignore_fields: layer.ignore_fields.to_vec(),
            objects: records,
            revision: before.map_or(0, |before| before.revision),
        };
        let same_record = layer.renamed_from.is_none()
            && before.is_some_and(|before| same_but_seen(before, &record));
        if changes.is_empty() && same_record && !in_flight {
            return Ok(None);
        }
        for reason in changes
            .iter()
            .flat_map(|change: &ObjectChange| &change.reasons)
        {
            if matches!(
                reason,
                Reason::Drifted | Reason::Formatting | Reason::Interrupted
            ) {
                note(&mut reasons, reason.clone());
            }
        }
        if in_flight {
            note(&mut reasons, Reason::Interrupted);
        }
        let touches = changes.iter().any(|change| change.action.touches());
        let content_changed = before.is_some_and(|before| before.content != layer.content);
        let action = match before {
            None => Action::Create,
            Some(_) if touches || content_changed || values.is_some() => Action::Update,
            Some(_) => Action::Record,
        };
        if reasons.is_empty() {
            reasons.push(Reason::Order);
        }
        let mut blobs = Vec::new();
        if let Rendering::Rendered { values, objects } = &layer.rendering {
            blobs.push(values.clone());
            let written: HashSet<_> = changes
                .iter()
                .filter_map(|change| change.after.as_ref())
                .map(|after| after.digest)
                .collect();
            blobs.extend(
                objects
                    .iter()
                    .map(|object| &object.blob)
                    .filter(|blob| !written.contains(&blob.digest))
                    .cloned(),
            );
        }
        Ok(Some(LayerPlan {
            layer: layer.layer.clone(),
            category: layer.category.clone(),
            action,
            reasons,
            before: before.map(|before| before.content.clone()),
            after: Some(layer.content.clone()),
            values,
            objects: changes,
            record: Some(record),
            blobs,
        }))
    }

    fn object(
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
            self.texts,
            self.key,
        )?;
        let in_flight = self.flights.contains(place);
        let known = match (contents.prior, in_flight) {
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
            self.subject.adopt,
        );
        let (action, mut why) = match decision {
            Some(decision) => {
                let mut why = if decision.changed {
                    reasons.to_vec()
                } else {
                    Vec::new()
                };
                decision
                    .reasons
                    .into_iter()
                    .for_each(|reason| note(&mut why, reason));
                (decision.action, why)
            }
            None if contents.reformatted => (ObjectAction::Repair, vec![Reason::Formatting]),
            None => {
                record.seen = seen_of(observed);
                return Ok(Item {
                    change: None,
                    record,
                });
            }
        };
        if in_flight {
            note(&mut why, Reason::Interrupted);
        }
        if !action.touches() {
            record.seen = seen_of(observed);
        }
        let after = self.written(rules, &place.key, wanted, &contents, &mut record)?;
        let before = match observed {
            None | Some(Observed::Absent) => None,
            Some(_) => self.shown(&contents, prior)?,
        };
        let change = ObjectChange {
            key: place.key.clone(),
            action,
            reasons: why,
            hook: record.hook,
            masked: record.masked,
            before,
            content: Some(record.content),
            after: Some(after),
            observed: content_of(observed, prior),
            moved: None,
        };
        Ok(Item {
            change: Some(change),
            record,
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
        let observed = match self.subject.sight.get(&old_place) {
            None | Some(Observed::Absent) => {
                return self.in_place(layer, &place, None, wanted, record, reasons);
            }
            Some(observed) => Some(observed),
        };
        let rules = &layer.ignore_fields;
        let contents = contents(
            &place.key,
            Some(prior),
            observed,
            Some(wanted),
            rules,
            self.texts,
            self.key,
        )?;
        let mut why = reasons.to_vec();
        if contents.observed != contents.prior {
            note(&mut why, Reason::Drifted);
        }
        let there = self.subject.sight.get(&place);
        let taken = !matches!(there, None | Some(Observed::Absent));
        let foreign = taken && !self.flights.contains(&place) && !self.subject.adopt;
        let action = if foreign {
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
            masked: record.masked,
            before: self.shown(&contents, Some(prior))?,
            content: Some(record.content),
            after: Some(after),
            observed: content_of(there, None),
            moved: content_of(observed, Some(prior)),
            key: place.key,
        };
        Ok(Item {
            change: Some(change),
            record,
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
        if let (true, Some(theirs), Some(seen)) = (ruled, &contents.real, &contents.seen) {
            let masked = value_of_wanted_text(self.texts, wanted)?;
            let masked = diff::keep_theirs(&masked, seen, object, rules);
            let text = yaml::write_ordered(&masked);
            record.content = match wanted {
                Wanted::Rendered(rendered) => {
                    let real = diff::keep_theirs(&rendered.real, theirs, object, rules);
                    self.key.hash(yaml::write_ordered(&real).as_bytes())
                }
                Wanted::Known(known) if known.masked => known.content,
                Wanted::Known(_) => self.key.hash(text.as_bytes()),
            };
            record.blob = crate::model::Digest::of(text.as_bytes());
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
    ) -> Result<Option<std::sync::Arc<str>>, PlanError> {
        Ok(match (&contents.seen, prior) {
            (Some(seen), _) => Some(yaml::write_ordered(seen).into()),
            (None, Some(prior)) => Some(self.texts.text(&prior.blob)?),
            (None, None) => None,
        })
    }

    /// What a layer made, or was about to make, and that nothing wants any more; in reverse order.
    fn leftovers(
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
            .filter(|prior| prior.holder && !self.claims.contains_key(&prior.key))
        {
            let place = Place::of_record(layer, prior);
            changes.extend(self.leftover(&place, Some(prior), rules, reasons)?);
        }
        let mut strays: Vec<&Place> = self
            .flights
            .iter()
            .filter(|place| place.layer == *layer)
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
        let contents = contents(
            &place.key, prior, observed, None, rules, self.texts, self.key,
        )?;
        let known = contents.prior.map_or(Prior::InFlight, Prior::Recorded);
        Ok(
            decide(&known, contents.observed.as_ref(), None, false).map(|decision| {
                let mut why = if decision.changed {
                    reasons.to_vec()
                } else {
                    Vec::new()
                };
                decision
                    .reasons
                    .into_iter()
                    .for_each(|reason| note(&mut why, reason));
                ObjectChange {
                    key: place.key.clone(),
                    action: decision.action,
                    reasons: why,
                    hook: place.hook,
                    masked: false,
                    before: contents.seen.map(|seen| yaml::write_ordered(&seen).into()),
                    after: None,
                    content: None,
                    observed: content_of(observed, prior),
                    moved: None,
                }
            }),
        )
    }

    /// Layers that go, in reverse order.
    fn removed_layers(&self) -> Result<Vec<LayerPlan>, PlanError> {
        let Some(prior) = self.subject.prior else {
            return Ok(Vec::new());
        };
        let desired = self
            .subject
            .desired
            .map_or(&[][..], |desired| &desired.layers);
        let stays = |name: &LayerName| desired.iter().any(|layer| layer.layer == *name);
        let renamed = |name: &LayerName| {
            desired
                .iter()
                .any(|layer| layer.renamed_from.as_ref() == Some(name))
        };
        let mut gone: Vec<(&LayerName, Option<&LayerRecord>)> = prior
            .layers
            .iter()
            .filter(|(name, _)| !stays(name))
            .map(|(name, record)| (name, Some(record)))
            .collect();
        gone.sort_by_key(|(_, record)| std::cmp::Reverse(record.map(|record| record.position)));
        for flight in &prior.in_flight {
            let name = &flight.layer;
            if !stays(name) && gone.iter().all(|(known, _)| *known != name) {
                gone.push((name, None));
            }
        }
        let mut plans = Vec::new();
        for (name, record) in gone {
            let reason = match (self.subject.desired, record) {
                (_, None) => Reason::Interrupted,
                (None, _) => self.subject.gone.clone(),
                (Some(_), _) => Reason::RemovedFromProfile,
            };
            let rules = record.map_or(&[][..], |record| &record.ignore_fields);
            let objects = self.leftovers(name, rules, std::slice::from_ref(&reason))?;
            if objects.is_empty() && renamed(name) {
                continue;
            }
            plans.push(LayerPlan {
                layer: name.clone(),
                category: record.map_or_else(
                    || Category::Addon("unknown".into()),
                    |record| record.category.clone(),
                ),
                action: Action::Delete,
                reasons: vec![reason],
                before: record.map(|record| record.content.clone()),
                after: None,
                values: None,
                objects,
                record: None,
                blobs: Vec::new(),
            });
        }
        Ok(plans)
    }
}

impl ObjectAction {
    /// Whether the target is touched.
    pub fn touches(&self) -> bool {
        !matches!(self, Self::Record | Self::Forget | Self::Conflict)
    }

    /// Whether something on the target goes for good.
    pub fn deletes(&self) -> bool {
        matches!(self, Self::Delete)
    }
}

fn value_of_wanted_text(texts: &dyn Texts, wanted: Wanted<'_>) -> Result<yaml::Value, PlanError> {
    match wanted {
        Wanted::Rendered(object) if !object.masked => Ok(yaml::Value::clone(&object.real)),
        Wanted::Rendered(object) => super::compare::parse(&object.blob.text, &object.blob.digest),
        Wanted::Known(object) => value_of(texts, &object.blob),
    }
}

fn note(reasons: &mut Vec<Reason>, reason: Reason) {
    if !reasons.contains(&reason) {
        reasons.push(reason);
    }
}

fn seen_of(observed: Option<&Observed>) -> Option<Seen> {
    match observed {
        Some(Observed::Same { seen } | Observed::Different { seen, .. }) => *seen,
        None | Some(Observed::Absent) => None,
    }
}

fn content_of(
    observed: Option<&Observed>,
    prior: Option<&ObjectRecord>,
) -> Option<crate::model::Digest> {
    match observed {
        Some(Observed::Same { .. }) => prior.map(|prior| prior.content),
        Some(Observed::Different { content, .. }) => Some(*content),
        None | Some(Observed::Absent) => None,
    }
}

/// Whether two records say the same, but for how objects are recognised.
fn same_but_seen(before: &LayerRecord, after: &LayerRecord) -> bool {
    before.position == after.position
        && before.category == after.category
        && before.content == after.content
        && before.profile == after.profile
        && before.fingerprint == after.fingerprint
        && before.values == after.values
        && before.depends_on == after.depends_on
        && before.ignore_fields == after.ignore_fields
        && before.objects.len() == after.objects.len()
        && before
            .objects
            .iter()
            .zip(&after.objects)
            .all(|(before, after)| {
                before.key == after.key
                    && before.blob == after.blob
                    && before.holder == after.holder
                    && before.hook == after.hook
            })
}

/// Why a layer changes, as far as the documents have to do with it.
fn layer_reasons(
    subject: &Subject<'_>,
    before: Option<&LayerRecord>,
    layer: &DesiredLayer,
    values_changed: bool,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if let ClusterAction::Retarget { .. } =
        subject.action.as_ref().unwrap_or(&ClusterAction::Update)
    {
        reasons.push(Reason::Retargeted);
    }
    if let Reason::RolledBack { .. } = subject.gone {
        reasons.push(subject.gone.clone());
    }
    let Some(before) = before else {
        if reasons.is_empty() {
            reasons.push(if subject.prior.is_none() {
                Reason::NewCluster
            } else {
                Reason::NewLayer
            });
        }
        return reasons;
    };
    if let Some(from) = &layer.renamed_from {
        reasons.push(Reason::Renamed { from: from.clone() });
    }
    if before.fingerprint.is_none() {
        reasons.push(Reason::Interrupted);
    }
    let (old, new) = (&before.content, &layer.content);
    if (old.kind, &old.name) != (new.kind, &new.name) {
        reasons.push(Reason::Source {
            from: old.name.to_string(),
            to: new.name.to_string(),
        });
    } else if old.version != new.version
        && let (Some(from), Some(to)) = (&old.version, &new.version)
    {
        reasons.push(Reason::Version {
            from: from.clone(),
            to: to.clone(),
        });
    } else if old.digest != new.digest {
        reasons.push(Reason::SameVersionEdited);
    }
    if values_changed {
        reasons.push(Reason::Values);
    }
    if reasons.is_empty() && before.fingerprint != Some(layer.fingerprint) {
        reasons.push(Reason::Rendering);
    }
    let edited = before.profile.name == layer.profile.name
        && before.profile.version == layer.profile.version
        && before.profile.digest != layer.profile.digest;
    if edited && !reasons.is_empty() {
        note(&mut reasons, Reason::SameVersionEdited);
    }
    reasons
}
