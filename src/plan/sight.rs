//! What was seen of a cluster's objects, by place.

use std::collections::HashMap;

use crate::model::{LayerName, ObjectKey, TargetSpec};
use crate::state::{ClusterRecord, InFlight, ObjectRecord};
use crate::target::{Known, Observed};

use super::desired::{Desired, Rendering};

/// Where an object may be on a target.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The layer that holds it.
    pub layer: LayerName,
    /// Whether it is kept there as a Helm hook.
    pub hook: bool,
    /// The object.
    pub key: ObjectKey,
}

/// What was seen, by place. A place that nobody looked at counts as absent.
pub type Sight = HashMap<Place, Observed>;

impl Place {
    /// The place of an object that the state knows.
    pub fn of_record(layer: &LayerName, object: &ObjectRecord) -> Self {
        Self {
            layer: layer.clone(),
            hook: object.hook,
            key: object.key.clone(),
        }
    }

    /// The place of an object that was in flight.
    pub fn of_flight(flight: &InFlight) -> Self {
        Self {
            layer: flight.layer.clone(),
            hook: flight.intent.hook,
            key: flight.intent.key.clone(),
        }
    }
}

/// Everything that has to be looked at before a cluster can be planned: what we made, what was in flight, and what
/// should be made. Each place once. Hooks on servers run and are not kept, so nobody looks for them.
pub fn places(
    prior: Option<&ClusterRecord>,
    desired: Option<&Desired>,
    target: &TargetSpec,
) -> Vec<Known> {
    let mut known: Vec<Known> = Vec::new();
    let mut taken: HashMap<Place, usize> = HashMap::new();
    let mut note = |place: Place, content, seen| {
        if place.hook && target.is_server() {
            return;
        }
        taken.entry(place).or_insert_with_key(|place| {
            let Place { layer, hook, key } = place.clone();
            known.push(Known {
                layer,
                key,
                hook,
                content,
                seen,
            });
            known.len() - 1
        });
    };
    if let Some(prior) = prior {
        // What is in flight is looked at first-hand: what the state knew of it is not trusted.
        for flight in &prior.in_flight {
            note(Place::of_flight(flight), None, None);
        }
        for (layer, record) in &prior.layers {
            for object in record.objects.iter().filter(|object| object.holder) {
                note(
                    Place::of_record(layer, object),
                    Some(object.content),
                    object.seen,
                );
            }
        }
    }
    for layer in desired.iter().flat_map(|desired| &desired.layers) {
        if let Rendering::Rendered { objects, .. } = &layer.rendering {
            for object in objects {
                note(
                    Place {
                        layer: layer.layer.clone(),
                        hook: object.hook,
                        key: object.key.clone(),
                    },
                    None,
                    None,
                );
            }
        }
    }
    known
}
