//! The real control planes that other tests use, with their real clients.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::Output;
use crate::support::planes::{Asked, Fault, Faults, Plane, Proxy, User, plane};

/// A Deployment `web` or a Job `task`, its pods with an annotation.
fn workload(kind: &str, namespace: &str, annotation: &str) -> String {
    let (start, labels, policy) = match kind {
        "Deployment" => (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n  \
             selector: {matchLabels: {app: web}}\n",
            "{app: web}",
            "Always",
        ),
        _ => (
            "apiVersion: batch/v1\nkind: Job\nmetadata: {name: task}\nspec:\n  backoffLimit: 0\n",
            "{app: task}",
            "Never",
        ),
    };
    let start = start.replace("}\nspec", &format!(", namespace: {namespace}}}\nspec"));
    format!(
        "{start}  template:\n    metadata: {{labels: {labels}, annotations: {{{annotation}}}}}\n    \
         spec: {{restartPolicy: {policy}, containers: [{{name: main, image: 'nginx:1'}}]}}\n"
    )
}

/// Makes a namespace that is this test's alone.
#[track_caller]
fn namespace(plane: &Plane) -> String {
    let name = plane.namespace();
    plane.kubectl(&["create", "namespace", &name]).expect(0);
    name
}

/// Waits for what `kubectl wait` waits for.
#[track_caller]
fn waits(plane: &Plane, namespace: &str, what: &str, condition: &str) {
    let condition = format!("--for={condition}");
    // Pods are made by controllers after what asks for them.
    let create = ["wait", "--for=create", what, "-n", namespace];
    plane.kubectl(&create).expect(0);
    let wait = ["wait", &condition, what, "-n", namespace, "--timeout=60s"];
    plane.kubectl(&wait).expect(0);
}

#[track_caller]
fn get(plane: &Plane, namespace: &str, what: &str, path: &str) -> String {
    let path = format!("jsonpath={path}");
    let get = ["get", what, "-n", namespace, "-o", &path];
    plane.kubectl(&get).expect(0).stdout
}

/// kubectl as another user, or on another way.
fn kubectl_with(plane: &Plane, kubeconfig: &Path, arguments: &[&str]) -> Output {
    let mut command = plane.kubectl_command(arguments);
    Output::of(command.env("KUBECONFIG", kubeconfig))
}

#[test]
fn deployments_become_ready_and_jobs_complete() {
    let Some(plane) = plane() else { return };
    let namespace = namespace(plane);
    plane.apply(&workload("Deployment", &namespace, ""));
    plane.apply(&workload("Job", &namespace, ""));
    waits(plane, &namespace, "deployment/web", "condition=Available");
    waits(plane, &namespace, "job/task", "condition=Complete");
    let ready = get(
        plane,
        &namespace,
        "deployment/web",
        "{.status.readyReplicas}",
    );
    assert_eq!(ready, "2");
    let delete = ["delete", "namespace", &namespace, "--timeout=60s"];
    plane.kubectl(&delete).expect(0);
}

#[test]
fn claims_are_bound_and_balancers_have_an_address() {
    let Some(plane) = plane() else { return };
    let namespace = namespace(plane);
    plane.apply(&format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data, namespace: {namespace}}}\nspec:\n  \
         accessModes: [ReadWriteOnce]\n  resources: {{requests: {{storage: 1Gi}}}}\n---\n\
         apiVersion: v1\nkind: Service\nmetadata: {{name: front, namespace: {namespace}}}\nspec:\n  \
         type: LoadBalancer\n  ports: [{{port: 80}}]\n"
    ));
    waits(
        plane,
        &namespace,
        "pvc/data",
        "jsonpath={.status.phase}=Bound",
    );
    let address = "jsonpath={.status.loadBalancer.ingress[0].ip}=192.0.2.1";
    waits(plane, &namespace, "service/front", address);
}

