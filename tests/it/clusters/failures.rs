//! Servers that cannot be reached, let nobody in, or are busy.

use std::time::{Duration, Instant};

use stratiform::model::{Kubeconfig, KubernetesSpec};
use stratiform::target::{Observed, Pace, TargetError};

use super::fixture::{Cluster, ask, config_map, key, marks, namespace, put};
use crate::support::planes::{Context, Fault, Faults, Plane, Proxy, User, plane};

fn file(path: impl Into<std::path::PathBuf>, context: Option<&str>) -> KubernetesSpec {
    KubernetesSpec {
        kubeconfig: Kubeconfig::File(path.into()),
        context: context.map(Into::into),
    }
}

/// What a cluster says that cannot be looked at, with the kubeconfig's own path and address left out.
#[track_caller]
fn told(spec: &KubernetesSpec, hide: &[(&str, &str)]) -> String {
    let cluster = Cluster::of(spec, marks(0x99, 1), Pace::default());
    let keys = [key(&config_map("default", "a", "x"))];
    let error = cluster
        .try_observe(ask(&keys))
        .expect_err("nobody is let in");
    assert!(matches!(error, TargetError::Unreachable { .. }), "{error}");
    let mut text = error.to_string();
    if let Kubeconfig::File(path) = &spec.kubeconfig {
        text = text.replace(&path.display().to_string(), "KUBECONFIG");
    }
    for (from, to) in hide {
        text = text.replace(from, to);
    }
    text
}

fn refused(plane: &Plane, context: Context) -> String {
    let server = context.server.clone();
    let path = plane.kubeconfig_of(&[context]);
    told(&file(path, None), &[(&server, "SERVER")])
}

#[test]
fn what_is_wrong_with_a_kubeconfig_is_told() {
    let Some(plane) = plane() else { return };
    let path = plane.kubeconfig(User::Admin);
    let broken = plane.folder().join("broken-kubeconfig");
    std::fs::write(&broken, "clusters: hidden").expect("files can be written");
    let environment = KubernetesSpec {
        kubeconfig: Kubeconfig::Environment("STRATIFORM_TEST_NOT_SET".into()),
        context: None,
    };
    let in_cluster = KubernetesSpec {
        kubeconfig: Kubeconfig::InCluster,
        context: None,
    };
    let texts = [
        told(&file("/nowhere/kubeconfig", None), &[]),
        told(&file(path, Some("other")), &[]),
        told(&file(broken, None), &[]),
        told(&environment, &[]),
        told(&in_cluster, &[]),
    ];
    insta::assert_snapshot!(texts.join("\n"), @"
    KUBECONFIG cannot be reached: there is no kubeconfig `KUBECONFIG`; name another on the target, or set KUBECONFIG
    other of KUBECONFIG cannot be reached: the kubeconfig has no context `other`; it has shared
    KUBECONFIG cannot be reached: it is not a kubeconfig: its YAML cannot be read
    $STRATIFORM_TEST_NOT_SET cannot be reached: the environment variable STRATIFORM_TEST_NOT_SET is not set; put the text of a kubeconfig into it
    the cluster that this runs in cannot be reached: this does not run in a pod with a service account; name a kubeconfig on the target
    ");
}

#[test]
fn why_a_server_lets_nobody_in_is_told() {
    let Some(plane) = plane() else { return };
    let with = |user: serde_json::Value| Context {
        user,
        ..plane.context("kind", User::Admin)
    };
    let exec = |command: &str| {
        with(serde_json::json!({"exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": command,
            "args": ["secret-of-the-program"],
            "interactiveMode": "Never",
        }}))
    };
    let nobody = Context {
        server: "https://127.0.0.1:1".to_owned(),
        ..plane.context("kind", User::Admin)
    };
    let other = rcgen::generate_simple_self_signed(["other".to_owned()]).expect("it can be made");
    let ca = plane.folder().join("other-authority.pem");
    std::fs::write(&ca, other.cert.pem()).expect("files can be written");
    let stranger = Context {
        ca,
        ..plane.context("kind", User::Admin)
    };
    let texts = [
        refused(plane, nobody),
        refused(plane, stranger),
        refused(plane, plane.context("kind", User::Token("expired"))),
        refused(plane, plane.context("kind", User::Limited)),
        refused(plane, exec("no-such-program")),
        refused(plane, exec("false")),
        refused(plane, exec("echo")),
    ];
    insta::assert_snapshot!(texts.join("\n"), @r#"
    SERVER (KUBECONFIG) cannot be reached: nothing listens there (connection refused); see whether the server runs, and whether the address is right
    SERVER (KUBECONFIG) cannot be reached: its certificate cannot be trusted: nobody who is trusted has signed it; the kubeconfig's `certificate-authority` is another's, or is missing
    SERVER (KUBECONFIG) cannot be reached: it does not accept the credentials (401): they are wrong or have expired; log in again, or put new ones into the kubeconfig
    SERVER (KUBECONFIG) cannot be reached: configmaps is forbidden: User "limited" cannot list resource "configmaps" in API group "" in the namespace "default"; a role for this user has to allow it
    KUBECONFIG cannot be reached: the kubeconfig gets its credentials from the program `no-such-program`, which is not there; install it, or put it on the PATH
    KUBECONFIG cannot be reached: the program `false`, which gives the credentials, failed (exit status: 1); run it by hand to see why, and log in again if it says so
    KUBECONFIG cannot be reached: the program `echo` does not print credentials that can be read
    "#);
}

#[test]
fn credentials_of_programs_and_certificates_work() {
    let Some(plane) = plane() else { return };
    let certificate = User::Certificate {
        name: "somebody",
        group: Some("system:masters"),
    };
    for user in [User::Exec, certificate] {
        let path = plane.kubeconfig(user);
        let cluster = Cluster::of(&file(path, None), marks(0x98, 1), Pace::default());
        let absent = cluster.one(&key(&config_map("default", "not-there", "x")));
        assert_eq!(absent, Observed::Absent);
    }
}

#[test]
fn a_token_that_a_program_gives_is_renewed_when_it_is_refused() {
    let Some(plane) = plane() else { return };
    let token = plane.folder().join("changing-token.json");
    let write = |text: &str| {
        let credential = serde_json::json!({
            "apiVersion": "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "status": {"token": text},
        });
        std::fs::write(&token, credential.to_string()).expect("files can be written");
    };
    let good = std::fs::read_to_string(plane.folder().join("token.json"));
    let user = serde_json::json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "cat",
        "args": [token],
        "interactiveMode": "Never",
    }});
    let context = Context {
        user,
        ..plane.context("kind", User::Admin)
    };
    let path = plane.kubeconfig_of(&[context]);
    let cluster = Cluster::of(&file(path, None), marks(0x97, 1), Pace::default());
    let keys = [key(&config_map("default", "not-there", "x"))];
    write("not-good");
    assert!(cluster.try_observe(ask(&keys)).is_err());
    std::fs::write(&token, good.expect("the plane has it")).expect("files can be written");
    assert_eq!(cluster.observe(&keys).objects, [Observed::Absent]);
}

