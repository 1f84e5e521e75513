//! The jobs of `examples/jobs` do what they say, and pin what they use.

use std::path::Path;

use stratiform::diag::Sources;
use stratiform::yaml;

use crate::support::{Output, Sandbox};

const PROJECT: &str = "examples/quickstart";

/// Runs the script that all jobs run.
fn drift(sandbox: &Sandbox, project: &str) -> Output {
    let mut command = sandbox.bare(&sandbox.path("examples/jobs/drift.sh"));
    Output::of(command.args([project, "reports"]))
}

#[test]
fn the_script_leaves_reports_and_tells_drift_from_failure() {
    let sandbox = Sandbox::examples();
    std::fs::create_dir(sandbox.path("reports")).expect("a folder can be made");
    sandbox.run(PROJECT, &["apply", "--auto-approve"]).expect(0);

    drift(&sandbox, PROJECT).expect(0);
    assert_eq!(sandbox.files("reports"), ["drift.json", "stratiform.prom"]);
    let quiet = sandbox.read("reports/drift.json");
    let metrics = sandbox.read("reports/stratiform.prom");
    for name in ["stratiform_drift_objects", "stratiform_cluster_reachable"] {
        assert!(metrics.contains(name), "the alerts read {name}:\n{metrics}");
    }

    let shop = "examples/quickstart/rendered/dev/shop/configmap.shop.shop.yaml";
    sandbox.edit(shop, "currency: EUR", "currency: XTS");
    drift(&sandbox, PROJECT).expect(2);
    assert_eq!(sandbox.files("reports"), ["drift.json", "stratiform.prom"]);
    let report = sandbox.read("reports/drift.json");
    assert!(
        report.contains("data.currency") && report != quiet,
        "{report}"
    );

    // What cannot be found out is neither, and the old reports stay.
    drift(&sandbox, "examples/jobs").expect(3);
    assert_eq!(sandbox.files("reports"), ["drift.json", "stratiform.prom"]);
    assert_eq!(sandbox.read("reports/drift.json"), report);
}

#[test]
fn files_are_yaml_and_name_versions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/jobs");
    for path in [
        "ci/drift.yml",
        "ci/plan.yml",
        "kubernetes/drift-cronjob.yaml",
        "prometheus/rules.yaml",
    ] {
        let text = std::fs::read_to_string(folder.join(path))
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let source = Sources::default().add(path, text.as_str());
        if let Err(problem) = yaml::read(source, &text, yaml::Limits::default()) {
            panic!("{path}: {problem:?}");
        }
        for line in text.lines().map(str::trim_start) {
            let line = line.strip_prefix("- ").unwrap_or(line);
            if let Some(action) = line.strip_prefix("uses: ") {
                let commit = action.split(['@', ' ']).nth(1).unwrap_or_default();
                let is_commit =
                    commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
                assert!(is_commit, "{path}: `{action}` names no commit");
            }
            if let Some(image) = line.strip_prefix("image: ") {
                let tag = image
                    .rsplit('/')
                    .next()
                    .and_then(|name| name.split_once(':'));
                assert!(
                    tag.is_some_and(|(_, tag)| tag != "latest"),
                    "{path}: `{image}` names no version"
                );
            }
        }
    }
}
