//! Looking: how often a server is asked, and what is seen.

use std::collections::BTreeMap;

use stratiform::model::{Kubeconfig, KubernetesSpec};
use stratiform::target::{Ask, Extent, Manner, Observed, Pace, Target as _};

use super::fixture::{Cluster, ask, config_map, key, marks, namespace, put, put_over, text};
use crate::support::planes::{Faults, Proxy, User, plane};

fn secret(namespace: &str, name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\nstringData: {{key: x}}\n"
    )
}

#[test]
fn each_kind_and_namespace_is_asked_for_once() {
    let Some(plane) = plane() else { return };
    let proxy = Proxy::start(plane, Faults::none());
    let kubeconfig = proxy.kubeconfig(plane, User::Admin);
    let cluster = Cluster::with(kubeconfig, marks(0x33, 1), Pace::default());
    let names = [plane.namespace(), plane.namespace()];
    let mut texts: Vec<String> = names.iter().map(|name| namespace(name)).collect();
    for name in &names {
        texts.extend((0..10).map(|at| config_map(name, &format!("c{at}"), "x")));
        texts.extend((0..10).map(|at| secret(name, &format!("s{at}"))));
    }
    let puts: Vec<_> = texts.iter().map(|text| put(text)).collect();
    proxy.forget();
    cluster.done(&puts);
    let patches = proxy
        .asked()
        .iter()
        .filter(|one| one.method == "PATCH")
        .count();
    assert_eq!(patches, texts.len());
    let gets = proxy
        .asked()
        .iter()
        .filter(|one| one.method == "GET")
        .count();
    // Discovery, and one look for each namespace.
    assert_eq!(gets, 4, "{:?}", proxy.asked());

    proxy.forget();
    let keys: Vec<_> = texts.iter().map(|text| key(text)).collect();
    let seen = cluster.observe(&keys);
    assert!(
        seen.objects
            .iter()
            .all(|one| matches!(one, Observed::Live { .. }))
    );
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for one in proxy.asked() {
        assert_eq!(one.method, "GET");
        *asked.entry(one.path).or_default() += 1;
    }
    // Namespaces, and two kinds in two namespaces.
    assert_eq!(asked.len(), 5, "{asked:?}");
    assert!(asked.values().all(|times| *times == 1), "{asked:?}");
}

#[test]
fn lists_come_in_pages() {
    let Some(plane) = plane() else { return };
    let proxy = Proxy::start(plane, Faults::none());
    let kubeconfig = proxy.kubeconfig(plane, User::Admin);
    let pace = Pace {
        page: 4,
        ..Pace::default()
    };
    let cluster = Cluster::with(kubeconfig, marks(0x44, 1), pace);
    let name = plane.namespace();
    let texts: Vec<String> = (0..10)
        .map(|at| config_map(&name, &format!("c{at}"), "x"))
        .collect();
    cluster.done(&[put(&namespace(&name))]);
    cluster.done(&texts.iter().map(|text| put(text)).collect::<Vec<_>>());
    proxy.forget();
    let keys: Vec<_> = texts.iter().map(|text| key(text)).collect();
    let seen = cluster.observe(&keys);
    assert!(
        seen.objects
            .iter()
            .all(|one| matches!(one, Observed::Live { .. }))
    );
    assert_eq!(proxy.asked().len(), 3);
    assert_eq!(
        proxy.asked().iter().filter(|one| one.continues()).count(),
        2
    );
    assert!(
        proxy
            .asked()
            .iter()
            .all(|one| !one.query.contains("resourceVersion"))
    );
}

#[test]
fn what_lost_its_label_is_still_seen_and_what_nobody_asked_for_is_listed() {
    let Some(plane) = plane() else { return };
    let proxy = Proxy::start(plane, Faults::none());
    let kubeconfig = proxy.kubeconfig(plane, User::Admin);
    let cluster = Cluster::with(kubeconfig, marks(0x55, 1), Pace::default());
    let name = plane.namespace();
    let texts: Vec<String> = (0..8)
        .map(|at| config_map(&name, &format!("c{at}"), "x"))
        .collect();
    cluster.done(&[put(&namespace(&name))]);
    cluster.done(&texts.iter().map(|text| put(text)).collect::<Vec<_>>());
    let unlabel = |which: &[&str]| {
        let all = [
            &["label", "configmap", "-n", &name],
            which,
            &["stratiform/project-"],
        ]
        .concat();
        plane.kubectl(&all).expect(0);
    };
    let keys: Vec<_> = texts.iter().map(|text| key(text)).collect();

    unlabel(&["c0"]);
    proxy.forget();
    let seen = cluster.observe(&keys[..7]);
    assert!(
        seen.objects
            .iter()
            .all(|one| matches!(one, Observed::Live { .. }))
    );
    assert_eq!(proxy.asked().len(), 2, "one list, and one object");
    let unmanaged: Vec<String> = seen.unmanaged.into_iter().map(|one| one.path).collect();
    assert_eq!(unmanaged, [format!("ConfigMap {name}/c7")]);

    unlabel(&["c1", "c2", "c3", "c4"]);
    proxy.forget();
    let seen = cluster.observe(&keys);
    assert!(
        seen.objects
            .iter()
            .all(|one| matches!(one, Observed::Live { .. }))
    );
    assert_eq!(proxy.asked().len(), 3, "{:?}", proxy.asked());

    proxy.forget();
    let absent: Vec<_> = (0..9)
        .map(|at| key(&config_map(&name, &format!("n{at}"), "x")))
        .collect();
    let seen = cluster.observe(&absent);
    assert!(seen.objects.iter().all(|one| *one == Observed::Absent));
    assert_eq!(seen.unmanaged.len(), 3);
    assert_eq!(proxy.asked().len(), 2, "{:?}", proxy.asked());
}

