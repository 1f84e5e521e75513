//! Plans by example, from the documents to the files of a target.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::project::{Fleet, Folder, Layer};

/// A plan in a few lines: what is done with clusters, layers and objects, what wants an approval, what is refused.
fn brief(plan: &Value) -> String {
    let mut out = String::new();
    let text = |value: &Value| value.as_str().map_or_else(|| kind(value), str::to_owned);
    let reasons = |of: &Value| -> String {
        let all = of["reasons"].as_array().into_iter().flatten();
        let all: Vec<&str> = all.filter_map(|reason| reason["text"].as_str()).collect();
        all.join(", ")
    };
    for cluster in plan["clusters"].as_array().into_iter().flatten() {
        let _ = writeln!(
            out,
            "{}: {}",
            text(&cluster["cluster"]),
            text(&cluster["action"])
        );
        for layer in cluster["layers"].as_array().into_iter().flatten() {
            let (name, action) = (text(&layer["layer"]), text(&layer["action"]));
            let _ = writeln!(out, "  {name}: {action} ({})", reasons(layer));
            for object in layer["objects"].as_array().into_iter().flatten() {
                let (kind, name) = (text(&object["kind"]), text(&object["name"]));
                let action = text(&object["action"]);
                let _ = writeln!(out, "    {kind} {name}: {action} ({})", reasons(object));
            }
        }
    }
    for approval in plan["approvals"].as_array().into_iter().flatten() {
        let kind = &approval["kind"];
        let _ = writeln!(
            out,
            "{}: {} {}",
            text(&kind["flag"]),
            text(&approval["cluster"]),
            text(&kind["text"])
        );
    }
    for refusal in plan["refusals"].as_array().into_iter().flatten() {
        let _ = writeln!(
            out,
            "refused: {}; {}",
            text(&refusal["what"]),
            text(&refusal["instead"])
        );
    }
    out
}

fn kind(value: &Value) -> String {
    let mut text = value["type"].as_str().unwrap_or("?").to_owned();
    if let Some(from) = value["from"].as_str() {
        let _ = write!(text, " from {from}");
    }
    text
}

fn planned(folder: &Folder) -> String {
    let ran = folder.run(&["plan", "--json"]);
    let plan = ran.json();
    let refused = plan["refusals"]
        .as_array()
        .is_some_and(|all| !all.is_empty());
    ran.exits(i32::from(refused));
    brief(&plan)
}

fn two_layers() -> Fleet {
    Fleet::new(
        1,
        &[Layer::new("base", &[], 2), Layer::new("top", &["base"], 2)],
    )
}

/// A generated project, applied.
fn applied(fleet: &Fleet) -> Folder {
    let folder = Folder::new("{}");
    folder.generate(fleet);
    folder.apply();
    folder.is_settled();
    folder
}

fn error(ran: &crate::support::project::Ran, folder: &Folder) -> String {
    ran.err
        .replace(folder.root().to_str().expect("UTF-8"), "DIR")
}

