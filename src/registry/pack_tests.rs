//! What packs in folders are read to, and what is said of bad ones.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use proptest::prelude::*;

use super::read;
use super::testing::{Files, chart, pack_json, shown};
use crate::diag::Sources;

fn said(files: &Files) -> String {
    let sources = Sources::default();
    let problems = read(&files.path().join("p"), Path::new("p"), &sources).unwrap_err();
    shown(&problems, &sources, files)
}

fn digest(files: &Files) -> crate::model::Digest {
    let sources = Sources::default();
    let pack = read(&files.path().join("p"), Path::new("p"), &sources);
    pack.unwrap().digest
}

#[test]
fn a_pack_is_read_with_all_that_it_has() {
    let files = Files::new();
    let more = r#""charts": ["charts/c.tgz", "charts/folder"], "cloudType": "aws", "addonType": "App Services",
            "annotations": {"source": "community"},
            "constraints": {
              "dependencies": [{"packName": "k", "layer": "k8s", "minVersion": "1.27", "maxVersion": ""}],
              "resources": [{"type": "cpu", "minLimit": "200", "components": [
                {"resourceRequestParamRef": "a.b", "scheduleType": "master"}]}]},"#;
    files.put(
        "p/pack.json",
        format!("\u{feff}{}", pack_json("web", "22.04", more)),
    );
    files.put("p/manifests/a.yaml", "kind: {{ .Values.kind }}\n");
    files.put(
        "p/values.yaml",
        "# comment\nmanifests: {a: {kind: ConfigMap}}\n",
    );
    files.put(
        "p/presets.yaml",
        "presets:\n- {name: x, group: G, remove: [a.b], add: \"a: {c: 1}\"}\n- {name: z}\n",
    );
    files.put("p/schema.yaml", "");
    files.put("p/charts/c.tgz", chart("c"));
    files.put("p/charts/folder/Chart.yaml", "name: d");
    let sources = Sources::default();
    let pack = read(&files.path().join("p"), Path::new("p"), &sources).unwrap();
    assert_eq!((&*pack.name, pack.version.as_str()), ("web", "22.04"));
    assert_eq!(pack.category.as_str(), "app-services");
    assert_eq!(pack.cloud_types.0.len(), 1);
    let charts = pack.charts.iter();
    let charts: Vec<_> = charts
        .map(|chart| (&*chart.origin, &*chart.files[0].path))
        .collect();
    assert_eq!(
        charts,
        [
            ("charts/c.tgz", "charts/b/Chart.yaml"),
            ("charts/folder", "Chart.yaml")
        ]
    );
    assert_eq!(&*pack.manifests[0].name, "a");
    assert_eq!(&*pack.manifests[0].text, "kind: {{ .Values.kind }}\n");
    assert_eq!(pack.presets.len(), 2);
    assert!(pack.presets[0].add.get("a").is_some());
    assert!(pack.schema.is_none());
    assert_eq!(pack.annotations.len(), 1);
    let dependency = &pack.dependencies[0];
    assert_eq!(dependency.min.as_ref().unwrap().as_str(), "1.27");
    assert_eq!(dependency.max, None);
    assert_eq!(pack.resources[0].min, Some(200));
    assert_eq!(sources.get(pack.source).name, "p/pack.json");
    assert!(pack.values_source.is_some());
}

