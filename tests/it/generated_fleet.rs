//! The fleet that the benchmark measures is what it says: six layers of two objects for each cluster.

use crate::support::Sandbox;

#[path = "../../benches/fleet/generate.rs"]
#[expect(
    clippy::unwrap_used,
    reason = "the generator stops at the first surprise"
)]
mod generate;

const CLUSTERS: usize = 7;

#[test]
fn a_generated_fleet_has_what_the_benchmark_says() {
    let sandbox = Sandbox::empty();
    generate::project(&sandbox.path("fleet"), CLUSTERS);
    sandbox.run("fleet", &["apply", "--auto-approve"]).expect(0);
    let files = sandbox.files("fleet/rendered");
    let objects = files.iter().filter(|path| path.ends_with(".yaml")).count();
    // Beside its objects, each cluster has an index.
    assert_eq!(
        (objects, files.len()),
        (CLUSTERS * 12, CLUSTERS * 13),
        "{files:#?}"
    );
    sandbox
        .run("fleet", &["plan", "--detailed-exitcode"])
        .expect(0);

    generate::change_one_layer(&sandbox.path("fleet"));
    sandbox
        .run("fleet", &["plan", "--detailed-exitcode"])
        .expect(2)
        .says(&["1 cluster to change (of 7)"]);
}
