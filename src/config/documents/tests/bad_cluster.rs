//! Clusters.

use insta::assert_snapshot;

use super::*;

fn said_of_spec(spec: &str) -> String {
    said(&format!(
        "kind: Cluster\nmetadata: {{name: prod}}\nspec:\n  target: {{directory: {{path: out/prod}}}}\n{spec}"
    ))
}

#[test]
fn heads() {
    assert_snapshot!(said("kind: Cluster\nmetadata: {name: Prod_EU}\nspec: {target: {directory: {path: out}}}\n"), @r"
    error: `Prod_EU` is not a name: only lower case letters, digits, `-` and `.` may stand in it
     --> it.yaml:3:18
      |
    3 | metadata: {name: Prod_EU}
      |                  ^^^^^^^
      |
      = help: `prod-eu` would do
    ");
    assert_snapshot!(said("kind: Cluster\nmetadata: {name: 12}\nspec: {target: {directory: {path: out}}}\n"), @r#"
    error: `name`: expected a string, found an integer
     --> it.yaml:3:18
      |
    3 | metadata: {name: 12}
      |                  ^^
      |
      = help: put it in quotes: "12"
    "#);
    assert_snapshot!(said("kind: Cluster\nmetadata: {name: prod, labels: [a]}\nspec: {target: {directory: {path: out}}}\n"), @r"
    error: `labels`: expected a mapping, found a list
     --> it.yaml:3:32
      |
    3 | metadata: {name: prod, labels: [a]}
      |                                ^^^
    ");
    assert_snapshot!(said("kind: Cluster\nmetadata: {name: prod}\n"), @r"
    error: a Cluster document needs `spec`
     --> it.yaml:1:1
      |
    1 | apiVersion: stratiform/v1
      | ^^^^^^^^^^^^^^^^^^^^^^^^^ `spec` is missing here
      |
      = help: add `spec:`, what the cluster is made of
    ");
    assert_snapshot!(said_of_spec("  labels: {env: prod}\n"), @r"
    error: unknown field `labels`
     --> it.yaml:6:3
      |
    6 |   labels: {env: prod}
      |   ^^^^^^ not a field of a cluster
      |
      = help: labels stand under `metadata`
    ");
    assert_snapshot!(said_of_spec("  zones: [a]\n"), @r"
    error: unknown field `zones`
     --> it.yaml:6:3
      |
    6 |   zones: [a]
      |   ^^^^^ not a field of a cluster
      |
      = help: its fields are `cloud`, `profiles`, `existing`, `variables`, `overrides`, `region`, `endpoint`, `cloudAccount`, `apiVersions`, `nodePools`, `deletion` and `target`
    ");
}

#[test]
fn profiles() {
    assert_snapshot!(said_of_spec("  profiles: [base]\n"), @r"
    error: `profiles[0]`: expected a mapping, found a string
     --> it.yaml:6:14
      |
    6 |   profiles: [base]
      |              ^^^^
      |
      = help: its fields are `name`, `version` and `variables`
    ");
    assert_snapshot!(said_of_spec("  profiles: [{name: base, version: 1.x}]\n"), @r"
    error: `1.x` is not a semantic version
     --> it.yaml:6:36
      |
    6 |   profiles: [{name: base, version: 1.x}]
      |                                    ^^^ expected three numbers, as in 1.4.0
      |
      = help: a profile is named by one exact version; trains and ranges are for packs
    ");
    assert_snapshot!(said_of_spec("  profiles: [{name: base}, {name: base, version: 1.0.0}]\n"), @r"
    error: the profile `base` is named twice
     --> it.yaml:6:35
      |
    6 |   profiles: [{name: base}, {name: base, version: 1.0.0}]
      |                     ----          ^^^^ the second time
      |                     |
      |                     the first time
      |
      = help: remove one of them: a cluster has a profile once, in one version
    ");
    assert_snapshot!(said_of_spec("  existing: {kubernetesVersion: 1.30}\n"), @r#"
    error: `kubernetesVersion`: expected a string, found a number
     --> it.yaml:6:33
      |
    6 |   existing: {kubernetesVersion: 1.30}
      |                                 ^^^^
      |
      = help: put it in quotes: "1.30"
    "#);
    assert_snapshot!(said_of_spec("  existing: {kubernetesVersion: newest}\n"), @r"
    error: `newest` is not a Kubernetes version
     --> it.yaml:6:33
      |
    6 |   existing: {kubernetesVersion: newest}
      |                                 ^^^^^^
      |
      = help: write it as `1.33.1`
    ");
}

#[test]
fn variables() {
    assert_snapshot!(said_of_spec("  variables: {size: {min: 1, max: 3}}\n"), @r"
    error: `size`: expected a string, a number or a boolean, found another mapping
     --> it.yaml:6:21
      |
    6 |   variables: {size: {min: 1, max: 3}}
      |                     ^^^^^^^^^^^^^^^^
      |
      = help: the only mapping that can stand here is one with `fromEnv` or `fromFile`
    ");
    assert_snapshot!(said_of_spec("  variables: {token: {fromEnv: A, fromFile: b}}\n"), @r"
    error: a value source takes only one of `fromEnv` and `fromFile`
     --> it.yaml:6:35
      |
    6 |   variables: {token: {fromEnv: A, fromFile: b}}
      |                       -------     ^^^^^^^^ `fromFile` is one too many
      |                       |
      |                       `fromEnv` stands here
      |
      = help: remove one of them
    ");
    assert_snapshot!(said_of_spec("  variables: {token: {fromEnv: $TOKEN}}\n"), @r"
    error: `$TOKEN` cannot be the name of an environment variable
     --> it.yaml:6:32
      |
    6 |   variables: {token: {fromEnv: $TOKEN}}
      |                                ^^^^^^
      |
      = help: write the name alone: `fromEnv: PROD_TOKEN`
    ");
    assert_snapshot!(said_of_spec("  variables: {token: {fromFile: /run/token}}\n"), @r"
    error: `/run/token` is an absolute path
     --> it.yaml:6:33
      |
    6 |   variables: {token: {fromFile: /run/token}}
      |                                 ^^^^^^^^^^
      |
      = help: a path here is relative to the folder of `stratiform.yaml`, and stays under it
    ");
    assert_snapshot!(said_of_spec("  variables: {zones: [a, b]}\n"), @r"
    error: `zones`: expected a string, a number or a boolean, found a list
     --> it.yaml:6:22
      |
    6 |   variables: {zones: [a, b]}
      |                      ^^^^^^
      |
      = help: the only mapping that can stand here is one with `fromEnv` or `fromFile`
    ");
    assert_snapshot!(said_of_spec("  variables: {a: 1, a: 2}\n"), @r"
    error: `a` stands here twice
     --> it.yaml:6:21
      |
    6 |   variables: {a: 1, a: 2}
      |               -     ^ the second one
      |               |
      |               the first one
      |
      = help: remove one of them
    ");
}

#[test]
fn overrides() {
    assert_snapshot!(said_of_spec("  overrides: {ingress: {replicas: 3}}\n"), @r"
    error: unknown field `replicas`
     --> it.yaml:6:25
      |
    6 |   overrides: {ingress: {replicas: 3}}
      |                         ^^^^^^^^ not a field of an override
      |
      = help: its fields are `values`, `presets`, `timeout` and `wait`
    ");
    assert_snapshot!(said_of_spec("  overrides: {ingress: {values: 3}}\n"), @r"
    error: `values`: expected a mapping, found an integer
     --> it.yaml:6:33
      |
    6 |   overrides: {ingress: {values: 3}}
      |                                 ^
    ");
    assert_snapshot!(said_of_spec("  overrides: [{ingress: {values: {}}}]\n"), @r"
    error: `overrides`: expected a mapping, found a list
     --> it.yaml:6:14
      |
    6 |   overrides: [{ingress: {values: {}}}]
      |              ^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn pools() {
    assert_snapshot!(said_of_spec("  nodePools: [{name: a, role: etcd, count: 1, cpu: 4, memory: 8Gi, disk: 60Gi}]\n"), @r"
    error: `role`: `etcd` is not one of its values
     --> it.yaml:6:31
      |
    6 |   nodePools: [{name: a, role: etcd, count: 1, cpu: 4, memory: 8Gi, disk: 60Gi}]
      |                               ^^^^
      |
      = help: it can be `control-plane` or `worker`
    ");
    assert_snapshot!(said_of_spec("  nodePools: [{name: a, role: worker, count: 1.5, cpu: four, memory: 8192, disk: 60}]\n"), @r"
    error: `count`: expected a whole number, found 1.5
     --> it.yaml:6:46
      |
    6 |   nodePools: [{name: a, role: worker, count: 1.5, cpu: four, memory: 8192, disk: 60}]
      |                                              ^^^
    error: `cpu`: `four` is not an amount
     --> it.yaml:6:56
      |
    6 |   nodePools: [{name: a, role: worker, count: 1.5, cpu: four, memory: 8192, disk: 60}]
      |                                                        ^^^^
      |
      = help: write processors as `4`, or millicores as `500m`
    error: `memory`: `8192` is not an amount
     --> it.yaml:6:70
      |
    6 |   nodePools: [{name: a, role: worker, count: 1.5, cpu: four, memory: 8192, disk: 60}]
      |                                                                      ^^^^
      |
      = help: write it with a unit: `8Gi`, `512Mi`
    error: `disk`: `60` is not an amount
     --> it.yaml:6:82
      |
    6 |   nodePools: [{name: a, role: worker, count: 1.5, cpu: four, memory: 8192, disk: 60}]
      |                                                                                  ^^
      |
      = help: write it with a unit: `60Gi`, `60G`
    ");
    assert_snapshot!(said_of_spec("  nodePools: [{name: a, role: worker, cpu: 4, memory: 8Gi}]\n"), @r"
    error: a node pool needs `count`
     --> it.yaml:6:15
      |
    6 |   nodePools: [{name: a, role: worker, cpu: 4, memory: 8Gi}]
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `count` is missing here
      |
      = help: add `count:`, how many nodes
    error: a node pool needs `disk`
     --> it.yaml:6:15
      |
    6 |   nodePools: [{name: a, role: worker, cpu: 4, memory: 8Gi}]
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `disk` is missing here
      |
      = help: add `disk:`, disk of a node: `60Gi`, `60G`
    ");
    assert_snapshot!(said_of_spec("  nodePools: [{name: a, role: worker, count: 1, cpu: 4, memory: 8Gi, disk: 1T}, {name: a, role: master, count: 1, cpu: 4, memory: 8Gi, disk: 1T}]\n"), @r"
    error: two node pools have the name `a`
     --> it.yaml:6:88
      |
    6 |   nodePools: [{name: a, role: worker, count: 1, cpu: 4, memory: 8Gi, disk: 1T}, {name: a, role: master, count: 1, cpu: 4, memory: 8Gi...
      |                      - the first one                                                   ^ the second one
      |
      = help: give one of them another name
    ");
}

#[test]
fn targets() {
    let said = |target: &str| {
        said(&format!(
            "kind: Cluster\nmetadata: {{name: prod}}\nspec: {{target: {target}}}\n"
        ))
    };
    assert_snapshot!(said("{}"), @r"
    error: a target needs one of `directory` or `kubernetes`
     --> it.yaml:4:16
      |
    4 | spec: {target: {}}
      |                ^^
      |
      = help: add `directory` or `kubernetes`, whichever it is made of
    ");
    assert_snapshot!(said("{directory: {path: ../out}}"), @r"
    error: `../out` leaves the project's folder
     --> it.yaml:4:35
      |
    4 | spec: {target: {directory: {path: ../out}}}
      |                                   ^^^^^^
      |
      = help: a path here is relative to the folder of `stratiform.yaml`, and stays under it
    ");
    assert_snapshot!(said("{directory: {path: /}}"), @r"
    error: `/` is an absolute path
     --> it.yaml:4:35
      |
    4 | spec: {target: {directory: {path: /}}}
      |                                   ^
      |
      = help: a path here is relative to the folder of `stratiform.yaml`, and stays under it
    ");
    assert_snapshot!(said("{directory: {path: .}}"), @r"
    error: the target's folder is the project's own folder
     --> it.yaml:4:35
      |
    4 | spec: {target: {directory: {path: .}}}
      |                                   ^
      |
      = help: give it a folder for itself: `rendered/{name}`
    ");
    assert_snapshot!(said("{directory: {path: out, secrets: encrypt}}"), @r"
    error: `secrets`: `encrypt` is not one of its values
     --> it.yaml:4:49
      |
    4 | spec: {target: {directory: {path: out, secrets: encrypt}}}
      |                                                 ^^^^^^^
      |
      = help: it can be `refuse`, `write` or `omit`
    ");
    assert_snapshot!(said("{directory: {path: 'out/{cluster}'}}"), @r"
    error: `out/{cluster}`: braces in a path can only be `{name}`
     --> it.yaml:4:35
      |
    4 | spec: {target: {directory: {path: 'out/{cluster}'}}}
      |                                   ^^^^^^^^^^^^^^^
      |
      = help: `{name}` stands for the cluster's name
    ");
    assert_snapshot!(said("{directory: {path: state/out}}"), @r"
    error: the target of the cluster `prod`, directory state/out, and the state, state/stratiform.db, get in each other's way
     --> it.yaml:3:18
      |
    3 | metadata: {name: prod}
      |                  ^^^^
      |
      = help: give the target a folder of its own, such as `rendered/<cluster>`
    ");
    assert_snapshot!(said("out"), @r"
    error: `target`: expected a mapping, found a string
     --> it.yaml:4:16
      |
    4 | spec: {target: out}
      |                ^^^
      |
      = help: its fields are `directory` and `kubernetes`
    ");
}

#[test]
fn servers() {
    let said = |target: &str| {
        said(&format!(
            "kind: Cluster\nmetadata: {{name: prod}}\nspec: {{target: {target}}}\n"
        ))
    };
    assert_eq!(said("{kubernetes: {context: prod}}"), "");
    assert_eq!(said("{kubernetes: {kubeconfig: ~/.kube/config}}"), "");
    assert_eq!(said("{kubernetes: {kubeconfigFrom: {fromEnv: PROD}}}"), "");
    assert_eq!(said("{kubernetes: {inCluster: true}}"), "");
    assert_snapshot!(said("{kubernetes: {}}"), @r"
    warning: the cluster `prod` goes to whatever context is kubectl's current one
     --> it.yaml:3:18
      |
    3 | metadata: {name: prod}
      |                  ^^^^
      |
      = help: name the context: `kubernetes: {context: ...}`
    ");
    assert_snapshot!(said("{kubernetes: {contxt: prod}}"), @r"
    warning: the cluster `prod` goes to whatever context is kubectl's current one
     --> it.yaml:3:18
      |
    3 | metadata: {name: prod}
      |                  ^^^^
      |
      = help: name the context: `kubernetes: {context: ...}`
    error: unknown field `contxt`
     --> it.yaml:4:30
      |
    4 | spec: {target: {kubernetes: {contxt: prod}}}
      |                              ^^^^^^ not a field of a kubernetes target
      |
      = help: did you mean `context`?
    ");
    assert_snapshot!(said("{context: prod}"), @r"
    error: unknown field `context`
     --> it.yaml:4:17
      |
    4 | spec: {target: {context: prod}}
      |                 ^^^^^^^ not a field of a target
      |
      = help: the context of a kubeconfig stands under `kubernetes`: `kubernetes: {context: ...}`
    ");
    assert_snapshot!(said("{kubernetes: {token: abc}}"), @r"
    warning: the cluster `prod` goes to whatever context is kubectl's current one
     --> it.yaml:3:18
      |
    3 | metadata: {name: prod}
      |                  ^^^^
      |
      = help: name the context: `kubernetes: {context: ...}`
    error: unknown field `token`
     --> it.yaml:4:30
      |
    4 | spec: {target: {kubernetes: {token: abc}}}
      |                              ^^^^^ not a field of a kubernetes target
      |
      = help: credentials stand in a kubeconfig, which `kubeconfig` or `kubeconfigFrom` names
    ");
    assert_snapshot!(said("{kubernetes: {context: prod}, directory: {path: out}}"), @r"
    error: a target takes only one of `directory` and `kubernetes`
     --> it.yaml:4:46
      |
    4 | spec: {target: {kubernetes: {context: prod}, directory: {path: out}}}
      |                 ----------                   ^^^^^^^^^ `directory` is one too many
      |                 |
      |                 `kubernetes` stands here
      |
      = help: remove one of them
    ");
    assert_snapshot!(said("{kubernetes: {kubeconfig: a, kubeconfigFrom: {fromEnv: B}}}"), @r"
    error: a server is reached in one way, and here are two
     --> it.yaml:4:45
      |
    4 | spec: {target: {kubernetes: {kubeconfig: a, kubeconfigFrom: {fromEnv: B}}}}
      |                              ----------     ^^^^^^^^^^^^^^ `kubeconfigFrom` is one too many
      |                              |
      |                              `kubeconfig` stands here
      |
      = help: remove one of them
    ");
    assert_snapshot!(said("{kubernetes: {kubeconfigFrom: {env: B}}}"), @r"
    warning: the cluster `prod` goes to whatever context is kubectl's current one
     --> it.yaml:3:18
      |
    3 | metadata: {name: prod}
      |                  ^^^^
      |
      = help: name the context: `kubernetes: {context: ...}`
    error: a source of a kubeconfig needs `fromEnv`
     --> it.yaml:4:46
      |
    4 | spec: {target: {kubernetes: {kubeconfigFrom: {env: B}}}}
      |                                              ^^^^^^^^ `fromEnv` is missing here
      |
      = help: add `fromEnv:`, the environment variable that holds the text of the kubeconfig
    error: unknown field `env`
     --> it.yaml:4:47
      |
    4 | spec: {target: {kubernetes: {kubeconfigFrom: {env: B}}}}
      |                                               ^^^ not a field of a source of a kubeconfig
      |
      = help: an environment variable is named by `fromEnv`
    ");
    assert_snapshot!(said("{kubernetes: {inCluster: true, context: a}}"), @r"
    error: a context is one of a kubeconfig, and `inCluster` has none
     --> it.yaml:4:56
      |
    4 | spec: {target: {kubernetes: {inCluster: true, context: a}}}
      |                                                        ^
      |
      = help: remove `context`, or name a `kubeconfig` in place of `inCluster`
    ");
    assert_snapshot!(said("{kubernetes: {kubeconfig: '~root/config', context: 'edge-{cluster}'}}"), @r"
    error: `~root/config`: only `~/` is taken as somebody's home, your own
     --> it.yaml:4:42
      |
    4 | spec: {target: {kubernetes: {kubeconfig: '~root/config', context: 'edge-{cluster}'}}}
      |                                          ^^^^^^^^^^^^^^
      |
      = help: write the path in full, or relative to the folder of `stratiform.yaml`
    error: `edge-{cluster}`: braces in a context can only be `{name}`
     --> it.yaml:4:67
      |
    4 | spec: {target: {kubernetes: {kubeconfig: '~root/config', context: 'edge-{cluster}'}}}
      |                                                                   ^^^^^^^^^^^^^^^^
      |
      = help: `{name}` stands for the cluster's name
    ");
    assert_snapshot!(said("{kubernetes: {context: a, secrets: write}}"), @r"
    error: unknown field `secrets`
     --> it.yaml:4:42
      |
    4 | spec: {target: {kubernetes: {context: a, secrets: write}}}
      |                                          ^^^^^^^ not a field of a kubernetes target
      |
      = help: that is for folders; a server gets the Secrets as they are
    ");
}

#[test]
fn servers_of_two_clusters() {
    let said = |one: &str, other: &str| {
        said(&format!(
            "kind: Cluster\nmetadata: {{name: a}}\nspec: {{target: {{kubernetes: {{{one}}}}}}}\n---\napiVersion: stratiform/v1\nkind: Cluster\nmetadata: {{name: b}}\nspec: {{target: {{kubernetes: {{{other}}}}}}}\n"
        ))
    };
    assert_eq!(said("kubeconfig: a", "kubeconfig: b"), "");
    assert_eq!(said("context: a", "context: b"), "");
    assert_snapshot!(said("kubeconfig: k, context: a", "context: a, kubeconfig: ./k"), @r"
    warning: 2 clusters go to the same place, kubernetes a of k
     --> it.yaml:8:18
      |
    3 | metadata: {name: a}
      |                  - the first of them
    ...
    8 | metadata: {name: b}
      |                  ^
      |
      = help: that works as long as no two of them have an object in common; else give each its own context
    ");
}

#[test]
fn targets_of_two_clusters() {
    let said = |one: &str, other: &str| {
        said(&format!(
            "kind: Cluster\nmetadata: {{name: a}}\nspec: {{target: {{directory: {{path: {one}}}}}}}\n---\napiVersion: stratiform/v1\nkind: Cluster\nmetadata: {{name: b}}\nspec: {{target: {{directory: {{path: {other}}}}}}}\n"
        ))
    };
    assert_snapshot!(said("out/a", "./out//a/"), @r"
    error: the clusters `a` and `b` have the same target, directory out/a
     --> it.yaml:8:18
      |
    3 | metadata: {name: a}
      |                  - the other cluster
    ...
    8 | metadata: {name: b}
      |                  ^
      |
      = help: give each cluster a folder of its own
    ");
    assert_snapshot!(said("out/a/b", "out/a"), @r"
    error: the target of the cluster `a`, directory out/a/b, lies in that of `b`, directory out/a
     --> it.yaml:3:18
      |
    3 | metadata: {name: a}
      |                  ^
    ...
    8 | metadata: {name: b}
      |                  - the other cluster
      |
      = help: give each cluster a folder of its own
    ");
    assert_eq!(said("out/a", "out/a-b"), "");
    assert_eq!(said("out/a.b", "out/a"), "");
}

#[test]
fn the_same_name_twice() {
    assert_snapshot!(said("kind: Cluster\nmetadata: {name: a}\nspec: {target: {directory: {path: one}}}\n---\napiVersion: stratiform/v1\nkind: Cluster\nmetadata: {name: a}\nspec: {target: {directory: {path: two}}}\n"), @r"
    error: two clusters have the name `a`
     --> it.yaml:8:18
      |
    3 | metadata: {name: a}
      |                  - the first one
    ...
    8 | metadata: {name: a}
      |                  ^ the second one
      |
      = help: rename or remove one of them
    ");
}

#[test]
fn a_document_in_a_target_folder() {
    let cluster = "apiVersion: stratiform/v1\nkind: Cluster\nmetadata: {name: a}\nspec: {target: {directory: {path: clusters}}}\n";
    assert_snapshot!(said_of(&[("stratiform.yaml", PROJECT), ("clusters/a.yaml", cluster)]), @r"
    error: this document lies in `clusters`, the target folder of a cluster
     --> clusters/a.yaml:2:1
      |
    2 | kind: Cluster
      | ^^^^
      |
      = help: give the target a folder of its own, such as `rendered/<cluster>`
    ");
}

#[test]
fn a_plain_key_that_is_a_boolean() {
    assert_snapshot!(said_of_spec("  variables: {y: 1, 'on': 2}\n"), @r#"
    error: YAML reads a plain `y` as `true`
     --> it.yaml:6:15
      |
    6 |   variables: {y: 1, 'on': 2}
      |               ^
      |
      = help: put it in quotes: "y"
    "#);
}
