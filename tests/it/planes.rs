//! The real control planes that other tests use, with their real clients.

use crate::support::planes::{User, plane};

/// A Deployment, its pods with an annotation.
fn deployment(namespace: &str, annotation: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: {namespace}}}\nspec:\n  replicas: 2\n  \
         selector: {{matchLabels: {{app: web}}}}\n  template:\n    \
         metadata: {{labels: {{app: web}}, annotations: {{{annotation}}}}}\n    \
         spec: {{containers: [{{name: web, image: 'nginx:1'}}]}}\n"
    )
}

#[test]
fn a_deployment_becomes_ready() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    plane
        .kubectl(&["create", "namespace", &namespace])
        .expect(0);
    plane.apply(&deployment(&namespace, ""));
    let wait = [
        "rollout",
        "status",
        "deployment/web",
        "--timeout=60s",
        "-n",
        &namespace,
    ];
    plane
        .kubectl(&wait)
        .expect(0)
        .says(&["successfully rolled out"]);
}
