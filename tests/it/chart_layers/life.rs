//! What happens to a layer of a chart from its first plan to its removal.

use super::chart::{field, pack, project};
use crate::support::project::Folder;

const FILES: [&str; 6] = [
    "namespaces/namespace._.shop.yaml",
    "site/configmap.shop.site-web.yaml",
    "site/customresourcedefinition.apiextensions.k8s.io._.widgets.example.com.yaml",
    "site/deployment.apps.shop.site-web.yaml",
    "site/hooks/job.batch.shop.migrate.yaml",
    "site/secret.shop.site-login.yaml",
];
const CONFIG: &str = "out/c0/site/configmap.shop.site-web.yaml";
const DEPLOYMENT: &str = "out/c0/site/deployment.apps.shop.site-web.yaml";
const LOGIN: &str = "out/c0/site/secret.shop.site-login.yaml";
const CRD: &str =
    "out/c0/site/customresourcedefinition.apiextensions.k8s.io._.widgets.example.com.yaml";

/// The rendered files, without the target's own.
fn files(folder: &Folder) -> Vec<String> {
    let all = folder.files("out/c0").into_iter();
    all.filter(|path| !path.starts_with('.')).collect()
}

#[test]
fn a_chart_is_applied_and_stays() {
    let folder = project();
    folder.run(&["validate"]).exits(0);
    let plan = folder.run(&["plan"]).exits(0);
    for said in [
        "+ site web 1.0.0",
        "+ Namespace shop",
        "+ Job.batch shop/migrate  (hook)",
        "+ CustomResourceDefinition.apiextensions.k8s.io widgets.example.com",
    ] {
        assert!(plan.out.contains(said), "{said}: {}", plan.out);
    }
    assert!(!plan.out.contains("probe"), "{}", plan.out);
    folder.apply();
    // Hooks have a folder, notes and test hooks are nowhere, and the subchart is off.
    assert_eq!(files(&folder), FILES);
    assert_eq!(field(&folder, DEPLOYMENT, "release"), "site");
    assert_eq!(field(&folder, DEPLOYMENT, "replicas"), "3");
    assert_eq!(field(&folder, CONFIG, "namespace"), "shop");
    assert_eq!(field(&folder, CONFIG, "kubernetes"), "v1.33.1");
    assert_eq!(field(&folder, LOGIN, "password").len(), 24);
    folder.is_settled();
    folder.run(&["drift"]).exits(0);
    let shown = folder.run(&["show", "c0"]).exits(0);
    assert!(shown.out.contains("web 1.0.0"), "{}", shown.out);
    let json = folder.run(&["show", "c0", "--json"]).exits(0).json();
    assert_eq!(json["layers"][0]["chart"]["name"], "web");
    assert_eq!(json["layers"][0]["chart"]["version"], "1.0.0");
}

#[test]
fn drift_is_found_and_repaired_with_the_same_password() {
    let folder = project();
    folder.apply();
    let before = folder.bytes("out/c0/site");
    let password = field(&folder, LOGIN, "password");
    folder.edit(DEPLOYMENT, "replicas: 3", "replicas: 30");
    folder.edit(LOGIN, &password, "thrown-away");
    std::fs::remove_file(folder.path(CRD)).expect("the file is there");
    let drift = folder.run(&["drift", "--expand"]).exits(2);
    for said in ["spec.replicas", "site-login", "widgets.example.com"] {
        assert!(drift.out.contains(said), "{said}: {}", drift.out);
    }
    assert!(!drift.out.contains(&password), "{}", drift.out);
    folder.apply();
    assert_eq!(folder.bytes("out/c0/site"), before);
    folder.is_settled();
}

#[test]
fn a_change_of_values_changes_what_reads_them_only() {
    let folder = project();
    folder.apply();
    let password = field(&folder, LOGIN, "password");
    folder.edit("site.yaml", "{replicas: 3}", "{replicas: 4}");
    let plan = folder
        .run(&["plan", "--expand", "--detailed-exitcode"])
        .exits(2);
    for said in [
        "values changed",
        "-   replicas: 3",
        "+   replicas: 4",
        "1 object ~1",
    ] {
        assert!(plan.out.contains(said), "{said}: {}", plan.out);
    }
    for other in ["ConfigMap", "Secret", "Job"] {
        assert!(!plan.out.contains(other), "{}", plan.out);
    }
    folder.apply();
    assert_eq!(field(&folder, DEPLOYMENT, "replicas"), "4");
    assert_eq!(field(&folder, LOGIN, "password"), password);
    folder.is_settled();

    // The subchart is switched on, and off again.
    folder.edit(
        "site.yaml",
        "{replicas: 4}",
        "{replicas: 4, store: {enabled: true, size: 9Gi}}",
    );
    folder.apply();
    let store = "out/c0/site/configmap.shop.site-store.yaml";
    assert_eq!(field(&folder, store, "size"), "9Gi");
    assert_eq!(field(&folder, LOGIN, "password"), password);
    folder.edit("site.yaml", "enabled: true", "enabled: false");
    let plan = folder.run(&["plan"]).exits(0);
    assert!(
        plan.out.contains("- ConfigMap shop/site-store"),
        "{}",
        plan.out
    );
    folder.apply();
    assert_eq!(files(&folder), FILES);
}

