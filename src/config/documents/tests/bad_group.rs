//! Groups of clusters.

use insta::assert_snapshot;

use super::*;

fn said_of_group(template: &str, clusters: &str) -> String {
    said(&format!(
        "kind: ClusterGroup\nmetadata: {{name: fleet}}\nspec:\n  template: {template}\n  clusters: {clusters}\n"
    ))
}

#[test]
fn groups() {
    assert_snapshot!(said_of_group("{target: {directory: {path: out}}}", "[{name: a}, {name: b}]"), @r"
    error: all clusters of the group would write to the same folder
     --> it.yaml:5:41
      |
    5 |   template: {target: {directory: {path: out}}}
      |                                         ^^^
      |
      = help: put the cluster's name into the path: `out/{name}`
    ");
    assert_snapshot!(said_of_group("{cloud: aws}", "[{name: a}]"), @r#"
    error: the cluster `a` has no target
     --> it.yaml:6:21
      |
    6 |   clusters: [{name: a}]
      |                     ^
      |
      = help: add it to the template: `target: {directory: {path: "rendered/{name}"}}`
    "#);
    assert_snapshot!(said_of_group("{target: {directory: {path: '../{name}'}}}", "[{name: a}, {name: b}]"), @r"
    error: `../name` leaves the project's folder
     --> it.yaml:5:41
      |
    5 |   template: {target: {directory: {path: '../{name}'}}}
      |                                         ^^^^^^^^^^^
      |
      = help: a path here is relative to the folder of `stratiform.yaml`, and stays under it
    ");
    assert_snapshot!(said_of_group("{target: {directory: {path: 'out/{name}'}}}", "[{name: a}, {name: a}]"), @r"
    error: two clusters have the name `a`
     --> it.yaml:6:32
      |
    6 |   clusters: [{name: a}, {name: a}]
      |                     -          ^ the second one
      |                     |
      |                     the first one
      |
      = help: rename or remove one of them
    ");
    assert_snapshot!(said_of_group("{target: {directory: {path: out}}}", "[{name: a}]"), @r"
    error: all clusters of the group would write to the same folder
     --> it.yaml:5:41
      |
    5 |   template: {target: {directory: {path: out}}}
      |                                         ^^^
      |
      = help: put the cluster's name into the path: `out/{name}`
    ");
    assert_snapshot!(said_of_group("{target: {directory: {path: 'out/{name}'}}}", "[a, b]"), @r"
    error: `clusters[0]`: expected a mapping, found a string
     --> it.yaml:6:14
      |
    6 |   clusters: [a, b]
      |              ^
      |
      = help: its fields are `name`, `labels`, `cloud`, `profiles`, `existing`, `variables`, `overrides`, `region`, `endpoint`, `cloudAccount`, `apiVersions`, `nodePools`, `deletion` and `target`
    error: `clusters[1]`: expected a mapping, found a string
     --> it.yaml:6:17
      |
    6 |   clusters: [a, b]
      |                 ^
      |
      = help: its fields are `name`, `labels`, `cloud`, `profiles`, `existing`, `variables`, `overrides`, `region`, `endpoint`, `cloudAccount`, `apiVersions`, `nodePools`, `deletion` and `target`
    ");
    assert_snapshot!(said_of_group("{target: {directory: {path: 'out/{name}'}}}", "{a: {}}"), @r"
    error: `clusters`: expected a list, found a mapping
     --> it.yaml:6:13
      |
    6 |   clusters: {a: {}}
      |             ^^^^^^^
      |
      = help: begin each entry of the list with `- `
    ");
    assert_snapshot!(said_of_group("{target: {directory: {path: 'out/{name}'}}}", "[{name: a, variable: {x: 1}}]"), @r"
    error: unknown field `variable`
     --> it.yaml:6:24
      |
    6 |   clusters: [{name: a, variable: {x: 1}}]
      |                        ^^^^^^^^ not a field of a cluster of a group
      |
      = help: did you mean `variables`?
    ");
    assert_snapshot!(said_of_group("{metadata: {labels: {a: b}}, target: {directory: {path: 'out/{name}'}}}", "[]"), @r"
    error: unknown field `metadata`
     --> it.yaml:5:14
      |
    5 |   template: {metadata: {labels: {a: b}}, target: {directory: {path: 'out/{name}'}}}
      |              ^^^^^^^^ not a field of a template
      |
      = help: in a group, `name` and `labels` stand without `metadata` around them
    ");
}
