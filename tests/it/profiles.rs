//! Profiles shown, compared, exported in Palette's format and imported from it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::support::skip::told;
use crate::support::{Output, Sandbox};

/// A run of the program in 80 columns.
fn run(sandbox: &Sandbox, project: &str, arguments: &[&str]) -> Output {
    Output::of(sandbox.command(project, arguments).env("COLUMNS", "80"))
}

/// The files of a folder below the sandbox, one after the other.
fn all_files(sandbox: &Sandbox, below: &str) -> String {
    let files = sandbox.files(below).into_iter();
    let text = |path: &String| sandbox.read(&format!("{below}/{path}"));
    files
        .map(|path| format!("==> {path}\n{}\n", text(&path)))
        .collect()
}

#[test]
fn profiles_are_listed_and_shown() {
    let sandbox = Sandbox::examples();
    let at = "examples/quickstart";
    let settings = sandbox.settings();
    settings.bind(|| {
        insta::assert_snapshot!("profile_list", run(&sandbox, at, &["profile", "list"]));
        let show = ["profile", "show", "shop@2.0.0", "--values"];
        insta::assert_snapshot!("profile_show", run(&sandbox, at, &show));
    });
    let list = run(&sandbox, at, &["profile", "list", "--json"]).expect(0);
    let list: serde_json::Value = serde_json::from_str(&list.stdout).expect("it is JSON");
    let clusters = |name: &str| {
        let all = list.as_array().expect("it is a list");
        let found = all.iter().find(|profile| profile["name"] == name);
        found.expect("the profile is there")["clusters"].clone()
    };
    assert_eq!(clusters("base"), 3);
    assert_eq!(clusters("observability"), 2, "those that it chooses");
    let show = run(&sandbox, at, &["profile", "show", "base", "--json"]).expect(0);
    let show: serde_json::Value = serde_json::from_str(&show.stdout).expect("it is JSON");
    assert_eq!(show["layers"][2]["pack"]["version"], "1.4.x");
}

#[test]
fn two_versions_are_compared_layer_by_layer() {
    let sandbox = Sandbox::examples();
    let at = "examples/quickstart";
    let old = sandbox.read("examples/quickstart/profiles/shop.yaml");
    let new = old
        .replace("version: 2.0.0\n  desc", "version: 2.1.0\n  desc")
        .replace("the web shop", "the new web shop")
        .replace("default: small\n", "default: large\n")
        .replace("format: number", "format: number\n      required: true")
        .replace(
            "            replicas: \"{{ .spectro.var.replicas }}\"",
            "            replicas: \"{{ .spectro.var.replicas }}\"\n            settings: {currency: USD}",
        )
        .replace("      dependsOn: [ingress]\n", "")
        .replace("memory: 4Gi", "memory: 6Gi");
    // The first layer goes to the end, and a new one comes.
    let (head, layers) = new.split_once("  layers:\n").expect("it has layers");
    let (first, others) = layers.split_once("    - name: shop\n").expect("it has two");
    let extra = "    - name: extra\n      category: logging\n      pack: {name: metrics-agent, version: 0.9.2}\n";
    let new = format!("{head}  layers:\n    - name: shop\n{others}{first}{extra}");
    sandbox.write("examples/quickstart/profiles/shop-2.1.yaml", &new);

    // A cluster must say which of the versions it means.
    for cluster in ["dev", "prod", "staging"] {
        let file = format!("examples/quickstart/clusters/{cluster}.yaml");
        let text = sandbox
            .read(&file)
            .replace("name: shop}", "name: shop, version: 2.0.0}");
        sandbox.write(&file, &text);
    }
    let diff = ["profile", "diff", "shop@2.0.0", "shop@2.1.0"];
    sandbox.settings().bind(|| {
        insta::assert_snapshot!("profile_diff", run(&sandbox, at, &diff).expect(0));
    });
    let with = |flags: &[&str]| run(&sandbox, at, &[&diff, flags].concat());
    with(&["--exit-code"]).expect(2);
    let same = ["profile", "diff", "shop@2.0.0", "shop@2.0.0", "--exit-code"];
    run(&sandbox, at, &same).expect(0).says(&["are the same"]);
    let json = with(&["--json"]).expect(0);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("it is JSON");
    let actions: Vec<_> = json["layers"].as_array().expect("a list").iter().collect();
    let actions: Vec<_> = actions
        .into_iter()
        .map(|layer| (layer["name"].clone(), layer["action"].clone()))
        .collect();
    assert_eq!(
        actions,
        [
            ("shop", "changed"),
            ("quota", "changed"),
            ("ingress", "changed"),
            ("extra", "added")
        ]
        .map(|(name, action)| (name.into(), action.into()))
    );
    let which = run(&sandbox, at, &["profile", "export", "shop"]).expect(1);
    assert!(which.stderr.contains("2.0.0, 2.1.0"), "{which}");
}

/// Runs the program with a key that is always the same.
fn keyed(sandbox: &Sandbox, at: &str, arguments: &[&str]) -> String {
    let mut command = sandbox.command(at, arguments);
    let key = "ab".repeat(32);
    Output::of(command.env("STRATIFORM_KEY", key))
        .expect(0)
        .stdout
}

