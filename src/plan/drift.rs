//! What has changed on a target behind our back: prior and observed alone.

use serde::Serialize;

use crate::diff::{self, FieldChange};
use crate::model::{ClusterName, Key, LayerName, ObjectKey};
use crate::state::ClusterRecord;
use crate::target::Observed;

use super::compare::{Texts, value_of};
use super::error::PlanError;
use super::sight::{Place, Sight};

/// What has changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DriftReport {
    /// The clusters by name, those without drift among them.
    pub clusters: Vec<ClusterDrift>,
}

/// What has changed on one cluster.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterDrift {
    /// Its name.
    pub cluster: ClusterName,
    /// How many objects were looked at.
    pub looked_at: usize,
    /// The objects that are not as we left them.
    pub objects: Vec<ObjectDrift>,
    /// What is there and is not ours. No drift by itself.
    pub unmanaged: Vec<String>,
    /// Whether the target's index is not as we left it.
    pub index_drifted: bool,
    /// Why the target could not be looked at, if it could not.
    pub unreachable: Option<String>,
}

impl ClusterDrift {
    /// Whether something is not as we left it.
    pub fn has_drift(&self) -> bool {
        !self.objects.is_empty() || self.index_drifted
    }
}

/// An object that is not as we left it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectDrift {
    /// The layer that holds it.
    pub layer: LayerName,
    /// The object.
    pub object: ObjectKey,
    /// What has happened to it.
    pub kind: DriftKind,
}

/// What has happened to an object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    tag = "type"
)]
pub enum DriftKind {
    /// It is gone.
    Deleted,
    /// Some of its fields have other values; what is sensitive is masked.
    Changed {
        /// The fields.
        fields: Vec<FieldChange>,
    },
    /// Only its formatting was changed.
    Formatting,
    /// It is no object any more.
    Unreadable {
        /// Why it cannot be read.
        why: String,
    },
    /// An interrupted apply meant to touch it; nobody knows how far that went.
    InFlight,
}

/// What has changed of a cluster's objects, in the order in which they were applied.
///
/// # Errors
/// When the state is damaged.
pub fn drift(
    prior: &ClusterRecord,
    sight: &Sight,
    texts: &dyn Texts,
    key: &Key,
) -> Result<Vec<ObjectDrift>, PlanError> {
    let mut found = Vec::new();
    let mut layers: Vec<_> = prior.layers.iter().collect();
    layers.sort_by_key(|(_, record)| record.position);
    for (layer, record) in layers {
        for object in record.objects.iter().filter(|object| object.holder) {
            let place = Place::of_record(layer, object);
            let kind = match sight.get(&place) {
                Some(Observed::Same { .. }) => continue,
                Some(Observed::Live { .. }) => todo!(),
                None | Some(Observed::Absent) => DriftKind::Deleted,
                Some(Observed::Different {
                    object: Err(why), ..
                }) => DriftKind::Unreadable { why: why.clone() },
                Some(Observed::Different {
                    object: Ok(real),
                    content,
                    ..
                }) => {
                    if *content == object.content {
                        continue;
                    }
                    let known = value_of(texts, &object.blob)?;
                    let seen = diff::mask_like(real, &known, key);
                    let rules = &record.ignore_fields;
                    let before = diff::without(&known, &place.key, rules);
                    let after = diff::without(&seen, &place.key, rules);
                    let fields = diff::fields(&before, &after);
                    match (fields.is_empty(), seen == known) {
                        (true, true) => DriftKind::Formatting,
                        (true, false) => continue,
                        (false, _) => DriftKind::Changed { fields },
                    }
                }
            };
            found.push(ObjectDrift {
                layer: layer.clone(),
                object: object.key.clone(),
                kind,
            });
        }
    }
    for flight in &prior.in_flight {
        let (layer, object) = (flight.layer.clone(), flight.intent.key.clone());
        found.retain(|drift| drift.layer != layer || drift.object != object);
        found.push(ObjectDrift {
            layer,
            object,
            kind: DriftKind::InFlight,
        });
    }
    Ok(found)
}
