//! Waiting until objects are ready, on a server whose pods do as they are told.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use stratiform::model::ObjectKey;
use stratiform::target::{Awaiting, Pace, Patience, Target as _, TargetError};

use super::fixture::{Cluster, config_map, key, marks, namespace, put};
use crate::support::planes::{Fault, Faults, Plane, Proxy, User, plane};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(120);

/// A Deployment of two, its pods with an annotation.
fn deployment(namespace: &str, name: &str, annotation: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n  replicas: 2\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    \
         metadata: {{labels: {{app: {name}}}, annotations: {{{annotation}}}}}\n    \
         spec: {{containers: [{{name: web, image: 'nginx:1'}}]}}\n"
    )
}

fn job(namespace: &str, name: &str, annotation: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n  backoffLimit: 0\n  \
         template:\n    metadata: {{annotations: {{{annotation}}}}}\n    \
         spec: {{restartPolicy: Never, containers: [{{name: run, image: 'busybox:1'}}]}}\n"
    )
}

/// What was told meanwhile.
type Told = Arc<Mutex<Vec<Awaiting>>>;

fn patience(timeout: Duration) -> (Patience, Told) {
    let told = Told::default();
    let kept = Arc::clone(&told);
    let patience = Patience {
        timeout,
        told: Arc::new(move |awaiting| kept.lock().expect("nobody panics").push(awaiting)),
        printed: Arc::new(|_| {}),
    };
    (patience, told)
}

fn ready(
    cluster: &Cluster,
    keys: &[ObjectKey],
    timeout: Duration,
) -> (Result<(), TargetError>, Vec<Awaiting>) {
    let (patience, told) = patience(timeout);
    let ended = cluster.block_on(cluster.target.ready(keys.to_vec(), patience));
    let told = told.lock().expect("nobody panics").clone();
    (ended, told)
}

/// Lets go of the pods of a Deployment that hold.
fn release(plane: &Plane, namespace: &str, name: &str) {
    let change = r#"[{"op": "remove", "path": "/spec/template/metadata/annotations"}]"#;
    let name = format!("deployment/{name}");
    let patch = ["patch", &name, "-n", namespace, "--type=json", "-p", change];
    plane.kubectl(&patch).expect(0);
}

/// Writes objects into a new namespace, and says what they are.
fn made(cluster: &Cluster, plane: &Plane, texts: &dyn Fn(&str) -> Vec<String>) -> Vec<ObjectKey> {
    let name = plane.namespace();
    cluster.done(&[put(&namespace(&name))]);
    let texts = texts(&name);
    let operations: Vec<_> = texts.iter().map(|text| put(text)).collect();
    cluster.done(&operations);
    texts.iter().map(|text| key(text)).collect()
}

fn details(ended: Result<(), TargetError>) -> (ObjectKey, String, Vec<String>) {
    match ended {
        Err(TargetError::NotReady { key, why, details }) => (*key, why, details),
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_kinds_become_ready_and_it_is_told_what_is_awaited() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let keys = made(&cluster, plane, &|namespace| {
        vec![
            config_map(namespace, "settings", "a"),
            deployment(namespace, "web", ""),
            job(namespace, "run", ""),
            format!(
                "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: db, namespace: {namespace}}}\nspec:\n  replicas: 2\n  serviceName: db\n  \
                 selector: {{matchLabels: {{app: db}}}}\n  template:\n    metadata: {{labels: {{app: db}}}}\n    \
                 spec: {{containers: [{{name: db, image: 'postgres:1'}}]}}\n"
            ),
            format!(
                "apiVersion: v1\nkind: Service\nmetadata: {{name: front, namespace: {namespace}}}\nspec: {{type: LoadBalancer, ports: [{{port: 80}}]}}\n"
            ),
            format!(
                "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data, namespace: {namespace}}}\nspec: {{storageClassName: standard, accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}\n"
            ),
        ]
    });
    let (ended, told) = ready(&cluster, &keys, LONG);
    ended.expect("they become ready");
    let last = told.last().expect("something is told");
    // What is ready as soon as it is there is not waited for.
    assert_eq!((last.ready, last.total, &last.object), (5, 5, &None));
    assert!(told.windows(2).all(|two| two[0] != two[1]), "{told:#?}");
}

#[test]
fn what_cannot_start_is_told_with_its_pods_and_events() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let keys = made(&cluster, plane, &|namespace| {
        let fails = "stratiform.test/fails: ImagePullBackOff";
        vec![
            deployment(namespace, "fine", ""),
            deployment(namespace, "web", fails),
        ]
    });
    let (ended, told) = ready(&cluster, &keys, Duration::from_secs(8));
    let (late, why, details) = details(ended);
    assert_eq!(&*late.name, "web");
    assert_eq!(why, "0 of 2 replicas are available");
    let text = details.join("\n");
    assert!(
        text.contains("container web: ImagePullBackOff: The container cannot be started"),
        "{text}"
    );
    assert!(
        text.contains("Failed: The container cannot be started"),
        "{text}"
    );
    assert!(details.len() <= 10, "{text}");
    assert_eq!(told.last().map(|last| last.ready), Some(1), "{told:#?}");
}

#[test]
fn a_job_that_failed_is_not_waited_for() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let keys = made(&cluster, plane, &|namespace| {
        let holds = "stratiform.test/holds: 'true'";
        vec![
            deployment(namespace, "web", holds),
            job(namespace, "run", "stratiform.test/fails: Error"),
        ]
    });
    let began = Instant::now();
    let (ended, _) = ready(&cluster, &keys, LONG);
    assert!(began.elapsed() < LONG, "it fails when it has failed");
    let (failed, why, details) = details(ended);
    assert_eq!(&*failed.name, "run");
    assert!(
        why.starts_with("the Job failed: BackoffLimitExceeded"),
        "{why}"
    );
    let text = details.join("\n");
    assert!(text.contains("container run ended with 1: Error"), "{text}");
}

