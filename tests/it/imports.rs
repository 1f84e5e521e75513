//! Clusters on which Helm has installed something, taken over.

use crate::support::planes::{Plane, User, plane};
use crate::support::project::{Folder, Ran};

/// A chart with a password that is made up, one that is given, and a quantity that servers write in their own way.
fn chart(folder: &Folder, at: &str) {
    folder.put(
        &format!("{at}/Chart.yaml"),
        "apiVersion: v2\nname: shop\nversion: 1.2.3\nappVersion: \"7\"\n",
    );
    folder.put(
        &format!("{at}/values.yaml"),
        "replicas: 1\ngreeting: hello\nauth: {adminPassword: \"\"}\n",
    );
    folder.put(&format!("{at}/templates/_helpers.tpl"), "{{- define \"shop.labels\" -}}\napp: {{ .Release.Name }}\napp.kubernetes.io/managed-by: {{ .Release.Service }}\n{{- end -}}\n");
    folder.put(&format!("{at}/templates/all.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n  labels: {{- include \"shop.labels\" . | nindent 4 }}\ndata: {greeting: {{ .Values.greeting | quote }}, motto: {{ .Files.Get \"motto.txt\" | quote }}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: {{ .Release.Name }}-made}\nstringData: {password: {{ randAlphaNum 16 | quote }}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: {{ .Release.Name }}-given}\nstringData: {password: {{ .Values.auth.adminPassword | quote }}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: {{ .Release.Name }}}\nspec:\n  replicas: {{ .Values.replicas }}\n  selector: {matchLabels: {app: shop}}\n  template:\n    metadata: {labels: {app: shop}}\n    spec: {containers: [{name: shop, image: shop, resources: {limits: {memory: 1024Mi, cpu: 1000m}}}]}\n");
    folder.put(&format!("{at}/motto.txt"), "ever onward\n");
}

const GIVEN: &str = "hunter2-is-no-password";

/// A project, and a release of the chart on a plane.
fn installed(plane: &Plane, namespace: &str) -> Folder {
    let folder = Folder::new("{}");
    let source = Folder::new("{}");
    chart(&source, "shop");
    let at = source.path("shop");
    let at = at.to_str().expect("temporary folders are UTF-8");
    let given = format!("auth.adminPassword={GIVEN}");
    let install = [
        "upgrade",
        "--install",
        "shop",
        at,
        "-n",
        namespace,
        "--create-namespace",
        "--set",
        &given,
        "--set",
        "greeting=hi",
    ];
    plane.helm(&install).expect(0);
    let again = [&install[..], &["--set", "replicas=2"]].concat();
    plane.helm(&again).expect(0);
    folder
}

fn import(folder: &Folder, plane: &Plane, namespace: &str) -> Ran {
    let kubeconfig = plane.kubeconfig(User::Admin);
    let kubeconfig = kubeconfig.to_str().expect("temporary folders are UTF-8");
    folder.run(&[
        "import",
        "--name",
        "berlin",
        "--kubeconfig",
        kubeconfig,
        "--namespace",
        namespace,
    ])
}

fn versions(plane: &Plane, namespace: &str) -> String {
    let kinds = "configmaps,secrets,deployments";
    let path =
        "jsonpath={range .items[*]}{.metadata.name} {.metadata.resourceVersion}{\"\\n\"}{end}";
    plane
        .kubectl(&["get", kinds, "-n", namespace, "-o", path])
        .expect(0)
        .stdout
}

#[test]
fn a_release_is_taken_over_and_nothing_is_changed() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    let folder = installed(plane, &namespace);
    plane
        .kubectl(&["rollout", "status", "deployment/shop", "-n", &namespace])
        .expect(0);
    let before = versions(plane, &namespace);
    let said = import(&folder, plane, &namespace).exits(0);
    insta::assert_snapshot!(said.all().replace(&namespace, "NAMESPACE"), @r"
    Imported 1 release:
      shop: NAMESPACE/shop
      shop: what is in the Secret shop-made stays as it is; its chart would make up something else
    berlin: 5 objects as the documents want them, in 2 layers that are complete
    Nothing was touched.
    warning: `auth.adminPassword` of release shop looks like a secret: it is in secrets/berlin-shop_auth_adminPassword, which only you can read
    ");
    folder.is_settled();
    folder.run(&["drift"]).exits(0);
    assert_eq!(versions(plane, &namespace), before);

    // No secret in clear but in the file that is for it.
    let state = folder
        .bytes("state")
        .into_values()
        .flatten()
        .collect::<Vec<u8>>();
    assert!(!String::from_utf8_lossy(&state).contains(GIVEN));
    for below in ["profiles", "clusters", "charts"] {
        for (path, bytes) in folder.bytes(below) {
            assert!(!String::from_utf8_lossy(&bytes).contains(GIVEN), "{path}");
        }
    }
    let profile = folder
        .text("profiles/berlin.yaml")
        .replace(&namespace, "NAMESPACE");
    insta::assert_snapshot!(profile, @r"
    # Charts make up what the Secrets under `ignoreFields` hold anew whenever they are rendered: what is there stays.
    apiVersion: stratiform/v1
    kind: ClusterProfile
    metadata:
      name: berlin
    spec:
      type: add-on
      variables:
      - name: shop_auth_adminPassword
        required: true
        sensitive: true
      layers:
      - name: shop
        category: system-app
        chart:
          path: charts/berlin/NAMESPACE/shop
          namespace: NAMESPACE
          releaseName: shop
        values:
          auth:
            adminPassword: '{{ .spectro.var.shop_auth_adminPassword }}'
          greeting: hi
          replicas: 2
        ignoreFields:
        - kind: Secret
          name: shop-made
          paths:
          - data
          - stringData
    ");

    // From here on it is a cluster like any other.
    folder.edit(
        "profiles/berlin.yaml",
        "greeting: hi",
        "greeting: good morning",
    );
    folder.run(&["plan", "--detailed-exitcode"]).exits(2);
    folder
        .run(&["apply", "--auto-approve", "--force-conflicts"])
        .exits(0);
    folder.is_settled();
    let map = plane
        .kubectl(&["get", "configmap", "shop", "-n", &namespace, "-o", "yaml"])
        .expect(0)
        .stdout;
    assert!(
        map.contains("greeting: good morning") && map.contains("stratiform/project"),
        "{map}"
    );
}

#[test]
fn what_cannot_be_imported_is_said() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    let folder = Folder::new("{}");
    let nothing = import(&folder, plane, &namespace).exits(1);
    insta::assert_snapshot!(nothing.err, @r"
    error: Helm has installed nothing there that we may see
     = help: see `helm list --all-namespaces` with the same kubeconfig
    ");
    assert_eq!(
        folder.files(""),
        ["state/stratiform.key", "stratiform.yaml"]
    );
}

#[test]
fn a_chart_that_keeps_the_password_that_is_there_needs_no_exception() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    let (folder, source) = (Folder::new("{}"), Folder::new("{}"));
    source.put(
        "shop/Chart.yaml",
        "apiVersion: v2\nname: shop\nversion: 1.2.3\n",
    );
    source.put("shop/templates/all.yaml", "{{- $there := lookup \"v1\" \"Secret\" .Release.Namespace \"shop\" }}\napiVersion: v1\nkind: Secret\nmetadata: {name: shop}\ndata:\n  password: {{ if $there }}{{ $there.data.password }}{{ else }}{{ randAlphaNum 16 | b64enc }}{{ end }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\ndata: {size: one}\n");
    let at = source.path("shop");
    let at = at.to_str().expect("temporary folders are UTF-8");
    let install = [
        "install",
        "shop",
        at,
        "-n",
        &namespace,
        "--create-namespace",
    ];
    plane.helm(&install).expect(0);
    let password = || {
        let path = "jsonpath={.data.password}";
        let get = ["get", "secret", "shop", "-n", &namespace, "-o", path];
        plane.kubectl(&get).expect(0).stdout
    };
    let before = (versions(plane, &namespace), password());
    let said = import(&folder, plane, &namespace).exits(0);
    assert!(!said.all().contains("make up"), "{}", said.all());
    let profile = folder.text("profiles/berlin.yaml");
    assert!(!profile.contains("ignoreFields"), "{profile}");
    folder.is_settled();
    assert_eq!(versions(plane, &namespace), before.0);
    folder.edit(
        &format!("charts/berlin/{namespace}/shop/templates/all.yaml"),
        "{size: one}",
        "{size: two}",
    );
    folder
        .run(&["apply", "--auto-approve", "--force-conflicts"])
        .exits(0);
    folder.is_settled();
    assert_eq!(password(), before.1);
}
