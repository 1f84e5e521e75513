//! Files that cannot be found, read or taken as documents.

use insta::assert_snapshot;

use super::*;

#[test]
fn no_project() {
    let root = folder(&[("it.yaml", "")]);
    let sources = Sources::default();
    let said = |path: &Path| {
        let (documents, problems) = crate::config::documents::load(path, &[], &sources);
        assert!(documents.is_none());
        render(&problems, &sources, Style::Plain)
            .replace(&root.path().display().to_string(), "ROOT")
    };
    assert_snapshot!(said(root.path()), @r"
    error: there is no `stratiform.yaml` in `ROOT` or in a folder above it
     = help: `stratiform init` writes a small working project, `-C DIR` looks in another folder
    ");
    assert_snapshot!(said(&root.path().join("nowhere")), @r"error: `ROOT/nowhere` does not exist");
    assert_snapshot!(said(&root.path().join("it.yaml")), @r"
    error: `ROOT/it.yaml` is not a folder
     = help: name the project's folder
    ");
    fs::write(root.path().join("stratiform.yml"), "").unwrap();
    assert_snapshot!(said(root.path()), @r"
    error: there is no `stratiform.yaml` in `ROOT` or in a folder above it
     = help: rename `stratiform.yml` to `stratiform.yaml`
    ");
}

#[test]
fn project_files_without_a_project() {
    assert_snapshot!(said_of(&[("stratiform.yaml", "")]), @r"
    error: `stratiform.yaml` has no `Project` document
     = help: add one: `apiVersion: stratiform/v1`, `kind: Project`, `metadata: {name: ...}`
    ");
    assert_snapshot!(said_of(&[("stratiform.yaml", REGISTRY)]), @r"
    error: `stratiform.yaml` has no `Project` document
     = help: add one: `apiVersion: stratiform/v1`, `kind: Project`, `metadata: {name: ...}`
    ");
    assert_snapshot!(said_of(&[("stratiform.yaml", "- a\n- b\n")]), @r"
    error: a document is a mapping, and here is a list
     --> stratiform.yaml:1:1
      |
    1 | - a
      | ^^^
      |
      = help: begin with `apiVersion: stratiform/v1` and `kind:`
    ");
    assert_snapshot!(said_of(&[("stratiform.yaml", "kind: Project\nmetadata: {name: shop}\n")]), @r"
    error: the document has no `apiVersion`
     --> stratiform.yaml:1:1
      |
    1 | kind: Project
      | ^^^^^^^^^^^^^
      |
      = help: begin with `apiVersion: stratiform/v1`
    ");
    assert_snapshot!(said_of(&[("stratiform.yaml", "apiVersion: v1\nkind: Project\n")]), @r"
    error: `v1` is not an API version of stratiform
     --> stratiform.yaml:1:13
      |
    1 | apiVersion: v1
      |             ^^
      |
      = help: this program reads `stratiform/v1`
    ");
    assert_snapshot!(said_of(&[("stratiform.yaml", "apiVersion: stratiform/v2\nkind: Project\n")]), @r"
    error: `stratiform/v2` is not an API version of stratiform
     --> stratiform.yaml:1:13
      |
    1 | apiVersion: stratiform/v2
      |             ^^^^^^^^^^^^^
      |
      = help: this program reads `stratiform/v1`
    ");
}

#[test]
fn kinds() {
    assert_snapshot!(said("kind: Clusters\n"), @r"
    error: `Clusters` is not a kind of document
     --> it.yaml:2:7
      |
    2 | kind: Clusters
      |       ^^^^^^^^
      |
      = help: did you mean `ClusterGroup`?
    ");
    assert_snapshot!(said("kind: Profile\n"), @r"
    error: `Profile` is not a kind of document
     --> it.yaml:2:7
      |
    2 | kind: Profile
      |       ^^^^^^^
      |
      = help: did you mean `ClusterProfile`?
    ");
    assert_snapshot!(said("kind: clusterprofile\n"), @r"
    error: `clusterprofile` is not a kind of document
     --> it.yaml:2:7
      |
    2 | kind: clusterprofile
      |       ^^^^^^^^^^^^^^
      |
      = help: did you mean `ClusterProfile`?
    ");
    assert_snapshot!(said("kind: Deployment\n"), @r"
    error: `Deployment` is not a kind of document
     --> it.yaml:2:7
      |
    2 | kind: Deployment
      |       ^^^^^^^^^^
      |
      = help: the kinds are `Project`, `Registry`, `ClusterProfile`, `Cluster` and `ClusterGroup`
    ");
    assert_snapshot!(said("metadata: {name: a}\n"), @r"
    error: the document has no `kind`
     --> it.yaml:1:1
      |
    1 | apiVersion: stratiform/v1
      | ^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: its kind is `Project`, `Registry`, `ClusterProfile`, `Cluster` or `ClusterGroup`
    ");
    assert_snapshot!(said("kind: Registry\nmetadata: {name: r}\nspec: {directory: {path: x}}\n---\nkind: Registry\n"), @r"
    error: the document has no `apiVersion`
     --> it.yaml:6:1
      |
    6 | kind: Registry
      | ^^^^^^^^^^^^^^
      |
      = help: begin with `apiVersion: stratiform/v1`
    ");
}

#[test]
fn broken_yaml() {
    assert_snapshot!(said("kind: Cluster\nmetadata:\n\tname: a\n"), @r"
    error: found character that cannot start any token
     --> it.yaml:4:1
      |
    4 |     name: a
      | ^^^^
      |
      = help: indent with spaces
    ");
    assert_snapshot!(said("kind: Cluster\nmetadata: {name: a\nspec: {}\n"), @r"
    error: did not find expected ',' or '}'
     --> it.yaml:4:5
      |
    3 | metadata: {name: a
      |           - what is being read begins here
    4 | spec: {}
      |     ^
    ");
    assert_snapshot!(said("kind: Cluster\n  metadata: a\n"), @r"
    error: mapping values are not allowed in this context
     --> it.yaml:3:11
      |
    3 |   metadata: a
      |           ^
    ");
    assert_snapshot!(said("kind: \"Cluster\nmetadata:\n"), @r#"
    error: found unexpected end of stream
     --> it.yaml:3:11
      |
    2 | kind: "Cluster
      |       - what is being read begins here
    3 | metadata:
      |          ^
    "#);
    assert_snapshot!(said("kind: Cluster\nmetadata: *name\n"), @r"
    error: unknown anchor 'name' referenced
     --> it.yaml:3:11
      |
    3 | metadata: *name
      |           ^
    ");
    assert_snapshot!(said("kind: Cluster\nspec: @x\n"), @r"
    error: found character that cannot start any token
     --> it.yaml:3:7
      |
    3 | spec: @x
      |       ^
    ");
    assert_snapshot!(said_of(&[("stratiform.yaml", PROJECT), ("it.json", "{\"apiVersion\": \"stratiform/v1\",\n \"kind\": }")]), @r#"
    error: the document has no `kind`
     --> it.json:1:1
      |
    1 | {"apiVersion": "stratiform/v1",
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: its kind is `Project`, `Registry`, `ClusterProfile`, `Cluster` or `ClusterGroup`
    "#);
}

#[test]
fn bombs() {
    let mut bomb = String::from("kind: Cluster\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert_snapshot!(said(&bomb), @r"
    error: document contains excessive aliasing
     --> it.yaml:6:20
      |
    6 | a3: &a3 [*a2, *a2, *a2, *a2, *a2, *a2, *a2, *a2, *a2, *a2]
      |                    ^
    ");
    let deep = format!("kind: {}{}\n", "[".repeat(5000), "]".repeat(5000));
    let said = said(&deep);
    let first_line = said.lines().next().unwrap();
    assert_snapshot!(first_line, @r"error: values are nested more than 200 deep");
}

#[test]
fn duplicate_keys() {
    assert_snapshot!(said("kind: Registry\nkind: Registry\nmetadata: {name: a, name: b}\nspec: {directory: {path: x}}\n"), @r"
    error: `kind` stands here twice
     --> it.yaml:3:1
      |
    2 | kind: Registry
      | ---- the first one
    3 | kind: Registry
      | ^^^^ the second one
      |
      = help: remove one of them
    error: `name` stands here twice
     --> it.yaml:4:21
      |
    4 | metadata: {name: a, name: b}
      |            ----     ^^^^ the second one
      |            |
      |            the first one
      |
      = help: remove one of them
    ");
}

#[test]
fn listed_files() {
    let project = |documents: &str| format!("{PROJECT}spec:\n  documents: {documents}\n");
    assert_snapshot!(said_of(&[("stratiform.yaml", &project("[clusterz.yaml]")), ("clusters.yaml", "")]), @r"
    error: `clusterz.yaml` does not exist
     --> stratiform.yaml:5:15
      |
    5 |   documents: [clusterz.yaml]
      |               ^^^^^^^^^^^^^
      |
      = help: did you mean `clusters.yaml`?
    ");
    assert_snapshot!(said_of(&[("stratiform.yaml", &project("[~/clusters]"))]), @r"
    error: `~/clusters`: `~` is not expanded here
     --> stratiform.yaml:5:15
      |
    5 |   documents: [~/clusters]
      |               ^^^^^^^^^^
      |
      = help: write the path in full, or relative to the folder of `stratiform.yaml`
    ");
    assert_snapshot!(said_of(&[("stratiform.yaml", &project("[more]")), ("more/service.yaml", "apiVersion: v1\nkind: Service\n")]), @r"
    error: `v1` is not an API version of stratiform
     --> more/service.yaml:1:13
      |
    1 | apiVersion: v1
      |             ^^
      |
      = help: this program reads `stratiform/v1`
    ");
}

#[test]
fn not_text() {
    let root = folder(&[("stratiform.yaml", PROJECT)]);
    fs::write(
        root.path().join("it.yaml"),
        b"apiVersion: stratiform/v1\nkind: \xff\n",
    )
    .unwrap();
    let (_, problems, sources) = load(root.path());
    assert_snapshot!(render(&problems, &sources, Style::Plain), @r"
    error: `it.yaml` is not UTF-8 text: byte 0xff in line 2
     = help: save it as UTF-8
    ");
}

#[test]
fn too_large() {
    let root = folder(&[("stratiform.yaml", PROJECT)]);
    let file = fs::File::create(root.path().join("it.yaml")).unwrap();
    file.set_len(1 << 30).unwrap();
    let (_, problems, sources) = load(root.path());
    assert_snapshot!(render(&problems, &sources, Style::Plain), @r"
    error: `it.yaml` has 1024 MiB, and a file may have 64 MiB
     = help: if it holds no documents, list those that do under `spec.documents` of the project
    ");
}

#[cfg(unix)]
#[test]
fn broken_links() {
    let root = folder(&[("stratiform.yaml", PROJECT)]);
    std::os::unix::fs::symlink("gone.yaml", root.path().join("it.yaml")).unwrap();
    let (_, problems, sources) = load(root.path());
    assert_snapshot!(render(&problems, &sources, Style::Plain), @r"error: `it.yaml` is a broken link: it points to `gone.yaml`, which does not exist");
}
