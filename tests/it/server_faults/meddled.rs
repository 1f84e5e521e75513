//! What others do to a server meanwhile.

use std::time::{Duration, Instant};

use super::site::{APPLY, Shape, Site};
use crate::support::planes::plane;

fn small() -> Shape {
    Shape {
        extras: 2,
        web: false,
        ..Shape::WHOLE
    }
}

#[test]
fn a_definition_that_was_deleted_comes_back_with_its_objects() {
    let Some(plane) = plane() else { return };
    let (site, shape) = (Site::new(plane), small());
    site.wants(&shape);
    site.apply();
    let definition = format!("customresourcedefinition/{}", site.definition());
    site.kubectl(&["delete", &definition]);
    let drift = site.run(&["drift"]).exits(2);
    for deleted in [site.definition(), format!("{}/wheel", site.space)] {
        let line = drift.out.lines().find(|line| line.contains(&deleted));
        let line = line.unwrap_or_else(|| panic!("{deleted} is missing\n{}", drift.all()));
        assert!(line.contains("(deleted)"), "{}", drift.all());
    }
    let plan = site.run(&["plan", "--detailed-exitcode"]).exits(2);
    assert!(
        plan.out.contains("was deleted behind our back"),
        "{}",
        plan.out
    );
    site.apply();
    site.is_settled(&shape, "made anew");
}

#[test]
fn a_namespace_that_does_not_go_tells_what_holds_it() {
    let Some(plane) = plane() else { return };
    let (site, shape) = (Site::new(plane), small());
    site.wants(&shape);
    site.apply();
    site.kubectl(&["create", "configmap", "holder"]);
    site.kubectl(&[
        "patch",
        "configmap",
        "holder",
        "-p",
        r#"{"metadata":{"finalizers":["example.com/holds"]}}"#,
    ]);
    let namespace = format!("namespace/{}", site.space);
    site.kubectl(&["delete", &namespace, "--wait=false"]);
    site.kubectl(&[
        "wait",
        &namespace,
        "--for=condition=NamespaceFinalizersRemaining",
        "--timeout=120s",
    ]);
    let begun = Instant::now();
    let ran = site.run(APPLY).exits(1);
    assert!(begun.elapsed() < Duration::from_secs(120), "{ran:#?}");
    for words in ["is being deleted", "example.com/holds"] {
        assert!(ran.all().contains(words), "`{words}` is missing\n{ran:#?}");
    }
    // What was refused is not in doubt, and the state knows what is there.
    let marked = site.marked();
    assert!(marked.is_subset(&site.known(true)), "{marked:#?}");
    site.kubectl(&[
        "patch",
        "configmap",
        "holder",
        "--type=json",
        "-p",
        r#"[{"op":"remove","path":"/metadata/finalizers"}]"#,
    ]);
    plane
        .kubectl(&["wait", &namespace, "--for=delete", "--timeout=120s"])
        .expect(0);
    site.apply();
    site.is_settled(&shape, "after it was let go");
}

#[test]
fn what_is_refused_is_not_in_doubt() {
    let Some(plane) = plane() else { return };
    let site = Site::new(plane);
    site.folder.put(
        "profile.yaml",
        super::site::profile(&[
            "{name: base, category: system-app, manifests: [{file: map.yaml}]}".to_owned(),
        ]),
    );
    let nowhere = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: lost, namespace: {}}}\n",
        site.space
    );
    site.folder.put("map.yaml", nowhere);
    let ran = site.run(APPLY).exits(1);
    assert!(ran.err.contains("there is no namespace"), "{}", ran.err);
    assert!(site.known(true).is_empty());
    let plan = site.run(&["plan"]).exits(0);
    assert!(!plan.out.contains("interrupted"), "{}", plan.out);
    let drift = site.run(&["drift"]).exits(0);
    assert!(!drift.out.contains("interrupted"), "{}", drift.out);
    plane
        .kubectl(&["create", "namespace", &site.space])
        .expect(0);
    site.apply();
    site.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_namespace_with_guests_stays_and_says_why() {
    let Some(plane) = plane() else { return };
    let (site, shape) = (Site::new(plane), small());
    site.wants(&shape);
    site.apply();
    site.kubectl(&["create", "configmap", "guest"]);
    let ran = site
        .run(&["destroy", "--auto-approve", "--approve-delete"])
        .exits(0);
    let stays = format!(
        "Namespace {} stays: others live in it: ConfigMap guest",
        site.space
    );
    assert!(ran.all().contains(&stays), "{ran:#?}");
    site.is_gone("destroyed");
    site.kubectl(&["get", "configmap/guest"]);
}
