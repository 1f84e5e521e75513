//! What charts see of a server: what Helm lets them see.

use crate::support::planes::{User, plane};
use crate::support::project::Folder;

/// Writes down what it sees.
const CHART: &str = r#"apiVersion: v1
kind: ConfigMap
metadata: {name: seen}
data:
  version: {{ .Capabilities.KubeVersion.Version | quote }}
  numbers: {{ printf "%s.%s" .Capabilities.KubeVersion.Major .Capabilities.KubeVersion.Minor | quote }}
  {{- range list "v1" "v1/Pod" "apps/v1" "policy/v1" "policy/v1/PodDisruptionBudget" "policy/v1beta1" "networking.k8s.io/v1/Ingress"
    "extensions/v1beta1" "monitoring.coreos.com/v1" "packs.example.com/v1" "packs.example.com/v1/Parcel" "packs.example.com/v2" }}
  {{ . | replace "/" "_" }}: {{ $.Capabilities.APIVersions.Has . | quote }}
  {{- end }}
"#;

const DEFINITION: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: parcels.packs.example.com}
spec:
  group: packs.example.com
  scope: Namespaced
  names: {kind: Parcel, plural: parcels, singular: parcel, listKind: ParcelList}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
";

#[test]
fn charts_see_of_the_server_what_helm_lets_them_see() {
    let Some(plane) = plane() else { return };
    plane.apply(DEFINITION);
    let definition = "crd/parcels.packs.example.com";
    let wait = ["wait", "--for=condition=Established", definition];
    plane.kubectl(&wait).expect(0);
    let (ours, theirs) = (plane.namespace(), plane.namespace());
    let folder = Folder::new("{}");
    let metadata = "apiVersion: v2\nname: seen\nversion: 1.0.0\n";
    folder.put("charts/seen/Chart.yaml", metadata);
    folder.put("charts/seen/templates/seen.yaml", CHART);
    folder.put(
        "site.yaml",
        format!(
            "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {{name: stuff}}\nspec:\n  type: add-on\n  layers:\n    - name: seen\n      \
             category: system-app\n      chart: {{path: charts/seen, namespace: {ours}}}\n\
             ---\napiVersion: stratiform/v1\nkind: Cluster\nmetadata: {{name: berlin}}\nspec:\n  existing: {{kubernetesVersion: 1.21.0}}\n  profiles: [{{name: stuff}}]\n  \
             target: {{kubernetes: {{kubeconfig: '{}'}}}}\n",
            plane.kubeconfig(User::Admin).display()
        ),
    );
    folder.apply();
    // Brings what Helm remembers of the server up to date.
    plane.kubectl(&["api-resources"]).expect(0);
    let chart = folder.path("charts/seen").display().to_string();
    let install = [
        "install",
        "seen",
        &chart,
        "--create-namespace",
        "-n",
        &theirs,
    ];
    plane.helm(&install).expect(0);
    let seen = |namespace: &str| {
        let get = [
            "get",
            "configmap/seen",
            "-o",
            "jsonpath={.data}",
            "-n",
            namespace,
        ];
        plane.kubectl(&get).expect(0).stdout
    };
    let seen_by_us = seen(&ours);
    assert_eq!(seen_by_us, seen(&theirs));
    for known in [
        r#""policy_v1":"true""#,
        r#""policy_v1beta1":"false""#,
        r#""packs.example.com_v1_Parcel":"true""#,
    ] {
        assert!(seen_by_us.contains(known), "{known}: {seen_by_us}");
    }
    // Also without a look at the server.
    folder
        .run(&["plan", "--refresh", "none", "--detailed-exitcode"])
        .exits(0);
    folder
        .run(&["destroy", "--auto-approve", "--approve-delete"])
        .exits(0);
}
