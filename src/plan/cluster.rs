//! The plan of one cluster: prior, observed and desired brought together, layer by layer.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::diff;
use crate::model::{Category, ClusterName, Keep, Key, LayerName, ObjectKey, TargetSpec, Waiting};
use crate::state::{ClusterRecord, LayerRecord, ObjectRecord};

use super::compare::{Lens, Texts, Wanted, value_of_wanted};
use super::desired::{Desired, DesiredLayer, Rendering};
use super::edges;
use super::error::PlanError;
use super::hooks;
use super::sight::{Place, Sight};
use super::why::{layer_reasons, note};
use super::{Action, ClusterAction, ClusterPlan, LayerPlan, ObjectChange, Reason, ValuesChange};

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
    /// Our field manager on servers.
    pub manager: &'a str,
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
        capabilities: subject
            .desired
            .and_then(|desired| desired.capabilities.clone()),
        unverified: None,
    }))
}

/// Everything about one cluster, looked up by object.
pub(super) struct Work<'a> {
    pub(super) subject: &'a Subject<'a>,
    pub(super) texts: &'a dyn Texts,
    pub(super) key: &'a Key,
    /// What is wanted, and the layer that will hold it: of equal objects in several layers the first.
    pub(super) claims: HashMap<&'a ObjectKey, (usize, Wanted<'a>)>,
    /// What we made, and the layer that holds it.
    pub(super) held: HashMap<&'a ObjectKey, (&'a LayerName, &'a ObjectRecord)>,
    /// What was in flight, and why it stays when nothing wants it any more.
    pub(super) flights: HashMap<Place, Option<Keep>>,
}

impl<'a> Work<'a> {
    /// What contents are told apart with.
    pub(super) fn lens(&self) -> Lens<'a> {
        Lens {
            texts: self.texts,
            key: self.key,
            manager: self.subject.manager,
        }
    }

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
            flights: HashMap::new(),
        };
        if let Some(prior) = subject.prior {
            for (layer, record) in &prior.layers {
                for object in record.objects.iter().filter(|object| object.holder) {
                    work.held.insert(&object.key, (layer, object));
                }
            }
            for flight in &prior.in_flight {
                let keep = work.flights.entry(Place::of_flight(flight)).or_default();
                *keep = keep.or(flight.intent.keep);
            }
        }
        let desired = subject.desired.map_or(&[][..], |desired| &desired.layers);
        for (position, layer) in desired.iter().enumerate() {
            for (object, wanted) in work.wanted(layer) {
                if work.is_apart(wanted.hook()) {
                    continue;
                }
                if let Some((first, other)) = work.claims.get(object) {
                    let first = &desired[*first];
                    if !work.agree(object, (first, *other), (layer, wanted))? {
                        return Err(PlanError::Clash {
                            cluster: subject.cluster.clone(),
                            first: first.layer.clone(),
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

    /// Whether two layers want the same of an object, but for fields that either leaves to others.
    fn agree(
        &self,
        object: &ObjectKey,
        (first, one): (&DesiredLayer, Wanted<'_>),
        (second, other): (&DesiredLayer, Wanted<'_>),
    ) -> Result<bool, PlanError> {
        if one.blob() == other.blob() {
            return Ok(true);
        }
        let rules = [&*first.ignore_fields, &*second.ignore_fields].concat();
        if !rules.iter().any(|rule| rule.applies_to(object)) {
            return Ok(false);
        }
        let one = value_of_wanted(self.texts, one)?;
        let other = value_of_wanted(self.texts, other)?;
        Ok(diff::without(&one, object, &rules) == diff::without(&other, object, &rules))
    }

    /// The objects that a layer should have.
    pub(super) fn wanted(&self, layer: &'a DesiredLayer) -> Vec<(&'a ObjectKey, Wanted<'a>)> {
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

    pub(super) fn record(&self, layer: &LayerName) -> Option<&'a LayerRecord> {
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
        let mut blobs = Vec::new();
        for (object, wanted) in self.wanted(layer) {
            if self.is_apart(wanted.hook()) {
                records.push(hooks::record_of(object, wanted));
                continue;
            }
            let item = self.object(position, layer, object, wanted, &reasons)?;
            changes.extend(item.change);
            records.push(item.record);
            blobs.extend(item.held);
        }
        changes.extend(self.leftovers(
            &layer.layer,
            &layer.ignore_fields,
            &[Reason::NoLongerRendered],
        )?);
        let in_flight = self.flights.keys().any(|place| place.layer == layer.layer);
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
            if reason.is_drift() || *reason == Reason::Interrupted {
                note(&mut reasons, reason.clone());
            }
        }
        if in_flight {
            note(&mut reasons, Reason::Interrupted);
        }
        let hooks = self.hooks_of(layer, before, values.is_some())?;
        let touches = !hooks.is_empty() || changes.iter().any(|change| change.action.touches());
        let content_changed = before.is_some_and(|before| before.content != layer.content);
        let action = match before {
            None => Action::Create,
            Some(_) if touches || content_changed || values.is_some() => Action::Update,
            Some(_) => Action::Record,
        };
        if reasons.is_empty() {
            reasons.push(Reason::Order);
        }
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
            hooks,
            waiting: layer.waiting,
            record: Some(record),
            seed: layer.seed.clone(),
            blobs,
        }))
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
        let left_alone = |name: &LayerName| {
            let desired = self.subject.desired;
            desired.is_some_and(|desired| desired.left_alone.contains(name))
        };
        let stays =
            |name: &LayerName| left_alone(name) || desired.iter().any(|layer| layer.layer == *name);
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
            // It goes with the last of its objects, if the new name takes them all.
            let taken = record.is_some_and(|record| {
                let held = |object: &ObjectRecord| object.holder || self.is_apart(object.hook);
                !record.objects.is_empty() && record.objects.iter().all(held)
            });
            if objects.is_empty() && taken && renamed(name) {
                continue;
            }
            let hooks = match renamed(name) {
                true => Vec::new(),
                false => self.hooks_of_removed(name, record)?,
            };
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
                hooks,
                waiting: Waiting::default(),
                record: None,
                seed: None,
                blobs: Vec::new(),
            });
        }
        Ok(plans)
    }
}

/// Whether two records say the same, but for how objects are recognised.
pub(super) fn same_but_seen(before: &LayerRecord, after: &LayerRecord) -> bool {
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
                    && before.keep == after.keep
            })
}
