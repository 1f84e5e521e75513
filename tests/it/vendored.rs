//! What is pinned, copied into the project: then neither the network nor the cache is needed.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::crash::{kill_after, seed};
use crate::served::{LOGIN, archive, charts, command, pack, project, repository, run};
use crate::support::project::Dice;
use crate::support::registries::{GitServer, HelmRepository, OciRegistry, git};
use crate::support::{Output, Sandbox};

const CACHE: &str = "home/.cache";

/// A project with two charts of a Helm repository, and two clusters.
fn two_charts(sandbox: &Sandbox) -> Option<HelmRepository> {
    let repository = repository(sandbox)?;
    let all = ["db", "web"].map(|name| (name, "1.0.0", "size: 1\n"));
    charts(sandbox, "served", &all);
    let layers = [("db", "1.x"), ("web", "1.x")];
    project(sandbox, repository.url(), 2, &layers);
    Some(repository)
}

/// The files below a folder with when and as what they were last written.
fn written(sandbox: &Sandbox, folder: &str) -> BTreeMap<String, (i64, i64, u64)> {
    let stamp = |file: &String| {
        let found = sandbox.path(folder).join(file).metadata().unwrap();
        (found.mtime(), found.mtime_nsec(), found.ino())
    };
    let files = sandbox.files(folder).into_iter();
    files.map(|file| (file.clone(), stamp(&file))).collect()
}

fn bytes(sandbox: &Sandbox, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let files = sandbox.files(folder).into_iter();
    let read = |file: String| {
        let bytes = fs::read(sandbox.path(folder).join(&file)).unwrap();
        (file, bytes)
    };
    files.map(read).collect()
}

/// A chart with a Deployment, beside others in the folder and their index.
fn chart_with_image(sandbox: &Sandbox) {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: site}\nspec:\n  template:\n    spec:\n      \
         initContainers: [{name: wait, image: busybox}]\n      \
         containers: [{name: site, image: 'quay.io/team/site:{{ .Values.tag }}'}]\n";
    let bytes = archive(&[
        (
            "site/Chart.yaml",
            "apiVersion: v2\nname: site\nversion: 2.0.0\n",
        ),
        ("site/values.yaml", "tag: '1.0'\n"),
        ("site/templates/a.yaml", deployment),
    ]);
    fs::write(sandbox.path("served/site-2.0.0.tgz"), bytes).unwrap();
    let mut index = sandbox.read("served/index.yaml");
    index += "  site:\n  - {apiVersion: v2, name: site, version: 2.0.0, urls: [site-2.0.0.tgz]}\n";
    sandbox.write("served/index.yaml", &index);
}

/// A Helm repository, a git repository and an OCI registry, and a project with something from each of them.
fn three_registries(sandbox: &Sandbox) -> Option<(HelmRepository, GitServer, OciRegistry)> {
    let repository = two_charts(sandbox)?;
    let oci = OciRegistry::start(Some(LOGIN))?;
    chart_with_image(sandbox);
    pack(sandbox, "git/packs/store-1.0.0", "1.0.0", 1);
    let folder = sandbox.path("git");
    git(&folder, &["init", "-q", "-b", "main"]);
    git(&folder, &["add", "-A"]);
    git(&folder, &["commit", "-q", "-m", "first"]);
    let server = GitServer::start(sandbox.root())?;

    let (helm, host, head) = (
        repository.url(),
        oci.host(),
        "apiVersion: stratiform/v1\nkind:",
    );
    let access =
        "username: {fromEnv: OWN_USER}, password: {fromEnv: OWN_PASSWORD}, plainHttp: true";
    let registries = [
        ("own", format!("helm: {{url: '{helm}'}}"), access),
        ("team", format!("oci: {{url: 'oci://{host}/team'}}"), access),
        (
            "shared",
            format!(
                "git: {{url: '{}/git/.git', branch: main, path: packs}}",
                server.url()
            ),
            "plainHttp: true",
        ),
    ];
    let registries = registries.map(|(name, place, access)| {
        format!(
            "{head} Registry\nmetadata: {{name: {name}}}\nspec: {{{place}, access: {{{access}}}}}\n"
        )
    });
    sandbox.write("p/registry.yaml", &registries.join("---\n"));
    pack(sandbox, "vault-1.2.0", "1.2.0", 3);
    sandbox.edit(
        "vault-1.2.0/pack.json",
        "\"name\": \"store\"",
        "\"name\": \"vault\"",
    );
    sandbox.edit(
        "vault-1.2.0/values.yaml",
        "pack: {namespace: store}",
        "pack: {namespace: vault, content: {images: [{image: 'docker.io/vault:1'}, {image: busybox}]}}",
    );
    run(sandbox, &["pack", "push", "vault-1.2.0", "team"]).expect(0);
    sandbox.write(
        "p/profile.yaml",
        &format!(
            "{head} ClusterProfile\nmetadata: {{name: apps}}\nspec:\n  type: add-on\n  layers:\n    \
             - {{name: web, category: app, chart: {{registry: own, name: web, version: 1.x, namespace: apps}}}}\n    \
             - {{name: site, category: app, chart: {{registry: own, name: site, version: 2.x, namespace: apps}}, values: {{tag: '1.5'}}}}\n    \
             - {{name: store, category: app, pack: {{registry: shared, name: store, version: 1.x}}}}\n    \
             - {{name: vault, category: app, pack: {{registry: team, name: vault, version: 1.x}}}}\n"
        ),
    );
    Some((repository, server, oci))
}

