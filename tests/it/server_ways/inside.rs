//! A pod with a service account.

use std::process::Command;

use super::{leaks, project};
use crate::support::planes::{Plane, User, plane};
use crate::support::project::{Folder, Ran};
use crate::support::skip::skipped;

/// Puts a folder where pods find their service account, for one program alone. What cannot be done there ends with 77.
const INSIDE: &str = "mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io || exit 77
cp -r \"$0\" /run/secrets/kubernetes.io/serviceaccount && test -f /var/run/secrets/kubernetes.io/serviceaccount/token || exit 77
exec \"$@\"";

/// Runs the program as if it were in a pod.
fn run(folder: &Folder, plane: &Plane, arguments: &[&str]) -> Option<Ran> {
    let (host, port) = plane
        .server
        .trim_start_matches("https://")
        .split_once(':')
        .expect("it has a port");
    let program = folder.command(&[]);
    let mut command = Command::new("unshare");
    command
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", INSIDE])
        .arg(folder.path("account"))
        .arg(program.get_program())
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", folder.root())
        .env("KUBERNETES_SERVICE_HOST", host)
        .env("KUBERNETES_SERVICE_PORT", port)
        .current_dir(folder.root());
    let ran = command.output().ok().map(Ran::of);
    let usable = |ran: &Ran| ran.code != Some(77) && !ran.err.starts_with("unshare:");
    ran.filter(usable)
}

#[test]
fn the_service_account_of_a_pod_suffices() {
    let Some(plane) = plane() else { return };
    let folder = project(plane, "{inCluster: true}");
    let namespace = plane.namespace();
    let account = format!("--serviceaccount={namespace}:deployer");
    for make in [
        &["create", "namespace", &namespace][..],
        &["create", "serviceaccount", "deployer", "-n", &namespace],
        &[
            "create",
            "clusterrolebinding",
            &namespace,
            "--clusterrole=cluster-admin",
            &account,
        ],
    ] {
        plane.kubectl(make).expect(0);
    }
    let token = plane.kubectl(&["create", "token", "deployer", "-n", &namespace]);
    let token = token.expect(0).stdout;
    let token = token.trim();
    folder.put("account/token", token);
    folder.put("account/namespace", &namespace);
    let ca = plane.context("", User::Admin).ca;
    std::fs::copy(ca, folder.path("account/ca.crt")).expect("files can be copied");

    let apply = ["apply", "--auto-approve", "-v"];
    let outside = folder.run(&apply).exits(1);
    let said = "this does not run in a pod with a service account";
    assert!(outside.err.contains(said), "{}", outside.err);

    let Some(ran) = run(&folder, plane, &apply) else {
        return skipped("there are no user namespaces here, in which a pod can be played");
    };
    let said = ran.exits(0).all();
    assert!(!leaks(&folder, &said, token), "{said}");
    let settled = run(
        &folder,
        plane,
        &["plan", "--refresh=all", "--detailed-exitcode"],
    );
    settled.expect("it ran before").exits(0);

    folder.put("account/token", "expired");
    let refused = run(&folder, plane, &["drift"])
        .expect("it ran before")
        .exits(1);
    let refused = refused.all();
    assert!(refused.contains("(401)"), "{refused}");
}
