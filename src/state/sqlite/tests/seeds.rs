//! Seeds: recorded with layers, kept longer than layers.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use crate::model::{LayerName, Seed};
use crate::state::fixture::{
    add, cluster, cluster_record, layer, put, run, seed, start, with_seed,
};
use crate::state::{Address, Record, Store, rename};

use super::{clean, place, write};

fn seeds(store: &mut dyn Store) -> BTreeMap<LayerName, Seed> {
    store.snapshot().unwrap().clusters[&cluster("a")]
        .seeds
        .clone()
}

fn expected<const N: usize>(seeds: [(&str, Seed); N]) -> BTreeMap<LayerName, Seed> {
    seeds.map(|(name, seed)| (layer(name), seed)).into()
}

#[test]
fn a_seed_stays_when_its_layer_goes_and_goes_with_its_cluster() {
    let (_folder, path) = place();
    let mut store = write(&path);
    let first = with_seed(put("a", "web", 0, &[1]), seed(1, "web"));
    run(&mut store, &[vec![add("a"), first]]);
    // Whoever records a layer without saying anything of its seed leaves it.
    run(&mut store, &[vec![put("a", "web", 0, &[2])]]);
    let gone = Record::LayerRemoved {
        cluster: cluster("a"),
        layer: layer("web"),
    };
    run(&mut store, &[vec![gone]]);
    assert_eq!(seeds(&mut store), expected([("web", seed(1, "web"))]));
    let removed = Record::ClusterRemoved {
        cluster: cluster("a"),
    };
    run(&mut store, &[vec![removed, add("a")]]);
    assert_eq!(seeds(&mut store), BTreeMap::new());
    clean(&store);
}

#[test]
fn a_seed_follows_its_layer_to_another_name() {
    let (_folder, path) = place();
    let mut store = write(&path);
    let first = with_seed(put("a", "web", 0, &[1]), seed(2, "web"));
    run(&mut store, &[vec![add("a"), first]]);
    let address = |text: &str| text.parse::<Address>().unwrap();
    rename(&mut store, &address("a/web"), &address("a/shop"), "anna").unwrap();
    assert_eq!(seeds(&mut store), expected([("shop", seed(2, "web"))]));
    let other = with_seed(put("a", "web", 1, &[2]), seed(3, "web"));
    run(&mut store, &[vec![other]]);
    let both = [("shop", seed(2, "web")), ("web", seed(3, "web"))];
    assert_eq!(seeds(&mut store), expected(both));
    clean(&store);
}

#[test]
fn a_batch_that_fails_leaves_the_seeds() {
    let (_folder, path) = place();
    let mut store = write(&path);
    let first = with_seed(put("a", "web", 0, &[1]), seed(1, "web"));
    run(&mut store, &[vec![add("a"), first]]);
    let serial = store.snapshot().unwrap().serial;
    let revision = store.begin(&start(serial)).unwrap();
    let batch = [
        with_seed(put("a", "web", 0, &[1]), seed(2, "web")),
        put("nobody", "web", 0, &[]),
    ];
    assert!(store.record(revision, &batch).is_err());
    assert_eq!(seeds(&mut store), expected([("web", seed(1, "web"))]));
}

#[test]
fn a_cluster_that_moves_hands_its_seeds_over() {
    let (_folder, path) = place();
    let mut store = write(&path);
    let first = with_seed(put("a", "web", 0, &[1]), seed(4, "web"));
    run(&mut store, &[vec![add("a"), first]]);
    let mut record = cluster_record("elsewhere");
    record.seeds = seeds(&mut store);
    let moved = Record::ClusterMoved {
        from: cluster("a"),
        to: cluster("a.retired"),
    };
    let new = Record::Cluster {
        cluster: cluster("a"),
        record,
    };
    run(&mut store, &[vec![moved, new]]);
    assert_eq!(seeds(&mut store), expected([("web", seed(4, "web"))]));
    clean(&store);
}
