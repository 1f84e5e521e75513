//! Objects that go from one layer to another, and one that cannot change in place.

use super::site::Site;
use crate::support::planes::plane;

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {namespace: NAMESPACE, name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'nginx:1'}]}
---
";

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: NAMESPACE, name: settings}\ndata: {level: low}\n---\n";

const STAYS: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: NAMESPACE, name: stays}\n";

#[test]
fn what_moves_to_another_layer_is_not_made_anew() {
    let Some(plane) = plane() else { return };
    let site = Site::new(plane);
    site.layers(&[("one", &format!("{WEB}{MAP}{STAYS}"))]);
    site.apply(&[]).exits(0);
    let all = ["deployment/web", "configmap/settings"];
    let before = all.map(|what| site.uid(what));
    let layer = r"{.metadata.annotations.stratiform/layer}";
    assert_eq!(all.map(|what| site.field(what, layer)), ["one", "one"]);

    // To a new layer, one of them changed on the way.
    let changed = MAP.replace("low", "high");
    site.layers(&[("one", STAYS), ("two", &format!("{WEB}{changed}"))]);
    insta::assert_snapshot!(site.plain(&site.plan()), @r#"
    ~ c0
      ~ one manifests  (same version edited)
      + two manifests
        → ConfigMap NAMESPACE/settings  (from one)
          @@ -5,9 +5,9 @@ metadata.annotations
              namespace: NAMESPACE
              annotations:
                stratiform/cluster-name: UID
          -     stratiform/layer: one
          +     stratiform/layer: two
              labels:
                stratiform/cluster: UID
                stratiform/project: UID
            data:
          -   level: low
          +   level: high
        → Deployment.apps NAMESPACE/web  (from one)
          @@ -6,7 +6,7 @@ metadata.annotations
              annotations:
                deployment.kubernetes.io/revision: "1"
                stratiform/cluster-name: UID
          -     stratiform/layer: one
          +     stratiform/layer: two
              labels:
                stratiform/cluster: UID
                stratiform/project: UID

    Plan: 1 cluster to change (of 1): 1 layer to create, 1 to update, 0 to delete; 2 objects ~2.
    "#);
    site.apply(&[]).exits(0);
    assert_eq!(all.map(|what| site.uid(what)), before);
    assert_eq!(all.map(|what| site.field(what, layer)), ["two", "two"]);
    assert_eq!(site.field("configmap/settings", "{.data.level}"), "high");
    site.is_settled();

    // To one that was there before, from one that goes.
    site.layers(&[("one", &format!("{WEB}{changed}{STAYS}"))]);
    site.apply(&[]).exits(0);
    assert_eq!(all.map(|what| site.uid(what)), before);
    assert_eq!(all.map(|what| site.field(what, layer)), ["one", "one"]);
    site.is_settled();
}

const DATABASE: &str = "apiVersion: apps/v1
kind: StatefulSet
metadata: {namespace: NAMESPACE, name: db}
spec:
  replicas: 2
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: 'postgres:17', volumeMounts: [{name: data, mountPath: /data}]}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
";

#[test]
fn claims_of_a_stateful_set_change_only_with_a_new_one() {
    let Some(plane) = plane() else { return };
    let site = Site::new(plane);
    site.layers(&[("db", DATABASE)]);
    site.apply(&[]).exits(0);
    site.is_settled();
    let (before, claim) = (site.uid("statefulset/db"), site.uid("pvc/data-db-0"));
    assert!(!claim.is_empty());

    site.layers(&[("db", &DATABASE.replace("1Gi", "2Gi"))]);
    insta::assert_snapshot!(site.plain(&site.plan()), @r"
    ~ c0
      ± db manifests  (same version edited)
        ± StatefulSet.apps NAMESPACE/db
            (deleted and made anew, cannot be changed in place: spec.volumeClaimTemplates: field is
            immutable)
          @@ -21,16 +21,11 @@ spec.volumeClaimTemplates
                    - mountPath: /data
                      name: data
              volumeClaimTemplates:
          -   - kind: PersistentVolumeClaim
          -     apiVersion: v1
          -     metadata:
          +   - metadata:
                  name: data
                spec:
                  accessModes:
                  - ReadWriteOnce
                  resources:
                    requests:
          -           storage: 1Gi
          -       volumeMode: Filesystem
          -     status:
          -       phase: Pending
          +           storage: 2Gi

    apply wants --approve-replace: cluster c0 deletes StatefulSet.apps NAMESPACE/db and makes it anew

    Plan: 1 cluster to change (of 1): 0 layers to create, 0 to update, 0 to delete, 1 to replace; 1
      object ±1.
    ");
    let refused = site.apply(&[]).exits(1);
    assert!(
        refused.all().contains("--approve-replace"),
        "{}",
        refused.all()
    );
    assert_eq!(site.uid("statefulset/db"), before);

    site.apply(&["--approve-replace"]).exits(0);
    let after = site.uid("statefulset/db");
    assert!(!after.is_empty() && after != before);
    assert_eq!(site.field("statefulset/db", "{.status.readyReplicas}"), "2");
    // Its claims are not ours: they stay as they are, with what is in them.
    assert_eq!(site.uid("pvc/data-db-0"), claim);
    site.is_settled();
}
