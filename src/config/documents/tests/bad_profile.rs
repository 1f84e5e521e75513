//! Profiles and their layers.

use insta::assert_snapshot;

use super::*;

fn said_of_profile(metadata: &str, spec: &str) -> String {
    said(&format!(
        "kind: ClusterProfile\nmetadata: {metadata}\nspec:\n{spec}"
    ))
}

fn said_of_spec(spec: &str) -> String {
    said_of_profile("{name: web}", &format!("  type: add-on\n{spec}"))
}

fn said_of_layer(layer: &str) -> String {
    said_of_spec(&format!("  layers:\n    - {layer}\n"))
}

const LAYER: &str = "  layers: [{name: a, category: ingress, pack: {name: a, version: '1'}}]\n";

#[test]
fn heads() {
    let spec = format!("  type: add-on\n{LAYER}");
    assert_snapshot!(said_of_profile("{name: web, version: 1.2}", &spec), @r"
    error: `1.2` is not a semantic version
     --> it.yaml:3:32
      |
    3 | metadata: {name: web, version: 1.2}
      |                                ^^^ expected three numbers, as in 1.4.0
      |
      = help: write `1.2.0`
    ");
    assert_snapshot!(said_of_profile("{name: web, version: v1.2.0}", &spec), @r"
    error: `v1.2.0` is not a semantic version
     --> it.yaml:3:32
      |
    3 | metadata: {name: web, version: v1.2.0}
      |                                ^^^^^^ expected three numbers, as in 1.4.0
      |
      = help: write `1.2.0`
    ");
    assert_snapshot!(said_of_profile("{name: web, version: 1.2.x}", &spec), @r"
    error: `1.2.x` is not a semantic version
     --> it.yaml:3:32
      |
    3 | metadata: {name: web, version: 1.2.x}
      |                                ^^^^^ expected three numbers, as in 1.4.0
      |
      = help: a profile is named by one exact version; trains and ranges are for packs
    ");
    assert_snapshot!(said_of_profile("{name: web, verison: 1.2.0}", &spec), @r"
    error: unknown field `verison`
     --> it.yaml:3:23
      |
    3 | metadata: {name: web, verison: 1.2.0}
      |                       ^^^^^^^ not a field of the metadata of a profile
      |
      = help: did you mean `version`?
    ");
    assert_snapshot!(said_of_profile("{name: web, labels: {critical: yes}}", &spec), @r#"
    error: `critical`: expected a string, found a boolean
     --> it.yaml:3:42
      |
    3 | metadata: {name: web, labels: {critical: yes}}
      |                                          ^^^
      |
      = help: YAML reads a plain `yes` as a boolean; put it in quotes: "yes"
    "#);
    assert_snapshot!(said_of_profile("{name: web, layers: []}", &spec), @r"
    error: unknown field `layers`
     --> it.yaml:3:23
      |
    3 | metadata: {name: web, layers: []}
      |                       ^^^^^^ not a field of the metadata of a profile
      |
      = help: `layers` belongs under `spec`
    ");
    assert_snapshot!(said_of_profile("web", &spec), @r"
    error: `metadata`: expected a mapping, found a string
     --> it.yaml:3:11
      |
    3 | metadata: web
      |           ^^^
      |
      = help: its fields are `name`, `description`, `version` and `labels`
    ");
    assert_snapshot!(said(&format!("kind: ClusterProfile\nmetadata: {{name: web}}\nlayers: []\nspec:\n{spec}")), @r"
    error: unknown field `layers`
     --> it.yaml:4:1
      |
    4 | layers: []
      | ^^^^^^ not a field of a ClusterProfile document
      |
      = help: `layers` belongs under `spec`
    ");
}

#[test]
fn types_and_selectors() {
    assert_snapshot!(said_of_profile("{name: web}", &format!("  type: cluster\n{LAYER}")), @r"
    error: `type`: `cluster` is not one of its values
     --> it.yaml:5:9
      |
    5 |   type: cluster
      |         ^^^^^^^
      |
      = help: what Palette calls `cluster` is called `full` here
    ");
    assert_snapshot!(said_of_profile("{name: web}", &format!("  type: add on\n{LAYER}")), @r"
    error: `type`: `add on` is not one of its values
     --> it.yaml:5:9
      |
    5 |   type: add on
      |         ^^^^^^
      |
      = help: did you mean `add-on`?
    ");
    assert_snapshot!(said_of_profile("{name: web}", "  layers: {}\n"), @r"
    error: a profile needs `type`
     --> it.yaml:5:3
      |
    5 |   layers: {}
      |   ^^^^^^^^^^ `type` is missing here
      |
      = help: add `type:`, what the profile may hold: `infra`, `add-on` or `full`
    error: `layers`: expected a list, found a mapping
     --> it.yaml:5:11
      |
    5 |   layers: {}
      |           ^^
      |
      = help: begin each entry of the list with `- `
    ");
    assert_snapshot!(said_of_profile("{name: web}", "  type: add-on\n  layers: []\n"), @r"
    error: the profile has no layers
     --> it.yaml:6:3
      |
    6 |   layers: []
      |   ^^^^^^
      |
      = help: add at least one
    ");
    assert_snapshot!(said_of_profile("{name: web}", &format!("  type: infra\n  clusterSelector: {{matchLabels: {{env: prod}}}}\n{LAYER}")), @r"
    error: only an add-on profile can have a `clusterSelector`
     --> it.yaml:6:3
      |
    5 |   type: infra
      |         ----- its type
    6 |   clusterSelector: {matchLabels: {env: prod}}
      |   ^^^^^^^^^^^^^^^
      |
      = help: remove it, and name the profile in the clusters
    ");
    assert_snapshot!(said_of_spec(&format!("  clusterSelector: {{}}\n{LAYER}")), @r"
    error: the selector is empty, so every cluster would match
     --> it.yaml:6:20
      |
    6 |   clusterSelector: {}
      |                    ^^
      |
      = help: to mean every cluster, say so: `matchExpressions: [{key: ..., operator: Exists}]` on a label that all have
    ");
    assert_snapshot!(said_of_spec(&format!("  clusterSelector: {{matchExpressions: [{{key: env, operator: in, values: [a]}}, {{key: env, operator: In}}, {{key: env, operator: Exists, values: [a]}}]}}\n{LAYER}")), @r"
    error: `operator`: `in` is not one of its values
     --> it.yaml:6:61
      |
    6 |   clusterSelector: {matchExpressions: [{key: env, operator: in, values: [a]}, {key: env, operator: In}, {key: env, operator: Exists, ...
      |                                                             ^^
      |
      = help: did you mean `In`?
    error: the operator `In` needs `values`
     --> it.yaml:6:100
      |
    6 |   clusterSelector: {matchExpressions: [{key: env, operator: in, values: [a]}, {key: env, operator: In}, {key: env, operator: Exists, ...
      |                                                                                                    ^^
    error: the operator `Exists` takes no `values`
     --> it.yaml:6:126
      |
    6 | ... values: [a]}, {key: env, operator: In}, {key: env, operator: Exists, values: [a]}]}
      |                                                                  ^^^^^^
    ");
}

#[test]
fn layers() {
    assert_snapshot!(said_of_layer("{category: ingress}"), @r"
    error: a layer needs `name`
     --> it.yaml:7:7
      |
    7 |     - {category: ingress}
      |       ^^^^^^^^^^^^^^^^^^^ `name` is missing here
      |
      = help: add `name:`, the name, unique in a cluster's stack
    error: a layer needs one of `pack`, `chart` or `manifests`
     --> it.yaml:7:7
      |
    7 |     - {category: ingress}
      |       ^^^^^^^^^^^^^^^^^^^
      |
      = help: add `pack`, `chart` or `manifests`, whichever it is made of
    ");
    assert_snapshot!(said_of_layer("{name: a, category: ingress, pack: {name: a, version: '1'}, chart: {name: a, version: '1'}}"), @r"
    error: a layer takes only one of `pack`, `chart` and `manifests`
     --> it.yaml:7:67
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1'}, chart: {name: a, version: '1'}}
      |                                    ---- `pack` stands here        ^^^^^ `chart` is one too many
      |
      = help: remove one of them
    ");
    assert_snapshot!(said_of_layer("{name: a, category: System App, pack: {name: a, version: '1'}}"), @r"
    error: `System App` is not a category: it wants lower case letters, digits and dashes
     --> it.yaml:7:27
      |
    7 |     - {name: a, category: System App, pack: {name: a, version: '1'}}
      |                           ^^^^^^^^^^
      |
      = help: did you mean `system-app`?
    ");
    assert_snapshot!(said_of_layer("{name: a, category: '!', pack: {name: a, version: '1'}}"), @r"
    error: `!` is not a category: it wants lower case letters, digits and dashes
     --> it.yaml:7:27
      |
    7 |     - {name: a, category: '!', pack: {name: a, version: '1'}}
      |                           ^^^
    ");
    assert_snapshot!(said_of_layer("{name: a, category: ingress, pack: {name: a, version: 1.10}}"), @r#"
    error: `version`: expected a string, found a number
     --> it.yaml:7:61
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: 1.10}}
      |                                                             ^^^^
      |
      = help: put it in quotes: "1.10"
    "#);
    assert_snapshot!(said_of_layer("{name: a, category: ingress, pack: {name: a, version: '1'}, timeout: 10}"), @r"
    error: `timeout`: expected a time such as `90s` or `10m`, found an integer
     --> it.yaml:7:76
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1'}, timeout: 10}
      |                                                                            ^^
    ");
    assert_snapshot!(said_of_layer("{name: a, category: ingress, pack: {name: a, version: '1'}, timeout: soon}"), @r"
    error: `soon` is not a time to wait
     --> it.yaml:7:76
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1'}, timeout: soon}
      |                                                                            ^^^^
      |
      = help: write a time such as 30s, 5m, 1h30m or 30d
    ");
    assert_snapshot!(said_of_layer("{name: a, category: ingress, pack: {name: a, version: '1'}, timeout: 0s}"), @r"
    error: `0s` is not a time to wait
     --> it.yaml:7:76
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1'}, timeout: 0s}
      |                                                                            ^^
      |
      = help: a time that is nothing is no time to wait
    ");
    assert_snapshot!(said_of_layer("{name: a, category: ingress, pack: {name: a}}"), @r"
    error: a pack needs `version`
     --> it.yaml:7:42
      |
    7 |     - {name: a, category: ingress, pack: {name: a}}
      |                                          ^^^^^^^^^ `version` is missing here
      |
      = help: add `version:`, an exact version, a train (`1.x`, `1.1.x`) or a range (`^1.49`)
    ");
    assert_snapshot!(said_of_layer("{name: a, category: ingress, pack: {registry: locale, name: a, version: '1'}}"), @r"
    error: there is no registry `locale`
     --> it.yaml:7:53
      |
    7 |     - {name: a, category: ingress, pack: {registry: locale, name: a, version: '1'}}
      |                                                     ^^^^^^
      |
      = help: did you mean `local`?
    ");
    assert_snapshot!(said_of_layer("{name: a, category: ingress, pack: {name: x/a, version: '1'}}"), @r"
    error: `x/a` cannot be the name of a pack or chart
     --> it.yaml:7:49
      |
    7 |     - {name: a, category: ingress, pack: {name: x/a, version: '1'}}
      |                                                 ^^^
      |
      = help: a name has no slashes and no spaces; where it comes from is told by `registry`
    ");
    assert_snapshot!(said_of_layer("{name: a, category: ingress, pack: {name: a, version: '1', namespace: web}}"), @r"
    error: unknown field `namespace`
     --> it.yaml:7:66
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1', namespace: web}}
      |                                                                  ^^^^^^^^^ not a field of a pack
      |
      = help: a pack's namespace stands in its values: `values: {pack: {namespace: ...}}`
    ");
    assert_snapshot!(said_of_layer("{name: a, category: ingress, pack: {name: a, version: '1'}, namespace: web}"), @r"
    error: `namespace` is not for packs
     --> it.yaml:7:67
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1'}, namespace: web}
      |                                                                   ^^^^^^^^^
      |
      = help: a pack's namespace stands in its values: `values: {pack: {namespace: web}}`
    ");
    assert_snapshot!(said_of_layer("{name: a, category: ingress, chart: {name: a, version: '1', namespace: web}, namespace: Web}"), @r"
    error: `Web` is not a namespace
     --> it.yaml:7:95
      |
    7 |     - {name: a, category: ingress, chart: {name: a, version: '1', namespace: web}, namespace: Web}
      |                                                                                               ^^^
      |
      = help: a namespace has at most 63 lower case letters, digits and `-`, with a letter or digit at both ends
    error: the layer has two namespaces
     --> it.yaml:7:95
      |
    7 |     - {name: a, category: ingress, chart: {name: a, version: '1', namespace: web}, namespace: Web}
      |                                                                              ---              ^^^
      |                                                                              |
      |                                                                              the other one
      |
      = help: remove one of them
    ");
    assert_snapshot!(said_of_layer("{name: a, category: ingress, pack: {name: a, version: '1'}, values: [1]}"), @r"
    error: `values`: expected a mapping, found a list
     --> it.yaml:7:75
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1'}, values: [1]}
      |                                                                           ^^^
    ");
    assert_snapshot!(said_of_layer("{name: a, category: ingress, pack: {name: a, version: '1'}, valuesMode: overwrite}"), @r"
    error: `valuesMode`: `overwrite` is not one of its values
     --> it.yaml:7:79
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1'}, valuesMode: overwrite}
      |                                                                               ^^^^^^^^^
      |
      = help: it can be `merge` or `replace`
    ");
    assert_snapshot!(said_of_layer("{name: a, category: ingress, pack: {name: a, version: '1'}, presets: 'g:p'}"), @r"
    error: `presets`: expected a list, found a string
     --> it.yaml:7:76
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1'}, presets: 'g:p'}
      |                                                                            ^^^^^
      |
      = help: write it as a list: ['g:p']
    ");
    assert_snapshot!(said_of_layer("{name: a, category: ingress, pack: {name: a, version: '1'}, dependsOn: [b, 1]}"), @r#"
    error: `dependsOn[1]`: expected a string, found an integer
     --> it.yaml:7:82
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1'}, dependsOn: [b, 1]}
      |                                                                                  ^
      |
      = help: put it in quotes: "1"
    "#);
    assert_snapshot!(said_of_layer("{name: a, category: ingress, pack: {name: a, version: '1'}}\n    - {name: a, category: ingress, pack: {name: a, version: '1'}}"), @r"
    error: two layers have the name `a`
     --> it.yaml:8:14
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1'}}
      |              - the first one
    8 |     - {name: a, category: ingress, pack: {name: a, version: '1'}}
      |              ^ the second one
      |
      = help: the name of a layer is unique in a cluster; the same pack may be used under two names
    ");
}

#[test]
fn manifests() {
    assert_snapshot!(said_of_layer("{name: a, category: system-app, manifests: []}"), @r"
    error: the layer has no manifests
     --> it.yaml:7:39
      |
    7 |     - {name: a, category: system-app, manifests: []}
      |                                       ^^^^^^^^^
      |
      = help: name at least one: `manifests: [{file: manifests/quota.yaml}]`
    ");
    assert_snapshot!(said_of_layer("{name: a, category: system-app, manifests: [{name: x}]}"), @r"
    error: a manifest needs one of `file` or `inline`
     --> it.yaml:7:51
      |
    7 |     - {name: a, category: system-app, manifests: [{name: x}]}
      |                                                   ^^^^^^^^^
      |
      = help: add `file` or `inline`, whichever it is made of
    ");
    assert_snapshot!(said_of_layer("{name: a, category: system-app, manifests: [{inline: 'a: 1'}]}"), @r"
    error: an inline manifest needs a `name`
     --> it.yaml:7:51
      |
    7 |     - {name: a, category: system-app, manifests: [{inline: 'a: 1'}]}
      |                                                   ^^^^^^^^^^^^^^^^
      |
      = help: add `name:`, for messages
    ");
    assert_snapshot!(said_of_layer("{name: a, category: system-app, manifests: [{name: x, inline: 'a: 1'}, {name: x, inline: 'b: 1'}]}"), @r"
    error: two manifests of the layer have the name `x`
     --> it.yaml:7:85
      |
    7 |     - {name: a, category: system-app, manifests: [{name: x, inline: 'a: 1'}, {name: x, inline: 'b: 1'}]}
      |                                                          - the first one            ^ the second one
      |
      = help: give one of them another `name`
    ");
    assert_snapshot!(said_of_layer("{name: a, category: system-app, manifests: [{file: quota.yaml}], presets: [a]}"), @r"
    error: `quota.yaml` does not exist
     --> it.yaml:7:58
      |
    7 |     - {name: a, category: system-app, manifests: [{file: quota.yaml}], presets: [a]}
      |                                                          ^^^^^^^^^^
      |
      = help: a path here is relative to the folder of `stratiform.yaml`
    error: only a pack has presets
     --> it.yaml:7:72
      |
    7 |     - {name: a, category: system-app, manifests: [{file: quota.yaml}], presets: [a]}
      |                                                                        ^^^^^^^
      |
      = help: remove `presets`, or make the layer of a pack
    ");
    assert_snapshot!(said_of_layer("{name: a, category: system-app, manifests: [{file: ../quota.yaml}]}"), @r"
    error: `../quota.yaml` leaves the project's folder
     --> it.yaml:7:58
      |
    7 |     - {name: a, category: system-app, manifests: [{file: ../quota.yaml}]}
      |                                                          ^^^^^^^^^^^^^
      |
      = help: a path here is relative to the folder of `stratiform.yaml`, and stays under it
    ");
}

#[test]
fn values_files() {
    let profile = format!(
        "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {{name: web}}\nspec:\n  type: add-on\n  layers:\n    - {{name: a, category: ingress, pack: {{name: a, version: '1'}}, valuesFile: {}}}\n",
        "values/web.yaml"
    );
    let said = |path: &str, text: &str| {
        said_of(&[
            ("stratiform.yaml", PROJECT),
            ("registry.yaml", REGISTRY),
            ("web.yaml", &profile),
            (path, text),
        ])
    };
    assert_snapshot!(said("values/webb.yaml", ""), @r"
    error: `values/web.yaml` does not exist
     --> web.yaml:7:79
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1'}, valuesFile: values/web.yaml}
      |                                                                               ^^^^^^^^^^^^^^^
      |
      = help: did you mean `values/webb.yaml`?
    ");
    assert_snapshot!(said("values/web.yaml/x", ""), @r"
    error: `values/web.yaml` is a folder
     --> web.yaml:7:79
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1'}, valuesFile: values/web.yaml}
      |                                                                               ^^^^^^^^^^^^^^^
      |
      = help: a file is wanted here
    ");
    assert_snapshot!(said("values/web.yaml", "a: 1\n---\nb: 1\n"), @r"
    error: `values/web.yaml` has more than one YAML document
     --> values/web.yaml:3:1
      |
    3 | b: 1
      | ^^^^ the second one
      |
     ::: web.yaml:7:79
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1'}, valuesFile: values/web.yaml}
      |                                                                               --------------- named as values here
      |
      = help: values are one mapping: remove the `---`
    ");
    assert_snapshot!(said("values/web.yaml", "- a\n"), @r"
    error: values are a mapping, and `values/web.yaml` has a list
     --> values/web.yaml:1:1
      |
    1 | - a
      | ^^^
      |
     ::: web.yaml:7:79
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1'}, valuesFile: values/web.yaml}
      |                                                                               --------------- named as values here
    ");
    assert_snapshot!(said("values/web.yaml", "a: [1\n"), @r"
    error: did not find expected ',' or ']'
     --> values/web.yaml:1:7
      |
    1 | a: [1
      |    - ^
      |    |
      |    what is being read begins here
    ");
}

#[test]
fn registries_of_packs() {
    let profile = "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {name: web}\nspec:\n  type: add-on\n  layers:\n    - {name: a, category: ingress, pack: {name: a, version: '1'}}\n";
    let second = "apiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: remote}\nspec: {directory: {path: ../packs}}\n";
    assert_snapshot!(said_of(&[("stratiform.yaml", PROJECT), ("web.yaml", profile)]), @r"
    error: the pack has no registry to come from
     --> web.yaml:7:42
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1'}}
      |                                          ^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: declare one with a document of kind `Registry`
    ");
    assert_snapshot!(said_of(&[("stratiform.yaml", PROJECT), ("r1.yaml", REGISTRY), ("r2.yaml", second), ("web.yaml", profile)]), @r"
    error: the pack must say which registry it comes from
     --> web.yaml:7:42
      |
    7 |     - {name: a, category: ingress, pack: {name: a, version: '1'}}
      |                                          ^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: add `registry:` with one of `local` or `remote`
    ");
}

#[test]
fn the_same_version_twice() {
    let profile = "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {name: web, version: 1.1.0}\nspec:\n  type: add-on\n  layers:\n    - {name: a, category: ingress, pack: {name: a, version: '1'}}\n";
    assert_snapshot!(said_of(&[("stratiform.yaml", PROJECT), ("registry.yaml", REGISTRY), ("a.yaml", profile), ("b.yaml", profile)]), @r"
    error: the profile `web` stands here twice in version 1.1.0
     --> b.yaml:3:18
      |
    3 | metadata: {name: web, version: 1.1.0}
      |                  ^^^ the second one
      |
     ::: a.yaml:3:18
      |
    3 | metadata: {name: web, version: 1.1.0}
      |                  --- the first one
      |
      = help: rename or remove one of them
    ");
}