#[test]
fn every_problem_of_a_pack_is_told_at_its_place() {
    let files = Files::new();
    let put = |text: &str| {
        files.put("p/pack.json", text);
    };
    insta::assert_snapshot!(said(&Files::new()), @r#"
error: cannot open the pack in `p`
 = note: the file is not there
"#);
    put(
        "{\n  \"name\": \"a b\",\n  \"version\": 1.2,\n  \"layer\": \"addn\",\n  \"charts\": \"c.tgz\"\n}\n",
    );
    insta::assert_snapshot!(said(&files), @r#"
error: `a b` cannot be the name of a pack
 --> p/pack.json:2:11
  |
2 |   "name": "a b",
  |           ^^^^^
  |
  = help: letters, digits, `-`, `_` and `.` may stand in it, a letter or a digit first
error: pack.json has no `displayName`
 --> p/pack.json:1:1
  |
1 | {
  | ^
  |
  = help: add `displayName`
error: `version` must be a string
 --> p/pack.json:3:14
  |
3 |   "version": 1.2,
  |              ^^^ this is a number
  |
  = help: put it in quotes
error: unknown layer `addn`
 --> p/pack.json:4:12
  |
4 |   "layer": "addn",
  |            ^^^^^^
  |
  = help: did you mean `addon`?
error: `charts` must be a list
 --> p/pack.json:5:13
  |
5 |   "charts": "c.tgz"
  |             ^^^^^^^ this is a string
  |
  = help: put it in brackets: `[...]`
"#);
    put("[1]");
    insta::assert_snapshot!(said(&files), @r#"
error: pack.json must be a mapping
 --> p/pack.json:1:1
  |
1 | [1]
  | ^^^ this is a list
"#);
    put("{\n  \"name\": ");
    insta::assert_snapshot!(said(&files), @r#"
error: did not find expected node content
 --> p/pack.json:2:11
  |
2 |   "name": 
  |           ^
"#);
    put(&pack_json(
        "a",
        "1.0.0",
        "\"charts\": [\"../c.tgz\", \"c.tgz\"], \"addonType\": \"cni\", \"cloudTypes\": [1], \"name\": \"b\",",
    ));
    insta::assert_snapshot!(said(&files), @r#"
error: `name` stands twice in pack.json
 --> p/pack.json:3:3
  |
2 |   "charts": ["../c.tgz", "c.tgz"], "addonType": "cni", "cloudTypes": [1], "name": "b",
  |                                                                           ------ first here
3 |   "name": "a",
  |   ^^^^^^
  |
  = help: remove one of them
error: `cni` is a core layer, not a type of add-on
 --> p/pack.json:2:49
  |
2 |   "charts": ["../c.tgz", "c.tgz"], "addonType": "cni", "cloudTypes": [1], "name": "b",
  |                                                 ^^^^^
  |
  = help: write `"layer": "cni"`, or another `addonType`
error: an element of `cloudTypes` must be a string
 --> p/pack.json:2:71
  |
2 |   "charts": ["../c.tgz", "c.tgz"], "addonType": "cni", "cloudTypes": [1], "name": "b",
  |                                                                       ^ this is an integer
  |
  = help: put it in quotes
error: cannot read the manifest `manifests/a.yaml`
 --> p/pack.json:7:21
  |
7 |   "kubeManifests": ["manifests/a.yaml"]
  |                     ^^^^^^^^^^^^^^^^^^ the file is not there
  |
  = help: put the manifest there, or correct the path, which is relative to the pack's folder
error: cannot read the chart `../c.tgz`
 --> p/pack.json:2:14
  |
2 |   "charts": ["../c.tgz", "c.tgz"], "addonType": "cni", "cloudTypes": [1], "name": "b",
  |              ^^^^^^^^^^ the path leaves the pack's folder; `..` cannot stand in it
  |
  = help: copy the chart into the pack's folder
error: cannot read the chart `c.tgz`
 --> p/pack.json:2:26
  |
2 |   "charts": ["../c.tgz", "c.tgz"], "addonType": "cni", "cloudTypes": [1], "name": "b",
  |                          ^^^^^^^ the file is not there
  |
  = help: put the chart there, or correct the path, which is relative to the pack's folder
"#);
    put(&pack_json(
        "a",
        "1.0.0",
        "\"constraints\": {\"dependencies\": [{\"packName\": \"\", \"type\": \"requierd\", \"minVersion\": \"1 2\"}], \
         \"resources\": [{\"type\": \"gpu\", \"minLimit\": -1, \"components\": [{\"scheduleType\": \"some\"}]}]},",
    ));
    files.put("p/manifests/a.yaml", "");
    insta::assert_snapshot!(said(&files), @r#"
error: `packName` of a dependency is empty
 --> p/pack.json:2:49
  |
2 |   "constraints": {"dependencies": [{"packName": "", "type": "requierd", "minVersion": "1 2"}], "resources": [{"type": "gpu", "minLimi...
  |                                                 ^^
  |
  = help: give `packName` a value
error: unknown type of dependency `requierd`
 --> p/pack.json:2:61
  |
2 |   "constraints": {"dependencies": [{"packName": "", "type": "requierd", "minVersion": "1 2"}], "resources": [{"type": "gpu", "minLimi...
  |                                                             ^^^^^^^^^^
  |
  = help: did you mean `required`?
error: `1 2` is not a version: only letters, digits, `.`, `-`, `_` and `+` may stand in it, as in `1.2.3-rc.1`
 --> p/pack.json:2:87
  |
2 |   "constraints": {"dependencies": [{"packName": "", "type": "requierd", "minVersion": "1 2"}], "resources": [{"type": "gpu", "minLimi...
  |                                                                                       ^^^^^
error: unknown type of resource `gpu`
 --> p/pack.json:2:119
  |
2 |   "constraints": {"dependencies": [{"packName": "", "type": "requierd", "minVersion": "1 2"}], "resources": [{"type": "gpu", "minLimi...
  |                                                                                                                       ^^^^^
  |
  = help: did you mean `cpu`?
error: `minLimit` must be a whole number
 --> p/pack.json:2:138
  |
2 | ...": "1 2"}], "resources": [{"type": "gpu", "minLimit": -1, "components": [{"scheduleType": "some"}]}]},
  |                                                          ^^ this is an integer
  |
  = help: it counts millicores (cpu), MiB (memory) or GB (diskSize)
error: a component has no `resourceRequestParamRef`
 --> p/pack.json:2:157
  |
2 | ...], "resources": [{"type": "gpu", "minLimit": -1, "components": [{"scheduleType": "some"}]}]},
  |                                                                    ^
  |
  = help: add `resourceRequestParamRef`
error: unknown schedule type `some`
 --> p/pack.json:2:174
  |
2 | ...type": "gpu", "minLimit": -1, "components": [{"scheduleType": "some"}]}]},
  |                                                                  ^^^^^^
  |
  = help: it is `all`, `master`, `control-plane` or `worker`
"#);
    put(&pack_json("a", "1.0.0", ""));
    files.put("p/values.yaml", "- a\n");
    files.put("p/schema.yaml", "a: 1\n---\nb: 2\n");
    files.put(
        "p/presets.yaml",
        "presets:\n- {group: g, add: [1]}\n- {name: some, add: \"a: [\"}\n",
    );
    files.put("p/manifests/a.yaml", b"\xff");
    insta::assert_snapshot!(said(&files), @r#"
error: values.yaml must be a mapping
 --> p/values.yaml:1:1
  |
1 | - a
  | ^^^ this is a list
error: a preset has no `name`
 --> p/presets.yaml:2:3
  |
2 | - {group: g, add: [1]}
  |   ^
  |
  = help: add `name`
error: `add` of a preset without a name must be a mapping, or YAML text that is one
 --> p/presets.yaml:2:19
  |
2 | - {group: g, add: [1]}
  |                   ^^^ this is a list
error: did not find expected node content
 --> p/presets.yaml: `add` of the preset `some`:1:5
  |
1 | a: [
  |     ^
error: schema.yaml holds more than one document
 --> p/schema.yaml:3:1
  |
3 | b: 2
  | ^ a second document begins here
  |
  = help: write one document, without a line `---` in it
error: cannot read the manifest `manifests/a.yaml`
 --> p/pack.json:7:21
  |
7 |   "kubeManifests": ["manifests/a.yaml"]
  |                     ^^^^^^^^^^^^^^^^^^ it is not a text in UTF-8
"#);
}

#[test]
fn the_digest_covers_what_counts() {
    let files = Files::new();
    files.pack("p", "a", "1.0.0");
    let json = pack_json("a", "1.0.0", "\"charts\": [\"charts/c\"],");
    files.put("p/pack.json", &json);
    files.put("p/charts/c/Chart.yaml", "name: c");
    let first = digest(&files);
    files.put("p/README.md", "text");
    files.put("p/logo.png", "picture");
    files.put("p/manifests/unused.yaml", "a: b");
    assert_eq!(digest(&files), first);
    let counting = [
        ("p/values.yaml", "pack: {namespace: b}"),
        ("p/presets.yaml", "presets: []"),
        ("p/schema.yaml", ""),
        ("p/manifests/a.yaml", "kind: Secret"),
        ("p/charts/c/Chart.yaml", "name: d"),
        ("p/charts/c/templates/t.yaml", "a: b"),
        ("p/pack.json", &format!("{json} ")),
    ];
    let mut seen = vec![first];
    for (path, text) in counting {
        files.put(path, text);
        let next = digest(&files);
        assert!(!seen.contains(&next), "{path} counts");
        seen.push(next);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_makes_it_panic(
        json in proptest::collection::vec(any::<u8>(), 0..80),
        broken in r#"[{}\[\]",:a-z 0-9-]{0,40}"#,
        yaml in r#"(presets: ?)?[{}\[\]"',:|a-z \n&*!$#0-9-]{0,40}"#,
    ) {
        let files = Files::new();
        let sources = Sources::default();
        files.put("p/pack.json", json);
        let _ = read(&files.path().join("p"), Path::new("p"), &sources);
        files.put("p/pack.json", pack_json("a", "1.0.0", &broken));
        for file in ["values.yaml", "presets.yaml", "schema.yaml", "manifests/a.yaml"] {
            files.put(&format!("p/{file}"), &yaml);
        }
        super::lint(&files.path().join("p"), &sources);
        files.put("p/pack.json", pack_json("a", "1.0.0", ""));
        super::lint(&files.path().join("p"), &sources);
    }
}