#[test]
fn a_user_without_a_role_is_told_what_is_missing() {
    let Some(plane) = plane() else { return };
    let path = plane.kubeconfig(User::Limited);
    let cluster = Cluster::of(&file(path, None), marks(0x96, 1), Pace::default());
    let error = cluster.fails(&[super::fixture::put_over(
        &config_map("default", "mine", "x"),
        stratiform::target::Manner::Apply,
    )]);
    insta::assert_snapshot!(error, @r#"the server refuses ConfigMap default/mine: configmaps "mine" is forbidden: User "limited" cannot patch resource "configmaps" in API group "" in the namespace "default"; a role for this user has to allow it"#);
}

#[test]
fn whatever_goes_wrong_with_requests_what_is_wanted_is_there_in_the_end() {
    let Some(plane) = plane() else { return };
    let name = plane.namespace();
    for seed in 0..3 {
        let proxy = Proxy::start(plane, Faults::some(30, seed, &Fault::USUAL));
        let kubeconfig = proxy.kubeconfig(plane, User::Admin);
        let cluster = Cluster::with(kubeconfig, marks(0x95, 1), Pace::default());
        let texts: Vec<String> = (0..20)
            .map(|at| config_map(&name, &format!("c{seed}-{at}"), "x"))
            .collect();
        let mut operations = vec![put(&namespace(&name))];
        operations.extend(texts.iter().map(|text| put(text)));
        cluster.done(&operations);
        let keys: Vec<_> = texts.iter().map(|text| key(text)).collect();
        let seen = cluster.observe(&keys);
        assert!(
            seen.objects
                .iter()
                .all(|one| matches!(one, Observed::Live { .. }))
        );
        let deletes: Vec<_> = keys.iter().map(|key| cluster.delete(key)).collect();
        cluster.done(&deletes);
        proxy.set_faults(Faults::none());
        assert!(
            cluster
                .observe(&keys)
                .objects
                .iter()
                .all(|one| *one == Observed::Absent)
        );
    }
}

#[test]
fn a_server_that_is_busy_for_good_is_given_up() {
    let Some(plane) = plane() else { return };
    let proxy = Proxy::start(plane, Faults::none());
    let kubeconfig = proxy.kubeconfig(plane, User::Admin);
    let cluster = Cluster::with(kubeconfig, marks(0x94, 1), Pace::default());
    let keys = [key(&config_map("default", "a", "x"))];
    cluster.observe(&keys);
    proxy.set_faults(Faults::each(Fault::TooMany(15), |_, _| true));
    let begun = Instant::now();
    let error = cluster.try_observe(ask(&keys)).expect_err("it is busy");
    assert!(error.to_string().contains("it answers 429"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_server_that_comes_back_is_waited_for() {
    let Some(plane) = Plane::start("restarted") else {
        return;
    };
    let cluster = Cluster::new(&plane);
    let name = plane.namespace();
    cluster.done(&[put(&namespace(&name))]);
    plane.kill_api_server();
    std::thread::scope(|scope| {
        let settings = put(&config_map(&name, "settings", "x"));
        let (cluster, plane) = (&cluster, &plane);
        let applied = scope.spawn(move || cluster.done(&[settings]));
        plane.start_api_server();
        applied.join().expect("it was waited for");
    });
    cluster.live(&key(&config_map(&name, "settings", "x")));
}