#[test]
fn a_plan_is_stale_when_the_state_has_moved() {
    let mut fleet = two_layers();
    let folder = applied(&fleet);
    fleet.layer("base").objects.insert("base-0".to_owned(), 5);
    folder.generate(&fleet);
    folder.run(&["plan", "--out", "plan.json"]).exits(0);
    folder.run(&["apply", "plan.json"]).exits(0);
    let before = folder.bytes("out");
    let again = folder.run(&["apply", "plan.json"]).exits(4);
    insta::assert_snapshot!(error(&again, &folder), @r#"
    error: the state has moved on since the plan was made: it is at serial 15, the plan is for 8
     = help: make a new plan with `stratiform plan --out FILE`
    "#);
    assert!(folder.bytes("out") == before);
    // A plan for the state of another project.
    let other = applied(&fleet);
    fleet.layer("base").objects.insert("base-0".to_owned(), 6);
    other.generate(&fleet);
    other.run(&["plan", "--out", "plan.json"]).exits(0);
    std::fs::copy(other.path("plan.json"), folder.path("other.json")).expect("it can be copied");
    let ran = folder.run(&["apply", "other.json"]).exits(4);
    insta::assert_snapshot!(error(&ran, &folder), @r#"
    error: the plan was made for another state than DIR/state/stratiform.db
     = help: make a new plan with `stratiform plan --out FILE`
    "#);
    assert!(folder.bytes("out") == before);
    let no_plan = folder.run(&["apply", "fleet.yaml"]).exits(1);
    insta::assert_snapshot!(error(&no_plan, &folder), @"error: this is not a saved plan; `stratiform plan --out FILE` makes one");
}

#[test]
fn what_has_moved_since_the_plan_is_not_overwritten() {
    let mut fleet = two_layers();
    let folder = applied(&fleet);
    fleet.layer("base").objects.insert("base-0".to_owned(), 5);
    folder.generate(&fleet);
    folder.run(&["plan", "--out", "plan.json"]).exits(0);
    let file = "out/c0/base/configmap.default.base-0.yaml";
    folder.edit(file, "\"0\"", "\"mine\"");
    let ran = folder.run(&["apply", "plan.json"]).exits(1);
    assert!(
        ran.err
            .contains("has changed on the target since the plan was made"),
        "{}",
        ran.err
    );
    assert!(folder.text(file).contains("mine"));
    folder.apply();
    folder.is_settled();
}

#[test]
fn an_object_that_moves_is_not_deleted() {
    let mut fleet = two_layers();
    let folder = applied(&fleet);
    let moving = fleet
        .layer("base")
        .objects
        .remove("base-1")
        .expect("an object");
    fleet
        .layer("top")
        .objects
        .insert("base-1".to_owned(), moving);
    folder.generate(&fleet);
    insta::assert_snapshot!(planned(&folder), @r#"
    c0: update
      base: update (values changed, same version edited)
      top: update (values changed, same version edited)
        ConfigMap base-1: move from base (values changed, same version edited)
    "#);
    folder.apply();
    folder.is_settled();
    assert!(
        folder
            .path("out/c0/top/configmap.default.base-1.yaml")
            .is_file()
    );
    assert!(
        !folder
            .path("out/c0/base/configmap.default.base-1.yaml")
            .exists()
    );
    // The same, and somebody has deleted the file.
    let moving = fleet
        .layer("top")
        .objects
        .remove("top-1")
        .expect("an object");
    fleet
        .layer("base")
        .objects
        .insert("top-1".to_owned(), moving);
    folder.generate(&fleet);
    std::fs::remove_file(folder.path("out/c0/top/configmap.default.top-1.yaml"))
        .expect("it is there");
    insta::assert_snapshot!(planned(&folder), @r#"
    c0: update
      base: update (values changed, same version edited, drifted)
        ConfigMap top-1: move from top (values changed, same version edited, drifted)
      top: update (values changed, same version edited)
    "#);
    folder.apply();
    folder.is_settled();
    assert_eq!(folder.files("out/c0").len(), 5);
    // Twice more, so that both ways were gone.
    folder.run(&["destroy", "--auto-approve"]).exits(0);
    assert_eq!(folder.files("out"), Vec::<String>::new());
}

/// Two layers of one manifest, which may be the same.
fn owners(first: &str, second: Option<&str>) -> String {
    let layer = |name: &str, value: &str| {
        format!(
            "    - name: {name}\n      category: system-app\n      manifests:\n        - name: m\n          inline: |\n            \
             apiVersion: v1\n            kind: ConfigMap\n            metadata: {{name: shared}}\n            \
             data: {{value: \"{value}\"}}\n            ---\n            apiVersion: v1\n            kind: ConfigMap\n            \
             metadata: {{name: own-{name}}}\n"
        )
    };
    format!(
        "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {{name: stuff}}\nspec:\n  type: add-on\n  layers:\n{}{}---\n{}",
        layer("one", first),
        second.map(|value| layer("two", value)).unwrap_or_default(),
        cluster("c0", "")
    )
}

/// A cluster that takes the profile `stuff`; further fields stand before `target`.
fn cluster(name: &str, more: &str) -> String {
    format!(
        "apiVersion: stratiform/v1\nkind: Cluster\nmetadata: {{name: {name}}}\nspec:\n  existing: {{kubernetesVersion: 1.33.1}}\n  \
         profiles: [{{name: stuff}}]\n{more}  target: {{directory: {{path: out/{name}}}}}\n"
    )
}

#[test]
fn equal_objects_in_two_layers_have_two_owners() {
    let folder = Folder::new("{}");
    folder.put("all.yaml", owners("a", Some("a")));
    folder.apply();
    folder.is_settled();
    assert_eq!(folder.files("out/c0").len(), 4);
    // The first owner goes: the second takes over.
    let text = owners("a", Some("a")).replace("name: one", "name: zero");
    folder.put("all.yaml", text.replace("own-one", "own-zero"));
    folder.apply();
    folder.is_settled();
    folder.put("all.yaml", owners("a", None));
    folder.apply();
    folder.is_settled();
    assert_eq!(
        folder.files("out/c0"),
        [
            ".stratiform-index",
            "one/configmap.default.own-one.yaml",
            "one/configmap.default.shared.yaml"
        ]
    );
    folder.put("all.yaml", owners("a", Some("b")));
    let ran = folder.run(&["plan"]);
    insta::assert_snapshot!(format!("{:?} {}", ran.code, error(&ran, &folder)), @"Some(1) error: cluster c0: the layers one and two both render ConfigMap default/shared, and differently; one of them has to give it up");
}

#[test]
fn layers_and_clusters_are_renamed() {
    let mut fleet = two_layers();
    let folder = applied(&fleet);
    let uid = folder
        .snapshot()
        .clusters
        .values()
        .next()
        .map(|record| record.uid);
    fleet.layer("base").name = "ground".to_owned();
    fleet.layer("top").needs = vec!["ground".to_owned()];
    fleet.moved_layers = vec![("base".to_owned(), "ground".to_owned())];
    fleet.clusters = vec!["d0".to_owned()];
    fleet.moved_clusters = vec![("c0".to_owned(), "d0".to_owned())];
    folder.generate(&fleet);
    insta::assert_snapshot!(planned(&folder), @r#"
    d0: rename from c0
      ground: update (renamed from base, base -> ground, same version edited)
        ConfigMap base-0: move from base (renamed from base, base -> ground, same version edited)
        ConfigMap base-1: move from base (renamed from base, base -> ground, same version edited)
      top: record (same version edited)
    "#);
    folder.apply();
    folder.is_settled();
    let snapshot = folder.snapshot();
    assert_eq!(
        snapshot
            .clusters
            .keys()
            .map(stratiform::model::ClusterName::as_str)
            .collect::<Vec<_>>(),
        ["d0"]
    );
    assert_eq!(
        snapshot.clusters.values().next().map(|record| record.uid),
        uid
    );
    assert_eq!(folder.files("out").len(), 5);
}

#[test]
fn a_new_target_wants_an_approval_and_empties_the_old_one() {
    let fleet = two_layers();
    let folder = applied(&fleet);
    folder.put("out/c0/mine.txt", "mine\n");
    folder.edit("fleet.yaml", "out/c0", "elsewhere/c0");
    insta::assert_snapshot!(planned(&folder), @r#"
    c0: retarget
      base: create (target changed)
        ConfigMap base-0: create (target changed)
        ConfigMap base-1: create (target changed)
      top: create (target changed)
        ConfigMap top-0: create (target changed)
        ConfigMap top-1: create (target changed)
    c0.retired-8: delete
      top: delete (target changed)
        ConfigMap top-1: delete (target changed)
        ConfigMap top-0: delete (target changed)
      base: delete (target changed)
        ConfigMap base-1: delete (target changed)
        ConfigMap base-0: delete (target changed)
    --approve-delete: c0 moves all objects to another target
    "#);
    folder.run(&["apply", "--auto-approve"]).exits(1);
    assert!(!folder.path("elsewhere").exists());
    folder
        .run(&["apply", "--auto-approve", "--approve-delete"])
        .exits(0);
    folder.is_settled();
    assert_eq!(folder.files("out"), ["c0/mine.txt"]);
    assert_eq!(folder.files("elsewhere/c0").len(), 5);
    assert_eq!(folder.snapshot().clusters.len(), 1);
}

#[test]
fn a_cluster_that_is_no_longer_there_is_forgotten_or_deleted_on_purpose() {
    let mut fleet = Fleet::new(2, &[Layer::new("base", &[], 2)]);
    let folder = applied(&fleet);
    fleet.clusters.pop();
    folder.generate(&fleet);
    insta::assert_snapshot!(planned(&folder), @"c1: forget");
    folder.apply();
    folder.is_settled();
    assert_eq!(folder.files("out").len(), 6);
    assert_eq!(folder.snapshot().clusters.len(), 1);
    // What was forgotten is not ours any more.
    fleet.clusters.push("c1".to_owned());
    fleet.delete = true;
    folder.generate(&fleet);
    insta::assert_snapshot!(planned(&folder), @r#"
    c0: update
    c1: create
      base: create (new cluster)
        ConfigMap base-0: conflict (new cluster)
        ConfigMap base-1: conflict (new cluster)
    refused: ConfigMap default/base-0 is on the target already and is not ours; remove it there, or take it over with --adopt
    refused: ConfigMap default/base-1 is on the target already and is not ours; remove it there, or take it over with --adopt
    "#);
    folder.run(&["apply", "--auto-approve"]).exits(1);
    folder.run(&["apply", "--auto-approve", "--adopt"]).exits(0);
    folder.is_settled();
    fleet.clusters.pop();
    folder.generate(&fleet);
    insta::assert_snapshot!(planned(&folder), @r#"
    c1: delete
      base: delete (cluster removed from the documents)
        ConfigMap base-1: delete (cluster removed from the documents)
        ConfigMap base-0: delete (cluster removed from the documents)
    --approve-delete: c1 deletes the cluster c1 with everything in it
    "#);
    let ran = folder.run(&["apply", "--auto-approve"]).exits(1);
    insta::assert_snapshot!(error(&ran, &folder), @r#"
    error: the plan wants an approval: cluster c1 deletes the cluster c1 with everything in it
     = help: look at the plan, then pass --approve-delete
    "#);
    folder
        .run(&["apply", "--auto-approve", "--approve-delete"])
        .exits(0);
    folder.is_settled();
    assert_eq!(folder.files("out").len(), 3);
}

#[test]
fn a_selector_that_no_longer_matches_wants_an_approval() {
    let folder = Folder::new("{}");
    let profile = owners("a", None).replace(
        "type: add-on\n",
        "type: add-on\n  clusterSelector: {matchLabels: {env: prod}}\n",
    );
    let all = profile
        .replace("  profiles: [{name: stuff}]\n", "")
        .replace(
            "metadata: {name: c0}",
            "metadata: {name: c0, labels: {env: prod}}",
        );
    folder.put("all.yaml", &all);
    folder.apply();
    folder.is_settled();
    folder.edit("all.yaml", "labels: {env: prod}", "labels: {env: test}");
    insta::assert_snapshot!(planned(&folder), @r#"
    c0: update
      one: delete (removed from profile)
        ConfigMap own-one: delete (removed from profile)
        ConfigMap shared: delete (removed from profile)
    --approve-delete: c0 detaches the profile stuff, whose selector no longer matches
    "#);
    folder.run(&["apply", "--auto-approve"]).exits(1);
    folder
        .run(&["apply", "--auto-approve", "--approve-delete"])
        .exits(0);
    folder.is_settled();
    assert_eq!(
        folder
            .files("out/c0")
            .iter()
            .filter(|path| path.ends_with(".yaml"))
            .count(),
        0
    );
}

#[test]
fn fields_that_are_left_to_others() {
    let rule = "{ignoreFields: [{kind: ConfigMap, name: shared, paths: [data.value]}]}";
    let folder = Folder::new(rule);
    folder.put("all.yaml", owners("a", None));
    folder.apply();
    let file = "out/c0/one/configmap.default.shared.yaml";
    folder.edit(file, "value: a", "value: theirs");
    folder.run(&["drift"]).exits(0);
    folder.is_settled();
    // A change of other fields keeps theirs.
    folder.edit(
        "all.yaml",
        "data: {value: \"a\"}",
        "data: {value: \"a\", more: \"b\"}",
    );
    folder.apply();
    let text = folder.text(file);
    assert!(
        text.contains("theirs") && text.contains("more: b"),
        "{text}"
    );
    folder.is_settled();
    folder.run(&["drift"]).exits(0);
    folder.edit(file, "more: b", "more: c");
    folder.run(&["drift"]).exits(2);
    folder.apply();
    assert!(folder.text(file).contains("theirs"));
    folder.is_settled();
}

#[test]
fn drift_of_formatting_and_of_files_that_are_not_ours() {
    let folder = applied(&two_layers());
    let file = "out/c0/base/configmap.default.base-0.yaml";
    let text = folder.text(file);
    folder.put(file, format!("# a remark\n{text}"));
    folder.put("out/c0/base/foreign.yaml", "a: 1\n");
    let drift = folder.run(&["drift", "--json"]).exits(2).json();
    let found = &drift["clusters"][0];
    assert_eq!(found["objects"][0]["drift"], "formatting", "{drift:#}");
    assert!(
        found["unmanaged"].to_string().contains("foreign.yaml"),
        "{drift:#}"
    );
    insta::assert_snapshot!(planned(&folder), @r#"
    c0: update
      base: update (only the formatting drifted)
        ConfigMap base-0: repair (only the formatting drifted)
    "#);
    folder.apply();
    assert_eq!(folder.text(file), text);
    folder.run(&["drift"]).exits(0);
    folder.run(&["drift", "--fail-on", "unmanaged"]).exits(2);
    std::fs::remove_file(folder.path(file)).expect("it is there");
    folder.run(&["drift"]).exits(2);
    insta::assert_snapshot!(planned(&folder), @r#"
    c0: update
      base: update (drifted)
        ConfigMap base-0: recreate (drifted)
    "#);
    folder.apply();
    folder.is_settled();
    // An index that somebody has changed.
    let index = folder.text("out/c0/.stratiform-index");
    folder.put("out/c0/.stratiform-index", "mine\n");
    folder.run(&["drift"]).exits(2);
    folder.apply();
    assert_eq!(folder.text("out/c0/.stratiform-index"), index);
    folder.run(&["destroy", "--auto-approve"]).exits(0);
    assert_eq!(folder.files("out"), ["c0/base/foreign.yaml"]);
}

#[test]
fn what_is_not_ours_is_adopted_on_request_only() {
    let folder = Folder::new("{}");
    folder.generate(&two_layers());
    let file = "out/c0/base/configmap.default.base-0.yaml";
    folder.put(
        file,
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: base-0}\n",
    );
    let ran = folder.run(&["apply", "--auto-approve"]).exits(1);
    insta::assert_snapshot!(error(&ran, &folder), @r#"
    error: the plan breaks a rule and cannot be applied
     = help: see the refusals above: each says what would work
    "#);
    assert_eq!(folder.files("out").len(), 1);
    folder.run(&["apply", "--auto-approve", "--adopt"]).exits(0);
    folder.is_settled();
    assert!(folder.text(file).contains("value"));
}

#[test]
fn precious_kinds_and_many_objects_are_deleted_on_purpose() {
    let folder = Folder::new("{deleteLimit: 2}");
    let manifest = |names: &[&str]| -> String {
        let all: Vec<String> = names
            .iter()
            .map(|name| match *name {
                "crd" => "            apiVersion: apiextensions.k8s.io/v1\n            kind: CustomResourceDefinition\n            metadata: {name: widgets.example.com}\n".to_owned(),
                "space" => "            apiVersion: v1\n            kind: Namespace\n            metadata: {name: space}\n".to_owned(),
                name => format!("            apiVersion: v1\n            kind: ConfigMap\n            metadata: {{name: {name}}}\n"),
            })
            .collect();
        format!(
            "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {{name: stuff}}\nspec:\n  type: add-on\n  layers:\n    - name: one\n      \
             category: system-app\n      manifests:\n        - name: m\n          inline: |\n{}---\n{}",
            all.join("            ---\n"),
            cluster("c0", "")
        )
    };
    folder.put("all.yaml", manifest(&["crd", "space", "a", "b", "c", "d"]));
    folder.apply();
    folder.put("all.yaml", manifest(&["a", "b", "c", "d"]));
    insta::assert_snapshot!(planned(&folder), @r#"
    c0: update
      namespaces: update (values changed)
        Namespace space: delete (no longer rendered)
      one: update (same version edited)
        CustomResourceDefinition widgets.example.com: delete (no longer rendered)
    --approve-delete: c0 deletes Namespace space
    --approve-delete: c0 deletes CustomResourceDefinition.apiextensions.k8s.io widgets.example.com
    "#);
    folder.run(&["apply", "--auto-approve"]).exits(1);
    folder
        .run(&["apply", "--auto-approve", "--approve-delete"])
        .exits(0);
    folder.put("all.yaml", manifest(&["a"]));
    insta::assert_snapshot!(planned(&folder), @r#"
    c0: update
      one: update (same version edited)
        ConfigMap d: delete (no longer rendered)
        ConfigMap c: delete (no longer rendered)
        ConfigMap b: delete (no longer rendered)
    --approve-delete: c0 deletes 3 objects, more than the limit of 2
    "#);
    folder.run(&["apply", "--auto-approve"]).exits(1);
    folder.put("all.yaml", manifest(&["a", "b"]));
    folder.apply();
    folder.is_settled();
}

#[test]
fn a_selection_touches_nothing_else() {
    let mut fleet = Fleet::new(
        2,
        &[Layer::new("base", &[], 2), Layer::new("top", &["base"], 2)],
    );
    let folder = applied(&fleet);
    for layer in &mut fleet.layers {
        layer.objects.values_mut().for_each(|value| *value += 50);
    }
    folder.generate(&fleet);
    let changed = |folder: &Folder| -> Vec<String> {
        let files = folder.bytes("out").into_iter();
        let changed =
            files.filter(|(_, bytes)| String::from_utf8_lossy(bytes).contains("value: \"5"));
        changed.map(|(path, _)| path).collect()
    };
    folder
        .run(&[
            "apply",
            "--auto-approve",
            "--cluster",
            "c1",
            "--layer",
            "top",
        ])
        .exits(0);
    let expected = [
        "c1/top/configmap.default.top-0.yaml",
        "c1/top/configmap.default.top-1.yaml",
    ];
    assert_eq!(changed(&folder), expected);
    folder
        .run(&[
            "plan",
            "--cluster",
            "c1",
            "--layer",
            "top",
            "--detailed-exitcode",
        ])
        .exits(0);
    folder
        .run(&["apply", "--auto-approve", "--cluster", "c1"])
        .exits(0);
    assert_eq!(changed(&folder).len(), 4);
    folder.run(&["plan", "--cluster", "nobody"]).exits(1);
    folder.run(&["plan", "--selector", "env=prod"]).exits(1);
    folder.apply();
    assert_eq!(changed(&folder).len(), 8);
    folder.is_settled();
}

#[test]
fn a_cluster_goes_back_to_a_revision() {
    let mut fleet = two_layers();
    let folder = applied(&fleet);
    let before = folder.bytes("out");
    fleet.layer("base").objects.insert("base-0".to_owned(), 9);
    fleet.layer("top").objects.remove("top-1");
    fleet.layers.push(Layer::new("late", &["top"], 1));
    folder.generate(&fleet);
    folder.apply();
    let after = folder.bytes("out");
    folder
        .run(&["rollback", "c0", "--to", "1", "--auto-approve"])
        .exits(0);
    assert!(folder.bytes("out") == before, "{:#?}", folder.files("out"));
    let again = folder
        .run(&["rollback", "c0", "--to", "1", "--auto-approve"])
        .exits(0);
    assert!(again.out.starts_with("No changes"), "{}", again.all());
    let history = folder.run(&["history", "--json"]).exits(0).json();
    assert_eq!(
        history["revisions"].as_array().map(Vec::len),
        Some(3),
        "{history:#}"
    );
    folder.run(&["drift"]).exits(0);
    folder.apply();
    assert!(folder.bytes("out") == after);
    folder.is_settled();
    let ran = folder.run(&["rollback", "c0", "--to", "77"]).exits(1);
    insta::assert_snapshot!(error(&ran, &folder), @"error: cluster c0 has no revision 77; `stratiform history` lists what there is");
}

#[test]
fn versions_that_may_not_be_edited() {
    let mut fleet = two_layers();
    let folder = applied(&fleet);
    fleet.layer("base").objects.insert("base-0".to_owned(), 5);
    folder.generate(&fleet);
    insta::assert_snapshot!(planned(&folder), @r#"
    c0: update
      base: update (values changed, same version edited)
        ConfigMap base-0: update (values changed, same version edited)
      top: record (same version edited)
    "#);
    folder.project("{versions: immutable}");
    let ran = folder.run(&["plan"]).exits(3);
    insta::assert_snapshot!(error(&ran, &folder), @r#"
    error: version 1.0.0 of the profile `stuff` was applied already, and is another one now
     --> fleet.yaml:3:18
      |
    3 | metadata: {name: stuff}
      |                  ^^^^^
      |
      = help: give it a new version, or take `versions: immutable` out of the project
    1 error found; nothing was changed
    "#);
    folder.run(&["apply", "--auto-approve"]).exits(3);
    folder.edit(
        "fleet.yaml",
        "metadata: {name: stuff}",
        "metadata: {name: stuff, version: 1.0.1}",
    );
    folder.apply();
    folder.is_settled();
    // Going back to an edition that the state knows is no edit.
    folder
        .run(&["rollback", "c0", "--to", "1", "--auto-approve"])
        .exits(0);
}
