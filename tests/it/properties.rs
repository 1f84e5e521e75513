//! What holds for every project, tried on generated ones.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;

use crate::support::project::{Fleet, Folder, Layer, Ran};

/// A key that all projects here share, so that what they make of the same documents is the same.
const KEY: (&str, &str) = (
    "STRATIFORM_KEY",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
);

const LAYERS: [&str; 5] = ["amber", "birch", "cedar", "delta", "ember"];
const OBJECTS: [&str; 8] = ["o0", "o1", "o2", "o3", "o4", "o5", "o6", "o7"];

/// A fleet: some layers in some order, each of which may need those before it, and objects in at most one layer each.
fn fleets() -> impl Strategy<Value = Fleet> {
    let order = Just(LAYERS.to_vec()).prop_shuffle();
    let needs = proptest::collection::vec(any::<u8>(), LAYERS.len());
    let objects = proptest::collection::vec((0..LAYERS.len() * 2, 0..4_u32), OBJECTS.len());
    let spaced = proptest::collection::vec(proptest::option::weighted(0.3, 0..2_u8), LAYERS.len());
    (1..3_usize, 1..=LAYERS.len(), order, needs, objects, spaced).prop_map(
        |(clusters, count, order, needs, objects, spaced)| {
            let layers = (0..count).map(|at| Layer {
                name: order[at].to_owned(),
                needs: (0..at)
                    .filter(|before| needs[at] & (1 << before) != 0)
                    .map(|before| order[before].to_owned())
                    .collect(),
                objects: OBJECTS
                    .iter()
                    .zip(&objects)
                    .filter(|(_, (layer, _))| *layer == at)
                    .map(|(name, (_, value))| ((*name).to_owned(), *value))
                    .collect(),
                namespace: spaced[at].map(|number| format!("space-{number}")),
            });
            Fleet {
                clusters: (0..clusters).map(|at| format!("c{at}")).collect(),
                layers: layers.collect(),
                delete: true,
                ..Fleet::default()
            }
        },
    )
}

fn run(folder: &Folder, arguments: &[&str]) -> Ran {
    folder.run_with(&[KEY], arguments)
}

/// Applies from a saved plan, which must be the plan that is shown; its events must keep the order of its graph.
fn apply(folder: &Folder) {
    let shown = run(folder, &["plan", "--json", "--out", "plan.bin"])
        .exits(0)
        .json();
    let saved = run(folder, &["show", "plan.bin", "--json"]).exits(0).json();
    assert_eq!(shown, saved);
    let ran = run(folder, &["apply", "plan.bin", "--json", "--approve-delete"]).exits(0);
    if shown["clusters"] != serde_json::json!([]) {
        keeps_order(&shown, &ran);
    }
    let plan = run(folder, &["plan", "--json", "--refresh", "all"])
        .exits(0)
        .json();
    assert_eq!(plan["clusters"], serde_json::json!([]), "{plan:#}");
}

/// No layer begins before those that it needs have ended.
fn keeps_order(plan: &Value, ran: &Ran) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut times: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    for (at, line) in ran.err.lines().enumerate() {
        let event: Value = serde_json::from_str(line).expect("every line is an event");
        let key = (
            text(&event["event"]),
            text(&event["cluster"]),
            text(&event["layer"]),
        );
        times.insert(key, at);
    }
    for cluster in plan["clusters"].as_array().into_iter().flatten() {
        let time = |what: &str, layer: &Value| {
            let layer = &cluster["layers"][layer.as_u64().expect("a position") as usize]["layer"];
            let key = (what.to_owned(), text(&cluster["cluster"]), text(layer));
            *times
                .get(&key)
                .unwrap_or_else(|| panic!("no {key:?} in\n{}", ran.err))
        };
        for edge in cluster["edges"].as_array().into_iter().flatten() {
            let (before, after) = (time("finished", &edge[0]), time("started", &edge[1]));
            assert!(before < after, "{edge} of {cluster:#}\n{}", ran.err);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        max_shrink_iters: 60,
        ..ProptestConfig::default()
    })]

    /// A plan after an apply is empty, a saved plan is the plan that is shown, and orders respect the graph; the way to a
    /// project does not matter; and destroy leaves what is not ours.
    #[test]
    fn whatever_the_projects(first in fleets(), second in fleets()) {
        let folder = Folder::new("{}");
        folder.generate(&first);
        for foreign in ["out/c0/mine.yaml", "out/c0/amber/mine.yaml", "out/mine"] {
            folder.put(foreign, "mine\n");
        }
        apply(&folder);
        folder.generate(&second);
        apply(&folder);

        let direct = Folder::new("{}");
        direct.generate(&second);
        for foreign in ["out/c0/mine.yaml", "out/c0/amber/mine.yaml", "out/mine"] {
            direct.put(foreign, "mine\n");
        }
        apply(&direct);
        let (there, wanted) = (folder.bytes("out"), direct.bytes("out"));
        let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<BTreeSet<_>>();
        prop_assert_eq!(names(&there), names(&wanted));
        prop_assert!(there == wanted, "the same files, and other bytes");

        run(&folder, &["drift", "--json"]).exits(0);
        run(&folder, &["destroy", "--auto-approve"]).exits(0);
        prop_assert_eq!(folder.files("out"), ["c0/amber/mine.yaml", "c0/mine.yaml", "mine"]);
        prop_assert!(folder.snapshot().clusters.is_empty());
        run(&folder, &["state", "verify"]).exits(0);
    }
}
