//! What a server can do: seen by charts, remembered, and told when it changes.

use stratiform::model::{Capabilities, ClusterName, Version};
use stratiform::state::{Mode, Sighting, SqliteStore, Store as _};

use crate::support::planes::{Plane, User, plane};
use crate::support::project::Folder;

/// Two charts on a server, of which one asks for its version.
fn project(plane: &Plane) -> Folder {
    let folder = Folder::new("{}");
    let (kubeconfig, namespace) = (plane.kubeconfig(User::Admin), plane.namespace());
    let kubeconfig = kubeconfig.display();
    folder.put("clusters/berlin.yaml", format!("apiVersion: stratiform/v1\nkind: Cluster\nmetadata: {{name: berlin}}\nspec:\n  existing: {{kubernetesVersion: 1.30.0}}\n  profiles: [{{name: apps}}]\n  target: {{kubernetes: {{kubeconfig: {kubeconfig}}}}}\n"));
    folder.put("profiles/apps.yaml", format!("apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {{name: apps}}\nspec:\n  type: add-on\n  layers:\n    - {{name: asks, category: system-app, chart: {{path: charts/asks, namespace: {namespace}}}}}\n    - {{name: asks-not, category: system-app, chart: {{path: charts/asks-not, namespace: {namespace}}}}}\n"));
    for name in ["asks", "asks-not"] {
        folder.put(
            &format!("charts/{name}/Chart.yaml"),
            format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n"),
        );
    }
    folder.put("charts/asks/templates/all.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: asks}\nstringData: {version: {{ .Capabilities.KubeVersion.Version }}, password: {{ randAlphaNum 9 | quote }}, crds: {{ .Capabilities.APIVersions.Has \"example.com/v1\" | quote }}}\n");
    folder.put(
        "charts/asks-not/templates/all.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: asks-not}\ndata: {a: b}\n",
    );
    folder
}

/// Has the state remember another version of the server.
fn remember(folder: &Folder, version: &str) {
    let sighting = folder.snapshot().clusters["berlin"].sighting.clone();
    let sighting = sighting.expect("somebody has looked");
    let seen = sighting.capabilities.clone().expect("it is a server");
    let capabilities = Some(Capabilities {
        kube_version: Version::new(version).expect("it is a version"),
        ..seen
    });
    let mut store = SqliteStore::open(&folder.state(), Mode::Read).expect("the state opens");
    let name = ClusterName::new("berlin").expect("it is a name");
    let other = Sighting {
        capabilities,
        ..sighting
    };
    store.remember(&[(name, other)]).expect("it can be written");
}

#[test]
fn a_plan_that_does_not_look_renders_for_what_the_server_was() {
    let Some(plane) = plane() else { return };
    let folder = project(plane);
    let first = folder.apply();
    assert!(
        first.err.contains("and the documents say 1.30.0"),
        "{}",
        first.err
    );
    folder.is_settled();
    folder
        .run(&["plan", "--refresh", "none", "--detailed-exitcode"])
        .exits(0);

    // The server of last month, for which it was applied.
    remember(&folder, "v1.36.0");
    folder
        .run(&["apply", "--refresh", "none", "--auto-approve"])
        .exits(0);
    // Somebody else sees first that the server is another one by now.
    folder.run(&["drift"]).exits(0);
    let plan = folder.run(&["plan", "--out", "next.plan", "--detailed-exitcode"]);
    let plan = plan.exits(2);
    let told = plan.out.lines().filter(|line| line.contains("asks"));
    let told: Vec<&str> = told.collect();
    let why = "~ asks 1.0.0  (the server's version v1.36.0 -> ";
    assert!(told[0].contains(why), "{}", plan.out);
    assert!(!plan.out.contains("asks-not"), "{}", plan.out);

    // A saved plan is rendered for what the server was when it was made.
    remember(&folder, "v1.35.0");
    folder
        .run(&["apply", "next.plan", "--auto-approve"])
        .exits(0);
    folder.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn other_kinds_on_a_server_change_nothing_that_does_not_ask_for_them() {
    let Some(plane) = Plane::start("kinds") else {
        return;
    };
    let folder = project(&plane);
    folder.apply();
    let definition = |group: &str| {
        format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: things.{group}}}\nspec:\n  group: {group}\n  scope: Namespaced\n  names: {{kind: Thing, plural: things}}\n  versions: [{{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {{type: object}}}}}}]\n"
        )
    };
    let serve = |group: &str| {
        plane.apply(&definition(group));
        let name = format!("crd/things.{group}");
        plane
            .kubectl(&["wait", "--for=condition=Established", &name])
            .expect(0);
    };
    serve("other.example");
    folder.is_settled();
    serve("example.com");
    let plan = folder.run(&["plan", "--detailed-exitcode"]).exits(2);
    assert!(!plan.out.contains("asks-not"), "{}", plan.out);
}
