//! Registries, the lock file, and the commands around them, as users run them. Nothing here reaches the network.

#![expect(clippy::unwrap_used, reason = "tests")]

use insta::assert_snapshot;

use crate::support::{Output, Sandbox};

/// A project with one registry that is a folder, and one layer that is made of a pack of it.
fn project() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "p/stratiform.yaml",
        "apiVersion: stratiform/v1\nkind: Project\nmetadata: {name: trial}\n",
    );
    sandbox.write(
        "p/registry.yaml",
        "apiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: local}\nspec: {directory: {path: packs}}\n",
    );
    sandbox.write(
        "p/profile.yaml",
        "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {name: apps}\nspec:\n  type: add-on\n  layers:\n    \
         - {name: web, category: ingress, pack: {registry: local, name: web, version: 1.x}}\n",
    );
    sandbox.write(
        "p/cluster.yaml",
        "apiVersion: stratiform/v1\nkind: Cluster\nmetadata: {name: one}\nspec:\n  profiles: [{name: apps}]\n  \
         existing: {kubernetesVersion: 1.33.1}\n  target: {directory: {path: rendered}}\n",
    );
    pack(&sandbox, "1.0.0", "# How many\nreplicas: 1\n");
    sandbox
}

fn pack(sandbox: &Sandbox, version: &str, values: &str) {
    let folder = format!("p/packs/web-{version}");
    sandbox.write(
        &format!("{folder}/pack.json"),
        &format!(
            r#"{{"name": "web", "displayName": "Web", "version": "{version}", "layer": "addon", "addonType": "ingress",
            "kubeManifests": ["manifests/web.yaml"],
            "constraints": {{"dependencies": [{{"packName": "certs", "layer": "addon", "minVersion": "1.0", "type": "optional"}}]}}}}"#
        ),
    );
    sandbox.write(
        &format!("{folder}/manifests/web.yaml"),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n",
    );
    sandbox.write(
        &format!("{folder}/values.yaml"),
        &format!("pack: {{namespace: web}}\n{values}"),
    );
}

fn shown(sandbox: &Sandbox, output: &Output, check: impl FnOnce(String)) {
    sandbox.settings().bind(|| check(output.to_string()));
}

