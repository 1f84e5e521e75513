//! 500 objects applied for the first time.

use std::path::Path;

use super::objects::plain;
use super::project::{Project, median, seconds};
use super::support::planes::{Plane, User};

const OBJECTS: usize = 500;

/// Prints how long each way takes, in turn, each time in a namespace of its own.
pub fn compare(plane: &Plane, rounds: usize) {
    let (mut kubectl, mut helm, mut ours) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        kubectl.push(by_kubectl(plane));
        helm.push(by_helm(plane));
        ours.push(by_us(plane));
    }
    let (kubectl, helm, ours) = (median(kubectl), median(helm), median(ours));
    println!("| {OBJECTS} objects applied for the first time | seconds | times ours |");
    println!("| --- | ---: | ---: |");
    for (name, took) in [
        ("`kubectl apply --server-side -f`", kubectl),
        ("`helm install`, one chart", helm),
        ("`stratiform apply`, with its plan", ours),
    ] {
        println!("| {name} | {took:.2} | {:.1} |", took / ours);
    }
}

fn namespace(plane: &Plane) -> String {
    let namespace = plane.namespace();
    plane
        .kubectl(&["create", "namespace", &namespace])
        .expect(0);
    namespace
}

fn by_kubectl(plane: &Plane) -> f64 {
    let namespace = namespace(plane);
    let file = plane.folder().join(format!("{namespace}.yaml"));
    std::fs::write(&file, plain(OBJECTS, &namespace)).unwrap();
    let file = file.to_str().unwrap();
    seconds(&mut plane.kubectl_command(&["apply", "--server-side", "-f", file]))
}

fn by_helm(plane: &Plane) -> f64 {
    let namespace = namespace(plane);
    let chart = plane.folder().join(format!("chart-{namespace}"));
    let templates = chart.join("templates");
    std::fs::create_dir_all(&templates).unwrap();
    let put = |path: &Path, text: &str| std::fs::write(path, text).unwrap();
    put(
        &chart.join("Chart.yaml"),
        "apiVersion: v2\nname: bench\nversion: 1.0.0\n",
    );
    put(&templates.join("all.yaml"), &plain(OBJECTS, &namespace));
    let chart = chart.to_str().unwrap();
    let arguments = ["install", "bench", chart, "--namespace", &namespace];
    seconds(&mut plane.helm_command(&arguments))
}

fn by_us(plane: &Plane) -> f64 {
    let namespace = namespace(plane);
    let project = Project::new();
    project.profile(&[("bench", &plain(OBJECTS, &namespace))]);
    project.cluster("bench", &plane.kubeconfig(User::Admin), &plane.name);
    project.run(&["apply", "--auto-approve", "--adopt"])
}