#[test]
fn pods_fail_with_the_reason_that_a_test_names() {
    let Some(plane) = plane() else { return };
    for (kind, reason, phase) in [
        ("Deployment", "ImagePullBackOff", "Pending"),
        ("Deployment", "CrashLoopBackOff", "Running"),
        ("Job", "ImagePullBackOff", "Pending"),
    ] {
        let namespace = namespace(plane);
        let annotation = format!("stratiform.test/fails: {reason}");
        plane.apply(&workload(kind, &namespace, &annotation));
        let app = if kind == "Job" { "task" } else { "web" };
        let name = get_pod(plane, &namespace, app);
        let waiting =
            format!("jsonpath={{.status.containerStatuses[0].state.waiting.reason}}={reason}");
        waits(plane, &namespace, &name, &waiting);
        assert_eq!(get(plane, &namespace, &name, "{.status.phase}"), phase);
        let events = get(plane, &namespace, "events", "{.items[*].type}");
        assert!(events.contains("Warning"), "{events}");
    }
    let namespace = namespace(plane);
    plane.apply(&workload("Job", &namespace, "stratiform.test/fails: Error"));
    waits(plane, &namespace, "job/task", "condition=Failed");
}

/// The first pod of an app, as `pod/NAME`.
#[track_caller]
fn get_pod(plane: &Plane, namespace: &str, app: &str) -> String {
    let label = format!("app={app}");
    let wait = ["wait", "--for=create", "pod", "-l", &label, "-n", namespace];
    plane.kubectl(&wait).expect(0);
    let get = ["get", "pod", "-l", &label, "-n", namespace, "-o", "name"];
    let names = plane.kubectl(&get).expect(0).stdout;
    names.lines().next().expect("there is one").to_owned()
}

#[test]
fn a_pod_that_is_held_becomes_ready_when_it_is_let_go() {
    let Some(plane) = plane() else { return };
    let namespace = namespace(plane);
    let held = workload("Deployment", &namespace, "stratiform.test/holds: 'true'");
    plane.apply(&held.replace("replicas: 2", "replicas: 1"));
    let pod = get_pod(plane, &namespace, "web");
    waits(plane, &namespace, &pod, "jsonpath={.status.phase}=Running");
    waits(plane, &namespace, &pod, "condition=Ready=False");
    let let_go = ["annotate", &pod, "stratiform.test/holds-", "-n", &namespace];
    plane.kubectl(&let_go).expect(0);
    waits(plane, &namespace, "deployment/web", "condition=Available");
}

#[test]
fn each_user_is_who_the_kubeconfig_says() {
    let Some(plane) = plane() else { return };
    let named = |name, group| User::Certificate { name, group };
    for (user, name, may) in [
        (User::Admin, "admin", true),
        (User::Exec, "admin", true),
        (User::Limited, "limited", false),
        (named("anna", None), "anna", false),
        (named("boss", Some("system:masters")), "boss", true),
    ] {
        let kubeconfig = plane.kubeconfig(user);
        let who = [
            "auth",
            "whoami",
            "-o",
            "jsonpath={.status.userInfo.username}",
        ];
        let who = kubectl_with(plane, &kubeconfig, &who).expect(0);
        assert_eq!(who.stdout, name);
        let list = kubectl_with(plane, &kubeconfig, &["get", "secrets", "-A"]);
        assert_eq!(list.code == Some(0), may, "{list}");
    }
    let unknown = plane.kubeconfig(User::Token("expired"));
    let refused = kubectl_with(plane, &unknown, &["get", "namespaces"]);
    assert!(refused.stderr.contains("Unauthorized"), "{refused}");
}

#[test]
fn helm_installs_with_hooks() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    let chart = plane.folder().join(&namespace);
    std::fs::create_dir_all(chart.join("templates")).expect("folders can be made");
    let write = |name: &str, text: &str| {
        std::fs::write(chart.join(name), text).expect("files can be written");
    };
    write(
        "Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.0.0\nkubeVersion: '>=1.30.0'\n",
    );
    write(
        "templates/web.yaml",
        &workload("Deployment", &namespace, ""),
    );
    let hook = workload("Job", &namespace, "").replace(
        "metadata: {name: task,",
        "metadata: {name: task, annotations: {helm.sh/hook: pre-install},",
    );
    write("templates/task.yaml", &hook);
    let chart = chart.to_str().expect("temporary folders are UTF-8");
    let install = [
        "install",
        "web",
        chart,
        "-n",
        &namespace,
        "--create-namespace",
        "--wait",
    ];
    plane.helm(&install).expect(0);
    let done = get(plane, &namespace, "job/task", "{.status.succeeded}");
    assert_eq!(done, "1");
}

