//! What good projects decode to.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;

use crate::model::*;

use super::*;

pub const PROFILE: &str = r#"apiVersion: stratiform/v1
kind: ClusterProfile
metadata:
  name: observability
  version: 1.2.0
  description: logs and metrics
  labels: {team: sre}
spec:
  type: add-on
  cloud: all
  clusterSelector:
    matchLabels: {env: prod}
    matchExpressions: [{key: region, operator: In, values: [eu, us]}]
  variables:
    - {name: retention, format: number, default: 7, description: days}
    - {name: token, format: string, required: true, sensitive: true}
    - {name: size, options: [s, {value: m, label: medium, description: for most}], default: m}
  layers:
    - name: fluentbit
      category: logging
      pack: {name: fluentbit, version: 5.0.x}
      presets: [backend:loki]
      values:
        charts: {fluent-bit: {config: {retention: "{{ .spectro.var.retention }}"}}}
    - name: ingress
      category: ingress
      chart: {registry: local, name: kubernetes-ingress, version: ^1.49, namespace: ingress}
      valuesFile: values/ingress.yaml
      values: {b: 2}
      valuesMode: replace
      dependsOn: [fluentbit]
      timeout: 10m
    - name: extras
      category: system-app
      manifests: [{file: manifests/quota.yaml}, {name: note, inline: "kind: ConfigMap"}]
      namespace: extras
      ignoreFields: [{kind: ResourceQuota, paths: [spec.hard]}]
  moved: [{from: logs, to: fluentbit}]
"#;

pub const CLUSTER: &str = r#"apiVersion: stratiform/v1
kind: Cluster
metadata: {name: prod-eu-1, labels: {env: prod, region: eu}}
spec:
  cloud: azure
  profiles: [{name: azure-base, version: 1.4.0, variables: {zone: a}}, {name: observability}]
  variables: {token: {fromEnv: PROD_TOKEN}, cert: {fromFile: ./certs/prod.pem}, retention: 14}
  overrides: {ingress: {values: {controller: {replicaCount: 3}}, presets: [], timeout: 1h30m, wait: false}}
  region: westeurope
  nodePools:
    - {name: control-plane, role: master, count: 3, cpu: 4, memory: 8Gi, disk: 60Gi}
    - {name: workers, role: worker, count: 5, cpu: 500m, memory: 512Mi, disk: 60G}
  target: {directory: {path: "rendered/{name}", secrets: omit}}
  deletion: delete
"#;

fn whole() -> Vec<(&'static str, &'static str)> {
    vec![
        ("stratiform.yaml", PROJECT),
        ("registry.yaml", REGISTRY),
        ("profiles/observability.yaml", PROFILE),
        ("clusters/prod.yaml", CLUSTER),
        ("values/ingress.yaml", "# ours\na: 1\n"),
        ("manifests/quota.yaml", "kind: {{ .Values.kind }}\n"),
        // None of these are documents.
        (
            ".github/workflow.yaml",
            "apiVersion: stratiform/v1\nkind: Nonsense\n",
        ),
        (
            "packs/a/values.yaml",
            "apiVersion: stratiform/v1\nkind: Nonsense\n",
        ),
        (
            "state/x.yaml",
            "apiVersion: stratiform/v1\nkind: Nonsense\n",
        ),
        (
            "rendered/prod-eu-1/x.yaml",
            "apiVersion: stratiform/v1\nkind: Nonsense\n",
        ),
        ("charts/x.yaml", "{{ not yaml }}\n"),
        (
            "service.yaml",
            "apiVersion: v1\nkind: Service # stratiform/v1\n",
        ),
        ("nested/stratiform.yaml", PROJECT),
    ]
}

