//! Many clusters with one chart: what they have in common is rendered once, and nothing else is shared.

use std::fmt::Write as _;

use super::chart::{field, write};
use crate::support::project::{Folder, Ran};

const PROFILE: &str = r#"apiVersion: stratiform/v1
kind: ClusterProfile
metadata: {name: stuff}
spec:
  type: add-on
  variables:
    - {name: greeting, format: string, default: common}
    - {name: token, format: string, default: nobodys-token-00, sensitive: true}
  layers:
    - name: site
      category: system-app
      chart: {path: charts/web, namespace: shop}
      values: {greeting: "{{ .spectro.var.greeting }}", token: "{{ .spectro.var.token }}"}
"#;

const TOKENS: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: token}\nstringData: {token: {{ .Values.token | quote }}}\n---\n\
                      apiVersion: v1\nkind: ConfigMap\nmetadata: {name: token}\ndata: {line: 'token={{ .Values.token }};'}\n---\n\
                      apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\ndata: {same: everywhere}\n";

/// Clusters, each with what stands in its document beside the common.
fn fleet(clusters: &[(String, String)]) -> Folder {
    let folder = Folder::new("{}");
    write(&folder, "charts/web");
    folder.put("charts/web/templates/token.yaml", TOKENS);
    documents(&folder, clusters);
    folder
}

fn documents(folder: &Folder, clusters: &[(String, String)]) {
    let mut text = PROFILE.to_owned();
    for (name, more) in clusters {
        let _ = write!(
            text,
            "---\napiVersion: stratiform/v1\nkind: Cluster\nmetadata: {{name: {name}}}\nspec:\n  \
             existing: {{kubernetesVersion: 1.33.1}}\n  profiles: [{{name: stuff}}]\n  \
             target: {{directory: {{path: out/{name}, secrets: write}}}}\n{more}"
        );
    }
    folder.put("fleet.yaml", text);
}

fn said(folder: &Folder, cluster: &str, file: &str, name: &str) -> String {
    field(folder, &format!("out/{cluster}/site/{file}.yaml"), name)
}

const CONFIG: &str = "configmap.shop.site-web";
const LOGIN: &str = "secret.shop.site-login";

#[test]
fn equal_clusters_differ_in_their_passwords_only() {
    let folder = fleet(&[("c0".into(), String::new()), ("c1".into(), String::new())]);
    folder.apply();
    let (one, other) = (folder.bytes("out/c0/site"), folder.bytes("out/c1/site"));
    let differing: Vec<&String> = one
        .iter()
        .filter(|(path, bytes)| other.get(*path) != Some(bytes))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(differing, [&format!("{LOGIN}.yaml")]);
    assert_eq!(one.len(), other.len());
    folder.is_settled();
}

#[test]
fn fifty_clusters_keep_their_values_apart() {
    let token = |at: usize| format!("tok-{at:02}-{}-end", 7919 * (at + 1));
    // Greetings by threes, so that some are the same; every fifth has an override, every second a token.
    let clusters: Vec<(String, String)> = (0..50)
        .map(|at| {
            let mut more = format!("  variables: {{greeting: greeting-{}", at % 3);
            if at % 2 == 0 {
                let _ = write!(more, ", token: {}", token(at));
            }
            more.push_str("}\n");
            if at % 5 == 0 {
                let _ = writeln!(
                    more,
                    "  overrides: {{site: {{values: {{replicas: {}, store: {{enabled: true, size: {at}Gi}}}}}}}}",
                    at + 10
                );
            }
            if at % 7 == 0 {
                more.push_str("  apiVersions: [example.com/v1]\n");
            }
            (format!("c{at}"), more)
        })
        .collect();
    let folder = fleet(&clusters);
    let plan = folder.run(&["plan", "--expand"]).exits(0);
    folder.apply();
    let mut passwords = Vec::new();
    for at in 0..50 {
        let name = format!("c{at}");
        let of = |file: &str, field: &str| said(&folder, &name, file, field);
        assert_eq!(of(CONFIG, "greeting"), format!("greeting-{}", at % 3));
        assert_eq!(of(CONFIG, "widgets"), (at % 7 == 0).to_string());
        let token = if at % 2 == 0 {
            token(at)
        } else {
            "nobodys-token-00".to_owned()
        };
        assert_eq!(of("secret.shop.token", "token"), token);
        assert_eq!(
            of("configmap.shop.token", "line"),
            format!("token={token};")
        );
        assert_eq!(of("configmap.shop.plain", "same"), "everywhere");
        let replicas = if at % 5 == 0 { at + 10 } else { 1 };
        assert_eq!(
            of("deployment.apps.shop.site-web", "replicas"),
            replicas.to_string()
        );
        let store = format!("out/{name}/site/configmap.shop.site-store.yaml");
        assert_eq!(folder.path(&store).exists(), at % 5 == 0);
        if at % 5 == 0 {
            assert_eq!(field(&folder, &store, "size"), format!("{at}Gi"));
        }
        passwords.push(of(LOGIN, "password"));
    }
    let mut apart = passwords.clone();
    apart.sort();
    apart.dedup();
    assert_eq!(apart.len(), 50, "every cluster has a password of its own");
    folder.is_settled();

    // Nobody but the target and the documents knows tokens and passwords.
    let secrets: Vec<String> = (0..50).step_by(2).map(token).chain(passwords).collect();
    nowhere(&folder, &plan, &secrets);

    // One cluster gets another token: it alone changes.
    folder.edit("fleet.yaml", &token(8), "another-token-8");
    let plan = folder
        .run(&["plan", "--expand", "--detailed-exitcode"])
        .exits(2);
    assert!(
        plan.out.contains("1 cluster to change (of 50)") && !plan.out.contains("another-token-8"),
        "{}",
        plan.out
    );
    folder.apply();
    assert_eq!(
        said(&folder, "c8", "configmap.shop.token", "line"),
        "token=another-token-8;"
    );
    folder.is_settled();
}

