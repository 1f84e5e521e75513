//! Many clusters in one apply.

use super::project::Project;
use super::support::planes::{Plane, User};

/// How long a Deployment takes at least, which is what a cluster of three layers waits for three times.
const SECONDS: usize = 3;

/// Prints how long one cluster takes, and how long many do, which are contexts on two control planes.
pub fn compare(planes: [&Plane; 2], many: usize) {
    let alone = apply(planes, 1);
    let all = apply(planes, many);
    println!("| clusters of three layers that wait {SECONDS} s each | seconds |");
    println!("| --- | ---: |");
    println!("| 1 | {alone:.1} |");
    println!("| {many}, on two control planes | {all:.1} |");
    println!(
        "| {many}, were it one by one | {:.0} |",
        alone * many as f64
    );
}

fn apply(planes: [&Plane; 2], count: usize) -> f64 {
    let project = Project::new();
    let layer = |name: &str| {
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: 'fleet-{count}-{{{{ .spectro.var.cluster }}}}'}}\n\
             spec:\n  replicas: 1\n  minReadySeconds: {SECONDS}\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    \
             metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: [{{name: web, image: 'nginx:1.29'}}]}}\n"
        );
        (name.to_owned(), text)
    };
    let mut layers = ["network", "storage", "web"].map(layer);
    layers[0].1 += &format!(
        "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: 'fleet-{count}-{{{{ .spectro.var.cluster }}}}'}}\n"
    );
    let layers: Vec<(&str, &str)> = layers
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    project.profile(&layers);
    for number in 0..count {
        let plane = planes[number % planes.len()];
        let name = format!("c{number}");
        let kubeconfig = plane.kubeconfig_of(&[plane.context(&name, User::Admin)]);
        project.cluster(&name, &kubeconfig, &name);
    }
    project.run(&["apply", "--auto-approve"])
}
