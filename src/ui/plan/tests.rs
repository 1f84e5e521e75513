//! Plans as people and programs see them.

#![expect(clippy::unwrap_used, reason = "tests")]

use crate::model::{Keep, Version};
use crate::plan::{
    Action, Approval, ApprovalKind, ClusterAction, ObjectAction, Plan, Purpose, Reason,
};

use super::super::View;
use super::fixture::*;
use super::{plan_human, plan_json, plan_markdown, plan_schema};

fn shown(plan: &Plan) -> String {
    plan_human(plan, &View::default())
}

fn repair() -> crate::plan::LayerPlan {
    let drifted = object(
        ("Deployment.apps", "web/frontend"),
        ObjectAction::Repair,
        vec![Reason::Drifted],
        (
            &deployment("frontend", "1.0", 7),
            &deployment("frontend", "1.0", 3),
        ),
    );
    let again = object(
        ("Service", "web/frontend"),
        ObjectAction::Recreate,
        vec![Reason::Drifted],
        ("", "kind: Service\n"),
    );
    let formatted = object(
        ("ConfigMap", "web/frontend"),
        ObjectAction::Repair,
        vec![Reason::Formatting],
        ("kind: ConfigMap\n", "kind: ConfigMap\n"),
    );
    layer(
        "frontend",
        Action::Update,
        ("frontend 2.0.0", "frontend 2.0.0"),
        vec![Reason::Drifted, Reason::Formatting],
        vec![drifted, again, formatted],
    )
}

#[test]
fn nothing_to_do() {
    insta::assert_snapshot!(shown(&plan(vec![])));
}

#[test]
fn a_new_cluster() {
    insta::assert_snapshot!(shown(&plan(vec![new_cluster("prod-1")])));
}

#[test]
fn many_new_clusters() {
    let names = (1..=412).map(|number| format!("prod-eu-{number}"));
    let clusters = names.map(|name| new_cluster(&name)).collect();
    insta::assert_snapshot!(shown(&plan(clusters)));
}

#[test]
fn an_update_with_values_and_objects() {
    let plan = plan(vec![cluster("prod-1", vec![upgrade("prod-1")])]);
    insta::assert_snapshot!("update_80", shown(&plan));
    let wide = View {
        width: 120,
        ..View::default()
    };
    insta::assert_snapshot!("update_120", plan_human(&plan, &wide));
    let coloured = View {
        colour: true,
        ..View::default()
    };
    insta::assert_snapshot!(
        "update_coloured",
        plan_human(&plan, &coloured).replace('\u{1b}', "^")
    );
}

#[test]
fn drift_is_repaired() {
    insta::assert_snapshot!(shown(&plan(vec![cluster("prod-1", vec![repair()])])));
}

#[test]
fn a_layer_and_a_cluster_go() {
    let why = Reason::RemovedFromProfile;
    let goes = layer(
        "logging",
        Action::Delete,
        ("fluentbit 5.0.2", ""),
        vec![why.clone()],
        vec![
            gone("DaemonSet.apps", "logging/fluentbit", why.clone()),
            gone("Namespace", "logging", why),
        ],
    );
    let removed = Reason::ClusterRemoved;
    let whole = layer(
        "cni",
        Action::Delete,
        ("cilium 1.16.1", ""),
        vec![removed.clone()],
        vec![gone("DaemonSet.apps", "cilium/agent", removed)],
    );
    let mut plan = plan(vec![
        cluster("prod-1", vec![goes]),
        with(cluster("prod-2", vec![whole]), ClusterAction::Delete),
        with(cluster("prod-3", vec![]), ClusterAction::Forget),
    ]);
    for (name, what) in [
        ("prod-1", "Namespace logging"),
        ("prod-2", "the cluster prod-2 with everything in it"),
    ] {
        plan.approvals.push(Approval {
            cluster: cluster_name(name),
            layer: None,
            kind: ApprovalKind::Delete {
                what: what.to_owned(),
            },
        });
    }
    plan.approvals.push(Approval {
        cluster: cluster_name("prod-1"),
        layer: None,
        kind: ApprovalKind::DeleteLimit {
            deletes: 3,
            limit: 2,
        },
    });
    insta::assert_snapshot!(shown(&plan));
}

