//! What the `state` commands do with any store: list, find, move and forget. None of it touches a target.

use globset::GlobMatcher;

use crate::model::{ClusterName, LayerName, ObjectKey};

use super::{
    Address, ClusterRecord, LayerRecord, ObjectRecord, Outcome, Record, RevisionId, RevisionStart,
    Snapshot, StateError, Store,
};

/// What to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Clusters.
    Clusters,
    /// Layers.
    #[default]
    Layers,
    /// Objects.
    Objects,
}

/// Which to list: all when nothing is set.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The names of clusters.
    pub cluster: Option<GlobMatcher>,
    /// The names of layers.
    pub layer: Option<GlobMatcher>,
    /// The kinds of objects: `Deployment`.
    pub kind: Option<GlobMatcher>,
}

/// Everything of a kind that the filter lets through, by name, objects in their order. Clusters are listed when one of
/// their layers, layers when one of their objects is let through.
pub fn list(snapshot: &Snapshot, depth: Depth, filter: &Filter) -> Vec<Address> {
    let fits = |glob: &Option<GlobMatcher>, text: &str| {
        glob.as_ref().is_none_or(|glob| glob.is_match(text))
    };
    let mut found = Vec::new();
    for (cluster, record) in &snapshot.clusters {
        if !fits(&filter.cluster, cluster.as_str()) {
            continue;
        }
        let layers: Vec<_> = record
            .layers
            .iter()
            .filter(|(name, layer)| {
                fits(&filter.layer, name.as_str())
                    && (filter.kind.is_none()
                        || (layer.objects.iter())
                            .any(|object| fits(&filter.kind, &object.key.kind)))
            })
            .collect();
        match depth {
            Depth::Clusters => {
                if !layers.is_empty() || (filter.layer.is_none() && filter.kind.is_none()) {
                    found.push(Address::Cluster(cluster.clone()));
                }
            }
            Depth::Layers => found.extend(
                layers
                    .iter()
                    .map(|(name, _)| Address::Layer(cluster.clone(), (*name).clone())),
            ),
            Depth::Objects => found.extend(layers.iter().flat_map(|(name, layer)| {
                layer
                    .objects
                    .iter()
                    .filter(|object| fits(&filter.kind, &object.key.kind))
                    .map(|object| {
                        Address::Object(cluster.clone(), (*name).clone(), object.key.clone())
                    })
            })),
        }
    }
    found
}

/// What an address stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry<'a> {
    /// A cluster.
    Cluster(&'a ClusterRecord),
    /// A layer.
    Layer(&'a LayerRecord),
    /// An object; its text is [`Store::blob`] of its `blob`.
    Object(&'a ObjectRecord),
}

/// What an address stands for.
///
/// # Errors
/// When there is no such thing in the state.
pub fn find<'a>(snapshot: &'a Snapshot, address: &Address) -> Result<Entry<'a>, StateError> {
    let cluster = known_cluster(snapshot, address.cluster())?;
    match address {
        Address::Cluster(_) => Ok(Entry::Cluster(cluster)),
        Address::Layer(name, layer) => known_layer(cluster, name, layer).map(Entry::Layer),
        Address::Object(name, layer, key) => known_layer(cluster, name, layer)?
            .objects
            .iter()
            .find(|object| object.key == *key)
            .map(Entry::Object)
            .ok_or_else(|| StateError::NoObject(address.to_string())),
    }
}

/// Gives a cluster, or a layer within its cluster, another name in the state, as a revision of its own. Needs the lock.
/// The documents must say the same name, or the next plan makes the old one again; what is on a target stays where it
/// is.
///
/// # Errors
/// When there is no such thing, the new name is taken, the two are not of the same kind, or something of a layer is in
/// flight.
pub fn rename(
    store: &mut dyn Store,
    from: &Address,
    to: &Address,
    who: &str,
) -> Result<RevisionId, StateError> {
    let immovable = |why| StateError::Immovable {
        from: from.to_string(),
        to: to.to_string(),
        why,
    };
    let snapshot = store.snapshot()?;
    let batch = match (from, to) {
        (Address::Cluster(old), Address::Cluster(new)) => {
            known_cluster(&snapshot, old)?;
            if snapshot.clusters.contains_key(new) {
                return Err(StateError::Taken(to.to_string()));
            }
            vec![Record::ClusterMoved {
                from: old.clone(),
                to: new.clone(),
            }]
        }
        (Address::Layer(cluster, old), Address::Layer(other, new)) => {
            if cluster != other {
                return Err(immovable("a layer stays on its cluster"));
            }
            let record = known_cluster(&snapshot, cluster)?;
            let layer = known_layer(record, cluster, old)?;
            if record.layers.contains_key(new) {
                return Err(StateError::Taken(to.to_string()));
            }
            refuse_in_flight(record, cluster, old)?;
            let batch = renamed_layer(record, cluster, (old, layer), new);
            refuse_to_hide(record, &batch)?;
            batch
        }
        _ => return Err(immovable("only a cluster or a layer can have another name")),
    };
    revise(
        store,
        &snapshot,
        format!("state mv {from} {to}"),
        who,
        &batch,
    )
}