#[test]
fn pods_that_a_quota_forbids_are_told() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let keys = made(&cluster, plane, &|namespace| {
        vec![
            format!(
                "apiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: none, namespace: {namespace}}}\nspec: {{hard: {{pods: '0'}}}}\n"
            ),
            deployment(namespace, "web", ""),
        ]
    });
    let (ended, _) = ready(&cluster, &keys[1..], Duration::from_secs(8));
    let (_, why, details) = details(ended);
    assert_eq!(why, "0 of 2 replicas are there");
    let text = details.join("\n");
    assert!(text.contains("exceeded quota: none"), "{text}");
}

#[test]
fn each_kind_is_listed_once_and_watched_however_often_watches_are_cut() {
    let Some(plane) = plane() else { return };
    // Every second watch is cut in its first piece.
    let cuts = Faults {
        percent: 50,
        seed: 5,
        ..Faults::each(Fault::CutMidway, |_, target| target.contains("watch=true"))
    };
    let proxy = Proxy::start(plane, Faults::none());
    let kubeconfig = proxy.kubeconfig(plane, User::Admin);
    let cluster = Cluster::with(kubeconfig, marks(11, 1), Pace::default());
    let keys = made(&cluster, plane, &|namespace| {
        let holds = "stratiform.test/holds: 'true'";
        vec![
            deployment(namespace, "one", holds),
            deployment(namespace, "two", ""),
            job(namespace, "run", ""),
        ]
    });
    let space = keys[0].namespace.to_string();
    proxy.forget();
    proxy.set_faults(cuts);
    let (patience, told) = patience(LONG);
    let ended = std::thread::scope(|threads| {
        let waiting =
            threads.spawn(|| cluster.block_on(cluster.target.ready(keys.clone(), patience)));
        let end = Instant::now() + LONG;
        let ready = || {
            told.lock()
                .expect("nobody panics")
                .last()
                .map_or(0, |last| last.ready)
        };
        while ready() < 2 && Instant::now() < end && !waiting.is_finished() {
            std::thread::yield_now();
        }
        release(plane, &space, "one");
        waiting.join().expect("nobody panics")
    });
    ended.expect("they become ready");
    for path in [
        format!("/apis/apps/v1/namespaces/{space}/deployments"),
        format!("/apis/batch/v1/namespaces/{space}/jobs"),
    ] {
        let asked = proxy.asked();
        let lists = asked
            .iter()
            .filter(|asked| asked.path.replace("%2D", "-") == path && !asked.watches());
        assert_eq!(lists.count(), 1, "{path}: {asked:#?}");
    }
}

#[test]
fn an_api_server_that_goes_away_is_waited_for_too() {
    let Some(plane) = Plane::start("restarted") else {
        return;
    };
    let cluster = Cluster::new(&plane);
    let holds = "stratiform.test/holds: 'true'";
    let keys = made(&cluster, &plane, &|namespace| {
        vec![deployment(namespace, "web", holds)]
    });
    let (patience, told) = patience(LONG);
    let space = keys[0].namespace.to_string();
    let ended = std::thread::scope(|threads| {
        let waiting =
            threads.spawn(|| cluster.block_on(cluster.target.ready(keys.clone(), patience)));
        let available = || {
            let told = told.lock().expect("nobody panics");
            told.last()
                .is_some_and(|last| last.why == "0 of 2 replicas are available")
        };
        let end = Instant::now() + LONG;
        while !available() && Instant::now() < end && !waiting.is_finished() {
            std::thread::yield_now();
        }
        plane.kill_api_server();
        plane.start_api_server();
        release(&plane, &space, "web");
        waiting.join().expect("nobody panics")
    });
    ended.expect("it becomes ready");
}

#[test]
fn a_claim_that_waits_for_its_first_consumer_holds_nobody_up() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let name = plane.namespace();
    plane.apply(&format!(
        "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {{name: {name}}}\nprovisioner: example.com/none\nvolumeBindingMode: WaitForFirstConsumer\n"
    ));
    let claim = |namespace: &str, class: &str| {
        format!(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data, namespace: {namespace}, annotations: {{stratiform.test/holds: 'true'}}}}\nspec: {{storageClassName: {class}, accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}\n"
        )
    };
    let keys = made(&cluster, plane, &|namespace| vec![claim(namespace, &name)]);
    let (ended, _) = ready(&cluster, &keys, LONG);
    ended.expect("nobody uses it yet");
    let keys = made(&cluster, plane, &|namespace| {
        vec![claim(namespace, "standard")]
    });
    let (ended, _) = ready(&cluster, &keys, Duration::from_secs(2));
    assert_eq!(details(ended).1, "it is not bound to a volume");
}

#[test]
fn what_is_not_there_or_not_served_is_told_when_the_time_is_over() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let space = plane.namespace();
    for (kind, group, expected) in [
        ("Deployment", "apps", "it is not there"),
        ("Widget", "example.com", "the server serves no Widget"),
    ] {
        let key = ObjectKey::new(group, kind, &space, "none");
        let (ended, _) = ready(&cluster, &[key], Duration::from_secs(2));
        let (_, why, told) = details(ended);
        assert_eq!((why.as_str(), told.len()), (expected, 0));
    }
}
