//! Packs and charts from the real registries, as users take them from there.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::registries::{Access, GitServer, HelmRepository, OciRegistry, git};
use crate::support::{Output, Sandbox};

pub const LOGIN: (&str, &str) = ("tester", "correct horse");

/// A gzipped tar archive.
pub(crate) fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&tar.into_inner().unwrap()).unwrap();
    gzip.finish().unwrap()
}

/// Puts charts into a folder, each with a ConfigMap, and their index.
pub fn charts(sandbox: &Sandbox, folder: &str, charts: &[(&str, &str, &str)]) {
    let mut index = "apiVersion: v1\nentries:\n".to_owned();
    let mut names: Vec<_> = charts.iter().map(|(name, ..)| *name).collect();
    names.dedup();
    for name in names {
        let _ = writeln!(index, "  {name}:");
        for (_, version, values) in charts.iter().filter(|(other, ..)| *other == name) {
            let bytes = archive(&[
                (
                    &format!("{name}/Chart.yaml"),
                    &format!("apiVersion: v2\nname: {name}\nversion: {version}\n"),
                ),
                (&format!("{name}/values.yaml"), values),
                (
                    &format!("{name}/templates/a.yaml"),
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Chart.Name }}}\ndata: {size: {{ .Values.size | quote }}}\n",
                ),
            ]);
            let file = format!("{name}-{version}.tgz");
            let digest = stratiform::model::Sha256::of(&bytes).hex();
            std::fs::create_dir_all(sandbox.path(folder)).unwrap();
            std::fs::write(sandbox.path(folder).join(&file), bytes).unwrap();
            let _ = writeln!(
                index,
                "  - {{apiVersion: v2, name: {name}, version: {version}, appVersion: 9.{version}, description: makes a {name}, digest: {digest}, urls: [{file}]}}"
            );
        }
    }
    sandbox.write(&format!("{folder}/index.yaml"), &index);
}

/// A project with a Helm repository that wants a password, and clusters that have each of some charts.
pub fn project(sandbox: &Sandbox, url: &str, clusters: usize, layers: &[(&str, &str)]) {
    let head = "apiVersion: stratiform/v1\nkind:";
    sandbox.write(
        "p/stratiform.yaml",
        &format!("{head} Project\nmetadata: {{name: trial}}\n"),
    );
    sandbox.write(
        "p/registry.yaml",
        &format!("{head} Registry\nmetadata: {{name: own}}\nspec:\n  helm: {{url: '{url}'}}\n  access: {{username: {{fromEnv: OWN_USER}}, password: {{fromEnv: OWN_PASSWORD}}, plainHttp: true}}\n"),
    );
    let mut profile = format!(
        "{head} ClusterProfile\nmetadata: {{name: apps}}\nspec:\n  type: add-on\n  layers:\n"
    );
    for (name, version) in layers {
        let _ = writeln!(
            profile,
            "    - {{name: {name}, category: app, chart: {{registry: own, name: {name}, version: {version}, namespace: apps}}}}"
        );
    }
    sandbox.write("p/profile.yaml", &profile);
    let mut group = format!(
        "{head} ClusterGroup\nmetadata: {{name: all}}\nspec:\n  template:\n    profiles: [{{name: apps}}]\n    existing: {{kubernetesVersion: 1.33.1}}\n    target: {{directory: {{path: \"rendered/{{name}}\"}}}}\n  clusters:\n"
    );
    for at in 0..clusters {
        let _ = writeln!(group, "    - {{name: c{at}}}");
    }
    sandbox.write("p/clusters.yaml", &group);
}

pub fn command(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = sandbox.command("p", arguments);
    command
        .env("OWN_USER", LOGIN.0)
        .env("OWN_PASSWORD", LOGIN.1);
    command
}

#[track_caller]
pub(crate) fn run(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    Output::of(&mut command(sandbox, arguments))
}

pub(crate) fn repository(sandbox: &Sandbox) -> Option<HelmRepository> {
    let access = Access {
        login: Some(LOGIN),
        tls: None,
    };
    std::fs::create_dir_all(sandbox.path("served")).unwrap();
    HelmRepository::start(&sandbox.path("served"), access)
}