#[test]
fn repaves_want_an_approval() {
    let (clusters, approvals) = (1..=30)
        .map(|number| repave(&format!("prod-eu-{number}")))
        .unzip();
    let (one, approval) = repave("lab");
    let mut fleet = Plan {
        approvals,
        ..plan(clusters)
    };
    insta::assert_snapshot!("repave_fleet", shown(&fleet));
    fleet.clusters = vec![one];
    fleet.approvals = vec![approval];
    insta::assert_snapshot!("repave_one", shown(&fleet));
}

#[test]
fn refusals_and_warnings() {
    let mut plan = plan(vec![repave("prod-1").0, repave("prod-2").0]);
    plan.refusals = vec![refusal("prod-1"), refusal("prod-2"), refusal("lab")];
    plan.refusals[2].what = "Kubernetes cannot go back from 1.30.4 to 1.29.1".to_owned();
    plan.refusals[2].instead = "keep 1.30.4, or make a new cluster with 1.29.1".to_owned();
    plan.warnings = vec!["the pack `nginx` is older than what its author supports, and nobody knows for how long it will work".to_owned()];
    insta::assert_snapshot!(shown(&plan));
}

#[test]
fn moves_renames_and_replaces() {
    let moved = object(
        ("ConfigMap", "web/settings"),
        ObjectAction::Move {
            from: layer_name("old"),
            hook: false,
        },
        vec![],
        (
            "kind: ConfigMap\ndata:\n  a: x\n",
            "kind: ConfigMap\ndata:\n  a: x\n",
        ),
    );
    let replaced = object(
        ("Job.batch", "web/migrate"),
        ObjectAction::Replace,
        vec![],
        ("spec:\n  selector: a\n", "spec:\n  selector: b\n"),
    );
    let recorded = object(("Service", "web/a"), ObjectAction::Record, vec![], ("", ""));
    let forgotten = object(("Service", "web/b"), ObjectAction::Forget, vec![], ("", ""));
    let kept = object(
        ("ConfigMap", "web/d"),
        ObjectAction::Keep {
            because: Keep::Policy,
        },
        vec![],
        ("kind: ConfigMap\n", ""),
    );
    let conflict = object(
        ("Service", "web/c"),
        ObjectAction::Conflict,
        vec![],
        (
            "kind: Service\nspec: {}\n",
            "kind: Service\nspec:\n  type: NodePort\n",
        ),
    );
    let renamed = layer(
        "new",
        Action::Record,
        ("web 1.0.0", "web 1.0.0"),
        vec![Reason::Renamed {
            from: layer_name("old"),
        }],
        vec![moved, recorded, forgotten],
    );
    let anew = layer(
        "jobs",
        Action::Replace,
        ("web 1.0.0", "other 2.0.0"),
        vec![Reason::Source {
            from: "web".to_owned(),
            to: "other".to_owned(),
        }],
        vec![replaced, kept, conflict],
    );
    let plan = plan(vec![
        with(
            cluster("prod-new", vec![renamed, anew]),
            ClusterAction::Rename {
                from: cluster_name("prod-old"),
            },
        ),
        with(
            cluster("prod-there", vec![]),
            ClusterAction::Retarget {
                from: target("here"),
                was: cluster_name("prod-there"),
                retired: cluster_name("prod-there.retired"),
            },
        ),
    ]);
    insta::assert_snapshot!(shown(&plan));
}

#[test]
fn a_fleet_is_grouped() {
    let mut clusters: Vec<_> = (1..=412)
        .map(|number| format!("prod-eu-{number}"))
        .map(|name| cluster(&name, vec![upgrade(&name)]))
        .collect();
    clusters[4].layers.push(repair());
    let fleet = plan(clusters);
    insta::assert_snapshot!("fleet", shown(&fleet));
    let view = View {
        expand: true,
        ..View::default()
    };
    let few = plan(fleet.clusters[3..5].to_vec());
    insta::assert_snapshot!("fleet_expanded", plan_human(&few, &view));
}

#[test]
fn what_is_masked_is_told_as_changed() {
    let secret = |password: &str, user: &str| {
        format!("kind: Secret\ndata:\n  a: {user}\n  password: {password}\n  url: x\n")
    };
    let changed = object(
        ("Secret", "web/login"),
        ObjectAction::Update,
        vec![],
        (
            &secret(
                "(sensitive 0123456789abcdef)",
                "(sensitive 5555555555555555)",
            ),
            &secret(
                "(sensitive fedcba9876543210)",
                "(sensitive 5555555555555555)",
            ),
        ),
    );
    let plan = plan(vec![cluster(
        "prod-1",
        vec![layer(
            "login",
            Action::Update,
            ("login 1.0.0", "login 1.0.0"),
            vec![Reason::Values],
            vec![changed],
        )],
    )]);
    insta::assert_snapshot!(shown(&plan));
}