/// What a project comes to: the layers of its clusters in order, and all objects.
fn comes_to(sandbox: &Sandbox, at: &str) -> String {
    let clusters = keyed(sandbox, at, &["graph"]);
    // Comments say which file a manifest stands in, and files have moved.
    let objects = keyed(sandbox, at, &["render"]);
    let objects = objects
        .lines()
        .filter(|line| !line.starts_with("# Source: "));
    let objects: Vec<&str> = objects.collect();
    format!("{clusters}\n{}", objects.join("\n"))
}

/// Exports all profiles of a project, throws them away, and imports what was exported.
fn through_palette(sandbox: &Sandbox, at: &str) {
    let list = run(sandbox, at, &["profile", "list", "--json"]).expect(0);
    let list: serde_json::Value = serde_json::from_str(&list.stdout).expect("it is JSON");
    let mut files = Vec::new();
    for profile in list.as_array().expect("it is a list") {
        let text = |key: &str| profile[key].as_str().expect("it is a text").to_owned();
        let reference = format!("{}@{}", text("name"), text("version"));
        let exported = run(sandbox, at, &["profile", "export", &reference]).expect(0);
        let file = sandbox.path(format!("{}.json", reference.replace('@', "-")));
        std::fs::write(&file, exported.stdout).expect("files can be written");
        files.push(file);
    }
    std::fs::remove_dir_all(sandbox.path(at).join("profiles")).expect("it was there");
    for file in files {
        let file = file.to_str().expect("temporary folders are UTF-8");
        run(sandbox, at, &["profile", "import", file]).expect(0);
    }
}

#[test]
fn what_was_exported_and_imported_is_the_same_stack() {
    for example in ["quickstart", "fleet", "upgrade", "charts", "real-packs"] {
        let sandbox = Sandbox::examples();
        let at = format!("examples/{example}");
        if example == "real-packs" {
            let packs = std::env::var_os("STRATIFORM_PACKS");
            let Some(packs) = packs.filter(|packs| Path::new(packs).is_dir()) else {
                told("skipped: STRATIFORM_PACKS names no folder of packs");
                continue;
            };
            let packs = Path::new(&packs).canonicalize().expect("it is there");
            let link = sandbox.path(&at).join("packs");
            std::os::unix::fs::symlink(packs, link).expect("a link can be made");
        }
        if example == "quickstart" {
            // Presets are for a pack's own values, and an import has all values written out.
            let preset = "      presets: [\"exposure:public\"]\n";
            sandbox.edit("examples/quickstart/clusters/prod.yaml", preset, "");
        }
        // What was applied keeps the times that stand in its certificates.
        keyed(&sandbox, &at, &["apply", "--auto-approve"]);
        let before = comes_to(&sandbox, &at);
        through_palette(&sandbox, &at);
        let after = comes_to(&sandbox, &at);
        // Whole fleets make long messages.
        let differs = before
            .lines()
            .zip(after.lines())
            .find(|(old, new)| old != new);
        assert_eq!(differs, None, "{example}");
        assert_eq!(before.len(), after.len(), "{example}");
    }
}

/// A profile as Palette exports it.
const EXPORTED: &str = include_str!("profiles/exported.json");

fn exported() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("exported.json", EXPORTED);
    sandbox.write(
        "project/stratiform.yaml",
        "apiVersion: stratiform/v1\nkind: Project\nmetadata: {name: trial}\n",
    );
    sandbox
}

fn import(sandbox: &Sandbox, flags: &[&str]) -> Command {
    let file = ["profile", "import", "exported.json"];
    let mut command = sandbox.command("project", &[&file, flags].concat());
    command.env("COLUMNS", "80");
    command
}

const SECRETS: [(&str, &str); 2] = [
    ("STRATIFORM_IMPORT_REGISTRYTOKEN", "hunter2-token"),
    ("STRATIFORM_IMPORT_WEB_ADMINPASSWORD", "hunter2: 'pass'"),
];

#[test]
fn an_exported_profile_becomes_documents() {
    let sandbox = exported();
    let output = Output::of(import(&sandbox, &[]).envs(SECRETS)).expect(0);
    sandbox.settings().bind(|| {
        insta::assert_snapshot!("profile_import", output);
        let profiles = all_files(&sandbox, "project/profiles");
        let values = all_files(&sandbox, "project/values");
        let manifests = all_files(&sandbox, "project/manifests");
        insta::assert_snapshot!("profile_import_files", profiles + &values + &manifests);
    });
    let mut secrets = sandbox.files("project/secrets");
    secrets.retain(|path| !path.ends_with(".gitignore"));
    assert_eq!(
        secrets,
        [
            "site-base-2.3.1/registryToken",
            "site-base-2.3.1/web_adminPassword"
        ]
    );
    for (path, (_, value)) in secrets.iter().zip(SECRETS) {
        let path = sandbox.path("project/secrets").join(path);
        let mode = std::fs::metadata(&path).expect("it is there").permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        assert_eq!(
            std::fs::read_to_string(&path).ok(),
            Some(format!("{value}\n"))
        );
    }
    for path in sandbox.files("project") {
        let text = sandbox.read(&format!("project/{path}"));
        let is_secret = path.starts_with("secrets/");
        assert!(is_secret || !text.contains("hunter2"), "{path}:\n{text}");
    }
    let again = Output::of(import(&sandbox, &[]).envs(SECRETS)).expect(1);
    assert!(
        again
            .stderr
            .contains("the project has site-base 2.3.1 already"),
        "{again}"
    );
}