/// Forgets a cluster, a layer or an object, as a revision of its own. Needs the lock. What is on the target stays, and is
/// nobody's from then on. Where a forgotten layer or object was the holder of objects that other layers have as well,
/// the next of those layers holds them.
///
/// # Errors
/// When there is no such thing, or something is in flight in a layer that stays and would be recorded anew.
pub fn forget(
    store: &mut dyn Store,
    address: &Address,
    who: &str,
) -> Result<RevisionId, StateError> {
    let snapshot = store.snapshot()?;
    find(&snapshot, address)?;
    let cluster = address.cluster();
    let mut record = known_cluster(&snapshot, cluster)?.clone();
    let batch = match address {
        Address::Cluster(_) => vec![Record::ClusterRemoved {
            cluster: cluster.clone(),
        }],
        Address::Layer(_, layer) => {
            let gone = record.layers.remove(layer);
            let mut batch = vec![Record::LayerRemoved {
                cluster: cluster.clone(),
                layer: layer.clone(),
            }];
            let objects = gone.map(|layer| layer.objects).unwrap_or_default();
            batch.extend(handed_over(&mut record, cluster, &objects));
            batch
        }
        Address::Object(_, name, key) => {
            let layer = record
                .layers
                .get_mut(name)
                .ok_or_else(|| StateError::NoLayer {
                    cluster: cluster.clone(),
                    layer: name.clone(),
                })?;
            let gone: Vec<ObjectRecord> = layer
                .objects
                .extract_if(.., |object| object.key == *key)
                .collect();
            // The layer is no longer what was applied, so the next plan has to look at it.
            layer.fingerprint = None;
            let mut batch = vec![layer_record(cluster, name, layer)];
            record.layers.remove(name);
            batch.extend(handed_over(&mut record, cluster, &gone));
            batch
        }
    };
    refuse_to_hide(&record, &batch)?;
    revise(store, &snapshot, format!("state rm {address}"), who, &batch)
}

/// The records that give a layer another name, also where other layers depend on it.
fn renamed_layer(
    record: &ClusterRecord,
    cluster: &ClusterName,
    (old, layer): (&LayerName, &LayerRecord),
    new: &LayerName,
) -> Vec<Record> {
    let mut moved = layer_record(cluster, new, layer);
    if let Record::Layer { seed, .. } = &mut moved {
        *seed = record.seeds.get(old).cloned();
    }
    let mut batch = vec![
        moved,
        Record::LayerRemoved {
            cluster: cluster.clone(),
            layer: old.clone(),
        },
    ];
    for (name, other) in &record.layers {
        if other.depends_on.contains(old) {
            let mut other = other.clone();
            for needed in &mut other.depends_on {
                if needed == old {
                    *needed = new.clone();
                }
            }
            batch.push(layer_record(cluster, name, &other));
        }
    }
    batch
}

/// The records that make other layers the holders of what a forgotten one held.
fn handed_over(
    record: &mut ClusterRecord,
    cluster: &ClusterName,
    gone: &[ObjectRecord],
) -> Vec<Record> {
    let mut order: Vec<(u32, LayerName)> = record
        .layers
        .iter()
        .map(|(name, layer)| (layer.position, name.clone()))
        .collect();
    order.sort();
    let mut touched: Vec<LayerName> = Vec::new();
    for lost in gone.iter().filter(|object| object.holder) {
        let same =
            |object: &ObjectRecord, key: &ObjectKey| object.key == *key && object.hook == lost.hook;
        for (_, name) in &order {
            let Some(heir) = record.layers.get_mut(name).and_then(|layer| {
                layer
                    .objects
                    .iter_mut()
                    .find(|object| same(object, &lost.key))
            }) else {
                continue;
            };
            heir.holder = true;
            heir.seen = None;
            if !touched.contains(name) {
                touched.push(name.clone());
            }
            break;
        }
    }
    touched
        .iter()
        .filter_map(|name| Some(layer_record(cluster, name, record.layers.get(name)?)))
        .collect()
}

