//! Plans for servers as people and programs see them.

#![expect(clippy::unwrap_used, reason = "tests")]

use crate::model::{Digest, HookDeletion, HookEvent, ObjectKey};
use crate::plan::{
    Action, ClusterAction, HookRun, ObjectAction, Plan, PlannedBlob, Reason, ServerSays, judge,
};
use crate::target::{Contested, Manner, Owner};

use super::super::View;
use super::fixture::*;
use super::{plan_human, plan_json, plan_markdown, plan_schema};

/// A cluster on which a server had something to say, and one whose server was away.
fn servers() -> Plan {
    let with_defaults = |text: &str| {
        text.replace(
            "        ports:",
            "        imagePullPolicy: Always\n        ports:",
        )
    };
    let (old, new) = (deployment("a", "1.0", 3), deployment("a", "2.0", 3));
    let mut updated = object(
        ("Deployment.apps", "web/a"),
        ObjectAction::Update,
        vec![Reason::Values],
        (&old, &new),
    );
    updated.server = Some(ServerSays {
        before: Some(with_defaults(&old).into()),
        after: Some(with_defaults(&new).into()),
        contested: Vec::new(),
        refused: None,
    });
    let mut contested = object(
        ("Deployment.apps", "web/b"),
        ObjectAction::Repair,
        vec![Reason::Drifted],
        (&deployment("b", "1.0", 7), &deployment("b", "1.0", 3)),
    );
    contested.manner = Manner::TakeOver;
    contested.server = Some(ServerSays {
        before: None,
        after: None,
        contested: vec![Contested {
            field: ".spec.replicas".to_owned(),
            manager: "kubectl".to_owned(),
        }],
        refused: None,
    });
    let mut replaced = object(
        ("PersistentVolumeClaim", "web/data"),
        ObjectAction::Replace,
        vec![
            Reason::Values,
            Reason::Immutable {
                message: "spec is immutable after creation".to_owned(),
            },
        ],
        ("kind: A\nspec: 1\n", "kind: A\nspec: 2\n"),
    );
    replaced.manner = Manner::Replace;
    let mut conflict = object(
        ("Service", "web/a"),
        ObjectAction::Conflict,
        vec![Reason::Values],
        ("kind: Service\n", "kind: Service\n"),
    );
    conflict.owner = Some(Owner::Foreign("Helm's release web in apps".to_owned()));
    let mut refused = made("ConfigMap", "web/huge");
    refused.observed = Some(Digest::of(b"kind: ConfigMap"));
    refused.server = Some(ServerSays {
        before: None,
        after: None,
        contested: Vec::new(),
        refused: Some("data: Too long: may not be more than 1048576 bytes".to_owned()),
    });
    let taken = object(
        ("ConfigMap", "web/settings"),
        ObjectAction::Repair,
        vec![Reason::TakenOver {
            by: "argocd-controller".to_owned(),
        }],
        ("kind: A\na: 1\n", "kind: A\na: 2\n"),
    );
    let layer_of = |objects| {
        layer(
            "frontend",
            Action::Update,
            ("frontend 2.0.0", "frontend 2.0.0"),
            vec![Reason::Values],
            objects,
        )
    };
    let all = vec![updated, contested, replaced, conflict, refused, taken];
    let mut away = cluster("prod-2", vec![layer_of(vec![made("Secret", "web/new")])]);
    away.unverified =
        Some("https://10.0.0.2:6443 cannot be reached: it does not answer".to_owned());
    let mut plan = plan(vec![cluster("prod-1", vec![layer_of(all)]), away]);
    let verdict = judge(&mut plan.clusters[0], None, None);
    (plan.approvals, plan.refusals) = (verdict.approvals, verdict.refusals);
    plan.warnings = vec!["cluster prod-2 is not verified: it does not answer".to_owned()];
    plan
}

#[test]
fn what_servers_say_is_shown() {
    let text = plan_human(&servers(), &View::default());
    insta::assert_snapshot!("servers", text);
    insta::assert_snapshot!(
        "servers_markdown",
        plan_markdown(&servers(), &View::default())
    );
}

#[test]
fn what_servers_say_is_told_to_programs() {
    let validator = jsonschema::validator_for(&plan_schema()).unwrap();
    let json = plan_json(&servers());
    let problems: Vec<String> = validator
        .iter_errors(&json)
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect();
    assert_eq!(problems, Vec::<String>::new());
    let objects = &json["clusters"][0]["layers"][0]["objects"];
    assert_eq!(objects[1]["server"]["contested"][0]["manager"], "kubectl");
    assert_eq!(objects[1]["manner"], "take-over");
    assert_eq!(objects[3]["owner"]["type"], "foreign");
    assert_eq!(json["approvals"][0]["kind"]["flag"], "--force-conflicts");
    assert!(json["clusters"][1]["unverified"].is_string());
}

fn hook(event: HookEvent, name: &str, ran: bool) -> HookRun {
    HookRun {
        event,
        key: ObjectKey::new("batch", "Job", "web", name),
        weight: -5,
        deletions: vec![HookDeletion::BeforeCreation],
        outputs: Vec::new(),
        masked: false,
        blob: PlannedBlob {
            digest: Digest::of(b""),
            text: "".into(),
        },
        content: Digest::of(b""),
        ran,
    }
}

/// Layers that run hooks: of one that changes, of one of which only hooks are left to do, and of a new one on new clusters.
fn hooked() -> Plan {
    let mut changed = upgrade("prod-1");
    changed.hooks = vec![
        hook(HookEvent::PreUpgrade, "migrate", false),
        hook(HookEvent::PostUpgrade, "tell", false),
    ];
    let of_frontend = |action| {
        layer(
            "frontend",
            action,
            ("frontend 2.0.0", "frontend 2.0.0"),
            vec![Reason::Interrupted],
            vec![],
        )
    };
    let mut left = of_frontend(Action::Record);
    left.hooks = vec![
        hook(HookEvent::PostInstall, "fill", true),
        hook(HookEvent::PostInstall, "probe", false),
    ];
    let new = |name: &str| {
        let mut new = new_cluster(name);
        new.layers[2].hooks = vec![hook(HookEvent::PreInstall, &format!("{name}-check"), false)];
        with(new, ClusterAction::Create)
    };
    let mut other = new("new-3");
    other.layers[2].hooks.clear();
    let old = cluster("prod-1", vec![changed, left]);
    plan(vec![old, new("new-1"), new("new-2"), other])
}

#[test]
fn hooks_that_run_are_shown() {
    insta::assert_snapshot!("hooks", plan_human(&hooked(), &View::default()));
    insta::assert_snapshot!("hooks_markdown", plan_markdown(&hooked(), &View::default()));
    let json = plan_json(&hooked());
    let validator = jsonschema::validator_for(&plan_schema()).unwrap();
    assert!(validator.is_valid(&json), "{json:#}");
    insta::assert_snapshot!(json["clusters"][0]["layers"][1]["hooks"], @r#"[{"event":"post-install","group":"batch","kind":"Job","namespace":"web","name":"fill","weight":-5,"deletions":["before-hook-creation"],"ran":true},{"event":"post-install","group":"batch","kind":"Job","namespace":"web","name":"probe","weight":-5,"deletions":["before-hook-creation"],"ran":false}]"#);
}
