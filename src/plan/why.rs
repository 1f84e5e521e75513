//! Why layers change, as far as the documents have to do with it.

use crate::state::LayerRecord;

use super::cluster::Subject;
use super::desired::{DesiredLayer, Rendering};
use super::{ClusterAction, Reason};

/// Adds a reason that is not there yet.
pub(super) fn note(reasons: &mut Vec<Reason>, reason: Reason) {
    if !reasons.contains(&reason) {
        reasons.push(reason);
    }
}

/// Whether the server has another version of Kubernetes than the one that the cluster was last applied for; where that is not
/// known, than when somebody last looked.
fn server_changed(subject: &Subject<'_>) -> Option<Reason> {
    let now = &subject.desired?.capabilities.as_ref()?.kube_version;
    let seen = subject.prior?.sighting.as_ref()?;
    let last = seen.capabilities.as_ref().map(|known| &known.kube_version);
    let before = seen.applied_for.as_ref().or(last)?;
    (now != before).then(|| Reason::Capabilities {
        from: before.clone(),
        to: now.clone(),
    })
}

/// Whether a layer was rendered again and came out otherwise.
fn is_rendered_otherwise(before: &LayerRecord, rendering: &Rendering) -> bool {
    let Rendering::Rendered { objects, .. } = rendering else {
        return false;
    };
    let before = before.objects.iter();
    let before = before.map(|object| (&object.key, &object.content));
    !before.eq(objects.iter().map(|object| (&object.key, &object.content)))
}

/// Why a layer changes, as far as the documents have to do with it.
pub(super) fn layer_reasons(
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
    if layer.rotated {
        reasons.push(Reason::Rotated);
    }
    if reasons.is_empty() && before.fingerprint != Some(layer.fingerprint) {
        reasons.push(server_changed(subject).unwrap_or(Reason::Rendering));
    } else if reasons.is_empty() && is_rendered_otherwise(before, &layer.rendering) {
        // Nothing else makes something new of what depends on the same as before.
        reasons.push(Reason::LookedUp);
    }
    let (old, new) = (&before.profile, &layer.profile);
    if old.name == new.name && old.version != new.version {
        reasons.push(Reason::Profile {
            from: old.version.clone(),
            to: new.version.clone(),
        });
    } else if old.name == new.name && old.digest != new.digest {
        note(&mut reasons, Reason::SameVersionEdited);
    }
    reasons
}
