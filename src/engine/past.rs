//! What a cluster was after an earlier revision, as what it should be.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{LayerName, Waiting};
use crate::plan::{Desired, DesiredLayer, DesiredObject, PlanError, PlannedBlob, Rendering, Texts};
use crate::state::ClusterRecord;
use crate::yaml;

/// What a cluster was, as what it should be.
pub(super) fn as_it_was(record: &ClusterRecord, texts: &dyn Texts) -> Result<Desired, PlanError> {
    let mut known: Vec<_> = record.layers.iter().collect();
    known.sort_by_key(|(_, layer)| layer.position);
    let positions: HashMap<&LayerName, usize> = known
        .iter()
        .enumerate()
        .map(|(at, (name, _))| (*name, at))
        .collect();
    let mut desired = Desired::default();
    for (at, (name, layer)) in known.iter().enumerate() {
        desired.edges.extend(
            layer
                .depends_on
                .iter()
                .filter_map(|needed| positions.get(needed).copied())
                // Layers that were applied at different times may name each other.
                .filter(|needed| *needed < at)
                .map(|needed| (needed, at)),
        );
        let blob = |digest| {
            texts.text(digest).map(|text| PlannedBlob {
                digest: *digest,
                text,
            })
        };
        let mut objects = Vec::with_capacity(layer.objects.len());
        for object in &layer.objects {
            let blob = blob(&object.blob)?;
            let parsed = yaml::parse(&blob.text).ok().and_then(|mut all| all.pop());
            let real = Arc::new(parsed.ok_or(PlanError::Damaged {
                digest: object.blob,
            })?);
            let (key, masked) = (object.key.clone(), object.masked);
            objects.push(DesiredObject {
                key,
                hook: object.hook,
                keep: object.keep,
                masked,
                blob,
                content: object.content,
                real,
            });
        }
        desired.layers.push(DesiredLayer {
            layer: (*name).clone(),
            category: layer.category.clone(),
            content: layer.content.clone(),
            profile: layer.profile.clone(),
            fingerprint: layer.fingerprint.unwrap_or(layer.values),
            depends_on: layer.depends_on.clone(),
            waiting: Waiting::default(),
            ignore_fields: layer.ignore_fields.clone().into(),
            renamed_from: None,
            seed: None,
            rotated: false,
            rendering: Rendering::Rendered {
                values: blob(&layer.values)?,
                objects,
            },
        });
    }
    Ok(desired)
}
