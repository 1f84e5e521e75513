//! 1,000 objects in 20 kinds compared with what they should be.

use super::objects::varied;
use super::project::{Project, median, seconds};
use super::support::planes::{Plane, User};

/// Of each of the 20 kinds.
const EACH: usize = 50;

/// Prints how long each way takes, in turn, on the same objects, none of which has changed.
pub fn compare(plane: &Plane, rounds: usize) {
    let namespace = plane.namespace();
    plane
        .kubectl(&["create", "namespace", &namespace])
        .expect(0);
    let objects = varied(EACH, &namespace);
    let project = Project::new();
    project.profile(&[("bench", &objects)]);
    project.cluster("bench", &plane.kubeconfig(User::Admin), &plane.name);
    project.run(&["apply", "--auto-approve"]);
    let file = plane.folder().join(format!("{namespace}.yaml"));
    std::fs::write(&file, &objects).unwrap();
    let file = file.to_str().unwrap();
    // Fields with the same values are shared between field managers, and nothing is changed.
    let mut command = plane.kubectl_command(&["apply", "--server-side", "-f", file]);
    seconds(&mut command);
    let (mut kubectl, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let arguments = ["diff", "--server-side", "-f", file];
        kubectl.push(seconds(&mut plane.kubectl_command(&arguments)));
        ours.push(project.run(&["drift"]));
    }
    let (kubectl, ours) = (median(kubectl), median(ours));
    println!("| 1,000 objects of 20 kinds, compared | seconds | times ours |");
    println!("| --- | ---: | ---: |");
    println!(
        "| `kubectl diff --server-side -f` | {kubectl:.2} | {:.0} |",
        kubectl / ours
    );
    println!("| `stratiform drift` | {ours:.2} | 1 |");
}