fn layer_record(cluster: &ClusterName, layer: &LayerName, record: &LayerRecord) -> Record {
    Record::Layer {
        cluster: cluster.clone(),
        layer: layer.clone(),
        record: Box::new(record.clone()),
        blobs: Vec::new(),
        seed: None,
    }
}

/// A record of a layer ends what is in flight in it, which would hide that an apply was interrupted.
fn refuse_to_hide(known: &ClusterRecord, batch: &[Record]) -> Result<(), StateError> {
    batch.iter().try_for_each(|record| match record {
        Record::Layer { cluster, layer, .. } => refuse_in_flight(known, cluster, layer),
        _ => Ok(()),
    })
}

fn refuse_in_flight(
    record: &ClusterRecord,
    cluster: &ClusterName,
    layer: &LayerName,
) -> Result<(), StateError> {
    if record.in_flight.iter().any(|flight| flight.layer == *layer) {
        return Err(StateError::InFlight(format!("{cluster}/{layer}")));
    }
    Ok(())
}

fn known_cluster<'a>(
    snapshot: &'a Snapshot,
    name: &ClusterName,
) -> Result<&'a ClusterRecord, StateError> {
    snapshot
        .clusters
        .get(name)
        .ok_or_else(|| StateError::NoCluster(name.clone()))
}

fn known_layer<'a>(
    record: &'a ClusterRecord,
    cluster: &ClusterName,
    layer: &LayerName,
) -> Result<&'a LayerRecord, StateError> {
    record.layers.get(layer).ok_or_else(|| StateError::NoLayer {
        cluster: cluster.clone(),
        layer: layer.clone(),
    })
}