#[test]
fn what_is_vendored_needs_neither_cache_nor_network() {
    let sandbox = Sandbox::empty();
    let Some(servers) = three_registries(&sandbox) else {
        return;
    };
    let plan = run(&sandbox, &["plan", "--json"]).expect(0);
    run(&sandbox, &["apply", "--auto-approve"]).expect(0);
    let rendered = bytes(&sandbox, "p/rendered");
    insta::assert_snapshot!(run(&sandbox, &["vendor"]).expect(0), @r"
    exit code: 0
    --- stdout ---
    + vendor/charts/own/site-2.0.0.tgz
    + vendor/charts/own/web-1.0.0.tgz
    + vendor/images.txt
    + vendor/packs/shared/store-1.0.0.tar
    + vendor/packs/team/vault-1.2.0.tar.gz
    + vendor/vendor.lock
    vendor holds 2 charts, 2 packs and the names of 3 images.
    ");
    assert_eq!(
        sandbox.read("p/vendor/images.txt"),
        "busybox\ndocker.io/vault:1\nquay.io/team/site:1.5\n"
    );
    let served = |file: &str| fs::read(sandbox.path("served").join(file)).unwrap();
    let copied = fs::read(sandbox.path("p/vendor/charts/own/site-2.0.0.tgz")).unwrap();
    assert_eq!(copied, served("site-2.0.0.tgz"));

    drop(servers);
    fs::remove_dir_all(sandbox.path(CACHE)).unwrap();
    for folder in ["p/rendered", "p/state"] {
        fs::rename(
            sandbox.path(folder),
            sandbox.path(folder.replace("p/", "old-")),
        )
        .unwrap();
    }
    let key = sandbox.path("old-state/stratiform.key");
    if key.exists() {
        fs::create_dir(sandbox.path("p/state")).unwrap();
        fs::copy(key, sandbox.path("p/state/stratiform.key")).unwrap();
    }
    let alone = |arguments: &[&str]| {
        let mut all = vec!["--offline", "--locked"];
        all.extend(arguments);
        // Nobody needs to get in anywhere.
        Output::of(&mut sandbox.command("p", &all)).expect(0)
    };
    assert_eq!(alone(&["plan", "--json"]).stdout, plan.stdout);
    alone(&["apply", "--auto-approve"]);
    assert_eq!(bytes(&sandbox, "p/rendered"), rendered);
    alone(&["vendor", "--check"]).says(&["vendor holds what is pinned: 2 charts, 2 packs"]);
    let before = written(&sandbox, "p/vendor");
    alone(&["vendor"]).says(&["vendor was up to date"]);
    assert_eq!(written(&sandbox, "p/vendor"), before, "nothing is written");
    assert!(!sandbox.path(CACHE).exists(), "nobody needed a cache");

    // The registries are gone, and so is one of the copies.
    sandbox.remove("p/vendor/charts/own/web-1.0.0.tgz");
    let missing = run(&sandbox, &["--offline", "plan"]).expect(1);
    assert!(
        missing.stderr.contains("`--offline` forbids to fetch it"),
        "{missing}"
    );
}

#[test]
fn images_are_listed_with_who_uses_them() {
    let sandbox = Sandbox::empty();
    let Some(_repository) = two_charts(&sandbox) else {
        return;
    };
    chart_with_image(&sandbox);
    sandbox.edit(
        "p/profile.yaml",
        "name: db, version: 1.x",
        "name: site, version: 2.x",
    );
    sandbox.edit(
        "p/clusters.yaml",
        "    - {name: c1}",
        "    - {name: c1, overrides: {db: {values: {tag: '9'}}}}",
    );
    let said = run(&sandbox, &["--json", "vendor", "--output", "out"]).expect(0);
    let said: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let both = serde_json::json!(["c0", "c1"]);
    let used =
        |clusters: &serde_json::Value| serde_json::json!([{ "layer": "db", "clusters": clusters }]);
    assert_eq!(
        said["images"],
        serde_json::json!([
            { "image": "busybox", "usedBy": used(&both) },
            { "image": "quay.io/team/site:1.0", "usedBy": used(&serde_json::json!(["c0"])) },
            { "image": "quay.io/team/site:9", "usedBy": used(&serde_json::json!(["c1"])) },
        ])
    );
    assert_eq!(said["contents"][0]["file"], "charts/own/site-2.0.0.tgz");
    assert_eq!(
        sandbox.files("out"),
        [
            "charts/own/site-2.0.0.tgz",
            "charts/own/web-1.0.0.tgz",
            "images.txt",
            "vendor.lock"
        ]
    );
    assert!(!sandbox.path("p/vendor").exists());
}

#[test]
fn what_is_no_longer_pinned_goes_and_what_others_put_there_stays() {
    let sandbox = Sandbox::empty();
    let Some(_repository) = two_charts(&sandbox) else {
        return;
    };
    run(&sandbox, &["vendor"]).expect(0);
    sandbox.write("p/vendor/.gitattributes", "*.tgz binary\n");
    sandbox.write("p/vendor/charts/own/.db-1.0.0.tgz.4711", "half");
    let before = written(&sandbox, "p/vendor");
    let all = [
        ("db", "1.1.0", "size: 2\n"),
        ("db", "1.0.0", "size: 1\n"),
        ("web", "1.0.0", "size: 1\n"),
    ];
    charts(&sandbox, "served", &all);
    run(&sandbox, &["update"]).expect(0);
    insta::assert_snapshot!(run(&sandbox, &["vendor", "--check"]).expect(3), @r"
    exit code: 3
    --- stderr ---
    error: `vendor/charts/own/.db-1.0.0.tgz.4711` is not in `stratiform.lock`
    error: `vendor/charts/own/db-1.0.0.tgz` is not in `stratiform.lock`
    error: `vendor/charts/own/db-1.1.0.tgz` is missing
    error: `vendor/vendor.lock` is not what `stratiform.lock` says
     = help: run `stratiform vendor`, and keep the folder beside `stratiform.lock`
    4 errors found; nothing was changed
    ");
    insta::assert_snapshot!(run(&sandbox, &["vendor"]).expect(0), @r"
    exit code: 0
    --- stdout ---
    + vendor/charts/own/db-1.1.0.tgz
    + vendor/vendor.lock
    - vendor/charts/own/.db-1.0.0.tgz.4711
    - vendor/charts/own/db-1.0.0.tgz
    vendor holds 2 charts, 0 packs and the names of 0 images.
    ");
    let after = written(&sandbox, "p/vendor");
    for same in [".gitattributes", "charts/own/web-1.0.0.tgz", "images.txt"] {
        assert_eq!(after[same], before[same], "{same}");
    }
    run(&sandbox, &["vendor", "--check"]).expect(0);

    // A check changes nothing, not even the lock.
    sandbox.edit(
        "p/profile.yaml",
        "name: db, version: 1.x",
        "name: db, version: 1.0.x",
    );
    let lock = sandbox.read("p/stratiform.lock");
    let refused = run(&sandbox, &["vendor", "--check"]).expect(3);
    assert!(
        refused.stderr.contains("is not in `stratiform.lock`"),
        "{refused}"
    );
    assert_eq!(sandbox.read("p/stratiform.lock"), lock);
    assert_eq!(written(&sandbox, "p/vendor"), after);
}

#[test]
fn a_damaged_copy_is_refused_until_it_is_written_again() {
    let sandbox = Sandbox::empty();
    let Some(repository) = two_charts(&sandbox) else {
        return;
    };
    run(&sandbox, &["vendor"]).expect(0);
    let file = "p/vendor/charts/own/web-1.0.0.tgz";
    let good = fs::read(sandbox.path(file)).unwrap();
    let asked = repository.requests().len();
    sandbox.write(file, "version https://git-lfs.github.com/spec/v1\n");
    let refused = run(&sandbox, &["plan"]).expect(3);
    let mut settings = sandbox.settings();
    settings.add_filter("sha256:[0-9a-f]{64}", "[DIGEST]");
    settings.bind(|| {
        insta::assert_snapshot!(refused, @r"
        exit code: 3
        --- stderr ---
        error: cannot fetch chart `web` 1.0.0 from registry `own`
         --> p/profile.yaml:8:63
          |
        8 |     - {name: web, category: app, chart: {registry: own, name: web, version: 1.x, namespace: apps}}
          |                                                               ^^^
          |
          = note: `vendor/charts/own/web-1.0.0.tgz` is damaged: it has the digest [DIGEST], and the lock file says [DIGEST]; bring it back from version control, or run `stratiform vendor` to write it again
        1 error found; nothing was changed
        ");
    });
    let checked = run(&sandbox, &["--json", "vendor", "--check"]).expect(3);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&checked.stdout).unwrap(),
        serde_json::json!({ "differences": [
            { "file": "charts/own/web-1.0.0.tgz", "problem": "is not what `stratiform.lock` says" }
        ] })
    );
    assert_eq!(repository.requests().len(), asked, "nobody asks for it");
    // With nothing in the cache it comes from the registry.
    fs::remove_dir_all(sandbox.path(CACHE)).unwrap();
    let offline = run(&sandbox, &["--offline", "vendor"]).expect(1);
    assert!(offline.stderr.contains("`--offline` forbids"), "{offline}");
    run(&sandbox, &["vendor"])
        .expect(0)
        .says(&["+ vendor/charts/own/web-1.0.0.tgz"]);
    assert_eq!(fs::read(sandbox.path(file)).unwrap(), good);
    run(&sandbox, &["--offline", "plan"]).expect(0);

    sandbox.write("p/vendor/vendor.lock", "<<<<<<< ours\nformatVersion: 1\n");
    let refused = run(&sandbox, &["plan"]).expect(3);
    assert!(
        refused
            .stderr
            .contains("`vendor/vendor.lock` cannot be used"),
        "{refused}"
    );
    run(&sandbox, &["--offline", "vendor"]).expect(0);
    run(&sandbox, &["--offline", "plan"]).expect(0);
    sandbox.write("p/vendor/vendor.lock", "formatVersion: 2\n");
    for arguments in [&["plan"][..], &["vendor"], &["vendor", "--check"]] {
        let refused = run(&sandbox, arguments);
        assert!(refused.code != Some(0), "{refused}");
        assert!(
            refused.stderr.contains("written by a newer stratiform"),
            "{refused}"
        );
    }
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() {
    let sandbox = Sandbox::empty();
    let Some(_repository) = two_charts(&sandbox) else {
        return;
    };
    sandbox.write("p/vendor/modules.txt", "# of another program\n");
    sandbox.write("p/vendor/charts/own.txt", "mine\n");
    run(&sandbox, &["plan"]).expect(0);
    let refused = run(&sandbox, &["vendor"]).expect(1);
    assert!(refused.stderr.contains("holds something else"), "{refused}");
    assert_eq!(sandbox.files("p/vendor"), ["charts/own.txt", "modules.txt"]);
    run(&sandbox, &["vendor", "--output", "elsewhere"]).expect(0);
    run(&sandbox, &["vendor", "--check", "--output", "elsewhere"]).expect(0);
}

/// A vendor folder is what it was or what it should be, whenever its writing is killed.
#[test]
fn a_killed_vendor_leaves_what_can_be_used_or_written_again() {
    let sandbox = Sandbox::empty();
    let Some(_repository) = two_charts(&sandbox) else {
        return;
    };
    let begin = Instant::now();
    run(&sandbox, &["vendor"]).expect(0);
    let length = begin.elapsed();
    let whole = bytes(&sandbox, "p/vendor");
    let seed = seed();
    let mut dice = Dice::new(seed);
    for kill in 0..20 {
        fs::remove_dir_all(sandbox.path("p/vendor")).unwrap();
        let delay = Duration::from_micros(dice.below(length.as_micros() as u64));
        let mut vendor = command(&sandbox, &["vendor"]);
        vendor.stdout(Stdio::null()).stderr(Stdio::null());
        kill_after(vendor.spawn().unwrap(), delay);
        let place = format!("seed {seed}, kill {kill} after {delay:?} of {length:?}");
        let usable = run(&sandbox, &["--offline", "plan"]);
        assert_eq!(usable.code, Some(0), "{place}: {usable}");
        let again = run(&sandbox, &["--offline", "vendor"]);
        assert_eq!(again.code, Some(0), "{place}: {again}");
        assert!(bytes(&sandbox, "p/vendor") == whole, "{place}");
    }
}
