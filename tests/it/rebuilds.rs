//! A lost state made anew.

use std::fs;

use crate::support::planes::{Plane, User, plane};
use crate::support::project::{Folder, Ran};

/// A cluster on a plane, with a layer of manifests and one of a chart that makes up a password.
fn on_server(plane: &Plane, namespace: &str) -> Folder {
    let folder = Folder::new("{}");
    let kubeconfig = plane.kubeconfig(User::Admin);
    let kubeconfig = kubeconfig.display();
    folder.put("clusters/berlin.yaml", format!("apiVersion: stratiform/v1\nkind: Cluster\nmetadata: {{name: berlin}}\nspec:\n  existing: {{kubernetesVersion: 1.36.0}}\n  profiles: [{{name: apps}}]\n  target: {{kubernetes: {{kubeconfig: {kubeconfig}}}}}\n"));
    layers(&folder, namespace);
    folder
}

fn in_folder() -> Folder {
    let folder = Folder::new("{}");
    folder.put("clusters/berlin.yaml", "apiVersion: stratiform/v1\nkind: Cluster\nmetadata: {name: berlin}\nspec:\n  existing: {kubernetesVersion: 1.36.0}\n  profiles: [{name: apps}]\n  target: {directory: {path: out, secrets: write}}\n");
    layers(&folder, "web");
    folder
}