#[test]
fn long_differences_and_long_lists_are_cut() {
    let before: String = (0..100)
        .map(|line| format!("key{line}: {line}\n"))
        .collect();
    let after = before.replace(": ", ": 1");
    let long = object(
        (
            "ConfigMap",
            "a-namespace-with-quite-a-long-name/a-config-map-with-a-name-that-is-far-too-long-for-any-line",
        ),
        ObjectAction::Update,
        vec![Reason::Drifted],
        (&before, &after),
    );
    let mut objects: Vec<_> = (0..30)
        .map(|at| made("Service", &format!("web/service-{at}")))
        .collect();
    objects.push(long);
    let plan = plan(vec![cluster(
        "prod-1",
        vec![layer(
            "login",
            Action::Update,
            ("login 1.0.0", "login 1.0.0"),
            vec![Reason::Values, Reason::Drifted],
            objects,
        )],
    )]);
    let text = shown(&plan);
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    insta::assert_snapshot!(text);
}

#[test]
fn destroy_and_rollback_say_so() {
    let why = Reason::Destroyed;
    let layer = layer(
        "cni",
        Action::Delete,
        ("cilium 1.16.1", ""),
        vec![why.clone()],
        vec![gone("DaemonSet.apps", "cilium/agent", why)],
    );
    let mut plan = plan(vec![with(
        cluster("prod-1", vec![layer]),
        ClusterAction::Delete,
    )]);
    plan.purpose = Purpose::Destroy;
    insta::assert_snapshot!("destroy", shown(&plan));
    plan.purpose = Purpose::Rollback {
        cluster: cluster_name("prod-1"),
        to: 12,
    };
    plan.clusters = vec![cluster("prod-1", vec![upgrade("prod-1")])];
    insta::assert_snapshot!("rollback", shown(&plan));
    plan.clusters.clear();
    insta::assert_snapshot!("rollback_nothing", shown(&plan));
}

/// One of everything.
fn full() -> Plan {
    let (repaved, approval) = repave("prod-2");
    let mut prod = cluster("prod-1", vec![upgrade("prod-1"), repair()]);
    prod.index_drifted = true;
    let mut plan = plan(vec![
        prod,
        repaved,
        new_cluster("prod-3"),
        with(cluster("prod-4", vec![]), ClusterAction::Forget),
    ]);
    plan.approvals = vec![approval];
    plan.refusals = vec![refusal("prod-2")];
    plan.warnings = vec!["a <b> | `c`".to_owned()];
    plan
}

#[test]
fn a_comment_on_a_pull_request() {
    insta::assert_snapshot!("markdown", plan_markdown(&full(), &View::default()));
    insta::assert_snapshot!(
        "markdown_empty",
        plan_markdown(&plan(vec![]), &View::default())
    );
    let fleet = (1..=412).map(|number| upgrade_of(&format!("prod-eu-{number}")));
    insta::assert_snapshot!(
        "markdown_fleet",
        plan_markdown(&plan(fleet.collect()), &View::default())
    );
}

fn upgrade_of(name: &str) -> crate::plan::ClusterPlan {
    cluster(name, vec![upgrade(name)])
}

#[test]
fn a_comment_is_never_too_long() {
    let many = (1..=2000).map(|number| {
        let layer = repair();
        let (before, after) = (format!("a: {number}\n"), format!("a: x{number}\n"));
        cluster(
            &format!("prod-{number}"),
            vec![values(layer, &before, &after)],
        )
    });
    let mut plan = plan(many.collect());
    plan.refusals = (1..=2000)
        .map(|number| {
            let mut refusal = refusal("prod");
            refusal.what = format!("{} {number}", refusal.what);
            refusal
        })
        .collect();
    let text = plan_markdown(&plan, &View::default());
    assert!(text.len() <= 60_000, "{}", text.len());
    let last = text.lines().last().unwrap();
    insta::assert_snapshot!(last, @"_Too long for a comment: 1,727 rows and 1,932 differences left out. `stratiform plan` shows everything._");
    assert_eq!(
        text.matches("<details>").count(),
        text.matches("</details>").count()
    );
}