#[test]
fn one_kubeconfig_leads_to_two_clusters() {
    let (Some(shared), Some(own)) = (plane(), Plane::start("own")) else {
        return;
    };
    own.kubectl(&["create", "namespace", "only-here"]).expect(0);
    let kubeconfig = shared.kubeconfig_of(&[
        shared.context("first", User::Admin),
        own.context("second", User::Admin),
    ]);
    let found = |context: &[&str]| {
        let get = ["get", "namespace", "only-here"];
        let output = kubectl_with(shared, &kubeconfig, &[&get, context].concat());
        output.code == Some(0)
    };
    assert!(!found(&[]));
    assert!(found(&["--context=second"]));
}

#[test]
fn an_api_server_is_killed_and_started_again() {
    let Some(plane) = Plane::start("own") else {
        return;
    };
    let namespace = namespace(&plane);
    let before = plane.processes();
    plane.kill_api_server();
    let refused = plane.kubectl(&["get", "namespaces"]);
    assert!(refused.stderr.contains("refused"), "{refused}");
    plane.start_api_server();
    assert_ne!(plane.processes(), before);
    plane.apply(&workload("Deployment", &namespace, ""));
    waits(&plane, &namespace, "deployment/web", "condition=Available");

    let (folder, processes) = (plane.folder().to_owned(), plane.processes());
    drop(plane);
    assert!(!folder.exists(), "{} is left", folder.display());
    assert!(processes.iter().all(|process| ended(*process)));
}

/// Set for a test binary that a test starts, to what that does with its control plane: `ends` or `waits`.
const CHILD: &str = "STRATIFORM_TEST_OF_PLANES";

/// Does nothing in a run of its own.
#[test]
fn starts_a_plane_for_another_test() {
    let Ok(then) = std::env::var(CHILD) else {
        return;
    };
    let Some(plane) = plane() else { return };
    let processes: Vec<String> = plane.processes().iter().map(u32::to_string).collect();
    let line = format!(
        "plane\t{}\t{}\n",
        plane.folder().display(),
        processes.join(" ")
    );
    // The harness keeps what is printed to itself.
    std::fs::write("/dev/stderr", line).expect("there is standard error");
    if then == "waits" {
        std::io::stdin()
            .read_line(&mut String::new())
            .expect("there is standard input");
    }
}

#[test]
fn servers_end_with_the_tests_also_when_these_are_killed() {
    for (then, killed) in [("ends", false), ("waits", true)] {
        let own = std::env::current_exe().expect("it has a path");
        let mut child = Command::new(own)
            .args([
                "planes::starts_a_plane_for_another_test",
                "--exact",
                "--nocapture",
            ])
            .env(CHILD, then)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("tests can be started");
        let lines = BufReader::new(child.stderr.take().expect("it is a pipe")).lines();
        let mut lines = lines.map_while(Result::ok);
        let told = lines.find(|line| line.starts_with("plane\t"));
        let Some(told) = told else {
            // It has no programs, and said so if that is a failure.
            let status = child.wait().expect("it is a child of ours");
            assert!(status.success(), "{status}");
            return;
        };
        if killed {
            child.kill().expect("it runs");
        }
        child.wait().expect("it is a child of ours");
        let parts: Vec<&str> = told.split('\t').collect();
        let folder = PathBuf::from(parts[1]);
        let processes: Vec<u32> = parts[2]
            .split(' ')
            .map(|id| id.parse().expect("a number"))
            .collect();
        assert_eq!(processes.len(), 5);
        let end = Instant::now() + Duration::from_secs(30);
        while folder.exists() || !processes.iter().all(|process| ended(*process)) {
            assert!(Instant::now() < end, "{told} is left after `{then}`");
            std::thread::yield_now();
        }
    }
}

/// Whether a process is gone, or waits only for somebody to ask how it ended.
fn ended(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"));
    stat.map_or(true, |stat| stat.contains(") Z "))
}

