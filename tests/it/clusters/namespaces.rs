//! Namespaces: which go with us, and which stay.

use std::time::Duration;

use stratiform::target::{Manner, Observed, Owner, Pace, TargetError};

use super::fixture::{Cluster, config_map, key, marks, namespace, put, put_over, text};
use crate::support::planes::{User, plane};

#[test]
fn a_namespace_that_others_live_in_stays() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let name = plane.namespace();
    cluster.done(&[put(&namespace(&name))]);
    plane.apply(&config_map(&name, "theirs", "x"));
    let written = cluster.done(&[cluster.delete(&key(&namespace(&name)))]);
    assert_eq!(
        written[0].kept.as_deref(),
        Some("others live in it: ConfigMap theirs")
    );
    let (object, _, owner) = cluster.live(&key(&namespace(&name)));
    assert!(matches!(owner, Owner::Foreign(_)), "{owner:?}");
    assert_eq!(
        text(&object, &["metadata", "annotations", "stratiform/made"]),
        ""
    );
}

#[test]
fn a_namespace_that_was_there_before_us_stays() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let name = plane.namespace();
    plane.kubectl(&["create", "namespace", &name]).expect(0);
    let error = cluster.fails(&[put(&namespace(&name))]);
    assert!(matches!(error, TargetError::Foreign { .. }), "{error}");
    cluster.done(&[put_over(&namespace(&name), Manner::Apply)]);
    assert_eq!(cluster.live(&key(&namespace(&name))).2, Owner::Ours);
    let written = cluster.done(&[cluster.delete(&key(&namespace(&name)))]);
    assert_eq!(written[0].kept.as_deref(), Some("it was there before us"));
    cluster.live(&key(&namespace(&name)));
}

#[test]
fn a_namespace_of_ours_stays_ours_through_updates_and_goes() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let name = plane.namespace();
    cluster.done(&[put(&namespace(&name))]);
    let labelled = format!(
        "{}  labels: {{team: web}}\n",
        namespace(&name)
            .replace("metadata: {name: ", "metadata:\n  name: ")
            .replace("}\n", "\n")
    );
    cluster.done(&[put_over(&labelled, Manner::Apply)]);
    let (object, ..) = cluster.live(&key(&labelled));
    assert_eq!(text(&object, &["metadata", "labels", "team"]), "web");
    assert_eq!(
        text(&object, &["metadata", "annotations", "stratiform/made"]),
        "true"
    );
    let written = cluster.done(&[cluster.delete(&key(&labelled))]);
    assert_eq!(written[0].kept, None);
    assert_eq!(cluster.one(&key(&labelled)), Observed::Absent);
}

#[test]
fn a_namespace_that_is_stuck_is_told_and_made_anew_when_it_is_gone() {
    let Some(plane) = plane() else { return };
    let name = plane.namespace();
    let held = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: held, namespace: {name}, finalizers: [example.com/hold]}}\n"
    );
    let pace = |going| Pace {
        going,
        ..Pace::default()
    };
    let kubeconfig = plane.kubeconfig(User::Admin);
    let hasty = Cluster::with(
        kubeconfig.clone(),
        marks(0x22, 1),
        pace(Duration::from_millis(300)),
    );
    hasty.done(&[put(&namespace(&name)), put(&held)]);
    plane
        .kubectl(&["delete", "namespace", &name, "--wait=false"])
        .expect(0);
    let told = hasty
        .fails(&[put(&config_map(&name, "new", "x"))])
        .to_string();
    assert_eq!(
        told,
        format!(
            "the server refuses ConfigMap {name}/new: the namespace {name} is being deleted; wait until it is gone, and \
             run it again"
        )
    );
    // The controller takes its time before it looks what is left.
    let remains = "--for=condition=NamespaceFinalizersRemaining";
    let wait = ["wait", remains, "--timeout=60s", "namespace", &name];
    plane.kubectl(&wait).expect(0);
    let told = hasty.fails(&[put(&namespace(&name))]).to_string();
    assert!(
        told.contains("it is being deleted, and is not gone yet: "),
        "{told}"
    );
    assert!(
        told.contains("example.com/hold in 1 resource instances"),
        "{told}"
    );

    let patient = Cluster::with(kubeconfig, marks(0x22, 1), pace(Duration::from_secs(60)));
    let (anew, new) = (put(&namespace(&name)), put(&config_map(&name, "new", "x")));
    std::thread::scope(|scope| {
        let applied = scope.spawn(|| patient.done(&[anew, new]));
        let free = [
            "patch",
            "configmap",
            "held",
            "-n",
            &name,
            "--type=merge",
            "-p",
            r#"{"metadata":{"finalizers":null}}"#,
        ];
        plane.kubectl(&free).expect(0);
        applied.join().expect("it is made anew");
    });
    assert_eq!(patient.live(&key(&namespace(&name))).2, Owner::Ours);
}