#[test]
fn with_locked_the_lock_stays_as_it_is() {
    let sandbox = project();
    let refused = sandbox.run("p", &["--locked", "validate"]).expect(3);
    shown(&sandbox, &refused, |text| {
        assert_snapshot!(text, @r"
    exit code: 3
    --- stderr ---
    error: pack local/web 1.x is not in `stratiform.lock`, and `--locked` forbids to add it
     --> p/profile.yaml:7:68
      |
    7 |     - {name: web, category: ingress, pack: {registry: local, name: web, version: 1.x}}
      |                                                                    ^^^
      |
      = help: run `stratiform lock` without `--locked`, and keep the file in version control
    1 error found; nothing was changed
    ")
    });
    assert!(!sandbox.path("p/stratiform.lock").exists());
    sandbox.run("p", &["lock"]).expect(0);
    let lock = sandbox.read("p/stratiform.lock");
    pack(&sandbox, "1.1.0", "replicas: 1\n");
    sandbox.run("p", &["--locked", "plan"]).expect(0);
    // A folder whose content is another one.
    let values = "p/packs/web-1.0.0/values.yaml";
    let before = sandbox.read(values);
    sandbox.write(values, "pack: {namespace: web}\nreplicas: 3\n");
    let changed = sandbox.run("p", &["--locked", "plan"]).expect(3);
    let told = changed
        .stderr
        .contains("pack `web` 1.0.0 in packs/web-1.0.0 has changed since it was locked");
    assert!(
        told && changed.stderr.contains("`--locked` forbids that"),
        "{changed}"
    );
    sandbox.write(values, &before);
    // An entry that nobody asks for any more.
    sandbox.edit("p/profile.yaml", "version: 1.x", "version: 1.0.0");
    let refused = sandbox.run("p", &["--locked", "plan"]).expect(3);
    assert!(
        refused.stderr.contains("pack local/web 1.0.0 is not in"),
        "{refused}"
    );
    sandbox.edit(
        "p/profile.yaml",
        "pack: {registry: local, name: web, version: 1.0.0}",
        "manifests: [{name: a, inline: 'kind: ConfigMap'}]",
    );
    let refused = sandbox.run("p", &["--locked", "plan"]).expect(3);
    shown(&sandbox, &refused, |text| {
        assert_snapshot!(text, @r"
    exit code: 3
    --- stderr ---
    error: pack local/web 1.x would no longer be locked to 1.0.0, and `--locked` forbids to change `stratiform.lock`
     = help: run `stratiform lock` without `--locked`, and keep the file in version control
    1 error found; nothing was changed
    ")
    });
    assert_eq!(sandbox.read("p/stratiform.lock"), lock);
}

#[test]
fn an_update_shows_what_it_changes() {
    let sandbox = project();
    sandbox.run("p", &["lock"]).expect(0);
    pack(&sandbox, "1.1.0", "# How many\nreplicas: 2\n");
    let before = sandbox.read("p/stratiform.lock");
    let dry = sandbox.run("p", &["update", "--dry-run"]).expect(0);
    shown(&sandbox, &dry, |text| {
        assert_snapshot!(text, @r"
    exit code: 0
    --- stdout ---
    kind  name       asked for  moves
    pack  local/web  1.x        1.0.0 -> 1.1.0

    local/web 1.0.0 -> 1.1.0
      @@ -1,3 +1,3 @@
        pack: {namespace: web}
        # How many
      - replicas: 1
      + replicas: 2

    Nothing was moved.
    ")
    });
    assert_eq!(sandbox.read("p/stratiform.lock"), before);
    sandbox.run("p", &["--locked", "update"]).expect(3);
    let json = sandbox.run("p", &["--json", "update", "web"]).expect(0);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (&json["moved"], &json["updates"][0]["to"]),
        (&true.into(), &"1.1.0".into())
    );
    let again = sandbox.run("p", &["--json", "update", "web"]).expect(0);
    let again: serde_json::Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(again["moved"], false);
    sandbox
        .run("p", &["update"])
        .expect(0)
        .says(&["Every pin is at the newest"]);
    let text = sandbox.read("p/stratiform.lock");
    assert!(
        text.contains("formatVersion: 2") && text.contains("version: \"1.1.0\""),
        "{text}"
    );
}

#[test]
fn a_pin_whose_version_is_gone_can_move_on() {
    let sandbox = project();
    sandbox.run("p", &["lock"]).expect(0);
    std::fs::remove_dir_all(sandbox.path("p/packs/web-1.0.0")).unwrap();
    pack(&sandbox, "1.2.0", "replicas: 1\n");
    let gone = sandbox.run("p", &["plan"]).expect(3);
    assert!(
        gone.stderr
            .contains("run `stratiform update web` to move on"),
        "{gone}"
    );
    sandbox
        .run("p", &["update", "web"])
        .expect(0)
        .says(&["1.0.0 -> 1.2.0", "the old default values cannot be had"]);
    sandbox.run("p", &["--locked", "plan"]).expect(0);
}

#[test]
fn registries_are_added_and_removed() {
    let sandbox = project();
    let run = |arguments: &[&str]| sandbox.run("p", arguments);
    run(&[
        "registry",
        "add",
        "charts",
        "--helm",
        "https://charts.example.com",
        "--username-env",
        "U",
        "--password-env",
        "P",
    ])
    .expect(0)
    .says(&["p/registries/charts.yaml"]);
    assert_snapshot!(sandbox.read("p/registries/charts.yaml"), @r#"
    apiVersion: stratiform/v1
    kind: Registry
    metadata:
      name: charts
    spec:
      helm:
        url: "https://charts.example.com"
      access:
        username: {fromEnv: "U"}
        password: {fromEnv: "P"}
    "#);
    // Below no folder that the project reads, and all others are in one file.
    let file = "p/all.yaml";
    let first = "# Ours, by hand.\napiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: one} # first\nspec: {helm: {url: https://one.example.com}}\n";
    let second = "---\napiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: two}\nspec: {helm: {url: https://two.example.com}}";
    sandbox.remove("p/registries/charts.yaml");
    sandbox.remove("p/registry.yaml");
    sandbox.write("p/profile.yaml", "");
    sandbox.write("p/cluster.yaml", "");
    let text = format!("{first}{second}");
    sandbox.write(file, &text);
    run(&[
        "registry",
        "add",
        "packs",
        "--git",
        "git@example.com:a/b.git",
        "--branch",
        "main",
    ])
    .expect(0)
    .says(&["p/all.yaml"]);
    let added = sandbox.read(file);
    assert!(added.starts_with(&text), "{added}");
    assert_snapshot!(added[text.len()..].trim_start(), @r#"
    ---
    apiVersion: stratiform/v1
    kind: Registry
    metadata: {name: packs}
    spec: {git: {url: "git@example.com:a/b.git", branch: "main"}}
    "#);
    let again = run(&["registry", "add", "packs", "--oci", "oci://example.com"]).expect(1);
    assert!(
        again.stderr.contains("there is a registry `packs` already"),
        "{again}"
    );
    let bad = run(&[
        "registry",
        "add",
        "bad",
        "--helm",
        "https://me:hunter2@example.com",
    ])
    .expect(3);
    assert!(!bad.stderr.contains("hunter2"), "{bad}");
    assert_eq!(sandbox.read(file), added, "as it was");
    run(&["registry", "remove", "two"]).expect(0);
    assert_eq!(
        sandbox.read(file),
        format!("{first}{}", &added[text.len() + 1..])
    );
    run(&["registry", "remove", "packs"]).expect(0);
    assert_eq!(sandbox.read(file), first);
    run(&["registry", "remove", "one"])
        .expect(0)
        .says(&["Removed p/all.yaml"]);
    assert!(!sandbox.path(file).exists());
    let builtin = run(&["registry", "remove", "jetstack"]).expect(1);
    assert!(builtin.stderr.contains("it is built in"), "{builtin}");
}

#[test]
fn a_registry_with_a_secret_in_its_address_is_not_written_even_where_all_is_wrong() {
    let sandbox = project();
    let add = [
        "registry",
        "add",
        "own",
        "--helm",
        "https://me:hunter2@example.com",
    ];
    for broken in [None, Some("kind: Cluster\n")] {
        if let Some(text) = broken {
            sandbox.write(
                "p/broken.yaml",
                &format!("apiVersion: stratiform/v1\n{text}"),
            );
        }
        let refused = sandbox.run("p", &add).expect(3);
        assert!(!refused.stderr.contains("hunter2"), "{refused}");
        assert!(!sandbox.path("p/registries").exists());
    }
}

#[test]
fn a_new_project_takes_another_registry() {
    let sandbox = Sandbox::empty();
    sandbox.run(".", &["init", "p"]).expect(0);
    let add = [
        "registry",
        "add",
        "own",
        "--helm",
        "https://example.com",
        "--json",
    ];
    let added = sandbox.run("p", &add).expect(0);
    let added: serde_json::Value = serde_json::from_str(&added.stdout).unwrap();
    assert_eq!(added["file"], "p/registries/own.yaml");
    sandbox.run("p", &["validate"]).expect(0);
}

#[test]
fn a_registry_that_is_used_is_not_removed() {
    let sandbox = project();
    let before = sandbox.read("p/registry.yaml");
    let refused = sandbox.run("p", &["registry", "remove", "local"]).expect(3);
    assert!(
        refused.stderr.contains("there is no registry `local`"),
        "{refused}"
    );
    assert_eq!(sandbox.read("p/registry.yaml"), before);
}

#[test]
fn registries_are_listed_with_those_that_are_built_in() {
    let sandbox = project();
    sandbox.write(
        "p/own.yaml",
        "apiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: jetstack}\nspec: {helm: {url: https://mirror.example.com/jetstack}}\n",
    );
    let list = sandbox.run("p", &["registry", "list"]).expect(0);
    let line = |name: &str| {
        let mut lines = list.stdout.lines();
        let line = lines.find(|line| line.starts_with(&format!("{name} ")));
        let words: Vec<_> = line.unwrap_or_default().split_whitespace().collect();
        words.join(" ")
    };
    assert_eq!(line("local"), "local directory project packs");
    assert_eq!(
        line("jetstack"),
        "jetstack helm project https://mirror.example.com/jetstack"
    );
    assert_eq!(
        line("bitnami"),
        "bitnami oci built in oci://registry-1.docker.io/bitnamicharts"
    );
    let community = "https://github.com/spectrocloud/pack-central.git in packs";
    assert_eq!(
        line("community"),
        format!("community git built in {community}")
    );
    // Without a project there are those alone.
    let json = sandbox
        .run("home", &["--json", "registry", "list"])
        .expect(0);
    let json: Vec<serde_json::Value> = serde_json::from_str(&json.stdout).unwrap();
    assert!(json.iter().all(|one| one["builtIn"] == true) && json.len() > 20);
}

#[test]
fn packs_are_listed_shown_and_pulled() {
    let sandbox = project();
    pack(&sandbox, "1.1.0", "# How many\nreplicas: 2\n");
    let list = sandbox.run("p", &["pack", "list"]).expect(0);
    shown(&sandbox, &list, |text| {
        assert_snapshot!(text, @r"
    exit code: 0
    --- stdout ---
    registry  name  category  versions
    local     web   ingress   1.1.0, 1.0.0
    ")
    });
    let show = sandbox
        .run("p", &["pack", "show", "local/web@1.0.x"])
        .expect(0);
    shown(&sandbox, &show, |text| {
        let digest = regex::Regex::new("[0-9a-f]{64}").unwrap();
        assert_snapshot!(digest.replace(&text, "DIGEST"), @r"
        exit code: 0
        --- stdout ---
        pack local/web 1.0.0
        versions     1.1.0, 1.0.0
        called       Web
        category     ingress
        manifests    manifests/web.yaml
        goes with    certs from 1.0
        digest       DIGEST

        pack: {namespace: web}
        # How many
        replicas: 1
        ");
    });
    let pull = ["pack", "pull", "local/web", "--output", "home"];
    sandbox
        .run("p", &pull)
        .expect(0)
        .says(&["Put pack `web` 1.1.0 into home/web-1.1.0."]);
    assert_eq!(
        sandbox.files("home/web-1.1.0"),
        sandbox.files("p/packs/web-1.1.0")
    );
    let again = sandbox.run("p", &pull).expect(3);
    assert!(again.stderr.contains("is there already"), "{again}");
    let absent = sandbox.run("p", &["pack", "show", "local/wbe"]).expect(3);
    assert!(absent.stderr.contains("did you mean `web`?"), "{absent}");
}

#[test]
fn offline_nothing_is_asked_for() {
    let sandbox = project();
    sandbox.write(
        "p/profile.yaml",
        "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {name: apps}\nspec:\n  type: add-on\n  layers:\n    \
         - {name: certs, category: security, chart: {registry: jetstack, name: cert-manager, version: 1.x}}\n",
    );
    let mut command = sandbox.command("p", &["validate"]);
    let refused = Output::of(command.env("STRATIFORM_OFFLINE", "true")).expect(1);
    shown(&sandbox, &refused, |text| {
        assert_snapshot!(text, @r"
        exit code: 1
        --- stderr ---
        error: cannot ask registry `jetstack` for the versions of chart `cert-manager`
         --> p/profile.yaml:7:75
          |
        7 |     - {name: certs, category: security, chart: {registry: jetstack, name: cert-manager, version: 1.x}}
          |                                                                           ^^^^^^^^^^^^
          |
          = note: the index of registry `jetstack` is not in the cache, and `--offline` forbids to fetch it
        1 error found; nothing was changed
        ")
    });
    let flag = sandbox.run("p", &["validate", "--offline"]).expect(1);
    assert_eq!(flag.stderr, refused.stderr);
}

#[test]
fn search_looks_at_names_and_descriptions() {
    let sandbox = project();
    let search = sandbox
        .run("p", &["registry", "search", "WE", "--versions"])
        .expect(0);
    shown(&sandbox, &search, |text| {
        assert_snapshot!(text, @r"
    exit code: 0
    --- stdout ---
    name       kind  version  app version  versions
    local/web  pack  1.0.0                 1.0.0
    ")
    });
    sandbox
        .run("p", &["registry", "search", "nothing"])
        .expect(0)
        .says(&["Nothing found"]);
    let json = sandbox
        .run("p", &["--json", "registry", "search", "web"])
        .expect(0);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json[0]["versions"], serde_json::json!(["1.0.0"]));
    let unknown = sandbox
        .run("p", &["registry", "search", "a", "--registry", "x"])
        .expect(1);
    assert!(
        unknown.stderr.contains("there is no registry `x`"),
        "{unknown}"
    );
}