#[test]
fn a_profile_has_all_that_it_says() {
    let all = documents(&whole());
    let profile = &all.profiles[0];
    assert_eq!(profile.version, semver::Version::new(1, 2, 0));
    assert_eq!(profile.kind, ProfileKind::AddOn);
    let labels = |region: &str| {
        BTreeMap::from([
            ("env".into(), "prod".into()),
            ("region".into(), region.into()),
        ])
    };
    let selector = profile.cluster_selector.as_ref().unwrap();
    assert!(selector.matches(&labels("eu")) && !selector.matches(&labels("asia")));
    assert_eq!(profile.variables[0].default, Some(7.into()));
    assert!(profile.variables[1].sensitive);
    assert_eq!(
        profile.variables[2].options[1].label.as_deref(),
        Some("medium")
    );
    let [fluentbit, ingress, extras] = profile.layers.as_slice() else {
        panic!("three layers");
    };
    let LayerSource::Pack(pack) = &fluentbit.source else {
        panic!("a pack");
    };
    assert_eq!(pack.registry.as_str(), "local");
    assert_eq!(pack.version.as_str(), "5.0.x");
    assert_eq!(ingress.namespace.as_deref(), Some("ingress"));
    assert_eq!(ingress.values_mode, ValuesMode::Replace);
    let values: Vec<_> = ingress.values.iter().map(|node| node.to_value()).collect();
    assert_eq!(values[0].get("a"), Some(&1.into()));
    assert_eq!(values[1].get("b"), Some(&2.into()));
    let LayerSource::Manifests(manifests) = &extras.source else {
        panic!("manifests");
    };
    let named: Vec<_> = manifests
        .iter()
        .map(|source| {
            (
                &*source.manifest.name,
                &*source.manifest.path,
                &*source.manifest.text,
            )
        })
        .collect();
    assert_eq!(
        named,
        [
            (
                "quota",
                "manifests/quota.yaml",
                "kind: {{ .Values.kind }}\n"
            ),
            ("note", "<inline>", "kind: ConfigMap"),
        ]
    );
    assert_eq!(extras.ignore_fields[0].paths[0].to_string(), "spec.hard");
    assert_eq!(profile.moved[0].from.as_str(), "logs");
}

#[test]
fn a_cluster_has_all_that_it_says() {
    let all = documents(&whole());
    let cluster = &all.clusters[0];
    assert_eq!(cluster.cloud.as_str(), "azure");
    assert_eq!(
        cluster.profiles[0].version,
        Some(semver::Version::new(1, 4, 0))
    );
    let bound = |name: &str| cluster.variables.get(name).map(|bound| &bound.value);
    assert_eq!(
        bound("token"),
        Some(&BindingSource::Env("PROD_TOKEN".into()))
    );
    assert_eq!(
        bound("cert"),
        Some(&BindingSource::File("certs/prod.pem".into()))
    );
    assert_eq!(bound("retention"), Some(&BindingSource::Literal(14.into())));
    let ingress = &cluster.overrides["ingress"];
    let waiting = ingress.waiting.settled();
    assert_eq!((waiting.wait, waiting.seconds), (false, 5400));
    assert_eq!(ingress.presets, Some(Vec::new()));
    let [control, workers] = &*cluster.node_pools else {
        panic!("two pools");
    };
    assert_eq!(
        (control.role, control.cpu, control.memory, control.disk),
        (PoolRole::ControlPlane, 4000, 8192, 64)
    );
    assert_eq!(
        (workers.role, workers.cpu, workers.memory, workers.disk),
        (PoolRole::Worker, 500, 512, 60)
    );
    assert_eq!(
        cluster.target,
        TargetSpec::Directory {
            path: PathBuf::from("rendered/prod-eu-1"),
            secrets: SecretPolicy::Omit
        }
    );
    assert_eq!(cluster.deletion, Deletion::Delete);
}

#[test]
fn a_project_says_which_servers_are_looked_at() {
    let spec = format!("{PROJECT}spec: {{refresh: {{clusters: 5, after: 10m}}}}\n");
    let all = documents(&[("stratiform.yaml", &spec)]);
    let expected = RefreshPolicy {
        clusters: 5,
        after: SignedDuration::from_mins(10),
    };
    assert_eq!(all.project.refresh, expected);
}

#[test]
fn a_project_has_defaults() {
    let all = documents(&[("stratiform.yaml", PROJECT)]);
    assert_eq!(all.project.state, PathBuf::from("state/stratiform.db"));
    assert_eq!(all.project.delete_limit, 100);
    assert_eq!(all.project.refresh, RefreshPolicy::default());
    assert_eq!(all.project.versions, VersionPolicy::Mutable);
}