#[test]
fn a_chart_is_found_rendered_updated_and_pulled() {
    let sandbox = Sandbox::empty();
    let Some(repository) = repository(&sandbox) else {
        return;
    };
    let first = [
        ("web", "1.0.0", "# How large\nsize: 1\n"),
        ("other", "v2.0.0", ""),
    ];
    charts(&sandbox, "served", &first);
    project(&sandbox, repository.url(), 1, &[("web", "1.x")]);
    run(&sandbox, &["apply", "--auto-approve"]).expect(0);
    let object = "p/rendered/c0/web/configmap.apps.web.yaml";
    assert!(sandbox.read(object).contains("size: \"1\""));

    let more = [
        ("web", "1.1.0", "# How large\nsize: 2\n"),
        first[0],
        first[1],
    ];
    charts(&sandbox, "served", &more);
    run(&sandbox, &["plan", "--detailed-exitcode"]).expect(0);
    insta::assert_snapshot!(run(&sandbox, &["update", "web"]).expect(0), @r"
    exit code: 0
    --- stdout ---
    kind   name     asked for  moves
    chart  own/web  1.x        1.0.0 -> 1.1.0

    own/web 1.0.0 -> 1.1.0
      @@ -1,2 +1,2 @@
        # How large
      - size: 1
      + size: 2

    Moved. See what that changes with: stratiform plan
    ");
    let search = ["registry", "search", "web", "--versions"];
    insta::assert_snapshot!(run(&sandbox, &search).expect(0), @r"
    exit code: 0
    --- stdout ---
    name     kind   version  app version  versions
    own/web  chart  1.1.0    9.1.1.0      1.1.0, 1.0.0
    ");
    run(&sandbox, &["apply", "--auto-approve"]).expect(0);
    assert!(sandbox.read(object).contains("size: \"2\""));

    run(&sandbox, &["pack", "show", "own/web@1.0.0"])
        .expect(0)
        .says(&[
            "chart own/web 1.0.0",
            "versions     1.1.0, 1.0.0",
            "# How large\nsize: 1\n",
        ]);
    run(&sandbox, &["pack", "pull", "own/other", "--output", "home"])
        .expect(0)
        .says(&["home/other-v2.0.0.tgz"]);
    let bytes = |path: &str| std::fs::read(sandbox.path(path)).unwrap();
    assert_eq!(
        bytes("home/other-v2.0.0.tgz"),
        bytes("served/other-v2.0.0.tgz")
    );
}

#[test]
fn what_is_not_to_be_had_is_told_without_credentials() {
    let sandbox = Sandbox::empty();
    let Some(repository) = repository(&sandbox) else {
        return;
    };
    charts(&sandbox, "served", &[("web", "1.0.0", "")]);
    project(&sandbox, repository.url(), 1, &[("web", "1.x")]);
    let wrong = Output::of(command(&sandbox, &["lock"]).env("OWN_PASSWORD", "hunter2")).expect(1);
    assert!(
        wrong.stderr.contains("stratiform registry login own"),
        "{wrong}"
    );
    assert!(!wrong.stderr.contains("hunter2"), "{wrong}");
    run(&sandbox, &["lock"]).expect(0);
    // Another archive under the same version, and an empty cache.
    charts(&sandbox, "served", &[("web", "1.0.0", "size: 3\n")]);
    std::fs::remove_dir_all(sandbox.path("home/.cache")).unwrap();
    let changed = run(&sandbox, &["lock"]).expect(3);
    assert!(
        changed.stderr.contains("the lock file says sha256:"),
        "{changed}"
    );
    assert!(
        changed.stderr.contains("if it was replaced on purpose"),
        "{changed}"
    );
    run(&sandbox, &["update", "web"])
        .expect(0)
        .says(&["1.0.0, with other content"]);
    run(&sandbox, &["--locked", "lock"]).expect(0);
}

/// Puts a pack into a folder.
pub(crate) fn pack(sandbox: &Sandbox, folder: &str, version: &str, size: u32) {
    let put = |path: &str, text: &str| sandbox.write(&format!("{folder}/{path}"), text);
    put(
        "pack.json",
        &format!(
            r#"{{"name": "store", "displayName": "Store", "version": "{version}", "layer": "addon", "kubeManifests": ["a.yaml"]}}"#
        ),
    );
    put(
        "values.yaml",
        &format!("pack: {{namespace: store}}\nmanifests: {{a: {{size: {size}}}}}\n"),
    );
    put(
        "a.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: store}\ndata: {size: {{ .Values.size | quote }}}\n",
    );
}

/// Makes the project one with a pack of a registry.
fn with_pack(sandbox: &Sandbox, registry: &str) {
    project(sandbox, "http://localhost:1", 1, &[]);
    let head = "apiVersion: stratiform/v1\nkind:";
    sandbox.write(
        "p/registry.yaml",
        &format!("{head} Registry\nmetadata: {{name: own}}\nspec: {registry}\n"),
    );
    sandbox.write(
        "p/profile.yaml",
        &format!("{head} ClusterProfile\nmetadata: {{name: apps}}\nspec:\n  type: add-on\n  layers:\n    - {{name: store, category: app, pack: {{name: store, version: 1.x}}}}\n"),
    );
}

const STORE: &str = "p/rendered/c0/store/configmap.store.store.yaml";

#[test]
fn a_pack_of_a_git_repository_is_pinned_by_its_commit() {
    let sandbox = Sandbox::empty();
    pack(&sandbox, "git/packs/store-1.0.0", "1.0.0", 1);
    let folder = sandbox.path("git");
    let commit = || {
        git(&folder, &["add", "-A"]);
        git(&folder, &["commit", "-q", "-m", "more"]);
        git(&folder, &["rev-parse", "HEAD"]).trim().to_owned()
    };
    git(&folder, &["init", "-q", "-b", "main"]);
    let first = commit();
    let Some(server) = GitServer::start(sandbox.root()) else {
        return;
    };
    let url = format!("{}/git/.git", server.url());
    with_pack(
        &sandbox,
        &format!(
            "{{git: {{url: '{url}', branch: main, path: packs}}, access: {{plainHttp: true}}}}"
        ),
    );
    run(&sandbox, &["apply", "--auto-approve"]).expect(0);
    assert!(
        sandbox
            .read("p/stratiform.lock")
            .contains(&format!("commit: \"{first}\""))
    );
    let asked = server.requests().len();
    // The branch goes on without a new version, and nothing moves by itself.
    pack(&sandbox, "git/packs/store-1.0.0", "1.0.0", 2);
    let second = commit();
    run(&sandbox, &["plan", "--detailed-exitcode"]).expect(0);
    assert_eq!(server.requests().len(), asked);
    std::fs::remove_dir_all(sandbox.path("home/.cache")).unwrap();
    run(&sandbox, &["plan", "--detailed-exitcode"]).expect(0);
    run(&sandbox, &["update"]).expect(0).says(&[
        "1.0.0, with other content",
        "- manifests: {a: {size: 1}}",
        "+ manifests: {a: {size: 2}}",
    ]);
    assert!(sandbox.read("p/stratiform.lock").contains(&second));
    run(&sandbox, &["apply", "--auto-approve"]).expect(0);
    assert!(sandbox.read(STORE).contains("size: \"2\""));
    run(&sandbox, &["pack", "list"])
        .expect(0)
        .says(&["own       store"]);
}

#[test]
fn a_pack_that_was_pushed_comes_back() {
    let sandbox = Sandbox::empty();
    let Some(registry) = OciRegistry::start(Some(LOGIN)) else {
        return;
    };
    let place = format!("oci://{}/team", registry.host());
    with_pack(
        &sandbox,
        &format!(
            "{{oci: {{url: '{place}'}}, access: {{username: {{fromEnv: OWN_USER}}, password: {{fromEnv: OWN_PASSWORD}}, plainHttp: true}}}}"
        ),
    );
    pack(&sandbox, "store-1.0.0", "1.0.0", 1);
    run(&sandbox, &["pack", "push", "store-1.0.0", "own"]).expect(0);
    run(&sandbox, &["apply", "--auto-approve"]).expect(0);
    assert!(sandbox.read(STORE).contains("size: \"1\""));
    pack(&sandbox, "store-1.1.0", "1.1.0", 2);
    run(&sandbox, &["pack", "push", "store-1.1.0", "own"]).expect(0);
    run(&sandbox, &["update"])
        .expect(0)
        .says(&["1.0.0 -> 1.1.0"]);
    run(&sandbox, &["pack", "pull", "own/store", "--output", "home"]).expect(0);
    assert_eq!(
        sandbox.files("home/store-1.1.0"),
        sandbox.files("store-1.1.0")
    );
    let search = run(&sandbox, &["registry", "search", "store"]).expect(0);
    assert!(
        search
            .stderr
            .contains("`--registry own` asks it for a name"),
        "{search}"
    );
    run(
        &sandbox,
        &["registry", "search", "store", "--registry", "own"],
    )
    .expect(0)
    .says(&["own/store  pack  1.1.0"]);
}
