//! Writing and deleting.

use stratiform::target::{Expected, Manner, Observed, Operation, Outcome, Owner, TargetError};

use super::fixture::{Cluster, config_map, key, namespace, put, put_over, replace, text};
use crate::support::planes::plane;

#[test]
fn objects_are_written_seen_and_deleted() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let name = plane.namespace();
    let deployment = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: {name}, creationTimestamp: null}}\nspec:\n  \
         replicas: 2\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    \
         spec: {{containers: [{{name: web, image: 'nginx:1'}}]}}\n"
    );
    let texts = [
        namespace(&name),
        config_map(&name, "settings", "one"),
        deployment,
    ];
    let written = cluster.done(&texts.each_ref().map(|text| put(text)));
    let live = written[1].live.as_ref().expect("a server answers");
    assert_eq!(text(live, &["data", "key"]), "one");
    let project = cluster.marks.project.to_string();
    assert_eq!(
        text(live, &["metadata", "labels", "stratiform/project"]),
        project
    );
    assert_eq!(
        text(live, &["metadata", "annotations", "stratiform/layer"]),
        "base"
    );

    let keys = texts.each_ref().map(|text| key(text));
    let seen = cluster.observe(&keys);
    assert!(seen.unmanaged.is_empty() && seen.index_intact);
    for (observed, key) in seen.objects.iter().zip(&keys) {
        let Observed::Live { object, owner, .. } = observed else {
            panic!("{key}: {observed:?}")
        };
        assert_eq!(*owner, Owner::Ours);
        assert_eq!(text(object, &["kind"]), &*key.kind);
        assert!(object.at(["metadata", "managedFields"]).is_some());
    }

    // The same once more changes nothing.
    let before = cluster.live(&keys[1]).0;
    cluster.done(&[put_over(&texts[1], Manner::Apply)]);
    cluster.done(&[put(&texts[1])]);
    assert_eq!(cluster.live(&keys[1]).0, before);

    let deletes = [2, 1, 0].map(|at| cluster.delete(&keys[at]));
    let written = cluster.done(&deletes);
    assert_eq!(written[2].kept, None, "the namespace was ours alone");
    let gone = cluster.observe(&keys).objects;
    assert!(gone.iter().all(|one| *one == Observed::Absent), "{gone:?}");
    // What is gone can be deleted again.
    cluster.done(&deletes);
}

#[test]
fn a_definition_and_an_object_of_it_are_written_in_one_go() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let name = plane.namespace();
    let group = format!("{name}.example.com");
    let definition = format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: widgets.{group}}}\nspec:\n  \
         group: {group}\n  scope: Namespaced\n  names: {{plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}}\n  \
         versions:\n  - name: v1\n    served: true\n    storage: true\n    schema: {{openAPIV3Schema: {{type: object, properties: \
         {{spec: {{type: object, properties: {{size: {{type: integer}}}}}}}}}}}}\n"
    );
    let widget = format!(
        "apiVersion: {group}/v1\nkind: Widget\nmetadata: {{name: small, namespace: {name}}}\nspec: {{size: 3}}\n"
    );
    assert_eq!(cluster.one(&key(&widget)), Observed::Absent);
    cluster.done(&[put(&definition), put(&namespace(&name)), put(&widget)]);
    let (object, _, owner) = cluster.live(&key(&widget));
    assert_eq!(owner, Owner::Ours);
    assert_eq!(
        object
            .at(["spec", "size"])
            .and_then(stratiform::yaml::Value::as_int),
        Some(3)
    );

    // A definition that somebody deletes takes its objects along.
    plane
        .kubectl(&["delete", "crd", &format!("widgets.{group}")])
        .expect(0);
    let other = Cluster::new(plane);
    assert_eq!(other.one(&key(&widget)), Observed::Absent);
    assert_eq!(cluster.one(&key(&widget)), Observed::Absent);
    cluster.done(&[put(&definition), put(&widget)]);
    cluster.done(&[
        cluster.delete(&key(&widget)),
        cluster.delete(&key(&definition)),
    ]);
}

#[test]
fn a_kind_that_nobody_defines_is_refused() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let error = cluster.fails(&[put(
        "apiVersion: nobody.example.com/v1\nkind: Nothing\nmetadata: {name: a, namespace: default}\n",
    )]);
    insta::assert_snapshot!(error, @"the server refuses Nothing.nobody.example.com default/a: it serves no Nothing.nobody.example.com; is the CustomResourceDefinition missing?");
    let error = cluster.fails(&[put(
        "apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: a, namespace: default}\n",
    )]);
    insta::assert_snapshot!(error, @"the server refuses Deployment.apps default/a: it does not serve apps/v1beta1 of this kind, only apps/v1; write it in one of these");
}