#[test]
fn json_and_several_documents_in_one_file() {
    let all = documents(&[
        ("stratiform.yaml", &format!("{PROJECT}---\n{REGISTRY}---\n")),
        (
            "c.json",
            r#"{"apiVersion": "stratiform/v1", "kind": "Cluster", "metadata": {"name": "a"}, "spec": {"target": {"directory": {"path": "out"}}}}"#,
        ),
    ]);
    assert_eq!((all.registries.len(), all.clusters.len()), (1, 1));
}

#[test]
fn listed_documents_are_all_there_are_and_may_lie_outside() {
    let root = folder(&[
        (
            "shop/stratiform.yaml",
            &format!("{PROJECT}spec: {{documents: [here, ../shared/r.yaml]}}\n"),
        ),
        ("shop/here/deep/c.yaml", CLUSTER),
        (
            "shop/there/c.yaml",
            "apiVersion: stratiform/v1\nkind: Nonsense\n",
        ),
        ("shared/r.yaml", REGISTRY),
    ]);
    let (all, problems, sources) = load(&root.path().join("shop"));
    assert_eq!(render(&problems, &sources, Style::Plain), "");
    let all = all.unwrap();
    assert_eq!((all.registries.len(), all.clusters.len()), (1, 1));
}

#[test]
fn a_project_is_found_from_below() {
    let root = folder(&whole());
    let (all, problems) =
        crate::config::documents::load(&root.path().join("profiles"), &[], &Sources::default());
    assert_eq!(problems, []);
    assert_eq!(all.unwrap().root, fs::canonicalize(root.path()).unwrap());
}

#[test]
fn a_digest_tells_content_from_form_and_from_where_it_goes() {
    let digest = |change: &[(&str, &str, &str)]| {
        let mut files: Vec<(&str, String)> = whole()
            .into_iter()
            .map(|(path, text)| (path, text.to_owned()))
            .collect();
        for (path, from, to) in change {
            let (_, text) = files.iter_mut().find(|(known, _)| known == path).unwrap();
            assert!(text.contains(from));
            *text = text.replace(from, to);
        }
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        documents(&files).profiles[0].digest
    };
    let profile = "profiles/observability.yaml";
    let before = digest(&[]);
    for (path, from, to) in [
        (profile, "spec:\n", "# a comment\nspec:\n"),
        (profile, "{team: sre}", "\n    team: 'sre'"),
        (
            profile,
            "values: {b: 2}\n      valuesMode: replace",
            "valuesMode: replace\n      values: {b: 2}",
        ),
        ("values/ingress.yaml", "# ours\n", ""),
        (profile, "values: [eu, us]", "values: [eu]"),
    ] {
        assert_eq!(digest(&[(path, from, to)]), before, "{from}");
    }
    for (path, from, to) in [
        (profile, "b: 2", "b: 3"),
        (profile, "b: 2", "b: '2'"),
        ("values/ingress.yaml", "a: 1", "a: 2"),
        ("manifests/quota.yaml", "kind", "Kind"),
    ] {
        assert_ne!(digest(&[(path, from, to)]), before, "{from}");
    }
}

pub const GROUP: &str = r#"apiVersion: stratiform/v1
kind: ClusterGroup
metadata: {name: fleet}
spec:
  template:
    labels: {env: prod, tier: one}
    profiles: [{name: base}]
    variables: {a: 1, b: 1}
    overrides: {ingress: {values: {x: {p: 1, z: 1}}, presets: [g:p], timeout: 20m}}
    region: eu
    nodePools: [{name: w, role: worker, count: 1, cpu: 1, memory: 1Gi, disk: 1G}]
    target: {directory: {path: "out/{name}/k8s"}}
  clusters:
    - {name: one}
    - name: two
      labels: {tier: two}
      variables: {b: 2, c: 2}
      overrides: {ingress: {values: {x: {p: null, w: 2}}, wait: false}, dns: {values: {q: 1}}}
      region: us
      target: {directory: {secrets: omit}}
    - {name: three, target: {directory: {path: elsewhere}}}
"#;

