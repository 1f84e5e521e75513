//! Projects.

use insta::assert_snapshot;

use super::*;

fn said_of_project(spec: &str) -> String {
    said_of(&[("stratiform.yaml", &format!("{PROJECT}spec:\n{spec}"))])
}

#[test]
fn projects() {
    assert_snapshot!(said_of(&[("stratiform.yaml", "apiVersion: stratiform/v1\nkind: Project\nmetadata: {}\n")]), @r"
    error: the metadata needs `name`
     --> stratiform.yaml:3:11
      |
    3 | metadata: {}
      |           ^^ `name` is missing here
      |
      = help: add `name:`, the name: lower case letters, digits, `-` and `.`
    ");
    assert_snapshot!(said_of(&[("stratiform.yaml", "apiVersion: stratiform/v1\nkind: Project\nmetadata: {name: My Shop}\n")]), @r"
    error: `My Shop` is not a name: only lower case letters, digits, `-` and `.` may stand in it
     --> stratiform.yaml:3:18
      |
    3 | metadata: {name: My Shop}
      |                  ^^^^^^^
      |
      = help: `my-shop` would do
    ");
    assert_snapshot!(said_of_project("  document: [a]\n"), @r"
    error: unknown field `document`
     --> stratiform.yaml:5:3
      |
    5 |   document: [a]
      |   ^^^^^^^^ not a field of a project
      |
      = help: did you mean `documents`?
    ");
    assert_snapshot!(said_of_project("  state: ../state.db\n"), @r"
    error: `../state.db` leaves the project's folder
     --> stratiform.yaml:5:10
      |
    5 |   state: ../state.db
      |          ^^^^^^^^^^^
      |
      = help: a path here is relative to the folder of `stratiform.yaml`, and stays under it
    ");
    assert_snapshot!(said_of_project("  state: /var/state.db\n"), @r"
    error: `/var/state.db` is an absolute path
     --> stratiform.yaml:5:10
      |
    5 |   state: /var/state.db
      |          ^^^^^^^^^^^^^
      |
      = help: a path here is relative to the folder of `stratiform.yaml`, and stays under it
    ");
    assert_snapshot!(said_of_project("  versions: frozen\n"), @r"
    error: `versions`: `frozen` is not one of its values
     --> stratiform.yaml:5:13
      |
    5 |   versions: frozen
      |             ^^^^^^
      |
      = help: it can be `mutable` or `immutable`
    ");
    assert_snapshot!(said_of_project("  deleteLimit: -1\n"), @r"
    error: `deleteLimit` cannot be negative, and is -1
     --> stratiform.yaml:5:16
      |
    5 |   deleteLimit: -1
      |                ^^
    ");
    assert_snapshot!(said_of_project("  deleteLimit: many\n"), @r"
    error: `deleteLimit`: expected a whole number, found a string
     --> stratiform.yaml:5:16
      |
    5 |   deleteLimit: many
      |                ^^^^
    ");
    assert_snapshot!(said_of_project("  refresh: {clusters: few, after: soon, every: 1h}\n"), @r"
    error: `clusters`: expected a whole number, found a string
     --> stratiform.yaml:5:23
      |
    5 |   refresh: {clusters: few, after: soon, every: 1h}
      |                       ^^^
    error: `soon` is not a time to wait
     --> stratiform.yaml:5:35
      |
    5 |   refresh: {clusters: few, after: soon, every: 1h}
      |                                   ^^^^
      |
      = help: write a time such as 30s, 5m, 1h30m or 30d
    error: unknown field `every`
     --> stratiform.yaml:5:41
      |
    5 |   refresh: {clusters: few, after: soon, every: 1h}
      |                                         ^^^^^ not a field of a refresh
      |
      = help: its fields are `clusters` and `after`
    ");
    assert_snapshot!(said_of_project("  ignoreFields: [{kind: Deployment, path: spec.replicas}]\n"), @r"
    error: unknown field `path`
     --> stratiform.yaml:5:37
      |
    5 |   ignoreFields: [{kind: Deployment, path: spec.replicas}]
      |                                     ^^^^ not a field of an entry of ignoreFields
      |
      = help: the field is called `paths`, and is a list
    ");
    assert_snapshot!(said_of_project("  ignoreFields: [{paths: ['spec..replicas', 'spec[x]']}]\n"), @r#"
    error: `spec..replicas` is not a field path: a step is empty
     --> stratiform.yaml:5:27
      |
    5 |   ignoreFields: [{paths: ['spec..replicas', 'spec[x]']}]
      |                           ^^^^^^^^^^^^^^^^
      |
      = help: write it as `spec.replicas`, `spec.containers[0].image` or `metadata.annotations["a.b/c"]`
    error: `spec[x]` is not a field path: an index is a number, `*` or `name=...`
     --> stratiform.yaml:5:45
      |
    5 |   ignoreFields: [{paths: ['spec..replicas', 'spec[x]']}]
      |                                             ^^^^^^^^^
      |
      = help: write it as `spec.replicas`, `spec.containers[0].image` or `metadata.annotations["a.b/c"]`
    "#);
    assert_snapshot!(said_of_project("  moved: [{from: a, to: a}, {from: b, to: c}, {from: b, to: d}]\n"), @r"
    error: `a` is moved to itself
     --> stratiform.yaml:5:11
      |
    5 |   moved: [{from: a, to: a}, {from: b, to: c}, {from: b, to: d}]
      |           ^^^^^^^^^^^^^^^^
      |
      = help: `from` is the old name, `to` the new one
    error: `b` is moved twice
     --> stratiform.yaml:5:54
      |
    5 |   moved: [{from: a, to: a}, {from: b, to: c}, {from: b, to: d}]
      |                                    - the first move  ^ the second move
    ");
    assert_snapshot!(said_of_project("  on: true\n"), @r#"
    error: unknown field `true`
     --> stratiform.yaml:5:3
      |
    5 |   on: true
      |   ^^ not a field of a project
      |
      = help: YAML reads a plain `on` as `true`; to have it as text, put it in quotes: "on"
    "#);
    assert_snapshot!(said_of(&[("stratiform.yaml", PROJECT), ("other.yaml", PROJECT)]), @r"
    error: a project has one `Project` document
     --> other.yaml:2:1
      |
    2 | kind: Project
      | ^^^^ the second one
      |
     ::: stratiform.yaml:2:1
      |
    2 | kind: Project
      | ---- the first one
      |
      = help: remove one of them; another project stands in a folder with its own `stratiform.yaml`
    ");
}

#[test]
fn a_moved_cluster_that_is_still_there() {
    let project = format!("{PROJECT}spec: {{moved: [{{from: a, to: b}}]}}\n");
    let cluster = "apiVersion: stratiform/v1\nkind: Cluster\nmetadata: {name: a}\nspec: {target: {directory: {path: out}}}\n";
    assert_snapshot!(said_of(&[("stratiform.yaml", &project), ("a.yaml", cluster)]), @r"
    error: `a` is said to be called `b` now, but there is still a cluster `a`
     --> stratiform.yaml:4:16
      |
    4 | spec: {moved: [{from: a, to: b}]}
      |                ^^^^^^^^^^^^^^^^
      |
     ::: a.yaml:3:18
      |
    3 | metadata: {name: a}
      |                  - it stands here
      |
      = help: remove the entry of `moved`, or rename the cluster
    ");
}
