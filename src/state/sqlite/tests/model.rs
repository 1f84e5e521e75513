//! The file against a simple model that keeps whole copies.

use proptest::prelude::*;
use uuid::Uuid;

use crate::model::ClusterName;
use crate::state::fixture::{
    cluster, cluster_record, hook_ran, intent, layer, put, seed, seen, sighting, start, with_seed,
};
use crate::state::{MemoryStore, Origin, Outcome, Record, Sighting, Snapshot, Store};

use super::super::verify;
use super::{place, write_fast};

/// One thing that a random revision does.
fn records() -> impl Strategy<Value = Record> {
    let name = prop::sample::select(vec!["a", "b", "c"]);
    let layers = prop::sample::select(vec!["l0", "l1", "l2"]);
    let seeds = prop::option::of((1_u64..3, layers.clone()));
    let objects = prop::collection::vec(0_u8..12, 0..4);
    prop_oneof![
        2 => (name.clone(), any::<bool>(), 0_u64..3).prop_map(|(name, delete, look)| {
            let mut record = cluster_record("out");
            record.delete_when_removed = delete;
            record.index = (look > 0).then(|| seen(look));
            Record::Cluster { cluster: cluster(name), record }
        }),
        6 => (name.clone(), layers.clone(), 0_u32..3, objects, 0_u64..3, seeds).prop_map(
            |(name, at, position, objects, look, new)| {
                let mut record = put(name, at, position, &objects);
                if let Some((generation, first)) = new {
                    record = with_seed(record, seed(generation, first));
                }
                if let Record::Layer { record, .. } = &mut record {
                    for object in &mut record.objects {
                        object.seen = (look > 0).then(|| seen(look));
                        object.held = object.held.filter(|_| look < 2);
                        if look == 0 {
                            object.origin = Origin::Made;
                        }
                    }
                }
                record
            }
        ),
        2 => (name.clone(), layers.clone(), 0_u8..3)
            .prop_map(|(name, at, number)| intent(name, at, number)),
        1 => (name.clone(), layers.clone(), 0_u8..3)
            .prop_map(|(name, at, number)| hook_ran(name, at, number)),
        2 => (name.clone(), layers).prop_map(|(name, at)| Record::LayerRemoved {
            cluster: cluster(name),
            layer: layer(at),
        }),
        1 => (name.clone(), name.clone()).prop_map(|(from, to)| Record::ClusterMoved {
            from: cluster(from),
            to: cluster(to),
        }),
        1 => name.clone().prop_map(|name| Record::ClusterRemoved { cluster: cluster(name) }),
        1 => (name, 0_u64..3).prop_map(|(name, look)| Record::Index {
            cluster: cluster(name),
            seen: (look > 0).then(|| seen(look)),
        }),
    ]
}

/// A batch, and what somebody else saw afterwards.
fn batch() -> impl Strategy<Value = (Vec<Record>, Vec<(ClusterName, Sighting)>)> {
    let seen = (prop::sample::select(vec!["a", "b", "c"]), 0_u32..3)
        .prop_map(|(name, drifted)| (cluster(name), sighting(drifted)));
    (
        prop::collection::vec(records(), 0..6),
        prop::collection::vec(seen, 0..2),
    )
}

fn bare(snapshot: Snapshot) -> Snapshot {
    Snapshot {
        lineage: Uuid::nil(),
        ..snapshot
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is recorded, the file says the same as a simple model that keeps whole copies.
    #[test]
    fn the_file_agrees_with_the_model(
        revisions in prop::collection::vec(
            (prop::collection::vec(batch(), 0..4), any::<bool>()),
            1..8,
        )
    ) {
        let (_folder, path) = place();
        let mut file = write_fast(&path);
        let mut model = MemoryStore::default();
        for (batches, opened_again) in revisions {
            let serial = model.snapshot().unwrap().serial;
            let revision = model.begin(&start(serial)).unwrap();
            prop_assert_eq!(file.begin(&start(serial)).unwrap(), revision);
            for (batch, seen) in batches {
                let wanted = model.record(revision, &batch).map_err(|error| error.to_string());
                let got = file.record(revision, &batch).map_err(|error| error.to_string());
                prop_assert_eq!(got, wanted);
                model.remember(&seen).unwrap();
                file.remember(&seen).unwrap();
                prop_assert_eq!(bare(file.snapshot().unwrap()), bare(model.snapshot().unwrap()));
            }
            // A revision that is not finished was killed.
            if opened_again {
                drop(file);
                file = write_fast(&path);
            } else {
                model.finish(revision, Outcome::Failed).unwrap();
                file.finish(revision, Outcome::Failed).unwrap();
            }
        }
        let wanted = model.revisions().unwrap();
        let got = file.revisions().unwrap();
        prop_assert_eq!(got.len(), wanted.len());
        for (got, wanted) in got.iter().zip(&wanted) {
            prop_assert_eq!(&got.clusters, &wanted.clusters);
            prop_assert_eq!(got.outcome, wanted.outcome);
            for name in ["a", "b", "c"] {
                prop_assert_eq!(
                    file.cluster_at(&cluster(name), got.id).unwrap(),
                    model.cluster_at(&cluster(name), got.id).unwrap()
                );
            }
        }
        let found: Vec<_> = verify(&file)
            .unwrap()
            .into_iter()
            .filter(|finding| !finding.is_about_ownership())
            .collect();
        prop_assert!(found.is_empty(), "{:?}", found);
    }
}
