//! The example of a real cluster, as a user who may do no more than its role says.

use std::fs;

use crate::support::Sandbox;
use crate::support::planes::{Plane, User};

const AT: &str = "examples/kubernetes";

/// Binds a role to the user of the tests who may do nothing else.
const BINDING: &str = "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: limited}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: stratiform}
subjects: [{kind: User, name: limited, apiGroup: rbac.authorization.k8s.io}]
";

#[test]
fn the_role_of_the_example_suffices_for_it() {
    let Some(plane) = Plane::start("limited") else {
        return;
    };
    let sandbox = Sandbox::examples();
    plane.apply(&sandbox.read(&format!("{AT}/access/role.yaml")));
    plane.apply(BINDING);
    let kubeconfig = plane.kubeconfig_of(&[plane.context("stratiform", User::Limited)]);
    let token = fs::read_to_string(&kubeconfig).expect("it was written");
    sandbox.write(&format!("{AT}/kubeconfig.yaml"), &token);

    let run = |arguments: &[&str]| sandbox.run(AT, arguments);
    run(&["plan", "--detailed-exitcode"]).expect(2);
    let mut said = run(&["apply", "--auto-approve", "-v"]).expect(0).stderr;
    said += &run(&["plan", "--detailed-exitcode"]).expect(0).stderr;
    said += &run(&["drift"]).expect(0).stderr;
    plane
        .kubectl(&[
            "scale",
            "deployment/hello",
            "-n",
            "hello",
            "--replicas",
            "5",
        ])
        .expect(0);
    let drift = run(&["drift"]).expect(2);
    assert!(drift.stdout.contains("spec.replicas"), "{}", drift.stdout);
    run(&["apply", "--auto-approve", "--force-conflicts"]).expect(0);
    run(&["plan", "--detailed-exitcode"]).expect(0);

    for ending in ["", "-wal", "-shm"] {
        let path = sandbox.path(format!("{AT}/state/stratiform.db{ending}"));
        if path.exists() {
            fs::remove_file(path).expect("it can be removed");
        }
    }
    let rebuilt = run(&["state", "rebuild"]).expect(0);
    assert!(
        rebuilt.stderr.contains("may not list"),
        "{}",
        rebuilt.stderr
    );
    run(&["plan", "--detailed-exitcode"]).expect(0);

    // Nothing of the credentials is kept or told.
    let secret = "token-of-the-limited";
    assert!(token.contains(secret), "{token}");
    assert!(!said.contains(secret), "{said}");
    for file in sandbox.files(&format!("{AT}/state")) {
        let bytes = fs::read(sandbox.path(format!("{AT}/state/{file}"))).expect("it can be read");
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(secret), "{file}");
    }
    run(&["destroy", "--auto-approve"]).expect(0);
    plane
        .kubectl(&["get", "deployment/hello", "-n", "hello"])
        .expect(1);
    // Others may live in the namespace whom this user cannot see.
    plane.kubectl(&["get", "namespace/hello"]).expect(0);
}
