//! What lint says of packs.

use super::super::testing::{Files, chart, pack_json, shown};
use super::lint;
use crate::diag::Sources;

fn said(files: &Files) -> String {
    let sources = Sources::default();
    let problems = lint(&files.path().join("p"), &sources);
    shown(&problems, &sources, files)
}

#[test]
fn a_good_pack_gives_no_cause() {
    let files = Files::new();
    files.pack("p", "a", "1.0.0");
    assert_eq!(said(&files), "");
}

#[test]
fn metadata() {
    let files = Files::new();
    files.pack("p", "a", "1.0.0");
    let more = r#""cloudTypes": ["aws", "vpshere"], "addonType": "loging", "dispalyName": "b", "commit_msg": "c",
  "constraints": {
    "dependencies": [
      {"packName": "k", "minVersion": "2", "maxVersion": "1.9"},
      {"packName": "l"},
      {"packName": "a", "type": "required"},
      {"packName": "k", "minVersion": "1.0"}],
    "resources": [
      {"type": "cpu"},
      {"type": "memory", "components": [{"resourceRequestParamRef": "pack.namespace", "replicaCountParamRef": "pack.count"}]}]},"#;
    files.put("p/pack.json", pack_json("a", "1.0.0-beta.1", more));
    insta::assert_snapshot!(said(&files), @r#"
error: no version of `k` can fulfil this constraint
 --> DIR/p/pack.json:5:7
  |
5 |       {"packName": "k", "minVersion": "2", "maxVersion": "1.9"},
  |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 2 is above 1.9
  |
  = help: swap `minVersion` and `maxVersion`, or leave one of them out
error: `a` requires itself
 --> DIR/p/pack.json:7:7
  |
7 |       {"packName": "a", "type": "required"},
  |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: remove the constraint; `"type": "upgrade"` names what it takes over from
warning: unknown cloud type `vpshere`
 --> DIR/p/pack.json:2:25
  |
2 |   "cloudTypes": ["aws", "vpshere"], "addonType": "loging", "dispalyName": "b", "commit_msg": "c",
  |                         ^^^^^^^^^
  |
  = help: did you mean `vsphere`?
warning: unknown type of add-on `loging`
 --> DIR/p/pack.json:2:50
  |
2 |   "cloudTypes": ["aws", "vpshere"], "addonType": "loging", "dispalyName": "b", "commit_msg": "c",
  |                                                  ^^^^^^^^
  |
  = help: did you mean `logging`?
warning: unknown field `dispalyName`
 --> DIR/p/pack.json:2:60
  |
2 |   "cloudTypes": ["aws", "vpshere"], "addonType": "loging", "dispalyName": "b", "commit_msg": "c",
  |                                                            ^^^^^^^^^^^^^
  |
  = help: did you mean `displayName`?
warning: this constraint on `l` demands nothing
 --> DIR/p/pack.json:6:7
  |
6 |       {"packName": "l"},
  |       ^^^^^^^^^^^^^^^^^ optional, and without bounds
  |
  = help: give it a `minVersion` or `maxVersion`, or `"type": "required"`
warning: two constraints of one type on `k`
 --> DIR/p/pack.json:8:7
  |
5 |       {"packName": "k", "minVersion": "2", "maxVersion": "1.9"},
  |       --------------------------------------------------------- the first one
...
8 |       {"packName": "k", "minVersion": "1.0"}],
  |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: both must hold; make one of them
warning: this resource constraint demands nothing
  --> DIR/p/pack.json:10:7
   |
10 |       {"type": "cpu"},
   |       ^^^^^^^^^^^^^^^
   |
   = help: give it a `minLimit` above 0, or `components`
warning: `pack.count` is not in values.yaml
  --> DIR/p/pack.json:11:111
   |
11 |       {"type": "memory", "components": [{"resourceRequestParamRef": "pack.namespace", "replicaCountParamRef": "pack.count"}]}]},
   |                                                                                                               ^^^^^^^^^^^^ so one replica is counted
   |
   = help: correct the path, or add the value