fn nowhere(folder: &Folder, ran: &Ran, secrets: &[String]) {
    for secret in secrets {
        assert!(!ran.all().contains(secret.as_str()), "{}", ran.all());
    }
    for (path, bytes) in folder.bytes("") {
        if path.starts_with("out/") || path == "fleet.yaml" {
            continue;
        }
        let text = String::from_utf8_lossy(&bytes);
        let found = secrets.iter().find(|secret| text.contains(secret.as_str()));
        assert!(found.is_none(), "{found:?} stands in {path}");
    }
}

#[test]
fn an_object_that_is_a_secret_on_one_cluster_only_is_masked_there() {
    // Both render the same text; on one of them it comes out of a sensitive variable.
    let clusters = [
        ("c0".into(), "  variables: {greeting: same-text-here}\n".to_owned()),
        (
            "c1".into(),
            "  variables: {token: same-text-here}\n  overrides: {site: {values: {greeting: \"{{ .spectro.var.token }}\"}}}\n"
                .to_owned(),
        ),
    ];
    for order in [[0, 1], [1, 0]] {
        let folder = fleet(&order.map(|at| clusters[at].clone()));
        folder.apply();
        for cluster in ["c0", "c1"] {
            assert_eq!(said(&folder, cluster, CONFIG, "greeting"), "same-text-here");
        }
        let show = |cluster: &str| {
            let object = format!("{cluster}/site/ConfigMap/shop/site-web");
            folder.run(&["state", "show", &object]).exits(0).out
        };
        assert!(show("c0").contains("same-text-here"), "{}", show("c0"));
        assert!(!show("c1").contains("same-text-here"), "{}", show("c1"));
    }
}

#[test]
fn one_text_becomes_the_object_of_each_place() {
    // The same documents in two namespaces, and of a kind that is namespaced on every second cluster only.
    let clusters: Vec<(String, String)> = (0..6)
        .map(|at| {
            let scope = ["Cluster", "Namespaced"][at % 2];
            let more = format!("  overrides: {{site: {{values: {{scope: {scope}}}}}}}\n");
            (format!("c{at}"), more)
        })
        .collect();
    let folder = fleet(&clusters);
    std::fs::remove_dir_all(folder.path("charts/web/crds")).expect("a folder");
    folder.put(
        "charts/web/templates/gadget.yaml",
        r#"{{- if .Values.scope }}
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.com}
spec:
  group: example.com
  names: {kind: Gadget, plural: gadgets, singular: gadget}
  scope: {{ .Values.scope }}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
---
apiVersion: example.com/v1
kind: Gadget
metadata: {name: one}
spec: {same: everywhere}
{{- end }}
"#,
    );
    folder.edit(
        "fleet.yaml",
        "      chart: {path: charts/web, namespace: shop}\n",
        "      chart: {path: charts/web, namespace: shop, releaseName: www}\n",
    );
    folder.edit(
        "fleet.yaml",
        "  layers:\n",
        "  layers:\n    - name: front\n      category: system-app\n      \
         chart: {path: charts/web, namespace: front, releaseName: www}\n",
    );
    folder.apply();
    for at in 0..6 {
        let there = |path: &str| folder.path(&format!("out/c{at}/{path}")).exists();
        for (layer, namespace) in [("site", "shop"), ("front", "front")] {
            let plain = format!("{layer}/configmap.{namespace}.plain.yaml");
            assert!(there(&plain), "{plain} of c{at}");
            let plain = folder.text(&format!("out/c{at}/{plain}"));
            assert!(
                plain.contains(&format!("namespace: {namespace}\n")),
                "{plain}"
            );
        }
        let place = ["_", "shop"][at % 2];
        let gadget = format!("site/gadget.example.com.{place}.one.yaml");
        assert!(
            there(&gadget),
            "{:?}",
            folder.files(&format!("out/c{at}/site"))
        );
    }
    folder.is_settled();
}
