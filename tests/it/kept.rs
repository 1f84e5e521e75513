//! Objects that stay when nothing wants them any more.

use crate::support::project::Folder;

const DOCUMENTS: &str = r#"apiVersion: stratiform/v1
kind: ClusterProfile
metadata: {name: stuff}
spec:
  type: add-on
  layers:
    - name: db
      category: system-app
      manifests:
        - name: claim
          inline: |
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: data, annotations: {stratiform/keep: 'true'}}
        - {name: more, inline: "{apiVersion: v1, kind: ConfigMap, metadata: {name: more}}"}
    - name: plain
      category: system-app
      manifests:
        - {name: plain, inline: "{apiVersion: v1, kind: ConfigMap, metadata: {name: plain}}"}
---
apiVersion: stratiform/v1
kind: Cluster
metadata: {name: c0}
spec:
  existing: {kubernetesVersion: 1.33.1}
  profiles: [{name: stuff}]
  target: {directory: {path: out/c0}}
"#;

const CLAIM: &str = "out/c0/db/persistentvolumeclaim.default.data.yaml";

fn applied() -> (Folder, String) {
    let folder = Folder::new("{}");
    folder.put("all.yaml", DOCUMENTS);
    folder.run(&["apply", "--auto-approve"]).exits(0);
    let claim = folder.text(CLAIM);
    (folder, claim)
}

#[test]
fn what_says_so_stays_when_its_layer_goes() {
    let (folder, claim) = applied();
    let shown = folder
        .run(&["state", "list", "--depth", "objects"])
        .exits(0);
    assert!(shown.out.contains("data"), "{}", shown.out);
    let (from, to) = (
        DOCUMENTS.find("    - name: db").expect("a layer"),
        DOCUMENTS.find("    - name: plain").expect("a layer"),
    );
    folder.put(
        "all.yaml",
        format!("{}{}", &DOCUMENTS[..from], &DOCUMENTS[to..]),
    );
    let plan = folder.run(&["plan"]).exits(0);
    assert!(
        plan.out
            .contains("(stays, and is forgotten: its annotations say keep)"),
        "{}",
        plan.out
    );
    assert!(!plan.out.contains("--approve-delete"), "{}", plan.out);
    folder.run(&["apply", "--auto-approve"]).exits(0);
    assert_eq!(folder.text(CLAIM), claim);
    assert!(
        !folder
            .path("out/c0/db/configmap.default.more.yaml")
            .exists()
    );
    let known = folder
        .run(&["state", "list", "--depth", "objects"])
        .exits(0);
    assert!(!known.out.contains("data"), "{}", known.out);
    folder.run(&["plan", "--detailed-exitcode"]).exits(0);
    folder.run(&["drift"]).exits(0);

    // It is nobody's now: who wants it back has to take it over.
    folder.put("all.yaml", DOCUMENTS);
    folder.run(&["apply", "--auto-approve"]).exits(1);
    folder.run(&["apply", "--auto-approve", "--adopt"]).exits(0);
    folder.run(&["plan", "--detailed-exitcode"]).exits(0);
    assert_eq!(folder.text(CLAIM), claim);
}

#[test]
fn what_says_so_stays_when_it_is_no_longer_rendered() {
    let (folder, claim) = applied();
    folder.edit(
        "all.yaml",
        "metadata: {name: data,",
        "metadata: {name: other,",
    );
    folder.run(&["apply", "--auto-approve"]).exits(0);
    assert_eq!(folder.text(CLAIM), claim);
    assert!(
        folder
            .path("out/c0/db/persistentvolumeclaim.default.other.yaml")
            .exists()
    );
    folder.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn what_says_so_stays_when_everything_is_destroyed() {
    let (folder, claim) = applied();
    folder.run(&["destroy", "--auto-approve"]).exits(0);
    assert_eq!(folder.text(CLAIM), claim);
    assert!(
        !folder
            .path("out/c0/plain/configmap.default.plain.yaml")
            .exists()
    );
    folder.run(&["state", "verify"]).exits(0);
}

#[test]
fn the_crds_of_a_chart_stay() {
    const CRD: &str =
        "out/c0/web/customresourcedefinition.apiextensions.k8s.io._.widgets.example.com.yaml";
    const DEFINITION: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\nspec: {group: example.com}\n";
    let folder = Folder::new("{}");
    folder.put(
        "charts/web/Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    );
    folder.put("charts/web/crds/widgets.yaml", DEFINITION);
    folder.put(
        "charts/web/templates/login.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: login}\ndata: {password: '{{ randAlphaNum 24 | b64enc }}'}\n",
    );
    let chart =
        "    - {name: web, category: system-app, chart: {path: charts/web}}\n    - name: plain\n";
    let documents = DOCUMENTS
        .replace("    - name: plain\n", chart)
        .replace("path: out/c0", "path: out/c0, secrets: write");
    folder.put("all.yaml", &documents);
    folder.run(&["apply", "--auto-approve"]).exits(0);
    let definition = folder.text(CRD);

    // A version without it.
    folder.put("charts/web/crds/widgets.yaml", "# moved elsewhere\n");
    let plan = folder.run(&["plan"]).exits(0);
    let stays = "(stays, and is forgotten: stands in the chart's crds/, no longer rendered)";
    assert!(plan.out.contains(stays), "{}", plan.out);
    folder.run(&["apply", "--auto-approve"]).exits(0);
    assert_eq!(folder.text(CRD), definition);
    folder.run(&["plan", "--detailed-exitcode"]).exits(0);

    // With it again, and without the chart.
    folder.put("charts/web/crds/widgets.yaml", DEFINITION);
    folder.run(&["apply", "--auto-approve", "--adopt"]).exits(0);
    folder.put("all.yaml", documents.replace(chart, "    - name: plain\n"));
    folder.run(&["apply", "--auto-approve"]).exits(0);
    assert_eq!(folder.text(CRD), definition);
    assert!(!folder.path("out/c0/web/secret.default.login.yaml").exists());
}