/// Every variant that a plan can hold.
fn variants() -> Plan {
    let mut plan = full();
    let reasons = vec![
        Reason::NewCluster,
        Reason::NewLayer,
        version("1.0", "2.0"),
        Reason::Source {
            from: "a".to_owned(),
            to: "b".to_owned(),
        },
        Reason::Profile {
            from: semver::Version::new(1, 0, 0),
            to: semver::Version::new(1, 1, 0),
        },
        Reason::SameVersionEdited,
        Reason::Values,
        Reason::Order,
        Reason::Rendering,
        Reason::LookedUp,
        Reason::Capabilities {
            from: Version::new("v1.36.0").unwrap(),
            to: Version::new("v1.37.0").unwrap(),
        },
        Reason::Drifted,
        Reason::TakenOver { by: "x".to_owned() },
        Reason::Immutable {
            message: "no".to_owned(),
        },
        Reason::Formatting,
        Reason::Interrupted,
        Reason::RemovedFromProfile,
        Reason::NoLongerRendered,
        Reason::ClusterRemoved,
        Reason::Destroyed,
        Reason::Renamed {
            from: layer_name("x"),
        },
        Reason::RolledBack { to: 3 },
        Reason::Retargeted,
        Reason::Rotated,
    ];
    let actions = [
        ObjectAction::Create,
        ObjectAction::Recreate,
        ObjectAction::Update,
        ObjectAction::Repair,
        ObjectAction::Replace,
        ObjectAction::Move {
            from: layer_name("x"),
            hook: true,
        },
        ObjectAction::Adopt,
        ObjectAction::Delete,
        ObjectAction::Record,
        ObjectAction::Forget,
        ObjectAction::Keep {
            because: Keep::Crds,
        },
        ObjectAction::Conflict,
    ];
    let objects =
        actions.map(|action| object(("A", "b"), action, reasons.clone(), ("a: 1\n", "a: 2\n")));
    let layers = [
        Action::Create,
        Action::Update,
        Action::Repave,
        Action::Replace,
        Action::Delete,
        Action::Record,
    ]
    .map(|action| layer("x", action, ("", ""), reasons.clone(), objects.to_vec()));
    plan.clusters.push(with(
        cluster("a", layers.to_vec()),
        ClusterAction::Rename {
            from: cluster_name("b"),
        },
    ));
    plan.clusters.push(with(
        cluster("b", vec![]),
        ClusterAction::Retarget {
            from: target("x"),
            was: cluster_name("b"),
            retired: cluster_name("b.old"),
        },
    ));
    plan.clusters
        .push(with(cluster("c", vec![]), ClusterAction::Delete));
    plan.clusters[0].edges = vec![(0, 1)];
    for kind in [
        ApprovalKind::Delete {
            what: "x".to_owned(),
        },
        ApprovalKind::Detached {
            profile: "x".to_owned(),
        },
        ApprovalKind::Retarget,
        ApprovalKind::DeleteLimit {
            deletes: 3,
            limit: 2,
        },
    ] {
        plan.approvals.push(Approval {
            cluster: cluster_name("a"),
            layer: None,
            kind,
        });
    }
    plan
}

#[test]
fn the_schema_describes_every_plan() {
    let schema = plan_schema();
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut rolled_back = plan(vec![]);
    rolled_back.purpose = Purpose::Rollback {
        cluster: cluster_name("a"),
        to: 1,
    };
    let mut destroyed = full();
    destroyed.purpose = Purpose::Destroy;
    for plan in [variants(), rolled_back, destroyed] {
        let json = plan_json(&plan);
        let problems: Vec<String> = validator
            .iter_errors(&json)
            .map(|error| format!("{}: {error}", error.instance_path))
            .collect();
        assert_eq!(problems, Vec::<String>::new());
    }
    let mut wrong = plan_json(&full());
    wrong["clusters"][0]["layers"][0]["action"] = "explode".into();
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn a_plan_for_programs() {
    let mut json = plan_json(&full());
    json["clusters"].as_array_mut().unwrap().truncate(1);
    json["clusters"][0]["layers"]
        .as_array_mut()
        .unwrap()
        .truncate(1);
    json["clusters"][0]["layers"][0]["objects"]
        .as_array_mut()
        .unwrap()
        .drain(..1);
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap());
}
