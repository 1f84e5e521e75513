//! Objects that stay when nothing wants them any more.

use super::site::Site;
use crate::support::planes::plane;

const MAPS: &str = "apiVersion: v1
kind: ConfigMap
metadata: {namespace: NAMESPACE, name: ours, annotations: {stratiform/keep: 'true'}}
---
apiVersion: v1
kind: ConfigMap
metadata: {namespace: NAMESPACE, name: helms, annotations: {helm.sh/resource-policy: keep}}
---
apiVersion: v1
kind: ConfigMap
metadata: {namespace: NAMESPACE, name: plain}
---
apiVersion: v1
kind: ConfigMap
metadata: {namespace: NAMESPACE, name: marked}
";

const OTHER: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: NAMESPACE, name: other}\n";

#[test]
fn what_says_so_stays_on_a_server() {
    let Some(plane) = plane() else { return };
    let site = Site::new(plane);
    site.layers(&[("maps", MAPS), ("other", OTHER)]);
    site.apply(&[]).exits(0);
    site.is_settled();
    // Somebody on the server may say so too.
    site.kubectl(&["annotate", "configmap/marked", "stratiform/keep=true"]);
    site.is_settled();
    let stay = ["configmap/ours", "configmap/helms", "configmap/marked"];
    let before = stay.map(|what| site.uid(what));
    site.layers(&[("other", OTHER)]);
    insta::assert_snapshot!(site.plain(&site.plan()), @r"
    ~ c0
      - maps manifests  (removed from profile)
        . ConfigMap NAMESPACE/marked  (stays, and is forgotten: its annotations say keep)
        - ConfigMap NAMESPACE/plain
        . ConfigMap NAMESPACE/helms  (stays, and is forgotten: its annotations say keep)
        . ConfigMap NAMESPACE/ours  (stays, and is forgotten: its annotations say keep)

    Plan: 1 cluster to change (of 1): 0 layers to create, 0 to update, 1 to delete, 1 only to record;
      1 object -1.
    ");
    site.apply(&[]).exits(0);
    assert_eq!(stay.map(|what| site.uid(what)), before);
    assert_eq!(site.uid("configmap/plain"), "");
    site.is_settled();

    // What stayed is there already when somebody wants it again.
    site.layers(&[("maps", MAPS), ("other", OTHER)]);
    site.apply(&["--adopt"]).exits(0);
    assert_eq!(stay.map(|what| site.uid(what)), before);
    site.is_settled();
    site.folder
        .run(&["destroy", "--auto-approve", "--approve-delete"])
        .exits(0);
    assert_eq!(stay.map(|what| site.uid(what)), before);
    for gone in ["configmap/plain", "configmap/other"] {
        assert_eq!(site.uid(gone), "");
    }
}
