//! `stratiform render` in a project and of a pack: what is printed, and what is written into folders.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::project::Folder;

const DOCUMENTS: &str = r#"apiVersion: stratiform/v1
kind: ClusterProfile
metadata: {name: stuff}
spec:
  type: add-on
  layers:
    - name: plain
      category: system-app
      namespace: front
      values: {cluster: "{{ .spectro.system.cluster.name }}"}
      manifests:
        - name: plain
          inline: |
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: plain}
            data: {cluster: {{ .Values.cluster }}}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: plain}
            stringData: {password: {{ randAlphaNum 12 | quote }}}
    - name: site
      category: system-app
      chart: {path: web, namespace: shop}
---
apiVersion: stratiform/v1
kind: ClusterGroup
metadata: {name: all}
spec:
  clusters: [{name: c0}, {name: c1, labels: {tier: two}}]
  template:
    existing: {kubernetesVersion: 1.33.1}
    profiles: [{name: stuff}]
    target: {directory: {path: "out/{name}", secrets: write}}
"#;

const HOOKED: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Release.Name }}}\nspec: {ports: [{port: 80}]}\n---\n\
                      apiVersion: v1\nkind: Pod\nmetadata: {name: hook, annotations: {helm.sh/hook: post-install}}\n\
                      spec: {containers: []}\n";

fn project() -> Folder {
    let folder = Folder::new("{}");
    folder.put("all.yaml", DOCUMENTS);
    folder.put(
        "web/Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    );
    folder.put("web/templates/web.yaml", HOOKED);
    folder
}

#[test]
fn one_layer_of_one_cluster_is_printed() {
    let folder = project();
    let ran = folder
        .run(&["render", "--cluster", "c1", "--layer", "site"])
        .exits(0);
    assert_eq!(ran.err, "");
    insta::assert_snapshot!(ran.out);
}

#[test]
fn a_rendering_is_what_apply_writes() {
    let folder = project();
    // Before there is a state nobody knows the passwords to come; after that they are those of the state.
    folder.run(&["render"]).exits(0);
    folder.apply();
    folder
        .run(&[
            "render",
            "--output-dir",
            "rendered",
            "--selector",
            "tier=two",
        ])
        .exits(0);
    let applied: Vec<String> = folder
        .files("out/c1")
        .into_iter()
        .filter(|path| !path.starts_with('.'))
        .collect();
    assert_eq!(folder.files("rendered/c1"), applied);
    assert_eq!(
        applied,
        [
            "namespaces/namespace._.front.yaml",
            "namespaces/namespace._.shop.yaml",
            "plain/configmap.front.plain.yaml",
            "plain/secret.front.plain.yaml",
            "site/hooks/pod.shop.hook.yaml",
            "site/service.shop.site.yaml",
        ]
    );
    for path in &applied {
        let text = |below: &str| folder.text(&format!("{below}/c1/{path}"));
        assert_eq!(text("rendered"), text("out"), "{path}");
        let file = folder.path(&format!("rendered/c1/{path}"));
        let mode = file
            .metadata()
            .expect("the file is there")
            .permissions()
            .mode();
        let is_open = mode & 0o044 != 0;
        assert_eq!(
            is_open,
            !path.contains("secret."),
            "{path} has mode {mode:o}"
        );
    }
    assert!(!folder.path("rendered/c0").exists());

    // A file that anybody could read does not stay so.
    let secret = folder.path("rendered/c1/plain/secret.front.plain.yaml");
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&secret, open).expect("rights can be set");
    folder
        .run(&["render", "--output-dir", "rendered", "--cluster", "c1"])
        .exits(0);
    let mode = secret
        .metadata()
        .expect("the file is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_cannot_be_selected_is_told() {
    let folder = project();
    let ran = folder.run(&["render", "--cluster", "nosuch"]).exits(1);
    assert!(
        ran.out.is_empty() && ran.err.contains("no cluster matches"),
        "{ran:?}"
    );
    for flags in [
        &["--chart", "web", "--pack", "web"][..],
        &["--chart", "web", "--output-dir", "x"],
        &["--nosuch"],
    ] {
        let ran = folder.run(&[&["render"], flags].concat());
        assert!(ran.code != Some(0) && ran.out.is_empty(), "{ran:?}");
    }
}

fn pack(folder: &Folder) {
    folder.put(
        "pack/pack.json",
        r#"{"name": "shop", "displayName": "Shop", "version": "1.0.0", "layer": "addon", "kubeManifests": ["manifests/shop.yaml"], "charts": ["charts/web"]}"#,
    );
    folder.put(
        "pack/values.yaml",
        "pack:\n  namespace: shop\nmanifests:\n  shop:\n    size: 1\n    port: \"{{ .spectro.var.port }}\"\n    cluster: \"{{ .spectro.system.cluster.name }}\"\ncharts:\n  web:\n    port: 80\n",
    );
    folder.put(
        "pack/presets.yaml",
        "presets:\n  - name: large\n    displayName: Large\n    group: Size\n    remove: []\n    add: |\n      manifests:\n        shop:\n          size: 9\n",
    );
    folder.put(
        "pack/manifests/shop.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\ndata:\n  size: {{ .Values.size | quote }}\n  port: {{ .Values.port | quote }}\n  cluster: {{ .Values.cluster }}\n",
    );
    folder.put(
        "pack/charts/web/Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    );
    folder.put(
        "pack/charts/web/templates/web.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Release.Name }}}\nspec: {ports: [{port: {{ .Values.port }}}]}\n",
    );
}

#[test]
fn a_pack_is_rendered_with_what_is_given() {
    let folder = Folder::new("{}");
    pack(&folder);
    folder.put("values.yaml", "charts: {web: {port: 8080}}\n");
    let ran = folder
        .run(&[
            "render",
            "--pack",
            "pack",
            "--values",
            "values.yaml",
            "--preset",
            "Size:large",
            "--var",
            "port=443",
            "--cluster-name",
            "berlin-1",
            "--namespace",
            "front",
        ])
        .exits(0);
    insta::assert_snapshot!(ran.out);

    let ran = folder
        .run(&[
            "render",
            "--pack",
            "pack",
            "--var",
            "port=1",
            "--output-dir",
            "rendered",
        ])
        .exits(0);
    assert_eq!(ran.out, "");
    assert_eq!(
        folder.files("rendered"),
        [
            "cluster/namespaces/namespace._.shop.yaml",
            "cluster/shop/configmap.shop.shop.yaml",
            "cluster/shop/service.shop.shop-web.yaml"
        ]
    );
}

#[test]
fn mistakes_with_packs_are_told() {
    let folder = Folder::new("{}");
    pack(&folder);
    for (flags, said) in [
        (&["--pack", "nosuch"][..], "nosuch"),
        (&["--pack", "pack"], "spectro.var.port"),
        (&["--pack", "pack", "--var", "port"], "NAME=VALUE"),
        (
            &["--pack", "pack", "--var", "port=1", "--preset", "Size:huge"],
            "huge",
        ),
        (
            &[
                "--pack",
                "pack",
                "--var",
                "port=1",
                "--values",
                "nosuch.yaml",
            ],
            "nosuch.yaml",
        ),
        (
            &["--pack", "pack", "--var", "port=1", "--cluster-name", "A B"],
            "A B",
        ),
    ] {
        let ran = folder.run(&[&["render"], flags].concat());
        assert!(
            matches!(ran.code, Some(1 | 2)) && ran.out.is_empty(),
            "{ran:?}"
        );
        assert!(ran.err.contains(said), "{said}: {}", ran.err);
    }
}
