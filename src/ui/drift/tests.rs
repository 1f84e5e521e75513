//! Drift as people and programs see it.

#![expect(clippy::unwrap_used, reason = "tests")]

use crate::diff::{Manager, fields};
use crate::model::ObjectKey;
use crate::plan::{ClusterDrift, DriftKind, DriftReport, FieldDrift, ObjectDrift};
use crate::yaml;

use super::super::View;
use super::super::plan::fixture::{cluster_name, layer_name};
use super::{drift_human, drift_json, drift_prometheus, drift_schema};

fn object(layer: &str, kind: &str, name: &str, what: DriftKind) -> ObjectDrift {
    ObjectDrift {
        layer: layer_name(layer),
        object: ObjectKey::new("", kind, "web", name),
        kind: what,
    }
}

fn fields_between(before: &str, after: &str, by: Option<&Manager>) -> Vec<FieldDrift> {
    let value = |text: &str| yaml::parse(text).unwrap().remove(0);
    let changes = fields(&value(before), &value(after)).into_iter();
    changes
        .map(|change| FieldDrift {
            path: change.path,
            before: change.before,
            after: change.after,
            by: by.cloned(),
        })
        .collect()
}

fn by(name: &str) -> Option<Manager> {
    Some(Manager {
        name: name.to_owned(),
        operation: "Update".to_owned(),
        time: Some("2026-01-02T03:04:05Z".parse().unwrap()),
    })
}

fn changed(before: &str, after: &str) -> DriftKind {
    DriftKind::Changed {
        fields: fields_between(before, after, None),
    }
}

fn cluster(name: &str, objects: Vec<ObjectDrift>) -> ClusterDrift {
    ClusterDrift {
        cluster: cluster_name(name),
        looked_at: 1200,
        objects,
        unmanaged: Vec::new(),
        index_drifted: false,
        unreachable: None,
    }
}

fn report() -> DriftReport {
    let many: String = (0..20).map(|at| format!("k{at}: a\n")).collect();
    let long = "a text that is rather long and goes on and on ".repeat(4);
    let first = vec![
        object(
            "frontend",
            "Deployment",
            "web",
            changed(
                "spec: {replicas: 3, paused: true, containers: [{name: a, image: x}]}",
                "spec: {replicas: 5, containers: [{name: a, image: z}], more: {a: 1}}",
            ),
        ),
        object(
            "frontend",
            "Secret",
            "login",
            changed(
                "data: {a: (sensitive 0123456789abcdef), b: (sensitive 0123456789abcdef)}",
                "data: {a: (sensitive 0123456789abcdee)}",
            ),
        ),
        object("frontend", "Service", "web", DriftKind::Deleted),
        object("logging", "ConfigMap", "settings", DriftKind::Formatting),
        object(
            "logging",
            "ConfigMap",
            "broken",
            DriftKind::Unreadable {
                why: "it is not YAML".to_owned(),
            },
        ),
        object("logging", "Service", "logs", DriftKind::InFlight),
        object(
            "logging",
            "Deployment",
            "scaled",
            DriftKind::Changed {
                fields: [
                    fields_between("spec: {a: 1}", "spec: {a: 2}", by("kubectl-edit").as_ref()),
                    fields_between(
                        "spec: {replicas: 1}",
                        "spec: {replicas: 2}",
                        by("kubectl").as_ref(),
                    ),
                    fields_between("spec: {paused: true}", "spec: {}", None),
                ]
                .concat(),
            },
        ),
        object(
            "logging",
            "Deployment",
            "taken",
            DriftKind::TakenOver {
                by: "argocd-controller".to_owned(),
                fields: fields_between(
                    "spec: {a: 1}",
                    "spec: {a: 2}",
                    by("argocd-controller").as_ref(),
                ),
            },
        ),
        object(
            "logging",
            "ConfigMap",
            "many",
            changed(&many, &many.replace(": a", ": b")),
        ),
        object(
            "logging",
            "ConfigMap",
            "long",
            changed("text: short", &format!("text: {long}")),
        ),
    ];
    let mut index = cluster("prod-2", vec![]);
    index.index_drifted = true;
    index.unmanaged = vec![
        "rendered/prod-2/README.md".to_owned(),
        "rendered/prod-2/x.yaml".to_owned(),
    ];
    let mut unreachable = cluster("prod-4", vec![]);
    unreachable.unreachable = Some("cannot read rendered/prod-4: permission denied".to_owned());
    DriftReport {
        clusters: vec![
            cluster("prod-1", first),
            index,
            cluster("prod-3", vec![]),
            unreachable,
        ],
    }
}

#[test]
fn for_people() {
    let text = drift_human(&report(), &View::default());
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    insta::assert_snapshot!("drift", text);
    let none = DriftReport {
        clusters: vec![cluster("prod-1", vec![])],
    };
    insta::assert_snapshot!(drift_human(&none, &View::default()), @"No drift. 1,200 objects on 1 cluster looked at.");
}

#[test]
fn for_programs() {
    let validator = jsonschema::validator_for(&drift_schema()).unwrap();
    let json = drift_json(&report());
    let problems: Vec<String> = validator
        .iter_errors(&json)
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect();
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(json["summary"]["objects"]["checked"], 3600);
    assert_eq!(
        json["clusters"][0]["objects"][0]["fields"][0]["path"],
        "spec.replicas"
    );
    let mut wrong = json;
    wrong["clusters"][0]["objects"][0]["drift"] = "vanished".into();
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn for_prometheus() {
    insta::assert_snapshot!("prometheus", drift_prometheus(&report()));
}