fn layers(folder: &Folder, namespace: &str) {
    folder.put("profiles/apps.yaml", format!("apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {{name: apps}}\nspec:\n  type: add-on\n  layers:\n    - {{name: settings, category: system-app, namespace: {namespace}, manifests: [{{file: manifests/settings.yaml}}]}}\n    - {{name: web, category: system-app, chart: {{path: charts/web, namespace: {namespace}}}}}\n"));
    folder.put("manifests/settings.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {size: \"1\"}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\ndata: {size: \"2\"}\n");
    folder.put(
        "charts/web/Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    );
    folder.put("charts/web/values.yaml", "replicas: 1\n");
    folder.put("charts/web/templates/all.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\nstringData: {password: {{ randAlphaNum 12 | quote }}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: {{ .Values.replicas }}\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: web, resources: {limits: {memory: 1024Mi, cpu: 1000m}}}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate, annotations: {helm.sh/hook: pre-install}}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: migrate, image: web}]}}}\n");
}

/// Loses the state, but not its key.
fn lose(folder: &Folder) {
    for ending in ["", "-wal", "-shm"] {
        let path = folder.path(&format!("state/stratiform.db{ending}"));
        if path.exists() {
            fs::remove_file(path).expect("it can be removed");
        }
    }
}

fn rebuilt(folder: &Folder) -> Ran {
    folder.run(&["state", "rebuild"]).exits(0)
}

#[test]
fn after_a_rebuild_from_a_server_there_is_nothing_to_plan() {
    let Some(plane) = plane() else { return };
    let folder = on_server(plane, &plane.namespace());
    folder.apply();
    folder.is_settled();
    let before = folder.snapshot();
    lose(&folder);
    let said = rebuilt(&folder);
    insta::assert_snapshot!(said.out, @"
    berlin: 7 objects as the documents want them, in 3 layers that are complete
    Nothing was touched.
    ");
    folder.is_settled();
    folder
        .run(&["plan", "--refresh", "none", "--detailed-exitcode"])
        .exits(0);
    folder.run(&["drift"]).exits(0);
    let after = folder.snapshot();
    let cluster = |snapshot: &stratiform::state::Snapshot| {
        let record = &snapshot.clusters["berlin"];
        let layers = record.layers.iter().map(|(name, layer)| {
            let keys = layer
                .objects
                .iter()
                .map(|object| (object.key.clone(), object.content));
            (name.clone(), layer.fingerprint, keys.collect::<Vec<_>>())
        });
        (record.uid, layers.collect::<Vec<_>>())
    };
    assert_eq!(cluster(&after).0, cluster(&before).0);
    assert_eq!(
        cluster(&after)
            .1
            .iter()
            .map(|(name, _, keys)| (name, keys))
            .collect::<Vec<_>>(),
        cluster(&before)
            .1
            .iter()
            .map(|(name, _, keys)| (name, keys))
            .collect::<Vec<_>>()
    );
    folder.run(&["state", "verify"]).exits(0);
    folder.run(&["destroy", "--auto-approve"]).exits(0);
}

#[test]
fn a_layer_with_nothing_but_hooks_left_is_installed_again() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    let folder = on_server(plane, &namespace);
    folder.apply();
    lose(&folder);
    let gone = [
        "delete",
        "secret/web",
        "deployment/web",
        "service/web",
        "-n",
        &namespace,
    ];
    plane.kubectl(&gone).expect(0);
    insta::assert_snapshot!(rebuilt(&folder).out, @r"
    berlin: 3 objects as the documents want them, in 2 layers that are complete
    Nothing was touched.
    ");
    let plan = folder.run(&["plan", "--detailed-exitcode"]).exits(2);
    let told = plan.out.replace(&namespace, "NAMESPACE");
    assert!(
        told.contains("> pre-install hook Job.batch NAMESPACE/migrate"),
        "{told}"
    );
    folder.apply();
    folder.is_settled();
}

#[test]
fn what_nobody_wants_any_more_is_found_and_goes_with_the_next_apply() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    let folder = on_server(plane, &namespace);
    folder.apply();
    lose(&folder);
    folder.edit("manifests/settings.yaml", "size: \"1\"", "size: \"3\"");
    folder.edit(
        "manifests/settings.yaml",
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\ndata: {size: \"2\"}\n",
        "",
    );
    let theirs = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: theirs, namespace: {namespace}}}\n"
    );
    plane.apply(&theirs);
    let said = rebuilt(&folder).out.replace(&namespace, "NAMESPACE");
    insta::assert_snapshot!(said, @"
    berlin: 5 objects as the documents want them, in 2 layers that are complete
      ? ConfigMap NAMESPACE/settings
      ? ConfigMap NAMESPACE/more
    Nothing was touched. 2 objects are not as the documents want, or not in them: `stratiform plan` says what becomes of that.
    ");
    folder.run(&["plan", "--detailed-exitcode"]).exits(2);
    folder.apply();
    folder.is_settled();
    let names = plane
        .kubectl(&["get", "configmaps", "-n", &namespace, "-o", "name"])
        .expect(0)
        .stdout;
    assert!(
        names.contains("settings") && names.contains("theirs") && !names.contains("more"),
        "{names}"
    );
    folder.run(&["destroy", "--auto-approve"]).exits(0);
}

#[test]
fn a_folder_tells_as_much() {
    let folder = in_folder();
    folder.apply();
    folder.is_settled();
    let before = folder.bytes("out");
    lose(&folder);
    insta::assert_snapshot!(rebuilt(&folder).out, @"
    berlin: 7 objects as the documents want them, in 3 layers that are complete
    Nothing was touched.
    ");
    folder.is_settled();
    assert!(folder.bytes("out") == before);
    let again = folder.run(&["state", "rebuild"]).exits(1);
    assert!(
        again.err.contains("the state knows cluster berlin already"),
        "{}",
        again.err
    );
}

#[test]
fn without_the_key_nothing_is_recognized() {
    let folder = in_folder();
    folder.apply();
    lose(&folder);
    fs::remove_file(folder.path("state/stratiform.key")).expect("it can be removed");
    let said = folder.run(&["state", "rebuild"]).exits(1);
    insta::assert_snapshot!(said.err, @"
    error: the key of the state is gone, and our marks on targets are made with it
     = help: put it back beside the state, or into STRATIFORM_KEY; without it, `apply --adopt` takes over what is there
    ");
    assert!(!folder.state().exists());
}