#[test]
fn another_version_of_the_chart_is_named() {
    let folder = project();
    folder.apply();
    let password = field(&folder, LOGIN, "password");
    folder.edit("charts/web/Chart.yaml", "version: 1.0.0", "version: 1.1.0");
    folder.edit("charts/web/Chart.yaml", "2.5", "2.6");
    let plan = folder
        .run(&["plan", "--expand", "--detailed-exitcode"])
        .exits(2);
    assert!(
        plan.out.contains("~ site web 1.0.0 -> 1.1.0"),
        "{}",
        plan.out
    );
    assert!(plan.out.contains("image: web:2.6"), "{}", plan.out);
    folder.apply();
    assert_eq!(field(&folder, LOGIN, "password"), password);
    folder.is_settled();

    // The same version with other templates is an edit.
    folder.edit(
        "charts/web/templates/web.yaml",
        "name: web, image",
        "name: web2, image",
    );
    let plan = folder.run(&["plan"]).exits(0);
    assert!(plan.out.contains("same version edited"), "{}", plan.out);
}

#[test]
fn crds_stay_when_their_layer_goes() {
    let folder = project();
    folder.edit("site.yaml", "  layers:", "  layers:\n    - name: other\n      category: system-app\n      manifests: [{name: a, inline: '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}'}]");
    folder.apply();
    let text = folder.text("site.yaml");
    let (from, to) = (
        text.find("    - name: site").expect("a layer"),
        text.find("---\n").expect("a second document"),
    );
    folder.put("site.yaml", format!("{}{}", &text[..from], &text[to..]));
    let plan = folder.run(&["plan", "--expand"]).exits(0);
    let stays = "stays, and is forgotten: stands in the chart's crds/";
    assert!(plan.out.contains(stays), "{}", plan.out);
    folder
        .run(&["apply", "--auto-approve", "--approve-delete"])
        .exits(0);
    let left: Vec<String> = files(&folder)
        .into_iter()
        .filter(|path| path.starts_with("site/"))
        .collect();
    assert_eq!(left, [FILES[2]]);
    folder.is_settled();
}

#[test]
fn the_reference_says_what_the_release_is() {
    let folder = project();
    folder.edit(
        "site.yaml",
        "namespace: shop}",
        "namespace: front, releaseName: www, skipCrds: true}",
    );
    folder.edit(
        "site.yaml",
        "  profiles:",
        "  apiVersions: [example.com/v1]\n  profiles:",
    );
    folder.apply();
    assert_eq!(
        files(&folder),
        [
            "namespaces/namespace._.front.yaml",
            "site/configmap.front.www-web.yaml",
            "site/deployment.apps.front.www-web.yaml",
            "site/hooks/job.batch.front.migrate.yaml",
            "site/secret.front.www-login.yaml",
        ]
    );
    let config = "out/c0/site/configmap.front.www-web.yaml";
    assert_eq!(field(&folder, config, "widgets"), "true");
    folder.is_settled();
    // What the cluster can do is an input like values.
    folder.edit("site.yaml", "  apiVersions: [example.com/v1]\n", "");
    folder.run(&["plan", "--detailed-exitcode"]).exits(2);
    folder.apply();
    assert_eq!(field(&folder, config, "widgets"), "false");
}

#[test]
fn an_archive_is_as_good_as_a_folder() {
    let folder = project();
    folder.apply();
    let before = folder.bytes("out/c0");
    pack(&folder, "charts/web", "charts/web-1.0.0.tgz");
    folder.edit("site.yaml", "charts/web,", "charts/web-1.0.0.tgz,");
    let plan = folder.run(&["plan"]).exits(0);
    assert!(!plan.out.contains("web 1.0.0 ->"), "{}", plan.out);
    folder.apply();
    assert_eq!(folder.bytes("out/c0"), before);
    folder.is_settled();
}

#[test]
fn passwords_of_charts_are_rotated_and_known_to_nobody() {
    let folder = project();
    let first = folder.run(&["plan", "--expand", "-vv"]).exits(0);
    folder.run(&["apply", "--auto-approve", "-vv"]).exits(0);
    let before = field(&folder, LOGIN, "password");
    let rest = folder.text(DEPLOYMENT);
    let rotate = ["--rotate", "site", "--expand"];
    let plan = folder
        .run(&[&["plan", "--detailed-exitcode"], &rotate[..]].concat())
        .exits(2);
    assert!(plan.out.contains("rotated on request"), "{}", plan.out);
    let done = folder
        .run(&["apply", "--auto-approve", "--rotate", "site"])
        .exits(0);
    let after = field(&folder, LOGIN, "password");
    assert_ne!(after, before);
    assert_eq!(folder.text(DEPLOYMENT), rest);
    folder.is_settled();
    for secret in [&before, &after] {
        for said in [&first, &plan, &done] {
            assert!(!said.all().contains(secret), "{}", said.all());
        }
        let pieces = [secret.as_bytes()[..12].to_vec(), base64(secret)];
        for (path, bytes) in folder.bytes("") {
            let found = pieces.iter().any(|piece| {
                let mut windows = bytes.windows(piece.len());
                windows.any(|window| window == &piece[..])
            });
            assert!(!found || path == LOGIN, "{path} has a password");
        }
    }
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    encoded.as_bytes()[..16].to_vec()
}
