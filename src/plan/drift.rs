//! What has changed on a target behind our back: prior and observed alone.

use serde::Serialize;

use crate::diff::{self, FieldChange, Manager};
use crate::model::{ClusterName, FieldPath, IgnoreFields, LayerName, ObjectKey};
use crate::state::{ClusterRecord, ObjectRecord};
use crate::target::{Observed, Owner};
use crate::yaml::Value;

use super::compare::{Lens, value_of};
use super::error::PlanError;
use super::live::{Measured, taken_over, writer};
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
        fields: Vec<FieldDrift>,
    },
    /// Others have taken it over: our marks on it are gone, or of all that we wrote nothing is ours any more.
    TakenOver {
        /// Who.
        by: String,
        /// The fields that have other values, if any has.
        fields: Vec<FieldDrift>,
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

/// A field that has another value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldDrift {
    /// Where.
    pub path: FieldPath,
    /// What it was; nothing when it was not there.
    pub before: Option<Value>,
    /// What it is; nothing when it is not there.
    pub after: Option<Value>,
    /// Who wrote it, where a server tells.
    pub by: Option<Manager>,
}

impl FieldDrift {
    fn of(change: FieldChange, by: Option<Manager>) -> Self {
        let FieldChange {
            path,
            before,
            after,
        } = change;
        Self {
            path,
            before,
            after,
            by,
        }
    }
}

/// What has changed of a cluster's objects, in the order in which they were applied.
///
/// # Errors
/// When the state is damaged.
pub fn drift(
    prior: &ClusterRecord,
    sight: &Sight,
    lens: &Lens<'_>,
) -> Result<Vec<ObjectDrift>, PlanError> {
    let mut found = Vec::new();
    let mut layers: Vec<_> = prior.layers.iter().collect();
    layers.sort_by_key(|(_, record)| record.position);
    for (layer, record) in layers {
        for object in record.objects.iter().filter(|object| object.holder) {
            let place = Place::of_record(layer, object);
            let kind = match sight.get(&place) {
                Some(Observed::Same { .. }) => continue,
                Some(Observed::Live {
                    object: live,
                    owner,
                    ..
                }) => match on_server(object, (live, owner), &record.ignore_fields, lens)? {
                    Some(kind) => kind,
                    None => continue,
                },
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
                    let known = value_of(lens.texts, &object.blob)?;
                    let seen = diff::mask_like(real, &known, lens.key);
                    let rules = &record.ignore_fields;
                    let before = diff::without(&known, &place.key, rules);
                    let after = diff::without(&seen, &place.key, rules);
                    let fields = diff::fields(&before, &after);
                    match (fields.is_empty(), seen == known) {
                        (true, true) => DriftKind::Formatting,
                        (true, false) => continue,
                        (false, _) => DriftKind::Changed {
                            fields: fields
                                .into_iter()
                                .map(|field| FieldDrift::of(field, None))
                                .collect(),
                        },
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

/// What has happened to an object that a server holds; nothing when it is as we left it.
fn on_server(
    object: &ObjectRecord,
    (live, owner): (&Value, &Owner),
    rules: &[IgnoreFields],
    lens: &Lens<'_>,
) -> Result<Option<DriftKind>, PlanError> {
    let measured = Measured::of(object, live, lens)?;
    let taken = taken_over(object, owner, live, &measured.shape, lens.manager);
    if taken.is_none() && measured.is_same(&object.key, rules) {
        return Ok(None);
    }
    let changes = measured.changes(&object.key, rules).into_iter();
    let fields = changes
        .map(|change| {
            let by = writer(live, &measured.seen, &change.path);
            FieldDrift::of(change, by)
        })
        .collect();
    Ok(Some(match taken {
        Some(by) => DriftKind::TakenOver { by, fields },
        None => DriftKind::Changed { fields },
    }))
}