#[test]
fn nothing_is_asked_in_namespaces_that_are_not_there() {
    let Some(plane) = plane() else { return };
    let proxy = Proxy::start(plane, Faults::none());
    let kubeconfig = proxy.kubeconfig(plane, User::Admin);
    let cluster = Cluster::with(kubeconfig, marks(0x66, 1), Pace::default());
    let name = plane.namespace();
    let keys = [
        key(&config_map(&name, "a", "x")),
        key(&secret(&name, "a")),
        key("apiVersion: none.example.com/v1\nkind: None\nmetadata: {name: a, namespace: x}\n"),
    ];
    let mut question = ask(&keys);
    for known in &mut question.known {
        known.content = None;
    }
    let seen = cluster.try_observe(question).expect("it can be asked");
    assert_eq!(seen.objects, vec![Observed::Absent; 3]);
    let asked: Vec<String> = proxy.asked().into_iter().map(|one| one.path).collect();
    assert_eq!(asked.len(), 3, "discovery, and the namespace: {asked:?}");
    assert!(
        asked.contains(&format!("/api/v1/namespaces/{name}")),
        "{asked:?}"
    );
}

#[test]
fn an_object_is_seen_in_the_version_in_which_it_was_written() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let name = plane.namespace();
    let scaler = format!(
        "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {{name: web, namespace: {name}}}\nspec: \
         {{maxReplicas: 3, targetCPUUtilizationPercentage: 70, scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}}}\n"
    );
    cluster.done(&[put(&namespace(&name)), put(&scaler)]);
    let (object, ..) = cluster.live(&key(&scaler));
    assert_eq!(text(&object, &["apiVersion"]), "autoscaling/v1");
    let newer = format!(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: web, namespace: {name}}}\nspec: \
         {{maxReplicas: 3, scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}}}\n"
    );
    cluster.done(&[put_over(&newer, Manner::Apply)]);
    let (object, ..) = cluster.live(&key(&scaler));
    assert_eq!(text(&object, &["apiVersion"]), "autoscaling/v2");
}

#[test]
fn clusters_on_one_server_share_a_connection_and_what_is_served() {
    let Some(plane) = plane() else { return };
    let proxy = Proxy::start(plane, Faults::none());
    let contexts = ["a", "b"].map(|name| proxy.context(plane, name, User::Admin));
    let kubeconfig = plane.kubeconfig_of(&contexts);
    let servers =
        stratiform::target::Servers::new("/".into(), stratiform::model::Key::from_bytes([7; 32]));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("it needs no threads");
    for context in ["a", "b"] {
        let spec = KubernetesSpec {
            kubeconfig: Kubeconfig::File(kubeconfig.clone()),
            context: Some(context.into()),
        };
        let target = servers.target(&spec, marks(0x77, 1));
        let question = Ask {
            known: Vec::new(),
            index: None,
            extent: Extent::Quick,
        };
        let seen = runtime.block_on(target.observe(question));
        assert!(seen.is_ok(), "{seen:?}");
    }
    assert_eq!(proxy.count("GET", "/api") + proxy.count("GET", "/apis"), 2);
}

#[test]
fn charts_see_what_they_see_with_helm() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let told = cluster.block_on(cluster.target.capabilities());
    let told = told.expect("it can be asked").expect("there is a server");

    let chart = plane.folder().join("capabilities");
    std::fs::create_dir_all(chart.join("templates")).expect("folders can be made");
    let write = |name: &str, text: &str| {
        std::fs::write(chart.join(name), text).expect("files can be written");
    };
    write(
        "Chart.yaml",
        "apiVersion: v2\nname: capabilities\nversion: 1.0.0\n",
    );
    write(
        "templates/all.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: capabilities}\ndata:\n  \
         all: '<{{ .Capabilities.KubeVersion }} {{ sortAlpha .Capabilities.APIVersions | join \" \" }}>'\n",
    );
    let rendered = plane
        .helm(&[
            "install",
            "capabilities",
            "capabilities",
            "--dry-run=server",
        ])
        .expect(0)
        .stdout
        .clone();
    let (_, rest) = rendered.split_once("'<").expect("it is rendered");
    let (theirs, _) = rest.split_once(">'").expect("it is rendered");
    let ours: Vec<&str> = told.api_versions.iter().map(|one| &**one).collect();
    // Other tests define kinds meanwhile.
    let lasting = |text: &str| {
        let words = text.split(' ').filter(|word| !word.contains("example.com"));
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    let ours = format!("{} {}", told.kube_version, ours.join(" "));
    assert_eq!(lasting(&ours), lasting(theirs));
}

#[test]
fn everything_of_ours_is_found_without_knowing_of_it() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let name = plane.namespace();
    let texts = [
        namespace(&name),
        config_map(&name, "a", "x"),
        secret(&name, "b"),
    ];
    cluster.done(&texts.each_ref().map(|text| put(text)));
    plane.apply(&config_map(&name, "theirs", "x"));
    let ours = cluster.block_on(cluster.target.marked());
    let ours = ours.expect("it can be asked").expect("it has marks");
    let found: Vec<&str> = ours.marked.iter().map(|one| &*one.key.name).collect();
    assert_eq!(found, ["a", &name, "b"]);
    assert_eq!(ours.hidden, 0);

    let maps = cluster.target.find_all("", "ConfigMap", &name, "");
    assert_eq!(cluster.block_on(maps).expect("it can be asked").len(), 3);
    let theirs = key(&config_map(&name, "theirs", "x"));
    let theirs = cluster.block_on(cluster.target.find(&theirs));
    assert!(theirs.expect("it can be asked").is_some());
}