#[test]
fn an_entry_of_a_group_wins_over_the_template() {
    let all = documents(&[("stratiform.yaml", PROJECT), ("fleet.yaml", GROUP)]);
    let [one, three, two] = all.clusters.as_slice() else {
        panic!("three clusters");
    };
    assert_eq!(one.target.to_string(), "directory out/one/k8s");
    assert_eq!(three.target.to_string(), "directory elsewhere");
    assert_eq!(
        two.target,
        TargetSpec::Directory {
            path: PathBuf::from("out/two/k8s"),
            secrets: SecretPolicy::Omit
        }
    );
    assert_eq!(
        two.labels,
        BTreeMap::from([("env".into(), "prod".into()), ("tier".into(), "two".into())])
    );
    let bound: Vec<_> = two
        .variables
        .iter()
        .map(|(name, bound)| (&**name, bound.value.clone()))
        .collect();
    let literal = |number: i64| BindingSource::Literal(number.into());
    assert_eq!(
        bound,
        [("a", literal(1)), ("b", literal(2)), ("c", literal(2))]
    );
    assert_eq!(two.region.as_deref(), Some("us"));
    let ingress = &two.overrides["ingress"];
    let values = serde_json::Value::from(ingress.values.as_ref().unwrap().to_value());
    assert_eq!(
        values,
        serde_json::json!({"x": {"p": null, "z": 1, "w": 2}})
    );
    assert_eq!(ingress.presets.as_ref().map(Vec::len), Some(1));
    let waiting = ingress.waiting.settled();
    assert_eq!((waiting.wait, waiting.seconds), (false, 1200));
    assert!(two.overrides.contains_key("dns"));
    assert!(Arc::ptr_eq(&one.overrides, &three.overrides));
    assert!(Arc::ptr_eq(&one.node_pools, &two.node_pools));
    assert!(Arc::ptr_eq(&one.profiles, &two.profiles));
}

#[test]
fn servers_of_a_group_have_the_cluster_s_name_in_them() {
    let fleet = r#"apiVersion: stratiform/v1
kind: ClusterGroup
metadata: {name: fleet}
spec:
  template:
    target: {kubernetes: {kubeconfig: "./kube/{name}.yaml", context: "admin@{name}"}}
  clusters:
    - {name: one}
    - {name: two, target: {kubernetes: {context: other}}}
    - {name: three, target: {kubernetes: {kubeconfigFrom: {fromEnv: THREE}}}}
    - {name: four, target: {kubernetes: {inCluster: true}}}
    - {name: five, target: {directory: {path: out/five}}}
    - {name: six, target: {kubernetes: {kubeconfig: ~/.kube/six}}}
"#;
    let all = documents(&[("stratiform.yaml", PROJECT), ("fleet.yaml", fleet)]);
    let targets: BTreeMap<_, _> = all
        .clusters
        .iter()
        .map(|cluster| (cluster.name.as_str(), cluster.target.to_string()))
        .collect();
    assert_eq!(targets["one"], "kubernetes admin@one of kube/one.yaml");
    assert_eq!(targets["two"], "kubernetes other of kube/two.yaml");
    assert_eq!(targets["three"], "kubernetes admin@three of $THREE");
    assert_eq!(targets["four"], "kubernetes the cluster that this runs in");
    assert_eq!(targets["five"], "directory out/five");
    assert_eq!(targets["six"], "kubernetes admin@six of ~/.kube/six");
}

/// The bound is far above what it takes, so that only a quadratic step fails it.
#[test]
fn a_fleet_is_decoded_in_no_time() {
    let mut fleet = GROUP[..GROUP.find("    - {name: one}").unwrap()].to_owned();
    for number in 0..10_000 {
        fleet.push_str(&format!(
            "    - {{name: edge-{number}, labels: {{wave: w{}}}, variables: {{store: s{number}}}}}\n",
            number % 10
        ));
    }
    let root = folder(&[("stratiform.yaml", PROJECT), ("fleet.yaml", &fleet)]);
    let start = Instant::now();
    let (all, problems, _) = load(root.path());
    let took = start.elapsed();
    assert_eq!(problems, []);
    assert_eq!(all.unwrap().clusters.len(), 10_000);
    assert!(took < Duration::from_secs(10), "it took {took:?}");
}