#[test]
fn behind_a_failure_nothing_is_begun() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let name = plane.namespace();
    let bad = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: bad, namespace: {name}}}\nspec: {{ports: [{{port: 99999}}]}}\n"
    );
    let last = config_map(&name, "last", "x");
    let outcomes = cluster.apply(&[put(&namespace(&name)), put(&bad), put(&last)]);
    let [
        Outcome::Done(_),
        Outcome::Failed(TargetError::Denied { message, .. }),
        Outcome::Untouched,
    ] = outcomes.as_slice()
    else {
        panic!("{outcomes:?}")
    };
    assert!(message.contains("must be between 1 and 65535"), "{message}");
    assert_eq!(cluster.one(&key(&last)), Observed::Absent);
}

#[test]
fn a_field_that_does_not_exist_is_refused_at_once() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let wrong = "apiVersion: v1\nkind: Service\nmetadata: {name: wrong, namespace: default}\nspec: {portz: []}\n";
    let error = cluster.fails(&[put(wrong)]);
    insta::assert_snapshot!(error, @"the server refuses Service default/wrong: failed to create typed patch object (default/wrong; /v1, Kind=Service): .spec.portz: field not declared in schema");
}

#[test]
fn what_cannot_change_is_replaced() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let name = plane.namespace();
    let job = |image: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: once, namespace: {name}}}\nspec:\n  template:\n    \
             spec: {{restartPolicy: Never, containers: [{{name: once, image: '{image}'}}]}}\n"
        )
    };
    cluster.done(&[put(&namespace(&name)), put(&job("one"))]);
    let error = cluster.fails(&[put_over(&job("two"), Manner::Apply)]);
    assert!(
        matches!(&error, TargetError::Denied { message, .. } if message.contains("field is immutable; plan again")
            || message.contains("planned as a replacement")),
        "{error}"
    );
    let before = cluster.live(&key(&job("one"))).1;
    let operation = replace(&cluster, &job("two"));
    cluster.done(std::slice::from_ref(&operation));
    assert_ne!(cluster.live(&key(&job("two"))).1, before);
    // It is the new one now that is there, which nobody has looked at.
    let error = cluster.fails(&[operation]);
    assert!(matches!(error, TargetError::Moved { .. }), "{error}");
}

#[test]
fn only_the_object_that_was_seen_is_deleted() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let name = plane.namespace();
    let settings = config_map(&name, "settings", "one");
    cluster.done(&[put(&namespace(&name)), put(&settings)]);
    let delete = cluster.delete(&key(&settings));
    cluster.done(std::slice::from_ref(&delete));
    cluster.done(&[put(&settings)]);
    let error = cluster.fails(&[delete]);
    assert!(matches!(error, TargetError::Moved { .. }), "{error}");
    cluster.live(&key(&settings));
}

#[test]
fn what_has_finalizers_is_not_forgotten_before_it_is_gone() {
    let Some(plane) = plane() else { return };
    let pace = stratiform::target::Pace {
        going: std::time::Duration::from_millis(300),
        ..stratiform::target::Pace::default()
    };
    let kubeconfig = plane.kubeconfig(crate::support::planes::User::Admin);
    let cluster = Cluster::with(kubeconfig, super::fixture::marks(0x11, 1), pace);
    let name = plane.namespace();
    let held = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: held, namespace: {name}, finalizers: [example.com/hold]}}\n"
    );
    cluster.done(&[put(&namespace(&name)), put(&held)]);
    let delete = cluster.delete(&key(&held));
    let error = cluster.fails(std::slice::from_ref(&delete)).to_string();
    assert_eq!(
        error,
        format!(
            "ConfigMap {name}/held does not go: it is being deleted, and is not gone yet: it waits for \
             example.com/hold; see to that, and run it again"
        )
    );
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
    cluster.done(&[delete]);
}

#[test]
fn a_delete_that_expects_nothing_finds_nothing() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let delete = Operation::Delete {
        layer: super::fixture::layer(),
        key: key(&config_map("default", "never-there", "x")),
        hook: false,
        expected: Expected::Absent,
    };
    cluster.done(&[delete]);
}