warning: 1.0.0-beta.1 is a pre-release
  --> DIR/p/pack.json:14:14
   |
14 |   "version": "1.0.0-beta.1",
   |              ^^^^^^^^^^^^^^
   |
   = help: trains and ranges pass it by; it has to be asked for by its full version
"#);
    let json = pack_json("a", "1.0.0", "").replace("manifests/a.yaml", "manifests/b.yaml");
    files.put("p/pack.json", json);
    insta::assert_snapshot!(said(&files), @r#"
error: cannot read the manifest `manifests/b.yaml`
 --> DIR/p/pack.json:7:21
  |
7 |   "kubeManifests": ["manifests/b.yaml"]
  |                     ^^^^^^^^^^^^^^^^^^ the file is not there
  |
  = help: put the manifest there, or correct the path, which is relative to the pack's folder
"#);
    files.put(
        "p/pack.json",
        pack_json("a", "1.0.0", "").replace("\"manifests/a.yaml\"", ""),
    );
    insta::assert_snapshot!(said(&files), @r#"
warning: the pack has neither charts nor manifests
 --> DIR/p/pack.json:3:11
  |
3 |   "name": "a",
  |           ^^^
  |
  = help: name them under `charts` or `kubeManifests`
"#);
}

#[test]
fn values_that_nothing_reads() {
    let files = Files::new();
    files.pack("p", "a", "1.0.0");
    let more = r#""charts": ["charts/web-1.0.0.tgz", "charts/db-2.tgz"],"#;
    files.put("p/pack.json", pack_json("a", "1.0.0", more));
    files.put("p/charts/web-1.0.0.tgz", chart("web"));
    files.put("p/charts/db-2.tgz", chart("database"));
    let values = "\
pack:
  namspace: x
  content: {namespace: x}
  releaseNameOverride: {wbe: x}
  namespaceLabels: {x: plain, y: 1}
  spectrocloud.com/install-priority: high
charts:
  web: {a: 1, a: 2}
  db-2: {}
  databse: {}
manifests: {a: {}, b: {}}
web: {}
";
    files.put("p/values.yaml", values);
    insta::assert_snapshot!(said(&files), @r#"
error: `pack.namespaceLabels` wants pairs for a namespace
 --> DIR/p/values.yaml:5:24
  |
5 |   namespaceLabels: {x: plain, y: 1}
  |                        ^^^^^ a part of it has no `=`
  |
  = help: write "key=value,other=value"
error: `pack.namespaceLabels.true` must be a string
 --> DIR/p/values.yaml:5:34
  |
5 |   namespaceLabels: {x: plain, y: 1}
  |                                  ^ this is an integer
  |
  = help: write "key=value,other=value"
error: `spectrocloud.com/install-priority` must be a whole number
 --> DIR/p/values.yaml:6:38
  |
6 |   spectrocloud.com/install-priority: high
  |                                      ^^^^ this is a string
  |
  = help: lower numbers are installed first; 0 is the default
warning: no namespace: what names none itself goes to `default`
 --> DIR/p/values.yaml:1:1
  |
1 | pack:
  | ^^^^
  |
  = help: say where it goes under `pack.namespace` in values.yaml
warning: unknown key `pack.namspace`
 --> DIR/p/values.yaml:2:3
  |
2 |   namspace: x
  |   ^^^^^^^^
  |
  = help: did you mean `namespace`?
warning: nothing reads `pack.content.namespace`
 --> DIR/p/values.yaml:3:13
  |
3 |   content: {namespace: x}
  |             ^^^^^^^^^
  |
  = help: move it up, to `pack.namespace`
warning: `pack.releaseNameOverride` names `wbe`, which is no chart
 --> DIR/p/values.yaml:4:25
  |
4 |   releaseNameOverride: {wbe: x}
  |                         ^^^
  |
  = help: did you mean `web`?
warning: `a` stands twice
 --> DIR/p/values.yaml:8:15
  |
8 |   web: {a: 1, a: 2}
  |         -     ^ this one wins
  |         |
  |         this one is not looked at
  |
  = help: remove one of them
warning: `charts.db-2` is called after the archive, not after the chart
 --> DIR/p/values.yaml:9:3
  |
9 |   db-2: {}
  |   ^^^^
  |
  = help: call it `database`, as Chart.yaml does
warning: nothing reads `charts.databse`
  --> DIR/p/values.yaml:10:3
   |
10 |   databse: {}
   |   ^^^^^^^ the pack has no chart of this name
   |
   = help: did you mean `database`?
warning: nothing reads `manifests.b`
  --> DIR/p/values.yaml:11:20
   |
11 | manifests: {a: {}, b: {}}
   |                    ^ the pack has no manifest of this name
   |
   = help: it has `a`
warning: the chart `web` does not see the key `web`
  --> DIR/p/values.yaml:12:1
   |
12 | web: {}
   | ^^^
   |
   = help: move it to `charts.web`
"#);
    files.put(
        "p/pack.json",
        pack_json("a", "1.0.0", r#""charts": ["charts/web-1.0.0.tgz"],"#),
    );
    files.put(
        "p/values.yaml",
        "pack: {namespace: Bad_Name}\ncharts:\n  replicas: 1\n",
    );
    insta::assert_snapshot!(said(&files), @r#"
error: `Bad_Name` cannot be the name of a namespace
 --> DIR/p/values.yaml:1:19
  |
1 | pack: {namespace: Bad_Name}
  |                   ^^^^^^^^
  |
  = help: lower case letters, digits and `-`, at most 63
warning: no key of `charts` is the name of the chart, so all of it is taken for values of `web`
 --> DIR/p/values.yaml:2:1
  |
2 | charts:
  | ^^^^^^
  |
  = help: put them under `charts.web`
"#);
    files.put("p/charts/web-1.0.0.tgz", "no archive");
    files.put(
        "p/values.yaml",
        "pack: {namespace: \"{{ .spectro.var.ns }}\"}\ncharts: {x: {}, y: {}}\n",
    );
    insta::assert_snapshot!(said(&files), @r#"
error: `charts/web-1.0.0.tgz` is not a chart
 --> DIR/p/pack.json:2:14
  |
2 |   "charts": ["charts/web-1.0.0.tgz"],
  |              ^^^^^^^^^^^^^^^^^^^^^^ it is not a gzipped tar archive: invalid gzip header
  |
  = help: put the archive there that `helm package` makes, or the chart's folder
"#);
}

#[test]
fn release_names() {
    let files = Files::new();
    let name = "a-very-long-name-for-a-pack-indeed";
    files.pack("p", name, "1.0.0");
    files.put(
        "p/pack.json",
        pack_json(name, "1.0.0", r#""charts": ["c.tgz", "d.tgz"],"#),
    );
    files.put("p/c.tgz", chart("with-a-long-name-too"));
    files.put("p/d.tgz", chart("d"));
    insta::assert_snapshot!(said(&files), @r#"
error: the release name `a-very-long-name-for-a-pack-indeed-with-a-long-name-too` is 55 characters long
 --> DIR/p/pack.json:2:14
  |
2 |   "charts": ["c.tgz", "d.tgz"],
  |              ^^^^^^^ at most 53 are possible
  |
  = help: give it another name under `pack.releaseNameOverride.with-a-long-name-too` in values.yaml
"#);
    let values = "pack: {namespace: a, releaseNameOverride: {with-a-long-name-too: x, d: x}}\n";
    files.put("p/values.yaml", values);
    insta::assert_snapshot!(said(&files), @r#"
error: two charts make the release `x`
 --> DIR/p/values.yaml:1:72
  |
1 | pack: {namespace: a, releaseNameOverride: {with-a-long-name-too: x, d: x}}
  |                                                                  -     ^
  |                                                                  |
  |                                                                  the first one
  |
  = help: give them different names under `pack.releaseNameOverride`
"#);
    files.put("p/values.yaml", values.replace("d: x", "d: Under_Score"));
    insta::assert_snapshot!(said(&files), @r#"
error: `Under_Score` cannot be the name of a release
 --> DIR/p/values.yaml:1:72
  |
1 | pack: {namespace: a, releaseNameOverride: {with-a-long-name-too: x, d: Under_Score}}
  |                                                                        ^^^^^^^^^^^ lower case letters, digits, `-` and `.` may stand in it
  |
  = help: give it another name under `pack.releaseNameOverride.d` in values.yaml
"#);
}

#[test]
fn presets() {
    let files = Files::new();
    files.pack("p", "a", "1.0.0");
    files.put("p/presets.yaml", "# nothing\n");
    insta::assert_snapshot!(said(&files), @r#"
warning: presets.yaml is empty
 --> DIR/p/presets.yaml:1:1
  |
1 | # nothing
  | ^
  |
  = help: remove the file, or write presets into it
"#);
    files.put(
        "p/presets.yaml",
        "presets:\n- {name: some, group: G, add: 'a: 1'}\n- {name: some, group: H, add: 'a: 1'}\n- {name: some, group: G, remove: []}\n",
    );
    insta::assert_snapshot!(said(&files), @r#"
error: two presets are called `G:some`
 --> DIR/p/presets.yaml:4:10
  |
2 | - {name: some, group: G, add: 'a: 1'}
  |          ---- the first one
3 | - {name: some, group: H, add: 'a: 1'}
4 | - {name: some, group: G, remove: []}
  |          ^^^^
  |
  = help: give one of them another name or group
warning: the preset `G:some` does nothing
 --> DIR/p/presets.yaml:4:10
  |
4 | - {name: some, group: G, remove: []}
  |          ^^^^ neither `add` nor `remove` has anything in it
  |
  = help: remove it, or say what it changes
"#);
}

#[test]
fn schemas_that_can_be_understood() {
    let files = Files::new();
    files.pack("p", "a", "1.0.0");
    let good = [
        r#"{{ required }}"#,
        r#"{{required|readonly|format "${string}"|hints "a | b" "c"}}"#,
        r#"{{ format "${list:[A,B]}" }}"#,
        r#"{{ format "${string:/^[a-z]{2,3}$/}" }}"#,
        r#"{{ format `${string:/^"\d+"$/}` }}"#,
        r#"{{ format "${number:[5000-5005]}" }}"#,
        r#"{{ format "${ipv4} - ${ipv4}" }}"#,
        r#"{{ format "v${version}" | hints "a \"quoted\" hint" }}"#,
    ];
    let mut text = String::new();
    for (at, schema) in good.iter().enumerate() {
        text.push_str(&format!("pack.a{at}:\n  schema: '{schema}'\n"));
    }
    files.put("p/schema.yaml", text);
    assert_eq!(said(&files), "");
}

#[test]
fn schemas_that_cannot() {
    let files = Files::new();
    files.pack("p", "a", "1.0.0");
    files.put("p/schema.yaml", "");
    insta::assert_snapshot!(said(&files), @r#"
warning: schema.yaml is empty
 --> DIR/p/schema.yaml:1:1
  |
1 |
  | ^
  |
  = help: remove the file, or say in it what values must look like
"#);
    let bad = [
        r#"{{ format "${strnig}" }}"#,
        r#"{{ format "${uuid}" }}"#,
        r#"{{ format "${string:/(/}" }}"#,
        r#"{{ format "${number:[9-1]}" }}"#,
        r#"{{ format "${list:A}" }}"#,
        r#"{{ format "${boolean:yes}" }}"#,
        r#"{{ format "${string" }}"#,
        r#"{{ format ${string} }}"#,
        r#"{{ requird | hints "a" }}"#,
        r#"{{ required | }}"#,
        r#"{{ hints "a }}"#,
        r#"required"#,
    ];
    let mut text = String::from("pack.a: {}\npack.b: {schema: 1}\n");
    for (at, schema) in bad.iter().enumerate() {
        text.push_str(&format!("pack.a{at}: {{schema: '{schema}'}}\n"));
    }
    files.put("p/schema.yaml", text);
    insta::assert_snapshot!(said(&files), @r#"
error: the schema of `pack.b` must be a string
 --> DIR/p/schema.yaml:2:18
  |
2 | pack.b: {schema: 1}
  |                  ^ this is an integer
  |
  = help: put it in quotes
warning: nothing is said of `pack.a`
 --> DIR/p/schema.yaml:1:1
  |
1 | pack.a: {}
  | ^^^^^^
  |
  = help: write `schema: '{{ required | format "${string}" }}'` below it
warning: unknown format `${strnig}`
 --> DIR/p/schema.yaml:3:19
  |
3 | pack.a0: {schema: '{{ format "${strnig}" }}'}
  |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: did you mean `string`?
warning: unknown format `${uuid}`
 --> DIR/p/schema.yaml:4:19
  |
4 | pack.a1: {schema: '{{ format "${uuid}" }}'}
  |                   ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: the formats are `boolean`, `ipv4`, `list`, `number`, `password`, `string` and `version`
warning: unknown format `${string:/(/}`
 --> DIR/p/schema.yaml:5:19
  |
5 | pack.a2: {schema: '{{ format "${string:/(/}" }}'}
  |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = note: regex parse error:
              (
              ^
          error: unclosed group
  = help: correct the regular expression (RE2)
warning: unknown format `${number:[9-1]}`
 --> DIR/p/schema.yaml:6:19
  |
6 | pack.a3: {schema: '{{ format "${number:[9-1]}" }}'}
  |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write `${number:[5000-5005]}`
warning: unknown format `${list:A}`
 --> DIR/p/schema.yaml:7:19
  |
7 | pack.a4: {schema: '{{ format "${list:A}" }}'}
  |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write `${list:[A,B]}`
warning: unknown format `${boolean:yes}`
 --> DIR/p/schema.yaml:8:19
  |
8 | pack.a5: {schema: '{{ format "${boolean:yes}" }}'}
  |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write `${boolean}`
warning: `${` in the format `${string` is not closed
 --> DIR/p/schema.yaml:9:19
  |
9 | pack.a6: {schema: '{{ format "${string" }}'}
  |                   ^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write `${string}`
warning: `format` wants one text in quotes
  --> DIR/p/schema.yaml:10:19
   |
10 | pack.a7: {schema: '{{ format ${string} }}'}
   |                   ^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: write `format "${string}"`
warning: unknown word `requird` in a schema
  --> DIR/p/schema.yaml:11:19
   |
11 | pack.a8: {schema: '{{ requird | hints "a" }}'}
   |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: did you mean `required`?
warning: a part of this schema says nothing
  --> DIR/p/schema.yaml:12:19
   |
12 | pack.a9: {schema: '{{ required | }}'}
   |                   ^^^^^^^^^^^^^^^^^^
   |
   = help: each part is `format`, `hints`, `readonly` or `required`
warning: a quote in this schema is not closed
  --> DIR/p/schema.yaml:13:20
   |
13 | pack.a10: {schema: '{{ hints "a }}'}
   |                    ^^^^^^^^^^^^^^^^
   |
   = help: close it
warning: this schema has no effect
  --> DIR/p/schema.yaml:14:20
   |
14 | pack.a11: {schema: 'required'}
   |                    ^^^^^^^^^^
   |
   = help: it has to stand in braces: `{{ required | format "${string}" }}`
"#);
}