#[test]
fn the_proxy_passes_on_and_counts() {
    let Some(plane) = plane() else { return };
    let namespace = namespace(plane);
    let proxy = Proxy::start(plane, Faults::none());
    let kubeconfig = proxy.kubeconfig(plane, User::Admin);
    let list = [
        "get",
        "configmaps",
        "-n",
        &namespace,
        "--chunk-size=1",
        "-o",
        "name",
    ];
    let listed = kubectl_with(plane, &kubeconfig, &list).expect(0);
    assert_eq!(listed.stdout, "configmap/kube-root-ca.crt\n");
    let path = format!("/api/v1/namespaces/{namespace}/configmaps");
    assert_eq!(proxy.count("GET", &path), 1);
    plane
        .kubectl(&["create", "configmap", "watched", "-n", &namespace])
        .expect(0);
    proxy.forget();
    kubectl_with(plane, &kubeconfig, &list).expect(0);
    assert_eq!(proxy.count("GET", &path), 2, "there are two pages");
    assert_eq!(proxy.lists(), BTreeMap::from([(path, 1)]));

    // A watch through the proxy tells of what happens after it began.
    let condition = "--for=jsonpath={.metadata.labels.told}=yes";
    let wait = [
        "wait",
        condition,
        "configmap/watched",
        "-n",
        &namespace,
        "--timeout=60s",
    ];
    let mut waiting = plane.kubectl_command(&wait);
    let waiting = waiting
        .env("KUBECONFIG", &kubeconfig)
        .stdout(Stdio::null())
        .spawn();
    let mut waiting = waiting.expect("kubectl can be started");
    let end = Instant::now() + Duration::from_secs(60);
    while !proxy.asked().iter().any(Asked::watches) {
        assert!(Instant::now() < end, "nobody watches");
        std::thread::yield_now();
    }
    let label = [
        "label",
        "configmap",
        "watched",
        "told=yes",
        "-n",
        &namespace,
    ];
    plane.kubectl(&label).expect(0);
    assert!(waiting.wait().expect("it is a child of ours").success());
}

#[test]
fn the_proxy_lets_each_fault_happen() {
    let Some(plane) = plane() else { return };
    let namespace = namespace(plane);
    let proxy = Proxy::start(plane, Faults::none());
    let kubeconfig = proxy.kubeconfig(plane, User::Admin);
    for (name, fault, says, made) in [
        ("conflict", Fault::Answer(409), "answers 409", false),
        ("broken", Fault::Answer(500), "answers 500", false),
        ("away", Fault::Answer(503), "answers 503", false),
        ("before", Fault::CutBefore, "EOF", false),
        ("after", Fault::CutAfter, "EOF", true),
        ("midway", Fault::CutMidway, "EOF", true),
    ] {
        let posts = |method: &str, path: &str| method == "POST" && path.contains("/configmaps");
        proxy.set_faults(Faults::each(fault, posts));
        let create = ["create", "configmap", name, "-n", &namespace];
        let failed = kubectl_with(plane, &kubeconfig, &create);
        assert_eq!(failed.code, Some(1), "{fault:?}: {failed}");
        assert!(failed.stderr.contains(says), "{fault:?}: {failed}");
        let get = ["get", "configmap", name, "-n", &namespace];
        assert_eq!(plane.kubectl(&get).code == Some(0), made, "{fault:?}");
    }
    let late = Fault::Late(Duration::from_millis(1));
    proxy.set_faults(Faults::each(late, |_, _| true));
    let create = ["create", "configmap", "late", "-n", &namespace];
    kubectl_with(plane, &kubeconfig, &create).expect(0);
    let hurt = |asked: &Asked| asked.method == "POST" && asked.fault == Some(late);
    assert!(proxy.asked().iter().any(hurt));
    // kubectl does as it is told by `Retry-After`, and gives up after ten times.
    proxy.set_faults(Faults::each(Fault::TooMany(0), |_, path| {
        path.contains("/secrets")
    }));
    proxy.forget();
    let get = ["get", "secrets", "-n", &namespace];
    let failed = kubectl_with(plane, &kubeconfig, &get);
    assert_eq!(failed.code, Some(1), "{failed}");
    let path = format!("/api/v1/namespaces/{namespace}/secrets");
    assert_eq!(proxy.count("GET", &path), 11);
}

#[test]
fn faults_are_the_same_in_each_run() {
    let draw = |seed| -> Vec<Option<Fault>> {
        let faults = Faults::some(30, seed, &Fault::USUAL);
        let draws = (0..1000).map(|before| faults.draw("PATCH", "/api/v1/nodes/a?x=y", before));
        draws.collect()
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    let share = draw(1).iter().flatten().count();
    assert!((250..350).contains(&share), "{share}");
    for kind in Fault::USUAL {
        assert!(draw(1).contains(&Some(kind)), "{kind:?}");
    }
}