#[test]
fn masked_values_are_all_asked_for_and_nothing_is_written_without_them() {
    let sandbox = exported();
    let output = Output::of(&mut import(&sandbox, &["--set", "registryTokn=x"])).expect(1);
    assert!(
        output.stderr.contains("did you mean `registryToken`?"),
        "{output}"
    );
    let output = Output::of(&mut import(&sandbox, &[])).expect(1);
    sandbox.settings().bind(|| {
        insta::assert_snapshot!("profile_import_masked", output);
    });
    assert_eq!(sandbox.files("project"), ["stratiform.yaml"]);
    let given = [
        "--set",
        "registryToken=one",
        "--set",
        "web_adminPassword=two",
        "--set",
        "zone=b",
    ];
    let output = Output::of(&mut import(&sandbox, &[&given[..], &["--json"]].concat())).expect(0);
    assert!(!output.to_string().contains("two"), "{output}");
    let json: serde_json::Value = serde_json::from_str(&output.stdout).expect("it is JSON");
    assert_eq!(json["secrets"][1]["variable"], "web_adminPassword");
    let profile = sandbox.read("project/profiles/site-base-2.3.1.yaml");
    assert!(profile.contains("default: b\n"), "{profile}");
}

#[test]
fn an_import_goes_where_it_is_told_and_takes_the_registries_that_there_are() {
    let sandbox = exported();
    sandbox.write(
        "project/registry.yaml",
        "apiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: packs}\nspec: {directory: {path: packs}}\n",
    );
    std::fs::create_dir(sandbox.path("project/packs")).expect("folders can be made");
    let flags = [
        "--output",
        "project/imported",
        "--registry",
        "Public Repo=packs",
    ];
    let output = Output::of(import(&sandbox, &flags).envs(SECRETS)).expect(0);
    assert!(!output.stderr.contains("Public Repo"), "{output}");
    let profile = sandbox.read("project/imported/profiles/site-base-2.3.1.yaml");
    for line in [
        "registry: packs",
        "valuesFile: imported/values/site-base-2.3.1/edge-k8s.yaml",
    ] {
        assert!(profile.contains(line), "{profile}");
    }
    let flags = ["--registry", "Public Repo=nowhere"];
    let output = Output::of(import(&sandbox, &flags).envs(SECRETS)).expect(1);
    assert!(output.stderr.contains("no registry `nowhere`"), "{output}");
    // A folder that is in no project is like a root.
    let flags = ["--output", "elsewhere"];
    Output::of(import(&sandbox, &flags).envs(SECRETS)).expect(0);
    let profile = sandbox.read("elsewhere/profiles/site-base-2.3.1.yaml");
    let line = "valuesFile: values/site-base-2.3.1/edge-k8s.yaml";
    assert!(profile.contains(line), "{profile}");
}

#[test]
fn packs_in_folders_tell_what_their_layers_are() {
    let sandbox = Sandbox::examples();
    let exported = "{metadata: {name: more}, spec: {template: {type: add-on, packs: [{name: metrics-agent, type: spectro, layer: addon, tag: 0.9.2, registry: {metadata: {name: Local}}}]}}}";
    sandbox.write("exported.yaml", &format!("--- {exported}\n"));
    let file = sandbox.path("exported.yaml");
    let file = file.to_str().expect("temporary folders are UTF-8");
    let at = "examples/quickstart";
    run(&sandbox, at, &["profile", "import", file]).expect(0);
    let profile = sandbox.read("examples/quickstart/profiles/more-1.0.0.yaml");
    assert!(profile.contains("category: monitoring"), "{profile}");
    run(&sandbox, at, &["validate"]).expect(0);
}

#[test]
fn what_is_no_exported_profile_is_refused() {
    let sandbox = exported();
    for (text, why) in [
        ("{}", "it has no `spec.template`"),
        ("{\"metadata\": ", "it is not JSON"),
        (
            "metadata: {name: x}\nspec: {version: one, template: {type: system, packs: [{name: a, type: zarf, layer: kernel, tag: '1'}]}}",
            "`one` is not a semantic version",
        ),
    ] {
        sandbox.write("exported.json", text);
        let output = Output::of(&mut import(&sandbox, &[])).expect(1);
        assert!(output.stderr.contains(why), "{output}");
    }
    let output = Output::of(&mut import(&sandbox, &[]));
    for why in ["`system`", "`kernel`", "`zarf`"] {
        assert!(output.stderr.contains(why), "{output}");
    }
}