/// Records one batch as a whole revision.
fn revise(
    store: &mut dyn Store,
    snapshot: &Snapshot,
    command: String,
    who: &str,
    batch: &[Record],
) -> Result<RevisionId, StateError> {
    let revision = store.begin(&RevisionStart {
        serial: snapshot.serial,
        command,
        who: who.to_owned(),
    })?;
    let recorded = store.record(revision, batch);
    let outcome = match recorded {
        Ok(()) => Outcome::Done,
        Err(_) => Outcome::Failed,
    };
    let finished = store.finish(revision, outcome);
    // Why the batch failed says more than why the end could not be written down.
    recorded.and(finished).map(|()| revision)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::Arc;

    use globset::Glob;

    use super::super::MemoryStore;
    use super::super::fixture::{add, intent, layer_record, put, run};
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn store() -> MemoryStore {
        let mut store = MemoryStore::default();
        run(
            &mut store,
            &[vec![
                add("a"),
                put("a", "l0", 0, &[0, 1]),
                put("a", "l1", 1, &[2]),
                add("b"),
                put("b", "l0", 0, &[3]),
            ]],
        );
        store
    }

    fn listed(snapshot: &Snapshot, depth: Depth, filter: &Filter) -> Vec<String> {
        list(snapshot, depth, filter)
            .iter()
            .map(Address::to_string)
            .collect()
    }

    #[test]
    fn addresses_are_read_as_they_are_written() {
        for text in [
            "prod-1",
            "prod-1/ingress",
            "prod-1/ingress/Deployment.apps/web/front",
            "prod-1/ingress/Service/web/front",
            "prod-1/ingress/ClusterRole.rbac.authorization.k8s.io/reader",
        ] {
            assert_eq!(address(text).to_string(), text);
        }
        for (text, message) in [
            ("", "it is empty"),
            ("A", "only lower case letters"),
            ("a/", "it is empty"),
            ("a/b/Service", "it wants `cluster`"),
            ("a/b/Service/c/d/e", "it wants `cluster`"),
            ("a/b/Service//d", "a part of it is empty"),
        ] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn lists_what_the_filter_lets_through() {
        let snapshot = store().snapshot().unwrap();
        let glob = |text: &str| Some(Glob::new(text).unwrap().compile_matcher());
        let all = Filter::default();
        assert_eq!(listed(&snapshot, Depth::Clusters, &all), ["a", "b"]);
        assert_eq!(
            listed(&snapshot, Depth::Layers, &all),
            ["a/l0", "a/l1", "b/l0"]
        );
        let only = Filter {
            layer: glob("l1"),
            ..Filter::default()
        };
        assert_eq!(listed(&snapshot, Depth::Clusters, &only), ["a"]);
        assert_eq!(
            listed(&snapshot, Depth::Objects, &only),
            ["a/l1/Deployment.apps/web/o2"]
        );
        let none = Filter {
            cluster: glob("a*"),
            kind: glob("Service"),
            ..Filter::default()
        };
        assert!(listed(&snapshot, Depth::Layers, &none).is_empty());
    }

    #[test]
    fn a_renamed_layer_keeps_its_objects_and_its_dependents() {
        let mut store = store();
        rename(&mut store, &address("a/l0"), &address("a/net"), "anna").unwrap();
        let snapshot = store.snapshot().unwrap();
        let layers = &snapshot.clusters["a"].layers;
        assert_eq!(
            layers.keys().map(LayerName::as_str).collect::<Vec<_>>(),
            ["l1", "net"]
        );
        assert_eq!(layers["net"].objects.len(), 2);
        assert_eq!(layers["l1"].depends_on[0].as_str(), "net");
        assert_eq!(store.revisions().unwrap()[1].command, "state mv a/l0 a/net");

        rename(&mut store, &address("a"), &address("c"), "anna").unwrap();
        assert!(store.snapshot().unwrap().clusters.contains_key("c"));
    }

    #[test]
    fn moves_that_make_no_sense_are_refused() {
        let mut store = store();
        run(&mut store, &[vec![intent("b", "l0", 3)]]);
        let before = store.snapshot().unwrap();
        for (from, to, message) in [
            ("a", "b", "`b` is in the state already"),
            ("a/l0", "a/l1", "`a/l1` is in the state already"),
            ("x", "y", "the state knows no cluster `x`"),
            ("a/x", "a/y", "the state knows no layer `x` on cluster `a`"),
            (
                "a/l0",
                "b/l9",
                "cannot move `a/l0` to `b/l9`: a layer stays on its cluster",
            ),
            (
                "a",
                "a/l9",
                "cannot move `a` to `a/l9`: only a cluster or a layer can have another name",
            ),
            (
                "b/l0",
                "b/l9",
                "an interrupted apply left `b/l0` unfinished: run `stratiform apply` first",
            ),
        ] {
            let error = rename(&mut store, &address(from), &address(to), "anna").unwrap_err();
            assert_eq!(error.to_string(), message);
        }
        assert_eq!(store.snapshot().unwrap(), before);
    }

    #[test]
    fn what_is_forgotten_is_gone_from_the_state_only() {
        let mut store = store();
        forget(&mut store, &address("a/l0/Deployment.apps/web/o1"), "anna").unwrap();
        let snapshot = store.snapshot().unwrap();
        let layer = &snapshot.clusters["a"].layers["l0"];
        assert_eq!(layer.objects.len(), 1);
        assert_eq!(layer.fingerprint, None);

        forget(&mut store, &address("a/l0"), "anna").unwrap();
        forget(&mut store, &address("b"), "anna").unwrap();
        let snapshot = store.snapshot().unwrap();
        assert_eq!(
            listed(&snapshot, Depth::Layers, &Filter::default()),
            ["a/l1"]
        );
        assert!(matches!(
            forget(&mut store, &address("b"), "anna"),
            Err(StateError::NoCluster(_))
        ));
    }

    #[test]
    fn the_next_layer_holds_what_a_forgotten_one_held() {
        let mut store = store();
        // The same object in a second and a third layer, which do not hold it.
        let batch = [("l3", 3), ("l2", 2)].map(|(name, position)| {
            let (mut record, blobs) = layer_record(position, &[1]);
            record.objects[0].holder = false;
            record.objects[0].hook = false;
            Record::Layer {
                cluster: ClusterName::new("a").unwrap(),
                layer: LayerName::new(name).unwrap(),
                record: Box::new(record),
                blobs: blobs
                    .into_iter()
                    .map(|(d, t)| (d, Arc::clone(&t)))
                    .collect(),
                seed: None,
            }
        });
        run(&mut store, &[batch.to_vec()]);
        forget(&mut store, &address("a/l0"), "anna").unwrap();
        let snapshot = store.snapshot().unwrap();
        let heir = |name: &str| snapshot.clusters["a"].layers[name].objects[0].clone();
        assert!(heir("l2").holder);
        assert_eq!(heir("l2").seen, None);
        assert!(!heir("l3").holder);
    }
}
